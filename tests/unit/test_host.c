/* A host's scores against a small direct computation. */
#include "findings.h"

#include "judge/host.h"

struct desk {
    struct fm_mem mem;
    struct fm_ledger *ledger;
};

static struct desk *desk_new(void)
{
    struct desk *desk = calloc(1, sizeof *desk);

    assert_non_null(desk);
    tuning_straight();
    for (unsigned i = 0; i < fm_detectors_count; i++) {
        tuning[i].quiet_s = 1e9;
        tuning[i].budget = 1e6;
        tuning[i].status = FM_LIVE;
    }
    desk->ledger = fm_ledger_new(&desk->mem, 256, 1);
    fm_ledger_tune(desk->ledger, tuning, 10);
    return desk;
}

static void desk_free(struct desk *desk)
{
    fm_ledger_free(desk->ledger);
    assert_int_equal(desk->mem.used_bytes, 0);
    free(desk);
}

struct claim {
    const char *det;
    fm_entity_id id;
    unsigned name, peer;
    double threat, certainty;
    fm_time at;
};

static void take(struct desk *desk, const struct claim *c)
{
    unsigned det = detector_index(c->det);
    struct fm_entity entity = { .id = c->id };
    struct fm_finding f = finding_of(det, c->id, c->threat, c->certainty, c->at);

    f.key.name = c->name;
    f.key.port = (uint16_t)c->peer; /* so that claims about different peers have different keys */
    f.peer = outside(c->peer);
    fm_ledger_take(desk->ledger, det, &f, &entity, c->at);
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-6;
}

static void nothing_open_is_nothing(void **state)
{
    struct desk *desk = desk_new();
    struct fm_entity entity = { .id = 1 };
    struct fm_host host;

    (void)state;
    take(desk, &(struct claim){ "beacon", 2, 1, 1, 80, 80, DAY0 }); /* another host's */
    fm_host_judge(desk->ledger, &entity, DAY0, &host);
    assert_true(near(host.threat, 0) && near(host.certainty, 0));
    assert_int_equal(host.quadrant, FM_LOW);
    assert_int_equal(host.contributions, 0);
    desk_free(desk);
}

static void independent_causes_add_up(void **state)
{
    struct desk *desk = desk_new();
    struct fm_entity entity = { .id = 1 };
    struct fm_host host;

    (void)state;
    take(desk, &(struct claim){ "beacon", 1, 5, 1, 60, 50, DAY0 });
    take(desk, &(struct claim){ "port_scan", 1, 0, 2, 40, 70, DAY0 });
    take(desk, &(struct claim){ "smash_and_grab", 1, 9, 3, 30, 20, DAY0 });
    fm_host_judge(desk->ledger, &entity, DAY0, &host);
    assert_true(near(host.threat, 100 * (1 - 0.4 * 0.6 * 0.7)));
    assert_true(near(host.certainty, 100 * (1 - 0.5 * 0.3 * 0.8)));
    assert_int_equal(host.quadrant, FM_CRITICAL);
    assert_int_equal(host.contributions, 3);
    assert_true(host.stage[FM_RECON].first == DAY0 && near(host.stage[FM_RECON].threat, 40));
    assert_true(host.stage[FM_BOTNET].first == 0);
    desk_free(desk);
}

static void one_cause_counts_once(void **state)
{
    struct desk *desk = desk_new();
    struct fm_entity entity = { .id = 1 };
    struct fm_host host;

    (void)state;
    take(desk, &(struct claim){ "smash_and_grab", 1, 9, 3, 60, 80, DAY0 });
    take(desk, &(struct claim){ "data_smuggler", 1, 9, 4, 70, 40, DAY0 }); /* the same name */
    take(desk, &(struct claim){ "data_smuggler", 1, 0, 3, 50, 40, DAY0 }); /* the same address */
    fm_host_judge(desk->ledger, &entity, DAY0, &host);
    assert_true(near(host.threat, 70)); /* the strongest in full */
    assert_true(near(host.certainty, 40));
    assert_int_equal(host.contributions, 3);
    unsigned support = 0;
    for (unsigned i = 0; i < 3; i++)
        support += host.contribution[i].support;
    assert_int_equal(support, 2);
    desk_free(desk);
}

static void of_equals_the_older_counts(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        struct desk *desk = desk_new();
        struct fm_entity entity = { .id = 1 };
        struct fm_host host;
        const char *first = round ? "smash_and_grab" : "data_smuggler";
        const char *second = round ? "data_smuggler" : "smash_and_grab";
        take(desk, &(struct claim){ first, 1, 9, 3, 60, 80, DAY0 });
        take(desk, &(struct claim){ second, 1, 9, 3, 60, 30, DAY0 + FM_SECOND });
        fm_host_judge(desk->ledger, &entity, DAY0 + FM_SECOND, &host);
        for (unsigned i = 0; i < 2; i++)
            assert_int_equal(host.contribution[i].support,
                    !strcmp(host.contribution[i].det->name, second));
        desk_free(desk);
    }
}

