/*
 * test_plan.c: the small forms of the command line: URLs, systems with a
 * label, commands, probes, and the ways to share requests out between pods.
 */
#include "base/clock.h"
#include "base/error.h"
#include "plan/balance.h"
#include "plan/command_words.h"
#include "plan/probe_plan.h"
#include "plan/system_spec.h"
#include "plan/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void urls_are_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *scheme;
        const char *host;
        const char *port;
    } cases[] = {
        {"http://localhost", "http", "localhost", "80"},
        {"https://a.example", "https", "a.example", "443"},
        {"http://127.0.0.1:8000/", "http", "127.0.0.1", "8000"},
        {"HTTP://h:80/base/path", "http", "h", "80"},
        {"http://[::1]:9", "http", "[::1]", "9"},
        {"http://user:secret@h:1/", "http", "h", "1"},
        {"http://h:1?a=b", "http", "h", "1"},
        {"http://h/x/?a=http://b:2/", "http", "h", "80"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct url url;
        if (!url_parse(&url, cases[i].text))
            fail_msg("'%s' is refused", cases[i].text);
        assert_string_equal(url.scheme, cases[i].scheme);
        assert_string_equal(url.host, cases[i].host);
        assert_string_equal(url.port, cases[i].port);
        url_deinit(&url);
        url_deinit(&url);
        assert_null(url.host);
        assert_true(url_is_base(cases[i].text));
    }
}

static void what_is_no_base_url_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "localhost",
        "localhost:8000",
        "ftp://h",
        "file:///etc/passwd",
        "http://",
        "http://h:99999",
        "http://h:x",
        "http://h/#",
        "http://h/a b",
        "http://?a=b",
        "http://h/?a=b#c",
        "http://h/?a= b",
        "unix:/run/sock",
        "http:/h", /* libcurl takes these, but nothing else finds their host */
        "http:///h",
        "http:/user:secret@h/",
        "http://user:sec\"ret@h/",
        "http://user:sec'ret@h/",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct url url;
        bool taken = url_parse(&url, bad[i]);
        url_deinit(&url);
        if (taken || url_is_base(bad[i]))
            fail_msg("'%s' is taken", bad[i]);
    }
    char longest[URL_SIZE] = "http://h/";
    memset(longest + 9, 'x', URL_SIZE / 2 - 9); /* a request's path has to fit behind it */
    assert_false(url_is_base(longest));
    longest[URL_SIZE / 2 - 1] = '\0';
    assert_true(url_is_base(longest));
}

static void commands_are_cut_into_words(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *words; /* each in brackets; NULL: it is refused */
    } cases[] = {
        {"", ""},
        {" \t ", ""},
        {"a", "[a]"},
        {"  a  b\tc\n", "[a][b][c]"},
        {"python3 -m 'my app' --port={port}", "[python3][-m][my app][--port={port}]"},
        {"'a'\"b\"c", "[abc]"},
        {"'' \"\"", "[][]"},
        {"'a\\b'", "[a\\b]"},
        {"\"a \\\" \\\\ \\n\"", "[a \" \\ \\n]"},
        {"a\\ b \\'c", "[a b]['c]"},
        {"a\\", "[a\\]"},
        {"$HOME *.c | x > y && ~ `d`", "[$HOME][*.c][|][x][>][y][&&][~][`d`]"},
        {"\"'\" '\"'", "['][\"]"},
        {"'a", NULL},
        {"a \"b 'c'", NULL},
        {"\"a\\\"", NULL},
    };
    struct command_words words;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char found[256] = "";
        size_t used = 0;
        if (command_words_split(&words, cases[i].text) != (cases[i].words != NULL))
            fail_msg("'%s' is %s", cases[i].text, cases[i].words ? "refused" : "taken");
        for (size_t w = 0; cases[i].words && w < words.count; w++)
            used += (size_t)snprintf(found + used, sizeof found - used, "[%s]", words.list[w]);
        if (cases[i].words)
            assert_string_equal(found, cases[i].words);
    }
}

