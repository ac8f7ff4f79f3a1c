/*
 * fuzz_hdr.c: a histogram of a saved result. The input is its text, or, behind a byte that is not
 * 'H', its bytes before they are put into a zlib stream and written in base64, which no fuzzer
 * would guess. What is read, written again, is read as the same counts.
 */
#include "base/buffer.h"
#include "base/error.h"
#include "fuzz.h"
#include "report/base64.h"
#include "report/hdr_codec.h"

#include <string.h>
#include <zlib.h>

static void put_32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (24 - 8 * i));
}

/*
 * As one stored block (RFC 1950 and 1951): zlib's deflate takes a quarter of a megabyte for each.
 * Where three digits or more are asked for, which makes histograms of up to many megabytes, few
 * inputs do.
 */
static void wrap(const uint8_t *plain, size_t size, struct buffer *text)
{
    enum { OUTER_SIZE = 8, COOKIE = 0x1c849314, DIGITS = 15, DIGITS_MOST = 2, BEFORE = 7 };
    enum { STORED_MOST = 1 << 16, ONE_IN = 64 };
    static uint8_t bytes[OUTER_SIZE + BEFORE + STORED_MOST + 4];
    uint8_t *out = bytes + OUTER_SIZE;
    if (size >= STORED_MOST)
        return;
    memcpy(out, "\x78\x01\x01", 3); /* the last block, stored; then its length twice */
    for (int i = 0; i < 2; i++) {
        out[3 + i] = (uint8_t)(size >> (8 * i));
        out[5 + i] = (uint8_t) ~(size >> (8 * i));
    }
    memcpy(out + BEFORE, plain, size);
    if (size > DIGITS && out[BEFORE + DIGITS] > DIGITS_MOST && fuzz_draw(plain, size) % ONE_IN)
        out[BEFORE + DIGITS] = 1 + out[BEFORE + DIGITS] % DIGITS_MOST;
    put_32(out + BEFORE + size, (uint32_t)adler32(1, out + BEFORE, (uInt)size));
    put_32(bytes, COOKIE);
    put_32(bytes + 4, (uint32_t)(BEFORE + size + 4));
    base64_encode(bytes, OUTER_SIZE + BEFORE + size + 4, text);
}

static void check(struct histogram *histogram)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    struct histogram again;
    uint64_t total = 0;
    for (int32_t i = 0; i < histogram->counts_length; i++)
        total += histogram->counts[i];
    fuzz_demand(total == histogram->total, "the counts and their sum differ");
    for (int percent = 0; percent <= 100; percent += 25)
        histogram_percentile(histogram, percent);
    hdr_encode(histogram, &text);
    fuzz_demand(!text.error && hdr_decode(text.data, text.length, &again) == 0,
                "what was written is not read");
    fuzz_demand(again.total == histogram->total && again.counts_length == histogram->counts_length,
                "the histogram becomes another one");
    fuzz_demand(!memcmp(again.counts, histogram->counts,
                        (size_t)again.counts_length * sizeof *again.counts),
                "a count becomes another one");
    histogram_deinit(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    struct histogram histogram;
    if (size == 0)
        return 0;
    if (data[0] == 'H')
        buffer_append(&text, data, size);
    else
        wrap(data + 1, size - 1, &text);
    const int r = hdr_decode(text.data, text.length, &histogram);
    fuzz_demand(r == 0 || r == HDR_INVALID || r == -ENOMEM, "it ends in a way of its own");
    if (r == 0) {
        check(&histogram);
        histogram_deinit(&histogram);
    }
    return 0;
}
