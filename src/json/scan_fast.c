/*
 * scan_fast.c: the two runs that most bytes of a large body belong to: plain
 * characters of a string, and members `"key": integer,` of data.
 *
 * Nothing here decides: what isn't of the common form is left, untouched, to
 * the state machine, so the paths differ in speed only. Only the search in a
 * block of 16 bytes differs from machine to machine: SSE2, NEON, or (with
 * SCAN_SCALAR, or elsewhere) byte by byte.
 *
 * A member takes some 75 instructions and no waiting: the lengths of its key
 * and its digits are guessed, and its integer is compared, not converted.
 */
#include "json/scan_fast.h"

#include <endian.h>
#include <string.h>

#if !defined(SCAN_SCALAR) && defined(__SSE2__)
#include <emmintrin.h>
#elif !defined(SCAN_SCALAR) && defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#endif

enum {
    BLOCK = 16,
    DIGITS_MAX = 18, /* of an integer that can't overflow */
    /* A block with the key's end, its quote, ": -", the digits, what ends them. */
    LOOKAHEAD = BLOCK + 1 + 3 + DIGITS_MAX + 4,
};

static bool is_plain(char byte)
{
    return (uint8_t)byte >= 0x20 && (uint8_t)byte < 0x80 && byte != '"' && byte != '\\';
}

/* The number of plain bytes at the beginning of a block. */
#if !defined(SCAN_SCALAR) && defined(__SSE2__)
static unsigned plain_in_block(const char *block)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)block);
    __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i escape = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    /* Signed: the bytes of UTF-8 are less, too. */
    __m128i other = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
    unsigned mask = (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, escape), other));
    return (unsigned)__builtin_ctz(mask | 1U << BLOCK);
}
#elif !defined(SCAN_SCALAR) && defined(__ARM_NEON) && defined(__aarch64__)
static unsigned plain_in_block(const char *block)
{
    int8x16_t bytes = vld1q_s8((const int8_t *)block);
    uint8x16_t quote = vceqq_s8(bytes, vdupq_n_s8('"'));
    uint8x16_t escape = vceqq_s8(bytes, vdupq_n_s8('\\'));
    /* Signed: the bytes of UTF-8 are less, too. */
    uint8x16_t other = vcltq_s8(bytes, vdupq_n_s8(0x20));
    uint8x16_t found = vorrq_u8(vorrq_u8(quote, escape), other);
    /* Four bits a byte. */
    uint8x8_t narrow = vshrn_n_u16(vreinterpretq_u16_u8(found), 4);
    uint64_t mask = vget_lane_u64(vreinterpret_u64_u8(narrow), 0);
    return mask ? (unsigned)__builtin_ctzll(mask) / 4 : BLOCK;
}
#else
static unsigned plain_in_block(const char *block)
{
    unsigned count = 0;
    while (count < BLOCK && is_plain(block[count]))
        count++;
    return count;
}
#endif

const char *scan_fast_plain(const char *at, const char *end)
{
    while (end - at >= BLOCK) {
        unsigned plain = plain_in_block(at);
        at += plain;
        if (plain < BLOCK)
            return at;
    }
    while (at < end && is_plain(*at))
        at++;
    return at;
}

const char *scan_fast_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
        at++;
    return at;
}

/* A guess of what a length will be: that of most members before. */
struct guess {
    unsigned likely;
    size_t missed_at; /* the member where it was last wrong */
};

/* Keeps an odd one from spoiling the guess: two misses in a row change it. */
static inline void miss(struct guess *guess, unsigned length, size_t member)
{
    if (member - guess->missed_at <= 1)
        guess->likely = length;
    guess->missed_at = member;
}

/*
 * `length`, but what follows need not wait for it: the machine goes on with
 * the guess, and comes back if that was wrong. Members of one body resemble
 * each other, and waiting would take most of the time.
 */
static inline unsigned speculate(unsigned length, struct guess *guess, size_t member)
{
    unsigned likely = guess->likely;
    unsigned result = likely;
    /* Hides from the compiler that what the branch leaves is always `length`. */
    __asm__("" : "+r"(result));
    if (__builtin_expect(likely != length, 0)) {
        miss(guess, length, member);
        result = length;
        __asm__ volatile("" : "+r"(result));
    }
    return result;
}

/* Members as they are taken. */
struct run {
    const char *end;
    size_t count;
    int64_t maximum;
    uint64_t longest; /* the greatest of the short integers, as text: see take_short */
    struct guess key;
    struct guess digits;
};

static inline uint32_t load_4(const char *at)
{
    uint32_t bytes;
    memcpy(&bytes, at, sizeof(bytes));
    return le32toh(bytes);
}

static inline uint64_t load_8(const char *at)
{
    uint64_t bytes;
    memcpy(&bytes, at, sizeof(bytes));
    return bytes;
}

