/* server_process.c: see server_process.h. */
#include "systems/server_process.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "plan/url.h"
#include "send/control.h"
#include "systems/listen_socket.h"
#include "systems/program.h"
#include "systems/server_stats.h"
#include "systems/strays.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_NS (10 * NS_PER_S)
#define FOREIGN_START_NS (60 * NS_PER_S) /* frameworks take their time */
#define POLL_NS (20 * NS_PER_MS)
#define WORDS_KEPT (64 << 10)

enum { LINES_TOLD = 10, WORDS_SIZE = SERVER_ERROR_SIZE - 256 };

static const char greeting[] = "listening on http";

int server_find(const char *given, char path[SERVER_PATH_SIZE], char error[SERVER_ERROR_SIZE])
{
    if (given) {
        snprintf(path, SERVER_PATH_SIZE, "%s", given);
        if (access(path, X_OK) == 0)
            return 0;
        snprintf(error, SERVER_ERROR_SIZE, "--server=%.400s: %s", given, strerror(errno));
        return SERVER_FAILED;
    }
    if (program_find_beside("../src/looplagd", X_OK, path) ||
        program_find_beside("looplagd", X_OK, path) || program_find("looplagd", path))
        return 0;
    snprintf(error, SERVER_ERROR_SIZE,
             "looplagd is neither beside this program nor in PATH: say where with --server=PATH");
    return SERVER_FAILED;
}

/*
 * In the child. The descriptors are first moved above all numbers that will be
 * used, so that none overwrites another, and then to their own numbers.
 */
static bool inherit(const struct server_command *command)
{
    int moved[SERVER_INHERITED_MOST];
    bool good = true;
    for (size_t i = 0; i < command->inherited_count; i++)
        moved[i] =
            fcntl(command->inherited[i], F_DUPFD_CLOEXEC, SERVER_FIRST_FD + SERVER_INHERITED_MOST);
    for (size_t i = 0; i < command->inherited_count; i++)
        good = good && moved[i] >= 0 && dup2(moved[i], SERVER_FIRST_FD + (int)i) >= 0;
    return good;
}

/*
 * In the child; no other thread ran when it was forked. When we die, the kernel
 * kills looplagd, and asks another program to end, which then ends its own
 * children.
 */
