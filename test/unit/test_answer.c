/*
 * test_answer.c: the answer on one screen: what it says of each kind of
 * effect, and that nothing makes it wider or longer than that; and how
 * Markdown becomes columns that fit.
 */
#include "analysis/findings.h"
#include "base/error.h"
#include "made.h"
#include "report/answer.h"
#include "report/answer_sentences.h"
#include "report/answer_table.h"
#include "report/wrap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 5, LINES_MOST = 24 };

/* What the small requests of a system take, ms: their rounds scatter by `scatter` percent. */
struct system {
    const char *label;
    double alone, with;
    unsigned scatter;
    unsigned lost; /* of each window with large ones, without a good reply */
    enum trait one_loop;
    unsigned memory_mb;
};

struct fixture {
    struct made made;
    struct findings findings;
    struct buffer text;
};

static void lose(struct class_stats *stats, unsigned count, double ms)
{
    const struct outcome outcome = {
        .kind = OUTCOME_TIMEOUT, .sent_ns = made_ns(1000), .end_ns = made_ns(1000 + ms)};
    for (unsigned i = 0; i < count; i++)
        class_stats_record(stats, made_ns(1000), &outcome);
    stats->planned += count;
}

static void fill(struct made *made, size_t system, const struct system *wanted)
{
    static const double steps[ROUNDS] = {-1, -0.5, 0, 0.5, 1};
    struct cell *small = made_small(made, system);
    struct cell *large = made_large(made, system);
    struct subject *subject = &made->result.subjects[system];
    snprintf(small->label, sizeof small->label, "%s", wanted->label);
    snprintf(large->label, sizeof large->label, "%s", wanted->label);
    snprintf(subject->label, sizeof subject->label, "%s", wanted->label);
    subject->memory_peak_bytes = wanted->memory_mb * 1000000ULL;
    small->traits.one_loop = wanted->one_loop;
    small->body_bytes = 1117;
    large->body_bytes = 27000000;
    for (unsigned round = 0; round < made->options.rounds; round++) {
        double with = wanted->with * (1 + steps[round % ROUNDS] * wanted->scatter / 100);
        const unsigned many = 400 - wanted->lost;
        if (wanted->alone > 0)
            made_add_window(small, round, true, 1000, 1, (const unsigned[]){400}, &wanted->alone);
        made_add_window(small, round, false, 1000, 1, &many, &with);
        lose(&small->windows[small->window_count - 1].stats, wanted->lost, 2000);
        lose(&small->stats, wanted->lost, 2000);
        made_add_window(large, round, false, 1000, 1, (const unsigned[]){2}, (const double[]){500});
    }
}

/* Nothing may make the answer wider than a window; `lines`: nor longer. */
static void assert_fits(const struct buffer *text, size_t lines)
{
    size_t count = 0;
    for (const char *at = text->data; *at; count++) {
        size_t width = 0;
        for (; *at != '\n'; at++) {
            assert_int_not_equal(*at, '\0');
            width += ((unsigned char)*at & 0xc0) != 0x80;
        }
        at++;
        if (width > ANSWER_WIDTH)
            fail_msg("%zu columns in\n%s", width, text->data);
    }
    if (count > lines)
        fail_msg("%zu lines:\n%s", count, text->data);
}

static void conclude(struct fixture *fixture, bool blocks)
{
    assert_int_equal(findings_make(&fixture->findings, &fixture->made.result), 0);
    answer_text(&fixture->findings, blocks, WRAP_WIDTH, &fixture->text);
    assert_int_equal(buffer_append(&fixture->text, "", 1), 0);
}

static void make(struct fixture *fixture, const char *command, size_t count,
                 const struct system *wanted)
{
    memset(fixture, 0, sizeof *fixture);
    made_init(&fixture->made, command, count);
    for (size_t i = 0; i < count; i++)
        fill(&fixture->made, i, &wanted[i]);
    conclude(fixture, false);
}

