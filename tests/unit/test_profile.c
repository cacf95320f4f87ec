/* Profiles: which mix of detections is what. */
#include "seeded.h"

#include "judge/profile.h"
#include "world/networks.h"

#define HAS(category) (1u << (category))
#define IS(role) (1u << (role))

static void the_mix_decides(void **state)
{
    static const struct {
        uint32_t categories, roles;
        const char *name;
    } all[] = {
        { HAS(FM_C2) | HAS(FM_EXFIL), 0, "external_adversary" },
        { HAS(FM_C2) | HAS(FM_EXFIL) | HAS(FM_RECON) | HAS(FM_LATERAL), 0, "external_adversary" },
        { HAS(FM_C2) | HAS(FM_EXFIL), IS(FM_ROLE_ADMIN), "external_adversary" },
        { HAS(FM_C2) | HAS(FM_EXFIL) | HAS(FM_BOTNET), 0, "external_adversary" },
        { HAS(FM_EXFIL), 0, "insider_user" },
        { HAS(FM_EXFIL) | HAS(FM_RECON), 0, "insider_user" },
        { HAS(FM_EXFIL), IS(FM_ROLE_ADMIN), "insider_administrator" },
        { HAS(FM_BOTNET), 0, "botnet" },
        { HAS(FM_BOTNET) | HAS(FM_C2) | HAS(FM_RECON), 0, "botnet" },
        { HAS(FM_RECON), IS(FM_ROLE_SCANNER), "it_discovery" },
        { HAS(FM_RECON) | HAS(FM_INFO), IS(FM_ROLE_MONITOR), "it_discovery" },
        { HAS(FM_RECON) | HAS(FM_C2), IS(FM_ROLE_SCANNER), "external_adversary" },
        { HAS(FM_RECON), 0, NULL },
        { HAS(FM_C2), 0, NULL },
        { HAS(FM_LATERAL), IS(FM_ROLE_ADMIN), NULL },
        { HAS(FM_EXFIL) | HAS(FM_BOTNET), 0, NULL },
        { HAS(FM_INFO), 0, NULL },
        { 0, IS(FM_ROLE_SCANNER), NULL },
    };

    (void)state;
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
        const char *name = fm_profile_of(all[i].categories, all[i].roles);
        if (all[i].name)
            assert_string_equal(name, all[i].name);
        else
            assert_null(name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mix_decides),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
