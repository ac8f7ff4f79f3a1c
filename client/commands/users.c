/* users.c: see users.h. */
#include "commands/users.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "commands/exit_code.h"
#include "report/output.h"
#include "report/user_report.h"
#include "send/control.h"

#include <string.h>

/* Asks once. Returns 0 or an exit code; what is wrong has been told. */
static int ask(const struct options *options, const struct target *target,
               struct server_users *users)
{
    char error[SERVER_USERS_ERROR_SIZE];
    int r = server_users_fetch(target, options->headers, users, error);
    if (r)
        log_message("%s", r < 0 ? strerror(-r) : error);
    return r ? EXIT_FAILED : 0;
}

/* All since the server's start, or what comes from now on. Cut short, it is what came until then.
 */
static int watch(const struct options *options, const struct target *target,
                 struct server_users *users, int *interrupted)
{
    CLEANUP(server_users_deinit)
    struct server_users before = {.rows = NULL};
    int code = options->duration_ns ? ask(options, target, &before) : 0;
    if (code)
        return code;
    const int64_t answered_ns = clock_now_ns();
    if (options->duration_ns && control_wait(options->duration_ns))
        *interrupted = EXIT_INTERRUPTED;
    const double elapsed_s = (double)(clock_now_ns() - answered_ns) / (double)NS_PER_S;
    code = ask(options, target, users);
    if (!code && options->duration_ns && server_users_forget(users, &before, elapsed_s)) {
        log_message("the server was started anew: what came in between is not known");
        code = EXIT_FAILED;
    }
    return code;
}

static int tell(const struct options *options, const struct server_users *users,
                struct output *output)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    json_auto_t *document = user_report_json(users, options->base_url);
    user_report_text(users, options->top, &text);
    int r = output_deliver_document(&text, document, options->format, output);
    if (r)
        log_message("cannot write the result: %s", strerror(-r));
    return r ? EXIT_FAILED : EXIT_OK;
}

int users_command(const struct options *options)
{
    char error[OPTIONS_ERROR_SIZE];
    struct target target;
    int interrupted = 0;
    CLEANUP(server_users_deinit)
    struct server_users users = {.rows = NULL};
    CLEANUP(output_close)
    struct output output;
    if (output_open(&output, options))
        return EXIT_FAILED;
    int r = target_init(&target, options->base_url, &options->reach, error);
    if (r) {
        log_message("%s", r < 0 ? strerror(-r) : error);
        return r == TARGET_INVALID ? EXIT_USAGE : EXIT_FAILED;
    }
    int code = watch(options, &target, &users, &interrupted);
    if (!code)
        code = tell(options, &users, &output);
    return code ? code : interrupted;
}
