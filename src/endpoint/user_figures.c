/* user_figures.c: see user_figures.h. */
#include "endpoint/user_figures.h"

#include "base/units.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* --- /stats --------------------------------------------------------------- */

static void write_seconds(struct writer *writer, const char *key, uint64_t ns)
{
    char seconds[48];
    snprintf(seconds, sizeof seconds, "%llu.%09llu", (unsigned long long)(ns / 1000000000),
             (unsigned long long)(ns % 1000000000));
    writer_key(writer, key);
    writer_raw(writer, seconds);
}

static void write_counts(struct writer *writer, const struct user_counts *counts)
{
    char square[32];
    writer_member_integer(writer, "requests", (int64_t)counts->requests);
    writer_member_integer(writer, "large", (int64_t)counts->large);
    writer_member_integer(writer, "limited", (int64_t)counts->limited);
    writer_member_integer(writer, "bytes", (int64_t)counts->bytes);
    writer_member_integer(writer, "largest", (int64_t)counts->largest);
    write_seconds(writer, "held_seconds", counts->held_ns);
    write_seconds(writer, "loop_seconds", counts->loop_ns);
    snprintf(square, sizeof square, "%.9g", (double)counts->loop_square_us2 / 1e12);
    writer_key(writer, "loop_square_seconds");
    writer_raw(writer, square);
    writer_key(writer, "sizes");
    writer_begin_array(writer);
    for (int i = 0; i < USER_SIZES; i++)
        writer_integer(writer, (int64_t)counts->sizes[i]);
    writer_end_array(writer);
}

static void write_bounds(struct writer *writer)
{
    writer_key(writer, "size_bounds");
    writer_begin_array(writer);
    for (int i = 0; i < USER_SIZES - 1; i++)
        writer_integer(writer, (int64_t)user_size_bounds[i]);
    writer_end_array(writer);
}

static void begin_users(struct writer *writer, const struct figures *figures)
{
    writer_member_object(writer, "users");
    writer_member_text(writer, "named_by", figures->context->named_by);
    write_seconds(writer, "error_seconds", figures->users.error_ns);
    write_bounds(writer);
    writer_key(writer, "top");
    writer_begin_array(writer);
}

static void write_user(struct writer *writer, const struct user_row *row)
{
    char name[USER_TEXT_SIZE];
    user_name_show(&row->name, name);
    writer_begin_object(writer);
    writer_member_text(writer, "user", name);
    write_seconds(writer, "error_seconds", (uint64_t)row->error_ns);
    write_counts(writer, &row->counts);
    writer_end_object(writer);
}

static void end_users(struct writer *writer, const struct figures *figures)
{
    writer_end_array(writer);
    writer_member_object(writer, "other");
    write_counts(writer, &figures->users.others);
    writer_end_object(writer);
    writer_end_object(writer);
}

int user_figures_write(struct figures *figures)
{
    struct writer *writer = &figures->writer;
    unsigned from;
    unsigned to;
    const int result = figures_next_users(figures, figures->users.count, &from, &to);
    if (!from)
        begin_users(writer, figures);
    for (; from < to; from++)
        write_user(writer, &figures->users.rows[from]);
    if (!result)
        end_users(writer, figures);
    return result;
}

/* --- /metrics ------------------------------------------------------------- */

/* A user's name as the value of a label: quotes and backslashes are escaped, and no other byte is
 * odd in a name. */
static void put_label(struct buffer *out, const struct user_name *name)
{
    char text[USER_TEXT_SIZE];
    user_name_show(name, text);
    for (const char *at = text; *at; at++) {
        if (*at == '"' || *at == '\\')
            buffer_append(out, "\\", 1);
        buffer_append(out, at, 1);
    }
}

static void head(struct buffer *out, const char *name, const char *type, const char *help)
{
    buffer_append_format(out, "# HELP looplag_%s %s\n# TYPE looplag_%s %s\n", name, help, name,
                         type);
}

