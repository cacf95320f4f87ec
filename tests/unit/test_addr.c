/* Addresses and prefix sets; sets against a plain search for the longest match. */
#include "seeded.h"

#include "base/addr.h"

#include <stdio.h>
#include <string.h>

static struct fm_addr addr(const char *text)
{
    struct fm_addr out;
    assert_true(fm_addr_parse(text, strlen(text), &out));
    return out;
}

static void parses_and_prints(void **state)
{
    (void)state;
    static const char *const same[] = { "10.0.0.1", "255.255.255.255", "0.0.0.0", "fe80::1",
        "::", "::1", "2001:db8::ff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" };
    char text[FM_ADDR_TEXT];
    for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
        struct fm_addr a = addr(same[i]);
        assert_string_equal(fm_addr_print(&a, text), same[i]);
    }
    struct fm_addr four = addr("::ffff:10.1.2.3"), same4 = addr("10.1.2.3");
    assert_true(fm_addr_equal(&four, &same4));
    assert_string_equal(fm_addr_print(&four, text), "10.1.2.3");
}

static void refuses_what_is_no_address(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "10.0.0", "10.0.0.256", "10.0.0.1 ", " 10.0.0.1",
        "fe80:::1", "fe80::1%eth0", "host", "10.0.0.1/8",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" };
    struct fm_addr out, before;
    memset(&out, 0x5a, sizeof(out));
    before = out;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(fm_addr_parse(bad[i], strlen(bad[i]), &out));
    assert_false(fm_addr_parse("10.0.0.1\0x", 10, &out));
    assert_memory_equal(&out, &before, sizeof(out));
    assert_true(fm_addr_parse("10.0.0.123", 8, &out)); /* not NUL-terminated: "10.0.0.1" */
    assert_int_equal(out.byte[15], 1);
}

static void macs(void **state)
{
    (void)state;
    struct fm_mac mac;
    char text[FM_MAC_TEXT];
    assert_true(fm_mac_parse("00:1B:44:11:3a:b7", 17, &mac));
    assert_string_equal(fm_mac_print(&mac, text), "00:1b:44:11:3a:b7");
    assert_true(fm_mac_parse("ff-ff-ff-ff-ff-fe", 17, &mac));
    assert_string_equal(fm_mac_print(&mac, text), "ff:ff:ff:ff:ff:fe");
    assert_false(fm_mac_parse("00:1b:44:11:3a:b", 16, &mac));
    assert_false(fm_mac_parse("00:1b:44:11:3a:bg", 17, &mac));
    assert_false(fm_mac_parse("00:1b:44:11:3a.b7", 17, &mac));
    assert_string_equal(fm_mac_print(&mac, text), "ff:ff:ff:ff:ff:fe");
}

static void classes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is4, none, group, loopback;
    } rows[] = {
        { "0.0.0.0", true, true, false, false },
        { "::", false, true, false, false },
        { "224.0.0.1", true, false, true, false },
        { "239.255.255.250", true, false, true, false },
        { "223.255.255.255", true, false, false, false },
        { "240.0.0.1", true, false, false, false },
        { "255.255.255.255", true, false, true, false },
        { "255.255.255.254", true, false, false, false },
        { "ff02::1", false, false, true, false },
        { "fe80::1", false, false, false, false },
        { "127.0.0.1", true, false, false, true },
        { "127.255.0.9", true, false, false, true },
        { "::1", false, false, false, true },
        { "::2", false, false, false, false },
        { "128.0.0.1", true, false, false, false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fm_addr a = addr(rows[i].text);
        assert_int_equal(fm_addr_is4(&a), rows[i].is4);
        assert_int_equal(fm_addr_is_none(&a), rows[i].none);
        assert_int_equal(fm_addr_is_group(&a), rows[i].group);
        assert_int_equal(fm_addr_is_loopback(&a), rows[i].loopback);
    }
    struct fm_addr low = addr("10.0.0.1"), high = addr("10.0.0.2");
    assert_true(fm_addr_compare(&low, &high) < 0 && fm_addr_compare(&high, &low) > 0);
    assert_int_equal(fm_addr_compare(&low, &low), 0);
}

static void masks_every_length(void **state)
{
    (void)state;
    struct fm_addr all = addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    for (unsigned bits = 0; bits <= 128; bits++) {
        struct fm_addr masked = fm_addr_mask(&all, bits);
        for (unsigned i = 0; i < 128; i++)
            assert_int_equal(masked.byte[i / 8] >> (7 - i % 8) & 1, i < bits);
    }
    struct fm_addr host = addr("10.1.2.3"), net = addr("10.1.2.0");
    host = fm_addr_mask(&host, 120);
    assert_true(fm_addr_equal(&host, &net));
}

static bool has(const struct fm_prefixes *set, const char *text)
{
    struct fm_addr a = addr(text);
    return fm_prefixes_has(set, &a);
}

static bool add(struct fm_prefixes *set, const char *text)
{
    return fm_prefixes_add(set, text, strlen(text));
}

