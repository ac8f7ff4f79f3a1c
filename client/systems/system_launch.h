/*
 * system_launch.h: the kind of system that is another server than looplagd and
 * is started for the run.
 */
#ifndef LOOPLAG_CLIENT_SYSTEM_LAUNCH_H
#define LOOPLAG_CLIENT_SYSTEM_LAUNCH_H

#include "systems/system_kind.h"

/** As system_start, for a row of the table of kinds. */
int system_launch_start(struct system *system, const struct system_setting *setting,
                        char error[SERVER_ERROR_SIZE]);

#endif
