/* What the operator declares about the networks: which addresses are inside, which are handed out
 * for a day, which stand for many hosts, and what role a host has.  Filled by policy/, read by
 * world/ and detect/.  Nothing here is learned. */
#ifndef FM_WORLD_NETWORKS_H
#define FM_WORLD_NETWORKS_H

#include "base/addr.h"

/** X-macro: enumerator, name in policies and events. */
#define FM_ROLES_LIST(X)                                                                           \
    X(FM_ROLE_SCANNER, "scanner")       /* may scan: vulnerability scanner, inventory */           \
    X(FM_ROLE_MONITOR, "monitor")       /* polls many hosts on a clock */                          \
    X(FM_ROLE_PROXY, "proxy")           /* explicit web proxy */                                   \
    X(FM_ROLE_RESOLVER, "resolver")     /* this network's own DNS resolver */                      \
    X(FM_ROLE_CONTROLLER, "controller") /* domain controller */                                    \
    X(FM_ROLE_BACKUP, "backup")                                                                    \
    X(FM_ROLE_FILE_SERVER, "file_server")                                                          \
    X(FM_ROLE_MAIL, "mail")                                                                        \
    X(FM_ROLE_NAT, "nat")               /* NAT, VPN, terminal server: many hosts in one */         \
    X(FM_ROLE_ADMIN, "admin")           /* regular administrators' machines */                     \
    X(FM_ROLE_HONEYPOT, "honeypot")     /* bait: nobody has business with it */                    \
    X(FM_ROLE_DHCP, "dhcp")             /* gives addresses away, and pings them before */

enum fm_role {
#define X(role, name) role,
    FM_ROLES_LIST(X)
#undef X
    FM_ROLES,
};
extern const char *const fm_role_name[FM_ROLES];

struct fm_networks {
    struct fm_prefixes *internal; /* never NULL */
    struct fm_prefixes *dynamic;  /* leases of a day; NULL: none */
    struct fm_prefixes *shared;   /* one address, many hosts; NULL: none */
    struct fm_prefixes *protect;  /* never published as host bits; NULL: none */
    struct fm_prefixes *role[FM_ROLES]; /* NULL: nobody declared */
};

/** Inside and an address of somebody: not multicast, broadcast, unspecified or loopback. */
bool fm_inside(const struct fm_networks *net, const struct fm_addr *addr);
/** Bits (1 << enum fm_role) declared for this address. */
uint32_t fm_roles_declared(const struct fm_networks *net, const struct fm_addr *addr);

#endif
