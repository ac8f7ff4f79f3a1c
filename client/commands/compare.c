/*
 * compare.c: see compare.h. A contender is one system with one endpoint, started
 * for it alone. Each round measures every contender without and with the large
 * classes, and the next round in the reverse order.
 */
#include "commands/compare.h"

#include "analysis/findings.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "commands/exit_code.h"
#include "measure/result.h"
#include "measure/session.h"
#include "measure/workload.h"
#include "report/output.h"
#include "send/control.h"
#include "send/probe.h"
#include "send/runner.h"
#include "systems/system.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WARM_UP_NS (100 * NS_PER_MS)

enum { TITLE_SIZE = 640, TELL_FROM_S = 120 };

struct contender {
    const struct system_plan *plan;
    const char *endpoint;
    struct system system;
    struct session session;
    struct subject *subject; /* of the result */
};

struct compare {
    const struct options *options;
    const struct comparison *comparison;
    struct workload workload;
    struct result result;
    struct progress progress;
    struct contender *contenders;
    size_t count;
};

static void compare_deinit(struct compare *compare)
{
    free(compare->contenders);
    result_deinit(&compare->result);
    workload_deinit(&compare->workload);
}

static void contender_init(struct compare *compare, size_t index, const struct system_plan *plan,
                           const char *endpoint)
{
    const struct options *options = compare->options;
    struct contender *contender = &compare->contenders[index];
    contender->plan = plan;
    contender->endpoint = endpoint;
    contender->session = (struct session){
        .workload = &compare->workload,
        .target = &contender->system.target,
        .result = &compare->result,
        .progress = &compare->progress,
        .cells = &compare->result.cells[index * options->class_count],
        .keepalive = contender->plan->keepalive,
    };
    session_init(&contender->session, contender->plan->label, contender->endpoint, index);
    struct subject *subject = contender->subject = &compare->result.subjects[index];
    subject->number = index;
    snprintf(subject->mode, sizeof subject->mode, "%s", contender->plan->label);
    snprintf(subject->endpoint, sizeof subject->endpoint, "%s", contender->endpoint);
    snprintf(subject->system, sizeof subject->system, "%s", contender->plan->name);
    subject->keepalive = contender->plan->keepalive;
}

/* Each system with each endpoint that it has. */
static size_t count_contenders(const struct compare *compare)
{
    const struct system_plans *plans = compare->comparison->plans;
    size_t count = 0;
    for (size_t p = 0; p < plans->count; p++) {
        for (size_t e = 0; e < compare->options->endpoint_count; e++)
            count += system_plan_answers(&plans->rows[p], compare->options->endpoints[e]);
    }
    return count;
}

static int compare_init(struct compare *compare, int argc, char **argv)
{
    const struct options *options = compare->options;
    progress_init(&compare->progress, options->quiet);
    compare->count = count_contenders(compare);
    int r =
        result_init(&compare->result, options, compare->count * options->class_count, argc, argv);
    if (r == 0)
        r = result_set_subjects(&compare->result, compare->count);
    compare->contenders = calloc(compare->count, sizeof *compare->contenders);
    if (r || !compare->contenders)
        return r ? r : -ENOMEM;
    const struct system_plans *plans = compare->comparison->plans;
    size_t index = 0;
    for (size_t p = 0; p < plans->count; p++) {
        for (size_t e = 0; e < options->endpoint_count; e++) {
            if (system_plan_answers(&plans->rows[p], options->endpoints[e]))
                contender_init(compare, index++, &plans->rows[p], options->endpoints[e]);
        }
    }
    return 0;
}

static int tell_failure(const struct contender *contender, const char *reason)
{
    log_message("%s %s: %s", contender->plan->label, contender->endpoint, reason);
    return COMPARE_FAILED;
}

static int start_systems(struct compare *compare)
{
    struct system_setting setting = {
        .server = compare->comparison->server,
        .port = compare->options->port,
        .timeout_ns = compare->options->timeout_ns,
    };
    char error[SERVER_ERROR_SIZE];
    int r = 0;
    for (size_t i = 0; r == 0 && i < compare->count; i++) {
        struct contender *contender = &compare->contenders[i];
        r = system_start(&contender->system, contender->plan, &setting, error);
        if (r == SERVER_INTERRUPTED)
            return COMPARE_INTERRUPTED;
        if (r)
            return tell_failure(contender, r < 0 ? strerror(-r) : error);
        setting.port += setting.port ? 1 : 0;
    }
    return 0;
}

static int stop_systems(struct compare *compare)
{
    char error[SERVER_ERROR_SIZE];
    int r = 0;
    for (size_t i = 0; i < compare->count; i++) {
        if (system_stop(&compare->contenders[i].system, error))
            r = tell_failure(&compare->contenders[i], error);
    }
    return r;
}

