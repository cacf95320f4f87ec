#include "learn/learn.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/table.h"
#include "sketch/bloom.h"
#include "sketch/distinct.h"

#define DAYS 28
#define DAYS_NEEDED 3
#define PAIR_BYTES 65536 /* outward in one report that begin a baseline of the pair */
#define PRIOR_SHARE 0.1 /* of the other hosts, before any was seen */
#define PRIOR_HOSTS 5.0 /* that this belief is worth */
#define MET_TURN (FM_DAY * 7 / 2) /* who was met is remembered for one to two of them */

struct audience {
    uint64_t name;
    fm_time first, last;
    struct fm_distinct hosts;
    uint32_t pad;
};

struct baseline {
    struct fm_key key;
    int32_t day; /* since 1970 of `today` */
    uint32_t days; /* kept in `past` */
    double today;
    float past[DAYS]; /* a ring: the newest at (days - 1) modulo DAYS */
};

struct coverage {
    int64_t hour; /* the last one counted */
    uint32_t hours;
    uint32_t pad;
    struct fm_distinct hosts;
};

struct fm_learn {
    struct fm_mem *mem;
    struct fm_table *names, *baselines;
    struct coverage coverage;
    double hosts; /* what coverage.hosts says; it is asked for much oftener than it changes */
    uint64_t seed;
    struct fm_bloom met;
    struct fm_takers *takers;
};

struct fm_learn *fm_learn_new(struct fm_mem *mem, const struct fm_learn_sizes *sizes,
        uint64_t seed)
{
    struct fm_learn *learn = fm_alloc(mem, sizeof *learn);

    if (!learn)
        return NULL;
    learn->mem = mem;
    learn->seed = seed;
    fm_distinct_init(&learn->coverage.hosts);
    learn->names = fm_table_new(mem, sizeof(uint64_t), sizeof(struct audience), sizes->names,
            seed);
    learn->baselines = fm_table_new(mem, sizeof(struct fm_key), sizeof(struct baseline),
            sizes->baselines, seed);
    learn->takers = fm_takers_new(mem, seed);
    if (!learn->names || !learn->baselines || !learn->takers) {
        fm_learn_free(learn);
        return NULL;
    }
    return learn;
}

void fm_learn_free(struct fm_learn *learn)
{
    if (!learn)
        return;
    fm_table_free(learn->names);
    fm_table_free(learn->baselines);
    fm_takers_free(learn->takers);
    fm_free(learn->mem, learn);
}

/* ---- taking in ---- */

void fm_learn_watch(struct fm_learn *learn, fm_time now)
{
    int64_t hour = now / FM_HOUR;

    if (hour > learn->coverage.hour || !learn->coverage.hours) {
        learn->coverage.hour = hour;
        learn->coverage.hours++;
    }
}

static uint64_t entity_hash(const struct fm_learn *learn, fm_entity_id entity)
{
    return fm_hash(learn->seed, &entity, sizeof entity);
}

void fm_learn_active(struct fm_learn *learn, fm_entity_id entity)
{
    if (fm_distinct_add(&learn->coverage.hosts, entity_hash(learn, entity)))
        learn->hosts = fm_distinct_query(&learn->coverage.hosts);
}

void fm_learn_use(struct fm_learn *learn, uint64_t name, fm_entity_id entity, fm_time at)
{
    bool made;
    struct audience *row = fm_table_take(learn->names, &name, &made);

    if (!row)
        return;
    if (made) {
        fm_distinct_init(&row->hosts);
        row->first = row->last = at;
    }
    if (at < row->first)
        row->first = at;
    if (at > row->last)
        row->last = at;
    fm_distinct_add(&row->hosts, entity_hash(learn, entity));
}

static void turn_day(struct baseline *row, int32_t day)
{
    if (row->today > 0)
        row->past[row->days++ % DAYS] = (float)row->today;
    row->today = 0;
    row->day = day;
}

void fm_learn_add(struct fm_learn *learn, const struct fm_key *key, double amount, fm_time at)
{
    bool made;
    struct baseline *row = fm_table_take(learn->baselines, key, &made);
    int32_t day = (int32_t)(at / FM_DAY);

    if (!row)
        return;
    if (made)
        row->day = day;
    if (day > row->day)
        turn_day(row, day);
    row->today += amount;
}

/* A baseline's key is told from a state's by what its padding holds. */
enum { PAIR_DAY = 1, HOST_DAY, PULL_DAY };

struct fm_key fm_learn_pair_day(const struct fm_key *key)
{
    struct fm_key day = { .entity = key->entity, .site = key->site, .name = key->name };

    day.pad[0] = PAIR_DAY;
    return day;
}

struct fm_key fm_learn_host_day(const struct fm_key *key)
{
    struct fm_key day = { .entity = key->entity, .site = key->site };

    day.pad[0] = HOST_DAY;
    return day;
}

struct fm_key fm_learn_pull_day(const struct fm_key *key)
{
    struct fm_key day = fm_learn_host_day(key);

    day.pad[0] = PULL_DAY;
    return day;
}

