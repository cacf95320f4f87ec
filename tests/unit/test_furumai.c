/* The names of the shared enums: all there, all different. */
#include "seeded.h"

#include "furumai.h"

#include <string.h>

static void all_differ(const char *const *name, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_non_null(name[i]);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(name[i], name[j]);
    }
}

static void names_are_those_of_events(void **state)
{
    (void)state;
    all_differ(fm_category_name, FM_CATEGORIES);
    all_differ(fm_status_name, FM_STATUSES);
    assert_string_equal(fm_category_name[FM_C2], "command_and_control");
    assert_string_equal(fm_category_name[FM_LATERAL], "lateral_movement");
    assert_string_equal(fm_category_name[FM_INFO], "info");
    assert_string_equal(fm_status_name[FM_TRIAL], "trial");
    assert_string_equal(fm_status_name[FM_LIVE], "live");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(names_are_those_of_events) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
