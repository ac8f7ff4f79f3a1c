/*
 * test_diagnosis.c: what small requests met, by hand; what servers of known
 * patterns are told, from counts that chance gives them; and how a ladder is climbed.
 */
#include "analysis/climb.h"
#include "analysis/diagnosis.h"
#include "analysis/exposure.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MS NS_PER_MS

/* --- what small requests met ------------------------------------------------ */

struct made_ladder {
    struct samples small;
    struct samples large;
    struct ladder_step steps[8];
    size_t count;
};

static void made_ladder_deinit(struct made_ladder *made)
{
    samples_deinit(&made->small);
    samples_deinit(&made->large);
}

/* Times in ms; a reply's first byte comes with its last. */
static void add(struct samples *samples, int window, enum outcome_kind kind, double sent,
                double uploaded, double end)
{
    const struct sample row = {
        .window = window,
        .outcome = {.kind = kind,
                    .sent_ns = llround(sent * MS),
                    .uploaded_ns = llround(uploaded * MS),
                    .first_byte_ns = llround(end * MS),
                    .end_ns = llround(end * MS)},
    };
    assert_int_equal(samples_add(samples, &row), 0);
}

static void add_small(struct made_ladder *made, int window, double sent, double end)
{
    add(&made->small, window, OUTCOME_OK, sent, 0, end);
}

/* A first window of 21 small requests of 1 to 3 ms, their median 2 ms. */
static void make_alone(struct made_ladder *made)
{
    memset(made, 0, sizeof *made);
    made->count = 1;
    for (int i = 0; i <= 20; i++)
        add_small(made, 1, 10 * i, 10 * i + 1 + i * 0.1);
}

static int add_step(struct made_ladder *made, unsigned large)
{
    made->steps[made->count++].large = large;
    return (int)made->count;
}

static const struct exposure *count_up(const struct made_ladder *made, struct exposures *exposures,
                                       unsigned large)
{
    assert_int_equal(
        exposures_make(exposures, &made->small, &made->large, made->steps, made->count), 0);
    const struct exposure *row = exposures_find(exposures, large);
    assert_non_null(row);
    return row;
}

static void assert_near(double value, double expected)
{
    if (fabs(value - expected) > 1e-6)
        fail_msg("%g is not %g", value, expected);
}

/* A large request that is in hand from 120 to 520 ms: patience is 100 ms. */
static void stuck_is_who_waits_for_the_end(void **state)
{
    (void)state;
    CLEANUP(made_ladder_deinit)
    struct made_ladder made;
    static struct exposures exposures;
    make_alone(&made);
    int one = add_step(&made, 1);
    add(&made.large, one, OUTCOME_OK, 100, 120, 520);
    add_small(&made, one, 110, 530); /* its body was not yet in hand */
    add_small(&made, one, 130, 521); /* stuck */
    add_small(&made, one, 200, 490); /* stuck: 290 of 320 ms, whose reply is read a little later */
    add_small(&made, one, 210, 480); /* slowed: 270 of 310 ms */
    add_small(&made, one, 300, 302); /* free */
    add_small(&made, one, 310, 314); /* free: 4 ms are no more than twice the median */
    add_small(&made, one, 430, 521); /* it had to wait for 90 ms at most: no witness */
    add(&made.small, one, OUTCOME_CONNECT, 320, 0, 600);
    add(&made.small, one, OUTCOME_INTERRUPTED, 330, 0, 600); /* stuck: so long was seen */
    add(&made.small, one, OUTCOME_INTERRUPTED, 340, 0, 400); /* what became of it is not known */
    const struct exposure *row = count_up(&made, &exposures, 1);
    assert_false(exposures.whole);
    assert_near(row->in_hand_ms, 400);
    assert_near(row->large_ms, 420);
    assert_near(row->patience_ms, 100);
    assert_int_equal(row->small_sent, 10);
    assert_int_equal(row->small_failed, 1);
    assert_int_equal(row->large_sent, 1);
    assert_int_equal(row->large_failed, 0);
    assert_int_equal(row->met[1], 6);
    assert_int_equal(row->met_all, 6);
    assert_int_equal(row->stuck[1], 3);
    assert_int_equal(row->slowed, 1);
    assert_int_equal(row->free.count, 3);
    assert_near(row->free.median, 4);
    const struct exposure *alone = exposures_find(&exposures, 0);
    assert_near(alone->small.median, 2);
    assert_near(alone->small.p95, 2.9);
    assert_int_equal(alone->met_all, 0);
    assert_ptr_equal(exposures_first(&exposures), row);
}

