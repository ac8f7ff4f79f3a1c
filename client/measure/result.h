/*
 * result.h: what was measured, and nothing that is concluded from it: one
 * cell per label, endpoint and class.
 */
#ifndef LOOPLAG_CLIENT_RESULT_H
#define LOOPLAG_CLIENT_RESULT_H

#include "base/buffer.h"
#include "plan/class.h"
#include "plan/options.h"
#include "send/failure.h"
#include "send/machine.h"
#include "send/probe.h"
#include "send/samples.h"
#include "send/stats.h"
#include "send/timeline.h"
#include "send/trace.h"
#include "send/window.h"
#include "systems/server_stats.h"
#include "systems/usage.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What one class did in one window of one server: the unit of every interval
 * over rounds (requests of one window are correlated, windows are not). A
 * cell's `stats` and `baseline` are the sums of its windows with and without
 * the large classes. Warm-up is in none of them.
 */
struct cell_window {
    unsigned round; /**< from 0; a round has a window with, and one alone if there is a baseline */
    bool alone;     /**< without the large classes */
    int64_t start_ns; /**< monotonic: the common start of all classes */
    int64_t end_ns;   /**< when sending ended, before the last replies came */
    bool cut; /**< an interrupt, or a system that ended, cut it: it is in the sums, and no round for
                 an interval */
    struct class_stats stats;
    struct timeline timeline; /**< its requests, sealed; empty where an earlier version saved it */
};

struct cell {
    char label[OPTIONS_WORD_SIZE]; /**< the system's, else its mode; "" when neither is known */
    char endpoint[CLASS_PATH_SIZE];
    const struct traffic_class *class; /**< borrowed from the options */
    size_t subject; /**< which label and endpoint: cells of one server have one number */
    size_t body_bytes;
    bool heavy;
    struct class_stats stats;
    bool has_baseline; /**< windows without the large classes were measured, too */
    struct class_stats baseline;
    bool has_server;
    struct server_stats server;
    struct failures failures; /**< the first of each kind, in all its windows */
    struct traits traits;     /**< of its server with its endpoint */
    struct histogram holds; /**< ns, of a large class: as the server tells what large requests held
                               their thread for, in one piece; empty: it does not */
    struct samples samples; /**< baseline and rest, told apart by window */
    struct cell_window *windows; /**< in the order they were measured; owned */
    size_t window_count;
    struct class_stats
        closed_loop;    /**< a closed loop beside the class, when the exhibit was asked for */
    struct trace trace; /**< its slowest requests, alone not among them */
};

/** What a server used in one window, from its start until the last reply. */
struct subject_window {
    unsigned round;
    bool alone;
    int64_t duration_ns;
    struct usage used;
};

/** One system with one endpoint. */
struct subject {
    size_t number;                 /**< `subject` of its cells */
    char label[OPTIONS_WORD_SIZE]; /**< as in its cells, so the next */
    char endpoint[CLASS_PATH_SIZE];
    char system[OPTIONS_WORD_SIZE]; /**< the label without what tells keep-alive or not */
    bool keepalive;
    unsigned processes;             /**< the most at a time */
    uint64_t memory_peak_bytes;     /**< of all windows; 0 when it is not known */
    struct probe_result probe;      /**< in all its windows with the large classes */
    struct subject_window *windows; /**< in the order they were measured; owned */
    size_t window_count;
};

enum { RESULT_PART_NAME = 128 };

/** One of the results that a result was merged from: what one client did. */
struct result_part {
    char name[RESULT_PART_NAME];    /**< of its file, the end of it where it is long */
    char missing[RESULT_PART_NAME]; /**< why there is nothing of it; "" where there is */
    int64_t from_ns;                /**< wall clock: its first window; 0: none */
    int64_t until_ns;               /**< and when its last one ended */
    int64_t asked_ns;               /**< its duration */
    int64_t measured_ns;            /**< and how much of that was measured */
    uint64_t planned;
    uint64_t ok;
    uint64_t errors[OUTCOME_KINDS];
    int64_t failing_from_ns;  /**< wall clock: its first window with requests that were left without
                                 a good reply; 0: none */
    int64_t failing_until_ns; /**< and when the last such ended */
};

