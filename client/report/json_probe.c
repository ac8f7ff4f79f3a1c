/* json_probe.c: see json_probe.h. */
#include "report/json_probe.h"

#include "base/clock.h"
#include "report/json_value.h"

#include <math.h>
#include <stdio.h>

json_t *json_probe(const struct probe_result *probe)
{
    const struct probe_plan *plan = &probe->plan;
    if (!plan->wanted)
        return json_null();
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "path", plan->path, "period_s",
        json_value_seconds(plan->period_ns), "timeout_s", json_value_seconds(plan->timeout_ns),
        "failures", json_value_count(plan->failures), "sent", json_value_count(probe->sent),
        "failed", json_value_count(probe->failed), "longest_failures",
        json_value_count(probe->longest), "slowest_ms", json_value_exact_ms(probe->slowest_ns),
        "would_restart", probe->restart, "restart_after_s",
        probe->restart ? json_value_seconds(probe->restarted_ns) : json_null());
}

static uint64_t count_at(const json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));
    return value > 0 ? (uint64_t)value : 0;
}

/* Seconds or milliseconds as ns; what no clock shows is 0. */
static int64_t time_at(const json_t *object, const char *key, int64_t unit_ns)
{
    double ns = json_number_value(json_object_get(object, key)) * (double)unit_ns;
    return fabs(ns) < 4e18 ? llround(ns) : 0;
}

void json_probe_read(const json_t *object, struct probe_result *probe)
{
    struct probe_plan *plan = &probe->plan;
    plan->wanted = json_is_object(object);
    const char *path = json_string_value(json_object_get(object, "path"));
    snprintf(plan->path, sizeof plan->path, "%s", path ? path : "");
    plan->period_ns = time_at(object, "period_s", NS_PER_S);
    plan->timeout_ns = time_at(object, "timeout_s", NS_PER_S);
    plan->failures = (unsigned)count_at(object, "failures");
    probe->sent = count_at(object, "sent");
    probe->failed = count_at(object, "failed");
    probe->longest = count_at(object, "longest_failures");
    probe->slowest_ns = time_at(object, "slowest_ms", NS_PER_MS);
    probe->restart = json_is_true(json_object_get(object, "would_restart"));
    probe->restarted_ns = time_at(object, "restart_after_s", NS_PER_S);
}
