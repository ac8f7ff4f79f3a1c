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
    char libcurl[MACHINE_TEXT_SIZE]; /**< its version, and the TLS library's that it uses */
    int cores;                       /**< online */
    uint64_t memory_bytes;
    double lag_p99_ms; /**< of a thread that only slept before the load; 0: not measured */
};

/**
 * How many connections this process may have open at a time, beside
 * `files_taken` other descriptors: each takes one and some memory.
 */
unsigned machine_connections_most(unsigned files_taken);

/** Fills in what the system tells; the rest is "unknown" or 0. */
void machine_describe(struct machine *machine);

#endif
