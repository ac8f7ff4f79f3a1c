/* reaper.c: see reaper.h. */
#include "http/reaper.h"

#include "base/clock.h"
#include "http/send.h"
#include "json/reply.h"

#include <linux/tcp.h>
#include <sys/socket.h>

#define LOOK_EVERY_NS (150 * NS_PER_MS)
#define TOLD_FOR_NS NS_PER_S

/* A client that sends no more of its body for so long keeps nobody busy. */
#define WAITED_FOR_NS (200 * NS_PER_MS)

/* Who connects sends its head with the end of the handshake, from however far. */
#define YOUNG_NS (10 * NS_PER_MS)

/* A head that was read whole has begun its request by then, however busy the machine is. */
#define READ_FOR_NS (250 * NS_PER_MS)

/* The kernel's numbers for states; libc's header of them can't be had beside the kernel's. */
enum { STATE_CLOSE = 7, STATE_CLOSE_WAIT = 8 };

/* The client has ended its side, or the connection is reset. */
static bool has_ended(const struct tcp_info *info)
{
    return info->tcpi_state == STATE_CLOSE_WAIT || info->tcpi_state == STATE_CLOSE;
}

/* Reading is over anyway: closing that side wakes whoever waits for the socket. */
static void tell_end(struct link *link)
{
    if (link->told_end || connections_has_unread(link))
        return;
    link->told_end = true;
    shutdown(link->fd, SHUT_RD);
}

static void say_408(const struct link *link)
{
    CLEANUP(buffer_deinit)
    struct buffer body = {0};
    const struct request request = {.close = true};
    struct endpoint_answer answer;
    if (reply_detail(&body, "the request did not come in time"))
        buffer_deinit(&body);
    endpoint_answer_init(&answer);
    answer.status = 408;
    answer.body = body;
    send_from_outside(link, &request, &answer);
}

/*
 * Whoever has sent something, and is owed no other bytes, is told. A TLS session belongs to the
 * thread that serves it: that one tells, and ends it, when it meets the end of what it reads.
 */
static void end(struct reaper *reaper, struct link *link, enum stats_limit why,
                const struct sight *sight)
{
    const enum link_phase phase = link_phase_of(sight->turn);
    const bool tells = why != STATS_IDLE_TIMEOUT && phase != LINK_REPLY && sight->bytes;
    if (!connections_cut(reaper->connections, link, sight->turn))
        return;
    stats_limited(reaper->stats, why);
    if (tells)
        say_408(link);
    if (link->tls && phase != LINK_REPLY)
        shutdown(link->fd, SHUT_RD);
    else
        shutdown(link->fd, tells ? SHUT_WR : SHUT_RDWR);
}

static void look(void *cls, struct link *link)
{
    struct reaper *reaper = cls;
    const uint64_t turn = atomic_load(&link->turn);
    const enum link_phase phase = link_phase_of(turn);
    const bool owes = phase == LINK_HEAD || phase == LINK_BODY;
    const struct tcp_info info = connections_info(link->fd);
    const struct sight sight = {
        .now_ns = reaper->looked_ns,
        .turn = turn,
        .bytes = phase == LINK_REPLY ? info.tcpi_bytes_acked : info.tcpi_bytes_received,
        .unread = owes && connections_has_unread(link),
    };
    held_look(&link->held, &reaper->held, sight.now_ns);
    enum stats_limit why = deadlines_judge(&reaper->deadlines, &link->sighting, &sight);
    if (phase == LINK_BODY && !sight.unread &&
        sight.now_ns - link->sighting.moved_ns > WAITED_FOR_NS)
        connections_uncount_work(link);
    if (why != STATS_NO_LIMIT)
        end(reaper, link, why, &sight);
    else if (phase == LINK_CUT && sight.now_ns - link->sighting.since_ns > TOLD_FOR_NS)
        shutdown(link->fd, SHUT_RDWR);
    else if (has_ended(&info))
        tell_end(link);
}

void reaper_tick(struct reaper *reaper)
{
    const int64_t now = clock_now_ns();
    if (now - reaper->looked_ns < LOOK_EVERY_NS)
        return;
    reaper->looked_ns = now;
    connections_visit(reaper->connections, look, reaper);
}

/* Since when it waits for a head; INT64_MAX when it has a request, or has had one just now. */
static int64_t waits_since(const struct link *link)
{
    const uint64_t turn = atomic_load(&link->turn);
    const bool waits = link_phase_of(turn) == LINK_HEAD && link->sighting.last.turn == turn;
    return waits ? link->sighting.since_ns : INT64_MAX;
}

/* Bytes of its head were read long ago, and are no head yet. */
static bool drips(const struct link *link, int64_t now_ns)
{
    const int64_t read_ns = link->sighting.read_ns;
    return read_ns && now_ns - read_ns > READ_FOR_NS;
}

/*
 * Its head may be there, and only the server is late: it lies unread, or its loop has read it and
 * has not come to say so. In this order: what is read after the first look is seen at the second.
 * A socket that is none of TCP can't tell what was read. What this thread's own loop, that of
 * `here`, has read it has dealt with.
 */
static bool may_have_a_head(const struct link *link, int64_t now_ns, const struct worker *here)
{
    if (drips(link, now_ns))
        return false;
    if (connections_has_unread(link))
        return true;
    if (link->worker == here)
        return false;
    const struct tcp_info info = connections_info(link->fd);
    if (!info.tcpi_state)
        return now_ns - link->sighting.since_ns < READ_FOR_NS;
    return info.tcpi_bytes_received != link->sighting.bytes;
}

/*
 * From the oldest on: one that has never sent a head, which may be there only to be in the way,
 * before those that are kept.
 */
static struct link *longest_waiting(const struct connections *connections, int64_t now_ns,
                                    const struct worker *here)
{
    enum { LOOKS = 64 };
    struct link *longest = NULL;
    int64_t least = now_ns - YOUNG_NS;
    int looks = 0;
    for (struct link *link = connections->last; link && looks < LOOKS; link = link->previous) {
        const int64_t since = waits_since(link);
        const bool fresh = link_is_fresh(atomic_load(&link->turn));
        if (since > (fresh ? now_ns - YOUNG_NS : least))
            continue;
        if (fresh && may_have_a_head(link, now_ns, here)) {
            looks++;
            continue;
        }
        longest = link;
        least = since;
        if (fresh)
            break;
    }
    return longest;
}

void reaper_refuse(struct reaper *reaper, struct link *link, enum stats_limit why)
{
    const uint64_t turn = atomic_load(&link->turn);
    stats_limited(reaper->stats, why); /* before the client can know */
    pthread_mutex_lock(&reaper->connections->lock);
    if (connections_cut(reaper->connections, link, turn))
        shutdown(link->fd, SHUT_RDWR);
    pthread_mutex_unlock(&reaper->connections->lock);
}

bool reaper_make_room(struct reaper *reaper, const struct worker *here)
{
    struct connections *connections = reaper->connections;
    pthread_mutex_lock(&connections->lock);
    const int64_t now = clock_now_ns();
    struct link *link = longest_waiting(connections, now, here);
    const uint64_t turn = link ? atomic_load(&link->turn) : 0;
    const bool made = link && link_phase_of(turn) == LINK_HEAD &&
                      !may_have_a_head(link, now, here) && connections_cut(connections, link, turn);
    if (made) {
        stats_limited(reaper->stats, STATS_MADE_ROOM);
        shutdown(link->fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&connections->lock);
    return made;
}
