/* conclude.c: see conclude.h. */
#include "commands/conclude.h"

#include "base/error.h"
#include "base/log.h"
#include "commands/exit_code.h"

#include <string.h>

static void tell_nothing_measured(const struct comparison *comparison)
{
    if (comparison->setting.sole)
        log_message("nothing could be measured: no request to %s was answered with success",
                    comparison->contenders->system.target.base_url);
    else
        log_message("nothing could be measured: no request was answered with success");
}

/* Whether any window had begun, whatever came in it. */
static bool has_windows(const struct result *result)
{
    for (size_t i = 0; i < result->cell_count; i++) {
        if (result->cells[i].window_count)
            return true;
    }
    return false;
}

int conclude(struct comparison *comparison, int ended, struct output *output)
{
    struct result *result = &comparison->result;
    bool measured = result_ok(result) > 0;
    CLEANUP(findings_deinit)
    struct findings findings = {0};
    int written = 0;
    if (ended < 0)
        log_message("the run failed: %s", strerror(-ended));
    /* What was interrupted before there was anything to tell leaves an older file as it is. */
    bool begun = ended == COMPARISON_INTERRUPTED && has_windows(result);
    if (ended == 0 || begun || measured) {
        written = findings_make(&findings, result);
        if (written)
            log_message("what was measured cannot be judged: %s", strerror(-written));
        else
            written = output_deliver(&findings, output);
    }
    if (!measured && ended == 0)
        tell_nothing_measured(comparison);
    if (ended == COMPARISON_INTERRUPTED)
        return EXIT_INTERRUPTED;
    return ended || written || !measured ? EXIT_FAILED : exit_code_of(&findings);
}
