/* ladder.c: see ladder.h. */
#include "measure/ladder.h"

#include "base/error.h"

#include <stdio.h>

int ladder_init(struct ladder *ladder, const struct workload *workload, struct options *options,
                const struct target *target, int argc, char **argv)
{
    *ladder = (struct ladder){.options = options, .timeout_ns = options->timeout_ns};
    ladder->large = workload->heavy[0] ? 0 : 1;
    ladder->small = 1 - ladder->large;
    struct traffic_class *large = &options->classes[ladder->large];
    large->arrival = ARRIVAL_CLOSED;
    large->interval_ns = 0;
    progress_init(&ladder->progress, options->quiet);
    int r = result_init(&ladder->result, options, options->class_count, argc, argv);
    if (r)
        return r;
    ladder->session = (struct session){
        .workload = workload,
        .target = target,
        .result = &ladder->result,
        .progress = &ladder->progress,
        .cells = ladder->result.cells,
        .sampled = true,
    };
    session_init(&ladder->session, "", options->endpoint, 0);
    progress_expect(&ladder->progress, options->duration_ns);
    return 0;
}

void ladder_deinit(struct ladder *ladder)
{
    result_deinit(&ladder->result);
    ladder->count = 0;
}

/* Requests of the last step that were cut off for want of time were not given up by their own. */
static void excuse(struct ladder *ladder)
{
    for (size_t c = 0; c < ladder->result.cell_count; c++) {
        struct samples *samples = &ladder->result.cells[c].samples;
        for (size_t i = samples->count; i-- > 0;) {
            struct sample *row = &samples->rows[i];
            if (row->window != (int)ladder->count)
                break;
            if (row->outcome.kind == OUTCOME_TIMEOUT)
                row->outcome.kind = OUTCOME_INTERRUPTED;
        }
    }
}

/* Each request of it has no more time than is left. Returns whether that is less than its own. */
static bool bound(struct ladder *ladder, int64_t most_ns)
{
    bool shortened = most_ns < ladder->timeout_ns;
    ladder->options->timeout_ns = shortened ? most_ns : ladder->timeout_ns;
    return shortened;
}

int ladder_try(struct ladder *ladder, int64_t most_ns, const struct cell **cell,
               struct failure *failure)
{
    bound(ladder, most_ns);
    return session_try(&ladder->session, &(struct session_window){.alone = true, .warm_up = true},
                       cell, failure);
}

int ladder_step(struct ladder *ladder, unsigned large, int64_t duration_ns, int64_t most_ns)
{
    char title[32];
    if (ladder->count == LADDER_STEPS_MOST)
        return -ENOSPC;
    snprintf(title, sizeof title, "%u large in flight", large);
    bool shortened = bound(ladder, most_ns);
    ladder->options->classes[ladder->large].connections = large ? large : 1;
    ladder->steps[ladder->count++] = (struct ladder_step){.large = large};
    int r = session_measure(&ladder->session, &(struct session_window){
                                                  .round = (unsigned)ladder->count - 1,
                                                  .alone = large == 0,
                                                  .duration_ns = duration_ns,
                                                  .number = (int)ladder->count,
                                                  .title = title,
                                              });
    if (shortened)
        excuse(ladder);
    return r;
}

const struct samples *ladder_small(const struct ladder *ladder)
{
    return &ladder->result.cells[ladder->small].samples;
}

const struct samples *ladder_large(const struct ladder *ladder)
{
    return &ladder->result.cells[ladder->large].samples;
}
