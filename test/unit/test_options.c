/*
 * test_options.c: command lines: what is meant when little is said, and what is
 * told of a wrong one.
 */
#include "base/clock.h"
#include "base/error.h"
#include "plan/class.h"
#include "plan/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Parses a command line. */
static int parse(struct options *options, char *error, const char *words)
{
    static char copy[512];
    char *argv[16];
    int argc = 0;
    char *position = NULL;
    snprintf(copy, sizeof copy, "looplag %s", words);
    for (char *word = strtok_r(copy, " ", &position); word; word = strtok_r(NULL, " ", &position)) {
        assert_in_range(argc, 0, ARRAY_LENGTH(argv) - 2);
        argv[argc++] = word;
    }
    argv[argc] = NULL;
    return options_parse(options, argc, argv, error);
}

static void defaults_are_the_originals(void **state)
{
    (void)state;
    struct options options;
    char error[OPTIONS_ERROR_SIZE];
    assert_int_equal(parse(&options, error, "load"), 0);
    assert_string_equal(options.base_url, "http://localhost:8000");
    assert_string_equal(options.endpoint, "/ping");
    assert_int_equal(options.duration_ns, 60 * NS_PER_S);
    assert_int_equal(options.timeout_ns, 120 * NS_PER_S);
    assert_int_equal(options.class_count, 2);
    assert_string_equal(options.classes[0].name, "small");
    assert_int_equal(options.classes[0].interval_ns, 100 * NS_PER_MS);
    assert_int_equal(options.classes[0].arrival, ARRIVAL_OPEN);
    assert_string_equal(options.classes[1].name, "large");
    assert_int_equal(options.classes[1].arrival, ARRIVAL_CLOSED);
    assert_int_equal(options.classes[1].interval_ns, NS_PER_S);

    assert_int_equal(parse(&options, error, "load --arrival=closed -o x.json"), 0);
    assert_int_equal(options.classes[0].arrival, ARRIVAL_CLOSED);
    assert_int_equal(options.format, FORMAT_JSON);

    assert_int_equal(parse(&options, error, "compare --modes threads --duration 500ms"), 0);
    assert_int_equal(options.mode_count, 1);
    assert_int_equal(options.endpoint_count, 3);
    assert_int_equal(options.classes[0].interval_ns, 4 * NS_PER_MS);
    assert_int_equal(options.duration_ns, 500 * NS_PER_MS);

    assert_int_equal(parse(&options, error, "compare --system=a:--mode=threads --endpoints all"),
                     0);
    assert_int_equal(options.mode_count, 0);
    assert_int_equal(options.system_count, 1);
    assert_string_equal(options.systems[0].label, "a");
    assert_string_equal(options.systems[0].flags, "--mode=threads");
    assert_int_equal(options.endpoint_count, 3);
    assert_int_equal(parse(&options, error, "compare --modes=all --system=a:--mode=b"), 0);
    assert_int_equal(options.mode_count, 1);
    assert_false(options.keepalive || options.both_keepalives);
    assert_int_equal(parse(&options, error, "compare --keepalive"), 0);
    assert_true(options.keepalive && !options.both_keepalives);
    assert_int_equal(parse(&options, error, "compare --keepalive=on,off"), 0);
    assert_true(!options.keepalive && options.both_keepalives);

    assert_int_equal(parse(&options, error, "load --class a:size=1KiB,rate=5"), 0);
    assert_int_equal(options.class_count, 1);
    assert_int_equal(parse(&options, error, "load --duration=50ms"), 0);
    assert_int_equal(parse(&options, error,
                           "load -H Host:a.b -H Connection:close -H Content-Lengths:5 "
                           "-H Content-Type:text/plain;q=\xc3\xa9 -H X-Empty:"),
                     0);
    assert_int_equal(options.header_count, 5);
    assert_int_equal(parse(&options, error, "compare --duration=1 --rounds=20"), 0);
    assert_int_equal(parse(&options, error, "help load"), 0);
    assert_int_equal(options.topic, COMMAND_LOAD);
    assert_int_equal(parse(&options, error, "compare --help"), 0);
    assert_int_equal(options.command, COMMAND_HELP);
}