/* Two windows with the same number are one row; with two in hand the first to end counts. */
static void windows_are_kept_apart(void **state)
{
    (void)state;
    CLEANUP(made_ladder_deinit)
    struct made_ladder made;
    static struct exposures exposures;
    make_alone(&made);
    for (int again = 0; again < 2; again++) {
        int two = add_step(&made, 2);
        add(&made.large, two, OUTCOME_OK, 100, 100, 500);
        add(&made.large, two, OUTCOME_OK, 100, 200, 900);
        add(&made.large, two, OUTCOME_HTTP_5XX, 100, 100, 100.5); /* refused: it stops nobody */
        add_small(&made, two, 150, 500);                          /* one in hand */
        add_small(&made, two, 250, 500);                          /* two, stuck with the first */
        add_small(&made, two, 260, 900);                          /* with the second */
        add_small(&made, two, 270, 271);
    }
    const struct exposure *row = count_up(&made, &exposures, 2);
    assert_int_equal(exposures.count, 2);
    assert_int_equal(row->met[1], 2);
    assert_int_equal(row->stuck[1], 2);
    assert_int_equal(row->met[2], 6);
    assert_int_equal(row->stuck[2], 4);
    assert_int_equal(row->large_sent, 6);
    assert_int_equal(row->large_failed, 2);
}

/* A body that is handled as it comes is hardly in hand: its whole time counts. */
static void streams_are_seen_whole(void **state)
{
    (void)state;
    CLEANUP(made_ladder_deinit)
    struct made_ladder made;
    static struct exposures exposures;
    make_alone(&made);
    int one = add_step(&made, 1);
    add(&made.large, one, OUTCOME_OK, 100, 142, 150);
    add(&made.large, one, OUTCOME_OK, 150, 192, 200);
    add_small(&made, one, 105, 107); /* 45 ms are left */
    add_small(&made, one, 145, 147); /* 5 ms */
    const struct exposure *row = count_up(&made, &exposures, 1);
    assert_true(exposures.whole);
    assert_near(row->in_hand_ms, 50);
    assert_near(row->patience_ms, 12.5);
    assert_int_equal(row->met[1], 1);
    assert_int_equal(row->stuck[1], 0);
}

/* --- what servers are told -------------------------------------------------- */

enum server { ONE_LOOP, BLIND, QUEUES, IDLE, NOBODY, HALF };

static double share_of(enum server server, unsigned workers, unsigned in_hand)
{
    switch (server) {
    case ONE_LOOP:
        return 0.98;
    case BLIND:
        return fmin((double)in_hand / workers, 0.98);
    case QUEUES:
        return 1 - pow(1 - 1.0 / workers, in_hand);
    case IDLE:
        return in_hand < workers ? 0.01 : 0.95;
    case HALF:
        return 0.5; /* whatever is in hand */
    default:
        return 0.005;
    }
}

/* Steps with 1, 2, 4, ... up to `most` large ones, all of them in hand; `met` small ones in each.
 */
static void draw(struct exposures *exposures, enum server server, unsigned workers, unsigned most,
                 unsigned met, uint64_t *random)
{
    memset(exposures, 0, sizeof *exposures);
    exposures->rows[exposures->count++] =
        (struct exposure){.small = {100, 2, 1.9, 2.1, 3, 4}, .small_sent = 100};
    for (unsigned large = 1; large <= most; large *= 2) {
        struct exposure *row = &exposures->rows[exposures->count++];
        *row = (struct exposure){.large = large,
                                 .large_ms = 500,
                                 .in_hand_ms = 450,
                                 .met_all = met,
                                 .free = {met, 2, 1.9, 2.1, 3, 4}};
        row->met[large] = met;
        for (unsigned i = 0; i < met; i++)
            row->stuck[large] += random_unit(random) < share_of(server, workers, large);
        row->stuck_all = row->stuck[large];
    }
}

