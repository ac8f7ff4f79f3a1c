/* supervisor.c: see supervisor.h. */
#include "daemon/supervisor.h"

#include "base/clock.h"
#include "base/log.h"
#include "daemon/life.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* A process that dies younger than this counts as a quick death, which doubles the pause. */
#define YOUNG_NS NS_PER_S
#define FIRST_PAUSE_NS (100 * NS_PER_MS)
#define LONGEST_PAUSE_NS (10 * NS_PER_S)

#define LOOK_AGAIN_NS (5 * NS_PER_MS)

enum { TIMES_QUIET = 3 };

static struct worker *record_of(const struct supervisor *supervisor, const struct seat *seat,
                                const struct process *process)
{
    return stats_worker(supervisor->daemon->stats, (unsigned)(seat - supervisor->seats),
                        process->generation);
}

static int give(void *cls, unsigned worker, const struct accepted *accepted)
{
    const struct supervisor *supervisor = cls;
    return channel_give(&supervisor->seats[worker].now.channel, accepted);
}

int supervisor_init(struct supervisor *supervisor, struct daemon *daemon)
{
    memset(supervisor, 0, sizeof *supervisor);
    supervisor->daemon = daemon;
    supervisor->count = daemon->options.workers;
    supervisor->reloading = supervisor->count;
    for (unsigned i = 0; i < supervisor->count; i++) {
        struct seat *seat = &supervisor->seats[i];
        seat->now.channel = (struct channel){-1, -1};
        seat->leaving = seat->now;
        seat->orphans = seat->now.channel;
    }
    unsigned each = loop_sure_connections(daemon->options.poll, daemon->options.max_connections);
    const unsigned reserve = daemon->options.reserve;
    supervisor->acceptor = (struct acceptor){
        .listener = daemon->listeners[0].fd,
        .count = supervisor->count,
        .limit = each * supervisor->count,
        .limit_each = each,
        .last = supervisor->count - 1,
        .reserve = reserve,
        .heads = reserve ? &supervisor->heads : NULL,
        .workers = supervisor->records,
        .give = give,
        .cls = supervisor,
        .kept.fd = -1,
    };
    int error = reserve ? heads_init(&supervisor->heads, daemon->options.http.lane.size) : 0;
    return error ? error : listener_no_wait(&daemon->listeners[0]);
}

/* --- processes ------------------------------------------------------------ */

/* In the child: closes what is the supervisor's. */
static void become_child(struct supervisor *supervisor, const struct seat *seat,
                         struct supervisor_child *child)
{
    struct channel own = seat->now.channel;
    close(own.supervisor);
    own.supervisor = -1;
    *child = (struct supervisor_child){
        .number = (unsigned)(seat - supervisor->seats),
        .generation = seat->now.generation,
        .channel = own,
    };
    for (unsigned i = 0; i < supervisor->count; i++) {
        struct seat *other = &supervisor->seats[i];
        if (other != seat)
            channel_close(&other->now.channel);
        channel_close(&other->leaving.channel);
        channel_close(&other->orphans);
    }
    acceptor_close(&supervisor->acceptor);
}

/* Forks the seat's process. Returns 0, SUPERVISOR_CHILD in it, or negative. */
static int start_process(struct supervisor *supervisor, struct seat *seat,
                         struct supervisor_child *child)
{
    struct process *process = &seat->now;
    int error = channel_open(&process->channel);
    if (error)
        return error;
    unsigned other = 1 - process->generation;
    if (!seat->leaving.pid || seat->leaving.generation != other)
        process->generation = other;
    process->born_ns = clock_now_ns();
    process->pid = fork();
    if (process->pid == 0) {
        become_child(supervisor, seat, child);
        return SUPERVISOR_CHILD;
    }
    if (process->pid < 0) {
        error = -errno;
        process->pid = 0;
        channel_close(&process->channel);
        return error;
    }
    struct worker *record = record_of(supervisor, seat, process);
    worker_start(record, process->pid);
    supervisor->records[seat - supervisor->seats] = record;
    return 0;
}

