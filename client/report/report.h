/*
 * report.h: the findings as Markdown for people, JSON for programs and CSV for
 * spreadsheets. Renderers compute nothing: they append to a buffer, whose
 * error is set where memory ran out.
 */
#ifndef LOOPLAG_CLIENT_REPORT_H
#define LOOPLAG_CLIENT_REPORT_H

#include "analysis/findings.h"
#include "base/buffer.h"

#include <jansson.h>

/** Appends every table and finding, as Markdown: the details of the answer (answer.h). */
void report_markdown(const struct findings *findings, struct buffer *out);

/** Appends the JSON document (docs/result.schema.json). */
void report_json(const struct findings *findings, struct buffer *out);

/** The document itself; NULL without memory. */
json_t *report_document(const struct findings *findings);

/**
 * What a page draws (page.h): the document without histograms, and in their place curves and
 * points. NULL without memory.
 */
json_t *report_page(const struct findings *findings);

/** Appends one row per request. */
void report_csv(const struct findings *findings, struct buffer *out);

/** Appends HdrHistogram's interval log, a line per window and class. */
void report_hlog(const struct findings *findings, struct buffer *out);

/** Takes one file's content under the name of its row ("small-alone"). Returns 0 or -errno. */
typedef int (*report_sink)(const void *context, const char *name, const struct buffer *text);

/** Hands the percentile distribution of each row of the table to `sink`. 0 or -errno. */
int report_hgrm(const struct result *result, report_sink sink, const void *context);

#endif
