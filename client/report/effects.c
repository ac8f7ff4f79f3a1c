/* effects.c: see effects.h. */
#include "report/effects.h"

#include "analysis/percentile.h"
#include "base/error.h"
#include "report/change.h"
#include "report/label.h"
#include "report/ms.h"
#include "report/sentences.h"
#include "report/text_table.h"

#include <stdio.h>

enum { SENTENCES_MOST = 3 };

bool effects_are_many(const struct result *result)
{
    return result->subject_count > SENTENCES_MOST;
}

/* "0.296 -> 116 (x 391, 310 to 420)". */
static void add_percentile(const struct cell_findings *found, int index, struct text_table *table)
{
    double percent = interference_percents[index];
    text_table_add(table, "%s -> %s (%s)", ms_text_response(&found->cell->baseline, percent).text,
                   ms_text_response(&found->cell->stats, percent).text,
                   change_text(&found->interference.ratios[index], "").text);
}

static void add_collateral(const struct estimate *collateral, struct text_table *table)
{
    text_table_add(table, "%s",
                   !collateral->known                ? "-"
                   : interval_holds_zero(collateral) ? "none shown"
                                                     : ms_text(collateral->value).text);
}

/* The share of slow requests' extra waiting that fell into large requests. */
static void add_share(const struct stalls *stalls, struct text_table *table)
{
    if (stalls->known && stalls->slow)
        text_table_add(table, "%.0f %% (%.0f %%)",
                       100.0 * (double)stalls->blamed_ns / (double)stalls->excess_ns,
                       100.0 * stalls->chance);
    else
        text_table_add(table, "-");
}

static void add_hold(const struct cell *cell, struct text_table *table)
{
    bool told = cell->has_server && cell->traits.thread_per_connection == TRAIT_NO;
    text_table_add(table, "%s", told ? ms_text(cell->server.loop_hold.max).text : "-");
}

static void add_row(const struct findings *findings, const struct cell_findings *found,
                    int percentile, struct text_table *table)
{
    text_table_add(table, "%s", label_in(findings->result, found->cell).text);
    if (!sentences_are_due(findings->result, found->cell) ||
        interference_highest(&found->interference) < 0) {
        for (size_t i = 1; i < table->columns; i++)
            text_table_add(table, "-");
        return;
    }
    if (percentile > 0)
        add_percentile(found, 0, table);
    add_percentile(found, percentile, table);
    text_table_add(table, "%s", ms_text(figures_of(&found->cell->stats.response).max).text);
    add_collateral(&found->interference.collateral_ms, table);
    add_share(&found->stalls, table);
    add_hold(found->cell, table);
}

static void tell_notes(struct buffer *out)
{
    buffer_append_text(
        out,
        "\nWhat the large requests did: response times in ms without -> with them (x: one divided "
        "by the other, the rounds' geometric mean and its 95 % interval; no change is shown where "
        "that holds 1); the longest with them; the waiting in ms that each large request cost the "
        "others in all (cost of each); how much of the slow ones' waiting fell into large requests "
        "(during large), which is their cause in one loop and overlap elsewhere, and in brackets "
        "how much of the time they were there: chance alone gives as much; the longest in ms "
        "that the server kept a loop busy (loop held), which a thread that serves one connection "
        "never does.\n\n");
}

void effects_tell(const struct findings *findings, struct buffer *out)
{
    int percentile = sentences_percentile(findings);
    if (percentile < 0) {
        buffer_append_text(out, "\nToo few good replies to say what large requests did.\n");
        return;
    }
    char title[TEXT_TABLE_CELL];
    snprintf(title, sizeof title, "p%g", interference_percents[percentile]);
    const char *all[] = {"System",       "p50",          title,      "Longest",
                         "Cost of each", "During large", "Loop held"};
    size_t skipped = percentile == 0;
    if (skipped)
        all[1] = all[0];
    size_t count = findings->result->cell_count;
    CLEANUP(text_table_deinit)
    struct text_table table;
    text_table_init(&table, ARRAY_LENGTH(all) - skipped, count, all + skipped);
    for (size_t i = 0; i < count; i++) {
        if (findings->cells[i].cell->has_baseline)
            add_row(findings, &findings->cells[i], percentile, &table);
    }
    tell_notes(out);
    text_table_tell(&table, out);
}
