/*
 * system_plan.h: which systems are compared: what each is called and how it is
 * started. Nothing runs here but the questions what looplagd has and which
 * peers are installed.
 */
#ifndef LOOPLAG_CLIENT_SYSTEM_PLAN_H
#define LOOPLAG_CLIENT_SYSTEM_PLAN_H

#include "plan/balance.h"
#include "plan/command_words.h"
#include "plan/options.h"
#include "plan/system_spec.h"
#include "plan/url.h"
#include "systems/offer.h"
#include "systems/peer_table.h"
#include "systems/program.h"

#include <stdbool.h>
#include <stddef.h>

enum { SYSTEM_PLANS_MOST = 64, SYSTEM_PLAN_ERROR_SIZE = 768 };

/** What a system is made of: rows of the table in system.c. */
enum system_kind { SYSTEM_LOOPLAGD, SYSTEM_PODS, SYSTEM_LAUNCH, SYSTEM_TARGET, SYSTEM_KINDS };

/** A system under test. */
struct system_plan {
    char label[SYSTEM_LABEL_SIZE]; /**< the table's Mode column */
    char name[SYSTEM_LABEL_SIZE];  /**< the same without what tells keep-alive or not */
    enum system_kind kind;
    char flags[SYSTEM_FLAGS_SIZE];      /**< of the server, split at blanks */
    bool keepalive;                     /**< the client reuses its connections to it */
    unsigned pods;                      /**< SYSTEM_PODS: how many */
    const struct balance *balance;      /**< SYSTEM_PODS: how they share the requests */
    const char *haproxy;                /**< SYSTEM_PODS: its path; borrowed from the plans */
    const struct launch *launch;        /**< SYSTEM_LAUNCH: borrowed, as the next */
    const struct system_traits *traits; /**< SYSTEM_LAUNCH: as a table tells them; NULL: unknown */
    const char *url;            /**< SYSTEM_TARGET: of a server that runs already; borrowed */
    const char *const *headers; /**< of all requests to it; NULL-terminated, or NULL; borrowed */
    /** What is measured of it: one contender each; NULL-terminated, borrowed. */
    const char *endpoints[OPTIONS_LIST_MOST + 1];
};

/** Not to be moved. A zeroed one is a valid, empty one. */
struct system_plans {
    struct system_plan rows[SYSTEM_PLANS_MOST];
    size_t count;
    struct peer_table peers;
    struct launch launches[OPTIONS_LIST_MOST];     /**< of --start */
    struct command_words words[OPTIONS_LIST_MOST]; /**< of the launches */
    char urls[OPTIONS_LIST_MOST][URL_SIZE];        /**< of --target, without their own path */
    struct offer modes;                            /**< of looplagd */
    struct offer endpoints;                        /**< of looplagd */
    char haproxy[PROGRAM_PATH_SIZE];
    const char
        *headers[OPTIONS_LIST_MOST][2 * OPTIONS_LIST_MOST + 1]; /**< of systems of their own */
};

/** The list cannot be made: one line in `error` says why, unless a signal told us to stop. */
enum { SYSTEM_PLANS_INVALID = 1, SYSTEM_PLANS_FAILED, SYSTEM_PLANS_INTERRUPTED };

/** Whether looplagd is needed for what the options ask for. */
bool system_plans_need_looplagd(const struct options *options);

/**
 * Lists what the options ask for: modes, systems, pods with each balance and
 * peers, each with and without keep-alive if both are wanted; or the one URL of
 * load. `path` is looplagd's, which is asked what modes and endpoints it has; one that
 * does not tell may have any; NULL when it is not needed. A peer that is not installed
 * is left out, and told on stderr. Returns 0, SYSTEM_PLANS_INVALID (usage: also a mode
 * that is not there, and an endpoint that no system has), SYSTEM_PLANS_FAILED,
 * SYSTEM_PLANS_INTERRUPTED or a negative errno.
 */
int system_plans_make(struct system_plans *plans, const struct options *options, const char *path,
                      char error[SYSTEM_PLAN_ERROR_SIZE]);

/** Frees what the plans borrow from. */
void system_plans_deinit(struct system_plans *plans);

#endif
