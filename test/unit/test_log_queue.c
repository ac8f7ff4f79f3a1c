/*
 * test_log_queue.c: the queue of log lines: what several threads log comes out whole,
 * in each one's order, and what is neither written nor dropped does not exist.
 */
#include "base/error.h"
#include "base/log_queue.h"

#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { THREADS = 4, EACH = 20000 };

struct entry {
    int thread;
    int number;
};

struct producer {
    pthread_t thread;
    struct log_queue *queue;
    int index;
    int dropped;
};

static size_t format_entry(const void *record, char line[LOG_LINE_SIZE])
{
    const struct entry *entry = record;
    return (size_t)snprintf(line, LOG_LINE_SIZE, "%d %d\n", entry->thread, entry->number);
}

static void *produce(void *cls)
{
    struct producer *producer = cls;
    for (int i = 0; i < EACH; i++) {
        struct entry *entry = log_queue_claim(producer->queue);
        if (!entry) {
            producer->dropped++;
            continue;
        }
        *entry = (struct entry){producer->index, i};
        log_queue_publish(producer->queue, entry);
    }
    return NULL;
}

/* The program's stderr, in a file while a test writes it. */
static FILE *file;
static int kept;

static int redirect(void **state)
{
    (void)state;
    file = tmpfile();
    kept = dup(STDERR_FILENO);
    return file && kept >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0 ? 0 : -1;
}

static int restore(void **state)
{
    (void)state;
    dup2(kept, STDERR_FILENO);
    close(kept);
    return fclose(file);
}

/* Counts the lines of the threads, which are in order, and what the drop lines tell. */
static void read_lines(int written[THREADS], int *told)
{
    static const char drops[] = "looplag: ";
    char line[LOG_LINE_SIZE];
    long last[THREADS] = {-1, -1, -1, -1};
    rewind(file);
    while (fgets(line, sizeof line, file)) {
        char *rest;
        if (!strncmp(line, drops, sizeof drops - 1)) {
            *told += (int)strtol(line + sizeof drops - 1, NULL, 10);
            continue;
        }
        long thread = strtol(line, &rest, 10);
        assert_int_equal(*rest, ' ');
        long number = strtol(rest, &rest, 10);
        assert_string_equal(rest, "\n");
        assert_in_range(thread, 0, THREADS - 1);
        assert_true(number > last[thread]);
        last[thread] = number;
        written[thread]++;
    }
}

static void lines_of_several_threads_are_written_or_counted(void **state)
{
    (void)state;
    struct log_queue *queue = log_queue_start(sizeof(struct entry), format_entry);
    assert_non_null(queue);
    struct producer producers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        producers[i] = (struct producer){.queue = queue, .index = i};
        assert_int_equal(pthread_create(&producers[i].thread, NULL, produce, &producers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(producers[i].thread, NULL);
    log_queue_stop(queue, INT64_C(60000000000));

    int written[THREADS] = {0};
    int told = 0;
    read_lines(written, &told);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(written[i] + producers[i].dropped, EACH);
        told -= producers[i].dropped;
    }
    assert_int_equal(told, 0);
}

static void an_idle_queue_ends_at_once(void **state)
{
    (void)state;
    struct log_queue *queue = log_queue_start(1, format_entry);
    assert_non_null(queue);
    log_queue_stop(queue, INT64_C(60000000000));
    log_queue_stop(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_of_several_threads_are_written_or_counted, redirect,
                                        restore),
        cmocka_unit_test(an_idle_queue_ends_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
