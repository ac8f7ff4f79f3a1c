/*
 * session.h: the classes of a run against one server, window after window:
 * what load and compare have in common. Windows are put into the cells of a
 * result and request ids go on from one to the next.
 */
#ifndef LOOPLAG_CLIENT_SESSION_H
#define LOOPLAG_CLIENT_SESSION_H

#include "measure/result.h"
#include "measure/workload.h"
#include "send/progress.h"
#include "send/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** On top of the time with large requests, this share of it is measured without. */
#define SESSION_ALONE_SHARE 0.5

/** What it points to is borrowed. */
struct session {
    const struct workload *workload;
    const struct target *target;
    struct result *result;
    struct progress *progress;
    struct cell *cells;         /**< of the result, one a class */
    const char *endpoint;       /**< of classes that name none */
    const char *const *headers; /**< of all requests; NULL-terminated; NULL: the options' */
    bool keepalive;             /**< connections are reused */
    bool sampled; /**< every request is kept in the cells' samples, whatever the format */
    uint64_t next_id[CLASS_MOST];
    struct traffic_class closed_loops[CLASS_MOST]; /**< closed loops beside the classes */
    uint64_t next_closed_loop_id;
    int64_t service_ns[CLASS_MOST]; /**< what a large request took in the last window, on average */
};

/** One window of a session. */
struct session_window {
    unsigned round; /**< from 0 */
    bool alone;     /**< without the large classes */
    bool warm_up;   /**< measured like the rest, then thrown away */
    int64_t duration_ns;
    int number;                   /**< for samples, 0 for none: see window_number */
    const char *title;            /**< opens the progress line */
    void (*begun)(void *context); /**< called when it begins, after what leads it; NULL: nothing */
    void *context;
    bool (*watch)(void *watched, int64_t refused_ns); /**< as struct window's */
    void *watched;
};

/**
 * Makes a session and describes its cells. `endpoint` is for classes that
 * name none; `subject` numbers the server. `label` is "" when not known yet.
 */
void session_init(struct session *session, const char *label, const char *endpoint, size_t subject);

/** Whether the run has windows without the large classes. */
bool session_has_baseline(const struct workload *workload);

/** Runs a window. Returns 0, RUNNER_INTERRUPTED, RUNNER_STOPPED or a negative errno. */
int session_measure(struct session *session, const struct session_window *window);

/**
 * Sends one request of each class, of which nothing is kept. *cell is the class's of the first
 * that is not answered well, and *failure what came; NULL when all are. `window` is a warm-up.
 * Returns as session_measure.
 */
int session_try(struct session *session, const struct session_window *window,
                const struct cell **cell, struct failure *failure);

/** Appends which request was tried, and what came, in one line. */
void session_tell_trial(const struct session *session, const struct cell *cell,
                        const struct failure *failure, struct buffer *out);

#endif
