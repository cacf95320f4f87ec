/* All detectors together: who is judged when, who is blind and says so, and what they may cost. */
#include "brain.h"

#include "detect/run.h"

#define STATE_BYTES (64u << 20)

struct stage {
    struct scene *scene;
    struct fm_learn *learn;
    struct fm_tuning tuning[FM_DETECTORS];
    struct fm_run *run;
    unsigned found[FM_DETECTORS];
};

static void see(void *arg, const struct fm_obs *obs)
{
    struct stage *stage = arg;

    fm_learn_see(stage->learn, obs);
    fm_run_see(stage->run, obs);
}

static void found(void *arg, unsigned det, const struct fm_finding *finding)
{
    struct stage *stage = arg;

    assert_ptr_equal(finding->det, fm_detectors[det]);
    stage->found[det]++;
}

static bool listed(void *arg, const char *list, const char *name, const struct fm_addr *addr,
        uint16_t port)
{
    (void)arg;
    (void)list;
    (void)name;
    (void)addr;
    (void)port;
    return false;
}

static struct fm_context context_of(struct stage *stage)
{
    return (struct fm_context){ .world = stage->scene->world,
        .learn = stage->learn,
        .seed = 1,
        .listed = listed };
}

static struct stage *stage_new(enum fm_source source)
{
    struct stage *stage = calloc(1, sizeof *stage);
    struct fm_learn_sizes sizes = { .names = 256, .baselines = 256 };

    assert_non_null(stage);
    stage->scene = scene_new(256, 1024);
    stage->learn = fm_learn_new(&stage->scene->mem, &sizes, 1);
    for (unsigned i = 0; i < fm_detectors_count; i++)
        fm_tuning_preset(fm_detectors[i], &stage->tuning[i]);
    struct fm_context ctx = context_of(stage);
    stage->run = fm_run_new(&stage->scene->mem, &ctx, stage->tuning, STATE_BYTES, source, 1);
    assert_non_null(stage->run);
    fm_world_listen(stage->scene->world, see, stage);
    return stage;
}

static void stage_free(struct stage *stage)
{
    fm_run_free(stage->run);
    fm_learn_free(stage->learn);
    scene_free(stage->scene);
    free(stage);
}

static unsigned index_of(const char *name)
{
    for (unsigned i = 0; i < fm_detectors_count; i++)
        if (!strcmp(fm_detectors[i]->name, name))
            return i;
    fail_msg("no detector %s", name);
    return 0;
}

static void take(struct stage *stage, const struct fm_rec *rec)
{
    fm_world_advance(stage->scene->world, rec->time);
    fm_world_take(stage->scene->world, rec);
}

static void scan(struct stage *stage, unsigned client, fm_time at)
{
    for (uint16_t i = 0; i < 100; i++) {
        struct pair p = { .client = inside(client),
            .server = inside(99),
            .cport = 40000,
            .sport = (uint16_t)(1 + i) };
        take(stage, rec_new(&stage->scene->space, at + i * FM_MS, &p));
        take(stage, rec_answer(&stage->scene->space, at + i * FM_MS + 1, at, &p, FM_REFUSED));
    }
}

static void what_was_observed_is_judged_once(void **state)
{
    struct stage *stage = stage_new(FM_SURICATA7);
    unsigned det = index_of("port_scan");

    (void)state;
    assert_false(fm_run_pending(stage->run));
    scan(stage, 1, DAY0);
    scan(stage, 2, DAY0 + FM_SECOND);
    assert_true(fm_run_pending(stage->run));
    assert_int_equal(stage->found[det], 0); /* not before its time */
    fm_run_judge(stage->run, DAY0 + 2 * FM_SECOND, found, stage);
    assert_int_equal(stage->found[det], 2); /* a host each */
    assert_false(fm_run_pending(stage->run));
    fm_run_judge(stage->run, DAY0 + 3 * FM_SECOND, found, stage);
    assert_int_equal(stage->found[det], 2);
    stage_free(stage);
}

