/*
 * output.h: where a report goes: the standard output, a file that is opened
 * before the run so that no minute is wasted, or several files; and where the
 * page of --html goes.
 */
#ifndef LOOPLAG_CLIENT_OUTPUT_H
#define LOOPLAG_CLIENT_OUTPUT_H

#include "analysis/findings.h"
#include "base/buffer.h"
#include "plan/options.h"

#include <jansson.h>
#include <stdbool.h>

struct output_file {
    const char *name; /**< NULL: the standard output; of a page: none is wanted */
    int fd;           /**< -1 for FORMAT_HGRM: several files whose names begin with `name` */
    bool is_new;      /**< the file was not there before */
};

struct output {
    struct output_file result; /**< where -o points */
    struct output_file page;   /**< where --html points */
};

/**
 * Opens both; existing files keep their content until the result is written. For
 * FORMAT_HGRM only looks whether files can be made there. Says on stderr what
 * fails. 0 or -errno.
 */
int output_open(struct output *output, const struct options *options);

/** Closes the files that were not written, and removes those that are new. Twice is fine. */
void output_close(struct output *output);

/** Writes a text to where -o points and closes that. Returns 0 or a negative errno. */
int output_write(struct output *output, const struct buffer *text);

/** The same, as a terminal shows Markdown (wrap.h). */
int output_write_wrapped(struct output *output, const struct buffer *markdown);

/**
 * Writes the result in the format asked for, the page if there is to be one, and the answer to the
 * standard output when a file holds something else. Says on stderr what fails; the answer is then
 * printed all the same. Returns 0 or a negative errno.
 */
int output_deliver(const struct findings *findings, struct output *output);

/**
 * The same for what is no result: Markdown for people, and a document (borrowed) for programs and
 * the page. Returns 0 or a negative errno, and says nothing.
 */
int output_deliver_document(const struct buffer *markdown, json_t *document, enum format format,
                            struct output *output);

#endif
