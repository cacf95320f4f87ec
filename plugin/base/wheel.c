/* A hierarchical timer wheel.
 *
 * A timer stands at the level of the highest six bits in which its tick differs from the wheel's,
 * in the slot of its own six bits there.  So all timers of one tick always share one slot, and a
 * slot in order of insertion stays so when it is spread over the level below.  What differs above
 * the four levels waits in `far`, to be put again when the wheel has turned once.  Timers of the
 * tick that is now are moved from their slot, sorted by deadline, into `ready`, and fire from
 * there.
 *
 * `busy` has a bit for each slot that may hold a timer (a cancelled timer may leave its bit set
 * until the wheel comes by), so an advance goes from one used slot to the next: it costs what
 * fires, at most 64 steps a level, and one look at `far` a turn.
 * add, cancel: O(1).  Sorting the n timers of a tick: O(n log n). */
#include "base/wheel.h"

#include <string.h>

#define SLOT_BITS 6
#define SLOT_MASK (FM_WHEEL_SLOTS - 1)
#define TURN_BITS (SLOT_BITS * FM_WHEEL_LEVELS)
_Static_assert(FM_WHEEL_SLOTS == 1 << SLOT_BITS, "a slot's number is six bits of the tick");

static int64_t tick_of(fm_time at)
{
    return at / FM_SECOND - (at % FM_SECOND < 0);
}

static void list_init(struct fm_timer *list)
{
    list->prev = list->next = list;
}

static bool list_empty(const struct fm_timer *list)
{
    return list->next == list;
}

static void list_append(struct fm_timer *list, struct fm_timer *timer)
{
    timer->prev = list->prev;
    timer->next = list;
    list->prev->next = timer;
    list->prev = timer;
}

static void list_remove(struct fm_timer *timer)
{
    timer->prev->next = timer->next;
    timer->next->prev = timer->prev;
    timer->prev = timer->next = NULL;
}

void fm_wheel_init(struct fm_wheel *wheel, fm_time now)
{
    memset(wheel, 0, sizeof(*wheel));
    wheel->now = now;
    for (int level = 0; level < FM_WHEEL_LEVELS; level++)
        for (int slot = 0; slot < FM_WHEEL_SLOTS; slot++)
            list_init(&wheel->slot[level][slot]);
    list_init(&wheel->far);
    list_init(&wheel->ready);
}

static void put(struct fm_wheel *wheel, struct fm_timer *timer)
{
    int64_t now = tick_of(wheel->now), tick = tick_of(timer->due);
    if (tick < now)
        tick = now;
    uint64_t differ = (uint64_t)now ^ (uint64_t)tick;
    int level = differ == 0 ? 0 : (63 - __builtin_clzll(differ)) / SLOT_BITS;
    if (level >= FM_WHEEL_LEVELS) {
        list_append(&wheel->far, timer);
        return;
    }
    int slot = (int)((uint64_t)tick >> (level * SLOT_BITS) & SLOT_MASK);
    list_append(&wheel->slot[level][slot], timer);
    wheel->busy[level] |= UINT64_C(1) << slot;
}

void fm_wheel_add(struct fm_wheel *wheel, struct fm_timer *timer, fm_time due)
{
    fm_wheel_cancel(wheel, timer);
    timer->due = due;
    put(wheel, timer);
    wheel->set++;
}

void fm_wheel_cancel(struct fm_wheel *wheel, struct fm_timer *timer)
{
    if (!fm_timer_is_set(timer))
        return;
    list_remove(timer);
    wheel->set--;
}

bool fm_timer_is_set(const struct fm_timer *timer)
{
    return timer->next != NULL;
}

/* Two chains by `next`, each in order of deadline; of equal ones those of `a` come first. */
static struct fm_timer *merge(struct fm_timer *a, struct fm_timer *b)
{
    struct fm_timer *head = NULL, **end = &head;
    while (a != NULL && b != NULL) {
        struct fm_timer **first = b->due < a->due ? &b : &a;
        *end = *first;
        end = &(*first)->next;
        *first = (*first)->next;
    }
    *end = a != NULL ? a : b;
    return head;
}

/* Takes the list's timers as a chain by `next`; the list is empty then. */
static struct fm_timer *take_chain(struct fm_timer *list)
{
    if (list_empty(list))
        return NULL;
    struct fm_timer *head = list->next;
    list->prev->next = NULL;
    list_init(list);
    return head;
}

