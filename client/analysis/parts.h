/*
 * parts.h: what is amiss with one of the results that a result was merged from: of several
 * machines that sent load together, one may be missing, end early or lose its link.
 */
#ifndef LOOPLAG_CLIENT_PARTS_H
#define LOOPLAG_CLIENT_PARTS_H

#include "measure/result.h"

#include <stdbool.h>
#include <stdint.h>

/** A part that began so much later than the first did not send with it. */
#define PARTS_LATE_NS (1 * NS_PER_S)

/** A part ended early when more than this share of what was asked was not measured. */
#define PARTS_SHORT_SHARE 0.02

struct part_fault {
    bool missing;
    bool ended_early;
    bool failed;     /**< requests were left without a good reply */
    int64_t late_ns; /**< it began so much later than the first of those it ran beside; 0: not */
};

/**
 * Judges a part of the result. Parts that did not run at the same time are runs one after the
 * other, and none of them is late.
 */
struct part_fault part_fault_of(const struct result *result, const struct result_part *part);

/** Whether anything is amiss. */
bool part_is_faulty(const struct part_fault *fault);

#endif
