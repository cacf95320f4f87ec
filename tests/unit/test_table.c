/* Tables against a plain list, in order of last touch; the cap; each allocation failing. */
#include "seeded.h"

#include "base/table.h"

#include <string.h>

struct row {
    uint32_t key[3];
    uint32_t value;
    char rest[17];
};

#define KEYS 1500

static const uint32_t *key_of(uint32_t n)
{
    static uint32_t key[3];
    key[0] = n * 2654435761u;
    key[1] = n;
    key[2] = n & 3;
    return key;
}

/* The plain list: keys from the longest untouched to the last touched. */
struct plain {
    uint32_t key[KEYS];
    struct row *row[KEYS];
    size_t count;
};

static size_t plain_find(const struct plain *plain, uint32_t key)
{
    size_t i = 0;
    while (i < plain->count && plain->key[i] != key)
        i++;
    return i;
}

static void plain_del(struct plain *plain, size_t at)
{
    plain->count--;
    memmove(plain->key + at, plain->key + at + 1, (plain->count - at) * sizeof(*plain->key));
    memmove(plain->row + at, plain->row + at + 1, (plain->count - at) * sizeof(*plain->row));
}

static void plain_add(struct plain *plain, uint32_t key, struct row *row)
{
    plain->key[plain->count] = key;
    plain->row[plain->count++] = row;
}

static void same_as_plain(const struct fm_table *table, const struct plain *plain)
{
    assert_int_equal(fm_table_count(table), plain->count);
    size_t i = 0;
    for (struct row *row = fm_table_oldest(table); row != NULL; row = fm_table_newer(table, row)) {
        assert_true(i < plain->count);
        assert_ptr_equal(row, plain->row[i]);
        assert_memory_equal(row->key, key_of(plain->key[i]), sizeof(row->key));
        assert_int_equal(row->value, plain->key[i] + 1);
        assert_int_equal((uintptr_t)row % 8, 0);
        i++;
    }
    assert_int_equal(i, plain->count);
}

static void new_row(struct row *row, uint32_t key)
{
    static const char zero[sizeof(row->rest)];
    assert_int_equal(row->value, 0);
    assert_memory_equal(row->rest, zero, sizeof(zero));
    memset(row->rest, 0xee, sizeof(row->rest));
    row->value = key + 1;
}

static void agrees_with_a_plain_list(void **state)
{
    (void)state;
    static struct plain plain;
    struct fm_mem mem = { 0 };
    uint64_t seed = 42;
    const uint32_t cap = 700;
    plain.count = 0;
    struct fm_table *table = fm_table_new(&mem, 12, sizeof(struct row), cap, 9);
    for (int step = 0; step < 60000; step++) {
        uint32_t key = (uint32_t)seeded_below(&seed, KEYS);
        size_t at = plain_find(&plain, key);
        bool known = at < plain.count, made;
        struct row *row = fm_table_find(table, key_of(key));
        assert_ptr_equal(row, known ? plain.row[at] : NULL);
        switch (seeded_below(&seed, 4)) {
        case 0:
        case 1:
            row = fm_table_add(table, key_of(key), &made);
            assert_int_equal(made, !known && plain.count < cap);
            if (known || plain.count == cap) {
                assert_ptr_equal(row, known ? plain.row[at] : NULL);
                break;
            }
            new_row(row, key);
            plain_add(&plain, key, row);
            break;
        case 2:
            if (!known)
                break;
            fm_table_touch(table, row);
            plain_del(&plain, at);
            plain_add(&plain, key, row);
            break;
        default:
            if (!known || seeded_below(&seed, 3) != 0)
                break;
            fm_table_del(table, row);
            plain_del(&plain, at);
        }
        if (step % 500 == 0)
            same_as_plain(table, &plain);
    }
    assert_true(plain.count > cap / 2);
    assert_int_equal(fm_table_cap(table), cap);
    fm_table_free(table);
    assert_int_equal(mem.used_bytes, 0);
}

