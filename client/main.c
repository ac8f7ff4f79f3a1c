/* main.c: argv -> options -> command -> exit code. */
#include "base/log.h"
#include "base/standard_files.h"
#include "commands/compare.h"
#include "commands/diff_command.h"
#include "commands/exit_code.h"
#include "commands/load.h"
#include "commands/report_command.h"
#include "commands/sweep.h"
#include "plan/options.h"
#include "send/control.h"
#include "send/transfer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int print(const char *text)
{
    if (fputs(text, stdout) == EOF || fflush(stdout) == EOF) {
        log_message("cannot write to the standard output: %s", strerror(errno));
        return EXIT_FAILED;
    }
    return EXIT_OK;
}

int main(int argc, char **argv)
{
    char error[OPTIONS_ERROR_SIZE];
    struct options options;
    standard_files_hold();
    log_program("looplag");
    if (options_parse(&options, argc, argv, error)) {
        log_message("%s", error);
        return EXIT_USAGE;
    }
    if (options.command == COMMAND_HELP)
        return print(options_help(options.topic));
    if (options.command == COMMAND_VERSION)
        return print("looplag " LOOPLAG_VERSION "\n");

    control_init();
    if (transfer_global_init()) {
        log_message("libcurl cannot be initialised");
        return EXIT_FAILED;
    }
    switch (options.command) {
    case COMMAND_COMPARE:
        return compare_command(&options, argc, argv);
    case COMMAND_SWEEP:
        return sweep_command(&options, argc, argv);
    case COMMAND_DIFF:
        return diff_command(&options);
    case COMMAND_REPORT:
        return report_command(&options, argc, argv);
    default:
        return load_command(&options, argc, argv);
    }
}
