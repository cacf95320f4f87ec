/* Community ID against the specification's own baseline (github.com/corelight/community-id-spec,
 * baseline/) and against what Suricata 7.0.10 wrote as community_id for
 * packets made for this test, with and without a seed. */
#include "base/addr.h"
#include "base/community.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct vector {
    const char *client;
    const char *server;
    uint16_t cport, sport; /* of ICMP: type and code */
    uint8_t proto;
    uint16_t seed;
    const char *id;
};

/* From the baseline; where it gives the counterpart of an ICMP type, the code stands here. */
static const struct vector baseline[] = {
    { "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 0, 58, 0,
            "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=" },
    { "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 136, 0, 58, 0,
            "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=" },
    { "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 135, 0, 58, 0,
            "1:zavyT/cezQr1fmImYCwYnMXbgck=" },
    { "3ffe:501:1800:2345::2", "3ffe:507:0:1:200:86ff:fe05:80da", 3, 0, 58, 0,
            "1:2ObVBgIn28oZvibYZhZMBgh7WdQ=" },
    { "3ffe:501:410:0:2c0:dfff:fe47:33e", "3ffe:507:0:1:200:86ff:fe05:80da", 1, 4, 58, 0,
            "1:hLZd0XGWojozrvxqE0dWB1iM6R0=" },
    { "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2", 128, 0, 58, 0,
            "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=" },
    { "fe80::200:86ff:fe05:80da", "ff02::2", 133, 0, 58, 0, "1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0=" },
    { "fe80::260:97ff:fe07:69ea", "ff02::1", 134, 0, 58, 0, "1:pkvHqCL88/tg1k4cPigmZXUtL00=" },
    { "192.168.0.89", "192.168.0.1", 8, 0, 1, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=" },
    { "192.168.0.1", "192.168.0.89", 0, 0, 1, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=" },
    { "10.0.0.1", "10.0.0.2", 11, 0, 1, 0, "1:YHxtAirCG//0OzkcVAukqKQN9xM=" },
    { "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943, 25, 6, 0,
            "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
    { "192.168.170.8", "192.168.170.56", 7, 7, 132, 0, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=" },
    { "128.232.110.120", "66.35.250.204", 34855, 80, 6, 0, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
    { "66.35.250.204", "128.232.110.120", 80, 34855, 6, 0, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
    { "192.168.1.52", "8.8.8.8", 54585, 53, 17, 0, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
    { "10.1.12.1", "10.1.12.2", 0, 0, 46, 0, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=" },
    { "10.1.12.2", "10.1.12.1", 0, 0, 46, 0, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=" },
    { "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 0, 58, 1,
            "1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY=" },
    { "10.0.0.1", "10.0.0.2", 11, 0, 1, 1, "1:XjUibYHaafLQ3pxQeiMI8g25q20=" },
    { "128.232.110.120", "66.35.250.204", 34855, 80, 6, 1, "1:3V71V58M3Ksw/yuFALMcW0LAHvc=" },
    { "10.1.12.1", "10.1.12.2", 0, 0, 46, 1, "1:rYir8gphR31noO9iDRQmF/BteEI=" },
};

static const struct vector suricata[] = {
    { "10.1.0.5", "198.51.100.7", 40001, 443, 6, 0, "1:DVQlPj99p2AbVvWwPj6XSMJVoAw=" },
    { "198.51.100.9", "10.1.0.5", 40002, 22, 6, 0, "1:IbuqThzgmRoewzpylLK/6vA/GTg=" },
    { "10.1.0.5", "10.1.0.5", 1025, 513, 6, 0, "1:PdK0QT35rYOFTzmmftUYCFyQzK8=" },
    { "2001:db8::5", "2001:db8:1::80", 50000, 80, 6, 0, "1:wffWNUQU5c6br0SldUwvYPSZEHk=" },
    { "2001:db8:1::80", "2001:db8::6", 50001, 25, 6, 0, "1:rkC9QnXxoCvmKFUWu3ph4tAUkQ0=" },
    { "10.1.0.5", "10.1.0.53", 5353, 53, 17, 0, "1:jsFrU5pNFNGihY2MfZ3QoY4UyOg=" },
    { "2001:db8::5", "2001:db8::53", 40000, 53, 17, 0, "1:w1PKXK0IM5hdcRed0SPorssw8ZY=" },
    { "10.1.0.5", "10.1.0.60", 3000, 2905, 132, 0, "1:2XRP2rKnpdTq908Qlf95eOdn/Ws=" },
    { "10.1.0.1", "10.1.0.7", 8, 0, 1, 0, "1:VDEmAaFnLFa6LmbsqthLpPBcYIk=" },
    { "10.1.0.5", "10.1.0.2", 13, 0, 1, 0, "1:HWO87osb3MmJQs5rPBDkluYG77s=" },
    { "10.1.0.5", "10.1.0.3", 17, 0, 1, 0, "1:f4bk3cnV1uvsKGQliM6X0/HUBio=" },
    { "2001:db8::5", "2001:db8::1", 128, 0, 58, 0, "1:Eax4XiLm8sKj/YiaSx4G//lg1H4=" },
    { "2001:db8::9", "2001:db8::13", 131, 1, 58, 0, "1:S4U7/GWEw1a7a9/2gbxuJ/XeglA=" },
    { "fe80::5", "ff02::2", 133, 0, 58, 0, "1:AkIEfqFYA2wqXOajFdAZoV4E2WM=" },
    { "fe80::1", "fe80::5", 135, 0, 58, 0, "1:/Z5o9jFJoJJ2WYeYwOfD0yPABEg=" },
    { "2001:db8::9", "2001:db8::14", 139, 1, 58, 0, "1:EpHLJHGF4v3w8qYEzXD+53OX0oA=" },
    { "2001:db8::9", "2001:db8::15", 144, 1, 58, 0, "1:jkb9tGqwBUZ5U3Wr63S4h6sr2eg=" },
    { "10.1.0.5", "198.51.100.7", 40001, 443, 6, 4711, "1:hz/uhEVP4VqgqfCpFg6Ddr8754s=" },
    { "198.51.100.9", "10.1.0.5", 40002, 22, 6, 4711, "1:NHF+kqetyG1ycJcPdxrikIg95Cg=" },
    { "2001:db8::5", "2001:db8::53", 40000, 53, 17, 4711, "1:q7HWqVfu55GXnHFgvt30GrJ4hLc=" },
    { "10.1.0.5", "10.1.0.1", 8, 0, 1, 4711, "1:fv64Ev2KXNqOhs5vS5TuECCAKlc=" },
    { "fe80::1", "fe80::5", 135, 0, 58, 4711, "1:x54ApKp+M+6l4AAS89ILVm0mO9g=" },
};

/* Where Suricata leaves the specification: ESP, a one-way ICMP message, equal addresses. */
static const struct vector not_suricata[] = {
    { "10.1.0.5", "10.1.0.70", 0, 0, 50, 0, "1:00Z6slmmnvBeus3eCR1kVupticA=" },
    { "2001:db8::9", "2001:db8::10", 137, 1, 58, 0, "1:sBWWmRZoKRFivq7/6Tqy1qJU5PU=" },
    { "10.2.0.9", "10.2.0.3", 30, 1, 1, 0, "1:5GryHC6BrTg3Fgg+0eWaPvXYm6w=" },
    { "10.1.0.9", "10.1.0.9", 1024, 513, 17, 0, "1:onQsWYM/xfyHkJ8AysiLRLjBoCg=" },
};
#define COUNT(list) (sizeof(list) / sizeof(*(list)))

static struct fm_addr addr(const char *text)
{
    struct fm_addr out = { { 0 } };

    assert_true(fm_addr_parse(text, strlen(text), &out));
    return out;
}

static char *id_of(const struct vector *v, char *out)
{
    struct fm_addr client = addr(v->client);
    struct fm_addr server = addr(v->server);

    return fm_community_id(out, &client, &server, v->cport, v->sport, v->proto, v->seed);
}

static void follows_the_specification(void **state)
{
    char out[FM_COMMUNITY_TEXT];

    (void)state;
    for (size_t i = 0; i < COUNT(baseline); i++)
        assert_string_equal(id_of(&baseline[i], out), baseline[i].id);
}

static void agrees_with_suricata(void **state)
{
    char out[FM_COMMUNITY_TEXT];

    (void)state;
    for (size_t i = 0; i < COUNT(suricata); i++)
        assert_string_equal(id_of(&suricata[i], out), suricata[i].id);
}

static void departs_from_suricata_where_it_departs(void **state)
{
    char out[FM_COMMUNITY_TEXT];

    (void)state;
    for (size_t i = 0; i < COUNT(not_suricata); i++)
        assert_string_not_equal(id_of(&not_suricata[i], out), not_suricata[i].id);
}

static void both_directions_have_one_id(void **state)
{
    static const uint8_t protos[] = { 6, 17, 132, 47, 50 };
    static const char *const ends[][2] = { { "10.0.0.1", "127.0.0.1" }, { "::1", "2001:db8::1" },
        { "10.0.0.1", "10.0.0.1" }, { "10.0.0.255", "10.0.1.0" } };
    char there[FM_COMMUNITY_TEXT];
    char back[FM_COMMUNITY_TEXT];

    (void)state;
    for (size_t p = 0; p < COUNT(protos); p++)
        for (size_t e = 0; e < COUNT(ends); e++) {
            struct fm_addr a = addr(ends[e][0]);
            struct fm_addr b = addr(ends[e][1]);

            fm_community_id(there, &a, &b, 1024, 513, protos[p], 0);
            fm_community_id(back, &b, &a, 513, 1024, protos[p], 0);
            assert_string_equal(there, back);
            assert_int_equal(strlen(there), 30);
        }
}

static void icmp_requests_meet_their_replies(void **state)
{
    static const uint8_t pair[][3] = { { 1, 8, 0 }, { 1, 10, 9 }, { 1, 13, 14 }, { 1, 15, 16 },
        { 1, 17, 18 }, { 58, 128, 129 }, { 58, 130, 131 }, { 58, 133, 134 }, { 58, 135, 136 },
        { 58, 139, 140 }, { 58, 144, 145 } };
    struct fm_addr a = addr("10.0.0.1");
    struct fm_addr b = addr("10.0.0.2");
    char ask[FM_COMMUNITY_TEXT];
    char answer[FM_COMMUNITY_TEXT];

    (void)state;
    for (size_t i = 0; i < COUNT(pair); i++) {
        fm_community_id(ask, &a, &b, pair[i][1], 0, pair[i][0], 0);
        fm_community_id(answer, &b, &a, pair[i][2], 0, pair[i][0], 0);
        assert_string_equal(ask, answer);
        fm_community_id(answer, &b, &a, pair[i][1], 0, pair[i][0], 0);
        assert_string_not_equal(ask, answer); /* the other one asks */
    }
}

static void one_way_icmp_keeps_its_code_and_direction(void **state)
{
    struct fm_addr a = addr("10.0.0.1");
    struct fm_addr b = addr("10.0.0.2");
    char one[FM_COMMUNITY_TEXT];
    char other[FM_COMMUNITY_TEXT];

    (void)state;
    fm_community_id(one, &a, &b, 3, 1, 1, 0);
    assert_string_not_equal(one, fm_community_id(other, &a, &b, 3, 3, 1, 0));
    assert_string_not_equal(one, fm_community_id(other, &b, &a, 3, 1, 1, 0));
    assert_string_not_equal(one, fm_community_id(other, &b, &a, 1, 3, 1, 0));
}

static void only_protocols_with_ports_have_them(void **state)
{
    struct fm_addr a = addr("10.0.0.1");
    struct fm_addr b = addr("10.0.0.2");
    char one[FM_COMMUNITY_TEXT];
    char other[FM_COMMUNITY_TEXT];

    (void)state;
    for (unsigned proto = 0; proto < 256; proto++) {
        bool ports = proto == 6 || proto == 17 || proto == 132;

        if (proto == 1 || proto == 58)
            continue;
        fm_community_id(one, &a, &b, 1, 2, (uint8_t)proto, 0);
        fm_community_id(other, &a, &b, 1, 3, (uint8_t)proto, 0);
        assert_int_equal(strcmp(one, other) != 0, ports);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_specification),
        cmocka_unit_test(agrees_with_suricata),
        cmocka_unit_test(departs_from_suricata_where_it_departs),
        cmocka_unit_test(both_directions_have_one_id),
        cmocka_unit_test(icmp_requests_meet_their_replies),
        cmocka_unit_test(one_way_icmp_keeps_its_code_and_direction),
        cmocka_unit_test(only_protocols_with_ports_have_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
