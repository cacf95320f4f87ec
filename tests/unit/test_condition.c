/* The keyword's option: what an operator may write is read as meant, and anything else is told in
 * one line that says what to write instead. */
#include <stdio.h>

#include "seeded.h"

#include "detect/detector.h"
#include "engine/engine.h"
#include "suricata/common/condition.h"

#include <string.h>

#define NOW (INT64_C(1700000000) * FM_SECOND)

static struct fm_condition read_good(const char *text)
{
    struct fm_condition condition;
    char bytes[400];
    struct fm_text error;

    fm_text_init(&error, bytes, sizeof bytes);
    if (!fm_condition_read(&condition, text, &error))
        fail_msg("%s: %s", text, bytes);
    assert_int_equal(error.len, 0);
    return condition;
}

static bool holds(const char *text, uint8_t threat, uint8_t certainty, fm_time age)
{
    struct fm_condition condition = read_good(text);
    struct fm_standing standing = { threat, certainty, NOW - age };

    return fm_condition_holds(&condition, &standing, NOW);
}

static void every_name_is_known(void **state)
{
    (void)state;
    assert_int_equal(fm_names(), FM_CATEGORIES + fm_detectors_count);
    for (unsigned i = 0; i < fm_names(); i++) {
        assert_int_equal(fm_name_of(fm_name_text(i)), i);
        assert_int_equal(read_good(fm_name_text(i)).name, i);
    }
    assert_int_equal(fm_name_of("nothing"), fm_names());
    assert_true(fm_names_declare("night_walk"));
    assert_true(fm_names_declare("night_walk")); /* once */
    assert_true(fm_names_declare("port_scan"));
    assert_int_equal(fm_names(), FM_CATEGORIES + fm_detectors_count + 1);
    assert_int_equal(read_good("night_walk").name, fm_names() - 1);
    for (unsigned i = 1; i < FM_NAMES_DECLARED; i++) {
        char name[8];
        snprintf(name, sizeof name, "walk%u", i);
        assert_true(fm_names_declare(name));
    }
    assert_false(fm_names_declare("one_too_many"));
    assert_int_equal(fm_name_of("one_too_many"), fm_names());
    assert_string_equal(fm_name_text(read_good("recon").name), "recon");
    assert_string_equal(fm_name_text(read_good("\t port_scan ").name), "port_scan");
}

static void the_source_is_meant(void **state)
{
    struct fm_condition plain = read_good("recon"), src = read_good("recon, src");
    struct fm_condition dst = read_good("recon,dst"), either = read_good("recon, either");

    (void)state;
    assert_true(plain.src && !plain.dst);
    assert_true(src.src && !src.dst);
    assert_true(!dst.src && dst.dst);
    assert_true(either.src && either.dst);
}

