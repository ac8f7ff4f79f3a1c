/*
 * test_client.c: the client's pure parts: classes, options, bodies, the
 * schedule, the gate, statistics, kinds of failure and the reports.
 */
#include "analysis.h"
#include "base/clock.h"
#include "base/error.h"
#include "class.h"
#include "gate.h"
#include "options.h"
#include "outcome.h"
#include "payload.h"
#include "report.h"
#include "result.h"
#include "samples.h"
#include "schedule.h"
#include "sentences.h"
#include "server_stats.h"
#include "stats.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <curl/curl.h>
#include <jansson.h>

static struct buffer make_body(const char *size_text, uint64_t seed)
{
    struct units_size size;
    struct buffer body = {0};
    assert_int_equal(units_parse_size(size_text, &size), 0);
    assert_int_equal(payload_generate("small", &size, seed, &body), 0);
    return body;
}

static void bodies_fit_the_model(void **state)
{
    (void)state;
    struct buffer body = make_body("0.001", 1);
    assert_memory_equal(body.data, "{\"name\": \"small\", \"data\": {\"", 28);
    json_t *root = json_loadb(body.data, body.length, JSON_REJECT_DUPLICATES, NULL);
    json_t *data = json_object_get(root, "data");
    assert_string_equal(json_string_value(json_object_get(root, "name")), "small");
    assert_int_equal(json_object_size(data), 50);
    const char *key;
    json_t *value;
    json_object_foreach(data, key, value)
    {
        assert_int_equal(strlen(key), 10);
        assert_in_range(json_integer_value(value), 1, 1000000);
    }
    json_decref(root);
    buffer_deinit(&body);
}

static void bodies_repeat_by_seed(void **state)
{
    (void)state;
    struct buffer first = make_body("0.01", 7);
    struct buffer again = make_body("0.01", 7);
    struct buffer other = make_body("0.01", 8);
    assert_int_equal(first.length, again.length);
    assert_memory_equal(first.data, again.data, first.length);
    assert_true(other.length != first.length || memcmp(first.data, other.data, first.length) != 0);
    buffer_deinit(&first);
    buffer_deinit(&again);
    buffer_deinit(&other);
}

static void suffixed_sizes_are_met(void **state)
{
    (void)state;
    for (size_t bytes = 28; bytes < 1500; bytes++) {
        char text[32];
        snprintf(text, sizeof text, "%zuB", bytes);
        struct buffer body = make_body(text, bytes);
        json_t *root = json_loadb(body.data, body.length, 0, NULL);
        assert_non_null(root);
        json_decref(root);
        if (bytes >= 100)
            assert_int_equal(body.length, bytes);
        else
            assert_in_range(body.length, bytes - 16, bytes + 16);
        buffer_deinit(&body);
    }
    struct buffer large = make_body("1MiB", 1);
    assert_int_equal(large.length, MIB);
    buffer_deinit(&large);
}

static void nominal_25_mb_is_the_originals(void **state)
{
    (void)state;
    struct buffer body = make_body("25", 1);
    size_t colons = 0;
    for (size_t i = 0; i < body.length; i++)
        colons += body.data[i] == ':';
    assert_int_equal(colons, 1250000 + 2);
    assert_in_range(body.length, 27300000, 27450000);
    buffer_deinit(&body);
}

static void classes_are_parsed(void **state)
{
    (void)state;
    char error[CLASS_ERROR_SIZE];
    struct traffic_class class;
    assert_int_equal(class_parse("api:body=a/b.json,rate=50,endpoint=/v1/x", &class, error), 0);
    assert_int_equal(class_complete(&class, ARRIVAL_UNSET, 120 * NS_PER_S, error), 0);
    assert_string_equal(class.name, "api");
    assert_string_equal(class.body_file, "a/b.json");
    assert_string_equal(class.endpoint, "/v1/x");
    assert_int_equal(class.interval_ns, 20 * NS_PER_MS);
    assert_int_equal(class.arrival, ARRIVAL_OPEN);
    assert_int_equal(class.connections, 6000); /* each is free again after 120 s */

    assert_int_equal(class_parse("m:size=5,interval=500ms,arrival=closed", &class, error), 0);
    assert_int_equal(class_complete(&class, ARRIVAL_OPEN, 120 * NS_PER_S, error), 0);
    assert_int_equal(class.arrival, ARRIVAL_CLOSED);
    assert_int_equal(class.connections, 1);
    assert_false(class.size.suffixed);

    assert_int_equal(class_parse("k:size=1KiB,interval=0.1,conns=3", &class, error), 0);
    assert_int_equal(class_complete(&class, ARRIVAL_CLOSED, 120 * NS_PER_S, error), 0);
    assert_int_equal(class.arrival, ARRIVAL_CLOSED);
    assert_int_equal(class.connections, 3);
    assert_int_equal(class.size.bytes, 1024);
}