/*
 * Of 100 draws the kind is right in 97 or more, the number of workers in the range that is told in
 * 90 or more. Where it is told with more than 99 %, it is wrong in none.
 */
static void kinds_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        enum server server;
        unsigned workers;
        unsigned most;
        unsigned met;
        enum diagnosis_kind kind;
    } cases[] = {
        {ONE_LOOP, 0, 2, 30, DIAGNOSIS_ONE_LOOP},
        {ONE_LOOP, 0, 16, 400, DIAGNOSIS_ONE_LOOP},
        {BLIND, 2, 4, 100, DIAGNOSIS_BLIND},
        {BLIND, 3, 4, 200, DIAGNOSIS_BLIND},
        {BLIND, 4, 4, 200, DIAGNOSIS_BLIND},
        {BLIND, 8, 8, 300, DIAGNOSIS_BLIND},
        {QUEUES, 2, 4, 100, DIAGNOSIS_BLIND},
        {QUEUES, 3, 4, 200, DIAGNOSIS_BLIND},
        {QUEUES, 4, 4, 200, DIAGNOSIS_BLIND},
        {IDLE, 2, 4, 60, DIAGNOSIS_IDLE},
        {IDLE, 4, 8, 100, DIAGNOSIS_IDLE},
        {IDLE, 12, 16, 100, DIAGNOSIS_IDLE},
        {NOBODY, 0, 16, 60, DIAGNOSIS_THREADS},
        {NOBODY, 0, 1, 300, DIAGNOSIS_UNCLEAR},
        /* or two workers and more */ {NOBODY, 0, 2, 300, DIAGNOSIS_THREADS},
        {IDLE, 32, 16, 100, DIAGNOSIS_THREADS}, /* not seen: none of them waits */
        {HALF, 0, 16, 200, DIAGNOSIS_UNCLEAR},
    };
    static struct exposures exposures;
    uint64_t random = 7;
    for (size_t c = 0; c < ARRAY_LENGTH(cases); c++) {
        unsigned right = 0;
        unsigned within = 0;
        for (int i = 0; i < 100; i++) {
            draw(&exposures, cases[c].server, cases[c].workers, cases[c].most, cases[c].met,
                 &random);
            struct diagnosis told = diagnosis_make(&exposures);
            double all = 0;
            for (int kind = 0; kind < DIAGNOSIS_KINDS; kind++)
                all += told.probability[kind];
            assert_near(all, 1);
            right += told.kind == cases[c].kind;
            within += told.kind == cases[c].kind && told.workers_low <= cases[c].workers &&
                      told.workers_high >= cases[c].workers;
            if (told.kind != cases[c].kind && diagnosis_is_sure(&told))
                fail_msg("case %zu, draw %d: surely kind %d", c, i, told.kind);
            assert_int_equal(told.workers > 0, diagnosis_has_workers(told.kind));
        }
        if (right < 97 || (diagnosis_has_workers(cases[c].kind) && within < 90))
            fail_msg("case %zu: %u right, %u within", c, right, within);
    }
}

/* A step: what large ones took and were in hand for, and by their number in hand {met, stuck}. */
struct piled_step {
    unsigned large;
    unsigned sent;
    double large_ms;
    double in_hand_ms;
    unsigned counts[9][2];
};

static struct diagnosis told_of_steps(const struct piled_step *steps, size_t count)
{
    static struct exposures exposures;
    memset(&exposures, 0, sizeof exposures);
    exposures.rows[exposures.count++] =
        (struct exposure){.small = {100, 2, 1.9, 2.1, 3, 4}, .small_sent = 100};
    for (size_t i = 0; i < count; i++) {
        struct exposure *row = &exposures.rows[exposures.count++];
        *row = (struct exposure){.large = steps[i].large,
                                 .large_sent = steps[i].sent,
                                 .large_ms = steps[i].large_ms,
                                 .in_hand_ms = steps[i].in_hand_ms};
        for (unsigned w = 1; w <= 8; w++) {
            row->met[w] = steps[i].counts[w][0];
            row->stuck[w] = steps[i].counts[w][1];
        }
    }
    return diagnosis_make(&exposures);
}

