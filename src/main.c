/*
 * main.c: argv -> config -> daemon -> exit code. The only place that exits.
 */
#include "base/log.h"
#include "base/standard_files.h"
#include "config.h"
#include "json/bind.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Writes out what was printed; when that fails, one line says why. */
static int flush_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    log_message("cannot write to the standard output: %s", strerror(errno));
    return EXIT_FAILED;
}

static int serve(const struct daemon_options *options)
{
    CLEANUP(daemon_deinit)
    struct daemon daemon;
    if (daemon_start(&daemon, options))
        return EXIT_USAGE;
    printf("listening on %s (mode %s, %s)\n", daemon.listeners[0].url, options->mode->name,
           poll_name(options->poll));
    if (flush_output())
        return EXIT_FAILED;
    int result = daemon_serve(&daemon);
    if (result < 0)
        log_message("stopped: %s", strerror(-result));
    return result ? EXIT_FAILED : EXIT_OK;
}

int main(int argc, char **argv)
{
    struct daemon_options options;
    standard_files_hold();
    log_program("looplagd");
    int result = config_parse(&options, argc, argv);
    if (result)
        return result == CONFIG_DONE ? flush_output() : EXIT_USAGE;
    bind_setup();
    return serve(&options);
}
