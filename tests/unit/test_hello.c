/* ClientHellos by number: what JA4 does not look at changes nothing, all that it looks at does,
 * however the segments come; what is not plain has none; any bytes whatever do no harm (build with
 * --enable-asan to have bounds checked). */
#include "seeded.h"

#include "suricata/hello.h"

#include <stdlib.h>
#include <string.h>

#define SEED 0x5eedu

struct wire {
    uint8_t bytes[4096];
    size_t len;
};

static void add(struct wire *wire, const void *bytes, size_t len)
{
    memcpy(wire->bytes + wire->len, bytes, len);
    wire->len += len;
}

static void add8(struct wire *wire, unsigned value)
{
    add(wire, &(uint8_t){ (uint8_t)value }, 1);
}

static void add16(struct wire *wire, unsigned value)
{
    add8(wire, value >> 8);
    add8(wire, value & 0xff);
}

static void add_vector16(struct wire *wire, const struct wire *body)
{
    add16(wire, (unsigned)body->len);
    add(wire, body->bytes, body->len);
}

/* What a hello is made of; the first is the one that the others differ from. */
struct made {
    uint16_t version, cipher[8], extension[16], algorithm[4], offered[4];
    const char *name, *alpn;
    uint8_t salt; /* what is random in a hello: its random, session, key */
};

static const struct made plain = {
    .version = 0x0303,
    .cipher = { 0x1301, 0x1302, 0xc02b },
    .extension = { 0, 23, 16, 13, 43, 51 },
    .algorithm = { 0x0403, 0x0804 },
    .offered = { 0x0304, 0x0303 },
    .name = "www.example",
    .alpn = "h2",
};

static struct wire numbers(const uint16_t *number, size_t most)
{
    struct wire wire = { .len = 0 };

    for (size_t i = 0; i < most && number[i] != 0; i++)
        add16(&wire, number[i]);
    return wire;
}

static struct wire body_of(const struct made *made, unsigned extension)
{
    struct wire body = { .len = 0 }, list;

    switch (extension) {
    case 0:
        add(&body, made->name, strlen(made->name));
        break;
    case 13:
        list = numbers(made->algorithm, 4);
        add_vector16(&body, &list);
        break;
    case 16:
        add16(&body, (unsigned)strlen(made->alpn) + 1);
        add8(&body, (unsigned)strlen(made->alpn));
        add(&body, made->alpn, strlen(made->alpn));
        break;
    case 43:
        list = numbers(made->offered, 4);
        add8(&body, (unsigned)list.len);
        add(&body, list.bytes, list.len);
        break;
    case 51:
        for (unsigned i = 0; i < 40; i++)
            add8(&body, made->salt);
        break;
    default:
        break;
    }
    return body;
}

/* The record; extension 0 (the name) is there when it stands first. */
static struct wire hello_of(const struct made *made)
{
    struct wire body = { .len = 0 }, extensions = { .len = 0 }, record = { .len = 0 };

    add16(&body, made->version);
    for (unsigned i = 0; i < 32; i++)
        add8(&body, made->salt);
    add8(&body, 4);
    for (unsigned i = 0; i < 4; i++)
        add8(&body, made->salt);
    struct wire ciphers = numbers(made->cipher, 8);
    add_vector16(&body, &ciphers);
    add16(&body, 0x0100); /* one compression method: none */
    for (unsigned i = 0; i < 16 && (made->extension[i] != 0 || i == 0); i++) {
        struct wire one = body_of(made, made->extension[i]);
        add16(&extensions, made->extension[i]);
        add_vector16(&extensions, &one);
    }
    add_vector16(&body, &extensions);
    add8(&record, 22);
    add16(&record, 0x0301);
    add16(&record, (unsigned)body.len + 4);
    add16(&record, 0x0100);
    add_vector16(&record, &body);
    return record;
}

/* A segment in memory of its own size, so that a read past it is seen. */
static void say(struct fm_hello *hello, unsigned side, uint32_t seq, const uint8_t *bytes,
        size_t len)
{
    uint8_t *own = malloc(len > 0 ? len : 1);

    assert_non_null(own);
    memcpy(own, bytes, len);
    fm_hello_segment(hello, SEED, (uint8_t)side, seq, own, len);
    free(own);
}

