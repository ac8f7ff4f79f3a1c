/* exposure.c: see exposure.h. */
#include "analysis/exposure.h"

#include "base/clock.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* In hand for a shorter time, or for fewer medians of a small one: then it is not seen. */
#define SEEN_LEAST_MS 20.0
#define SEEN_MEDIANS 10
/* A small one waits patiently for this share of a large one's time, and so many of its own p95. */
#define PATIENCE_SHARE 0.25
#define PATIENCE_P95S 3
/* Of that patience: a client that is later may have made stuck what was not. */
#define TIMELY_SHARE 0.5

/* A growing list of times in ns. */
struct list {
    int64_t *values;
    size_t count;
    size_t capacity;
    int error;
};

static void list_deinit(struct list *list)
{
    free(list->values);
}

static void add(struct list *list, int64_t value)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 256;
        int64_t *values = reallocarray(list->values, capacity, sizeof *values);
        if (!values) {
            list->error = -ENOMEM;
            return;
        }
        list->values = values;
        list->capacity = capacity;
    }
    list->values[list->count++] = value;
}

static int by_value(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static double at_rank(const struct list *sorted, double rank)
{
    double last = (double)sorted->count - 1;
    double index = fmin(fmax(rank, 0), last);
    return (double)sorted->values[(size_t)index] / (double)NS_PER_MS;
}

/* Sorts the list. The interval's ranks are those of a binomial of one half, nearly normal. */
static struct exposure_times times_of(struct list *list)
{
    double n = (double)list->count;
    if (list->count == 0)
        return (struct exposure_times){.count = 0};
    qsort(list->values, list->count, sizeof *list->values, by_value);
    return (struct exposure_times){
        .count = list->count,
        .median = at_rank(list, ceil(n / 2) - 1),
        .low = at_rank(list, floor(n / 2 - 0.98 * sqrt(n)) - 1),
        .high = at_rank(list, ceil(n / 2 + 0.98 * sqrt(n))),
        .p95 = at_rank(list, ceil(n * 0.95) - 1),
        .p99 = at_rank(list, ceil(n * 0.99) - 1),
    };
}

/* What is being counted. */
struct count {
    struct exposures *out;
    const struct samples *small;
    const struct samples *large;
    const struct ladder_step *steps;
    struct exposure_times alone; /* small ones without large ones */
};

static bool is_of(const struct count *count, const struct sample *sample, unsigned large)
{
    return count->steps[sample->window - 1].large == large;
}

/* Its time was over before its reply came. */
static bool is_cut(const struct outcome *outcome)
{
    return outcome->kind == OUTCOME_TIMEOUT || outcome->kind == OUTCOME_INTERRUPTED;
}

static bool is_seen(const struct outcome *outcome)
{
    return outcome->kind == OUTCOME_OK || is_cut(outcome);
}

static int64_t taken_from(const struct outcome *large, bool whole)
{
    return whole || !large->uploaded_ns ? large->sent_ns : large->uploaded_ns;
}

static int64_t taken_until(const struct outcome *large)
{
    return large->kind == OUTCOME_OK ? large->first_byte_ns : large->end_ns;
}

/* The median of what large requests of a row took, of those that were answered. */
static int median_of_large(const struct count *count, unsigned large, bool in_hand, bool whole,
                           double *ms)
{
    CLEANUP(list_deinit)
    struct list took = {0};
    for (size_t i = 0; i < count->large->count; i++) {
        const struct sample *sample = &count->large->rows[i];
        const struct outcome *outcome = &sample->outcome;
        if (!is_of(count, sample, large) || outcome->kind != OUTCOME_OK)
            continue;
        add(&took, in_hand ? taken_until(outcome) - taken_from(outcome, whole)
                           : outcome->end_ns - outcome->sent_ns);
    }
    *ms = times_of(&took).median;
    return took.error;
}

/* How many large ones a small one met, and when the first of these ended. */
static unsigned find_in_hand(const struct count *count, const struct sample *small,
                             int64_t *first_ns)
{
    unsigned in_hand = 0;
    int64_t at = small->outcome.sent_ns;
    *first_ns = INT64_MAX;
    for (size_t i = 0; i < count->large->count; i++) {
        const struct sample *large = &count->large->rows[i];
        const struct outcome *outcome = &large->outcome;
        if (large->window != small->window || !is_seen(outcome) ||
            taken_from(outcome, count->out->whole) > at || taken_until(outcome) <= at)
            continue;
        in_hand++;
        *first_ns = taken_until(outcome) < *first_ns ? taken_until(outcome) : *first_ns;
    }
    return in_hand < EXPOSURE_LARGE_MOST ? in_hand : EXPOSURE_LARGE_MOST;
}

/* Counts a small request that was seen to its end, or for long enough. */
static void judge(const struct count *count, const struct sample *small, struct exposure *row,
                  struct list *unstuck)
{
    int64_t first_ns;
    const struct outcome *outcome = &small->outcome;
    unsigned in_hand = find_in_hand(count, small, &first_ns);
    if (in_hand == 0 || !is_seen(outcome))
        return;
    double left_ms = (double)(first_ns - outcome->sent_ns) / (double)NS_PER_MS;
    double took_ms = (double)(outcome->end_ns - outcome->sent_ns) / (double)NS_PER_MS;
    bool stuck = took_ms >= EXPOSURE_STUCK_SHARE * left_ms;
    if (left_ms < row->patience_ms || (!stuck && is_cut(outcome)))
        return;
    row->met[in_hand]++;
    row->met_all++;
    row->stuck[in_hand] += stuck;
    row->stuck_all += stuck;
    if (stuck)
        return;
    add(unstuck, outcome->end_ns - outcome->sent_ns);
    row->slowed += took_ms > count->alone.p99 && took_ms > 2 * count->alone.median;
}

static int count_small(const struct count *count, struct exposure *row)
{
    CLEANUP(list_deinit)
    struct list took = {0};
    CLEANUP(list_deinit)
    struct list unstuck = {0};
    CLEANUP(list_deinit)
    struct list lags = {0};
    for (size_t i = 0; i < count->small->count; i++) {
        const struct sample *small = &count->small->rows[i];
        const struct outcome *outcome = &small->outcome;
        if (!is_of(count, small, row->large))
            continue;
        row->small_sent++;
        row->small_failed += outcome->kind != OUTCOME_OK && outcome->kind != OUTCOME_INTERRUPTED;
        judge(count, small, row, &unstuck);
        if (outcome->kind != OUTCOME_OK)
            continue;
        add(&took, outcome->end_ns - outcome->sent_ns);
        add(&lags, outcome->read_lag_ns);
    }
    row->small = times_of(&took);
    row->free = times_of(&unstuck);
    row->read_lag_p99_ms = times_of(&lags).p99;
    int r = took.error ? took.error : unstuck.error;
    return r ? r : lags.error;
}

static int count_row(const struct count *count, struct exposure *row)
{
    const struct exposures *out = count->out;
    for (size_t i = 0; i < count->large->count; i++) {
        const struct sample *large = &count->large->rows[i];
        if (!is_of(count, large, row->large))
            continue;
        row->large_sent++;
        row->large_failed +=
            large->outcome.kind != OUTCOME_OK && large->outcome.kind != OUTCOME_INTERRUPTED;
    }
    int r = median_of_large(count, row->large, false, false, &row->large_ms);
    if (r == 0)
        r = median_of_large(count, row->large, true, out->whole, &row->in_hand_ms);
    row->patience_ms = fmax(PATIENCE_SHARE * row->in_hand_ms, PATIENCE_P95S * count->alone.p95);
    return r ? r : count_small(count, row);
}

/* Makes room for a row of each number of large requests, in order. */
static void make_rows(struct exposures *out, const struct ladder_step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < out->count && out->rows[at].large < steps[i].large)
            at++;
        if ((at < out->count && out->rows[at].large == steps[i].large) ||
            out->count == EXPOSURE_ROWS_MOST)
            continue;
        memmove(&out->rows[at + 1], &out->rows[at], (out->count - at) * sizeof *out->rows);
        out->rows[at] = (struct exposure){.large = steps[i].large};
        out->count++;
    }
}

