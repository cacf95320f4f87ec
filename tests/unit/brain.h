/* What tests of the brain share: a network of 10.0.0.0/8 and fd00::/8, records made by hand, and a
 * listener that keeps what the world told. */
#ifndef FM_TESTS_BRAIN_H
#define FM_TESTS_BRAIN_H

#include "seeded.h"

#include "base/addr.h"
#include "record/record.h"
#include "world/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY0 (INT64_C(1700006400) * FM_SECOND) /* a midnight: 2023-11-15 */

enum { ICMP = 1, TCP = 6, UDP = 17 };

static inline struct fm_addr ip(const char *text)
{
    struct fm_addr addr;

    if (!fm_addr_parse(text, strlen(text), &addr))
        fail_msg("%s is no address", text);
    return addr;
}

/* 10.0.<n / 256>.<n % 256> */
static inline struct fm_addr inside(unsigned n)
{
    uint8_t bytes[4] = { 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };

    return fm_addr_from4(bytes);
}

static inline struct fm_addr outside(unsigned n)
{
    uint8_t bytes[4] = { 203, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };

    return fm_addr_from4(bytes);
}

static inline struct fm_mac mac(unsigned n)
{
    struct fm_mac made = { { 0x02, 0x1b, 0x44, (uint8_t)(n >> 16), (uint8_t)(n >> 8),
            (uint8_t)n } };

    return made;
}

/* ---- networks ---- */

static inline struct fm_prefixes *prefixes(struct fm_mem *mem, const char *list)
{
    struct fm_prefixes *set = fm_prefixes_new(mem);

    assert_non_null(set);
    for (size_t len; *list; list += len + (list[len] == ',')) {
        len = strcspn(list, ",");
        assert_true(fm_prefixes_add(set, list, len));
    }
    return set;
}

static inline struct fm_networks networks_new(struct fm_mem *mem)
{
    struct fm_networks net = { .internal = prefixes(mem, "10.0.0.0/8,fd00::/8,fe80::/10") };

    return net;
}

static inline void networks_free(struct fm_networks *net)
{
    fm_prefixes_free(net->internal);
    fm_prefixes_free(net->dynamic);
    fm_prefixes_free(net->shared);
    fm_prefixes_free(net->protect);
    for (unsigned i = 0; i < FM_ROLES; i++)
        fm_prefixes_free(net->role[i]);
}

/* ---- records ---- */

struct space {
    _Alignas(16) unsigned char bytes[FM_REC_MAX];
};

struct pair { /* who talks to whom */
    struct fm_addr client, server;
    uint16_t cport, sport;
    uint8_t proto; /* 0: TCP */
};

static inline struct fm_rec *rec_of(struct space *space, enum fm_kind kind, fm_time at,
        const struct pair *pair)
{
    struct fm_rec *rec = (struct fm_rec *)(void *)space->bytes;

    fm_rec_begin(rec, kind);
    rec->time = at;
    rec->client = pair->client;
    rec->server = pair->server;
    rec->cport = pair->cport;
    rec->sport = pair->sport;
    rec->proto = pair->proto ? pair->proto : TCP;
    rec->flags = FM_REC_ORIG_KNOWN;
    rec->flow_id = 1 + pair->cport;
    return rec;
}

static inline struct fm_flow *flow_of(struct fm_rec *rec)
{
    return (struct fm_flow *)(void *)(rec + 1);
}

static inline struct fm_rec *rec_new(struct space *space, fm_time at, const struct pair *pair)
{
    struct fm_rec *rec = rec_of(space, FM_FLOW_NEW, at, pair);

    flow_of(rec)->start = at;
    fm_rec_brief(rec);
    return rec;
}

static inline struct fm_rec *rec_answer(struct space *space, fm_time at, fm_time start,
        const struct pair *pair, enum fm_answer answer)
{
    struct fm_rec *rec = rec_of(space, FM_FLOW_ANSWER, at, pair);

    flow_of(rec)->start = start;
    flow_of(rec)->answer = (uint8_t)answer;
    rec->has = FM_HAS_ANSWER;
    fm_rec_brief(rec);
    return rec;
}

