#include "world/entity.h"

#include <string.h>

#include "base/hash.h"
#include "base/table.h"
#include "base/text.h"

/* A MAC that was silent under its old IPv4 address for so long has changed its address; sooner, it
 * carries two at a time and is a router's. */
#define MAC_IDLE (10 * FM_MINUTE)
/* So many IPv6 addresses within that span are more than one host's own: link-local, and a stable
 * and a temporary one in each of two networks, are five. */
#define MAC_SIXES 8
#define BINDINGS_AN_ENTITY 2
#define PROBATION_SHARE 4
#define DETECTED_SHARE 4 /* those with open detections hold at most one row in four */

const char *const fm_name_source_name[FM_NAME_SOURCES] = {
    [FM_NAMED_BY_NOBODY] = "",
    [FM_NAMED_BY_DNS] = "dns",
    [FM_NAMED_BY_NTLM] = "ntlm",
    [FM_NAMED_BY_KERBEROS] = "kerberos",
    [FM_NAMED_BY_DHCP] = "dhcp",
};

struct place {
    struct fm_addr addr;
    uint16_t site;
    uint8_t pad[6];
};

struct binding {
    struct place place;
    fm_entity_id entity;
    uint8_t evidence;
    fm_time from;
};

struct card { /* of the network: a MAC */
    struct {
        struct fm_mac mac;
        uint16_t site;
    } key;
    fm_entity_id entity; /* 0: a router's, or nobody's yet */
    bool router;
    struct fm_addr addr4; /* the last IPv4 address it carried */
    fm_time seen4;
    uint32_t six[MAC_SIXES]; /* hashes of the IPv6 addresses carried since six_since; 0: none */
    fm_time six_since;
};

/* The rows that were found last, by number: most look-ups ask for one of them again. */
#define RECENT 1024
struct recent {
    struct fm_entity *row[RECENT];
};

struct fm_entities {
    struct fm_mem *mem;
    const struct fm_networks *net;
    struct fm_table *rows, *bindings, *cards;
    struct fm_table *probation; /* entity numbers, the oldest first */
    struct recent *recent;
    fm_entity_id last;
    uint32_t detected; /* rows with open detections */
    uint64_t seed, evicted;
};

struct fm_entities *fm_entities_new(struct fm_mem *mem, const struct fm_networks *net, uint32_t cap,
        uint64_t seed)
{
    struct fm_entities *all = fm_alloc(mem, sizeof *all);

    if (!all)
        return NULL;
    all->mem = mem;
    all->net = net;
    all->seed = seed;
    uint32_t quota = cap / PROBATION_SHARE ? cap / PROBATION_SHARE : 1;
    all->rows = fm_table_new(mem, sizeof(fm_entity_id), sizeof(struct fm_entity), cap, seed);
    all->bindings = fm_table_new(mem, sizeof(struct place), sizeof(struct binding),
            cap * BINDINGS_AN_ENTITY, seed);
    all->cards = fm_table_new(mem, sizeof(((struct card *)0)->key), sizeof(struct card), cap, seed);
    all->probation = fm_table_new(mem, sizeof(fm_entity_id), sizeof(fm_entity_id), quota, seed);
    all->recent = fm_alloc(mem, sizeof *all->recent);
    if (!all->rows || !all->bindings || !all->cards || !all->probation || !all->recent) {
        fm_entities_free(all);
        return NULL;
    }
    return all;
}

void fm_entities_free(struct fm_entities *all)
{
    if (!all)
        return;
    fm_table_free(all->rows);
    fm_table_free(all->bindings);
    fm_table_free(all->cards);
    fm_table_free(all->probation);
    fm_free(all->mem, all->recent);
    fm_free(all->mem, all);
}

