/*
 * diff_command.c: see diff_command.h. Each class and percentile that both
 * results can speak of is one question; all of them together are wrong with a
 * probability of 5 % at most (Bonferroni).
 */
#include "commands/diff_command.h"

#include "analysis/difference.h"
#include "analysis/percentile.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "commands/exit_code.h"
#include "report/answer.h"
#include "report/ms.h"
#include "report/output.h"
#include "report/saved.h"
#include "report/text_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RISK 0.05

/* Fewer rounds a side say nothing: the interval of a difference of four is of little use. */
#define ROUNDS_LEAST 5

/* Windows are this much alike in length, as a share; an interrupt may have cut the last one. */
#define LENGTH_MARGIN 0.01

static const double percents[] = {50, 90, 95, 99};

/* One question: the rounds' values of both sides, in ms. */
struct question {
    const struct cell *cells[2];
    double percent;
    double *values[2];
    size_t counts[2];
    bool least[2]; /* some values are only known to be at least so much */
};

struct questions {
    struct question *rows;
    size_t count;
};

static void questions_deinit(struct questions *questions)
{
    for (size_t i = 0; i < questions->count; i++) {
        free(questions->rows[i].values[0]);
        free(questions->rows[i].values[1]);
    }
    free(questions->rows);
}

/* The only cell of the class, or NULL. */
static const struct cell *only_cell(const struct result *result, const char *class)
{
    const struct cell *found = NULL;
    for (size_t i = 0; i < result->cell_count; i++) {
        if (strcmp(result->cells[i].class->name, class) != 0)
            continue;
        if (found)
            return NULL;
        found = &result->cells[i];
    }
    return found;
}

/* The other side's cell of that mode, endpoint and class, or the only ones of the class. */
static const struct cell *partner_of(const struct result *own, const struct cell *cell,
                                     const struct result *other)
{
    const struct cell *found = result_find_cell(other, cell);
    if (found)
        return found;
    return only_cell(own, cell->class->name) ? only_cell(other, cell->class->name) : NULL;
}

/* A whole round speaks of a percentile when at least one of its samples is expected beyond it. */
static bool round_speaks(const struct cell_window *window, double percent)
{
    const struct percentile_source source = percentile_response(&window->stats);
    double beyond = (double)percentile_count(&source) * (100 - percent) / 100;
    return !window->alone && !window->cut && beyond > 1 - 1e-9;
}

/* Fills in one side. Returns 0 or -ENOMEM. */
static int collect(struct question *question, int side)
{
    const struct cell *cell = question->cells[side];
    double *values = calloc(cell->window_count + 1, sizeof *values);
    if (!values)
        return -ENOMEM;
    question->values[side] = values;
    for (size_t i = 0; i < cell->window_count; i++) {
        const struct cell_window *window = &cell->windows[i];
        struct percentile found =
            percentile_of(percentile_response(&window->stats), question->percent);
        if (!round_speaks(window, question->percent) || found.ns <= 0)
            continue;
        values[question->counts[side]++] = clock_ms(found.ns);
        question->least[side] = question->least[side] || found.censored;
    }
    return 0;
}

/* The longest of the cell's windows with the large classes. */
static int64_t window_ns(const struct cell *cell)
{
    int64_t longest = 0;
    for (size_t i = 0; i < cell->window_count; i++) {
        const struct cell_window *window = &cell->windows[i];
        int64_t length = window->end_ns - window->start_ns;
        longest = !window->alone && length > longest ? length : longest;
    }
    return longest;
}

/* Says so when both were not measured in the same way. */
static bool is_comparable(const struct cell *a, const struct cell *b)
{
    const char *class = a->class->name;
    const char *other = cell_asked_differently(a, b);
    double lengths[] = {(double)window_ns(a) / 1e9, (double)window_ns(b) / 1e9};
    if (!other && !class_is_open(a->class) && a->class->connections != b->class->connections)
        other = "number of connections";
    if (other)
        log_message("cannot compare: class %s has another %s in one than in the other", class,
                    other);
    else if (fabs(lengths[0] - lengths[1]) > LENGTH_MARGIN * fmax(lengths[0], lengths[1]))
        log_message("cannot compare: class %s was measured in windows of %.3g s in one and of %.3g "
                    "s in the other (--duration / --rounds)",
                    class, lengths[0], lengths[1]);
    else
        return true;
    return false;
}

