/* Whatever a policy is made of: replaced, added, removed or touched, its stamp changes; else not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "policy/policy.h"

static char folder[64];

static void put(const char *name, const char *text)
{
    char path[256], new[300];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(new, sizeof new, "%s.new", path);
    FILE *file = fopen(new, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(rename(new, path), 0);
}

static uint64_t stamp(const char *name)
{
    char path[256];

    snprintf(path, sizeof path, "%s%s%s", folder, name[0] ? "/" : "", name);
    return fm_policy_stamp(path);
}

static int make_folder(void **state)
{
    char sub[128];

    (void)state;
    snprintf(folder, sizeof folder, "/tmp/furumai-stamp-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(sub, sizeof sub, "%s/local.d", folder);
    if (mkdir(sub, 0700) != 0)
        return -1;
    put("policy.lua", "return {}\n");
    put("local.d/a.lua", "return {}\n");
    return 0;
}

static int remove_folder(void **state)
{
    static const char *const names[] = { "policy.lua", "local.d/a.lua", "local.d/b.lua", "local.d" };
    char path[256];

    (void)state;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        if (unlink(path) != 0)
            rmdir(path);
    }
    return rmdir(folder);
}

static void test_same_files_same_stamp(void **state)
{
    (void)state;
    assert_true(stamp("policy.lua") != 0);
    assert_true(stamp("policy.lua") == stamp("policy.lua"));
    assert_true(stamp("policy.lua") == stamp(""));
}

static void test_every_change_shows(void **state)
{
    (void)state;
    uint64_t first = stamp("policy.lua");
    put("policy.lua", "return {}\n");
    uint64_t replaced = stamp("policy.lua");
    assert_true(replaced != first);
    put("local.d/b.lua", "return {}\n");
    uint64_t added = stamp("policy.lua");
    assert_true(added != replaced);
    put("local.d/a.lua", "return { preset = \"small\" }\n");
    assert_true(stamp("policy.lua") != added);
}

static void test_no_such_path(void **state)
{
    (void)state;
    assert_true(fm_policy_stamp("/nonexistent/policy.lua") == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_same_files_same_stamp, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_every_change_shows, make_folder, remove_folder),
        cmocka_unit_test(test_no_such_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