static void what_is_off_counts_nothing(void **state)
{
    struct stage *stage = stage_new(FM_SURICATA7);
    unsigned det = index_of("port_scan");

    (void)state;
    stage->tuning[det].status = FM_OFF;
    scan(stage, 1, DAY0);
    fm_run_judge(stage->run, DAY0 + FM_SECOND, found, stage);
    assert_int_equal(stage->found[det], 0);
    assert_int_equal(fm_slab_count(fm_run_slab(stage->run, det)), 0);
    struct fm_tuning other[FM_DETECTORS];
    memcpy(other, stage->tuning, sizeof other);
    other[det].status = FM_LEARNING; /* learning counts, and its findings go on */
    assert_true(fm_run_prepare(stage->run, other));
    fm_run_tune(stage->run);
    scan(stage, 1, DAY0 + FM_MINUTE);
    fm_run_judge(stage->run, DAY0 + 2 * FM_MINUTE, found, stage);
    assert_int_equal(stage->found[det], 1);
    stage_free(stage);
}

static void who_is_blind_judges_nothing(void **state)
{
    struct stage *stage = stage_new(FM_SURICATA7);
    unsigned det = index_of("port_scan");

    (void)state;
    fm_world_gauge(stage->scene->world)->only_server = 1000;
    const struct fm_blindness *why = fm_run_blind(stage->run, det);
    assert_non_null(why);
    assert_true(strlen(why->reason) > 10 && strlen(why->remedy) > 10);
    scan(stage, 1, DAY0);
    fm_run_judge(stage->run, DAY0 + FM_SECOND, found, stage);
    assert_int_equal(stage->found[det], 0);
    fm_world_gauge(stage->scene->world)->only_server = 0; /* the mirror was mended */
    assert_null(fm_run_blind(stage->run, det));
    scan(stage, 1, DAY0 + FM_MINUTE);
    fm_run_judge(stage->run, DAY0 + 2 * FM_MINUTE, found, stage);
    assert_int_equal(stage->found[det], 1);
    stage_free(stage);
}

static bool needs_more(const struct fm_detector *det, enum fm_source source)
{
    for (unsigned i = 0; i < 4 && det->needs[i].fields; i++)
        if (det->needs[i].fields & ~fm_source_fields(source, det->needs[i].kind))
            return true;
    return false;
}

static void a_source_without_the_fields_blinds(void **state)
{
    (void)state;
    for (unsigned source = 0; source < FM_SOURCES; source++) {
        struct stage *stage = stage_new((enum fm_source)source);
        for (unsigned i = 0; i < fm_detectors_count; i++)
            assert_int_equal(fm_run_blind(stage->run, i) != NULL,
                    needs_more(fm_detectors[i], (enum fm_source)source));
        stage_free(stage);
    }
}

static void every_assumption_is_asked(void **state)
{
    struct stage *stage = stage_new(FM_SURICATA7);
    struct fm_gauge *gauge = fm_world_gauge(stage->scene->world);

    (void)state;
    for (unsigned i = 0; i < fm_detectors_count; i++) {
        uint32_t assumes = fm_detectors[i]->assumes;
        bool blind = fm_run_blind(stage->run, i) != NULL;
        assert_int_equal(blind, needs_more(fm_detectors[i], FM_SURICATA7));
        if (blind)
            continue;
        *gauge = (struct fm_gauge){ .only_client = 100 };
        assert_int_equal(fm_run_blind(stage->run, i) != NULL, (assumes & FM_TWO_WAY) != 0);
        *gauge = (struct fm_gauge){ .only_server = 100 };
        assert_int_equal(fm_run_blind(stage->run, i) != NULL,
                (assumes & (FM_TWO_WAY | FM_CLIENTS_SEEN)) != 0);
        *gauge = (struct fm_gauge){ .outward = 1000, .inside = 1000 };
        assert_int_equal(fm_run_blind(stage->run, i) != NULL, (assumes & FM_DNS_SEEN) != 0);
        *gauge = (struct fm_gauge){ .outward = 1000, .dns = 1000 };
        assert_int_equal(fm_run_blind(stage->run, i) != NULL, (assumes & FM_INSIDE_SEEN) != 0);
        *gauge = (struct fm_gauge){ 0 };
    }
    stage_free(stage);
}