uint64_t fm_learn_party(const struct fm_learn *learn, const struct fm_obs *obs)
{
    return obs->party ? obs->party : fm_hash_name(learn->seed, obs->name, strlen(obs->name));
}

static void see_pull(struct fm_learn *learn, const struct fm_obs *obs)
{
    struct fm_key key = { .entity = obs->client->id, .site = obs->site };
    struct fm_key pull = fm_learn_pull_day(&key);

    if (obs->bytes[FM_TO_CLIENT] && !(obs->client->flags & FM_ENTITY_SHARED))
        fm_learn_add(learn, &pull, (double)obs->bytes[FM_TO_CLIENT], obs->time);
}

static void see_bytes(struct fm_learn *learn, const struct fm_obs *obs)
{
    uint64_t out = obs->bytes[FM_TO_SERVER];
    struct fm_key key = { .entity = obs->client->id, .site = obs->site };

    if (!out || (obs->client->flags & FM_ENTITY_SHARED))
        return;
    struct fm_key host = fm_learn_host_day(&key);
    fm_learn_add(learn, &host, (double)out, obs->time);
    key.name = fm_learn_party(learn, obs);
    struct fm_key pair = fm_learn_pair_day(&key);
    if (out >= PAIR_BYTES || fm_table_find(learn->baselines, &pair))
        fm_learn_add(learn, &pair, (double)out, obs->time);
}

/** This client and this service. */
static uint64_t pair_hash(const struct fm_learn *learn, const struct fm_obs *obs)
{
    enum { TCP = 6, UDP = 17 };
    bool ports = obs->proto == TCP || obs->proto == UDP;
    struct fm_key key = { .entity = obs->client->id, .site = obs->site, .proto = obs->proto,
        .port = ports ? obs->sport : 0,
        .name = fm_hash(learn->seed, &obs->server_addr, sizeof obs->server_addr) };

    return fm_hash(learn->seed, &key, sizeof key);
}

/** This client and all of the outside that speaks IPv6. */
static uint64_t ipv6_hash(const struct fm_learn *learn, const struct fm_obs *obs)
{
    struct fm_key key = { .entity = obs->client->id, .site = obs->site };

    return fm_hash(learn->seed, &key, sizeof key);
}

static void see_outcome(struct fm_learn *learn, const struct fm_obs *obs)
{
    int64_t turn = obs->time / MET_TURN;
    bool answered = obs->answer == FM_ANSWERED || obs->answer == FM_ANSWER_INFERRED;

    if (obs->course == FM_INSIDE && answered)
        fm_bloom_add(&learn->met, pair_hash(learn, obs), turn);
    else if (obs->course == FM_OUTWARD && !fm_addr_is4(&obs->server_addr) &&
             (answered || obs->answer == FM_REFUSED))
        fm_bloom_add(&learn->met, ipv6_hash(learn, obs), turn);
}

void fm_learn_see(struct fm_learn *learn, const struct fm_obs *obs)
{
    fm_learn_watch(learn, obs->time);
    if (!obs->client || obs->backscatter || (obs->client->flags & FM_ENTITY_PROBATION))
        return;
    if (obs->what == FM_OBS_START || obs->what == FM_OBS_OUTCOME)
        fm_learn_active(learn, obs->client->id);
    if (obs->what == FM_OBS_OUTCOME)
        see_outcome(learn, obs);
    if (obs->course == FM_INSIDE && obs->what == FM_OBS_BYTES) {
        see_pull(learn, obs);
        fm_takers_see(learn->takers, obs);
    }
    if (obs->course != FM_OUTWARD)
        return;
    if (obs->what == FM_OBS_VISIT)
        fm_learn_use(learn, fm_learn_party(learn, obs), obs->client->id, obs->time);
    else if (obs->what == FM_OBS_BYTES)
        see_bytes(learn, obs);
}

/* ---- answering ---- */

bool fm_learn_met(const struct fm_learn *learn, const struct fm_obs *obs)
{
    return obs->client &&
           fm_bloom_has(&learn->met, pair_hash(learn, obs), obs->time / MET_TURN);
}

bool fm_learn_reaches(const struct fm_learn *learn, const struct fm_obs *obs)
{
    return fm_addr_is4(&obs->server_addr) ||
           (obs->client &&
                   fm_bloom_has(&learn->met, ipv6_hash(learn, obs), obs->time / MET_TURN));
}

const struct fm_takers *fm_learn_takers(const struct fm_learn *learn)
{
    return learn->takers;
}

unsigned fm_learn_hours(const struct fm_learn *learn)
{
    return learn->coverage.hours;
}

double fm_learn_hosts(const struct fm_learn *learn)
{
    return learn->hosts;
}

double fm_learn_share(const struct fm_learn *learn, uint64_t name)
{
    const struct audience *row = fm_table_find(learn->names, &name);
    double hosts = fm_learn_hosts(learn);

    if (!row || hosts < 1)
        return hosts >= FM_AUDIENCE_HOSTS ? 0 : FM_UNKNOWN;
    double users = fmin(fm_distinct_query(&row->hosts), hosts);
    if (hosts >= FM_AUDIENCE_HOSTS)
        return users / hosts;
    if (users < 2)
        return FM_UNKNOWN;
    return (users - 1 + PRIOR_SHARE * PRIOR_HOSTS) / (hosts - 1 + PRIOR_HOSTS);
}

