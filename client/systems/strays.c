/* strays.c: see strays.h. */
#include "systems/strays.h"

#include "base/clock.h"
#include "systems/processes.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define TURN_NS (10 * NS_PER_MS)

/* Turns until they are killed, and until what cannot be killed is given up. */
enum { TURNS_TO_KILL = 100, TURNS_MOST = 300, EARLIER_MOST = 64 };

/* Children that were there before, as of a shell that became this program, are none of ours. */
static pid_t earlier[EARLIER_MOST];
static size_t earlier_count;
static bool adopts;

static bool is_earlier(pid_t pid)
{
    for (size_t i = 0; i < earlier_count; i++) {
        if (earlier[i] == pid)
            return true;
    }
    return false;
}

void strays_adopt(void)
{
    struct process_relation *all;
    if (adopts)
        return;
    size_t count = process_list(&all);
    for (size_t i = 0; i < count; i++) {
        if (all[i].parent == getpid() && earlier_count < EARLIER_MOST)
            earlier[earlier_count++] = all[i].pid;
    }
    free(all);
    adopts = prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL) == 0;
}

/*
 * Sends them a signal, 0 for none, and reaps those that have ended. Returns how many there were:
 * those that they leave are ours next.
 */
static size_t signal_strays(int number)
{
    struct process_relation *all;
    size_t found = 0;
    size_t count = process_list(&all);
    for (size_t i = 0; i < count; i++) {
        if (all[i].parent != getpid() || is_earlier(all[i].pid))
            continue;
        kill(all[i].pid, number);
        waitpid(all[i].pid, NULL, WNOHANG);
        found++;
    }
    free(all);
    return found;
}

void strays_end(void)
{
    if (!adopts)
        return;
    for (int turn = 0; turn < TURNS_MOST; turn++) {
        int number = turn == 0 ? SIGTERM : turn < TURNS_TO_KILL ? 0 : SIGKILL;
        if (signal_strays(number) == 0)
            return;
        clock_sleep_ns(TURN_NS);
    }
}
