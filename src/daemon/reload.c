/* reload.c: see reload.h. */
#include "daemon/reload.h"

#include "base/log.h"
#include "daemon/daemon.h"

enum { ERROR_SIZE = TOKENS_ERROR_SIZE };

struct row {
    const char *what;
    /* The file's name, or NULL when none was given. */
    const char *(*path)(const struct daemon *daemon);
    /* Return 0, or negative and one line of why. */
    int (*init)(struct daemon *daemon, char error[ERROR_SIZE]);
    int (*reload)(struct daemon *daemon, char error[ERROR_SIZE]);
    void (*deinit)(struct daemon *daemon);
};

static const char *tokens_path(const struct daemon *daemon)
{
    return daemon->options.token_file;
}

static int init_tokens(struct daemon *daemon, char error[ERROR_SIZE])
{
    return tokens_init(&daemon->tokens, daemon->options.token_file, error);
}

static int reload_tokens(struct daemon *daemon, char error[ERROR_SIZE])
{
    return tokens_reload(&daemon->tokens, error);
}

static void deinit_tokens(struct daemon *daemon)
{
    tokens_deinit(&daemon->tokens);
}

static const char *admins_path(const struct daemon *daemon)
{
    return daemon->options.admin_token_file;
}

static int init_admins(struct daemon *daemon, char error[ERROR_SIZE])
{
    return tokens_init(&daemon->admins, daemon->options.admin_token_file, error);
}

static int reload_admins(struct daemon *daemon, char error[ERROR_SIZE])
{
    return tokens_reload(&daemon->admins, error);
}

static void deinit_admins(struct daemon *daemon)
{
    tokens_deinit(&daemon->admins);
}

static const struct row rows[] = {
    {"tokens", tokens_path, init_tokens, reload_tokens, deinit_tokens},
    {"admin tokens", admins_path, init_admins, reload_admins, deinit_admins},
};

int reload_init(struct daemon *daemon)
{
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        char error[ERROR_SIZE];
        int result = rows[i].init(daemon, error);
        if (result) {
            log_message("%s", error);
            return result;
        }
    }
    return 0;
}

bool reload_is_due(const struct daemon *daemon)
{
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        if (rows[i].path(daemon))
            return true;
    }
    return false;
}

void reload(struct daemon *daemon)
{
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        char error[ERROR_SIZE];
        if (!rows[i].path(daemon))
            continue;
        if (rows[i].reload(daemon, error))
            log_message("%s; what was read before stays in force", error);
        else
            log_message("%s were read anew from %s", rows[i].what, rows[i].path(daemon));
    }
}

void reload_deinit(struct daemon *daemon)
{
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        rows[i].deinit(daemon);
}
