/* What is normal: watched hours, who uses a name, a host's usual day, and that it survives. */
#include "brain.h"

#include "learn/learn.h"

static uint32_t rows_of(const struct fm_learn *learn)
{
    return fm_learn_room(learn, "audience").rows + fm_learn_room(learn, "baseline").rows;
}

static struct fm_learn *learn_new(struct fm_mem *mem, uint32_t rows)
{
    struct fm_learn_sizes sizes = { .names = rows, .baselines = rows };
    struct fm_learn *learn = fm_learn_new(mem, &sizes, 1);

    assert_non_null(learn);
    return learn;
}

static void watch_hours(struct fm_learn *learn, unsigned hours)
{
    for (unsigned i = 0; i < hours; i++)
        fm_learn_watch(learn, DAY0 + i * FM_HOUR + FM_MINUTE);
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-4;
}

static void hours_are_counted_once(void **state)
{
    struct fm_mem mem = { 0 };
    struct fm_learn *learn = learn_new(&mem, 8);

    (void)state;
    assert_int_equal(fm_learn_hours(learn), 0);
    for (unsigned i = 0; i < 100; i++)
        fm_learn_watch(learn, DAY0 + i * FM_MINUTE);
    assert_int_equal(fm_learn_hours(learn), 2);
    fm_learn_watch(learn, DAY0 + 10 * FM_DAY); /* what was not watched does not count */
    fm_learn_watch(learn, DAY0);
    assert_int_equal(fm_learn_hours(learn), 3);
    fm_learn_free(learn);
    assert_int_equal(mem.used_bytes, 0);
}

static void a_share_of_thirty_hosts_is_told(void **state)
{
    struct fm_mem mem = { 0 };
    struct fm_learn *learn = learn_new(&mem, 8);

    (void)state;
    for (fm_entity_id id = 1; id <= 29; id++)
        fm_learn_active(learn, id);
    fm_learn_use(learn, 77, 1, DAY0);
    assert_false(fm_known(fm_learn_share(learn, 77)));
    assert_false(fm_known(fm_learn_share(learn, 78)));
    fm_learn_active(learn, 30);
    fm_learn_active(learn, 30);
    assert_true(near(fm_learn_hosts(learn), 30));
    for (fm_entity_id id = 1; id <= 3; id++) {
        fm_learn_use(learn, 77, id, DAY0);
        fm_learn_use(learn, 77, id, DAY0);
    }
    assert_true(near(fm_learn_share(learn, 77), 0.1));
    assert_true(near(fm_learn_share(learn, 78), 0)); /* nobody uses it */
    fm_learn_free(learn);
}

/* How many of so many hosts use a name, and what that says. */
static double share_of_few(unsigned users, unsigned hosts)
{
    struct fm_mem mem = { 0 };
    struct fm_learn *learn = learn_new(&mem, 8);

    for (fm_entity_id id = 1; id <= hosts; id++)
        fm_learn_active(learn, id);
    for (fm_entity_id id = 1; id <= users; id++)
        fm_learn_use(learn, 4, id, DAY0);
    double share = fm_learn_share(learn, 4);
    fm_learn_free(learn);
    return share;
}

static void of_few_hosts_the_others_use_is_expected(void **state)
{
    (void)state;
    assert_false(fm_known(share_of_few(1, 1))); /* the only host proves nothing */
    assert_false(fm_known(share_of_few(1, 29)));
    assert_true(near(share_of_few(2, 29), 1.5 / 33));
    assert_true(near(share_of_few(6, 22), 5.5 / 26)); /* a fifth: rather everybody's */
    assert_true(share_of_few(5, 22) < 0.2);
    assert_true(share_of_few(2, 7) < 0.2); /* two of a small office may have been broken into */
    assert_true(share_of_few(3, 5) > 0.2);
    for (unsigned users = 3; users <= 20; users++)
        assert_true(share_of_few(users, 20) > share_of_few(users - 1, 20));
    assert_true(share_of_few(20, 20) < 1);
}