static void bad_classes_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *told;
    } cases[] = {
        {"", "name"},
        {":size=1", "name"},
        {"a b:size=1", "name"},
        {"x", "has no body"},
        {"x:rate=1", "has no body"},
        {"x:size=1KiB", "no rate"},
        {"x:size=1KiB,body=f,rate=1", "two bodies"},
        {"x:size=big,rate=1", "expected a size"},
        {"x:size=1,rate=0", "expected requests a second"},
        {"x:size=1,rate=-1", "expected requests a second"},
        {"x:size=1,interval=soon", "expected a time"},
        {"x:size=1,interval=0", "10us"},
        {"x:size=1,rate=1,conns=0", "expected a whole number"},
        {"x:size=1,rate=1,conns=99999", "expected a whole number"},
        {"x:size=1,rate=1,endpoint=ping", "expected a path"},
        {"x:size=1,rate=1,arrival=late", "expected open, closed or poisson"},
        {"x:size=1,rate=1,colour=red", "unknown key 'colour'"},
        {"x:size=3GB,rate=1", "expected a size"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char error[CLASS_ERROR_SIZE] = "";
        struct traffic_class class;
        int r = class_parse(cases[i].text, &class, error);
        if (r == 0)
            r = class_complete(&class, ARRIVAL_UNSET, 120 * NS_PER_S, error);
        assert_int_equal(r, CLASS_INVALID);
        if (!strstr(error, cases[i].told))
            fail_msg("'%s' is told as '%s'", cases[i].text, error);
    }
}

