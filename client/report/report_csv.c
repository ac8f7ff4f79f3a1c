/*
 * report_csv.c: one row per request. Times are microseconds since the run
 * began; what never happened is empty.
 */
#include "report/report.h"

#include "base/clock.h"
#include "base/error.h"

#include <string.h>

static void append_time(struct buffer *out, const struct result *result, int64_t ns)
{
    buffer_append_text(out, ",");
    if (ns)
        buffer_append_format(out, "%lld", (long long)((ns - result->started_ns) / NS_PER_US));
}

/* Quotes a text when it needs it (RFC 4180). */
static void append_text(struct buffer *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        buffer_append_text(out, text);
        return;
    }
    buffer_append_text(out, "\"");
    for (; *text; text++) {
        if (*text == '"')
            buffer_append_text(out, "\"");
        buffer_append(out, text, 1);
    }
    buffer_append_text(out, "\"");
}

/* What was no stage of a request is empty. */
static void append_stage(struct buffer *out, int64_t ns)
{
    buffer_append_text(out, ",");
    if (ns)
        buffer_append_format(out, "%lld", (long long)(ns / NS_PER_US));
}

static void append_sample(struct buffer *out, const struct result *result, const struct cell *cell,
                          const struct sample *row)
{
    const struct outcome *o = &row->outcome;
    char window[WINDOW_NAME_SIZE];
    window_name(row->window, window);
    buffer_append_format(out, "%s,", cell->class->name);
    append_text(out, cell->label);
    buffer_append_text(out, ",");
    append_text(out, cell->endpoint);
    buffer_append_format(out, ",%s,%s-%06llu", window, cell->class->name,
                         (unsigned long long)row->id);
    const int64_t times[] = {row->planned_ns, o->sent_ns, o->first_byte_ns, o->end_ns};
    for (size_t i = 0; i < ARRAY_LENGTH(times); i++)
        append_time(out, result, times[i]);
    buffer_append_text(out, ",");
    if (o->status)
        buffer_append_format(out, "%d", o->status);
    buffer_append_format(out, ",%s,%llu,%llu", o->kind == OUTCOME_OK ? "" : outcome_name(o->kind),
                         (unsigned long long)o->bytes_sent, (unsigned long long)o->bytes_received);
    append_stage(out, o->connect_ns);
    append_stage(out, o->tls_ns);
    buffer_append_text(out, "\n");
}

void report_csv(const struct findings *findings, struct buffer *out)
{
    const struct result *result = findings->result;
    buffer_append_text(out, "class,mode,endpoint,window,id,planned_us,sent_us,first_byte_us,end_us,"
                            "status,error,bytes_sent,bytes_received,connect_us,tls_us\n");
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        for (size_t s = 0; s < cell->samples.count; s++)
            append_sample(out, result, cell, &cell->samples.rows[s]);
    }
}
