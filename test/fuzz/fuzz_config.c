/*
 * fuzz_config.c: looplagd's command line, a word a line. What is taken can be served with; what is
 * not ends with a usage error, and nothing is half set.
 */
#include "config.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const begin[] = {
        "looplagd", "--max-inflight-bytes=1GB", /* half of the memory is read from files */
        NULL};
    struct fuzz_words words;
    struct daemon_options options;
    fuzz_words_split(&words, begin, data, size);
    const int result = config_parse(&options, words.argc, words.argv);
    fuzz_demand(result == 0 || result == CONFIG_DONE || result == CONFIG_USAGE,
                "it ends in a way of its own");
    if (result == 0) {
        fuzz_demand(options.mode && options.balance && options.engine && options.host,
                    "something is not set");
        fuzz_demand(options.poll < POLL_KINDS && options.poll != POLL_AUTO, "the poll is open");
        fuzz_demand(options.workers >= 1 && options.workers <= MODE_WORKERS_MAX,
                    "so many workers can't be");
        fuzz_demand(options.port <= UINT16_MAX, "there is no such port");
        fuzz_demand(options.http.limits.all && options.http.max_document && options.max_connections,
                    "a limit is 0");
        fuzz_demand(options.drain_timeout_ns >= 0 && options.drain_delay_ns >= 0 &&
                        options.http.deadlines.header_ns >= 0 &&
                        options.http.deadlines.body_ns >= 0 && options.http.deadlines.idle_ns >= 0,
                    "a time is negative");
    }
    fuzz_words_deinit(&words);
    return 0;
}
