/* Answers of DNS from their datagrams: what is plain is read right, what is not is refused, and any
 * bytes whatever give a valid record or none (build with --enable-asan to have bounds checked). */
#include "seeded.h"

#include "base/addr.h"
#include "suricata/common/dnswire.h"

#include <stdlib.h>
#include <string.h>

struct space {
    _Alignas(16) unsigned char bytes[FM_REC_MAX];
};

struct wire {
    uint8_t bytes[2048];
    size_t len;
};

static void add(struct wire *wire, const void *bytes, size_t len)
{
    memcpy(wire->bytes + wire->len, bytes, len);
    wire->len += len;
}

static void add16(struct wire *wire, unsigned value)
{
    add(wire, (const uint8_t[]){ (uint8_t)(value >> 8), (uint8_t)value }, 2);
}

/* "a.b" as labels, with the end. */
static void add_labels(struct wire *wire, const char *name)
{
    while (*name != '\0') {
        size_t len = strcspn(name, ".");
        add(wire, &(uint8_t){ (uint8_t)len }, 1);
        add(wire, name, len);
        name += len + (name[len] == '.');
    }
    add(wire, "", 1);
}

static void begin(struct wire *wire, const char *name, unsigned type, unsigned rcode,
        unsigned answers)
{
    *wire = (struct wire){ .len = 0 };
    add16(wire, 0x1234);
    add16(wire, 0x8180 | rcode);
    add16(wire, 1);
    add16(wire, answers);
    add16(wire, 0);
    add16(wire, 0);
    add_labels(wire, name);
    add16(wire, type);
    add16(wire, 1);
}

/* An answer whose name points to the question. */
static void answer(struct wire *wire, unsigned type, unsigned ttl_s, const void *data, size_t len)
{
    add16(wire, 0xc00c);
    add16(wire, type);
    add16(wire, 1);
    add16(wire, ttl_s >> 16);
    add16(wire, ttl_s & 0xffff);
    add16(wire, (unsigned)len);
    add(wire, data, len);
}

static const struct fm_dns *read(struct space *space, const struct wire *wire)
{
    struct fm_rec *rec = (struct fm_rec *)(void *)space->bytes;

    fm_rec_begin(rec, FM_DNS);
    if (!fm_dns_wire(rec, wire->bytes, wire->len))
        return NULL;
    assert_true(fm_rec_valid(rec, rec->size));
    return fm_body(rec);
}

static void expect(const struct space *space, struct fm_str str, const char *text)
{
    size_t len;
    const char *got = fm_rec_str((const struct fm_rec *)(const void *)space->bytes, str, &len);

    assert_int_equal(len, strlen(text));
    assert_memory_equal(got, text, len);
}

static void addresses(void **state)
{
    static const uint8_t four[] = { 192, 0, 2, 80 }, six[16] = { 0x20, 1, 0xd, 0xb8, [15] = 7 };
    struct space space;
    struct wire wire;
    char text[FM_ADDR_TEXT];

    (void)state;
    begin(&wire, "Www.Example", 1, 0, 3);
    answer(&wire, 5, 300, "\4edge\300\020", 7);
    answer(&wire, 1, 60, four, 4);
    answer(&wire, 28, 900, six, 16);
    const struct fm_dns *dns = read(&space, &wire);
    assert_non_null(dns);
    expect(&space, dns->query, "Www.Example");
    expect(&space, dns->text, "edge.Example");
    assert_int_equal(dns->type, 1);
    assert_int_equal(dns->response, 1);
    assert_int_equal(dns->answers, 3);
    assert_int_equal(dns->kept, 2);
    assert_int_equal(dns->ttl_s, 60);
    assert_int_equal(dns->answer_bytes, strlen("edge.Example") + 4 + 16);
    assert_string_equal(fm_addr_print(&dns->addr[0], text), "192.0.2.80");
    assert_string_equal(fm_addr_print(&dns->addr[1], text), "2001:db8::7");
}

