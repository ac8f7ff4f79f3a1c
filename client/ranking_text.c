/* ranking_text.c: the ranking as a table; see ranking.h. */
#include "base/error.h"
#include "difference.h"
#include "ranking.h"
#include "report.h"
#include "result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = RANKING_CRITERIA + 1, TEXT_SIZE = 80 };

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

static void set_title(const struct ranking *ranking, int criterion, char out[TEXT_SIZE])
{
    const char *title = ranking_titles[criterion].title;
    if (criterion == RANKING_SMALL)
        snprintf(out, TEXT_SIZE, "%s p%g", title, ranking->percent);
    else if (criterion == RANKING_LARGE)
        snprintf(out, TEXT_SIZE, "%s %s", title, ranking->median ? "median" : "mean");
    else
        snprintf(out, TEXT_SIZE, "%s", title);
}

static void set_row(const struct ranking_row *row, char out[COLUMNS][TEXT_SIZE])
{
    snprintf(out[0], TEXT_SIZE, "%.40s %.30s%s", row->subject->mode, row->subject->endpoint,
             row->trustworthy ? "" : " *");
    for (int c = 0; c < RANKING_CRITERIA; c++) {
        const struct ranking_value *value = &row->values[c];
        char number[REPORT_MS_SIZE];
        report_format_ms(value->value, number);
        if (!value->known)
            snprintf(out[c + 1], TEXT_SIZE, "-");
        else if (value->rank)
            snprintf(out[c + 1], TEXT_SIZE, "%s (%zu)", number, value->rank);
        else
            snprintf(out[c + 1], TEXT_SIZE, "%s", number);
    }
}

static int append_line(struct buffer *out, char cells[COLUMNS][TEXT_SIZE], const size_t *widths)
{
    int r = 0;
    for (int column = 0; r == 0 && column < COLUMNS; column++)
        r = buffer_append_format(out, "| %-*s ", (int)widths[column], cells[column]);
    return r ? r : buffer_append_text(out, "|\n");
}

static int append_rule(struct buffer *out, const size_t *widths)
{
    char dashes[TEXT_SIZE];
    int r = 0;
    memset(dashes, '-', sizeof dashes);
    for (int column = 0; r == 0 && column < COLUMNS; column++)
        r = buffer_append_format(out, "|-%.*s-", (int)widths[column], dashes);
    return r ? r : buffer_append_text(out, "|\n");
}

static int append_rows(const struct ranking *ranking, char (*rows)[COLUMNS][TEXT_SIZE],
                       struct buffer *out)
{
    size_t widths[COLUMNS] = {0};
    snprintf(rows[0][0], TEXT_SIZE, "System");
    for (int c = 0; c < RANKING_CRITERIA; c++)
        set_title(ranking, c, rows[0][c + 1]);
    for (size_t i = 0; i < ranking->count; i++)
        set_row(&ranking->rows[i], rows[i + 1]);
    for (size_t i = 0; i <= ranking->count; i++) {
        for (int column = 0; column < COLUMNS; column++) {
            size_t width = strlen(rows[i][column]);
            widths[column] = width > widths[column] ? width : widths[column];
        }
    }
    int r = append_line(out, rows[0], widths);
    if (r == 0)
        r = append_rule(out, widths);
    for (size_t i = 0; r == 0 && i < ranking->count; i++)
        r = append_line(out, rows[i + 1], widths);
    return r;
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
    char(*rows)[COLUMNS][TEXT_SIZE] = calloc(ranking->count + 1, sizeof *rows);
    if (!rows)
        return -ENOMEM;
    int r = append_rows(ranking, rows, out);
    free(rows);
    return r ? r : append_notes(ranking, out);
}
