/* The mailbox: one question at a time, asked by any thread, answered by the engine between two
 * records.  Whoever asks waits on a condition, never on the engine's data. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/engine.h"

#define ANSWER_BYTES (256 * 1024)

enum state { EMPTY, ASKED, ANSWERED };

struct fm_mailbox {
    pthread_mutex_t lock, asking; /* asking: one asker at a time */
    pthread_cond_t turn;
    enum state state;
    bool closed, ok;
    enum fm_question question;
    struct fm_text answer;
    char bytes[ANSWER_BYTES];
};

struct fm_mailbox *fm_mailbox_new(void)
{
    struct fm_mailbox *box = calloc(1, sizeof *box);

    if (!box)
        return NULL;
    pthread_mutex_init(&box->lock, NULL);
    pthread_mutex_init(&box->asking, NULL);
    pthread_cond_init(&box->turn, NULL);
    return box;
}

void fm_mailbox_free(struct fm_mailbox *box)
{
    if (!box)
        return;
    pthread_cond_destroy(&box->turn);
    pthread_mutex_destroy(&box->asking);
    pthread_mutex_destroy(&box->lock);
    free(box);
}

static struct timespec in_ms(unsigned ms)
{
    struct timespec at;

    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += (long)(ms % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

static bool wait_for_answer(struct fm_mailbox *box, struct fm_text *answer, unsigned timeout_ms)
{
    struct timespec until = in_ms(timeout_ms);
    int error = 0;

    while (box->state == ASKED && !box->closed && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&box->turn, &box->lock, &until);
    if (box->state == ANSWERED) {
        fm_text_add(answer, box->answer.at, box->answer.len);
        return box->ok;
    }
    fm_text_adds(answer, box->closed ? "the engine is not running" : "no answer in time");
    return false;
}

bool fm_mailbox_ask(struct fm_mailbox *box, enum fm_question question, struct fm_text *answer,
        unsigned timeout_ms)
{
    pthread_mutex_lock(&box->asking);
    pthread_mutex_lock(&box->lock);
    box->question = question;
    box->state = ASKED;
    bool ok = wait_for_answer(box, answer, timeout_ms);
    box->state = EMPTY;
    pthread_mutex_unlock(&box->lock);
    pthread_mutex_unlock(&box->asking);
    return ok;
}

void fm_mailbox_answer(struct fm_mailbox *box, struct fm_engine *engine)
{
    pthread_mutex_lock(&box->lock);
    box->closed = !engine;
    if (box->state == ASKED && engine) {
        fm_text_init(&box->answer, box->bytes, sizeof box->bytes);
        box->ok = fm_engine_ask(engine, box->question, &box->answer);
        box->state = ANSWERED;
    }
    pthread_cond_broadcast(&box->turn);
    pthread_mutex_unlock(&box->lock);
}
