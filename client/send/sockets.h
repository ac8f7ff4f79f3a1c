/*
 * sockets.h: the sockets of one thread: libcurl's multi handle driven by epoll.
 *
 * libcurl tells which sockets it waits for and until when; the thread waits
 * for them, for a moment of its own (an absolute timer: a poll's milliseconds
 * would make every send late) and for the word to stop, then lets libcurl act
 * on one event after the other. The kernel is told what is wanted of a socket
 * only before a wait: most that are new are connected by then (the other side
 * is near), and one whose request was answered stays in the epoll set, for the
 * next request on it will want the same.
 *
 * Here is also known what a loop does to the figures: since when the events at
 * hand may have been there. A wait that had to sleep woke up for them; one that
 * did not has events from any time since the loop looked before.
 */
#ifndef LOOPLAG_CLIENT_SOCKETS_H
#define LOOPLAG_CLIENT_SOCKETS_H

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

enum { SOCKETS_EVENTS = 256 };

struct socket_row;

struct sockets {
    CURLM *multi;
    int epoll_fd;
    int timer_fd;
    struct socket_row *rows; /**< by descriptor */
    size_t row_count;
    curl_socket_t *changed; /**< sockets of which libcurl wants something else; room for all rows */
    size_t changed_count;
    struct epoll_event events[SOCKETS_EVENTS];
    int64_t curl_due_ns;    /**< when libcurl wants to be called without an event */
    int64_t armed_ns;       /**< what the timer is set to */
    int64_t looked_ns;      /**< all that was there before was seen */
    int64_t there_since_ns; /**< the events at hand came after this */
    unsigned open;          /**< connections */
    unsigned open_most;     /**< at a time */
    curl_socket_t newest;   /**< of them; it may be closed again */
    uint64_t opened;
    atomic_uint *open_of_all; /**< those of all threads that share a limit */
    bool failed;              /**< out of memory or of descriptors */
};

/**
 * Makes a multi handle and its epoll set; `stop_fd` becomes readable when waits are to end.
 * Returns 0, -ENOMEM or another negative errno (deinit it all the same).
 */
int sockets_init(struct sockets *sockets, int stop_fd, atomic_uint *open_of_all);

/** Closes everything; no easy handle may be in the multi handle. A zeroed one is accepted. */
void sockets_deinit(struct sockets *sockets);

/** Lets the handle's connections be counted; they must not outlive `sockets`. */
void sockets_count_connections(struct sockets *sockets, CURL *easy);

/** Adds a handle and starts its transfer at once. Returns 0 or -ENOMEM. */
int sockets_start(struct sockets *sockets, CURL *easy);

/** Waits for events until `until_ns` at most. Returns how many there are. */
int sockets_wait(struct sockets *sockets, int64_t until_ns);

/** Lets libcurl act on event number `index` of the last wait. */
void sockets_act(struct sockets *sockets, int index);

/** Lets libcurl act on its timer if it is due. */
void sockets_act_on_time(struct sockets *sockets);

/** Takes the next transfer that ended out of the multi handle. NULL when there is none. */
CURL *sockets_next_done(struct sockets *sockets, CURLcode *code);

#endif