static void commands_have_bounds(void **state)
{
    (void)state;
    struct command_words words;
    char text[COMMAND_WORDS_SIZE + 1];
    memset(text, 'a', sizeof text);
    text[COMMAND_WORDS_SIZE] = '\0';
    assert_false(command_words_split(&words, text));
    text[COMMAND_WORDS_SIZE - 1] = '\0';
    assert_true(command_words_split(&words, text));
    assert_int_equal(strlen(words.list[0]), COMMAND_WORDS_SIZE - 1);
    for (size_t i = 0; i <= COMMAND_WORDS_MOST; i++)
        memcpy(text + 2 * i, "a ", 3);
    assert_false(command_words_split(&words, text));
    text[2 * COMMAND_WORDS_MOST] = '\0';
    assert_true(command_words_split(&words, text));
    assert_int_equal(words.count, COMMAND_WORDS_MOST);
    assert_null(words.list[COMMAND_WORDS_MOST]);
}

static bool takes(enum system_spec_kind kind, const char *text, struct system_spec *spec)
{
    return system_spec_parse(kind, text, spec) == NULL;
}

static void assert_refused(enum system_spec_kind kind, const char *const *texts, size_t count)
{
    struct system_spec spec;
    for (size_t i = 0; i < count; i++) {
        if (takes(kind, texts[i], &spec))
            fail_msg("'%s' is taken", texts[i]);
    }
}

static void systems_have_a_label_and_flags(void **state)
{
    (void)state;
    const enum system_spec_kind kind = SYSTEM_SPEC_FLAGS;
    struct system_spec spec;
    assert_true(takes(kind, "two lanes:--mode=threads --large-limit=2", &spec));
    assert_int_equal(spec.kind, kind);
    assert_string_equal(spec.label, "two lanes");
    assert_string_equal(spec.text, "--mode=threads --large-limit=2");
    assert_true(takes(kind, "a: --mode=pool", &spec)); /* blanks before the flags */
    assert_true(takes(kind, "a:--x=b:c", &spec));      /* the first colon ends the label */
    assert_string_equal(spec.text, "--x=b:c");
    static const char *const bad[] = {
        "",
        "a",
        ":--mode=x",
        " a:--mode=x",
        "a :--mode=x",
        "a|b:--mode=x",
        "a\tb:--mode=x",
        "a:",
        "a:mode",
        "a:-m",
        "a:--port=1",
        "a:--mode=x --port 1",
        "a:--mode=x --host=::",
        "a:--mode='x",
    };
    assert_refused(kind, bad, ARRAY_LENGTH(bad));
    /* A label gets " keep-alive" behind it, which has to fit; so have the flags. */
    char text[SYSTEM_LABEL_SIZE + SYSTEM_FLAGS_SIZE];
    int most = SYSTEM_LABEL_SIZE - (int)sizeof " keep-alive" - 1;
    snprintf(text, sizeof text, "%0*d:--x", most, 1);
    assert_true(takes(kind, text, &spec));
    assert_int_equal(strlen(spec.label), most);
    snprintf(text, sizeof text, "%0*d:--x", most + 1, 1);
    assert_false(takes(kind, text, &spec));
    snprintf(text, sizeof text, "%0*d:--x", 2 * SYSTEM_LABEL_SIZE, 1);
    assert_false(takes(kind, text, &spec));
    snprintf(text, sizeof text, "a:--%0*d", SYSTEM_FLAGS_SIZE - 3, 1);
    assert_true(takes(kind, text, &spec));
    snprintf(text, sizeof text, "a:--%0*d", SYSTEM_FLAGS_SIZE - 2, 1);
    assert_false(takes(kind, text, &spec));
}

static void systems_have_a_label_and_a_url(void **state)
{
    (void)state;
    struct system_spec spec;
    assert_true(takes(SYSTEM_SPEC_URL, "mine:http://localhost:8000/v1", &spec));
    assert_string_equal(spec.label, "mine");
    assert_string_equal(spec.text, "http://localhost:8000/v1");
    assert_true(takes(SYSTEM_SPEC_URL, "six:https://[::1]", &spec));
    static const char *const bad[] = {"",         "a",         "a:",          "a:b",
                                      "http://x", "a:ftp://x", "a|b:http://x"};
    assert_refused(SYSTEM_SPEC_URL, bad, ARRAY_LENGTH(bad));
}

