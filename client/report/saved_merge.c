/* saved_merge.c: results of several machines or runs in one; see saved.h. */
#include "report/saved.h"
#include "report/saved_findings.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The cell that the wanted one is added to, as result_find_cell tells it. A client whose link was
 * cut could not ask its server for the mode; its cell belongs to the only one of its class and
 * endpoint.
 */
static const struct cell *find_cell(const struct result *result, const struct cell *wanted)
{
    const struct cell *found = result_find_cell(result, wanted);
    const struct cell *like = NULL;
    size_t alike = 0;
    for (size_t i = 0; !found && i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        if (strcmp(cell->class->name, wanted->class->name) != 0 ||
            strcmp(cell->endpoint, wanted->endpoint) != 0)
            continue;
        like = !cell->label[0] || !wanted->label[0] ? cell : like;
        alike++;
    }
    return alike == 1 ? like : found;
}

static const struct traffic_class *find_class(struct options *options,
                                              const struct traffic_class *wanted)
{
    for (size_t i = 0; i < options->class_count; i++) {
        if (strcmp(options->classes[i].name, wanted->name) == 0)
            return &options->classes[i];
    }
    if (options->class_count == CLASS_MOST)
        return NULL;
    options->classes[options->class_count] = *wanted;
    return &options->classes[options->class_count++];
}

/* An empty cell for what `from` describes, at the end. NULL without memory. */
static struct cell *append_cell(struct result *into, const struct cell *from,
                                const struct traffic_class *class, size_t first_subject)
{
    struct cell *grown = reallocarray(into->cells, into->cell_count + 1, sizeof *grown);
    if (!grown)
        return NULL;
    into->cells = grown;
    struct cell *cell = &grown[into->cell_count];
    memset(cell, 0, sizeof *cell);
    if (class_stats_init(&cell->stats))
        return NULL;
    into->cell_count++;
    if (class_stats_init(&cell->baseline) || class_stats_init(&cell->closed_loop))
        return NULL;
    memcpy(cell->label, from->label, sizeof cell->label);
    memcpy(cell->endpoint, from->endpoint, sizeof cell->endpoint);
    cell->class = class;
    cell->subject = first_subject + from->subject;
    cell->body_bytes = from->body_bytes;
    cell->heavy = from->heavy;
    cell->traits = from->traits;
    return cell;
}

static int add_windows(struct cell *into, const struct cell *from, unsigned first_round,
                       int64_t later_ns)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < from->window_count; i++) {
        const struct cell_window *window = &from->windows[i];
        struct class_stats *stats =
            cell_begin_window(into, first_round + window->round, window->alone);
        if (!stats)
            return -ENOMEM;
        struct cell_window *added = &into->windows[into->window_count - 1];
        added->start_ns = window->start_ns + later_ns;
        added->end_ns = window->end_ns + later_ns;
        added->cut = window->cut;
        r = class_stats_merge(stats, &window->stats);
        r = r ? r : timeline_merge(&added->timeline, &window->timeline);
    }
    return r;
}

static int add_cell(struct cell *into, const struct cell *from, unsigned first_round,
                    int64_t later_ns)
{
    int r = class_stats_merge(&into->stats, &from->stats);
    if (r == 0)
        r = class_stats_merge(&into->baseline, &from->baseline);
    if (r == 0)
        r = class_stats_merge(&into->closed_loop, &from->closed_loop);
    failures_merge(&into->failures, &from->failures);
    into->has_baseline |= from->has_baseline;
    if (into->label[0] && from->label[0])
        into->traits = traits_common(&into->traits, &from->traits);
    else if (from->label[0])
        into->traits = from->traits;
    if (!into->label[0])
        memcpy(into->label, from->label, sizeof into->label);
    if (from->has_server &&
        (!into->has_server || from->server.cpu_seconds > into->server.cpu_seconds)) {
        into->has_server = true;
        into->server = from->server;
    }
    return r ? r : add_windows(into, from, first_round, later_ns);
}

static struct subject *find_subject(struct result *result, const struct subject *wanted)
{
    for (size_t i = 0; i < result->subject_count; i++) {
        struct subject *subject = &result->subjects[i];
        if (strcmp(subject->label, wanted->label) == 0 &&
            strcmp(subject->endpoint, wanted->endpoint) == 0)
            return subject;
    }
    return NULL;
}

/* The probe that would have restarted its server, or else that failed more, tells most. */
static void add_probe(struct probe_result *into, const struct probe_result *from)
{
    bool worse = from->restart != into->restart ? from->restart : from->failed > into->failed;
    if (from->plan.wanted && (worse || !into->plan.wanted))
        *into = *from;
}

