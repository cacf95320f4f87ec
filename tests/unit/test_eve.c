/* The reader of EVE: every event type in the shapes of Suricata 7 and 8, directions, times, payload
 * estimates; lines that are broken, unknown or huge; the texts that cross the ring. */
#include "collect.h"

#include "base/addr.h"
#include "record/eve.h"
#include "record/source.h"

#include <zlib.h>

#define AT "\"timestamp\":\"2024-05-01T10:00:00.250000+0200\",\"flow_id\":77"
#define ENDS                                                                                       \
    "\"src_ip\":\"10.1.0.5\",\"src_port\":40000,\"dest_ip\":\"192.0.2.9\",\"dest_port\":443,"      \
    "\"proto\":\"TCP\""
#define BACK                                                                                       \
    "\"src_ip\":\"192.0.2.9\",\"src_port\":443,\"dest_ip\":\"10.1.0.5\",\"dest_port\":40000,"      \
    "\"proto\":\"TCP\""
#define EVENT(type, ends, rest) "{" AT ",\"event_type\":\"" type "\"," ends "," rest "}"

/* 2024-05-01T08:00:00.250000Z */
#define TIME INT64_C(1714550400250000)

struct fixture {
    struct fm_mem mem;
    struct fm_eve *eve;
    struct collect *collect;
    char why[160];
};

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->eve = fm_eve_new(&fixture->mem);
    fixture->collect = collect_new();
    *state = fixture;
    return 0;
}

/* What the matrix of sources says cannot come does not. */
static void assert_as_promised(const struct collect *collect)
{
    for (size_t i = 0; i < collect->count; i++) {
        const struct fm_rec *rec = collect->rec[i];
        assert_int_equal(rec->has & ~fm_source_fields(FM_EVE, rec->kind), 0);
    }
}

static int end(void **state)
{
    struct fixture *fixture = *state;
    assert_as_promised(fixture->collect);
    fm_eve_free(fixture->eve);
    assert_int_equal(fixture->mem.used_bytes, 0);
    collect_free(fixture->collect);
    free(fixture);
    return 0;
}

static enum fm_line feed(struct fixture *fixture, const char *line)
{
    return fm_eve_line(fixture->eve, line, strlen(line), &fixture->collect->sink, fixture->why);
}

/* The one record that a line gives, with its body. */
static const struct fm_rec *one(struct fixture *fixture, enum fm_kind kind, const char *line)
{
    size_t before = fixture->collect->count;
    assert_int_equal(feed(fixture, line), FM_LINE_READ);
    assert_int_equal(fixture->collect->count, before + 1);
    const struct fm_rec *rec = fixture->collect->rec[before];
    assert_int_equal(rec->kind, kind);
    assert_int_equal(rec->time, TIME);
    assert_int_equal(rec->flow_id, 77);
    return rec;
}

static void assert_client(const struct fm_rec *rec, const char *client, uint16_t cport,
        const char *server, uint16_t sport)
{
    char text[FM_ADDR_TEXT];
    assert_string_equal(fm_addr_print(&rec->client, text), client);
    assert_string_equal(fm_addr_print(&rec->server, text), server);
    assert_int_equal(rec->cport, cport);
    assert_int_equal(rec->sport, sport);
}

/* ---- flows ---- */

#define FLOW(counts, tcp)                                                                          \
    EVENT("flow", ENDS,                                                                            \
            "\"app_proto\":\"tls\",\"flow\":{" counts                                              \
            ",\"start\":\"2024-05-01T07:59:00.000000+0000\",\"end\":\"2024-05-01T08:01:00.500000"  \
            "+0000\",\"state\":\"closed\",\"reason\":\"shutdown\"},\"ether\":{\"src_macs\":"       \
            "[\"02:00:00:00:00:01\"],\"dest_macs\":[\"02:00:00:00:00:02\"]},\"vlan\":[12],"        \
            "\"tcp\":{" tcp "}")

static void whole_flow(void **state)
{
    struct fixture *fixture = *state;
    struct collect *collect = fixture->collect;
    /* 10 packets with timestamps and a SYN out, one more with 1000 bytes of payload each. */
    const char *line = FLOW("\"pkts_toserver\":10,\"pkts_toclient\":9,\"bytes_toserver\":1708,"
                            "\"bytes_toclient\":5638",
            "\"tcp_flags\":\"1b\",\"tcp_flags_ts\":\"1b\",\"tcp_flags_tc\":\"1b\"");
    assert_int_equal(feed(fixture, line), FM_LINE_READ);
    assert_int_equal(collect->count, 4);
    const struct fm_rec *begun = collect_nth(collect, FM_FLOW_NEW, 0);
    const struct fm_rec *answered = collect_nth(collect, FM_FLOW_ANSWER, 0);
    const struct fm_rec *closed = collect_nth(collect, FM_FLOW_CLOSE, 0);
    const struct fm_rec *ended = collect_nth(collect, FM_FLOW_END, 0);
    assert_int_equal(begun->time, TIME - 60250000);
    assert_int_equal(answered->time, begun->time);
    assert_int_equal(closed->time, TIME + 60250000);
    assert_int_equal(ended->time, closed->time);
    assert_client(begun, "10.1.0.5", 40000, "192.0.2.9", 443);
    assert_true(begun->flags & FM_REC_ORIG_KNOWN);
    assert_int_equal(begun->has, FM_HAS_MAC | FM_HAS_VLAN);
    const struct fm_flow *flow = fm_body(ended);
    assert_int_equal(flow->start, begun->time);
    assert_int_equal(flow->answer, FM_ANSWERED);
    assert_int_equal(flow->close, FM_CLOSED);
    assert_int_equal(flow->app, FM_APP_TLS);
    assert_int_equal(flow->vlan, 12);
    assert_int_equal(flow->client_mac.byte[5], 1);
    assert_int_equal(flow->server_mac.byte[5], 2);
    assert_int_equal(flow->packets[0], 10);
    /* 1708 - 10 * (18 + 20 + 32) - 8 of the SYN's options; 5638 - 9 * 70 - 8 */
    assert_int_equal(flow->bytes[FM_TO_SERVER], 1000);
    assert_int_equal(flow->bytes[FM_TO_CLIENT], 5000);
    assert_int_equal(flow->total_bytes[FM_TO_CLIENT], 5000);
    assert_true(ended->has & FM_HAS_BYTES);
    assert_int_equal(((const struct fm_flow *)fm_body(closed))->bytes[0], 0);
}

struct outcome {
    const char *tcp;
    const char *packets;
    int answer, close;
    uint8_t flags;
    bool known;
};

