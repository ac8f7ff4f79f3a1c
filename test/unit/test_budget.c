/* test_budget.c: base/budget.c, shared by processes, and base/memory.c, which gives its default. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/budget.h"
#include "base/error.h"
#include "base/memory.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void what_is_taken_is_missing_until_it_is_given_back(void **state)
{
    (void)state;
    const struct budget budget = {budget_new(100, 2), 1};
    assert_non_null(budget.counts);
    assert_int_equal(budget_take(&budget, 60, 0), 0);
    assert_int_equal(budget_take(&budget, 41, 0), BUDGET_FULL);
    assert_int_equal(budget_take(&budget, 40, 60), 0);
    assert_int_equal(budget_take(&budget, 1, 0), BUDGET_FULL);
    assert_int_equal(budget_read(budget.counts).held, 100);
    assert_int_equal(budget_read(budget.counts).limit, 100);
    budget_give(&budget, 60);
    assert_int_equal(budget_take(&budget, 1, 0), 0);
    assert_int_equal(budget_read(budget.counts).held, 41);
    budget_free(budget.counts);
    budget_free(NULL);
}

static void what_no_budget_could_hold_is_told_apart(void **state)
{
    (void)state;
    const struct budget budget = {budget_new(100, 1), 0};
    assert_int_equal(budget_take(&budget, 101, 0), BUDGET_NEVER);
    assert_int_equal(budget_take(&budget, UINT64_MAX, 1), BUDGET_NEVER);
    assert_int_equal(budget_take(&budget, 50, 51), BUDGET_NEVER);
    assert_int_equal(budget_take(&budget, 50, 50), 0);
    budget_free(budget.counts);
    const struct budget none = {0};
    assert_int_equal(budget_take(&none, UINT64_MAX, 0), 0);
    budget_give(&none, 5);
}

/* What another process took counts here, too, until it is forgotten. */
static void a_process_that_died_holds_nothing(void **state)
{
    (void)state;
    const struct budget ours = {budget_new(100, 2), 0};
    const struct budget theirs = {ours.counts, 1};
    const pid_t child = fork();
    if (child == 0)
        _exit(budget_take(&theirs, 70, 0));
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(budget_take(&ours, 31, 0), BUDGET_FULL);
    assert_int_equal(budget_take(&ours, 30, 0), 0);
    budget_forget(ours.counts, 1);
    assert_int_equal(budget_read(ours.counts).held, 30);
    budget_forget(NULL, 0);
    budget_free(ours.counts);
}

static void put(const char *folder, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void make(const char *folder, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static int take_away(const char *path, const struct stat *stat, int kind, struct FTW *walk)
{
    (void)stat, (void)kind, (void)walk;
    return remove(path);
}

static uint64_t limit_in(const char *folder)
{
    char membership[256];
    snprintf(membership, sizeof membership, "%s/cgroup", folder);
    return memory_cgroup_limit(membership, folder);
}

static void the_least_limit_of_all_groups_around_us_counts(void **state)
{
    (void)state;
    char folder[] = "/tmp/looplag-budget-XXXXXX";
    static const char *const folders[] = {"a", "a/b", "memory", "memory/m"};
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < ARRAY_LENGTH(folders); i++)
        make(folder, folders[i]);
    assert_true(limit_in(folder) == UINT64_MAX);
    put(folder, "cgroup", "0::/a/b\n");
    assert_true(limit_in(folder) == UINT64_MAX);
    put(folder, "a/b/memory.max", "max\n");
    put(folder, "a/memory.max", "700\n");
    put(folder, "memory.max", "900\n");
    assert_int_equal(limit_in(folder), 700);
    put(folder, "a/b/memory.max", "500\n");
    assert_int_equal(limit_in(folder), 500);
    put(folder, "cgroup", "9:cpu:/m\n4:memory:/m\n0::/gone\n");
    put(folder, "memory/m/memory.limit_in_bytes", "300\n");
    assert_int_equal(limit_in(folder), 300);
    put(folder, "cgroup", "nonsense\n");
    assert_true(limit_in(folder) == UINT64_MAX);
    assert_int_equal(nftw(folder, take_away, 8, FTW_DEPTH | FTW_PHYS), 0);
    assert_true(memory_limit() > 0 && memory_limit() < UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken_is_missing_until_it_is_given_back),
        cmocka_unit_test(what_no_budget_could_hold_is_told_apart),
        cmocka_unit_test(a_process_that_died_holds_nothing),
        cmocka_unit_test(the_least_limit_of_all_groups_around_us_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