/* A figure of each user, and of those together who have no series of their own. */
struct figure {
    size_t at; /* in struct user_counts */
    double unit;
    const char *name; /* NULL: the user's histogram tells it */
    const char *type;
    const char *help;
    const char *others; /* a gauge: users come and go */
};

static const struct figure rows[] = {
    {offsetof(struct user_counts, held_ns), 1e9, "user_held_seconds_total", "counter",
     "Time that loops and handlers spent on a user's requests.", "other_users_held_seconds"},
    {offsetof(struct user_counts, limited), 1, "user_limited_total", "counter",
     "A user's requests that --user-limit refused.", "other_users_limited"},
    {offsetof(struct user_counts, largest), 1, "user_largest_body_bytes", "gauge",
     "A user's largest body.", "other_users_largest_body_bytes"},
    {offsetof(struct user_counts, requests), 1, NULL, NULL, NULL, "other_users_requests"},
    {offsetof(struct user_counts, bytes), 1, NULL, NULL, NULL, "other_users_body_bytes"},
};

static double value_of(const struct figure *figure, const struct user_counts *counts)
{
    uint64_t value;
    memcpy(&value, (const char *)counts + figure->at, sizeof value);
    return (double)value / figure->unit;
}

static void put_figure(struct buffer *out, const struct figure *figure,
                       const struct users_view *view, unsigned told)
{
    head(out, figure->name, figure->type, figure->help);
    for (unsigned i = 0; i < told; i++) {
        buffer_append_format(out, "looplag_%s{user=\"", figure->name);
        put_label(out, &view->rows[i].name);
        buffer_append_format(out, "\"} %.15g\n", value_of(figure, &view->rows[i].counts));
    }
}

static void put_size(struct buffer *out, const struct user_row *row, const char *series,
                     const char *bound, uint64_t value)
{
    buffer_append_format(out, "looplag_user_body_bytes_%s{user=\"", series);
    put_label(out, &row->name);
    buffer_append_format(out, "\"%s} %llu\n", bound, (unsigned long long)value);
}

static void put_sizes(struct buffer *out, const struct user_row *row)
{
    uint64_t sum = 0;
    for (int i = 0; i < USER_SIZES; i++) {
        char bound[40] = ",le=\"+Inf\"";
        sum += row->counts.sizes[i];
        if (i < USER_SIZES - 1)
            snprintf(bound, sizeof bound, ",le=\"%llu\"", (unsigned long long)user_size_bounds[i]);
        put_size(out, row, "bucket", bound, sum);
    }
    put_size(out, row, "sum", "", row->counts.bytes);
    put_size(out, row, "count", "", sum);
}

static void put_others(struct buffer *out, const struct users_view *view, unsigned told)
{
    struct user_counts others = view->others;
    for (unsigned i = told; i < view->count; i++)
        user_counts_add(&others, &view->rows[i].counts);
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        head(out, rows[i].others, "gauge", "Of all users without series of their own.");
        buffer_append_format(out, "looplag_%s %.15g\n", rows[i].others,
                             value_of(&rows[i], &others));
    }
}

static unsigned labelled(const struct users_view *view)
{
    return view->count < USER_FIGURES_LABELS ? view->count : USER_FIGURES_LABELS;
}

int user_figures_as_metrics(struct figures *figures)
{
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        if (rows[i].name)
            put_figure(figures->out, &rows[i], &figures->users, labelled(&figures->users));
    }
    return 0;
}

int user_sizes_as_metrics(struct figures *figures)
{
    const unsigned count = labelled(&figures->users);
    unsigned from;
    unsigned to;
    const int result = figures_next_users(figures, count, &from, &to);
    if (!from)
        head(figures->out, "user_body_bytes", "histogram",
             "Sizes of the bodies of a user's requests.");
    for (; from < to; from++)
        put_sizes(figures->out, &figures->users.rows[from]);
    if (!result)
        put_others(figures->out, &figures->users, count);
    return result;
}
