/* pay.h: the fourth kind of class: a payloader of RTP for data of no form of its own.
 * Each buffer is spread over packets of at most mtu bytes, the last one with the
 * marker. It has no body in Go. */
#ifndef AVID_PAY_H
#define AVID_PAY_H

#include "gstc.h"

GType avid_pay_register (const AvidSpec *spec);

#endif
