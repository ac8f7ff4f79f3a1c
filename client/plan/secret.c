/* secret.c: see secret.h. */
#include "plan/secret.h"

#include "base/error.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { KNOWN_MOST = 64, KNOWN_SIZE = 512, KNOWN_LEAST = 8 };

/* Secrets that were met, longer than words that may stand anywhere. */
static char known[KNOWN_MOST][KNOWN_SIZE];
static size_t known_count;

/* A part of a text. */
struct span {
    const char *start;
    size_t length;
};

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.';
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

static bool contains(const char *text, size_t length, const char *word)
{
    size_t wanted = strlen(word);
    for (size_t i = 0; i + wanted <= length; i++) {
        if (strncasecmp(text + i, word, wanted) == 0)
            return true;
    }
    return false;
}

static bool contains_one(const char *text, size_t length, const char *const *words)
{
    while (*words && !contains(text, length, *words))
        words++;
    return *words != NULL;
}

/* The value may hold blanks and semicolons. */
static bool is_header(const char *name, size_t length)
{
    static const char *const words[] = {"authorization", "cookie", NULL};
    return contains_one(name, length, words);
}

static bool names_secret(const char *name, size_t length)
{
    static const char *const words[] = {"token", "key", "secret", "passw", "credential", NULL};
    static const char file[] = "--key"; /* looplag's own option is the name of a file */
    if (length == sizeof file - 1 && memcmp(name, file, length) == 0)
        return false;
    return is_header(name, length) || contains_one(name, length, words);
}

/* "Bearer", "Basic": the next word is a secret, whatever the name in front says. */
static bool is_scheme(const char *word, size_t length)
{
    return (length == 6 && strncasecmp(word, "bearer", length) == 0) ||
           (length == 5 && strncasecmp(word, "basic", length) == 0);
}

/* A text in quotes is itself in one, as in {"input": "{\"token\": \"a\"}"}: each quote has
 * backslashes. */
struct quote {
    char mark;
    size_t slashes;
    size_t length; /* of both; 0: none is there */
};

static struct quote quote_at(const char *at)
{
    size_t slashes = strspn(at, "\\");
    if (!is_quote(at[slashes]))
        return (struct quote){'\0', 0, 0};
    return (struct quote){at[slashes], slashes, slashes + 1};
}

/*
 * As far as the matching quote, or the end. What is quoted and holds a quote or a backslash has
 * twice the backslashes, and one more before a quote.
 */
static size_t quoted_length(const char *value, struct quote quote)
{
    for (size_t length = 0;;) {
        size_t slashes = strspn(value + length, "\\");
        char next = value[length + slashes];
        bool ends = next == quote.mark && slashes >= quote.slashes &&
                    (slashes - quote.slashes) % (2 * (quote.slashes + 1)) == 0;
        if (next == '\0')
            return length + slashes;
        if (ends)
            return length + slashes - quote.slashes;
        length += slashes + 1;
    }
}

/* A header's value in a class's text ends at a comma that has no backslash in front of it. */
static size_t header_length(const char *value)
{
    size_t length = 0;
    while (value[length] && !strchr(",\"'\r\n", value[length]))
        length += value[length] == '\\' && value[length + 1] ? 2 : 1;
    return length;
}

/*
 * A value in a URL's query may hold a comma. It ends at one that another key of a class follows, or
 * another path of a list.
 */
static size_t query_length(const char *value)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    size_t length = 0;
    while (value[length] && !strchr("&#\"' \t\r\n", value[length])) {
        const char *next = value + length + 1;
        bool ends = *next == '/' || (*next != '=' && next[strspn(next, letters)] == '=');
        if (value[length] == ',' && ends)
            break;
        length += value[length] == '\\' && *next ? 2 : 1;
    }
    return length;
}

