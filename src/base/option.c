/* option.c: reads a command line by its rows: see option.h. */
#include "base/option.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/nearest.h"
#include "base/units.h"

#include <stdarg.h>
#include <string.h>

/* Room for what a kind expects. */
enum { REASON_SIZE = 128 };

const char option_no_choice[] = "no such choice";

static int fail(struct option_reader *reader, const char *format, ...) PRINTF_LIKE(2, 3);

static int fail(struct option_reader *reader, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reader->error, sizeof reader->error, format, arguments);
    va_end(arguments);
    return OPTION_INVALID;
}

static bool is_of(const struct option_row *row, unsigned command)
{
    return !row->commands || (row->commands & command);
}

/* The row of a long name, or of a letter when the name is NULL. */
static const struct option_row *find(const struct option_reader *reader, const char *name,
                                     size_t length, char letter)
{
    for (size_t i = 0; i < reader->table->count; i++) {
        const struct option_row *row = &reader->table->rows[i];
        bool named = name ? strlen(row->name) == length && memcmp(row->name, name, length) == 0
                          : row->letter == letter;
        if (named && is_of(row, reader->command))
            return row;
    }
    return NULL;
}

bool option_given(const struct option_reader *reader, const char *name)
{
    size_t i = 0;
    while (i < reader->said_count && strcmp(reader->said[i].row->name, name) != 0)
        i++;
    return i < reader->said_count;
}

/* "a, b or c" */
static void list_choices(const struct option_row *row, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; row->choice(i) && used < size; i++) {
        const char *before = i == 0 ? "" : row->choice(i + 1) ? ", " : " or ";
        used += (size_t)snprintf(out + used, size - used, "%s%s", before, row->choice(i));
    }
}

static const char *choose(const struct option_row *row, void *at, const char *text)
{
    for (unsigned i = 0; row->choice(i); i++) {
        if (strcmp(row->choice(i), text) == 0) {
            memcpy(at, &i, sizeof i);
            return NULL;
        }
    }
    return option_no_choice;
}

static const char *count(const struct option_row *row, unsigned *at, const char *text, char *reason)
{
    int64_t number;
    if (units_parse_integer(text, row->low, row->high, &number)) {
        snprintf(reason, REASON_SIZE, "expected a whole number from %lld to %lld",
                 (long long)row->low, (long long)row->high);
        return reason;
    }
    *at = (unsigned)number;
    return NULL;
}

static const char *measure_size(uint64_t *at, const char *text)
{
    struct units_size size;
    if (units_parse_size(text, &size) || size.bytes == 0)
        return "expected a size in bytes or with a unit, such as 64MiB or 25MB";
    *at = size.bytes;
    return NULL;
}

static const char *measure_time(const struct option_row *row, int64_t *at, const char *text,
                                char *reason)
{
    int64_t ns;
    if (units_parse_duration(text, &ns) == 0 && ns >= row->low) {
        *at = ns;
        return NULL;
    }
    snprintf(reason, REASON_SIZE,
             "expected a time%s, in seconds or with a unit, such as 500ms or 2m",
             row->low >= NS_PER_MS ? " of 1ms or more"
             : row->low            ? " above 0"
                                   : "");
    return reason;
}

/* Returns what a setter returns. */
static const char *store(const struct option_row *row, void *target, const char *text, char *reason)
{
    void *at = (char *)target + row->at;
    if (row->kind == OPTION_SET)
        return row->set(target, text);
    if (row->kind == OPTION_YES || row->kind == OPTION_NO) {
        *(bool *)at = row->kind == OPTION_YES;
        return NULL;
    }
    if (!text)
        return "expected a value";
    switch (row->kind) {
    case OPTION_TEXT:
        *(const char **)at = text;
        return text[0] ? NULL : "expected a text that is not empty";
    case OPTION_COUNT:
        return count(row, at, text, reason);
    case OPTION_SIZE:
        return measure_size(at, text);
    case OPTION_DURATION:
        return measure_time(row, at, text, reason);
    case OPTION_CHOICE:
        return choose(row, at, text);
    default:
        return NULL;
    }
}

static int refuse_choice(struct option_reader *reader, const struct option_row *row,
                         const char *text)
{
    char known[160];
    struct nearest nearest = {.word = text, .length = strlen(text)};
    list_choices(row, known, sizeof known);
    for (size_t i = 0; row->choice(i); i++)
        nearest_try(&nearest, row->choice(i));
    return fail(reader, "--%s=%.100s: expected %s%s%s%s", row->name, text, known,
                nearest.found ? "; did you mean " : "", nearest.found ? nearest.found : "",
                nearest.found ? "?" : "");
}

static int set_row(struct option_reader *reader, const struct option_row *row, const char *text)
{
    char reason[REASON_SIZE];
    const char *wrong = store(row, reader->target, text, reason);
    const char *given = text ? text : "";
    if (wrong == option_no_choice)
        return refuse_choice(reader, row, given);
    if (wrong)
        return fail(reader, "--%s=%.100s: %s", row->name, given, wrong);
    return 0;
}

