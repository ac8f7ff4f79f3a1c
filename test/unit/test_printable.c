/* test_printable.c: what a terminal and a table of Markdown can't show is replaced. */
#include "plan/printable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void what_cannot_be_shown_is_replaced(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},           {"alice <a@example.com> ~/x", "alice <a@example.com> ~/x"},
        {"a|b", "a?b"},     {"\x1b[2Jgone\r\n\t", "?[2Jgone???"},
        {"\x7f", "?"},      {"J\xc3\xb6rg", "J??rg"},
        {"\x9b\xff", "??"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "%s", cases[i][0]);
        printable_make(text);
        assert_string_equal(text, cases[i][1]);
    }
}

static void only_control_characters_are_hidden(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"a|b J\xc3\xb6rg \xc2\xb0 \xe2\x82\xac", "a|b J\xc3\xb6rg \xc2\xb0 \xe2\x82\xac"},
        {"\x1b[2Jgone\r\n\t\x7f", "?[2Jgone????"},
        {"\xc2\x9b[2J\xc2\x80\xc2\xa0", "??[2J??\xc2\xa0"},
        {"cut \xc2", "cut \xc2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "%s", cases[i][0]);
        printable_hide_controls(text);
        assert_string_equal(text, cases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_shown_is_replaced),
        cmocka_unit_test(only_control_characters_are_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
