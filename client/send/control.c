/* control.c: see control.h. */
#include "send/control.h"

#include "base/clock.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_TIMERSLACK_NS 50000UL /* the kernel's */
#define SHORT_SLICE_NS (NS_PER_MS / 10)

static struct rlimit files_before;
static bool interrupted; /* only the main thread uses it */

static void stop_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP); /* the terminal is closed; nohup ignores it, and so it never comes */
}

/* An open class has as many connections as a stalled server makes it take. */
static void raise_file_limit(void)
{
    getrlimit(RLIMIT_NOFILE, &files_before);
    const struct rlimit raised = {.rlim_cur = files_before.rlim_max,
                                  .rlim_max = files_before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &raised);
}

/*
 * Asks for a scheduling slice: a short one lets a thread that wakes up run
 * before one that computes, on Linux 6.12 and later; no right is needed. 0 is
 * the default. Elsewhere nothing happens, and the send lag tells.
 */
static void request_slice(uint64_t slice_ns)
{
    struct {
        uint32_t size;
        uint32_t policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime;
        uint64_t deadline;
        uint64_t period;
    } attributes = {
        .size = sizeof attributes,
        .policy = SCHED_OTHER,
        .nice = getpriority(PRIO_PROCESS, 0),
        .runtime = slice_ns,
    };
    if (sched_getscheduler(0) == SCHED_OTHER)
        syscall(SYS_sched_setattr, 0, &attributes, 0U);
}

void control_init(void)
{
    sigset_t set;
    stop_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    request_slice(SHORT_SLICE_NS);
    raise_file_limit();
}

void control_reset_child(void)
{
    sigset_t set;
    stop_signals(&set);
    signal(SIGPIPE, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    request_slice(0);
    prctl(PR_SET_TIMERSLACK, DEFAULT_TIMERSLACK_NS, 0UL, 0UL, 0UL);
    setrlimit(RLIMIT_NOFILE, &files_before);
}

bool control_wait(int64_t ns)
{
    if (interrupted)
        return true;
    sigset_t set;
    stop_signals(&set);
    int64_t until = clock_now_ns() + ns;
    for (;;) {
        struct timespec pause = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
        if (sigtimedwait(&set, NULL, &pause) > 0) {
            interrupted = true;
            return true;
        }
        ns = until - clock_now_ns();
        if (ns <= 0)
            return false;
    }
}
