/* The small readers: numbers with units, the nearest name, the line of a key, paths. */
#include "policy_fixture.h"

#include "policy/locate.h"
#include "policy/near.h"
#include "policy/tree.h"
#include "policy/units.h"

/* ---- units ----------------------------------------------------------------------------------- */

static void test_units_that_are_read(void **state)
{
    static const struct {
        enum fm_unit unit;
        const char *text;
        double value;
    } good[] = {
        { FM_SPAN, "90s", 90 },
        { FM_SPAN, "15m", 900 },
        { FM_SPAN, "1.5h", 5400 },
        { FM_SPAN, "7d", 604800 },
        { FM_SPAN, "2 w", 1209600 },
        { FM_SPAN, "250ms", 0.25 },
        { FM_SPAN, ".5m", 30 },
        { FM_BYTES, "0B", 0 },
        { FM_BYTES, "100MB", 1e8 },
        { FM_BYTES, "839.2 MB", 839.2e6 },
        { FM_BYTES, "2GB", 2e9 },
        { FM_BYTES, "1TB", 1e12 },
        { FM_BYTES, "64KiB", 65536 },
        { FM_BYTES, "3GiB", 3221225472.0 },
        { FM_BYTES, "1kB", 1000 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        double value = -1;
        assert_true(fm_unit_read(good[i].unit, good[i].text, strlen(good[i].text), &value));
        assert_true(value == good[i].value);
    }
}

static void test_units_that_are_not(void **state)
{
    static const struct {
        enum fm_unit unit;
        const char *text;
    } bad[] = {
        { FM_SPAN, "" },
        { FM_SPAN, "15" },
        { FM_SPAN, "m" },
        { FM_SPAN, "15 min" },
        { FM_SPAN, "15M" },
        { FM_SPAN, "-15m" },
        { FM_SPAN, "+15m" },
        { FM_SPAN, "1e3s" },
        { FM_SPAN, "0x10s" },
        { FM_SPAN, "1.2.3s" },
        { FM_SPAN, "1.s" },
        { FM_SPAN, "1,5h" },
        { FM_SPAN, " 1h" },
        { FM_SPAN, "1h " },
        { FM_SPAN, "1h30m" },
        { FM_SPAN, "inf s" },
        { FM_SPAN, "nan" },
        { FM_SPAN, "1234567890123456s" },
        { FM_BYTES, "100mb" },
        { FM_BYTES, "100M" },
        { FM_BYTES, "5s" },
        { FM_COUNT, "5" },
        { FM_SHARE, "50%" },
        { FM_RATIO, "2" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        double value = 7;
        if (fm_unit_read(bad[i].unit, bad[i].text, strlen(bad[i].text), &value))
            fail_msg("read: \"%s\"", bad[i].text);
        assert_true(value == 7);
    }
    assert_false(fm_unit_read(FM_SPAN, "1m\0s", 4, &(double){ 0 }));
}

/* What is printed reads as the same value; whole numbers of a unit are printed in it. */
static void test_units_round_trip(void **state)
{
    static const double values[] = { 0, 1, 59, 60, 61, 900, 3600, 5400, 86400, 100000, 1e6, 1.5e6,
        839200000, 1e8, 2e9, 1e12, 0.25, 1234.5, 1e15 };
    (void)state;
    for (int unit = 0; unit < FM_UNITS; unit++) {
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
            char text[FM_UNIT_TEXT];
            double value = -1;
            fm_unit_print((enum fm_unit)unit, values[i], text, sizeof text);
            if (text[0] == '"')
                assert_true(fm_unit_read((enum fm_unit)unit, text + 1, strlen(text) - 2, &value));
            else
                assert_int_equal(sscanf(text, "%lf", &value), 1);
            assert_true(value == values[i]);
        }
    }
    char text[FM_UNIT_TEXT];
    assert_string_equal(fm_unit_print(FM_SPAN, 900, text, sizeof text), "\"15m\"");
    assert_string_equal(fm_unit_print(FM_SPAN, 86400, text, sizeof text), "\"1d\"");
    assert_string_equal(fm_unit_print(FM_BYTES, 839200000, text, sizeof text), "\"839200KB\"");
    assert_string_equal(fm_unit_print(FM_COUNT, 20, text, sizeof text), "20");
    assert_string_equal(fm_unit_print(FM_COUNT, -1, text, sizeof text), "-1");
}

/* ---- near ------------------------------------------------------------------------------------ */

static void test_near(void **state)
{
    static const char *const names[] = { "min_ports", "window", "slow_window", "status", "budget" };
    (void)state;
#define NEAR(word) fm_near(word, names, 5)
    assert_string_equal(NEAR("min_portz"), "min_ports");
    assert_string_equal(NEAR("minports"), "min_ports");
    assert_string_equal(NEAR("widnow"), "window");
    assert_string_equal(NEAR("windows"), "window");
    assert_string_equal(NEAR("slowwindow"), "slow_window");
    assert_string_equal(NEAR("Status"), "status");
    assert_null(NEAR("threat"));
    assert_null(NEAR(""));
    assert_null(NEAR("x"));
    assert_null(NEAR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
    assert_null(fm_near("x", NULL, 0));
#undef NEAR
    char bytes[64];
    struct fm_text text;
    fm_text_init(&text, bytes, sizeof bytes);
    fm_near_say(&text, "qqqqqq", names, 5);
    assert_string_equal(bytes, "; known here: min_ports, window, slow_window, status, budget");
}

/* ---- locate ---------------------------------------------------------------------------------- */

struct step {
    const char *key;
    uint32_t index;
};

/* A tree that is one path of tables. */
static unsigned line_of(const char *source, const struct step *steps, unsigned count)
{
    struct fm_mem mem = { 0 };
    struct fm_tree tree;
    struct fm_value value = { .type = FM_VALUE_TABLE };
    fm_tree_init(&tree, &mem);
    assert_true(fm_tree_take(&tree, &value));
    for (unsigned i = 0; i < count; i++) {
        value = (struct fm_value){ .type = FM_VALUE_TABLE, .depth = i + 1, .key = steps[i].key,
            .index = steps[i].index };
        assert_true(fm_tree_take(&tree, &value));
    }
    assert_true(fm_tree_link(&tree));
    unsigned line = fm_locate(source, strlen(source), &tree, count);
    fm_tree_reset(&tree);
    assert_int_equal(mem.used_bytes, 0);
    return line;
}

#define LINE(source, ...)                                                                          \
    line_of(source, (const struct step[]){ __VA_ARGS__ },                                          \
            sizeof((const struct step[]){ __VA_ARGS__ }) / sizeof(struct step))

static void test_locate(void **state)
{
    static const char source[] = "-- return { a = 1 }\n"
                                 "--[[ return {\n"
                                 "a = 2 ]] local t = { a = 3 }\n"
                                 "local function f() if t then return { a = 4 } end end\n"
                                 "local s = [==[ return { a = ]] ]==] .. 'return { a = 5'\n"
                                 "return {\n"
                                 "  a = { -- a = 7\n"
                                 "    1, 'b = 2', [[c\n"
                                 "]], { 4 },\n"
                                 "    5;\n"
                                 "    x = function(a, b) local c = { a, b } return c, a end,\n"
                                 "    6,\n"
                                 "  },\n"
                                 "  [\"b c\"] = f(1, 2), ['d'] =\n"
                                 "  { e = a == b, f = 1 },\n"
                                 "  g = { { h = 1 }, { h = 2 },\n"
                                 "    { h = \"\\\"}\", i = 3 },\n"
                                 "    { h = 4 } },\n"
                                 "}\n";
    (void)state;
    assert_int_equal(LINE(source, { "a", 0 }), 7);
    assert_int_equal(LINE(source, { "a", 0 }, { NULL, 1 }), 8);
    assert_int_equal(LINE(source, { "a", 0 }, { NULL, 3 }), 8);
    assert_int_equal(LINE(source, { "a", 0 }, { NULL, 4 }), 9);
    assert_int_equal(LINE(source, { "a", 0 }, { NULL, 5 }), 10);
    assert_int_equal(LINE(source, { "a", 0 }, { "x", 0 }), 11);
    assert_int_equal(LINE(source, { "a", 0 }, { NULL, 6 }), 12);
    assert_int_equal(LINE(source, { "a", 0 }, { NULL, 7 }), 0);
    assert_int_equal(LINE(source, { "a", 0 }, { "c", 0 }), 0);
    assert_int_equal(LINE(source, { "b c", 0 }), 14);
    assert_int_equal(LINE(source, { "b c", 0 }, { "x", 0 }), 0);
    assert_int_equal(LINE(source, { "d", 0 }), 14);
    assert_int_equal(LINE(source, { "d", 0 }, { "f", 0 }), 15);
    assert_int_equal(LINE(source, { "g", 0 }, { NULL, 3 }, { "i", 0 }), 17);
    assert_int_equal(LINE(source, { "g", 0 }, { NULL, 4 }, { "h", 0 }), 18);
    assert_int_equal(LINE(source, { "none", 0 }), 0);
    assert_int_equal(LINE("local t = { a = 1 } return t", { "a", 0 }), 0);
    assert_int_equal(LINE("", { "a", 0 }), 0);
    assert_int_equal(LINE("return {", { "a", 0 }), 0);
    assert_int_equal(LINE("return { a", { "a", 0 }), 0);
    assert_int_equal(LINE("return { a = ", { "a", 0 }), 0);
    assert_int_equal(LINE("return { [\"a", { "a", 0 }), 0);
    assert_int_equal(LINE("return { b = [[", { "a", 0 }), 0);
}

/* ---- tree ------------------------------------------------------------------------------------ */

static void take(struct fm_tree *tree, unsigned depth, const char *key, uint32_t index)
{
    struct fm_value value = { .type = FM_VALUE_TABLE, .depth = depth, .key = key, .index = index };
    assert_true(fm_tree_take(tree, &value));
}

static void test_tree_order_and_paths(void **state)
{
    struct fm_mem mem = { 0 };
    struct fm_tree tree;
    char path[FM_TREE_PATH];
    (void)state;
    fm_tree_init(&tree, &mem);
    take(&tree, 0, NULL, 0);
    take(&tree, 1, "zoo", 0);
    take(&tree, 2, NULL, 2);
    take(&tree, 3, "deep\nest", 0);
    take(&tree, 2, NULL, 1);
    take(&tree, 1, "ant", 0);
    take(&tree, 1, "[true]", 0);
    assert_true(fm_tree_link(&tree));
    assert_int_equal(tree.items[0], 3);
    assert_int_equal(fm_tree_item(&tree, 0, 0), 6);
    assert_int_equal(fm_tree_item(&tree, 0, 1), 5);
    assert_int_equal(fm_tree_item(&tree, 0, 2), 1);
    assert_int_equal(fm_tree_find(&tree, 0, "ant"), 5);
    assert_int_equal(fm_tree_find(&tree, 0, "bee"), 0);
    assert_int_equal(fm_tree_find(&tree, 5, "ant"), 0);
    assert_int_equal(fm_tree_item(&tree, 1, 0), 4);
    assert_string_equal(fm_tree_path(&tree, 0, path, sizeof path), "");
    assert_string_equal(fm_tree_path(&tree, 3, path, sizeof path), "zoo[2].deep?est");
    assert_string_equal(fm_tree_path(&tree, 6, path, sizeof path), "[true]");
    assert_string_equal(fm_tree_path(&tree, 3, path, 6), "zoo[2");
    fm_tree_reset(&tree);
    assert_int_equal(mem.used_bytes, 0);
}

static void test_tree_is_bounded(void **state)
{
    struct fm_mem mem = { 0 };
    struct fm_tree tree;
    static char text[FM_TREE_TEXT_BYTES];
    struct fm_value value = { .type = FM_VALUE_TABLE };
    (void)state;
    fm_tree_init(&tree, &mem);
    for (unsigned i = 0; i < FM_TREE_VALUES; i++)
        assert_true(fm_tree_take(&tree, &value));
    assert_false(fm_tree_take(&tree, &value));
    assert_int_equal(tree.trouble, FM_TREE_FULL);
    fm_tree_reset(&tree);
    value = (struct fm_value){ .type = FM_VALUE_TEXT, .text = text, .text_len = sizeof text };
    assert_false(fm_tree_take(&tree, &value));
    assert_int_equal(tree.trouble, FM_TREE_FULL);
    fm_tree_reset(&tree);
    value.text_len = sizeof text - 1;
    assert_true(fm_tree_take(&tree, &value));
    value.text_len = 0;
    assert_false(fm_tree_take(&tree, &value));
    fm_tree_reset(&tree);
    assert_int_equal(mem.used_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units_that_are_read),
        cmocka_unit_test(test_units_that_are_not),
        cmocka_unit_test(test_units_round_trip),
        cmocka_unit_test(test_near),
        cmocka_unit_test(test_locate),
        cmocka_unit_test(test_tree_order_and_paths),
        cmocka_unit_test(test_tree_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