static void the_longest_match_decides(void **state)
{
    (void)state;
    struct fm_mem mem = { 0 };
    struct fm_prefixes *set = fm_prefixes_new(&mem);
    assert_false(has(set, "10.0.0.1"));
    assert_true(add(set, "!10.1.0.0/16"));
    assert_true(add(set, "10.0.0.0/8"));
    assert_true(add(set, "10.1.2.3"));
    assert_true(add(set, "fe80::/10"));
    assert_true(has(set, "10.0.0.1"));
    assert_false(has(set, "10.1.9.9"));
    assert_true(has(set, "10.1.2.3"));
    assert_false(has(set, "11.0.0.1"));
    assert_true(has(set, "febf::1"));
    assert_false(has(set, "fec0::1"));
    assert_int_equal(fm_prefixes_count(set), 4);
    assert_true(add(set, "10.1.77.0/16")); /* the same prefix, now without the exception */
    assert_int_equal(fm_prefixes_count(set), 4);
    assert_true(has(set, "10.1.9.9"));
    assert_true(add(set, "::/0"));
    assert_false(has(set, "11.0.0.1"));
    assert_true(has(set, "2001:db8::1"));
    assert_true(add(set, "0.0.0.0/0"));
    assert_true(has(set, "11.0.0.1"));
    fm_prefixes_free(set);
    assert_int_equal(mem.used_bytes, 0);
}

static void refuses_what_is_no_prefix(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "!", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
        "10.0.0.0/8x", "fe80::/129", "/8", "10.0.0.0/0008", "!!10.0.0.0/8", "10.0.0.0/8/8", "net" };
    struct fm_mem mem = { 0 };
    struct fm_prefixes *set = fm_prefixes_new(&mem);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(add(set, bad[i]));
    assert_int_equal(fm_prefixes_count(set), 0);
    fm_prefixes_free(set);
}

#define MANY 600

struct plain {
    struct fm_addr addr;
    unsigned bits;
    bool inside;
};

static bool plain_has(const struct plain *plain, size_t count, const struct fm_addr *a)
{
    int best = -1;
    bool inside = false;
    for (size_t i = 0; i < count; i++) {
        struct fm_addr masked = fm_addr_mask(a, plain[i].bits);
        if (!fm_addr_equal(&masked, &plain[i].addr) || (int)plain[i].bits < best)
            continue;
        best = (int)plain[i].bits; /* of one prefix given twice the later one counts */
        inside = plain[i].inside;
    }
    return inside;
}

/* Few different bytes, so that prefixes nest deeply. */
static struct fm_addr narrow(uint64_t *seed)
{
    struct fm_addr a = addr("10.0.0.0");
    for (int i = 13; i < 16; i++)
        a.byte[i] = (uint8_t)(seeded_below(seed, 4) << 6 | seeded_below(seed, 3));
    return a;
}

static void agrees_with_a_plain_search(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        uint64_t s = seed;
        struct fm_mem mem = { 0 };
        struct fm_prefixes *set = fm_prefixes_new(&mem);
        static struct plain plain[MANY];
        for (size_t n = 0; n < MANY; n++) {
            unsigned bits = 96 + (unsigned)seeded_below(&s, 33);
            struct fm_addr a = narrow(&s);
            plain[n] = (struct plain){ fm_addr_mask(&a, bits), bits, seeded_below(&s, 2) };
            char text[FM_ADDR_TEXT], line[FM_ADDR_TEXT + 8];
            snprintf(line, sizeof(line), "%s%s/%u", plain[n].inside ? "" : "!",
                    fm_addr_print(&a, text), bits - 96);
            assert_true(add(set, line));
            for (int k = 0; k < 20; k++) {
                struct fm_addr probe = narrow(&s);
                assert_int_equal(fm_prefixes_has(set, &probe), plain_has(plain, n + 1, &probe));
            }
        }
        fm_prefixes_free(set);
        assert_int_equal(mem.used_bytes, 0);
    }
}

static void survives_each_failed_allocation(void **state)
{
    (void)state;
    for (uint64_t n = 1;; n++) {
        struct fm_mem mem = { .fail_at = n };
        struct fm_prefixes *set = fm_prefixes_new(&mem);
        unsigned added = 0;
        for (unsigned i = 0; set != NULL && i < 40; i++) {
            char line[32];
            snprintf(line, sizeof(line), "10.%u.0.0/16", i);
            bool ok = add(set, line);
            added += ok;
            snprintf(line, sizeof(line), "10.%u.3.4", i);
            assert_int_equal(has(set, line), ok);
            assert_int_equal(fm_prefixes_count(set), added);
        }
        fm_prefixes_free(set);
        assert_int_equal(mem.used_bytes, 0);
        if (mem.refused == 0) {
            assert_int_equal(added, 40);
            assert_true(n > 3);
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_and_prints),
        cmocka_unit_test(refuses_what_is_no_address),
        cmocka_unit_test(macs),
        cmocka_unit_test(classes),
        cmocka_unit_test(masks_every_length),
        cmocka_unit_test(the_longest_match_decides),
        cmocka_unit_test(refuses_what_is_no_prefix),
        cmocka_unit_test(agrees_with_a_plain_search),
        cmocka_unit_test(survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