static const char *describe(const struct compare *compare, const struct contender *contender,
                            int round, bool alone, char title[TITLE_SIZE])
{
    const char *what = alone ? "without large" : "with large";
    if (!session_has_baseline(&compare->workload))
        what = "all classes";
    if (round < 0)
        snprintf(title, TITLE_SIZE, "warm-up, %s %s", contender->plan->label, contender->endpoint);
    else
        snprintf(title, TITLE_SIZE, "round %d of %u, %s %s, %s", round + 1,
                 compare->options->rounds, contender->plan->label, contender->endpoint, what);
    return title;
}

/* Runs a window; where the large classes run, with the health check that is wanted. */
static int measure_and_probe(struct contender *contender, const struct session_window *window)
{
    const struct probe_plan *plan = &contender->session.workload->options->probe;
    struct probe_result found = {0};
    struct probe *probe = NULL;
    bool wanted = plan->wanted && !window->alone && !window->warm_up;
    int r = wanted ? probe_start(&probe, plan, &contender->system.target) : 0;
    if (r)
        return r;
    r = session_measure(&contender->session, window);
    probe_finish(probe, &found);
    if (wanted)
        probe_add(&contender->subject->probe, &found);
    return r;
}

/* Runs a window and notes what the system used in it. */
static int measure_usage(struct contender *contender, const struct session_window *window)
{
    pid_t roots[SYSTEM_PROCESSES_MOST];
    struct usage_watch *watch;
    size_t count = system_roots(&contender->system, roots);
    int r = usage_start(&watch, roots, count);
    if (r)
        return r;
    r = measure_and_probe(contender, window);
    struct subject_window noted = {.round = window->round, .alone = window->alone};
    usage_finish(watch, &noted.used);
    const struct cell *cell = contender->session.cells;
    while (window->alone && cell->heavy)
        cell++;
    if (r < 0 || window->warm_up)
        return r;
    noted.duration_ns = clock_now_ns() - cell->windows[cell->window_count - 1].start_ns;
    int added = subject_add_window(contender->subject, &noted);
    return added ? added : r;
}

/* One window of one contender; `round` -1 is a warm-up, which is not kept. */
static int measure(struct compare *compare, struct contender *contender, int round, bool alone,
                   int64_t duration_ns)
{
    char title[TITLE_SIZE];
    char error[SERVER_ERROR_SIZE];
    const struct session_window window = {
        .round = round < 0 ? 0 : (unsigned)round,
        .alone = alone,
        .warm_up = round < 0,
        .duration_ns = duration_ns,
        .number = round < 0 ? 0 : window_number((unsigned)round, alone),
        .title = describe(compare, contender, round, alone, title),
    };
    int r = measure_usage(contender, &window);
    if (r == RUNNER_INTERRUPTED)
        return COMPARE_INTERRUPTED;
    for (size_t i = 0; i < compare->count; i++) {
        if (system_check(&compare->contenders[i].system, error))
            return tell_failure(&compare->contenders[i], error);
    }
    return r;
}

/* A first request of each kind finds caches, heaps and threads cold: not measured. */
static int warm_up(struct compare *compare)
{
    int64_t duration = compare->options->duration_ns;
    int r = 0;
    for (size_t i = 0; r == 0 && i < compare->count; i++)
        r = measure(compare, &compare->contenders[i], -1, false,
                    duration < WARM_UP_NS ? duration : WARM_UP_NS);
    return r;
}

/* Without and with the large classes, the next round with and without: A B B A. */
static int run_round(struct compare *compare, unsigned round)
{
    int64_t with = compare->options->duration_ns / compare->options->rounds;
    int64_t alone = (int64_t)((double)with * SESSION_ALONE_SHARE);
    bool baseline = session_has_baseline(&compare->workload);
    int r = 0;
    for (size_t i = 0; r == 0 && i < compare->count; i++) {
        size_t index = round % 2 ? compare->count - 1 - i : i;
        struct contender *contender = &compare->contenders[index];
        if (baseline && round % 2 == 0)
            r = measure(compare, contender, (int)round, true, alone);
        if (r == 0)
            r = measure(compare, contender, (int)round, false, with);
        if (r == 0 && baseline && round % 2)
            r = measure(compare, contender, (int)round, true, alone);
    }
    return r;
}

/* Of one process the kernel kept the peak between the samples, too. */
static void ask_kernel(struct contender *contender)
{
    struct subject *subject = contender->subject;
    pid_t roots[SYSTEM_PROCESSES_MOST];
    if (system_roots(&contender->system, roots) != 1 || subject->processes != 1)
        return;
    uint64_t peak = usage_process_peak(roots[0]);
    if (peak > subject->memory_peak_bytes)
        subject->memory_peak_bytes = peak;
}