static void systems_have_a_label_and_a_command(void **state)
{
    (void)state;
    struct system_spec spec;
    assert_true(takes(SYSTEM_SPEC_COMMAND, "mine:uvicorn app:app --port {port}", &spec));
    assert_string_equal(spec.label, "mine");
    assert_string_equal(spec.text, "uvicorn app:app --port {port}");
    assert_int_equal(spec.port, 0);
    assert_true(takes(SYSTEM_SPEC_COMMAND, "a:b --fd={fd}", &spec));
    assert_true(takes(SYSTEM_SPEC_COMMAND, "my own@8001:./server", &spec));
    assert_string_equal(spec.label, "my own");
    assert_string_equal(spec.text, "./server");
    assert_int_equal(spec.port, 8001);
    static const char *const bad[] = {
        "",      "a",         "a:",          ":b {port}", "a:b",    "a@:b",
        "a@0:b", "a@65536:b", "a@x:b",       "a@80@x:b",  "@80:b",  "a|b:c {port}",
        "a@80:", "a@80: ",    "a:'b {port}", "a @80:b",   "a@-1:b", "a@8o:b {port}",
    };
    assert_refused(SYSTEM_SPEC_COMMAND, bad, ARRAY_LENGTH(bad));
}

static void probes_are_parsed(void **state)
{
    (void)state;
    struct probe_plan plan;
    assert_int_equal(probe_plan_parse("period=2s,timeout=500ms,failures=5,path=/readyz", &plan), 0);
    assert_true(plan.wanted);
    assert_int_equal(plan.period_ns, 2 * NS_PER_S);
    assert_int_equal(plan.timeout_ns, 500 * NS_PER_MS);
    assert_int_equal(plan.failures, 5);
    assert_string_equal(plan.path, "/readyz");
    assert_int_equal(probe_plan_parse("failures=1", &plan), 0);
    assert_int_equal(plan.period_ns, NS_PER_S);
    assert_int_equal(plan.timeout_ns, NS_PER_S);
    assert_string_equal(plan.path, "/healthz");
    assert_int_equal(probe_plan_parse("period=10ms,timeout=1ms", &plan), 0); /* the shortest */
    static const char *const bad[] = {
        "",           "period",        "period=x",   "period=9ms",
        "timeout=0",  "timeout=999us", "failures=0", "failures=1001",
        "failures=a", "path=x",        "colour=red", "period=1,,failures=2",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        if (probe_plan_parse(bad[i], &plan) != PROBE_PLAN_INVALID)
            fail_msg("'%s' is taken", bad[i]);
    }
    char path[PROBE_PATH_SIZE + 16] = "path=/";
    memset(path + 6, 'x', PROBE_PATH_SIZE - 2);
    assert_int_equal(probe_plan_parse(path, &plan), 0);
    path[6 + PROBE_PATH_SIZE - 2] = 'x';
    assert_int_equal(probe_plan_parse(path, &plan), PROBE_PLAN_INVALID);
}

/* The names that are told are those that are known, and no others. */
static void balances_have_rows(void **state)
{
    (void)state;
    char names[] = BALANCE_NAMES;
    size_t count = 0;
    char *position = NULL;
    for (char *name = strtok_r(names, ", ", &position); name;
         name = strtok_r(NULL, ", ", &position)) {
        if (strcmp(name, "or") == 0)
            continue;
        const struct balance *balance = balance_find(name);
        assert_non_null(balance);
        assert_string_equal(balance->name, name);
        assert_int_equal(balance->split, strcmp(name, "split") == 0);
        assert_string_equal(balance->rule, balance->split ? "leastconn" : name);
        count++;
    }
    assert_int_equal(count, 5);
    assert_null(balance_find("round"));
    assert_null(balance_find(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_taken_apart),
        cmocka_unit_test(what_is_no_base_url_is_refused),
        cmocka_unit_test(systems_have_a_label_and_flags),
        cmocka_unit_test(systems_have_a_label_and_a_url),
        cmocka_unit_test(systems_have_a_label_and_a_command),
        cmocka_unit_test(commands_are_cut_into_words),
        cmocka_unit_test(commands_have_bounds),
        cmocka_unit_test(probes_are_parsed),
        cmocka_unit_test(balances_have_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
