/* system_plan.c: see system_plan.h. */
#include "systems/system_plan.h"

#include "base/error.h"
#include "base/log.h"
#include "plan/options.h"
#include "systems/peer_command.h"
#include "systems/server_process.h"

#include <stdio.h>
#include <string.h>

static int add(struct system_plans *plans, const struct system_plan *plan,
               char error[SYSTEM_PLAN_ERROR_SIZE])
{
    for (size_t i = 0; i < plans->count; i++) {
        if (strcmp(plans->rows[i].label, plan->label) == 0) {
            snprintf(error, SYSTEM_PLAN_ERROR_SIZE,
                     "two systems are called '%s': give each a label of its own", plan->label);
            return SYSTEM_PLANS_INVALID;
        }
    }
    if (plans->count == SYSTEM_PLANS_MOST) {
        snprintf(error, SYSTEM_PLAN_ERROR_SIZE, "more than %d systems are too many",
                 SYSTEM_PLANS_MOST);
        return SYSTEM_PLANS_INVALID;
    }
    plans->rows[plans->count++] = *plan;
    return 0;
}

/* Adds a plan once, or twice when keep-alive is what is compared. */
static int add_variants(struct system_plans *plans, const struct options *options,
                        const struct system_plan *plan, char error[SYSTEM_PLAN_ERROR_SIZE])
{
    struct system_plan variant = *plan;
    memcpy(variant.name, plan->label, sizeof variant.name);
    variant.endpoints = &plans->endpoints;
    variant.keepalive = options->keepalive;
    if (!options->both_keepalives)
        return add(plans, &variant, error);
    int r = 0;
    for (int kept = 1; r == 0 && kept >= 0; kept--) {
        variant.keepalive = kept;
        snprintf(variant.label, sizeof variant.label, "%.52s %s", plan->label,
                 kept ? "keep-alive" : "new-conn");
        r = add(plans, &variant, error);
    }
    return r;
}

static int add_mode(struct system_plans *plans, const struct options *options, const char *mode,
                    char error[SYSTEM_PLAN_ERROR_SIZE])
{
    struct system_plan plan = {.kind = SYSTEM_LOOPLAGD};
    snprintf(plan.label, sizeof plan.label, "%.*s", SYSTEM_LABEL_SIZE - 16, mode);
    snprintf(plan.flags, sizeof plan.flags, "--mode=%s", mode);
    return add_variants(plans, options, &plan, error);
}

static int add_spec(struct system_plans *plans, const struct options *options,
                    const struct system_spec *spec, char error[SYSTEM_PLAN_ERROR_SIZE])
{
    struct system_plan plan = {.kind = SYSTEM_LOOPLAGD};
    memcpy(plan.label, spec->label, sizeof plan.label);
    memcpy(plan.flags, spec->flags, sizeof plan.flags);
    return add_variants(plans, options, &plan, error);
}

/* Asks looplagd what it has. `why` says what failed. Returns 0 or SYSTEM_PLANS_INTERRUPTED. */
static int ask(struct system_plans *plans, const char *path, char why[SERVER_ERROR_SIZE])
{
    char reason[SERVER_ERROR_SIZE];
    int r = offer_ask(&plans->modes, path, "--list-modes", why);
    if (r == 0)
        r = offer_ask(&plans->endpoints, path, "--list-endpoints", reason);
    else if (r < 0)
        snprintf(why, SERVER_ERROR_SIZE, "%s", strerror(-r));
    return r == SERVER_INTERRUPTED ? SYSTEM_PLANS_INTERRUPTED : 0;
}

static int add_all_modes(struct system_plans *plans, const struct options *options, const char *why,
                         char error[SYSTEM_PLAN_ERROR_SIZE])
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < plans->modes.count; i++)
        r = add_mode(plans, options, plans->modes.names[i], error);
    if (plans->modes.count)
        return r;
    snprintf(error, SYSTEM_PLAN_ERROR_SIZE, "cannot list all modes: %.560s", why);
    return SYSTEM_PLANS_FAILED;
}

/* The modes by name, or all. */
static int add_modes(struct system_plans *plans, const struct options *options, const char *why,
                     char error[SYSTEM_PLAN_ERROR_SIZE])
{
    char known[OFFER_TEXT_SIZE];
    int r = 0;
    for (size_t i = 0; r == 0 && i < options->mode_count; i++) {
        const char *mode = options->modes[i];
        if (strcmp(mode, "all") == 0) {
            r = add_all_modes(plans, options, why, error);
        } else if (offer_has(&plans->modes, mode)) {
            r = add_mode(plans, options, mode, error);
        } else {
            offer_list(&plans->modes, known);
            snprintf(error, SYSTEM_PLAN_ERROR_SIZE,
                     "--modes: looplagd has no mode '%.100s': use %s, or all", mode, known);
            r = SYSTEM_PLANS_INVALID;
        }
    }
    return r;
}

