/* ms.c: see ms.h. */
#include "report/ms.h"

#include "base/clock.h"

#include <math.h>
#include <stdio.h>

struct ms_text ms_text(double ms)
{
    struct ms_text out;
    double size = fabs(ms);
    int decimals = size < 0.9995 ? 3 : size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
    snprintf(out.text, sizeof out.text, "%.*f", decimals, ms);
    return out;
}

struct ms_text ms_text_ns(int64_t ns)
{
    return ms_text(clock_ms(ns));
}

struct ms_text ms_text_percentile(const struct percentile *percentile)
{
    struct ms_text out = {"-"};
    if (percentile->known || percentile->at_least)
        snprintf(out.text, sizeof out.text, "%s%.20s", percentile->at_least ? ">= " : "",
                 ms_text_ns(percentile->ns).text);
    return out;
}

struct ms_text ms_text_response(const struct class_stats *stats, double percent)
{
    struct percentile found = percentile_of(percentile_response(stats), percent);
    return ms_text_percentile(&found);
}