/** Roles and flags that the networks declare for its addresses; what traffic taught stays. */
static void apply_policy(const struct fm_entities *all, struct fm_entity *entity)
{
    const struct fm_networks *net = all->net;
    bool shared = entity->names[FM_ENTITY_NAMES - 1] != 0, dynamic = false;

    entity->roles = entity->learned;
    for (unsigned i = 0; i < entity->addresses; i++) {
        const struct fm_addr *addr = &entity->addr[i];
        entity->roles |= fm_roles_declared(net, addr);
        shared = shared || (net->shared && fm_prefixes_has(net->shared, addr));
        dynamic = dynamic || (entity->evidence <= FM_EVIDENCE_ADDRESS && net->dynamic &&
                                     fm_prefixes_has(net->dynamic, addr));
    }
    shared = shared || (entity->roles & (1u << FM_ROLE_NAT));
    entity->flags &= (uint8_t) ~(FM_ENTITY_SHARED | FM_ENTITY_DYNAMIC);
    entity->flags |= (uint8_t)((shared ? FM_ENTITY_SHARED : 0) | (dynamic ? FM_ENTITY_DYNAMIC : 0));
}

void fm_entities_networks(struct fm_entities *all, const struct fm_networks *net)
{
    all->net = net;
    for (struct fm_entity *e = fm_entity_oldest(all); e; e = fm_entity_newer(all, e))
        apply_policy(all, e);
}

size_t fm_entity_cost_bytes(void)
{
    return fm_table_cost_bytes(sizeof(struct fm_entity)) +
           BINDINGS_AN_ENTITY * fm_table_cost_bytes(sizeof(struct binding)) +
           fm_table_cost_bytes(sizeof(struct card)) +
           fm_table_cost_bytes(sizeof(fm_entity_id)) / PROBATION_SHARE;
}

/* ---- rows come and go ---- */

static struct place place_of(uint16_t site, const struct fm_addr *addr)
{
    struct place place;

    memset(&place, 0, sizeof place);
    place.addr = *addr;
    place.site = site;
    return place;
}

static void forget(struct fm_entities *all, struct fm_entity *entity)
{
    for (unsigned i = 0; i < entity->addresses; i++) {
        struct place place = place_of(entity->site, &entity->addr[i]);
        struct binding *b = fm_table_find(all->bindings, &place);

        if (b && b->entity == entity->id)
            fm_table_del(all->bindings, b);
    }
    fm_entity_id *waiting = fm_table_find(all->probation, &entity->id);
    if (waiting)
        fm_table_del(all->probation, waiting);
    all->detected -= entity->detections != 0;
    all->recent->row[entity->id % RECENT] = NULL;
    fm_table_del(all->rows, entity);
    all->evicted++;
}

/** One on probation leaves first, then the oldest; one with an open detection is passed over (and
 *  counts as seen) while such rows hold no more than their share, so that each is passed over once
 *  a turn of the table. */
static void make_room(struct fm_entities *all)
{
    fm_entity_id *waiting = fm_table_oldest(all->probation);
    struct fm_entity *least = waiting ? fm_entity_find(all, *waiting) : NULL;
    bool spare = all->detected <= fm_table_cap(all->rows) / DETECTED_SHARE;

    if (!least)
        least = fm_table_oldest(all->rows);
    for (uint32_t passed = 0; spare && least && least->detections && passed < all->detected;
            passed++) {
        fm_table_touch(all->rows, least);
        least = fm_table_oldest(all->rows);
    }
    if (least)
        forget(all, least);
}

static struct fm_entity *row_of(struct fm_entities *all, fm_entity_id id)
{
    bool made;
    struct fm_entity *entity = fm_table_add(all->rows, &id, &made);

    if (!entity) {
        make_room(all);
        entity = fm_table_add(all->rows, &id, &made);
    }
    return entity;
}

static void put_on_probation(struct fm_entities *all, struct fm_entity *entity)
{
    bool made;

    if (!fm_table_add(all->probation, &entity->id, &made)) {
        fm_entity_id *oldest = fm_table_oldest(all->probation);
        struct fm_entity *gone = oldest ? fm_entity_find(all, *oldest) : NULL;
        if (gone)
            forget(all, gone);
        else if (oldest)
            fm_table_del(all->probation, oldest);
        fm_table_add(all->probation, &entity->id, &made);
    }
    entity->flags |= FM_ENTITY_PROBATION;
}

static void end_probation(struct fm_entities *all, struct fm_entity *entity)
{
    fm_entity_id *waiting = fm_table_find(all->probation, &entity->id);

    if (waiting)
        fm_table_del(all->probation, waiting);
    entity->flags &= (uint8_t)~FM_ENTITY_PROBATION;
}

