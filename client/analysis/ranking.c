/* ranking.c: see ranking.h. */
#include "analysis/ranking.h"

#include "analysis/cell_findings.h"
#include "analysis/difference.h"
#include "analysis/percentile.h"
#include "base/clock.h"
#include "base/error.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MB 1e6

const struct ranking_title ranking_titles[RANKING_CRITERIA] = {
    [RANKING_SMALL] = {"Small", "small_ms", false},
    [RANKING_LARGE] = {"Large", "large_ms", false},
    [RANKING_THROUGHPUT] = {"Answered MB/s", "large_mb_per_s", true},
    [RANKING_MEMORY] = {"Memory MB", "memory_mb", false},
    [RANKING_CPU_LARGE] = {"CPU per large", "cpu_large_ms", false},
    [RANKING_CPU_SMALL] = {"CPU per small", "cpu_small_ms", false},
};

void ranking_deinit(struct ranking *ranking)
{
    for (size_t i = 0; i < ranking->count; i++) {
        for (int c = 0; c < RANKING_CRITERIA; c++)
            free(ranking->rows[i].values[c].rounds);
    }
    free(ranking->rows);
    free(ranking->better);
    memset(ranking, 0, sizeof *ranking);
}

/* A subject and where its cells are. */
struct source {
    const struct result *result;
    const struct cell_findings *cells; /* of the result */
    const struct subject *subject;
};

static bool is_ours(const struct source *source, const struct cell *cell, bool heavy)
{
    return cell->subject == source->subject->number && cell->heavy == heavy;
}

static const struct cell *first_cell(const struct source *source, bool heavy)
{
    for (size_t i = 0; i < source->result->cell_count; i++) {
        if (is_ours(source, &source->result->cells[i], heavy))
            return &source->result->cells[i];
    }
    return NULL;
}

/* Good replies in one window, and the bytes of their requests' bodies. */
struct answers {
    double count;
    double bytes;
};

static struct answers answers_in(const struct source *source, const struct subject_window *window,
                                 bool heavy)
{
    struct answers answers = {0, 0};
    for (size_t i = 0; i < source->result->cell_count; i++) {
        const struct cell *cell = &source->result->cells[i];
        const struct cell_window *one = cell_window_in(cell, window->round, window->alone);
        if (!one || !is_ours(source, cell, heavy))
            continue;
        answers.count += (double)one->stats.ok;
        answers.bytes += (double)one->stats.ok * (double)cell->body_bytes;
    }
    return answers;
}

/* Whether it was cut short. */
static bool is_cut(const struct source *source, const struct subject_window *window)
{
    const struct cell *cell = first_cell(source, false);
    cell = cell ? cell : first_cell(source, true);
    const struct cell_window *found =
        cell ? cell_window_in(cell, window->round, window->alone) : NULL;
    return found && found->cut;
}

static void add_round(struct ranking_value *value, double of_round)
{
    if (of_round > 0)
        value->rounds[value->round_count++] = of_round;
}

/* A time of a class; `percent` 0 is the mean of the replies. */
static double time_ms(const struct class_stats *stats, double percent, bool *at_least)
{
    if (percent <= 0)
        return histogram_mean(&stats->response) / (double)NS_PER_MS;
    struct percentile found = percentile_of(percentile_response(stats), percent);
    *at_least = *at_least || found.censored;
    return clock_ms(found.ns);
}

static void set_time(struct ranking_value *value, const struct cell *cell, double percent)
{
    if (!cell || cell->stats.ok == 0 || percent < 0)
        return;
    value->known = true;
    value->value = time_ms(&cell->stats, percent, &value->at_least);
    for (size_t w = 0; w < cell->window_count; w++) {
        const struct cell_window *window = &cell->windows[w];
        if (!window->alone && !window->cut && window->stats.ok)
            add_round(value, time_ms(&window->stats, percent, &value->at_least));
    }
}

/* What a window adds to a quotient; nothing where `per` is not above 0. */
struct part {
    double amount;
    double per;
};

/* All windows together, and each whole one by itself; `small` is what a small request costs alone.
 */
static void set_quotient(struct ranking_value *value, const struct source *source, double small,
                         struct part (*part_of)(const struct source *source,
                                                const struct subject_window *window, double small))
{
    struct part sum = {0, 0};
    for (size_t w = 0; w < source->subject->window_count; w++) {
        struct part part = part_of(source, &source->subject->windows[w], small);
        if (part.per <= 0)
            continue;
        sum.amount += part.amount;
        sum.per += part.per;
        if (!is_cut(source, &source->subject->windows[w]))
            add_round(value, part.amount / part.per);
    }
    value->known = sum.amount > 0;
    value->value = sum.per > 0 ? sum.amount / sum.per : 0;
}

