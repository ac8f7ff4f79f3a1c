/* system_plan.c: see system_plan.h. */
#include "systems/system_plan.h"

#include "base/error.h"
#include "base/log.h"
#include "plan/header.h"
#include "plan/url.h"
#include "systems/launch.h"
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

/* How many classes say themselves where their requests go. */
static size_t count_own_endpoints(const struct options *options)
{
    size_t count = 0;
    for (size_t i = 0; i < options->class_count; i++)
        count += options->classes[i].endpoint[0] != '\0';
    return count;
}

/*
 * Lists what is measured of a system: the endpoints that are asked for, of those that it has, as
 * `has` knows of `what` (NULL: it may have any); `own` alone if it is not NULL and none is asked
 * for. Where every class goes elsewhere by itself, the first one's endpoint stands for all.
 */
static void list_endpoints(struct system_plan *plan, const struct options *options, const char *own,
                           bool (*has)(const void *what, const char *endpoint), const void *what)
{
    const char *only = options->endpoints_given ? NULL : own;
    size_t count = 0;
    if (!only)
        only = options->endpoint; /* load has one */
    if (options->class_count && count_own_endpoints(options) == options->class_count)
        only = options->classes[0].endpoint;
    if (only)
        plan->endpoints[count++] = only;
    for (size_t i = 0; !only && i < options->endpoint_count; i++) {
        if (!has || has(what, options->endpoints[i]))
            plan->endpoints[count++] = options->endpoints[i];
    }
}

/* A foreign server has no endpoint that is known: it is asked for one, unless more are named. */
static const char *default_endpoint(const struct options *options)
{
    return options->endpoint ? options->endpoint : options->endpoints[0];
}

static bool offers(const void *what, const char *endpoint)
{
    const struct offer *offer = what;
    return offer_has(offer, endpoint);
}

static bool peer_lists(const void *what, const char *endpoint)
{
    const struct peer *peer = what;
    bool has = !peer->endpoints[0];
    for (size_t i = 0; !has && peer->endpoints[i]; i++)
        has = strcmp(peer->endpoints[i], endpoint) == 0;
    return has;
}