static struct fm_timer *sort_chain(struct fm_timer *chain)
{
    struct fm_timer *run[64] = { NULL }; /* run[i]: sorted, 2^i timers, set before those below */
    while (chain != NULL) {
        struct fm_timer *one = chain;
        chain = chain->next;
        one->next = NULL;
        int i = 0;
        for (; run[i] != NULL; i++) {
            one = merge(run[i], one);
            run[i] = NULL;
        }
        run[i] = one;
    }
    struct fm_timer *all = NULL;
    for (int i = 0; i < 64; i++)
        all = merge(run[i], all);
    return all;
}

/* Moves the timers of the tick that is now into `ready`, by deadline. */
static void make_ready(struct fm_wheel *wheel)
{
    int slot = (int)((uint64_t)tick_of(wheel->now) & SLOT_MASK);
    wheel->busy[0] &= ~(UINT64_C(1) << slot);
    if (list_empty(&wheel->slot[0][slot])) /* as after nearly every timer that fires */
        return;
    struct fm_timer *come = sort_chain(take_chain(&wheel->slot[0][slot]));
    if (list_empty(&wheel->ready) || wheel->ready.prev->due > come->due)
        come = merge(take_chain(&wheel->ready), come);
    while (come != NULL) {
        struct fm_timer *timer = come;
        come = come->next;
        list_append(&wheel->ready, timer);
    }
}

static void spread(struct fm_wheel *wheel, struct fm_timer *list)
{
    struct fm_timer *chain = take_chain(list);
    while (chain != NULL) {
        struct fm_timer *timer = chain;
        chain = chain->next;
        put(wheel, timer);
    }
}

/* Goes on to a tick between which and now no timer is due. */
static void enter(struct fm_wheel *wheel, int64_t tick)
{
    uint64_t differ = (uint64_t)tick_of(wheel->now) ^ (uint64_t)tick;
    wheel->now = tick * FM_SECOND;
    if (differ >> TURN_BITS != 0)
        spread(wheel, &wheel->far);
    for (int level = FM_WHEEL_LEVELS - 1; level > 0; level--) {
        if (differ >> (level * SLOT_BITS) == 0)
            continue;
        int slot = (int)((uint64_t)tick >> (level * SLOT_BITS) & SLOT_MASK);
        wheel->busy[level] &= ~(UINT64_C(1) << slot);
        spread(wheel, &wheel->slot[level][slot]);
    }
}

/* The first tick after now, at most `last`, at which a slot has something to fire or spread. */
static int64_t next_tick(struct fm_wheel *wheel, int64_t last)
{
    int64_t now = tick_of(wheel->now);
    for (int level = 0; level < FM_WHEEL_LEVELS; level++) {
        int64_t turn = now >> (level * SLOT_BITS);
        int here = (int)(turn & SLOT_MASK);
        uint64_t after = wheel->busy[level] & ~(((UINT64_C(2) << here) - 1));
        for (; after != 0; after &= after - 1) {
            int slot = __builtin_ctzll(after);
            if (list_empty(&wheel->slot[level][slot])) {
                wheel->busy[level] &= ~(UINT64_C(1) << slot);
                continue;
            }
            int64_t tick = (turn - here + slot) * (INT64_C(1) << (level * SLOT_BITS));
            return tick < last ? tick : last;
        }
    }
    for (const struct fm_timer *t = wheel->far.next; t != &wheel->far; t = t->next) {
        int64_t turn = tick_of(t->due) & ~((INT64_C(1) << TURN_BITS) - 1);
        last = turn < last ? turn : last;
    }
    return last;
}

void fm_wheel_advance(struct fm_wheel *wheel, fm_time now,
        void (*fire)(void *arg, struct fm_timer *timer, fm_time due), void *arg)
{
    if (now < wheel->now)
        now = wheel->now;
    int64_t last = tick_of(now);
    for (;;) {
        for (;;) {
            make_ready(wheel);
            struct fm_timer *timer = wheel->ready.next;
            if (timer == &wheel->ready || timer->due > now)
                break;
            list_remove(timer);
            wheel->set--;
            fire(arg, timer, timer->due);
        }
        if (tick_of(wheel->now) >= last)
            break;
        enter(wheel, next_tick(wheel, last));
    }
    wheel->now = now;
}
