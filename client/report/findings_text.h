/*
 * findings_text.h: what was found out about single cells, in lines for people:
 * prediction beside measurement, the stalls, and who shared a worker. Texts of
 * this folder are appended with the buffer's sticky error.
 */
#ifndef LOOPLAG_CLIENT_FINDINGS_TEXT_H
#define LOOPLAG_CLIENT_FINDINGS_TEXT_H

#include "analysis/findings.h"
#include "base/buffer.h"

#include <stdbool.h>

/** Appends the lines of all cells; the sums of stalls can be left out. */
void findings_text(const struct findings *findings, bool sums, struct buffer *out);

/** Appends a line for each system that was measured with new and with reused connections. */
void findings_text_costs(const struct findings *findings, struct buffer *out);

/**
 * Appends what the health checks beside the load found: those of `load`, or
 * those of each server of a comparison.
 */
void findings_text_probes(const struct result *result, struct buffer *out);

/** Appends "20 errors (http_4xx 18 [401 15, 422 3], timeout 2)". */
void findings_text_errors(const struct class_stats *stats, struct buffer *out);

/** Appends a line for the first error of each kind and status of a class; `most` of them. */
void findings_text_first_errors(const struct result *result, const struct traffic_class *class,
                                size_t most, struct buffer *out);

#endif