static void unmake(struct fixture *fixture)
{
    buffer_deinit(&fixture->text);
    findings_deinit(&fixture->findings);
    made_deinit(&fixture->made);
}

/* Whether the text holds the words, wherever its lines are broken. */
static bool says(const struct fixture *fixture, const char *words)
{
    char flat[8192];
    assert_in_range(fixture->text.length, 1, sizeof flat);
    for (size_t i = 0; i < fixture->text.length; i++)
        flat[i] = (char)(fixture->text.data[i] == '\n' ? ' ' : fixture->text.data[i]);
    return strstr(flat, words);
}

static void assert_says(const struct fixture *fixture, const char *words)
{
    if (!says(fixture, words))
        fail_msg("'%s' is not in:\n%s", words, fixture->text.data);
}

static void assert_does_not_say(const struct fixture *fixture, const char *words)
{
    if (says(fixture, words))
        fail_msg("'%s' is in:\n%s", words, fixture->text.data);
}

#define COMPARE "compare --rounds=5 --duration=10"

static void one_loop_suffers_and_others_are_not_shown_to(void **state)
{
    (void)state;
    const struct system systems[] = {
        {"select", 1, 900, 10, 0, TRAIT_YES, 230},
        {"threads", 1, 1.05, 40, 0, TRAIT_NO, 223},
        {"stream", 1, 1.02, 40, 0, TRAIT_YES, 5},
        {"pool", 1, 300, 10, 0, TRAIT_NO, 225},
    };
    struct fixture fixture;
    make(&fixture, COMPARE, ARRAY_LENGTH(systems), systems);
    assert_fits(&fixture.text, LINES_MOST);
    assert_says(&fixture, "Small: 1.1 kB, 250 a second. Large: 27 MB, one client, 1 s after each "
                          "reply. ");
    assert_says(&fixture, "Small requests in ms: p99 alone -> with large ones, the longest with");
    assert_says(&fixture, "select /ping    1.00 -> 990       990  ###########  x 898 (");
    assert_says(&fixture, "threads /ping   1.00 -> 1.47     1.47  #            no change shown (");
    assert_says(&fixture, "The bar, on a log scale: how many times longer with large ones.");
    assert_says(&fixture, "In select /ping one event loop does everything, and small requests "
                          "waited behind large ones: the slowest took 990 ms.");
    assert_says(&fixture, "Slower, too: pool /ping (x 299). ");
    assert_says(&fixture, "No change was shown in threads /ping (223 MB of memory) and stream "
                          "/ping (5.0 MB). ");
    assert_does_not_say(&fixture, "parses bodies"); /* nobody told how */
    assert_does_not_say(&fixture, "Not trustworthy");
    assert_does_not_say(&fixture, "errors");
    unmake(&fixture);
}

/* What the others do is said once for each way, beside a system that slowed down. */
static void what_spares_them_is_said_as_it_is_told(void **state)
{
    (void)state;
    const struct system systems[] = {
        {"select", 1, 900, 10, 0, TRAIT_YES, 230},
        {"threads", 1, 1.05, 40, 0, TRAIT_NO, 223},
        {"own", 1, 1.04, 40, 0, TRAIT_NO, 223},
        {"stream", 1, 1.02, 40, 0, TRAIT_YES, 5},
    };
    for (size_t first = 0; first < 2; first++) { /* without the slow one nothing is said of it */
        struct fixture fixture = {.text = {0}};
        size_t count = ARRAY_LENGTH(systems) - first;
        made_init(&fixture.made, COMPARE, count);
        for (size_t i = 0; i < count; i++) {
            struct traits *traits = &made_small(&fixture.made, i)->traits;
            fill(&fixture.made, i, &systems[first + i]);
            traits->thread_per_connection = first + i == 1 || first + i == 2 ? TRAIT_YES : TRAIT_NO;
            traits->incremental = first + i == 3 ? TRAIT_YES : TRAIT_NO;
        }
        conclude(&fixture, false);
        assert_fits(&fixture.text, LINES_MOST);
        if (first == 0)
            assert_says(&fixture, "threads /ping has a thread for each connection, stream /ping "
                                  "parses bodies as they arrive. ");
        else
            assert_does_not_say(&fixture, "thread for each connection");
        unmake(&fixture);
    }
}

