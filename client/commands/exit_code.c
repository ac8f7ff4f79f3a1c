/* exit_code.c: see exit_code.h. */
#include "commands/exit_code.h"

#include "analysis/findings.h"

int exit_code_of(const struct findings *findings)
{
    if (!findings->trustworthy)
        return EXIT_UNTRUSTWORTHY;
    for (size_t i = 0; i < findings->verdict_count; i++) {
        if (!findings->verdicts[i].passed)
            return EXIT_SLO;
    }
    return EXIT_OK;
}
