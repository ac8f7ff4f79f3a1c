/* ranking_text.c: the ranking as a table; see ranking.h. */
#include "analysis/difference.h"
#include "analysis/ranking.h"
#include "base/error.h"
#include "measure/result.h"
#include "report/report.h"
#include "report/text_table.h"

#include <stdio.h>

void ranking_phrase(const struct ranking *ranking, enum ranking_criterion criterion,
                    char out[RANKING_PHRASE_SIZE])
{
    const char *small = "small";
    const char *large = "large";
    for (size_t i = 0; i < ranking->count; i++) {
        small = ranking->rows[i].small ? ranking->rows[i].small->class->name : small;
        large = ranking->rows[i].large ? ranking->rows[i].large->class->name : large;
    }
    static const char *const costs[RANKING_CRITERIA] = {
        [RANKING_THROUGHPUT] = "large bodies answered",
        [RANKING_MEMORY] = "peak memory",
        [RANKING_CPU_LARGE] = "CPU time per large request",
        [RANKING_CPU_SMALL] = "CPU time per small request",
    };
    if (criterion == RANKING_SMALL)
        snprintf(out, RANKING_PHRASE_SIZE, "%s p%g with large requests running", small,
                 ranking->percent);
    else if (criterion == RANKING_LARGE)
        snprintf(out, RANKING_PHRASE_SIZE, "%s %s", large, ranking->median ? "median" : "mean");
    else
        snprintf(out, RANKING_PHRASE_SIZE, "%s", costs[criterion]);
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
    text_table_add(table, "%.40s %.30s%s", row->subject->mode, row->subject->endpoint,
                   row->trustworthy ? "" : " *");
    for (int c = 0; c < RANKING_CRITERIA; c++) {
        const struct ranking_value *value = &row->values[c];
        char number[REPORT_MS_SIZE];
        report_format_ms(value->value, number);
        if (!value->known)
            text_table_add(table, "-");
        else if (value->rank)
            text_table_add(table, "%s (%zu)", number, value->rank);
        else
            text_table_add(table, "%s", number);
    }
}

static int append_rows(const struct ranking *ranking, struct buffer *out)
{
    char titles[RANKING_CRITERIA][TEXT_TABLE_CELL];
    const char *columns[RANKING_CRITERIA + 1] = {"System"};
    for (int c = 0; c < RANKING_CRITERIA; c++) {
        set_title(ranking, c, titles[c]);
        columns[c + 1] = titles[c];
    }
    CLEANUP(text_table_deinit)
    struct text_table table;
    int r = text_table_init(&table, ARRAY_LENGTH(columns), ranking->count, columns);
    for (size_t i = 0; r == 0 && i < ranking->count; i++)
        add_row(&ranking->rows[i], &table);
    return r ? r : text_table_tell(&table, out);
}

static int append_notes(const struct ranking *ranking, struct buffer *out)
{
    bool late = false;
    for (size_t i = 0; i < ranking->count; i++)
        late = late || !ranking->rows[i].trustworthy;
    int r;
    if (ranking->round_count >= DIFFERENCE_ROUNDS_LEAST)
        r = buffer_append_format(
            out,
            "\nTimes in ms; memory and CPU time are of all the server's processes. (1): nobody is "
            "better, (2): one is, ...\nbetter is by %g %% or more, 95 %% sure for each rank, "
            "from %zu rounds.\n",
            RANKING_MARGIN * 100, ranking->round_count);
    else
        r = buffer_append_format(out,
                                 "\nTimes in ms; memory and CPU time are of all the server's "
                                 "processes. No ranks: they take %d rounds or more.\n",
                                 DIFFERENCE_ROUNDS_LEAST);
    if (r == 0 && late)
        r = buffer_append_text(out, "*: not trustworthy, the client itself was late.\n");
    return r;
}

int ranking_tell(const struct ranking *ranking, struct buffer *out)
{
    if (ranking->count == 0)
        return 0;
    int r = append_rows(ranking, out);
    return r ? r : append_notes(ranking, out);
}
