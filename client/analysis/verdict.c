/* verdict.c: see verdict.h. */
#include "analysis/verdict.h"

#include "analysis/cell_findings.h"
#include "analysis/percentile.h"
#include "base/clock.h"

#include <string.h>

bool verdict_concerns(const struct slo *slo, const struct cell *cell)
{
    bool compared = slo->metric == SLO_INTERFERENCE || slo->metric == SLO_COLLATERAL;
    if (compared && cell->heavy)
        return false;
    return slo->class[0] == '\0' || strcmp(slo->class, cell->class->name) == 0;
}

static void set_estimate(struct verdict *verdict, const struct estimate *estimate)
{
    verdict->known = estimate->known && !estimate->at_least;
    verdict->at_least = estimate->at_least;
    verdict->value = estimate->value;
    verdict->bounded = verdict->known && estimate->bounded;
    verdict->high = estimate->high;
}

static void set_percentile(struct verdict *verdict, const struct percentile *percentile)
{
    verdict->known = percentile->known;
    verdict->at_least = percentile->at_least;
    verdict->value = clock_ms(percentile->ns);
    verdict->bounded = percentile->bounded;
    verdict->high = clock_ms(percentile->high);
}

/* The mean of all is no less than that of what is known of each. */
static double least_mean_ms(const struct class_stats *stats)
{
    double sum = (double)stats->response.sum + (double)stats->censored.sum;
    uint64_t count = stats->ok + class_stats_censored(stats);
    return count ? sum / (double)count / (double)NS_PER_MS : 0;
}

static void set_value(struct verdict *verdict, const struct cell_findings *found)
{
    const struct class_stats *stats = &found->cell->stats;
    const struct slo *slo = verdict->slo;
    struct percentile percentile;
    switch (slo->metric) {
    case SLO_RESPONSE:
        percentile = percentile_of(percentile_response_of(found->cell, false), slo->percent);
        set_percentile(verdict, &percentile);
        return;
    case SLO_MEAN:
        verdict->value = least_mean_ms(stats);
        verdict->known = stats->ok && class_stats_censored(stats) == 0;
        verdict->at_least = class_stats_censored(stats) > 0;
        return;
    case SLO_MAX:
        percentile = percentile_of(percentile_response(stats), 100);
        verdict->value = clock_ms(percentile.ns);
        verdict->known = stats->ok && !percentile.censored;
        verdict->at_least = percentile.censored;
        return;
    case SLO_INTERFERENCE:
        for (int i = 0; i < INTERFERENCE_PERCENTS; i++) {
            if (interference_percents[i] == slo->percent)
                set_estimate(verdict, &found->interference.ratios[i]);
        }
        return;
    case SLO_COLLATERAL:
        set_estimate(verdict, &found->interference.collateral_ms);
        verdict->known = verdict->known && class_stats_censored(stats) == 0; /* it is of replies */
        return;
    case SLO_ERRORS:
        verdict->known = stats->sent > 0;
        verdict->value =
            100.0 * (double)class_stats_errors(stats) / (double)(stats->sent ? stats->sent : 1);
        return;
    }
}

/* Whether not one request, of however few, can have reached the limit. */
static bool none_reached(const struct class_stats *stats, double limit)
{
    return stats->response.total && class_stats_censored(stats) == 0 &&
           clock_ms(stats->response.max) < limit;
}

bool verdict_meets(const struct slo *slo, double value)
{
    return value < slo->limit || (slo->or_equal && value <= slo->limit);
}

struct verdict verdict_of(const struct slo *slo, const struct cell_findings *found)
{
    struct verdict verdict = {.slo = slo, .cell = found->cell};
    set_value(&verdict, found);
    verdict.passed = verdict.known && verdict_meets(slo, verdict.value);
    if (!verdict.known && slo->metric == SLO_RESPONSE)
        verdict.passed = none_reached(&found->cell->stats, slo->limit);
    return verdict;
}