/* Adds what a server used to the same one's, or at the end. Returns 0 or -ENOMEM. */
static int add_subject(struct result *into, const struct subject *from, size_t first_subject,
                       unsigned first_round)
{
    struct subject *subject = find_subject(into, from);
    if (!subject) {
        struct subject *grown =
            reallocarray(into->subjects, into->subject_count + 1, sizeof *grown);
        if (!grown)
            return -ENOMEM;
        into->subjects = grown;
        subject = &grown[into->subject_count++];
        *subject = *from;
        subject->number = first_subject + from->number;
        subject->windows = NULL;
        subject->window_count = 0;
    }
    add_probe(&subject->probe, &from->probe);
    if (from->memory_peak_bytes > subject->memory_peak_bytes)
        subject->memory_peak_bytes = from->memory_peak_bytes;
    int r = 0;
    for (size_t i = 0; r == 0 && i < from->window_count; i++) {
        struct subject_window window = from->windows[i];
        window.round += first_round;
        r = subject_add_window(subject, &window);
    }
    return r;
}

/* Whether two cells were asked the same thing. */
static bool fits(const struct cell *a, const struct cell *b, char *error)
{
    const char *other = cell_asked_differently(a, b);
    if (other)
        snprintf(
            error, SAVED_ERROR_SIZE,
            "the results do not fit together: class %s has another %s in one than in the other",
            a->class->name, other);
    return !other;
}

/* Sums of so many ns are never the same by chance. */
static bool same_times(const struct histogram *a, const struct histogram *b)
{
    return a->total > 0 && a->total == b->total && a->min == b->min && a->max == b->max &&
           a->sum == b->sum;
}

static bool same_requests(const struct class_stats *a, const struct class_stats *b)
{
    return same_times(&a->response, &b->response) && same_times(&a->service, &b->service) &&
           same_times(&a->send_lag, &b->send_lag);
}

/*
 * Whether a window is in both, as when a result is given twice, as a copy, or
 * beside one that it was merged into. When and by which command a run was
 * started does not tell: clients on several machines share both.
 */
static bool share_requests(const struct cell *a, const struct cell *b)
{
    for (size_t i = 0; i < a->window_count; i++) {
        for (size_t j = 0; j < b->window_count; j++) {
            if (same_requests(&a->windows[i].stats, &b->windows[j].stats))
                return true;
        }
    }
    return same_requests(&a->stats, &b->stats);
}

int saved_merge(struct saved *into, const struct saved *from, char error[SAVED_ERROR_SIZE])
{
    unsigned rounds = 0;
    size_t subjects = 0;
    saved_findings_free(into->told, into->result.cell_count); /* they are not those of the sum */
    into->told = NULL;
    for (size_t i = 0; i < into->result.cell_count; i++) {
        const struct cell *cell = &into->result.cells[i];
        subjects = cell->subject >= subjects ? cell->subject + 1 : subjects;
        for (size_t w = 0; w < cell->window_count; w++)
            rounds = cell->windows[w].round >= rounds ? cell->windows[w].round + 1 : rounds;
    }
    int64_t later = from->result.started_wall_ns - into->result.started_wall_ns;
    for (size_t i = 0; i < from->result.cell_count; i++) {
        const struct cell *cell = &from->result.cells[i];
        const struct cell *found = find_cell(&into->result, cell);
        const struct traffic_class *class = find_class(&into->options, cell->class);
        if (!class) {
            snprintf(error, SAVED_ERROR_SIZE, "the results have more than %d classes", CLASS_MOST);
            return SAVED_INVALID;
        }
        struct cell *mine = found ? &into->result.cells[found - into->result.cells]
                                  : append_cell(&into->result, cell, class, subjects);
        if (!mine)
            return -ENOMEM;
        if (!fits(mine, cell, error))
            return SAVED_INVALID;
        if (share_requests(mine, cell))
            return SAVED_TWICE;
        int r = add_cell(mine, cell, rounds, later);
        if (r)
            return r;
    }
    for (size_t i = 0; i < from->result.subject_count; i++) {
        int r = add_subject(&into->result, &from->result.subjects[i], subjects, rounds);
        if (r)
            return r;
    }
    for (size_t i = 0; i < from->result.part_count; i++) {
        int r = result_add_part(&into->result, &from->result.parts[i]);
        if (r)
            return r;
    }
    into->options.rounds += from->options.rounds;
    into->options.duration_ns += from->options.duration_ns;
    into->options.baseline |= from->options.baseline;
    into->result.measured_ns += from->result.measured_ns;
    into->result.cpu_ns += from->result.cpu_ns;
    add_probe(&into->result.probe, &from->result.probe);
    return 0;
}
