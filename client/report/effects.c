/* effects.c: see effects.h. */
#include "report/effects.h"

#include "base/clock.h"
#include "base/error.h"
#include "measure/result.h"
#include "report/report.h"
#include "report/sentences.h"
#include "report/text_table.h"

#include <stdio.h>
#include <string.h>

enum { SENTENCES_MOST = 3 };

bool effects_are_many(const struct result *result)
{
    return result->subject_count > SENTENCES_MOST;
}

static size_t light_classes(const struct result *result)
{
    size_t count = 0;
    for (size_t i = 0; i < result->options->class_count; i++)
        count += result->cells[i].has_baseline;
    return count;
}

static void add_name(const struct result *result, const struct cell *cell, struct text_table *table)
{
    bool several = light_classes(result) > 1;
    text_table_add(table, "%.30s %.25s%s%.15s", cell->mode, cell->endpoint, several ? " " : "",
                   several ? cell->class->name : "");
}

/* "0.296 -> 116 (x 391, 310 to 420)". */
static void add_percentile(const struct cell *cell, int index, struct text_table *table)
{
    const struct estimate *ratio = &cell->interference.ratios[index];
    const struct histogram *sides[] = {&cell->baseline.response, &cell->stats.response};
    char ms[2][REPORT_MS_SIZE];
    for (size_t i = 0; i < ARRAY_LENGTH(sides); i++)
        report_format_ms((double)histogram_percentile(sides[i], interference_percents[index]) /
                             (double)NS_PER_MS,
                         ms[i]);
    if (ratio->bounded)
        text_table_add(table, "%s -> %s (x %.*f, %.*f to %.*f)", ms[0], ms[1], ratio->value < 9.95,
                       ratio->value, ratio->low < 9.95, ratio->low, ratio->high < 9.95,
                       ratio->high);
    else
        text_table_add(table, "%s -> %s (x %.*f)", ms[0], ms[1], ratio->value < 9.95, ratio->value);
}

/* The share of slow requests' extra waiting that fell into large requests. */
static void add_share(const struct cell *cell, struct text_table *table)
{
    const struct stalls *stalls = &cell->stalls;
    if (stalls->known && stalls->slow)
        text_table_add(table, "%.0f %%",
                       100.0 * (double)stalls->blamed_ns / (double)stalls->excess_ns);
    else
        text_table_add(table, "-");
}

static void add_hold(const struct cell *cell, struct text_table *table)
{
    char ms[REPORT_MS_SIZE] = "-";
    if (cell->has_server && strcmp(cell->server.mode, "threads") != 0)
        report_format_ms(cell->server.loop_hold.max, ms);
    text_table_add(table, "%s", ms);
}

static void add_row(const struct result *result, const struct cell *cell, int percentile,
                    struct text_table *table)
{
    char ms[REPORT_MS_SIZE];
    add_name(result, cell, table);
    if (!sentences_are_due(result, cell) || interference_highest(&cell->interference) < 0) {
        for (size_t i = 1; i < table->columns; i++)
            text_table_add(table, "-");
        return;
    }
    if (percentile > 0)
        add_percentile(cell, 0, table);
    add_percentile(cell, percentile, table);
    report_format_ms(figures_of(&cell->stats.response).max, ms);
    text_table_add(table, "%s", ms);
    report_format_ms(cell->interference.collateral_ms.value, ms);
    text_table_add(table, "%s", cell->interference.collateral_ms.known ? ms : "-");
    add_share(cell, table);
    add_hold(cell, table);
}

static int tell_notes(struct buffer *out)
{
    return buffer_append_text(
        out,
        "\nResponse times in ms without -> with large requests (x: one divided by the other, and "
        "its 95 % interval).\nExtra: waiting in ms that each large request cost the others in "
        "all. Beside: how much of the slow\nones' waiting fell into large requests, their cause "
        "in one loop, overlap elsewhere. Hold: the longest\nin ms that the server kept a loop "
        "busy; a thread of its own (threads) holds nobody.\n");
}

int effects_tell(const struct result *result, struct buffer *out)
{
    int percentile = sentences_percentile(result);
    if (percentile < 0)
        return buffer_append_text(out, "\nToo few good replies to say what large requests did.\n");
    char title[TEXT_TABLE_CELL];
    snprintf(title, sizeof title, "p%g", interference_percents[percentile]);
    const char *all[] = {"System", "p50", title, "Longest", "Extra", "Beside", "Hold"};
    size_t skipped = percentile == 0;
    if (skipped)
        all[1] = all[0];
    CLEANUP(text_table_deinit)
    struct text_table table;
    int r = text_table_init(&table, ARRAY_LENGTH(all) - skipped, result->cell_count, all + skipped);
    for (size_t i = 0; r == 0 && i < result->cell_count; i++) {
        if (result->cells[i].has_baseline)
            add_row(result, &result->cells[i], percentile, &table);
    }
    if (r == 0)
        r = buffer_append_text(out, "\n");
    if (r == 0)
        r = text_table_tell(&table, out);
    return r ? r : tell_notes(out);
}
