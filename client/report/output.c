/* output.c: see output.h. */
#include "report/output.h"

#include "base/error.h"
#include "base/log.h"
#include "report/answer.h"
#include "report/answer_table.h"
#include "report/json_document.h"
#include "report/page.h"
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

/* Opens a file, which may be there; NULL and "-" are the standard output. 0 or -errno. */
static int open_file(struct output_file *file, const char *name)
{
    *file = (struct output_file){.name = name && strcmp(name, "-") != 0 ? name : NULL,
                                 .fd = STDOUT_FILENO};
    if (!file->name)
        return 0;
    file->fd = open(file->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    file->is_new = file->fd >= 0;
    if (file->fd < 0)
        file->fd = open(file->name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    return file->fd < 0 ? -errno : 0;
}

static int told(int r, const char *name, const char *what)
{
    if (r)
        log_message("cannot open %s for the %s: %s", name, what, strerror(-r));
    return r;
}

int output_open(struct output *output, const struct options *options)
{
    const char *name = options->output;
    int r;
    *output = (struct output){.result = {.name = name, .fd = -1}, .page = {.fd = -1}};
    if (options->format == FORMAT_HGRM)
        r = check_folder(name);
    else
        r = open_file(&output->result, name);
    r = told(r, name, "result");
    if (r == 0 && options->html)
        r = told(open_file(&output->page, options->html), options->html, "page");
    return r;
}

static void close_file(struct output_file *file)
{
    if (file->name && file->fd >= 0) {
        close(file->fd);
        if (file->is_new)
            unlink(file->name);
    }
    file->fd = -1;
}

void output_close(struct output *output)
{
    close_file(&output->result);
    close_file(&output->page);
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
static int write_file(struct output_file *file, const struct buffer *text)
{
    struct stat about;
    bool regular = fstat(file->fd, &about) == 0 && S_ISREG(about.st_mode);
    if (regular && ftruncate(file->fd, 0))
        return -errno;
    int r = write_all(file->fd, text);
    if (r == 0 && regular && fsync(file->fd))
        r = -errno;
    if (close(file->fd) && r == 0)
        r = -errno;
    file->fd = -1;
    return r;
}

int output_write(struct output *output, const struct buffer *text)
{
    return output->result.name ? write_file(&output->result, text) : write_all(STDOUT_FILENO, text);
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
    answer_text(findings, wrap_shows_unicode(), ANSWER_WIDTH, out);
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
    struct output_file file = {.name = path,
                               .fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666)};
    return file.fd < 0 ? -errno : write_file(&file, text);
}

/* Writes the result where it belongs, in the format asked for. */
static int write_result(const struct findings *findings, struct output *output)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    enum format format = findings->result->options->format;
    if (format == FORMAT_HGRM)
        return report_hgrm(findings->result, write_hgrm, output->result.name);
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

/* What stands in a page, and the lines that it begins with. Takes the document. */
static int write_page(json_t *document, const struct buffer *answer, struct output_file *file)
{
    CLEANUP(buffer_deinit)
    struct buffer page = {0};
    page_write(document, answer, &page);
    return page.error ? page.error : write_file(file, &page);
}

static int write_result_page(const struct findings *findings, struct output_file *file)
{
    CLEANUP(buffer_deinit)
    struct buffer answer = {0};
    answer_text(findings, true, WRAP_NEVER, &answer);
    return answer.error ? answer.error : write_page(report_page(findings), &answer, file);
}

int output_deliver(const struct findings *findings, struct output *output)
{
    const char *name = output->result.name;
    int r = write_result(findings, output);
    if (r)
        log_message("cannot write the result to %s: %s", name ? name : "the standard output",
                    strerror(-r));
    int page = output->page.name ? write_result_page(findings, &output->page) : 0;
    if (page)
        log_message("cannot write the page to %s: %s", output->page.name, strerror(-page));
    bool wanted = name && findings->result->options->format != FORMAT_TEXT;
    int printed = wanted || (r && name) ? print_answer(findings) : 0;
    if (printed)
        log_message("cannot write the answer to the standard output: %s", strerror(-printed));
    r = r ? r : page;
    return r ? r : printed;
}

static int write_document(const struct buffer *markdown, json_t *document, enum format format,
                          struct output *output)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    if (format == FORMAT_TEXT)
        return output_write_wrapped(output, markdown);
    if (format == FORMAT_MARKDOWN)
        return output_write(output, markdown);
    json_document_write(json_incref(document), &text);
    return text.error ? text.error : output_write(output, &text);
}

int output_deliver_document(const struct buffer *markdown, json_t *document, enum format format,
                            struct output *output)
{
    CLEANUP(buffer_deinit)
    struct buffer answer = {0};
    struct output standard = {.result = {.fd = STDOUT_FILENO}};
    if (markdown->error)
        return markdown->error;
    int r = write_document(markdown, document, format, output);
    bool wanted = output->result.name && (r || format == FORMAT_JSON);
    int printed = wanted ? output_write_wrapped(&standard, markdown) : 0;
    r = r ? r : printed;
    if (!output->page.name)
        return r;
    wrap_text(markdown, WRAP_NEVER, &answer);
    int page =
        answer.error ? answer.error : write_page(json_incref(document), &answer, &output->page);
    return r ? r : page;
}
