/* session.c: see session.h. */
#include "session.h"

#include "base/error.h"
#include "runner.h"

#include <stdio.h>

bool session_has_baseline(const struct workload *workload)
{
    return workload->options->baseline && workload_has_baseline(workload);
}

void session_init(struct session *session, const char *mode, const char *endpoint, size_t subject)
{
    const struct options *options = session->workload->options;
    for (size_t i = 0; i < options->class_count; i++) {
        const struct traffic_class *class = &options->classes[i];
        struct cell *cell = &session->cells[i];
        cell->class = class;
        cell->subject = subject;
        cell->body_bytes = session->workload->bodies[i].length;
        cell->heavy = session->workload->heavy[i];
        cell->has_baseline = session_has_baseline(session->workload) && !cell->heavy;
        snprintf(cell->mode, sizeof cell->mode, "%s", mode);
        snprintf(cell->endpoint, sizeof cell->endpoint, "%s",
                 class->endpoint[0] ? class->endpoint : endpoint);
        session->next_id[i] = 1;
    }
}

/* Describes the classes that run. Returns how many, or -ENOMEM. */
static int fill_loads(const struct session *session, const struct session_window *window,
                      struct class_stats *scratch, struct load *loads)
{
    const struct options *options = session->workload->options;
    int count = 0;
    for (size_t i = 0; i < options->class_count; i++) {
        struct cell *cell = &session->cells[i];
        const struct buffer *body = &session->workload->bodies[i];
        if (window->alone && cell->heavy)
            continue;
        struct class_stats *stats =
            window->warm_up ? scratch : cell_begin_window(cell, window->round, window->alone);
        if (!stats)
            return -ENOMEM;
        bool sampled = options->format == FORMAT_CSV && !window->warm_up;
        loads[count++] = (struct load){
            .class = cell->class,
            .endpoint = cell->endpoint,
            .body = body->length ? body->data : "",
            .body_length = body->length,
            .first_id = session->next_id[i],
            .stats = stats,
            .samples = sampled ? &cell->samples : NULL,
        };
    }
    return count;
}

/* Closes the window in the cells and lets the ids go on. */
static int settle(struct session *session, const struct window *run, bool kept)
{
    const struct options *options = session->workload->options;
    int r = 0;
    for (size_t i = 0; r == 0 && i < run->count; i++) {
        size_t index = (size_t)(run->loads[i].class - options->classes);
        session->next_id[index] += run->loads[i].planned;
        if (kept)
            r = cell_end_window(&session->cells[index], run);
    }
    return r;
}

int session_measure(struct session *session, const struct session_window *window)
{
    const struct options *options = session->workload->options;
    struct load loads[CLASS_MOST];
    CLEANUP(class_stats_deinit)
    struct class_stats scratch = {0};
    int count = window->warm_up ? class_stats_init(&scratch) : 0;
    if (count == 0)
        count = fill_loads(session, window, &scratch, loads);
    if (count < 0)
        return count;
    struct window run = {
        .target = session->target,
        .headers = options->headers,
        .loads = loads,
        .count = (size_t)count,
        .duration_ns = window->duration_ns,
        .timeout_ns = options->timeout_ns,
        .keepalive = options->keepalive,
        .progress = session->progress,
        .number = window->number,
        .seed = options->seed,
        .title = window->title,
    };
    int r = window->warm_up ? runner_run(&run) : result_measure(session->result, &run);
    int settled = r < 0 ? 0 : settle(session, &run, !window->warm_up);
    return settled ? settled : r;
}
