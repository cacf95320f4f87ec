/* The wheel against a plain search: whatever fires must be the earliest that is set (by deadline,
 * then by when it was set), and after an advance nothing that is due may be left. */
#include "seeded.h"

#include "base/wheel.h"

#include <string.h>

#define TIMERS 300
#define YEAR (365 * FM_DAY)

struct model {
    struct fm_wheel wheel;
    struct fm_timer timer[TIMERS];
    fm_time due[TIMERS]; /* FM_NEVER and not set: unset */
    uint64_t order[TIMERS];
    bool set[TIMERS];
    uint64_t next_order, fired, seed;
    fm_time now, target;
    unsigned rearm_pct;
};

static fm_time some_time(struct model *model)
{
    static const fm_time span[] = { FM_MS, FM_SECOND, 5 * FM_SECOND, FM_MINUTE, 3 * FM_MINUTE,
        FM_HOUR, 5 * FM_HOUR, 12 * FM_DAY, 100 * FM_DAY, 3 * YEAR };
    uint64_t which = seeded_below(&model->seed, sizeof(span) / sizeof(*span));
    return (fm_time)seeded_below(&model->seed, (uint64_t)span[which]);
}

static void model_add(struct model *model, size_t i, fm_time due)
{
    fm_wheel_add(&model->wheel, &model->timer[i], due);
    assert_true(fm_timer_is_set(&model->timer[i]));
    model->set[i] = true;
    model->due[i] = due;
    model->order[i] = model->next_order++;
}

static size_t earliest(const struct model *model)
{
    size_t best = TIMERS;
    for (size_t i = 0; i < TIMERS; i++)
        if (model->set[i] && (best == TIMERS || model->due[i] < model->due[best] ||
                                     (model->due[i] == model->due[best] &&
                                             model->order[i] < model->order[best])))
            best = i;
    return best;
}

static void fire(void *arg, struct fm_timer *timer, fm_time due)
{
    struct model *model = arg;
    size_t i = (size_t)(timer - model->timer);
    assert_int_equal(i, earliest(model));
    assert_true(due == model->due[i] && due <= model->target);
    assert_false(fm_timer_is_set(timer));
    model->set[i] = false;
    model->fired++;
    if (seeded_below(&model->seed, 100) < model->rearm_pct) {
        fm_time away = seeded_below(&model->seed, 3) == 0 ? -some_time(model) : some_time(model);
        model_add(model, i, due + away);
    }
    if (seeded_below(&model->seed, 100) < model->rearm_pct) {
        size_t other = seeded_below(&model->seed, TIMERS);
        fm_wheel_cancel(&model->wheel, &model->timer[other]);
        model->set[other] = false;
    }
}

static void advance(struct model *model, fm_time now)
{
    model->target = now;
    fm_wheel_advance(&model->wheel, now, fire, model);
    model->now = now;
    size_t left = earliest(model);
    assert_true(left == TIMERS || model->due[left] > now);
    assert_true(model->wheel.now == now);
}

static uint64_t count_set(const struct model *model)
{
    uint64_t count = 0;
    for (size_t i = 0; i < TIMERS; i++)
        count += model->set[i];
    return count;
}

static void begin(struct model *model, uint64_t seed, fm_time now)
{
    memset(model, 0, sizeof(*model));
    model->seed = seed;
    model->now = now;
    fm_wheel_init(&model->wheel, now);
}

