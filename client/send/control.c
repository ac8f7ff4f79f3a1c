/* control.c: see control.h. */
#include "send/control.h"

#include "base/clock.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DEFAULT_TIMERSLACK_NS 50000UL /* the kernel's */
#define SHORT_SLICE_NS (NS_PER_MS / 10)
#define FILES_ENOUGH 65536

static struct rlimit files_before;
static bool interrupted; /* only the main thread uses it */

static void stop_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
}

/* While a server stalls, each waiting connection takes three descriptors. */
static void raise_file_limit(void)
{
    getrlimit(RLIMIT_NOFILE, &files_before);
    struct rlimit raised = files_before;
    raised.rlim_cur = raised.rlim_max < FILES_ENOUGH ? raised.rlim_max : FILES_ENOUGH;
    if (raised.rlim_cur > files_before.rlim_cur)
        setrlimit(RLIMIT_NOFILE, &raised);
}

/*
 * Asks for a scheduling slice; 0 is the default. On Linux 6.12 and later a
 * thread with a short slice runs before one that computes as soon as it wakes
 * up. It takes no privilege. Older kernels ignore it, which the send lag shows.
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