static void set_pause(struct seat *seat)
{
    int64_t pause = FIRST_PAUSE_NS;
    for (unsigned i = 1; i < seat->quick_deaths && pause < LONGEST_PAUSE_NS; i++)
        pause *= 2;
    seat->again_ns = clock_now_ns() + (pause < LONGEST_PAUSE_NS ? pause : LONGEST_PAUSE_NS);
}

/* Forks where a process is due. Returns 0, or SUPERVISOR_CHILD in a child. */
static int fill_seats(struct supervisor *supervisor, struct supervisor_child *child)
{
    for (unsigned i = 0; i < supervisor->count; i++) {
        struct seat *seat = &supervisor->seats[i];
        if (seat->now.pid || clock_now_ns() < seat->again_ns)
            continue;
        int result = start_process(supervisor, seat, child);
        if (result > 0)
            return result;
        if (result < 0) {
            log_message("worker %u: can't start a process: %s", i, strerror(-result));
            seat->quick_deaths++;
            set_pause(seat);
        }
    }
    return 0;
}

/* The next connection in the channel of a dead process. Returns false when there is none. */
static bool take_orphan(const struct channel *channel, struct accepted *accepted)
{
    enum channel_word word;
    while (channel->worker >= 0 && !channel_receive(channel, false, &word, accepted) &&
           word != CHANNEL_END) {
        if (word == CHANNEL_CONNECTION)
            return true;
    }
    return false;
}

static void put_orphan(const struct channel *channel, const struct accepted *accepted)
{
    if (channel_give(channel, accepted) == ACCEPTOR_FULL)
        close(accepted->fd);
}

/*
 * Gives what a dead process had not taken from its channel to others. Returns false when nobody
 * can take it now: it stays there.
 */
static bool rescue(struct supervisor *supervisor, struct channel *channel)
{
    struct accepted accepted;
    while (take_orphan(channel, &accepted)) {
        if (acceptor_give(&supervisor->acceptor, &accepted) == ACCEPTOR_FULL) {
            put_orphan(channel, &accepted);
            return false;
        }
    }
    channel_close(channel);
    return true;
}

static bool rescue_orphans(struct supervisor *supervisor)
{
    bool all = true;
    for (unsigned i = 0; i < supervisor->count; i++) {
        struct seat *seat = &supervisor->seats[i];
        all &= rescue(supervisor, &seat->orphans);
        if (!seat->leaving.pid)
            all &= rescue(supervisor, &seat->leaving.channel);
    }
    return all;
}

/* New connections are only accepted when none of a dead process waits. */
static enum acceptor_state hand_out(struct supervisor *supervisor)
{
    return rescue_orphans(supervisor) ? acceptor_step(&supervisor->acceptor) : ACCEPTOR_STUCK;
}

/* To a process that gets no more connections. Where there is no room for the word, the end tells.
 */
static void say_last(const struct process *process, enum channel_word word)
{
    if (channel_say(&process->channel, word))
        channel_end(&process->channel);
}

/* The seat's serving process has died unasked. */
static void tell_death(struct seat *seat, unsigned number, int pid, int status)
{
    bool young = clock_now_ns() - seat->now.born_ns < YOUNG_NS;
    seat->quick_deaths = young ? seat->quick_deaths + 1 : 0;
    if (seat->quick_deaths > 1)
        set_pause(seat);
    else
        seat->again_ns = 0;
    const char *how = WIFSIGNALED(status) ? "was killed by signal" : "ended with exit code";
    int code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    log_message("worker %u: process %d %s %d; %s", number, pid, how, code,
                seat->quick_deaths > 1 ? "it will be replaced after a pause"
                                       : "it will be replaced");
}

static void bury(struct supervisor *supervisor, struct seat *seat, struct process *process)
{
    struct worker *record = record_of(supervisor, seat, process);
    if (supervisor->signals && !process->killed)
        supervisor->unanswered += worker_in_flight(record);
    worker_end(record);
    const unsigned place =
        stats_place_of(supervisor->daemon->stats, record->number, process->generation);
    lane_counts_forget(supervisor->daemon->lane, place);
    budget_forget(supervisor->daemon->budget, place);
    addresses_forget(supervisor->daemon->addresses, place);
    user_limit_forget(supervisor->daemon->user_limit, place);
    stats_forget_process(supervisor->daemon->stats, process->pid);
    process->pid = 0;
}

