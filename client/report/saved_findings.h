/*
 * saved_findings.h: conclusions that rest on single requests (prediction, stalls, affinity). A
 * saved result holds no requests, so these cannot be found again: they are read as they were
 * concluded, and take the place of what was found without them.
 */
#ifndef LOOPLAG_CLIENT_SAVED_FINDINGS_H
#define LOOPLAG_CLIENT_SAVED_FINDINGS_H

#include "analysis/findings.h"
#include "plan/json_in.h"

/**
 * Reads those of every cell, and into the result what --exhibit measured; its cells and the
 * options' classes have been read. Returns one for each cell, the caller's to free, or NULL
 * after a fault.
 */
struct cell_findings *saved_findings_read(const struct json_in *root, struct options *options,
                                          struct result *result);

/** Puts those that were read, which lose what they own, into the findings of the same cells. */
void saved_findings_put(struct cell_findings *told, struct findings *findings);

/** Frees those of `count` cells. NULL is accepted. */
void saved_findings_free(struct cell_findings *told, size_t count);

#endif
