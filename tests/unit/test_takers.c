/* Takers: from whom, how much, at which hours; and which of them are like a backup server. */
#include "brain.h"

#include "learn/takers.h"

enum { SERVER = 1000 };

struct pool {
    struct fm_mem mem;
    struct fm_takers *takers;
    struct fm_entity entity[1024];
};

static struct pool *pool_new(void)
{
    struct pool *pool = calloc(1, sizeof *pool);

    for (unsigned i = 0; i < 1024; i++)
        pool->entity[i].id = i + 1;
    pool->takers = fm_takers_new(&pool->mem, 1);
    assert_non_null(pool->takers);
    return pool;
}

static void pool_free(struct pool *pool)
{
    fm_takers_free(pool->takers);
    assert_int_equal(pool->mem.used_bytes, 0);
    free(pool);
}

/* A flow of so many bytes one way, told in one report. */
static void flow(struct pool *pool, unsigned client, unsigned server, unsigned way, uint64_t bytes,
        fm_time at)
{
    struct fm_flow_row row = { .start = at };
    struct fm_obs obs = { .what = FM_OBS_BYTES,
        .course = FM_INSIDE,
        .time = at,
        .flow = &row,
        .client = &pool->entity[client],
        .server = &pool->entity[server],
        .orig_known = true };

    row.bytes[way] = obs.bytes[way] = bytes;
    fm_takers_see(pool->takers, &obs);
}

static struct fm_takings takings(const struct pool *pool, unsigned host)
{
    struct fm_takings out = { 0 };

    fm_takers_of(pool->takers, pool->entity[host].id, &out);
    return out;
}

static void pulled_and_received_count_alike(void **state)
{
    struct pool *pool = pool_new();

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        flow(pool, i < 5 ? SERVER : i, i < 5 ? i : SERVER, i < 5 ? FM_TO_CLIENT : FM_TO_SERVER,
                40000000, DAY0 + 2 * FM_HOUR + i * FM_MINUTE);
    struct fm_takings t = takings(pool, SERVER);
    assert_true(t.givers == 10 && t.taken == 4e8 && t.given == 0);
    assert_int_equal(t.hours, 1);
    assert_true(fm_takings_like_backup(&t, 50));
    assert_false(fm_takings_like_backup(&t, 200)); /* ten of two hundred */
    struct fm_takings none = { 0 };
    assert_false(fm_takers_of(pool->takers, pool->entity[3].id, &none)); /* it gave only */
    pool_free(pool);
}

static void what_differs_is_no_backup(void **state)
{
    struct pool *files = pool_new(), *day = pool_new(), *few = pool_new(), *small = pool_new();

    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        fm_time at = DAY0 + i * FM_HOUR;
        flow(files, i, SERVER, FM_TO_SERVER, 40000000, DAY0); /* files go both ways */
        flow(files, i, SERVER, FM_TO_CLIENT, 30000000, DAY0);
        flow(day, i, SERVER, FM_TO_SERVER, 40000000, at); /* all day long */
        flow(few, i % 4, SERVER, FM_TO_SERVER, 40000000, DAY0);
        flow(small, i, SERVER, FM_TO_SERVER, 4000000, DAY0);
    }
    struct pool *all[] = { files, day, few, small };
    for (unsigned i = 0; i < 4; i++) {
        struct fm_takings t = takings(all[i], SERVER);
        assert_false(fm_takings_like_backup(&t, 30));
        pool_free(all[i]);
    }
}

static void the_longest_untouched_leaves(void **state)
{
    struct pool *pool = pool_new();

    (void)state;
    for (unsigned i = 0; i < FM_TAKERS; i++)
        flow(pool, i, 1000, FM_TO_CLIENT, 6000000, DAY0 + i);
    struct fm_takings t;
    assert_false(fm_takers_of(pool->takers, 1, &t));
    assert_true(fm_takers_of(pool->takers, FM_TAKERS, &t));
    assert_int_equal(fm_takers_room(pool->takers).rows, FM_TAKERS);
    assert_int_equal(fm_takers_room(pool->takers).evicted, 1);
    pool_free(pool);
}

struct saved {
    struct fm_takers *into;
    unsigned rows;
};

static void put(void *arg, const char *table, const void *key, size_t key_len, const void *value,
        size_t len)
{
    struct saved *saved = arg;

    assert_string_equal(table, "taker");
    assert_true(fm_takers_touched(value, len) >= DAY0);
    fm_takers_restore(saved->into, key, key_len, value, len - 1); /* another shape */
    fm_takers_restore(saved->into, key, key_len, value, len);
    saved->rows++;
}

static void rows_are_saved_and_come_back(void **state)
{
    struct pool *pool = pool_new(), *next = pool_new();
    struct saved saved = { .into = next->takers };

    (void)state;
    for (unsigned i = 0; i < 7; i++)
        flow(pool, i, SERVER, FM_TO_SERVER, 50000000, DAY0 + i * FM_HOUR);
    fm_takers_save(pool->takers, DAY0 + 3 * FM_HOUR, put, &saved);
    assert_int_equal(saved.rows, 5); /* the server, and who gave since */
    struct fm_takings a = takings(pool, SERVER), b = takings(next, SERVER);
    assert_true(a.givers == b.givers && a.taken == b.taken && a.hours == b.hours);
    assert_int_equal(fm_takers_touched("x", 1), 0);
    pool_free(pool);
    pool_free(next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pulled_and_received_count_alike),
        cmocka_unit_test(what_differs_is_no_backup),
        cmocka_unit_test(the_longest_untouched_leaves),
        cmocka_unit_test(rows_are_saved_and_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
