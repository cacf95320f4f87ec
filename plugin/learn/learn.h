/* What is normal here.  Four memories, all of fixed size:
 *
 *   coverage   the hours in which anything was seen: an answer of "never before" is worth nothing
 *              until a week was really watched
 *   audience   how many inside hosts use an outside name, against how many are active
 *   baseline   a host's usual day: the last 28 daily sums of a measure, per key
 *   met        which inside host was answered by which inside service within half a week at least;
 *              at most 5 % of the strangers pass for known (sketch/bloom.h); lost at a restart
 *
 * Every question may be answered "unknown" (FM_UNKNOWN), and is until enough was learned.
 *
 * Addresses on probation (world/entity.h) teach nothing: who forges senders must not make a party
 * look popular, or all others rare.  Audiences and active hosts are counted for good: who left
 * years ago still counts, on both sides of the share.
 *
 * Beside them stand the hosts that take much from others (learn/takers.h).
 *
 * An audience row costs 185 bytes, a baseline row 177.  The longest untouched leaves,
 * counted. */
#ifndef FM_LEARN_LEARN_H
#define FM_LEARN_LEARN_H

#include "base/mem.h"
#include "furumai.h"
#include "learn/takers.h"

#define FM_NOVEL_AFTER_HOURS (7 * 24) /* hours watched before "first seen" means anything */
#define FM_AUDIENCE_HOSTS 30          /* active hosts before a share means anything */

struct fm_learn;

struct fm_learn_sizes {
    uint32_t names, baselines;
};

struct fm_learn *fm_learn_new(struct fm_mem *mem, const struct fm_learn_sizes *sizes,
        uint64_t seed);
void fm_learn_free(struct fm_learn *learn);

/** Learns what an observation teaches: who is active, who uses which outside name, how much goes
 *  out a day from the host in all and to each party. */
void fm_learn_see(struct fm_learn *learn, const struct fm_obs *obs);
/** The keyed hash of the outside party as keys and audiences use it: by name where it has one. */
uint64_t fm_learn_party(const struct fm_learn *learn, const struct fm_obs *obs);
/** Keys of the baselines that fm_learn_see feeds: bytes outward a day of a host to one party, and
 *  to all of them. */
struct fm_key fm_learn_pair_day(const struct fm_key *key);
struct fm_key fm_learn_host_day(const struct fm_key *key);
/** The same for what a host takes from inside hosts. */
struct fm_key fm_learn_pull_day(const struct fm_key *key);

/** Who takes much from other inside hosts. */
const struct fm_takers *fm_learn_takers(const struct fm_learn *learn);

/** Something was seen at this time (coverage). */
void fm_learn_watch(struct fm_learn *learn, fm_time now);
/** An inside host did anything at all. */
void fm_learn_active(struct fm_learn *learn, fm_entity_id entity);
/** An inside host used an outside name (its keyed hash). */
void fm_learn_use(struct fm_learn *learn, uint64_t name, fm_entity_id entity, fm_time at);
/** Adds to today's sum of what `key` stands for. */
void fm_learn_add(struct fm_learn *learn, const struct fm_key *key, double amount, fm_time at);

/** Whether this client was answered by this inside service lately: what fails there now is no first
 *  contact. */
bool fm_learn_met(const struct fm_learn *learn, const struct fm_obs *obs);
/** Whether the outside is reached at all over the server's version of IP, as far as this client was
 *  seen lately: taken for granted with IPv4; IPv6 that leads nowhere fails for every site
 *  visited. */
bool fm_learn_reaches(const struct fm_learn *learn, const struct fm_obs *obs);
/** Hours really watched. */
unsigned fm_learn_hours(const struct fm_learn *learn);
/** Inside hosts that were active, about. */
double fm_learn_hosts(const struct fm_learn *learn);
/** Share of the active hosts that use the name.  Where at least 30 are active, as counted.  Of
 *  fewer hosts one user says nothing: unknown.  From the second user on it is what the *others'*
 *  use lets expect (for that one uses it is why we ask): the mean of a Beta distribution after
 *  u - 1 of n - 1 others were seen to use it, from a prior that expects a tenth and is worth five
 *  hosts, so (u - 1/2) / (n + 4).  What six of 22 hosts use is rather everybody's than an
 *  implant's, what two of seven use is rather not; either way the share counts against
 *  certainty. */
double fm_learn_share(const struct fm_learn *learn, uint64_t name);
/** Days since the name was first seen; unknown before a week was watched. */
double fm_learn_age_days(const struct fm_learn *learn, uint64_t name, fm_time now);

struct fm_normal {
    double value;  /* median of the days before today; FM_UNKNOWN below 3 such days */
    double spread; /* 1.4826 * MAD of the same */
    unsigned days;
};
struct fm_normal fm_learn_normal(const struct fm_learn *learn, const struct fm_key *key,
        fm_time now);

size_t fm_learn_name_cost_bytes(void);
size_t fm_learn_baseline_cost_bytes(void);

/** Saving: every row touched since then (0: every one) through `put` (table name, key, value), and
 *  back by fm_learn_restore. */
void fm_learn_save(const struct fm_learn *learn, fm_time since,
        void (*put)(void *arg, const char *table, const void *key, size_t key_len,
                const void *value, size_t len),
        void *arg);
void fm_learn_restore(struct fm_learn *learn, const char *table, const void *key, size_t key_len,
        const void *value, size_t len);
/** When a saved row was touched, by table; 0 for one of another shape. */
fm_time fm_learn_coverage_touched(const void *value, size_t len);
fm_time fm_learn_audience_touched(const void *value, size_t len);
fm_time fm_learn_baseline_touched(const void *value, size_t len);
/** By the same names. */
struct fm_room fm_learn_room(const struct fm_learn *learn, const char *table);

#endif
