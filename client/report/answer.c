/* answer.c: see answer.h: the load, the lines, what they come to, and what cannot be trusted. */
#include "report/answer.h"

#include "base/clock.h"
#include "base/error.h"
#include "report/answer_sentences.h"
#include "report/answer_table.h"
#include "report/audit_text.h"
#include "report/findings_text.h"
#include "report/label.h"
#include "report/ms.h"
#include "report/parts_text.h"
#include "report/sentences.h"
#include "report/wrap.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>

/* --- the load ------------------------------------------------------------- */

/* "small" opens a sentence as "Small". */
static void append_capital(struct buffer *out, const char *word)
{
    buffer_append_format(out, "%c%s", toupper((unsigned char)word[0]), word + 1);
}

static void append_size(struct buffer *out, size_t bytes)
{
    double kb = (double)bytes / 1e3;
    if (bytes == 0)
        buffer_append_text(out, "no body");
    else if (bytes < 1000)
        buffer_append_format(out, "%zu bytes", bytes);
    else if (kb < 999.5)
        buffer_append_format(out, kb < 9.95 ? "%.1f kB" : "%.0f kB", kb);
    else
        buffer_append_format(out, kb < 9950 ? "%.1f MB" : "%.0f MB", kb / 1e3);
}

static void append_time(struct buffer *out, int64_t ns)
{
    if (ns >= NS_PER_S)
        buffer_append_format(out, "%.3g s", (double)ns / (double)NS_PER_S);
    else
        buffer_append_format(out, "%.3g ms", clock_ms(ns));
}

static void append_open(const struct traffic_class *class, enum dimension_part varied,
                        struct buffer *out)
{
    if (varied == DIMENSION_RATE || varied == DIMENSION_INTERVAL) {
        buffer_append_text(out, varied == DIMENSION_RATE ? ", at each rate" : ", at each interval");
    } else if (class->interval_ns > NS_PER_S) {
        buffer_append_text(out, ", one every ");
        append_time(out, class->interval_ns);
    } else if (class->interval_ns > 0) {
        buffer_append_format(out, ", %.4g a second", (double)NS_PER_S / (double)class->interval_ns);
    }
    if (class->arrival == ARRIVAL_POISSON)
        buffer_append_text(out, " at random times");
    if (varied == DIMENSION_CONNECTIONS)
        buffer_append_text(out, ", each number of connections at most");
    else if (class->connections)
        buffer_append_format(out, ", at most %u %s", class->connections,
                             class->connections == 1 ? "connection" : "connections");
}

static void append_closed(const struct traffic_class *class, enum dimension_part varied,
                          struct buffer *out)
{
    if (varied == DIMENSION_CONNECTIONS)
        buffer_append_text(out, ", each number of clients, ");
    else if (class->connections == 1)
        buffer_append_text(out, ", one client, ");
    else
        buffer_append_format(out, ", %u clients, each ", class->connections);
    if (varied == DIMENSION_INTERVAL) {
        buffer_append_text(out, "each interval after a reply");
    } else if (class->interval_ns > 0) {
        append_time(out, class->interval_ns);
        buffer_append_text(out, " after each reply");
    } else {
        buffer_append_text(out, "at once after each reply");
    }
}

void answer_class(const struct traffic_class *class, size_t bytes, enum dimension_part varied,
                  struct buffer *out)
{
    append_capital(out, class->name);
    buffer_append_text(out, ": ");
    if (class_method(class) != method_standard)
        buffer_append_format(out, "%s, ", class_method(class)->name);
    if (varied == DIMENSION_SIZE)
        buffer_append_text(out, "each size");
    else
        append_size(out, bytes);
    if (class_is_open(class))
        append_open(class, varied, out);
    else
        append_closed(class, varied, out);
    buffer_append_text(out, ". ");
}

/* "Small: 1.1 kB, 250 a second. Large: 27 MB, one client, 1 s after each reply." */
static void append_load(const struct result *result, struct buffer *out)
{
    for (size_t i = 0; i < result->options->class_count; i++) {
        const struct traffic_class *class = &result->options->classes[i];
        size_t bytes = 0;
        for (size_t c = 0; c < result->cell_count; c++) {
            if (result->cells[c].class == class)
                bytes = result->cells[c].body_bytes;
        }
        answer_class(class, bytes, DIMENSION_NONE, out);
    }
    buffer_append_text(out, "\n");
}

/* What the columns of the effects are. */
static void append_heading(const struct result *result, int index, struct buffer *out)
{
    const char *name = "other";
    for (size_t i = 0; i < result->cell_count && !label_has_several_light(result); i++) {
        if (!result->cells[i].heavy)
            name = result->cells[i].class->name;
    }
    append_capital(out, name);
    buffer_append_format(out,
                         " requests in ms: p%g alone -> with large ones, the longest with them.\n",
                         interference_percents[index]);
}

