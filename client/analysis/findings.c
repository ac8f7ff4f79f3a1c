/* findings.c: see findings.h. */
#include "analysis/findings.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static int find_of_cell(const struct result *result, struct cell_findings *found)
{
    const struct cell *cell = found->cell;
    int r = interference_of(result, cell, &found->interference);
    if (r == 0)
        r = audit_cell(cell, &found->audit);
    if (r == 0)
        r = outlook_make(result, cell, &found->outlook);
    if (r == 0)
        r = stalls_find(result, cell, &found->stalls);
    return r ? r : affinity_find(result, cell, &found->affinity);
}

static int find_costs(struct findings *findings)
{
    const struct result *result = findings->result;
    findings->costs = calloc(result->cell_count, sizeof *findings->costs);
    if (!findings->costs)
        return -ENOMEM;
    int r = 0;
    for (size_t i = 0; r >= 0 && i < result->cell_count; i++) {
        struct connection_cost *cost = &findings->costs[findings->cost_count];
        r = connection_cost_of(result, &result->cells[i], cost);
        findings->cost_count += r == 0;
    }
    return r < 0 ? r : 0;
}

static int judge(struct findings *findings)
{
    const struct options *options = findings->result->options;
    size_t count = findings->result->cell_count;
    findings->verdicts = calloc(options->slo_count * count + 1, sizeof *findings->verdicts);
    if (!findings->verdicts)
        return -ENOMEM;
    for (size_t s = 0; s < options->slo_count; s++) {
        for (size_t i = 0; i < count; i++) {
            const struct cell_findings *found = &findings->cells[i];
            if (verdict_concerns(&options->slos[s], found->cell))
                findings->verdicts[findings->verdict_count++] =
                    verdict_of(&options->slos[s], found);
        }
    }
    return 0;
}

int findings_make(struct findings *findings, const struct result *result)
{
    *findings = (struct findings){.result = result, .trustworthy = true};
    findings->cells = calloc(result->cell_count + 1, sizeof *findings->cells);
    int r = findings->cells ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < result->cell_count; i++) {
        findings->cells[i].cell = &result->cells[i];
        r = find_of_cell(result, &findings->cells[i]);
        findings->trustworthy = findings->trustworthy && audit_is_good(&findings->cells[i].audit);
    }
    if (r == 0)
        r = find_costs(findings);
    if (r == 0)
        r = judge(findings);
    return r ? r : ranking_make(&findings->ranking, result, findings->cells);
}

void findings_deinit(struct findings *findings)
{
    for (size_t i = 0; findings->cells && i < findings->result->cell_count; i++)
        stalls_deinit(&findings->cells[i].stalls);
    free(findings->cells);
    free(findings->costs);
    free(findings->verdicts);
    ranking_deinit(&findings->ranking);
    memset(findings, 0, sizeof *findings);
}