static struct fm_entity *make(struct fm_entities *all, uint16_t site, fm_time now)
{
    struct fm_entity *entity = row_of(all, all->last + 1);

    if (!entity)
        return NULL;
    all->last++;
    entity->site = site;
    entity->first_seen = entity->last_seen = entity->since = now;
    return entity;
}

/* ---- bindings ---- */

/** Puts the address first among the entity's own; the oldest of too many is left out. */
static void carry(struct fm_entity *entity, const struct fm_addr *addr)
{
    unsigned at = 0;

    while (at < entity->addresses && !fm_addr_equal(&entity->addr[at], addr))
        at++;
    if (at == entity->addresses) {
        if (entity->addresses < FM_ENTITY_ADDRESSES)
            entity->addresses++;
        else
            at = FM_ENTITY_ADDRESSES - 1;
    }
    memmove(&entity->addr[1], &entity->addr[0], at * sizeof entity->addr[0]);
    entity->addr[0] = *addr;
}

static void drop_address(struct fm_entities *all, fm_entity_id id, const struct fm_addr *addr)
{
    struct fm_entity *entity = fm_entity_find(all, id);

    for (unsigned i = 0; entity && i < entity->addresses; i++)
        if (fm_addr_equal(&entity->addr[i], addr)) {
            memmove(&entity->addr[i], &entity->addr[i + 1],
                    (entity->addresses - i - 1) * sizeof entity->addr[0]);
            entity->addresses--;
            return;
        }
}

static struct binding *bind(struct fm_entities *all, struct fm_entity *entity,
        const struct fm_addr *addr, enum fm_evidence evidence, fm_time now)
{
    struct place place = place_of(entity->site, addr);
    bool made;
    struct binding *b = fm_table_add(all->bindings, &place, &made);

    if (!b) {
        struct binding *oldest = fm_table_oldest(all->bindings);
        if (!oldest)
            return NULL;
        drop_address(all, oldest->entity, &oldest->place.addr);
        fm_table_del(all->bindings, oldest);
        b = fm_table_add(all->bindings, &place, &made);
        if (!b)
            return NULL;
    }
    if (!made && b->entity != entity->id)
        drop_address(all, b->entity, addr);
    if (made || b->entity != entity->id) {
        b->entity = entity->id;
        b->from = now;
        entity->since = now;
    }
    b->evidence = (uint8_t)evidence;
    carry(entity, addr);
    if (evidence > entity->evidence)
        entity->evidence = (uint8_t)evidence;
    apply_policy(all, entity);
    return b;
}

static void unbind(struct fm_entities *all, struct fm_entity *entity, const struct fm_addr *addr)
{
    struct place place = place_of(entity->site, addr);
    struct binding *b = fm_table_find(all->bindings, &place);

    if (b && b->entity == entity->id)
        fm_table_del(all->bindings, b);
    drop_address(all, entity->id, &place.addr);
}

/* ---- MAC addresses ---- */

static struct card *card_of(struct fm_entities *all, uint16_t site, const struct fm_mac *mac)
{
    struct card want;
    bool made;

    memset(&want, 0, sizeof want);
    want.key.mac = *mac;
    want.key.site = site;
    struct card *card = fm_table_add(all->cards, &want.key, &made);
    if (!card) {
        struct card *oldest = fm_table_oldest(all->cards);
        if (!oldest)
            return NULL;
        fm_table_del(all->cards, oldest);
        card = fm_table_add(all->cards, &want.key, &made);
    }
    if (card && !made)
        fm_table_touch(all->cards, card);
    return card;
}

/** The MAC is a router's: what it had bound to one entity falls apart, but for one address.  Looks
 *  at every binding, once a router. */
