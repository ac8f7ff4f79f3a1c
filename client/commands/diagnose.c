/*
 * diagnose.c: see diagnose.h. A ladder is climbed step by step; after each one what was counted
 * so far says which comes next (analysis/climb.h).
 */
#include "commands/diagnose.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "commands/exit_code.h"
#include "report/diagnosed.h"
#include "report/output.h"
#include "send/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct diagnose {
    struct options options; /* with the large class of the step that is measured */
    struct workload workload;
    struct target target;
    struct ladder ladder;
    struct exposures exposures;
    struct diagnosis diagnosis;
    struct climb climb;
    enum climb_end end;
};

static void diagnose_free(struct diagnose *diagnose)
{
    ladder_deinit(&diagnose->ladder);
    workload_deinit(&diagnose->workload);
    free(diagnose);
}

/* Makes one step and counts anew. Returns 0, RUNNER_INTERRUPTED or a negative errno. */
static int take_step(struct diagnose *diagnose, const struct climb_step *step)
{
    struct ladder *ladder = &diagnose->ladder;
    int64_t left = diagnose->climb.left_ns;
    int64_t most = left > step->duration_ns ? left : step->duration_ns;
    int ended = ladder_step(ladder, step->large, step->duration_ns, most);
    diagnose->climb.steps++;
    diagnose->climb.of_one += step->large == 1;
    if (ended < 0)
        return ended;
    int r = exposures_make(&diagnose->exposures, ladder_small(ladder), ladder_large(ladder),
                           ladder->steps, ladder->count);
    diagnose->diagnosis = diagnosis_make(&diagnose->exposures);
    return r ? r : ended;
}

/* Returns 0, RUNNER_INTERRUPTED or a negative errno. */
static int climb(struct diagnose *diagnose)
{
    int64_t end_ns = clock_now_ns() + diagnose->climb.total_ns;
    struct climb_step next;
    int r = 0;
    while (r == 0) {
        diagnose->climb.left_ns = end_ns - clock_now_ns();
        diagnose->end =
            climb_next(&diagnose->climb, &diagnose->exposures, &diagnose->diagnosis, &next);
        if (diagnose->end != CLIMB_ON)
            break;
        r = take_step(diagnose, &next);
    }
    return r;
}

/* To where -o points; when that does not hold the text, it is printed, too. */
static int deliver(const struct diagnose *diagnose, struct output *output)
{
    const struct diagnosed diagnosed = {
        .url = diagnose->options.base_url,
        .ladder = &diagnose->ladder,
        .exposures = &diagnose->exposures,
        .diagnosis = &diagnose->diagnosis,
        .end = diagnose->end,
    };
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    json_auto_t *document = diagnosed_json(&diagnosed);
    diagnosed_text(&diagnosed, &text);
    return output_deliver_document(&text, document, diagnose->options.format, output);
}

/* What came in place of a good reply; "" where it is not known. */
static struct failure failure_of(const struct cell *cell, const struct outcome *outcome)
{
    for (size_t i = 0; i < cell->failures.count; i++) {
        const struct failure *failure = &cell->failures.rows[i];
        if (failure->kind == outcome->kind &&
            (!outcome_is_by_status(outcome->kind) || failure->status == outcome->status))
            return *failure;
    }
    return (struct failure){.kind = outcome->kind};
}

/* The first failure of a class. */
static void tell_failure(const struct cell *cell)
{
    const struct samples *samples = &cell->samples;
    for (size_t i = 0; i < samples->count; i++) {
        const struct outcome *outcome = &samples->rows[i].outcome;
        if (outcome->kind == OUTCOME_OK || outcome->kind == OUTCOME_INTERRUPTED)
            continue;
        const struct failure failure = failure_of(cell, outcome);
        char how[64];
        if (outcome_is_by_status(outcome->kind))
            snprintf(how, sizeof how, "was answered with status %d", outcome->status);
        else
            snprintf(how, sizeof how, "failed: %s", outcome_name(outcome->kind));
        log_message("a request of class %s %s%s%s%s%s", cell->class->name, how,
                    failure.words[0] ? ": " : "", failure.words, failure.body[0] ? ": " : "",
                    failure.body);
        return;
    }
}

