/* Twins: flows of one five-tuple that differ in flow_id only.
 *
 * A row a five-tuple holds up to four flow_ids with their starts, and an owner for each thing that
 * can be told: each direction's counts, the shape, each kind.  Who tells a thing first owns it;
 * from others it is taken out.  What makes two flow_ids twins is their start: within a second of
 * each other, or later while the first still talks and was not closed.  A flow_id may stand for
 * several flows in a row (a silence, a new SYN): they differ in `start`.
 *
 * The key is the unordered pair of endpoints, so that a half that saw only answers and guessed the
 * other side to be the client still finds its flow; such a record is turned round.  A half's
 * flow_new that tells of the other direction becomes the flow's answer.
 *
 * Not judged: flow_id 0; clients without an address (DHCP) and link-local addresses, which mean
 * another host on each VLAN.
 *
 * Some 210 bytes a row with its index; O(1) a record: one look-up, at most four compares.
 * Blind spots: a port that is used again within a second, on an open connection, is taken for a
 * twin; what comes late for a flow whose five-tuple has begun anew since is kept as it is, and may
 * count a twin's last seconds twice; so may a row that left for want of room.  A half that ended
 * before its answer was told has a flow_end that denies it, and no half sees both FINs.  While
 * producers shed, either twin's flow_new may survive: unanswered flows count up to twice. */
#include "order/doubles.h"

#include "base/addr.h"
#include "base/table.h"

#include <string.h>

#define NEAR FM_SECOND
#define TWINS 4
#define PROTO_ICMP 1
#define PROTO_ICMP6 58
#define TCP_SYN 0x02
#define TCP_RST 0x04

/* What can be owned: a kind, and beside the kinds: */
enum {
    SHAPE = FM_KINDS,
    COUNTS, /* of the direction from the low endpoint to the high one, and back */
    COUNTS_BACK,
    THINGS,
};
#define TOLD 0xff /* an owner who is nobody: whoever tells it now tells it again */

struct key {
    struct fm_addr low, high;
    uint16_t low_port, high_port;
    uint16_t site;
    uint8_t proto, pad;
};
_Static_assert(sizeof(struct key) == 40, "no hidden bytes: it is hashed whole");

struct row {
    struct key key;
    fm_time start, last;
    uint64_t flow_id[TWINS];
    fm_time flow_start[TWINS]; /* FM_NEVER: not told yet */
    uint64_t total_bytes[2];   /* the most that was told, as COUNTS */
    uint8_t owner[THINGS];     /* index into flow_id plus one; 0: nobody yet */
    uint8_t seen[TWINS + 1];   /* directions whose packets the flow told, a bit each, as COUNTS */
    uint8_t flows;
    uint8_t answer, close; /* the best that was told */
    bool client_high;      /* which endpoint is the client */
    bool client_known;
    bool asked; /* somebody saw the client open */
    bool over;
};

struct fm_doubles {
    struct fm_table *table;
    struct fm_mem *mem;
    uint64_t dropped, changed;
};

struct fm_doubles *fm_doubles_new(struct fm_mem *mem, uint32_t cap, uint64_t seed)
{
    struct fm_doubles *doubles = fm_alloc(mem, sizeof(*doubles));
    if (doubles == NULL)
        return NULL;
    doubles->mem = mem;
    doubles->table = fm_table_new(mem, sizeof(struct key), sizeof(struct row), cap, seed);
    if (doubles->table == NULL) {
        fm_free(mem, doubles);
        return NULL;
    }
    return doubles;
}

void fm_doubles_free(struct fm_doubles *doubles)
{
    if (doubles == NULL)
        return;
    fm_table_free(doubles->table);
    fm_free(doubles->mem, doubles);
}

void fm_doubles_counts(const struct fm_doubles *doubles, uint64_t *dropped, uint64_t *changed)
{
    *dropped = doubles->dropped;
    *changed = doubles->changed;
}

static bool is_flow(const struct fm_rec *rec)
{
    return rec->kind <= FM_FLOW_END;
}

static bool is_link_local(const struct fm_addr *addr)
{
    return addr->byte[0] == 0xfe && (addr->byte[1] & 0xc0) == 0x80;
}

static bool may_have_twin(const struct fm_rec *rec)
{
    return rec->flow_id != 0 && rec->kind != FM_TICK && rec->kind != FM_GAP &&
           !fm_addr_is_none(&rec->client) && !is_link_local(&rec->client) &&
           !is_link_local(&rec->server);
}

/* ICMP has type and code where others have ports: they belong to no side. */
static bool ports_have_sides(const struct fm_rec *rec)
{
    return rec->proto != PROTO_ICMP && rec->proto != PROTO_ICMP6;
}

