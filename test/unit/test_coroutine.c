/* test_coroutine.c: switches, an end in the middle, deep stacks, kept stacks, and the page that
 * traps. */
#include "base/coroutine.h"
#include "base/error.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* What a coroutine under test has done so far. */
struct count {
    struct coroutine *coroutine;
    int steps;
    int last;
};

static void count_to_last(void *cls)
{
    struct count *count = cls;
    for (; count->steps < count->last; count->steps++)
        coroutine_yield(count->coroutine);
}

static void begin(struct count *count, int last)
{
    *count = (struct count){.last = last};
    count->coroutine = coroutine_new(count_to_last, count);
    assert_non_null(count->coroutine);
}

static void it_runs_when_it_is_resumed(void **state)
{
    (void)state;
    struct count count;
    begin(&count, 3);
    for (int i = 0; i <= 3; i++) {
        assert_int_equal(count.steps, i ? i - 1 : 0);
        assert_false(coroutine_ended(count.coroutine));
        coroutine_resume(count.coroutine);
    }
    assert_int_equal(count.steps, 3);
    assert_true(coroutine_ended(count.coroutine));
    coroutine_free(count.coroutine);
    coroutine_free(NULL);
}

static void several_take_turns(void **state)
{
    (void)state;
    enum { MANY = 50 };
    static struct count counts[MANY];
    for (int i = 0; i < MANY; i++)
        begin(&counts[i], i);
    for (int turn = 0; turn < MANY; turn++) {
        for (int i = turn; i < MANY; i++)
            coroutine_resume(counts[i].coroutine);
    }
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(counts[i].steps, i);
        assert_true(coroutine_ended(counts[i].coroutine));
        coroutine_free(counts[i].coroutine);
    }
}

/* Wherever it is: before its first step, in the middle, at its end. The next one has its stack. */
static void it_is_freed_wherever_it_is(void **state)
{
    (void)state;
    for (int resumes = 0; resumes <= 3; resumes++) {
        for (int times = 0; times < 100; times++) {
            struct count count;
            begin(&count, 2);
            for (int i = 0; i < resumes; i++)
                coroutine_resume(count.coroutine);
            assert_int_equal(coroutine_ended(count.coroutine), resumes == 3);
            coroutine_free(count.coroutine);
            assert_int_equal(count.steps, resumes ? resumes - 1 : 0);
        }
    }
}

static void so_many_stacks_are_kept_and_no_more(void **state)
{
    (void)state;
    enum { MANY = 100 };
    static struct count counts[MANY];
    for (int i = 0; i < MANY; i++)
        begin(&counts[i], 1);
    assert_int_equal(coroutine_stacks_kept(), 0);
    for (int i = 0; i < MANY; i++)
        coroutine_free(counts[i].coroutine);
    const unsigned kept = coroutine_stacks_kept();
    assert_in_range(kept, 1, MANY - 1);
    struct count count;
    begin(&count, 1);
    assert_int_equal(coroutine_stacks_kept(), kept - 1);
    coroutine_free(count.coroutine);
    assert_int_equal(coroutine_stacks_kept(), kept);
}

/* A function that needs much of the stack, and its own coroutine. */
struct dive {
    struct coroutine *coroutine;
    size_t bytes;
    size_t sum;
};

/* Touches every page. Not inlined: each level has a frame of its own. */
static __attribute__((noinline)) size_t touch(size_t bytes, struct coroutine *coroutine)
{
    enum { FRAME = 4096 };
    volatile char frame[FRAME];
    for (size_t i = 0; i < FRAME; i += FRAME / 4) /* so that no compiler makes the frame smaller */
        frame[i] = (char)bytes;
    if (bytes > FRAME) {
        size_t deeper = touch(bytes - FRAME, coroutine);
        return deeper + (size_t)frame[bytes % FRAME]; /* or a loop of the calls */
    }
    if (coroutine)
        coroutine_yield(coroutine);
    return 1;
}

static void dive(void *cls)
{
    struct dive *dive = cls;
    dive->sum = touch(dive->bytes, dive->coroutine);
}

static void the_stack_is_as_large_as_is_told(void **state)
{
    (void)state;
    assert_true(coroutine_stack_size() >= (900 << 10)); /* jansson's 2,048 levels, and a document */
    for (int freed_deep = 0; freed_deep < 2; freed_deep++) {
        struct dive deep = {.bytes = coroutine_stack_size() / 2};
        deep.coroutine = coroutine_new(dive, &deep);
        assert_non_null(deep.coroutine);
        coroutine_resume(deep.coroutine);
        if (!freed_deep)
            coroutine_resume(deep.coroutine);
        assert_int_equal(coroutine_ended(deep.coroutine), !freed_deep);
        coroutine_free(deep.coroutine);
    }
}

/* In a child process, which ends by it. */
static void the_page_below_the_stack_traps(void **state)
{
    (void)state;
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(STDERR_FILENO); /* what a sanitizer says of it */
        struct dive deep = {.bytes = 2 * coroutine_stack_size()};
        deep.coroutine = coroutine_new(dive, &deep);
        if (deep.coroutine)
            coroutine_resume(deep.coroutine);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
}

static void *resume_in_a_thread(void *cls)
{
    struct count *count = cls;
    coroutine_resume(count->coroutine);
    return NULL;
}

static void it_goes_on_in_another_thread(void **state)
{
    (void)state;
    struct count count;
    begin(&count, 3);
    for (int i = 0; i < 4; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, resume_in_a_thread, &count), 0);
        pthread_join(thread, NULL);
        assert_int_equal(count.steps, i < 3 ? i : 3);
    }
    assert_true(coroutine_ended(count.coroutine));
    coroutine_free(count.coroutine);
}

static void *use_many(void *cls)
{
    (void)cls;
    for (int i = 0; i < 2000; i++) {
        struct count count = {.last = 2};
        count.coroutine = coroutine_new(count_to_last, &count);
        for (int k = 0; count.coroutine && k < i % 4; k++)
            coroutine_resume(count.coroutine);
        coroutine_free(count.coroutine);
    }
    return NULL;
}

static void threads_share_the_stacks_that_are_kept(void **state)
{
    (void)state;
    pthread_t threads[4];
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_many, NULL), 0);
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++)
        pthread_join(threads[i], NULL);
    assert_in_range(coroutine_stacks_kept(), 1, 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_runs_when_it_is_resumed),
        cmocka_unit_test(several_take_turns),
        cmocka_unit_test(it_is_freed_wherever_it_is),
        cmocka_unit_test(so_many_stacks_are_kept_and_no_more),
        cmocka_unit_test(the_stack_is_as_large_as_is_told),
        cmocka_unit_test(the_page_below_the_stack_traps),
        cmocka_unit_test(it_goes_on_in_another_thread),
        cmocka_unit_test(threads_share_the_stacks_that_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
