/* figures.c: see figures.h. */
#include "endpoint/figures.h"

#include <stdlib.h>

/* Told in one turn: some ten kilobytes of text. */
enum { USERS_A_TURN = 32 };

int figures_begin(struct endpoint_call *call)
{
    struct figures *figures = calloc(1, sizeof *figures);
    if (!figures)
        return -ENOMEM;
    figures->context = call->context;
    call->state = figures;
    return 0;
}

void figures_destroy(struct endpoint_call *call)
{
    struct figures *figures = call->state;
    if (!figures)
        return;
    stats_totals_deinit(&figures->totals);
    users_view_deinit(&figures->users);
    free(figures);
    call->state = NULL;
}

int figures_finish(struct endpoint_call *call, struct endpoint_answer *answer,
                   figures_part *const *parts, size_t count)
{
    struct figures *figures = call->state;
    if (!figures->out)
        writer_init(&figures->writer, &answer->body);
    figures->out = &answer->body;
    int result = parts[figures->part](figures);
    if (result)
        return result;
    figures->told = 0;
    return ++figures->part < count ? ENDPOINT_AGAIN : answer->body.error;
}

int figures_read_totals(struct figures *figures)
{
    return stats_read(figures->context->stats, &figures->totals);
}

int figures_read_process(struct figures *figures)
{
    return stats_process_read(figures->context->stats, &figures->process) ? ENDPOINT_AGAIN : 0;
}

int figures_read_users(struct figures *figures)
{
    int result = users_read(figures->context->users, &figures->users);
    return result == USERS_MORE ? ENDPOINT_AGAIN : result;
}

int figures_next_users(struct figures *figures, unsigned count, unsigned *from, unsigned *to)
{
    *from = figures->told;
    *to = count - *from > USERS_A_TURN ? *from + USERS_A_TURN : count;
    figures->told = *to;
    return *to < count ? ENDPOINT_AGAIN : 0;
}
