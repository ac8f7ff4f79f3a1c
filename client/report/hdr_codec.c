/*
 * hdr_codec.c: see hdr_codec.h. All numbers are big-endian. A compressed
 * histogram is its cookie, the length of what follows and a zlib stream of the
 * plain one; that is a header of 40 bytes and the counts up to the last used
 * slot, each as ZigZag LEB128 (the ninth byte has eight bits), runs of empty
 * slots as a negative number.
 */
#include "report/hdr_codec.h"

#include "base/error.h"
#include "report/base64.h"
#include "report/packed.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define COOKIE_PLAIN (0x1c849303U | 0x10U)
#define COOKIE_COMPRESSED (0x1c849304U | 0x10U)

#define TICKS_PER_HALF_DISTANCE 5

enum { OUTER_SIZE = 8, HEADER_SIZE = 40 };

/* Longer than the counts of any histogram that histogram_init makes. */
#define PLAIN_MOST ((size_t)64 << 20)

static void put_32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void put_64(uint8_t *out, uint64_t value)
{
    put_32(out, (uint32_t)(value >> 32));
    put_32(out + 4, (uint32_t)value);
}

static uint32_t get_32(const uint8_t *in)
{
    return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

static uint64_t get_64(const uint8_t *in)
{
    return (uint64_t)get_32(in) << 32 | get_32(in + 4);
}

static void encode_counts(const struct histogram *histogram, struct buffer *out)
{
    int32_t end = histogram->total ? histogram_slot(histogram, histogram->max) + 1 : 0;
    int64_t empty = 0;
    for (int32_t slot = 0; slot < end; slot++) {
        if (histogram->counts[slot] == 0) {
            empty++;
            continue;
        }
        if (empty)
            packed_put(out, -empty);
        empty = 0;
        packed_put(out, (int64_t)histogram->counts[slot]);
    }
}

static void encode_plain(const struct histogram *histogram, struct buffer *out)
{
    const double unit_ratio = 1.0;
    uint8_t header[HEADER_SIZE] = {0};
    uint64_t ratio_bits;
    memcpy(&ratio_bits, &unit_ratio, sizeof ratio_bits);
    put_32(header, COOKIE_PLAIN);
    put_32(header + 12, (uint32_t)histogram->significant_digits);
    put_64(header + 16, (uint64_t)histogram->lowest);
    put_64(header + 24, (uint64_t)histogram->highest);
    put_64(header + 32, ratio_bits);
    buffer_append(out, header, sizeof header);
    encode_counts(histogram, out);
    if (!out->error)
        put_32((uint8_t *)out->data + 4, (uint32_t)(out->length - HEADER_SIZE));
}

void hdr_encode(const struct histogram *histogram, struct buffer *out)
{
    CLEANUP(buffer_deinit)
    struct buffer plain = {0};
    CLEANUP(buffer_deinit)
    struct buffer packed = {0};
    encode_plain(histogram, &plain);
    const uint8_t envelope[OUTER_SIZE] = {0};
    buffer_append(&packed, envelope, sizeof envelope);
    packed_zip(&plain, &packed);
    if (plain.error || packed.error) {
        out->error = -ENOMEM;
        return;
    }
    put_32((uint8_t *)packed.data, COOKIE_COMPRESSED);
    put_32((uint8_t *)packed.data + 4, (uint32_t)(packed.length - OUTER_SIZE));
    base64_encode(packed.data, packed.length, out);
}

/* Takes the zlib stream out of its envelope. */
static int unpack(const struct buffer *packed, struct buffer *plain)
{
    const uint8_t *bytes = (const uint8_t *)packed->data;
    if (packed->length < OUTER_SIZE || get_32(bytes) != COOKIE_COMPRESSED ||
        get_32(bytes + 4) > packed->length - OUTER_SIZE)
        return HDR_INVALID;
    int r = packed_unzip(bytes + OUTER_SIZE, get_32(bytes + 4), PLAIN_MOST, plain);
    return r == PACKED_INVALID ? HDR_INVALID : r;
}

/* Adds a slot's count as HdrHistogram does when it reads: by the middle of its values. */
static bool add_slot(struct histogram *histogram, int32_t slot, uint64_t count)
{
    int64_t low = histogram_slot_lowest(histogram, slot);
    int64_t high = histogram_slot_highest(histogram, slot);
    if (histogram->total > UINT64_MAX - count)
        return false;
    if (histogram->total == 0)
        histogram->min = low;
    histogram->max = high;
    histogram->counts[slot] = count;
    histogram->total += count;
    histogram->sum += (uint64_t)(low + (high - low) / 2) * count;
    return true;
}

static int decode_counts(struct histogram *histogram, const uint8_t *bytes, size_t length)
{
    int64_t slot = 0;
    size_t at = 0;
    while (at < length) {
        int64_t value;
        if (!packed_get(bytes, length, &at, &value))
            return HDR_INVALID;
        int64_t room = histogram->counts_length - slot;
        if (value < 0 && value >= -room) {
            slot -= value;
        } else if (value >= 0 && room > 0 &&
                   (value == 0 || add_slot(histogram, (int32_t)slot, (uint64_t)value))) {
            slot++;
        } else {
            return HDR_INVALID;
        }
    }
    return 0;
}

static int decode_plain(const struct buffer *plain, struct histogram *histogram)
{
    const uint8_t *bytes = (const uint8_t *)plain->data;
    if (plain->length < HEADER_SIZE || get_32(bytes) != COOKIE_PLAIN || get_32(bytes + 8) != 0 ||
        get_32(bytes + 4) > plain->length - HEADER_SIZE)
        return HDR_INVALID;
    uint32_t digits = get_32(bytes + 12);
    int64_t lowest = (int64_t)get_64(bytes + 16);
    int64_t highest = (int64_t)get_64(bytes + 24);
    if (digits > 5 || lowest > INT64_MAX / 4 || highest > INT64_MAX / 4)
        return HDR_INVALID; /* the highest slot's values would not fit */
    int r = histogram_init(histogram, lowest, highest, (int)digits);
    if (r)
        return r == -EINVAL ? HDR_INVALID : r;
    r = decode_counts(histogram, bytes + HEADER_SIZE, get_32(bytes + 4));
    if (r)
        histogram_deinit(histogram);
    return r;
}

int hdr_decode(const char *text, size_t length, struct histogram *histogram)
{
    CLEANUP(buffer_deinit)
    struct buffer packed = {0};
    CLEANUP(buffer_deinit)
    struct buffer plain = {0};
    memset(histogram, 0, sizeof *histogram);
    int r = base64_decode(text, length, &packed);
    if (r == BASE64_INVALID)
        return HDR_INVALID;
    if (r == 0)
        r = unpack(&packed, &plain);
    return r ? r : decode_plain(&plain, histogram);
}

double hdr_next_level(double level)
{
    double halvings = floor(log(100.0 / (100.0 - level)) / log(2)) + 1;
    return level + 100.0 / (TICKS_PER_HALF_DISTANCE * pow(2, halvings));
}
