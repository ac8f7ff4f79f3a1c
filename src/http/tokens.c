/* tokens.c: see tokens.h. */
#include "http/tokens.h"

#include "base/error.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MOST = 1 << 20, WORDS = TOKENS_LENGTH / sizeof(uint64_t) };

/* A token, zeros behind it. */
struct token {
    uint64_t words[WORDS];
};

struct entry {
    struct token token;
    char user[TOKENS_USER_SIZE];
};

struct token_list {
    size_t count;
    struct entry entries[];
};

/* --- the file ------------------------------------------------------------- */

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

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
static int read_file(const char *path, char *text, char error[TOKENS_ERROR_SIZE])
{
    struct stat about;
    CLEANUP(close_fd)
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &about))
        return refuse(error, path, strerror(errno));
    if (!S_ISREG(about.st_mode))
        return refuse(error, path, "it is no regular file");
    if (about.st_mode & (S_IXUSR | S_IRWXG | S_IRWXO))
        return refuse(error, path, "others may use it; its mode must be 0600 (chmod 600)");
    size_t length = 0;
    ssize_t got = 0;
    while (length <= FILE_MOST && (got = read(fd, text + length, FILE_MOST + 1 - length)) > 0)
        length += (size_t)got;
    if (got < 0)
        return refuse(error, path, strerror(errno));
    if (length > FILE_MOST)
        return refuse(error, path, "it is larger than 1 MiB");
    if (memchr(text, '\0', length))
        return refuse(error, path, "it holds a NUL");
    text[length] = '\0';
    return 0;
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
    struct token token = {{0}};
    memcpy(token.words, text, length);
    return token;
}

/* The compiler may not know what a word is, and so not end a comparison early. */
static uint64_t hidden(uint64_t word)
{
    __asm__("" : "+r"(word));
    return word;
}

/* 1 or 0, in the same time for all. */
static size_t are_equal(const struct token *left, const struct token *right)
{
    uint64_t different = 0;
    for (int i = 0; i < WORDS; i++)
        different |= hidden(left->words[i] ^ right->words[i]);
    return (size_t)(1 ^ ((different | (0 - different)) >> 63));
}

/* The entry of a token, plus 1; 0: none. All are compared. */
static size_t find(const struct token_list *list, const struct token *token)
{
    size_t found = 0;
    for (size_t i = 0; i < list->count; i++)
        found |= (0 - are_equal(&list->entries[i].token, token)) & (i + 1);
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
        return "more than 4096 tokens";
    struct entry *entry = &list->entries[list->count];
    entry->token = make_token(text, length);
    if (find(list, &entry->token))
        return "this token stands in the file already";
    memcpy(entry->user, user, user_length);
    list->count++;
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
        explicit_bzero((*list)->entries, (*list)->count * sizeof(*list)->entries[0]);
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

/* A list with room for all of the text's lines; NULL without memory. */
static struct token_list *list_new(const char *text)
{
    const size_t lines = lines_in(text);
    const size_t room = lines < TOKENS_MOST ? lines : TOKENS_MOST;
    return calloc(1, sizeof(struct token_list) + room * sizeof(struct entry));
}

/* Reads the file into a text of FILE_MOST bytes, and that into a list that the caller frees. */
static int load_through(char *text, const char *path, struct token_list **list,
                        char error[TOKENS_ERROR_SIZE])
{
    int result = read_file(path, text, error);
    if (result)
        return result;
    *list = list_new(text);
    if (!*list)
        return refuse(error, path, strerror(ENOMEM));
    result = take_lines(*list, text, path, error);
    if (result)
        list_free(list);
    return result;
}

/* Returns 0 and a list that the caller frees, or -EINVAL. */
static int load(const char *path, struct token_list **list, char error[TOKENS_ERROR_SIZE])
{
    char *text = calloc(1, FILE_MOST + 1);
    if (!text)
        return refuse(error, path, strerror(ENOMEM));
    const int result = load_through(text, path, list, error);
    explicit_bzero(text, FILE_MOST + 1);
    free(text);
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
