/*
 * main.c: argv -> config -> daemon -> exit code. The only place that exits.
 */
#include "base/log.h"
#include "config.h"
#include "json/bind.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { EXIT_OK = 0, EXIT_CUT = 1, EXIT_USAGE = 2 };

static int serve(const struct daemon_options *options)
{
    CLEANUP(daemon_deinit)
    struct daemon daemon;
    if (daemon_start(&daemon, options))
        return EXIT_USAGE;
    printf("listening on %s (mode %s, %s)\n", daemon.listeners[0].url, options->mode->name,
           poll_name(options->poll));
    fflush(stdout);
    return daemon_serve(&daemon) ? EXIT_CUT : EXIT_OK;
}

int main(int argc, char **argv)
{
    struct daemon_options options;
    log_program("looplagd");
    int result = config_parse(&options, argc, argv);
    if (result == CONFIG_DONE && fflush(stdout) != 0) {
        log_message("cannot write to the standard output: %s", strerror(errno));
        return EXIT_USAGE;
    }
    if (result)
        return result == CONFIG_DONE ? EXIT_OK : EXIT_USAGE;
    bind_setup();
    return serve(&options);
}
