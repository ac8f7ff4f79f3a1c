/*
 * made.h: results made by hand for tests of what is concluded from them: each
 * system has a small and a large class, and what was measured is put in
 * request by request, in ms.
 */
#ifndef LOOPLAG_TEST_MADE_H
#define LOOPLAG_TEST_MADE_H

#include "measure/result.h"
#include "plan/options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A command line, split at blanks. */
struct words {
    char text[512];
    char *argv[24];
    int argc;
};

/** Splits `text`; argv[0] is "looplag". Fails the test when there are too many words. */
void words_split(struct words *words, const char *text);

struct made {
    struct words words;
    struct options options;
    struct result result;
};

/**
 * Makes a result of `systems` systems from a command line such as
 * "compare --rounds=3". Each has two cells, made_small and made_large, and a
 * subject. Nothing is in them yet.
 */
void made_init(struct made *made, const char *command, size_t systems);

void made_deinit(struct made *made);

struct cell *made_small(struct made *made, size_t system);
struct cell *made_large(struct made *made, size_t system);

/** The cell's server is a looplagd with one loop for everything. */
void made_set_one_loop(struct cell *cell);

/** A request that was answered, times in ms. */
struct made_request {
    uint64_t id;
    double planned;
    double end;
    double sent;        /**< 0: as planned */
    double first_byte;  /**< 0: at the end */
    double hold;        /**< the server's own word, 0: none */
    const char *worker; /**< NULL: not told */
};

/** Puts it into the cell's trace and statistics. */
void made_add(struct cell *cell, const struct made_request *request);

/** `count` requests without large ones that took `ms` each. */
void made_add_alone(struct cell *cell, unsigned count, double ms);

/** A window of `length_ms`, in which `counts[i]` requests took `ms[i]` each; `kinds` of them. */
void made_add_window(struct cell *cell, unsigned round, bool alone, double length_ms, size_t kinds,
                     const unsigned *counts, const double *ms);

/** ms as ns. */
int64_t made_ns(double ms);

/** Fails the test unless a time or a ratio is what is expected, but for a histogram's slot. */
void assert_near(double value, double expected);

#endif