static void a_full_table_makes_room_by_its_owner(void **state)
{
    (void)state;
    struct fm_mem mem = { 0 };
    struct fm_table *table = fm_table_new(&mem, 4, 8, 3, 1);
    for (uint32_t key = 1; key <= 3; key++)
        assert_non_null(fm_table_add(table, &key, NULL));
    uint32_t key = 4;
    bool made = true;
    assert_null(fm_table_add(table, &key, &made));
    assert_false(made);
    uint32_t *oldest = fm_table_oldest(table);
    assert_int_equal(*oldest, 1);
    fm_table_touch(table, oldest);
    oldest = fm_table_oldest(table);
    assert_int_equal(*oldest, 2);
    fm_table_del(table, oldest);
    assert_non_null(fm_table_add(table, &key, &made));
    assert_true(made);
    key = 2;
    assert_null(fm_table_find(table, &key));
    assert_int_equal(fm_table_count(table), 3);
    fm_table_free(table);
    assert_int_equal(mem.used_bytes, 0);
}

static void taking_a_row_makes_room_and_counts_it(void **state)
{
    (void)state;
    struct fm_mem mem = { 0 };
    struct fm_table *table = fm_table_new(&mem, 12, sizeof(struct row), 3, 5);
    bool made;
    for (uint32_t key = 0; key < 3; key++) {
        assert_non_null(fm_table_take(table, key_of(key), &made));
        assert_true(made);
    }
    assert_int_equal(fm_table_room(table).evicted, 0);
    assert_non_null(fm_table_take(table, key_of(0), &made)); /* touched, so 1 is the oldest */
    assert_false(made);
    struct row *row = fm_table_take(table, key_of(7), NULL);
    assert_non_null(row);
    new_row(row, 7);
    assert_null(fm_table_find(table, key_of(1)));
    assert_non_null(fm_table_find(table, key_of(0)));
    assert_int_equal(fm_table_room(table).rows, 3);
    assert_int_equal(fm_table_room(table).cap, 3);
    assert_int_equal(fm_table_room(table).evicted, 1);
    assert_int_equal(fm_table_room(table).row_bytes, fm_table_row_cost_bytes(table));
    fm_table_free(table);
}

static void a_row_costs_what_is_said(void **state)
{
    (void)state;
    struct fm_mem mem = { 0 };
    const uint32_t rows = 20000;
    struct fm_table *table = fm_table_new(&mem, 4, 100, 1u << 20, 1);
    uint64_t empty = mem.used_bytes;
    for (uint32_t key = 0; key < rows; key++)
        assert_non_null(fm_table_add(table, &key, NULL));
    double cost = (double)(mem.used_bytes - empty) / rows;
    double said = (double)fm_table_row_cost_bytes(table);
    assert_true(cost <= said * 1.02);
    assert_true(cost >= said * 0.9);
    fm_table_free(table);
}

static void survives_each_failed_allocation(void **state)
{
    (void)state;
    for (uint64_t n = 1;; n++) {
        struct fm_mem mem = { .fail_at = n };
        struct fm_table *table = fm_table_new(&mem, 4, 24, 2000, 1);
        uint32_t added = 0;
        static bool in[2000];
        for (uint32_t key = 0; table != NULL && key < 2000; key++) {
            bool made;
            in[key] = fm_table_add(table, &key, &made) != NULL;
            assert_int_equal(made, in[key]);
            added += in[key];
        }
        for (uint32_t key = 0; table != NULL && key < 2000; key++)
            assert_int_equal(fm_table_find(table, &key) != NULL, in[key]);
        if (table != NULL)
            assert_int_equal(fm_table_count(table), added);
        fm_table_free(table);
        assert_int_equal(mem.used_bytes, 0);
        if (mem.refused == 0) {
            assert_int_equal(added, 2000);
            assert_true(n > 10);
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_a_plain_list),
        cmocka_unit_test(a_full_table_makes_room_by_its_owner),
        cmocka_unit_test(taking_a_row_makes_room_and_counts_it),
        cmocka_unit_test(a_row_costs_what_is_said),
        cmocka_unit_test(survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
