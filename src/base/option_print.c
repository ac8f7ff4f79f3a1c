/*
 * option_print.c: what is made from the rows for people (--help) and for the
 * build (man pages, completions): see option.h. Write errors stick to the
 * stream, where the caller looks for them.
 */
#include "base/option.h"

#include "base/error.h"

#include <stdarg.h>
#include <string.h>

enum { WIDTH = 80, COLUMN = 26, MARGIN = 2 };

/* Appends to a text of limited size. */
static void add(char *text, size_t size, const char *format, ...) PRINTF_LIKE(3, 4);

static void add(char *text, size_t size, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

/* Prints words from a column on; the cursor stands at `at`. */
static void print_wrapped(const char *text, size_t at, FILE *out)
{
    while (*text) {
        size_t length = strcspn(text, " ");
        if (at > COLUMN && at + 1 + length > WIDTH) {
            fputc('\n', out);
            at = 0;
        }
        if (at < COLUMN)
            at += (size_t)fprintf(out, "%*s", (int)(COLUMN - at), "");
        else if (at > COLUMN)
            at += (size_t)fprintf(out, " ");
        at += (size_t)fprintf(out, "%.*s", (int)length, text);
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

/* "a|b|c" */
static const char *join_choices(const struct option_row *row, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; row->choice(i); i++)
        add(out, size, "%s%s", i ? "|" : "", row->choice(i));
    return out;
}

static void print_row(const struct option_row *row, FILE *out)
{
    char left[160] = "";
    char right[1024] = "";
    char choices[128];
    if (row->letter)
        add(left, sizeof left, "-%c, ", row->letter);
    add(left, sizeof left, "--%s", row->name);
    if (row->argument)
        add(left, sizeof left, row->optional ? "[=%s]" : "=%s",
            row->choice ? join_choices(row, choices, sizeof choices) : row->argument);
    add(right, sizeof right, "%s", row->help);
    if (row->standard)
        add(right, sizeof right, " (%s)", row->standard);
    size_t at = (size_t)fprintf(out, "%*s%s", MARGIN, "", left);
    if (at + 2 > COLUMN) {
        fputc('\n', out);
        at = 0;
    }
    print_wrapped(right, at, out);
}

static bool is_shown(const struct option_row *row, unsigned command)
{
    return !row->hidden && (!row->commands || (row->commands & command));
}

void option_print_help(const struct option_table *table, unsigned command, FILE *out)
{
    for (size_t i = 0; i < table->count; i++) {
        if (is_shown(&table->rows[i], command))
            print_row(&table->rows[i], out);
    }
}

static void print_row_fields(const struct option_table *table, const struct option_row *row,
                             FILE *out)
{
    char commands[128] = "";
    char choices[128];
    for (size_t i = 0; i < table->command_count; i++) {
        if (is_shown(row, table->commands[i].bit))
            add(commands, sizeof commands, "%s%s", commands[0] ? "," : "", table->commands[i].name);
    }
    fprintf(out, "option\t%s\t%c\t%s\t%s\t%s\t%s\t%s\t%s\n", commands[0] ? commands : "-",
            row->letter ? row->letter : '-', row->name, row->argument ? row->argument : "-",
            !row->argument  ? "none"
            : row->optional ? "optional"
                            : "required",
            row->standard ? row->standard : "-",
            row->file     ? "file"
            : row->choice ? join_choices(row, choices, sizeof choices)
                          : "-",
            row->help);
}

void option_print_rows(const struct option_table *table, FILE *out)
{
    for (size_t i = 0; i < table->command_count; i++) {
        const struct option_command *command = &table->commands[i];
        fprintf(out, "command\t%s\t%s\t%s\n", command->name, command->files ? "yes" : "no",
                command->summary);
    }
    for (size_t i = 0; i < table->count; i++) {
        if (!table->rows[i].hidden)
            print_row_fields(table, &table->rows[i], out);
    }
}