static void age_is_known_after_a_week(void **state)
{
    struct fm_mem mem = { 0 };
    struct fm_learn *learn = learn_new(&mem, 8);

    (void)state;
    fm_learn_use(learn, 5, 1, DAY0 + FM_HOUR);
    watch_hours(learn, FM_NOVEL_AFTER_HOURS - 1);
    assert_false(fm_known(fm_learn_age_days(learn, 5, DAY0 + 7 * FM_DAY)));
    watch_hours(learn, FM_NOVEL_AFTER_HOURS);
    fm_learn_use(learn, 5, 2, DAY0 + 3 * FM_DAY);
    assert_true(near(fm_learn_age_days(learn, 5, DAY0 + 8 * FM_DAY + FM_HOUR), 8));
    assert_true(near(fm_learn_age_days(learn, 6, DAY0 + 8 * FM_DAY), 0));
    fm_learn_use(learn, 5, 2, DAY0); /* told late */
    assert_true(near(fm_learn_age_days(learn, 5, DAY0 + 8 * FM_DAY), 8));
    fm_learn_free(learn);
}

static void the_usual_day_is_a_median_of_days_past(void **state)
{
    static const double days[] = { 100, 300, 200, 5000, 250 };
    struct fm_mem mem = { 0 };
    struct fm_learn *learn = learn_new(&mem, 8);
    struct fm_key key = { .entity = 1 }, day = fm_learn_host_day(&key);

    (void)state;
    assert_false(fm_known(fm_learn_normal(learn, &day, DAY0).value));
    for (unsigned i = 0; i < 5; i++) {
        struct fm_normal n = fm_learn_normal(learn, &day, DAY0 + i * FM_DAY);
        assert_int_equal(n.days, i);
        assert_int_equal(fm_known(n.value), i >= 3);
        for (unsigned part = 0; part < 4; part++)
            fm_learn_add(learn, &day, days[i] / 4, DAY0 + i * FM_DAY + part * FM_HOUR);
        n = fm_learn_normal(learn, &day, DAY0 + i * FM_DAY + 5 * FM_HOUR);
        assert_int_equal(n.days, i); /* today is not past */
    }
    struct fm_normal n = fm_learn_normal(learn, &day, DAY0 + 5 * FM_DAY);
    assert_true(near(n.value, 250));
    assert_true(near(n.spread, 1.4826 * 50)); /* of 150, 50, 50, 4750, 0 */
    for (unsigned i = 5; i < 45; i++)
        fm_learn_add(learn, &day, 1000, DAY0 + i * FM_DAY);
    n = fm_learn_normal(learn, &day, DAY0 + 45 * FM_DAY);
    assert_true(near(n.value, 1000));
    assert_int_equal(n.days, 29); /* the last 28 and the one that ended today */
    fm_learn_free(learn);
}

static void keys_of_days_do_not_meet(void **state)
{
    struct fm_key key = { .entity = 1, .site = 2, .name = 3, .port = 4 };
    struct fm_key pair = fm_learn_pair_day(&key), host = fm_learn_host_day(&key),
                  pull = fm_learn_pull_day(&key);

    (void)state;
    assert_memory_not_equal(&pair, &host, sizeof pair);
    assert_memory_not_equal(&pull, &host, sizeof pair);
    key.name = 0;
    pair = fm_learn_pair_day(&key);
    assert_memory_not_equal(&pair, &host, sizeof pair);
    assert_int_equal(host.name, 0);
    assert_int_equal(pair.port, 0);
}

struct told {
    struct fm_obs obs;
    struct fm_entity client;
};

static struct told *tell(struct fm_learn *learn, struct told *t, enum fm_obs_kind what,
        fm_entity_id client, uint64_t out, uint64_t in, fm_time at)
{
    t->client.id = client;
    t->obs.what = what;
    t->obs.time = at;
    t->obs.client = &t->client;
    t->obs.bytes[FM_TO_SERVER] = out;
    t->obs.bytes[FM_TO_CLIENT] = in;
    if (!t->obs.name)
        t->obs.name = "party.example";
    fm_learn_see(learn, &t->obs);
    return t;
}

