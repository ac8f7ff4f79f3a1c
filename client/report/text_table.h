/*
 * text_table.h: a table for people: cells of text, columns as wide as they
 * need to be, in the form that Markdown knows.
 */
#ifndef LOOPLAG_CLIENT_TEXT_TABLE_H
#define LOOPLAG_CLIENT_TEXT_TABLE_H

#include "base/buffer.h"

#include <stddef.h>

enum { TEXT_TABLE_CELL = 80 };

struct text_table {
    size_t columns;
    size_t rows; /**< that were begun, the titles included */
    size_t rows_most;
    size_t used;                    /**< cells of the last row */
    char (*cells)[TEXT_TABLE_CELL]; /**< row by row; owned */
};

/**
 * Room for `rows` rows below the titles; text_table_deinit must follow. Without memory the table
 * is empty, and text_table_tell says so.
 */
void text_table_init(struct text_table *table, size_t columns, size_t rows,
                     const char *const titles[]);
void text_table_deinit(struct text_table *table);

/** The next cell, from left to right and then below; a longer text is cut. */
void text_table_add(struct text_table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Appends the table. The buffer's error is set without memory. */
void text_table_tell(const struct text_table *table, struct buffer *out);

#endif
