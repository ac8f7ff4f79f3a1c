/*
 * system_plan.h: which systems are compared: what each is called and how it is
 * started. Nothing runs here but the questions what looplagd has and which
 * peers are installed.
 */
#ifndef LOOPLAG_CLIENT_SYSTEM_PLAN_H
#define LOOPLAG_CLIENT_SYSTEM_PLAN_H

#include "plan/balance.h"
#include "plan/system_spec.h"
#include "systems/offer.h"
#include "systems/peer_table.h"
#include "systems/program.h"

#include <stdbool.h>
#include <stddef.h>

struct options;
struct target;

enum { SYSTEM_PLANS_MOST = 64, SYSTEM_PLAN_ERROR_SIZE = 768 };

/** What a system is made of: rows of the table in system.c. */
enum system_kind { SYSTEM_LOOPLAGD, SYSTEM_PODS, SYSTEM_PEER, SYSTEM_TARGET, SYSTEM_KINDS };

/** A system under test. */
struct system_plan {
    char label[SYSTEM_LABEL_SIZE]; /**< the table's Mode column */
    char name[SYSTEM_LABEL_SIZE];  /**< the same without what tells keep-alive or not */
    enum system_kind kind;
    char flags[SYSTEM_FLAGS_SIZE]; /**< of the server, split at blanks */
    bool keepalive;                /**< the client reuses its connections to it */
    unsigned pods;                 /**< SYSTEM_PODS: how many */
    const struct balance *balance; /**< SYSTEM_PODS: how they share the requests */
    const char *haproxy;           /**< SYSTEM_PODS: its path; borrowed from the plans */
    const struct peer *peer;       /**< SYSTEM_PEER: borrowed from the plans */
    const struct target *target;   /**< SYSTEM_TARGET: a server that runs already; borrowed */
    const char *const *headers;    /**< SYSTEM_TARGET: to ask it with; NULL-terminated */
    const struct offer *endpoints; /**< the others: looplagd's; borrowed from the plans */
};

/** Not to be moved. A zeroed one is a valid, empty one. */
struct system_plans {
    struct system_plan rows[SYSTEM_PLANS_MOST];
    size_t count;
    struct peer_table peers;
    struct offer modes;     /**< of looplagd */
    struct offer endpoints; /**< of looplagd */
    char haproxy[PROGRAM_PATH_SIZE];
};

/** The list cannot be made: one line in `error` says why, unless a signal told us to stop. */
enum { SYSTEM_PLANS_INVALID = 1, SYSTEM_PLANS_FAILED, SYSTEM_PLANS_INTERRUPTED };

/**
 * Lists what the options ask for: modes, systems, pods with each balance and
 * peers, each with and without keep-alive if both are wanted. `path` is
 * looplagd's, which is asked what modes and endpoints it has; one that does not
 * tell may have any. A peer that is not installed is left out, and told on
 * stderr. Returns 0, SYSTEM_PLANS_INVALID (usage: also a mode that is not there,
 * and an endpoint that no system has), SYSTEM_PLANS_FAILED,
 * SYSTEM_PLANS_INTERRUPTED or a negative errno.
 */
int system_plans_make(struct system_plans *plans, const struct options *options, const char *path,
                      char error[SYSTEM_PLAN_ERROR_SIZE]);

/** Whether the system has an endpoint. */
bool system_plan_answers(const struct system_plan *plan, const char *endpoint);

/** Frees what the plans borrow from. */
void system_plans_deinit(struct system_plans *plans);

#endif
