/* ranking_text.c: see ranking_text.h. */
#include "report/ranking_text.h"

#include "analysis/difference.h"
#include "base/error.h"
#include "measure/result.h"
#include "report/ms.h"
#include "report/text_table.h"

#include <stdio.h>

struct ranking_phrase ranking_phrase(const struct ranking *ranking,
                                     enum ranking_criterion criterion)
{
    static const char *const costs[RANKING_CRITERIA] = {
        [RANKING_THROUGHPUT] = "large bodies answered",
        [RANKING_MEMORY] = "peak memory",
        [RANKING_CPU_LARGE] = "CPU time per large request",
        [RANKING_CPU_SMALL] = "CPU time per small request",
    };
    struct ranking_phrase out;
    const char *small = "small";
    const char *large = "large";
    for (size_t i = 0; i < ranking->count; i++) {
        small = ranking->rows[i].small ? ranking->rows[i].small->class->name : small;
        large = ranking->rows[i].large ? ranking->rows[i].large->class->name : large;
    }
    if (criterion == RANKING_SMALL)
        snprintf(out.text, sizeof out.text, "%s p%g with large requests running", small,
                 ranking->percent);
    else if (criterion == RANKING_LARGE)
        snprintf(out.text, sizeof out.text, "%s %s", large, ranking->median ? "median" : "mean");
    else
        snprintf(out.text, sizeof out.text, "%s", costs[criterion]);
    return out;
}

static void set_title(const struct ranking *ranking, int criterion, char out[TEXT_TABLE_CELL])
{
    const char *title = ranking_titles[criterion].title;
    if (criterion == RANKING_SMALL)
        snprintf(out, TEXT_TABLE_CELL, "%s p%g", title, ranking->percent);
    else if (criterion == RANKING_LARGE)
        snprintf(out, TEXT_TABLE_CELL, "%s %s", title, ranking->median ? "median" : "mean");
    else
        snprintf(out, TEXT_TABLE_CELL, "%s", title);
}

static void add_row(const struct ranking_row *row, struct text_table *table)
{
    text_table_add(table, "%.40s %.30s%s", row->subject->label, row->subject->endpoint,
                   row->trustworthy ? "" : " *");
    for (int c = 0; c < RANKING_CRITERIA; c++) {
        const struct ranking_value *value = &row->values[c];
        struct ms_text number = ms_text(value->value);
        const char *least = value->at_least ? ">= " : "";
        if (!value->known)
            text_table_add(table, "-");
        else if (value->rank)
            text_table_add(table, "%s%s, rank %zu", least, number.text, value->rank);
        else
            text_table_add(table, "%s%s", least, number.text);
    }
}

static void add_seen(const struct ranking *ranking, struct text_table *table)
{
    text_table_add(table, "shown from");
    for (int c = 0; c < RANKING_CRITERIA; c++) {
        double seen = ranking->seen[c];
        if (seen > 0)
            text_table_add(table, "x %.*f", seen < 9.95 ? 1 + (seen < 1.995) : 0, seen);
        else
            text_table_add(table, "-");
    }
}

static void append_rows(const struct ranking *ranking, struct buffer *out)
{
    char titles[RANKING_CRITERIA][TEXT_TABLE_CELL];
    const char *columns[RANKING_CRITERIA + 1] = {"System"};
    for (int c = 0; c < RANKING_CRITERIA; c++) {
        set_title(ranking, c, titles[c]);
        columns[c + 1] = titles[c];
    }
    CLEANUP(text_table_deinit)
    struct text_table table;
    text_table_init(&table, ARRAY_LENGTH(columns), ranking->count + 1, columns);
    for (size_t i = 0; i < ranking->count; i++)
        add_row(&ranking->rows[i], &table);
    if (ranking->round_count >= DIFFERENCE_ROUNDS_LEAST)
        add_seen(ranking, &table);
    text_table_tell(&table, out);
}

/* What large classes that pause after each reply are answered is what they ask for. */
static void tell_pause(const struct ranking *ranking, struct buffer *out)
{
    int64_t pause = 0;
    for (size_t i = 0; i < ranking->count; i++) {
        const struct cell *large = ranking->rows[i].large;
        if (large && !class_is_open(large->class) && large->class->interval_ns > pause)
            pause = large->class->interval_ns;
    }
    if (pause)
        buffer_append_format(out,
                             "Answered MB/s: bodies of large requests. The client pauses for %s ms "
                             "after each reply, so this is no throughput; --large-interval=0 "
                             "measures one.\n",
                             ms_text_ns(pause).text);
}

static void append_notes(const struct ranking *ranking, struct buffer *out)
{
    bool late = false;
    for (size_t i = 0; i < ranking->count; i++)
        late = late || !ranking->rows[i].trustworthy;
    buffer_append_format(out, "All systems, by %s, %s, ",
                         ranking_phrase(ranking, RANKING_SMALL).text,
                         ranking_phrase(ranking, RANKING_LARGE).text);
    buffer_append_text(out, "large bodies answered, peak memory, and CPU time for each large and "
                            "each small request. Times are in ms; memory and CPU time are of all "
                            "the server's processes. ");
    if (ranking->round_count >= DIFFERENCE_ROUNDS_LEAST)
        buffer_append_format(out,
                             "Rank 1: no other is shown to be better, rank 2: one is, ...; better "
                             "is by %g %% or more, 95 %% sure for each rank, from %zu rounds. "
                             "The last line, shown from: a system that is better by this ratio "
                             "would have been shown to be so in four of five such runs.\n",
                             RANKING_MARGIN * 100, ranking->round_count);
    else
        buffer_append_format(out, "What was measured in fewer than %d rounds has no rank.\n",
                             DIFFERENCE_ROUNDS_LEAST);
    tell_pause(ranking, out);
    if (late)
        buffer_append_text(out,
                           "*: not trustworthy, the client itself was late or out of ports.\n");
    buffer_append_text(out, "\n");
}

void ranking_tell(const struct ranking *ranking, struct buffer *out)
{
    if (ranking->count == 0)
        return;
    append_notes(ranking, out);
    append_rows(ranking, out);
}