static void blocks_are_as_wide_as_ascii(void **state)
{
    (void)state;
    const struct system systems[] = {
        {"a", 1, 900, 10, 0, TRAIT_YES, 0},
        {"b", 1, 1.05, 40, 0, TRAIT_NO, 0},
        {"c", 1, 30, 10, 0, TRAIT_NO, 0},
    };
    struct fixture fixture;
    make(&fixture, COMPARE, ARRAY_LENGTH(systems), systems);
    buffer_clear(&fixture.text, SIZE_MAX);
    answer_text(&fixture.findings, true, WRAP_WIDTH, &fixture.text);
    buffer_append(&fixture.text, "", 1);
    assert_fits(&fixture.text, LINES_MOST);
    assert_says(&fixture, "\u2588\u2588\u2588");
    assert_says(&fixture, "\u258f               no change shown");
    assert_does_not_say(&fixture, "#");
    unmake(&fixture);
}

static void nothing_suffers(void **state)
{
    (void)state;
    const struct system systems[] = {{"a", 1, 1.01, 20, 0, TRAIT_YES, 0},
                                     {"b", 1, 1.02, 95, 0, TRAIT_NO, 0}};
    struct fixture fixture;
    make(&fixture, COMPARE, ARRAY_LENGTH(systems), systems);
    assert_says(&fixture, " No change was shown in a /ping and b /ping; up to x ");
    assert_says(&fixture, "is possible all the same, and a longer run (--duration) tells more.");
    assert_does_not_say(&fixture, "one event loop");
    assert_does_not_say(&fixture, "lower");
    unmake(&fixture);
}

static void everything_suffers(void **state)
{
    (void)state;
    const struct system systems[] = {{"a", 1, 9, 10, 0, TRAIT_UNKNOWN, 0},
                                     {"b", 1, 20, 10, 0, TRAIT_NO, 0},
                                     {"c", 1, 8, 10, 0, TRAIT_YES, 0}};
    struct fixture fixture;
    make(&fixture, COMPARE, ARRAY_LENGTH(systems), systems);
    assert_says(&fixture, "In b /ping small requests were slower beside large ones: the slowest "
                          "took 22.0 ms. Slower, too: a /ping (x 9.0) and c /ping (x 8.0).");
    assert_does_not_say(&fixture, "No change");
    assert_does_not_say(&fixture, "one event loop");
    unmake(&fixture);
}

/* A large request makes no other faster: it is told as it is, and as no merit. */
static void faster_is_told_as_it_is(void **state)
{
    (void)state;
    const struct system systems[] = {{"a", 10, 2, 5, 0, TRAIT_YES, 177}};
    struct fixture fixture;
    make(&fixture, COMPARE, 1, systems);
    assert_says(&fixture, "Faster beside large ones than alone: a /ping (177 MB of memory); one "
                          "such interval in twenty misses the truth, so that may be chance.");
    assert_does_not_say(&fixture, "waited");
    assert_does_not_say(&fixture, "No change");
    unmake(&fixture);
}

/* A percentile that falls among lost requests is at least what is known, and no time is told as
 * one. */
static void lost_requests_are_told(void **state)
{
    (void)state;
    const struct system systems[] = {{"a", 1, 1.5, 5, 40, TRAIT_YES, 0},
                                     {"b", 1, 1.01, 40, 0, TRAIT_NO, 0}};
    struct fixture fixture;
    make(&fixture, COMPARE, ARRAY_LENGTH(systems), systems);
    assert_fits(&fixture.text, LINES_MOST);
    assert_says(&fixture, "1.00 -> >= 2000  >= 2000");
    assert_says(&fixture, "x 2000 or more");
    assert_says(&fixture, "Over 1 % got no good reply beside large ones in a /ping.");
    assert_says(&fixture, "small: 200 errors (timeout 200) of 8000, in a /ping.");
    assert_does_not_say(&fixture, "waited");
    unmake(&fixture);
}

