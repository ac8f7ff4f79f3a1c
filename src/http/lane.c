/* lane.c: see lane.h. */
#include "http/lane.h"

#include <poll.h>
#include <sys/ioctl.h>

const char *lane_policy_name(size_t policy)
{
    static const char *const names[] = {[LANE_WAIT] = "wait", [LANE_REJECT] = "reject", NULL};
    return names[policy];
}

void lane_init(struct lane *lane, const struct lane_options *options, struct lane_counts *counts)
{
    *lane = (struct lane){.options = *options, .counts = counts};
}

void lane_set_process(struct lane *lane, unsigned process)
{
    lane->process = process;
}

static void tell_waiting(struct lane *lane)
{
    lane_counts_set_waiting(lane->counts, lane->process, lane->waiting,
                            lane->first ? lane->first->ticket : LANE_NO_TICKET);
}

static void append(struct lane *lane, struct lane_place *place)
{
    place->state = LANE_WAITING;
    place->ticket = lane_counts_ticket(lane->counts);
    place->next = NULL;
    place->previous = lane->last;
    *(lane->last ? &lane->last->next : &lane->first) = place;
    lane->last = place;
    lane->waiting++;
    tell_waiting(lane);
}

static void unlink_place(struct lane *lane, struct lane_place *place)
{
    *(place->previous ? &place->previous->next : &lane->first) = place->next;
    *(place->next ? &place->next->previous : &lane->last) = place->previous;
    lane->waiting--;
    tell_waiting(lane);
}

/* Ends a wait. A resumed connection belongs to its loop from here on. */
static void wake(struct lane *lane, struct lane_place *place, enum lane_state state)
{
    unlink_place(lane, place);
    place->state = state;
    if (lane->options.blocks)
        pthread_cond_signal(&place->wake);
    else
        MHD_resume_connection(place->connection);
}

static void admit_waiting(struct lane *lane)
{
    while (lane->first && lane_counts_admit(lane->counts, lane->process, lane->first->ticket))
        wake(lane, lane->first, LANE_ADMITTED);
}

/* With the lock held. Where threads block, the place is admitted or gone on return. */
static void wait_in_line(struct lane *lane, struct lane_place *place)
{
    if (!lane->options.blocks) {
        MHD_suspend_connection(place->connection);
        append(lane, place);
        return;
    }
    pthread_cond_init(&place->wake, NULL);
    append(lane, place);
    while (place->state == LANE_WAITING)
        lane_counts_wait(lane->counts, &place->wake);
    pthread_cond_destroy(&place->wake);
}

static void come_in(struct lane *lane, struct lane_place *place)
{
    if (lane->stopping)
        place->state = LANE_GONE;
    else if (lane_counts_admit(lane->counts, lane->process, LANE_NO_TICKET))
        place->state = LANE_ADMITTED;
    else if (lane->options.policy == LANE_REJECT)
        lane_counts_reject(lane->counts, lane->process);
    else
        wait_in_line(lane, place);
}

enum lane_result lane_enter(struct lane *lane, struct lane_place *place)
{
    static const enum lane_result results[] = {
        [LANE_OUTSIDE] = LANE_REFUSED,
        [LANE_WAITING] = LANE_LATER,
        [LANE_ADMITTED] = LANE_GO,
        [LANE_GONE] = LANE_LEFT,
    };
    lane_counts_lock(lane->counts);
    if (place->state == LANE_OUTSIDE)
        come_in(lane, place);
    enum lane_result result = results[place->state];
    lane_counts_unlock(lane->counts);
    return result;
}

void lane_leave(struct lane *lane, struct lane_place *place)
{
    if (place->state == LANE_OUTSIDE)
        return;
    lane_counts_lock(lane->counts);
    if (place->state == LANE_ADMITTED)
        lane_counts_end(lane->counts, lane->process);
    place->state = LANE_OUTSIDE;
    admit_waiting(lane);
    lane_counts_unlock(lane->counts);
}

/* It has reset the connection, or ended it before all of the body was sent. */
static bool client_has_left(const struct lane_place *place)
{
    struct pollfd socket = {.fd = place->fd, .events = POLLRDHUP};
    int unread = 0;
    if (poll(&socket, 1, 0) <= 0)
        return false;
    if (socket.revents & (POLLERR | POLLHUP))
        return true;
    if (ioctl(place->fd, FIONREAD, &unread) < 0)
        return false;
    return (uint64_t)unread + LANE_READ_AHEAD < place->to_come;
}

static void end_waits_without_client(struct lane *lane)
{
    for (struct lane_place *place = lane->first, *next; place; place = next) {
        next = place->next;
        if (client_has_left(place))
            wake(lane, place, LANE_GONE);
    }
}

bool lane_tick(struct lane *lane)
{
    if (!lane->counts)
        return false;
    lane_counts_lock(lane->counts);
    end_waits_without_client(lane);
    admit_waiting(lane);
    bool somebody_waits = lane->first != NULL;
    lane_counts_unlock(lane->counts);
    return somebody_waits;
}

void lane_stop(struct lane *lane)
{
    if (!lane->counts)
        return;
    lane_counts_lock(lane->counts);
    lane->stopping = true;
    while (lane->first)
        wake(lane, lane->first, LANE_GONE);
    lane_counts_unlock(lane->counts);
}