static void a_forgotten_host_is_judged_no_more(void **state)
{
    struct stage *stage = stage_new(FM_SURICATA7);
    unsigned det = index_of("port_scan");

    (void)state;
    scan(stage, 1, DAY0);
    for (unsigned i = 0; i < 400; i++) { /* more hosts than there is room for */
        struct fm_addr addr = inside(1000 + i);
        fm_entity_meet(fm_world_entities(stage->scene->world), 0, &addr, NULL, true, DAY0);
    }
    fm_run_judge(stage->run, DAY0 + FM_SECOND, found, stage);
    assert_int_equal(stage->found[det], 0);
    stage_free(stage);
}

static void a_pin_goes_to_the_state(void **state)
{
    struct stage *stage = stage_new(FM_SURICATA7);
    unsigned det = index_of("port_scan");

    (void)state;
    scan(stage, 1, DAY0);
    struct fm_state *s = fm_slab_oldest(fm_run_slab(stage->run, det));
    struct fm_key stranger = { .entity = 12345 };
    fm_run_pin(stage->run, det, &stranger, true); /* nothing there */
    fm_run_pin(stage->run, det, &s->key, true);
    assert_int_equal(s->pinned, 1);
    fm_run_pin(stage->run, det, &s->key, false);
    assert_int_equal(s->pinned, 0);
    stage_free(stage);
}

static void all_slabs_together_fit(void **state)
{
    struct stage *stage = stage_new(FM_SURICATA7);
    double all = 0;

    (void)state;
    for (unsigned i = 0; i < fm_detectors_count; i++) {
        const struct fm_slab *slab = fm_run_slab(stage->run, i);
        assert_true(fm_detectors[i]->family->share > 0);
        all += (double)fm_slab_cap(slab) * (double)fm_slab_cost_bytes(slab);
    }
    assert_true(all <= STATE_BYTES && all > 0.5 * STATE_BYTES);
    stage_free(stage);
}

static void too_little_memory_is_refused(void **state)
{
    struct stage *stage = stage_new(FM_SURICATA7);
    struct fm_context ctx = context_of(stage);

    (void)state;
    assert_null(fm_run_new(&stage->scene->mem, &ctx, stage->tuning, 100000, FM_SURICATA7, 1));
    stage_free(stage);
}

static void survives_each_failed_allocation(void **state)
{
    struct stage *stage = stage_new(FM_SURICATA7);
    struct fm_context ctx = context_of(stage);
    struct fm_run *whole = stage->run;

    (void)state;
    for (uint64_t n = 1, refused = 1; refused; n++) {
        struct fm_mem mem = { .fail_at = n };
        stage->run = fm_run_new(&mem, &ctx, stage->tuning, STATE_BYTES, FM_SURICATA7, 1);
        if (stage->run) {
            scan(stage, 1, DAY0 + (fm_time)n * FM_HOUR);
            fm_run_judge(stage->run, DAY0 + (fm_time)n * FM_HOUR + FM_SECOND, found, stage);
        }
        refused = mem.refused;
        fm_run_free(stage->run);
        assert_int_equal(mem.used_bytes, 0);
    }
    stage->run = whole;
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_observed_is_judged_once),
        cmocka_unit_test(what_is_off_counts_nothing),
        cmocka_unit_test(who_is_blind_judges_nothing),
        cmocka_unit_test(a_source_without_the_fields_blinds),
        cmocka_unit_test(every_assumption_is_asked),
        cmocka_unit_test(a_forgotten_host_is_judged_no_more),
        cmocka_unit_test(a_pin_goes_to_the_state),
        cmocka_unit_test(all_slabs_together_fit),
        cmocka_unit_test(too_little_memory_is_refused),
        cmocka_unit_test(survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