static uint64_t print_of(const struct made *made)
{
    struct wire wire = hello_of(made);
    struct fm_hello hello = { 0 };

    say(&hello, 0, 1000, wire.bytes, wire.len);
    fm_hello_free(&hello);
    return hello.print;
}

static void test_what_ja4_does_not_see(void **state)
{
    (void)state;
    struct made other = plain;
    uint64_t print = print_of(&plain);

    assert_true(print != 0);
    other.salt = 77;
    other.name = "another.example";
    assert_true(print_of(&other) == print);
    const uint16_t order[] = { 51, 16, 43, 13, 23 };
    other = plain;
    memcpy(other.extension + 1, order, sizeof(order));
    assert_true(print_of(&other) == print);
    const uint16_t greased[] = { 0, 0x5a5a, 23, 16, 13, 43, 51, 0xaaaa };
    memcpy(other.extension, greased, sizeof(greased));
    memcpy(other.cipher, (const uint16_t[]){ 0x1a1a, 0x1301, 0x1302, 0xc02b }, 8);
    memcpy(other.offered, (const uint16_t[]){ 0x3a3a, 0x0304, 0x0303 }, 6);
    assert_true(print_of(&other) == print);
}

static void test_what_ja4_sees(void **state)
{
    (void)state;
    struct made other[9];
    uint64_t print[9];

    for (unsigned i = 0; i < 9; i++)
        other[i] = plain;
    other[1].version = 0x0302;
    other[2].cipher[1] = 0xc030;
    other[3].cipher[3] = 0x00ff;
    other[4].extension[6] = 45;
    other[5].algorithm[1] = 0x0805;
    other[6].algorithm[0] = 0x0804; /* in another order */
    other[6].algorithm[1] = 0x0403;
    other[7].alpn = "h3";
    other[8].offered[1] = 0;
    for (unsigned i = 0; i < 9; i++) {
        print[i] = print_of(&other[i]);
        assert_true(print[i] != 0);
        for (unsigned k = 0; k < i; k++)
            assert_true(print[k] != print[i]);
    }
}

static void test_segments(void **state)
{
    (void)state;
    struct wire wire = hello_of(&plain);
    uint64_t print = print_of(&plain);

    for (size_t cut = 6; cut < wire.len; cut++) {
        struct fm_hello hello = { 0 };
        uint32_t seq = UINT32_MAX - 20; /* the numbers begin anew on the way */
        say(&hello, 1, seq, wire.bytes, cut);
        assert_int_equal(hello.state, FM_HELLO_GATHERED);
        say(&hello, 1, seq, wire.bytes, cut);
        say(&hello, 1, seq + (uint32_t)cut, wire.bytes + cut, wire.len - cut);
        assert_int_equal(hello.state, FM_HELLO_WATCHED);
        assert_true(hello.print == print);
        assert_null(hello.bytes);
        fm_hello_free(&hello);
    }
}

static void test_what_is_not_known(void **state)
{
    (void)state;
    struct wire wire = hello_of(&plain);
    struct fm_hello lost = { 0 }, answered = { 0 }, http = { 0 }, later = { 0 };

    say(&lost, 0, 0, wire.bytes, 50);
    say(&lost, 0, 60, wire.bytes + 60, wire.len - 60);
    say(&answered, 0, 0, wire.bytes, 50);
    say(&answered, 1, 9, wire.bytes, wire.len);
    say(&http, 0, 0, (const uint8_t *)"GET / HTTP/1.1\r\n", 16);
    say(&later, 0, 0, (const uint8_t *)"EHLO a\r\n", 8);
    say(&later, 0, 8, wire.bytes, wire.len);
    const struct fm_hello *all[] = { &lost, &answered, &http, &later };
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(all[i]->state, FM_HELLO_OVER);
        assert_true(all[i]->print == 0);
        assert_null(all[i]->bytes);
    }
    for (size_t len = 9; len < wire.len; len++) { /* cut short, but said to be whole */
        struct fm_hello cut = { 0 };
        struct wire less = wire;
        less.bytes[3] = (uint8_t)((len - 5) >> 8);
        less.bytes[4] = (uint8_t)(len - 5);
        less.bytes[7] = (uint8_t)((len - 9) >> 8);
        less.bytes[8] = (uint8_t)(len - 9);
        say(&cut, 0, 0, less.bytes, len);
        assert_true(cut.print == 0 || cut.print != print_of(&plain));
        fm_hello_free(&cut);
    }
}