/*
 * Workers at one socket, as two servers were seen: pool with two workers (--balance=mhd), where one
 * held all large requests until there were eight of them, and gunicorn with four, where a worker
 * was free for most of the time. Neither is threads, and two are not five.
 */
static void workers_who_pile_up_are_seen(void **state)
{
    (void)state;
    static const struct piled_step two[] = {
        {1, 13, 306, 289, {[1] = {298, 0}}},
        {2, 12, 580, 281, {[1] = {184, 1}, [2] = {65, 0}}},
        {4, 14, 1206, 296, {[1] = {119, 0}, [2] = {71, 0}, [3] = {54, 0}}},
        {8,
         26,
         1196,
         576,
         {[2] = {7, 7}, [3] = {3, 0}, [4] = {6, 5}, [5] = {30, 30}, [6] = {10, 6}, [8] = {26, 11}}},
    };
    static const struct piled_step four[] = {
        {1, 2, 2730, 2688, {[1] = {322, 0}}},
        {2, 4, 2892, 2841, {[1] = {6, 0}, [2] = {232, 0}}},
        {4, 6, 5814, 5729, {[2] = {7, 0}, [4] = {196, 22}}},
        {5, 7, 4490, 4416, {[1] = {7, 0}, [2] = {1, 0}, [4] = {8, 0}, [5] = {390, 0}}},
    };
    struct diagnosis told = told_of_steps(two, ARRAY_LENGTH(two));
    assert_int_equal(told.kind, DIAGNOSIS_IDLE);
    assert_int_equal(told.workers_low, 2);
    told = told_of_steps(four, ARRAY_LENGTH(four));
    assert_int_equal(told.kind, DIAGNOSIS_IDLE);
    assert_true(told.workers_low <= 4 && told.workers_high >= 4);
}

static void streams_and_threads(void **state)
{
    (void)state;
    static struct exposures exposures;
    uint64_t random = 1;
    draw(&exposures, NOBODY, 0, 16, 100, &random);
    assert_int_equal(diagnosis_make(&exposures).kind, DIAGNOSIS_THREADS);
    exposures.rows[1].in_hand_ms = 150; /* of 500: what lay in socket buffers */
    assert_int_equal(diagnosis_make(&exposures).kind, DIAGNOSIS_STREAMS);
    exposures.rows[1].in_hand_ms = 500;
    exposures.whole = true;
    struct diagnosis told = diagnosis_make(&exposures);
    assert_int_equal(told.kind, DIAGNOSIS_STREAMS);
    assert_near(told.probability[DIAGNOSIS_THREADS], 0);
    assert_int_equal(told.tried, 16);
    assert_int_equal(told.slower_from, 0);
}

/* With 1 large one they take 2 ms as without, with 2 and more 6, 5 and 12 ms. */
static void slower_from_where_all_are(void **state)
{
    (void)state;
    static struct exposures exposures;
    uint64_t random = 1;
    draw(&exposures, NOBODY, 0, 8, 100, &random);
    exposures.rows[2].free = (struct exposure_times){100, 6, 5.5, 7, 9, 10};
    exposures.rows[3].free = (struct exposure_times){100, 5, 4.5, 7, 9, 10};
    exposures.rows[4].free = (struct exposure_times){100, 12, 11, 13, 20, 30};
    struct diagnosis told = diagnosis_make(&exposures);
    assert_int_equal(told.slower_from, 2);
    assert_near(told.slower, 3);
    assert_near(told.slower_at_most, 6);
    exposures.rows[3].free.low = 3; /* of at most 2.1 ms: 1.43 x */
    assert_int_equal(diagnosis_make(&exposures).slower_from, 8);
    exposures.rows[3].free = (struct exposure_times){.count = 0}; /* not known */
    assert_int_equal(diagnosis_make(&exposures).slower_from, 2);
}

static void nothing_counted_is_unclear(void **state)
{
    (void)state;
    static struct exposures exposures;
    uint64_t random = 1;
    memset(&exposures, 0, sizeof exposures);
    assert_int_equal(diagnosis_make(&exposures).kind, DIAGNOSIS_UNCLEAR);
    draw(&exposures, ONE_LOOP, 0, 1, DIAGNOSIS_MET_LEAST - 1, &random);
    struct diagnosis told = diagnosis_make(&exposures);
    assert_int_equal(told.kind, DIAGNOSIS_UNCLEAR);
    assert_near(told.confidence, 0);
    assert_false(diagnosis_is_sure(&told));
}

