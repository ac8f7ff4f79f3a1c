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
    verdict->known = estimate->known;
    verdict->value = estimate->value;
}

static void set_value(struct verdict *verdict, const struct cell_findings *found)
{
    const struct cell *cell = found->cell;
    const struct slo *slo = verdict->slo;
    const struct histogram *response = &cell->stats.response;
    switch (slo->metric) {
    case SLO_RESPONSE:
        verdict->known = percentile_is_known(response->total, slo->percent);
        verdict->value = (double)histogram_percentile(response, slo->percent) / (double)NS_PER_MS;
        return;
    case SLO_MEAN:
        verdict->known = response->total > 0;
        verdict->value = histogram_mean(response) / (double)NS_PER_MS;
        return;
    case SLO_MAX:
        verdict->known = response->total > 0;
        verdict->value = (double)response->max / (double)NS_PER_MS;
        return;
    case SLO_INTERFERENCE:
        for (int i = 0; i < INTERFERENCE_PERCENTS; i++) {
            if (interference_percents[i] == slo->percent)
                set_estimate(verdict, &found->interference.ratios[i]);
        }
        return;
    case SLO_COLLATERAL:
        set_estimate(verdict, &found->interference.collateral_ms);
        return;
    case SLO_ERRORS:
        verdict->known = cell->stats.sent > 0;
        verdict->value = 100.0 * (double)class_stats_errors(&cell->stats) /
                         (double)(cell->stats.sent ? cell->stats.sent : 1);
        return;
    }
}

struct verdict verdict_of(const struct slo *slo, const struct cell_findings *found)
{
    struct verdict verdict = {.slo = slo, .cell = found->cell};
    set_value(&verdict, found);
    verdict.passed = verdict.known &&
                     (verdict.value < slo->limit || (slo->or_equal && verdict.value <= slo->limit));
    const struct histogram *response = &found->cell->stats.response;
    bool none_beyond = response->total && (double)response->max / (double)NS_PER_MS < slo->limit;
    if (!verdict.known && slo->metric == SLO_RESPONSE)
        verdict.passed = none_beyond;
    return verdict;
}