static void no_such_name(void **state)
{
    struct space space;
    struct wire wire;

    (void)state;
    begin(&wire, "nowhere.example", 28, 3, 0);
    const struct fm_dns *dns = read(&space, &wire);
    assert_non_null(dns);
    assert_int_equal(dns->rcode, 3);
    assert_int_equal(dns->answers, 0);
    assert_int_equal(dns->ttl_s, 0);
}

static void texts(void **state)
{
    struct space space;
    struct wire wire;

    (void)state;
    begin(&wire, "t.example", 16, 0, 2);
    answer(&wire, 16, 5, "\3abc\2de", 7);
    answer(&wire, 99, 4, "\1\2\3", 3);
    const struct fm_dns *dns = read(&space, &wire);
    assert_non_null(dns);
    expect(&space, dns->text, "abc");
    assert_int_equal(dns->answers, 3); /* a string each, and the unknown one */
    assert_int_equal(dns->answer_bytes, 5);
    assert_int_equal(dns->ttl_s, 4);
}

static void many_addresses_are_cut(void **state)
{
    struct space space;
    struct wire wire;

    (void)state;
    begin(&wire, "many.example", 1, 0, 20);
    for (uint8_t i = 0; i < 20; i++)
        answer(&wire, 1, 60, (const uint8_t[]){ 192, 0, 2, i }, 4);
    const struct fm_dns *dns = read(&space, &wire);
    assert_non_null(dns);
    assert_int_equal(dns->answers, 20);
    assert_int_equal(dns->kept, FM_DNS_ANSWERS);
    assert_true(((const struct fm_rec *)(void *)space.bytes)->flags & FM_REC_CUT);
}

static void what_is_not_plain_is_refused(void **state)
{
    struct space space;
    struct wire wire;

    (void)state;
    begin(&wire, "a.example", 1, 0, 1);
    answer(&wire, 1, 60, "\1\2\3", 3); /* an address of three bytes */
    assert_null(read(&space, &wire));
    begin(&wire, "a.example", 1, 0, 2);
    answer(&wire, 1, 60, "\1\2\3\4", 4); /* one is missing */
    assert_null(read(&space, &wire));
    begin(&wire, "b\001.example", 1, 0, 0);
    assert_null(read(&space, &wire));
    begin(&wire, "", 2, 0, 0); /* the root */
    assert_null(read(&space, &wire));
    begin(&wire, "a.example", 5, 0, 1);
    answer(&wire, 5, 60, "\300\052", 2); /* a pointer to itself */
    assert_null(read(&space, &wire));
    begin(&wire, "a.example", 16, 0, 1);
    answer(&wire, 16, 60, "\11abc", 4); /* a string longer than its data */
    assert_null(read(&space, &wire));
    begin(&wire, "a.example", 1, 0, 0);
    wire.bytes[2] &= 0x7f; /* a query */
    assert_null(read(&space, &wire));
    for (size_t len = 0; len < wire.len; len++) { /* cut anywhere */
        struct wire cut = wire;
        cut.bytes[2] |= 0x80;
        cut.len = len;
        assert_null(read(&space, &cut));
    }
}

static void any_bytes(void **state)
{
    struct space space;
    struct wire wire;
    uint64_t seed = 5;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        begin(&wire, "some.name.example", 16, 0, 3);
        answer(&wire, 16, 60, "\5hello", 6);
        answer(&wire, 15, 60, "\0\1\300\014", 4);
        answer(&wire, 5, 60, "\1x\300\014", 4);
        for (uint64_t n = 1 + seeded_below(&seed, 4); n > 0; n--)
            wire.bytes[seeded_below(&seed, wire.len)] = (uint8_t)seeded(&seed);
        uint8_t *exact = malloc(wire.len); /* so that one byte too far is seen */
        memcpy(exact, wire.bytes, wire.len);
        struct fm_rec *rec = (struct fm_rec *)(void *)space.bytes;
        fm_rec_begin(rec, FM_DNS);
        if (fm_dns_wire(rec, exact, wire.len))
            assert_true(fm_rec_valid(rec, rec->size));
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(no_such_name),
        cmocka_unit_test(texts),
        cmocka_unit_test(many_addresses_are_cut),
        cmocka_unit_test(what_is_not_plain_is_refused),
        cmocka_unit_test(any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
