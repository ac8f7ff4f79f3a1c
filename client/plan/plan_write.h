/*
 * plan_write.h: the plan (plan_read.h) that a command line amounts to, without
 * its secrets. Read again, it gives the same run.
 */
#ifndef LOOPLAG_CLIENT_PLAN_WRITE_H
#define LOOPLAG_CLIENT_PLAN_WRITE_H

#include "base/option.h"
#include "plan/options.h"

/** Returns the document, to be freed, or NULL without memory. */
char *plan_write(const struct options *options, const struct option_reader *reader);

#endif
