/* result.c: see result.h. */
#include "measure/result.h"

#include "base/clock.h"
#include "base/error.h"
#include "plan/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Enough for a request a second during an hour. Of more requests the slowest are kept. 400 KB a
 * cell. */
#define TRACE_ROWS 4096

/* Enough for all requests of a comparison of minutes. Rows that are not used take no memory. */
#define TRACE_ROWS_COMPARE 65536

/* Of all time lines together, those of large classes aside. */
#define POINTS_MOST 200000

/* Of the length of the others: one that nothing has cut, however times were rounded. */
#define WHOLE_SHARE 0.98

int result_set_command(struct result *result, int argc, char **argv)
{
    CLEANUP(buffer_deinit)
    struct buffer line = {0};
    buffer_append_text(&line, "looplag");
    for (int i = 1; i < argc; i++) {
        buffer_append_text(&line, " ");
        secret_mask(argv[i], &line);
    }
    char *command = line.error ? NULL : strndup(line.data, line.length);
    if (!command)
        return -ENOMEM;
    free(result->command);
    result->command = command;
    return 0;
}

static int cell_init(struct cell *cell, size_t trace_rows)
{
    int r = class_stats_init(&cell->stats);
    if (r == 0)
        r = class_stats_init(&cell->baseline);
    if (r == 0)
        r = class_stats_init(&cell->closed_loop);
    if (r == 0)
        r = histogram_init_latency(&cell->holds);
    return r ? r : trace_init(&cell->trace, trace_rows);
}

int result_init(struct result *result, const struct options *options, size_t cells, int argc,
                char **argv)
{
    memset(result, 0, sizeof *result);
    result->options = options;
    result->started_wall_ns = clock_wall_ns();
    result->started_ns = clock_now_ns();
    machine_describe(&result->machine);
    result->cells = calloc(cells, sizeof *result->cells);
    int r = result->cells ? result_set_command(result, argc, argv) : -ENOMEM;
    result->cell_count = result->cells ? cells : 0;
    size_t rows = options->command == COMMAND_COMPARE ? TRACE_ROWS_COMPARE : TRACE_ROWS;
    for (size_t i = 0; r == 0 && i < cells; i++)
        r = cell_init(&result->cells[i], rows);
    if (r)
        result_deinit(result);
    return r;
}

int result_thin(struct result *result)
{
    size_t points = 0;
    size_t windows = 0;
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        windows += cell->heavy ? 0 : cell->window_count;
        for (size_t w = 0; !cell->heavy && w < cell->window_count; w++)
            points += cell->windows[w].timeline.count;
    }
    int r = 0;
    size_t slots = windows ? POINTS_MOST / windows / 3 : 1;
    slots = slots < 1 ? 1 : slots > TIMELINE_SLOTS ? TIMELINE_SLOTS : slots;
    for (size_t i = 0; points > POINTS_MOST && i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        for (size_t w = 0; r == 0 && !cell->heavy && w < cell->window_count; w++)
            r = timeline_thin(&cell->windows[w].timeline, slots);
    }
    return r;
}

int result_seal(struct result *result)
{
    for (size_t i = 0; i < result->cell_count; i++)
        trace_sort(&result->cells[i].trace);
    return result_thin(result);
}

static void cell_window_deinit(struct cell_window *window)
{
    class_stats_deinit(&window->stats);
    timeline_deinit(&window->timeline);
}

void result_deinit(struct result *result)
{
    for (size_t i = 0; i < result->cell_count; i++) {
        class_stats_deinit(&result->cells[i].stats);
        class_stats_deinit(&result->cells[i].baseline);
        class_stats_deinit(&result->cells[i].closed_loop);
        histogram_deinit(&result->cells[i].holds);
        trace_deinit(&result->cells[i].trace);
        samples_deinit(&result->cells[i].samples);
        for (size_t w = 0; w < result->cells[i].window_count; w++)
            cell_window_deinit(&result->cells[i].windows[w]);
        free(result->cells[i].windows);
    }
    free(result->cells);
    for (size_t i = 0; i < result->subject_count; i++)
        free(result->subjects[i].windows);
    free(result->subjects);
    free(result->parts);
    free(result->command);
    memset(result, 0, sizeof *result);
}

int result_set_subjects(struct result *result, size_t count)
{
    result->subjects = calloc(count, sizeof *result->subjects);
    result->subject_count = result->subjects ? count : 0;
    return result->subjects ? 0 : -ENOMEM;
}

int subject_add_window(struct subject *subject, const struct subject_window *window)
{
    struct subject_window *grown =
        reallocarray(subject->windows, subject->window_count + 1, sizeof *grown);
    if (!grown)
        return -ENOMEM;
    subject->windows = grown;
    grown[subject->window_count++] = *window;
    if (window->used.memory_peak_bytes > subject->memory_peak_bytes)
        subject->memory_peak_bytes = window->used.memory_peak_bytes;
    if (window->used.processes > subject->processes)
        subject->processes = window->used.processes;
    return 0;
}