static void outcomes(void **state)
{
    static const struct outcome outcomes[] = {
        { "\"tcp_flags_ts\":\"02\",\"tcp_flags_tc\":\"00\"", "3,\"pkts_toclient\":0", FM_NO_ANSWER,
                FM_OPEN, FM_REC_ORIG_KNOWN, true },
        { "\"tcp_flags_ts\":\"02\",\"tcp_flags_tc\":\"14\"", "1,\"pkts_toclient\":1", FM_REFUSED,
                FM_RESET_BY_SERVER, FM_REC_ORIG_KNOWN, true },
        { "\"tcp_flags_ts\":\"1e\",\"tcp_flags_tc\":\"1a\"", "5,\"pkts_toclient\":4", FM_ANSWERED,
                FM_RESET_BY_CLIENT, FM_REC_ORIG_KNOWN, true },
        { "\"tcp_flags_ts\":\"1a\",\"tcp_flags_tc\":\"1e\"", "5,\"pkts_toclient\":4", FM_ANSWERED,
                FM_RESET_BY_SERVER, FM_REC_ORIG_KNOWN, true },
        { "\"tcp_flags_ts\":\"1a\",\"tcp_flags_tc\":\"00\"", "5,\"pkts_toclient\":0",
                FM_ANSWER_INFERRED, FM_OPEN, FM_REC_ORIG_KNOWN, true },
        { "\"tcp_flags_ts\":\"18\",\"tcp_flags_tc\":\"18\"", "5,\"pkts_toclient\":5", FM_ANSWERED,
                FM_OPEN, FM_REC_MIDSTREAM, true },
        { "\"tcp_flags_ts\":\"14\",\"tcp_flags_tc\":\"00\"", "1,\"pkts_toclient\":0", FM_NO_ANSWER,
                FM_RESET_BY_SERVER, FM_REC_BACKSCATTER, true },
        { "\"tcp_flags_ts\":\"00\",\"tcp_flags_tc\":\"00\"", "5,\"pkts_toclient\":0", FM_NO_ANSWER,
                FM_OPEN, FM_REC_MIDSTREAM, false },
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
        char line[2000];
        snprintf(line, sizeof(line),
                EVENT("flow", ENDS, "\"flow\":{\"pkts_toserver\":%s},\"tcp\":{%s}"),
                outcomes[i].packets, outcomes[i].tcp);
        assert_int_equal(feed(fixture, line), FM_LINE_READ);
        const struct fm_rec *ended = collect_nth(fixture->collect, FM_FLOW_END, i);
        const struct fm_flow *flow = fm_body(ended);
        assert_int_equal(flow->answer, outcomes[i].answer);
        assert_int_equal(flow->close, outcomes[i].close);
        assert_int_equal(ended->flags, outcomes[i].flags);
        assert_int_equal((ended->has & FM_HAS_ANSWER) != 0, outcomes[i].known);
        assert_int_equal(ended->has & FM_HAS_BYTES, 0);
    }
}

/* Seen from the server's side first: turned round, with all that was counted. */
static void turned_flows(void **state)
{
    struct fixture *fixture = *state;
    feed(fixture,
            EVENT("flow", BACK,
                    "\"flow\":{\"pkts_toserver\":3,\"pkts_toclient\":2,\"bytes_toserver\":1254,"
                    "\"bytes_toclient\":132},\"ether\":{\"src_macs\":[\"02:00:00:00:00:02\"],"
                    "\"dest_macs\":[\"02:00:00:00:00:01\"]},\"tcp\":{\"tcp_flags_ts\":\"18\","
                    "\"tcp_flags_tc\":\"10\"}"));
    const struct fm_rec *ended = collect_nth(fixture->collect, FM_FLOW_END, 0);
    const struct fm_flow *flow = fm_body(ended);
    assert_client(ended, "10.1.0.5", 40000, "192.0.2.9", 443);
    assert_int_equal(ended->flags, FM_REC_MIDSTREAM);
    assert_int_equal(flow->answer, FM_ANSWERED);
    assert_int_equal(flow->packets[FM_TO_CLIENT], 3);
    assert_int_equal(flow->bytes[FM_TO_CLIENT], 1254 - 3 * 66);
    assert_int_equal(flow->bytes[FM_TO_SERVER], 0);
    assert_int_equal(flow->tcp_flags[FM_TO_CLIENT], 0x18);
    assert_int_equal(flow->client_mac.byte[5], 1);
    feed(fixture, "{" AT ",\"event_type\":\"flow\",\"src_ip\":\"10.0.0.1\",\"src_port\":53,"
                  "\"dest_ip\":\"10.0.0.2\",\"dest_port\":5000,\"proto\":\"UDP\",\"flow\":{"
                  "\"pkts_toserver\":1,\"pkts_toclient\":0}}");
    ended = collect_nth(fixture->collect, FM_FLOW_END, 1);
    assert_client(ended, "10.0.0.2", 5000, "10.0.0.1", 53);
    assert_int_equal(ended->flags, 0);
    assert_int_equal(((const struct fm_flow *)fm_body(ended))->answer, FM_ANSWERED);
    feed(fixture,
            "{" AT ",\"event_type\":\"flow\",\"src_ip\":\"10.0.0.1\",\"dest_ip\":\"10.0.0.2\","
            "\"proto\":\"ICMP\",\"icmp_type\":0,\"icmp_code\":0,\"flow\":{"
            "\"pkts_toserver\":4}}");
    ended = collect_nth(fixture->collect, FM_FLOW_END, 2);
    assert_client(ended, "10.0.0.2", 8, "10.0.0.1", 0);
    assert_int_equal(ended->flags, FM_REC_BACKSCATTER);
    assert_int_equal(((const struct fm_flow *)fm_body(ended))->answer, FM_NO_ANSWER);
}

static void datagram_flows(void **state)
{
    struct fixture *fixture = *state;
    feed(fixture, "{" AT ",\"event_type\":\"flow\",\"src_ip\":\"2001:0db8:0000:0000:0000:0000:"
                  "0000:0001\",\"src_port\":5000,\"dest_ip\":\"2001:db8::2\",\"dest_port\":53,"
                  "\"proto\":\"UDP\",\"flow\":{\"pkts_toserver\":2,\"pkts_toclient\":1,"
                  "\"bytes_toserver\":184,\"bytes_toclient\":40,\"start\":\"2024-05-01T10:00:00."
                  "000000+0200\"}}");
    const struct fm_rec *ended = collect_nth(fixture->collect, FM_FLOW_END, 0);
    const struct fm_flow *flow = fm_body(ended);
    assert_client(ended, "2001:db8::1", 5000, "2001:db8::2", 53);
    assert_int_equal(flow->answer, FM_ANSWERED);
    assert_int_equal(flow->bytes[FM_TO_SERVER], 184 - 2 * 62);
    assert_int_equal(flow->bytes[FM_TO_CLIENT], 0); /* never negative */
    assert_int_equal(ended->time, TIME - 250000);   /* without an end: the start */
    feed(fixture,
            "{" AT ",\"event_type\":\"flow\",\"src_ip\":\"10.0.0.1\",\"dest_ip\":\"10.0.0.2\","
            "\"proto\":\"ICMP\",\"icmp_type\":8,\"icmp_code\":0,\"response_icmp_type\":3,"
            "\"flow\":{\"pkts_toserver\":1,\"pkts_toclient\":1}}");
    ended = collect_nth(fixture->collect, FM_FLOW_END, 1);
    assert_int_equal(ended->proto, 1);
    assert_int_equal(ended->cport, 8);
    assert_int_equal(((const struct fm_flow *)fm_body(ended))->answer, FM_UNREACHABLE);
    feed(fixture,
            "{" AT ",\"event_type\":\"flow\",\"src_ip\":\"10.0.0.1\",\"dest_ip\":\"10.0.0.2\","
            "\"proto\":\"ICMP\",\"icmp_type\":3,\"icmp_code\":1,\"flow\":{}}");
    assert_true(collect_nth(fixture->collect, FM_FLOW_END, 2)->flags & FM_REC_BACKSCATTER);
}

/* ---- transactions ---- */