/* flow_update or flow_end with what came since the last record */
static inline struct fm_rec *rec_bytes(struct space *space, enum fm_kind kind, fm_time at,
        fm_time start, const struct pair *pair, uint64_t out, uint64_t in)
{
    struct fm_rec *rec = rec_of(space, kind, at, pair);

    flow_of(rec)->start = start;
    flow_of(rec)->bytes[FM_TO_SERVER] = out;
    flow_of(rec)->bytes[FM_TO_CLIENT] = in;
    flow_of(rec)->packets[FM_TO_SERVER] = 1 + (uint32_t)(out / 1400);
    flow_of(rec)->packets[FM_TO_CLIENT] = 1 + (uint32_t)(in / 1400);
    rec->has = FM_HAS_BYTES | FM_HAS_PACKETS;
    fm_rec_brief(rec);
    return rec;
}

static inline struct fm_rec *rec_http(struct space *space, fm_time at, const struct pair *pair,
        const char *host, const char *agent, uint8_t via)
{
    struct fm_rec *rec = rec_of(space, FM_HTTP, at, pair);
    struct fm_http *http = (struct fm_http *)(void *)(rec + 1);

    http->status = 200;
    http->via = via;
    http->port = via == FM_HTTP_CONNECT ? 443 : via == FM_HTTP_PROXIED ? 80 : 0;
    http->bytes[FM_TO_SERVER] = 10;
    http->bytes[FM_TO_CLIENT] = 500;
    fm_rec_put(rec, &http->host, host, strlen(host), FM_DNS_NAME_MAX);
    fm_rec_put(rec, &http->agent, agent, strlen(agent), 255);
    rec->has = FM_HAS_NAME;
    return rec;
}

static inline struct fm_rec *rec_tls(struct space *space, fm_time at, const struct pair *pair,
        const char *sni)
{
    struct fm_rec *rec = rec_of(space, FM_TLS, at, pair);
    struct fm_tls *tls = (struct fm_tls *)(void *)(rec + 1);

    fm_rec_put(rec, &tls->sni, sni, strlen(sni), FM_DNS_NAME_MAX);
    rec->has = FM_HAS_NAME;
    return rec;
}

static inline struct fm_rec *rec_dns(struct space *space, fm_time at, const struct pair *pair,
        const char *query, const struct fm_addr *answer)
{
    struct fm_rec *rec = rec_of(space, FM_DNS, at, pair);
    struct fm_dns *dns = (struct fm_dns *)(void *)(rec + 1);

    dns->type = fm_addr_is4(answer) ? 1 : 28;
    dns->response = 1;
    dns->answers = dns->kept = 1;
    dns->addr[0] = *answer;
    fm_rec_put(rec, &dns->query, query, strlen(query), FM_DNS_NAME_MAX);
    rec->has = FM_HAS_NAME;
    return rec;
}

/* ---- a world with a listener ---- */

#define SEEN 4096

struct seen {
    struct fm_obs obs;
    char name[FM_WORLD_NAME];
    fm_entity_id client, server;
};

struct scene {
    struct fm_mem mem;
    struct fm_networks net;
    struct fm_world *world;
    struct space space;
    unsigned count;
    struct seen seen[SEEN];
};

static inline void scene_see(void *arg, const struct fm_obs *obs)
{
    struct scene *scene = arg;
    struct seen *seen = &scene->seen[scene->count++ % SEEN];

    seen->obs = *obs;
    seen->client = obs->client ? obs->client->id : 0;
    seen->server = obs->server ? obs->server->id : 0;
    assert_non_null(obs->name);
    snprintf(seen->name, sizeof seen->name, "%s", obs->name);
}

static inline struct scene *scene_new(uint32_t entities, uint32_t flows)
{
    struct scene *scene = calloc(1, sizeof *scene);
    struct fm_world_sizes sizes = { .entities = entities, .flows = flows, .names = 64 };

    assert_non_null(scene);
    scene->net = networks_new(&scene->mem);
    scene->world = fm_world_new(&scene->mem, &scene->net, &sizes, 7);
    assert_non_null(scene->world);
    fm_world_listen(scene->world, scene_see, scene);
    return scene;
}

static inline void scene_free(struct scene *scene)
{
    fm_world_free(scene->world);
    networks_free(&scene->net);
    assert_int_equal(scene->mem.used_bytes, 0);
    free(scene);
}

/* The nth observation of that kind (from 0), or NULL. */
static inline const struct seen *seen_nth(const struct scene *scene, enum fm_obs_kind kind,
        unsigned nth)
{
    for (unsigned i = 0; i < scene->count && i < SEEN; i++)
        if (scene->seen[i].obs.what == kind && nth-- == 0)
            return &scene->seen[i];
    return NULL;
}

static inline unsigned seen_count(const struct scene *scene, enum fm_obs_kind kind)
{
    unsigned n = 0;

    while (seen_nth(scene, kind, n))
        n++;
    return n;
}

#endif