/* A URL that is wrong is told at once. Returns 0 or an exit code. */
static int try_small(struct diagnose *diagnose)
{
    const struct cell *cell;
    struct failure failure;
    int r = ladder_try(&diagnose->ladder, diagnose->climb.total_ns, &cell, &failure);
    if (r < 0)
        log_message("the run failed: %s", strerror(-r));
    if (r)
        return r == RUNNER_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_FAILED;
    if (!cell)
        return 0;
    CLEANUP(buffer_deinit)
    struct buffer reason = {0};
    session_tell_trial(&diagnose->ladder.session, cell, &failure, &reason);
    log_message("%.*s", (int)reason.length, reason.length ? reason.data : "");
    log_message("  nothing was measured; --no-try measures all the same");
    return EXIT_FAILED;
}

static int run(struct diagnose *diagnose, struct output *output)
{
    const struct ladder *ladder = &diagnose->ladder;
    int tried = diagnose->options.untried ? 0 : try_small(diagnose);
    if (tried)
        return tried;
    int ended = climb(diagnose);
    if (ended < 0) {
        log_message("the run failed: %s", strerror(-ended));
        return EXIT_FAILED;
    }
    tell_failure(&ladder->result.cells[ladder->small]);
    tell_failure(&ladder->result.cells[ladder->large]);
    bool measured = result_ok(&ladder->result) > 0;
    if (!measured && !ended)
        log_message("nothing could be measured: no request was answered with success");
    if (!measured) /* an older file stays as it is */
        return ended == RUNNER_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_FAILED;
    int r = deliver(diagnose, output);
    if (r)
        log_message("cannot write the result: %s", strerror(-r));
    if (ended == RUNNER_INTERRUPTED)
        return EXIT_INTERRUPTED;
    if (r || !exposures_first(&diagnose->exposures))
        return EXIT_FAILED;
    return exposures_are_timely(&diagnose->exposures) ? EXIT_OK : EXIT_UNTRUSTWORTHY;
}

/* Two classes, one of them large; a small one that keeps to its plan, whatever the replies do. */
static const char *find_fault(const struct diagnose *diagnose)
{
    const struct options *options = &diagnose->options;
    if (options->class_count != 2 || diagnose->workload.heavy_count != 1)
        return "diagnose takes two classes, one of them large (named large, or of 1 MB and more)";
    if (!class_is_open(&options->classes[diagnose->workload.heavy[0] ? 1 : 0]))
        return "the small class must keep to its plan: leave out arrival=closed";
    return NULL;
}

/* Returns 0 or an exit code; what is wrong has been told. */
static int prepare(struct diagnose *diagnose, int argc, char **argv)
{
    char error[OPTIONS_ERROR_SIZE];
    struct options *options = &diagnose->options;
    int r = workload_init(&diagnose->workload, options, error);
    const char *fault = r ? error : find_fault(diagnose);
    if (fault) {
        log_message("%s", fault);
        return r < 0 ? EXIT_FAILED : EXIT_USAGE;
    }
    r = target_init(&diagnose->target, options->base_url, &options->reach, error);
    if (r) {
        log_message("%s", r < 0 ? strerror(-r) : error);
        return r == TARGET_INVALID ? EXIT_USAGE : EXIT_FAILED;
    }
    r = ladder_init(&diagnose->ladder, &diagnose->workload, options, &diagnose->target, argc, argv);
    if (r)
        log_message("%s", strerror(-r));
    return r ? EXIT_FAILED : 0;
}

static int prepare_and_run(struct diagnose *diagnose, int argc, char **argv)
{
    CLEANUP(output_close)
    struct output output;
    if (output_open(&output, &diagnose->options))
        return EXIT_FAILED;
    int code = prepare(diagnose, argc, argv);
    return code ? code : run(diagnose, &output);
}

int diagnose_command(const struct options *options, int argc, char **argv)
{
    struct diagnose *diagnose = calloc(1, sizeof *diagnose);
    if (!diagnose) {
        log_message("%s", strerror(ENOMEM));
        return EXIT_FAILED;
    }
    diagnose->options = *options;
    diagnose->climb = (struct climb){
        .total_ns = options->duration_ns, .most = options->large_most, .stop_at = options->stop_at};
    int code = prepare_and_run(diagnose, argc, argv);
    diagnose_free(diagnose);
    return code;
}