static struct part throughput(const struct source *source, const struct subject_window *window,
                              double small)
{
    (void)small;
    double seconds = window->alone ? 0 : (double)window->duration_ns / 1e9;
    return (struct part){answers_in(source, window, true).bytes / MB, seconds};
}

/* Per small request, from the windows without large ones. */
static struct part cpu_small(const struct source *source, const struct subject_window *window,
                             double small)
{
    (void)small;
    double answered = window->alone ? answers_in(source, window, false).count : 0;
    return (struct part){clock_ms(window->used.cpu_ns), answered};
}

/* Per large request: what is left when small ones cost what they cost alone. */
static struct part cpu_large(const struct source *source, const struct subject_window *window,
                             double small)
{
    double rest = clock_ms(window->used.cpu_ns) - small * answers_in(source, window, false).count;
    return (struct part){rest, window->alone ? 0 : answers_in(source, window, true).count};
}

static void set_memory(struct ranking_value *value, const struct source *source)
{
    const struct subject *subject = source->subject;
    value->known = subject->memory_peak_bytes > 0;
    value->value = (double)subject->memory_peak_bytes / MB;
    for (size_t w = 0; w < subject->window_count; w++) {
        if (!subject->windows[w].alone && !is_cut(source, &subject->windows[w]))
            add_round(value, (double)subject->windows[w].used.memory_peak_bytes / MB);
    }
}

/* Whether the client was late without the large classes. */
static bool is_baseline_late(const struct cell *cell)
{
    if (!cell || !cell->has_baseline || cell->baseline.planned == 0)
        return false;
    struct percentile median = percentile_of(percentile_response(&cell->baseline), 50);
    struct audit audit = audit_stats(&cell->baseline, clock_ms(median.ns));
    return !audit_is_good(&audit);
}

static int allocate_rounds(struct ranking_row *row, const struct source *source)
{
    size_t most = source->subject->window_count + 1;
    if (row->small && row->small->window_count >= most)
        most = row->small->window_count + 1;
    if (row->large && row->large->window_count >= most)
        most = row->large->window_count + 1;
    for (int c = 0; c < RANKING_CRITERIA; c++) {
        row->values[c].rounds = calloc(most, sizeof *row->values[c].rounds);
        if (!row->values[c].rounds)
            return -ENOMEM;
    }
    return 0;
}

static int fill_row(const struct ranking *ranking, struct ranking_row *row,
                    const struct source *source)
{
    const struct result *result = source->result;
    int r = allocate_rounds(row, source);
    if (r)
        return r;
    row->trustworthy = true;
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell_findings *found = &source->cells[i];
        if (found->cell->subject == source->subject->number && !audit_is_good(&found->audit))
            row->trustworthy = false;
    }
    row->baseline_late = is_baseline_late(row->small);
    if (row->large && row->large->stats.sent)
        row->failed = 1 - (double)row->large->stats.ok / (double)row->large->stats.sent;
    struct ranking_value *values = row->values;
    set_time(&values[RANKING_SMALL], row->small, ranking->percent);
    set_time(&values[RANKING_LARGE], row->large, ranking->median ? 50 : 0);
    set_quotient(&values[RANKING_THROUGHPUT], source, 0, throughput);
    set_memory(&values[RANKING_MEMORY], source);
    set_quotient(&values[RANKING_CPU_SMALL], source, 0, cpu_small);
    if (values[RANKING_CPU_SMALL].known)
        set_quotient(&values[RANKING_CPU_LARGE], source, values[RANKING_CPU_SMALL].value,
                     cpu_large);
    return 0;
}

static bool has_samples(const struct cell *cell, double percent)
{
    const struct percentile_source source = percentile_response(&cell->stats);
    return percentile_is_known(percentile_count(&source), percent);
}

/* What all rows with samples can tell: a percentile of small, the median of large or the mean. */
static void choose_figures(struct ranking *ranking)
{
    static const double percents[] = {99, 95, 90, 50};
    size_t chosen = 0;
    ranking->median = true;
    for (size_t i = 0; i < ranking->count; i++) {
        const struct cell *small = ranking->rows[i].small;
        const struct cell *large = ranking->rows[i].large;
        while (small && small->stats.ok && chosen < ARRAY_LENGTH(percents) &&
               !has_samples(small, percents[chosen]))
            chosen++;
        if (large && large->stats.ok && !has_samples(large, 50))
            ranking->median = false;
    }
    ranking->percent = chosen < ARRAY_LENGTH(percents) ? percents[chosen] : -1;
}

