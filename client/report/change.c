/* change.c: see change.h. */
#include "report/change.h"

#include <stdio.h>
#include <string.h>

struct change_text change_range(double low, double high)
{
    struct change_text out;
    char ends[2][32];
    snprintf(ends[0], sizeof ends[0], "%.*f", low < 9.95, low);
    snprintf(ends[1], sizeof ends[1], "%.*f", high < 9.95, high);
    if (strcmp(ends[0], ends[1]) == 0)
        snprintf(out.text, sizeof out.text, "%s", ends[0]);
    else
        snprintf(out.text, sizeof out.text, "%s to %s", ends[0], ends[1]);
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