double fm_learn_age_days(const struct fm_learn *learn, uint64_t name, fm_time now)
{
    const struct audience *row = fm_table_find(learn->names, &name);

    if (learn->coverage.hours < FM_NOVEL_AFTER_HOURS)
        return FM_UNKNOWN;
    return row ? (double)(now - row->first) / (double)FM_DAY : 0;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *value, unsigned n)
{
    qsort(value, n, sizeof *value, by_value);
    return n % 2 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2;
}

struct fm_normal fm_learn_normal(const struct fm_learn *learn, const struct fm_key *key,
        fm_time now)
{
    struct fm_normal normal = { FM_UNKNOWN, FM_UNKNOWN, 0 };
    const struct baseline *row = fm_table_find(learn->baselines, key);
    double value[DAYS + 1];
    unsigned n = 0;

    if (!row)
        return normal;
    for (; n < row->days && n < DAYS; n++)
        value[n] = row->past[n];
    if (row->day < now / FM_DAY && row->today > 0)
        value[n++] = row->today;
    normal.days = n;
    if (n < DAYS_NEEDED)
        return normal;
    normal.value = median(value, n);
    for (unsigned i = 0; i < n; i++)
        value[i] = fabs(value[i] - normal.value);
    normal.spread = 1.4826 * median(value, n);
    return normal;
}

size_t fm_learn_name_cost_bytes(void)
{
    return fm_table_cost_bytes(sizeof(struct audience));
}

size_t fm_learn_baseline_cost_bytes(void)
{
    return fm_table_cost_bytes(sizeof(struct baseline));
}

/* ---- surviving ---- */

static const char coverage_key[] = "coverage";

void fm_learn_save(const struct fm_learn *learn, fm_time since,
        void (*put)(void *arg, const char *table, const void *key, size_t key_len,
                const void *value, size_t len),
        void *arg)
{
    put(arg, "coverage", coverage_key, sizeof coverage_key, &learn->coverage,
            sizeof learn->coverage);
    for (const struct audience *row = fm_table_oldest(learn->names); row;
            row = fm_table_newer(learn->names, row))
        if (row->last >= since)
            put(arg, "audience", &row->name, sizeof row->name, row, sizeof *row);
    for (const struct baseline *row = fm_table_oldest(learn->baselines); row;
            row = fm_table_newer(learn->baselines, row))
        if (row->day >= since / FM_DAY)
            put(arg, "baseline", &row->key, sizeof row->key, row, sizeof *row);
    fm_takers_save(learn->takers, since, put, arg);
}

fm_time fm_learn_coverage_touched(const void *value, size_t len)
{
    struct coverage row;

    if (len != sizeof row)
        return 0;
    memcpy(&row, value, sizeof row);
    return row.hour * FM_HOUR;
}

fm_time fm_learn_audience_touched(const void *value, size_t len)
{
    struct audience row;

    if (len != sizeof row)
        return 0;
    memcpy(&row, value, sizeof row);
    return row.last;
}

fm_time fm_learn_baseline_touched(const void *value, size_t len)
{
    struct baseline row;

    if (len != sizeof row)
        return 0;
    memcpy(&row, value, sizeof row);
    return row.day * FM_DAY;
}

struct fm_room fm_learn_room(const struct fm_learn *learn, const char *table)
{
    if (!strcmp(table, "audience"))
        return fm_table_room(learn->names);
    if (!strcmp(table, "taker"))
        return fm_takers_room(learn->takers);
    if (!strcmp(table, "baseline"))
        return fm_table_room(learn->baselines);
    return (struct fm_room){ .rows = 1, .cap = 1, .row_bytes = sizeof learn->coverage };
}

static void restore_row(struct fm_table *table, const void *key, size_t key_len,
        const void *value, size_t len, size_t row_bytes)
{
    bool made;
    char *row = len == row_bytes ? fm_table_take(table, key, &made) : NULL;

    if (row)
        memcpy(row + key_len, (const char *)value + key_len, len - key_len);
}

void fm_learn_restore(struct fm_learn *learn, const char *table, const void *key, size_t key_len,
        const void *value, size_t len)
{
    if (!strcmp(table, "coverage") && len == sizeof learn->coverage) {
        memcpy(&learn->coverage, value, len);
        learn->hosts = fm_distinct_query(&learn->coverage.hosts);
    } else if (!strcmp(table, "audience") && key_len == sizeof(uint64_t))
        restore_row(learn->names, key, key_len, value, len, sizeof(struct audience));
    else if (!strcmp(table, "baseline") && key_len == sizeof(struct fm_key))
        restore_row(learn->baselines, key, key_len, value, len, sizeof(struct baseline));
    else if (!strcmp(table, "taker"))
        fm_takers_restore(learn->takers, key, key_len, value, len);
}