static void too_few_rounds_or_replies_tell_nothing(void **state)
{
    (void)state;
    const struct system systems[] = {{"a", 1, 900, 10, 0, TRAIT_YES, 0}};
    struct fixture fixture;
    make(&fixture, "compare --rounds=2 --duration=10", 1, systems);
    assert_says(&fixture, ", no interval");
    assert_says(&fixture, "Too few good replies or rounds to say what the large requests did: "
                          "measure for longer (--duration, --rounds).");
    unmake(&fixture);
    memset(&fixture, 0, sizeof fixture);
    made_init(&fixture.made, COMPARE, 1);
    made_add_alone(made_small(&fixture.made, 0), 3, 1);
    conclude(&fixture, false);
    assert_says(&fixture, "- -> -           -                  cannot be told");
    assert_says(&fixture, "-: too few replies to tell.");
    assert_says(&fixture, "Too few good replies");
    assert_says(&fixture, "Small: no body, ");
    unmake(&fixture);
}

static void several_classes_are_told_apart(void **state)
{
    (void)state;
    struct fixture fixture;
    memset(&fixture, 0, sizeof fixture);
    made_init(&fixture.made,
              "compare --rounds=5 --class=api:size=1KiB,interval=10ms,arrival=poisson "
              "--class=page:size=2KiB,interval=5s --class=upload:size=5MB,interval=0,conns=3,"
              "arrival=closed",
              2);
    const struct system systems[] = {{"a", 1, 90, 10, 0, TRAIT_YES, 7},
                                     {"b", 1, 1.05, 40, 0, TRAIT_NO, 8}};
    for (size_t i = 0; i < 2; i++)
        fill(&fixture.made, i, &systems[i]);
    for (size_t i = 0; i < 2;
         i++) { /* both classes of one system, and its large one in the other */
        fixture.made.result.cells[i].class = &fixture.made.options.classes[i];
        fixture.made.result.cells[2 + i].class = &fixture.made.options.classes[i ? 2 : 1];
    }
    fixture.made.result.cells[1].heavy = false;
    fixture.made.result.cells[1].has_baseline = true;
    conclude(&fixture, false);
    assert_fits(&fixture.text, LINES_MOST);
    assert_says(&fixture, "100 a second at random times. Page: ");
    assert_says(&fixture, "one every 5 s. Upload: ");
    assert_says(&fixture, "3 clients, each at once after each reply. ");
    assert_says(&fixture, "Other requests in ms");
    assert_says(&fixture, "a /ping api ");
    assert_says(&fixture, "b /ping page ");
    unmake(&fixture);
}

static void one_class_has_its_own_name(void **state)
{
    (void)state;
    const struct system systems[] = {{"a", 1, 90, 10, 0, TRAIT_YES, 7}};
    struct fixture fixture;
    make(&fixture,
         "compare --rounds=5 --class=api:size=1KiB,rate=50 --class=big:size=5MB,interval=1s", 1,
         systems);
    assert_says(&fixture, "Api requests in ms: p99");
    assert_says(&fixture, "and api requests waited behind large ones");
    assert_does_not_say(&fixture, "mall");
    unmake(&fixture);
}