/* Adds a plan once, or twice when keep-alive is what is compared. */
static int add_variants(struct system_plans *plans, const struct options *options,
                        const struct system_plan *plan, char error[SYSTEM_PLAN_ERROR_SIZE])
{
    struct system_plan variant = *plan;
    if (!variant.headers)
        variant.headers = options->headers;
    memcpy(variant.name, plan->label, sizeof variant.name);
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

static int add_looplagd(struct system_plans *plans, const struct options *options,
                        struct system_plan *plan, char error[SYSTEM_PLAN_ERROR_SIZE])
{
    list_endpoints(plan, options, NULL, offers, &plans->endpoints);
    return add_variants(plans, options, plan, error);
}

static int add_mode(struct system_plans *plans, const struct options *options, const char *mode,
                    char error[SYSTEM_PLAN_ERROR_SIZE])
{
    struct system_plan plan = {.kind = SYSTEM_LOOPLAGD};
    snprintf(plan.label, sizeof plan.label, "%.*s", SYSTEM_LABEL_SIZE - 16, mode);
    snprintf(plan.flags, sizeof plan.flags, "--mode=%s", mode);
    return add_looplagd(plans, options, &plan, error);
}

/* What all requests have, and what a system has of its own, which replaces that. */
static const char *const *headers_of(struct system_plans *plans, const struct options *options,
                                     const struct system_spec *spec)
{
    const char **lines = plans->headers[spec - options->systems];
    size_t count = 0;
    if (!spec->headers)
        return options->headers;
    for (size_t i = 0; i < options->header_count; i++) {
        if (!header_is_among(spec->headers, options->headers[i]))
            lines[count++] = options->headers[i];
    }
    for (size_t i = 0; spec->headers[i]; i++)
        lines[count++] = spec->headers[i];
    return lines;
}

static int add_flags(struct system_plans *plans, const struct options *options,
                     const struct system_spec *spec, char error[SYSTEM_PLAN_ERROR_SIZE])
{
    struct system_plan plan = {.kind = SYSTEM_LOOPLAGD,
                               .headers = headers_of(plans, options, spec)};
    memcpy(plan.label, spec->label, sizeof plan.label);
    snprintf(plan.flags, sizeof plan.flags, "%s", spec->text);
    return add_looplagd(plans, options, &plan, error);
}

/*
 * A URL with a path is asked for as it is; where --endpoints or a class names another, that is
 * appended to it, as to any base URL.
 */
static int add_url(struct system_plans *plans, const struct options *options,
                   const struct system_spec *spec, char error[SYSTEM_PLAN_ERROR_SIZE])
{
    struct system_plan plan = {.kind = SYSTEM_TARGET, .headers = headers_of(plans, options, spec)};
    char *url = plans->urls[spec - options->systems];
    const char *path = url_path(spec->text);
    bool whole = options->endpoints_given || count_own_endpoints(options) || path[0] != '/';
    snprintf(url, sizeof plans->urls[0], "%.*s",
             (int)(whole ? strlen(spec->text) : (size_t)(path - spec->text)), spec->text);
    memcpy(plan.label, spec->label, sizeof plan.label);
    plan.url = url;
    list_endpoints(&plan, options, whole ? default_endpoint(options) : path, NULL, NULL);
    return add_variants(plans, options, &plan, error);
}

static int add_command(struct system_plans *plans, const struct options *options,
                       const struct system_spec *spec, char error[SYSTEM_PLAN_ERROR_SIZE])
{
    struct system_plan plan = {.kind = SYSTEM_LAUNCH, .headers = headers_of(plans, options, spec)};
    struct launch *launch = &plans->launches[spec - options->systems];
    struct command_words *words = &plans->words[spec - options->systems];
    for (size_t i = 0; spec->port && i < plans->count; i++) {
        const struct launch *other = plans->rows[i].launch;
        if (!other || other->port != spec->port)
            continue;
        snprintf(error, SYSTEM_PLAN_ERROR_SIZE, "%s and %s both listen on port %u", other->name,
                 spec->label, spec->port);
        return SYSTEM_PLANS_INVALID;
    }
    command_words_split(words, spec->text);
    *launch = (struct launch){.name = spec->label, .ready = options->ready, .port = spec->port};
    memcpy(launch->words, words->list, sizeof launch->words);
    memcpy(plan.label, spec->label, sizeof plan.label);
    plan.launch = launch;
    list_endpoints(&plan, options, default_endpoint(options), NULL, NULL);
    return add_variants(plans, options, &plan, error);
}

/* How each kind of what is typed becomes a plan. */
static const struct {
    int (*add)(struct system_plans *plans, const struct options *options,
               const struct system_spec *spec, char error[SYSTEM_PLAN_ERROR_SIZE]);
    bool is_looplagd;
} spec_kinds[] = {
    [SYSTEM_SPEC_FLAGS] = {add_flags, true},
    [SYSTEM_SPEC_URL] = {add_url, false},
    [SYSTEM_SPEC_COMMAND] = {add_command, false},
};

/* The server of load, which no label tells from others. */
static int add_base_url(struct system_plans *plans, const struct options *options,
                        char error[SYSTEM_PLAN_ERROR_SIZE])
{
    struct system_plan plan = {.kind = SYSTEM_TARGET, .url = options->base_url};
    list_endpoints(&plan, options, NULL, NULL, NULL);
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
    return add_looplagd(plans, options, &plan, error);
}

static int add_peer(struct system_plans *plans, const struct options *options,
                    const struct peer *peer, char error[SYSTEM_PLAN_ERROR_SIZE])
{
    const char *name = peer->launch.name;
    struct system_plan plan = {
        .kind = SYSTEM_LAUNCH, .launch = &peer->launch, .traits = &peer->traits};
    list_endpoints(&plan, options, NULL, peer_lists, peer);
    if (!system_spec_is_label(name, strlen(name))) {
        snprintf(error, SYSTEM_PLAN_ERROR_SIZE, "--peers: '%.100s' is no name for a table", name);
        return SYSTEM_PLANS_INVALID;
    }
    if (!plan.endpoints[0]) {
        log_message("%s has none of the endpoints and is left out", name);
        return 0;
    }
    if (!launch_is_installed(&peer->launch, peer->installed)) {
        log_message("%s is not installed and left out%s%s", name,
                    peer->packages[0] ? ": install " : "", peer->packages);
        return 0;
    }
    snprintf(plan.label, sizeof plan.label, "%s", name);
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

/* Whether a system is asked for an endpoint, or for others in its place. */
static bool is_measured(const struct system_plans *plans, const char *endpoint)
{
    for (size_t p = 0; p < plans->count; p++) {
        const char *const *asked = plans->rows[p].endpoints;
        for (size_t e = 0; asked[e]; e++) {
            if (strcmp(asked[e], endpoint) == 0)
                return true;
        }
    }
    return false;
}

/* An endpoint that no system has would only be measured as errors. */
static int check_endpoints(const struct system_plans *plans, const struct options *options,
                           char error[SYSTEM_PLAN_ERROR_SIZE])
{
    char known[OFFER_TEXT_SIZE];
    bool replaced = count_own_endpoints(options) == options->class_count;
    for (size_t e = 0; options->endpoints_given && !replaced && e < options->endpoint_count; e++) {
        if (is_measured(plans, options->endpoints[e]))
            continue;
        offer_list(&plans->endpoints, known);
        snprintf(error, SYSTEM_PLAN_ERROR_SIZE, "--endpoints: no system has %.200s: use %s",
                 options->endpoints[e], known);
        return SYSTEM_PLANS_INVALID;
    }
    return 0;
}

bool system_plans_need_looplagd(const struct options *options)
{
    bool needed = options->mode_count || options->pods;
    for (size_t i = 0; i < options->system_count; i++)
        needed = needed || spec_kinds[options->systems[i].kind].is_looplagd;
    return needed;
}

int system_plans_make(struct system_plans *plans, const struct options *options, const char *path,
                      char error[SYSTEM_PLAN_ERROR_SIZE])
{
    char why[SERVER_ERROR_SIZE] = "it names none";
    memset(plans, 0, sizeof *plans);
    int r = path ? ask(plans, path, why) : 0;
    if (r == 0)
        r = add_modes(plans, options, why, error);
    for (size_t i = 0; r == 0 && i < options->system_count; i++)
        r = spec_kinds[options->systems[i].kind].add(plans, options, &options->systems[i], error);
    for (size_t i = 0; r == 0 && options->pods && i < options->balance_count; i++)
        r = add_pods(plans, options, options->balances[i], error);
    if (r == 0 && options->peers)
        r = add_peers(plans, options, error);
    if (r == 0 && options->base_url && options->system_count == 0)
        r = add_base_url(plans, options, error);
    return r ? r : check_endpoints(plans, options, error);
}

void system_plans_deinit(struct system_plans *plans)
{
    peer_table_deinit(&plans->peers);
}