/* What HTTP/2 tells only among its headers; settings alone are no request. */
static void http2(void **state)
{
    struct fixture *fixture = *state;
    const struct fm_rec *rec = one(fixture, FM_HTTP,
            EVENT("http", ENDS,
                    "\"http\":{\"version\":\"2\",\"url\":\"/a\",\"http_method\":\"POST\","
                    "\"status\":200,\"length\":7,\"request_headers\":[{\"name\":\":authority\","
                    "\"value\":\"two.example\"},{\"name\":\"referer\",\"value\":\"x\"},{\"name\":"
                    "\"content-length\",\"value\":\"55\"}],\"response_headers\":[{\"name\":"
                    "\"content-type\",\"value\":\"text/css; q=1\"},{\"name\":\"content-length\","
                    "\"value\":\"7\"}],\"http2\":{\"stream_id\":1}}"));
    const struct fm_http *http = fm_body(rec);
    assert_str(rec, http->host, "two.example");
    assert_str(rec, http->referrer, "x");
    assert_str(rec, http->content_type, "text/css");
    assert_str(rec, http->headers, ":authority,referer,content-length");
    assert_int_equal(http->bytes[FM_TO_SERVER], 55);
    assert_int_equal(http->bytes[FM_TO_CLIENT], 7);
    assert_true(rec->has & FM_HAS_BYTES);

    rec = one(fixture, FM_HTTP,
            EVENT("http", ENDS,
                    "\"http\":{\"version\":\"2\",\"url\":\"/a\",\"http_method\":\"POST\","
                    "\"length\":55,\"request_headers\":[{\"name\":\"content-length\",\"value\":"
                    "\"55\"}],\"http2\":{\"stream_id\":3}}"));
    assert_false(rec->has & FM_HAS_BYTES); /* 55 is what was sent */

    assert_int_equal(feed(fixture, EVENT("http", ENDS,
                             "\"http\":{\"version\":\"2\",\"http2\":{\"stream_id\":0,"
                             "\"request\":{\"settings\":[]}}}")),
            FM_LINE_IGNORED);
}

static void http(void **state)
{
    struct fixture *fixture = *state;
    const struct fm_rec *rec = one(fixture, FM_HTTP,
            EVENT("http", ENDS,
                    "\"http\":{\"hostname\":\"example.net\",\"url\":\"/a?b=c\",\"http_method\":"
                    "\"POST\",\"http_user_agent\":\"curl/8\",\"status\":404,\"length\":321,"
                    "\"http_content_type\":\"text/html\",\"request_headers\":[{\"name\":\"Host\","
                    "\"value\":\"example.net\"},{\"name\":\"content-length\",\"value\":\"55\"}]}"));
    const struct fm_http *http = fm_body(rec);
    assert_str(rec, http->host, "example.net");
    assert_str(rec, http->uri, "/a?b=c");
    assert_str(rec, http->method, "POST");
    assert_str(rec, http->agent, "curl/8");
    assert_str(rec, http->headers, "Host,content-length");
    assert_int_equal(http->status, 404);
    assert_int_equal(http->bytes[FM_TO_SERVER], 55);
    assert_int_equal(http->bytes[FM_TO_CLIENT], 321);
    assert_true(rec->has & FM_HAS_BYTES);
    assert_true(rec->has & FM_HAS_REFERRER); /* extended: it would have been told */
    assert_str(rec, http->referrer, "");
    assert_int_equal(http->via, FM_HTTP_PLAIN);
    assert_client(rec, "10.1.0.5", 40000, "192.0.2.9", 443);

    rec = one(fixture, FM_HTTP,
            EVENT("http", ENDS,
                    "\"http\":{\"hostname\":\"proxy\",\"url\":\"[2001:db8::1]:8443\","
                    "\"http_method\":\"CONNECT\"}"));
    http = fm_body(rec);
    assert_int_equal(http->via, FM_HTTP_CONNECT);
    assert_int_equal(http->port, 8443);
    assert_str(rec, http->host, "2001:db8::1");

    rec = one(fixture, FM_HTTP,
            EVENT("http", ENDS,
                    "\"http\":{\"url\":\"http://u:p@example.net/x\",\"http_method\":\"PUT\","
                    "\"length\":1}"));
    http = fm_body(rec);
    assert_int_equal(http->via, FM_HTTP_PROXIED);
    assert_int_equal(http->port, 80);
    assert_str(rec, http->host, "example.net");
    assert_int_equal(rec->has & FM_HAS_BYTES, 0); /* how much was put is not told */
}

static void tls(void **state)
{
    struct fixture *fixture = *state;
    const struct fm_rec *rec = one(fixture, FM_TLS,
            EVENT("tls", ENDS,
                    "\"tls\":{\"subject\":\"CN=a\",\"issuerdn\":\"CN=b\",\"serial\":\"01:02\","
                    "\"fingerprint\":\"aa:bb\",\"sni\":\"www.example.net\",\"version\":\"TLS 1.2\","
                    "\"notbefore\":\"2020-02-29T00:00:00\",\"notafter\":\"2030-01-01T00:00:00\","
                    "\"ja3\":{\"hash\":\"0123\",\"string\":\"771\"},\"ja4\":\"t13d\","
                    "\"client_alpns\":[\"h2\",\"http/1.1\"]}"));
    const struct fm_tls *tls = fm_body(rec);
    assert_str(rec, tls->sni, "www.example.net");
    assert_str(rec, tls->subject, "CN=a");
    assert_str(rec, tls->ja3, "0123");
    assert_str(rec, tls->ja4, "t13d");
    assert_str(rec, tls->alpn, "h2,http/1.1");
    assert_int_equal(tls->version, 0x0303);
    assert_int_equal(tls->not_before, INT64_C(1582934400) * FM_SECOND);
    assert_int_equal(rec->has,
            FM_HAS_NAME | FM_HAS_CERT | FM_HAS_JA3 | FM_HAS_JA4 | FM_HAS_ALPN | FM_HAS_VERSION);
    rec = one(fixture, FM_TLS, EVENT("tls", ENDS, "\"tls\":{\"version\":\"TLS 1.3 draft-28\"}"));
    tls = fm_body(rec);
    assert_int_equal(tls->version, 0x0304);
    assert_true(rec->has & FM_HAS_NAME); /* there was no SNI */
    rec = one(fixture, FM_TLS, EVENT("tls", ENDS, "\"tls\":{\"session_resumed\":true}"));
    assert_int_equal(rec->has, 0);
}

#define QUERY_ENDS                                                                                 \
    "\"src_ip\":\"10.1.0.5\",\"src_port\":5000,\"dest_ip\":\"10.1.0.1\",\"dest_port\":53,"         \
    "\"proto\":\"UDP\""
#define ANSWER_ENDS                                                                                \
    "\"src_ip\":\"10.1.0.1\",\"src_port\":53,\"dest_ip\":\"10.1.0.5\",\"dest_port\":5000,"         \
    "\"proto\":\"UDP\""

