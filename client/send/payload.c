/* payload.c: see payload.h. */
#include "send/payload.h"

#include "base/error.h"
#include "base/random.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    KEY_LENGTH = 10,
    VALUE_DIGITS_MOST = 7,
    MEMBER_FRAME = KEY_LENGTH + 6,                  /* , "key": and its two spaces */
    MEMBER_LEAST = MEMBER_FRAME + 1,                /* with a value of one digit */
    MEMBER_MOST = MEMBER_FRAME + VALUE_DIGITS_MOST, /* with the value 1000000 */
    FITTED = 6 * MEMBER_MOST                        /* the last bytes are fitted by digits */
};

static const char separator[] = ", ";
static const char closing[] = "}}";

/* The numbers of a class do not depend on which other classes there are. */
static uint64_t seed_for(const char *name, uint64_t seed)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
    return hash ^ seed;
}

static int append_member(struct buffer *out, uint64_t *random, int64_t value)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char text[MEMBER_MOST + UNITS_INTEGER_SIZE];
    char *at = text;
    if (out->data[out->length - 1] != '{') {
        memcpy(at, separator, sizeof separator - 1);
        at += sizeof separator - 1;
    }
    *at++ = '"';
    uint64_t bits = random_next(random);
    for (int i = 0; i < KEY_LENGTH; i++, bits /= sizeof letters - 1)
        *at++ = letters[bits % (sizeof letters - 1)];
    memcpy(at, "\": ", 3);
    at += 3;
    at += units_format_integer(value, at);
    return buffer_append(out, text, (size_t)(at - text));
}

static int64_t random_value(uint64_t *random)
{
    return 1 + (int64_t)(random_next(random) % 1000000);
}

/* A value that takes `digits` digits. */
static int64_t value_of_length(uint64_t *random, int digits)
{
    if (digits >= VALUE_DIGITS_MOST)
        return 1000000;
    int64_t least = 1;
    for (int i = 1; i < digits; i++)
        least *= 10;
    return least + (int64_t)(random_next(random) % (uint64_t)(least * 9));
}

/* Spreads the last `rest` bytes over as few members as can hold them. */
static int append_fitted(struct buffer *out, uint64_t *random, size_t rest)
{
    for (size_t members = (rest + MEMBER_MOST - 1) / MEMBER_MOST; members; members--) {
        size_t share = (rest + members - 1) / members;
        if (share < MEMBER_LEAST)
            share = MEMBER_LEAST;
        int r = append_member(out, random, value_of_length(random, (int)(share - MEMBER_FRAME)));
        if (r)
            return r;
        rest -= share < rest ? share : rest;
    }
    return 0;
}

static int append_bytes(struct buffer *out, uint64_t *random, size_t first, uint64_t bytes)
{
    /* The first member has no separator: counted as if the body were longer. */
    uint64_t target = bytes + sizeof separator - 1;
    size_t bracket = sizeof closing - 1;
    int r = 0;
    while (r == 0) {
        size_t written = out->length - first;
        if (out->data[out->length - 1] != '{')
            target = bytes;
        if (written + bracket + FITTED >= target)
            return written + bracket >= target
                       ? 0
                       : append_fitted(out, random, (size_t)(target - written - bracket));
        r = append_member(out, random, random_value(random));
    }
    return r;
}

int payload_generate(const char *name, const struct units_size *size, uint64_t seed,
                     struct buffer *out)
{
    uint64_t random = seed_for(name, seed);
    size_t first = out->length;
    uint64_t members = (uint64_t)llround(size->amount * PAYLOAD_MEMBERS_PER_MB);
    size_t expected = size->suffixed ? size->bytes : members * (MEMBER_MOST - 1);
    int r = buffer_reserve(out, first + expected + 256);
    if (r == 0)
        r = buffer_append_format(out, "{\"name\": \"%s\", \"data\": {", name);
    if (r == 0 && size->suffixed)
        r = append_bytes(out, &random, first, size->bytes);
    for (uint64_t i = 0; r == 0 && !size->suffixed && i < members; i++)
        r = append_member(out, &random, random_value(&random));
    return r ? r : buffer_append_text(out, closing);
}

static void close_file(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

int payload_read(const char *path, struct buffer *out)
{
    CLEANUP(close_file)
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    char chunk[65536];
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got == 0)
            return 0;
        if (got < 0 && errno == EINTR)
            continue;
        int r = got < 0 ? -errno : buffer_append(out, chunk, (size_t)got);
        if (r)
            return r;
    }
}
