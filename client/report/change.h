/*
 * change.h: interference ratios as text, by value. A change is said only where
 * the interval shows one.
 */
#ifndef LOOPLAG_CLIENT_CHANGE_H
#define LOOPLAG_CLIENT_CHANGE_H

#include "analysis/interval.h"

struct change_text {
    char text[96];
};

/**
 * "x 391, 310 to 420", "no change shown, 0.7 to 1.6", "x 391 or more" or, from
 * too few rounds for an interval, "x 391, no interval". `interval` stands
 * before the interval, such as "95 % interval ".
 */
struct change_text change_text(const struct estimate *ratio, const char *interval);

/** "310 to 420", or "1.4" when both ends are told alike. */
struct change_text change_range(double low, double high);

#endif
