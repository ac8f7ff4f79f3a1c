/* audit_text.c: see audit_text.h. */
#include "report/audit_text.h"

#include "base/error.h"
#include "report/label.h"
#include "report/ms.h"
#include "report/text_table.h"

#include <math.h>
#include <stdio.h>

/* What the objective speaks of, in its unit. */
static struct ms_text unit_text(const struct verdict *verdict)
{
    enum slo_metric metric = verdict->slo->metric;
    const char *least = verdict->at_least ? ">= " : "";
    struct ms_text out;
    if (metric == SLO_INTERFERENCE)
        snprintf(out.text, sizeof out.text, "%sx %.2f", least, verdict->value);
    else if (metric == SLO_ERRORS)
        snprintf(out.text, sizeof out.text, "%.3g %%", verdict->value);
    else
        snprintf(out.text, sizeof out.text, "%s%.16s ms", least, ms_text(verdict->value).text);
    return out;
}

static void tell_value(const struct verdict *verdict, struct buffer *out)
{
    const struct class_stats *stats = &verdict->cell->stats;
    enum slo_metric metric = verdict->slo->metric;
    bool surely = verdict->at_least && verdict->value > verdict->slo->limit;
    if (verdict->known || surely)
        buffer_append_text(out, unit_text(verdict).text);
    else if (verdict->passed)
        buffer_append_text(out, "too few samples for it, and none reached the limit");
    else if (class_stats_censored(stats))
        buffer_append_format(
            out,
            "cannot be told%s%s: %llu of %llu requests were left without a good "
            "reply",
            verdict->at_least ? ", " : "", verdict->at_least ? unit_text(verdict).text : "",
            (unsigned long long)class_stats_censored(stats), (unsigned long long)stats->planned);
    else
        buffer_append_text(out, metric == SLO_INTERFERENCE || metric == SLO_COLLATERAL
                                    ? "cannot be told: too few samples, or no baseline"
                                    : "cannot be told: too few samples");
}

void audit_text_verdicts(const struct findings *findings, struct buffer *out)
{
    for (size_t i = 0; i < findings->verdict_count; i++) {
        const struct verdict *verdict = &findings->verdicts[i];
        buffer_append_format(out, "SLO %s %s: %s %s: ", verdict->slo->text,
                             verdict->passed ? "met" : "FAILED", label_of(verdict->cell).text,
                             verdict->cell->class->name);
        tell_value(verdict, out);
        buffer_append_text(out, "\n");
    }
}

/* Whether conns= allowed no more connections; else the system did not. */
static bool is_at_most(const struct audit *audit, const struct traffic_class *class)
{
    return class->connections && audit->connections_most >= class->connections;
}

/* An open class some of whose requests waited: conns= wanted it so, or there were no more. */
static void tell_waits(const struct cell_findings *found, struct buffer *out)
{
    const struct audit *audit = &found->audit;
    const struct traffic_class *class = found->cell->class;
    if (audit->waits == 0)
        return;
    buffer_append_format(
        out,
        "class %s (%s): %llu requests waited for a free connection, the longest for %s ms, and "
        "their response times hold that: ",
        class->name, label_of(found->cell).text, (unsigned long long)audit->waits,
        ms_text(audit->wait_longest_ms).text);
    if (is_at_most(audit, class))
        buffer_append_format(out, "conns=%u allows no more\n", class->connections);
    else
        buffer_append_format(out, "the system allowed %u (open files, memory)\n",
                             audit->connections_most);
}

/* Names the trustworthy classes that were over the share, and the machine's own lateness. */
static void tell_share(const struct findings *findings, struct buffer *out)
{
    double worst = 0;
    double lag = 0;
    const char *opening = "send or read lag p99 over 10 % of the median: ";
    bool some = false;
    for (size_t i = 0; i < findings->result->cell_count; i++) {
        const struct cell_findings *found = &findings->cells[i];
        if (!found->audit.over_share || found->audit.late || found->audit.median_ms <= 0)
            continue;
        buffer_append_format(out, "%s%s (%s)", some ? ", " : opening, found->cell->class->name,
                             label_of(found->cell).text);
        worst = fmax(worst, found->audit.machine_p99_ms);
        lag = fmax(lag, fmax(found->audit.lag_p99_ms, found->audit.read_p99_ms));
        some = true;
    }
    if (some)
        buffer_append_format(out,
                             "; up to %s ms, which the response times hold (a thread that only "
                             "slept was late by up to %s ms at p99, and so were the server's; "
                             "before the load by %s ms)\n",
                             ms_text(lag).text, ms_text(worst).text,
                             ms_text(findings->result->machine.lag_p99_ms).text);
}

/* Without a good reply there is no median. */
static struct ms_text median_text(const struct audit *audit)
{
    return audit->median_ms > 0 ? ms_text(audit->median_ms) : (struct ms_text){"-"};
}

static struct ms_text machine_text(const struct audit *audit)
{
    return ms_text(fmin(audit->machine_p99_ms, AUDIT_MACHINE_MOST_MS));
}

