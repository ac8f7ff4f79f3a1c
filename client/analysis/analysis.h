/*
 * analysis.h: everything that is concluded from the measured windows, in one
 * place and once, before a report is written.
 */
#ifndef LOOPLAG_CLIENT_ANALYSIS_H
#define LOOPLAG_CLIENT_ANALYSIS_H

#include "measure/result.h"

/** Fills in what every cell's windows say. Returns 0 or -ENOMEM. */
int analysis_run(struct result *result);

/**
 * Appends predictions and stalls, a line a cell and more when asked for. The
 * sums of stalls can be left out. Returns 0 or -ENOMEM.
 */
int analysis_tell_findings(const struct result *result, bool sums, struct buffer *out);

/**
 * Appends the lines that decide the exit code: objectives, one a line, then
 * what makes the result untrustworthy. Returns 0 or -ENOMEM.
 */
int analysis_tell_verdicts(const struct result *result, struct buffer *out);

/** EXIT_OK, EXIT_UNTRUSTWORTHY (it cannot be judged, so it goes first) or EXIT_SLO. */
int analysis_exit_code(const struct result *result);

#endif
