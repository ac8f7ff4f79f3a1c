/* start_time.c: see start_time.h. */
#include "plan/start_time.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/units.h"

#include <string.h>
#include <time.h>

/* The next local time of day like `clock` from `now_ns` on. */
static int next_of_day(const struct tm *clock, int64_t now_ns, int64_t *wall_ns)
{
    time_t now = (time_t)(now_ns / NS_PER_S);
    struct tm day;
    if (!localtime_r(&now, &day))
        return -EINVAL;
    for (int later = 0; later < 2; later++) {
        struct tm moment = {.tm_year = day.tm_year,
                            .tm_mon = day.tm_mon,
                            .tm_mday = day.tm_mday + later,
                            .tm_hour = clock->tm_hour,
                            .tm_min = clock->tm_min,
                            .tm_sec = clock->tm_sec,
                            .tm_isdst = -1};
        *wall_ns = (int64_t)mktime(&moment) * NS_PER_S;
        if (*wall_ns > now_ns)
            return 0;
    }
    return -EINVAL;
}

int start_time_parse(const char *text, int64_t now_ns, int64_t *wall_ns)
{
    int64_t pause;
    if (text[0] == '+') {
        int r = units_parse_duration(text + 1, &pause);
        *wall_ns = now_ns + (r ? 0 : pause);
        return r;
    }
    if (clock_parse_rfc3339(text, strlen(text), wall_ns) == 0)
        return *wall_ns > now_ns ? 0 : -EINVAL;
    struct tm clock = {0};
    const char *end = strptime(text, "%H:%M", &clock);
    if (end && *end == ':')
        end = strptime(end, ":%S", &clock);
    return end && *end == '\0' ? next_of_day(&clock, now_ns, wall_ns) : -EINVAL;
}
