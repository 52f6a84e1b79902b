/* reader.h: the third kind of class: an element that lets a stream of any caps
 * pass as it is, and hears what avidfilter reports of it. */
#ifndef AVID_READER_H
#define AVID_READER_H

#include "gstc.h"

GType avid_reader_register (const AvidSpec *spec);

#endif
