/* Family guess: who tried to log in where, as whom, in which rhythm, and how a row of failures
 * ended.
 *
 * A state belongs to a host and a service (SSH, SMB, ...).  It keeps, over two sliding windows
 * (fast and slow; two halves each, so that an edge is known to half its length), the tries, the
 * failures, the different accounts and the different servers that refused; and the 8 servers with
 * the most failures, each with its own counts, the gaps between its bursts of failures (a burst is
 * failures less than 3 s apart), and the account of the last *guess*: a login that succeeded after
 * 8 failures in a row.  A server that failed within the fast window keeps its place, so that
 * servers tried by turns do not push one another out.  Where the client is outside and the server
 * is here, the state is the server's and its parties are the outside clients.
 *
 * The same login again within a millisecond is its mirror (a datagram that the sensor sees twice).
 *
 * No tally: that knows neither a rhythm nor what came after what.  Accounts and servers are exact
 * to 30, then within 9 %.  Counts commute; gaps and rows of failures go by the order of arrival.
 *
 * 8 KiB a state, made at the first failed login (at the first named one of RDP, where the name
 * comes before the end): who never fails costs nothing.  O(8) a login. */
#ifndef FM_DETECT_GUESS_H
#define FM_DETECT_GUESS_H

#include "detect/login.h"
#include "sketch/distinct.h"
#include "sketch/spread.h"

#define FM_GUESS_PARTIES 8
#define FM_GUESS_ROW 8 /* failures in a row before a success counts as a right guess */

enum { FM_GUESS_FAST, FM_GUESS_SLOW, FM_GUESS_TIERS };

struct fm_guess_spec {
    /** Whether this login is for this detector. */
    bool (*look)(const struct fm_obs *obs, const struct fm_login *login);
    unsigned window[FM_GUESS_TIERS]; /* parameters that hold the windows, in seconds */
};

/** Two halves stand behind it, by number modulo 2; one of another length begins anew. */
struct fm_guess_window {
    fm_time length;
    int64_t number; /* of the newer half: time / (length / 2) */
};

struct fm_guess_half {
    uint32_t tries, fails, nobody, pad;
    struct fm_distinct accounts, parties; /* that failed, that refused */
};

struct fm_guess_party_half {
    uint32_t tries, fails;
};

struct fm_guess_party {
    struct fm_addr addr; /* of the server; of the client where that is outside */
    uint16_t port;
    uint8_t proto, used;
    uint8_t course; /* enum fm_course */
    bool told;      /* the source says how logins end: sizes do not count */
    uint8_t pad[2];
    uint32_t tries, fails, rights, guesses; /* ever, while the party is kept */
    uint32_t row;                           /* failures since the last success */
    fm_time first, last;   /* failures and guesses */
    fm_time failed, burst; /* the last failure; the beginning of the last burst */
    fm_time guessed;
    struct {
        struct fm_guess_window window;
        struct fm_guess_party_half half[2];
    } tier[FM_GUESS_TIERS];
    struct fm_guess_window accounts_window; /* the slow one */
    struct fm_distinct accounts[2];         /* that failed */
    struct fm_spread gaps;          /* seconds between bursts */
    char account[FM_NAME];          /* the last one named; "" */
    char guessed_account[FM_NAME];
};

struct fm_guess_state {
    fm_time first, last;  /* failures and guesses */
    fm_time told;         /* of the last login, whose hash is `print` */
    uint64_t print;
    uint8_t app, pad[7]; /* enum fm_app */
    struct {
        struct fm_guess_window window;
        struct fm_guess_half half[2];
    } tier[FM_GUESS_TIERS];
    struct fm_guess_party party[FM_GUESS_PARTIES];
    struct fm_samples samples; /* failures and guesses */
};

/** What a window holds now; of one party, `parties` and `nobody` are 0. */
struct fm_guess_sum {
    uint32_t tries, fails, nobody;
    double accounts, parties;
};
struct fm_guess_sum fm_guess_sum(const struct fm_guess_state *state, unsigned tier, fm_time window,
        fm_time now);
struct fm_guess_sum fm_guess_party_sum(const struct fm_guess_party *party, unsigned tier,
        const fm_time window[FM_GUESS_TIERS], fm_time now);
/** Whether its failures come on a clock: four gaps or more of 15 s or more, their deviation (scaled
 *  MAD) at most 5 % of their median or 1.5 s. */
bool fm_guess_on_clock(const struct fm_guess_party *party);

#endif
