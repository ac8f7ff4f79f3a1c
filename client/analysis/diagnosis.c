/*
 * diagnosis.c: see diagnosis.h.
 *
 * With w large requests in hand, s of n small ones were stuck. A pattern expects
 * a share that is itself not known to the last digit, so it is a beta distribution, and s is
 * beta-binomial. What is known of w: the bodies in hand have been handed over, so on an event loop
 * no two are in hand at one worker, unless socket buffers or a proxy hold whole bodies. Therefore
 * workers have two rows. Idle ones have a second for another reason: those who wait at one socket
 * may hold several large requests each, and who holds how many changes little within a step.
 */
#include "analysis/diagnosis.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

/*
 * How well a share is known: with one large request in flight that of 1/N; with all of several in
 * hand; and while some are still on their way, when who has one in hand may not have begun with it.
 */
#define SHARPNESS_OF_ONE 400
#define SHARPNESS 40
#define SHARPNESS_OF_SOME 3
/* A share is never quite 1. */
#define SHARE_MOST 0.97
/* How likely it is that large ones pile up and do not stay where they are for a step. */
#define PILES_CHANGE 0.2
/* They wait: they take so many times what they are in hand for; and how likely that is where one of
 * the workers is free and takes the next. */
#define WAITING 1.8
#define WAITS_ALTHOUGH_FREE 0.02
/* Slower: the lower end of the ratio is this or more. A median of fewer tells nothing. */
#define SLOWER_LEAST 1.5
#define SLOWER_MEDIANS 20
/* Streams: a large request is in hand for a smaller share of its time after its body has left. */
#define STREAM_SHARE 0.4

struct beta {
    double a;
    double b;
};

static const struct beta nobody = {1, 150};
static const struct beta everybody = {12, 1};
static const struct beta most_of_all = {2, 1};

static struct beta around(double share, double sharpness)
{
    double mean = fmin(share, SHARE_MOST);
    return (struct beta){mean * sharpness, (1 - mean) * sharpness};
}

/* Who was met: so many large requests were in flight, and so many of them in hand. */
struct beside {
    unsigned large;
    unsigned in_hand;
    double rounds; /* how often all of those in flight were replaced by others */
};

static double sharpness_of(struct beside beside)
{
    if (beside.in_hand < beside.large)
        return SHARPNESS_OF_SOME;
    return beside.large == 1 ? SHARPNESS_OF_ONE : SHARPNESS;
}

/* The share that is stuck. */
typedef struct beta expectation(unsigned workers, struct beside beside);

static struct beta expect_any(unsigned workers, struct beside beside)
{
    (void)workers, (void)beside;
    return (struct beta){1, 1};
}

static struct beta expect_nobody(unsigned workers, struct beside beside)
{
    (void)workers, (void)beside;
    return nobody;
}

static struct beta expect_everybody(unsigned workers, struct beside beside)
{
    (void)workers;
    return beside.in_hand < beside.large ? most_of_all : everybody;
}

/* Each in hand is another worker's. */
static struct beta expect_blind(unsigned workers, struct beside beside)
{
    return around((double)beside.in_hand / workers, sharpness_of(beside));
}

/*
 * Each in hand is with any of the workers: how many of these have one is the classical occupancy
 * (Feller, An Introduction to Probability Theory, vol. 1, IV.2). Chance had its way as often as
 * large requests were sent anew.
 */
static struct beta expect_blind_queues(unsigned workers, struct beside beside)
{
    double n = workers;
    double w = beside.in_hand;
    double idle = pow(1 - 1 / n, w);
    double variance = (1 - 1 / n) * pow(1 - 2 / n, w) + idle / n - idle * idle;
    double mean = fmin(1 - idle, SHARE_MOST);
    double spread = fmax(variance, 0) / beside.rounds;
    return around(mean, 1 / (1 / sharpness_of(beside) + spread / (mean * (1 - mean))));
}

