/*
 * sweep_plan.h: what a sweep varies: one dimension of one class, and its values, or the two ends
 * between which the limit is looked for. A dimension is a row of a const table.
 */
#ifndef LOOPLAG_CLIENT_SWEEP_PLAN_H
#define LOOPLAG_CLIENT_SWEEP_PLAN_H

#include "plan/class.h"

#include <stdbool.h>
#include <stddef.h>

enum { SWEEP_VALUES_MOST = 16, SWEEP_VALUE_SIZE = 32, SWEEP_STEPS_MOST = 64 };

/** What of a class a dimension changes. */
enum dimension_part {
    DIMENSION_NONE,
    DIMENSION_SIZE,
    DIMENSION_CONNECTIONS,
    DIMENSION_RATE,
    DIMENSION_INTERVAL
};

struct dimension {
    const char *key;      /**< of the class, as in --class */
    const char *option;   /**< what --large-... or --small-... sets it; "" if none does */
    const char *expected; /**< what its values are, for messages */
    /** For sentences: "every SIZE", "the LARGEST", "UP to", "with BODIES OF x A SECOND", and what
     *  a limit of that is good for. */
    const char *noun, *most, *up, *before, *after, *safe;
    double (*amount)(const struct traffic_class *class);
    /** Writes an amount as it is typed, in the unit that `like` has. */
    void (*write)(const struct traffic_class *like, double amount, char out[SWEEP_VALUE_SIZE]);
    enum dimension_part part;
    bool eases; /**< a larger amount is less load */
    bool whole; /**< there are only whole amounts */
    bool open;  /**< a class with closed arrival has none */
};

/** A value of a dimension: as it is typed, and in its unit (bytes, ns, a second, a count). */
struct sweep_value {
    char text[SWEEP_VALUE_SIZE];
    double amount; /**< what is plain MB counts as 1e6 bytes */
};

struct sweep_plan {
    char class[CLASS_NAME_SIZE];
    const struct dimension *dimension;            /**< static */
    struct sweep_value values[SWEEP_VALUES_MOST]; /**< from the least load to the most */
    size_t count;
    bool between;   /**< the values are two ends, and the limit is looked for between them */
    unsigned steps; /**< how many values of one system are measured then, the ends included */
    double
        precision; /**< the limit is known well enough when its neighbours differ by that share */
};

/** The text was not understood: one line says what is expected. */
#define SWEEP_PLAN_INVALID 1

/**
 * Parses "CLASS.PART=VALUE,VALUE,..." and, unless it is NULL, "A..B", which then takes the place
 * of the values. `steps` and `precision` are left alone. Returns 0 or SWEEP_PLAN_INVALID.
 */
int sweep_plan_parse(struct sweep_plan *plan, const char *vary, const char *between,
                     char error[CLASS_ERROR_SIZE]);

/** Sets the varied class to a value, which was parsed or made by sweep_plan_middle. */
void sweep_plan_apply(const struct sweep_plan *plan, const struct sweep_value *value,
                      struct traffic_class *class);

/** Whether `a` is more load than `b`. */
bool sweep_plan_is_more(const struct sweep_plan *plan, const struct sweep_value *a,
                        const struct sweep_value *b);

/** By what share of the smaller one two values differ. */
double sweep_plan_apart(const struct sweep_value *a, const struct sweep_value *b);

/**
 * Makes the value in the middle of two, by their ratio, with at most three digits. Returns
 * false when there is none between them.
 */
bool sweep_plan_middle(const struct sweep_plan *plan, const struct sweep_value *a,
                       const struct sweep_value *b, struct sweep_value *out);

#endif
