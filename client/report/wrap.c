/* wrap.c: see wrap.h. */
#include "report/wrap.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_LEAST = 40, COLUMNS_MOST = 32, KEYS_MOST = 4, GAP = 2 };

size_t wrap_width(int fd)
{
    struct winsize size;
    if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col < WIDTH_LEAST)
        return WRAP_WIDTH;
    return size.ws_col;
}

bool wrap_shows_unicode(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        const char *value = getenv(names[i]);
        if (value && value[0])
            return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
    }
    return false;
}

/* A run of bytes of the text. */
struct piece {
    const char *at;
    size_t length;
};

static struct piece line_at(const struct buffer *text, size_t at)
{
    const char *end = memchr(text->data + at, '\n', text->length - at);
    return (struct piece){text->data + at,
                          end ? (size_t)(end - text->data) - at : text->length - at};
}

/* Where the line is broken: at its last blank within the width, or the first beyond it. */
static size_t break_of(const char *line, size_t length, size_t width)
{
    if (length <= width)
        return length;
    size_t at = width;
    while (at > 0 && line[at] != ' ')
        at--;
    if (at > 0)
        return at;
    const char *blank = memchr(line + width, ' ', length - width);
    return blank ? (size_t)(blank - line) : length;
}

static void append_line(struct piece line, size_t width, struct buffer *out)
{
    while (line.length && line.at[line.length - 1] == ' ')
        line.length--;
    do {
        size_t taken = break_of(line.at, line.length, width);
        buffer_append(out, line.at, taken);
        buffer_append_text(out, "\n");
        if (taken < line.length)
            taken++; /* the blank */
        line = (struct piece){line.at + taken, line.length - taken};
    } while (line.length);
}

static bool is_row(struct piece line)
{
    return line.length && line.at[0] == '|';
}

/* The cell of a row, without the blanks around it. */
static struct piece cell_of(struct piece row, size_t column)
{
    const char *end = row.at + row.length;
    const char *at = row.at + 1;
    for (; column > 0 && at < end; column--) {
        const char *bar = memchr(at, '|', (size_t)(end - at));
        at = bar ? bar + 1 : end;
    }
    const char *bar = memchr(at, '|', (size_t)(end - at));
    const char *last = bar ? bar : end;
    while (at < last && *at == ' ')
        at++;
    while (last > at && last[-1] == ' ')
        last--;
    return (struct piece){at, (size_t)(last - at)};
}

static size_t columns_of(struct piece row)
{
    size_t bars = 0;
    for (size_t i = 0; i < row.length; i++)
        bars += row.at[i] == '|';
    return bars < 2 ? 1 : bars - 1 < COLUMNS_MOST ? bars - 1 : COLUMNS_MOST;
}

/* A table of the text: its rows from `begin` to `end`. */
struct table {
    const struct buffer *text;
    size_t begin, end;
    size_t columns;
    size_t keys; /* the first columns, which tell the rows apart */
    size_t widths[COLUMNS_MOST];
};

static void append_cell(struct piece cell, size_t width, bool last, struct buffer *out)
{
    buffer_append(out, cell.at, cell.length);
    buffer_append_format(out, "%*s", last ? 0 : (int)(width - cell.length) + GAP, "");
}

/* The key columns and those from `from` to before `to`, all rows but the rule. */
static void append_columns(const struct table *table, size_t from, size_t to, struct buffer *out)
{
    size_t row = 0;
    for (size_t at = table->begin; at < table->end; row++) {
        struct piece line = line_at(table->text, at);
        at += line.length + 1;
        if (row == 1)
            continue; /* |---|---| */
        for (size_t column = 0; column < table->keys; column++)
            append_cell(cell_of(line, column), table->widths[column],
                        from >= to && column + 1 == table->keys, out);
        for (size_t column = from; column < to; column++)
            append_cell(cell_of(line, column), table->widths[column], column + 1 == to, out);
        buffer_append_text(out, "\n");
    }
}

static void append_table(const struct table *table, size_t width, struct buffer *out)
{
    size_t key = 0;
    for (size_t column = 0; column < table->keys; column++)
        key += table->widths[column] + (column ? GAP : 0);
    size_t from = table->keys;
    do {
        size_t used = key;
        size_t to = from;
        while (to < table->columns && (to == from || used + GAP + table->widths[to] <= width))
            used += GAP + table->widths[to++];
        if (from > table->keys)
            buffer_append_text(out, "\n");
        append_columns(table, from, to, out);
        from = to;
    } while (from < table->columns);
}

static bool is_alike(struct piece a, struct piece b, size_t columns)
{
    bool alike = true;
    for (size_t column = 0; alike && column < columns; column++) {
        struct piece x = cell_of(a, column);
        struct piece y = cell_of(b, column);
        alike = x.length == y.length && memcmp(x.at, y.at, x.length) == 0;
    }
    return alike;
}

/* Whether the first columns, so many, are another in each row. */
static bool tell_apart(const struct table *table, size_t columns)
{
    for (size_t a = table->begin; a < table->end;) {
        struct piece row = line_at(table->text, a);
        a += row.length + 1;
        for (size_t b = a; b < table->end;) {
            struct piece other = line_at(table->text, b);
            b += other.length + 1;
            if (is_alike(row, other, columns))
                return false;
        }
    }
    return true;
}

/* The table that begins at `at`. */
static struct table table_at(const struct buffer *text, size_t at)
{
    struct table table = {.text = text, .begin = at, .columns = columns_of(line_at(text, at))};
    for (size_t row = 0; at < text->length; row++) {
        struct piece line = line_at(text, at);
        if (!is_row(line))
            break;
        for (size_t column = 0; row != 1 && column < table.columns; column++) {
            size_t length = cell_of(line, column).length;
            if (length > table.widths[column])
                table.widths[column] = length;
        }
        at += line.length + 1;
    }
    table.end = at;
    table.keys = 1;
    while (table.keys < KEYS_MOST && table.keys < table.columns && !tell_apart(&table, table.keys))
        table.keys++;
    return table;
}

void wrap_text(const struct buffer *text, size_t width, struct buffer *out)
{
    for (size_t at = 0; at < text->length;) {
        struct piece line = line_at(text, at);
        if (is_row(line)) {
            struct table table = table_at(text, at);
            append_table(&table, width, out);
            at = table.end;
        } else {
            append_line(line, width, out);
            at += line.length + 1;
        }
    }
}
