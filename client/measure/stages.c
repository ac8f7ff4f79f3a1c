/* stages.c: see stages.h. */
#include "measure/stages.h"

#include "base/clock.h"
#include "plan/secret.h"
#include "send/runner.h"
#include "send/trial.h"

#include <stdlib.h>
#include <string.h>

#define UNTOLD (-1.0)

int stages_init(struct stages *stages, const struct traffic_class *class, size_t requests)
{
    *stages = (struct stages){.class = class, .most = requests};
    stages->service_ms = calloc(requests, sizeof *stages->service_ms);
    stages->connecting.ms = calloc(requests, sizeof *stages->connecting.ms);
    return stages->service_ms && stages->connecting.ms ? 0 : -ENOMEM;
}

void stages_deinit(struct stages *stages)
{
    for (size_t i = 0; i < stages->count; i++)
        free(stages->rows[i].ms);
    stages->count = 0;
    free(stages->connecting.ms);
    stages->connecting.ms = NULL;
    free(stages->service_ms);
    stages->service_ms = NULL;
}

static struct stage *stage_of(struct stages *stages, const struct timing_metric *metric)
{
    for (size_t i = 0; i < stages->count; i++) {
        if (strcmp(stages->rows[i].name, metric->name) == 0)
            return &stages->rows[i];
    }
    double *ms = stages->count < STAGES_MOST ? malloc(stages->most * sizeof *ms) : NULL;
    if (!ms) {
        stages->no_room = true;
        return NULL;
    }
    for (size_t i = 0; i < stages->most; i++)
        ms[i] = UNTOLD;
    struct stage *stage = &stages->rows[stages->count++];
    *stage = (struct stage){.ms = ms};
    memcpy(stage->name, metric->name, sizeof stage->name);
    memcpy(stage->desc, metric->desc, sizeof stage->desc);
    return stage;
}

/* One reply's line of its head, which belongs to the request `at`. */
struct heeding {
    struct stages *stages;
    size_t at;
};

/* A metric that a reply tells twice took both times. */
static void take(void *cls, const struct timing_metric *metric)
{
    const struct heeding *heeding = cls;
    struct timing_metric shown = *metric;
    secret_hide(shown.name, sizeof shown.name);
    secret_hide(shown.desc, sizeof shown.desc);
    struct stage *stage = metric->told ? stage_of(heeding->stages, &shown) : NULL;
    if (!stage)
        return;
    double *ms = &stage->ms[heeding->at];
    *ms = metric->ms + (*ms < 0 ? 0 : *ms);
}

static void forget(struct stages *stages, size_t at)
{
    for (size_t i = 0; i < stages->count; i++)
        stages->rows[i].ms[at] = UNTOLD;
}

void stages_take_line(struct stages *stages, size_t at, const char *line, size_t length)
{
    struct heeding heeding = {stages, at};
    if (length > 5 && memcmp(line, "HTTP/", 5) == 0)
        forget(stages, at);
    else
        server_timing_read(line, length, take, &heeding);
}

static void heed(void *heeded, const char *line, size_t length)
{
    struct stages *stages = heeded;
    stages_take_line(stages, stages->good, line, length);
}

/* What a reply that does not count has told is forgotten. */
static void settle(struct stages *stages, const struct trial *trial)
{
    const struct outcome *outcome = &trial->outcome;
    if (trial->good) {
        stages->connecting.ms[stages->good] = clock_ms(outcome->connect_ns + outcome->tls_ns);
        stages->service_ms[stages->good++] = clock_ms(outcome->end_ns - outcome->sent_ns);
    } else {
        forget(stages, stages->good);
        if (stages->sent == stages->good)
            stages->failure = trial->failure;
    }
    stages->sent++;
}

int stages_measure(struct stages *stages, const struct workload *workload, size_t index,
                   const struct target *target)
{
    const struct options *options = workload->options;
    struct load load = {
        .class = stages->class,
        .endpoint = stages->class->endpoint[0] ? stages->class->endpoint : options->endpoint,
        .bodies = &workload->bodies[index],
    };
    const struct window window = {
        .target = target,
        .headers = options->headers,
        .loads = &load,
        .count = 1,
        .timeout_ns = options->timeout_ns,
        .heed = heed,
        .heeded = stages,
    };
    int r = 0;
    while (r == 0 && stages->sent < stages->most) {
        struct trial trial = {.id = stages->sent + 1};
        r = trial_run(&window, &load, &trial);
        if (r == 0)
            settle(stages, &trial);
        if (r == 0 && !trial.good && stages->good == 0)
            break; /* it is not what was meant: once is enough */
    }
    return r;
}