/* Adds a window to what its part did. */
static void describe_window(const struct cell_window *window, int64_t epoch_ns,
                            struct result_part *part)
{
    int64_t from = epoch_ns + window->start_ns;
    int64_t until = epoch_ns + window->end_ns;
    if (part->from_ns == 0 || from < part->from_ns)
        part->from_ns = from;
    if (until > part->until_ns)
        part->until_ns = until;
    part->measured_ns += window->alone ? 0 : until - from;
    part->planned += window->stats.planned;
    part->ok += window->stats.ok;
    for (int kind = 0; kind < OUTCOME_KINDS; kind++)
        part->errors[kind] += window->stats.errors[kind];
    if (window->stats.ok == window->stats.planned)
        return;
    if (part->failing_from_ns == 0 || from < part->failing_from_ns)
        part->failing_from_ns = from;
    if (until > part->failing_until_ns)
        part->failing_until_ns = until;
}

void result_describe_part(const struct result *result, const char *name, struct result_part *part)
{
    *part = (struct result_part){.asked_ns = result->options->duration_ns};
    snprintf(part->name, sizeof part->name, "%s", name);
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        for (size_t w = 0; w < cell->window_count; w++)
            describe_window(&cell->windows[w], result->started_wall_ns - result->started_ns, part);
    }
    if (result->cell_count)
        part->measured_ns /= (int64_t)result->cell_count;
}

int result_add_part(struct result *result, const struct result_part *part)
{
    struct result_part *grown = reallocarray(result->parts, result->part_count + 1, sizeof *grown);
    if (!grown)
        return -ENOMEM;
    result->parts = grown;
    grown[result->part_count++] = *part;
    return 0;
}

struct class_stats *cell_begin_window(struct cell *cell, unsigned round, bool alone)
{
    struct cell_window *grown =
        reallocarray(cell->windows, cell->window_count + 1, sizeof *cell->windows);
    if (!grown)
        return NULL;
    cell->windows = grown;
    struct cell_window *window = &grown[cell->window_count];
    *window = (struct cell_window){.round = round, .alone = alone};
    if (class_stats_init(&window->stats))
        return NULL;
    cell->window_count++;
    return &window->stats;
}

void cell_time_window(struct cell *cell, int64_t start_ns, int64_t end_ns)
{
    struct cell_window *last = &cell->windows[cell->window_count - 1];
    int64_t longest = 0;
    for (const struct cell_window *window = cell->windows; window < last; window++) {
        int64_t length = window->end_ns - window->start_ns;
        longest = window->alone == last->alone && length > longest ? length : longest;
    }
    last->start_ns = start_ns;
    last->end_ns = end_ns;
    last->cut = (double)(end_ns - start_ns) < WHOLE_SHARE * (double)longest;
}

int cell_end_window(struct cell *cell, const struct window *window)
{
    struct cell_window *last = &cell->windows[cell->window_count - 1];
    cell_time_window(cell, window->started_ns, window->ended_ns);
    return class_stats_merge(last->alone ? &cell->baseline : &cell->stats, &last->stats);
}

void cell_drop_window(struct cell *cell)
{
    cell_window_deinit(&cell->windows[--cell->window_count]);
}

const char *cell_asked_differently(const struct cell *a, const struct cell *b)
{
    if (a->body_bytes != b->body_bytes)
        return "body";
    if (class_method(a->class) != class_method(b->class))
        return "method";
    if (a->class->arrival != b->class->arrival)
        return "arrival";
    return a->class->interval_ns != b->class->interval_ns ? "interval" : NULL;
}

const struct cell *result_next_large(const struct result *result, const struct cell *cell,
                                     const struct cell *last)
{
    for (size_t i = last ? (size_t)(last - result->cells) + 1 : 0; i < result->cell_count; i++) {
        if (result->cells[i].heavy && result->cells[i].subject == cell->subject)
            return &result->cells[i];
    }
    return NULL;
}

const struct cell *result_find_cell(const struct result *result, const struct cell *like)
{
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        if (strcmp(cell->class->name, like->class->name) == 0 &&
            strcmp(cell->label, like->label) == 0 && strcmp(cell->endpoint, like->endpoint) == 0)
            return cell;
    }
    return NULL;
}

const struct subject *result_subject_of(const struct result *result, const struct cell *cell)
{
    for (size_t i = 0; i < result->subject_count; i++) {
        if (result->subjects[i].number == cell->subject)
            return &result->subjects[i];
    }
    return NULL;
}

const struct cell_window *cell_window_in(const struct cell *cell, unsigned round, bool alone)
{
    for (size_t i = 0; i < cell->window_count; i++) {
        if (cell->windows[i].round == round && cell->windows[i].alone == alone)
            return &cell->windows[i];
    }
    return NULL;
}

uint64_t result_ok(const struct result *result)
{
    uint64_t ok = 0;
    for (size_t i = 0; i < result->cell_count; i++)
        ok += result->cells[i].stats.ok + result->cells[i].baseline.ok;
    return ok;
}

double result_cpu_percent(const struct result *result)
{
    if (result->measured_ns == 0)
        return 0;
    return 100.0 * (double)result->cpu_ns / (double)result->measured_ns;
}

int window_number(unsigned round, bool alone)
{
    return (int)round * 2 + (alone ? 1 : 2);
}

void window_name(int number, char out[WINDOW_NAME_SIZE])
{
    out[0] = '\0';
    if (number > 0)
        snprintf(out, WINDOW_NAME_SIZE, "%d-%s", (number + 1) / 2, number % 2 ? "alone" : "with");
}
