/*
 * window.h: what is sent in one window of load: the classes, to whom, and for
 * how long; and what comes back of it.
 */
#ifndef LOOPLAG_CLIENT_WINDOW_H
#define LOOPLAG_CLIENT_WINDOW_H

#include "plan/class.h"
#include "send/bodies.h"
#include "send/failure.h"
#include "send/progress.h"
#include "send/samples.h"
#include "send/stats.h"
#include "send/target.h"
#include "send/timeline.h"
#include "send/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Every class and a closed loop of each. */
enum { WINDOW_LOADS_MOST = 2 * CLASS_MOST };

/** One class in a window. What it points to is borrowed. */
struct load {
    const struct traffic_class *class;
    const char *endpoint;
    const struct bodies *bodies;
    uint64_t first_id; /**< request ids count from here */
    int64_t lead_ns;   /**< it sends for so long before the window begins; what is planned then is
                          in the trace, and counted nowhere */
    struct class_stats *stats; /**< initialised; the window's results are added */
    struct samples *samples;   /**< NULL unless every request is to be kept */
    struct failures *failures; /**< the first of each kind that fails; NULL: they are not kept */
    struct trace *trace;       /**< NULL unless the slowest are to be kept */
    struct timeline *timeline; /**< sealed when the window ends; NULL: it is not kept */
    bool by_send;     /**< its points begin when a request was sent, and those that lead the window
                         are among them: what was in flight is drawn */
    uint64_t planned; /**< out: requests of this window */
};

struct window {
    const struct target *target;
    const char *const *headers; /**< NULL-terminated, or NULL */
    struct load *loads;
    size_t count; /**< at most WINDOW_LOADS_MOST */
    int64_t duration_ns;
    int64_t timeout_ns;
    bool keepalive;
    int number;                   /**< of the window, for samples and arrivals */
    uint64_t seed;                /**< of random arrivals */
    struct progress *progress;    /**< shows the window while it runs */
    const char *title;            /**< opens the progress line, "" for none */
    void (*begun)(void *context); /**< called once at the common start; NULL: nothing */
    void *context;
    /**
     * Called at every tick, with how long no good reply has come while connections were refused;
     * true ends the window. NULL: nothing.
     */
    bool (*watch)(void *watched, int64_t refused_ns);
    void *watched;
    /** Called for every line of a reply's head, by who sends it; NULL: nobody reads them. */
    void (*heed)(void *heeded, const char *line, size_t length);
    void *heeded;
    int64_t started_ns; /**< out: the common start */
    int64_t ended_ns;   /**< out: when sending ended */
};

#endif
