/* analysis.c: see analysis.h. */
#include "analysis/analysis.h"

#include "base/error.h"
#include "commands/load.h"

int analysis_run(struct result *result)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < result->cell_count; i++) {
        struct cell *cell = &result->cells[i];
        r = interference_of(result, cell, &cell->interference);
        if (r == 0)
            r = audit_cell(cell, &cell->audit);
        trace_sort(&cell->trace);
    }
    for (size_t i = 0; r == 0 && i < result->cell_count; i++) {
        r = outlook_make(result, &result->cells[i]);
        if (r == 0)
            r = stalls_find(result, &result->cells[i]);
        if (r == 0)
            r = affinity_find(result, &result->cells[i]);
    }
    if (r == 0) {
        ranking_deinit(&result->ranking);
        r = ranking_make(&result->ranking, result);
    }
    return r;
}

int analysis_tell_findings(const struct result *result, bool sums, struct buffer *out)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < result->cell_count; i++)
        r = outlook_tell(&result->cells[i], out);
    size_t top = result->options->top_stalls;
    for (size_t i = 0; r == 0 && (sums || top) && i < result->cell_count; i++)
        r = stalls_tell(&result->cells[i], top, out);
    for (size_t i = 0; r == 0 && i < result->cell_count; i++)
        r = affinity_tell(&result->cells[i], out);
    return r;
}

int analysis_tell_verdicts(const struct result *result, struct buffer *out)
{
    const struct options *options = result->options;
    int r = 0;
    for (size_t s = 0; s < options->slo_count; s++) {
        for (size_t i = 0; r == 0 && i < result->cell_count; i++) {
            if (!slo_concerns(&options->slos[s], &result->cells[i]))
                continue;
            struct slo_verdict verdict = slo_judge(&options->slos[s], &result->cells[i]);
            r = slo_tell(&verdict, out);
        }
    }
    for (size_t i = 0; r == 0 && i < result->cell_count; i++)
        r = audit_tell_waits(&result->cells[i], out);
    if (r == 0)
        r = audit_tell_share(result, out);
    return r ? r : audit_tell(result, out);
}

int analysis_exit_code(const struct result *result)
{
    const struct options *options = result->options;
    int code = EXIT_OK;
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        if (!audit_is_good(&cell->audit))
            return EXIT_UNTRUSTWORTHY;
        for (size_t s = 0; s < options->slo_count; s++) {
            if (slo_concerns(&options->slos[s], cell) && !slo_judge(&options->slos[s], cell).passed)
                code = EXIT_SLO;
        }
    }
    return code;
}