static void bury_pid(struct supervisor *supervisor, int pid, int status)
{
    struct accepted accepted;
    for (unsigned i = 0; i < supervisor->count; i++) {
        struct seat *seat = &supervisor->seats[i];
        if (seat->leaving.pid == pid) {
            bury(supervisor, seat, &seat->leaving);
        } else if (seat->now.pid == pid) {
            if (!supervisor->ending)
                tell_death(seat, i, pid, status);
            bury(supervisor, seat, &seat->now);
            supervisor->records[i] = NULL;
            while (take_orphan(&seat->orphans, &accepted)) /* of the one before, if any wait */
                put_orphan(&seat->now.channel, &accepted);
            channel_close(&seat->orphans);
            seat->orphans = seat->now.channel;
            seat->now.channel = (struct channel){-1, -1};
        }
    }
}

static void reap(struct supervisor *supervisor)
{
    int status;
    int pid;
    struct rusage usage;
    while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
        stats_process_ended(supervisor->daemon->stats, &usage);
        bury_pid(supervisor, pid, status);
    }
}

/* --- replacing all, one by one -------------------------------------------- */

static void retire(struct supervisor *supervisor, struct seat *seat)
{
    if (seat->now.pid) {
        say_last(&seat->now, CHANNEL_RETIRE);
        seat->leaving = seat->now;
        seat->leave_by_ns = clock_now_ns() + supervisor->daemon->options.drain_timeout_ns;
        seat->now.pid = 0;
        seat->now.channel = (struct channel){-1, -1};
        supervisor->records[seat - supervisor->seats] = NULL;
    }
    seat->quick_deaths = 0;
    seat->again_ns = 0;
}

/* One step: the next seat only when the successor of the last is ready. */
static void advance_reload(struct supervisor *supervisor)
{
    if (supervisor->reloading == supervisor->count) {
        if (!supervisor->reload_again)
            return;
        supervisor->reload_again = false;
        supervisor->reloading = 0;
    }
    struct seat *seat = &supervisor->seats[supervisor->reloading];
    if (!supervisor->replacing) {
        if (seat->leaving.pid || seat->leaving.channel.worker >= 0)
            return; /* the last process still leaves, or has left connections to hand out */
        retire(supervisor, seat);
        supervisor->replacing = true;
    } else if (seat->now.pid && worker_is_ready(record_of(supervisor, seat, &seat->now))) {
        supervisor->replacing = false;
        supervisor->reloading++;
    }
}

/* Kills a process that hangs, or that has had a request for too long. */
static void kill_who_does_not_leave(struct supervisor *supervisor)
{
    const int64_t now_ns = clock_now_ns();
    for (unsigned i = 0; i < supervisor->count; i++) {
        struct seat *seat = &supervisor->seats[i];
        if (!seat->leaving.pid || now_ns < seat->leave_by_ns)
            continue;
        log_message("worker %u: process %d did not end within the drain time-out after SIGHUP, "
                    "and is killed; %u requests were not answered",
                    i, seat->leaving.pid,
                    worker_in_flight(record_of(supervisor, seat, &seat->leaving)));
        kill(seat->leaving.pid, SIGKILL);
        seat->leaving.killed = true;
        seat->leave_by_ns = INT64_MAX;
    }
}

static bool is_reloading(const struct supervisor *supervisor)
{
    return supervisor->reloading < supervisor->count || supervisor->reload_again;
}

/* Tells the service manager when all processes serve: at first, and after a reload. */
static void tell_ready(struct supervisor *supervisor)
{
    if (supervisor->told_ready || is_reloading(supervisor))
        return;
    for (unsigned i = 0; i < supervisor->count; i++) {
        const struct seat *seat = &supervisor->seats[i];
        if (!seat->now.pid || !worker_is_ready(record_of(supervisor, seat, &seat->now)))
            return;
    }
    supervisor->told_ready = true;
    daemon_is_ready(supervisor->daemon);
}

/* --- events --------------------------------------------------------------- */

