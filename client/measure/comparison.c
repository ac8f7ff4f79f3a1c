/* comparison.c: see comparison.h. */
#include "measure/comparison.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "plan/secret.h"
#include "send/control.h"
#include "send/probe.h"
#include "send/runner.h"
#include "systems/strays.h"
#include "systems/usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WARM_UP_NS (100 * NS_PER_MS)
/* A server that takes no connections for so long is told, once. */
#define REFUSED_NS NS_PER_S

enum { TITLE_SIZE = 1280 };

static const struct options *options_of(const struct comparison *comparison)
{
    return comparison->setting.workload->options;
}

int comparison_init(struct comparison *comparison, const struct comparison_setting *setting,
                    int argc, char **argv)
{
    memset(comparison, 0, sizeof *comparison);
    comparison->setting = *setting;
    const struct options *options = options_of(comparison);
    progress_init(&comparison->progress, options->quiet);
    int r = result_init(&comparison->result, options, setting->contenders * options->class_count,
                        argc, argv);
    if (r == 0 && !setting->sole)
        r = result_set_subjects(&comparison->result, setting->contenders);
    comparison->contenders = calloc(setting->contenders, sizeof *comparison->contenders);
    return r == 0 && !comparison->contenders ? -ENOMEM : r;
}

void comparison_deinit(struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->count; i++)
        server_holds_deinit(&comparison->contenders[i].held);
    free(comparison->contenders);
    comparison->contenders = NULL;
    comparison->count = 0;
    result_deinit(&comparison->result);
}

static void describe_subject(struct subject *subject, const struct contender *contender)
{
    const struct system_plan *plan = contender->plan;
    snprintf(subject->label, sizeof subject->label, "%s", plan->label);
    snprintf(subject->endpoint, sizeof subject->endpoint, "%s", contender->endpoint);
    secret_hide(subject->endpoint, sizeof subject->endpoint);
    snprintf(subject->system, sizeof subject->system, "%s", plan->name);
    subject->keepalive = plan->keepalive;
}

void comparison_add(struct comparison *comparison, const struct system_plan *plan,
                    const char *endpoint)
{
    const struct options *options = options_of(comparison);
    size_t index = comparison->count++;
    struct contender *contender = &comparison->contenders[index];
    *contender = (struct contender){
        .plan = plan,
        .endpoint = endpoint,
        .session =
            {
                .workload = comparison->setting.workload,
                .target = &contender->system.target,
                .result = &comparison->result,
                .progress = &comparison->progress,
                .cells = &comparison->result.cells[index * options->class_count],
                .headers = plan->headers,
                .keepalive = plan->keepalive,
            },
    };
    session_init(&contender->session, plan->label, endpoint, index);
    if (comparison->setting.sole)
        return;
    contender->subject = &comparison->result.subjects[index];
    contender->subject->number = index;
    describe_subject(contender->subject, contender);
}

/* What a server said last stands in lines below the reason. */
static int tell_failure(const struct contender *contender, const char *reason)
{
    int length = (int)strcspn(reason, "\n");
    if (contender->subject)
        log_message("%s %s: %.*s", contender->plan->label, contender->endpoint, length, reason);
    else
        log_message("%.*s", length, reason);
    for (reason += length; *reason; reason += length) {
        length = (int)strcspn(++reason, "\n");
        log_message("  %.*s", length, reason);
    }
    return COMPARISON_FAILED;
}

/* What runs already for an earlier contender; NULL: nothing. */
static const struct system *find_shared(const struct comparison *comparison, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        const struct system *earlier = &comparison->contenders[i].system;
        if (!earlier->shared && system_is_shared(earlier, comparison->contenders[index].plan))
            return earlier;
    }
    return NULL;
}

static int start_systems(struct comparison *comparison)
{
    struct system_setting setting = comparison->setting.systems;
    char error[SERVER_ERROR_SIZE];
    int r = 0;
    for (size_t i = 0; r == 0 && i < comparison->count; i++) {
        struct contender *contender = &comparison->contenders[i];
        const struct system *runs = find_shared(comparison, i);
        if (runs)
            system_share(&contender->system, contender->plan, runs);
        else
            r = system_start(&contender->system, contender->plan, &setting, error);
        if (r == SERVER_INTERRUPTED)
            return COMPARISON_INTERRUPTED;
        if (r)
            return tell_failure(contender, r < 0 ? strerror(-r) : error);
        setting.port += setting.port ? 1 : 0;
    }
    return 0;
}