static void is_a_router(struct fm_entities *all, struct card *card)
{
    struct fm_entity *was = fm_entity_find(all, card->entity);
    struct binding *b, *newer;

    card->router = true;
    card->entity = 0;
    if (!was)
        return;
    struct fm_addr keep = card->seen4 ? card->addr4 : was->addr[0];
    for (b = fm_table_oldest(all->bindings); b; b = newer) {
        newer = fm_table_newer(all->bindings, b);
        if (b->entity != was->id)
            continue;
        b->evidence = FM_EVIDENCE_ADDRESS;
        if (!fm_addr_equal(&b->place.addr, &keep))
            unbind(all, was, &b->place.addr);
    }
    memset(&was->mac, 0, sizeof was->mac);
    was->evidence = FM_EVIDENCE_ADDRESS;
    apply_policy(all, was);
}

/** Whether that is one IPv6 address more than a host has at a time. */
static bool is_one_too_many(const struct fm_entities *all, struct card *card,
        const struct fm_addr *addr, fm_time now)
{
    uint32_t hash = (uint32_t)fm_hash(all->seed, addr, sizeof *addr) | 1;

    if (now - card->six_since >= MAC_IDLE) {
        memset(card->six, 0, sizeof card->six);
        card->six_since = now;
    }
    for (unsigned i = 0; i < MAC_SIXES; i++) {
        if (card->six[i] == hash)
            return false;
        if (!card->six[i]) {
            card->six[i] = hash;
            return i == MAC_SIXES - 1;
        }
    }
    return true;
}

/** A second IPv4 address while the first is in use, or too many IPv6 addresses: a router's. */
static void watch_card(struct fm_entities *all, struct card *card, const struct fm_addr *addr,
        fm_time now)
{
    if (card->router)
        return;
    if (!fm_addr_is4(addr)) {
        if (is_one_too_many(all, card, addr, now))
            is_a_router(all, card);
        return;
    }
    if (card->seen4 && !fm_addr_equal(&card->addr4, addr) && now - card->seen4 < MAC_IDLE) {
        is_a_router(all, card);
        return;
    }
    card->addr4 = *addr;
    card->seen4 = now;
}

static bool is_own_mac(const struct fm_mac *mac)
{
    static const struct fm_mac none;

    return mac && !(mac->byte[0] & 1) && memcmp(mac, &none, sizeof none) != 0;
}

/** The entity that this MAC is known to be; NULL: the MAC says nothing. */
static struct fm_entity *owner_of(struct fm_entities *all, struct card *card)
{
    struct fm_entity *owner = card->entity ? fm_entity_find(all, card->entity) : NULL;

    if (!owner)
        card->entity = 0; /* nobody's yet, or of an entity that was forgotten */
    return owner;
}

static const struct fm_mac no_mac;

/* ---- meeting ---- */

static bool lease_moved(const struct fm_entity *holder, const struct card *card)
{
    return card && !card->router && memcmp(&holder->mac, &no_mac, sizeof no_mac) != 0 &&
           memcmp(&holder->mac, &card->key.mac, sizeof no_mac) != 0;
}

/** Who has the address; a lease of the dynamic range that nothing else ties to its host ends after
 *  a day. */
static struct fm_entity *holder_of(struct fm_entities *all, const struct place *place,
        struct binding **b, fm_time now)
{
    *b = fm_table_find(all->bindings, place);
    struct fm_entity *entity = *b ? fm_entity_find(all, (*b)->entity) : NULL;
    if (entity && (entity->flags & FM_ENTITY_DYNAMIC) && now - (*b)->from >= FM_DAY) {
        unbind(all, entity, &place->addr);
        *b = NULL;
        return NULL;
    }
    if (*b && !entity) {
        fm_table_del(all->bindings, *b);
        *b = NULL;
    }
    return entity;
}

