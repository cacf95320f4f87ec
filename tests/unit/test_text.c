/* Bounded strings: never past the end, always a NUL, the cut is remembered; how numbers read. */
#include "seeded.h"

#include "base/text.h"

#include <string.h>

static void never_writes_past_the_end(void **state)
{
    (void)state;
    char bytes[17];
    for (size_t cap = 1; cap <= 16; cap++) {
        for (size_t len = 0; len < 20; len++) {
            memset(bytes, '#', sizeof(bytes));
            struct fm_text text;
            fm_text_init(&text, bytes, cap);
            fm_text_add(&text, "abcdefghijklmnopqrst", len);
            fm_text_adds(&text, "xy");
            fm_text_addf(&text, "%d", 4711);
            size_t full = len + 6;
            assert_int_equal(text.len, full < cap ? full : cap - 1);
            assert_int_equal(text.cut, full >= cap);
            assert_int_equal(bytes[text.len], 0);
            assert_int_equal(strlen(bytes), text.len);
            for (size_t i = cap; i < sizeof(bytes); i++)
                assert_int_equal(bytes[i], '#');
        }
    }
}

static void builds(void **state)
{
    (void)state;
    char bytes[64];
    struct fm_text text;
    fm_text_init(&text, bytes, sizeof(bytes));
    fm_text_adds(&text, "tried ");
    fm_text_addf(&text, "%u ports of %s", 997u, "10.0.0.5");
    fm_text_add(&text, NULL, 0);
    assert_string_equal(bytes, "tried 997 ports of 10.0.0.5");
    assert_false(text.cut);
}

static void names(void **state)
{
    (void)state;
    char out[8];
    assert_int_equal(fm_text_name(out, sizeof(out), "Ab.C.", 5), 4);
    assert_string_equal(out, "ab.c");
    assert_int_equal(fm_text_name(out, sizeof(out), "a\x01\xc3\n\0z", 6), 6);
    assert_string_equal(out, "a????z");
    assert_int_equal(fm_text_name(out, sizeof(out), "ABCDEFGHIJ", 10), 7);
    assert_string_equal(out, "abcdefg");
    assert_int_equal(fm_text_name(out, sizeof(out), "", 0), 0);
    assert_int_equal(fm_text_name(out, sizeof(out), ".", 1), 0);
    assert_int_equal(fm_text_name(out, 1, "abc", 3), 0);
    assert_string_equal(out, "");
}

static void sizes_read_like_a_person_writes_them(void **state)
{
    (void)state;
    static const struct {
        double bytes;
        const char *text;
    } rows[] = { { 0, "0 B" }, { 1, "1 B" }, { 999, "999 B" }, { 1000, "1.0 kB" },
        { 1536, "1.5 kB" }, { 999949, "999.9 kB" }, { 999960, "1.0 MB" }, { 839200000, "839.2 MB" },
        { 2.5e9, "2.5 GB" }, { 4e12, "4.0 TB" }, { 7e15, "7.0 PB" }, { 1.2e22, "12000.0 EB" },
        { -2500, "-2.5 kB" }, { FM_UNKNOWN, "unknown" } };
    char out[16];
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        assert_string_equal(fm_text_bytes(out, sizeof(out), rows[i].bytes), rows[i].text);
}

static void spans_read_like_a_person_writes_them(void **state)
{
    (void)state;
    static const struct {
        fm_time span;
        const char *text;
    } rows[] = { { 0, "0 us" }, { 900, "900 us" }, { 1500, "1.5 ms" }, { 999600, "1 s" },
        { 12 * FM_SECOND, "12 s" }, { 59700 * FM_MS, "1 min" }, { 5 * FM_MINUTE, "5 min" },
        { 90 * FM_SECOND, "1.5 min" }, { 192 * FM_MINUTE, "3.2 h" }, { 24 * FM_HOUR, "1 d" },
        { 11 * FM_DAY, "11 d" }, { 36 * FM_HOUR, "1.5 d" }, { 4000 * FM_DAY, "4000 d" },
        { -5 * FM_SECOND, "-5 s" }, { FM_NEVER, "never" } };
    char out[16];
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        assert_string_equal(fm_text_span(out, sizeof(out), rows[i].span), rows[i].text);
}

static void times_are_utc(void **state)
{
    (void)state;
    char out[32], small[8];
    assert_string_equal(fm_text_time(out, sizeof(out), INT64_C(1511337600) * FM_SECOND + 42),
            "2017-11-22T08:00:00.000042+0000");
    assert_string_equal(fm_text_time(out, sizeof(out), 0), "1970-01-01T00:00:00.000000+0000");
    assert_string_equal(fm_text_time(out, sizeof(out), -1), "1969-12-31T23:59:59.999999+0000");
    assert_string_equal(fm_text_time(small, sizeof(small), 0), "1970-01");
    fm_text_time(out, sizeof(out), FM_NEVER);
    assert_true(strlen(out) < sizeof(out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(never_writes_past_the_end),
        cmocka_unit_test(builds),
        cmocka_unit_test(names),
        cmocka_unit_test(sizes_read_like_a_person_writes_them),
        cmocka_unit_test(spans_read_like_a_person_writes_them),
        cmocka_unit_test(times_are_utc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
