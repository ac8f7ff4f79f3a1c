/* Tests of src/base/option and src/base/nearest: rows, command lines, what is said of wrong ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/nearest.h"
#include "base/option.h"

enum color { RED, GREEN };

struct target {
    bool loud;
    bool lamp;
    const char *name;
    unsigned count;
    uint64_t size;
    int64_t time;
    enum color color;
    char own[8];
    char reason[32];
};

static int acted;

static void act(const char *text)
{
    acted = text ? 2 : 1;
}

static const char *color_name(size_t index)
{
    static const char *const names[] = {"red", "green", NULL};
    return names[index];
}

static const char *set_own(void *target, const char *text)
{
    struct target *values = target;
    snprintf(values->own, sizeof values->own, "%s", text ? text : "none");
    if (text && strcmp(text, "bad") == 0) {
        snprintf(values->reason, sizeof values->reason, "'%s' is not good", text);
        return values->reason;
    }
    return NULL;
}

enum { ONE = 1, TWO = 2 };

#define AT(member) offsetof(struct target, member)

static const struct option_row rows[] = {
    {.name = "loud", .letter = 'l', .kind = OPTION_YES, .at = AT(loud), .help = "is loud"},
    {.name = "no-lamp", .kind = OPTION_NO, .at = AT(lamp), .help = "no light"},
    {.name = "name",
     .letter = 'n',
     .argument = "NAME",
     .standard = "nobody",
     .kind = OPTION_TEXT,
     .at = AT(name),
     .help = "what it is called"},
    {.name = "count",
     .argument = "N",
     .standard = "3",
     .kind = OPTION_COUNT,
     .at = AT(count),
     .low = 1,
     .high = 9,
     .commands = ONE,
     .help = "how many"},
    {.name = "count",
     .argument = "N",
     .standard = "5",
     .kind = OPTION_COUNT,
     .at = AT(count),
     .high = 5,
     .commands = TWO,
     .help = "how many of two"},
    {.name = "size",
     .argument = "SIZE",
     .standard = "1KiB",
     .kind = OPTION_SIZE,
     .at = AT(size),
     .help = "how large"},
    {.name = "time",
     .argument = "TIME",
     .kind = OPTION_DURATION,
     .at = AT(time),
     .low = NS_PER_MS,
     .help = "how long"},
    {.name = "color",
     .argument = "COLOR",
     .standard = "green",
     .kind = OPTION_CHOICE,
     .at = AT(color),
     .choice = color_name,
     .help = "of what color"},
    {.name = "own", .argument = "TEXT", .set = set_own, .optional = true, .help = "its own"},
    {.name = "act",
     .argument = "HOW",
     .optional = true,
     .kind = OPTION_ACT,
     .act = act,
     .choice = color_name,
     .help = "acts"},
    {.name = "secret", .kind = OPTION_ACT, .hidden = true, .help = "not told"},
};

static const struct option_command commands[] = {
    {"one", "the first", ONE, false},
    {"two", "the second", TWO, true},
};

static const struct option_table table = {rows, ARRAY_LENGTH(rows), commands,
                                          ARRAY_LENGTH(commands)};

struct line {
    struct target target;
    struct option_reader reader;
    const char *words[2];
};

static int read_line(struct line *line, unsigned command, const char *text)
{
    static char copy[256];
    char *argv[16];
    int argc = 0;
    char *position = NULL;
    memset(line, 0, sizeof *line);
    snprintf(copy, sizeof copy, "program %s", text);
    for (char *word = strtok_r(copy, " ", &position); word; word = strtok_r(NULL, " ", &position))
        argv[argc++] = word;
    argv[argc] = NULL;
    line->reader = (struct option_reader){
        .table = &table,
        .command = command,
        .hint = "see help",
        .target = &line->target,
        .words = line->words,
        .words_most = ARRAY_LENGTH(line->words),
    };
    return option_read(&line->reader, argc, argv);
}

static void defaults_are_the_rows(void **state)
{
    (void)state;
    struct line line;
    assert_int_equal(read_line(&line, ONE, ""), 0);
    assert_false(line.target.loud);
    assert_true(line.target.lamp);
    assert_string_equal(line.target.name, "nobody");
    assert_int_equal(line.target.count, 3);
    assert_int_equal(line.target.size, 1024);
    assert_int_equal(line.target.time, 0);
    assert_int_equal(line.target.color, GREEN);
    assert_int_equal(line.reader.said_count, 0);
    assert_int_equal(read_line(&line, TWO, ""), 0);
    assert_int_equal(line.target.count, 5);
}

static void each_form_is_read(void **state)
{
    (void)state;
    struct line line;
    assert_int_equal(
        read_line(&line, ONE, "a --count=9 -ln x --size 2MB --no-lamp --time=2 --color red b"), 0);
    assert_int_equal(line.target.count, 9);
    assert_true(line.target.loud);
    assert_false(line.target.lamp);
    assert_string_equal(line.target.name, "x");
    assert_int_equal(line.target.size, 2000000);
    assert_int_equal(line.target.time, 2 * NS_PER_S);
    assert_int_equal(line.target.color, RED);
    assert_int_equal(line.reader.word_count, 2);
    assert_string_equal(line.words[1], "b");
    assert_true(option_given(&line.reader, "count"));
    assert_false(option_given(&line.reader, "own"));

    assert_int_equal(read_line(&line, ONE, "-nx=y --own -- --loud -"), 0);
    assert_string_equal(line.target.name, "x=y");
    assert_string_equal(line.target.own, "none");
    assert_false(line.target.loud);
    assert_string_equal(line.words[0], "--loud");
    assert_string_equal(line.words[1], "-");
    assert_int_equal(read_line(&line, TWO, "--count=0 --own=mine"), 0);
    assert_string_equal(line.target.own, "mine");
    assert_true(option_given(&line.reader, "count"));
}

static void an_act_ends_the_reading(void **state)
{
    (void)state;
    struct line line;
    assert_int_equal(read_line(&line, ONE, "--act --bogus"), OPTION_DONE);
    assert_int_equal(acted, 1);
    assert_int_equal(read_line(&line, ONE, "--act=red"), OPTION_DONE);
    assert_int_equal(acted, 2);
    assert_int_equal(read_line(&line, ONE, "--secret"), OPTION_DONE);
}

static void wrong_lines_are_explained(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        const char *told;
    } cases[] = {
        {"--cont=5", "unknown option '--cont=5': did you mean --count? see help"},
        {"--coutn", "did you mean --count?"},
        {"--coun", "unknown option '--coun': did you mean --count?"},
        {"--no", "did you mean --no-lamp?"},
        {"--elephant", "unknown option '--elephant': see help"},
        {"--secre", "unknown option '--secre': see help"},
        {"-x", "unknown option '-x': see help"},
        {"-lx", "unknown option '-lx': see help"},
        {"--loud=1", "--loud takes no value: see help"},
        {"--name", "--name needs a value: see help"},
        {"-n", "-n needs a value: see help"},
        {"--name=", "--name=: expected a text that is not empty"},
        {"--count=10", "--count=10: expected a whole number from 1 to 9"},
        {"--size=0", "--size=0: expected a size"},
        {"--time=0", "--time=0: expected a time of 1ms or more"},
        {"--color=gren", "--color=gren: expected red or green; did you mean green?"},
        {"--color=blue", "--color=blue: expected red or green"},
        {"--act=how", "--act=how: expected red or green"},
        {"--own=bad", "--own=bad: 'bad' is not good"},
        {"a b c", "unexpected argument 'c': see help"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct line line;
        assert_int_equal(read_line(&line, ONE, cases[i].words), OPTION_INVALID);
        if (!strstr(line.reader.error, cases[i].told))
            fail_msg("'%s' is told as '%s'", cases[i].words, line.reader.error);
    }
}

static void the_nearest_name_is_meant(void **state)
{
    (void)state;
    static const char *const names[] = {"load", "compare", "report",
                                        "diff", "sweep",   "no-keepalive"};
    static const struct {
        const char *word;
        const char *meant;
    } cases[] = {
        {"lod", "load"},
        {"laod", "load"},
        {"compar", "compare"},
        {"repotr", "report"},
        {"swee", "sweep"},
        {"di", "diff"},
        {"d", NULL},
        {"help", NULL},
        {"xyz", NULL},
        {"", NULL},
        {"nokeepalive", "no-keepalive"},
        {"keepalive", "no-keepalive"},
        {"loadloadloadloadloadloadloadloadload", NULL},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct nearest nearest = {.word = cases[i].word, .length = strlen(cases[i].word)};
        for (size_t k = 0; k < ARRAY_LENGTH(names); k++)
            nearest_try(&nearest, names[k]);
        if (!cases[i].meant)
            assert_null(nearest.found);
        else if (!nearest.found || strcmp(nearest.found, cases[i].meant) != 0)
            fail_msg("%s is taken for %s", cases[i].word,
                     nearest.found ? nearest.found : "nothing");
    }
    const char *meant = NULL;
    assert_ptr_equal(option_find_command(&table, "two", &meant), &commands[1]);
    assert_null(option_find_command(&table, "tow", &meant));
    assert_string_equal(meant, "two");
}

/* What a function prints; to be freed. */
static char *printed(void (*print)(FILE *out))
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    print(out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void print_help(FILE *out)
{
    option_print_help(&table, TWO, out);
}

static void print_rows(FILE *out)
{
    option_print_rows(&table, out);
}

static void rows_are_printed(void **state)
{
    (void)state;
    char *help = printed(print_help);
    assert_non_null(strstr(help, "  --count=N               how many of two (5)\n"));
    assert_non_null(strstr(help, "  -n, --name=NAME         what it is called (nobody)\n"));
    assert_non_null(strstr(help, "  --own[=TEXT]            its own\n"));
    assert_non_null(strstr(help, "  --color=red|green       of what color (green)\n"));
    assert_null(strstr(help, "secret"));
    assert_null(strstr(help, "how many (3)"));
    char *told = printed(print_rows);
    assert_non_null(strstr(told, "command\ttwo\tyes\tthe second\n"));
    assert_non_null(
        strstr(told, "option\tone,two\tn\tname\tNAME\trequired\tnobody\t-\twhat it is called\n"));
    assert_non_null(strstr(told, "option\tone\t-\tcount\tN\trequired\t3\t-\thow many\n"));
    assert_non_null(strstr(told, "\toptional\t-\t-\tits own\n"));
    assert_non_null(strstr(told, "\tgreen\tred|green\tof what color\n"));
    assert_null(strstr(told, "secret"));
    free(help);
    free(told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_the_rows),     cmocka_unit_test(each_form_is_read),
        cmocka_unit_test(an_act_ends_the_reading),   cmocka_unit_test(wrong_lines_are_explained),
        cmocka_unit_test(the_nearest_name_is_meant), cmocka_unit_test(rows_are_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
