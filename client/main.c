/* main.c: argv -> options -> command -> exit code. */
#include "base/error.h"
#include "base/log.h"
#include "base/standard_files.h"
#include "commands/compare.h"
#include "commands/diagnose.h"
#include "commands/diff_command.h"
#include "commands/exit_code.h"
#include "commands/report_command.h"
#include "commands/stages.h"
#include "commands/sweep.h"
#include "commands/users.h"
#include "plan/options_parse.h"
#include "plan/secret.h"
#include "send/control.h"
#include "send/transfer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
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
    if (options->printed_plan) {
        puts(options->printed_plan);
        return true;
    }
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

/*
 * Copies the arguments, learns what is secret in them, and wipes that off where they came from:
 * lists of processes show it. Returns NULL without memory. It stays until the program ends.
 */
static char **take_arguments(int argc, char **argv)
{
    static char **taken;
    taken = calloc((size_t)argc + 1, sizeof *taken);
    for (int i = 0; taken && i < argc; i++) {
        taken[i] = strdup(argv[i]);
        if (!taken[i])
            return NULL;
        secret_learn(argv[i]);
    }
    for (int i = 0; taken && i < argc; i++)
        secret_hide(argv[i], strlen(argv[i]) + 1);
    return taken;
}

int main(int argc, char **argv)
{
    char error[OPTIONS_ERROR_SIZE];
    CLEANUP(options_deinit)
    struct options options = {.owned_count = 0};
    standard_files_hold();
    log_program("looplag");
    argv = take_arguments(argc, argv);
    if (!argv) {
        log_message("out of memory");
        return EXIT_FAILED;
    }
    log_filter(secret_hide);
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
    case COMMAND_DIAGNOSE:
        return diagnose_command(&options, argc, argv);
    case COMMAND_DIFF:
        return diff_command(&options);
    case COMMAND_USERS:
        return users_command(&options);
    case COMMAND_STAGES:
        return stages_command(&options);
    case COMMAND_REPORT:
        return report_command(&options, argc, argv);
    default:
        return compare_command(&options, argc, argv);
    }
}
