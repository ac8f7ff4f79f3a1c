/* probe_plan.c: see probe_plan.h. */
#include "plan/probe_plan.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/units.h"
#include "plan/class.h"

#include <stdio.h>
#include <string.h>

static int set_key(struct probe_plan *plan, const char *key, const char *value)
{
    int64_t number;
    if (strcmp(key, "period") == 0)
        return units_parse_duration(value, &plan->period_ns);
    if (strcmp(key, "timeout") == 0)
        return units_parse_duration(value, &plan->timeout_ns);
    if (strcmp(key, "failures") == 0) {
        int r = units_parse_integer(value, 1, 1000, &number);
        plan->failures = r ? 0 : (unsigned)number;
        return r;
    }
    if (strcmp(key, "path") != 0 || !class_is_path(value) || strlen(value) >= PROBE_PATH_SIZE)
        return -EINVAL;
    memcpy(plan->path, value, strlen(value) + 1);
    return 0;
}

int probe_plan_parse(const char *text, struct probe_plan *plan)
{
    char copy[2 * PROBE_PATH_SIZE];
    *plan = (struct probe_plan){.wanted = true,
                                .period_ns = NS_PER_S,
                                .timeout_ns = NS_PER_S,
                                .failures = 3,
                                .path = "/healthz"};
    if (!*text || (size_t)snprintf(copy, sizeof copy, "%s", text) >= sizeof copy)
        return PROBE_PLAN_INVALID;
    char *rest = copy;
    while (rest && *rest) {
        char *key = strsep(&rest, ",");
        char *value = strchr(key, '=');
        if (!value)
            return PROBE_PLAN_INVALID;
        *value++ = '\0';
        if (set_key(plan, key, value))
            return PROBE_PLAN_INVALID;
    }
    bool good = plan->period_ns >= 10 * NS_PER_MS && plan->timeout_ns >= NS_PER_MS;
    return good ? 0 : PROBE_PLAN_INVALID;
}
