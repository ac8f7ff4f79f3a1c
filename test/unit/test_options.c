/*
 * test_options.c: command lines: what is meant when little is said, and what is
 * told of a wrong one.
 */
#include "base/clock.h"
#include "base/error.h"
#include "made.h"
#include "plan/class.h"
#include "plan/options_parse.h"
#include "plan/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Parses a command line. What the options borrow is good until the next one. */
static int parse(struct options *options, char *error, const char *text)
{
    static struct words words;
    words_split(&words, text);
    return options_parse(options, words.argc, words.argv, error);
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
    assert_int_equal(options.endpoint_count, 2);
    assert_int_equal(options.classes[0].interval_ns, 4 * NS_PER_MS);
    assert_int_equal(options.duration_ns, 500 * NS_PER_MS);

    assert_int_equal(parse(&options, error, "compare --system=a:--mode=threads --endpoints all"),
                     0);
    assert_int_equal(options.mode_count, 0);
    assert_int_equal(options.system_count, 1);
    assert_string_equal(options.systems[0].label, "a");
    assert_string_equal(options.systems[0].text, "--mode=threads");
    assert_int_equal(options.endpoint_count, 4);
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
        {"load --endpoint=/a\xff", "in ASCII"},
        {"load --probe=path=/a\xff", "expected a probe"},
        {"compare --endpoints=/ping,/a\tb", "expected different paths"},
        {"load --class a:size=1,rate=5,interval=1", "keep one of interval= and rate="},
        {"load --class a:size=1,rate=5,size=2", "size=2 is told twice"},
        {"load extra", "unexpected argument 'extra'"},
        {"load --class x:rate=5", "class x has no body"},
        {"load --class a:size=1,rate=5 --class a:size=1,rate=5", "name of its own"},
        {"load --class a:size=1,rate=5 --large-size=3", "--large-size shapes"},
        {"load --format=xml", "expected text, markdown, json, csv, hgrm or hlog"},
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
        {"compare --duration=299ms", "--rounds=6 makes rounds of 49.8 ms"},
        {"sweep --duration=1 --rounds=21", "or --rounds=20 or less"},
        {"compare --modes=select,,threads", "--modes"},
        {"compare --modes=select,select", "--modes"},
        {"compare --endpoints=ping", "--endpoints"},
        {"compare --system=label", "--system=label: expected a label"},
        {"compare --system=:--mode=x", "expected a label"},
        {"compare --system=a|b:--mode=x", "expected a label"},
        {"compare --system=a:--port=99", "not --host or --port"},
        {"compare --system=a:mode", "expected a label"},
        {"compare --target=a:nowhere", "--target=a:nowhere: expected a label"},
        {"compare --start=a:server", "a command that is told its {port}"},
        {"compare --start=a@8001:server --ready=up", "expected a path"},
        {"compare --ready=/up", "--ready is of servers that are started"},
        {"load --target=a:http://x --target=b:http://x", "load measures one server, and 2 are"},
        {"load --base-url=http://x --start=a@8001:server", "load measures one server, and 2 are"},
        {"compare --keepalive=both", "--keepalive=both: expected on, off or on,off"},
        {"load --keepalive=on,off", "expected on or off"},
        {"compare --port=65535", "--port=65535: each"},
        {"compare --base-url=http://x", "unknown option"},
        {"sweep --sizes=5MB,1MB", "--sizes=5MB,1MB: expected sizes that grow"},
        {"sweep --sizes=1MB,huge", "expected sizes that grow"},
        {"sweep --large-size=3", "--large-size is what the sweep varies"},
        {"sweep --vary=small.rate=1,2 --small-interval=1", "--small-interval is what the sweep"},
        {"sweep --vary=large.size", "--vary=large.size: expected values, as in"},
        {"sweep --vary=big.size=1,5", "there is no class big"},
        {"sweep --vary=large.rate=1,2 --arrival=closed", "class large is closed and has no rate"},
        {"sweep --vary=large.size=1,2 --sizes=1,2", "leave out --vary"},
        {"sweep --between=1..2 --sizes=1,2", "leave out --between"},
        {"sweep --vary=large.size=1,2 --between=1..2", "--between says the values"},
        {"sweep --between=1", "--between=1: expected two different values"},
        {"sweep --vary=large.name --between=1..2", "--vary=large.name: expected CLASS.PART"},
        {"sweep --steps=5", "--steps is of --between"},
        {"sweep --between=1..2 --steps=2", "--steps=2: expected"},
        {"sweep --between=1..2 --precision=0%", "--precision=0%: expected a share"},
        {"sweep --class=a:size=1,rate=2 --vary=a.size=1,2", "say with --slo what"},
        {"sweep --slo=p99<1s --class=a:body=f,rate=2 --vary=a.size=1,2", "has two bodies"},
        {"sweep --slo=medium:p99<1ms", "there is no class medium"},
        {"diff a.json", "a saved result is missing"},
        {"diff a.json b.json c.json", "unexpected argument 'c.json'"},
        {"diff --margin=10 a.json b.json", "--margin=10: expected a share"},
        {"diagnose", "a URL is missing: see 'looplag help diagnose'"},
        {"diagnose localhost:8000", "localhost:8000: expected a URL such as"},
        {"diagnose http://h --stop-at=200%", "--stop-at=200%: expected a share"},
        {"diagnose http://h --most=65", "--most=65"},
        {"diagnose http://h --large-interval=1", "unknown option '--large-interval=1'"},
        {"diagnose http://h -o x.csv", "a diagnosis is written as text, markdown or json"},
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
        if (secret_is_in(error))
            fail_msg("the log would mask a part of '%s'", error);
    }
}

