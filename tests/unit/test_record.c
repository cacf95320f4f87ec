/* Building, validating and ordering records; names; what a session said earlier. */
#include "collect.h"

#include "base/addr.h"
#include "record/recall.h"
#include "record/show.h"

union space {
    struct fm_rec rec;
    char bytes[FM_REC_MAX];
};

static void head_of(struct fm_rec *rec, fm_time time)
{
    rec->time = time;
    rec->client = fm_addr_from4("\x0a\x00\x00\x01");
    rec->server = fm_addr_from4("\x0a\x00\x00\x02");
    rec->cport = 40000;
    rec->sport = 80;
    rec->proto = 6;
}

static void begins_valid(void **state)
{
    (void)state;
    for (enum fm_kind kind = 0; kind < FM_KINDS; kind++) {
        union space space;
        memset(&space, 0xaa, sizeof(space));
        fm_rec_begin(&space.rec, kind);
        assert_int_equal(space.rec.size % 8, 0);
        assert_int_equal(space.rec.weight, 1);
        assert_true(space.rec.size >= sizeof(struct fm_rec) + fm_body_bytes(kind));
        assert_true(fm_rec_valid(&space.rec, space.rec.size));
        assert_non_null(fm_kind_name[kind]);
    }
}

static void puts_strings(void **state)
{
    (void)state;
    union space space;
    size_t len;
    struct fm_http *http = fm_rec_begin(&space.rec, FM_HTTP);
    uint16_t empty = space.rec.size;
    fm_rec_put(&space.rec, &http->host, "", 0, 10);
    assert_int_equal(space.rec.size, empty);
    assert_string_equal(fm_rec_str(&space.rec, http->host, &len), "");
    assert_int_equal(len, 0);
    fm_rec_put(&space.rec, &http->host, "example.net", 11, 11);
    fm_rec_put(&space.rec, &http->uri, "/long", 5, 3);
    assert_str(&space.rec, http->host, "example.net");
    assert_str(&space.rec, http->uri, "/lo");
    assert_true(space.rec.flags & FM_REC_CUT);
    assert_int_equal(space.rec.size, empty + 16 + 8);
    assert_true(fm_rec_valid(&space.rec, space.rec.size));
}

/* Strings until the record is full: the one that does not fit stays empty. */
static void full_record(void **state)
{
    (void)state;
    union space space;
    char text[1000] = { 0 };
    struct fm_http *http = fm_rec_begin(&space.rec, FM_HTTP);
    struct fm_str *strings[] = { &http->host, &http->uri, &http->method, &http->agent,
        &http->referrer, &http->content_type, &http->headers };
    for (size_t i = 0; i < 7; i++)
        fm_rec_put(&space.rec, strings[i], text, sizeof(text), sizeof(text));
    struct fm_str more = { 9, 9 };
    fm_rec_put(&space.rec, &more, text, sizeof(text), sizeof(text));
    assert_int_equal(space.rec.flags & FM_REC_CUT, 0);
    fm_rec_put(&space.rec, &more, text, sizeof(text), sizeof(text));
    assert_true(space.rec.flags & FM_REC_CUT);
    assert_int_equal(more.len, 0);
    size_t room = (size_t)FM_REC_MAX - space.rec.size;
    fm_rec_put(&space.rec, &more, text, room, sizeof(text));
    assert_int_equal(more.len, room);
    assert_int_equal(space.rec.size, FM_REC_MAX);
    assert_true(fm_rec_valid(&space.rec, space.rec.size));
}

static void brief_flows(void **state)
{
    (void)state;
    union space space;
    struct fm_flow *flow = fm_rec_begin(&space.rec, FM_FLOW_UPDATE);
    flow->shape.used = 3;
    space.rec.has = FM_HAS_SHAPE | FM_HAS_BYTES;
    assert_false(fm_rec_valid(&space.rec, space.rec.size)); /* a slot of no seconds */
    flow->shape.slot_s = 1;
    assert_true(fm_rec_valid(&space.rec, space.rec.size));
    space.rec.kind = FM_FLOW_NEW;
    assert_false(fm_rec_valid(&space.rec, space.rec.size)); /* too early for a shape */
    uint16_t whole = space.rec.size;
    fm_rec_brief(&space.rec);
    assert_true(space.rec.size < whole);
    assert_int_equal(space.rec.has, FM_HAS_BYTES);
    assert_true(fm_rec_valid(&space.rec, space.rec.size));
    space.rec.kind = FM_FLOW_END;
    space.rec.has = FM_HAS_SHAPE;
    assert_false(fm_rec_valid(&space.rec, space.rec.size));
}

