/*
 * conclude.h: how a command that measured ends: what it means, the report, and
 * the exit code.
 */
#ifndef LOOPLAG_CLIENT_CONCLUDE_H
#define LOOPLAG_CLIENT_CONCLUDE_H

#include "measure/comparison.h"
#include "report/output.h"

/**
 * Concludes from what was measured and delivers it; `ended` is what
 * comparison_measure returned. Says on stderr what fails. Returns an exit code
 * (exit_code.h).
 */
int conclude(struct comparison *comparison, int ended, struct output *output);

#endif
