/* The clerk: everything in order, updates left out behind a slow output, nothing else. */
#include "seeded.h"

#include "engine/clerk.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct outside {
    unsigned emitted, marked;
    fm_time last; /* of the last event; they come in order */
    char types[256];
};

static void emit(void *arg, const struct fm_event *event)
{
    struct outside *out = arg;

    assert_true(event->time > out->last);
    assert_int_equal(event->len, strlen(event->json));
    out->last = event->time;
    out->emitted++;
}

static void mark(void *arg, const struct fm_mark *mark)
{
    struct outside *out = arg;

    assert_int_equal(mark->addr.byte[15], 7);
    assert_true(mark->last == 99);
    assert_true(strlen(out->types) + strlen(mark->type) + 2 < sizeof out->types);
    strcat(strcat(out->types, mark->type), " ");
    out->marked++;
}

static void say(void *arg, enum fm_level level, const char *line)
{
    (void)arg;
    (void)level;
    (void)line;
}

static struct fm_outside outside_of(struct outside *out)
{
    return (struct fm_outside){ .arg = out, .emit = emit, .mark = mark, .say = say };
}

static bool give(struct fm_clerk *clerk, fm_time at, bool can_wait)
{
    char json[32];
    struct fm_event event = { .time = at, .json = json };

    event.len = (size_t)snprintf(json, sizeof json, "{\"n\":%d}", (int)at);
    bool taken = fm_clerk_emit(clerk, &event, can_wait);
    memset(json, 'x', sizeof json); /* it was copied */
    return taken;
}

static void things_are_done_in_order(void **state)
{
    struct outside out = { 0 };
    struct fm_outside outside = outside_of(&out);
    struct fm_clerk *clerk = fm_clerk_new(&outside, NULL, false);
    struct fm_mark mark = { .addr.byte[15] = 7, .type = "beacon", .last = 99 };

    (void)state;
    assert_true(fm_clerk_idle(clerk));
    assert_int_equal(fm_clerk_work(clerk, 0), 0);
    for (fm_time at = 1; at <= 100; at++)
        assert_true(give(clerk, at, at % 2));
    fm_clerk_mark(clerk, &mark);
    memcpy(mark.type, "port_scan", sizeof "port_scan");
    fm_clerk_mark(clerk, &mark);
    fm_clerk_put(clerk, "host", "k", 1, "v", 1, 1); /* without a store: nothing */
    fm_clerk_commit(clerk);
    assert_false(fm_clerk_idle(clerk));
    assert_int_equal(fm_clerk_work(clerk, 0), 102);
    assert_true(fm_clerk_idle(clerk));
    assert_int_equal(out.emitted, 100);
    assert_string_equal(out.types, "beacon port_scan ");
    fm_clerk_free(clerk);
}

static void behind_a_slow_output_updates_are_left_out(void **state)
{
    struct outside out = { 0 };
    struct fm_outside outside = outside_of(&out);
    struct fm_clerk *clerk = fm_clerk_new(&outside, NULL, false);
    fm_time at = 0;

    (void)state;
    while (at < FM_CLERK_QUEUE)
        assert_true(give(clerk, ++at, true));
    for (unsigned i = 0; i < 50; i++)
        assert_false(give(clerk, at + 1, true));
    assert_true(give(clerk, ++at, false)); /* what opens or closes still goes in */
    assert_int_equal(fm_clerk_coalesced(clerk), 50);
    assert_int_equal(fm_clerk_work(clerk, 0), FM_CLERK_QUEUE + 1);
    assert_true(give(clerk, ++at, true));
    fm_clerk_free(clerk); /* what nobody did is freed */
}

static void a_patient_clerk_leaves_nothing_out(void **state)
{
    struct outside out = { 0 };
    struct fm_outside outside = outside_of(&out);
    struct fm_clerk *clerk = fm_clerk_new(&outside, NULL, true);

    (void)state;
    for (fm_time at = 1; at <= 3 * FM_CLERK_QUEUE; at++)
        assert_true(give(clerk, at, true));
    assert_int_equal(fm_clerk_work(clerk, 0), 3 * FM_CLERK_QUEUE);
    assert_int_equal(fm_clerk_coalesced(clerk), 0);
    fm_clerk_free(clerk);
}

static void rows_reach_the_store(void **state)
{
    char dir[] = "/tmp/furumai-clerk-XXXXXX", path[64], value[16];
    struct outside out = { 0 };
    struct fm_outside outside = outside_of(&out);
    unsigned version;

    (void)state;
    assert_non_null(mkdtemp(dir));
    struct fm_clerk *clerk = fm_clerk_new(&outside, fm_store_open(dir, false, NULL, NULL), false);
    fm_clerk_put(clerk, "entity", "key", 3, "value", 5, 7);
    fm_clerk_put(clerk, "entity", "key", 3, "newer", 5, 8);
    fm_clerk_commit(clerk);
    assert_int_equal(fm_clerk_work(clerk, 0), 3);
    fm_clerk_free(clerk);
    struct fm_store *store = fm_store_open(dir, true, NULL, NULL);
    assert_int_equal(fm_store_get(store, "entity", "key", 3, value, sizeof value, &version), 5);
    assert_memory_equal(value, "newer", 5);
    assert_int_equal(version, 8);
    fm_store_close(store);
    static const char *const files[] = { "furumai.db", "furumai.db-wal", "furumai.db-shm" };
    for (unsigned i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(dir), 0);
}

struct threads {
    struct fm_clerk *clerk;
    unsigned done;
    bool stop;
};

static void *work(void *arg)
{
    struct threads *t = arg;

    while (!__atomic_load_n(&t->stop, __ATOMIC_ACQUIRE) || !fm_clerk_idle(t->clerk))
        t->done += fm_clerk_work(t->clerk, 5);
    return NULL;
}

static void one_thread_gives_another_does(void **state)
{
    struct outside out = { 0 };
    struct fm_outside outside = outside_of(&out);
    struct threads t = { .clerk = fm_clerk_new(&outside, NULL, false) };
    pthread_t thread;
    unsigned given = 0;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, work, &t), 0);
    for (fm_time at = 1; at <= 20011; at++)
        given += give(t.clerk, at, at % 3 == 0);
    __atomic_store_n(&t.stop, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    assert_int_equal(t.done, given);
    assert_int_equal(out.emitted, given);
    assert_int_equal(given + fm_clerk_coalesced(t.clerk), 20011);
    fm_clerk_free(t.clerk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(things_are_done_in_order),
        cmocka_unit_test(behind_a_slow_output_updates_are_left_out),
        cmocka_unit_test(a_patient_clerk_leaves_nothing_out),
        cmocka_unit_test(rows_reach_the_store),
        cmocka_unit_test(one_thread_gives_another_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