/* --- what cannot be trusted ------------------------------------------------ */

/* Of a class; --details shows all. */
enum { FIRST_ERRORS_MOST = 3 };

/* A class was answered badly: a line with the kinds of errors, of all systems together. */
static void append_errors(const struct result *result, const struct traffic_class *class,
                          struct buffer *out)
{
    struct class_stats sum = {0};
    struct answer_names names = {0};
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        if (cell->class != class)
            continue;
        for (int kind = 0; kind < OUTCOME_KINDS; kind++)
            sum.errors[kind] += cell->stats.errors[kind] + cell->baseline.errors[kind];
        for (size_t s = 0; s < ARRAY_LENGTH(sum.statuses); s++)
            sum.statuses[s] += cell->stats.statuses[s] + cell->baseline.statuses[s];
        sum.planned += cell->stats.planned + cell->baseline.planned;
        sum.sent += cell->stats.sent + cell->baseline.sent;
        names.count +=
            class_stats_censored(&cell->stats) + class_stats_censored(&cell->baseline) > 0;
    }
    if (names.count == 0)
        return;
    buffer_append_format(out, "%s: ", class->name);
    if (class_stats_errors(&sum))
        findings_text_errors(&sum, out);
    if (sum.planned > sum.sent)
        buffer_append_format(out, "%s%llu never sent", class_stats_errors(&sum) ? ", " : "",
                             (unsigned long long)(sum.planned - sum.sent));
    buffer_append_format(out, " of %llu, in ", (unsigned long long)sum.planned);
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        if (cell->class == class &&
            class_stats_censored(&cell->stats) + class_stats_censored(&cell->baseline) > 0)
            answer_name(&names, label_in(result, cell).text, out);
    }
    buffer_append_text(out, ".\n");
    findings_text_first_errors(result, class, FIRST_ERRORS_MOST, out);
}

void answer_trust(const struct findings *findings, struct buffer *out)
{
    const struct result *result = findings->result;
    struct answer_names names = {0};
    size_t worst = 0;
    double most = -1;
    audit_text_unopened(findings, out);
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct audit *audit = &findings->cells[i].audit;
        double late = fmax(audit->lag_p99_ms, audit->read_p99_ms);
        if (!audit->late)
            continue;
        names.count++;
        worst = late > most ? i : worst;
        most = fmax(most, late);
    }
    if (names.count == 0)
        return;
    buffer_append_text(out, "Not trustworthy: the client itself was late in ");
    for (size_t i = 0; i < result->cell_count; i++) {
        char name[sizeof(struct label) + CLASS_NAME_SIZE];
        snprintf(name, sizeof name, "%s %s", label_of(&result->cells[i]).text,
                 result->cells[i].class->name);
        if (findings->cells[i].audit.late)
            answer_name(&names, name, out);
    }
    buffer_append_format(out, ", by up to %s ms at p99. ", ms_text(most).text);
    append_capital(out, audit_text_remedy(findings, worst));
    buffer_append_text(out, ".\n");
}

/* --- all of it -------------------------------------------------------------- */

static bool has_heavy_and_light(const struct result *result)
{
    size_t heavy = 0;
    for (size_t i = 0; i < result->cell_count; i++)
        heavy += result->cells[i].heavy;
    return heavy && heavy < result->cell_count;
}

/* Moves the text to `out`, broken between words. */
static void flow(struct buffer *text, size_t width, struct buffer *out)
{
    wrap_text(text, width, out);
    if (text->error)
        out->error = text->error;
    buffer_clear(text, SIZE_MAX);
}

void answer_text(const struct findings *findings, bool blocks, size_t width, struct buffer *out)
{
    const struct result *result = findings->result;
    bool compared = answer_has_baseline(result);
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    int index = sentences_percentile(findings);
    index = index < 0 ? 0 : index;
    append_load(result, &text);
    if (result->warm_up_ns && !compared)
        buffer_append_format(&text, "Warmed up for %.3g s before, not counted.\n",
                             (double)result->warm_up_ns / (double)NS_PER_S);
    if (compared)
        append_heading(result, index, &text);
    flow(&text, width, out);
    buffer_append_text(out, "\n");
    if (compared)
        answer_table_effects(findings, index, blocks, out);
    else
        answer_table_cells(result, out);
    buffer_append_text(out, "\n");
    if (compared)
        answer_sentences(findings, index, &text);
    else if (has_heavy_and_light(result))
        buffer_append_text(&text, "What large requests did to the others is not known without a "
                                  "--baseline.\n");
    for (size_t i = 0; i < result->options->class_count; i++)
        append_errors(result, &result->options->classes[i], &text);
    parts_text_faults(result, &text);
    audit_text_verdicts(findings, &text);
    answer_trust(findings, &text);
    flow(&text, width, out);
}