/* A mark in every byte, of 8 loaded with the first one lowest, that is no digit. */
static inline uint64_t mark_others(uint64_t bytes)
{
    uint64_t values = bytes ^ UINT64_C(0x3030303030303030);
    return ((values + UINT64_C(0x7676767676767676)) | values) & UINT64_C(0x8080808080808080);
}

/*
 * Positive integers of up to 7 digits, which are most, are compared as text:
 * their digits at the low end of a word, the first one highest, order as
 * their values do. Returns the comma after it, or NULL when it is another.
 */
static inline const char *take_short(const char *at, struct run *run)
{
    uint64_t raw = load_8(at);
    uint64_t others = mark_others(le64toh(raw));
    if ((unsigned char)(*at - '1') > 8 || !others)
        return NULL;
    unsigned bits = speculate((unsigned)__builtin_ctzll(others) & ~7U, &run->digits, run->count);
    const char *end = at + bits / 8;
    if (*end != ',')
        return NULL;
    uint64_t text = be64toh(raw) >> (-bits & 63);
    run->longest = text > run->longest ? text : run->longest;
    return end;
}

/* The number that 8 digits make. */
static uint64_t join_digits(uint64_t bytes)
{
    uint64_t pairs = (bytes & UINT64_C(0x0F0F0F0F0F0F0F0F)) * (10 << 8 | 1) >> 8;
    uint64_t fours = (pairs & UINT64_C(0x00FF00FF00FF00FF)) * (100 << 16 | 1) >> 16;
    return (fours & UINT64_C(0x0000FFFF0000FFFF)) * (UINT64_C(10000) << 32 | 1) >> 32;
}

/* Any integer of up to DIGITS_MAX digits: the comma or brace after it, or NULL. */
static __attribute__((noinline)) const char *take_integer(const char *at, struct run *run)
{
    bool negative = *at == '-';
    const char *first = at + negative;
    int64_t value = 0;
    uint64_t bytes = le64toh(load_8(first));
    at = first;
    if (!mark_others(bytes)) {
        value = (int64_t)join_digits(bytes);
        at += 8;
    }
    for (; *at >= '0' && *at <= '9'; at++) {
        if (at - first == DIGITS_MAX)
            return NULL;
        value = value * 10 + (*at - '0');
    }
    if (at == first || (*first == '0' && at - first > 1) || (*at != ',' && *at != '}'))
        return NULL;
    value = negative ? -value : value;
    run->maximum = value > run->maximum ? value : run->maximum;
    return at;
}

/* The value of the greatest short integer. */
static int64_t read_longest(uint64_t text)
{
    int64_t value = 0;
    for (int bits = 56; bits >= 0; bits -= 8) {
        unsigned byte = text >> bits & 0xff;
        value = byte ? value * 10 + (byte - '0') : value;
    }
    return value;
}

enum { COLON_SPACE = '"' | ':' << 8 | ' ' << 16, COMMA_SPACE = ',' | ' ' << 8 | '"' << 16 };

/* Where a key that begins at `key` ends and its value begins, or NULL. */
static inline const char *skip_key(const char *key, struct run *run)
{
    for (;;) {
        if (run->end - key < LOOKAHEAD)
            return NULL;
        unsigned plain = speculate(plain_in_block(key), &run->key, run->count);
        key += plain;
        if (plain < BLOCK)
            break;
    }
    uint32_t next = load_4(key);
    if ((next & 0xffffff) == COLON_SPACE)
        return key + 3;
    return (next & 0xffff) == (COLON_SPACE & 0xffff) ? key + 2 : NULL;
}

/* Where the key after a comma begins, or NULL. */
static inline const char *find_key(const char *at, const struct run *run)
{
    at = scan_fast_space(at, run->end);
    return at < run->end && *at == '"' ? at + 1 : NULL;
}

static inline const char *take_members(const char *at, struct run *run)
{
    const char *key = find_key(at, run);
    while (key) {
        const char *next = skip_key(key, run);
        if (!next)
            break;
        const char *end = take_short(next, run);
        if (!end && !(end = take_integer(next, run)))
            break;
        run->count++;
        at = end + 1;
        if ((load_4(end) & 0xffffff) == COMMA_SPACE)
            key = end + 3;
        else if (*end == ',')
            key = find_key(at, run);
        else
            return end;
    }
    return at;
}

const char *scan_fast_members(const char *at, const char *end, struct scan_tally *tally)
{
    struct run run = {.end = end, .maximum = tally->maximum};
    at = take_members(at, &run);
    if (end - at < LOOKAHEAD && at < end && *at != '}') {
        char tail[2 * LOOKAHEAD] = {0};
        size_t length = (size_t)(end - at);
        memcpy(tail, at, length);
        run.end = tail + sizeof tail;
        at += take_members(tail, &run) - tail;
    }
    tally->count += run.count;
    int64_t longest = read_longest(run.longest);
    tally->maximum = run.maximum;
    if (run.longest && longest > tally->maximum)
        tally->maximum = longest;
    return at;
}