static bool client_is_high(const struct fm_rec *rec)
{
    int order = fm_addr_compare(&rec->client, &rec->server);
    return order > 0 || (order == 0 && ports_have_sides(rec) && rec->cport > rec->sport);
}

static struct key key_of(const struct fm_rec *rec)
{
    bool high = client_is_high(rec), swap = high && ports_have_sides(rec);
    return (struct key){
        .low = high ? rec->server : rec->client,
        .high = high ? rec->client : rec->server,
        .low_port = swap ? rec->sport : rec->cport,
        .high_port = swap ? rec->cport : rec->sport,
        .site = rec->site,
        .proto = rec->proto,
    };
}

/* ---- which flow of the five-tuple is meant ---- */

/* FM_NEVER where the record does not say. */
static fm_time start_of(const struct fm_rec *rec)
{
    const struct fm_flow *flow = fm_body(rec);
    return is_flow(rec) && flow->start != 0 ? flow->start : FM_NEVER;
}

static bool asks(const struct fm_rec *rec)
{
    return (rec->flags & (FM_REC_ORIG_KNOWN | FM_REC_BACKSCATTER | FM_REC_MIDSTREAM)) ==
           FM_REC_ORIG_KNOWN;
}

static void begin(struct row *row, const struct fm_rec *rec)
{
    fm_time start = start_of(rec);
    struct key key = row->key;
    memset(row, 0, sizeof(*row));
    row->key = key;
    row->start = start != FM_NEVER ? start : rec->time;
    row->last = rec->time;
    row->client_high = client_is_high(rec);
}

static int find(const struct row *row, uint64_t flow_id)
{
    for (int i = 0; i < row->flows; i++)
        if (row->flow_id[i] == flow_id)
            return i;
    return -1;
}

enum which { THIS_FLOW, NEXT_FLOW, EARLIER_FLOW };

static enum which which_flow(const struct row *row, const struct fm_rec *rec)
{
    fm_time start = start_of(rec);
    int known = find(row, rec->flow_id);
    if (known >= 0 && (start == FM_NEVER || start == row->flow_start[known] ||
                              row->flow_start[known] == FM_NEVER))
        return THIS_FLOW;
    if (start == FM_NEVER) {
        if (rec->time > row->last + NEAR)
            return NEXT_FLOW;
        return rec->time < row->start - NEAR ? EARLIER_FLOW : THIS_FLOW;
    }
    if (known == 0)
        return start > row->start ? NEXT_FLOW : EARLIER_FLOW;
    if (start > row->start + NEAR)
        return row->over || start > row->last + NEAR ? NEXT_FLOW : THIS_FLOW;
    return start < row->start - NEAR && rec->time < row->start ? EARLIER_FLOW : THIS_FLOW;
}

/* Index of the record's flow_id; TWINS, which owns nothing, when there are too many. */
static int join(struct row *row, const struct fm_rec *rec)
{
    fm_time start = start_of(rec);
    int index = find(row, rec->flow_id);
    if (index < 0) {
        if (row->flows == TWINS)
            return TWINS;
        index = row->flows++;
        row->flow_id[index] = rec->flow_id;
        row->flow_start[index] = FM_NEVER;
    }
    if (start != FM_NEVER) {
        row->flow_start[index] = start;
        row->start = index == 0 ? start : row->start;
    }
    return index;
}

static bool owns(struct row *row, int thing, int index)
{
    if (row->owner[thing] == 0 && index < TWINS)
        row->owner[thing] = (uint8_t)(index + 1);
    return row->owner[thing] == index + 1;
}

/* ---- who is the client ---- */

static void swap_bytes(void *a, void *b, size_t n)
{
    char keep[16];
    memcpy(keep, a, n);
    memcpy(a, b, n);
    memcpy(b, keep, n);
}
#define SWAP(a, b) swap_bytes(&(a), &(b), sizeof(a))

static void turn_shape(struct fm_shape *shape)
{
    for (int i = 0; i < FM_SHAPE_FIRST; i++)
        shape->first_len[i] =
                shape->first_len[i] == INT16_MIN ? INT16_MAX : (int16_t)-shape->first_len[i];
    if (shape->speaker != 0)
        shape->speaker = (uint8_t)(3 - shape->speaker);
    SWAP(shape->small[0], shape->small[1]);
    SWAP(shape->full[0], shape->full[1]);
    SWAP(shape->series[0], shape->series[1]);
    SWAP(shape->head[0], shape->head[1]);
}