static void bad_options_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        const char *told;
    } cases[] = {
        {"", "a command is missing"},
        {"lod", "unknown command 'lod'"},
        {"help me", "no command 'me'"},
        {"load --durations=5", "unknown option '--durations=5'"},
        {"load --duration", "needs a value"},
        {"load -x", "unknown option '-x'"},
        {"load --duration=0", "--duration=0: expected"},
        {"load --base-url=ftp://x", "--base-url=ftp://x: expected"},
        {"load --endpoint=ping", "--endpoint=ping: expected"},
        {"load --modes=select", "unknown option"},
        {"load --endpoint=/a\tb", ": expected a path that begins"},
        {"load --class a:size=1,rate=5,endpoint=/a\x7f", "expected a path that begins"},
        {"compare --endpoints=/ping,/a\tb", "expected different paths"},
        {"load --class a:size=1,rate=5,interval=1", "keep one of interval= and rate="},
        {"load --class a:size=1,rate=5,size=2", "size=2 is told twice"},
        {"load extra", "unexpected argument 'extra'"},
        {"load --class x:rate=5", "class x has no body"},
        {"load --class a:size=1,rate=5 --class a:size=1,rate=5", "name of its own"},
        {"load --class a:size=1,rate=5 --large-size=3", "--large-size shapes"},
        {"load --format=xml", "expected text, json, csv, hgrm or hlog"},
        {"load --format=hgrm", "-o says how their names begin"},
        {"load --probe=period", "expected a probe"},
        {"load --start-at=yesterday", "expected a time to come"},
        {"load -H broken", "expected a header"},
        {"load -H Content-Length:5", "Content-Length is set by the client itself"},
        {"compare --header=content-length:", "Content-Length is set by the client itself"},
        {"sweep --header=TRANSFER-ENCODING:chunked", "Transfer-Encoding is set by the client"},
        {"load --header=Content-Length\t:5", "expected a header"},
        {"load --header=Caf\xc3\xa9:1", "expected a header"},
        {"load --header=A:\x01", "expected a header"},
        {"load -H :5", "expected a header"},
        {"load --timeout=0", "--timeout=0: expected"},
        {"compare --rounds=0", "--rounds=0: expected"},
        {"load --rounds=1000 --duration=0.3",
         "rounds of 0.3 ms, too short to measure in: use --duration=50 or more, or --rounds=6 or "
         "less"},
        {"load --duration=49ms", "rounds of 49 ms, too short to measure in: use --duration=0.05"},
        {"compare --duration=199ms", "--rounds=4 makes rounds of 49.8 ms"},
        {"sweep --duration=1 --rounds=21", "or --rounds=20 or less"},
        {"compare --modes=select,,threads", "--modes"},
        {"compare --modes=select,select", "--modes"},
        {"compare --endpoints=ping", "--endpoints"},
        {"compare --system=label", "--system=label: expected a label"},
        {"compare --system=:--mode=x", "expected a label"},
        {"compare --system=a|b:--mode=x", "expected a label"},
        {"compare --system=a:--port=99", "not --host or --port"},
        {"compare --system=a:mode", "expected a label"},
        {"compare --keepalive=both", "--keepalive=both: expected on, off or on,off"},
        {"load --keepalive=on,off", "expected on or off"},
        {"compare --port=65535", "--port=65535: each"},
        {"compare --base-url=http://x", "unknown option"},
        {"sweep --sizes=5MB,1MB", "--sizes=5MB,1MB: expected sizes that grow"},
        {"sweep --sizes=1MB,huge", "expected sizes that grow"},
        {"sweep --large-size=3", "unknown option"},
        {"sweep --slo=medium:p99<1ms", "there is no class medium"},
        {"diff a.json", "a saved result is missing"},
        {"diff a.json b.json c.json", "unexpected argument 'c.json'"},
        {"diff --margin=10 a.json b.json", "--margin=10: expected a share"},
        {"report", "a saved result is missing"},
        {"report --format=csv x.json", "csv has a row per request"},
        {"report --duration=1 x.json", "unknown option '--duration=1'"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct options options;
        char error[OPTIONS_ERROR_SIZE] = "";
        assert_int_equal(parse(&options, error, cases[i].words), OPTIONS_INVALID);
        if (!strstr(error, cases[i].told))
            fail_msg("'%s' is told as '%s'", cases[i].words, error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_the_originals),
        cmocka_unit_test(bad_options_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
