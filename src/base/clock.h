/*
 * clock.h: the three clocks, never mixed.
 *
 * Durations come from the monotonic clock, stamps that people or other
 * machines read from the wall clock, and cost from the CPU clocks.
 */
#ifndef LOOPLAG_BASE_CLOCK_H
#define LOOPLAG_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

/** Nanoseconds as milliseconds. */
static inline double clock_ms(int64_t ns)
{
    return (double)ns / (double)NS_PER_MS;
}

/** Monotonic time in ns since an arbitrary point: for durations only. */
int64_t clock_now_ns(void);

/** Wall-clock time in ns since 1970-01-01T00:00:00Z. */
int64_t clock_wall_ns(void);

/** CPU time of the calling thread, in ns. */
int64_t clock_thread_cpu_ns(void);

/** CPU time of the whole process, in ns. */
int64_t clock_process_cpu_ns(void);

/** CPU time of any process, its ended threads included, in ns; 0 when it cannot be read. */
int64_t clock_cpu_of_ns(pid_t pid);

/** Nanoseconds as the kernel's calls take them. */
struct timespec clock_timespec(int64_t ns);

/** Sleeps for `ns` ns (a pause between polls; signals may cut it short). */
void clock_sleep_ns(int64_t ns);

/** Sleeps until a moment of clock_now_ns, whatever signals come. */
void clock_sleep_until_ns(int64_t until_ns);

/** Room for "2026-11-22T13:05:59.123456Z" and its NUL. */
#define CLOCK_RFC3339_SIZE 28

/** Writes a wall-clock time as RFC 3339 in UTC with microseconds. */
void clock_format_rfc3339(int64_t wall_ns, char out[CLOCK_RFC3339_SIZE]);

/**
 * Parses an RFC 3339 date-time (section 5.6: full date, 'T', 't' or space,
 * time with optional fraction, 'Z', 'z' or a numeric offset).
 * Returns 0 and stores ns since 1970 in *wall_ns, or -EINVAL.
 * Years 1678 to 2261, which an int64_t of ns holds.
 */
int clock_parse_rfc3339(const char *text, size_t length, int64_t *wall_ns);

#endif
