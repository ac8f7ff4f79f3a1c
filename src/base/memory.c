/* memory.c: see memory.h. */
#include "base/memory.h"

#include "base/error.h"
#include "base/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

enum { LINE_SIZE = 512, NAME_SIZE = 2 * LINE_SIZE };

static void close_file(FILE **file)
{
    if (*file)
        fclose(*file);
}

/* UINT64_MAX where there is no such file, or no number in it ("max"). */
static uint64_t read_number(const char *name)
{
    CLEANUP(close_file)
    FILE *file = fopen(name, "re");
    char text[UNITS_INTEGER_SIZE + 1];
    char *end = text;
    const uint64_t number = file && fgets(text, sizeof text, file) ? strtoull(text, &end, 10) : 0;
    return end == text ? UINT64_MAX : number;
}

/* The least of a group and those around it; `group` is cut from its end. */
static uint64_t least_up_from(char *group, const char *root, const char *file)
{
    uint64_t least = UINT64_MAX;
    for (;;) {
        char name[NAME_SIZE];
        snprintf(name, sizeof name, "%s%s/%s", root, group, file);
        const uint64_t number = read_number(name);
        least = number < least ? number : least;
        char *slash = strrchr(group, '/');
        if (!slash)
            return least;
        *slash = '\0';
    }
}

/* A line is ID:CONTROLLERS:GROUP. Version 2 has no controllers there. */
static uint64_t limit_of_line(char *line, const char *mount)
{
    char root[NAME_SIZE / 2];
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group)
        return UINT64_MAX;
    *group++ = '\0';
    group[strcspn(group, "\n")] = '\0';
    if (controllers[1] == '\0')
        return least_up_from(group, mount, "memory.max");
    if (strcmp(controllers, ":memory") != 0)
        return UINT64_MAX;
    snprintf(root, sizeof root, "%s/memory", mount);
    return least_up_from(group, root, "memory.limit_in_bytes");
}

uint64_t memory_cgroup_limit(const char *membership, const char *mount)
{
    CLEANUP(close_file)
    FILE *file = fopen(membership, "re");
    uint64_t least = UINT64_MAX;
    char line[LINE_SIZE];
    while (file && fgets(line, sizeof line, file)) {
        const uint64_t limit = limit_of_line(line, mount);
        least = limit < least ? limit : least;
    }
    return least;
}

uint64_t memory_limit(void)
{
    struct sysinfo info;
    const uint64_t limit = memory_cgroup_limit("/proc/self/cgroup", "/sys/fs/cgroup");
    if (sysinfo(&info) < 0)
        return limit;
    const uint64_t machine = (uint64_t)info.totalram * info.mem_unit;
    return machine < limit ? machine : limit;
}
