/* load.c: see load.h. */
#include "load.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "report.h"
#include "result.h"
#include "runner.h"
#include "workload.h"

#include <stdio.h>
#include <string.h>

static const char *endpoint_of(const struct options *options, const struct traffic_class *class)
{
    return class->endpoint[0] ? class->endpoint : options->endpoint;
}

/* Runs the one window of this command into the result's cells. */
static int measure(const struct workload *workload, const struct target *target,
                   struct result *result)
{
    const struct options *options = workload->options;
    struct load loads[CLASS_MOST];
    for (size_t i = 0; i < options->class_count; i++) {
        struct cell *cell = &result->cells[i];
        cell->class = &options->classes[i];
        cell->body_bytes = workload->bodies[i].length;
        cell->heavy = workload->heavy[i];
        snprintf(cell->endpoint, sizeof cell->endpoint, "%s", endpoint_of(options, cell->class));
        loads[i] = (struct load){
            .class = cell->class,
            .endpoint = cell->endpoint,
            .body = workload->bodies[i].length ? workload->bodies[i].data : "",
            .body_length = workload->bodies[i].length,
            .first_id = 1,
            .stats = cell_begin_window(cell, 0, false),
            .samples = options->format == FORMAT_CSV ? &cell->samples : NULL,
        };
        if (!loads[i].stats)
            return -ENOMEM;
    }
    struct progress progress;
    progress_init(&progress, options->quiet);
    struct window window = {
        .target = target,
        .headers = options->headers,
        .loads = loads,
        .count = options->class_count,
        .duration_ns = options->duration_ns,
        .timeout_ns = options->timeout_ns,
        .keepalive = options->keepalive,
        .progress = &progress,
        .title = "",
    };
    int r = result_measure(result, &window);
    for (size_t i = 0; r >= 0 && i < result->cell_count; i++) {
        int code = cell_end_window(&result->cells[i], &window);
        r = code ? code : r;
    }
    return r;
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
        r = measure(workload, target, &result);
    bool interrupted = r == RUNNER_INTERRUPTED;
    if (r >= 0)
        r = ask_server(options, target, &result);
    if (r < 0) {
        log_message("the run failed: %s", strerror(-r));
        return EXIT_FAILED;
    }
    int written = report_deliver(&result, output);
    if (interrupted)
        return EXIT_INTERRUPTED;
    if (result_ok(&result) == 0)
        log_message("nothing could be measured: no request to %s was answered with success",
                    target->base_url);
    return written || result_ok(&result) == 0 ? EXIT_FAILED : EXIT_OK;
}

int load_command(const struct options *options, int argc, char **argv)
{
    char error[OPTIONS_ERROR_SIZE];
    struct target target;
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
    r = output_open(&output, options->output);
    if (r) {
        log_message("cannot open %s for the result: %s", options->output, strerror(-r));
        return EXIT_FAILED;
    }
    r = target_init(&target, options->base_url, error);
    if (r) {
        log_message("%s", r < 0 ? strerror(-r) : error);
        return r == TARGET_INVALID ? EXIT_USAGE : EXIT_FAILED;
    }
    return run(&workload, &target, argc, argv, &output);
}
