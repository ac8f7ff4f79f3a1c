/* deadlines.c: see deadlines.h. */
#include "http/deadlines.h"

void sighting_begin(struct sighting *sighting, int64_t now_ns)
{
    *sighting = (struct sighting){.last.now_ns = now_ns, .since_ns = now_ns, .moved_ns = now_ns};
}

static bool is_over(int64_t limit_ns, int64_t since_ns, int64_t now_ns)
{
    return limit_ns && now_ns - since_ns > limit_ns;
}

static enum stats_limit judge_head(const struct deadlines *deadlines,
                                   const struct sighting *sighting, const struct sight *sight)
{
    if (!link_is_fresh(sight->turn) && sight->bytes == sighting->bytes)
        return is_over(deadlines->idle_ns, sighting->since_ns, sight->now_ns) ? STATS_IDLE_TIMEOUT
                                                                              : STATS_NO_LIMIT;
    return is_over(deadlines->header_ns, sighting->since_ns, sight->now_ns) ? STATS_HEADER_TIMEOUT
                                                                            : STATS_NO_LIMIT;
}

/* The grace, and a second more for each `rate` bytes. */
static bool is_too_slow(const struct deadlines *deadlines, const struct sighting *sighting,
                        const struct sight *sight)
{
    const double earned = (double)(sight->bytes - sighting->bytes) / (double)deadlines->rate;
    return (double)(sight->now_ns - sighting->since_ns - DEADLINES_GRACE_NS) > earned * NS_PER_S;
}

static enum stats_limit judge_flow(const struct deadlines *deadlines,
                                   const struct sighting *sighting, const struct sight *sight,
                                   enum stats_limit pause, enum stats_limit rate)
{
    if (is_over(deadlines->body_ns, sighting->moved_ns, sight->now_ns))
        return pause;
    return deadlines->rate && is_too_slow(deadlines, sighting, sight) ? rate : STATS_NO_LIMIT;
}

enum stats_limit deadlines_judge(const struct deadlines *deadlines, struct sighting *sighting,
                                 const struct sight *sight)
{
    const struct sight last = sighting->last;
    sighting->last = *sight;
    if (sight->turn != last.turn) {
        sighting_begin(sighting, sight->now_ns);
        sighting->last = *sight;
        sighting->bytes = sight->bytes;
        return STATS_NO_LIMIT;
    }
    const enum link_phase phase = link_phase_of(sight->turn);
    if (phase == LINK_HEAD && !sighting->read_ns && sight->bytes != sighting->bytes &&
        !sight->unread)
        sighting->read_ns = sight->now_ns;
    const bool moved = sight->bytes != last.bytes;
    if (moved)
        sighting->moved_ns = sight->now_ns;
    if (moved && phase == LINK_HEAD && !link_is_fresh(sight->turn) && last.bytes == sighting->bytes)
        sighting->since_ns = sight->now_ns;
    if (sight->unread) {
        sighting->since_ns += sight->now_ns - last.now_ns;
        sighting->moved_ns = sight->now_ns;
        return STATS_NO_LIMIT;
    }
    switch (phase) {
    case LINK_HEAD:
        return judge_head(deadlines, sighting, sight);
    case LINK_BODY:
        return judge_flow(deadlines, sighting, sight, STATS_BODY_TIMEOUT, STATS_BODY_RATE);
    case LINK_REPLY:
        return judge_flow(deadlines, sighting, sight, STATS_REPLY_TIMEOUT, STATS_REPLY_TIMEOUT);
    default:
        return STATS_NO_LIMIT;
    }
}
