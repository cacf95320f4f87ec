/* What an outside address is called: the last name, by site, the longest unused leaves. */
#include "brain.h"

#include "world/names.h"

static void learn(struct fm_names *names, uint16_t site, unsigned n, const char *name)
{
    struct fm_addr addr = outside(n);

    fm_names_learn(names, site, &addr, name, strlen(name));
}

static const char *of(struct fm_names *names, uint16_t site, unsigned n)
{
    struct fm_addr addr = outside(n);

    return fm_names_of(names, site, &addr);
}

static void the_last_name_holds(void **state)
{
    struct fm_mem mem = { 0 };
    struct fm_names *names = fm_names_new(&mem, 8, 1);

    (void)state;
    assert_null(of(names, 0, 1));
    learn(names, 0, 1, "First.Example.");
    assert_string_equal(of(names, 0, 1), "first.example");
    learn(names, 0, 1, "second.example");
    assert_string_equal(of(names, 0, 1), "second.example");
    assert_null(of(names, 1, 1)); /* another site, another view */
    learn(names, 1, 1, "third.example");
    assert_string_equal(of(names, 0, 1), "second.example");
    assert_int_equal(fm_names_room(names).rows, 2);
    assert_int_equal(fm_names_cost_bytes(), 113);
    fm_names_free(names);
    assert_int_equal(mem.used_bytes, 0);
}

static void a_long_name_is_cut(void **state)
{
    char name[200];
    struct fm_mem mem = { 0 };
    struct fm_names *names = fm_names_new(&mem, 8, 1);

    (void)state;
    memset(name, 'n', sizeof name);
    name[199] = 0;
    learn(names, 0, 1, name);
    assert_int_equal(strlen(of(names, 0, 1)), FM_WORLD_NAME - 1);
    fm_names_free(names);
}

static void the_longest_unused_leaves(void **state)
{
    struct fm_mem mem = { 0 };
    struct fm_names *names = fm_names_new(&mem, 4, 1);

    (void)state;
    for (unsigned n = 1; n <= 4; n++)
        learn(names, 0, n, "a.example");
    assert_non_null(of(names, 0, 1)); /* asked for: used */
    learn(names, 0, 5, "b.example");
    assert_non_null(of(names, 0, 1));
    assert_null(of(names, 0, 2));
    assert_non_null(of(names, 0, 5));
    assert_int_equal(fm_names_room(names).rows, 4);
    fm_names_free(names);
}

static void survives_each_failed_allocation(void **state)
{
    (void)state;
    for (uint64_t n = 1, refused = 1; refused; n++) {
        struct fm_mem mem = { .fail_at = n };
        struct fm_names *names = fm_names_new(&mem, 600, 1);
        for (unsigned i = 0; names && i < 1000; i++)
            learn(names, 0, i, "a.example");
        refused = mem.refused;
        fm_names_free(names);
        assert_int_equal(mem.used_bytes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_name_holds),
        cmocka_unit_test(a_long_name_is_cut),
        cmocka_unit_test(the_longest_unused_leaves),
        cmocka_unit_test(survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
