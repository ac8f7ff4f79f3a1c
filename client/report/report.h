/*
 * report.h: a result as text for people, JSON for programs and CSV for
 * spreadsheets, and how it gets to where the user wants it.
 */
#ifndef LOOPLAG_CLIENT_REPORT_H
#define LOOPLAG_CLIENT_REPORT_H

#include "base/buffer.h"
#include "measure/result.h"

#include <stdbool.h>
#include <stddef.h>

enum { REPORT_MS_SIZE = 24 };

/** Writes ms with about three significant digits: 0.412, 4.12, 41.2, 4123. */
void report_format_ms(double ms, char out[REPORT_MS_SIZE]);

/** Appends the Markdown table and what belongs under it. Returns 0 or -ENOMEM. */
int report_text(const struct result *result, struct buffer *out);

/** Appends the JSON document. Returns 0 or -ENOMEM. */
int report_json(const struct result *result, struct buffer *out);

/** Appends one row per request. Returns 0 or -ENOMEM. */
int report_csv(const struct result *result, struct buffer *out);

/** Appends HdrHistogram's interval log, a line per window and class. Returns 0 or -ENOMEM. */
int report_hlog(const struct result *result, struct buffer *out);

/** Takes one file's content under the name of its row ("small-alone"). Returns 0 or -errno. */
typedef int (*report_sink)(const void *context, const char *name, const struct buffer *text);

/** Hands the percentile distribution of each row of the table to `sink`. 0 or -errno. */
int report_hgrm(const struct result *result, report_sink sink, const void *context);

/** Where -o points, opened before the run so that no minute is wasted. */
struct output {
    const char *name; /**< NULL: the standard output */
    int fd;           /**< -1 for FORMAT_HGRM: several files whose names begin with `name` */
    bool is_new;      /**< the file was not there before */
};

/**
 * Opens; an existing file keeps its content until the result is written. For
 * FORMAT_HGRM only looks whether files can be made there. Says on stderr what
 * fails. 0 or -errno.
 */
int output_open(struct output *output, const struct options *options);

/** Closes a file that report_deliver did not, and removes it if it is new. Twice is fine. */
void output_close(struct output *output);

/** Writes a text to where -o points and closes that. Returns 0 or a negative errno. */
int output_write(struct output *output, const struct buffer *text);

/**
 * Writes the result in the format asked for, and the table to the standard
 * output when a file holds something else. Says on stderr what fails; the
 * table is then printed all the same. Returns 0 or a negative errno.
 */
int report_deliver(const struct result *result, struct output *output);

#endif
