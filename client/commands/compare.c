/* compare.c: see compare.h. */
#include "commands/compare.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "commands/conclude.h"
#include "commands/exit_code.h"
#include "plan/start_time.h"
#include "send/handshake.h"

#include <math.h>
#include <string.h>

enum { TELL_FROM_S = 120 };

/* What servers that run already need to be reached, certificates among it, is looked at first. */
static int check_targets(const struct system_plans *systems, const struct options *options)
{
    for (size_t i = 0; i < systems->count; i++) {
        char error[TARGET_ERROR_SIZE];
        struct target target;
        if (!systems->rows[i].url)
            continue;
        int r = target_init(&target, systems->rows[i].url, &options->reach, error);
        r = r ? r : handshake_check(&target, error);
        if (r) {
            log_message("%s", r < 0 ? strerror(-r) : error);
            return r == TARGET_INVALID ? EXIT_USAGE : EXIT_FAILED;
        }
    }
    return 0;
}

int compare_plan_init(struct compare_plan *plan, const struct options *options)
{
    char error[SERVER_ERROR_SIZE];
    bool needed = system_plans_need_looplagd(options);
    if (needed && server_find(options->server, plan->server, error)) {
        log_message("%s", error);
        return EXIT_FAILED;
    }
    int r = system_plans_make(&plan->systems, options, needed ? plan->server : NULL, error);
    if (r == SYSTEM_PLANS_INTERRUPTED)
        return EXIT_INTERRUPTED;
    if (r)
        log_message("%s", r < 0 ? strerror(-r) : error);
    if (r)
        return r == SYSTEM_PLANS_INVALID ? EXIT_USAGE : EXIT_FAILED;
    return check_targets(&plan->systems, options);
}

void compare_plan_deinit(struct compare_plan *plan)
{
    system_plans_deinit(&plan->systems);
}

size_t compare_pairs(const struct compare_plan *plan, struct compare_pair pairs[COMPARE_PAIRS_MOST])
{
    size_t count = 0;
    for (size_t s = 0; s < plan->systems.count; s++) {
        const struct system_plan *system = &plan->systems.rows[s];
        for (size_t e = 0; system->endpoints[e]; e++)
            pairs[count++] = (struct compare_pair){system, system->endpoints[e]};
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
                 const struct compare_pair *pairs, size_t count, const struct workload *workload,
                 int argc, char **argv)
{
    const struct options *options = workload->options;
    const struct comparison_setting setting = {
        .workload = workload,
        .systems = {.server = plan->server,
                    .port = options->port,
                    .timeout_ns = options->timeout_ns,
                    .reach = &options->reach},
        .contenders = count,
        .sole = count == 1 && !pairs[0].system->label[0],
    };
    int r = comparison_init(comparison, &setting, argc, argv);
    if (r)
        return r;
    for (size_t i = 0; i < count; i++)
        comparison_add(comparison, pairs[i].system, pairs[i].endpoint);
    tell_length(comparison, options);
    return 0;
}

static int run(const struct compare_plan *plan, const struct workload *workload,
               int64_t start_wall_ns, struct output *output, int argc, char **argv)
{
    CLEANUP(comparison_deinit)
    struct comparison comparison = {.count = 0};
    struct compare_pair pairs[COMPARE_PAIRS_MOST];
    size_t count = compare_pairs(plan, pairs);
    int r = compare_init(&comparison, plan, pairs, count, workload, argc, argv);
    comparison.setting.start_wall_ns = start_wall_ns;
    if (r) {
        log_message("the run failed: %s", strerror(-r));
        return EXIT_FAILED;
    }
    return conclude(&comparison, comparison_measure(&comparison), output);
}

int compare_command(const struct options *options, int argc, char **argv)
{
    char error[OPTIONS_ERROR_SIZE];
    int64_t start_ns = clock_wall_ns(); /* what a relative time counts from */
    if (options->start_at && start_time_parse(options->start_at, start_ns, &start_ns)) {
        log_message("--start-at=%s is past", options->start_at);
        return EXIT_USAGE;
    }
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
        return run(&plan, &workload, options->start_at ? start_ns : 0, &output, argc, argv);
    log_message("%s", error);
    return r < 0 ? EXIT_FAILED : EXIT_USAGE;
}
