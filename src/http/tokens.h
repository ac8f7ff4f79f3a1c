/*
 * tokens.h: who may ask: files of tokens, "USER TOKEN" a line, and the Bearer token of a request
 * (RFC 6750) that is looked up among them.
 *
 * A token is looked up by its hash under a key that nobody knows (base/keyed_hash.h), and compared
 * to its end with those that fall together with it. So the time that takes says nothing about any
 * of them, and does not grow with their number. Nothing here writes a token anywhere.
 */
#ifndef LOOPLAG_HTTP_TOKENS_H
#define LOOPLAG_HTTP_TOKENS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/** The longest token and name of a user, and the most lines with one. */
enum { TOKENS_LENGTH = 128, TOKENS_USER_SIZE = 64, TOKENS_MOST = 16384, TOKENS_ERROR_SIZE = 256 };

struct token_list;

/** The tokens of one file. Zeroed: no file was named, and nobody is asked for one. */
struct tokens {
    const char *path; /**< borrowed; NULL: none */
    pthread_rwlock_t lock;
    struct token_list *list;
};

/**
 * Reads a file that only its owner may read (mode 0600): lines "USER TOKEN", empty ones, and those
 * that begin with '#'. A user may have several tokens, a token has one user. Returns 0 or -EINVAL,
 * and in `error` one line that says what is wrong and never holds a token; tokens_deinit must
 * follow in every case.
 */
int tokens_init(struct tokens *tokens, const char *path, char error[TOKENS_ERROR_SIZE]);

/** Reads the file again, beside those that look tokens up. When it fails all stays as it was. */
int tokens_reload(struct tokens *tokens, char error[TOKENS_ERROR_SIZE]);

/** Twice is fine. */
void tokens_deinit(struct tokens *tokens);

/** Whether tokens are asked for. */
static inline bool tokens_are_asked_for(const struct tokens *tokens)
{
    return tokens->path;
}

/**
 * Looks up the value of an Authorization header, "Bearer TOKEN"; NULL: there is none. Returns
 * whether it is one of ours, and then whose, in `user`.
 */
bool tokens_accept(struct tokens *tokens, const char *authorization, char user[TOKENS_USER_SIZE]);

#endif
