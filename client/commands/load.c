/*
 * load.c: see load.h. A comparison of one system, which runs already and is
 * not named.
 */
#include "commands/load.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "commands/conclude.h"
#include "commands/exit_code.h"
#include "plan/start_time.h"
#include "send/control.h"
#include "send/handshake.h"

#include <stdio.h>
#include <string.h>

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

static int run(const struct workload *workload, const struct target *target, int argc, char **argv,
               struct output *output)
{
    const struct options *options = workload->options;
    const struct system_plan plan = {
        .kind = SYSTEM_TARGET,
        .keepalive = options->keepalive,
        .target = target,
        .headers = options->headers,
    };
    const struct comparison_setting setting = {
        .workload = workload,
        .contenders = 1,
        .sole = true,
    };
    CLEANUP(comparison_deinit)
    struct comparison comparison;
    int r = comparison_init(&comparison, &setting, argc, argv);
    if (r) {
        log_message("the run failed: %s", strerror(-r));
        return EXIT_FAILED;
    }
    comparison_add(&comparison, &plan, options->endpoint);
    return conclude(&comparison, comparison_measure(&comparison), output);
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
    if (r) {
        log_message("%s", error);
        return r < 0 ? EXIT_FAILED : EXIT_USAGE;
    }
    CLEANUP(output_close)
    struct output output;
    if (output_open(&output, options))
        return EXIT_FAILED;
    r = target_init(&target, options->base_url, &options->reach, error);
    r = r ? r : handshake_check(&target, error);
    if (r) {
        log_message("%s", r < 0 ? strerror(-r) : error);
        return r == TARGET_INVALID ? EXIT_USAGE : EXIT_FAILED;
    }
    if (options->start_at && wait_for_start(options, start_ns - COMPARISON_LEAD_NS))
        return EXIT_INTERRUPTED;
    return run(&workload, &target, argc, argv, &output);
}