/* --- how a ladder is climbed ------------------------------------------------ */

static struct climb climb_of(int64_t left_s, unsigned of_one)
{
    return (struct climb){.total_ns = 60 * NS_PER_S,
                          .left_ns = left_s * NS_PER_S,
                          .most = 16,
                          .stop_at = 0.1,
                          .steps = 4,
                          .of_one = of_one};
}

static enum climb_end next_of(const struct climb *climb, enum server server, unsigned workers,
                              unsigned most, unsigned met, struct climb_step *next)
{
    static struct exposures exposures;
    uint64_t random = 3;
    draw(&exposures, server, workers, most, met, &random);
    struct diagnosis told = diagnosis_make(&exposures);
    return climb_next(climb, &exposures, &told, next);
}

static void the_ladder_begins(void **state)
{
    (void)state;
    static struct exposures exposures;
    const struct diagnosis unknown = {.kind = DIAGNOSIS_UNCLEAR};
    struct climb climb = climb_of(0, 0); /* even without time */
    struct climb_step next;
    memset(&exposures, 0, sizeof exposures);
    assert_int_equal(climb_next(&climb, &exposures, &unknown, &next), CLIMB_ON);
    assert_int_equal(next.large, 0);
    assert_int_equal(next.duration_ns, 2 * NS_PER_S);
    exposures.count = 1;
    assert_int_equal(climb_next(&climb, &exposures, &unknown, &next), CLIMB_ON);
    assert_int_equal(next.large, 1);
    assert_int_equal(next.duration_ns, 4 * NS_PER_S);
    climb.of_one = 1;
    exposures.rows[exposures.count++].large = 1;
    assert_int_equal(climb_next(&climb, &exposures, &unknown, &next), CLIMB_TIME);
}

static void steps_are_as_needed(void **state)
{
    (void)state;
    struct climb_step next;
    struct climb climb = climb_of(60, 1);
    /* The second with one: eight replies of 500 ms, and it ends before the eighth. */
    assert_int_equal(next_of(&climb, ONE_LOOP, 0, 1, 50, &next), CLIMB_ON);
    assert_int_equal(next.large, 1);
    assert_near((double)next.duration_ns / MS, 7.9 * 500);
    assert_int_equal(next_of(&climb, ONE_LOOP, 0, 1, 100, &next), CLIMB_ON);
    assert_int_equal(next.large, 2);
    assert_int_equal(next_of(&climb, ONE_LOOP, 0, 2, 100, &next), CLIMB_SURE);
    assert_int_equal(next_of(&climb, NOBODY, 0, 4, 100, &next), CLIMB_ON);
    assert_int_equal(next.large, 8);
    assert_int_equal(next_of(&climb, NOBODY, 0, 16, 100, &next), CLIMB_MOST);
    assert_int_equal(next_of(&climb, BLIND, 3, 2, 500, &next), CLIMB_ON);
    assert_int_equal(next.large, 4);
    assert_int_equal(next_of(&climb, BLIND, 2, 4, 500, &next), CLIMB_SURE);
    assert_int_equal(next_of(&climb, BLIND, 9, 8, 200, &next), CLIMB_ON);
    assert_int_equal(next.large, 1); /* that tells the number best */
    assert_int_equal(next_of(&climb, IDLE, 7, 8, 100, &next), CLIMB_ON);
    assert_int_equal(next.large, 6); /* all are stuck with 8, nobody with 4 */
    assert_int_equal(next_of(&climb, IDLE, 2, 2, 100, &next), CLIMB_SURE);
    climb.most = 3;
    assert_int_equal(next_of(&climb, NOBODY, 0, 2, 100, &next), CLIMB_ON);
    assert_int_equal(next.large, 3);
    climb.most = 1;
    assert_int_equal(next_of(&climb, ONE_LOOP, 0, 1, 100, &next), CLIMB_SURE);
}

