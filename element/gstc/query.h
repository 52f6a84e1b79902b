/* query.h: the question after counts, asked upstream by a sink and answered by
 * a filter. */
#ifndef AVID_QUERY_H
#define AVID_QUERY_H

#include <gst/gst.h>

/* Fills a query after "avid-stats" with the fields of the element's property
 * stats; FALSE when it is another query. */
gboolean avid_answer_stats (GstElement *element, GstQuery *query);

/* Asks the peer of a sink pad; the query is the caller's. NULL: nobody
 * answers. */
GstQuery *avid_ask_stats (GstPad *pad);
gboolean avid_query_number (GstQuery *query, const char *field, double *value);

#endif
