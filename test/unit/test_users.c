/* test_users.c: stats/space_saving.c and stats/users.c: who has taken the most, of any number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/random.h"
#include "stats/users.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifdef SANITIZED
enum { STRANGERS = 300000 };
#else
enum { STRANGERS = 10000000 };
#endif

/* Under whose key names are cut and hashed here. */
static struct users *keyed;
static const struct hash_key key = {{1, 2}};

static int make_keyed(void **state)
{
    (void)state;
    keyed = users_new(1);
    return keyed ? 0 : -1;
}

static int free_keyed(void **state)
{
    (void)state;
    users_free(keyed);
    return 0;
}

static struct user_name name_of_text(const char *text, size_t length)
{
    return users_name_of_text(keyed, text, length);
}

static struct user_name named(const char *text)
{
    return name_of_text(text, strlen(text));
}

/* All places, merged. */
static int read_all(struct users *users, struct users_view *view)
{
    int result;
    while ((result = users_read(users, view)) == USERS_MORE)
        continue;
    return result;
}

static void assert_shown(const struct user_name *name, const char *expected)
{
    char text[USER_TEXT_SIZE];
    user_name_show(name, text);
    assert_string_equal(text, expected);
}

/* --- names ---------------------------------------------------------------- */

static struct user_name name_of(const char *address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
        return user_name_of_address((const struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
    return user_name_of_address((const struct sockaddr *)&v6);
}

static void an_address_names_a_user(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        const char *shown;
    } rows[] = {
        {"192.0.2.7", "192.0.2.7"},
        {"255.255.255.255", "255.255.255.255"},
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
        {"2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"},
        {"::1", "::/64"},
        {"::ffff:192.0.2.7", "192.0.2.7"}, /* as a socket of IPv6 tells an address of IPv4 */
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const struct user_name name = name_of(rows[i].address);
        assert_shown(&name, rows[i].shown);
    }
    const struct user_name other = name_of("::ffff:192.0.2.8");
    const struct user_name mapped = name_of("::ffff:192.0.2.7");
    const struct user_name plain = name_of("192.0.2.7");
    assert_memory_equal(&mapped, &plain, sizeof plain);
    assert_memory_not_equal(&mapped, &other, sizeof other);
    const struct sockaddr none = {.sa_family = AF_UNIX};
    const struct user_name unknown = user_name_of_address(&none);
    assert_shown(&unknown, "unknown");
}

static void a_text_becomes_a_printable_name(void **state)
{
    (void)state;
    const struct user_name plain = named("alice \"\\{}");
    assert_shown(&plain, "alice \"\\{}");
    const struct user_name odd = name_of_text("J\xc3\xbcrgen\n\0x", 9);
    assert_shown(&odd, "J%C3%BCrgen%0A%00");
    assert_int_equal(named("").length, 0);
}

static void a_long_text_is_cut_and_stays_its_own(void **state)
{
    (void)state;
    char long_text[1000];
    char shown[USER_TEXT_SIZE];
    memset(long_text, 'a', sizeof long_text);
    const struct user_name whole = name_of_text(long_text, USER_BYTES);
    user_name_show(&whole, shown);
    assert_int_equal(strlen(shown), USER_BYTES);
    assert_null(strchr(shown, '~'));
    const struct user_name one = name_of_text(long_text, sizeof long_text);
    long_text[sizeof long_text - 1] = 'b';
    const struct user_name other = name_of_text(long_text, sizeof long_text);
    user_name_show(&one, shown);
    assert_int_equal(strlen(shown), USER_BYTES);
    assert_non_null(strchr(shown, '~'));
    assert_memory_not_equal(&one, &other, sizeof one);
    memset(long_text, '\xff', sizeof long_text); /* three bytes each */
    const struct user_name odd = name_of_text(long_text, sizeof long_text);
    user_name_show(&odd, shown);
    assert_int_equal(strlen(shown), USER_BYTES);
}

/* Whoever may choose a text can make none whose name is somebody else's. */
static void no_text_has_the_name_of_another(void **state)
{
    (void)state;
    char long_text[200];
    char mimic[USER_TEXT_SIZE];
    memset(long_text, 'a', sizeof long_text);
    const struct user_name cut = name_of_text(long_text, sizeof long_text);
    user_name_show(&cut, mimic);
    const struct user_name forged = named(mimic);
    assert_memory_not_equal(&cut, &forged, sizeof cut);
    const struct user_name odd = named("J\xc3\xbcrgen");
    const struct user_name plain = named("J%C3%BCrgen");
    assert_memory_not_equal(&odd, &plain, sizeof odd);
    assert_shown(&plain, "J%25C3%25BCrgen");
}

/* What falls together with a long text in one server says nothing of another. */
static void long_texts_are_told_apart_by_a_key(void **state)
{
    (void)state;
    char long_text[200];
    struct users *others = users_new(1);
    assert_non_null(others);
    memset(long_text, 'a', sizeof long_text);
    const struct user_name here = name_of_text(long_text, sizeof long_text);
    const struct user_name again = name_of_text(long_text, sizeof long_text);
    const struct user_name there = users_name_of_text(others, long_text, sizeof long_text);
    assert_memory_equal(&here, &again, sizeof here);
    assert_memory_not_equal(&here, &there, sizeof here);
    users_free(others);
}

/* --- the sketch ----------------------------------------------------------- */

static struct sketch *new_sketch(void)
{
    struct sketch *sketch = calloc(1, sizeof *sketch);
    assert_non_null(sketch);
    return sketch;
}

static void add(struct sketch *sketch, const struct user_name *name, uint64_t ns)
{
    const struct user_request request = {.bytes = 10, .held_ns = ns, .loop_ns = ns};
    sketch_add(sketch, name, user_name_hash(name, &key), &request);
}

/* It must be there. */
static const struct sketch_entry *entry_of(const struct sketch *sketch,
                                           const struct user_name *name)
{
    unsigned at = 0;
    while (at < sketch->used && memcmp(&sketch->entries[at].name, name, sizeof *name) != 0)
        at++;
    assert_true(at < sketch->used);
    return &sketch->entries[at % SKETCH_USERS];
}

static void assert_in_order(const struct sketch *sketch)
{
    for (unsigned i = 0; i < sketch->used; i++) {
        const struct sketch_entry *entry = &sketch->entries[sketch->heap[i].entry];
        assert_int_equal(entry->heap_at, i);
        assert_int_equal(sketch->heap[i].ns, entry->error_ns + entry->counts.held_ns);
        if (i)
            assert_true(sketch->heap[(i - 1) / 2].ns <= sketch->heap[i].ns);
    }
}

static void few_users_are_counted_exactly(void **state)
{
    (void)state;
    struct sketch *sketch = new_sketch();
    const struct user_name a = named("a");
    const struct user_name b = named("b");
    const struct user_request large = {
        .large = true, .bytes = 9 << 20, .held_ns = 70, .loop_ns = 50, .loop_square_us2 = 4};
    const struct user_request refused = {.large = true, .limited = true, .held_ns = 1};
    for (int i = 0; i < 3; i++)
        add(sketch, &a, 5);
    sketch_add(sketch, &b, user_name_hash(&b, &key), &large);
    sketch_add(sketch, &b, user_name_hash(&b, &key), &refused);
    const struct user_counts *counts = &entry_of(sketch, &a)->counts;
    assert_int_equal(counts->requests, 3);
    assert_int_equal(counts->held_ns, 15);
    assert_int_equal(counts->bytes, 30);
    assert_int_equal(counts->sizes[0], 3);
    counts = &entry_of(sketch, &b)->counts;
    assert_int_equal(counts->requests, 2);
    assert_int_equal(counts->large, 2);
    assert_int_equal(counts->limited, 1);
    assert_int_equal(counts->largest, 9 << 20);
    assert_int_equal(counts->held_ns, 71);
    assert_int_equal(counts->loop_ns, 50);
    assert_int_equal(counts->loop_square_us2, 4);
    assert_int_equal(counts->sizes[7], 1);
    assert_int_equal(sketch_least(sketch), 0);
    assert_in_order(sketch);
    free(sketch);
}

/* The bounds are of whole sizes, the last one has none. */
static void sizes_are_told_apart(void **state)
{
    (void)state;
    struct sketch *sketch = new_sketch();
    const struct user_name a = named("a");
    for (int i = 0; i < USER_SIZES; i++) {
        struct user_request request = {.bytes = user_size_bounds[i]};
        sketch_add(sketch, &a, user_name_hash(&a, &key), &request);
        request.bytes++;
        if (i < USER_SIZES - 1)
            sketch_add(sketch, &a, user_name_hash(&a, &key), &request);
    }
    const struct user_counts *counts = &entry_of(sketch, &a)->counts;
    for (int i = 0; i < USER_SIZES; i++)
        assert_int_equal(counts->sizes[i], i ? 2 : 1);
    free(sketch);
}

/*
 * Ten who take a thousandth of all time each, among as many names as an attacker likes: they are
 * found, what is told of them holds, and the memory is what it was.
 */
static void strangers_without_number_hide_nobody(void **state)
{
    (void)state;
    enum { HEAVY = 10, EACH = STRANGERS / 1000, HEAVY_NS = 1000, STRANGER_NS = 1000 };
    struct sketch *sketch = new_sketch();
    struct user_name heavy[HEAVY];
    uint64_t random = 1;
    uint64_t total_ns = 0;
    for (int i = 0; i < HEAVY; i++) {
        char text[16];
        snprintf(text, sizeof text, "heavy %d", i);
        heavy[i] = named(text);
    }
    for (int i = 0; i < STRANGERS; i++) {
        struct user_name stranger = {.kind = USER_TEXT, .length = sizeof random};
        const uint64_t number = random_next(&random);
        memcpy(stranger.bytes, &number, sizeof number);
        const uint64_t ns = number % STRANGER_NS + 1;
        add(sketch, &stranger, ns);
        total_ns += ns;
        if (i % (STRANGERS / EACH) < HEAVY) {
            add(sketch, &heavy[i % (STRANGERS / EACH)], HEAVY_NS * 10);
            total_ns += HEAVY_NS * 10;
        }
    }
    uint64_t requests = sketch->others.requests;
    uint64_t held_ns = sketch->others.held_ns;
    for (unsigned i = 0; i < sketch->used; i++) {
        requests += sketch->entries[i].counts.requests;
        held_ns += sketch->entries[i].counts.held_ns;
    }
    assert_int_equal(requests, STRANGERS + HEAVY * EACH);
    assert_int_equal(held_ns, total_ns);
    assert_true(sketch_least(sketch) <= total_ns / SKETCH_USERS);
    assert_in_order(sketch);
    const uint64_t true_ns = (uint64_t)EACH * HEAVY_NS * 10;
    for (int i = 0; i < HEAVY; i++) {
        const struct sketch_entry *entry = entry_of(sketch, &heavy[i]);
        assert_true(entry->counts.held_ns <= true_ns);
        assert_true(entry->counts.held_ns + entry->error_ns >= true_ns);
    }
    free(sketch);
}

/* It may be somebody who lost that place before. */
static void a_newcomer_inherits_what_the_least_had_taken(void **state)
{
    (void)state;
    struct sketch *sketch = new_sketch();
    const struct user_name least = named("least");
    const struct user_name fresh = named("fresh");
    add(sketch, &least, 10);
    for (int i = 1; i < SKETCH_USERS; i++) {
        char text[16];
        snprintf(text, sizeof text, "user %d", i);
        const struct user_name name = named(text);
        add(sketch, &name, 1000);
    }
    add(sketch, &fresh, 7);
    assert_int_equal(entry_of(sketch, &fresh)->error_ns, 10);
    assert_int_equal(entry_of(sketch, &fresh)->counts.held_ns, 7);
    assert_int_equal(sketch->others.held_ns, 10);
    assert_int_equal(sketch_least(sketch), 17);
    add(sketch, &least, 1); /* in truth 11, and surely no more than 18 */
    assert_int_equal(entry_of(sketch, &least)->error_ns, 17);
    assert_int_equal(entry_of(sketch, &least)->counts.held_ns, 1);
    assert_int_equal(sketch->used, SKETCH_USERS);
    assert_in_order(sketch);
    free(sketch);
}

static void what_a_dead_process_left_is_put_in_order(void **state)
{
    (void)state;
    struct sketch *sketch = new_sketch();
    for (int i = 0; i < SKETCH_USERS + 50; i++) {
        char text[16];
        snprintf(text, sizeof text, "user %d", i);
        const struct user_name name = named(text);
        add(sketch, &name, (uint64_t)i + 1);
    }
    memset(sketch->buckets, 0xff, sizeof sketch->buckets);
    memset(sketch->heap, 0xff, sizeof sketch->heap);
    sketch->entries[7].name.length = UINT8_MAX;
    sketch->changing = true;
    sketch_recover(sketch, &key);
    assert_in_order(sketch);
    const struct user_name last = named("user 1049");
    const struct user_name fresh = named("fresh");
    add(sketch, &last, 5);
    add(sketch, &fresh, 5);
    assert_int_equal(entry_of(sketch, &last)->counts.requests, 2);
    assert_int_equal(entry_of(sketch, &fresh)->counts.requests, 1);
    assert_in_order(sketch);
    free(sketch);
}

/* --- of several places ---------------------------------------------------- */

static void record(struct users *users, unsigned place, const char *text, uint64_t ns)
{
    const struct user_name name = named(text);
    const struct user_request request = {.bytes = 100, .held_ns = ns};
    users_record(users, place, &name, users_hash(users, &name), &request);
}

/* It must be there. */
static const struct user_row *row_of(const struct users_view *view, const char *text)
{
    const struct user_name name = named(text);
    unsigned at = 0;
    while (at < view->count && memcmp(&view->rows[at].name, &name, sizeof name) != 0)
        at++;
    assert_true(at < view->count);
    return &view->rows[at < view->count ? at : 0];
}

static void places_are_added_up(void **state)
{
    (void)state;
    CLEANUP(users_view_deinit)
    struct users_view view = {.rows = NULL};
    struct users *users = users_new(3);
    assert_non_null(users);
    record(users, 0, "a", 5);
    record(users, 0, "b", 7);
    record(users, 2, "a", 10);
    assert_int_equal(read_all(users, &view), 0);
    assert_int_equal(view.count, 2);
    assert_shown(&view.rows[0].name, "a");
    assert_int_equal(view.rows[0].counts.held_ns, 15);
    assert_int_equal(view.rows[0].counts.requests, 2);
    assert_int_equal(view.rows[0].error_ns, 0);
    assert_int_equal(view.rows[1].counts.held_ns, 7);
    assert_int_equal(view.error_ns, 0);
    assert_int_equal(view.others.requests, 0);
    users_free(users);
    users_free(NULL);
}

/* What a place does not follow may still have been there: as much as the least that it follows. */
static void errors_of_full_places_are_added_up(void **state)
{
    (void)state;
    enum { PLACES = 3, NAMES = SKETCH_USERS + 500 };
    CLEANUP(users_view_deinit)
    struct users_view view = {.rows = NULL};
    struct users *users = users_new(PLACES);
    uint64_t requests = 1;
    record(users, 1, "heavy", 1000000);
    for (unsigned place = 0; place < PLACES; place++) {
        for (int i = 0; i < NAMES; i++, requests++) {
            char text[32];
            snprintf(text, sizeof text, "%u %d", place, i);
            record(users, place, text, 100);
        }
    }
    assert_int_equal(read_all(users, &view), 0);
    assert_int_equal(view.count, SKETCH_USERS);
    uint64_t told = view.others.requests;
    for (unsigned i = 0; i < view.count; i++)
        told += view.rows[i].counts.requests;
    assert_int_equal(told, requests);
    const struct user_row *heavy = row_of(&view, "heavy");
    assert_ptr_equal(heavy, &view.rows[0]);
    assert_int_equal(heavy->counts.held_ns, 1000000);
    assert_in_range((uint64_t)heavy->error_ns, 2 * 100, 2 * 200); /* of the two other places */
    assert_in_range(view.error_ns, 3 * 100, 4 * 200);
    users_free(users);
}

/* Each step reads one place at the most: a loop that reads them is not held by all. */
static void places_are_read_one_at_a_time(void **state)
{
    (void)state;
    enum { PLACES = 5 };
    CLEANUP(users_view_deinit)
    struct users_view view = {.rows = NULL};
    struct users *users = users_new(PLACES);
    for (unsigned place = 0; place < PLACES; place++) {
        for (int i = 0; i < SKETCH_USERS; i++) {
            char text[32];
            snprintf(text, sizeof text, "%u %d", place, i);
            record(users, place, text, 100);
        }
    }
    unsigned steps = 0;
    unsigned before = 0;
    for (int result = USERS_MORE; result; steps++) {
        result = users_read(users, &view);
        assert_in_range(result, 0, USERS_MORE);
        assert_true(view.places <= before + 1);
        assert_true(steps < 4 * PLACES);
        before = view.places;
    }
    assert_int_equal(view.places, PLACES);
    assert_int_equal(view.count, SKETCH_USERS);
    assert_int_equal(view.others.requests, (PLACES - 1) * SKETCH_USERS);
    users_free(users);
}

static _Noreturn void record_without_end(struct users *users)
{
    for (unsigned i = 0;; i++) {
        char text[16];
        snprintf(text, sizeof text, "%u", i % 3000);
        record(users, 0, text, i % 100);
    }
}

static void whoever_dies_while_it_records_stops_nobody(void **state)
{
    (void)state;
    struct users *users = users_new(1);
    for (uint64_t round = 1; round <= 20; round++) {
        CLEANUP(users_view_deinit)
        struct users_view view = {.rows = NULL};
        const pid_t child = fork();
        if (child == 0)
            record_without_end(users);
        do {
            users_view_deinit(&view);
            assert_int_equal(read_all(users, &view), 0);
        } while (view.others.requests < round * 1000);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        record(users, 0, "after", 1000000000);
        users_view_deinit(&view);
        assert_int_equal(read_all(users, &view), 0);
        assert_int_equal(row_of(&view, "after")->counts.requests, round);
    }
    users_free(users);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_names_a_user),
        cmocka_unit_test(a_text_becomes_a_printable_name),
        cmocka_unit_test(a_long_text_is_cut_and_stays_its_own),
        cmocka_unit_test(no_text_has_the_name_of_another),
        cmocka_unit_test(long_texts_are_told_apart_by_a_key),
        cmocka_unit_test(few_users_are_counted_exactly),
        cmocka_unit_test(sizes_are_told_apart),
        cmocka_unit_test(strangers_without_number_hide_nobody),
        cmocka_unit_test(a_newcomer_inherits_what_the_least_had_taken),
        cmocka_unit_test(what_a_dead_process_left_is_put_in_order),
        cmocka_unit_test(places_are_added_up),
        cmocka_unit_test(errors_of_full_places_are_added_up),
        cmocka_unit_test(places_are_read_one_at_a_time),
        cmocka_unit_test(whoever_dies_while_it_records_stops_nobody),
    };
    return cmocka_run_group_tests(tests, make_keyed, free_keyed);
}
