/* climb.c: see climb.h. */
#include "analysis/climb.h"

#include "base/clock.h"

#include <math.h>

#define STEP_LEAST_NS (300 * NS_PER_MS)
#define STEP_MOST_NS (4 * NS_PER_S)
#define ALONE_MOST_NS (2 * NS_PER_S)
/* The parts of the time that a step without, with one and with several large requests takes. */
#define ALONE_PART 20
#define ONE_PART 8
#define PART 12
/* A window that ends shortly before replies do wastes no time on waiting for them. */
#define BEFORE_REPLY 0.1
/* With fewer small requests that met it, a step with one large request is made again. */
#define MET_WANTED 100
/* Where it met as many, later windows need to be no longer than this, and than so many replies. */
#define ENOUGH_NS ((double)NS_PER_S)
#define ENOUGH_REPLIES 8
/* So many steps with one large request, and so many in all, are enough. */
#define OF_ONE_MOST 5
#define STEPS_MOST 16
/* A pattern of workers that are chosen blindly is looked at with so many large requests. */
#define BLIND_LARGE 4

static int64_t within(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

static unsigned last_of(const struct exposures *exposures)
{
    return exposures->count ? exposures->rows[exposures->count - 1].large : 0;
}

/*
 * A window with `large` requests in flight, and how long it may take with its last replies. It
 * lasts for most of a large request's time: many a server reads first, slowly, and parses then.
 */
static int64_t window_ns(const struct climb *climb, const struct exposures *exposures,
                         unsigned large, int64_t *cost_ns)
{
    const struct exposure *one = exposures_first(exposures);
    const struct exposure *last = &exposures->rows[exposures->count - 1];
    double took = one ? one->large_ms * NS_PER_MS : 0;
    double window = (double)within(climb->total_ns / (large == 1 ? ONE_PART : PART), STEP_LEAST_NS,
                                   STEP_MOST_NS);
    if (large == 1 && took > 0)
        window = (fmax(round(window / took), 1) - BEFORE_REPLY) * took;
    double last_took = last->large ? last->large_ms * NS_PER_MS : took;
    if (last_took > 0 && one && one->met_all >= MET_WANTED)
        window = fmin(window, fmax(ENOUGH_NS, ENOUGH_REPLIES * last_took));
    window = fmax(window, (1 - BEFORE_REPLY) * (large == 1 ? took : last_took));
    double drain = last->large ? last_took * large / last->large : took;
    *cost_ns = (int64_t)(window + (large == 1 ? 2 * BEFORE_REPLY * took : drain));
    return (int64_t)window;
}

static bool suffers(const struct climb *climb, const struct exposures *exposures)
{
    for (size_t i = 0; i < exposures->count; i++) {
        const struct exposure *row = &exposures->rows[i];
        if ((double)row->small_failed > climb->stop_at * (double)row->small_sent ||
            (double)row->large_failed > climb->stop_at * (double)row->large_sent)
            return true;
    }
    return false;
}

static unsigned twice(const struct climb *climb, unsigned last)
{
    return 2 * last < climb->most ? 2 * last : climb->most;
}

/*
 * What tells the number of workers of whom a free one is taken: halfway between the most large
 * ones with which some are not stuck and the fewest with which most are. Where these are
 * neighbours, the lower once more: large ones may have piled up at one worker there. 0: neither.
 */
static unsigned between(const struct exposures *exposures)
{
    unsigned low = 0;
    for (size_t i = 0; i < exposures->count; i++) {
        const struct exposure *row = &exposures->rows[i];
        if (row->met_all && 2 * row->stuck_all >= row->met_all)
            return low + 1 < row->large ? (low + row->large) / 2 : low;
        low = row->large;
    }
    return 0;
}

/* Workers that are chosen blindly: their number is told best with one large request. */
static unsigned choose_for_blind(const struct climb *climb, const struct diagnosis *diagnosis)
{
    bool known = diagnosis->workers_confidence >= DIAGNOSIS_WORKERS_SURE;
    return known || climb->of_one >= OF_ONE_MOST ? BLIND_LARGE : 1;
}

/* The next number of large requests; 0: nothing is left to try. */
static unsigned choose(const struct climb *climb, const struct exposures *exposures,
                       const struct diagnosis *diagnosis)
{
    unsigned last = last_of(exposures);
    const struct exposure *one = exposures_find(exposures, 1);
    if (!one || (one->met_all < MET_WANTED && climb->of_one < 2))
        return 1;
    if (diagnosis->kind == DIAGNOSIS_BLIND && last >= BLIND_LARGE)
        return choose_for_blind(climb, diagnosis);
    unsigned middle = diagnosis->kind == DIAGNOSIS_IDLE ? between(exposures) : 0;
    if (middle)
        return middle;
    return last < climb->most ? twice(climb, last) : 0;
}

/* That nobody is stuck is never sure before the most were tried: see diagnosis.h. */
static bool is_done(const struct climb *climb, const struct exposures *exposures,
                    const struct diagnosis *diagnosis)
{
    unsigned least = diagnosis->kind == DIAGNOSIS_BLIND ? BLIND_LARGE : 2;
    return diagnosis_is_sure(diagnosis) &&
           last_of(exposures) >= (least < climb->most ? least : climb->most);
}

enum climb_end climb_next(const struct climb *climb, const struct exposures *exposures,
                          const struct diagnosis *diagnosis, struct climb_step *next)
{
    if (exposures->count == 0) {
        *next = (struct climb_step){
            .duration_ns = within(climb->total_ns / ALONE_PART, STEP_LEAST_NS, ALONE_MOST_NS)};
        return CLIMB_ON;
    }
    if (suffers(climb, exposures))
        return CLIMB_SUFFERS;
    if (is_done(climb, exposures, diagnosis))
        return CLIMB_SURE;
    next->large = choose(climb, exposures, diagnosis);
    if (next->large == 0 || climb->steps >= STEPS_MOST)
        return CLIMB_MOST;
    int64_t cost_ns;
    next->duration_ns = window_ns(climb, exposures, next->large, &cost_ns);
    unsigned last = last_of(exposures);
    if (cost_ns > climb->left_ns && next->large > last + 1) {
        next->large = last + 1;
        next->duration_ns = window_ns(climb, exposures, next->large, &cost_ns);
    }
    return cost_ns > climb->left_ns && climb->of_one ? CLIMB_TIME : CLIMB_ON;
}
