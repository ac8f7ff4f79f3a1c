/*
 * config.h: the command line of looplagd, validated; immutable afterwards.
 */
#ifndef LOOPLAG_CONFIG_H
#define LOOPLAG_CONFIG_H

#include "daemon/daemon.h"

/** Positive results of config_parse. */
enum {
    CONFIG_DONE = 1,  /* --help or --version was answered: exit 0 */
    CONFIG_USAGE = 2, /* one line on stderr said what is wrong: exit 2 */
};

/**
 * Fills *options from argv (texts are borrowed from it) over the defaults.
 * Returns 0, CONFIG_DONE or CONFIG_USAGE.
 */
int config_parse(struct daemon_options *options, int argc, char **argv);

#endif