/* The value behind a name that ends at `at`; nothing is there when its length is 0. */
static struct span value_of(const char *name, const char *at)
{
    struct span none = {at, 0};
    bool option = name[0] == '-';
    struct quote end = quote_at(at); /* of a name in quotes, as in JSON and in Python */
    char next = at[end.length + strspn(at + end.length, " \t")];
    bool named = end.mark == '"' || (end.mark && !option && (next == ':' || next == '='));
    const char *value = at + (named ? end.length : 0);
    value += strspn(value, " \t");
    char separator = *value == ':' || *value == '=' ? *value++ : '\0';
    if (!separator && (!option || value == at))
        return none;
    value += strspn(value, " \t");
    struct quote quote = quote_at(value);
    if (quote.length)
        return (struct span){value + quote.length, quoted_length(value + quote.length, quote)};
    if (separator == ':')
        return (struct span){value, strcspn(value, "\r\n")};
    if (separator == '=' && is_header(name, (size_t)(at - name)))
        return (struct span){value, header_length(value)};
    if (!separator && *value == '-')
        return none;
    return (struct span){value, strcspn(value, separator ? "&,;#\"' \t\r\n" : "\"' \t\r\n")};
}

/* What stands in front of the '@' of a URL's host; `at` is behind its "://". */
static struct span user_of(const char *at)
{
    size_t length = strcspn(at, "/?# \t\r\n\"'");
    while (length > 0 && at[length] != '@')
        length--;
    return (struct span){at, length};
}

static struct span known_at(const char *at)
{
    for (size_t i = 0; i < known_count; i++) {
        size_t length = strlen(known[i]);
        if (strncmp(at, known[i], length) == 0)
            return (struct span){at, length};
    }
    return (struct span){at, 0};
}

/* The secret that begins with the word, or the place, at `at`. */
static struct span secret_at(const char *text, const char *at)
{
    size_t length = 0;
    struct span span = known_at(at);
    if (span.length)
        return span;
    if (strncmp(at, "://", 3) == 0)
        return user_of(at + 3);
    if (at > text && is_name(at[-1]))
        return span;
    while (is_name(at[length]))
        length++;
    if (names_secret(at, length)) {
        span = value_of(at, at + length);
        if (span.length && at > text && strchr("?&", at[-1]))
            span.length = query_length(span.start);
        return span;
    }
    if (is_scheme(at, length) && at[length] == ' ')
        return (struct span){at + length + 1, strcspn(at + length + 1, " \t\r\n,\"'")};
    return (struct span){at, 0};
}

/* The next secret from `at` on. Returns whether there is one. */
static bool find(const char *text, const char *at, struct span *found)
{
    for (; *at; at++) {
        *found = secret_at(text, at);
        if (found->length)
            return true;
    }
    return false;
}

void secret_mask(const char *text, struct buffer *out)
{
    const char *at = text;
    for (struct span found; find(text, at, &found); at = found.start + found.length) {
        buffer_append(out, at, (size_t)(found.start - at));
        buffer_append_text(out, SECRET_MASK);
    }
    buffer_append_text(out, at);
}

void secret_hide(char *text, size_t size)
{
    CLEANUP(buffer_deinit)
    struct buffer masked = {0};
    if (!secret_is_in(text))
        return;
    secret_mask(text, &masked);
    size_t length = masked.length < size ? masked.length : size - 1;
    memset(text, 0, strlen(text)); /* nothing of it stays behind the new end */
    if (masked.error)
        length = 0; /* better nothing than a secret */
    if (length)
        memcpy(text, masked.data, length);
    text[length] = '\0';
}

bool secret_is_in(const char *text)
{
    struct span found;
    return find(text, text, &found);
}

static void remember(const char *start, size_t length)
{
    if (length < KNOWN_LEAST || length >= KNOWN_SIZE || known_count == KNOWN_MOST ||
        known_at(start).length >= length)
        return;
    memcpy(known[known_count], start, length);
    known[known_count++][length] = '\0';
}

void secret_forget(void)
{
    known_count = 0;
}

/* "Bearer abcdef" is known as a whole and as what it is made of. */
void secret_learn(const char *text)
{
    const char *at = text;
    for (struct span found; find(text, at, &found); at = found.start + found.length) {
        size_t word = strcspn(found.start, " ");
        bool split = is_scheme(found.start, word);
        const char *start = found.start + (split ? word + 1 : 0);
        remember(start, found.length - (split ? word + 1 : 0));
    }
}
