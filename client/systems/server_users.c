/* server_users.c: see server_users.h. */
#include "systems/server_users.h"

#include "base/error.h"
#include "plan/json_in.h"
#include "plan/printable.h"
#include "systems/server_stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct server_user read_user(const struct json_in *in)
{
    return (struct server_user){
        .requests = json_in_count(in, "requests"),
        .large = json_in_count(in, "large"),
        .limited = json_in_count(in, "limited"),
        .bytes = json_in_count(in, "bytes"),
        .largest = json_in_count(in, "largest"),
        .held_s = json_in_number(in, "held_seconds"),
        .loop_s = json_in_number(in, "loop_seconds"),
        .loop_square_s = json_in_number(in, "loop_square_seconds"),
    };
}

static void read_all(const struct json_in *root, struct server_users *users)
{
    const struct json_in in = json_in_object(root, "users");
    const struct json_in serving = json_in_object(root, "serving");
    const struct json_in top = json_in_array(&in, "top");
    const struct json_in other = json_in_object(&in, "other");
    json_in_copy(&in, "named_by", users->named_by, sizeof users->named_by);
    printable_make(users->named_by);
    users->time_s = json_in_number(root, "uptime_ms") / 1e3;
    users->since_start = true;
    users->loops = json_in_count(&serving, "loops");
    users->error_s = json_in_number(&in, "error_seconds");
    users->others = read_user(&other);
    for (size_t i = 0; i < json_in_length(&top) && i < SERVER_USERS_MOST; i++) {
        const struct json_in row = json_in_element(&top, i);
        struct server_user *user = &users->rows[users->count++];
        *user = read_user(&row);
        user->error_s = json_in_number(&row, "error_seconds");
        json_in_copy(&row, "user", user->name, sizeof user->name);
        printable_make(user->name);
    }
}

int server_users_parse(const char *text, size_t length, struct server_users *users,
                       char error[SERVER_USERS_ERROR_SIZE])
{
    struct json_fault fault = {0};
    *users = (struct server_users){.rows = calloc(SERVER_USERS_MOST, sizeof *users->rows)};
    if (!users->rows)
        return -ENOMEM;
    json_auto_t *document = json_loadb(text ? text : "", length, 0, NULL);
    const struct json_in root = {.json = document, .fault = &fault};
    if (!document) {
        snprintf(error, SERVER_USERS_ERROR_SIZE, "/stats is no JSON");
        return SERVER_USERS_UNTOLD;
    }
    read_all(&root, users);
    if (!fault.error)
        return 0;
    snprintf(error, SERVER_USERS_ERROR_SIZE, "/stats tells no users: %.200s", fault.text);
    return fault.error < 0 ? fault.error : SERVER_USERS_UNTOLD;
}

int server_users_fetch(const struct target *target, const char *const *headers,
                       struct server_users *users, char error[SERVER_USERS_ERROR_SIZE])
{
    CLEANUP(buffer_deinit)
    struct buffer reply = {0};
    *users = (struct server_users){.rows = NULL};
    const long status = server_stats_page(target, "/stats", headers, &reply);
    if (status == 200)
        return server_users_parse(reply.data, reply.length, users, error);
    if (status < 0)
        return (int)status;
    if (status == 0)
        snprintf(error, SERVER_USERS_ERROR_SIZE, "nothing answers at %.160s", target->base_url);
    else
        snprintf(error, SERVER_USERS_ERROR_SIZE, "GET /stats is answered with status %ld%s", status,
                 status == 401 ? ": give the operator's token with -H @FILE, a file that holds "
                                 "Authorization: Bearer and the token"
                               : "");
    return SERVER_USERS_UNTOLD;
}

static uint64_t difference(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

/* Those of `before` are taken off. The largest is one since the start: when it was is not told. */
static void take_off(struct server_user *user, const struct server_user *before)
{
    user->requests = difference(user->requests, before->requests);
    user->large = difference(user->large, before->large);
    user->limited = difference(user->limited, before->limited);
    user->bytes = difference(user->bytes, before->bytes);
    user->held_s = fmax(user->held_s - before->held_s, 0);
    user->loop_s = fmax(user->loop_s - before->loop_s, 0);
    user->loop_square_s = fmax(user->loop_square_s - before->loop_square_s, 0);
    user->error_s = 0;
}

static int by_time_held(const void *left, const void *right)
{
    const struct server_user *a = left;
    const struct server_user *b = right;
    return (a->held_s < b->held_s) - (a->held_s > b->held_s);
}

static const struct server_user *find(const struct server_users *users, const char *name)
{
    for (size_t i = 0; i < users->count; i++) {
        if (strcmp(users->rows[i].name, name) == 0)
            return &users->rows[i];
    }
    return NULL;
}

void server_user_add(struct server_user *sum, const struct server_user *user)
{
    sum->requests += user->requests;
    sum->large += user->large;
    sum->limited += user->limited;
    sum->bytes += user->bytes;
    sum->largest = user->largest > sum->largest ? user->largest : sum->largest;
    sum->held_s += user->held_s;
    sum->loop_s += user->loop_s;
    sum->loop_square_s += user->loop_square_s;
}

/* One that was started in between has not run for as long; two clocks differ by less than that. */
static bool was_restarted(const struct server_users *users, const struct server_users *before,
                          double elapsed_s)
{
    return users->time_s < fmax(before->time_s, 0.999 * elapsed_s);
}

int server_users_forget(struct server_users *users, const struct server_users *before,
                        double elapsed_s)
{
    size_t kept = 0;
    if (was_restarted(users, before, elapsed_s))
        return SERVER_USERS_RESTARTED;
    users->time_s -= before->time_s;
    users->since_start = false;
    take_off(&users->others, &before->others);
    for (size_t i = 0; i < users->count; i++) {
        struct server_user user = users->rows[i];
        const struct server_user *earlier = find(before, user.name);
        if (earlier)
            take_off(&user, earlier);
        if (user.requests)
            users->rows[kept++] = user;
    }
    users->count = kept;
    qsort(users->rows, kept, sizeof *users->rows, by_time_held);
    return 0;
}

void server_users_deinit(struct server_users *users)
{
    free(users->rows);
    *users = (struct server_users){.rows = NULL};
}
