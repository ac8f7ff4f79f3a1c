/* change.c: see change.h. */
#include "report/change.h"

#include <stdio.h>
#include <string.h>

/* A ratio is above 0, and is never told as 0. */
static struct change_text ratio_text(double ratio)
{
    struct change_text out;
    if (ratio < 0.095)
        snprintf(out.text, sizeof out.text, "%.1g", ratio);
    else
        snprintf(out.text, sizeof out.text, "%.*f", ratio < 9.95, ratio);
    return out;
}

struct change_text change_range(double low, double high)
{
    struct change_text out = ratio_text(low);
    struct change_text end = ratio_text(high);
    if (strcmp(out.text, end.text) != 0) {
        struct change_text begin = out;
        snprintf(out.text, sizeof out.text, "%.24s to %.24s", begin.text, end.text);
    }
    return out;
}

struct change_text change_text(const struct estimate *ratio, const char *interval)
{
    struct change_text out;
    struct change_text value = change_range(ratio->value, ratio->value);
    struct change_text range = change_range(ratio->low, ratio->high);
    if (ratio->at_least)
        snprintf(out.text, sizeof out.text, "x %.32s or more", value.text);
    else if (!ratio->bounded)
        snprintf(out.text, sizeof out.text, "x %.32s, no interval", value.text);
    else if (interval_shows_change(ratio))
        snprintf(out.text, sizeof out.text, "x %.32s, %.20s%.32s", value.text, interval,
                 range.text);
    else
        snprintf(out.text, sizeof out.text, "no change shown, %.20s%.32s", interval, range.text);
    return out;
}
