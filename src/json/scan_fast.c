/*
 * scan_fast.c: the two runs that most bytes of a large body belong to: plain
 * characters of a string, and members `"key": integer,` of data.
 *
 * Nothing here decides: what isn't of the common form is left, untouched, to
 * the state machine, so the paths differ in speed only. Only the search in a
 * block of 16 bytes differs from machine to machine: SSE2, NEON, or (with
 * SCAN_SCALAR, or elsewhere) byte by byte.
 */
#include "json/scan_private.h"

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
    /* A block with the key's end, its quote, ": -", the digits and what ends them. */
    LOOKAHEAD = BLOCK + 1 + 3 + DIGITS_MAX + 1,
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

/* How many of 8 bytes, loaded with the first one lowest, are digits. */
static unsigned count_digits(uint64_t bytes)
{
    uint64_t values = bytes ^ UINT64_C(0x3030303030303030);
    uint64_t others = (values + UINT64_C(0x7676767676767676)) | values;
    others &= UINT64_C(0x8080808080808080);
    return others ? (unsigned)__builtin_ctzll(others) / 8 : 8;
}

/* The number that 8 digits make. */
static uint64_t join_digits(uint64_t bytes)
{
    uint64_t pairs = (bytes & UINT64_C(0x0F0F0F0F0F0F0F0F)) * (10 << 8 | 1) >> 8;
    uint64_t fours = (pairs & UINT64_C(0x00FF00FF00FF00FF)) * (100 << 16 | 1) >> 16;
    return (fours & UINT64_C(0x0000FFFF0000FFFF)) * (UINT64_C(10000) << 32 | 1) >> 32;
}

/*
 * `count`, but what follows need not wait for it: the machine goes on with
 * `*guess`, the last count, and comes back if that was wrong. Members of one
 * body resemble each other, and waiting would take most of the time.
 */
static inline unsigned speculate(unsigned count, unsigned *guess)
{
    unsigned likely = *guess;
    /* Hides from the compiler that what the branch leaves is always `count`. */
    __asm__ volatile("" : "+r"(likely));
    if (__builtin_expect(likely != count, 0)) {
        *guess = count;
        likely = count;
        __asm__ volatile("" : "+r"(likely));
    }
    return likely;
}

/* What the last member looked like. */
struct guess {
    unsigned key;
    unsigned digits;
};

/* The digits after the first 8: returns where they end, or NULL when there are too many. */
static __attribute__((noinline)) const char *take_more_digits(const char *at, uint64_t *magnitude)
{
    const char *end = at + DIGITS_MAX - 8;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (at == end)
            return NULL;
        *magnitude = *magnitude * 10 + (uint64_t)(*at - '0');
    }
    return at;
}

/*
 * Reads at most DIGITS_MAX digits. Returns where they end, or NULL when it is
 * no integer that can be taken here.
 */
static inline const char *take_digits(const char *at, uint64_t *magnitude, unsigned *guess)
{
    uint64_t bytes;
    memcpy(&bytes, at, sizeof(bytes));
    bytes = le64toh(bytes);
    unsigned count = speculate(count_digits(bytes), guess);
    if (count == 0 || (*at == '0' && count > 1))
        return NULL;
    /* The digits move to the end; zeros come before them. */
    *magnitude = join_digits(bytes << (64 - 8 * count));
    at += count;
    return count < 8 ? at : take_more_digits(at, magnitude);
}

/* The end of a key that begins at `at` (after its quote), or NULL. */
static inline const char *skip_key(const char *at, const char *end, unsigned *guess)
{
    unsigned plain;
    do {
        if (end - at < LOOKAHEAD)
            return NULL;
        plain = speculate(plain_in_block(at), guess);
        at += plain;
    } while (plain == BLOCK);
    return *at == '"' ? at + 1 : NULL;
}

/* A byte that is there or not: a branch, so that the next byte isn't waited for. */
static inline const char *skip_one(const char *at, char byte)
{
    if (*at == byte) {
        at++;
        __asm__ volatile("" : "+r"(at));
    }
    return at;
}

const char *scan_fast_members(const char *at, const char *end, struct scan_tally *tally)
{
    struct scan_tally sum = *tally;
    struct guess guess = {0};
    while (end - at > LOOKAHEAD) {
        const char *next = skip_one(at, ' ');
        if (*next != '"')
            next = scan_fast_space(next, end);
        if (next == end || *next != '"')
            break;
        next = skip_key(next + 1, end, &guess.key);
        if (!next || *next != ':')
            break;
        next = skip_one(next + 1, ' ');
        bool negative = *next == '-';
        uint64_t magnitude;
        next = take_digits(skip_one(next, '-'), &magnitude, &guess.digits);
        if (!next || *next != ',')
            break;
        int64_t value = negative ? -(int64_t)magnitude : (int64_t)magnitude;
        sum.count++;
        sum.maximum = value > sum.maximum ? value : sum.maximum;
        at = next + 1;
    }
    *tally = sum;
    return at;
}
