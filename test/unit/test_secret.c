/* test_secret.c: what is masked in texts of every kind, and what is not. */
#include "base/error.h"
#include "plan/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void check(const char *text, const char *wanted)
{
    struct buffer out = {0};
    secret_mask(text, &out);
    buffer_append(&out, "", 1);
    assert_int_equal(out.error, 0);
    if (strcmp(out.data, wanted) != 0)
        fail_msg("'%s' is masked as '%s', not '%s'", text, out.data, wanted);
    assert_int_equal(secret_is_in(text), strcmp(text, wanted) != 0);
    buffer_deinit(&out);
}

static void secrets_are_masked(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"Authorization: Bearer abc", "Authorization: ***"},
        {"authorization:Digest username=\"x\", response=\"y\"", "authorization:***"},
        {"Cookie: a=1; b=2", "Cookie: ***"},
        {"X-Api-Key: abc", "X-Api-Key: ***"},
        {"-HX-Auth-Token:abc", "-HX-Auth-Token:***"},
        {"X-Forwarded: Bearer abc.def", "X-Forwarded: Bearer ***"},
        {"http://user:pa:ss@h:80/x", "http://***@h:80/x"},
        {"--base-url=https://user@h/", "--base-url=https://***@h/"},
        {"/x?access_token=abc&page=2", "/x?access_token=***&page=2"},
        {"/x?page=2&PASSWORD=abc#top", "/x?page=2&PASSWORD=***#top"},
        {"api:header=Authorization=Bearer a\\,b,rate=5", "api:header=Authorization=***,rate=5"},
        {"api:header=Cookie=a=1; b=2,rate=5", "api:header=Cookie=***,rate=5"},
        {"api:endpoint=/x?key=abc,rate=5", "api:endpoint=/x?key=***,rate=5"},
        {"api:endpoint=/x?key=a\\,b,rate=5", "api:endpoint=/x?key=***,rate=5"},
        {"--endpoints=/x?key=abc,/y?key=a,b", "--endpoints=/x?key=***,/y?key=***"},
        {"http://h/x?a=1&key=a,b;c&d=2", "http://h/x?a=1&key=***&d=2"},
        {"mine:server --api-key abc --port {port}", "mine:server --api-key *** --port {port}"},
        {"mine:server --token='a b' -v", "mine:server --token='***' -v"},
        {"env SECRET_A=abc server", "env SECRET_A=*** server"},
        {"{\"token\": \"a\\\"b\", \"n\": 5}", "{\"token\": \"***\", \"n\": 5}"},
        {"{\"password\":\"abc\"}", "{\"password\":\"***\"}"},
        {"{'password': 'abc', 'n': 5}", "{'password': '***', 'n': 5}"},
        {"{\"input\": \"{\\\"token\\\": \\\"a\\\\\\\"b\\\", \\\"n\\\": 5}\"}",
         "{\"input\": \"{\\\"token\\\": \\\"***\\\", \\\"n\\\": 5}\"}"},
        {"{\"key\": \"ends with \\\\\", \"n\": 5}", "{\"key\": \"***\", \"n\": 5}"},
        {"mine:server \"--api-key\" abc", "mine:server \"--api-key\" ***"},
        {"My-Credentials: abc\r\nHost: h", "My-Credentials: ***\r\nHost: h"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        check(cases[i][0], cases[i][1]);
}

static void other_texts_stay(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "http://h:80/a@b",
        "Host: a.test",
        "--keepalive=on",
        "--key=client.pem",
        "--key client.pem",
        "small:size=1KiB,rate=50",
        "the key is missing",
        "monkey business",
        "--token --port 5",
        "Basic",
        "unknown option '--api-key' here",
        "unknown option '--keyfile': did you mean --key?",
        "no 'key' of that name",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
        check(texts[i], texts[i]);
}

static void what_was_learned_is_masked_everywhere(void **state)
{
    (void)state;
    check("you sent swordfish-7", "you sent swordfish-7");
    secret_learn("Authorization: Bearer swordfish-7");
    secret_learn("Cookie: short");
    check("you sent swordfish-7, twice: swordfish-7", "you sent ***, twice: ***");
    check("what is short stays", "what is short stays");
    secret_forget();
    check("you sent swordfish-7", "you sent swordfish-7");
}

static void texts_are_wiped_in_their_place(void **state)
{
    (void)state;
    char text[] = "Authorization: Bearer a long secret that is gone";
    secret_hide(text, sizeof text);
    assert_string_equal(text, "Authorization: ***");
    for (size_t i = strlen(text); i < sizeof text; i++)
        assert_int_equal(text[i], '\0');
    char tight[] = "X-Key: a";
    secret_hide(tight, sizeof tight);
    assert_string_equal(tight, "X-Key: *");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_are_masked),
        cmocka_unit_test(other_texts_stay),
        cmocka_unit_test(what_was_learned_is_masked_everywhere),
        cmocka_unit_test(texts_are_wiped_in_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