/* Whether the time in hand, of the fewest large ones that were answered, is too short to be seen.
 */
static int find_whole(const struct count *count)
{
    struct exposures *out = count->out;
    double least_ms = fmax(SEEN_LEAST_MS, SEEN_MEDIANS * count->alone.median);
    double in_hand_ms = 0;
    int r = 0;
    for (size_t i = 0; r == 0 && i < out->count && in_hand_ms == 0; i++)
        r = median_of_large(count, out->rows[i].large, true, false, &in_hand_ms);
    out->whole = in_hand_ms < least_ms;
    return r;
}

int exposures_make(struct exposures *exposures, const struct samples *small,
                   const struct samples *large, const struct ladder_step *steps, size_t count)
{
    memset(exposures, 0, sizeof *exposures);
    struct count counting = {.out = exposures, .small = small, .large = large, .steps = steps};
    make_rows(exposures, steps, count);
    int r = 0;
    for (size_t i = 0; r == 0 && i < exposures->count; i++) {
        r = count_row(&counting, &exposures->rows[i]);
        if (i > 0 || r)
            continue;
        if (exposures->rows[0].large == 0)
            counting.alone = exposures->rows[0].small;
        r = find_whole(&counting);
    }
    return r;
}

bool exposures_are_timely(const struct exposures *exposures)
{
    for (size_t i = 0; i < exposures->count; i++) {
        const struct exposure *row = &exposures->rows[i];
        if (row->met_all && row->read_lag_p99_ms > TIMELY_SHARE * row->patience_ms)
            return false;
    }
    return true;
}

const struct exposure *exposures_find(const struct exposures *exposures, unsigned large)
{
    for (size_t i = 0; i < exposures->count; i++) {
        if (exposures->rows[i].large == large)
            return &exposures->rows[i];
    }
    return NULL;
}

const struct exposure *exposures_first(const struct exposures *exposures)
{
    for (size_t i = 0; i < exposures->count; i++) {
        if (exposures->rows[i].large && exposures->rows[i].large_ms > 0)
            return &exposures->rows[i];
    }
    return NULL;
}
