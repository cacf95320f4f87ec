/* Records for the tests of order/: random flow records that often agree in time and endpoints. */
#ifndef FM_TESTS_RECORDS_H
#define FM_TESTS_RECORDS_H

#include "seeded.h"

#include "base/addr.h"
#include "record/record.h"

#include <stdlib.h>
#include <string.h>

struct space {
    _Alignas(16) unsigned char bytes[FM_REC_MAX];
};

static inline struct fm_rec *space_rec(struct space *space)
{
    return (struct fm_rec *)(void *)space->bytes;
}

/* A record of some kind and size at `at`; equal draws give equal records. */
static inline struct fm_rec *random_rec(struct space *space, uint64_t *seed, fm_time at)
{
    static const enum fm_kind kinds[] = { FM_FLOW_NEW, FM_FLOW_UPDATE, FM_HTTP, FM_DNS, FM_ALERT };
    struct fm_rec *rec = space_rec(space);
    enum fm_kind kind = kinds[seeded_below(seed, 5)];
    void *body = fm_rec_begin(rec, kind);
    uint8_t client[4] = { 10, 0, 0, (uint8_t)seeded_below(seed, 3) }, server[4] = { 10, 0, 1, 1 };
    rec->time = at;
    rec->flow_id = seeded(seed);
    rec->client = fm_addr_from4(client);
    rec->server = fm_addr_from4(server);
    rec->cport = (uint16_t)(40000 + seeded_below(seed, 3));
    rec->sport = 80;
    rec->proto = 6;
    rec->flags = FM_REC_ORIG_KNOWN;
    if (kind == FM_HTTP) {
        char uri[FM_HTTP_URI_MAX];
        memset(uri, 'u', sizeof(uri));
        fm_rec_put(rec, &((struct fm_http *)body)->uri, uri, seeded_below(seed, sizeof(uri)),
                FM_HTTP_URI_MAX);
    } else if (kind == FM_FLOW_NEW || kind == FM_FLOW_UPDATE) {
        ((struct fm_flow *)body)->start = at - (fm_time)seeded_below(seed, 3);
        if (kind == FM_FLOW_NEW)
            fm_rec_brief(rec);
    }
    return rec;
}

static inline struct fm_rec *rec_copy(const struct fm_rec *rec)
{
    struct fm_rec *copy = malloc(rec->size);
    memcpy(copy, rec, rec->size);
    return copy;
}

static inline int rec_by_order(const void *a, const void *b)
{
    return fm_rec_compare(*(struct fm_rec *const *)a, *(struct fm_rec *const *)b);
}

#endif
