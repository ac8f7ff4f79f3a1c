/* load.c: see load.h. */
#include "commands/load.h"

#include "analysis/findings.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "commands/exit_code.h"
#include "measure/result.h"
#include "measure/session.h"
#include "measure/workload.h"
#include "plan/start_time.h"
#include "report/output.h"
#include "send/control.h"
#include "send/runner.h"

#include <stdio.h>
#include <string.h>

#define WARM_UP_NS (100 * NS_PER_MS)

enum { TITLE_SIZE = 64 };

/* The windows of a round; the next round has them in the reverse order: A B B A. */
static int run_round(struct session *session, unsigned round)
{
    const struct options *options = session->workload->options;
    bool baseline = session_has_baseline(session->workload);
    int64_t with = options->duration_ns / options->rounds;
    int r = 0;
    for (unsigned part = 0; r == 0 && part < (baseline ? 2 : 1); part++) {
        bool alone = baseline && part == round % 2;
        bool several = baseline || options->rounds > 1;
        char title[TITLE_SIZE] = "";
        if (several)
            snprintf(title, sizeof title, "round %u of %u%s", round + 1, options->rounds,
                     alone ? ", without large" : "");
        const struct session_window window = {
            .round = round,
            .alone = alone,
            .duration_ns = alone ? (int64_t)((double)with * SESSION_ALONE_SHARE) : with,
            .number = several ? window_number(round, alone) : 0,
            .title = title,
        };
        r = session_measure(session, &window);
    }
    return r;
}

/* A first request of each kind finds caches and heaps cold: with a baseline, not measured. */
static int warm_up(struct session *session)
{
    int64_t duration = session->workload->options->duration_ns;
    const struct session_window window = {
        .warm_up = true,
        .duration_ns = duration < WARM_UP_NS ? duration : WARM_UP_NS,
        .title = "warm-up",
    };
    return session_has_baseline(session->workload) ? session_measure(session, &window) : 0;
}

static int measure(const struct workload *workload, const struct target *target,
                   struct result *result)
{
    const struct options *options = workload->options;
    struct progress progress;
    progress_init(&progress, options->quiet);
    struct session session = {
        .workload = workload,
        .target = target,
        .result = result,
        .progress = &progress,
        .cells = result->cells,
        .keepalive = options->keepalive,
    };
    session_init(&session, "", options->endpoint, 0);
    int r = warm_up(&session);
    for (unsigned round = 0; r == 0 && round < options->rounds; round++)
        r = run_round(&session, round);
    return r;
}

/* Measures with the probe beside the load, if one is wanted. */
static int measure_and_probe(const struct workload *workload, const struct target *target,
                             struct result *result)
{
    struct probe *probe = NULL;
    const struct probe_plan *plan = &workload->options->probe;
    int r = plan->wanted ? probe_start(&probe, plan, target) : 0;
    if (r == 0)
        r = measure(workload, target, result);
    probe_finish(probe, &result->probe);
    return r;
}

/* Waits for the time of --start-at. Returns whether a signal came instead. */
static bool wait_for_start(const struct options *options, int64_t start_wall_ns)
{
    char when[CLOCK_RFC3339_SIZE];
    clock_format_rfc3339(start_wall_ns, when);
    if (!options->quiet)
        log_message("starting at %s", when);
    for (;;) {
        int64_t left = start_wall_ns - clock_wall_ns();
        if (left <= 0)
            return false;
        if (control_wait(left < NS_PER_S ? left : NS_PER_S))
            return true;
    }
}

/* A looplagd tells its mode and its own figures; other servers do not. */
static int ask_server(const struct options *options, const struct target *target,
                      struct result *result)
{
    struct server_stats stats;
    if (result_ok(result) == 0)
        return 0;
    int r = server_stats_fetch(target->base_url, target->connect_to, options->headers, &stats);
    for (size_t i = 0; r == 0 && i < result->cell_count; i++) {
        struct cell *cell = &result->cells[i];
        cell->has_server = true;
        cell->server = stats;
        snprintf(cell->mode, sizeof cell->mode, "%s", stats.mode);
    }
    return r == SERVER_STATS_FOREIGN ? 0 : r;
}

static int run(const struct workload *workload, const struct target *target, int argc, char **argv,
               struct output *output)
{
    const struct options *options = workload->options;
    CLEANUP(result_deinit)
    struct result result;
    int r = result_init(&result, options, options->class_count, argc, argv);
    if (r == 0)
        r = measure_and_probe(workload, target, &result);
    bool interrupted = r == RUNNER_INTERRUPTED;
    if (r >= 0)
        r = ask_server(options, target, &result);
    CLEANUP(findings_deinit)
    struct findings findings = {0};
    result_seal(&result);
    if (r == 0)
        r = findings_make(&findings, &result);
    if (r < 0) {
        log_message("the run failed: %s", strerror(-r));
        return EXIT_FAILED;
    }
    int written = output_deliver(&findings, output);
    if (interrupted)
        return EXIT_INTERRUPTED;
    if (result_ok(&result) == 0)
        log_message("nothing could be measured: no request to %s was answered with success",
                    target->base_url);
    return written || result_ok(&result) == 0 ? EXIT_FAILED : exit_code_of(&findings);
}

int load_command(const struct options *options, int argc, char **argv)
{
    char error[OPTIONS_ERROR_SIZE];
    struct target target;
    int64_t start_ns = clock_wall_ns(); /* what a relative time counts from */
    if (options->start_at && start_time_parse(options->start_at, start_ns, &start_ns)) {
        log_message("--start-at=%s is past", options->start_at);
        return EXIT_USAGE;
    }
    CLEANUP(workload_deinit)
    struct workload workload;
    int r = workload_init(&workload, options, error);
    if (r < 0)
        snprintf(error, sizeof error, "cannot make the bodies: %s", strerror(-r));
    if (r) {
        log_message("%s", error);
        return r < 0 ? EXIT_FAILED : EXIT_USAGE;
    }
    CLEANUP(output_close)
    struct output output;
    if (output_open(&output, options))
        return EXIT_FAILED;
    r = target_init(&target, options->base_url, error);
    if (r) {
        log_message("%s", r < 0 ? strerror(-r) : error);
        return r == TARGET_INVALID ? EXIT_USAGE : EXIT_FAILED;
    }
    if (options->start_at && wait_for_start(options, start_ns))
        return EXIT_INTERRUPTED;
    return run(&workload, &target, argc, argv, &output);
}
