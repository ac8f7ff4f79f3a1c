/* usage.c: see usage.h. */
#include "systems/usage.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/timer.h"
#include "systems/processes.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAMPLE_NS (20 * NS_PER_MS)
#define LOOK_NS NS_PER_S /* between looks for processes that are new */

enum { PROCESSES_MOST = 256 };

struct process {
    pid_t pid;
    dev_t device; /* of the program's file, with its inode */
    ino_t inode;
};

struct family {
    struct process rows[PROCESSES_MOST];
    size_t count;
};

struct usage_watch {
    pthread_t thread;
    struct timer timer;
    pid_t roots[PROCESSES_MOST];
    size_t root_count;
    struct family family;
    int64_t cpu_before_ns;
    atomic_bool restarts;
    struct usage used;
};

static bool has(const struct family *family, pid_t pid)
{
    for (size_t i = 0; i < family->count; i++) {
        if (family->rows[i].pid == pid)
            return true;
    }
    return false;
}

static void add(struct family *family, pid_t pid)
{
    char path[64];
    struct stat program;
    if (family->count == PROCESSES_MOST || has(family, pid))
        return;
    struct process *row = &family->rows[family->count++];
    *row = (struct process){.pid = pid};
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    if (stat(path, &program) == 0) {
        row->device = program.st_dev;
        row->inode = program.st_ino;
    }
}

/* Whether it is in the process group that a root leads, as those are whose parent is gone. */
static bool is_in_group(const struct usage_watch *watch, pid_t group)
{
    for (size_t i = 0; i < watch->root_count; i++) {
        if (watch->roots[i] == group)
            return true;
    }
    return false;
}

/*
 * Finds the roots that still run, their process groups and all descendants, one generation after
 * the other.
 */
static void look(struct usage_watch *watch)
{
    struct process_relation *all;
    size_t count = process_list(&all);
    struct family *family = &watch->family;
    family->count = 0;
    for (size_t i = 0; i < watch->root_count; i++)
        add(family, watch->roots[i]);
    size_t before = 0;
    while (before != family->count) {
        before = family->count;
        for (size_t i = 0; i < count; i++) {
            if (has(family, all[i].parent) || is_in_group(watch, all[i].group))
                add(family, all[i].pid);
        }
    }
    free(all);
    if (family->count > watch->used.processes)
        watch->used.processes = (unsigned)family->count;
}

/* The process's own clock is exact and has ended threads in it. Ended children are known in ticks.
 */
static int64_t cpu_of(pid_t pid)
{
    char text[PROCESS_TEXT_SIZE];
    int64_t ns = clock_cpu_of_ns(pid);
    const char *field = ns ? process_stat(pid, text) : NULL;
    for (int i = 0; field && i < 13; i++) { /* from state (3) to cutime (16) */
        field = strchr(field, ' ');
        field = field ? field + 1 : NULL;
    }
    if (!field)
        return ns;
    char *next;
    long ticks = strtol(field, &next, 10);
    ticks += strtol(next, NULL, 10);
    return ns + ticks * (NS_PER_S / sysconf(_SC_CLK_TCK));
}

static int64_t cpu_of_all(const struct family *family)
{
    int64_t ns = 0;
    for (size_t i = 0; i < family->count; i++)
        ns += cpu_of(family->rows[i].pid);
    return ns;
}

/* The resident pages that are the process's own, and those that come from files. */
static void pages_of(pid_t pid, uint64_t *own, uint64_t *shared)
{
    char path[64];
    char text[PROCESS_TEXT_SIZE];
    char *next = text;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    *own = 0;
    *shared = 0;
    if (!process_read(path, text))
        return;
    strtoull(next, &next, 10);
    uint64_t resident = strtoull(next, &next, 10);
    *shared = strtoull(next, &next, 10);
    *own = resident > *shared ? resident - *shared : 0;
}

static bool same_program(const struct process *a, const struct process *b)
{
    return a->inode && a->inode == b->inode && a->device == b->device;
}

static void sample(struct usage_watch *watch)
{
    const struct family *family = &watch->family;
    uint64_t shared[PROCESSES_MOST];
    uint64_t pages = 0;
    for (size_t i = 0; i < family->count; i++) {
        uint64_t own;
        pages_of(family->rows[i].pid, &own, &shared[i]);
        pages += own;
        for (size_t j = 0; j < i; j++) {
            if (!same_program(&family->rows[i], &family->rows[j]))
                continue;
            uint64_t most = shared[i] > shared[j] ? shared[i] : shared[j];
            shared[j] = most;
            shared[i] = 0;
            break;
        }
    }
    for (size_t i = 0; i < family->count; i++)
        pages += shared[i];
    uint64_t bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE);
    if (bytes > watch->used.memory_peak_bytes)
        watch->used.memory_peak_bytes = bytes;
}

static void *watch_main(void *argument)
{
    struct usage_watch *watch = argument;
    int64_t looked = clock_now_ns();
    int64_t now;
    do {
        sample(watch);
        if (atomic_exchange(&watch->restarts, false)) {
            look(watch);
            watch->cpu_before_ns = cpu_of_all(&watch->family);
        }
        now = clock_now_ns();
        if (now - looked >= LOOK_NS) {
            look(watch);
            looked = now;
        }
    } while (timer_sleep_until(&watch->timer, now + SAMPLE_NS));
    return NULL;
}

int usage_start(struct usage_watch **watch, const pid_t *roots, size_t count)
{
    struct usage_watch *made = count <= PROCESSES_MOST ? calloc(1, sizeof *made) : NULL;
    *watch = NULL;
    if (!made)
        return count <= PROCESSES_MOST ? -ENOMEM : -E2BIG;
    memcpy(made->roots, roots, count * sizeof *roots);
    made->root_count = count;
    look(made);
    made->cpu_before_ns = cpu_of_all(&made->family);
    timer_init(&made->timer);
    int r = -pthread_create(&made->thread, NULL, watch_main, made);
    if (r)
        free(made);
    else
        *watch = made;
    return r;
}

void usage_restart(void *watch)
{
    struct usage_watch *restarted = watch;
    atomic_store(&restarted->restarts, true);
}

void usage_finish(struct usage_watch *watch, struct usage *used)
{
    memset(used, 0, sizeof *used);
    if (!watch)
        return;
    timer_stop(&watch->timer);
    pthread_join(watch->thread, NULL);
    look(watch);
    int64_t cpu_ns = cpu_of_all(&watch->family) - watch->cpu_before_ns;
    watch->used.cpu_ns = cpu_ns > 0 ? cpu_ns : 0;
    *used = watch->used;
    timer_deinit(&watch->timer);
    free(watch);
}

uint64_t usage_process_peak(pid_t pid)
{
    char path[64];
    char text[PROCESS_TEXT_SIZE];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    const char *line = process_read(path, text) ? strstr(text, "\nVmHWM:") : NULL;
    return line ? strtoull(line + sizeof "\nVmHWM:" - 1, NULL, 10) * 1024 : 0;
}
