/* tokens.c: see tokens.h. */
#include "http/tokens.h"

#include "base/error.h"
#include "base/keyed_hash.h"
#include "base/private_file.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* A token, zeros behind it. */
struct token {
    size_t length;
    char text[TOKENS_LENGTH];
};

struct entry {
    struct token token;
    char user[TOKENS_USER_SIZE];
    uint32_t next;  /* of its bucket, plus 1; 0: the last */
    uint32_t first; /* of the bucket that has this entry's number, plus 1; 0: none */
};

struct token_list {
    struct hash_key key; /* of this list alone: nobody knows who is in a bucket with whom */
    size_t size;         /* bytes of all of it */
    size_t count;
    size_t room; /* entries, and so buckets */
    struct entry entries[];
};

/* --- the file ------------------------------------------------------------- */

static int refuse(char error[TOKENS_ERROR_SIZE], const char *path, const char *why)
{
    snprintf(error, TOKENS_ERROR_SIZE, "token file %.120s: %s", path, why);
    return -EINVAL;
}

static int refuse_line(char error[TOKENS_ERROR_SIZE], const char *path, unsigned line,
                       const char *why)
{
    snprintf(error, TOKENS_ERROR_SIZE, "token file %.120s, line %u: %s", path, line, why);
    return -EINVAL;
}

/* Reads it whole, with a NUL behind it. */
static int read_file(const char *path, struct buffer *text, char error[TOKENS_ERROR_SIZE])
{
    const int result = private_file_read(text, path, S_IXUSR | S_IRWXG | S_IRWXO);
    if (result == PRIVATE_FILE_OPEN)
        return refuse(error, path,
                      "its mode must be 0600 (chmod 600), so that nobody else may use it");
    if (result)
        return refuse(error, path, private_file_problem(result));
    if (text->length && memchr(text->data, '\0', text->length))
        return refuse(error, path, "it holds a NUL");
    return buffer_append(text, "", 1) ? refuse(error, path, strerror(ENOMEM)) : 0;
}

/* RFC 6750, 2.1: b64token. What follows it is no such character. */
static bool is_token(const char *text, size_t length)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-._~+/";
    const size_t body = strspn(text, allowed);
    return length && length <= TOKENS_LENGTH && body && body + strspn(text + body, "=") == length;
}

static struct token make_token(const char *text, size_t length)
{
    struct token token = {.length = length};
    memcpy(token.text, text, length);
    return token;
}

static uint32_t *bucket_of(struct token_list *list, const struct token *token)
{
    const uint64_t hash = keyed_hash(&list->key, token->text, token->length);
    return &list->entries[hash % list->room].first;
}

/* The entry of a token, plus 1; 0: none. All of its bucket are compared. */
static size_t find(struct token_list *list, const struct token *token)
{
    size_t found = 0;
    for (size_t at = *bucket_of(list, token); at; at = list->entries[at - 1].next)
        found |=
            (0 - (size_t)bytes_are_same(&list->entries[at - 1].token, token, sizeof *token)) & at;
    return found;
}

/* Takes one line in. Returns NULL, or what is wrong with it. */
static const char *take_line(struct token_list *list, const char *line)
{
    static const char blanks[] = " \t\r";
    const char *user = line + strspn(line, blanks);
    const size_t user_length = strcspn(user, blanks);
    if (!user_length || *user == '#')
        return NULL;
    const char *text = user + user_length + strspn(user + user_length, blanks);
    const size_t length = strcspn(text, blanks);
    if (text[length + strspn(text + length, blanks)])
        return "more than a user and a token";
    if (user_length >= TOKENS_USER_SIZE)
        return "the user's name is longer than 63 bytes";
    if (!length)
        return "a user without a token";
    if (!is_token(text, length))
        return "not a token: at most 128 letters, digits and -._~+/ with = at the end";
    if (list->count == TOKENS_MOST)
        return "more than 16384 tokens";
    struct entry *entry = &list->entries[list->count];
    entry->token = make_token(text, length);
    if (find(list, &entry->token)) {
        explicit_bzero(&entry->token, sizeof entry->token);
        return "this token stands in the file already";
    }
    memcpy(entry->user, user, user_length);
    uint32_t *bucket = bucket_of(list, &entry->token);
    entry->next = *bucket;
    *bucket = (uint32_t)++list->count;
    return NULL;
}