static int stop_systems(struct comparison *comparison)
{
    char error[SERVER_ERROR_SIZE];
    int r = 0;
    for (size_t i = 0; i < comparison->count; i++) {
        if (system_stop(&comparison->contenders[i].system, error))
            r = tell_failure(&comparison->contenders[i], error);
    }
    strays_end();
    return r;
}

/* Whether the measurement is one window, which then needs neither a title nor a number. */
static bool is_whole(const struct comparison *comparison)
{
    return comparison->setting.sole && options_of(comparison)->rounds == 1 &&
           !session_has_baseline(comparison->setting.workload);
}

/* "round 1 of 4, select /ping, without large"; a sole contender is not named. */
static void describe(const struct comparison *comparison, const struct contender *contender,
                     const struct session_window *window, char title[TITLE_SIZE])
{
    const struct options *options = options_of(comparison);
    bool named = contender->subject != NULL;
    const char *what = named ? ", with large" : "";
    char round[64] = "warm-up";
    if (!window->warm_up)
        snprintf(round, sizeof round, "round %u of %u", window->round + 1, options->rounds);
    if (window->warm_up)
        what = "";
    else if (window->alone)
        what = ", without large";
    else if (named && !session_has_baseline(comparison->setting.workload))
        what = ", all classes";
    snprintf(title, TITLE_SIZE, "%s%s%s%s%s%s", round, named ? ", " : "", contender->plan->label,
             named ? " " : "", named ? contender->subject->endpoint : "", what);
}

/* Runs a window, and the probe beside it where the large classes run. */
static int measure_and_probe(struct contender *contender, const struct session_window *window)
{
    const struct probe_plan *plan = &contender->session.workload->options->probe;
    struct probe_result found = {0};
    struct probe *probe = NULL;
    bool wanted = contender->subject && plan->wanted && !window->alone && !window->warm_up;
    int r = wanted ? probe_start(&probe, plan, &contender->system.target) : 0;
    if (r)
        return r;
    r = session_measure(&contender->session, window);
    probe_finish(probe, &found);
    if (wanted)
        probe_add(&contender->subject->probe, &found);
    return r;
}

/* Notes in the subject what the system used in a window that has just ended, if it had begun. */
static int note_usage(struct contender *contender, const struct session_window *window,
                      const struct usage *used)
{
    const struct cell *cell = contender->session.cells;
    while (window->alone && cell->heavy)
        cell++;
    const struct cell_window *measured = cell_window_in(cell, window->round, window->alone);
    if (!measured)
        return 0;
    const struct subject_window noted = {
        .round = window->round,
        .alone = window->alone,
        .duration_ns = clock_now_ns() - measured->start_ns,
        .used = *used,
    };
    return subject_add_window(contender->subject, &noted);
}

/* Runs a window and watches the processes of the system that we started. */
static int measure_usage(struct contender *contender, const struct session_window *window)
{
    pid_t roots[SYSTEM_PROCESSES_MOST];
    struct usage_watch *watch = NULL;
    struct usage used;
    size_t count = system_roots(&contender->system, roots);
    int r = count ? usage_start(&watch, roots, count) : 0;
    if (r)
        return r;
    struct session_window watched = *window;
    watched.begun = watch ? usage_restart : NULL;
    watched.context = watch;
    r = measure_and_probe(contender, &watched);
    usage_finish(watch, &used);
    if (r < 0 || window->warm_up || !contender->subject)
        return r;
    int noted = note_usage(contender, window, &used);
    return noted ? noted : r;
}

/* Says which system has ended and how. Returns 0 while all run, or COMPARISON_FAILED. */
static int check_systems(struct comparison *comparison)
{
    char error[SERVER_ERROR_SIZE];
    for (size_t i = 0; i < comparison->count; i++) {
        if (system_check(&comparison->contenders[i].system, error)) {
            progress_end(&comparison->progress);
            return tell_failure(&comparison->contenders[i], error);
        }
    }
    return 0;
}

/* What is looked at while a window runs. */
struct watched {
    struct comparison *comparison;
    struct contender *contender; /* that is measured */
    bool failed;                 /* a system has ended */
};

/* A server of ours that has ended ends the run; one that runs elsewhere may come back. */
static bool watch(void *context, int64_t refused_ns)
{
    struct watched *watched = context;
    struct contender *contender = watched->contender;
    watched->failed = check_systems(watched->comparison) != 0;
    if (refused_ns >= REFUSED_NS && !watched->failed && !contender->refuses) {
        contender->refuses = true;
        progress_end(&watched->comparison->progress);
        tell_failure(contender,
                     "no connection is accepted any more; going on in case that changes");
    }
    return watched->failed;
}