/* A command line that must be good. */
static struct options good(const char *words)
{
    struct options options;
    char error[OPTIONS_ERROR_SIZE] = "";
    if (parse(&options, error, words))
        fail_msg("'%s' is refused: %s", words, error);
    return options;
}

static void load_stores_what_it_is_told(void **state)
{
    (void)state;
    struct options options =
        good("load --base-url=https://h:8443/x --endpoint=/pong --duration=2m "
             "--timeout=1500ms --seed=42 --keepalive --rounds=3 --baseline -q");
    assert_int_equal(options.command, COMMAND_LOAD);
    assert_string_equal(options.base_url, "https://h:8443/x");
    assert_string_equal(options.endpoint, "/pong");
    assert_int_equal(options.duration_ns, 120 * NS_PER_S);
    assert_int_equal(options.timeout_ns, 1500 * NS_PER_MS);
    assert_int_equal(options.seed, 42);
    assert_int_equal(options.rounds, 3);
    assert_true(options.keepalive && options.baseline && options.quiet);
    assert_false(options.exhibit || options.probe.wanted || options.start_at);
    options = good("load --exhibit --top-stalls=100 --probe=period=2s,failures=7 --start-at +5s "
                   "--slo=small:p99<50ms --slo errors<1% --keepalive=off");
    assert_true(options.exhibit && options.probe.wanted);
    assert_int_equal(options.top_stalls, 100);
    assert_int_equal(options.probe.period_ns, 2 * NS_PER_S);
    assert_int_equal(options.probe.failures, 7);
    assert_string_equal(options.start_at, "+5s");
    assert_int_equal(options.slo_count, 2);
    assert_string_equal(options.slos[1].text, "errors<1%");
    assert_false(options.keepalive);
    assert_int_equal(good("load --baseline").rounds, 6);
    assert_int_equal(good("load").rounds, 1);
}

