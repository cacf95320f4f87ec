/* Counted memory: zeroed, aligned, exact counts, the limit, the Nth failure. */
#include "seeded.h"

#include "base/mem.h"

#include <string.h>

static void gives_zeroed_aligned_bytes(void **state)
{
    (void)state;
    struct fm_mem mem = { 0 };
    for (size_t size = 1; size < 3000; size += 37) {
        unsigned char *at = fm_alloc(&mem, size);
        assert_non_null(at);
        assert_int_equal((uintptr_t)at % 16, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(at[i], 0);
        memset(at, 0xff, size);
        fm_free(&mem, at);
    }
    assert_int_equal(mem.used_bytes, 0);
}

static void counts_use_and_peak(void **state)
{
    (void)state;
    struct fm_mem mem = { 0 };
    void *a = fm_alloc(&mem, 100), *b = fm_alloc(&mem, 50);
    assert_int_equal(mem.used_bytes, 150 + 2 * 16);
    fm_free(&mem, a);
    assert_int_equal(mem.used_bytes, 50 + 16);
    assert_int_equal(mem.peak_bytes, 150 + 2 * 16);
    fm_free(&mem, b);
    fm_free(&mem, NULL);
    assert_int_equal(mem.used_bytes, 0);
    assert_int_equal(mem.calls, 2);
    assert_int_equal(mem.refused, 0);
}

static void refuses_at_the_limit(void **state)
{
    (void)state;
    struct fm_mem mem = { .limit_bytes = 1000 };
    void *a = fm_alloc(&mem, 500);
    assert_non_null(a);
    assert_null(fm_alloc(&mem, 1000 - 516 - 16 + 1));
    assert_int_equal(mem.used_bytes, 516);
    void *b = fm_alloc(&mem, 1000 - 516 - 16);
    assert_non_null(b);
    assert_int_equal(mem.used_bytes, 1000);
    assert_null(fm_alloc(&mem, 1));
    fm_free(&mem, a);
    assert_non_null(a = fm_alloc(&mem, 500));
    mem.limit_bytes = 10; /* lowered below what is out */
    assert_null(fm_alloc(&mem, 1));
    assert_int_equal(mem.refused, 3);
    fm_free(&mem, a);
    fm_free(&mem, b);
}

static void refuses_what_cannot_be(void **state)
{
    (void)state;
    struct fm_mem mem = { 0 };
    assert_null(fm_alloc(&mem, SIZE_MAX));
    assert_null(fm_alloc(&mem, SIZE_MAX - 15));
    assert_int_equal(mem.refused, 2);
    assert_int_equal(mem.used_bytes, 0);
}

static void fails_at_the_nth_call_only(void **state)
{
    (void)state;
    struct fm_mem mem = { .fail_at = 3 };
    void *at[5];
    for (int i = 0; i < 5; i++) {
        at[i] = fm_alloc(&mem, 8);
        assert_int_equal(at[i] == NULL, i == 2);
    }
    for (int i = 0; i < 5; i++)
        fm_free(&mem, at[i]);
    assert_int_equal(mem.used_bytes, 0);
    assert_int_equal(mem.refused, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_aligned_bytes),
        cmocka_unit_test(counts_use_and_peak),
        cmocka_unit_test(refuses_at_the_limit),
        cmocka_unit_test(refuses_what_cannot_be),
        cmocka_unit_test(fails_at_the_nth_call_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