/* A class that only one side was asked for made another load. */
static bool has_classes_of(const struct result *result, const struct result *other)
{
    for (size_t i = 0; i < other->options->class_count; i++) {
        const char *name = other->options->classes[i].name;
        bool found = false;
        for (size_t j = 0; j < result->options->class_count; j++)
            found = found || strcmp(result->options->classes[j].name, name) == 0;
        if (!found)
            log_message("cannot compare: only one of both has a class %s", name);
        if (!found)
            return false;
    }
    return true;
}

/* The results can't be compared; it was said why. */
#define ASK_REFUSED 1

/* Returns 0, ASK_REFUSED or -ENOMEM. */
static int ask(struct questions *questions, const struct result *first, const struct result *second)
{
    size_t most = first->cell_count * ARRAY_LENGTH(percents);
    questions->rows = calloc(most ? most : 1, sizeof *questions->rows);
    if (!questions->rows)
        return -ENOMEM;
    for (size_t i = 0; i < first->cell_count; i++) {
        const struct cell *cell = &first->cells[i];
        const struct cell *partner = partner_of(first, cell, second);
        if (partner && !is_comparable(cell, partner))
            return ASK_REFUSED;
        for (size_t p = 0; partner && p < ARRAY_LENGTH(percents); p++) {
            struct question *row = &questions->rows[questions->count++];
            *row = (struct question){.cells = {cell, partner}, .percent = percents[p]};
            int r = collect(row, 0);
            if (r == 0)
                r = collect(row, 1);
            if (r)
                return r;
            if (row->counts[0] && row->counts[1])
                continue;
            free(row->values[0]);
            free(row->values[1]);
            questions->count--;
        }
    }
    return 0;
}

struct ratio_text {
    char text[24];
};

static struct ratio_text ratio_text(double ratio)
{
    struct ratio_text out;
    snprintf(out.text, sizeof out.text,
             ratio < 9.995   ? "%.2f"
             : ratio < 99.95 ? "%.1f"
                             : "%.0f",
             ratio);
    return out;
}

static void add_row(const struct question *row, const struct difference *difference,
                    struct text_table *table)
{
    const struct cell *cell = row->cells[0];
    text_table_add(table, "%s", cell->class->name);
    text_table_add(table, "%s", cell->label[0] ? cell->label : "-");
    text_table_add(table, "%s", cell->endpoint);
    text_table_add(table, "%.4g", row->percent);
    text_table_add(table, "%s%s", row->least[0] ? ">= " : "", ms_text(difference->first).text);
    text_table_add(table, "%s%s", row->least[1] ? ">= " : "", ms_text(difference->second).text);
    text_table_add(table, "%s", ratio_text(difference->ratio).text);
    if (difference->bounded)
        text_table_add(table, "%s to %s", ratio_text(difference->low).text,
                       ratio_text(difference->high).text);
    else
        text_table_add(table, "-");
    text_table_add(table, "%s", difference_name(difference->verdict));
}

static void append_note(const struct questions *questions, size_t rounds, double margin,
                        struct buffer *out)
{
    buffer_append_format(
        out,
        "\nA and B: response times in ms, the geometric means of the rounds' own percentiles. "
        "B/A: one divided by the other, and its interval; over %.3g %% is a difference. All "
        "intervals hold together with a confidence of 95 %% (%zu comparisons, the round is the "
        "unit).\n",
        margin * 100, questions->count);
    if (rounds < ROUNDS_LEAST)
        buffer_append_format(out,
                             "Nothing can be told from fewer than %d rounds a side: measure with "
                             "--rounds=6 or more.\n",
                             ROUNDS_LEAST);
    buffer_append_text(out, "\n");
}

/* Where a side is at least so slow, all that can be shown is that it is slower than the other. */
static struct difference difference_in(const struct question *row, double risk, double margin)
{
    struct difference difference =
        difference_of(row->values[0], row->counts[0], row->values[1], row->counts[1], risk, margin);
    bool slower_least = row->least[difference.ratio > 1] && !row->least[difference.ratio <= 1];
    bool shown = difference.verdict == DIFFERENCE_DIFFERENT && slower_least;
    if ((row->least[0] || row->least[1]) && !shown)
        difference.verdict = DIFFERENCE_CANNOT_TELL;
    if (row->counts[0] >= ROUNDS_LEAST && row->counts[1] >= ROUNDS_LEAST)
        return difference;
    difference.verdict = DIFFERENCE_CANNOT_TELL;
    difference.bounded = false;
    return difference;
}

