/* parts.c: see parts.h. */
#include "analysis/parts.h"

struct part_fault part_fault_of(const struct result *result, const struct result_part *part)
{
    struct part_fault fault = {.missing = part->missing[0] != '\0'};
    int64_t first = INT64_MAX;
    int64_t last = 0;
    int64_t longest = 0;
    if (fault.missing)
        return fault;
    for (size_t i = 0; i < result->part_count; i++) {
        const struct result_part *other = &result->parts[i];
        if (other->from_ns == 0)
            continue;
        first = other->from_ns < first ? other->from_ns : first;
        last = other->from_ns > last ? other->from_ns : last;
        if (other->until_ns - other->from_ns > longest)
            longest = other->until_ns - other->from_ns;
    }
    bool together = last - first < longest;
    fault.ended_early =
        (double)(part->asked_ns - part->measured_ns) > (double)part->asked_ns * PARTS_SHORT_SHARE;
    fault.failed = part->ok < part->planned;
    if (together && part->from_ns - first > PARTS_LATE_NS)
        fault.late_ns = part->from_ns - first;
    return fault;
}

bool part_is_faulty(const struct part_fault *fault)
{
    return fault->missing || fault->ended_early || fault->failed || fault->late_ns;
}