/* With 4 at a time replies take 500 ms, so with 8 they may take 1 s; windows are of 4 s. */
static void time_bounds_it(void **state)
{
    (void)state;
    struct climb_step next;
    struct climb climb = climb_of(60, 2);
    climb.left_ns = 4900 * MS;
    assert_int_equal(next_of(&climb, NOBODY, 0, 4, 100, &next), CLIMB_ON);
    assert_int_equal(next.large, 5); /* 8 would take 5 s */
    climb.left_ns = 3 * NS_PER_S;
    assert_int_equal(next_of(&climb, NOBODY, 0, 4, 100, &next), CLIMB_TIME);
}

/* With two at a time a large request took 20 s: a window of 4 s would end before it is parsed. */
static void a_window_lasts_for_most_of_a_large_request(void **state)
{
    (void)state;
    static struct exposures exposures;
    struct climb climb = climb_of(60, 2);
    struct climb_step next;
    uint64_t random = 1;
    draw(&exposures, NOBODY, 0, 2, 200, &random);
    exposures.rows[2].large_ms = 20000;
    struct diagnosis told = diagnosis_make(&exposures);
    assert_int_equal(climb_next(&climb, &exposures, &told, &next), CLIMB_ON);
    assert_int_equal(next.large, 4);
    assert_near((double)next.duration_ns / MS, 18000);
}

/* Replies of 30 ms: a second tells as much as four, unless few small requests met the large ones.
 */
static void short_replies_make_short_windows(void **state)
{
    (void)state;
    static struct exposures exposures;
    struct climb climb = climb_of(60, 2);
    struct climb_step next;
    uint64_t random = 1;
    draw(&exposures, NOBODY, 0, 2, 200, &random);
    exposures.rows[1].large_ms = exposures.rows[2].large_ms = 30;
    struct diagnosis told = diagnosis_make(&exposures);
    assert_int_equal(climb_next(&climb, &exposures, &told, &next), CLIMB_ON);
    assert_int_equal(next.large, 4);
    assert_near((double)next.duration_ns / MS, 1000);
    exposures.rows[2].large_ms = 200; /* eight replies */
    assert_int_equal(climb_next(&climb, &exposures, &told, &next), CLIMB_ON);
    assert_near((double)next.duration_ns / MS, 1600);
    exposures.rows[1].met_all = 99;
    assert_int_equal(climb_next(&climb, &exposures, &told, &next), CLIMB_ON);
    assert_near((double)next.duration_ns / MS, next.large == 1 ? 3900 : 4000);
}

static void a_server_that_suffers_is_left_alone(void **state)
{
    (void)state;
    static struct exposures exposures;
    const struct diagnosis unknown = {.kind = DIAGNOSIS_UNCLEAR};
    struct climb climb = climb_of(60, 2);
    struct climb_step next;
    uint64_t random = 1;
    draw(&exposures, NOBODY, 0, 2, 100, &random);
    exposures.rows[2].large_sent = 10;
    exposures.rows[2].large_failed = 1;
    assert_int_equal(climb_next(&climb, &exposures, &unknown, &next), CLIMB_ON);
    exposures.rows[2].large_failed = 2;
    assert_int_equal(climb_next(&climb, &exposures, &unknown, &next), CLIMB_SUFFERS);
    exposures.rows[2].large_failed = 0;
    exposures.rows[0].small_failed = 11;
    assert_int_equal(climb_next(&climb, &exposures, &unknown, &next), CLIMB_SUFFERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stuck_is_who_waits_for_the_end),
        cmocka_unit_test(windows_are_kept_apart),
        cmocka_unit_test(streams_are_seen_whole),
        cmocka_unit_test(kinds_are_told_apart),
        cmocka_unit_test(workers_who_pile_up_are_seen),
        cmocka_unit_test(streams_and_threads),
        cmocka_unit_test(slower_from_where_all_are),
        cmocka_unit_test(nothing_counted_is_unclear),
        cmocka_unit_test(the_ladder_begins),
        cmocka_unit_test(steps_are_as_needed),
        cmocka_unit_test(time_bounds_it),
        cmocka_unit_test(a_window_lasts_for_most_of_a_large_request),
        cmocka_unit_test(short_replies_make_short_windows),
        cmocka_unit_test(a_server_that_suffers_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