struct fm_entity *fm_entity_meet(struct fm_entities *all, uint16_t site, const struct fm_addr *addr,
        const struct fm_mac *mac, bool two_way, fm_time now)
{
    if (!fm_inside(all->net, addr))
        return NULL;
    struct place place = place_of(site, addr);
    struct binding *b;
    struct card *card = is_own_mac(mac) ? card_of(all, site, mac) : NULL;
    if (card)
        watch_card(all, card, addr, now);

    struct fm_entity *entity = holder_of(all, &place, &b, now);
    enum fm_evidence evidence = card && !card->router ? FM_EVIDENCE_MAC : FM_EVIDENCE_ADDRESS;
    if (entity && lease_moved(entity, card))
        entity = NULL;
    struct fm_entity *owner = card && !card->router ? owner_of(all, card) : NULL;
    if (owner && (!entity || entity->evidence <= FM_EVIDENCE_ADDRESS))
        entity = owner;
    bool is_new = !entity;
    if (is_new && !(entity = make(all, site, now)))
        return NULL;
    if (!b || b->entity != entity->id || b->evidence < evidence) {
        b = bind(all, entity, addr, evidence, now);
        if (!b)
            return NULL;
    }
    if (card && !card->router && !card->entity) {
        card->entity = entity->id;
        entity->mac = *mac;
    }
    if (now > entity->last_seen)
        entity->last_seen = now;
    fm_table_touch(all->rows, entity);
    fm_table_touch(all->bindings, b);
    if (is_new && !two_way)
        put_on_probation(all, entity);
    else if (two_way && (entity->flags & FM_ENTITY_PROBATION))
        end_probation(all, entity);
    return entity;
}

struct fm_entity *fm_entity_of_addr(const struct fm_entities *all, uint16_t site,
        const struct fm_addr *addr)
{
    struct place place = place_of(site, addr);
    struct binding *b = fm_table_find(all->bindings, &place);

    return b ? fm_entity_find(all, b->entity) : NULL;
}

struct fm_entity *fm_entity_find(const struct fm_entities *all, fm_entity_id id)
{
    struct fm_entity **recent = &all->recent->row[id % RECENT];

    if (!id)
        return NULL;
    if (*recent && (*recent)->id == id)
        return *recent;
    struct fm_entity *row = fm_table_find(all->rows, &id);
    if (row)
        *recent = row;
    return row;
}

void fm_entity_lease(struct fm_entities *all, uint16_t site, const struct fm_mac *mac,
        const struct fm_addr *addr, fm_time now)
{
    if (!is_own_mac(mac) || !fm_inside(all->net, addr))
        return;
    struct card *card = card_of(all, site, mac);
    struct place place = place_of(site, addr);
    struct binding *b;
    struct fm_entity *holder = holder_of(all, &place, &b, now);
    if (!card || card->router)
        return;
    struct fm_entity *entity = owner_of(all, card);
    if (!entity && holder && memcmp(&holder->mac, &no_mac, sizeof no_mac) == 0)
        entity = holder;
    if (!entity && !(entity = make(all, site, now)))
        return;
    card->entity = entity->id;
    card->addr4 = *addr;
    card->seen4 = now;
    entity->mac = *mac;
    if (now > entity->last_seen)
        entity->last_seen = now;
    bind(all, entity, addr, FM_EVIDENCE_DHCP, now);
    fm_table_touch(all->rows, entity);
}

/** "CL1$", "cl1" and "cl1.office.example" are one machine. */
static uint32_t machine_hash(const struct fm_entities *all, const char *name, size_t len)
{
    size_t label = 0;

    while (label < len && name[label] != '.' && name[label] != '$')
        label++;
    return (uint32_t)fm_hash_name(all->seed, name, label) | 1;
}

static void count_name(struct fm_entity *entity, uint32_t hash)
{
    for (unsigned i = 0; i < FM_ENTITY_NAMES; i++) {
        if (entity->names[i] == hash)
            return;
        if (!entity->names[i]) {
            entity->names[i] = hash;
            if (i == FM_ENTITY_NAMES - 1)
                entity->flags |= FM_ENTITY_SHARED;
            return;
        }
    }
}

void fm_entity_name(struct fm_entities *all, struct fm_entity *entity, enum fm_name_source source,
        const char *name, size_t len)
{
    if (!len)
        return;
    if (source != FM_NAMED_BY_DNS)
        count_name(entity, machine_hash(all, name, len));
    if (source < (enum fm_name_source)entity->name_source)
        return;
    fm_text_name(entity->name, sizeof entity->name, name, len);
    entity->name_source = (uint8_t)source;
}

void fm_entity_user(struct fm_entity *entity, const char *name)
{
    char user[FM_ENTITY_USER] = { 0 };
    unsigned at = 0;

    fm_text_name(user, sizeof user, name, strlen(name));
    while (at < FM_ENTITY_USERS - 1 && strcmp(entity->user[at], user) != 0)
        at++;
    memmove(entity->user[1], entity->user[0], at * sizeof user);
    memcpy(entity->user[0], user, sizeof user);
}