static size_t lines_in(const char *text)
{
    size_t lines = 1;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static void list_free(struct token_list **list)
{
    if (*list)
        explicit_bzero(*list, (*list)->size);
    free(*list);
    *list = NULL;
}

static int take_lines(struct token_list *list, char *text, const char *path,
                      char error[TOKENS_ERROR_SIZE])
{
    char *rest = text;
    unsigned number = 0;
    for (char *line; (line = strsep(&rest, "\n"));) {
        number++;
        const char *wrong = take_line(list, line);
        if (wrong)
            return refuse_line(error, path, number, wrong);
    }
    return list->count ? 0 : refuse(error, path, "it holds no token");
}

/* A list with room for all of the text's lines; NULL without memory or a key. */
static struct token_list *list_new(const char *text)
{
    const size_t lines = lines_in(text);
    const size_t room = lines < TOKENS_MOST ? lines : TOKENS_MOST;
    const size_t size = sizeof(struct token_list) + room * sizeof(struct entry);
    struct token_list *list = calloc(1, size);
    if (!list)
        return NULL;
    list->size = size;
    list->room = room;
    if (hash_key_make(&list->key))
        list_free(&list);
    return list;
}

/* Returns 0 and a list that the caller frees, or -EINVAL. */
static int load(const char *path, struct token_list **list, char error[TOKENS_ERROR_SIZE])
{
    CLEANUP(private_file_forget)
    struct buffer text = {0};
    int result = read_file(path, &text, error);
    if (result)
        return result;
    *list = list_new(text.data);
    if (!*list)
        return refuse(error, path, strerror(ENOMEM));
    result = take_lines(*list, text.data, path, error);
    if (result)
        list_free(list);
    return result;
}

/* --- asking --------------------------------------------------------------- */

int tokens_init(struct tokens *tokens, const char *path, char error[TOKENS_ERROR_SIZE])
{
    *tokens = (struct tokens){.path = path};
    if (!path)
        return 0;
    pthread_rwlock_init(&tokens->lock, NULL);
    return load(path, &tokens->list, error);
}

int tokens_reload(struct tokens *tokens, char error[TOKENS_ERROR_SIZE])
{
    CLEANUP(list_free)
    struct token_list *list = NULL;
    if (!tokens->path)
        return 0;
    int result = load(tokens->path, &list, error);
    if (result)
        return result;
    pthread_rwlock_wrlock(&tokens->lock);
    struct token_list *old = tokens->list;
    tokens->list = list;
    list = old;
    pthread_rwlock_unlock(&tokens->lock);
    return 0;
}

void tokens_deinit(struct tokens *tokens)
{
    if (!tokens->path)
        return;
    list_free(&tokens->list);
    pthread_rwlock_destroy(&tokens->lock);
    tokens->path = NULL;
}

/* The scheme's name in any case, blanks, the token. */
static const char *bearer_of(const char *authorization)
{
    static const char scheme[] = "Bearer ";
    if (!authorization || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return NULL;
    authorization += sizeof scheme - 1;
    return authorization + strspn(authorization, " ");
}

bool tokens_accept(struct tokens *tokens, const char *authorization, char user[TOKENS_USER_SIZE])
{
    const char *text = bearer_of(authorization);
    const size_t length = text ? strlen(text) : 0;
    if (!text || !is_token(text, length))
        return false;
    struct token token = make_token(text, length);
    pthread_rwlock_rdlock(&tokens->lock);
    const size_t found = tokens->list ? find(tokens->list, &token) : 0;
    if (found)
        memcpy(user, tokens->list->entries[found - 1].user, TOKENS_USER_SIZE);
    pthread_rwlock_unlock(&tokens->lock);
    explicit_bzero(&token, sizeof token);
    return found;
}
