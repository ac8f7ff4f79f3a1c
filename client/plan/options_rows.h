/*
 * options_rows.h: what looplag's command line may hold: its commands, and a row for each
 * option (two where a command understands it in its own way).
 */
#ifndef LOOPLAG_CLIENT_OPTIONS_ROWS_H
#define LOOPLAG_CLIENT_OPTIONS_ROWS_H

#include "base/option.h"
#include "plan/options.h"

extern const struct option_table options_table;

/** More of a command than the table tells. */
struct options_command {
    enum command command;
    bool url;           /**< it takes a URL */
    const char *usage;  /**< what follows its name */
    const char *about;  /**< printed before its options; "" or with an empty line at the end */
    const char *footer; /**< printed after them */
    size_t files_least; /**< saved results that it takes, or one URL */
    size_t files_most;
};

/** In the order of options_table.commands. */
extern const struct options_command options_commands[];

#endif