/*
 * Each in hand is another worker's as long as there are any. With too few in hand for all workers
 * and enough in flight, the others are between two large ones.
 */
static struct beta expect_idle(unsigned workers, struct beside beside)
{
    if (beside.in_hand >= workers)
        return (struct beta){3, 1};
    return beside.large >= workers ? (struct beta){1, 3} : nobody;
}

/* What a server may be. Those of THREADS become STREAMS by the time that a body is in hand. */
static const struct pattern {
    enum diagnosis_kind kind;
    bool has_workers;
    bool shows_when_full; /* with fewer in hand than workers it is not told from threads */
    bool spreads;         /* no large request waits while a worker is free */
    bool piles;           /* large ones pile up at workers while another is free */
    double prior;
    expectation *expect;
} patterns[] = {
    {DIAGNOSIS_UNCLEAR, .prior = 0.02, .expect = expect_any},
    {DIAGNOSIS_ONE_LOOP, .prior = 0.24, .expect = expect_everybody},
    {DIAGNOSIS_BLIND, .has_workers = true, .prior = 0.13, .expect = expect_blind},
    {DIAGNOSIS_BLIND, .has_workers = true, .prior = 0.13, .expect = expect_blind_queues},
    {DIAGNOSIS_IDLE, true, true, .spreads = true, .prior = 0.18, .expect = expect_idle},
    {DIAGNOSIS_IDLE, true, true, .piles = true, .prior = 0.06, .expect = expect_idle},
    {DIAGNOSIS_THREADS, .prior = 0.24, .expect = expect_nobody},
};

/* How many were in hand at the most, of those that enough small ones met; 0: of none. */
static unsigned most_in_hand(const struct exposures *exposures)
{
    unsigned most = 0;
    for (unsigned w = 1; w <= EXPOSURE_LARGE_MOST; w++) {
        uint64_t met = 0;
        for (size_t i = 0; i < exposures->count; i++)
            met += exposures->rows[i].met[w];
        most = met >= DIAGNOSIS_MET_LEAST ? w : most;
    }
    return most;
}

static double log_beta(double a, double b)
{
    return lgamma(a) + lgamma(b) - lgamma(a + b);
}

/* The logarithm of how likely a step's counts are; what does not depend on the pattern is left out.
 */
static double log_of_row(const struct exposure *row, expectation *expect, unsigned workers)
{
    double sum = 0;
    double rounds = fmax(1, (double)row->large_sent / row->large);
    for (unsigned w = 1; w <= EXPOSURE_LARGE_MOST; w++) {
        if (row->met[w] == 0)
            continue;
        struct beta share = expect(workers, (struct beside){row->large, w, rounds});
        double stuck = (double)row->stuck[w];
        double free = (double)row->met[w] - stuck;
        sum += log_beta(share.a + stuck, share.b + free) - log_beta(share.a, share.b);
    }
    return sum;
}

/*
 * Each large request is with any of the workers, as chance gave it when it was taken, and the next
 * goes where the last one was: the client sends it when that worker has answered. So a worker is
 * free for the whole step, or none is; at times that changes in between. That all of N have one of
 * L is about (1 - (1 - 1/N)^L)^N.
 */
static double log_of_piles(const struct exposure *row, expectation *expect, unsigned workers)
{
    if (row->large < workers)
        return log_of_row(row, expect_nobody, workers);
    double none_free = pow(1 - pow(1 - 1.0 / workers, row->large), workers);
    const double logs[] = {
        log((1 - PILES_CHANGE) * (1 - none_free)) + log_of_row(row, expect_nobody, workers),
        log((1 - PILES_CHANGE) * none_free) + log_of_row(row, expect, workers),
        log(PILES_CHANGE) + log_of_row(row, expect_any, workers),
    };
    double most = fmax(logs[0], fmax(logs[1], logs[2]));
    double sum = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(logs); i++)
        sum += exp(logs[i] - most);
    return most + log(sum);
}