static void test_a_second_hello(void **state)
{
    (void)state;
    struct wire wire = hello_of(&plain), again = { .len = 0 };
    struct fm_hello hello = { 0 }, normal = { 0 }, repeated = { 0 };
    const uint8_t changed[] = { 20, 3, 3, 0, 1, 1 }, data[] = { 23, 3, 3, 0, 1, 9 };

    add(&again, changed, sizeof(changed));
    add(&again, wire.bytes, wire.len);
    say(&hello, 0, 0, wire.bytes, wire.len);
    say(&hello, 1, 500, data, sizeof(data));
    assert_true(hello.print != 0);
    say(&hello, 0, (uint32_t)wire.len, again.bytes, again.len);
    assert_true(hello.print == 0);
    say(&normal, 0, 0, wire.bytes, wire.len);
    again.len = sizeof(changed);
    add(&again, data, sizeof(data));
    say(&normal, 0, (uint32_t)wire.len, again.bytes, again.len);
    assert_true(normal.print != 0 && normal.state == FM_HELLO_OVER);
    say(&repeated, 0, 0, wire.bytes, wire.len);
    say(&repeated, 0, 0, wire.bytes, wire.len); /* the same segment: no second hello */
    assert_true(repeated.print != 0);
}

static void test_kept(void **state)
{
    (void)state;
    struct fm_hello_prints *prints = calloc(1, sizeof(*prints));
    struct wire wire = hello_of(&plain);
    struct fm_hello hello = { 0 };
    uint8_t ja4[FM_JA4_LEN];
    const uint8_t *right = (const uint8_t *)"t13d0306h2_0123456789ab_0123456789ab";
    const uint8_t *twice = (const uint8_t *)"t13d0612h2_0123456789ab_0123456789ab";

    assert_non_null(prints);
    assert_false(fm_hello_recall(prints, NULL, ja4));
    assert_false(fm_hello_recall(prints, &hello, ja4)); /* no print: none of the empty rows is its */
    fm_hello_keep(prints, NULL, right);
    fm_hello_keep(prints, &hello, right);
    say(&hello, 0, 0, wire.bytes, wire.len);
    assert_false(fm_hello_recall(prints, &hello, ja4));
    fm_hello_keep(prints, &hello, twice); /* not of these three ciphers */
    assert_false(fm_hello_recall(prints, &hello, ja4));
    fm_hello_keep(prints, &hello, right);
    assert_true(fm_hello_recall(prints, &hello, ja4));
    assert_memory_equal(ja4, right, FM_JA4_LEN);
    hello.print += FM_HELLO_PRINTS; /* another hello in the same row */
    assert_false(fm_hello_recall(prints, &hello, ja4));
    free(prints);
}

static void test_any_bytes(void **state)
{
    (void)state;
    uint64_t seed = 7;

    for (unsigned round = 0; round < 20000; round++) {
        struct made made = plain;
        struct fm_hello hello = { 0 };
        made.extension[6] = (uint16_t)seeded_below(&seed, 60);
        struct wire wire = hello_of(&made);
        for (uint64_t i = seeded_below(&seed, 4); i > 0; i--)
            wire.bytes[seeded_below(&seed, wire.len)] = (uint8_t)seeded(&seed);
        size_t at = 0;
        while (at < wire.len) {
            size_t len = 1 + (size_t)seeded_below(&seed, wire.len - at);
            say(&hello, seeded_below(&seed, 20) == 0, (uint32_t)at, wire.bytes + at, len);
            at += len;
        }
        fm_hello_free(&hello);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_ja4_does_not_see),
        cmocka_unit_test(test_what_ja4_sees),
        cmocka_unit_test(test_segments),
        cmocka_unit_test(test_what_is_not_known),
        cmocka_unit_test(test_a_second_hello),
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_any_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
