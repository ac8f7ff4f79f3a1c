/* test_keyed_hash.c: base/keyed_hash.c: SipHash-2-4, and the comparison that tells no time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/keyed_hash.h"

#include <string.h>

/* Of the authors' vectors: the bytes 0, 1, 2, ... under the key 0, 1, ... 15. */
static void the_hash_is_siphash(void **state)
{
    (void)state;
    static const struct {
        size_t length;
        uint64_t hash;
    } rows[] = {
        {0, UINT64_C(0x726fdb47dd0e0e31)},  {1, UINT64_C(0x74f839c593dc67fd)},
        {7, UINT64_C(0xab0200f58b01d137)},  {8, UINT64_C(0x93f5f5799a932462)},
        {15, UINT64_C(0xa129ca6149be45e5)},
    };
    const struct hash_key key = {{UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)}};
    unsigned char bytes[16];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        assert_true(keyed_hash(&key, bytes, rows[i].length) == rows[i].hash);
}

static void each_key_is_another(void **state)
{
    (void)state;
    struct hash_key keys[2];
    assert_int_equal(hash_key_make(&keys[0]), 0);
    assert_int_equal(hash_key_make(&keys[1]), 0);
    assert_memory_not_equal(&keys[0], &keys[1], sizeof keys[0]);
    assert_true(keyed_hash(&keys[0], "same", 4) != keyed_hash(&keys[1], "same", 4));
}

static void a_difference_is_seen_wherever_it_is(void **state)
{
    (void)state;
    char left[40];
    char right[40];
    memset(left, 'a', sizeof left);
    memcpy(right, left, sizeof left);
    for (size_t length = 0; length <= sizeof left; length++) {
        assert_true(bytes_are_same(left, right, length));
        for (size_t i = 0; i < sizeof left; i++) {
            right[i] = (char)(right[i] ^ (1 << i % 8));
            assert_int_equal(bytes_are_same(left, right, length), i >= length);
            right[i] = left[i];
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_is_siphash),
        cmocka_unit_test(each_key_is_another),
        cmocka_unit_test(a_difference_is_seen_wherever_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