static void dns(void **state)
{
    struct fixture *fixture = *state;
    const struct fm_rec *rec = one(fixture, FM_DNS,
            EVENT("dns", QUERY_ENDS,
                    "\"dns\":{\"type\":\"query\",\"id\":1,\"rrname\":\"a.example\",\"rrtype\":"
                    "\"AAAA\",\"tx_id\":0,\"opcode\":0}"));
    const struct fm_dns *dns = fm_body(rec);
    assert_str(rec, dns->query, "a.example");
    assert_int_equal(dns->type, 28);
    assert_int_equal(dns->response, 0);
    assert_int_equal(rec->has, FM_HAS_NAME | FM_HAS_TYPE);

    /* Series 7, the answer told from the resolver's side. */
    rec = one(fixture, FM_DNS,
            EVENT("dns", ANSWER_ENDS,
                    "\"dns\":{\"version\":2,\"type\":\"answer\",\"rrname\":\"a.example\","
                    "\"rrtype\":"
                    "\"A\",\"rcode\":\"NOERROR\",\"answers\":[{\"rrname\":\"a.example\",\"rrtype\":"
                    "\"CNAME\",\"ttl\":300,\"rdata\":\"b.example\"},{\"rrname\":\"b.example\","
                    "\"rrtype\":\"A\",\"ttl\":60,\"rdata\":\"192.0.2.1\"}]}"));
    dns = fm_body(rec);
    assert_client(rec, "10.1.0.5", 5000, "10.1.0.1", 53);
    assert_int_equal(dns->response, 1);
    assert_int_equal(dns->answers, 2);
    assert_int_equal(dns->kept, 1);
    assert_int_equal(dns->ttl_s, 60);
    assert_int_equal(dns->answer_bytes, 9 + 4);
    assert_str(rec, dns->text, "b.example");
    assert_true(rec->has & FM_HAS_STATUS);

    /* Grouped answers have no times to live. */
    rec = one(fixture, FM_DNS,
            EVENT("dns", QUERY_ENDS,
                    "\"dns\":{\"type\":\"answer\",\"rrname\":\"a.example\",\"rrtype\":\"TXT\","
                    "\"rcode\":\"NOERROR\",\"grouped\":{\"TXT\":[\"x=1\",\"y\"]}}"));
    dns = fm_body(rec);
    assert_int_equal(dns->answers, 2);
    assert_str(rec, dns->text, "x=1");

    /* Series 8. */
    rec = one(fixture, FM_DNS,
            EVENT("dns", QUERY_ENDS,
                    "\"dns\":{\"version\":3,\"type\":\"response\",\"rcode\":\"NXDOMAIN\","
                    "\"queries\":"
                    "[{\"rrname\":\"c.example\",\"rrtype\":\"NULL\"}]}"));
    dns = fm_body(rec);
    assert_str(rec, dns->query, "c.example");
    assert_int_equal(dns->type, 10);
    assert_int_equal(dns->rcode, 3);
    assert_int_equal(dns->answers, 0);
    assert_client(rec, "10.1.0.5", 5000, "10.1.0.1", 53);

    /* Version 1: an event an answer. */
    rec = one(fixture, FM_DNS,
            EVENT("dns", QUERY_ENDS,
                    "\"dns\":{\"type\":\"answer\",\"rcode\":\"NOERROR\",\"rrname\":\"d.example\","
                    "\"rrtype\":\"A\",\"ttl\":5,\"rdata\":\"192.0.2.7\"}"));
    dns = fm_body(rec);
    assert_int_equal(dns->answers, 1);
    assert_int_equal(dns->kept, 1);
}

static void smb_with_rpc(void **state)
{
    struct fixture *fixture = *state;
    struct collect *collect = fixture->collect;
    const struct fm_rec *rec = one(fixture, FM_SMB,
            EVENT("smb", ENDS,
                    "\"smb\":{\"id\":4,\"dialect\":\"3.11\",\"command\":"
                    "\"SMB2_COMMAND_SESSION_SETUP\",\"status\":\"STATUS_LOGON_FAILURE\","
                    "\"status_code\":\"0xc000006d\",\"session_id\":18446744073709551615,"
                    "\"ntlmssp\":{\"domain\":\"LAB\",\"user\":\"ada\",\"host\":\"PC1\"}}"));
    const struct fm_smb *smb = fm_body(rec);
    assert_str(rec, smb->account, "ada");
    assert_str(rec, smb->domain, "LAB");
    assert_str(rec, smb->host, "PC1");
    assert_str(rec, smb->command, "session_setup");
    assert_int_equal(smb->status, 0xc000006d);

    rec = one(fixture, FM_SMB,
            EVENT("smb", ENDS,
                    "\"smb\":{\"command\":\"SMB1_COMMAND_SESSION_SETUP_ANDX\",\"filename\":"
                    "\"x\\u0000y\",\"size\":4096}"));
    smb = fm_body(rec);
    assert_str(rec, smb->command, "session_setup");
    assert_int_equal(smb->file.len, 3);
    assert_int_equal(smb->file_bytes, 4096);

    feed(fixture, EVENT("smb", ENDS,
                          "\"smb\":{\"command\":\"SMB2_COMMAND_IOCTL\",\"dcerpc\":{\"request\":"
                          "\"REQUEST\",\"response\":\"RESPONSE\",\"opnum\":12,\"req\":{\"frag_cnt\""
                          ":1,\"stub_data_size\":52},\"interfaces\":[{\"uuid\":"
                          "\"367abb81-9844-35f1-ad32-98f038001003\"}]}}"));
    rec = collect_nth(collect, FM_DCERPC, 0);
    const struct fm_dcerpc *rpc = fm_body(rec);
    assert_str(rec, rpc->interface, "367abb81-9844-35f1-ad32-98f038001003");
    assert_int_equal(rpc->opnum, 12);
    assert_int_equal(rpc->request, 1);
    assert_int_equal(rpc->stub_bytes, 52);
    assert_int_equal(rpc->status, 0);
    assert_true(rec->has & FM_HAS_STATUS);
    assert_int_equal(collect->sink.records[FM_SMB], 3);
}

static void dcerpc(void **state)
{
    struct fixture *fixture = *state;
    const struct fm_rec *rec = one(fixture, FM_DCERPC,
            EVENT("dcerpc", ENDS,
                    "\"dcerpc\":{\"request\":\"BIND\",\"interfaces\":[{\"uuid\":\"11111111\","
                    "\"ack_result\":2},{\"uuid\":\"22222222\",\"ack_result\":0}],\"response\":"
                    "\"BINDACK\"}"));
    const struct fm_dcerpc *rpc = fm_body(rec);
    assert_str(rec, rpc->interface, "22222222"); /* the one that was accepted */
    assert_int_equal(rpc->bind, 1);
    assert_int_equal(rpc->opnum, 0xffff);
    rec = one(fixture, FM_DCERPC,
            EVENT("dcerpc", ENDS,
                    "\"dcerpc\":{\"request\":\"REQUEST\",\"req\":{\"opnum\":3,\"stub_data_size\":8}"
                    ","
                    "\"response\":\"FAULT\"}"));
    rpc = fm_body(rec);
    assert_int_equal(rpc->opnum, 3);
    assert_int_equal(rpc->status, 1);
}

#define KDC_ENDS                                                                                   \
    "\"src_ip\":\"10.1.0.1\",\"src_port\":88,\"dest_ip\":\"10.1.0.5\",\"dest_port\":5000,"         \
    "\"proto\":\"UDP\""

