/* main.c: argv -> options -> command -> exit code. */
#include "base/log.h"
#include "base/standard_files.h"
#include "commands/compare.h"
#include "commands/diff_command.h"
#include "commands/exit_code.h"
#include "commands/report_command.h"
#include "commands/sweep.h"
#include "plan/options_parse.h"
#include "send/control.h"
#include "send/transfer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What was printed is out, or one line says why not. */
static int flush_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_OK;
    log_message("cannot write to the standard output: %s", strerror(errno));
    return EXIT_FAILED;
}

/* What is answered without a run; false: nothing was. */
static bool print_answer(const struct options *options)
{
    switch (options->command) {
    case COMMAND_HELP:
        options_print_help(options->topic, stdout);
        return true;
    case COMMAND_VERSION:
        puts("looplag " LOOPLAG_VERSION);
        return true;
    case COMMAND_OPTION_ROWS:
        options_print_rows(stdout);
        return true;
    default:
        return false;
    }
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
    if (print_answer(&options))
        return flush_output();

    control_init();
    if (transfer_global_init()) {
        log_message("libcurl cannot be initialised");
        return EXIT_FAILED;
    }
    switch (options.command) {
    case COMMAND_SWEEP:
        return sweep_command(&options, argc, argv);
    case COMMAND_DIFF:
        return diff_command(&options);
    case COMMAND_REPORT:
        return report_command(&options, argc, argv);
    default:
        return compare_command(&options, argc, argv);
    }
}
