/* control.c: see control.h. */
#include "send/control.h"

#include "base/clock.h"
#include "base/slice.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#define DEFAULT_TIMERSLACK_NS 50000UL /* the kernel's */

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

void control_init(void)
{
    sigset_t set;
    stop_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    slice_short(); /* a thread that wakes runs before one that computes */
    raise_file_limit();
}

void control_reset_child(void)
{
    sigset_t set;
    stop_signals(&set);
    signal(SIGPIPE, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    slice_default();
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
        const struct timespec pause = clock_timespec(ns);
        if (sigtimedwait(&set, NULL, &pause) > 0) {
            interrupted = true;
            return true;
        }
        ns = until - clock_now_ns();
        if (ns <= 0)
            return false;
    }
}
