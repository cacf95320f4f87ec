/* Entities: a host is not an address.  An entity is a persisted number; a binding ties (site,
 * address) to it from then until now, on evidence of a rank.  A lease that goes to another machine
 * ends the binding; what was remembered stays with the old entity.
 *
 * MAC addresses count only where they are the hosts' own: a MAC that carries two inside IPv4
 * addresses at a time, or more IPv6 addresses than a host keeps, is a router's and proves nothing;
 * what it had bound together falls apart.  Entities merge by MAC or DHCP, never by a name alone.
 * In a range declared dynamic an address without such evidence is somebody else's after a day.
 *
 * An address that was only ever seen one way stands on probation: a quarter of the table at most,
 * the oldest leaves first and before any other, so that a spoofed flood cannot push real hosts out.
 * Of the others the longest unseen leaves that has no open detection; those that have one may hold
 * a quarter of the table.
 *
 * One entity is one row (sizeof(struct fm_entity) and two index rows, told at start-up). */
#ifndef FM_WORLD_ENTITY_H
#define FM_WORLD_ENTITY_H

#include "base/addr.h"
#include "base/mem.h"
#include "world/networks.h"

enum fm_evidence {
    FM_EVIDENCE_NONE,
    FM_EVIDENCE_ADDRESS,
    FM_EVIDENCE_NAME, /* Kerberos machine account or NTLM workstation */
    FM_EVIDENCE_DHCP,
    FM_EVIDENCE_MAC,
    FM_EVIDENCE_INVENTORY,
};

enum fm_name_source { FM_NAMED_BY_NOBODY, FM_NAMED_BY_DNS, FM_NAMED_BY_NTLM, FM_NAMED_BY_KERBEROS,
    FM_NAMED_BY_DHCP, FM_NAME_SOURCES };
extern const char *const fm_name_source_name[FM_NAME_SOURCES];

enum {
    FM_ENTITY_PROBATION = 1 << 0, /* seen one way only */
    FM_ENTITY_SHARED = 1 << 1,    /* stands for many hosts: no baseline of its own */
    FM_ENTITY_DYNAMIC = 1 << 2,   /* a day's lease without evidence */
    FM_ENTITY_DETECTED = 1 << 3,  /* has an open detection: kept longest */
};

#define FM_ENTITY_ADDRESSES 4
#define FM_ENTITY_NAME 64
#define FM_ENTITY_PROXIED 3 /* so many inside hosts that use it as a proxy make it one */
#define FM_ENTITY_USERS 3   /* who logged in last */
#define FM_ENTITY_USER 32   /* bytes of a user's name, the NUL included */
#define FM_ENTITY_NAMES 4 /* so many machine names behind one address: it stands for many hosts */

struct fm_entity {
    fm_entity_id id;
    uint16_t site;
    uint8_t flags;
    uint8_t name_source;
    uint32_t roles; /* 1 << enum fm_role: declared or learned */
    uint8_t addresses; /* 0: another machine has the last one, which still stands in addr[0] */
    uint8_t evidence; /* the best so far */
    struct fm_mac mac;
    uint16_t learned;    /* of the roles, those that traffic taught */
    uint16_t detections; /* open ones; FM_ENTITY_DETECTED while there are any */
    fm_time first_seen, last_seen, since; /* since: of the present address */
    struct fm_addr addr[FM_ENTITY_ADDRESSES]; /* newest first */
    int64_t hour;          /* since 1970, of strangers[0] */
    uint64_t strangers[2]; /* of this hour and the one before: a bit a hash */
    char name[FM_ENTITY_NAME];
    fm_entity_id proxied[FM_ENTITY_PROXIED]; /* inside hosts that asked it for other names */
    uint32_t names[FM_ENTITY_NAMES]; /* hashes of the machine names met, 0: none */
    char user[FM_ENTITY_USERS][FM_ENTITY_USER]; /* newest first; "": no more */
};

struct fm_entities;

struct fm_entities *fm_entities_new(struct fm_mem *mem, const struct fm_networks *net, uint32_t cap,
        uint64_t seed);
void fm_entities_free(struct fm_entities *all);
/** Another policy: what it declares of the entities known holds at once, what was learned stays. */
void fm_entities_networks(struct fm_entities *all, const struct fm_networks *net);

/** The entity of an inside address, made when it is new.  `mac` NULL: not seen.  `two_way`: it has
 *  taken part in a conversation.  NULL: outside, or no room. */
struct fm_entity *fm_entity_meet(struct fm_entities *all, uint16_t site, const struct fm_addr *addr,
        const struct fm_mac *mac, bool two_way, fm_time now);
/** Without making or moving anything. */
struct fm_entity *fm_entity_of_addr(const struct fm_entities *all, uint16_t site,
        const struct fm_addr *addr);
struct fm_entity *fm_entity_find(const struct fm_entities *all, fm_entity_id id);

/** DHCP gave `addr` to `mac`: ends another's binding and moves the MAC's entity there. */
void fm_entity_lease(struct fm_entities *all, uint16_t site, const struct fm_mac *mac,
        const struct fm_addr *addr, fm_time now);
void fm_entity_name(struct fm_entities *all, struct fm_entity *entity, enum fm_name_source source,
        const char *name, size_t len);

/** Somebody logged in from it; the longest unseen gives way. */
void fm_entity_user(struct fm_entity *entity, const char *name);

/** `client` asked `server` for another name than its own: a proxy, when enough do. */
void fm_entity_proxies(struct fm_entity *server, fm_entity_id client);
/** Traffic shows that it has this role. */
void fm_entity_learn_role(struct fm_entity *entity, enum fm_role role);
/** A detection about it was opened, or closed. */
void fm_entity_pin(struct fm_entities *all, fm_entity_id id, bool pinned);

/** It turned to an outside address that no name is known of, at a port that no service has. */
void fm_entity_stranger(struct fm_entity *entity, uint64_t hash, fm_time now);
/** How many of them in this hour and the one before: by linear counting over 64 bits (Whang et al.
 *  1990), right to a tenth below 50, at most 260.  Many mean a peer-to-peer program. */
double fm_entity_strangers(const struct fm_entity *entity, fm_time now);

struct fm_entity *fm_entity_oldest(const struct fm_entities *all);
struct fm_entity *fm_entity_newer(const struct fm_entities *all, const struct fm_entity *entity);
uint32_t fm_entities_count(const struct fm_entities *all);
uint32_t fm_entities_cap(const struct fm_entities *all);
uint64_t fm_entities_evicted(const struct fm_entities *all);
/** Bytes that one more entity costs. */
size_t fm_entity_cost_bytes(void);

/** Puts back what was saved: the entity with its number and its addresses. */
struct fm_entity *fm_entity_restore(struct fm_entities *all, const struct fm_entity *saved);

#endif
