/*
 * sweep_json.h: a sweep as a JSON document, described by docs/sweep.schema.json. A document
 * that could not be made is NULL, which every function takes.
 */
#ifndef LOOPLAG_CLIENT_SWEEP_JSON_H
#define LOOPLAG_CLIENT_SWEEP_JSON_H

#include "analysis/findings.h"
#include "analysis/knee.h"
#include "base/buffer.h"
#include "plan/options.h"
#include "report/sweep_text.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** What is known before the first step is judged. `first`: when and how the sweep was started. */
json_t *sweep_json_new(const struct options *options, const struct result *first);

/** Adds what one value did to one system, whose cells are those of the classes. */
void sweep_json_add_step(json_t *document, const struct options *options,
                         const struct cell_findings *cells, const struct sweep_step *step);

/** Sets what the classes sent; null when nothing was measured. */
void sweep_json_set_load(json_t *document, const struct buffer *load);

/** Adds the answer for one system, and the sentence that says it. */
void sweep_json_add_limit(json_t *document, const struct options *options,
                          const struct sweep_subject *subject, const char *sentence, size_t length);

void sweep_json_set_trust(json_t *document, bool trustworthy);

#endif
