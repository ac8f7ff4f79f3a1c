/*
 * class.h: one kind of traffic: its name, body, endpoint and arrival, and how
 * it is written on the command line (NAME:key=value,key=value...).
 */
#ifndef LOOPLAG_CLIENT_CLASS_H
#define LOOPLAG_CLIENT_CLASS_H

#include "base/units.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum arrival {
    ARRIVAL_UNSET,
    ARRIVAL_OPEN,   /**< each request at its planned time, whatever the replies do */
    ARRIVAL_CLOSED, /**< the next request a pause after the last reply */
    ARRIVAL_POISSON /**< open, with independent exponential times between requests */
};

enum { CLASS_NAME_SIZE = 32, CLASS_PATH_SIZE = 1024, CLASS_ERROR_SIZE = 256, CLASS_MOST = 16 };

/** From this many bytes on a class is one of the large ones that are left out of baselines. */
#define CLASS_HEAVY_BYTES 1000000

/** The most connections a class may have. */
#define CLASS_CONNECTIONS_MOST 32768

struct traffic_class {
    char name[CLASS_NAME_SIZE];
    bool has_size;
    struct units_size size;          /**< plain: MB of the original (50,000 members each) */
    char body_file[CLASS_PATH_SIZE]; /**< "" unless the body comes from a file */
    char endpoint[CLASS_PATH_SIZE];  /**< "" for the command's own */
    enum arrival arrival;
    bool has_interval;
    int64_t interval_ns;  /**< between planned sends (open), their mean (poisson), or after a reply
                             (closed) */
    unsigned connections; /**< the most at a time; 0: as many as an open class needs */
};

/** A class was not understood: the reason is in the caller's text. */
#define CLASS_INVALID 1

/**
 * Parses "NAME:key=value,...". Keys: size, body, interval, rate, conns,
 * endpoint, arrival. Returns 0, or CLASS_INVALID with one line that says what
 * is wrong and what to write instead.
 */
int class_parse(const char *text, struct traffic_class *class, char error[CLASS_ERROR_SIZE]);

/**
 * Fills in what was left open (arrival, a closed class's connections) and
 * checks that the parts fit together. `arrival` is for a class that names none;
 * ARRIVAL_UNSET means open. Returns 0 or CLASS_INVALID.
 */
int class_complete(struct traffic_class *class, enum arrival arrival, char error[CLASS_ERROR_SIZE]);

/** "open", "closed" or "poisson". */
const char *class_arrival_name(enum arrival arrival);

/** Parses such a name; ARRIVAL_UNSET for anything else. */
enum arrival class_arrival_parse(const char *text);

/** Whether the class keeps to a plan, whatever the replies do. */
bool class_is_open(const struct traffic_class *class);

/** Begins with '/', has no blanks or control bytes, and is shorter than CLASS_PATH_SIZE. */
bool class_is_path(const char *text);
#define CLASS_PATH_EXPECTED "a path that begins with '/', without blanks"

/** Whether the class is left out of the baseline: named "large", or a body of a megabyte. */
bool class_is_heavy(const struct traffic_class *class, size_t body_bytes);

#endif
