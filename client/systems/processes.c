/* processes.c: see processes.h. */
#include "systems/processes.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

size_t process_read(const char *path, char text[PROCESS_TEXT_SIZE])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, text, PROCESS_TEXT_SIZE - 1);
    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = '\0';
    return got > 0 ? (size_t)got : 0;
}

const char *process_stat(pid_t pid, char text[PROCESS_TEXT_SIZE])
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    const char *end = process_read(path, text) ? strrchr(text, ')') : NULL;
    return end && end[1] ? end + 2 : NULL;
}

static struct process_relation relation_of(pid_t pid)
{
    char text[PROCESS_TEXT_SIZE];
    const char *fields = process_stat(pid, text);
    struct process_relation relation = {.pid = pid};
    if (fields && fields[0]) {
        char *next;
        relation.parent = (pid_t)strtol(fields + 1, &next, 10);
        relation.group = (pid_t)strtol(next, NULL, 10);
    }
    return relation;
}

size_t process_list(struct process_relation **out)
{
    size_t count = 0;
    size_t room = 0;
    DIR *folder = opendir("/proc");
    *out = NULL;
    for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        if (count == room) {
            struct process_relation *grown = reallocarray(*out, room * 2 + 256, sizeof *grown);
            if (!grown)
                break;
            *out = grown;
            room = room * 2 + 256;
        }
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        (*out)[count++] = relation_of(pid);
    }
    if (folder)
        closedir(folder);
    return count;
}
