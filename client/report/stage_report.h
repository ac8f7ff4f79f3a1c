/*
 * stage_report.h: where the time of a class's requests goes, by what the server tells of it: for
 * people (Markdown) and as JSON (docs/stages.schema.json).
 */
#ifndef LOOPLAG_CLIENT_STAGE_REPORT_H
#define LOOPLAG_CLIENT_STAGE_REPORT_H

#include "base/buffer.h"
#include "measure/stages.h"

#include <jansson.h>

/** Appends a table of the stages, in the order in which the server names them. */
void stage_report_text(const struct stages *stages, struct buffer *out);

/** The same of those classes that have a good reply, as a JSON document; NULL without memory. */
json_t *stage_report_json(const struct stages *classes, size_t count, const char *url);

#endif
