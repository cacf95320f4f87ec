#include "world/networks.h"

const char *const fm_role_name[FM_ROLES] = {
#define X(role, name) [role] = name,
    FM_ROLES_LIST(X)
#undef X
};

bool fm_inside(const struct fm_networks *net, const struct fm_addr *addr)
{
    return fm_prefixes_has(net->internal, addr) && !fm_addr_is_group(addr) &&
           !fm_addr_is_none(addr) && !fm_addr_is_loopback(addr);
}

uint32_t fm_roles_declared(const struct fm_networks *net, const struct fm_addr *addr)
{
    uint32_t roles = 0;

    for (unsigned i = 0; i < FM_ROLES; i++)
        if (net->role[i] && fm_prefixes_has(net->role[i], addr))
            roles |= 1u << i;
    return roles;
}
