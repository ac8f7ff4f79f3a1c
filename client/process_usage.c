/* process_usage.c: see process_usage.h. */
#include "process_usage.h"

#include "base/error.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FAMILY_MOST = 1024, TEXT_SIZE = 4096 };

/* The processes found so far: a process stands behind its parent. */
struct family {
    pid_t pids[FAMILY_MOST];
    size_t count;
};

/* Reads the start of /proc/PID/NAME as text. Returns whether there is one. */
static bool read_file(pid_t pid, const char *name, char text[TEXT_SIZE])
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    size_t got = fread(text, 1, TEXT_SIZE - 1, file);
    fclose(file);
    text[got] = '\0';
    return got > 0;
}

/*
 * Field `number` of /proc/PID/stat as proc(5) counts them, from the state, 3.
 * The program's name before it may hold anything. -1: there is none.
 */
static long long stat_field(const char *text, int number)
{
    const char *at = strrchr(text, ')');
    for (int field = 2; at && field < number; field++)
        at = strchr(at + 1, ' ');
    return at ? strtoll(at + 1, NULL, 10) : -1;
}

enum { STAT_PARENT = 4, STAT_CPU_FIRST = 14, STAT_CPU_LAST = 17 }; /* utime stime cutime cstime */

static pid_t parent_of(pid_t pid)
{
    char text[TEXT_SIZE];
    return read_file(pid, "stat", text) ? (pid_t)stat_field(text, STAT_PARENT) : 0;
}

static bool holds(const struct family *family, pid_t pid)
{
    for (size_t i = 0; i < family->count; i++) {
        if (family->pids[i] == pid)
            return true;
    }
    return false;
}

/* One look at all processes. Returns whether a further one belongs to the family. */
static bool grow(struct family *family)
{
    DIR *folder = opendir("/proc");
    bool grown = false;
    struct dirent *entry;
    while (folder && family->count < FAMILY_MOST && (entry = readdir(folder)) != NULL) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid <= 0 || holds(family, pid) || !holds(family, parent_of(pid)))
            continue;
        family->pids[family->count++] = pid;
        grown = true;
    }
    if (folder)
        closedir(folder);
    return grown;
}

static bool add_one(pid_t pid, struct process_usage *usage)
{
    static const char key[] = "\nVmHWM:";
    char text[TEXT_SIZE];
    if (!read_file(pid, "stat", text))
        return false;
    for (int field = STAT_CPU_FIRST; field <= STAT_CPU_LAST; field++)
        usage->cpu_seconds += (double)stat_field(text, field) / (double)sysconf(_SC_CLK_TCK);
    const char *peak = read_file(pid, "status", text) ? strstr(text, key) : NULL;
    if (peak)
        usage->rss_peak_bytes += (uint64_t)strtoull(peak + sizeof key - 1, NULL, 10) << 10;
    return true;
}

int process_usage_add(pid_t pid, struct process_usage *usage)
{
    struct family family = {.pids = {pid}, .count = 1};
    if (!add_one(pid, usage))
        return -ESRCH;
    while (grow(&family))
        continue;
    for (size_t i = 1; i < family.count; i++)
        add_one(family.pids[i], usage);
    return 0;
}
