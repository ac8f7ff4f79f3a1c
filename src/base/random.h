/*
 * random.h: a small seeded generator for bodies, plans and resamples: the same
 * seed gives the same numbers everywhere. Not for secrets.
 */
#ifndef LOOPLAG_BASE_RANDOM_H
#define LOOPLAG_BASE_RANDOM_H

#include <stdint.h>

/** The next number of splitmix64 (Sebastiano Vigna, public domain); any seed will do. */
static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/** A number in (0, 1]. */
static inline double random_unit(uint64_t *state)
{
    return ((double)(random_next(state) >> 11) + 1) * 0x1p-53;
}

#endif