/* Each damage alone makes the record invalid. */
static void damage(void **state)
{
    (void)state;
    union space space, whole;
    struct fm_dns *dns = fm_rec_begin(&whole.rec, FM_DNS);
    struct fm_dns *damaged = (struct fm_dns *)(&space.rec + 1);
    head_of(&whole.rec, 1);
    fm_rec_put(&whole.rec, &dns->query, "example.net", 11, 255);
    uint16_t size = whole.rec.size;
    assert_true(fm_rec_valid(&whole.rec, size));
    assert_false(fm_rec_valid(&whole.rec, size - 8u));
    assert_false(fm_rec_valid(&whole.rec, 8));
    assert_false(fm_rec_valid(whole.bytes + 4, size));
#define DAMAGED(change)                                                                            \
    do {                                                                                           \
        memcpy(&space, &whole, sizeof(space));                                                     \
        change;                                                                                    \
        assert_false(fm_rec_valid(&space.rec, size));                                              \
    } while (0)
    DAMAGED(space.rec.size += 8);
    DAMAGED(space.rec.kind = FM_KINDS);
    DAMAGED(space.rec.weight = 0);
    DAMAGED(space.rec.time = -1);
    DAMAGED(space.rec.time = FM_TIME_MAX + 1);
    DAMAGED(space.rec.flags |= 0x80);
    DAMAGED(space.rec.has |= FM_HAS_SHAPE);
    DAMAGED(damaged->query.off = 8);
    DAMAGED(damaged->query.len = 17);
    DAMAGED(damaged->query.off = UINT16_MAX);
    DAMAGED(damaged->kept = FM_DNS_ANSWERS + 1);
    DAMAGED(damaged->response = 2);
#undef DAMAGED
    struct fm_gap *gap = fm_rec_begin(&space.rec, FM_GAP);
    gap->of_kind = FM_KINDS - 1;
    assert_true(fm_rec_valid(&space.rec, space.rec.size));
    gap->of_kind = 1 << 16;
    assert_false(fm_rec_valid(&space.rec, space.rec.size));
    fm_rec_begin_text(&space.rec, FM_KRB5);
    assert_true(fm_rec_valid(&space.rec, space.rec.size));
    space.rec.kind = FM_FLOW_NEW;
    assert_false(fm_rec_valid(&space.rec, space.rec.size));
    fm_rec_begin_text(&space.rec, FM_KRB5);
    space.rec.has = FM_HAS_SHAPE; /* a text has none */
    assert_false(fm_rec_valid(&space.rec, space.rec.size));
}

/* Random bytes: valid or not, showing what is valid must not read outside (the sanitisers look). */
static void noise(void **state)
{
    (void)state;
    static union space space;
    static char line[65536];
    uint64_t seed = 7;
    size_t valid = 0;
    for (int i = 0; i < 20000; i++) {
        size_t len = 64 + 8 * seeded_below(&seed, 60);
        for (size_t at = 0; at < len; at += 8) {
            uint64_t eight = seeded(&seed) & seeded(&seed) & seeded(&seed);
            memcpy(space.bytes + at, &eight, 8);
        }
        space.rec.size = (uint16_t)len;
        space.rec.kind = (uint8_t)seeded_below(&seed, FM_KINDS + 1);
        space.rec.flags &= 0x6f;
        space.rec.weight |= 1;
        space.rec.time &= INT64_C(0x3ffffffffffff);
        if (!fm_rec_valid(&space.rec, len))
            continue;
        struct fm_text text;
        fm_text_init(&text, line, sizeof(line));
        fm_rec_show(&space.rec, &text);
        assert_false(text.cut);
        valid++;
    }
    assert_true(valid > 100);
}

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static void order(void **state)
{
    (void)state;
    union space a, b;
    fm_rec_begin(&a.rec, FM_TICK);
    head_of(&a.rec, 5);
    memcpy(&b, &a, sizeof(b));
    b.rec.flow_id = 9;
    assert_int_equal(fm_rec_compare(&a.rec, &b.rec), 0); /* all but flow_id */
    b.rec.client = a.rec.server;
    b.rec.server = a.rec.client;
    b.rec.cport = a.rec.sport;
    b.rec.sport = a.rec.cport;
    a.rec.kind = FM_HTTP;
    b.rec.kind = FM_TLS; /* the other direction is the same conversation: the kind decides */
    assert_int_equal(sign(fm_rec_compare(&a.rec, &b.rec)), -1);
    assert_int_equal(sign(fm_rec_compare(&b.rec, &a.rec)), 1);
    b.rec.time = 4;
    assert_int_equal(sign(fm_rec_compare(&a.rec, &b.rec)), 1);
    b.rec.time = 5;
    b.rec.site = 1;
    assert_int_equal(sign(fm_rec_compare(&a.rec, &b.rec)), -1);
}

static void names(void **state)
{
    (void)state;
    assert_int_equal(fm_app_of_name("http", 4), FM_APP_HTTP);
    assert_int_equal(fm_app_of_name("", 0), FM_APP_UNKNOWN);
    assert_int_equal(fm_app_of_name("gopher", 6), FM_APP_OTHER);
    assert_int_equal(fm_app_of_name("ftp-dat", 7), FM_APP_OTHER);
    assert_true(fm_source_fields(FM_SURICATA8, FM_TLS) & FM_HAS_JA4);
    assert_true(fm_source_fields(FM_SURICATA7, FM_TLS) & FM_HAS_JA4);
    assert_false(fm_source_fields(FM_SURICATA7, FM_TLS) & (FM_HAS_ALPN | FM_HAS_URI));
    assert_int_equal(fm_source_fields(FM_SURICATA7, FM_LDAP), 0);
    assert_int_equal(fm_source_fields(FM_ZEEK, FM_FLOW_UPDATE), 0);
}