static void turn_flow(struct fm_rec *rec, struct fm_flow *flow)
{
    SWAP(flow->bytes[0], flow->bytes[1]);
    SWAP(flow->total_bytes[0], flow->total_bytes[1]);
    SWAP(flow->packets[0], flow->packets[1]);
    SWAP(flow->client_mac, flow->server_mac);
    SWAP(flow->tcp_flags[0], flow->tcp_flags[1]);
    if (flow->close == FM_RESET_BY_CLIENT || flow->close == FM_RESET_BY_SERVER)
        flow->close = FM_RESET_BY_CLIENT + FM_RESET_BY_SERVER - flow->close;
    if ((rec->has & FM_HAS_SHAPE) != 0)
        turn_shape(&flow->shape);
}

static void turn(struct fm_rec *rec)
{
    SWAP(rec->client, rec->server);
    if (ports_have_sides(rec))
        SWAP(rec->cport, rec->sport);
    if (is_flow(rec)) {
        turn_flow(rec, (struct fm_flow *)(rec + 1));
    } else if (rec->kind == FM_ICMP) {
        struct fm_icmp *icmp = (struct fm_icmp *)(rec + 1);
        SWAP(icmp->bytes[0], icmp->bytes[1]);
        SWAP(icmp->packets[0], icmp->packets[1]);
    } else if (rec->kind == FM_ALERT) {
        struct fm_alert *alert = (struct fm_alert *)(rec + 1);
        alert->to_client = !alert->to_client;
    }
}

/* What a protocol's parser says stands; where only the packets' order spoke, the flow that saw the
 * beginning is right.  True when the record was turned round. */
static bool agree_on_client(struct row *row, struct fm_rec *rec, int index)
{
    bool by_packets = is_flow(rec) || rec->kind == FM_ICMP || rec->kind == FM_ALERT;
    bool known = (rec->flags & FM_REC_ORIG_KNOWN) != 0;
    if (!by_packets || (rec->flags & FM_REC_TEXT) != 0)
        return false;
    bool same = client_is_high(rec) == row->client_high, turned = false;
    if (!same && known && !row->client_known) {
        row->client_high = !row->client_high;
    } else if (!same && (index > 0 || (row->client_known && !known))) {
        turn(rec);
        turned = true;
    }
    row->client_known = row->client_known || known;
    return turned;
}

/* ---- taking out what was told before ---- */

/* Zeroes the counts of directions that others own; true when there was something. */
static bool take_counts(struct row *row, int index, bool client_high, uint64_t *bytes,
        uint32_t *packets)
{
    bool taken = false;
    for (int way = 0; way < 2; way++) {
        int direction = way ^ client_high;
        if (bytes[way] == 0 && packets[way] == 0)
            continue;
        row->seen[index] |= (uint8_t)(1 << direction);
        if (owns(row, COUNTS + direction, index))
            continue;
        bytes[way] = 0;
        packets[way] = 0;
        taken = true;
    }
    return taken;
}

/* One flow's totals know one way only when the other half has the other. */
static void share_totals(struct row *row, struct fm_flow *flow, bool client_high)
{
    for (int way = 0; way < 2; way++) {
        uint64_t *most = &row->total_bytes[way ^ client_high];
        if (flow->total_bytes[way] > *most)
            *most = flow->total_bytes[way];
        else if (row->flows > 1)
            flow->total_bytes[way] = *most;
    }
}

/* Likewise answer and close: a half that saw no answer must not deny it. */
static void share_outcome(struct row *row, struct fm_rec *rec, struct fm_flow *flow)
{
    bool guess = row->answer == FM_NO_ANSWER || row->answer == FM_ANSWER_INFERRED;
    if (guess && flow->answer != FM_NO_ANSWER)
        row->answer = flow->answer;
    if (row->close == FM_OPEN)
        row->close = flow->close;
    row->over = row->over || row->close != FM_OPEN || row->answer == FM_REFUSED ||
                row->answer == FM_UNREACHABLE || rec->kind == FM_FLOW_END;
    if (row->flows == 1 || rec->kind == FM_FLOW_NEW)
        return;
    if (flow->answer == FM_NO_ANSWER || flow->answer == FM_ANSWER_INFERRED)
        flow->answer = row->answer;
    if (flow->close == FM_OPEN)
        flow->close = row->close;
}

/* What a half's flow_new of an asked flow says: how the other side answered. */
static enum fm_answer answer_in(const struct fm_flow *flow, bool unasked)
{
    uint8_t tcp = flow->tcp_flags[FM_TO_CLIENT];
    if (flow->packets[FM_TO_CLIENT] > 0)
        return (tcp & (TCP_RST | TCP_SYN)) == TCP_RST ? FM_REFUSED : FM_ANSWERED;
    return unasked && flow->packets[FM_TO_SERVER] == 0 ? FM_UNREACHABLE : FM_NO_ANSWER;
}