static void tell_late(const struct audit *audit, struct buffer *out)
{
    bool sends = audit->lag_least_ms > audit->allowed_ms;
    buffer_append_format(out, "its %s late, by %s ms at p99, which is over ",
                         sends ? "requests were sent" : "replies were read",
                         ms_text(sends ? audit->lag_p99_ms : audit->read_p99_ms).text);
    if (audit->allowed_ms <= AUDIT_LAG_LEAST_MS) {
        buffer_append_format(out, "%.0f ms", AUDIT_LAG_LEAST_MS);
        return;
    }
    buffer_append_format(out, "10 %% of its median of %s ms and ", median_text(audit).text);
    buffer_append_format(out, "the machine's own lateness (%s ms; at most %.0f count)",
                         machine_text(audit).text, AUDIT_MACHINE_MOST_MS);
}

/* What would help: known from what held the requests up. */
const char *audit_text_remedy(const struct findings *findings, size_t index)
{
    const struct audit *audit = &findings->cells[index].audit;
    const struct traffic_class *class = findings->cells[index].cell->class;
    if (audit->waits)
        return is_at_most(audit, class) ? "raise conns= or lower the rate"
                                        : "raise the limit of open files (ulimit -n)";
    if (audit->busy_share > AUDIT_BUSY_SHARE)
        return "the client had no time left: lower the rate, or load from several machines";
    if (findings->result->machine.lag_p99_ms > AUDIT_MACHINE_MOST_MS)
        return "use a quieter machine: it was late before the load began";
    return "lower the rate, or use a machine with more processors: it was on time before the load";
}

static void tell_cell(const struct findings *findings, size_t index, struct buffer *out)
{
    const struct cell_findings *found = &findings->cells[index];
    const struct audit *audit = &found->audit;
    buffer_append_format(out,
                         "not trustworthy: the client could not keep class %s on its plan (%s): ",
                         found->cell->class->name, label_of(found->cell).text);
    tell_late(audit, out);
    if (audit->planned > audit->sent)
        buffer_append_format(out, "; %llu of %llu planned requests were never sent",
                             (unsigned long long)(audit->planned - audit->sent),
                             (unsigned long long)audit->planned);
    buffer_append_format(out, ": %s\n", audit_text_remedy(findings, index));
}

/* A row of the table of many. */
static void add_cell(const struct findings *findings, size_t index, struct text_table *table)
{
    const struct cell_findings *found = &findings->cells[index];
    const struct audit *audit = &found->audit;
    text_table_add(table, "%s", label_of(found->cell).text);
    text_table_add(table, "%s", found->cell->class->name);
    text_table_add(table, "%s", ms_text(audit->lag_p99_ms).text);
    text_table_add(table, "%s", ms_text(audit->read_p99_ms).text);
    text_table_add(table, "%s", median_text(audit).text);
    text_table_add(table, "%s", machine_text(audit).text);
    text_table_add(table, "%llu of %llu", (unsigned long long)(audit->planned - audit->sent),
                   (unsigned long long)audit->planned);
    text_table_add(table, "%s", audit_text_remedy(findings, index));
}

static void tell_many(const struct findings *findings, size_t bad, struct buffer *out)
{
    static const char *const titles[] = {"Not trustworthy", "Class",  "Send lag p99",
                                         "Read lag p99",    "Median", "Machine's own",
                                         "Unsent",          "Remedy"};
    CLEANUP(text_table_deinit)
    struct text_table table;
    text_table_init(&table, ARRAY_LENGTH(titles), bad, titles);
    for (size_t i = 0; i < findings->result->cell_count; i++) {
        if (findings->cells[i].audit.late)
            add_cell(findings, i, &table);
    }
    buffer_append_text(out, "\n");
    text_table_tell(&table, out);
    buffer_append_format(
        out,
        "\nThe client could not keep these classes on their plan: requests were sent or replies "
        "read late, by over 10 %% of the median and the machine's own lateness (at most %.0f ms of "
        "it count) and over %.0f ms. All in ms.\n",
        AUDIT_MACHINE_MOST_MS, AUDIT_LAG_LEAST_MS);
}

static void tell_bad(const struct findings *findings, struct buffer *out)
{
    enum { LINES_MOST = 3 };
    size_t count = findings->result->cell_count;
    size_t bad = 0;
    for (size_t i = 0; i < count; i++)
        bad += findings->cells[i].audit.late;
    if (bad > LINES_MOST) {
        tell_many(findings, bad, out);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (findings->cells[i].audit.late)
            tell_cell(findings, i, out);
    }
}

void audit_text_unopened(const struct findings *findings, struct buffer *out)
{
    uint64_t count = 0;
    for (size_t i = 0; i < findings->result->cell_count; i++)
        count += findings->cells[i].audit.unopened;
    if (count)
        buffer_append_format(
            out,
            "Not trustworthy: the client's own machine could not open a connection for %llu "
            "request%s, "
            "whatever the server did: no free port, descriptor or memory, or no address of that "
            "kind. Use --keepalive or a lower rate.\n",
            (unsigned long long)count, count == 1 ? "" : "s");
}

void audit_text(const struct findings *findings, struct buffer *out)
{
    audit_text_verdicts(findings, out);
    for (size_t i = 0; i < findings->result->cell_count; i++)
        tell_waits(&findings->cells[i], out);
    tell_share(findings, out);
    tell_bad(findings, out);
    audit_text_unopened(findings, out);
}
