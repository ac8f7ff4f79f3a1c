/*
 * class.h: one kind of traffic: its name, body, endpoint, arrival and what else
 * its requests have in common. How it is written is in class_keys.h.
 */
#ifndef LOOPLAG_CLIENT_CLASS_H
#define LOOPLAG_CLIENT_CLASS_H

#include "base/units.h"
#include "plan/expect.h"
#include "plan/method.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum arrival {
    ARRIVAL_UNSET,
    ARRIVAL_OPEN,   /**< each request at its planned time, whatever the replies do */
    ARRIVAL_CLOSED, /**< the next request a pause after the last reply */
    ARRIVAL_POISSON /**< open, with independent exponential times between requests */
};

/** What is said of something that has an answer of its own otherwise. */
enum said { SAID_NOTHING, SAID_YES, SAID_NO };

enum {
    CLASS_NAME_SIZE = 32,
    CLASS_PATH_SIZE = 1024,
    CLASS_TYPE_SIZE = 128,
    CLASS_HEADERS_SIZE = 4096,
    CLASS_HEADERS_MOST = 16,
    CLASS_ERROR_SIZE = 256,
    CLASS_MOST = 16
};

/** From this many bytes on a class is one of the large ones that are left out of baselines. */
#define CLASS_HEAVY_BYTES 1000000

/** The most connections a class may have. */
#define CLASS_CONNECTIONS_MOST 32768

struct traffic_class {
    char name[CLASS_NAME_SIZE];
    bool has_size;
    bool has_interval;
    struct units_size size;          /**< plain: MB of the original (50,000 members each) */
    char body_file[CLASS_PATH_SIZE]; /**< "" unless the body comes from a file, or from the files
                                        of a folder in turn: it ends with '/' then */
    char endpoint[CLASS_PATH_SIZE];  /**< "" for the command's own; "{n}" is the request's number */
    const struct method *method;     /**< NULL: the standard one, see class_method */
    char type[CLASS_TYPE_SIZE];      /**< Content-Type; "": JSON where there is a body */
    char headers[CLASS_HEADERS_SIZE]; /**< "Name: value", each with a NUL, and one more at the end;
                                         "{n}" as in the endpoint */
    struct expect expect;             /**< which replies are good */
    enum said large;                  /**< left out of baselines; else its name and body tell */
    enum arrival arrival;
    int64_t interval_ns;  /**< between planned sends (open), their mean (poisson), or after a reply
                             (closed) */
    unsigned connections; /**< the most at a time; 0: as many as an open class needs */
};

/** A class was not understood: the reason is in the caller's text. */
#define CLASS_INVALID 1

/**
 * Makes a class of that name that has nothing else. Returns 0, or CLASS_INVALID
 * with one line in `error`.
 */
int class_init(struct traffic_class *class, const char *name, size_t length,
               char error[CLASS_ERROR_SIZE]);

/** The next header of a class, the first with NULL; NULL after the last. */
const char *class_next_header(const struct traffic_class *class, const char *header);

/** The method of its requests. */
const struct method *class_method(const struct traffic_class *class);

/** Whether the class's own headers set the one of a line. */
bool class_sets_header(const struct traffic_class *class, const char *line);

/** Whether a request has a body. */
bool class_has_body(const struct traffic_class *class);

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

/**
 * Begins with '/', is ASCII as a request line is, has no blanks or control
 * bytes, and is shorter than CLASS_PATH_SIZE.
 */
bool class_is_path(const char *text);
#define CLASS_PATH_EXPECTED "a path that begins with '/', in ASCII without blanks"

/**
 * Whether the class is left out of the baseline: as was said (large=), else named "large", or with
 * a body of a megabyte.
 */
bool class_is_heavy(const struct traffic_class *class, size_t body_bytes);

#endif