static void comparisons_compare(void **state)
{
    static const struct {
        const char *text;
        bool at49, at50, at51;
    } cases[] = {
        { "recon, threat > 50", false, false, true },
        { "recon, threat >= 50", false, true, true },
        { "recon, threat < 50", true, false, false },
        { "recon, threat <= 50", true, true, false },
        { "recon, threat = 50", false, true, false },
        { "recon,threat>50", false, false, true },
        { "recon, dst, threat >49, threat<51", false, true, false },
        { "recon", true, true, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(holds(cases[i].text, 49, 0, 0), cases[i].at49);
        assert_int_equal(holds(cases[i].text, 50, 0, 0), cases[i].at50);
        assert_int_equal(holds(cases[i].text, 51, 0, 0), cases[i].at51);
    }
    assert_true(holds("recon, certainty >= 100", 0, 100, 0));
    assert_false(holds("recon, certainty > 60, threat > 60", 61, 60, 0));
    assert_true(holds("recon, certainty > 60, threat > 60", 61, 61, 0));
    assert_true(holds("recon, threat <= 0", 0, 0, 0));
}

static void spans_reach_back(void **state)
{
    (void)state;
    assert_true(holds("recon, within 5m", 1, 1, 5 * FM_MINUTE));
    assert_false(holds("recon, within 5m", 1, 1, 5 * FM_MINUTE + FM_MS));
    assert_true(holds("recon, within 30s", 1, 1, -FM_SECOND)); /* evidence newer than the packet */
    assert_true(holds("recon, within 1d", 1, 1, 23 * FM_HOUR));
    assert_true(read_good("recon, within 1h").within == FM_HOUR);
    assert_true(read_good("recon").within == FM_MARK_STANDS);
}

static void what_is_wrong_is_told(void **state)
{
    static const struct {
        const char *text, *told;
    } cases[] = {
        { "", "nothing stands" },
        { "recon,", "nothing stands" },
        { "recon,,src", "nothing stands" },
        { "recn", "\"recn\" is no category and no type; did you mean \"recon\"?" },
        { "!recon", "did you mean \"recon\"?" },
        { "port scan", "did you mean \"port_scan\"?" },
        { "zzzz", "known here: command_and_control" },
        { "zzzz", "\"furumai detectors\"" },
        { "threat > 50", "is no category and no type" },
        { "recon, treat > 5", "\"treat > 5\" is no option; did you mean \"threat\"?" },
        { "recon, beacon", "\"beacon\" is no option" },
        { "recon, > 5", "is no option; known here: threat" },
        { "recon, threat", "write \"threat > 50\"" },
        { "recon, threat 50", "write \"threat > 50\"" },
        { "recon, threat > ", "write \"threat > 50\"" },
        { "recon, threat > 101", "from 0 to 100" },
        { "recon, threat > 5 6", "from 0 to 100" },
        { "recon, threat > -1", "from 0 to 100" },
        { "recon, threat > 99999999999999999999", "from 0 to 100" },
        { "recon, threat => 5", "from 0 to 100" },
        { "recon, threat > 100", "can never be" },
        { "recon, certainty < 0", "can never be" },
        { "recon, threat > 60, threat < 61", "\"threat < 61\" can never be" },
        { "recon, within", "no span up to 1d" },
        { "recon, within 0s", "no span up to 1d" },
        { "recon, within 25h", "no span up to 1d" },
        { "recon, within 5", "no span up to 1d" },
        { "recon, within 5 minutes", "no span up to 1d" },
        { "recon, within 1m, within 2m", "keep one" },
        { "recon, src, dst", "only one can stand" },
        { "recon, src dst", "put a comma before it" },
        { "recon, both", "known here" },
    };
    char bytes[400];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fm_condition condition;
        struct fm_text error;
        fm_text_init(&error, bytes, sizeof bytes);
        assert_false(fm_condition_read(&condition, cases[i].text, &error));
        if (!strstr(bytes, cases[i].told) || strchr(bytes, '\n') || error.cut)
            fail_msg("%s: %s", cases[i].text, bytes);
    }
}

/* No text crashes it, however long, and whatever is refused is told. */
static void any_text_is_read_or_told(void **state)
{
    static const char *const parts[] = { "recon", "port_scan", ",", " ", "threat", ">", "=", "<",
        "50", "within", "5m", "src", "\xff", "%s",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
    char text[2048], bytes[400];
    uint64_t seed = 1;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        struct fm_condition condition;
        struct fm_text error, whole;
        fm_text_init(&whole, text, sizeof text);
        for (uint64_t n = seeded_below(&seed, 20); n; n--)
            fm_text_adds(&whole, parts[seeded_below(&seed, sizeof parts / sizeof *parts)]);
        fm_text_init(&error, bytes, sizeof bytes);
        bool good = fm_condition_read(&condition, text, &error);
        assert_int_equal(good, error.len == 0);
        if (good)
            assert_true(condition.name < fm_names() && (condition.src || condition.dst));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_is_known),
        cmocka_unit_test(the_source_is_meant),
        cmocka_unit_test(comparisons_compare),
        cmocka_unit_test(spans_reach_back),
        cmocka_unit_test(what_is_wrong_is_told),
        cmocka_unit_test(any_text_is_read_or_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