/* Large requests wait before somebody reads them: for longer than they are in hand. */
static bool large_ones_wait(const struct exposure *row)
{
    return row->large > 1 && row->in_hand_ms > 0 && row->large_ms > WAITING * row->in_hand_ms;
}

static double log_likelihood(const struct exposures *exposures, const struct pattern *pattern,
                             unsigned workers)
{
    double sum = 0;
    for (size_t i = 0; i < exposures->count; i++) {
        const struct exposure *row = &exposures->rows[i];
        if (row->large == 0)
            continue;
        sum += pattern->piles ? log_of_piles(row, pattern->expect, workers)
                              : log_of_row(row, pattern->expect, workers);
        if (pattern->spreads && row->large <= workers && large_ones_wait(row))
            sum += log(WAITS_ALTHOUGH_FREE);
    }
    return sum;
}

/* Each pattern with each number of workers: its logarithm, then its probability. */
struct candidates {
    double of[ARRAY_LENGTH(patterns)][EXPOSURE_LARGE_MOST + 1];
};

/* Few workers are likelier than many: the prior of N is as 1/N^2. */
static void weigh(const struct exposures *exposures, struct candidates *candidates)
{
    double most = -HUGE_VAL;
    double sum = 0;
    double all = 0;
    for (unsigned n = 2; n <= EXPOSURE_LARGE_MOST; n++)
        all += 1.0 / (n * n);
    for (size_t p = 0; p < ARRAY_LENGTH(patterns); p++) {
        const struct pattern *pattern = &patterns[p];
        for (unsigned n = 0; n <= EXPOSURE_LARGE_MOST; n++) {
            bool possible = pattern->has_workers ? n >= 2 : n == 1;
            double prior =
                pattern->has_workers && n ? pattern->prior / (n * n) / all : pattern->prior;
            candidates->of[p][n] =
                possible ? log(prior) + log_likelihood(exposures, pattern, n) : -HUGE_VAL;
            most = fmax(most, candidates->of[p][n]);
        }
    }
    for (size_t i = 0; i < sizeof candidates->of / sizeof(double); i++) {
        double *one = &candidates->of[0][0] + i;
        *one = exp(*one - most);
        sum += *one;
    }
    for (size_t i = 0; i < sizeof candidates->of / sizeof(double); i++)
        (&candidates->of[0][0])[i] /= sum;
}

/* The likeliest number of workers of the kind, and those that together have 95 %. */
static void find_workers(const struct candidates *candidates, unsigned in_hand_most,
                         struct diagnosis *diagnosis)
{
    double by_number[EXPOSURE_LARGE_MOST + 1] = {0};
    double all = 0;
    for (size_t p = 0; p < ARRAY_LENGTH(patterns); p++) {
        for (unsigned n = 2; patterns[p].kind == diagnosis->kind && n <= EXPOSURE_LARGE_MOST; n++) {
            if (patterns[p].shows_when_full && n > in_hand_most)
                break;
            by_number[n] += candidates->of[p][n];
            all += candidates->of[p][n];
        }
    }
    unsigned best = 2;
    for (unsigned n = 2; n <= EXPOSURE_LARGE_MOST; n++)
        best = by_number[n] > by_number[best] ? n : best;
    unsigned low = best;
    unsigned high = best;
    double within = by_number[best];
    while (within < DIAGNOSIS_WORKERS_SURE * all && (low > 2 || high < EXPOSURE_LARGE_MOST)) {
        double below = low > 2 ? by_number[low - 1] : -1;
        double above = high < EXPOSURE_LARGE_MOST ? by_number[high + 1] : -1;
        within += fmax(below, above);
        if (below > above)
            low--;
        else
            high++;
    }
    diagnosis->workers = best;
    diagnosis->workers_low = low;
    diagnosis->workers_high = high;
    diagnosis->workers_confidence = by_number[best] / all;
}

