/*
 * report_csv.c: one row per request. Times are microseconds since the run
 * began; what never happened is empty.
 */
#include "report/report.h"

#include "base/clock.h"
#include "base/error.h"

#include <string.h>

static int append_time(struct buffer *out, const struct result *result, int64_t ns)
{
    if (ns == 0)
        return buffer_append_text(out, ",");
    int64_t since = ns - result->started_ns;
    return buffer_append_format(out, ",%lld", (long long)(since / NS_PER_US));
}

/* Quotes a text when it needs it (RFC 4180). */
static int append_text(struct buffer *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n"))
        return buffer_append_text(out, text);
    int r = buffer_append_text(out, "\"");
    for (; r == 0 && *text; text++)
        r = *text == '"' ? buffer_append_text(out, "\"\"") : buffer_append(out, text, 1);
    return r ? r : buffer_append_text(out, "\"");
}

static int append_sample(struct buffer *out, const struct result *result, const struct cell *cell,
                         const struct sample *row)
{
    const struct outcome *o = &row->outcome;
    char window[WINDOW_NAME_SIZE];
    window_name(row->window, window);
    int r = buffer_append_format(out, "%s,", cell->class->name);
    if (r == 0)
        r = append_text(out, cell->mode);
    if (r == 0)
        r = buffer_append_text(out, ",");
    if (r == 0)
        r = append_text(out, cell->endpoint);
    if (r == 0)
        r = buffer_append_format(out, ",%s,%s-%06llu", window, cell->class->name,
                                 (unsigned long long)row->id);
    const int64_t times[] = {row->planned_ns, o->sent_ns, o->first_byte_ns, o->end_ns};
    for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(times); i++)
        r = append_time(out, result, times[i]);
    if (r == 0 && o->status)
        r = buffer_append_format(out, ",%d", o->status);
    else if (r == 0)
        r = buffer_append_text(out, ",");
    if (r)
        return r;
    return buffer_append_format(
        out, ",%s,%llu,%llu\n", o->kind == OUTCOME_OK ? "" : outcome_name(o->kind),
        (unsigned long long)o->bytes_sent, (unsigned long long)o->bytes_received);
}

int report_csv(const struct result *result, struct buffer *out)
{
    int r = buffer_append_text(out, "class,mode,endpoint,window,id,planned_us,sent_us,"
                                    "first_byte_us,end_us,status,error,bytes_sent,"
                                    "bytes_received\n");
    for (size_t i = 0; r == 0 && i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        for (size_t s = 0; r == 0 && s < cell->samples.count; s++)
            r = append_sample(out, result, cell, &cell->samples.rows[s]);
    }
    return r;
}
