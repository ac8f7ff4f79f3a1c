/* slo.c: see slo.h. */
#include "plan/slo.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/units.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_INTERFERENCE 99.0

const double interference_percents[INTERFERENCE_PERCENTS] = {50, 90, 95, 99};

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
