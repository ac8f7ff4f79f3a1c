/* user_report.c: see user_report.h. */
#include "report/user_report.h"

#include "analysis/user_costs.h"
#include "base/error.h"
#include "plan/secret.h"
#include "report/json_document.h"
#include "report/json_value.h"
#include "report/ms.h"
#include "report/text_table.h"

#include <stdio.h>
#include <string.h>

/* --- for people ----------------------------------------------------------- */

struct amount {
    char text[24];
};

/* "27 MB", "1.1 kB" */
static struct amount bytes_text(uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    struct amount out;
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 999.5 && unit + 1 < ARRAY_LENGTH(units)) {
        value /= 1000;
        unit++;
    }
    snprintf(out.text, sizeof out.text, unit && value < 9.95 ? "%.1f %s" : "%.0f %s", value,
             units[unit]);
    return out;
}

static void add_row(struct text_table *table, const struct server_users *users,
                    const struct server_user *user, const char *name)
{
    const struct user_cost cost = user_cost_of(users, user);
    text_table_add(table, "%s", name);
    text_table_add(table, "%llu", (unsigned long long)user->requests);
    text_table_add(table, "%llu", (unsigned long long)user->large);
    text_table_add(table, "%s", bytes_text(user->largest).text);
    text_table_add(table, "%s", bytes_text(user->bytes).text);
    text_table_add(table, "%.3g", user->held_s);
    text_table_add(table, "%.0f %%", cost.held_share * 100);
    text_table_add(table, "%s", cost.others ? ms_text(cost.mean_ms).text : "-");
}

static void append_table(const struct server_users *users, size_t told, struct buffer *out)
{
    static const char *const titles[] = {"User", "Requests", "Large", "Largest",
                                         "Sent", "Held s",   "Share", "Others wait ms"};
    CLEANUP(text_table_deinit)
    struct text_table table;
    struct server_user rest = users->others;
    text_table_init(&table, ARRAY_LENGTH(titles), told + 1, titles);
    for (size_t i = 0; i < told; i++)
        add_row(&table, users, &users->rows[i], users->rows[i].name);
    for (size_t i = told; i < users->count; i++)
        server_user_add(&rest, &users->rows[i]);
    if (rest.requests)
        add_row(&table, users, &rest, "(others)");
    text_table_tell(&table, out);
}

static void append_title(const struct server_users *users, struct buffer *out)
{
    buffer_append_format(out, "Users by %s, ", users->named_by);
    if (users->since_start)
        buffer_append_format(out, "since the server's start %.3g s ago", users->time_s);
    else
        buffer_append_format(out, "in %.3g s", users->time_s);
    if (users->loops)
        buffer_append_format(out, "; %llu event loop%s.\n\n", (unsigned long long)users->loops,
                             users->loops == 1 ? "" : "s");
    else
        buffer_append_text(out, "; each connection has a thread.\n\n");
}

/* Who cost the others the most; NULL where none that is told one by one held a loop. */
static const struct server_user *dearest(const struct server_users *users)
{
    const struct server_user *most = NULL;
    for (size_t i = 0; i < users->count; i++) {
        const struct server_user *user = &users->rows[i];
        if (user->loop_square_s > (most ? most->loop_square_s : 0))
            most = user;
    }
    return users->loops ? most : NULL;
}

/* The user who sent all that came; NULL where there are several, or none. */
static const struct server_user *only_one(const struct server_users *users)
{
    for (size_t i = 0; i < users->count; i++) {
        const struct server_user *user = &users->rows[i];
        if (user->requests && user_cost_of(users, user).others == 0)
            return user;
    }
    return NULL;
}

