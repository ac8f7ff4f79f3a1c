/* sweep_json.c: see sweep_json.h. */
#include "commands/sweep_json.h"

#include "report/json_document.h"
#include "report/json_findings.h"

json_t *sweep_json_step(const char *size, const struct cell_findings *found_small,
                        const struct cell_findings *found_large, const struct sweep_step *step)
{
    const struct cell *small = found_small->cell;
    const struct cell *large = found_large->cell;
    bool kept = step->outcome == SWEEP_KEPT;
    bool trustworthy = audit_is_good(&found_small->audit) && audit_is_good(&found_large->audit);
    json_t *about_small = json_object();
    json_t *about_large = json_object();
    json_document_set_counts(about_small, &small->stats);
    json_document_set_counts(about_large, &large->stats);
    json_object_set_new(about_small, "response_ms",
                        json_findings_figures(percentile_response(&small->stats)));
    json_object_set_new(about_large, "response_ms",
                        json_findings_figures(percentile_response(&large->stats)));
    return json_pack("{s:s, s:I, s:s, s:s, s:o, s:o, s:b, s:s, s:o, s:b}", "size", size,
                     "size_bytes", (json_int_t)large->body_bytes, "mode", small->mode, "endpoint",
                     small->endpoint, "small", about_small, "large", about_large, "kept", kept,
                     "outcome", sweep_outcome_name(step->outcome), "reason",
                     kept ? json_null() : json_string(step->reason), "trustworthy", trustworthy);
}

json_t *sweep_json_limit(const char *mode, const char *endpoint, const char *safe,
                         const char *sentence, size_t length)
{
    return json_pack("{s:s, s:s, s:o, s:o}", "mode", mode, "endpoint", endpoint, "safe_size",
                     safe ? json_string(safe) : json_null(), "sentence",
                     json_stringn(sentence, length));
}