static void observations_teach(void **state)
{
    struct fm_mem mem = { 0 };
    struct fm_learn *learn = learn_new(&mem, 64);
    struct told t = { .obs = { .course = FM_OUTWARD } };
    struct fm_key key = { .entity = 1 };

    (void)state;
    for (fm_entity_id id = 1; id <= 40; id++) {
        tell(learn, &t, FM_OBS_START, id, 0, 0, DAY0);
        if (id <= 10)
            tell(learn, &t, FM_OBS_VISIT, id, 10, 10, DAY0);
    }
    uint64_t party = fm_learn_party(learn, &t.obs);
    assert_true(fabs(fm_learn_share(learn, party) - 0.25) < 0.05);
    for (unsigned day = 0; day < 4; day++) {
        tell(learn, &t, FM_OBS_BYTES, 1, 70000, 5, DAY0 + day * FM_DAY);
        tell(learn, &t, FM_OBS_BYTES, 1, 1000, 5, DAY0 + day * FM_DAY + 1);
        tell(learn, &t, FM_OBS_BYTES, 2, 1000, 5, DAY0 + day * FM_DAY);
    }
    struct fm_key host = fm_learn_host_day(&key);
    assert_true(near(fm_learn_normal(learn, &host, DAY0 + 4 * FM_DAY).value, 71000));
    key.name = party;
    struct fm_key pair = fm_learn_pair_day(&key);
    assert_true(near(fm_learn_normal(learn, &pair, DAY0 + 4 * FM_DAY).value, 71000));
    key.entity = 2; /* never sent much at once: no baseline of the pair */
    pair = fm_learn_pair_day(&key);
    assert_int_equal(fm_learn_normal(learn, &pair, DAY0 + 4 * FM_DAY).days, 0);
    fm_learn_free(learn);
}

static void who_cannot_be_trusted_teaches_nothing(void **state)
{
    struct fm_mem mem = { 0 };
    struct fm_learn *learn = learn_new(&mem, 64);
    struct told forged = { .obs = { .course = FM_OUTWARD }, .client.flags = FM_ENTITY_PROBATION };
    struct told echo = { .obs = { .course = FM_OUTWARD, .backscatter = true } };
    struct told shared = { .obs = { .course = FM_OUTWARD }, .client.flags = FM_ENTITY_SHARED };
    struct fm_key key = { .entity = 1 }, host = fm_learn_host_day(&key);

    (void)state;
    for (fm_entity_id id = 1; id <= 1000; id++) {
        tell(learn, &forged, FM_OBS_START, id, 0, 0, DAY0);
        tell(learn, &forged, FM_OBS_VISIT, id, 0, 0, DAY0);
        tell(learn, &echo, FM_OBS_START, id, 0, 0, DAY0);
    }
    assert_true(near(fm_learn_hosts(learn), 0));
    assert_int_equal(rows_of(learn), 0);
    tell(learn, &shared, FM_OBS_BYTES, 1, 1000000, 0, DAY0); /* many hosts have no usual day */
    assert_int_equal(fm_learn_normal(learn, &host, DAY0 + FM_DAY).days, 0);
    fm_learn_free(learn);
}

static void at_the_cap_the_longest_untouched_leaves(void **state)
{
    struct fm_mem mem = { 0 };
    struct fm_learn *learn = learn_new(&mem, 10);

    (void)state;
    watch_hours(learn, FM_NOVEL_AFTER_HOURS);
    for (uint64_t name = 1; name <= 10; name++)
        fm_learn_use(learn, name, 1, DAY0);
    fm_learn_use(learn, 1, 2, DAY0);
    fm_learn_use(learn, 11, 1, DAY0 + FM_DAY);
    assert_int_equal(rows_of(learn), 10);
    assert_int_equal(fm_learn_room(learn, "audience").evicted, 1);
    assert_int_equal(fm_learn_room(learn, "baseline").evicted, 0);
    assert_true(near(fm_learn_age_days(learn, 1, DAY0 + FM_DAY), 1));
    assert_true(near(fm_learn_age_days(learn, 2, DAY0 + FM_DAY), 0)); /* forgotten */
    fm_learn_free(learn);
}

struct kept {
    unsigned rows;
    struct {
        char table[16];
        char key[32], value[512];
        size_t key_len, len;
    } row[16];
};

static void keep(void *arg, const char *table, const void *key, size_t key_len, const void *value,
        size_t len)
{
    struct kept *kept = arg;

    assert_true(kept->rows < 16 && key_len <= 32 && len <= 512);
    snprintf(kept->row[kept->rows].table, 16, "%s", table);
    memcpy(kept->row[kept->rows].key, key, key_len);
    memcpy(kept->row[kept->rows].value, value, len);
    kept->row[kept->rows].key_len = key_len;
    kept->row[kept->rows++].len = len;
}