static void the_standard_classes_take_shape(void **state)
{
    (void)state;
    struct options options = good("load --small-size=10KiB --large-size=5 --small-interval=250ms "
                                  "--large-interval=3 --arrival=poisson");
    const struct traffic_class *small = &options.classes[0];
    const struct traffic_class *large = &options.classes[1];
    assert_true(small->size.suffixed && !large->size.suffixed);
    assert_int_equal(small->size.bytes, 10240);
    assert_true(large->size.amount == 5);
    assert_int_equal(small->interval_ns, 250 * NS_PER_MS);
    assert_int_equal(large->interval_ns, 3 * NS_PER_S);
    assert_int_equal(small->arrival, ARRIVAL_POISSON);
    assert_int_equal(large->arrival, ARRIVAL_POISSON);
    options =
        good("compare --class=a:size=1KiB,rate=8 --class b:size=2MB,interval=1,arrival=closed");
    assert_int_equal(options.class_count, 2);
    assert_int_equal(options.classes[0].interval_ns, 125 * NS_PER_MS);
    assert_int_equal(options.classes[0].arrival, ARRIVAL_OPEN);
    assert_int_equal(options.classes[1].arrival, ARRIVAL_CLOSED);
}

static void named_systems_take_the_place_of_the_modes(void **state)
{
    (void)state;
    static const char *const commands[] = {"compare", "sweep"};
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++) {
        char words[128];
        snprintf(words, sizeof words, "%s --target=a:http://x --start=b@8001:server --ready=/up",
                 commands[i]);
        struct options options = good(words);
        assert_int_equal(options.mode_count, 0);
        assert_int_equal(options.system_count, 2);
        assert_int_equal(options.systems[0].kind, SYSTEM_SPEC_URL);
        assert_int_equal(options.systems[1].kind, SYSTEM_SPEC_COMMAND);
        assert_string_equal(options.ready, "/up");
        assert_false(options.endpoints_given);
    }
    struct options options = good("compare --modes=pool --system=a:--mode=select "
                                  "--target=b:http://x --endpoints=/x");
    assert_int_equal(options.mode_count, 1);
    assert_int_equal(options.system_count, 2);
    assert_true(options.endpoints_given);
    options = good("load --start=b@8001:server --endpoint=/x");
    assert_int_equal(options.system_count, 1);
    assert_true(options.endpoints_given);
}

static void compare_stores_what_it_is_told(void **state)
{
    (void)state;
    struct options options = good("compare --modes=pool,offload --system=x:--mode=select "
                                  "--endpoints=/ping,/v1/y --server=/opt/looplagd --port=9000 "
                                  "--peers=my.json --topology=pods:3 --balance=split,source "
                                  "--haproxy=/opt/haproxy");
    assert_int_equal(options.command, COMMAND_COMPARE);
    assert_int_equal(options.mode_count, 2);
    assert_string_equal(options.modes[1], "offload");
    assert_int_equal(options.system_count, 1);
    assert_int_equal(options.endpoint_count, 2);
    assert_string_equal(options.endpoints[1], "/v1/y");
    assert_string_equal(options.server, "/opt/looplagd");
    assert_int_equal(options.port, 9000);
    assert_true(options.peers);
    assert_string_equal(options.peers_file, "my.json");
    assert_int_equal(options.pods, 3);
    assert_int_equal(options.balance_count, 2);
    assert_string_equal(options.balances[0], "split");
    assert_string_equal(options.haproxy, "/opt/haproxy");
    options = good("compare --topology=pods:2 --peers"); /* pods take the place of the modes */
    assert_int_equal(options.mode_count, 0);
    assert_int_equal(options.balance_count, 2);
    assert_true(options.peers && !options.peers_file && options.baseline);
    assert_string_equal(options.haproxy, "haproxy");
    options = good("compare");
    assert_int_equal(options.mode_count, 2);
    assert_true(options.baseline && !options.peers && options.pods == 0 && options.port == 0);
    assert_int_equal(options.rounds, 6);
}

