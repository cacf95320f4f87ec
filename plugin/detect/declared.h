/* A detector that an operator declared: plain values that policy/ fills, and the code here that
 * walks them, so that no Lua runs when packets come.  Served by the family tally: different items a
 * group within one window, of tries that went as declared.
 *
 *   group   what tries are put together by: all of the host's, a server, a port, a network
 *   item    what must be different: servers, ports, services (a port of a server), networks
 *   counts  which tries: every one, failed (unanswered or refused), unanswered, refused, answered
 *
 * 2.4 KiB a declaration; a tally state a host that has such tries.  Cannot see: what is no flow
 * (names, accounts, bytes), what a tally cannot (detect/tally.h), hosts outside. */
#ifndef FM_DETECT_DECLARED_H
#define FM_DETECT_DECLARED_H

#include "detect/tally.h"

#define FM_DECLARED 16       /* of a policy, at most */
#define FM_DECLARED_PORTS 32 /* ranges */
#define FM_DECLARED_TEXT 240

enum fm_thing { FM_THING_ALL, FM_THING_SERVER, FM_THING_PORT, FM_THING_SERVICE, FM_THING_NETWORK,
    FM_THINGS };
extern const char *const fm_thing_name[FM_THINGS];

enum fm_counted { FM_COUNT_ALL, FM_COUNT_FAILED, FM_COUNT_UNANSWERED, FM_COUNT_REFUSED,
    FM_COUNT_ANSWERED, FM_COUNTED };
extern const char *const fm_counted_name[FM_COUNTED];

enum fm_way { FM_WAY_INSIDE, FM_WAY_OUTWARD, FM_WAY_BOTH, FM_WAYS };
extern const char *const fm_way_name[FM_WAYS];

enum fm_carrier { FM_CARRIER_TCP, FM_CARRIER_UDP, FM_CARRIER_ICMP, FM_CARRIERS };
extern const char *const fm_carrier_name[FM_CARRIERS];

enum { FM_DECLARED_LEAST, FM_DECLARED_WINDOW, FM_DECLARED_SHARE, FM_DECLARED_PARAMS };

struct fm_declared {
    struct fm_detector det; /* first; its pointers lead into this struct */
    /* what is declared */
    char name[FM_NAME], title[FM_NAME];
    char help[FM_DECLARED_TEXT], look_alikes[FM_DECLARED_TEXT], next[FM_DECLARED_TEXT];
    char technique[4][12], tactic[3][12];
    enum fm_thing group, item;
    enum fm_counted counts;
    enum fm_way way;
    enum fm_carrier carrier;
    unsigned ports; /* 0: any */
    struct {
        uint16_t first, last;
    } port[FM_DECLARED_PORTS];
    double least, window_s, share;
    /* what follows from it */
    struct fm_tally_spec spec;
    struct fm_param param[FM_DECLARED_PARAMS + 1];
    struct fm_term term[FM_TERMS + 1];
};

/** Makes the detector of what is declared.  det.category and det.excused are the caller's. */
void fm_declared_make(struct fm_declared *declared);

#endif
