/* output.c: see output.h. */
#include "report/output.h"

#include "base/error.h"
#include "base/log.h"
#include "report/answer.h"
#include "report/report.h"
#include "report/wrap.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether files can be made beside `prefix`. 0 or -errno. */
static int check_folder(const char *prefix)
{
    const char *slash = strrchr(prefix, '/');
    char folder[PATH_MAX];
    int length = slash ? (int)(slash - prefix) + 1 : 1;
    snprintf(folder, sizeof folder, "%.*s", length, slash ? prefix : ".");
    return access(folder, W_OK | X_OK) ? -errno : 0;
}

/* Opens without a word. 0 or -errno. */
static int open_quietly(struct output *output, const struct options *options)
{
    const char *name = options->output;
    if (options->format == FORMAT_HGRM) {
        *output = (struct output){.name = name, .fd = -1};
        return check_folder(name);
    }
    output->name = name && strcmp(name, "-") != 0 ? name : NULL;
    output->fd = STDOUT_FILENO;
    output->is_new = false;
    if (output->name) {
        output->fd = open(output->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        output->is_new = output->fd >= 0;
    }
    if (output->name && output->fd < 0)
        output->fd = open(output->name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    return output->fd < 0 ? -errno : 0;
}

int output_open(struct output *output, const struct options *options)
{
    int r = open_quietly(output, options);
    if (r)
        log_message("cannot open %s for the result: %s", options->output, strerror(-r));
    return r;
}

void output_close(struct output *output)
{
    if (output->name && output->fd >= 0) {
        close(output->fd);
        if (output->is_new)
            unlink(output->name);
    }
    output->fd = -1;
}

static int write_all(int fd, const struct buffer *text)
{
    size_t done = 0;
    while (done < text->length) {
        ssize_t written = write(fd, text->data + done, text->length - done);
        if (written < 0 && errno != EINTR)
            return -errno;
        done += written > 0 ? (size_t)written : 0;
    }
    return 0;
}

/* Replaces the file's old content; a device or pipe has none. */
static int write_file(struct output *output, const struct buffer *text)
{
    struct stat about;
    bool regular = fstat(output->fd, &about) == 0 && S_ISREG(about.st_mode);
    if (regular && ftruncate(output->fd, 0))
        return -errno;
    int r = write_all(output->fd, text);
    if (r == 0 && regular && fsync(output->fd))
        r = -errno;
    if (close(output->fd) && r == 0)
        r = -errno;
    output->fd = -1;
    return r;
}

int output_write(struct output *output, const struct buffer *text)
{
    return output->name ? write_file(output, text) : write_all(STDOUT_FILENO, text);
}

int output_write_wrapped(struct output *output, const struct buffer *markdown)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    wrap_text(markdown, wrap_width(STDOUT_FILENO), &text);
    return text.error ? text.error : output_write(output, &text);
}

/* The answer, and what else was asked for, as a terminal shows it. */
static void text_for_people(const struct findings *findings, struct buffer *out)
{
    CLEANUP(buffer_deinit)
    struct buffer details = {0};
    answer_text(findings, wrap_shows_unicode(), out);
    if (!findings->result->options->details)
        return;
    buffer_append_text(out, "\n");
    report_markdown(findings, &details);
    wrap_text(&details, wrap_width(STDOUT_FILENO), out);
    if (details.error)
        out->error = details.error;
}

/* What renders each format into one text; FORMAT_HGRM is several. */
static void (*const renderers[])(const struct findings *findings, struct buffer *out) = {
    [FORMAT_TEXT] = text_for_people, [FORMAT_MARKDOWN] = report_markdown,
    [FORMAT_JSON] = report_json,     [FORMAT_CSV] = report_csv,
    [FORMAT_HLOG] = report_hlog,
};

/* Writes PREFIX-NAME.hgrm; "dir/" is a folder to write NAME.hgrm in. */
static int write_hgrm(const void *context, const char *name, const struct buffer *text)
{
    const char *prefix = context;
    size_t length = strlen(prefix);
    if (length > 5 && strcmp(prefix + length - 5, ".hgrm") == 0)
        length -= 5;
    bool folder = prefix[length - 1] == '/';
    char path[PATH_MAX];
    int needed =
        snprintf(path, sizeof path, "%.*s%s%s.hgrm", (int)length, prefix, folder ? "" : "-", name);
    if (needed >= PATH_MAX)
        return -ENAMETOOLONG;
    struct output file = {.name = path, .fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666)};
    return file.fd < 0 ? -errno : write_file(&file, text);
}

/* Writes the result where it belongs, in the format asked for. */
static int write_result(const struct findings *findings, struct output *output)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    enum format format = findings->result->options->format;
    if (format == FORMAT_HGRM)
        return report_hgrm(findings->result, write_hgrm, output->name);
    renderers[format](findings, &text);
    if (text.error)
        return text.error;
    return output_write(output, &text);
}

static int print_answer(const struct findings *findings)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    text_for_people(findings, &text);
    return text.error ? text.error : write_all(STDOUT_FILENO, &text);
}

int output_deliver_text(struct output *output, enum format format, const struct buffer *markdown,
                        const struct buffer *document)
{
    struct output standard = {.fd = STDOUT_FILENO};
    if (markdown->error || document->error)
        return markdown->error ? markdown->error : document->error;
    if (format == FORMAT_TEXT)
        return output_write_wrapped(output, markdown);
    if (format == FORMAT_MARKDOWN)
        return output_write(output, markdown);
    const bool elsewhere = output->name;
    int r = output_write(output, document);
    return r || !elsewhere ? r : output_write_wrapped(&standard, markdown);
}

int output_deliver(const struct findings *findings, struct output *output)
{
    int r = write_result(findings, output);
    if (r)
        log_message("cannot write the result to %s: %s",
                    output->name ? output->name : "the standard output", strerror(-r));
    bool wanted = output->name && findings->result->options->format != FORMAT_TEXT;
    int printed = wanted || (r && output->name) ? print_answer(findings) : 0;
    if (printed)
        log_message("cannot write the answer to the standard output: %s", strerror(-printed));
    return r ? r : printed;
}
