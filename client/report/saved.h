/*
 * saved.h: results read back from their JSON, whole: every class's counts and
 * histograms, per window and in sum, so that they can be merged, rendered
 * again and compared.
 */
#ifndef LOOPLAG_CLIENT_SAVED_H
#define LOOPLAG_CLIENT_SAVED_H

#include "analysis/findings.h"
#include "plan/options.h"

enum { SAVED_ERROR_SIZE = 512 };

/** Not to be moved: the result points into the options. */
struct saved {
    struct options options; /**< the classes and modes that the document names */
    struct result result;
    struct cell_findings *told; /**< of each cell, what cannot be found again (saved_findings.h) */
};

/** A file is no result, or results do not fit together: one line says why. */
#define SAVED_INVALID 1
/** Two results hold the same requests, which would count twice. */
#define SAVED_TWICE 2

/** Reads one file, which is a part of its own unless it was merged. Returns 0, SAVED_INVALID with a
 * line, or -ENOMEM. */
int saved_read(struct saved *saved, const char *path, char error[SAVED_ERROR_SIZE]);

/**
 * Adds `from`: cells of the same label, endpoint and class become one, its
 * windows go on counting rounds, everything else is appended. What servers
 * tell of themselves and what probes found cannot be added: of two servers
 * the one with more CPU time is kept, of two probes the one that failed more. Returns 0,
 * SAVED_INVALID with a line, SAVED_TWICE (with both `into` is of no use any
 * more), or -ENOMEM.
 */
int saved_merge(struct saved *into, const struct saved *from, char error[SAVED_ERROR_SIZE]);

/**
 * Concludes from it, as findings_make does. Prediction, stalls and affinity rest on what was told
 * with single requests, which is not saved: of one file they are what was concluded then.
 */
int saved_conclude(struct saved *saved, struct findings *findings);

/** Notes that a file is not among the parts, and why. Returns 0 or -ENOMEM. */
int saved_add_missing(struct saved *saved, const char *path, const char *reason);

/** Frees everything. A zeroed one is accepted; twice is fine. */
void saved_deinit(struct saved *saved);

#endif
