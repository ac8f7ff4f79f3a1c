/* memory.h: how much memory this process may use at the most: the machine's, or its cgroup's. */
#ifndef LOOPLAG_BASE_MEMORY_H
#define LOOPLAG_BASE_MEMORY_H

#include <stdint.h>

/** Bytes: the least of the machine's memory and the limits of our cgroup and all above it. */
uint64_t memory_limit(void);

/**
 * The limits alone, as `membership` (a file like /proc/self/cgroup) and the file system of
 * cgroups at `mount` tell them. UINT64_MAX: there is none.
 */
uint64_t memory_cgroup_limit(const char *membership, const char *mount);

#endif