static void what_is_long_ago_fades(void **state)
{
    struct desk *desk = desk_new();
    struct fm_entity entity = { .id = 1 };
    struct fm_host host;

    (void)state;
    take(desk, &(struct claim){ "port_scan", 1, 0, 2, 80, 60, DAY0 });
    fm_host_judge(desk->ledger, &entity, DAY0 + FM_DAY, &host); /* a day halves a scan */
    assert_true(near(host.threat, 40) && near(host.certainty, 30));
    take(desk, &(struct claim){ "beacon", 1, 5, 1, 60, 60, DAY0 + FM_DAY });
    fm_host_judge(desk->ledger, &entity, DAY0 + 4 * FM_DAY, &host); /* three a channel */
    assert_true(near(host.threat, 100 * (1 - (1 - 0.8 / 16) * (1 - 0.3))));
    fm_host_judge(desk->ledger, &entity, DAY0, &host); /* never above what it was */
    assert_true(host.threat <= 100 * (1 - 0.2 * 0.4) + 1e-6);
    desk_free(desk);
}

static void unscored_ones_do_not_count(void **state)
{
    struct desk *desk = desk_new();
    struct fm_entity entity = { .id = 1 };
    struct fm_host host;

    (void)state;
    tuning[detector_index("port_scan")].status = FM_TRIAL;
    take(desk, &(struct claim){ "port_scan", 1, 0, 2, 80, 60, DAY0 });
    take(desk, &(struct claim){ "beacon", 1, 5, 1, 60, 5, DAY0 }); /* below the floor */
    fm_host_judge(desk->ledger, &entity, DAY0, &host);
    assert_true(near(host.threat, 0));
    assert_int_equal(host.contributions, 0);
    desk_free(desk);
}

/* Causes at random, against the sum over a plain list. */
static void agrees_with_a_direct_computation(void **state)
{
    static const char *const dets[] = { "beacon", "smash_and_grab", "data_smuggler", "port_scan",
        "port_sweep" };
    uint64_t seed = 7;

    (void)state;
    for (unsigned round = 0; round < 200; round++) {
        struct desk *desk = desk_new();
        struct fm_entity entity = { .id = 1 };
        struct fm_host host;
        double harmless = 1, doubtful = 1;
        unsigned n = 1 + (unsigned)seeded_below(&seed, 12);
        struct claim claim[12];
        for (unsigned i = 0; i < n; i++) {
            claim[i] = (struct claim){ dets[seeded_below(&seed, 5)], 1, i + 1, i + 1,
                (double)seeded_below(&seed, 101), (double)(10 + seeded_below(&seed, 91)), DAY0 };
            take(desk, &claim[i]);
            harmless *= 1 - claim[i].threat / 100;
            doubtful *= 1 - claim[i].certainty / 100;
        }
        fm_host_judge(desk->ledger, &entity, DAY0, &host);
        assert_true(near(host.threat, 100 * (1 - harmless)));
        assert_true(near(host.certainty, 100 * (1 - doubtful)));
        assert_int_equal(host.contributions, n);
        desk_free(desk);
    }
}

static void more_than_can_be_listed_still_count(void **state)
{
    struct desk *desk = desk_new();
    struct fm_entity entity = { .id = 1 };
    struct fm_host host;

    (void)state;
    for (unsigned i = 1; i <= 20; i++)
        take(desk, &(struct claim){ "beacon", 1, i, i, 10, 20, DAY0 });
    fm_host_judge(desk->ledger, &entity, DAY0, &host);
    assert_int_equal(host.contributions, FM_CONTRIBUTIONS);
    assert_int_equal(host.contributions_dropped, 20 - FM_CONTRIBUTIONS);
    assert_true(near(host.threat, 100 * (1 - pow(0.9, 20))));
    desk_free(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_open_is_nothing),
        cmocka_unit_test(independent_causes_add_up),
        cmocka_unit_test(one_cause_counts_once),
        cmocka_unit_test(of_equals_the_older_counts),
        cmocka_unit_test(what_is_long_ago_fades),
        cmocka_unit_test(unscored_ones_do_not_count),
        cmocka_unit_test(agrees_with_a_direct_computation),
        cmocka_unit_test(more_than_can_be_listed_still_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
