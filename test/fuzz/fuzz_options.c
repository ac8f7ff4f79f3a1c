/*
 * fuzz_options.c: looplag's command line, a word a line. Files that it names are read, as ever;
 * nothing else happens.
 */
#include "base/error.h"
#include "fuzz.h"
#include "plan/options_parse.h"
#include "plan/secret.h"

#include <stdlib.h>
#include <string.h>

static void check(const struct options *options)
{
    fuzz_demand(options->class_count <= CLASS_MOST, "more classes than there is room for");
    fuzz_demand(options->header_count <= OPTIONS_LIST_MOST, "more headers");
    fuzz_demand(!options->headers[options->header_count], "the headers have no end");
    fuzz_demand(options->system_count <= OPTIONS_LIST_MOST, "more systems");
    fuzz_demand(options->slo_count <= OPTIONS_LIST_MOST, "more objectives");
    fuzz_demand(options->file_count <= OPTIONS_FILES_MOST, "more files");
    if (options->command != COMMAND_LOAD && options->command != COMMAND_COMPARE)
        return;
    fuzz_demand(options->rounds > 0 && options->class_count > 0, "a run has no rounds or classes");
    for (size_t i = 0; i < options->class_count; i++)
        fuzz_demand(options->classes[i].arrival != ARRIVAL_UNSET, "a class has no arrival");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct options options;
    char error[OPTIONS_ERROR_SIZE] = "";
    struct fuzz_words words;
    secret_forget(); /* of the input before */
    fuzz_words_split(&words, (const char *const[]){"looplag", NULL}, data, size);
    const int result = options_parse(&options, words.argc, words.argv, error);
    fuzz_demand(result == 0 || result == OPTIONS_INVALID, "it ends in a way of its own");
    fuzz_demand(result == 0 || error[0], "no word says what is wrong");
    fuzz_demand(strnlen(error, sizeof error) < sizeof error, "the message has no end");
    if (result == 0)
        check(&options);
    options_deinit(&options);
    fuzz_words_deinit(&words);
    return 0;
}
