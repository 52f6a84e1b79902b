/* host.h: what host programs need and go-gst v0.0.2 does not give. */
#ifndef AVID_HOST_H
#define AVID_HOST_H

#include "gstc.h"

AvidFrame *avid_sample_open (GstSample *sample);
void avid_sample_close (AvidFrame *frame);
const char *avid_frame_format (const AvidFrame *frame);
char *avid_get_arg (GstElement *element, const char *property);

#endif