/* Bodies that are worked on as they come are in hand for what lies in socket buffers only. */
static bool streams(const struct exposures *exposures)
{
    const struct exposure *first = exposures_first(exposures);
    return exposures->whole || !first || first->in_hand_ms < STREAM_SHARE * first->large_ms;
}

static double ratio_of(const struct exposure *row, const struct exposure *alone, double *least)
{
    bool known = row->free.count >= SLOWER_MEDIANS && alone->small.count >= SLOWER_MEDIANS &&
                 alone->small.median > 0;
    *least = known ? row->free.low / alone->small.high : 0;
    return known ? row->free.median / alone->small.median : 0;
}

/* From which number of large requests on all are slower. */
static void find_slower(const struct exposures *exposures, struct diagnosis *diagnosis)
{
    const struct exposure *alone = exposures_find(exposures, 0);
    double least;
    for (size_t i = exposures->count; alone && i-- > 0 && exposures->rows[i].large;) {
        const struct exposure *row = &exposures->rows[i];
        double ratio = ratio_of(row, alone, &least);
        if (least == 0 && ratio == 0)
            continue;
        if (least < SLOWER_LEAST)
            break;
        if (diagnosis->slower_from == 0)
            diagnosis->slower_at_most = ratio;
        diagnosis->slower = ratio;
        diagnosis->slower_from = row->large;
    }
}

bool diagnosis_has_workers(enum diagnosis_kind kind)
{
    return kind == DIAGNOSIS_BLIND || kind == DIAGNOSIS_IDLE;
}

struct diagnosis diagnosis_make(const struct exposures *exposures)
{
    struct diagnosis diagnosis = {.kind = DIAGNOSIS_UNCLEAR};
    struct candidates candidates;
    unsigned in_hand_most = most_in_hand(exposures);
    const struct exposure *first = exposures_first(exposures);
    diagnosis.hold_ms = first ? first->in_hand_ms : 0;
    if (exposures->count)
        diagnosis.tried = exposures->rows[exposures->count - 1].large;
    diagnosis.probability[DIAGNOSIS_UNCLEAR] = 1;
    find_slower(exposures, &diagnosis);
    if (in_hand_most == 0 || !first)
        return diagnosis;
    weigh(exposures, &candidates);
    double shown[DIAGNOSIS_KINDS] = {0}; /* without workers that were never all taken */
    diagnosis.probability[DIAGNOSIS_UNCLEAR] = 0;
    for (size_t p = 0; p < ARRAY_LENGTH(patterns); p++) {
        bool streamed = patterns[p].kind == DIAGNOSIS_THREADS && streams(exposures);
        enum diagnosis_kind kind = streamed ? DIAGNOSIS_STREAMS : patterns[p].kind;
        for (unsigned n = 1; n <= EXPOSURE_LARGE_MOST; n++) {
            bool shows = !patterns[p].shows_when_full || n <= in_hand_most;
            diagnosis.probability[kind] += candidates.of[p][n];
            shown[kind] += shows ? candidates.of[p][n] : 0;
        }
    }
    for (int kind = 0; kind < DIAGNOSIS_KINDS; kind++) {
        if (shown[kind] > shown[diagnosis.kind])
            diagnosis.kind = (enum diagnosis_kind)kind;
    }
    if (shown[diagnosis.kind] < DIAGNOSIS_LEAST)
        diagnosis.kind = DIAGNOSIS_UNCLEAR;
    diagnosis.confidence = shown[diagnosis.kind];
    if (diagnosis_has_workers(diagnosis.kind))
        find_workers(&candidates, in_hand_most, &diagnosis);
    return diagnosis;
}

bool diagnosis_is_sure(const struct diagnosis *diagnosis)
{
    return diagnosis->kind != DIAGNOSIS_UNCLEAR && diagnosis->confidence >= DIAGNOSIS_SURE &&
           (!diagnosis->workers || diagnosis->workers_confidence >= DIAGNOSIS_WORKERS_SURE);
}