static void krb5(void **state)
{
    struct fixture *fixture = *state;
    const struct fm_rec *rec = one(fixture, FM_KRB5,
            EVENT("krb5", KDC_ENDS,
                    "\"krb5\":{\"msg_type\":\"KRB_ERROR\",\"failed_request\":\"KRB_AS_REQ\","
                    "\"error_code\":\"KDC_ERR_PREAUTH_FAILED\",\"cname\":\"ada\",\"realm\":"
                    "\"LAB.EXAMPLE\",\"sname\":\"krbtgt/LAB.EXAMPLE\",\"encryption\":\"<none>\"}"));
    const struct fm_krb5 *krb5 = fm_body(rec);
    assert_client(rec, "10.1.0.5", 5000, "10.1.0.1", 88);
    assert_true(rec->flags & FM_REC_ORIG_KNOWN);
    assert_str(rec, krb5->account, "ada");
    assert_int_equal(krb5->type, 10);
    assert_int_equal(krb5->error, 24);
    assert_int_equal(rec->has & FM_HAS_ENCRYPTION, 0);
    rec = one(fixture, FM_KRB5,
            EVENT("krb5", KDC_ENDS,
                    "\"krb5\":{\"msg_type\":\"KRB_TGS_REP\",\"cname\":\"<empty>\",\"realm\":"
                    "\"LAB\","
                    "\"sname\":\"cifs/srv\",\"encryption\":\"aes256-cts-hmac-sha1-96\","
                    "\"ticket_encryption\":\"rc4-hmac\"}"));
    krb5 = fm_body(rec);
    assert_int_equal(krb5->type, 13);
    assert_int_equal(krb5->encryption, 18);
    assert_int_equal(krb5->ticket_encryption, 23);
    assert_int_equal(rec->has & FM_HAS_ACCOUNT, 0);
    assert_true(rec->has & FM_HAS_STATUS); /* success */
    rec = one(fixture, FM_KRB5,
            EVENT("krb5", KDC_ENDS,
                    "\"krb5\":{\"msg_type\":\"KRB_ERROR\",\"failed_request\":\"UNKNOWN\","
                    "\"error_code\":\"ErrorCode(93)\",\"encryption\":\"EncryptionType(-200)\"}"));
    krb5 = fm_body(rec);
    assert_int_equal(krb5->type, 30);
    assert_int_equal(krb5->error, 93);
    assert_int_equal(krb5->encryption, -200);
}

static void ldap(void **state)
{
    struct fixture *fixture = *state;
    const struct fm_rec *rec = one(fixture, FM_LDAP,
            EVENT("ldap", ENDS,
                    "\"ldap\":{\"request\":{\"message_id\":2,\"operation\":\"search_request\","
                    "\"search_request\":{\"base_object\":\"dc=lab\",\"scope\":2,\"filter\":"
                    "{\"type\":\"present\",\"value\":\"servicePrincipalName\"},\"attributes\":"
                    "[\"cn\",\"mail\"]}},\"responses\":[{\"operation\":\"search_result_entry\","
                    "\"search_result_entry\":{}},{\"operation\":\"search_result_entry\"},"
                    "{\"operation\":\"search_result_done\",\"search_result_done\":{\"result_code\":"
                    "\"Success\",\"message\":\"\"}}]}"));
    const struct fm_session *ldap = fm_body(rec);
    assert_str(rec, ldap->command, "search_request");
    assert_str(rec, ldap->domain, "dc=lab");
    assert_str(rec, ldap->argument, "servicePrincipalName");
    assert_str(rec, ldap->agent, "cn,mail");
    assert_int_equal(ldap->count, 2);
    assert_int_equal(ldap->status, 0);
    assert_true(rec->has & FM_HAS_STATUS);
    rec = one(fixture, FM_LDAP,
            EVENT("ldap", ENDS,
                    "\"ldap\":{\"request\":{\"operation\":\"bind_request\",\"bind_request\":{"
                    "\"version\":3,\"name\":\"cn=ada\"}},\"responses\":[{\"operation\":"
                    "\"bind_response\",\"bind_response\":{\"result_code\":\"invalid_credentials\","
                    "\"message\":\"no\"}}]}"));
    ldap = fm_body(rec);
    assert_str(rec, ldap->account, "cn=ada");
    assert_str(rec, ldap->reply, "no");
    assert_int_equal(ldap->status, 49);
}

static void logins(void **state)
{
    struct fixture *fixture = *state;
    const struct fm_rec *rec = one(fixture, FM_FTP,
            EVENT("ftp", ENDS,
                    "\"ftp\":{\"command\":\"USER\",\"command_data\":\"ada\",\"completion_code\":"
                    "[\"331\"],\"reply\":[\"Password?\"]}"));
    const struct fm_session *body = fm_body(rec);
    assert_str(rec, body->account, "ada");
    assert_int_equal(body->status, 331);
    rec = one(fixture, FM_FTP,
            EVENT("ftp", ENDS,
                    "\"ftp\":{\"command\":\"PASS\",\"command_data\":\"secret\",\"completion_code\":"
                    "[\"530\"],\"reply\":[\"No.\"]}"));
    body = fm_body(rec);
    assert_null(memmem(rec, rec->size, "secret", 6)); /* passwords stay where they are */
    assert_int_equal(body->status, 530);
    rec = one(fixture, FM_FTP,
            EVENT("ftp", ENDS,
                    "\"ftp\":{\"command\":\"PASS\",\"reply\":[\"230-Welcome.\",\" Be quick.\"]}"));
    body = fm_body(rec);
    assert_int_equal(body->status, 230); /* series 8 has no code of a reply in many lines */
    assert_str(rec, body->reply, "Welcome.");
    rec = one(fixture, FM_FTP,
            EVENT("ftp", ENDS,
                    "\"ftp\":{\"command\":\"RETR\",\"command_data\":\"a.zip\",\"completion_code\":"
                    "[\"150\",\"226\"],\"reply\":[\"Opening\",\"Done\"]}"));
    body = fm_body(rec);
    assert_str(rec, body->argument, "a.zip");
    assert_str(rec, body->reply, "Done");
    assert_int_equal(body->status, 226);

    rec = one(fixture, FM_SSH,
            EVENT("ssh", ENDS,
                    "\"ssh\":{\"client\":{\"proto_version\":\"2.0\",\"software_version\":"
                    "\"libssh\","
                    "\"hassh\":{\"hash\":\"abcd\"}},\"server\":{\"software_version\":\"OpenSSH\"}"
                    "}"));
    body = fm_body(rec);
    assert_str(rec, body->agent, "libssh");
    assert_str(rec, body->reply, "OpenSSH");
    assert_str(rec, body->fingerprint, "abcd");

    rec = one(fixture, FM_RDP,
            EVENT("rdp",
                    "\"src_ip\":\"192.0.2.9\",\"src_port\":3389,\"dest_ip\":\"10.1.0.5\","
                    "\"dest_port\":40000,\"proto\":\"TCP\"",
                    "\"rdp\":{\"tx_id\":0,\"event_type\":\"initial_request\",\"cookie\":\"ada\"}"));
    body = fm_body(rec);
    assert_client(rec, "10.1.0.5", 40000, "192.0.2.9", 3389);
    assert_str(rec, body->account, "ada");
    assert_str(rec, body->command, "initial_request");

    rec = one(fixture, FM_RFB,
            EVENT("rfb", ENDS,
                    "\"rfb\":{\"client_protocol_version\":{\"major\":\"003\",\"minor\":\"008\"},"
                    "\"authentication\":{\"security_type\":2,\"security_result\":\"FAIL\"}}"));
    body = fm_body(rec);
    assert_int_equal(body->status, 1);
    assert_int_equal(body->count, 2);

    rec = one(fixture, FM_SMTP,
            EVENT("smtp", ENDS,
                    "\"smtp\":{\"helo\":\"pc1\",\"mail_from\":\"<a@example>\",\"rcpt_to\":"
                    "[\"<b@example>\",\"<c@example>\"]}"));
    body = fm_body(rec);
    assert_str(rec, body->account, "<a@example>");
    assert_str(rec, body->argument, "<b@example>,<c@example>");
    assert_int_equal(body->count, 2);

    rec = one(fixture, FM_MQTT,
            EVENT("mqtt", ENDS,
                    "\"mqtt\":{\"connect\":{\"client_id\":\"dev\",\"username\":\"ada\","
                    "\"password\":"
                    "\"p\"},\"connack\":{\"return_code\":5}}"));
    body = fm_body(rec);
    assert_str(rec, body->command, "connect");
    assert_str(rec, body->account, "ada");
    assert_int_equal(body->status, 5);
    rec = one(fixture, FM_MQTT,
            EVENT("mqtt", ENDS,
                    "\"mqtt\":{\"subscribe\":{\"topics\":[{\"topic\":\"a/#\",\"qos\":0},"
                    "{\"topic\":\"b\"}]}}"));
    body = fm_body(rec);
    assert_str(rec, body->argument, "a/#,b");
    assert_int_equal(body->count, 2);
}

