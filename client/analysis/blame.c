/* blame.c: see blame.h. */
#include "analysis/blame.h"

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/*
 * Backwards from the last end: what was counted of later holds reaches down to
 * `counted_from`, so only what lies before it is added.
 */
struct blame blame_assign(const struct blame_wait *wait, const struct blame_hold *holds,
                          size_t count)
{
    struct blame blame = {.worst = count};
    int64_t counted_from = wait->end_ns;
    for (size_t i = count; i-- > 0;) {
        int64_t start = most(holds[i].start_ns, wait->planned_ns);
        int64_t overlap = least(holds[i].end_ns, wait->end_ns) - start;
        if (overlap <= 0)
            continue;
        if (overlap > blame.worst_ns) {
            blame.worst = i;
            blame.worst_ns = overlap;
        }
        int64_t end = least(holds[i].end_ns, counted_from);
        if (end > start) {
            blame.blamed_ns += end - start;
            counted_from = start;
        }
    }
    blame.worst_ns = least(blame.worst_ns, wait->excess_ns);
    blame.blamed_ns = least(blame.blamed_ns, wait->excess_ns);
    return blame;
}
