/*
 * output.h: where a report goes: the standard output, a file that is opened
 * before the run so that no minute is wasted, or several files.
 */
#ifndef LOOPLAG_CLIENT_OUTPUT_H
#define LOOPLAG_CLIENT_OUTPUT_H

#include "analysis/findings.h"
#include "base/buffer.h"
#include "plan/options.h"

#include <stdbool.h>

/** Where -o points. */
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

/** Closes a file that was not written, and removes it if it is new. Twice is fine. */
void output_close(struct output *output);

/** Writes a text to where -o points and closes that. Returns 0 or a negative errno. */
int output_write(struct output *output, const struct buffer *text);

/** The same, as a terminal shows Markdown (wrap.h). */
int output_write_wrapped(struct output *output, const struct buffer *markdown);

/**
 * Writes what is there as Markdown and as the text of a JSON document (empty unless it is asked
 * for) in a format of those that both are. Where a file holds something else, the text is printed.
 * Returns 0 or a negative errno.
 */
int output_deliver_text(struct output *output, enum format format, const struct buffer *markdown,
                        const struct buffer *document);

/**
 * Writes the result in the format asked for, and the answer to the standard
 * output when a file holds something else. Says on stderr what fails; the
 * answer is then printed all the same. Returns 0 or a negative errno.
 */
int output_deliver(const struct findings *findings, struct output *output);

#endif