/* The widest of everything: long labels, much lost, unlike figures, objectives, a late client. */
static void the_worst_case_fits(void **state)
{
    (void)state;
    const struct system systems[] = {
        {"a label of fifty-two characters, which is the most..", 0.001, 90000, 60, 0, TRAIT_YES, 9},
        {"another label of as many characters, or nearly as..", 1, 60000, 10, 10, TRAIT_NO, 9000},
        {"threads", 1, 1.05, 90, 0, TRAIT_NO, 12345},
        {"a third label of as many characters, or nearly as..", 1, 1.02, 80, 0, TRAIT_YES, 5},
    };
    struct fixture fixture;
    memset(&fixture, 0, sizeof fixture);
    made_init(&fixture.made, COMPARE " --slo=small:p99<50ms", ARRAY_LENGTH(systems));
    for (size_t i = 0; i < ARRAY_LENGTH(systems); i++)
        fill(&fixture.made, i, &systems[i]);
    for (unsigned i = 0; i < 2000; i++)
        histogram_record(&made_small(&fixture.made, 0)->stats.send_lag, made_ns(700));
    conclude(&fixture, true);
    assert_fits(&fixture.text, LINES_MOST);
    assert_says(&fixture, "a label of");
    assert_says(&fixture, "..");
    assert_says(&fixture, "SLO small:p99<50ms FAILED");
    assert_says(&fixture, "SLO small:p99<50ms met: threads /ping small: ");
    assert_says(&fixture, "small: 50 errors (timeout 50) of 16000, in ");
    unmake(&fixture);
}

static void a_late_client_is_told(void **state)
{
    (void)state;
    const struct system systems[] = {{"a", 1, 9, 10, 0, TRAIT_YES, 0},
                                     {"b", 1, 9, 10, 0, TRAIT_YES, 0}};
    struct fixture fixture;
    make(&fixture, COMPARE, 2, systems);
    fixture.findings.cells[2].audit.late = true;
    fixture.findings.cells[2].audit.lag_p99_ms = 7.5;
    fixture.findings.cells[2].audit.waits = 3;
    buffer_clear(&fixture.text, SIZE_MAX);
    answer_text(&fixture.findings, false, WRAP_WIDTH, &fixture.text);
    buffer_append(&fixture.text, "", 1);
    assert_says(&fixture, "Not trustworthy: the client itself was late in b /ping small, by up to "
                          "7.50 ms at p99. Raise the limit of open files (ulimit -n).");
    unmake(&fixture);
}

static void a_client_without_ports_is_told(void **state)
{
    (void)state;
    const struct system systems[] = {{"a", 1, 9, 10, 0, TRAIT_YES, 0},
                                     {"b", 1, 9, 10, 0, TRAIT_YES, 0}};
    struct fixture fixture;
    make(&fixture, COMPARE, 2, systems);
    struct cell *cell = &fixture.made.result.cells[2];
    cell->stats.errors[OUTCOME_LOCAL] = 3;
    assert_int_equal(audit_cell(cell, &fixture.findings.cells[2].audit), 0);
    assert_false(audit_is_good(&fixture.findings.cells[2].audit));
    buffer_clear(&fixture.text, SIZE_MAX);
    answer_trust(&fixture.findings, &fixture.text);
    buffer_append(&fixture.text, "", 1);
    assert_string_equal(fixture.text.data,
                        "Not trustworthy: the client's own machine could not open a connection for "
                        "3 requests, whatever the server did: no free port, descriptor or memory, "
                        "or no address of that kind. Use --keepalive or a lower rate.\n");
    unmake(&fixture);
}

static void without_a_baseline_each_class_has_a_line(void **state)
{
    (void)state;
    const struct system systems[] = {{"", 0, 9, 10, 4, TRAIT_UNKNOWN, 0}};
    struct fixture fixture;
    make(&fixture, "load --rounds=5 --duration=10", 1, systems);
    assert_fits(&fixture.text, LINES_MOST);
    assert_says(&fixture, "response times in ms                 replies     median        p99    "
                          "longest");
    assert_says(&fixture, "/ping small                             1980       9.00       9.90    "
                          ">= 2000");
    assert_says(&fixture, "/ping large                               10          -          -   "
                          "     500");
    assert_says(&fixture, "-: too few replies to tell.");
    assert_says(&fixture, "What large requests did to the others is not known without a "
                          "--baseline.");
    assert_says(&fixture, "small: 20 errors (timeout 20) of 2000, in /ping.");
    unmake(&fixture);
}

