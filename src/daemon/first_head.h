/*
 * first_head.h: what the first bytes of a connection tell of the request that they begin: whether
 * it announces a large body.
 *
 * Pure, and no parser: it looks for one field, and never decides what a request means. Whoever
 * misleads it only chooses another worker.
 */
#ifndef LOOPLAG_DAEMON_FIRST_HEAD_H
#define LOOPLAG_DAEMON_FIRST_HEAD_H

#include <stddef.h>
#include <stdint.h>

enum first_head {
    FIRST_HEAD_MORE,  /* the field may still come */
    FIRST_HEAD_OTHER, /* a small body, one of unknown length, none, or no plain HTTP */
    FIRST_HEAD_LARGE, /* a body of `large` bytes or more */
};

/** Judges the first `length` bytes of a connection. */
enum first_head first_head_judge(const char *bytes, size_t length, uint64_t large);

#endif
