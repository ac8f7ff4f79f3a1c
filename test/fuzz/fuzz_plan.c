/*
 * fuzz_plan.c: a plan file. Read for a command; the plan that is printed of it, read again, prints
 * the same.
 */
#include "base/error.h"
#include "fuzz.h"
#include "plan/options_parse.h"
#include "plan/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The plan that a command and a plan file amount to, to be freed; NULL where it is refused. */
static char *print(const char *command, const void *bytes, size_t size, char *error)
{
    static struct options options;
    char program[] = "looplag";
    char name[16];
    char plan[64];
    char printed[] = "--print-plan";
    char *argv[] = {program, name, plan, printed, NULL};
    snprintf(name, sizeof name, "%s", command);
    snprintf(plan, sizeof plan, "--plan=%s", fuzz_file(bytes, size));
    error[0] = '\0';
    const int result = options_parse(&options, 4, argv, error);
    fuzz_demand(result == 0 || (result == OPTIONS_INVALID && error[0]), "it says nothing");
    char *text = result == 0 && options.printed_plan ? strdup(options.printed_plan) : NULL;
    options_deinit(&options);
    return text;
}

static void check(const char *command, const void *bytes, size_t size)
{
    char error[OPTIONS_ERROR_SIZE];
    secret_forget(); /* of the input before */
    char *once = print(command, bytes, size, error);
    char *twice = once ? print(command, once, strlen(once), error) : NULL;
    /* What was masked is refused when it is read again. */
    if (once && !strstr(once, SECRET_MASK)) {
        if (!twice || strcmp(once, twice) != 0)
            fprintf(stderr, "%s\n%s\n%s\n", error, once, twice ? twice : "(refused)");
        fuzz_demand(twice && strcmp(once, twice) == 0, "a printed plan prints another one");
    }
    free(once);
    free(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const commands[] = {"load", "compare", "sweep"};
    const uint32_t draw = fuzz_draw(data, size);
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++) {
        if (fuzz_is_replay || i == draw % ARRAY_LENGTH(commands))
            check(commands[i], data, size);
    }
    return 0;
}
