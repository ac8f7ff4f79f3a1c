/*
 * processes.h: the processes of this machine, as /proc tells of them.
 */
#ifndef LOOPLAG_CLIENT_PROCESSES_H
#define LOOPLAG_CLIENT_PROCESSES_H

#include <stddef.h>
#include <sys/types.h>

enum { PROCESS_TEXT_SIZE = 1024 };

/** A process with its parent and its group; 0 where they cannot be read. */
struct process_relation {
    pid_t pid;
    pid_t parent;
    pid_t group;
};

/** Makes a list of every process, to be freed. Returns how many it has; 0 without memory, too. */
size_t process_list(struct process_relation **out);

/** Reads a small file of /proc. Returns its length, 0 when it cannot be read. */
size_t process_read(const char *path, char text[PROCESS_TEXT_SIZE]);

/** The fields of /proc/PID/stat behind the name in brackets, from "state" on; NULL: none. */
const char *process_stat(pid_t pid, char text[PROCESS_TEXT_SIZE]);

#endif
