/* States by key: zeroed when made, who leaves at the cap, pins, and the order of what is marked. */
#include "brain.h"

#include "world/slab.h"

static struct fm_key key_of(unsigned n)
{
    return (struct fm_key){ .entity = n, .name = n * 7919u };
}

static struct fm_state *get(struct fm_slab *slab, unsigned n, fm_time now, bool *made)
{
    struct fm_key key = key_of(n);

    return fm_slab_get(slab, &key, now, made);
}

static struct fm_state *find(struct fm_slab *slab, unsigned n)
{
    struct fm_key key = key_of(n);

    return fm_slab_find(slab, &key);
}

static void a_state_begins_zeroed(void **state)
{
    static const char zero[100];
    struct fm_mem mem = { 0 };
    struct fm_slab *slab = fm_slab_new(&mem, sizeof zero, 4, 1);
    bool made;

    (void)state;
    for (unsigned round = 0; round < 5; round++)
        for (unsigned n = 1; n <= 4; n++) {
            struct fm_state *s = get(slab, 10 * round + n, DAY0 + round, &made);
            assert_true(made);
            assert_memory_equal(s->bytes, zero, sizeof zero);
            assert_int_equal((uintptr_t)s->bytes % 8, 0);
            memset(s->bytes, 0xee, sizeof zero);
            assert_ptr_equal(get(slab, 10 * round + n, DAY0, &made), s);
            assert_false(made);
            assert_true(s->touched == DAY0 + round); /* never back */
        }
    assert_int_equal(fm_slab_count(slab), 4);
    assert_int_equal(fm_slab_evicted(slab), 16);
    assert_int_equal(fm_slab_state_bytes(slab), sizeof zero);
    fm_slab_free(slab);
    assert_int_equal(mem.used_bytes, 0);
}

static void the_longest_untouched_leaves_that_is_not_pinned(void **state)
{
    struct fm_mem mem = { 0 };
    struct fm_slab *slab = fm_slab_new(&mem, 8, 400, 1);
    bool made;

    (void)state;
    for (unsigned n = 1; n <= 400; n++)
        get(slab, n, DAY0 + n, &made);
    for (unsigned n = 1; n <= 100; n++) /* the hundred oldest: as many as may be */
        fm_slab_pin(slab, find(slab, n), true);
    get(slab, 101, DAY0 + 500, &made);
    for (unsigned n = 1001; n <= 1298; n++)
        get(slab, n, DAY0 + n, &made);
    for (unsigned n = 1; n <= 400; n++)
        assert_int_equal(find(slab, n) != NULL, n <= 101 || n == 400);
    fm_slab_pin(slab, find(slab, 1), false);
    for (unsigned n = 2000; n < 2500; n++)
        get(slab, n, DAY0 + n, &made);
    assert_null(find(slab, 1));
    assert_non_null(find(slab, 2));
    fm_slab_free(slab);
}

static void the_pinned_hold_a_quarter_at_most(void **state)
{
    struct fm_mem mem = { 0 };
    struct fm_slab *slab = fm_slab_new(&mem, 8, 40, 1);
    bool made;
    unsigned left = 0;

    (void)state;
    for (unsigned n = 1; n <= 40; n++)
        fm_slab_pin(slab, get(slab, n, DAY0, &made), true);
    for (unsigned n = 100; n < 1000; n++)
        assert_non_null(get(slab, n, DAY0, &made));
    for (unsigned n = 1; n <= 40; n++)
        left += find(slab, n) != NULL;
    assert_int_equal(left, 10);
    fm_slab_free(slab);
}

static void the_marked_come_in_order_of_marking(void **state)
{
    struct fm_mem mem = { 0 };
    struct fm_slab *slab = fm_slab_new(&mem, 8, 8, 1);
    bool made;

    (void)state;
    for (unsigned n = 1; n <= 8; n++)
        get(slab, n, DAY0, &made);
    assert_null(fm_slab_marked(slab));
    for (unsigned n = 8; n >= 1; n--)
        fm_slab_mark(slab, find(slab, n));
    fm_slab_mark(slab, find(slab, 3)); /* once is enough */
    get(slab, 9, DAY0, &made);         /* 1 leaves, with its mark */
    for (unsigned n = 8; n >= 2; n--) {
        assert_ptr_equal(fm_slab_marked(slab), find(slab, n));
        if (n == 5)
            fm_slab_mark(slab, find(slab, 9));
    }
    assert_ptr_equal(fm_slab_marked(slab), find(slab, 9));
    assert_null(fm_slab_marked(slab));
    fm_slab_mark(slab, find(slab, 9)); /* the last one, and the only one, leaves */
    for (unsigned n = 20; n < 40; n++)
        get(slab, n, DAY0, &made);
    assert_null(fm_slab_marked(slab));
    fm_slab_mark(slab, find(slab, 39));
    assert_ptr_equal(fm_slab_marked(slab), find(slab, 39));
    fm_slab_free(slab);
}

static void all_of_them_from_the_oldest_on(void **state)
{
    struct fm_mem mem = { 0 };
    struct fm_slab *slab = fm_slab_new(&mem, 8, 8, 1);
    unsigned n = 0;
    bool made;

    (void)state;
    for (unsigned i = 1; i <= 5; i++)
        get(slab, i, DAY0, &made);
    get(slab, 1, DAY0, &made);
    static const unsigned order[] = { 2, 3, 4, 5, 1 };
    for (struct fm_state *s = fm_slab_oldest(slab); s; s = fm_slab_newer(slab, s))
        assert_int_equal(s->key.entity, order[n++]);
    assert_int_equal(n, 5);
    fm_slab_free(slab);
}

static void survives_each_failed_allocation(void **state)
{
    (void)state;
    for (uint64_t n = 1, refused = 1; refused; n++) {
        struct fm_mem mem = { .fail_at = n };
        struct fm_slab *slab = fm_slab_new(&mem, 40, 2000, 1);
        bool made;
        for (unsigned i = 1; slab && i <= 3000; i++) {
            struct fm_state *s = get(slab, i, DAY0, &made);
            if (s)
                fm_slab_mark(slab, s);
        }
        refused = mem.refused;
        fm_slab_free(slab);
        assert_int_equal(mem.used_bytes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_begins_zeroed),
        cmocka_unit_test(the_longest_untouched_leaves_that_is_not_pinned),
        cmocka_unit_test(the_pinned_hold_a_quarter_at_most),
        cmocka_unit_test(the_marked_come_in_order_of_marking),
        cmocka_unit_test(all_of_them_from_the_oldest_on),
        cmocka_unit_test(survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
