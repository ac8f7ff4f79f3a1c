/* test_plan_file.c: plans: what is read of one, and what is written. */
#include "base/error.h"
#include "made.h"
#include "plan/options_parse.h"
#include "plan/plan_read.h"
#include "plan/plan_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

static char plan_path[] = "/tmp/test_plan_file.XXXXXX";

static int open_plan(void **state)
{
    (void)state;
    int fd = mkstemp(plan_path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_plan(void **state)
{
    (void)state;
    return unlink(plan_path);
}

/* Parses a command line with the plan, "load" and what follows it. */
static int parse(struct options *options, char *error, const char *command, const char *more)
{
    static struct words words;
    char line[256];
    snprintf(line, sizeof line, "%s --plan=%s %s", command, plan_path, more);
    words_split(&words, line);
    return options_parse(options, words.argc, words.argv, error);
}

static void write_plan(const char *text)
{
    FILE *file = fopen(plan_path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void a_plan_is_read(void **state)
{
    (void)state;
    static struct options options;
    char error[OPTIONS_ERROR_SIZE] = "";
    write_plan(
        "{\"options\": {\"duration\": 3, \"keepalive\": true, \"header\": [\"A: b\", \"C: d\"]},"
        " \"classes\": [{\"name\": \"a\", \"size\": \"1KiB\", \"rate\": 50, \"large\": true},"
        " {\"name\": \"b\", \"method\": \"GET\", \"interval\": 0.25, \"headers\": [\"E:  f\"]}]}");
    if (parse(&options, error, "load", "-HG:h"))
        fail_msg("%s", error);
    assert_int_equal(options.duration_ns, INT64_C(3000000000));
    assert_true(options.keepalive);
    assert_int_equal(options.header_count, 3);
    assert_string_equal(options.headers[1], "C: d");
    assert_string_equal(options.headers[2], "G:h");
    assert_int_equal(options.class_count, 2);
    assert_int_equal(options.classes[0].interval_ns, 20000000);
    assert_int_equal(options.classes[0].large, SAID_YES);
    assert_int_equal(options.classes[1].interval_ns, 250000000);
    assert_string_equal(options.classes[1].headers, "E: f");
    options_deinit(&options);

    write_plan("{\"systems\": [{\"label\": \"a\", \"flags\": \"--mode=threads\", \"headers\": "
               "[\"A: b\"]}]}");
    assert_int_equal(parse(&options, error, "compare", ""), 0);
    assert_int_equal(options.system_count, 1);
    assert_string_equal(options.systems[0].label, "a");
    assert_int_equal(options.mode_count, 0);
    assert_string_equal(options.systems[0].headers[0], "A: b");
    assert_null(options.systems[0].headers[1]);
    options_deinit(&options);
}

static void a_plan_is_written(void **state)
{
    (void)state;
    static struct options options;
    char error[OPTIONS_ERROR_SIZE] = "";
    write_plan("{}");
    assert_int_equal(parse(&options, error, "load",
                           "--print-plan --rounds=2 --rounds=3 --details -HX-Key:a "
                           "--class=a:size=1KiB,rate=50,header=B=c"),
                     0);
    json_t *plan = json_loads(options.printed_plan, 0, NULL);
    json_t *wanted = json_loads(
        "{\"options\": {\"rounds\": \"3\", \"header\": [\"X-Key:***\"]}, \"classes\": [{\"name\": "
        "\"a\", \"size\": \"1024B\", \"interval\": \"0.02\", \"arrival\": \"open\", \"headers\": "
        "[\"B: c\"]}]}",
        0, NULL);
    if (!json_equal(plan, wanted))
        fail_msg("%s", options.printed_plan);
    json_decref(plan);
    json_decref(wanted);
    options_deinit(&options);
    options_deinit(&options);
}

static void a_wrong_plan_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *told;
    } cases[] = {
        {"", "it is empty"},
        {"{", "line 1 is no JSON"},
        {"[]", "the document is no object"},
        {"{\"classes\": [{\"name\": \"a\", \"size\": true}]}", "classes[0].size"},
        {"{\"classes\": [{\"name\": \"a\", \"name\": \"b\"}]}", "duplicate"},
        {"{\"options\": {\"rounds\": {}}}", "options.rounds: expected a text"},
        {"{\"options\": {\"rounds\": 0}}", "options.rounds: --rounds=0: expected"},
        {"{\"systems\": [{\"label\": \"a\", \"flags\": \"--mode=a\", \"colour\": 1}]}",
         "systems[0].colour"},
        {"{\"systems\": [{\"label\": \"a\", \"flags\": \"--mode=a\", \"headers\": [\"b\"]}]}",
         "systems[0].headers: expected a header"},
        {"{\"systems\": [{\"label\": \"a\", \"flags\": \"--mode=a\", \"headers\": [{}]}]}",
         "systems[0].headers: expected a text"},
        {"{\"systems\": [{\"label\": \"a\", \"flags\": \"mode\"}]}",
         "systems[0].flags: --system=a:mode"},
    };
    static struct options options;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char error[OPTIONS_ERROR_SIZE] = "";
        write_plan(cases[i].text);
        assert_int_equal(parse(&options, error, "compare", ""), OPTIONS_INVALID);
        if (!strstr(error, cases[i].told) || !strstr(error, plan_path))
            fail_msg("'%s' is told as '%s'", cases[i].text, error);
        options_deinit(&options);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_is_read),
        cmocka_unit_test(a_plan_is_written),
        cmocka_unit_test(a_wrong_plan_is_told),
    };
    return cmocka_run_group_tests(tests, open_plan, remove_plan);
}
