/* Records from many sources in one order.
 *
 * They lie in an arena, one behind the other, each after 8 bytes that say how long it is and
 * whether it is still wanted; a binary heap of (time, place) has the least on top and looks into
 * the arena only where times are equal.  Where the arena ends, what is still wanted moves together
 * (or into one twice as large, up to the cap): with at least a quarter of it free, that is at most
 * three bytes moved for each byte put.
 *
 * Invariant: what left unmarked never goes back in time.  `floor` is the time before which a record
 * would: the watermark less the lateness, or the last record that had to leave early.
 *
 * Blind spot: above three quarters of the cap the bound shrinks to what fits. */
#include "order/order.h"

#include <string.h>

#define FIRST_BYTES (64 * 1024)
#define FIRST_NODES 256

struct entry {
    uint32_t bytes; /* with this entry */
    uint32_t node;  /* 0: it left; else, while moving, its place in the heap plus one */
};
_Static_assert(sizeof(struct entry) == 8, "records stay aligned to 8");

struct node {
    fm_time time;
    size_t off; /* of the entry */
};

struct fm_order {
    struct fm_mem *mem;
    fm_time lateness, watermark, floor;
    size_t cap_bytes, room_bytes; /* of the arena: allowed, allocated */
    size_t end_bytes, live_bytes; /* in use with and without what has left */
    size_t nodes, node_room;
    char *arena;
    struct node *heap;
    struct fm_order_counts counts;
};

struct fm_order *fm_order_new(struct fm_mem *mem, fm_time lateness, size_t cap_bytes)
{
    struct fm_order *order = fm_alloc(mem, sizeof(*order));
    if (order == NULL)
        return NULL;
    order->mem = mem;
    order->lateness = lateness;
    order->watermark = order->floor = INT64_MIN;
    order->cap_bytes = cap_bytes > FIRST_BYTES ? cap_bytes : FIRST_BYTES;
    return order;
}

void fm_order_free(struct fm_order *order)
{
    if (order == NULL)
        return;
    fm_free(order->mem, order->arena);
    fm_free(order->mem, order->heap);
    fm_free(order->mem, order);
}

static struct entry *entry_at(char *arena, size_t off)
{
    return (struct entry *)(void *)(arena + off);
}

static struct fm_rec *rec_of(const struct fm_order *order, size_t node)
{
    return (struct fm_rec *)(void *)(entry_at(order->arena, order->heap[node].off) + 1);
}

/* Moves what is still wanted together, into `to`, which may be the arena itself. */
static void gather(struct fm_order *order, char *to)
{
    for (size_t i = 0; i < order->nodes; i++)
        entry_at(order->arena, order->heap[i].off)->node = (uint32_t)i + 1;
    size_t end = 0;
    for (size_t off = 0; off < order->end_bytes;) {
        struct entry *entry = entry_at(order->arena, off);
        size_t bytes = entry->bytes;
        if (entry->node != 0) {
            order->heap[entry->node - 1].off = end;
            memmove(to + end, entry, bytes);
            end += bytes;
        }
        off += bytes;
    }
    order->end_bytes = end;
}

static bool arena_room(struct fm_order *order, size_t need)
{
    size_t want = order->room_bytes != 0 ? order->room_bytes : FIRST_BYTES;
    if (order->room_bytes - order->end_bytes >= need)
        return true;
    while (want < order->cap_bytes && order->live_bytes + need > want / 2)
        want = want <= order->cap_bytes / 2 ? want * 2 : order->cap_bytes;
    char *arena = want > order->room_bytes ? fm_alloc(order->mem, want) : NULL;
    if (arena != NULL) {
        gather(order, arena);
        fm_free(order->mem, order->arena);
        order->arena = arena;
        order->room_bytes = want;
    } else if (order->live_bytes + need <= order->room_bytes) {
        gather(order, order->arena);
    }
    return order->room_bytes - order->end_bytes >= need;
}