static int give(struct option_reader *reader, const struct option_row *row, const char *text)
{
    unsigned index;
    if (reader->said_count == OPTION_SAID_MOST)
        return fail(reader, "more than %d options are too many", OPTION_SAID_MOST);
    reader->said[reader->said_count++] = (struct option_said){row, text};
    if (row->kind != OPTION_ACT)
        return set_row(reader, row, text);
    if (text && row->choice && choose(row, &index, text))
        return refuse_choice(reader, row, text);
    if (row->act)
        row->act(text);
    return OPTION_DONE;
}

static int refuse_unknown(struct option_reader *reader, const char *word)
{
    struct nearest nearest = {.word = word + 2, .length = strcspn(word, "=") - 2};
    for (size_t i = 0; word[1] == '-' && i < reader->table->count; i++) {
        const struct option_row *row = &reader->table->rows[i];
        if (!row->hidden && is_of(row, reader->command))
            nearest_try(&nearest, row->name);
    }
    return fail(reader, "unknown option '%.100s': %s%s%s%s", word,
                nearest.found ? "did you mean --" : "", nearest.found ? nearest.found : "",
                nearest.found ? "? " : "", reader->hint);
}

/* argv[*at] begins with "--" and goes on. */
static int take_long(struct option_reader *reader, char **argv, int *at)
{
    const char *name = argv[*at] + 2;
    size_t length = strcspn(name, "=");
    const char *text = name[length] ? name + length + 1 : NULL;
    const struct option_row *row = find(reader, name, length, 0);
    if (!row)
        return refuse_unknown(reader, argv[*at]);
    if (text && !row->argument)
        return fail(reader, "--%s takes no value: %s", row->name, reader->hint);
    if (!text && row->argument && !row->optional) {
        text = argv[*at + 1];
        if (!text)
            return fail(reader, "--%s needs a value: %s", row->name, reader->hint);
        ++*at;
    }
    return give(reader, row, text);
}

/* argv[*at] begins with "-" and a letter; more may follow, then the value of the last. */
static int take_letters(struct option_reader *reader, char **argv, int *at)
{
    for (const char *letter = argv[*at] + 1; *letter; letter++) {
        const struct option_row *row = find(reader, NULL, 0, *letter);
        if (!row)
            return refuse_unknown(reader, argv[*at]);
        if (!row->argument || row->optional) {
            int result = give(reader, row, NULL);
            if (result)
                return result;
            continue;
        }
        const char *text = letter[1] ? letter + 1 : argv[*at + 1];
        if (!text)
            return fail(reader, "-%c needs a value: %s", row->letter, reader->hint);
        *at += letter[1] == '\0';
        return give(reader, row, text);
    }
    return 0;
}

static int take_word(struct option_reader *reader, const char *word)
{
    if (reader->word_count == reader->words_most)
        return fail(reader, "unexpected argument '%.100s': %s", word, reader->hint);
    reader->words[reader->word_count++] = word;
    return 0;
}

int option_set_standards(struct option_reader *reader)
{
    int result = 0;
    for (size_t i = 0; i < reader->table->count && !result; i++) {
        const struct option_row *row = &reader->table->rows[i];
        if (row->kind == OPTION_YES || row->kind == OPTION_NO)
            *(bool *)((char *)reader->target + row->at) = row->kind == OPTION_NO;
        else if (row->standard && is_of(row, reader->command))
            result = set_row(reader, row, row->standard);
    }
    return result;
}

int option_give(struct option_reader *reader, const char *name, const char *text)
{
    const struct option_row *row = find(reader, name, strlen(name), 0);
    if (!row)
        return fail(reader, "no option of that name: %s", reader->hint);
    if (row->kind == OPTION_ACT)
        return fail(reader, "--%s is for the command line", name);
    if (text && !row->argument)
        return fail(reader, "--%s takes no value", name);
    if (!text && row->argument && !row->optional)
        return fail(reader, "--%s needs a value", name);
    return give(reader, row, text);
}

int option_read(struct option_reader *reader, int argc, char **argv)
{
    int result = option_set_standards(reader);
    return result ? result : option_read_words(reader, argc, argv);
}

int option_read_words(struct option_reader *reader, int argc, char **argv)
{
    bool only_words = false;
    int result = 0;
    for (int at = 1; at < argc && !result; at++) {
        const char *word = argv[at];
        if (only_words || word[0] != '-' || !word[1])
            result = take_word(reader, word);
        else if (word[1] != '-')
            result = take_letters(reader, argv, &at);
        else if (word[2])
            result = take_long(reader, argv, &at);
        else
            only_words = true;
    }
    return result;
}

const struct option_command *option_find_command(const struct option_table *table, const char *name,
                                                 const char **meant)
{
    struct nearest nearest = {.word = name, .length = strlen(name)};
    for (size_t i = 0; i < table->command_count; i++) {
        if (strcmp(table->commands[i].name, name) == 0)
            return &table->commands[i];
        nearest_try(&nearest, table->commands[i].name);
    }
    *meant = nearest.found;
    return NULL;
}
