/* Requests that hold their loop: told once when they are over, and once while a hold goes on. */
#include "http/held.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { MS = 1000000 };

struct fixture {
    struct stats *stats;
    struct held_log log;
    pthread_mutex_t lock;
    FILE *file;
    int kept_stderr;
};

static void begin(struct fixture *fixture, int64_t warn_ns)
{
    fixture->file = tmpfile();
    assert_non_null(fixture->file);
    fixture->kept_stderr = dup(STDERR_FILENO);
    dup2(fileno(fixture->file), STDERR_FILENO);
    fixture->stats = stats_new(1, 1);
    fixture->log = (struct held_log){access_log_new(fixture->stats, false), warn_ns};
    pthread_mutex_init(&fixture->lock, NULL);
}

/* Ends the log, and reads what it has written. */
static void end(struct fixture *fixture, char *text, size_t size)
{
    access_log_free(fixture->log.log);
    stats_free(fixture->stats);
    dup2(fixture->kept_stderr, STDERR_FILENO);
    close(fixture->kept_stderr);
    rewind(fixture->file);
    text[fread(text, 1, size - 1, fixture->file)] = '\0';
    fclose(fixture->file);
    pthread_mutex_destroy(&fixture->lock);
}

static int count(const char *text, const char *piece)
{
    int found = 0;
    for (const char *at = text; (at = strstr(at, piece)); at++)
        found++;
    return found;
}

static void a_request_is_told_once_with_its_longest_hold(void **state)
{
    (void)state;
    struct fixture fixture;
    struct held held = {0};
    char text[4096];
    const struct hold_time longer = {.wall_ns = 200 * MS, .cpu_ns = 150 * MS};
    const struct hold_time long_enough = {.wall_ns = 101 * MS, .cpu_ns = 101 * MS};
    const struct hold_time shorter = {.wall_ns = 100 * MS, .cpu_ns = 100 * MS};
    begin(&fixture, 100 * MS);
    held_open(&held, "id-1", "/ping", 1000);
    held_end(&held, &shorter, &fixture.lock);
    held_begin(&held, 2000);
    held_bytes(&held, 77);
    held_end(&held, &longer, &fixture.lock);
    held_begin(&held, 3000);
    held_end(&held, &long_enough, &fixture.lock);
    held_close(&held, &fixture.log);
    held_open(&held, "id-2", "/pong", 4000);
    held_end(&held, &longer, &fixture.lock);
    held_close(&held, &fixture.log);
    held_open(&held, "id-3", "/ping", 5000);
    held_end(&held, &shorter, &fixture.lock);
    held_close(&held, &fixture.log);
    end(&fixture, text, sizeof text);
    assert_int_equal(count(text, "\n"), 2);
    assert_non_null(strstr(text,
                           "WARNING - id-1          | held /ping | 0.200000s, 0.150000s of CPU, "
                           "77 bytes\n"));
    assert_non_null(strstr(text,
                           "WARNING - id-2          | held /pong | 0.200000s, 0.150000s of CPU, "
                           "0 bytes\n"));
}

static void one_that_goes_on_is_told_meanwhile(void **state)
{
    (void)state;
    struct fixture fixture;
    struct held held = {0};
    char text[4096];
    const struct hold_time longer = {.wall_ns = 3000 * (int64_t)MS, .cpu_ns = 2000 * (int64_t)MS};
    begin(&fixture, 100 * MS);
    held_look(&held, &fixture.log, INT64_C(9000) * MS); /* in no callback */
    held_open(&held, "stuck", "/ping", 1000 * MS);
    held_look(&held, &fixture.log, INT64_C(2000) * MS);
    held_look(&held, &fixture.log, INT64_C(2100) * MS);
    held_look(&held, &fixture.log, INT64_C(2200) * MS);
    held_end(&held, &longer, &fixture.lock);
    held_look(&held, &fixture.log, INT64_C(9000) * MS);
    held_close(&held, &fixture.log);
    end(&fixture, text, sizeof text);
    assert_int_equal(count(text, "holds /ping | 1.100000s so far, 0 bytes\n"), 1);
    assert_int_equal(count(text, "held /ping | 3.000000s"), 1);
    assert_int_equal(count(text, "\n"), 2);
}

static void nothing_is_told_where_it_is_off(void **state)
{
    (void)state;
    struct fixture fixture;
    struct held held = {0};
    char text[4096];
    const struct hold_time longer = {.wall_ns = 300 * MS};
    begin(&fixture, 0);
    held_open(&held, "id", "/ping", 1000 * MS);
    held_look(&held, &fixture.log, INT64_C(90000) * MS);
    held_end(&held, &longer, &fixture.lock);
    held_close(&held, &fixture.log);
    end(&fixture, text, sizeof text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_told_once_with_its_longest_hold),
        cmocka_unit_test(one_that_goes_on_is_told_meanwhile),
        cmocka_unit_test(nothing_is_told_where_it_is_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
