/* Hashes: known values (a change would break what is stored), the seed, names. */
#include "seeded.h"

#include "base/hash.h"

#include <string.h>

static void values_stay(void **state)
{
    (void)state;
    /* XXH3_64bits of the empty input, from the xxHash specification's reference. */
    assert_true(fm_hash(0, "", 0) == UINT64_C(0x2d06800538d394c2));
    assert_true(fm_hash(0, "a", 1) != fm_hash(1, "a", 1));
    assert_true(fm_hash(7, "abc", 3) == fm_hash(7, "abcd", 3));
    assert_true(fm_hash(7, "abc", 3) != fm_hash(7, "abd", 3));
}

static void spreads_over_all_bits(void **state)
{
    (void)state;
    unsigned ones[64] = { 0 };
    for (uint32_t i = 0; i < 10000; i++) {
        uint64_t hash = fm_hash(1, &i, sizeof(i));
        for (int bit = 0; bit < 64; bit++)
            ones[bit] += hash >> bit & 1;
    }
    for (int bit = 0; bit < 64; bit++)
        assert_in_range(ones[bit], 4700, 5300);
}

static uint64_t name(const char *text)
{
    return fm_hash_name(5, text, strlen(text));
}

static void names_have_no_case_and_no_last_dot(void **state)
{
    (void)state;
    assert_true(name("Example.COM.") == name("example.com"));
    assert_true(name("example.com") == fm_hash(5, "example.com", 11));
    assert_true(name("example.com..") == name("EXAMPLE.com.."));
    assert_true(name("example.com..") != name("example.com"));
    assert_true(name("example.con") != name("example.com"));
    assert_true(name(".") == name(""));
    assert_true(name("[") != name("{")); /* not letters, though 0x20 apart */
    assert_true(fm_hash_name(5, "a", 1) != fm_hash_name(6, "a", 1));
}

static void long_names_count_to_their_end(void **state)
{
    (void)state;
    char a[1000], b[1000];
    memset(a, 'a', sizeof(a));
    for (size_t at = 0; at < sizeof(a); at += 111) {
        memcpy(b, a, sizeof(a));
        b[at] = 'b';
        assert_true(fm_hash_name(1, a, sizeof(a)) != fm_hash_name(1, b, sizeof(b)));
        b[at] = 'A';
        assert_true(fm_hash_name(1, a, sizeof(a)) == fm_hash_name(1, b, sizeof(b)));
    }
    assert_true(fm_hash_name(1, a, 256) != fm_hash_name(1, a, 257));
    assert_true(fm_hash_name(1, a, 512) != fm_hash_name(1, a, 256));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stay),
        cmocka_unit_test(spreads_over_all_bits),
        cmocka_unit_test(names_have_no_case_and_no_last_dot),
        cmocka_unit_test(long_names_count_to_their_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
