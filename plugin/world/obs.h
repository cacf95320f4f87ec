/* An observation: a record put into its place.  The world knows who the two sides are, which of
 * them are inside, what the outside is called and how the flow went; families count observations,
 * never records. */
#ifndef FM_WORLD_OBS_H
#define FM_WORLD_OBS_H

#include "record/record.h"
#include "world/entity.h"

enum fm_obs_kind {
    FM_OBS_START,   /* a flow began */
    FM_OBS_OUTCOME, /* how it was answered, once a flow, as of its start; a refusal is told at once,
                       an answer or none 10 s after the start */
    FM_OBS_BYTES,   /* more bytes have passed: `bytes` is what is new */
    FM_OBS_VISIT,   /* the client went to the server once: a flow without HTTP when it ended or
                       after a minute, or one HTTP request; `bytes` are the visit's so far */
    FM_OBS_END,     /* the flow is over; `flow->shape` is known if the source tells it */
    FM_OBS_TX,      /* a transaction or an alert: look at `rec` */
};

/** Observations as bits of a set: transactions by their record's kind, the others by what they
 *  are. */
#define FM_SEES(what) (1ull << (FM_KINDS + FM_OBS_##what))
#define FM_SEES_TX(kind) (1ull << FM_##kind)
#define FM_SEES_EVERY_TX ((1ull << FM_KINDS) - 1)
#define FM_OBS_BITS (FM_KINDS + FM_OBS_TX)
_Static_assert(FM_OBS_BITS <= 64, "a set of observations is one word");

/** Where the client and the server stand. */
enum fm_course { FM_INSIDE, FM_OUTWARD, FM_INWARD, FM_TRANSIT };

struct fm_flow_row;

struct fm_obs {
    enum fm_obs_kind what;
    enum fm_course course;
    enum fm_answer answer; /* OUTCOME, VISIT, END */
    fm_time time;
    const struct fm_rec *rec;       /* NULL where a timer speaks */
    const struct fm_flow_row *flow; /* NULL where the flow is not remembered */
    struct fm_entity *client, *server; /* NULL: outside, or not remembered */
    struct fm_addr client_addr, server_addr;
    uint16_t cport, sport, site;
    uint8_t proto, app; /* enum fm_app */
    uint8_t weight;
    bool orig_known;  /* false: which side opened is a guess; tallies count neither */
    bool backscatter; /* an answer to what nobody here asked */
    uint64_t bytes[2];
    uint64_t flow_id;
    const char *name;  /* of the outside party: SNI, Host, DNS; else its address. Never NULL */
    bool named;        /* `name` is a name, not an address */
    uint64_t party;    /* keyed hash of `name` where the way is outward; 0: nobody hashed it */
    const char *agent; /* VISIT: user agent or JA4, or "" */
};

struct fm_flow_row {
    struct {
        struct fm_addr client, server;
        uint16_t cport, sport, site;
        uint8_t proto, pad;
    } key;
    fm_time start, last;
    uint64_t bytes[2], packets[2], flow_id;
    fm_entity_id client, server;
    uint8_t answer, close, app, flags; /* flags: FM_REC_* of its first record */
    bool outcome_told, visit_told, ended;
    bool has_shape;
    uint8_t course; /* enum fm_course, as the networks are declared now */
    bool proxied; /* the server is an explicit proxy: the outside party is `name` */
    bool by_address; /* `name` is an address, as asked for */
    uint16_t requests; /* HTTP requests seen (saturates) */
    char name[64];     /* SNI or Host, else "" */
    char agent[64];
    struct fm_shape shape;
};

/** The observation's bit in such a set. */
static inline unsigned fm_obs_bit(const struct fm_obs *obs)
{
    return obs->what == FM_OBS_TX ? obs->rec->kind : FM_KINDS + (unsigned)obs->what;
}

#endif
