/* reload.c: see reload.h. */
#include "daemon/reload.h"

#include "base/log.h"

enum { ERROR_SIZE = CERTIFICATE_ERROR_SIZE };
_Static_assert((int)TOKENS_ERROR_SIZE <= (int)ERROR_SIZE, "what is wrong with tokens is cut");

struct row {
    const char *what;
    /* The file's name, or NULL when none was given. */
    const char *(*path)(const struct reload *reload);
    /* Return 0, or negative and one line of why. */
    int (*init)(struct reload *reload, char error[ERROR_SIZE]);
    int (*again)(struct reload *reload, char error[ERROR_SIZE]);
    void (*deinit)(struct reload *reload);
};

static const char *certificate_path(const struct reload *reload)
{
    return reload->paths.tls_cert;
}

static int read_certificate(struct reload *reload, char error[ERROR_SIZE])
{
    const struct reload_paths *paths = &reload->paths;
    const int result =
        paths->tls_cert ? tls_load(&reload->tls, paths->tls_cert, paths->tls_key, error) : 0;
    reload_tell(reload, reload->stats);
    return result;
}

static void free_certificate(struct reload *reload)
{
    tls_free(reload->tls);
    reload->tls = NULL;
}

static const char *tokens_path(const struct reload *reload)
{
    return reload->paths.token_file;
}

static int init_tokens(struct reload *reload, char error[ERROR_SIZE])
{
    return tokens_init(&reload->tokens, reload->paths.token_file, error);
}

static int reload_tokens(struct reload *reload, char error[ERROR_SIZE])
{
    return tokens_reload(&reload->tokens, error);
}

static void free_tokens(struct reload *reload)
{
    tokens_deinit(&reload->tokens);
}

static const char *admins_path(const struct reload *reload)
{
    return reload->paths.admin_token_file;
}

static int init_admins(struct reload *reload, char error[ERROR_SIZE])
{
    return tokens_init(&reload->admins, reload->paths.admin_token_file, error);
}

static int reload_admins(struct reload *reload, char error[ERROR_SIZE])
{
    return tokens_reload(&reload->admins, error);
}

static void free_admins(struct reload *reload)
{
    tokens_deinit(&reload->admins);
}

static const struct row rows[] = {
    {"certificates", certificate_path, read_certificate, read_certificate, free_certificate},
    {"tokens", tokens_path, init_tokens, reload_tokens, free_tokens},
    {"admin tokens", admins_path, init_admins, reload_admins, free_admins},
};

int reload_init(struct reload *reload, const struct reload_paths *paths)
{
    *reload = (struct reload){.paths = *paths};
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        char error[ERROR_SIZE];
        int result = rows[i].init(reload, error);
        if (result) {
            log_message("%s", error);
            return result;
        }
    }
    return 0;
}

void reload_tell(struct reload *reload, struct stats *stats)
{
    reload->stats = stats;
    if (stats && reload->tls)
        stats_set_certificate(stats, tls_expires_s(reload->tls));
}

bool reload_is_due(const struct reload *reload)
{
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        if (rows[i].path(reload))
            return true;
    }
    return false;
}

void reload_again(struct reload *reload)
{
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        char error[ERROR_SIZE];
        if (!rows[i].path(reload))
            continue;
        if (rows[i].again(reload, error))
            log_message("%s; what was read before stays in force", error);
        else
            log_message("%s were read anew from %s", rows[i].what, rows[i].path(reload));
    }
}

void reload_deinit(struct reload *reload)
{
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        rows[i].deinit(reload);
}
