/* List files: what each kind of entry matches, and what is no entry. */
#include "policy_fixture.h"

#include "policy/inside.h"

static struct fm_list *read_list(struct site *site, const char *text)
{
    uint64_t hash = 0;
    const char *path = site_write(site, "list.txt", text);
    struct fm_list *list = fm_list_new(&site->mem);
    assert_non_null(list);
    if (fm_list_add_file(list, path, &hash, site->error, sizeof site->error)) {
        assert_int_not_equal(hash, 0);
        return list;
    }
    fm_list_free(list);
    return NULL;
}

static bool has_name(const struct fm_list *list, const char *name, uint16_t port)
{
    return fm_list_has_name(list, name, strlen(name), port);
}

static bool has_addr(const struct fm_list *list, const char *text, uint16_t port)
{
    struct fm_addr addr;
    assert_true(fm_addr_parse(text, strlen(text), &addr));
    return fm_list_has_addr(list, &addr, port);
}

static void test_names(void **state)
{
    struct site site;
    (void)state;
    site_open(&site);
    struct fm_list *list = read_list(&site,
            "# a comment\n\n  Example.COM  # with subdomains\r\nport.example:8443\n"
            "\tlan\n_x.y-z.org");
    assert_non_null(list);
    assert_int_equal(fm_list_count(list), 4);
    assert_true(has_name(list, "example.com", 80));
    assert_true(has_name(list, "a.b.EXAMPLE.com.", 0));
    assert_false(has_name(list, "badexample.com", 80));
    assert_false(has_name(list, "com", 80));
    assert_false(has_name(list, "example.com.evil.net", 80));
    assert_true(has_name(list, "www.port.example", 8443));
    assert_false(has_name(list, "www.port.example", 443));
    assert_true(has_name(list, "printer.lan", 9100));
    assert_true(has_name(list, "_x.y-z.org", 1));
    assert_false(has_name(list, "", 0));
    assert_false(has_name(list, ".", 0));
    assert_false(has_name(list, "..", 0));
    assert_false(fm_list_has_name(NULL, "a", 1, 0));
    char longest[400];
    memset(longest, 'a', sizeof longest);
    memcpy(longest + 388, ".example.com", 12);
    assert_false(fm_list_has_name(list, longest, sizeof longest, 0));
    assert_true(fm_list_has_name(list, longest + 160, sizeof longest - 160, 0));
    fm_list_free(list);
    site_close(&site);
}

static void test_addresses(void **state)
{
    struct site site;
    (void)state;
    site_open(&site);
    struct fm_list *list = read_list(&site,
            "192.0.2.1\n192.0.2.2:443\n2001:db8::1\n[2001:db8::2]:443\n"
            "198.51.100.0/24\n!198.51.100.7\n2001:db8:5::/48\n");
    assert_non_null(list);
    assert_int_equal(fm_list_count(list), 7);
    assert_true(has_addr(list, "192.0.2.1", 0) && has_addr(list, "192.0.2.1", 80));
    assert_true(has_addr(list, "192.0.2.2", 443));
    assert_false(has_addr(list, "192.0.2.2", 80) || has_addr(list, "192.0.2.2", 0));
    assert_true(has_addr(list, "2001:db8::1", 5) && has_addr(list, "2001:db8::2", 443));
    assert_false(has_addr(list, "2001:db8::2", 80));
    assert_true(has_addr(list, "198.51.100.8", 1) && has_addr(list, "2001:db8:5:1::1", 1));
    assert_false(has_addr(list, "198.51.100.7", 1));
    assert_false(has_addr(list, "203.0.113.1", 1));
    assert_false(fm_list_has_addr(NULL, &(struct fm_addr){ { 0 } }, 0));
    fm_list_free(list);
    site_close(&site);
}

static void test_what_is_no_entry(void **state)
{
    static const char *const bad[] = { "10.0.0.300", "10.0.0.0/33", "*.example.com", ".example.com",
        "example..com", "http://example.com/", "example.com:0", "example.com:65536",
        "example.com:http", "two words", "a,b", "[2001:db8::1]", "2001:db8::1::2", "!",
        "!name.example", "example.com.", "\x80.example", "a\tb", ":80", "-\x01-",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.org" };
    struct site site;
    (void)state;
    site_open(&site);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[256];
        snprintf(text, sizeof text, "good.example\n# line two\n%s\n", bad[i]);
        struct fm_list *list = read_list(&site, text);
        if (list)
            fail_msg("taken: %s", bad[i]);
        assert_non_null(strstr(site.error, "list.txt:3: \""));
        assert_non_null(strstr(site.error, "is no name, address or prefix; write one a line"));
        for (const char *c = site.error; *c; c++)
            assert_true(*c >= ' ' && *c < 0x7f);
    }
    site_close(&site);
}

static void test_empty_and_odd_files(void **state)
{
    struct site site;
    (void)state;
    site_open(&site);
    static const char *const empty[] = { "", "\n\n\n", "# only this", "   \t \r\n" };
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        uint64_t hash = 1;
        const char *path = site_write(&site, "empty.txt", empty[i]);
        struct fm_list *list = fm_list_new(&site.mem);
        assert_true(fm_list_add_file(list, path, &hash, site.error, sizeof site.error));
        assert_int_equal(fm_list_count(list), 0);
        assert_false(has_name(list, "a.example", 0) || has_addr(list, "10.0.0.1", 0));
        fm_list_free(list);
    }
    site_close(&site);
}

/* Ten thousand relays with ports and as many names: each found, none beside them. */
static void test_large_list(void **state)
{
    struct site site;
    static char text[1 << 20];
    size_t len = 0;
    (void)state;
    site_open(&site);
    for (unsigned i = 0; i < 10000; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "198.18.%u.%u:%u\nn%u.example\n",
                i / 250, i % 250 + 1, 9000 + i % 7, i);
    struct fm_list *list = read_list(&site, text);
    assert_non_null(list);
    assert_int_equal(fm_list_count(list), 20000);
    assert_true(site.mem.used_bytes < 20001 * 42 + len + 4096);
    for (unsigned i = 0; i < 10000; i++) {
        char name[64];
        snprintf(name, sizeof name, "198.18.%u.%u", i / 250, i % 250 + 1);
        assert_true(has_addr(list, name, (uint16_t)(9000 + i % 7)));
        assert_false(has_addr(list, name, (uint16_t)(9000 + (i + 1) % 7)));
        snprintf(name, sizeof name, "w.n%u.example", i);
        assert_true(has_name(list, name, 443));
        snprintf(name, sizeof name, "n%u.example", i + 10000);
        assert_false(has_name(list, name, 443));
    }
    fm_list_free(list);
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_what_is_no_entry),
        cmocka_unit_test(test_empty_and_odd_files),
        cmocka_unit_test(test_large_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