/* From the scatter of the systems' rounds, on average. */
static double least_seen(const struct ranking *ranking, enum ranking_criterion criterion)
{
    double variance = 0;
    double known = 0;
    size_t rounds = SIZE_MAX;
    for (size_t i = 0; i < ranking->count; i++) {
        const struct ranking_value *value = &ranking->rows[i].values[criterion];
        if (!value->known || value->round_count < DIFFERENCE_ROUNDS_LEAST)
            continue;
        variance += interval_moments(value->rounds, value->round_count).variance_of_mean;
        rounds = value->round_count < rounds ? value->round_count : rounds;
        known++;
    }
    if (known < 2)
        return 0;
    return difference_least_seen(variance / known, rounds,
                                 RANKING_RISK / (double)(ranking->count - 1), RANKING_MARGIN);
}

static bool *better_at(const struct ranking *ranking, enum ranking_criterion criterion, size_t i,
                       size_t j)
{
    return &ranking->better[((size_t)criterion * ranking->count + i) * ranking->count + j];
}

bool ranking_is_better(const struct ranking *ranking, enum ranking_criterion criterion, size_t i,
                       size_t j)
{
    return *better_at(ranking, criterion, i, j);
}

static void judge(struct ranking *ranking, enum ranking_criterion criterion, size_t i, size_t j)
{
    const struct ranking_value *a = &ranking->rows[i].values[criterion];
    const struct ranking_value *b = &ranking->rows[j].values[criterion];
    struct difference difference =
        difference_of(a->rounds, a->round_count, b->rounds, b->round_count,
                      RANKING_RISK / (double)(ranking->count - 1), RANKING_MARGIN);
    bool less = difference.ratio > 1;
    *better_at(ranking, criterion, i, j) = a->known && b->known && !a->at_least &&
                                           difference.verdict == DIFFERENCE_DIFFERENT &&
                                           less != ranking_titles[criterion].more_is_better;
}

static void set_ranks(struct ranking *ranking, enum ranking_criterion criterion)
{
    for (size_t i = 0; i < ranking->count; i++) {
        struct ranking_value *value = &ranking->rows[i].values[criterion];
        if (value->known && value->round_count < ranking->round_count)
            ranking->round_count = value->round_count;
        if (!value->known || value->round_count < DIFFERENCE_ROUNDS_LEAST)
            continue;
        value->rank = 1;
        for (size_t j = 0; j < ranking->count; j++)
            value->rank += ranking_is_better(ranking, criterion, j, i);
    }
}

/* By the small class, then by the large one; what is not known last. */
static int by_times(const void *left, const void *right)
{
    const struct ranking_row *a = left;
    const struct ranking_row *b = right;
    for (int c = RANKING_SMALL; c <= RANKING_LARGE; c++) {
        double first = a->values[c].known ? a->values[c].value : HUGE_VAL;
        double second = b->values[c].known ? b->values[c].value : HUGE_VAL;
        if (first < second || first > second)
            return first < second ? -1 : 1;
    }
    return 0;
}

static bool has_large(const struct ranking *ranking)
{
    for (size_t i = 0; i < ranking->count; i++) {
        if (ranking->rows[i].large)
            return true;
    }
    return false;
}

static int fill_rows(struct ranking *ranking, const struct result *result,
                     const struct cell_findings *cells)
{
    int r = 0;
    for (size_t i = 0; i < ranking->count; i++) {
        const struct source source = {result, cells, &result->subjects[i]};
        ranking->rows[i].subject = source.subject;
        ranking->rows[i].small = first_cell(&source, false);
        ranking->rows[i].large = first_cell(&source, true);
    }
    choose_figures(ranking);
    for (size_t i = 0; r == 0 && i < ranking->count; i++) {
        const struct source source = {result, cells, &result->subjects[i]};
        r = fill_row(ranking, &ranking->rows[i], &source);
    }
    return r;
}

int ranking_make(struct ranking *ranking, const struct result *result,
                 const struct cell_findings *cells)
{
    size_t count = result->subject_count;
    memset(ranking, 0, sizeof *ranking);
    if (count < 3)
        return 0;
    ranking->rows = calloc(count, sizeof *ranking->rows);
    ranking->better = calloc(RANKING_CRITERIA * count * count, sizeof *ranking->better);
    ranking->count = ranking->rows ? count : 0;
    ranking->round_count = result->options->rounds;
    int r = ranking->rows && ranking->better ? fill_rows(ranking, result, cells) : -ENOMEM;
    if (r || !has_large(ranking)) {
        ranking_deinit(ranking);
        return r;
    }
    qsort(ranking->rows, count, sizeof *ranking->rows, by_times);
    for (int c = 0; c < RANKING_CRITERIA; c++) {
        for (size_t pair = 0; pair < count * count; pair++) {
            if (pair / count != pair % count)
                judge(ranking, (enum ranking_criterion)c, pair / count, pair % count);
        }
        set_ranks(ranking, (enum ranking_criterion)c);
        ranking->seen[c] = least_seen(ranking, (enum ranking_criterion)c);
    }
    return 0;
}