/* What all rows come to. */
static void tell_verdict(size_t count, size_t different, size_t same, struct buffer *out)
{
    buffer_append_format(out,
                         "Of %zu comparisons of A and B %zu %s different, %zu %s the same, and %zu "
                         "cannot be told.\n",
                         count, different, different == 1 ? "is" : "are", same,
                         same == 1 ? "is" : "are", count - different - same);
}

/* Returns how many of the answers are "different". */
static size_t tell(const struct questions *questions, double margin, struct buffer *out)
{
    static const char *const titles[] = {"Class", "Mode", "Endpoint", "Percentile", "A",
                                         "B",     "B/A",  "Interval", "Verdict"};
    CLEANUP(text_table_deinit)
    struct text_table table;
    size_t rounds = 0;
    size_t different = 0;
    size_t same = 0;
    text_table_init(&table, ARRAY_LENGTH(titles), questions->count, titles);
    for (size_t i = 0; i < questions->count; i++) {
        const struct question *row = &questions->rows[i];
        struct difference difference = difference_in(row, RISK / (double)questions->count, margin);
        size_t fewer = row->counts[0] < row->counts[1] ? row->counts[0] : row->counts[1];
        rounds = fewer > rounds ? fewer : rounds;
        different += difference.verdict == DIFFERENCE_DIFFERENT;
        same += difference.verdict == DIFFERENCE_SAME;
        add_row(row, &difference, &table);
    }
    tell_verdict(questions->count, different, same, out);
    append_note(questions, rounds, margin, out);
    text_table_tell(&table, out);
    return different;
}

/* Says of each side whose client was late that it was. Returns 0 or -ENOMEM. */
static int tell_trust(struct saved saved[2], struct buffer *out)
{
    int r = 0;
    for (int side = 0; r == 0 && side < 2; side++) {
        CLEANUP(findings_deinit)
        struct findings findings = {0};
        r = saved_conclude(&saved[side], &findings);
        if (r || findings.trustworthy)
            continue;
        buffer_append_format(out, "\n%c: ", "AB"[side]);
        answer_trust(&findings, out);
    }
    return r;
}

/* Prints the answers. Returns an exit code. */
static int answer(const struct options *options, const struct questions *questions,
                  struct saved saved[2])
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    if (questions->count == 0) {
        log_message("%s and %s have no class in common that both measured", options->files[0],
                    options->files[1]);
        return EXIT_FAILED;
    }
    size_t different = tell(questions, options->margin, &text);
    struct output standard = {.result = {.fd = STDOUT_FILENO}};
    bool wrapped = options->format == FORMAT_TEXT;
    int r = tell_trust(saved, &text);
    r = r            ? r
        : text.error ? text.error
        : wrapped    ? output_write_wrapped(&standard, &text)
                     : output_write(&standard, &text);
    if (r)
        log_message("cannot print the verdicts: %s", strerror(-r));
    if (r)
        return EXIT_FAILED;
    return options->exit_code && different ? EXIT_DIFFERENT : EXIT_OK;
}

static int compare(const struct options *options, struct saved saved[2])
{
    struct questions questions = {0};
    const struct result *first = &saved[0].result;
    const struct result *second = &saved[1].result;
    int r = ask(&questions, first, second);
    if (r < 0)
        log_message("%s", strerror(-r));
    if (r == 0 && questions.count &&
        !(has_classes_of(first, second) && has_classes_of(second, first)))
        r = ASK_REFUSED;
    int code = r ? EXIT_FAILED : answer(options, &questions, saved);
    questions_deinit(&questions);
    return code;
}

int diff_command(const struct options *options)
{
    char error[SAVED_ERROR_SIZE];
    struct saved *saved = calloc(2, sizeof *saved);
    int r = saved ? 0 : -ENOMEM;
    for (int side = 0; r == 0 && side < 2; side++)
        r = saved_read(&saved[side], options->files[side], error);
    if (r)
        log_message("%s", r < 0 ? strerror(-r) : error);
    int code = r ? EXIT_FAILED : compare(options, saved);
    for (int side = 0; saved && side < 2; side++)
        saved_deinit(&saved[side]);
    free(saved);
    return code;
}
