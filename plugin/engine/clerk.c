#include "engine/clerk.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum task { EMIT, MARK, PUT, DEL, COMMIT };

struct item {
    struct item *next;
    enum task task;
    union {
        struct fm_event event; /* its json follows the item */
        struct fm_mark mark;
        struct {
            char table[48];
            size_t key_len, len; /* key and value follow the item */
            unsigned version;
        } row;
    };
    char bytes[];
};

struct fm_clerk {
    struct fm_outside outside;
    struct fm_store *store;
    bool patient;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct item *first, **last;
    uint64_t waiting, working; /* in the queue; being done */
    uint64_t coalesced;
};

struct fm_clerk *fm_clerk_new(const struct fm_outside *outside, struct fm_store *store,
        bool patient)
{
    struct fm_clerk *clerk = calloc(1, sizeof *clerk);

    if (!clerk)
        return NULL;
    clerk->outside = *outside;
    clerk->store = store;
    clerk->patient = patient;
    clerk->last = &clerk->first;
    pthread_mutex_init(&clerk->lock, NULL);
    pthread_cond_init(&clerk->more, NULL);
    return clerk;
}

void fm_clerk_free(struct fm_clerk *clerk)
{
    if (!clerk)
        return;
    while (clerk->first) {
        struct item *gone = clerk->first;
        clerk->first = gone->next;
        free(gone);
    }
    fm_store_close(clerk->store);
    pthread_cond_destroy(&clerk->more);
    pthread_mutex_destroy(&clerk->lock);
    free(clerk);
}

/* ---- the engine's side ---- */

static void append(struct fm_clerk *clerk, struct item *item)
{
    pthread_mutex_lock(&clerk->lock);
    *clerk->last = item;
    clerk->last = &item->next;
    clerk->waiting++;
    pthread_cond_signal(&clerk->more);
    pthread_mutex_unlock(&clerk->lock);
}

static struct item *item_new(enum task task, size_t bytes)
{
    struct item *item = calloc(1, sizeof *item + bytes);

    if (item)
        item->task = task;
    return item;
}

static bool is_behind(struct fm_clerk *clerk)
{
    pthread_mutex_lock(&clerk->lock);
    bool behind = !clerk->patient && clerk->waiting >= FM_CLERK_QUEUE;
    pthread_mutex_unlock(&clerk->lock);
    return behind;
}

bool fm_clerk_emit(struct fm_clerk *clerk, const struct fm_event *event, bool can_wait)
{
    struct item *item = can_wait && is_behind(clerk) ? NULL : item_new(EMIT, event->len + 1);

    if (!item) {
        clerk->coalesced++;
        return false;
    }
    item->event = *event;
    memcpy(item->bytes, event->json, event->len);
    item->event.json = item->bytes;
    append(clerk, item);
    return true;
}

void fm_clerk_mark(struct fm_clerk *clerk, const struct fm_mark *mark)
{
    struct item *item = item_new(MARK, 0);

    if (!item)
        return;
    item->mark = *mark;
    append(clerk, item);
}

/** NULL without a store. */
static struct item *row_new(struct fm_clerk *clerk, enum task task, const char *table,
        const void *key, size_t key_len, size_t len)
{
    struct item *item = clerk->store ? item_new(task, key_len + len) : NULL;

    if (!item)
        return NULL;
    memcpy(item->row.table, table, strnlen(table, sizeof item->row.table - 1));
    item->row.key_len = key_len;
    item->row.len = len;
    memcpy(item->bytes, key, key_len);
    return item;
}

void fm_clerk_put(struct fm_clerk *clerk, const char *table, const void *key, size_t key_len,
        const void *value, size_t len, unsigned version)
{
    struct item *item = row_new(clerk, PUT, table, key, key_len, len);

    if (!item)
        return;
    item->row.version = version;
    memcpy(item->bytes + key_len, value, len);
    append(clerk, item);
}

void fm_clerk_del(struct fm_clerk *clerk, const char *table, const void *key, size_t key_len)
{
    struct item *item = row_new(clerk, DEL, table, key, key_len, 0);

    if (item)
        append(clerk, item);
}

void fm_clerk_commit(struct fm_clerk *clerk)
{
    struct item *item = clerk->store ? item_new(COMMIT, 0) : NULL;

    if (item)
        append(clerk, item);
}

uint64_t fm_clerk_coalesced(const struct fm_clerk *clerk)
{
    return clerk->coalesced;
}

/* ---- the clerk's own ---- */

static void carry_out(struct fm_clerk *clerk, const struct item *item)
{
    switch (item->task) {
    case EMIT:
        clerk->outside.emit(clerk->outside.arg, &item->event);
        break;
    case MARK:
        clerk->outside.mark(clerk->outside.arg, &item->mark);
        break;
    case PUT:
        fm_store_put(clerk->store, item->row.table, item->bytes, item->row.key_len,
                item->bytes + item->row.key_len, item->row.len, item->row.version);
        break;
    case DEL:
        fm_store_del(clerk->store, item->row.table, item->bytes, item->row.key_len);
        break;
    case COMMIT:
        fm_store_commit(clerk->store);
        break;
    }
}

static struct item *take_all(struct fm_clerk *clerk, unsigned wait_ms)
{
    struct timespec until;

    pthread_mutex_lock(&clerk->lock);
    if (!clerk->first && wait_ms) {
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += wait_ms / 1000;
        until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
        pthread_cond_timedwait(&clerk->more, &clerk->lock, &until);
    }
    struct item *items = clerk->first;
    clerk->first = NULL;
    clerk->last = &clerk->first;
    clerk->working += clerk->waiting;
    clerk->waiting = 0;
    pthread_mutex_unlock(&clerk->lock);
    return items;
}

unsigned fm_clerk_work(struct fm_clerk *clerk, unsigned wait_ms)
{
    struct item *item = take_all(clerk, wait_ms), *next;
    unsigned done = 0;

    for (; item; item = next, done++) {
        next = item->next;
        carry_out(clerk, item);
        free(item);
    }
    pthread_mutex_lock(&clerk->lock);
    clerk->working -= done;
    pthread_mutex_unlock(&clerk->lock);
    return done;
}

bool fm_clerk_idle(struct fm_clerk *clerk)
{
    pthread_mutex_lock(&clerk->lock);
    bool idle = !clerk->waiting && !clerk->working;
    pthread_mutex_unlock(&clerk->lock);
    return idle;
}