static void append_dearest(const struct server_users *users, const struct server_user *user,
                           struct buffer *out)
{
    const struct server_user all = user_costs_sum(users);
    const struct user_cost cost = user_cost_of(users, user);
    buffer_append_format(out,
                         "\n%s cost the others the most: %llu of %llu large requests are its, and "
                         "its requests held a loop for %.3g s. A request of another user met "
                         "that with a chance of %.2g %%, and waited %s ms then: %s ms on average, "
                         "%.3g s for all of them together.\n",
                         user->name, (unsigned long long)user->large, (unsigned long long)all.large,
                         user->loop_s, cost.chance * 100, ms_text(cost.if_met_ms).text,
                         ms_text(cost.mean_ms).text, cost.others_s);
    if (users->loops > 1)
        buffer_append_text(out, "That is where requests meet each loop alike; where they are given "
                                "to one that is idle, they wait less.\n");
}

static void append_costs(const struct server_users *users, struct buffer *out)
{
    const struct server_user *only = only_one(users);
    const struct server_user *most = dearest(users);
    if (only)
        buffer_append_format(out, "\nAll requests are of %s: no other user sent anything.\n",
                             only->name);
    else if (most)
        append_dearest(users, most, out);
    else if (users->loops && users->others.loop_square_s > 0)
        buffer_append_format(out,
                             "\nUsers that the server does not tell one by one held a loop for "
                             "%.3g s: what each of them cost the others is not known.\n",
                             users->others.loop_s);
    else
        buffer_append_text(out, "\nNobody waited for a loop that another one's request held.\n");
}

static void append_doubts(const struct server_users *users, struct buffer *out)
{
    const struct server_user all = user_costs_sum(users);
    if (all.limited)
        buffer_append_format(out, "%llu requests were refused by --user-limit.\n",
                             (unsigned long long)all.limited);
    if (users->error_s > 0)
        buffer_append_format(out,
                             "There are more users than the server follows: one that is not told "
                             "has held threads for %.3g s at the most.\n",
                             users->error_s);
}

void user_report_text(const struct server_users *users, unsigned top, struct buffer *out)
{
    append_title(users, out);
    append_table(users, users->count < top ? users->count : top, out);
    append_costs(users, out);
    append_doubts(users, out);
}

/* --- JSON ----------------------------------------------------------------- */

static json_t *user_json(const struct server_users *users, const struct server_user *user)
{
    const struct user_cost cost = user_cost_of(users, user);
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "requests",
        json_value_count(user->requests), "large", json_value_count(user->large), "limited",
        json_value_count(user->limited), "bytes", json_value_count(user->bytes), "largest_bytes",
        json_value_count(user->largest), "held_seconds", json_value_exact(user->held_s),
        "held_share", json_value_exact(cost.held_share), "loop_seconds",
        json_value_exact(user->loop_s), "meeting_chance", json_value_exact(cost.chance),
        "wait_if_met_ms", json_value_exact(cost.if_met_ms), "wait_mean_ms",
        json_value_exact(cost.mean_ms), "others_waited_seconds", json_value_exact(cost.others_s));
}

json_t *user_report_json(const struct server_users *users, const char *url)
{
    CLEANUP(buffer_deinit)
    struct buffer shown = {0};
    json_t *rows = json_array();
    secret_mask(url, &shown);
    for (size_t i = 0; i < users->count; i++) {
        json_t *row = user_json(users, &users->rows[i]);
        json_object_set_new(row, "user", json_string(users->rows[i].name));
        json_object_set_new(row, "error_seconds", json_value_exact(users->rows[i].error_s));
        json_array_append_new(rows, row);
    }
    return json_pack("{s:i, s:s, s:s%, s:s, s:b, s:o, s:o, s:o, s:o, s:o}", "schema_version",
                     JSON_DOCUMENT_VERSION, "tool_version", LOOPLAG_VERSION, "url",
                     shown.length ? shown.data : "", shown.length, "named_by", users->named_by,
                     "since_start", users->since_start, "seconds", json_value_exact(users->time_s),
                     "loops", json_value_count(users->loops), "error_seconds",
                     json_value_exact(users->error_s), "users", rows, "other",
                     user_json(users, &users->others));
}