static void what_was_learned_survives(void **state)
{
    struct fm_mem mem = { 0 };
    struct fm_learn *learn = learn_new(&mem, 8), *again = learn_new(&mem, 8);
    struct fm_key key = { .entity = 1 }, day = fm_learn_host_day(&key);
    struct kept kept = { 0 };

    (void)state;
    watch_hours(learn, 200);
    for (fm_entity_id id = 1; id <= 50; id++)
        fm_learn_active(learn, id);
    fm_learn_use(learn, 5, 1, DAY0);
    for (unsigned i = 0; i < 6; i++)
        fm_learn_add(learn, &day, 100 + i, DAY0 + i * FM_DAY);
    fm_learn_save(learn, DAY0 + 6 * FM_DAY, keep, &kept);
    assert_int_equal(kept.rows, 1); /* nothing was learned since, but for the hours */
    kept.rows = 0;
    fm_learn_save(learn, 0, keep, &kept);
    assert_int_equal(kept.rows, 3);
    assert_true(
            fm_learn_coverage_touched(kept.row[0].value, kept.row[0].len) == DAY0 + 199 * FM_HOUR);
    assert_true(fm_learn_audience_touched(kept.row[1].value, kept.row[1].len) == DAY0);
    assert_true(fm_learn_baseline_touched(kept.row[2].value, kept.row[2].len) == DAY0 + 5 * FM_DAY);
    assert_true(fm_learn_baseline_touched(kept.row[2].value, 3) == 0);
    assert_int_equal(fm_learn_room(learn, "audience").cap, 8);
    for (unsigned i = 0; i < kept.rows; i++) {
        fm_learn_restore(again, kept.row[i].table, kept.row[i].key, kept.row[i].key_len,
                kept.row[i].value, kept.row[i].len - 1); /* another shape: left out */
        fm_learn_restore(again, "strange", kept.row[i].key, kept.row[i].key_len, kept.row[i].value,
                kept.row[i].len);
        assert_int_equal(rows_of(again), 0);
    }
    assert_int_equal(fm_learn_hours(again), 0);
    for (unsigned i = 0; i < kept.rows; i++)
        fm_learn_restore(again, kept.row[i].table, kept.row[i].key, kept.row[i].key_len,
                kept.row[i].value, kept.row[i].len);
    assert_int_equal(fm_learn_hours(again), 200);
    assert_true(near(fm_learn_hosts(again), fm_learn_hosts(learn)));
    assert_true(near(fm_learn_share(again, 5), fm_learn_share(learn, 5)));
    struct fm_normal a = fm_learn_normal(learn, &day, DAY0 + 5 * FM_DAY);
    struct fm_normal b = fm_learn_normal(again, &day, DAY0 + 5 * FM_DAY);
    assert_true(near(a.value, b.value) && near(a.spread, b.spread) && a.days == b.days);
    fm_learn_free(learn);
    fm_learn_free(again);
    assert_int_equal(mem.used_bytes, 0);
}

static void rows_cost_what_is_said(void **state)
{
    (void)state;
    assert_int_equal(fm_learn_name_cost_bytes(), 185);
    assert_int_equal(fm_learn_baseline_cost_bytes(), 177);
}

static void survives_each_failed_allocation(void **state)
{
    struct fm_learn_sizes sizes = { .names = 600, .baselines = 600 };

    (void)state;
    for (uint64_t n = 1, refused = 1; refused; n++) {
        struct fm_mem mem = { .fail_at = n };
        struct fm_learn *learn = fm_learn_new(&mem, &sizes, 1);
        for (unsigned i = 1; learn && i < 1000; i++) {
            struct fm_key key = { .entity = i };
            fm_learn_use(learn, i, i, DAY0);
            fm_learn_add(learn, &key, 1, DAY0);
        }
        refused = mem.refused;
        fm_learn_free(learn);
        assert_int_equal(mem.used_bytes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours_are_counted_once),
        cmocka_unit_test(a_share_of_thirty_hosts_is_told),
        cmocka_unit_test(of_few_hosts_the_others_use_is_expected),
        cmocka_unit_test(age_is_known_after_a_week),
        cmocka_unit_test(the_usual_day_is_a_median_of_days_past),
        cmocka_unit_test(keys_of_days_do_not_meet),
        cmocka_unit_test(observations_teach),
        cmocka_unit_test(who_cannot_be_trusted_teaches_nothing),
        cmocka_unit_test(at_the_cap_the_longest_untouched_leaves),
        cmocka_unit_test(what_was_learned_survives),
        cmocka_unit_test(rows_cost_what_is_said),
        cmocka_unit_test(survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
