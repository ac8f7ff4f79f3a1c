/*
 * json_document.h: how every JSON document of the client begins, and how it
 * becomes text.
 */
#ifndef LOOPLAG_CLIENT_JSON_DOCUMENT_H
#define LOOPLAG_CLIENT_JSON_DOCUMENT_H

#include "measure/result.h"
#include "plan/json_in.h"

#include <jansson.h>

/** The schema's version, which is written and read. */
enum { JSON_DOCUMENT_VERSION = 1 };

/** A new object with the versions, when and how the run was started, and the machine. */
json_t *json_document_new(const struct result *result);

/** What was planned, sent, answered and censored (failed or unsent), and the errors by kind. */
void json_document_set_counts(json_t *object, const struct class_stats *stats);

/** Errors by kind, those that happened; and read back from the member `errors`. */
json_t *json_document_errors(const uint64_t errors[OUTCOME_KINDS]);
void json_document_read_errors(const struct json_in *in, uint64_t errors[OUTCOME_KINDS]);

/** Appends the text of a document and drops it. NULL: memory ran out. */
void json_document_write(json_t *root, struct buffer *out);

#endif