static bool heap_room(struct fm_order *order)
{
    if (order->nodes < order->node_room)
        return true;
    size_t room = order->node_room != 0 ? order->node_room * 2 : FIRST_NODES;
    struct node *heap = fm_alloc(order->mem, room * sizeof(*heap));
    if (heap == NULL)
        return false;
    if (order->nodes > 0)
        memcpy(heap, order->heap, order->nodes * sizeof(*heap));
    fm_free(order->mem, order->heap);
    order->heap = heap;
    order->node_room = room;
    return true;
}

static bool before(const struct fm_order *order, size_t a, size_t b)
{
    if (order->heap[a].time != order->heap[b].time)
        return order->heap[a].time < order->heap[b].time;
    return fm_rec_compare(rec_of(order, a), rec_of(order, b)) < 0;
}

static void swap(struct fm_order *order, size_t a, size_t b)
{
    struct node node = order->heap[a];
    order->heap[a] = order->heap[b];
    order->heap[b] = node;
}

static void rise(struct fm_order *order, size_t at)
{
    while (at > 0 && before(order, at, (at - 1) / 2)) {
        swap(order, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

static void sink(struct fm_order *order, size_t at)
{
    for (;;) {
        size_t least = at, left = 2 * at + 1;
        if (left < order->nodes && before(order, left, least))
            least = left;
        if (left + 1 < order->nodes && before(order, left + 1, least))
            least = left + 1;
        if (least == at)
            return;
        swap(order, at, least);
        at = least;
    }
}

bool fm_order_put(struct fm_order *order, const struct fm_rec *rec)
{
    size_t bytes = sizeof(struct entry) + rec->size;
    if (!heap_room(order) || !arena_room(order, bytes))
        return false;
    struct entry *entry = entry_at(order->arena, order->end_bytes);
    *entry = (struct entry){ .bytes = (uint32_t)bytes, .node = 1 };
    struct fm_rec *copy = (struct fm_rec *)(void *)(entry + 1);
    memcpy(copy, rec, rec->size);
    copy->flags &= (uint8_t)~FM_REC_LATE; /* a tape may tell of another run's lateness */
    if (rec->time < order->floor) {
        copy->flags |= FM_REC_LATE;
        order->counts.late++;
    }
    order->heap[order->nodes] = (struct node){ .time = rec->time, .off = order->end_bytes };
    order->end_bytes += bytes;
    order->live_bytes += bytes;
    order->counts.in++;
    rise(order, order->nodes++);
    return true;
}

void fm_order_watermark(struct fm_order *order, fm_time watermark)
{
    if (watermark > order->watermark)
        order->watermark = watermark;
    fm_time now = fm_order_now(order);
    if (now > order->floor)
        order->floor = now;
}

fm_time fm_order_now(const struct fm_order *order)
{
    if (order->watermark == FM_NEVER)
        return FM_NEVER;
    if (order->watermark < INT64_MIN + order->lateness)
        return INT64_MIN;
    return order->watermark - order->lateness;
}

static struct fm_rec *take(struct fm_order *order)
{
    struct fm_rec *rec = rec_of(order, 0);
    struct entry *entry = (struct entry *)(void *)rec - 1;
    entry->node = 0;
    order->live_bytes -= entry->bytes;
    order->heap[0] = order->heap[--order->nodes];
    sink(order, 0);
    if (order->nodes == 0)
        order->end_bytes = 0;
    order->counts.out++;
    return rec;
}

struct fm_rec *fm_order_next(struct fm_order *order)
{
    if (order->nodes == 0)
        return NULL;
    fm_time now = fm_order_now(order), time = order->heap[0].time;
    /* At `now` itself more may come: the watermark promises nothing earlier than itself. */
    if (time < now || now == FM_NEVER || (rec_of(order, 0)->flags & FM_REC_LATE) != 0)
        return take(order);
    if (order->live_bytes <= order->cap_bytes / 4 * 3)
        return NULL;
    order->counts.early++;
    order->floor = time > order->floor ? time : order->floor;
    return take(order);
}

const struct fm_order_counts *fm_order_counts(const struct fm_order *order)
{
    return &order->counts;
}
