/* user.c: see user.h. */
#include "http/user.h"

#include "base/error.h"

#include <string.h>
#include <strings.h>

const char user_sends_too_many[] = "this user has as many large requests as one may; try again";

/* A field of a head that must be there once. */
struct field {
    const char *name;
    size_t name_length;
    const char *value;
    unsigned count;
};

static enum MHD_Result look(void *cls, enum MHD_ValueKind kind, const char *name,
                            size_t name_length, const char *value, size_t value_length)
{
    struct field *field = cls;
    (void)kind, (void)value_length;
    if (name_length == field->name_length && strncasecmp(name, field->name, name_length) == 0) {
        field->value = value;
        field->count++;
    }
    return MHD_YES;
}

/* Its value, or NULL: not there, or there twice, so that none of them is meant. */
static const char *value_of(struct MHD_Connection *connection, const char *name)
{
    struct field field = {.name = name, .name_length = strlen(name)};
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, look, &field);
    return field.count == 1 ? field.value : NULL;
}

static bool are_asked_for(const struct tokens *tokens)
{
    return tokens && tokens_are_asked_for(tokens);
}

static void set_name(struct user *user, const struct user_rules *rules,
                     const struct user_name *name)
{
    user->name = *name;
    user->hash = users_hash(rules->users, name);
}

/* Where others are known by texts, an address is one of these, too. */
static void name_after_peer(struct user *user, const struct user_rules *rules,
                            struct MHD_Connection *connection, bool as_text)
{
    if (user->is_peer)
        return;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr none = {.sa_family = AF_UNSPEC};
    struct user_name name = user_name_of_address(info ? info->client_addr : &none);
    if (as_text) {
        char text[USER_TEXT_SIZE];
        user_name_show(&name, text);
        name = users_name_of_text(rules->users, text, strlen(text));
    }
    set_name(user, rules, &name);
    user->is_peer = true;
}

static void name_after_text(struct user *user, const struct user_rules *rules, const char *text)
{
    const struct user_name name = users_name_of_text(rules->users, text, strlen(text));
    set_name(user, rules, &name);
    user->is_peer = false;
}

void user_begin(struct user *user, const struct user_rules *rules,
                struct MHD_Connection *connection, const struct worker *worker,
                struct request_head *head)
{
    const bool users = are_asked_for(rules->tokens);
    const bool admins = are_asked_for(rules->admins);
    char name[TOKENS_USER_SIZE] = "";
    user->limited = false;
    user->place = USER_PLACE_NONE;
    user->handler_ns = 0;
    user->worker = stats_index_of(rules->stats, worker);
    if (users || admins) {
        const char *sent = value_of(connection, "Authorization");
        head->lacks_admin_token = admins && !tokens_accept(rules->admins, sent, name);
        head->lacks_token = users && !tokens_accept(rules->tokens, sent, name);
    }
    const bool by_header = !name[0] && rules->header && !head->lacks_token;
    const char *named = by_header ? value_of(connection, rules->header) : name;
    if (named && named[0])
        name_after_text(user, rules, named);
    else
        name_after_peer(user, rules, connection, users || admins || rules->header);
}

bool user_may_send(struct user *user, const struct user_rules *rules, uint64_t bytes)
{
    if (!rules->limit || bytes < rules->large_size || user->place != USER_PLACE_NONE)
        return true;
    user->place = user_limit_take(rules->limit, user->worker, user->hash);
    if (user->place != USER_PLACE_NONE)
        return true;
    user->limited = true;
    stats_limited(rules->stats, STATS_USER_LIMIT);
    return false;
}

void user_end(struct user *user, const struct user_rules *rules, const struct hold *hold,
              uint64_t bytes)
{
    if (user->place == USER_PLACE_TAKEN)
        user_limit_give(rules->limit, user->worker, user->hash);
    user->place = USER_PLACE_NONE;
    const struct user_request request = {
        .large = user->limited || bytes >= rules->large_size,
        .limited = user->limited,
        .bytes = bytes,
        .held_ns = (uint64_t)(hold->sum_ns + user->handler_ns),
        .loop_ns = (uint64_t)hold->sum_ns,
        .loop_square_us2 = hold->square_us2,
    };
    users_record(rules->users, user->worker, &user->name, user->hash, &request);
}