static void many_names_are_counted(void **state)
{
    (void)state;
    static const char *const wanted[] = {"",
                                         "a",
                                         "a and b",
                                         "a, b and c",
                                         "a, b, c and d",
                                         "a, b, c and 2 others",
                                         "a, b, c and 3 others"};
    for (size_t count = 0; count < ARRAY_LENGTH(wanted); count++) {
        struct buffer text = {0};
        struct answer_names names = {.count = count};
        for (size_t i = 0; i < count; i++)
            answer_name(&names, (const char[]){(char)('a' + (char)i), '\0'}, &text);
        buffer_append(&text, "", 1);
        assert_string_equal(text.data, wanted[count]);
        buffer_deinit(&text);
    }
}

static void assert_wrapped(const char *markdown, size_t width, const char *wanted)
{
    struct buffer text = {0};
    struct buffer out = {0};
    assert_int_equal(buffer_append_text(&text, markdown), 0);
    wrap_text(&text, width, &out);
    buffer_append(&out, "", 1);
    assert_string_equal(out.data, wanted);
    buffer_deinit(&text);
    buffer_deinit(&out);
}

static void lines_are_broken_between_words(void **state)
{
    (void)state;
    assert_wrapped("one two three\n\nfour\n", 8, "one two\nthree\n\nfour\n");
    assert_wrapped("one two", 7, "one two\n");
    assert_wrapped("a-word-that-stays-whole and\n", 5, "a-word-that-stays-whole\nand\n");
    assert_wrapped("blanks at the end   \n", 80, "blanks at the end\n");
    assert_wrapped("", 80, "");
}

static void tables_are_columns_that_fit(void **state)
{
    (void)state;
    static const char table[] = "| a   | b | long |\n"
                                "|-----|---|------|\n"
                                "| one | 1 | x    |\n"
                                "| two | 2 | yyyy |\n"
                                "below\n";
    assert_wrapped(table, 80, "a    b  long\none  1  x\ntwo  2  yyyy\nbelow\n");
    assert_wrapped(table, 12, "a    b  long\none  1  x\ntwo  2  yyyy\nbelow\n");
    assert_wrapped(table, 11, "a    b\none  1\ntwo  2\n\na    long\none  x\ntwo  yyyy\nbelow\n");
    /* Rows that the first column does not tell apart have the next one in each part, too. */
    assert_wrapped("| a | b | c |\n|---|---|---|\n| x | 1 | p |\n| x | 2 | q |\n", 4,
                   "a  b  c\nx  1  p\nx  2  q\n");
    assert_wrapped("| a | b | c | d |\n|---|---|---|---|\n| x | 1 | p | r |\n| x | 2 | q | s |\n",
                   7, "a  b  c\nx  1  p\nx  2  q\n\na  b  d\nx  1  r\nx  2  s\n");
    assert_wrapped("| only |\n|------|\n", 80, "only\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_loop_suffers_and_others_are_not_shown_to),
        cmocka_unit_test(what_spares_them_is_said_as_it_is_told),
        cmocka_unit_test(blocks_are_as_wide_as_ascii),
        cmocka_unit_test(nothing_suffers),
        cmocka_unit_test(everything_suffers),
        cmocka_unit_test(faster_is_told_as_it_is),
        cmocka_unit_test(lost_requests_are_told),
        cmocka_unit_test(too_few_rounds_or_replies_tell_nothing),
        cmocka_unit_test(several_classes_are_told_apart),
        cmocka_unit_test(one_class_has_its_own_name),
        cmocka_unit_test(the_worst_case_fits),
        cmocka_unit_test(a_late_client_is_told),
        cmocka_unit_test(a_client_without_ports_is_told),
        cmocka_unit_test(without_a_baseline_each_class_has_a_line),
        cmocka_unit_test(many_names_are_counted),
        cmocka_unit_test(lines_are_broken_between_words),
        cmocka_unit_test(tables_are_columns_that_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
