/*
 * fuzz.h: what the fuzz targets share. A target is a file fuzz_NAME.c with one function that takes
 * an input and ends the process where something that must hold does not. With clang and -Dfuzz=true
 * it is linked with libFuzzer; in every build it is linked with replay.c, which feeds it the corpus
 * and the regressions once, as a test of the suite.
 */
#ifndef LOOPLAG_TEST_FUZZ_H
#define LOOPLAG_TEST_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Takes one input, in a block of exactly its size; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/**
 * In a replay, as a test of the suite: an input is tried in all ways. A fuzzer tries each in one
 * that the input itself draws, and has more inputs in the same time.
 */
extern bool fuzz_is_replay;

/** Ends the process, and says what did not hold. */
_Noreturn void fuzz_fail(const char *words);

/** Ends the process, and says what did not hold, unless it does. */
static inline void fuzz_demand(bool holds, const char *words)
{
    if (!holds)
        fuzz_fail(words);
}

/** The input as text that ends with a NUL and has exactly its size; the caller frees it. */
char *fuzz_text(const uint8_t *data, size_t size);

/** The name of a file that holds just these bytes, until the next call. */
const char *fuzz_file(const void *bytes, size_t size);

enum { FUZZ_WORDS_MOST = 26 };

/** A command line. */
struct fuzz_words {
    char *argv[FUZZ_WORDS_MOST + 1]; /**< NULL-terminated; each of its own exact size */
    int argc;
};

/** Cuts a text into words at line ends, behind those of `begin`; fuzz_words_deinit must follow. */
void fuzz_words_split(struct fuzz_words *words, const char *const *begin, const uint8_t *data,
                      size_t size);
void fuzz_words_deinit(struct fuzz_words *words);

/** A number that depends on the input alone. */
uint32_t fuzz_draw(const uint8_t *data, size_t size);

#endif
