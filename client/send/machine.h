/*
 * machine.h: the machine a result was measured on, without what would name it
 * or its owner.
 */
#ifndef LOOPLAG_CLIENT_MACHINE_H
#define LOOPLAG_CLIENT_MACHINE_H

#include <stdint.h>

enum { MACHINE_TEXT_SIZE = 128 };

struct machine {
    char cpu[MACHINE_TEXT_SIZE];    /**< model name */
    char kernel[MACHINE_TEXT_SIZE]; /**< name and release */
    char os[MACHINE_TEXT_SIZE];
    int cores; /**< online */
    uint64_t memory_bytes;
};

/**
 * How many threads this process may have waiting for replies: each takes
 * three files and some memory.
 */
unsigned machine_threads_most(void);

/** Fills in what the system tells; the rest is "unknown" or 0. */
void machine_describe(struct machine *machine);

#endif
