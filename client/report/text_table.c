/* text_table.c: see text_table.h. */
#include "report/text_table.h"

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_table_init(struct text_table *table, size_t columns, size_t rows,
                     const char *const titles[])
{
    *table = (struct text_table){.columns = columns, .rows_most = rows + 1};
    table->cells = calloc(columns * table->rows_most, sizeof *table->cells);
    for (size_t i = 0; i < columns; i++)
        text_table_add(table, "%s", titles[i]);
}

void text_table_deinit(struct text_table *table)
{
    free(table->cells);
    table->cells = NULL;
}

void text_table_add(struct text_table *table, const char *format, ...)
{
    if (!table->cells)
        return;
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

static void tell_rule(const struct text_table *table, struct buffer *out)
{
    char dashes[TEXT_TABLE_CELL];
    memset(dashes, '-', sizeof dashes);
    for (size_t column = 0; column < table->columns; column++)
        buffer_append_format(out, "|-%.*s-", width_of(table, column), dashes);
    buffer_append_text(out, "|\n");
}

void text_table_tell(const struct text_table *table, struct buffer *out)
{
    if (!table->cells) {
        out->error = -ENOMEM;
        return;
    }
    for (size_t row = 0; row < table->rows; row++) {
        for (size_t column = 0; column < table->columns; column++)
            buffer_append_format(out, "| %-*s ", width_of(table, column),
                                 table->cells[row * table->columns + column]);
        buffer_append_text(out, "|\n");
        if (row == 0)
            tell_rule(table, out);
    }
}
