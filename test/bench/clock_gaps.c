/*
 * clock_gaps.c: what the machine itself does to a thread: one that only reads
 * its clocks, and prints the longest time in ms that its CPU clock went on by
 * between two readings. Interrupts do that, and a hypervisor that takes the
 * processor away. Argument: for how many seconds.
 */
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

enum { SECONDS_MAX = 60 };

int main(int argc, char **argv)
{
    int seconds = argc == 2 ? atoi(argv[1]) : 0;
    if (seconds < 1 || seconds > SECONDS_MAX) {
        fprintf(stderr, "clock_gaps: give the seconds, 1 to %d\n", SECONDS_MAX);
        return EXIT_FAILURE;
    }
    int64_t end = clock_now_ns() + seconds * NS_PER_S;
    int64_t last = clock_thread_cpu_ns();
    int64_t longest = 0;
    while (clock_now_ns() < end) {
        int64_t now = clock_thread_cpu_ns();
        if (now - last > longest)
            longest = now - last;
        last = now;
    }
    printf("%.3f\n", (double)longest / NS_PER_MS);
    return EXIT_SUCCESS;
}