static void plant(void **state)
{
    struct fixture *fixture = *state;
    const struct fm_rec *rec = one(fixture, FM_MODBUS,
            EVENT("modbus", ENDS,
                    "\"modbus\":{\"id\":1,\"request\":{\"unit_id\":17,\"function_raw\":16,"
                    "\"write\":"
                    "{\"address\":4,\"quantity\":2,\"data\":\"\\u0000\\u0001\"}},\"response\":"
                    "{\"unit_id\":17,\"function_raw\":144,\"exception\":{\"raw\":2}}}"));
    const struct fm_ics *ics = fm_body(rec);
    assert_int_equal(ics->function, 16);
    assert_int_equal(ics->unit, 17);
    assert_int_equal(ics->address, 4);
    assert_int_equal(ics->quantity, 2);
    assert_int_equal(ics->exception, 2);
    rec = one(fixture, FM_DNP3,
            EVENT("dnp3", ENDS,
                    "\"dnp3\":{\"type\":\"request\",\"src\":3,\"dst\":4,\"application\":"
                    "{\"function_code\":13}}"));
    ics = fm_body(rec);
    assert_int_equal(ics->function, 13);
    assert_int_equal(ics->unit, 4);
    rec = one(fixture, FM_DNP3,
            EVENT("dnp3", ENDS,
                    "\"dnp3\":{\"request\":{\"src\":3,\"dst\":4,\"application\":{\"function_code\":"
                    "2}}}"));
    assert_int_equal(((const struct fm_ics *)fm_body(rec))->function, 2);
    rec = one(fixture, FM_ENIP,
            EVENT("enip", ENDS,
                    "\"enip\":{\"request\":{\"command\":\"register_session\",\"status\":"
                    "\"success\"},"
                    "\"response\":{\"command\":\"register_session\",\"status\":\"invalid\"}}"));
    ics = fm_body(rec);
    assert_int_equal(ics->function, 0x65);
    assert_int_equal(ics->exception, 1);
}

static void dhcp(void **state)
{
    struct fixture *fixture = *state;
    const struct fm_rec *rec = one(fixture, FM_DHCP,
            EVENT("dhcp",
                    "\"src_ip\":\"10.1.0.1\",\"src_port\":67,\"dest_ip\":\"10.1.0.5\","
                    "\"dest_port\":68,\"proto\":\"UDP\"",
                    "\"dhcp\":{\"type\":\"reply\",\"client_mac\":\"02:00:00:00:00:07\","
                    "\"assigned_ip\":\"10.1.0.5\",\"dhcp_type\":\"ack\",\"lease_time\":3600,"
                    "\"hostname\":\"pc1\"}"));
    const struct fm_dhcp *dhcp = fm_body(rec);
    char text[FM_ADDR_TEXT];
    assert_client(rec, "10.1.0.1", 67, "10.1.0.5", 68); /* nobody asked in this flow */
    assert_int_equal(dhcp->type, 5);
    assert_int_equal(dhcp->lease_s, 3600);
    assert_int_equal(dhcp->mac.byte[5], 7);
    assert_string_equal(fm_addr_print(&dhcp->given, text), "10.1.0.5");
    assert_int_equal(rec->has, FM_HAS_NAME | FM_HAS_MAC | FM_HAS_TYPE | FM_HAS_LEASE);
    one(fixture, FM_DHCP,
            EVENT("dhcp",
                    "\"src_ip\":\"10.1.0.5\",\"src_port\":68,\"dest_ip\":\"10.1.0.1\","
                    "\"dest_port\":67,\"proto\":\"UDP\"",
                    "\"dhcp\":{\"type\":\"request\",\"dhcp_type\":\"request\"}"));
    rec = one(fixture, FM_DHCP,
            EVENT("dhcp",
                    "\"src_ip\":\"10.1.0.1\",\"src_port\":67,\"dest_ip\":\"10.1.0.5\","
                    "\"dest_port\":68,\"proto\":\"UDP\"",
                    "\"dhcp\":{\"type\":\"reply\",\"dhcp_type\":\"ack\"}"));
    assert_client(rec, "10.1.0.5", 68, "10.1.0.1", 67);
}

/* Whose side src_ip is on: by what the event says, what others of the flow said, or the ports. */
static void sides(void **state)
{
    struct fixture *fixture = *state;
    const char *file = "\"app_proto\":\"http\",\"fileinfo\":{\"filename\":\"/x\",\"size\":9,"
                       "\"sha256\":\"ab\"}";
    char line[1000];
    snprintf(line, sizeof(line), EVENT("fileinfo", BACK, "%s"), file);
    const struct fm_rec *rec = one(fixture, FM_FILEINFO, line);
    const struct fm_fileinfo *info = fm_body(rec);
    assert_client(rec, "10.1.0.5", 40000, "192.0.2.9", 443);
    assert_int_equal(info->to_server, 0);
    assert_int_equal(info->bytes, 9);
    assert_int_equal(info->app, FM_APP_HTTP);
    assert_int_equal(rec->flags & FM_REC_ORIG_KNOWN, 0); /* by ports: a guess */

    /* After an HTTP event of the flow it is known, and against the ports. */
#define ODD                                                                                        \
    "\"src_ip\":\"10.1.0.5\",\"src_port\":2000,\"dest_ip\":\"192.0.2.9\",\"dest_port\":8080,"      \
    "\"proto\":\"TCP\""
#define ODD_BACK                                                                                   \
    "\"src_ip\":\"192.0.2.9\",\"src_port\":8080,\"dest_ip\":\"10.1.0.5\",\"dest_port\":2000,"      \
    "\"proto\":\"TCP\""
    one(fixture, FM_HTTP, EVENT("http", ODD, "\"http\":{}"));
    snprintf(line, sizeof(line), EVENT("fileinfo", ODD_BACK, "%s"), file);
    rec = one(fixture, FM_FILEINFO, line);
    assert_client(rec, "10.1.0.5", 2000, "192.0.2.9", 8080);
    assert_true(rec->flags & FM_REC_ORIG_KNOWN);
    snprintf(line, sizeof(line), EVENT("fileinfo", ODD, "%s"), file);
    rec = one(fixture, FM_FILEINFO, line);
    assert_client(rec, "10.1.0.5", 2000, "192.0.2.9", 8080);
    assert_int_equal(((const struct fm_fileinfo *)fm_body(rec))->to_server, 1);

    /* Alerts: by `direction`, or by the flow inside. */
    const char *alert = "\"alert\":{\"signature_id\":2000,\"gid\":1,\"rev\":3,\"severity\":2,"
                        "\"signature\":\"S\",\"category\":\"C\",\"metadata\":{\"confidence\":"
                        "[\"High\"],\"mitre_technique_id\":[\"T1046\",\"T1595\"]}}";
    snprintf(line, sizeof(line), EVENT("alert", ENDS, "\"direction\":\"to_client\",%s"), alert);
    rec = one(fixture, FM_ALERT, line);
    const struct fm_alert *body = fm_body(rec);
    assert_client(rec, "192.0.2.9", 443, "10.1.0.5", 40000);
    assert_int_equal(body->to_client, 1);
    assert_int_equal(body->sid, 2000);
    assert_str(rec, body->technique, "T1046,T1595");
    assert_str(rec, body->confidence, "High");
    snprintf(line, sizeof(line),
            EVENT("alert", BACK, "\"flow\":{\"src_ip\":\"192.0.2.9\",\"src_port\":443},%s"), alert);
    rec = one(fixture, FM_ALERT, line);
    assert_client(rec, "192.0.2.9", 443, "10.1.0.5", 40000);
    assert_int_equal(((const struct fm_alert *)fm_body(rec))->to_client, 0);
}

