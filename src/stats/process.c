/* process.c: see process.h. */
#include "stats/process.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line of /proc/PID/status, in kB. */
static uint64_t value_of(const char *line, const char *key)
{
    size_t length = strlen(key);
    return strncmp(line, key, length) == 0 ? strtoull(line + length, NULL, 10) * 1024 : 0;
}

static void add_memory(struct stats_process *process, int pid)
{
    char text[128];
    snprintf(text, sizeof text, "/proc/%d/status", pid);
    FILE *file = fopen(text, "re");
    if (!file)
        return;
    while (fgets(text, sizeof text, file)) {
        process->rss_bytes += value_of(text, "VmRSS:");
        process->rss_peak_bytes += value_of(text, "VmHWM:");
    }
    fclose(file);
}

static void add_process(struct stats_process *process, int pid)
{
    process->count++;
    process->cpu_ns += (uint64_t)clock_cpu_of_ns(pid);
    add_memory(process, pid);
}

bool stats_process_read(struct stats *stats, struct stats_process *process)
{
    enum { AT_A_TIME = 4 };
    const unsigned places = stats_places(stats);
    if (!process->count) {
        process->pid = stats_pid(stats);
        process->cpu_ns = stats_ended_ns(stats);
        add_process(process, process->pid);
    }
    for (int looks = 0; process->places < places && looks < AT_A_TIME;) {
        int pid = atomic_load(&stats_place(stats, process->places++)->pid);
        if (pid && pid != process->pid) {
            add_process(process, pid);
            looks++;
        }
    }
    return process->places < places;
}