static void run_child(const struct server_command *command, int out, int err, pid_t parent)
{
    setpgid(0, 0); /* Ctrl-C reaches only us; we stop the server afterwards */
    prctl(PR_SET_PDEATHSIG, (unsigned long)(command->foreign ? SIGTERM : SIGKILL), 0UL, 0UL, 0UL);
    control_reset_child();
    int null = open("/dev/null", O_RDONLY);
    if (dup2(err, STDERR_FILENO) >= 0 && getppid() == parent && null >= 0 &&
        dup2(null, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 && inherit(command))
        execv(command->path, command->arguments);
    const char *reason = strerror(errno);
    if (write(STDERR_FILENO, reason, strlen(reason)) < 0)
        _exit(126);
    _exit(127);
}

static int spawn(struct server_process *server, const struct server_command *command)
{
    int out[2] = {-1, -1};
    *server = (struct server_process){
        .out = -1,
        .port = command->port,
        .ready = command->ready,
        .inherits = command->inherited_count > 0,
        .foreign = command->foreign,
    };
    snprintf(server->name, sizeof server->name, "%s", command->name);
    server->err = memfd_create("server-stderr", MFD_CLOEXEC);
    if (server->err < 0)
        return -errno;
    if (command->port == 0 && pipe2(out, O_CLOEXEC))
        return -errno;
    server->out = out[0];
    pid_t parent = getpid();
    if (command->foreign)
        strays_adopt();
    server->pid = fork();
    if (server->pid == 0)
        run_child(command, command->port ? server->err : out[1], server->err, parent);
    int r = server->pid < 0 ? -errno : 0;
    if (r)
        server->pid = 0;
    else
        setpgid(server->pid, 0); /* as it does itself: whoever is first */
    server->group = server->pid;
    if (out[1] >= 0)
        close(out[1]);
    return r;
}

static void close_files(struct server_process *server)
{
    if (server->out >= 0)
        close(server->out);
    if (server->err >= 0)
        close(server->err);
    server->out = -1;
    server->err = -1;
}

/* Leaves the last lines of a text, `most` of them. */
static void keep_last_lines(char *text, int most)
{
    char *from = text + strlen(text);
    while (from > text && (from[-1] != '\n' || --most > 0))
        from--;
    memmove(text, from, strlen(from) + 1);
}

/*
 * The last lines that the server wrote on its standard error, "" when none.
 * HAProxy says what is wrong first, as an alert, and last that it gives up.
 */
static void last_words(const struct server_process *server, char out[WORDS_SIZE])
{
    size_t size = WORDS_SIZE;
    out[0] = '\0';
    off_t end = lseek(server->err, 0, SEEK_END);
    off_t from = end > (off_t)size - 1 ? end - (off_t)size + 1 : 0;
    ssize_t got = end > 0 ? pread(server->err, out, size - 1, from) : 0;
    while (got > 0 && out[got - 1] == '\n')
        got--;
    out[got > 0 ? got : 0] = '\0';
    char *alert = strstr(out, "[ALERT]");
    if (alert) {
        alert[strcspn(alert, "\n")] = '\0';
        memmove(out, alert, strlen(alert) + 1);
    }
    keep_last_lines(out, server->foreign ? LINES_TOLD : 1);
}

/* Adds to the reason what the server said last: one line behind it, more below it. */
static int tell_words(const struct server_process *server, const char *silent,
                      char error[SERVER_ERROR_SIZE])
{
    char words[WORDS_SIZE];
    size_t used = strlen(error);
    last_words(server, words);
    const char *before = !words[0] ? silent : strchr(words, '\n') ? ". It said last:\n" : ": ";
    snprintf(error + used, SERVER_ERROR_SIZE - used, "%s%s", before, words);
    return SERVER_FAILED;
}

static int tell_end(const struct server_process *server, char error[SERVER_ERROR_SIZE])
{
    bool killed = WIFSIGNALED(server->status);
    snprintf(error, SERVER_ERROR_SIZE, "%s %s %d", server->name,
             killed ? "was killed by signal" : "ended with exit code",
             killed ? WTERMSIG(server->status) : WEXITSTATUS(server->status));
    return tell_words(server, " without a word", error);
}

/* Whether it has ended; if so it is reaped. */
static bool has_ended(struct server_process *server)
{
    if (server->pid && waitpid(server->pid, &server->status, WNOHANG) == server->pid)
        server->pid = 0;
    return server->pid == 0;
}

/* Keeps only the end of the standard error, so that a server that logs a lot does not fill the
 * memory. */
static void forget_words(const struct server_process *server)
{
    struct stat about;
    if (server->err >= 0 && fstat(server->err, &about) == 0 && about.st_size > WORDS_KEPT)
        fallocate(server->err, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                  about.st_size - WORDS_KEPT);
}

int server_check(struct server_process *server, char error[SERVER_ERROR_SIZE])
{
    forget_words(server);
    return has_ended(server) ? tell_end(server, error) : 0;
}

/* Reads what has come of the first line. Returns true when it is whole. */
static bool read_greeting(struct server_process *server, char *line, size_t size, size_t *used)
{
    struct pollfd ready = {.fd = server->out, .events = POLLIN};
    while (*used < size - 1 && poll(&ready, 1, 0) == 1) {
        ssize_t got = read(server->out, line + *used, size - 1 - *used);
        if (got <= 0)
            break;
        *used += (size_t)got;
    }
    line[*used] = '\0';
    return strchr(line, '\n') || *used == size - 1;
}

static int parse_greeting(struct server_process *server, const char *line,
                          char error[SERVER_ERROR_SIZE])
{
    const char *address = line + sizeof "listening on " - 1;
    size_t length = strcspn(address, " \n");
    if (strncmp(line, greeting, sizeof greeting - 1) == 0 && length < sizeof server->url) {
        memcpy(server->url, address, length);
        server->url[length] = '\0';
        if (url_is_base(server->url))
            return 0;
    }
    snprintf(error, SERVER_ERROR_SIZE, "%s said '%.*s' instead of where it listens", server->name,
             (int)strcspn(line, "\n"), line);
    return SERVER_FAILED;
}

/* Once it listens on its port its URL is known. */
static void find_url(struct server_process *server)
{
    const char *address = listen_socket_find(server->port);
    if (address)
        snprintf(server->url, sizeof server->url, "http://%s:%u", address, server->port);
}

/* A socket that it inherits accepts before it serves: then it is ready when it answers anything. */
static bool is_ready(const struct server_process *server)
{
    if (server->ready || server->inherits)
        return server_is_ready(server->url, server->ready);
    return true;
}

static int tell_late(const struct server_process *server, int64_t patience_ns,
                     char error[SERVER_ERROR_SIZE])
{
    char what[SERVER_URL_SIZE] = "say where it listens";
    if (server->url[0])
        snprintf(what, sizeof what, "answer GET %.200s", server->ready ? server->ready : "/");
    else if (server->port)
        snprintf(what, sizeof what, "listen on port %u", server->port);
    snprintf(error, SERVER_ERROR_SIZE, "%s did not %s within %d seconds", server->name, what,
             (int)(patience_ns / NS_PER_S));
    return tell_words(server, "", error);
}

/* Waits until it is known where it listens, and then until it is ready. */
static int await(struct server_process *server, char error[SERVER_ERROR_SIZE])
{
    char line[256];
    size_t used = 0;
    int64_t patience_ns = server->foreign ? FOREIGN_START_NS : PATIENCE_NS;
    int64_t until = clock_now_ns() + patience_ns;
    while (clock_now_ns() < until) {
        if (control_wait(POLL_NS))
            return SERVER_INTERRUPTED;
        int r = 0;
        if (server->url[0] == '\0' && server->port)
            find_url(server);
        else if (server->url[0] == '\0' && read_greeting(server, line, sizeof line, &used))
            r = parse_greeting(server, line, error);
        if (r == 0)
            r = server_check(server, error);
        if (r)
            return r;
        if (server->url[0] && is_ready(server))
            return 0;
    }
    return tell_late(server, patience_ns, error);
}

static bool ended_well(const struct server_process *server)
{
    return WIFEXITED(server->status) && WEXITSTATUS(server->status) == 0;
}

static void kill_now(struct server_process *server)
{
    if (server->pid) {
        kill(server->pid, SIGKILL);
        waitpid(server->pid, &server->status, 0);
    }
    if (server->foreign && server->group)
        kill(-server->group, SIGKILL);
    server->pid = 0;
    server->group = 0;
}

int server_start(struct server_process *server, const struct server_command *command,
                 char error[SERVER_ERROR_SIZE])
{
    int r = spawn(server, command);
    if (r == 0)
        r = await(server, error);
    if (r) {
        kill_now(server);
        close_files(server);
    }
    return r;
}

/* Waits until it has ended and is reaped. Says in `error` when that takes too long. */
static int await_end(struct server_process *server, char error[SERVER_ERROR_SIZE])
{
    int64_t until = clock_now_ns() + PATIENCE_NS;
    while (!has_ended(server) && clock_now_ns() < until)
        clock_sleep_ns(POLL_NS / 2);
    if (server->pid == 0)
        return 0;
    snprintf(error, SERVER_ERROR_SIZE, "%s did not end within %d seconds and was killed",
             server->name, (int)(PATIENCE_NS / NS_PER_S));
    return SERVER_FAILED;
}

/* Reads what a program prints until it ends. */
static int read_all(struct server_process *server, struct buffer *out,
                    char error[SERVER_ERROR_SIZE])
{
    char bytes[4096];
    int64_t until = clock_now_ns() + PATIENCE_NS;
    struct pollfd ready = {.fd = server->out, .events = POLLIN};
    while (clock_now_ns() < until) {
        if (control_wait(0))
            return SERVER_INTERRUPTED;
        if (poll(&ready, 1, (int)(POLL_NS / NS_PER_MS)) != 1)
            continue;
        ssize_t got = read(server->out, bytes, sizeof bytes);
        if (got <= 0)
            return got ? -errno : 0;
        int r = buffer_append(out, bytes, (size_t)got);
        if (r)
            return r;
    }
    snprintf(error, SERVER_ERROR_SIZE, "%s did not end within %d seconds", server->name,
             (int)(PATIENCE_NS / NS_PER_S));
    return SERVER_FAILED;
}

int server_ask(const struct server_command *command, struct buffer *out,
               char error[SERVER_ERROR_SIZE])
{
    struct server_process server;
    int r = spawn(&server, command);
    if (r == 0)
        r = read_all(&server, out, error);
    if (r == 0)
        r = await_end(&server, error);
    if (r == 0 && !ended_well(&server))
        r = tell_end(&server, error);
    kill_now(&server);
    close_files(&server);
    return r;
}

int server_stop(struct server_process *server, char error[SERVER_ERROR_SIZE])
{
    int r = 0;
    if (server->pid) {
        kill(server->foreign ? -server->group : server->pid, SIGTERM);
        r = await_end(server, error);
        if (r && server->foreign)
            log_message("%s", error);
        else if (r == 0 && !server->foreign && !ended_well(server))
            r = tell_end(server, error);
    }
    kill_now(server);
    close_files(server);
    return server->foreign ? 0 : r;
}