#define ALERT(metadata)                                                                            \
    EVENT("alert", ENDS, "\"alert\":{\"signature_id\":5,\"metadata\":{" metadata "}}")

static void alerts_name_behaviour(void **state)
{
    struct fixture *fixture = *state;
    const struct fm_rec *rec = one(fixture, FM_ALERT,
            ALERT("\"behavior_type\":[\"beacon\"],\"behavior_category\":[\"recon\"],"
                  "\"behavior_certainty\":[\"30\"]"));
    const struct fm_alert *body = fm_body(rec);

    assert_str(rec, body->behavior, "beacon");
    assert_int_equal(body->claim, 30);
    rec = one(fixture, FM_ALERT,
            ALERT("\"behavior_category\":[\"recon\"],\"behavior_certainty\":[\"many\"]"));
    body = fm_body(rec);
    assert_str(rec, body->behavior, "category:recon");
    assert_int_equal(body->claim, 0);
    rec = one(fixture, FM_ALERT,
            ALERT("\"behavior_type\":[\"tor\"],\"behavior_certainty\":[\"900\"]"));
    assert_int_equal(((const struct fm_alert *)fm_body(rec))->claim, 100);
    rec = one(fixture, FM_ALERT,
            ALERT("\"behavior_type\":[\"tor\"],\"behavior_certainty\":[\"-5\"]"));
    assert_int_equal(((const struct fm_alert *)fm_body(rec))->claim, 0);
    rec = one(fixture, FM_ALERT, ALERT("\"behavior_type\":[],\"behavior_certainty\":[7]"));
    assert_int_equal(((const struct fm_alert *)fm_body(rec))->behavior.len, 0);
    assert_int_equal(feed(fixture, ALERT("\"behavior\":[\"recon\"]")), FM_LINE_IGNORED);
}

static void quic(void **state)
{
    struct fixture *fixture = *state;
    const struct fm_rec *rec = one(fixture, FM_QUIC,
            EVENT("quic", ENDS,
                    "\"quic\":{\"version\":\"1\",\"sni\":\"q.example\",\"ja4\":\"q13d\","
                    "\"extensions\":[{\"name\":\"alpn\",\"type\":16,\"values\":[\"h3\"]}]}"));
    const struct fm_tls *quic = fm_body(rec);
    assert_str(rec, quic->sni, "q.example");
    assert_str(rec, quic->alpn, "h3");
    assert_int_equal(quic->version, 1);
}

/* ---- lines that are none of these ---- */

static void other_lines(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(feed(fixture, "{" AT ",\"event_type\":\"stats\",\"stats\":{}}"),
            FM_LINE_IGNORED);
    assert_int_equal(feed(fixture, "{" AT ",\"event_type\":\"netflow\"}"), FM_LINE_IGNORED);
    assert_int_equal(feed(fixture, "{" AT ",\"event_type\":\"behavior\"}"), FM_LINE_IGNORED);
    assert_int_equal(feed(fixture, "{" AT ",\"event_type\":\"teleport\"}"), FM_LINE_UNKNOWN);
    assert_string_equal(fixture->why, "teleport");
    assert_int_equal(feed(fixture, "{" AT ",\"event_type\":\"dns\",\"dns\":{}}"), FM_LINE_VALUE);
    assert_int_equal(feed(fixture, EVENT("dns", ENDS, "\"tls\":{}")), FM_LINE_VALUE);
    assert_int_equal(feed(fixture, EVENT("tls", ENDS, "\"tls\":7")), FM_LINE_VALUE);
    assert_int_equal(feed(fixture, "{\"event_type\":\"flow\"," ENDS "}"), FM_LINE_VALUE);
    assert_int_equal(feed(fixture, "{\"event_type\":7}"), FM_LINE_BROKEN);
    assert_int_equal(feed(fixture, "[1]"), FM_LINE_BROKEN);
    assert_int_equal(feed(fixture, "{\"event_type\":\"dns\""), FM_LINE_BROKEN);
    assert_int_equal(feed(fixture, "{\"a\":\"\xff\xfe\"}"), FM_LINE_BROKEN);
    assert_int_equal(feed(fixture, ""), FM_LINE_BROKEN);
    assert_int_equal(fixture->collect->count, 0);
}

/* Values of the wrong type and size are as if they were missing. */
static void odd_values(void **state)
{
    struct fixture *fixture = *state;
    const struct fm_rec *rec = one(fixture, FM_HTTP,
            EVENT("http", ENDS,
                    "\"http\":{\"hostname\":{},\"url\":[1],\"status\":\"x\",\"length\":-5,"
                    "\"request_headers\":{},\"http_method\":\"GET\"}"));
    const struct fm_http *http = fm_body(rec);
    assert_int_equal(http->status, 0);
    assert_int_equal(http->host.len, 0);
    assert_int_equal(rec->has & FM_HAS_BYTES, 0);
    rec = one(fixture, FM_HTTP, EVENT("http", ENDS, "\"http\":{\"status\":1e300,\"length\":1e18}"));
    http = fm_body(rec);
    assert_int_equal(http->status, 0);
    assert_int_equal(http->bytes[FM_TO_CLIENT], UINT64_C(1000000000000000000));
}

static void long_strings(void **state)
{
    struct fixture *fixture = *state;
    static char line[40000];
    char uri[20001];
    memset(uri, 'u', 20000);
    uri[20000] = '\0';
    snprintf(line, sizeof(line), EVENT("http", ENDS, "\"http\":{\"url\":\"%s\"}"), uri);
    const struct fm_rec *rec = one(fixture, FM_HTTP, line);
    const struct fm_http *http = fm_body(rec);
    assert_int_equal(http->uri.len, FM_HTTP_URI_MAX);
    assert_true(rec->flags & FM_REC_CUT);
}

/* ---- texts that crossed the ring ---- */

union space {
    struct fm_rec rec;
    char bytes[FM_REC_MAX];
};

