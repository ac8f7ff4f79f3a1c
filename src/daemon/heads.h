/*
 * heads.h: the first heads of accepted connections, looked at before a worker is chosen, and the
 * connections that wait for theirs.
 *
 * Nothing is read: the bytes stay in the socket for who serves it. A connection waits for a moment
 * only, and only so many do, so that clients who send a head slowly, or never, hold up nobody: they
 * are given away unknown. A few looks at each are the most that dripping bytes can cost.
 *
 * NULL heads are accepted by all but heads_init: every head is FIRST_HEAD_OTHER at once.
 */
#ifndef LOOPLAG_DAEMON_HEADS_H
#define LOOPLAG_DAEMON_HEADS_H

#include "daemon/first_head.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/** An accepted connection. */
struct accepted {
    int fd;
    struct sockaddr_storage peer;
    socklen_t length;
};

/** The most that wait, and the most of a head that is looked at: other fields come first. */
enum { HEADS_MOST = 256, HEADS_BYTES = 16 << 10 };

/** One that waits for its head. */
struct waiting {
    struct accepted accepted;
    int64_t until_ns; /* monotonic */
    unsigned looks;
    enum first_head head;
};

struct heads {
    uint64_t large; /* bodies from this size on are large */
    int events;     /* an epoll; 0 or -1: closed */
    bool hurries;
    unsigned count;
    struct waiting waiting[HEADS_MOST]; /* the first `count` */
    char bytes[HEADS_BYTES];
};

/** Returns 0 or negative; heads_deinit may follow in every case. */
int heads_init(struct heads *heads, uint64_t large);

/** Closes the connections that wait. Twice is fine. */
void heads_deinit(struct heads *heads);

/** What is there of a connection's first head. */
enum first_head heads_look(struct heads *heads, int fd);

/** Takes a connection that waits for its head. Returns false when there is no place. */
bool heads_wait(struct heads *heads, const struct accepted *accepted);

/** One whose head is known, or was waited for long enough; or NULL. It stays until heads_forget. */
struct waiting *heads_ready(struct heads *heads);

/** Its descriptor was given away. Other pointers of heads_ready are no longer valid. */
void heads_forget(struct heads *heads, struct waiting *waiting);

/** From now on nobody waits. */
void heads_hurry(struct heads *heads);

/** How many wait. */
unsigned heads_count(const struct heads *heads);

/** Readable when there is something new of one that waits; -1: never. */
int heads_events(const struct heads *heads);

/** In how many ms one has waited for long enough; -1: none waits. */
int heads_due_ms(const struct heads *heads);

#endif