/* ---- what a session said earlier ---- */

static void recalls(void **state)
{
    (void)state;
    struct fm_mem mem = { 0 };
    struct fm_recall *recall = fm_recall_new(&mem);
    union space space, told;
    struct fm_session *ftp = fm_rec_begin(&space.rec, FM_FTP);
    head_of(&space.rec, FM_SECOND);
    fm_rec_put(&space.rec, &ftp->account, "ada", 3, 16);
    fm_recall_fill(recall, &space.rec, &told.rec);
    ftp = fm_rec_begin(&space.rec, FM_FTP);
    head_of(&space.rec, 2 * FM_SECOND);
    fm_rec_put(&space.rec, &ftp->command, "PASS", 4, 16);
    const struct fm_rec *more = fm_recall_fill(recall, &space.rec, &told.rec);
    assert_true(fm_rec_valid(more, more->size));
    assert_str(more, ((const struct fm_session *)fm_body(more))->account, "ada");
    assert_true(more->has & FM_HAS_ACCOUNT);
    space.rec.cport++; /* another session */
    more = fm_recall_fill(recall, &space.rec, &told.rec);
    assert_str(more, ((const struct fm_session *)fm_body(more))->account, "");
    space.rec.cport--;
    space.rec.time += 2 * FM_HOUR; /* the same ports much later */
    more = fm_recall_fill(recall, &space.rec, &told.rec);
    assert_str(more, ((const struct fm_session *)fm_body(more))->account, "");
    fm_recall_free(recall);
    assert_int_equal(mem.used_bytes, 0);
    mem.fail_at = mem.calls + 1;
    assert_null(fm_recall_new(&mem));
}

static void recalls_who_asked(void **state)
{
    (void)state;
    struct fm_mem mem = { 0 };
    struct fm_recall *recall = fm_recall_new(&mem);
    union space space, told;
    struct fm_krb5 *krb5 = fm_rec_begin(&space.rec, FM_KRB5);
    head_of(&space.rec, FM_SECOND);
    krb5->type = 10;
    fm_rec_put(&space.rec, &krb5->account, "ada", 3, 16);
    fm_recall_fill(recall, &space.rec, &told.rec);
    krb5 = fm_rec_begin(&space.rec, FM_KRB5); /* the error of a controller that names nobody */
    head_of(&space.rec, FM_SECOND + 1);
    krb5->error = 24;
    const struct fm_rec *more = fm_recall_fill(recall, &space.rec, &told.rec);
    assert_str(more, ((const struct fm_krb5 *)fm_body(more))->account, "ada");
    assert_int_equal(((const struct fm_krb5 *)fm_body(more))->error, 24);
    fm_recall_free(recall);
}

static void recalls_interfaces(void **state)
{
    (void)state;
    static const char uuid[] = "e3514235-4b06-11d1-ab04-00c04fc2dcd2";
    struct fm_mem mem = { 0 };
    struct fm_recall *recall = fm_recall_new(&mem);
    union space space, told;
    struct fm_smb *smb = fm_rec_begin(&space.rec, FM_SMB);
    head_of(&space.rec, FM_SECOND);
    fm_rec_put(&space.rec, &smb->account, "ada", 3, 16);
    fm_rec_put(&space.rec, &smb->domain, "LAB", 3, 16);
    fm_recall_fill(recall, &space.rec, &told.rec);
    struct fm_dcerpc *rpc = fm_rec_begin(&space.rec, FM_DCERPC);
    head_of(&space.rec, FM_SECOND);
    rpc->bind = 1;
    fm_rec_put(&space.rec, &rpc->interface, uuid, 36, 36);
    fm_recall_fill(recall, &space.rec, &told.rec);
    rpc = fm_rec_begin(&space.rec, FM_DCERPC);
    head_of(&space.rec, FM_SECOND);
    rpc->request = 1;
    rpc->opnum = 3;
    const struct fm_rec *more = fm_recall_fill(recall, &space.rec, &told.rec);
    assert_str(more, ((const struct fm_dcerpc *)fm_body(more))->interface, uuid);
    assert_str(more, ((const struct fm_dcerpc *)fm_body(more))->account, "ada");
    fm_rec_begin(&space.rec, FM_HTTP);
    head_of(&space.rec, FM_SECOND);
    assert_ptr_equal(fm_recall_fill(recall, &space.rec, &told.rec), &space.rec);
    fm_recall_free(recall);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_valid),
        cmocka_unit_test(puts_strings),
        cmocka_unit_test(full_record),
        cmocka_unit_test(brief_flows),
        cmocka_unit_test(damage),
        cmocka_unit_test(noise),
        cmocka_unit_test(order),
        cmocka_unit_test(names),
        cmocka_unit_test(recalls),
        cmocka_unit_test(recalls_who_asked),
        cmocka_unit_test(recalls_interfaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