static void texts(void **state)
{
    (void)state;
    union space text, told;
    static const char smb[] =
            "{\"smb\":{\"command\":\"SMB2_COMMAND_WRITE\",\"dcerpc\":{\"request\":"
            "\"REQUEST\",\"opnum\":15}}}";
    struct fm_rec_text *body = fm_rec_begin_text(&text.rec, FM_SMB);
    text.rec.time = 5;
    text.rec.sport = 445;
    text.rec.flags |= FM_REC_ORIG_KNOWN;
    fm_rec_put(&text.rec, &body->json, smb, sizeof(smb) - 1, 4096);
    assert_true(fm_rec_valid(&text.rec, text.rec.size));
    assert_true(fm_eve_tx(&text.rec, &told.rec));
    assert_true(fm_rec_valid(&told.rec, told.rec.size));
    assert_int_equal(told.rec.flags, FM_REC_ORIG_KNOWN);
    assert_int_equal(told.rec.sport, 445);
    assert_int_equal(told.rec.time, 5);
    assert_str(&told.rec, ((struct fm_smb *)(&told.rec + 1))->command, "write");
    assert_true(fm_eve_inner(&text.rec, &told.rec));
    assert_int_equal(told.rec.kind, FM_DCERPC);
    assert_int_equal(((struct fm_dcerpc *)(&told.rec + 1))->opnum, 15);
    text.rec.kind = FM_KRB5; /* a text that holds something else */
    assert_false(fm_eve_tx(&text.rec, &told.rec));
    assert_false(fm_eve_inner(&text.rec, &told.rec));
    text.rec.kind = FM_SMB;
    body->json.len -= 3; /* cut */
    assert_false(fm_eve_tx(&text.rec, &told.rec));
    assert_false(fm_eve_inner(&text.rec, &told.rec));
}

/* ---- files ---- */

static void whole_files(void **state)
{
    (void)state;
    struct fm_mem mem = { 0 };
    static char bytes[(2 << 20) + 4096];
    char path[64], *at = bytes;
    at += sprintf(at, "%s\n{broken\n\n%s\r\n", EVENT("tls", ENDS, "\"tls\":{}"),
            EVENT("tls", ENDS, "\"tls\":{}"));
    memset(at, 'x', 2 << 20); /* a line too long */
    at += 2 << 20;
    at += sprintf(at, "\n%s", EVENT("tls", ENDS, "\"tls\":{}")); /* no line end */
    temporary(path, sizeof(path), bytes, (size_t)(at - bytes));
    struct collect *collect = collect_new();
    assert_int_equal(fm_source_read(&mem, path, &collect->sink), 1);
    assert_int_equal(collect->sink.records[FM_TLS], 3);
    assert_int_equal(collect->sink.slips[FM_SLIP_BROKEN], 1);
    assert_int_equal(collect->sink.slips[FM_SLIP_LONG], 1);
    assert_int_equal(collect->lines, 2);
    char wanted[100];
    snprintf(wanted, sizeof(wanted), "%s:2: line skipped (", path);
    assert_memory_equal(collect->said[0], wanted, strlen(wanted));
    collect_free(collect);

    collect = collect_new();
    collect->stop_after = 1;
    fm_source_read(&mem, path, &collect->sink);
    assert_int_equal(collect->count, 1);
    collect_free(collect);

    for (uint64_t n = 1; n <= 3; n++) { /* memory fails at each allocation */
        collect = collect_new();
        mem.fail_at = mem.calls + n;
        assert_int_equal(fm_source_read(&mem, path, &collect->sink), 0);
        assert_int_equal(collect->sink.slips[FM_SLIP_MEMORY], 1);
        assert_int_equal(mem.used_bytes, 0);
        collect_free(collect);
    }
    unlink(path);
}

static void slips_by_decade(void **state)
{
    (void)state;
    struct fm_mem mem = { 0 };
    char path[64], bytes[4000], *at = bytes;
    at += sprintf(at, "{\"event_type\":\"flow\"}\n");
    for (int i = 0; i < 250; i++)
        at += sprintf(at, "{\"x\x1b%d\n", i % 10);
    temporary(path, sizeof(path), bytes, (size_t)(at - bytes));
    struct collect *collect = collect_new();
    fm_source_read(&mem, path, &collect->sink);
    assert_int_equal(collect->sink.slips[FM_SLIP_BROKEN], 250);
    assert_int_equal(collect->lines, 1 + 3);
    assert_non_null(strstr(collect->said[3], "[100 so far]"));
    for (size_t i = 0; i < collect->lines; i++)
        assert_null(strchr(collect->said[i], '\x1b'));
    collect_free(collect);
    unlink(path);
}

static void cut_gzip(void **state)
{
    (void)state;
    struct fm_mem mem = { 0 };
    char path[64];
    static char bytes[1 << 16];
    temporary(path, sizeof(path), "", 0);
    gzFile gz = gzopen(path, "wb");
    uint64_t seed = 1;
    for (int i = 0; i < 300; i++)
        gzprintf(gz, EVENT("tls", ENDS, "\"tls\":{\"sni\":\"%llx.example\"}") "\n",
                (unsigned long long)seeded(&seed));
    gzclose(gz);
    FILE *file = fopen(path, "rb");
    size_t len = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    uint64_t last = 0;
    for (size_t keep = 200; keep <= len; keep += 500) {
        uint64_t count = 0;
        struct collect *collect = collect_new();
        file = fopen(path, "wb");
        fwrite(bytes, 1, keep, file);
        fclose(file);
        collect->stop_after = COLLECT_MAX;
        fm_source_read(&mem, path, &collect->sink);
        count = collect->count;
        assert_true(count >= last);
        if (count < COLLECT_MAX)
            assert_true(collect->sink.slips[FM_SLIP_CUT] == 1 ||
                        collect->sink.slips[FM_SLIP_FORMAT] == 1);
        last = count;
        collect_free(collect);
    }
    assert_true(last > 200);
    unlink(path);
}

static void what_is_no_source(void **state)
{
    (void)state;
    struct fm_mem mem = { 0 };
    char path[64];
    struct collect *collect = collect_new();
    assert_int_equal(fm_source_read(&mem, "/nonexistent", &collect->sink), 0);
    assert_int_equal(collect->sink.slips[FM_SLIP_OPEN], 1);
    temporary(path, sizeof(path),
            "\x7f"
            "ELF\x02\x01\x01\x00\n\n\n{",
            12);
    assert_int_equal(fm_source_read(&mem, path, &collect->sink), 0);
    assert_int_equal(collect->sink.slips[FM_SLIP_FORMAT], 1);
    unlink(path);
    assert_int_equal(fm_source_read(&mem, "/dev/null", &collect->sink), 0);
    assert_int_equal(collect->sink.slips[FM_SLIP_OPEN], 2);
    collect_free(collect);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(whole_flow),
        TEST(outcomes),
        TEST(turned_flows),
        TEST(datagram_flows),
        TEST(http),
        TEST(tls),
        TEST(dns),
        TEST(smb_with_rpc),
        TEST(dcerpc),
        TEST(krb5),
        TEST(http2),
        TEST(ldap),
        TEST(logins),
        TEST(plant),
        TEST(dhcp),
        TEST(sides),
        TEST(alerts_name_behaviour),
        TEST(quic),
        TEST(other_lines),
        TEST(odd_values),
        TEST(long_strings),
        cmocka_unit_test(texts),
        cmocka_unit_test(whole_files),
        cmocka_unit_test(slips_by_decade),
        cmocka_unit_test(cut_gzip),
        cmocka_unit_test(what_is_no_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