/* A kind that was told before gives way to the answer it may hold, else to a mere update. */
static void demote(struct row *row, struct fm_rec *rec, struct fm_flow *flow, int index,
        bool unasked)
{
    enum fm_answer answer = FM_NO_ANSWER;
    if (rec->kind == FM_FLOW_NEW && row->asked)
        answer = answer_in(flow, unasked);
    rec->kind = FM_FLOW_UPDATE;
    if (answer == FM_NO_ANSWER || !owns(row, FM_FLOW_ANSWER, index))
        return;
    row->owner[FM_FLOW_ANSWER] = TOLD;
    rec->kind = FM_FLOW_ANSWER;
    rec->has |= FM_HAS_ANSWER;
    flow->answer = (uint8_t)answer;
}

static bool keep_flow(struct row *row, struct fm_rec *rec, int index, bool *changed)
{
    struct fm_flow *flow = (struct fm_flow *)(rec + 1);
    bool client_high = client_is_high(rec), unasked = (rec->flags & FM_REC_BACKSCATTER) != 0;
    bool taken = take_counts(row, index, client_high, flow->bytes, flow->packets);
    if ((rec->has & FM_HAS_SHAPE) != 0 && !owns(row, SHAPE, index)) {
        fm_rec_brief(rec);
        taken = true;
    }
    if (asks(rec)) {
        /* Who saw the question corrects a flow_new that had seen only the answer. */
        if (rec->kind == FM_FLOW_NEW && !row->asked)
            row->owner[FM_FLOW_NEW] = 0;
        row->asked = true;
    } else if (row->asked && unasked) {
        rec->flags &= (uint8_t)~FM_REC_BACKSCATTER;
        *changed = true;
    }
    if (rec->kind != FM_FLOW_UPDATE && !owns(row, rec->kind, index)) {
        demote(row, rec, flow, index, unasked);
        taken = true;
    }
    share_outcome(row, rec, flow);
    share_totals(row, flow, client_high);
    *changed = *changed || taken;
    bool empty = flow->bytes[0] == 0 && flow->bytes[1] == 0 && flow->packets[0] == 0 &&
                 flow->packets[1] == 0;
    return !taken || !empty || rec->kind != FM_FLOW_UPDATE;
}

static bool keep_icmp(struct row *row, struct fm_rec *rec, int index, bool *changed)
{
    struct fm_icmp *icmp = (struct fm_icmp *)(rec + 1);
    if (!take_counts(row, index, client_is_high(rec), icmp->bytes, icmp->packets))
        return true;
    *changed = true;
    return icmp->packets[0] != 0 || icmp->packets[1] != 0;
}

/* Flows that see no direction in common are two halves: neither tells what the other did. */
static bool keep_transaction(struct row *row, const struct fm_rec *rec, int index)
{
    if (owns(row, rec->kind, index))
        return true;
    if (row->owner[rec->kind] == 0)
        return false;
    uint8_t theirs = row->seen[row->owner[rec->kind] - 1], ours = row->seen[index];
    return ours != 0 && theirs != 0 && (ours & theirs) == 0;
}

static struct row *row_for(struct fm_doubles *doubles, const struct fm_rec *rec)
{
    struct key key = key_of(rec);
    struct fm_table *table = doubles->table;
    bool made = false;
    struct row *row = fm_table_add(table, &key, &made);
    if (row == NULL && fm_table_oldest(table) != NULL) {
        fm_table_del(table, fm_table_oldest(table));
        row = fm_table_add(table, &key, &made);
    }
    if (row == NULL)
        return NULL;
    if (made)
        begin(row, rec);
    fm_table_touch(table, row);
    return row;
}

bool fm_doubles_keep(struct fm_doubles *doubles, struct fm_rec *rec)
{
    if (!may_have_twin(rec))
        return true;
    struct row *row = row_for(doubles, rec);
    enum which which = row != NULL ? which_flow(row, rec) : EARLIER_FLOW;
    if (which == EARLIER_FLOW)
        return true;
    if (which == NEXT_FLOW)
        begin(row, rec);
    int index = join(row, rec);
    if (rec->time > row->last)
        row->last = rec->time;
    bool changed = agree_on_client(row, rec, index), keep;
    if (is_flow(rec))
        keep = keep_flow(row, rec, index, &changed);
    else if (rec->kind == FM_ICMP)
        keep = keep_icmp(row, rec, index, &changed);
    else
        keep = keep_transaction(row, rec, index);
    doubles->dropped += !keep;
    doubles->changed += keep && changed;
    return keep;
}