/* What is read anew now is given to the successors. */
static void begin_reload(struct supervisor *supervisor)
{
    if (supervisor->signals)
        return; /* it ends */
    manager_reloading(&supervisor->daemon->manager);
    reload_again(&supervisor->daemon->files);
    supervisor->reload_again = true;
    supervisor->told_ready = false;
}

static void take_signals(struct supervisor *supervisor)
{
    struct signalfd_siginfo info;
    while (read(supervisor->daemon->words, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            reap(supervisor);
        else if (info.ssi_signo == SIGHUP)
            begin_reload(supervisor);
        else
            supervisor->signals++;
    }
}

/* The time until a seat may be filled again, or a process is killed; at most `longest`. */
static int64_t until_due(const struct supervisor *supervisor, int64_t now_ns, int64_t longest)
{
    for (unsigned i = 0; i < supervisor->count; i++) {
        const struct seat *seat = &supervisor->seats[i];
        int64_t left = seat->again_ns > now_ns ? seat->again_ns - now_ns : 0;
        if (!seat->now.pid && left < longest)
            longest = left;
        left = seat->leave_by_ns > now_ns ? seat->leave_by_ns - now_ns : 0;
        if (seat->leaving.pid && left < longest)
            longest = left;
    }
    return longest;
}

/* Waits for a signal or a connection, and at most `longest_ns`. */
static void wait_for_event(struct supervisor *supervisor, enum acceptor_state state,
                           int64_t longest_ns)
{
    struct pollfd events[] = {
        {.fd = supervisor->daemon->words, .events = POLLIN},
        {.fd = supervisor->acceptor.listener, .events = POLLIN},
        {.fd = heads_events(supervisor->acceptor.heads), .events = POLLIN},
    };
    const int due_ms = heads_due_ms(supervisor->acceptor.heads);
    const bool stuck = state == ACCEPTOR_STUCK;
    life_tell(supervisor->daemon);
    if (longest_ns > life_pause_ns(supervisor->daemon))
        longest_ns = life_pause_ns(supervisor->daemon);
    if (state == ACCEPTOR_MORE)
        longest_ns = 0;
    else if ((stuck || !supervisor->told_ready) && longest_ns > LOOK_AGAIN_NS)
        longest_ns = LOOK_AGAIN_NS;
    if (!stuck && due_ms >= 0 && due_ms * NS_PER_MS < longest_ns)
        longest_ns = due_ms * NS_PER_MS;
    const struct timespec limit = {.tv_sec = longest_ns / NS_PER_S,
                                   .tv_nsec = longest_ns % NS_PER_S};
    const nfds_t count = stuck ? 1 : ARRAY_LENGTH(events);
    if (ppoll(events, count, &limit, NULL) > 0 && events[0].revents)
        take_signals(supervisor);
}

/* --- the end -------------------------------------------------------------- */

/* Where the channel has no room for this word, finish_all comes later. */
static void drain_all(const struct supervisor *supervisor)
{
    for (unsigned i = 0; i < supervisor->count; i++) {
        const struct seat *seat = &supervisor->seats[i];
        if (seat->now.pid)
            channel_say(&seat->now.channel, CHANNEL_DRAIN);
        if (seat->leaving.pid)
            say_last(&seat->leaving, CHANNEL_DRAIN);
    }
}

static void finish_all(const struct supervisor *supervisor)
{
    for (unsigned i = 0; i < supervisor->count; i++) {
        const struct seat *seat = &supervisor->seats[i];
        if (seat->now.pid)
            say_last(&seat->now, CHANNEL_FINISH);
        if (seat->leaving.pid)
            say_last(&seat->leaving, CHANNEL_FINISH);
    }
}

static unsigned count_processes(const struct supervisor *supervisor)
{
    unsigned count = 0;
    for (unsigned i = 0; i < supervisor->count; i++)
        count += (supervisor->seats[i].now.pid != 0) + (supervisor->seats[i].leaving.pid != 0);
    return count;
}

/*
 * Hands out what the kernel has accepted, to a new process where one has died just now.
 * Returns 0, DAEMON_CUT when there was no time, or SUPERVISOR_CHILD in a child.
 */
static int empty_backlog(struct supervisor *supervisor, struct supervisor_child *child,
                         unsigned signals, int64_t deadline)
{
    struct listener *listener = &supervisor->daemon->listeners[0];
    listener_drop_new(listener);
    for (int empty = 0; empty < TIMES_QUIET;) {
        if (fill_seats(supervisor, child))
            return SUPERVISOR_CHILD;
        enum acceptor_state state = hand_out(supervisor);
        bool done = state == ACCEPTOR_EMPTY && !listener_has_backlog(listener);
        empty = done ? empty + 1 : 0;
        wait_for_event(supervisor, state, LOOK_AGAIN_NS);
        if (supervisor->signals > signals || clock_now_ns() > deadline)
            return DAEMON_CUT;
    }
    return 0;
}

static void kill_all(const struct supervisor *supervisor)
{
    for (unsigned i = 0; i < supervisor->count; i++) {
        const struct seat *seat = &supervisor->seats[i];
        if (seat->now.pid)
            kill(seat->now.pid, SIGKILL);
        if (seat->leaving.pid)
            kill(seat->leaving.pid, SIGKILL);
    }
}

static int end_all(struct supervisor *supervisor, struct supervisor_child *child)
{
    const unsigned signals = supervisor->signals;
    int64_t deadline = clock_now_ns() + supervisor->daemon->options.drain_timeout_ns;
    supervisor->reloading = supervisor->count;
    supervisor->reload_again = false;
    acceptor_ends(&supervisor->acceptor);
    drain_all(supervisor);
    int emptied = empty_backlog(supervisor, child, signals, deadline);
    if (emptied == SUPERVISOR_CHILD)
        return SUPERVISOR_CHILD;
    bool cut = emptied == DAEMON_CUT;
    supervisor->ending = true;
    listener_refuse(&supervisor->daemon->listeners[0]);
    supervisor->acceptor.listener = -1; /* polled no more */
    finish_all(supervisor);
    while (!cut && count_processes(supervisor)) {
        wait_for_event(supervisor, ACCEPTOR_EMPTY, LOOK_AGAIN_NS);
        cut = supervisor->signals > signals || clock_now_ns() > deadline;
    }
    kill_all(supervisor);
    while (count_processes(supervisor)) {
        wait_for_event(supervisor, ACCEPTOR_EMPTY, LOOK_AGAIN_NS);
        reap(supervisor);
    }
    if (!cut && supervisor->unanswered == 0)
        return 0;
    log_message("drain cut short: %u requests were not answered", (unsigned)supervisor->unanswered);
    return DAEMON_CUT;
}

static void close_all(struct supervisor *supervisor)
{
    acceptor_close(&supervisor->acceptor);
    for (unsigned i = 0; i < supervisor->count; i++) {
        channel_close(&supervisor->seats[i].now.channel);
        channel_close(&supervisor->seats[i].leaving.channel);
        channel_close(&supervisor->seats[i].orphans);
    }
}

int supervisor_run(struct supervisor *supervisor, struct supervisor_child *child)
{
    int64_t end_ns = INT64_MAX;
    unsigned signals = 0;
    while (supervisor->signals < 2 && clock_now_ns() < end_ns) {
        if (fill_seats(supervisor, child))
            return SUPERVISOR_CHILD;
        enum acceptor_state state = hand_out(supervisor);
        int64_t now = clock_now_ns();
        int64_t longest = end_ns - now < NS_PER_S ? end_ns - now : NS_PER_S;
        wait_for_event(supervisor, state, until_due(supervisor, now, longest > 0 ? longest : 0));
        kill_who_does_not_leave(supervisor);
        if (!supervisor->signals) {
            advance_reload(supervisor);
            tell_ready(supervisor);
        }
        if (signals == 0 && supervisor->signals) {
            supervisor->told_ready = true;
            manager_stopping(&supervisor->daemon->manager);
            stats_drain_begins(supervisor->daemon->stats);
            end_ns = clock_now_ns() + supervisor->daemon->options.drain_delay_ns;
        }
        signals = supervisor->signals;
    }
    int result = end_all(supervisor, child);
    if (result != SUPERVISOR_CHILD)
        close_all(supervisor);
    return result;
}
