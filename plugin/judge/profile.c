#include "judge/profile.h"

#include "world/networks.h"

#define HAS(category) (1u << (category))
#define IS(role) (1u << (role))

/** Three rows share it: who asks whether a profile is another one compares pointers. */
static const char external[] = "external_adversary";

static const struct {
    const char *name;
    uint32_t all, none; /* categories that must all be there, and of which none may be */
    uint32_t roles;     /* one of which the host must have; 0: any host */
} profiles[] = {
    { "it_discovery", HAS(FM_RECON), HAS(FM_C2) | HAS(FM_BOTNET) | HAS(FM_LATERAL) | HAS(FM_EXFIL),
            IS(FM_ROLE_SCANNER) | IS(FM_ROLE_MONITOR) },
    { external, HAS(FM_C2) | HAS(FM_EXFIL), 0, 0 },
    { external, HAS(FM_C2) | HAS(FM_LATERAL), 0, 0 },
    { "botnet", HAS(FM_BOTNET), HAS(FM_EXFIL) | HAS(FM_LATERAL), 0 },
    { external, HAS(FM_C2) | HAS(FM_RECON), 0, 0 },
    { "insider_administrator", HAS(FM_EXFIL), HAS(FM_C2) | HAS(FM_BOTNET), IS(FM_ROLE_ADMIN) },
    { "insider_user", HAS(FM_EXFIL), HAS(FM_C2) | HAS(FM_BOTNET), 0 },
};

const char *fm_profile_of(uint32_t categories, uint32_t roles)
{
    for (unsigned i = 0; i < sizeof profiles / sizeof *profiles; i++)
        if ((categories & profiles[i].all) == profiles[i].all && !(categories & profiles[i].none) &&
                (!profiles[i].roles || (roles & profiles[i].roles)))
            return profiles[i].name;
    return NULL;
}