/* Measures one window of one contender. Fails when any system has ended meanwhile. */
static int measure(struct comparison *comparison, struct contender *contender,
                   struct session_window window)
{
    char title[TITLE_SIZE] = "";
    struct watched watched = {comparison, contender, false};
    window.title = title;
    window.watch = watch;
    window.watched = &watched;
    if (window.warm_up || !is_whole(comparison))
        describe(comparison, contender, &window, title);
    if (!window.warm_up && !is_whole(comparison))
        window.number = window_number(window.round, window.alone);
    int r = measure_usage(contender, &window);
    if (r == RUNNER_INTERRUPTED)
        return COMPARISON_INTERRUPTED;
    if (watched.failed)
        return COMPARISON_FAILED;
    return r ? r : check_systems(comparison);
}

/* What was held before, as in the try and the warm-up, is not among the holds of the windows. */
static int note_holds(struct contender *contender)
{
    struct server_stats stats;
    int r = server_holds_init(&contender->held);
    if (r == 0)
        r = system_stats(&contender->system, &stats, &contender->held);
    return r < 0 ? r : 0;
}

/*
 * The first requests find caches, heaps and threads cold, so they are sent
 * before anything is measured. Only a sole contender that is not to be tried
 * is sent nothing but what counts, unless its windows with and without large
 * requests are compared.
 */
static int warm_up(struct comparison *comparison)
{
    int64_t duration = options_of(comparison)->duration_ns;
    bool exact = comparison->setting.sole && options_of(comparison)->untried;
    int r = 0;
    if (exact && !session_has_baseline(comparison->setting.workload))
        return 0;
    comparison->result.warm_up_ns = duration < WARM_UP_NS ? duration : WARM_UP_NS;
    for (size_t i = 0; r == 0 && i < comparison->count; i++)
        r = measure(comparison, &comparison->contenders[i],
                    (struct session_window){
                        .warm_up = true,
                        .duration_ns = comparison->result.warm_up_ns,
                    });
    for (size_t i = 0; r == 0 && i < comparison->count; i++)
        r = note_holds(&comparison->contenders[i]);
    return r;
}

/* A contender's windows of a round: without and with the large classes, then with and without. */
static int run_windows(struct comparison *comparison, struct contender *contender, unsigned round)
{
    const struct options *options = options_of(comparison);
    int64_t with = options->duration_ns / options->rounds;
    bool baseline = session_has_baseline(comparison->setting.workload);
    int r = 0;
    for (unsigned part = 0; r == 0 && part < (baseline ? 2 : 1); part++) {
        bool alone = baseline && part == round % 2;
        r = measure(comparison, contender,
                    (struct session_window){
                        .round = round,
                        .alone = alone,
                        .duration_ns = alone ? (int64_t)((double)with * SESSION_ALONE_SHARE) : with,
                    });
    }
    return r;
}

/* How long all windows take that are to come; replies that are awaited come on top. */
static int64_t windows_ns(const struct comparison *comparison)
{
    bool baseline = session_has_baseline(comparison->setting.workload);
    double factor = (double)comparison->count * (baseline ? 1 + SESSION_ALONE_SHARE : 1);
    return (int64_t)((double)options_of(comparison)->duration_ns * factor) +
           (int64_t)comparison->count * WARM_UP_NS;
}

/* A round goes through the contenders, and the next one in the reverse order. */
static int run_rounds(struct comparison *comparison)
{
    unsigned rounds = options_of(comparison)->rounds;
    progress_expect(&comparison->progress, windows_ns(comparison));
    int r = warm_up(comparison);
    for (unsigned round = 0; r == 0 && round < rounds; round++) {
        progress_round(&comparison->progress, round + 1, rounds);
        for (size_t i = 0; r == 0 && i < comparison->count; i++) {
            size_t index = round % 2 ? comparison->count - 1 - i : i;
            r = run_windows(comparison, &comparison->contenders[index], round);
        }
    }
    return r;
}

/* Probes a sole contender all the time; the others are probed in windows (measure_and_probe). */
static int probe_and_run(struct comparison *comparison)
{
    const struct probe_plan *plan = &options_of(comparison)->probe;
    struct probe *probe = NULL;
    int r = 0;
    if (comparison->setting.sole && plan->wanted)
        r = probe_start(&probe, plan, &comparison->contenders->system.target);
    if (r == 0)
        r = run_rounds(comparison);
    probe_finish(probe, &comparison->result.probe);
    return r;
}

/* The kernel knows the true peak of a single process, which may lie between two samples. */
static void ask_kernel(struct contender *contender)
{
    struct subject *subject = contender->subject;
    pid_t roots[SYSTEM_PROCESSES_MOST];
    if (system_roots(&contender->system, roots) != 1 || !subject || subject->processes != 1)
        return;
    uint64_t peak = usage_process_peak(roots[0]);
    if (peak > subject->memory_peak_bytes)
        subject->memory_peak_bytes = peak;
}