struct result {
    const struct options *options; /**< borrowed */
    char *command;                 /**< the command line */
    int64_t started_wall_ns;
    int64_t started_ns;  /**< monotonic: samples are told relative to it */
    int64_t warm_up_ns;  /**< for how long each system was sent what counts nowhere; 0: for none */
    int64_t measured_ns; /**< length of all windows, with their drains */
    int64_t cpu_ns;      /**< of this process in them */
    struct machine machine;
    struct cell *cells;
    size_t cell_count;
    struct subject *subjects; /**< of compare only; owned */
    size_t subject_count;
    struct probe_result probe; /**< of load; nothing unless its plan was wanted */
    struct result_part *parts; /**< of saved results only; owned */
    size_t part_count;
};

/** Makes a result with `cells` empty cells. Returns 0 or -ENOMEM. */
int result_init(struct result *result, const struct options *options, size_t cells, int argc,
                char **argv);

/** Makes `count` empty subjects. Returns 0 or -ENOMEM. */
int result_set_subjects(struct result *result, size_t count);

/** Appends a window and adds it to the subject's sums. Returns 0 or -ENOMEM. */
int subject_add_window(struct subject *subject, const struct subject_window *window);

/** Tells what a result that was not merged is as a part of another. */
void result_describe_part(const struct result *result, const char *name, struct result_part *part);

/** Appends a part. Returns 0 or -ENOMEM. */
int result_add_part(struct result *result, const struct result_part *part);

/** Replaces the command line that the result tells, without its secrets. Returns 0 or -ENOMEM. */
int result_set_command(struct result *result, int argc, char **argv);

/**
 * Orders the traces and thins the time lines. Nothing may be measured afterwards. Returns 0 or
 * -ENOMEM.
 */
int result_seal(struct result *result);

/**
 * Thins the time lines until they have some 200,000 points in all: what a page draws at once,
 * and a file should hold. No large request is left out, no longest one and no failure of its
 * moment. Returns 0 or -ENOMEM.
 */
int result_thin(struct result *result);

/** Frees everything. A zeroed one is accepted; twice is fine. */
void result_deinit(struct result *result);

/**
 * Appends an empty window. Returns where its statistics are to be recorded
 * (good until the cell's next window), or NULL without memory.
 */
struct class_stats *cell_begin_window(struct cell *cell, unsigned round, bool alone);

/**
 * Adds the last window, measured as `window` tells, to the cell's sums.
 * Returns 0 or -EINVAL (the histograms' layouts differ).
 */
int cell_end_window(struct cell *cell, const struct window *window);

/**
 * Sets when the last window began and ended. Windows of a kind are equally long, so one that is
 * shorter than those before it was cut.
 */
void cell_time_window(struct cell *cell, int64_t start_ns, int64_t end_ns);

/** Takes back the last window, which cell_begin_window appended. */
void cell_drop_window(struct cell *cell);

/**
 * What two cells of one class were asked for differently: "body", "method",
 * "arrival" or "interval"; NULL: nothing.
 */
const char *cell_asked_differently(const struct cell *a, const struct cell *b);

/**
 * The large classes that ran beside a cell, one after the other: the next one after `last` (NULL:
 * the first), or NULL after them all.
 */
const struct cell *result_next_large(const struct result *result, const struct cell *cell,
                                     const struct cell *last);

/** The cell of the label, endpoint and class that `like` has, or NULL. */
const struct cell *result_find_cell(const struct result *result, const struct cell *like);

/** What a cell's server used, or NULL: it is none of a comparison. */
const struct subject *result_subject_of(const struct result *result, const struct cell *cell);

/** The cell's window with the large classes, or alone, in a round; NULL: there is none. */
const struct cell_window *cell_window_in(const struct cell *cell, unsigned round, bool alone);

/** Replies of all cells that were good. */
uint64_t result_ok(const struct result *result);

/** The client's CPU time in percent of one core; 0 before anything was measured. */
double result_cpu_percent(const struct result *result);

/** Room for "round-12/alone". */
enum { WINDOW_NAME_SIZE = 32 };

/** Numbers of windows, in samples: 0 when there are none. */
int window_number(unsigned round, bool alone);

/** "1-alone", "1-with", ... or "" for 0. */
void window_name(int number, char out[WINDOW_NAME_SIZE]);

#endif