static int add_pods(struct system_plans *plans, const struct options *options, const char *balance,
                    char error[SYSTEM_PLAN_ERROR_SIZE])
{
    struct system_plan plan = {
        .kind = SYSTEM_PODS,
        .pods = options->pods,
        .balance = balance_find(balance),
    };
    if (!program_find(options->haproxy, plans->haproxy)) {
        snprintf(error, SYSTEM_PLAN_ERROR_SIZE,
                 "--topology=pods needs HAProxy, and there is no program %.300s: install the "
                 "package haproxy, or say where it is with --haproxy=PATH",
                 options->haproxy);
        return SYSTEM_PLANS_FAILED;
    }
    plan.haproxy = plans->haproxy;
    snprintf(plan.label, sizeof plan.label, "pods:%u %s", options->pods, balance);
    return add_variants(plans, options, &plan, error);
}

bool system_plan_answers(const struct system_plan *plan, const char *endpoint)
{
    if (!plan->peer)
        return !plan->endpoints || offer_has(plan->endpoints, endpoint);
    bool answers = !plan->peer->endpoints[0];
    for (size_t i = 0; !answers && plan->peer->endpoints[i]; i++)
        answers = strcmp(plan->peer->endpoints[i], endpoint) == 0;
    return answers;
}

/* Whether it has one of the endpoints that are compared. */
static bool answers_any(const struct options *options, const struct system_plan *plan)
{
    for (size_t i = 0; i < options->endpoint_count; i++) {
        if (system_plan_answers(plan, options->endpoints[i]))
            return true;
    }
    return false;
}

static int add_peer(struct system_plans *plans, const struct options *options,
                    const struct peer *peer, char error[SYSTEM_PLAN_ERROR_SIZE])
{
    struct system_plan plan = {.kind = SYSTEM_PEER, .peer = peer};
    if (!system_spec_is_label(peer->name, strlen(peer->name))) {
        snprintf(error, SYSTEM_PLAN_ERROR_SIZE, "--peers: '%.100s' is no name for a table",
                 peer->name);
        return SYSTEM_PLANS_INVALID;
    }
    if (!answers_any(options, &plan)) {
        log_message("%s has none of the endpoints and is left out", peer->name);
        return 0;
    }
    if (!peer_is_installed(peer)) {
        log_message("%s is not installed and left out%s%s", peer->name,
                    peer->packages[0] ? ": install " : "", peer->packages);
        return 0;
    }
    snprintf(plan.label, sizeof plan.label, "%s", peer->name);
    return add_variants(plans, options, &plan, error);
}

static int add_peers(struct system_plans *plans, const struct options *options,
                     char error[SYSTEM_PLAN_ERROR_SIZE])
{
    char path[PEER_PATH_SIZE];
    char reason[PEER_ERROR_SIZE];
    if (!options->peers_file && !peer_table_find(path)) {
        snprintf(error, SYSTEM_PLAN_ERROR_SIZE,
                 "the table of peers is not beside this program: say where with --peers=FILE");
        return SYSTEM_PLANS_FAILED;
    }
    if (peer_table_read(&plans->peers, options->peers_file ? options->peers_file : path, reason)) {
        snprintf(error, SYSTEM_PLAN_ERROR_SIZE, "%s", reason);
        return SYSTEM_PLANS_INVALID;
    }
    int r = 0;
    for (size_t i = 0; r == 0 && i < plans->peers.count; i++)
        r = add_peer(plans, options, &plans->peers.rows[i], error);
    return r;
}

/* An endpoint that no system has would only be measured as errors. */
static int check_endpoints(const struct system_plans *plans, const struct options *options,
                           char error[SYSTEM_PLAN_ERROR_SIZE])
{
    char known[OFFER_TEXT_SIZE];
    for (size_t e = 0; e < options->endpoint_count; e++) {
        bool answered = false;
        for (size_t p = 0; !answered && p < plans->count; p++)
            answered = system_plan_answers(&plans->rows[p], options->endpoints[e]);
        if (answered)
            continue;
        offer_list(&plans->endpoints, known);
        snprintf(error, SYSTEM_PLAN_ERROR_SIZE, "--endpoints: no system has %.200s: use %s",
                 options->endpoints[e], known);
        return SYSTEM_PLANS_INVALID;
    }
    return 0;
}

int system_plans_make(struct system_plans *plans, const struct options *options, const char *path,
                      char error[SYSTEM_PLAN_ERROR_SIZE])
{
    char why[SERVER_ERROR_SIZE] = "it names none";
    memset(plans, 0, sizeof *plans);
    int r = ask(plans, path, why);
    if (r == 0)
        r = add_modes(plans, options, why, error);
    for (size_t i = 0; r == 0 && i < options->system_count; i++)
        r = add_spec(plans, options, &options->systems[i], error);
    for (size_t i = 0; r == 0 && options->pods && i < options->balance_count; i++)
        r = add_pods(plans, options, options->balances[i], error);
    if (r == 0 && options->peers)
        r = add_peers(plans, options, error);
    return r ? r : check_endpoints(plans, options, error);
}

void system_plans_deinit(struct system_plans *plans)
{
    peer_table_deinit(&plans->peers);
}
