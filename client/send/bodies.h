/*
 * bodies.h: the bodies that the requests of a class have in turn, made before a
 * run: none, a generated one, that of a file, or those of a folder's files.
 */
#ifndef LOOPLAG_CLIENT_BODIES_H
#define LOOPLAG_CLIENT_BODIES_H

#include "base/buffer.h"
#include "plan/class.h"

#include <stddef.h>
#include <stdint.h>

enum { BODIES_MOST = 10000, BODIES_ERROR_SIZE = 384 };

/** A zeroed one holds none. */
struct bodies {
    struct buffer *rows; /**< owned */
    size_t count;
    size_t mean_bytes; /**< of one; 0 when there is none */
};

/** A file or a folder could not be read. */
#define BODIES_UNREADABLE 1

/**
 * Makes the bodies of a class. A folder's files are taken in the order of their names, without
 * those that begin with a dot. Returns 0, BODIES_UNREADABLE with one line in `error`, or -ENOMEM
 * (deinit it all the same).
 */
int bodies_make(struct bodies *bodies, const struct traffic_class *class, uint64_t seed,
                char error[BODIES_ERROR_SIZE]);

/** The body of request number `id`, which counts from 1. NULL when requests have none. */
const struct buffer *bodies_of(const struct bodies *bodies, uint64_t id);

/** Frees the bodies. Twice is fine. */
void bodies_deinit(struct bodies *bodies);

#endif