static void sweep_diff_and_report_store_what_they_are_told(void **state)
{
    (void)state;
    struct options options = good("sweep --sizes=1,2.5,30 --duration=7");
    assert_int_equal(options.sweep.count, 3);
    assert_string_equal(options.sweep.values[2].text, "30");
    assert_true(options.sweep.values[1].amount == 2.5e6);
    assert_true(options.classes[1].size.amount == 1); /* the first one */
    assert_true(options.sweep.steps == 8 && options.sweep.precision == 0.1);
    assert_int_equal(options.slo_count, 1); /* the question that most people have */
    assert_string_equal(options.slos[0].text, "small:p99<50ms");
    assert_false(options.baseline);
    assert_true(good("sweep --slo=interference<2").baseline); /* which cannot be told without */
    assert_true(good("sweep --slo=collateral<1ms").baseline);
    assert_true(good("sweep").sweep.values[3].amount == 25000000);
    options = good("sweep --between=1MB..25MB --precision=5% --keepalive=on,off");
    assert_true(options.sweep.between && options.both_keepalives);
    assert_true(options.sweep.precision == 0.05);
    assert_string_equal(options.sweep.values[1].text, "25MB");
    options = good("sweep --vary=large.conns=1,2,4 --large-size=5 --topology=pods:2 --peers");
    assert_int_equal(options.classes[1].connections, 1);
    assert_true(options.classes[1].size.amount == 5 && options.peers && options.pods == 2);
    assert_int_equal(options.classes[1].arrival, ARRIVAL_CLOSED);
    options = good("sweep --vary=large.rate=1,2"); /* a rate is what an open class has */
    assert_int_equal(options.classes[1].arrival, ARRIVAL_OPEN);
    options = good("sweep --class=a:size=1KB,rate=9 --class=b:size=1 --arrival=closed "
                   "--vary=b.interval=1,0.1 --slo=a:p99<1s");
    assert_int_equal(options.classes[1].interval_ns, 1000000000);
    options = good("diff --margin=25% a.json b.json");
    assert_true(options.margin == 0.25);
    assert_int_equal(options.file_count, 2);
    assert_string_equal(options.files[1], "b.json");
    assert_true(good("diff a b").margin == 0.1);
    options = good("report a.json --slo=p99<1s b.json c.json");
    assert_int_equal(options.file_count, 3);
    assert_int_equal(options.slo_count, 1);
}

static void diagnose_takes_a_url(void **state)
{
    (void)state;
    struct options options = good("diagnose http://h:1 --duration=20 --most=8 --stop-at=25%");
    assert_int_equal(options.command, COMMAND_DIAGNOSE);
    assert_string_equal(options.base_url, "http://h:1");
    assert_string_equal(options.endpoint, "/ping");
    assert_int_equal(options.file_count, 0);
    assert_int_equal(options.duration_ns, 20 * NS_PER_S);
    assert_int_equal(options.large_most, 8);
    assert_true(options.stop_at == 0.25);
    assert_int_equal(options.class_count, 2);
    assert_int_equal(options.classes[0].arrival, ARRIVAL_POISSON);
    assert_int_equal(options.classes[0].interval_ns, 10 * NS_PER_MS);
    assert_int_equal(options.classes[1].arrival, ARRIVAL_CLOSED);
    options = good("diagnose http://h:1/");
    assert_string_equal(options.endpoint, "/");
    assert_int_equal(options.large_most, 16);
    assert_true(options.stop_at == 0.1);
    options = good("diagnose --class=a:size=1KiB,rate=50 --class=b:size=2MB http://h/api/v1");
    assert_string_equal(options.endpoint, ""); /* the URL is all of it */
    assert_string_equal(good("diagnose http://h?a=/b").endpoint, "/ping");
    assert_string_equal(good("diagnose http://h/?a=b").endpoint, "");
    assert_int_equal(options.classes[0].arrival, ARRIVAL_POISSON);
    assert_int_equal(options.classes[1].arrival, ARRIVAL_CLOSED);
}

static void the_format_is_that_of_the_file_unless_it_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        enum format format;
    } cases[] = {
        {"load", FORMAT_TEXT},
        {"load -o -", FORMAT_TEXT},
        {"load -o x.json", FORMAT_JSON},
        {"load -o x.md", FORMAT_MARKDOWN},
        {"load --output=x.csv", FORMAT_CSV},
        {"load -o x.hgrm", FORMAT_HGRM},
        {"load -o x.hlog", FORMAT_HLOG},
        {"load -o x.json.txt", FORMAT_TEXT},
        {"load -o json", FORMAT_TEXT},
        {"load -o x.csv --format=json", FORMAT_JSON},
        {"report --format=hlog x", FORMAT_HLOG},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_int_equal(good(cases[i].words).format, cases[i].format);
}