/* A looplagd tells its mode and its own figures; other servers do not. */
static int ask_system(struct comparison *comparison, struct contender *contender)
{
    CLEANUP(server_holds_deinit)
    struct server_holds holds;
    struct server_stats stats;
    ask_kernel(contender);
    int r = server_holds_init(&holds);
    if (r)
        return r;
    r = system_stats(&contender->system, &stats, &holds);
    if (r == 0)
        server_stats_forget(&stats, &holds, &contender->held);
    for (size_t i = 0; i < options_of(comparison)->class_count; i++) {
        struct cell *cell = &contender->session.cells[i];
        cell->traits = system_traits_with(&stats.traits, cell->endpoint);
        if (r)
            continue;
        cell->has_server = true;
        cell->server = stats;
        if (!cell->label[0])
            snprintf(cell->label, sizeof cell->label, "%s", stats.mode);
        if (cell->heavy && histogram_merge(&cell->holds, &holds.large))
            return -EINVAL;
    }
    return r < 0 ? r : 0;
}

/* A server that runs already and has answered nothing is not asked. */
static int ask_systems(struct comparison *comparison)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < comparison->count; i++) {
        struct contender *contender = &comparison->contenders[i];
        if (system_is_ours(&contender->system) || result_ok(&comparison->result))
            r = ask_system(comparison, contender);
    }
    return r;
}

/* How late it is by itself, while the systems are idle. The run begins afterwards. */
static int measure_machine(struct result *result)
{
    int64_t p99_ns = pulse_measure();
    result->machine.lag_p99_ms = clock_ms(p99_ns);
    result->started_wall_ns = clock_wall_ns();
    result->started_ns = clock_now_ns();
    return p99_ns < 0 ? -ENOMEM : 0;
}

/* Says what one class of one system got in place of a good reply. */
static int tell_trial(const struct contender *contender, const struct cell *cell,
                      const struct failure *failure)
{
    CLEANUP(buffer_deinit)
    struct buffer reason = {0};
    session_tell_trial(&contender->session, cell, failure, &reason);
    buffer_append_text(&reason, "\nnothing was measured; --no-try measures all the same");
    buffer_append(&reason, "", 1);
    return reason.error ? reason.error : tell_failure(contender, reason.data);
}

/* What is wrong with an address, a header or a body is told before it is measured. */
static int try_systems(struct comparison *comparison)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < comparison->count; i++) {
        struct contender *contender = &comparison->contenders[i];
        struct watched watched = {comparison, contender, false};
        const struct session_window window = {.warm_up = true, .watch = watch, .watched = &watched};
        const struct cell *cell;
        struct failure failure;
        r = session_try(&contender->session, &window, &cell, &failure);
        if (r == RUNNER_INTERRUPTED)
            return COMPARISON_INTERRUPTED;
        if (watched.failed || (r == 0 && check_systems(comparison)))
            return COMPARISON_FAILED;
        if (r == 0 && cell)
            r = tell_trial(contender, cell, &failure);
    }
    return r;
}

/* Waits until it is time to measure the machine. Returns 0 or COMPARISON_INTERRUPTED. */
static int wait_for_start(const struct comparison *comparison)
{
    char when[CLOCK_RFC3339_SIZE];
    int64_t start_ns = comparison->setting.start_wall_ns;
    if (start_ns == 0)
        return 0;
    clock_format_rfc3339(start_ns, when);
    bool late = clock_wall_ns() > start_ns - PULSE_BEFORE_NS;
    if (late || !options_of(comparison)->quiet)
        log_message(late ? "--start-at: %s is past: starting now" : "starting at %s", when);
    for (;;) {
        int64_t left = start_ns - PULSE_BEFORE_NS - clock_wall_ns();
        if (left <= 0)
            return 0;
        if (control_wait(left < NS_PER_S ? left : NS_PER_S))
            return COMPARISON_INTERRUPTED;
    }
}

int comparison_measure(struct comparison *comparison)
{
    int r = start_systems(comparison);
    if (r == 0 && !options_of(comparison)->untried)
        r = try_systems(comparison);
    if (r == 0)
        r = wait_for_start(comparison);
    if (r == 0)
        r = measure_machine(&comparison->result);
    if (r == 0)
        r = probe_and_run(comparison);
    int asked = ask_systems(comparison);
    int stopped = stop_systems(comparison);
    int sealed = result_seal(&comparison->result);
    r = r ? r : asked;
    r = r ? r : stopped;
    return r ? r : sealed;
}
