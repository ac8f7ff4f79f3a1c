/* text_table.c: see text_table.h. */
#include "report/text_table.h"

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int text_table_init(struct text_table *table, size_t columns, size_t rows,
                    const char *const titles[])
{
    *table = (struct text_table){.columns = columns, .rows_most = rows + 1};
    table->cells = calloc(columns * table->rows_most, sizeof *table->cells);
    if (!table->cells)
        return -ENOMEM;
    for (size_t i = 0; i < columns; i++)
        text_table_add(table, "%s", titles[i]);
    return 0;
}

void text_table_deinit(struct text_table *table)
{
    free(table->cells);
    table->cells = NULL;
}

void text_table_add(struct text_table *table, const char *format, ...)
{
    if (table->rows == 0 || table->used == table->columns) {
        if (table->rows == table->rows_most)
            return;
        table->rows++;
        table->used = 0;
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(table->cells[(table->rows - 1) * table->columns + table->used++], TEXT_TABLE_CELL,
              format, arguments);
    va_end(arguments);
}

static int width_of(const struct text_table *table, size_t column)
{
    size_t width = 0;
    for (size_t row = 0; row < table->rows; row++) {
        size_t length = strlen(table->cells[row * table->columns + column]);
        width = length > width ? length : width;
    }
    return (int)width;
}

static int tell_rule(const struct text_table *table, struct buffer *out)
{
    char dashes[TEXT_TABLE_CELL];
    int r = 0;
    memset(dashes, '-', sizeof dashes);
    for (size_t column = 0; r == 0 && column < table->columns; column++)
        r = buffer_append_format(out, "|-%.*s-", width_of(table, column), dashes);
    return r ? r : buffer_append_text(out, "|\n");
}

int text_table_tell(const struct text_table *table, struct buffer *out)
{
    int r = 0;
    for (size_t row = 0; r == 0 && row < table->rows; row++) {
        for (size_t column = 0; r == 0 && column < table->columns; column++)
            r = buffer_append_format(out, "| %-*s ", width_of(table, column),
                                     table->cells[row * table->columns + column]);
        if (r == 0)
            r = buffer_append_text(out, "|\n");
        if (r == 0 && row == 0)
            r = tell_rule(table, out);
    }
    return r;
}
