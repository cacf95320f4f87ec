/* The mailbox: an answer in time, no answer, and a box that closes. */
#include "engines.h"

#include <pthread.h>
#include <unistd.h>

struct desk {
    struct fm_mailbox *box;
    struct office *office;
    bool stop;
};

static void *answer_all(void *arg)
{
    struct desk *desk = arg;

    while (!__atomic_load_n(&desk->stop, __ATOMIC_ACQUIRE)) {
        fm_mailbox_answer(desk->box, desk->office->engine);
        usleep(200);
    }
    fm_mailbox_answer(desk->box, NULL);
    return NULL;
}

static bool ask(struct fm_mailbox *box, enum fm_question question, char *bytes, size_t cap,
        unsigned timeout_ms)
{
    struct fm_text text;

    fm_text_init(&text, bytes, cap);
    return fm_mailbox_ask(box, question, &text, timeout_ms);
}

static void every_question_is_answered_with_an_object(void **state)
{
    static const struct {
        enum fm_question question;
        const char *key;
    } questions[] = { { FM_ASK_HOSTS, "hosts" }, { FM_ASK_DETECTIONS, "detections" },
        { FM_ASK_STATS, "records" }, { FM_ASK_HEALTH, "record" }, { FM_ASK_RELOAD, "policy" } };
    struct fm_engine_config config = office_config(false);
    struct desk desk = { .box = fm_mailbox_new(), .office = office_new(&config) };
    static char bytes[65536];
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, answer_all, &desk), 0);
    for (unsigned round = 0; round < 20; round++)
        for (unsigned i = 0; i < 5; i++) {
            assert_true(ask(desk.box, questions[i].question, bytes, sizeof bytes, 10000));
            json_t *json = json_loads(bytes, 0, NULL);
            assert_non_null(json);
            assert_non_null(json_object_get(json, questions[i].key));
            json_decref(json);
        }
    __atomic_store_n(&desk.stop, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    assert_false(ask(desk.box, FM_ASK_STATS, bytes, sizeof bytes, 10000)); /* closed: at once */
    assert_non_null(strstr(bytes, "not running"));
    fm_mailbox_free(desk.box);
    office_free(desk.office);
}

static void nobody_answers_in_time(void **state)
{
    struct fm_engine_config config = office_config(false);
    struct office *office = office_new(&config);
    struct fm_mailbox *box = fm_mailbox_new();
    char bytes[256];

    (void)state;
    assert_false(ask(box, FM_ASK_STATS, bytes, sizeof bytes, 20));
    assert_non_null(strstr(bytes, "in time"));
    fm_mailbox_answer(box, office->engine); /* too late: nobody waits, nothing is kept */
    assert_false(ask(box, FM_ASK_STATS, bytes, sizeof bytes, 20));
    fm_mailbox_free(box);
    office_free(office);
}

struct asker {
    struct fm_mailbox *box;
    unsigned right;
};

static void *ask_often(void *arg)
{
    struct asker *asker = arg;
    char bytes[8192];

    for (unsigned i = 0; i < 50; i++)
        asker->right += ask(asker->box, FM_ASK_STATS, bytes, sizeof bytes, 20000) &&
                        bytes[0] == '{' && bytes[strlen(bytes) - 1] == '}';
    return NULL;
}

static void several_ask_at_a_time(void **state)
{
    struct fm_engine_config config = office_config(false);
    struct desk desk = { .box = fm_mailbox_new(), .office = office_new(&config) };
    struct asker asker[4];
    pthread_t thread, asking[4];

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, answer_all, &desk), 0);
    for (unsigned i = 0; i < 4; i++) {
        asker[i] = (struct asker){ .box = desk.box };
        assert_int_equal(pthread_create(&asking[i], NULL, ask_often, &asker[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        pthread_join(asking[i], NULL);
        assert_int_equal(asker[i].right, 50);
    }
    __atomic_store_n(&desk.stop, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    fm_mailbox_free(desk.box);
    office_free(desk.office);
}

static void a_short_text_is_cut(void **state)
{
    struct fm_engine_config config = office_config(false);
    struct desk desk = { .box = fm_mailbox_new(), .office = office_new(&config) };
    pthread_t thread;
    char bytes[16];

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, answer_all, &desk), 0);
    assert_true(ask(desk.box, FM_ASK_STATS, bytes, sizeof bytes, 10000));
    assert_int_equal(strlen(bytes), sizeof bytes - 1);
    __atomic_store_n(&desk.stop, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    fm_mailbox_free(desk.box);
    office_free(desk.office);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_question_is_answered_with_an_object),
        cmocka_unit_test(nobody_answers_in_time),
        cmocka_unit_test(several_ask_at_a_time),
        cmocka_unit_test(a_short_text_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
