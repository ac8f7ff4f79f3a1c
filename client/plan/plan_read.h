/*
 * plan_read.h: a plan: a JSON document (docs/plan.schema.json) with the classes,
 * the systems and the options of a run, each told as on the command line. What
 * it says is given to the reader of that, so nothing is checked twice.
 */
#ifndef LOOPLAG_CLIENT_PLAN_READ_H
#define LOOPLAG_CLIENT_PLAN_READ_H

#include "base/option.h"
#include "plan/options.h"

/** The file is no plan: one line in `error` says where it is wrong. */
#define PLAN_INVALID 1

/**
 * Reads a plan. Texts that are borrowed stay until the options are freed. Returns 0 or
 * PLAN_INVALID.
 */
int plan_read(struct options *options, struct option_reader *reader, const char *path,
              char error[OPTIONS_ERROR_SIZE]);

#endif
