#include "suricata/common/release.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct fm_releases eight = { 8, 0, 5, 7, 8 };

static void known(void **state)
{
    (void)state;
    assert_int_equal(fm_release_of(&eight, "8.0.7 RELEASE"), FM_RELEASE_KNOWN);
    assert_int_equal(fm_release_of(&eight, "8.0.8 RELEASE"), FM_RELEASE_KNOWN);
    assert_int_equal(fm_release_of(&eight, "8.0.8"), FM_RELEASE_KNOWN);
}

static void unknown(void **state)
{
    (void)state;
    assert_int_equal(fm_release_of(&eight, "8.0.5 RELEASE"), FM_RELEASE_UNKNOWN);
    assert_int_equal(fm_release_of(&eight, "8.0.6 RELEASE"), FM_RELEASE_UNKNOWN);
    assert_int_equal(fm_release_of(&eight, "8.0.9 RELEASE"), FM_RELEASE_UNKNOWN);
    assert_int_equal(fm_release_of(&eight, "8.0.80 RELEASE"), FM_RELEASE_UNKNOWN);
    assert_int_equal(fm_release_of(&eight, "8.0.8-dev (1234567 2026-01-01)"), FM_RELEASE_UNKNOWN);
}

static void refused(void **state)
{
    static const char *const versions[] = { "8.0.4 RELEASE", "8.1.7 RELEASE", "7.0.7 RELEASE",
        "9.0.7 RELEASE", "80.0.7 RELEASE", "8.0", "8.0.", "", "RELEASE" };
    (void)state;
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
        assert_int_equal(fm_release_of(&eight, versions[i]), FM_RELEASE_REFUSED);
    assert_int_equal(fm_release_of(&eight, NULL), FM_RELEASE_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known),
        cmocka_unit_test(unknown),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