static void agrees_with_a_plain_search(void **state)
{
    (void)state;
    static struct model model;
    static const fm_time from[] = { 0, -3 * FM_HOUR, INT64_C(1511337600) * FM_SECOND + 17,
        ((INT64_C(1) << 24) - 2) * FM_SECOND, ((INT64_C(77) << 24) - 70) * FM_SECOND };
    for (uint64_t run = 0; run < 40; run++) {
        begin(&model, run, from[run % 5]);
        model.rearm_pct = run % 3 == 0 ? 0 : 25;
        for (int step = 0; step < 1500; step++) {
            size_t i = seeded_below(&model.seed, TIMERS);
            fm_time away = some_time(&model);
            switch (seeded_below(&model.seed, 8)) {
            case 0:
                fm_wheel_cancel(&model.wheel, &model.timer[i]);
                model.set[i] = false;
                break;
            case 1:
                advance(&model, model.now + away);
                break;
            case 2:
                model_add(&model, i, model.now - away);
                break;
            case 3: /* many with one deadline */
                model_add(&model, i, (model.now / FM_MINUTE + 2) * FM_MINUTE);
                break;
            default:
                model_add(&model, i, model.now + away);
            }
            assert_int_equal(model.wheel.set, count_set(&model));
        }
        model.rearm_pct = 0;
        advance(&model, model.now + 20 * YEAR);
        assert_int_equal(model.wheel.set, 0);
        assert_true(model.fired > 300);
    }
}

static void equal_deadlines_fire_as_they_were_set(void **state)
{
    (void)state;
    static struct model model;
    /* Set from near and far, the same deadline: they meet in a slot at different times. */
    begin(&model, 1, 0);
    fm_time due = 400 * FM_DAY + 123;
    for (size_t i = 0; i < 200; i++) {
        model_add(&model, i, due);
        if (i % 10 == 9)
            advance(&model, model.now + (due - model.now) / 2);
    }
    advance(&model, due - 1);
    assert_int_equal(model.fired, 0);
    advance(&model, due);
    assert_int_equal(model.fired, 200);
}

static void a_deadline_that_has_passed_fires_at_the_next_advance(void **state)
{
    (void)state;
    static struct model model;
    begin(&model, 1, 1000 * FM_SECOND);
    model_add(&model, 0, 999 * FM_SECOND);
    model_add(&model, 1, INT64_MIN + 1);
    model_add(&model, 2, 1000 * FM_SECOND);
    model_add(&model, 3, 1000 * FM_SECOND + 1);
    model.target = model.now;
    fm_wheel_advance(&model.wheel, 5 * FM_SECOND, fire, &model); /* backwards: no move */
    assert_int_equal(model.fired, 3);
    assert_true(model.wheel.now == 1000 * FM_SECOND);
    advance(&model, 1000 * FM_SECOND + 1);
    assert_int_equal(model.fired, 4);
}

static void never_is_far_but_comes(void **state)
{
    (void)state;
    static struct model model;
    begin(&model, 1, 0);
    model_add(&model, 0, FM_NEVER);
    model_add(&model, 1, 300 * YEAR);
    for (int i = 0; i < 2000; i++)
        advance(&model, model.now + 50 * FM_DAY);
    assert_int_equal(model.fired, 0);
    advance(&model, FM_NEVER - 1);
    assert_int_equal(model.fired, 1);
    advance(&model, FM_NEVER);
    assert_int_equal(model.fired, 2);
}

static void setting_again_moves(void **state)
{
    (void)state;
    static struct model model;
    begin(&model, 1, 0);
    model_add(&model, 0, 10 * FM_SECOND);
    model_add(&model, 0, 500 * FM_SECOND);
    advance(&model, 100 * FM_SECOND);
    assert_int_equal(model.fired, 0);
    assert_int_equal(model.wheel.set, 1);
    fm_wheel_cancel(&model.wheel, &model.timer[0]);
    fm_wheel_cancel(&model.wheel, &model.timer[0]);
    model.set[0] = false;
    assert_int_equal(model.wheel.set, 0);
    advance(&model, FM_DAY);
    assert_int_equal(model.fired, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_a_plain_search),
        cmocka_unit_test(equal_deadlines_fire_as_they_were_set),
        cmocka_unit_test(a_deadline_that_has_passed_fires_at_the_next_advance),
        cmocka_unit_test(never_is_far_but_comes),
        cmocka_unit_test(setting_again_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
