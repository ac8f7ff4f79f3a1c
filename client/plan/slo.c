/* slo.c: see slo.h. */
#include "plan/slo.h"

#include "analysis/percentile.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/units.h"
#include "measure/result.h"
#include "report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_INTERFERENCE 99.0

static bool parse_percent(const char *text, double *percent)
{
    return text[0] == 'p' && units_parse_number(text + 1, 1, 99.999, percent) == 0;
}

static bool parse_metric(const char *text, struct slo *slo)
{
    static const struct {
        const char *name;
        enum slo_metric metric;
    } names[] = {{"mean", SLO_MEAN},
                 {"max", SLO_MAX},
                 {"interference", SLO_INTERFERENCE},
                 {"collateral", SLO_COLLATERAL},
                 {"errors", SLO_ERRORS}};
    static const char dotted[] = "interference.";
    slo->percent = DEFAULT_INTERFERENCE;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        slo->metric = names[i].metric;
        if (strcmp(text, names[i].name) == 0)
            return true;
    }
    if (strncmp(text, dotted, sizeof dotted - 1) == 0) {
        slo->metric = SLO_INTERFERENCE;
        for (int i = 0; i < INTERFERENCE_PERCENTS; i++) {
            if (parse_percent(text + sizeof dotted - 1, &slo->percent) &&
                slo->percent == interference_percents[i])
                return true;
        }
        return false;
    }
    slo->metric = SLO_RESPONSE;
    return parse_percent(text, &slo->percent);
}

static bool parse_limit(char *text, struct slo *slo)
{
    size_t length = strlen(text);
    int64_t ns;
    if (slo->metric == SLO_INTERFERENCE)
        return units_parse_number(text, 0, 1e9, &slo->limit) == 0;
    if (slo->metric == SLO_ERRORS) {
        if (length == 0 || text[length - 1] != '%')
            return false;
        text[length - 1] = '\0';
        return units_parse_number(text, 0, 100, &slo->limit) == 0;
    }
    if (units_parse_duration(text, &ns))
        return false;
    slo->limit = (double)ns / (double)NS_PER_MS;
    return true;
}

int slo_parse(const char *text, struct slo *slo)
{
    char copy[128];
    memset(slo, 0, sizeof *slo);
    slo->text = text;
    if ((size_t)snprintf(copy, sizeof copy, "%s", text) >= sizeof copy)
        return SLO_INVALID;
    char *metric = copy;
    char *colon = strchr(copy, ':');
    if (colon) {
        *colon = '\0';
        metric = colon + 1;
        if (colon == copy || strlen(copy) >= CLASS_NAME_SIZE)
            return SLO_INVALID;
        memcpy(slo->class, copy, strlen(copy) + 1);
    }
    char *less = strchr(metric, '<');
    if (!less)
        return SLO_INVALID;
    *less++ = '\0';
    slo->or_equal = *less == '=';
    bool good = parse_metric(metric, slo) && parse_limit(less + slo->or_equal, slo);
    bool possible = slo->limit > 0 || slo->or_equal || slo->metric == SLO_COLLATERAL;
    return good && possible ? 0 : SLO_INVALID;
}

bool slo_concerns(const struct slo *slo, const struct cell *cell)
{
    bool compared = slo->metric == SLO_INTERFERENCE || slo->metric == SLO_COLLATERAL;
    if (compared && cell->heavy)
        return false;
    return slo->class[0] == '\0' || strcmp(slo->class, cell->class->name) == 0;
}

static void set_estimate(struct slo_verdict *verdict, const struct estimate *estimate)
{
    verdict->known = estimate->known;
    verdict->value = estimate->value;
}

static void set_value(struct slo_verdict *verdict, const struct cell *cell)
{
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
                set_estimate(verdict, &cell->interference.ratios[i]);
        }
        return;
    case SLO_COLLATERAL:
        set_estimate(verdict, &cell->interference.collateral_ms);
        return;
    case SLO_ERRORS:
        verdict->known = cell->stats.sent > 0;
        verdict->value = 100.0 * (double)class_stats_errors(&cell->stats) /
                         (double)(cell->stats.sent ? cell->stats.sent : 1);
        return;
    }
}

struct slo_verdict slo_judge(const struct slo *slo, const struct cell *cell)
{
    struct slo_verdict verdict = {.slo = slo, .cell = cell};
    set_value(&verdict, cell);
    verdict.passed = verdict.known &&
                     (verdict.value < slo->limit || (slo->or_equal && verdict.value <= slo->limit));
    const struct histogram *response = &cell->stats.response;
    bool none_beyond = response->total && (double)response->max / (double)NS_PER_MS < slo->limit;
    if (!verdict.known && slo->metric == SLO_RESPONSE)
        verdict.passed = none_beyond;
    return verdict;
}

static int tell_value(const struct slo_verdict *verdict, struct buffer *out)
{
    char ms[REPORT_MS_SIZE];
    report_format_ms(verdict->value, ms);
    if (!verdict->known && verdict->passed)
        return buffer_append_text(out, "too few samples for it, and none reached the limit");
    if (!verdict->known)
        return buffer_append_text(out, verdict->slo->metric == SLO_INTERFERENCE ||
                                               verdict->slo->metric == SLO_COLLATERAL
                                           ? "cannot be told: too few samples, or no baseline"
                                           : "cannot be told: too few samples");
    switch (verdict->slo->metric) {
    case SLO_INTERFERENCE:
        return buffer_append_format(out, "x %.2f", verdict->value);
    case SLO_ERRORS:
        return buffer_append_format(out, "%.3g %%", verdict->value);
    default:
        return buffer_append_format(out, "%s ms", ms);
    }
}

int slo_tell(const struct slo_verdict *verdict, struct buffer *out)
{
    const struct cell *cell = verdict->cell;
    int r = buffer_append_format(out, "SLO %s %s: %s%s%s %s: ", verdict->slo->text,
                                 verdict->passed ? "met" : "FAILED", cell->mode,
                                 cell->mode[0] ? " " : "", cell->endpoint, cell->class->name);
    if (r == 0)
        r = tell_value(verdict, out);
    return r ? r : buffer_append_text(out, "\n");
}
