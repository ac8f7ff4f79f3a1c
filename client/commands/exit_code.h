/*
 * exit_code.h: the program's exit codes, and which one a result comes to.
 */
#ifndef LOOPLAG_CLIENT_EXIT_CODE_H
#define LOOPLAG_CLIENT_EXIT_CODE_H

struct findings;

enum {
    EXIT_OK = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_DIFFERENT = 97,     /**< of diff --exit-code */
    EXIT_UNTRUSTWORTHY = 98, /**< the client did not keep to its plan: see analysis/audit.h */
    EXIT_SLO = 99,
    EXIT_INTERRUPTED = 130
};

/** EXIT_OK, EXIT_UNTRUSTWORTHY (it cannot be judged, so it goes first) or EXIT_SLO. */
int exit_code_of(const struct findings *findings);

#endif
