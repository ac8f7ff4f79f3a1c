/*
 * clock_gaps.c: what the machine itself does to threads: one for each CPU,
 * all at once, only reads its clocks; printed is the longest time in ms that a
 * thread's CPU clock went on by between two readings. Interrupts do that, and
 * a hypervisor that takes processors away, more often when all are wanted.
 * Argument: for how many seconds.
 */
#include "base/clock.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SECONDS_MAX = 60, THREADS_MAX = 256 };

struct reader {
    pthread_t thread;
    int64_t end_ns;
    int64_t longest_ns;
};

static void *read_clocks(void *argument)
{
    struct reader *reader = argument;
    int64_t last = clock_thread_cpu_ns();
    while (clock_now_ns() < reader->end_ns) {
        int64_t now = clock_thread_cpu_ns();
        if (now - last > reader->longest_ns)
            reader->longest_ns = now - last;
        last = now;
    }
    return NULL;
}

static int64_t read_on_all_cpus(int64_t end_ns)
{
    static struct reader readers[THREADS_MAX];
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    int started = 0;
    int64_t longest = -1;
    while (started < cpus && started < THREADS_MAX) {
        readers[started].end_ns = end_ns;
        if (pthread_create(&readers[started].thread, NULL, read_clocks, &readers[started]))
            break;
        started++;
    }
    for (int i = 0; i < started; i++) {
        pthread_join(readers[i].thread, NULL);
        if (readers[i].longest_ns > longest)
            longest = readers[i].longest_ns;
    }
    return started == cpus || started == THREADS_MAX ? longest : -1;
}

int main(int argc, char **argv)
{
    int seconds = argc == 2 ? atoi(argv[1]) : 0;
    if (seconds < 1 || seconds > SECONDS_MAX) {
        fprintf(stderr, "clock_gaps: give the seconds, 1 to %d\n", SECONDS_MAX);
        return EXIT_FAILURE;
    }
    int64_t longest = read_on_all_cpus(clock_now_ns() + seconds * NS_PER_S);
    if (longest < 0) {
        fprintf(stderr, "clock_gaps: no thread for each CPU\n");
        return EXIT_FAILURE;
    }
    printf("%.3f\n", (double)longest / NS_PER_MS);
    return EXIT_SUCCESS;
}
