/*
 * options_set.h: the options one by one: their names, the commands that take
 * them, and how each value is checked and stored.
 */
#ifndef LOOPLAG_CLIENT_OPTIONS_SET_H
#define LOOPLAG_CLIENT_OPTIONS_SET_H

#include "plan/options.h"

/** What several options set together, until every argument has been seen. */
struct draft {
    struct options *options;
    struct traffic_class small;
    struct traffic_class large;
    enum arrival arrival;
    bool has_format;
    bool has_balances;
    bool has_haproxy;
    bool has_modes;
    const char *standard; /* the first option given that shapes small or large */
    const char *text;     /* of the option that is being set */
    char reason[CLASS_ERROR_SIZE];
    char *error;
};

/** Stores draft->text and returns NULL, or says what is expected. */
typedef const char *(*option_setter)(struct draft *draft);

struct option_row {
    const char *name;
    int letter;        /* 0: none */
    int argument;      /* getopt's: no_argument, required_argument, optional_argument */
    unsigned commands; /* bits of enum command */
    option_setter set;
};

extern const struct option_row option_rows[];
extern const size_t option_row_count;

#endif
