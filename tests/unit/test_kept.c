/* Kept detections: what is written is read again, and nothing else is. */
#include "findings.h"

#include "judge/kept.h"

struct shelf {
    struct fm_mem mem;
    struct fm_words *words;
    struct fm_detection in, out;
    struct fm_kept_detection kept;
};

static struct shelf *shelf_new(const char *type)
{
    struct shelf *s = calloc(1, sizeof *s);
    unsigned det = detector_index(type);

    tuning_straight();
    s->words = fm_words_new(&s->mem);
    s->in = (struct fm_detection){ .id = 7, .det = det, .rev = 3, .state = FM_DET_UPDATE,
        .status = FM_LIVE, .scored = true, .written = true, .opened = DAY0, .last = DAY0 + FM_HOUR,
        .entity = { .id = 5, .addresses = 1 }, .found = { .threat = 40, .certainty = 60 } };
    s->in.finding = finding_of(det, 5, 40, 60, DAY0);
    s->in.finding.kind = "fast";
    fm_fact_number(&s->in.finding, "targets", 12);
    fm_fact_text(&s->in.finding, "account", "eve");
    s->in.support.rule[0].sid = 9;
    return s;
}

static void shelf_free(struct shelf *s)
{
    fm_words_free(s->words);
    assert_int_equal(s->mem.used_bytes, 0);
    free(s);
}

static void what_is_written_is_read_again(void **state)
{
    struct shelf *s = shelf_new("port_scan");

    (void)state;
    fm_kept_write(&s->in, &s->kept);
    assert_true(fm_kept_read(&s->kept, tuning, s->words, &s->out));
    assert_true(s->out.finding.det == fm_detector_find("port_scan"));
    assert_string_equal(s->out.finding.kind, "fast");
    assert_true(s->out.finding.kind != s->in.finding.kind);
    assert_int_equal(s->out.finding.facts, 2);
    assert_string_equal(s->out.finding.fact[0].name, "targets");
    assert_string_equal(s->out.finding.fact[1].name, "account");
    /* and all that is no pointer */
    s->out.finding.kind = s->in.finding.kind;
    for (unsigned i = 0; i < 2; i++)
        s->out.finding.fact[i].name = s->in.finding.fact[i].name;
    assert_memory_equal(&s->in, &s->out, sizeof s->in);
    shelf_free(s);
}

static void no_pointer_is_written(void **state)
{
    struct shelf *a = shelf_new("port_scan"), *b = shelf_new("port_scan");
    static const char other[] = "fast";

    (void)state;
    b->in.finding.kind = other;
    b->in.timer.next = &b->in.timer;
    b->in.reason = other;
    fm_kept_write(&a->in, &a->kept);
    fm_kept_write(&b->in, &b->kept);
    assert_memory_equal(&a->kept, &b->kept, sizeof a->kept);
    shelf_free(a);
    shelf_free(b);
}

static void it_goes_with_its_detector_to_another_place(void **state)
{
    struct shelf *s = shelf_new("port_scan");
    unsigned at = detector_index("port_scan");
    struct fm_tuning swapped = tuning[0];

    (void)state;
    fm_kept_write(&s->in, &s->kept);
    tuning[0] = tuning[at];
    tuning[at] = swapped;
    assert_true(fm_kept_read(&s->kept, tuning, s->words, &s->out));
    assert_int_equal(s->out.det, 0);
    tuning[0] = tuning[at]; /* it is not there any more */
    assert_false(fm_kept_read(&s->kept, tuning, s->words, &s->out));
    tuning_straight();
    shelf_free(s);
}

static void what_makes_no_sense_is_not_read(void **state)
{
    struct shelf *s = shelf_new("beacon");
    struct fm_kept_detection good;

    (void)state;
    fm_kept_write(&s->in, &good);
#define DAMAGED(change)                                                                            \
    s->kept = good;                                                                                \
    change;                                                                                        \
    assert_false(fm_kept_read(&s->kept, tuning, s->words, &s->out))
    DAMAGED(s->kept.form++);
    DAMAGED(memset(s->kept.type, 'x', sizeof s->kept.type));
    DAMAGED(s->kept.fact[1][0] = 0);
    DAMAGED(s->kept.detection.rev = 0);
    DAMAGED(s->kept.detection.state = FM_DET_CLOSED);
    DAMAGED(s->kept.detection.status = FM_STATUSES);
    DAMAGED(s->kept.detection.triage_reason = FM_TRIAGE_REASONS);
    DAMAGED(s->kept.detection.finding.facts = FM_FACTS + 1);
    DAMAGED(s->kept.detection.finding.peers = FM_PEERS + 1);
    DAMAGED(s->kept.detection.entity.addresses = 200);
    DAMAGED(s->kept.detection.last = FM_TIME_MAX + 1);
    s->kept = good;
    assert_true(fm_kept_read(&s->kept, tuning, s->words, &s->out));
    shelf_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(no_pointer_is_written),
        cmocka_unit_test(it_goes_with_its_detector_to_another_place),
        cmocka_unit_test(what_makes_no_sense_is_not_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
