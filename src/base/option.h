/*
 * option.h: the command line of both programs. An option is a row of a const
 * table: its name, its argument, its default, its help text, and where its value goes.
 * Parsing, --help, the man pages and the shells' completions are made from
 * the rows, so that none of them can say what another does not.
 *
 * Options are given as --name=value, --name value, -n value or -nvalue; --
 * ends them. A long option must be written out: an abbreviation is refused,
 * because it would change its meaning when an option is added.
 */
#ifndef LOOPLAG_BASE_OPTION_H
#define LOOPLAG_BASE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { OPTION_ERROR_SIZE = 384, OPTION_ROWS_MOST = 128, OPTION_SAID_MOST = 512 };

/** What becomes of an option's text. */
enum option_kind {
    OPTION_SET,      /**< the row's own function stores it */
    OPTION_YES,      /**< no argument: sets a bool to true */
    OPTION_NO,       /**< no argument: sets a bool to false */
    OPTION_TEXT,     /**< a const char *, borrowed from argv, not empty */
    OPTION_COUNT,    /**< an unsigned in [low, high] */
    OPTION_SIZE,     /**< a uint64_t: bytes, at least 1 */
    OPTION_DURATION, /**< an int64_t: ns, at least `low` */
    OPTION_CHOICE,   /**< an unsigned (or an enum): the index of one of the row's choices */
    OPTION_ACT,      /**< stores nothing: calls `act`, if there is one, and nothing more is read */
};

/**
 * Stores the text of an option (NULL when it has none) in the program's own
 * structure. Returns NULL, or what is wrong with the text, to follow "--name=text: ":
 * text that is static or in the target, or option_no_choice.
 */
typedef const char *(*option_setter)(void *target, const char *text);

/** The text is none of the row's choices: the message lists them. */
extern const char option_no_choice[];

struct option_row {
    const char *name;
    const char *argument; /**< as help names it, unless it has choices; NULL: it takes none */
    const char *standard; /**< the default as it would be typed; NULL: none, or `help` tells it */
    const char *help;     /**< one phrase or several; without a full stop, wrapped where needed */
    const char *(*choice)(size_t index); /**< what it may be, NULL after the last; NULL: anything */
    option_setter set;                   /**< of OPTION_SET */
    void (*act)(const char *text);       /**< of OPTION_ACT */
    size_t at;                           /**< of the others: where the value is in the target */
    int64_t low;
    int64_t high;
    unsigned commands; /**< bits of those that take it; 0: all */
    enum option_kind kind;
    char letter;   /**< 0: none */
    bool optional; /**< the argument may be left out, else it follows = */
    bool file;     /**< the argument is the name of a file: completions offer those */
    bool hidden;   /**< left out of help, man pages and completions */
    bool repeats;  /**< each time adds something; else the last one counts */
    bool aside;    /**< says nothing of what is done, or stands elsewhere: left out of plans */
};

/** A command of a program that has several. */
struct option_command {
    const char *name;
    const char *summary; /**< one phrase, for completions */
    unsigned bit;
    bool files; /**< what follows are names of files */
};

struct option_table {
    const struct option_row *rows;
    size_t count;                          /**< at most OPTION_ROWS_MOST */
    const struct option_command *commands; /**< NULL: the program has none */
    size_t command_count;
};

/** An option as it was given; the text is NULL when it had none. */
struct option_said {
    const struct option_row *row;
    const char *text; /**< borrowed */
};

/** One command line, while and after it is read. */
struct option_reader {
    const struct option_table *table;
    unsigned command;   /**< bit of the command whose options these are */
    const char *hint;   /**< where to look, at the end of a message, such as "see --help" */
    void *target;       /**< the structure that the rows fill in */
    const char **words; /**< room for what is no option, borrowed from argv */
    size_t words_most;
    size_t word_count;
    struct option_said said[OPTION_SAID_MOST]; /**< in order */
    size_t said_count;
    char error[OPTION_ERROR_SIZE];
};

/** Positive results of option_read. */
enum {
    OPTION_INVALID = 1, /* reader->error says in one line what is wrong */
    OPTION_DONE = 2,    /* an option of OPTION_ACT was met, as --help */
};

/**
 * Fills *target with the defaults, then with what argv says (argv[0] is skipped).
 * Returns 0, OPTION_INVALID or OPTION_DONE.
 */
int option_read(struct option_reader *reader, int argc, char **argv);

/** The first half of option_read: fills in the defaults. Returns 0 or OPTION_INVALID. */
int option_set_standards(struct option_reader *reader);

/** The second half: what argv says. Returns as option_read does. */
int option_read_words(struct option_reader *reader, int argc, char **argv);

/**
 * Gives one option as if it stood on the command line; `text`, which is borrowed, is NULL for one
 * without a value. Returns 0 or OPTION_INVALID.
 */
int option_give(struct option_reader *reader, const char *name, const char *text);

/** Whether an option was on the command line, or given. */
bool option_given(const struct option_reader *reader, const char *name);

/** The command of a name, or NULL; then *meant is what it may have been meant to be, or NULL. */
const struct option_command *option_find_command(const struct option_table *table, const char *name,
                                                 const char **meant);

/** Prints the options of a command, an entry each, within 80 columns. */
void option_print_help(const struct option_table *table, unsigned command, FILE *out);

/**
 * Prints the table for docs/from_rows.py, a line for each command and each row that
 * is not hidden, fields separated by tabs:
 *   command NAME FILES(yes|no) SUMMARY
 *   option  COMMANDS(a,b or -) LETTER NAME ARGUMENT TAKES(none|optional|required)
 *           STANDARD COMPLETES(file, choices a|b or -) HELP
 */
void option_print_rows(const struct option_table *table, FILE *out);

#endif