/* Whether the place in a line is between quotes: there are looplagd's own flags. */
static bool is_quoted(const char *text, const char *at)
{
    bool quoted = false;
    for (; at > text && at[-1] != '\n'; at--)
        quoted ^= at[-1] == '\'';
    return quoted;
}

/* What `looplag LINE` prints; the caller frees it. */
static char *help_of(const char *line)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    options_print_help(good(line).topic, out);
    fclose(out);
    return text;
}

/* Every word that begins with "--" in a command's help is an option that the command takes. */
static void what_the_help_names_is_taken(void **state)
{
    (void)state;
    static const char *const commands[] = {"load", "compare", "report", "diff", "sweep"};
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++) {
        char line[96];
        snprintf(line, sizeof line, "help %s", commands[i]);
        char *help = help_of(line);
        assert_non_null(strstr(help, commands[i]));
        for (const char *at = help; (at = strstr(at, " --")); at += 3) {
            struct options options = {0};
            char error[OPTIONS_ERROR_SIZE] = "";
            int length = (int)strspn(at + 3, "abcdefghijklmnopqrstuvwxyz0123456789-");
            if (is_quoted(help, at))
                continue;
            snprintf(line, sizeof line, "%s --%.*s", commands[i], length, at + 3);
            parse(&options, error, line);
            options_deinit(&options);
            if (strstr(error, "unknown option"))
                fail_msg("%s", error);
            count++;
        }
        free(help);
    }
    assert_in_range(count, 60, 200);
}

/* And every option that a command takes stands in its help. */
static void what_is_taken_is_named_in_the_help(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        const char *options;
    } cases[] = {
        {"load",
         "base-url target start ready endpoint duration start-at baseline rounds small-size "
         "large-size "
         "small-interval large-interval class arrival top-stalls exhibit slo probe keepalive "
         "header seed timeout no-try output format quiet help"},
        {"compare", "modes system target start ready topology balance haproxy peers endpoints "
                    "keepalive duration rounds "
                    "server port small-size large-size small-interval large-interval class arrival "
                    "top-stalls exhibit slo probe header seed timeout output format quiet help"},
        {"report", "output slo format help"},
        {"diff", "margin help"},
        {"sweep", "vary sizes between steps precision details class topology balance haproxy peers "
                  "large-size slo modes system target start ready endpoints duration "
                  "small-interval small-size "
                  "large-interval rounds arrival keepalive header seed timeout server port quiet "
                  "output format help"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char words[512];
        char line[64];
        char *position = NULL;
        snprintf(line, sizeof line, "help %s", cases[i].command);
        char *help = help_of(line);
        snprintf(words, sizeof words, "%s", cases[i].options);
        for (char *word = strtok_r(words, " ", &position); word;
             word = strtok_r(NULL, " ", &position)) {
            snprintf(line, sizeof line, "--%s", word);
            if (!strstr(help, line))
                fail_msg("the help of %s does not name %s", cases[i].command, line);
        }
        free(help);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_the_originals),
        cmocka_unit_test(bad_options_are_told),
        cmocka_unit_test(load_stores_what_it_is_told),
        cmocka_unit_test(the_standard_classes_take_shape),
        cmocka_unit_test(compare_stores_what_it_is_told),
        cmocka_unit_test(named_systems_take_the_place_of_the_modes),
        cmocka_unit_test(diagnose_takes_a_url),
        cmocka_unit_test(sweep_diff_and_report_store_what_they_are_told),
        cmocka_unit_test(the_format_is_that_of_the_file_unless_it_is_said),
        cmocka_unit_test(what_the_help_names_is_taken),
        cmocka_unit_test(what_is_taken_is_named_in_the_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
