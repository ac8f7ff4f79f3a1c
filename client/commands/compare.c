/* compare.c: see compare.h. */
#include "commands/compare.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "commands/conclude.h"
#include "commands/exit_code.h"

#include <math.h>
#include <string.h>

enum { TELL_FROM_S = 120 };

int compare_plan_init(struct compare_plan *plan, const struct options *options)
{
    char error[SYSTEM_PLAN_ERROR_SIZE];
    if (server_find(options->server, plan->server, error)) {
        log_message("%s", error);
        return EXIT_FAILED;
    }
    int r = system_plans_make(&plan->systems, options, plan->server, error);
    if (r == SYSTEM_PLANS_INTERRUPTED)
        return EXIT_INTERRUPTED;
    if (r)
        log_message("%s", r < 0 ? strerror(-r) : error);
    return r ? (r == SYSTEM_PLANS_INVALID ? EXIT_USAGE : EXIT_FAILED) : 0;
}

void compare_plan_deinit(struct compare_plan *plan)
{
    system_plans_deinit(&plan->systems);
}

/* Each system with each endpoint that it has; only counted without a comparison. */
static size_t add_contenders(struct comparison *comparison, const struct compare_plan *plan,
                             const struct options *options)
{
    size_t count = 0;
    for (size_t s = 0; s < plan->systems.count; s++) {
        const struct system_plan *system = &plan->systems.rows[s];
        for (size_t e = 0; e < options->endpoint_count; e++) {
            if (!system_plan_answers(system, options->endpoints[e]))
                continue;
            count++;
            if (comparison)
                comparison_add(comparison, system, options->endpoints[e]);
        }
    }
    return count;
}

/* Who asks for much is told how long it takes: replies that are awaited come on top. */
static void tell_length(const struct comparison *comparison, const struct options *options)
{
    bool baseline = session_has_baseline(comparison->setting.workload);
    double seconds = (double)options->duration_ns / (double)NS_PER_S * (double)comparison->count *
                     (baseline ? 1 + SESSION_ALONE_SHARE : 1);
    if (!options->quiet && seconds > TELL_FROM_S)
        log_message("measuring %zu servers takes more than %.0f minutes", comparison->count,
                    floor(seconds / 60));
}

int compare_init(struct comparison *comparison, const struct compare_plan *plan,
                 const struct workload *workload, int argc, char **argv)
{
    const struct options *options = workload->options;
    const struct comparison_setting setting = {
        .workload = workload,
        .systems = {.server = plan->server,
                    .port = options->port,
                    .timeout_ns = options->timeout_ns},
        .contenders = add_contenders(NULL, plan, options),
    };
    int r = comparison_init(comparison, &setting, argc, argv);
    if (r)
        return r;
    add_contenders(comparison, plan, options);
    tell_length(comparison, options);
    return 0;
}

static int run(const struct compare_plan *plan, const struct workload *workload,
               struct output *output, int argc, char **argv)
{
    CLEANUP(comparison_deinit)
    struct comparison comparison = {.count = 0};
    int r = compare_init(&comparison, plan, workload, argc, argv);
    if (r) {
        log_message("%s", strerror(-r));
        return EXIT_FAILED;
    }
    return conclude(&comparison, comparison_measure(&comparison), output);
}

int compare_command(const struct options *options, int argc, char **argv)
{
    char error[OPTIONS_ERROR_SIZE];
    CLEANUP(compare_plan_deinit)
    struct compare_plan plan = {.server = ""};
    int code = compare_plan_init(&plan, options);
    if (code)
        return code;
    CLEANUP(output_close)
    struct output output;
    if (output_open(&output, options))
        return EXIT_FAILED;
    CLEANUP(workload_deinit)
    struct workload workload;
    int r = workload_init(&workload, options, error);
    if (r == 0)
        return run(&plan, &workload, &output, argc, argv);
    log_message("%s", error);
    return r < 0 ? EXIT_FAILED : EXIT_USAGE;
}