static void ask_systems(struct compare *compare)
{
    for (size_t i = 0; i < compare->count; i++) {
        struct contender *contender = &compare->contenders[i];
        struct server_stats stats;
        ask_kernel(contender);
        if (system_stats(&contender->system, &stats))
            continue;
        for (size_t c = 0; c < compare->options->class_count; c++) {
            contender->session.cells[c].has_server = true;
            contender->session.cells[c].server = stats;
        }
    }
}

/* Who asks for much is told how long it takes: replies that are awaited come on top. */
static void tell_length(const struct compare *compare)
{
    bool baseline = session_has_baseline(&compare->workload);
    double seconds = (double)compare->options->duration_ns / (double)NS_PER_S *
                     (double)compare->count * (baseline ? 1 + SESSION_ALONE_SHARE : 1);
    if (!compare->options->quiet && seconds > TELL_FROM_S)
        log_message("measuring %zu servers takes more than %.0f minutes", compare->count,
                    floor(seconds / 60));
}

static int measure_all(struct compare *compare)
{
    tell_length(compare);
    int r = start_systems(compare);
    if (r == 0)
        r = warm_up(compare);
    for (unsigned round = 0; r == 0 && round < compare->options->rounds; round++)
        r = run_round(compare, round);
    ask_systems(compare);
    int stopped = stop_systems(compare);
    return r ? r : stopped;
}

int compare_measure(const struct comparison *comparison, int argc, char **argv,
                    struct result *result)
{
    char error[OPTIONS_ERROR_SIZE];
    CLEANUP(compare_deinit)
    struct compare compare = {.options = comparison->options, .comparison = comparison};
    int r = workload_init(&compare.workload, compare.options, error);
    if (r > 0)
        log_message("%s", error);
    if (r == 0)
        r = compare_init(&compare, argc, argv);
    if (r == 0)
        r = measure_all(&compare);
    result_seal(&compare.result);
    *result = compare.result;
    memset(&compare.result, 0, sizeof compare.result);
    return r > 0 && r != COMPARE_INTERRUPTED ? COMPARE_FAILED : r;
}

static int run(struct compare *compare, struct output *output)
{
    int r = measure_all(compare);
    struct result *result = &compare->result;
    if (r < 0)
        log_message("the run failed: %s", strerror(-r));
    bool measured = result_ok(result) > 0;
    if (!measured && r == 0)
        log_message("nothing could be measured: no request was answered with success");
    CLEANUP(findings_deinit)
    struct findings findings = {0};
    int written = 0;
    if (r == 0 || r == COMPARE_INTERRUPTED || measured) {
        result_seal(result);
        written = findings_make(&findings, result);
        written = written ? written : output_deliver(&findings, output);
    }
    if (r == COMPARE_INTERRUPTED)
        return EXIT_INTERRUPTED;
    return r || written || !measured ? EXIT_FAILED : exit_code_of(&findings);
}

/* Makes what a comparison needs and runs it. Returns an exit code. */
static int prepare_and_run(struct compare *compare, struct output *output, int argc, char **argv)
{
    char error[OPTIONS_ERROR_SIZE];
    int r = workload_init(&compare->workload, compare->options, error);
    if (r == 0)
        r = compare_init(compare, argc, argv);
    if (r == 0)
        return run(compare, output);
    log_message("%s", r < 0 ? strerror(-r) : error);
    return r < 0 ? EXIT_FAILED : EXIT_USAGE;
}

int compare_prepare(const struct options *options, char path[SERVER_PATH_SIZE],
                    struct system_plans *plans)
{
    char error[SYSTEM_PLAN_ERROR_SIZE];
    if (server_find(options->server, path, error)) {
        log_message("%s", error);
        return EXIT_FAILED;
    }
    int r = system_plans_make(plans, options, path, error);
    if (r == SYSTEM_PLANS_INTERRUPTED)
        return EXIT_INTERRUPTED;
    if (r)
        log_message("%s", r < 0 ? strerror(-r) : error);
    return r ? (r == SYSTEM_PLANS_INVALID ? EXIT_USAGE : EXIT_FAILED) : 0;
}

int compare_command(const struct options *options, int argc, char **argv)
{
    char path[SERVER_PATH_SIZE];
    CLEANUP(system_plans_deinit)
    struct system_plans plans = {.count = 0};
    int code = compare_prepare(options, path, &plans);
    if (code)
        return code;
    struct output output;
    if (output_open(&output, options))
        return EXIT_FAILED;
    const struct comparison comparison = {options, &plans, path};
    struct compare compare = {.options = options, .comparison = &comparison};
    code = prepare_and_run(&compare, &output, argc, argv);
    output_close(&output);
    compare_deinit(&compare);
    return code;
}
