/*
 * fuzz_census.c: the counting before a parse. For any text, no document of jansson's may take more
 * memory than the bound that follows from the counts; for JSON the counts are those of a plain walk
 * over its bytes.
 */
#include "base/error.h"
#include "exact.h"
#include "fuzz.h"
#include "reference_memory.h"
#include "json/census.h"

#include <string.h>

struct plain {
    size_t objects, arrays, members, elements, strings, string_bytes, longest;
};

/* The length of the string whose opening quote is at `at`, without its quotes. */
static size_t string_length(const uint8_t *text, size_t at)
{
    size_t length = 0;
    while (text[at + 1 + length] != '"')
        length += text[at + 1 + length] == '\\' ? 2 : 1;
    return length;
}

/* Of a text that jansson has accepted. */
static void count_plainly(const uint8_t *text, size_t size, struct plain *plain)
{
    static bool arrays[CENSUS_DEPTH + 1]; /* what is open is an array */
    size_t depth = 0;
    for (size_t at = 0; at < size; at++) {
        const uint8_t byte = text[at];
        if (byte == '"') {
            const size_t length = string_length(text, at);
            plain->strings++;
            plain->string_bytes += length;
            if (length > plain->longest)
                plain->longest = length;
            at += length + 1;
        } else if (byte == '{' || byte == '[') {
            *(byte == '{' ? &plain->objects : &plain->arrays) += 1;
            arrays[depth++] = byte == '[';
            plain->elements += byte == '[';
        } else if (byte == '}' || byte == ']') {
            depth--;
        } else if (byte == ':') {
            plain->members++;
        } else if (byte == ',') {
            plain->elements += arrays[depth - 1];
        }
    }
}

static void compare(const uint8_t *text, size_t size, const struct census *census)
{
    struct plain plain = {0};
    count_plainly(text, size, &plain);
    fuzz_demand(census->objects == plain.objects, "objects are miscounted");
    fuzz_demand(census->arrays == plain.arrays, "arrays are miscounted");
    fuzz_demand(census->members == plain.members, "members are miscounted");
    fuzz_demand(census->elements == plain.elements, "elements are miscounted");
    fuzz_demand(census->string_bytes >= plain.string_bytes, "bytes of strings are left out");
    fuzz_demand(census->longest >= plain.longest, "a string is longer than the longest");
}

/* The counts of a text that comes in pieces; their bound only grows. */
static struct census count_pieces(const uint8_t *text, size_t size, size_t piece)
{
    static struct exact exact;
    static struct census census;
    size_t bound = 0;
    exact_reserve(&exact, piece < size ? piece : size);
    census_init(&census);
    for (size_t at = 0; at < size; at += piece) {
        if (piece > size - at)
            piece = size - at;
        census_add(&census, exact_begin(&exact, text + at, piece), piece);
        exact_end(&exact, piece);
        fuzz_demand(census_bound(&census) >= bound, "the bound falls while the text goes on");
        bound = census_bound(&census);
    }
    return census_end(&census);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct census census = count_pieces(data, size, size ? size : 1);
    const struct census again = count_pieces(data, size, 1 + fuzz_draw(data, size) % 200);
    fuzz_demand(!memcmp(&census, &again, offsetof(struct census, length)),
                "the counts depend on the pieces");
    reference_memory_begin();
    const json_t *root = json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);
    const size_t asked = reference_asked; /* nothing of it used twice: the worst of an arena */
    /* The typed parameter's part is in the bound, too, and is not asked for here. */
    fuzz_demand(asked <= CENSUS_MOST_PER_BYTE * size + 1024, "a byte takes more than the most");
    fuzz_demand(asked <= census_bound(&census), "a document takes more than its bound");
    if (root && !memchr(data, '\0', size)) /* which jansson takes for the end */
        compare(data, size, &census);
    return 0;
}