/* Parses a command line of up to eight words. */
static int parse(struct options *options, char *error, const char *words)
{
    static char copy[512];
    char *argv[12];
    int argc = 0;
    char *position = NULL;
    snprintf(copy, sizeof copy, "looplag %s", words);
    for (char *word = strtok_r(copy, " ", &position); word; word = strtok_r(NULL, " ", &position))
        argv[argc++] = word;
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

static void the_schedule_ignores_replies(void **state)
{
    (void)state;
    const struct schedule plan = {.start_ns = 1000, .end_ns = 2000, .interval_ns = 300};
    assert_int_equal(schedule_time(&plan, 0), 1000);
    assert_int_equal(schedule_time(&plan, 3), 1900);
    assert_int_equal(schedule_count(&plan, 5000), 4); /* 1000, 1300, 1600, 1900 */
    assert_int_equal(schedule_count(&plan, 1000), 0);
    assert_int_equal(schedule_count(&plan, 1001), 1);
    assert_int_equal(schedule_count(&plan, 1300), 1);
    assert_int_equal(schedule_count(&plan, 1301), 2);
    const struct schedule whole = {
        .start_ns = 0, .end_ns = 60 * NS_PER_S, .interval_ns = 100000000};
    assert_int_equal(schedule_count(&whole, INT64_MAX), 600);
}

/* Gaps are exponential: their mean is the interval and so is their deviation. */
static void poisson_arrivals_are_seeded(void **state)
{
    (void)state;
    int64_t *offsets[3];
    uint64_t counts[3];
    for (int i = 0; i < 3; i++)
        assert_int_equal(
            schedule_make_poisson(NS_PER_MS, 20 * NS_PER_S, i < 2 ? 5 : 6, &offsets[i], &counts[i]),
            0);
    assert_int_equal(counts[0], counts[1]);
    assert_memory_equal(offsets[0], offsets[1], counts[0] * sizeof *offsets[0]);
    assert_true(counts[0] != counts[2] || offsets[0][0] != offsets[2][0]);
    assert_in_range(counts[0], 19500, 20500);
    double squares = 0;
    for (uint64_t i = 1; i < counts[0]; i++) {
        double gap = (double)(offsets[0][i] - offsets[0][i - 1]) / (double)NS_PER_MS;
        assert_true(gap >= 0);
        squares += gap * gap;
    }
    assert_true(squares / (double)counts[0] > 1.9 && squares / (double)counts[0] < 2.1);
    const struct schedule plan = {.start_ns = 100,
                                  .end_ns = 100 + 20 * NS_PER_S,
                                  .interval_ns = NS_PER_MS,
                                  .offsets = offsets[0],
                                  .count = counts[0]};
    assert_int_equal(schedule_time(&plan, 3), 100 + offsets[0][3]);
    assert_int_equal(schedule_time(&plan, counts[0]), plan.end_ns);
    assert_int_equal(schedule_count(&plan, INT64_MAX), counts[0]);
    assert_int_equal(schedule_count(&plan, 100 + offsets[0][7]), 7);
    for (int i = 0; i < 3; i++)
        free(offsets[i]);
}

static void the_gate_hands_out_the_plan_in_order(void **state)
{
    (void)state;
    struct gate gate;
    struct gate_seat seat;
    uint64_t index = 99;
    int64_t now = clock_now_ns();
    const struct schedule plan = {
        .start_ns = now, .end_ns = now + 60 * NS_PER_S, .interval_ns = NS_PER_MS};
    gate_init(&gate, 0);
    gate_seat_init(&seat);
    gate_open(&gate, &plan);
    for (uint64_t i = 0; i < 5; i++) {
        assert_true(gate_take(&gate, &seat, &index));
        assert_int_equal(index, i);
        assert_true(gate_pass(&gate, schedule_time(&plan, index)));
        assert_true(clock_now_ns() >= schedule_time(&plan, index));
    }
    gate_stop(&gate);
    assert_false(gate_take(&gate, &seat, &index));
    assert_false(gate_pause(&gate, now, &index));
    gate_seat_deinit(&seat);
    gate_deinit(&gate);
}

static void the_gate_counts_who_waits_for_a_thread(void **state)
{
    (void)state;
    struct gate gate;
    struct gate_seat seat;
    uint64_t index;
    int64_t now = clock_now_ns();
    const struct schedule plan = {
        .start_ns = now, .end_ns = now + 60 * NS_PER_S, .interval_ns = 20 * NS_PER_MS};
    gate_init(&gate, 0);
    gate_seat_init(&seat);
    gate_open(&gate, &plan);
    assert_true(gate_take(&gate, &seat, &index));
    assert_true(gate_pass(&gate, now));
    assert_true(gate_take(&gate, &seat, &index)); /* back before the next is due */
    assert_int_equal(gate.waits, 0);
    assert_true(gate_pass(&gate, now + 20 * NS_PER_MS));
    clock_sleep_ns(50 * NS_PER_MS); /* in a stall, alone */
    for (int i = 0; i < 2; i++) {
        assert_true(gate_take(&gate, &seat, &index));
        assert_true(gate_pass(&gate, schedule_time(&plan, index)));
    }
    assert_int_equal(gate.waits, 2);
    assert_true(gate.wait_longest_ns >= 30 * NS_PER_MS);
    gate_seat_deinit(&seat);
    gate_deinit(&gate);
}

struct idler {
    struct gate *gate;
    struct gate_seat seat;
    pthread_t thread;
    atomic_int taken;
};

static void *idle_at_the_gate(void *argument)
{
    struct idler *idler = argument;
    uint64_t index;
    while (gate_take(idler->gate, &idler->seat, &index)) {
        atomic_fetch_add(&idler->taken, 1);
        if (!gate_pass(idler->gate, schedule_time(&idler->gate->schedule, index)))
            break;
        clock_sleep_ns(2 * NS_PER_MS); /* the reply; meanwhile others are called */
    }
    return NULL;
}

static void await_idle(struct gate *gate, unsigned count)
{
    bool there = false;
    for (int tries = 0; !there && tries < 10000; tries++) {
        clock_sleep_ns(NS_PER_MS);
        pthread_mutex_lock(&gate->lock);
        there = gate->idle_count == count;
        pthread_mutex_unlock(&gate->lock);
    }
    assert_true(there);
}

static void the_gate_calls_who_went_idle_last(void **state)
{
    (void)state;
    struct gate gate;
    /* However late the threads are, ten requests can't need the lower half of them. */
    enum { IDLERS = 24, REQUESTS = 10 };
    struct idler idlers[IDLERS] = {0};
    gate_init(&gate, IDLERS);
    for (unsigned i = 0; i < IDLERS; i++) {
        idlers[i].gate = &gate;
        gate_seat_init(&idlers[i].seat);
        gate_expect(&gate);
        assert_int_equal(pthread_create(&idlers[i].thread, NULL, idle_at_the_gate, &idlers[i]), 0);
        await_idle(&gate, i + 1);
    }
    assert_int_equal(gate.coming, 0);
    int64_t now = clock_now_ns();
    const struct schedule plan = {
        .start_ns = now, .end_ns = now + REQUESTS * 4 * NS_PER_MS, .interval_ns = 4 * NS_PER_MS};
    gate_open(&gate, &plan);
    while (clock_now_ns() < plan.end_ns)
        clock_sleep_ns(NS_PER_MS);
    gate_stop(&gate);
    int taken = 0;
    for (unsigned i = 0; i < IDLERS; i++) {
        assert_int_equal(pthread_join(idlers[i].thread, NULL), 0);
        gate_seat_deinit(&idlers[i].seat);
        taken += atomic_load(&idlers[i].taken);
    }
    assert_true(taken > 0);
    for (unsigned i = 0; i < IDLERS / 2; i++)
        assert_int_equal(atomic_load(&idlers[i].taken), 0);
    gate_deinit(&gate);
}

static void the_gate_wants_threads_before_the_last_is_taken(void **state)
{
    (void)state;
    struct gate gate;
    struct gate_seat seat;
    uint64_t index;
    int64_t now = clock_now_ns();
    const struct schedule plan = {
        .start_ns = now, .end_ns = now + 60 * NS_PER_S, .interval_ns = NS_PER_MS};
    gate_init(&gate, 4);
    gate_open(&gate, &plan);
    for (unsigned i = 0; i < 4; i++)
        assert_true(gate_want(&gate)); /* none is spare: up to the whole reserve */
    assert_int_equal(gate.coming, 4);
    for (unsigned i = 0; i < 3; i++) { /* three come and are taken by a stall */
        gate_seat_init(&seat);
        assert_true(gate_take(&gate, &seat, &index));
        assert_true(gate_pass(&gate, schedule_time(&plan, index)));
        gate_seat_deinit(&seat);
    }
    for (unsigned i = 0; i < 3; i++)
        assert_true(gate_want(&gate));
    assert_int_equal(gate.coming, 4);
    gate_stop(&gate);
    assert_false(gate_want(&gate));
    gate_deinit(&gate);
}

static void the_gate_shuts_at_the_end(void **state)
{
    (void)state;
    struct gate gate;
    uint64_t index;
    int64_t now = clock_now_ns();
    const struct schedule plan = {
        .start_ns = now - NS_PER_S, .end_ns = now, .interval_ns = NS_PER_MS};
    struct gate_seat seat;
    gate_init(&gate, 0);
    gate_seat_init(&seat);
    gate_open(&gate, &plan);
    assert_false(gate_take(&gate, &seat, &index));
    assert_false(gate_pause(&gate, now, &index));
    gate_seat_deinit(&seat);
    gate_deinit(&gate);
}

static struct outcome outcome_at(enum outcome_kind kind, int64_t sent_ns, int64_t end_ns)
{
    return (struct outcome){.kind = kind,
                            .status = kind == OUTCOME_OK ? 200 : 0,
                            .sent_ns = sent_ns,
                            .end_ns = end_ns,
                            .bytes_sent = 10};
}

static void times_start_at_the_plan(void **state)
{
    (void)state;
    struct class_stats stats;
    assert_int_equal(class_stats_init(&stats), 0);
    struct outcome good = outcome_at(OUTCOME_OK, 12 * NS_PER_MS, 15 * NS_PER_MS);
    struct outcome bad = outcome_at(OUTCOME_TIMEOUT, 10 * NS_PER_MS, 900 * NS_PER_MS);
    class_stats_record(&stats, 10 * NS_PER_MS, &good);
    class_stats_record(&stats, 10 * NS_PER_MS, &bad);
    assert_int_equal(stats.response.max, 5 * NS_PER_MS);
    assert_int_equal(stats.service.max, 3 * NS_PER_MS);
    assert_int_equal(stats.send_lag.max, 2 * NS_PER_MS);
    assert_int_equal(stats.response.total, 1); /* errors are never latencies */
    assert_int_equal(stats.sent, 2);
    assert_int_equal(stats.ok, 1);
    assert_int_equal(stats.errors[OUTCOME_TIMEOUT], 1);
    assert_int_equal(class_stats_errors(&stats), 1);
    class_stats_deinit(&stats);
    class_stats_deinit(&stats);
}

static void merging_equals_recording_together(void **state)
{
    (void)state;
    struct class_stats parts[3];
    struct class_stats whole;
    assert_int_equal(class_stats_init(&whole), 0);
    for (int part = 0; part < 3; part++)
        assert_int_equal(class_stats_init(&parts[part]), 0);
    for (int i = 0; i < 3000; i++) {
        int64_t end = (int64_t)i * i * 977;
        struct outcome outcome = outcome_at(i % 7 ? OUTCOME_OK : OUTCOME_RESET, 500, 500 + end);
        class_stats_record(&whole, 0, &outcome);
        class_stats_record(&parts[i % 3], 0, &outcome);
    }
    for (int part = 1; part < 3; part++) {
        assert_int_equal(class_stats_merge(&parts[0], &parts[part]), 0);
        class_stats_deinit(&parts[part]);
    }
    assert_int_equal(parts[0].sent, whole.sent);
    assert_int_equal(parts[0].ok, whole.ok);
    assert_int_equal(parts[0].bytes_sent, whole.bytes_sent);
    assert_int_equal(parts[0].errors[OUTCOME_RESET], whole.errors[OUTCOME_RESET]);
    struct figures merged = figures_of(&parts[0].response);
    struct figures together = figures_of(&whole.response);
    assert_memory_equal(&merged, &together, sizeof merged);
    class_stats_deinit(&parts[0]);
    class_stats_deinit(&whole);
}

static void samples_grow_and_merge(void **state)
{
    (void)state;
    struct samples first = {0};
    struct samples second = {0};
    for (uint64_t i = 0; i < 1000; i++) {
        struct sample row = {.id = i};
        assert_int_equal(samples_add(i % 2 ? &first : &second, &row), 0);
    }
    assert_int_equal(samples_merge(&first, &second), 0);
    assert_int_equal(first.count, 1000);
    assert_int_equal(first.rows[500].id, 0);
    samples_deinit(&first);
    samples_deinit(&second);
    samples_deinit(&second);
}

static void failures_have_kinds(void **state)
{
    (void)state;
    static const struct {
        struct transfer_verdict verdict;
        const char *name;
    } cases[] = {
        {{CURLE_OK, 0, 200, true}, "ok"},
        {{CURLE_OK, 0, 204, true}, "ok"},
        {{CURLE_OK, 0, 200, false}, "truncated"},
        {{CURLE_OK, 0, 302, true}, "http_3xx"},
        {{CURLE_OK, 0, 404, true}, "http_4xx"},
        {{CURLE_OK, 0, 503, true}, "http_5xx"},
        {{CURLE_OK, 0, 999, true}, "garbage"},
        {{CURLE_COULDNT_RESOLVE_HOST, 0, 0, false}, "resolve"},
        {{CURLE_COULDNT_CONNECT, ECONNREFUSED, 0, false}, "connect"},
        {{CURLE_OPERATION_TIMEDOUT, 0, 200, true}, "timeout"},
        {{CURLE_RECV_ERROR, ECONNRESET, 0, false}, "reset"},
        {{CURLE_RECV_ERROR, 0, 200, true}, "garbage"},
        {{CURLE_SEND_ERROR, EPIPE, 0, false}, "reset"},
        {{CURLE_GOT_NOTHING, 0, 0, false}, "empty_reply"},
        {{CURLE_PARTIAL_FILE, 0, 200, true}, "truncated"},
        {{CURLE_UNSUPPORTED_PROTOCOL, 0, 0, false}, "garbage"},
        {{CURLE_ABORTED_BY_CALLBACK, 0, 0, false}, "interrupted"},
        {{CURLE_OUT_OF_MEMORY, 0, 0, false}, "other"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_string_equal(outcome_name(outcome_classify(&cases[i].verdict)), cases[i].name);
}

static void milliseconds_have_three_digits(void **state)
{
    (void)state;
    static const struct {
        double ms;
        const char *text;
    } cases[] = {
        {0, "0.000"},     {0.4123, "0.412"},      {0.9994, "0.999"}, {0.9996, "1.00"},
        {1.234, "1.23"},  {9.996, "10.0"},        {12.34, "12.3"},   {99.96, "100"},
        {1234.4, "1234"}, {86400000, "86400000"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char text[REPORT_MS_SIZE];
        report_format_ms(cases[i].ms, text);
        assert_string_equal(text, cases[i].text);
    }
}

/* A window of a thousand equal requests, so that their p99 is told. */
static void fill_window(struct cell *cell, bool alone, const struct outcome *outcome)
{
    const struct window window = {.started_ns = 0, .ended_ns = NS_PER_S};
    struct class_stats *stats = cell_begin_window(cell, 0, alone);
    assert_non_null(stats);
    for (int i = 0; i < 1000; i++)
        class_stats_record(stats, 0, outcome);
    stats->planned = 1000;
    assert_int_equal(cell_end_window(cell, &window), 0);
}

/* A comparison of two modes, one endpoint, with numbers that are known. */
static void make_result(struct result *result, struct options *options)
{
    char error[OPTIONS_ERROR_SIZE];
    char program[] = "looplag";
    char word[] = "compare";
    char *argv[] = {program, word, NULL};
    assert_int_equal(parse(options, error, "compare --endpoints=/ping"), 0);
    assert_int_equal(result_init(result, options, 4, 2, argv), 0);
    assert_int_equal(result_set_subjects(result, 2), 0);
    for (size_t i = 0; i < 4; i++) {
        struct cell *cell = &result->cells[i];
        struct outcome with = outcome_at(OUTCOME_OK, 0, (i == 0 ? 1000 : 2) * NS_PER_MS);
        struct outcome alone = outcome_at(OUTCOME_OK, 0, NS_PER_MS);
        cell->class = &options->classes[i % 2];
        cell->subject = i / 2;
        cell->heavy = i % 2;
        cell->has_baseline = !cell->heavy;
        cell->has_server = true;
        snprintf(cell->mode, sizeof cell->mode, "%s", i / 2 ? "threads" : "select");
        snprintf(cell->server.mode, SERVER_MODE_SIZE, "%.40s", cell->mode);
        snprintf(cell->endpoint, sizeof cell->endpoint, "/ping");
        cell->server.loop_hold.max = 1200;
        fill_window(cell, false, &with);
        if (cell->has_baseline)
            fill_window(cell, true, &alone);
    }
    assert_int_equal(analysis_run(result), 0);
    assert_int_equal(sentences_write(result), 0);
}

static void the_table_has_the_columns(void **state)
{
    (void)state;
    struct options options;
    struct result result;
    struct buffer text = {0};
    make_result(&result, &options);
    assert_int_equal(report_text(&result, &text), 0);
    assert_int_equal(buffer_append(&text, "", 1), 0);
    assert_non_null(strstr(text.data, "| Request Size | Mode    | Endpoint | Count | Min "));
    assert_non_null(strstr(text.data, "| Small alone  | select  | /ping    | 1000  | 1.00"));
    assert_non_null(strstr(text.data, "| Large        | threads | /ping    | 1000  | 2.00"));
    assert_non_null(strstr(text.data, "from 1.00 to 1000 ms at p99 (x 1000)"));
    assert_non_null(strstr(text.data, "longest loop hold was 1200 ms"));
    assert_non_null(strstr(text.data, "connection's own thread: it held nobody else"));
    assert_non_null(strstr(text.data, "by 1000 in select, by 2.0 in threads."));
    buffer_deinit(&text);
    result_deinit(&result);
    result_deinit(&result);
}

static void the_json_has_the_keys(void **state)
{
    (void)state;
    struct options options;
    struct result result;
    struct buffer text = {0};
    make_result(&result, &options);
    assert_int_equal(report_json(&result, &text), 0);
    json_t *root = json_loadb(text.data, text.length, JSON_REJECT_DUPLICATES, NULL);
    assert_int_equal(json_integer_value(json_object_get(root, "schema_version")), 1);
    assert_string_equal(json_string_value(json_object_get(root, "command")), "looplag compare");
    assert_int_equal(json_array_size(json_object_get(root, "sentences")), 3);
    const json_t *cell = json_array_get(json_object_get(root, "cells"), 0);
    const json_t *ratio = json_object_get(cell, "interference");
    assert_true(json_real_value(json_object_get(ratio, "p99")) == 1000.0);
    const json_t *large = json_array_get(json_object_get(root, "cells"), 1);
    assert_true(json_is_null(json_object_get(large, "baseline")));
    json_decref(root);
    buffer_deinit(&text);
    result_deinit(&result);
}

static void server_stats_are_read(void **state)
{
    (void)state;
    static const char good[] =
        "{\"mode\": \"select\", \"loop_hold_ms\": {\"max\": 12.5, \"p99\": 3},"
        " \"process\": {\"rss_peak_bytes\": 7, \"cpu_seconds\": 1.5},"
        " \"workers\": [{\"worker\": 0, \"connections\": 3, \"requests\": 4},"
        " {\"worker\": 1, \"connections\": 5, \"requests\": 6}]}";
    static const char *const foreign[] = {"",   "null", "[]", "{\"mode\": 3}", "{\"mode\": \"x\"}",
                                          "<p>"};
    struct server_stats stats;
    assert_int_equal(server_stats_parse(good, sizeof good - 1, &stats), 0);
    assert_string_equal(stats.mode, "select");
    assert_true(stats.loop_hold.max == 12.5 && stats.loop_hold.p99 == 3.0);
    assert_int_equal(stats.rss_peak_bytes, 7);
    assert_int_equal(stats.worker_count, 2);
    assert_int_equal(stats.workers[0].connections, 3);
    assert_int_equal(stats.workers[1].requests, 6);
    for (size_t i = 0; i < ARRAY_LENGTH(foreign); i++)
        assert_int_equal(server_stats_parse(foreign[i], strlen(foreign[i]), &stats),
                         SERVER_STATS_FOREIGN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_fit_the_model),
        cmocka_unit_test(bodies_repeat_by_seed),
        cmocka_unit_test(suffixed_sizes_are_met),
        cmocka_unit_test(nominal_25_mb_is_the_originals),
        cmocka_unit_test(classes_are_parsed),
        cmocka_unit_test(bad_classes_are_told),
        cmocka_unit_test(defaults_are_the_originals),
        cmocka_unit_test(bad_options_are_told),
        cmocka_unit_test(the_schedule_ignores_replies),
        cmocka_unit_test(poisson_arrivals_are_seeded),
        cmocka_unit_test(the_gate_hands_out_the_plan_in_order),
        cmocka_unit_test(the_gate_counts_who_waits_for_a_thread),
        cmocka_unit_test(the_gate_calls_who_went_idle_last),
        cmocka_unit_test(the_gate_wants_threads_before_the_last_is_taken),
        cmocka_unit_test(the_gate_shuts_at_the_end),
        cmocka_unit_test(times_start_at_the_plan),
        cmocka_unit_test(merging_equals_recording_together),
        cmocka_unit_test(samples_grow_and_merge),
        cmocka_unit_test(failures_have_kinds),
        cmocka_unit_test(milliseconds_have_three_digits),
        cmocka_unit_test(the_table_has_the_columns),
        cmocka_unit_test(the_json_has_the_keys),
        cmocka_unit_test(server_stats_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
