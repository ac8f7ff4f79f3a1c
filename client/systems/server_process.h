/*
 * server_process.h: a server program of our own: started, awaited, watched and
 * stopped, always by its own process id. It dies with us.
 */
#ifndef LOOPLAG_CLIENT_SERVER_PROCESS_H
#define LOOPLAG_CLIENT_SERVER_PROCESS_H

#include "base/buffer.h"
#include "plan/system_spec.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { SERVER_ERROR_SIZE = 2048, SERVER_PATH_SIZE = 4096, SERVER_URL_SIZE = 256 };

/** The first of the descriptors that a program inherits; the next ones follow. */
enum { SERVER_FIRST_FD = 3, SERVER_INHERITED_MOST = 2 };

/** How a server is run. Borrowed until it has started. */
struct server_command {
    const char *name;       /**< of the program, in messages */
    const char *path;       /**< of the program */
    char *const *arguments; /**< argv, NULL-terminated */
    unsigned port;          /**< where it listens on this machine; 0: its first line says so */
    const char *ready; /**< answers GET with 2xx once it is ready; NULL: it is when it accepts */
    int inherited[SERVER_INHERITED_MOST]; /**< descriptors; it finds them from SERVER_FIRST_FD on */
    size_t inherited_count;
    bool foreign; /**< not ours: it may have children, and end of SIGTERM instead of exiting */
};

struct server_process {
    pid_t pid;    /**< 0 when none runs */
    int out;      /**< its standard output, with a pipe for the first line; or -1 */
    int err;      /**< a file in memory with its standard error */
    int status;   /**< of waitpid, once it has ended */
    pid_t group;  /**< its process group, as long as some of it may run */
    bool foreign; /**< the command's, as the next three, until it has started */
    unsigned port;
    const char *ready;
    bool inherits;                /**< a listening socket, which accepts before the program does */
    char name[SYSTEM_LABEL_SIZE]; /**< of the program, in messages */
    char url[SERVER_URL_SIZE];    /**< "http://127.0.0.1:PORT" once it listens */
};

/** The server failed: a line in `error` says how, and lines below it what a foreign one said. */
#define SERVER_FAILED 1
/** A signal told us to stop meanwhile. */
#define SERVER_INTERRUPTED 2

/**
 * Finds looplagd: `given` if not NULL, else ../src/looplagd or looplagd beside
 * this program, else in PATH. Returns 0, or SERVER_FAILED with a line.
 */
int server_find(const char *given, char path[SERVER_PATH_SIZE], char error[SERVER_ERROR_SIZE]);

/**
 * Starts the command and waits until it is ready: ten seconds at most, a foreign one a
 * minute. `error` begins with its name. Returns 0, SERVER_FAILED, SERVER_INTERRUPTED or a
 * negative errno; unless 0, nothing is left running.
 */
int server_start(struct server_process *server, const struct server_command *command,
                 char error[SERVER_ERROR_SIZE]);

/**
 * Runs a command to its end and appends what it prints, ten seconds at most;
 * it has neither `url` nor `ready`. Returns 0, SERVER_FAILED (also when it does
 * not exit with 0), SERVER_INTERRUPTED or a negative errno.
 */
int server_ask(const struct server_command *command, struct buffer *out,
               char error[SERVER_ERROR_SIZE]);

/** Returns SERVER_FAILED and says how the server ended, or 0 while it runs. */
int server_check(struct server_process *server, char error[SERVER_ERROR_SIZE]);

/**
 * Stops it with SIGTERM, after ten seconds with SIGKILL (then, or when it did
 * not exit with 0, SERVER_FAILED and a line). A foreign one is stopped with its whole process
 * group, may end as it likes, and what is left of the group is killed. One that does not run is
 * accepted.
 */
int server_stop(struct server_process *server, char error[SERVER_ERROR_SIZE]);

#endif
