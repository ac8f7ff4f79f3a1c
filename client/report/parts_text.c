/* parts_text.c: see parts_text.h. */
#include "report/parts_text.h"

#include "analysis/parts.h"
#include "base/clock.h"
#include "base/error.h"
#include "report/findings_text.h"
#include "report/text_table.h"

#include <stdio.h>
#include <string.h>

enum { FAULTS_MOST = 5 };

/* "14:30:05": the time of day, in UTC. */
struct time_text {
    char text[9];
};

static struct time_text time_of(int64_t wall_ns)
{
    char whole[CLOCK_RFC3339_SIZE];
    struct time_text out = {"-"};
    if (wall_ns == 0)
        return out;
    clock_format_rfc3339(wall_ns, whole);
    snprintf(out.text, sizeof out.text, "%.8s", strchr(whole, 'T') + 1);
    return out;
}

static void append_errors(const struct result_part *part, struct buffer *out)
{
    struct class_stats sum = {.planned = part->planned, .ok = part->ok};
    for (int kind = 0; kind < OUTCOME_KINDS; kind++)
        sum.errors[kind] = part->errors[kind];
    if (class_stats_errors(&sum)) {
        buffer_append_text(out, ": ");
        findings_text_errors(&sum, out);
    }
}

/* "b.json: ended early, 2.1 of 4 s were measured, until 14:30:07 UTC; 40 of 90 requests ..." */
static void append_fault(const struct result_part *part, const struct part_fault *fault,
                         struct buffer *out)
{
    const char *between = "";
    buffer_append_format(out, "%s: ", part->name);
    if (fault->missing)
        buffer_append_format(out, "missing (%s)", part->missing);
    if (fault->late_ns) {
        buffer_append_format(out, "began %.3g s after the first",
                             (double)fault->late_ns / (double)NS_PER_S);
        between = "; ";
    }
    if (fault->ended_early) {
        buffer_append_format(out, "%sended early, %.3g of %.3g s were measured, until %s UTC",
                             between, (double)part->measured_ns / (double)NS_PER_S,
                             (double)part->asked_ns / (double)NS_PER_S,
                             time_of(part->until_ns).text);
        between = "; ";
    }
    if (fault->failed) {
        buffer_append_format(out,
                             "%s%llu of %llu requests were left without a good reply, between %s "
                             "and %s UTC",
                             between, (unsigned long long)(part->planned - part->ok),
                             (unsigned long long)part->planned, time_of(part->failing_from_ns).text,
                             time_of(part->failing_until_ns).text);
        append_errors(part, out);
    }
    buffer_append_text(out, ".\n");
}

void parts_text_faults(const struct result *result, struct buffer *out)
{
    size_t faulty = 0;
    for (size_t i = 0; result->part_count > 1 && i < result->part_count; i++) {
        struct part_fault fault = part_fault_of(result, &result->parts[i]);
        if (part_is_faulty(&fault) && ++faulty <= FAULTS_MOST)
            append_fault(&result->parts[i], &fault, out);
    }
    if (faulty > FAULTS_MOST)
        buffer_append_format(out, "Something is amiss with %zu more of %zu results: --details.\n",
                             faulty - FAULTS_MOST, result->part_count);
}

void parts_text_table(const struct result *result, struct buffer *out)
{
    static const char *const titles[] = {"File",       "From",         "Until",
                                         "Measured s", "Asked s",      "Planned",
                                         "Answered",   "Failing from", "Until"};
    if (result->part_count < 2)
        return;
    CLEANUP(text_table_deinit)
    struct text_table table;
    text_table_init(&table, ARRAY_LENGTH(titles), result->part_count, titles);
    for (size_t i = 0; i < result->part_count; i++) {
        const struct result_part *part = &result->parts[i];
        text_table_add(&table, "%s%s", part->name, part->missing[0] ? " (missing)" : "");
        text_table_add(&table, "%s", time_of(part->from_ns).text);
        text_table_add(&table, "%s", time_of(part->until_ns).text);
        text_table_add(&table, "%.3g", (double)part->measured_ns / (double)NS_PER_S);
        text_table_add(&table, "%.3g", (double)part->asked_ns / (double)NS_PER_S);
        text_table_add(&table, "%llu", (unsigned long long)part->planned);
        text_table_add(&table, "%llu", (unsigned long long)part->ok);
        text_table_add(&table, "%s", time_of(part->failing_from_ns).text);
        text_table_add(&table, "%s", time_of(part->failing_until_ns).text);
    }
    buffer_append_text(out, "\nWhat it was merged from, times in UTC:\n\n");
    text_table_tell(&table, out);
    buffer_append_text(out, "\n");
}
