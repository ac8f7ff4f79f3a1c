/*
 * ms.h: milliseconds as text for people, by value: ms_text(x).text stands in
 * the call that prints it.
 */
#ifndef LOOPLAG_CLIENT_MS_H
#define LOOPLAG_CLIENT_MS_H

#include "analysis/percentile.h"

#include <stdint.h>

struct ms_text {
    char text[24];
};

/** ms with about three significant digits: 0.412, 4.12, 41.2, 4123. */
struct ms_text ms_text(double ms);

/** The same of nanoseconds. */
struct ms_text ms_text_ns(int64_t ns);

/** A percentile: "4.12", ">= 4.12" when it is only known to be at least that, or "-". */
struct ms_text ms_text_percentile(const struct percentile *percentile);

/** The same of the response times of a class: the percentile `percent` (0 to 100). */
struct ms_text ms_text_response(const struct class_stats *stats, double percent);

#endif