void fm_entity_proxies(struct fm_entity *server, fm_entity_id client)
{
    for (unsigned i = 0; i < FM_ENTITY_PROXIED; i++) {
        if (server->proxied[i] == client)
            return;
        if (!server->proxied[i]) {
            server->proxied[i] = client;
            if (i == FM_ENTITY_PROXIED - 1)
                fm_entity_learn_role(server, FM_ROLE_PROXY);
            return;
        }
    }
}

void fm_entity_learn_role(struct fm_entity *entity, enum fm_role role)
{
    entity->roles |= 1u << role;
    entity->learned |= (uint16_t)(1u << role);
}

void fm_entity_pin(struct fm_entities *all, fm_entity_id id, bool pinned)
{
    struct fm_entity *entity = fm_entity_find(all, id);

    if (!entity || (pinned ? entity->detections == UINT16_MAX : !entity->detections))
        return;
    all->detected -= entity->detections != 0;
    entity->detections = (uint16_t)(entity->detections + (pinned ? 1 : -1));
    all->detected += entity->detections != 0;
    if (entity->detections)
        entity->flags |= FM_ENTITY_DETECTED;
    else
        entity->flags &= (uint8_t)~FM_ENTITY_DETECTED;
}

static void turn_hour(struct fm_entity *entity, int64_t hour)
{
    if (hour <= entity->hour)
        return;
    entity->strangers[1] = hour == entity->hour + 1 ? entity->strangers[0] : 0;
    entity->strangers[0] = 0;
    entity->hour = hour;
}

void fm_entity_stranger(struct fm_entity *entity, uint64_t hash, fm_time now)
{
    turn_hour(entity, now / FM_HOUR);
    entity->strangers[0] |= 1ull << (hash & 63);
}

double fm_entity_strangers(const struct fm_entity *entity, fm_time now)
{
    int64_t age = now / FM_HOUR - entity->hour;
    uint64_t seen = age <= 0 ? entity->strangers[0] | entity->strangers[1]
                    : age == 1 ? entity->strangers[0]
                               : 0;
    int empty = 64 - __builtin_popcountll(seen);

    return 64 * log(64.0 / (empty ? empty : 1));
}

/* ---- all of them ---- */

struct fm_entity *fm_entity_oldest(const struct fm_entities *all)
{
    return fm_table_oldest(all->rows);
}

struct fm_entity *fm_entity_newer(const struct fm_entities *all, const struct fm_entity *entity)
{
    return fm_table_newer(all->rows, entity);
}

uint32_t fm_entities_count(const struct fm_entities *all)
{
    return fm_table_count(all->rows);
}

uint32_t fm_entities_cap(const struct fm_entities *all)
{
    return fm_table_cap(all->rows);
}

uint64_t fm_entities_evicted(const struct fm_entities *all)
{
    return all->evicted;
}

struct fm_entity *fm_entity_restore(struct fm_entities *all, const struct fm_entity *saved)
{
    struct fm_entity *entity = saved->id ? row_of(all, saved->id) : NULL;

    if (!entity)
        return NULL;
    *entity = *saved;
    entity->addresses = 0;
    entity->detections = 0;
    entity->flags &= (uint8_t)~FM_ENTITY_DETECTED;
    if (saved->id > all->last)
        all->last = saved->id;
    for (unsigned i = saved->addresses < FM_ENTITY_ADDRESSES ? saved->addresses
                                                             : FM_ENTITY_ADDRESSES;
            i-- > 0;) {
        struct binding *b = bind(all, entity, &saved->addr[i],
                (enum fm_evidence)saved->evidence, saved->last_seen);
        if (b)
            b->from = saved->since;
    }
    entity->since = saved->since;
    if (memcmp(&saved->mac, &no_mac, sizeof no_mac) != 0) {
        struct card *card = card_of(all, saved->site, &saved->mac);
        if (card && !card->router)
            card->entity = entity->id;
    }
    if (saved->flags & FM_ENTITY_PROBATION)
        put_on_probation(all, entity);
    return entity;
}
