/* test_user_limit.c: http/user_limit.c and http/addresses.c: how much each user or address has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "http/addresses.h"
#include "http/user_limit.h"

#include <arpa/inet.h>
#include <netinet/in.h>

/* Of whose key the numbers of addresses are here. */
static struct addresses *keyed;

static int make_keyed(void **state)
{
    (void)state;
    keyed = addresses_new(1);
    return keyed ? 0 : -1;
}

static int free_keyed(void **state)
{
    (void)state;
    addresses_free(keyed);
    return 0;
}

static uint64_t key_of_v4(const char *text)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    assert_int_equal(inet_pton(AF_INET, text, &address.sin_addr), 1);
    return addresses_key(keyed, (const struct sockaddr *)&address);
}

static uint64_t key_of_v6(const char *text)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6};
    assert_int_equal(inet_pton(AF_INET6, text, &address.sin6_addr), 1);
    return addresses_key(keyed, (const struct sockaddr *)&address);
}

/* A socket that listens on :: tells clients of IPv4 in the form of IPv6: each is itself. */
static void an_address_is_an_ipv4_address_or_a_network(void **state)
{
    (void)state;
    const struct sockaddr local = {.sa_family = AF_UNIX};
    assert_int_not_equal(key_of_v4("192.0.2.1"), 0);
    assert_int_not_equal(key_of_v4("192.0.2.1"), key_of_v4("192.0.2.2"));
    assert_int_equal(key_of_v6("::ffff:192.0.2.1"), key_of_v4("192.0.2.1"));
    assert_int_not_equal(key_of_v6("::ffff:192.0.2.1"), key_of_v6("::ffff:192.0.2.2"));
    assert_int_equal(key_of_v6("2001:db8::1"), key_of_v6("2001:db8::2"));
    assert_int_not_equal(key_of_v6("2001:db8::1"), key_of_v6("2001:db8:0:1::1"));
    assert_int_equal(addresses_key(keyed, &local), 0);
}

/* Whoever has many networks can't choose some that fill a bucket, and are not counted then. */
static void nobody_knows_which_addresses_fall_together(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct addresses *others = addresses_new(1);
    assert_non_null(others);
    assert_int_equal(inet_pton(AF_INET, "192.0.2.1", &address.sin_addr), 1);
    assert_int_not_equal(addresses_key(others, (const struct sockaddr *)&address),
                         key_of_v4("192.0.2.1"));
    addresses_free(others);
}

static void each_user_has_places_of_its_own(void **state)
{
    (void)state;
    struct user_limit *limit = user_limit_new(2, 3);
    assert_non_null(limit);
    assert_int_equal(user_limit_take(limit, 0, 7), USER_PLACE_TAKEN);
    assert_int_equal(user_limit_take(limit, 1, 7), USER_PLACE_TAKEN);
    assert_int_equal(user_limit_take(limit, 2, 7), USER_PLACE_NONE);
    assert_int_equal(user_limit_take(limit, 0, 7), USER_PLACE_NONE);
    assert_int_equal(user_limit_take(limit, 2, 9), USER_PLACE_TAKEN);
    user_limit_give(limit, 1, 7);
    assert_int_equal(user_limit_take(limit, 2, 7), USER_PLACE_TAKEN);
    assert_int_equal(user_limit_take(limit, 2, 7), USER_PLACE_NONE);
    user_limit_forget(limit, 2);
    assert_int_equal(user_limit_take(limit, 1, 7), USER_PLACE_TAKEN);
    assert_int_equal(user_limit_take(limit, 1, 7), USER_PLACE_NONE);
    user_limit_free(limit);
    user_limit_free(NULL);
    user_limit_forget(NULL, 0);
}

/* Of more users than there is room for, some are not counted; none is refused. */
static void a_stranger_is_never_refused(void **state)
{
    (void)state;
    struct user_limit *limit = user_limit_new(1, 1);
    uint64_t random = 5;
    unsigned unknown = 0;
    for (int i = 0; i < 40000; i++) {
        const enum user_place place = user_limit_take(limit, 0, random_next(&random) | 1);
        assert_int_not_equal(place, USER_PLACE_NONE);
        unknown += place == USER_PLACE_UNKNOWN;
    }
    assert_true(unknown > 0);
    user_limit_free(limit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_an_ipv4_address_or_a_network),
        cmocka_unit_test(nobody_knows_which_addresses_fall_together),
        cmocka_unit_test(each_user_has_places_of_its_own),
        cmocka_unit_test(a_stranger_is_never_refused),
    };
    return cmocka_run_group_tests(tests, make_keyed, free_keyed);
}
