/* opinions.h: reads what avidfilter says of each frame, on its way. */
#ifndef AVID_OPINIONS_H
#define AVID_OPINIONS_H

#include <gst/gst.h>

/* Has Go's avidGoOpinion called with handle for each frame that leaves the element of
 * that name. The pipeline holds the handle until it is gone, and then calls
 * avidGoOpinionsFree; FALSE, with the handle not held: there is no such element. */
gboolean avid_opinions_attach (GstElement *pipeline, const char *at, guintptr handle);

#endif
