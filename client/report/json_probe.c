/* json_probe.c: see json_probe.h. */
#include "report/json_probe.h"

#include "base/clock.h"
#include "report/json_value.h"

#include <limits.h>

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

void json_probe_read(const struct json_in *in, struct probe_result *probe)
{
    if (!json_in_has(in, "probe"))
        return;
    struct json_in object = json_in_object_or_null(in, "probe");
    struct probe_plan *plan = &probe->plan;
    plan->wanted = object.json != NULL;
    if (!plan->wanted)
        return;
    json_in_copy(&object, "path", plan->path, sizeof plan->path);
    plan->period_ns = json_in_time(&object, "period_s", NS_PER_S);
    plan->timeout_ns = json_in_time(&object, "timeout_s", NS_PER_S);
    plan->failures = (unsigned)json_in_integer(&object, "failures", 1, UINT_MAX);
    probe->sent = json_in_count(&object, "sent");
    probe->failed = (uint64_t)json_in_integer(&object, "failed", 0, (int64_t)probe->sent);
    probe->longest =
        (uint64_t)json_in_integer(&object, "longest_failures", 0, (int64_t)probe->failed);
    probe->slowest_ns = json_in_time(&object, "slowest_ms", NS_PER_MS);
    probe->restart = json_in_flag(&object, "would_restart");
    if (probe->restart)
        probe->restarted_ns = json_in_time(&object, "restart_after_s", NS_PER_S);
    else
        json_in_null(&object, "restart_after_s");
}
