/* The reader of Zeek's logs: TSV and JSON, columns in any order, conn_state by conn_state, each log
 * that is read; lines that are broken, logs that are not read, folders. */
#include "collect.h"

#include "base/addr.h"
#include "record/source.h"
#include "record/zeek.h"

#include <sys/stat.h>

#define HEAD(path, fields)                                                                         \
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t" path    \
    "\n#open\t2024-05-01-08-00-00\n#fields\t" fields "\n#types\tanything\n"
#define COMMON "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p"
#define ENDS "1714550400.250000\tCabc\t10.1.0.5\t40000\t192.0.2.9\t443"
#define JSON                                                                                       \
    "\"ts\":1714550400.25,\"uid\":\"Cabc\",\"id.orig_h\":\"10.1.0.5\",\"id.orig_p\":40000,"        \
    "\"id.resp_h\":\"192.0.2.9\",\"id.resp_p\":443"
#define TIME INT64_C(1714550400250000)

struct fixture {
    struct fm_mem mem;
    struct fm_zeek *zeek;
    struct collect *collect;
    char why[160];
};

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->zeek = fm_zeek_new(&fixture->mem);
    fixture->collect = collect_new();
    *state = fixture;
    return 0;
}

/* What the matrix of sources says cannot come does not. */
static void assert_as_promised(const struct collect *collect)
{
    for (size_t i = 0; i < collect->count; i++) {
        const struct fm_rec *rec = collect->rec[i];
        assert_int_equal(rec->has & ~fm_source_fields(FM_ZEEK, rec->kind), 0);
    }
}

static int end(void **state)
{
    struct fixture *fixture = *state;
    assert_as_promised(fixture->collect);
    fm_zeek_free(fixture->zeek);
    assert_int_equal(fixture->mem.used_bytes, 0);
    collect_free(fixture->collect);
    free(fixture);
    return 0;
}

/* All lines of `text`; what became of the last. */
static enum fm_line feed(struct fixture *fixture, const char *text)
{
    char copy[8192];
    enum fm_line read = FM_LINE_BROKEN;
    snprintf(copy, sizeof(copy), "%s", text);
    for (char *line = copy, *stop; line; line = stop) {
        stop = strchr(line, '\n');
        if (stop)
            *stop++ = '\0';
        read = fm_zeek_line(fixture->zeek, line, strlen(line), &fixture->collect->sink,
                fixture->why);
    }
    return read;
}

static const struct fm_rec *one(struct fixture *fixture, enum fm_kind kind, const char *text)
{
    size_t before = fixture->collect->count;
    assert_int_equal(feed(fixture, text), FM_LINE_READ);
    assert_int_equal(fixture->collect->count, before + 1);
    const struct fm_rec *rec = fixture->collect->rec[before];
    assert_int_equal(rec->kind, kind);
    assert_int_equal(rec->time, TIME);
    assert_int_equal(rec->cport, 40000);
    assert_true(rec->flow_id > 0 && rec->flow_id < UINT64_C(1) << 53);
    return rec;
}

/* ---- conn ---- */

static void conn(void **state)
{
    struct fixture *fixture = *state;
    struct collect *collect = fixture->collect;
    /* Columns in another order, labels behind, a name in front. */
    assert_int_equal(
            feed(fixture,
                    HEAD("conn", "_node_name\tproto\tservice\tduration\torig_bytes\tresp_bytes\t"
                                 "conn_state\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\t"
                                 "resp_ip_bytes\tvlan\torig_l2_addr\tresp_l2_addr\t" COMMON
                                 "\tlabel") "w1\ttcp\tssl\t2."
                                            "5\t1000\t5000\tSF\tShADadFf\t10\t1528\t9\t5476\t12\t"
                                            "02:00:00:00:00:01\t02:00:00:00:00:02\t" ENDS
                                            "\tMalicious"),
            FM_LINE_READ);
    assert_int_equal(collect->count, 4);
    const struct fm_rec *begun = collect_nth(collect, FM_FLOW_NEW, 0);
    const struct fm_rec *answered = collect_nth(collect, FM_FLOW_ANSWER, 0);
    const struct fm_rec *closed = collect_nth(collect, FM_FLOW_CLOSE, 0);
    const struct fm_rec *ended = collect_nth(collect, FM_FLOW_END, 0);
    assert_int_equal(begun->time, TIME);
    assert_int_equal(answered->time, TIME);
    assert_int_equal(closed->time, TIME + 2500000);
    assert_int_equal(ended->time, TIME + 2500000);
    assert_int_equal(begun->flags, FM_REC_ORIG_KNOWN);
    const struct fm_flow *flow = fm_body(ended);
    assert_int_equal(flow->start, TIME);
    assert_int_equal(flow->bytes[FM_TO_SERVER], 1000);
    assert_int_equal(flow->bytes[FM_TO_CLIENT], 5000);
    assert_int_equal(flow->packets[FM_TO_CLIENT], 9);
    assert_int_equal(flow->answer, FM_ANSWERED);
    assert_int_equal(flow->close, FM_CLOSED);
    assert_int_equal(flow->app, FM_APP_TLS);
    assert_int_equal(flow->vlan, 12);
    assert_int_equal(flow->server_mac.byte[5], 2);
    assert_int_equal(ended->flow_id, begun->flow_id);
    assert_int_equal(ended->has, FM_HAS_ANSWER | FM_HAS_CLOSE | FM_HAS_BYTES | FM_HAS_PACKETS |
                                         FM_HAS_MAC | FM_HAS_VLAN | FM_HAS_APP);
}

struct outcome {
    const char *state, *history;
    int pkts[2];
    int answer, close;
    uint8_t flags;
    bool known;
};

static void conn_states(void **state)
{
    static const struct outcome outcomes[] = {
        { "S0", "S", { 1, 0 }, FM_NO_ANSWER, FM_OPEN, FM_REC_ORIG_KNOWN, true },
        { "S0", "SADF", { 4, 0 }, FM_ANSWER_INFERRED, FM_OPEN, FM_REC_ORIG_KNOWN, true },
        { "S1", "ShADd", { 3, 3 }, FM_ANSWERED, FM_OPEN, FM_REC_ORIG_KNOWN, true },
        { "SF", "ShADFaf", { 5, 4 }, FM_ANSWERED, FM_CLOSED, FM_REC_ORIG_KNOWN, true },
        { "REJ", "Sr", { 1, 1 }, FM_REFUSED, FM_RESET_BY_SERVER, FM_REC_ORIG_KNOWN, true },
        { "S2", "ShADF", { 5, 4 }, FM_ANSWERED, FM_OPEN, FM_REC_ORIG_KNOWN, true },
        { "S3", "ShADf", { 5, 4 }, FM_ANSWERED, FM_OPEN, FM_REC_ORIG_KNOWN, true },
        { "RSTO", "ShADR", { 5, 4 }, FM_ANSWERED, FM_RESET_BY_CLIENT, FM_REC_ORIG_KNOWN, true },
        { "RSTR", "ShADr", { 5, 4 }, FM_ANSWERED, FM_RESET_BY_SERVER, FM_REC_ORIG_KNOWN, true },
        { "RSTOS0", "SR", { 2, 0 }, FM_NO_ANSWER, FM_RESET_BY_CLIENT, FM_REC_ORIG_KNOWN, true },
        { "RSTRH", "^hr", { 0, 2 }, FM_NO_ANSWER, FM_RESET_BY_SERVER,
                FM_REC_BACKSCATTER | FM_REC_ORIG_KNOWN, false },
        { "SH", "SF", { 2, 0 }, FM_NO_ANSWER, FM_OPEN, FM_REC_ORIG_KNOWN, true },
        { "OTH", "DdAa", { 5, 5 }, FM_ANSWERED, FM_OPEN, FM_REC_MIDSTREAM, true },
        { "OTH", "D", { 5, 0 }, FM_NO_ANSWER, FM_OPEN, FM_REC_MIDSTREAM, false },
        { "OTH", "^r", { 0, 1 }, FM_NO_ANSWER, FM_OPEN, FM_REC_BACKSCATTER, false },
    };
    struct fixture *fixture = *state;
    feed(fixture, HEAD("conn", COMMON "\tproto\tconn_state\thistory\torig_pkts\tresp_pkts"));
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
        char line[400];
        snprintf(line, sizeof(line), ENDS "\ttcp\t%s\t%s\t%d\t%d", outcomes[i].state,
                outcomes[i].history, outcomes[i].pkts[0], outcomes[i].pkts[1]);
        assert_int_equal(feed(fixture, line), FM_LINE_READ);
        const struct fm_rec *ended = collect_nth(fixture->collect, FM_FLOW_END, i);
        const struct fm_flow *flow = fm_body(ended);
        assert_int_equal(flow->answer, outcomes[i].answer);
        assert_int_equal(flow->close, outcomes[i].close);
        assert_int_equal(ended->flags, outcomes[i].flags);
        assert_int_equal((ended->has & FM_HAS_ANSWER) != 0, outcomes[i].known);
        assert_int_equal(ended->has & FM_HAS_BYTES, 0);
        assert_int_equal(ended->time, TIME);
    }
}

static void conn_json(void **state)
{
    struct fixture *fixture = *state;
    const struct fm_flow *flow;
    feed(fixture, "{" JSON ",\"proto\":\"udp\",\"service\":\"quic,ssl\",\"duration\":1.0,"
                  "\"conn_state\":\"SF\",\"orig_pkts\":2,\"orig_ip_bytes\":156,\"resp_pkts\":1,"
                  "\"resp_ip_bytes\":20}");
    flow = fm_body(collect_nth(fixture->collect, FM_FLOW_END, 0));
    assert_int_equal(flow->answer, FM_ANSWERED);
    assert_int_equal(flow->app, FM_APP_QUIC);
    assert_int_equal(flow->bytes[FM_TO_SERVER], 156 - 2 * 28); /* from IP bytes */
    assert_int_equal(flow->bytes[FM_TO_CLIENT], 0);
    feed(fixture, "{\"ts\":\"2024-05-01T08:00:00.250000Z\",\"uid\":\"C2\",\"id.orig_h\":"
                  "\"2001:db8::1\",\"id.orig_p\":3,\"id.resp_h\":\"2001:db8::2\",\"id.resp_p\":1,"
                  "\"proto\":\"icmp\",\"conn_state\":\"OTH\",\"orig_pkts\":1,\"resp_pkts\":0}");
    const struct fm_rec *ended = collect_nth(fixture->collect, FM_FLOW_END, 1);
    assert_int_equal(ended->proto, 58);
    assert_int_equal(ended->time, TIME);
    assert_int_equal(((const struct fm_flow *)fm_body(ended))->answer, FM_NO_ANSWER);
    assert_int_equal(ended->flags, FM_REC_BACKSCATTER);
    assert_int_equal(ended->client.byte[15], 2); /* whose packet the error is about */
    feed(fixture, "{" JSON ",\"proto\":\"tcp\",\"service\":\"gssapi,smb,ntlm\",\"conn_state\":"
                  "\"SF\",\"orig_bytes\":5,\"resp_bytes\":6}");
    flow = fm_body(collect_nth(fixture->collect, FM_FLOW_END, 2));
    assert_int_equal(flow->app, FM_APP_SMB);
    feed(fixture, "{" JSON ",\"proto\":\"tcp\",\"conn_state\":\"SF\",\"orig_bytes\":5,"
                  "\"resp_bytes\":6}");
    flow = fm_body(collect_nth(fixture->collect, FM_FLOW_END, 3));
    assert_int_equal(flow->app, FM_APP_FAILED); /* both spoke, and Zeek knew neither */
}

/* ---- transactions ---- */

static void http(void **state)
{
    struct fixture *fixture = *state;
    const struct fm_rec *rec = one(fixture, FM_HTTP,
            HEAD("http", COMMON "\ttrans_depth\tmethod\thost\turi\treferrer\tuser_agent\t"
                                "request_body_len\tresponse_body_len\tstatus_code\t"
                                "resp_mime_types\tclient_header_names") ENDS
            "\t1\tPOST\texample.net\t/a\\x09b\t-\tcurl/8\t55\t321\t404\ttext/html\tHOST,ACCEPT");
    const struct fm_http *http = fm_body(rec);
    assert_str(rec, http->host, "example.net");
    assert_str(rec, http->uri, "/a\tb");
    assert_str(rec, http->method, "POST");
    assert_str(rec, http->referrer, "");
    assert_str(rec, http->agent, "curl/8");
    assert_str(rec, http->content_type, "text/html");
    assert_str(rec, http->headers, "HOST,ACCEPT");
    assert_int_equal(http->status, 404);
    assert_int_equal(http->bytes[FM_TO_SERVER], 55);
    assert_int_equal(http->bytes[FM_TO_CLIENT], 321);
    assert_true(rec->has & FM_HAS_BYTES);
    assert_true(rec->has & FM_HAS_REFERRER);
    rec = one(fixture, FM_HTTP,
            "{" JSON ",\"trans_depth\":1,\"method\":\"CONNECT\",\"host\":\"x\",\"uri\":"
            "\"example.net:8443\",\"status_code\":200,\"resp_mime_types\":[\"text/plain\"]}");
    http = fm_body(rec);
    assert_int_equal(http->via, FM_HTTP_CONNECT);
    assert_int_equal(http->port, 8443);
    assert_str(rec, http->host, "example.net");
    assert_str(rec, http->content_type, "text/plain");
}

static void dns(void **state)
{
    struct fixture *fixture = *state;
    struct collect *collect = fixture->collect;
    feed(fixture, HEAD("dns", COMMON "\tproto\ttrans_id\trtt\tquery\tqtype\tqtype_name\trcode\t"
                                     "rcode_name\tanswers\tTTLs\trejected") ENDS
            "\tudp\t7\t0.5\ta.example\t1\tA\t0\tNOERROR\tb.example,192.0.2.1,192.0.2.2\t"
            "300.000000,60.000000,60.000000\tF");
    assert_int_equal(collect->count, 2);
    const struct fm_dns *asked = fm_body(collect->rec[0]), *told = fm_body(collect->rec[1]);
    assert_int_equal(collect->rec[0]->time, TIME);
    assert_int_equal(collect->rec[1]->time, TIME + 500000);
    assert_int_equal(asked->response, 0);
    assert_int_equal(collect->rec[0]->has, FM_HAS_NAME | FM_HAS_TYPE);
    assert_int_equal(told->response, 1);
    assert_str(collect->rec[1], told->query, "a.example");
    assert_str(collect->rec[1], told->text, "b.example");
    assert_int_equal(told->answers, 3);
    assert_int_equal(told->kept, 2);
    assert_int_equal(told->ttl_s, 60);
    assert_int_equal(told->answer_bytes, 9 + 8);
    feed(fixture, "{" JSON ",\"proto\":\"tcp\",\"query\":\"c.example\",\"qtype\":16,\"rcode\":3,"
                  "\"rcode_name\":\"NXDOMAIN\",\"answers\":[\"TXT 5 hello\"],\"TTLs\":[9.0]}");
    assert_int_equal(collect->count, 4);
    told = fm_body(collect->rec[3]);
    assert_int_equal(collect->rec[3]->proto, 6);
    assert_int_equal(told->rcode, 3);
    assert_str(collect->rec[3], told->text, "hello");
    assert_int_equal(told->ttl_s, 9);
    feed(fixture, "{" JSON ",\"query\":\"d.example\",\"qtype\":1,\"qtype_name\":\"A\"}");
    assert_int_equal(collect->count, 5); /* nobody answered */
}

static void tls(void **state)
{
    struct fixture *fixture = *state;
    const struct fm_rec *rec = one(fixture, FM_TLS,
            HEAD("ssl", COMMON "\tversion\tcipher\tserver_name\tnext_protocol\tsubject\tissuer\t"
                               "ja3") ENDS
            "\tTLSv12\tX\twww.example.net\th2\tCN=a,O=b\tCN=c\t0123");
    const struct fm_tls *tls = fm_body(rec);
    assert_str(rec, tls->sni, "www.example.net");
    assert_str(rec, tls->subject, "CN=a,O=b");
    assert_str(rec, tls->issuer, "CN=c");
    assert_str(rec, tls->alpn, "h2");
    assert_str(rec, tls->ja3, "0123");
    assert_int_equal(tls->version, 0x0303);
    rec = one(fixture, FM_TLS,
            "{" JSON ",\"established\":true,\"cipher\":\"x\",\"version\":\"TLSv13\"}");
    assert_true(rec->has & FM_HAS_NAME); /* there was no SNI */
    assert_int_equal(rec->has & FM_HAS_CERT, 0);
    rec = one(fixture, FM_QUIC,
            "{\"_path\":\"quic\"," JSON ",\"version\":\"1\",\"server_name\":\"q.example\","
            "\"client_protocol\":\"h3\"}");
    assert_str(rec, ((const struct fm_tls *)fm_body(rec))->sni, "q.example");
}

static void logins(void **state)
{
    struct fixture *fixture = *state;
    const struct fm_rec *rec = one(fixture, FM_SSH,
            HEAD("ssh", COMMON "\tauth_success\tauth_attempts\tclient\tserver") ENDS
            "\tF\t3\tSSH-2.0-libssh\tSSH-2.0-OpenSSH");
    const struct fm_session *body = fm_body(rec);
    assert_int_equal(body->status, 1);
    assert_int_equal(body->count, 3);
    assert_str(rec, body->agent, "SSH-2.0-libssh");
    rec = one(fixture, FM_SSH, ENDS "\tT\t1\t-\t-");
    assert_int_equal(((const struct fm_session *)fm_body(rec))->status, 0);
    assert_true(rec->has & FM_HAS_STATUS);
    rec = one(fixture, FM_SSH, ENDS "\t-\t0\t-\t-");
    assert_int_equal(rec->has & FM_HAS_STATUS, 0);

    rec = one(fixture, FM_FTP,
            HEAD("ftp", COMMON "\tuser\tpassword\tcommand\targ\treply_code\treply_msg") ENDS
            "\tada\tsecret\tRETR\tftp://x/a.zip\t226\tDone");
    body = fm_body(rec);
    assert_str(rec, body->account, "ada");
    assert_str(rec, body->argument, "ftp://x/a.zip");
    assert_null(memmem(rec, rec->size, "secret", 6));

    rec = one(fixture, FM_SMTP,
            HEAD("smtp", COMMON "\thelo\tmailfrom\trcptto\tlast_reply\tuser_agent") ENDS
            "\tpc1\ta@example\tb@example,c@example\t250 ok\tMailer");
    body = fm_body(rec);
    assert_int_equal(body->count, 2);
    assert_int_equal(body->status, 250);
    assert_str(rec, body->argument, "b@example,c@example");

    rec = one(fixture, FM_RDP,
            HEAD("rdp", COMMON "\tcookie\tresult\tsecurity_protocol\tclient_name\tclient_build")
                    ENDS "\tada\tencrypted\tHYBRID\tPC1\tRDP 10");
    body = fm_body(rec);
    assert_str(rec, body->account, "ada");
    assert_str(rec, body->host, "PC1");

    rec = one(fixture, FM_LDAP,
            "{\"_path\":\"ldap\"," JSON ",\"opcode\":\"bind simple\",\"result\":"
            "\"invalid credentials\",\"object\":\"cn=ada\"}");
    body = fm_body(rec);
    assert_str(rec, body->command, "bind_request");
    assert_str(rec, body->account, "cn=ada");
    assert_int_equal(body->status, 49);
    rec = one(fixture, FM_LDAP,
            "{\"_path\":\"ldap_search\"," JSON ",\"base_object\":\"dc=lab\",\"result_count\":7,"
            "\"result\":\"success\",\"filter\":\"(admincount=1)\",\"attributes\":[\"cn\",\"mail\"]"
            "}");
    body = fm_body(rec);
    assert_str(rec, body->argument, "(admincount=1)");
    assert_str(rec, body->agent, "cn,mail");
    assert_int_equal(body->count, 7);
}

static void kerberos(void **state)
{
    struct fixture *fixture = *state;
    const struct fm_rec *rec = one(fixture, FM_KRB5,
            HEAD("kerberos", COMMON "\trequest_type\tclient\tservice\tsuccess\terror_msg\tcipher")
                    ENDS "\tAS\tada/LAB.EXAMPLE\tkrbtgt/LAB\tF\tKDC_ERR_PREAUTH_FAILED\t-");
    const struct fm_krb5 *krb5 = fm_body(rec);
    assert_str(rec, krb5->account, "ada");
    assert_str(rec, krb5->realm, "LAB.EXAMPLE");
    assert_int_equal(krb5->type, 10);
    assert_int_equal(krb5->error, 24);
    rec = one(fixture, FM_KRB5, ENDS "\tTGS\tada/LAB\tcifs/srv\tT\t-\trc4-hmac");
    krb5 = fm_body(rec);
    assert_int_equal(krb5->type, 13);
    assert_int_equal(krb5->error, 0);
    assert_int_equal(krb5->ticket_encryption, 23);
    assert_true(rec->has & FM_HAS_STATUS);
}

static void windows(void **state)
{
    struct fixture *fixture = *state;
#define SMB_ENDS "1714550400.250000\tCabc\t10.1.0.5\t40000\t192.0.2.9\t445"
    const struct fm_rec *rec = one(fixture, FM_SMB,
            HEAD("ntlm", COMMON "\tusername\thostname\tdomainname\tsuccess") SMB_ENDS
            "\tada\tPC1\tLAB\tF");
    const struct fm_smb *smb = fm_body(rec);
    assert_str(rec, smb->account, "ada");
    assert_str(rec, smb->host, "PC1");
    assert_str(rec, smb->command, "session_setup");
    assert_int_equal(smb->status, 0xc000006d);
    assert_int_equal(feed(fixture, ENDS "\tada\tPC1\tLAB\tT"), FM_LINE_READ); /* not over SMB */
    assert_int_equal(fixture->collect->sink.ignored, 1);

    rec = one(fixture, FM_SMB,
            HEAD("smb_files", COMMON "\tfuid\taction\tpath\tname\tsize") SMB_ENDS
            "\tF1\tSMB::FILE_WRITE\t\\\\srv\\c$\tx.exe\t4096");
    smb = fm_body(rec);
    assert_str(rec, smb->command, "write");
    assert_str(rec, smb->share, "\\\\srv\\c$");
    assert_str(rec, smb->file, "x.exe");
    assert_int_equal(smb->file_bytes, 4096);
    rec = one(fixture, FM_SMB,
            HEAD("smb_mapping", COMMON "\tpath\tservice\tshare_type") SMB_ENDS
            "\t\\\\srv\\IPC$\t-\tPIPE");
    smb = fm_body(rec);
    assert_str(rec, smb->command, "tree_connect");
    assert_str(rec, smb->pipe, "\\\\srv\\IPC$");

    rec = one(fixture, FM_DCERPC,
            HEAD("dce_rpc", COMMON "\trtt\tnamed_pipe\tendpoint\toperation") SMB_ENDS
            "\t0.1\tsvcctl\tsvcctl\tCreateServiceW");
    const struct fm_dcerpc *rpc = fm_body(rec);
    assert_str(rec, rpc->interface, "367abb81-9844-35f1-ad32-98f038001003");
    assert_int_equal(rpc->opnum, 12);
    rec = one(fixture, FM_DCERPC, SMB_ENDS "\t0.1\tx\tdrsuapi\tDRSGetNCChanges");
    assert_int_equal(((const struct fm_dcerpc *)fm_body(rec))->opnum, 3);
    rec = one(fixture, FM_DCERPC, SMB_ENDS "\t0.1\tx\tunheard\tof");
    assert_int_equal(((const struct fm_dcerpc *)fm_body(rec))->opnum, 0xffff);
    assert_int_equal(rec->has, 0);
}

static void dhcp(void **state)
{
    struct fixture *fixture = *state;
    struct collect *collect = fixture->collect;
    char text[FM_ADDR_TEXT];
    feed(fixture,
            "{\"ts\":1714550400.25,\"uids\":[\"C1\",\"C2\"],\"client_addr\":\"10.1.0.5\","
            "\"server_addr\":\"10.1.0.1\",\"mac\":\"02:00:00:00:00:07\",\"host_name\":\"pc1\","
            "\"assigned_addr\":\"10.1.0.5\",\"lease_time\":3600.0,\"msg_types\":[\"REQUEST\","
            "\"ACK\"]}");
    const struct fm_rec *rec = collect_nth(collect, FM_DHCP, 0);
    const struct fm_dhcp *dhcp = fm_body(rec);
    assert_int_equal(rec->time, TIME);
    assert_int_equal(rec->cport, 68);
    assert_string_equal(fm_addr_print(&rec->server, text), "10.1.0.1");
    assert_int_equal(dhcp->type, 5);
    assert_int_equal(dhcp->lease_s, 3600);
    assert_str(rec, dhcp->name, "pc1");
    assert_int_equal(rec->has, FM_HAS_NAME | FM_HAS_MAC | FM_HAS_TYPE | FM_HAS_LEASE);
    feed(fixture, HEAD("dhcp", COMMON
                          "\tmac\tassigned_ip\tlease_time\ttrans_id") "1714550400.250000\tC1\t10.1."
                                                                      "0.6\t68\t10.1.0.1\t67\t02:"
                                                                      "00:00:00:00:08\t10.1.0.6\t"
                                                                      "60.000000\t1");
    rec = collect_nth(collect, FM_DHCP, 1); /* the old format */
    dhcp = fm_body(rec);
    assert_int_equal(dhcp->type, 5);
    assert_string_equal(fm_addr_print(&dhcp->given, text), "10.1.0.6");
    feed(fixture, "{\"ts\":1714550400.25,\"uids\":[],\"mac\":\"02:00:00:00:00:07\",\"msg_types\":"
                  "[\"DISCOVER\"]}");
    rec = collect_nth(collect, FM_DHCP, 2);
    assert_string_equal(fm_addr_print(&rec->client, text), "0.0.0.0");
    assert_string_equal(fm_addr_print(&rec->server, text), "255.255.255.255");
    assert_int_equal(((const struct fm_dhcp *)fm_body(rec))->type, 1);
}

static void files(void **state)
{
    struct fixture *fixture = *state;
    struct collect *collect = fixture->collect;
    char text[FM_ADDR_TEXT];
    feed(fixture, HEAD("files", "ts\tfuid\ttx_hosts\trx_hosts\tconn_uids\tsource\tmime_type\t"
                                "filename\tis_orig\tseen_bytes\ttotal_"
                                "bytes\tmd5\tsha1\tsha256") "1714550400.250000\tF1\t192.0.2."
                                                            "9\t10.1.0.5\tC1\tFTP_DATA\ttext/"
                                                            "plain\ta.txt\tF\t"
                                                            "90\t100\tm\ts\t-");
    const struct fm_rec *rec = collect_nth(collect, FM_FILEINFO, 0);
    const struct fm_fileinfo *file = fm_body(rec);
    assert_string_equal(fm_addr_print(&rec->client, text), "10.1.0.5");
    assert_string_equal(fm_addr_print(&rec->server, text), "192.0.2.9");
    assert_int_equal(file->to_server, 0);
    assert_int_equal(file->bytes, 100);
    assert_int_equal(file->app, FM_APP_FTP_DATA);
    assert_str(rec, file->hash, "s");
    feed(fixture, "{\"_path\":\"files\"," JSON ",\"source\":\"HTTP\",\"is_orig\":true,"
                  "\"seen_bytes\":5}");
    rec = collect_nth(collect, FM_FILEINFO, 1);
    file = fm_body(rec);
    assert_int_equal(rec->sport, 443);
    assert_int_equal(file->to_server, 1);
    assert_int_equal(file->bytes, 5);
    feed(fixture, "{\"_path\":\"files\"," JSON ",\"source\":\"SSL\"}");
    assert_int_equal(collect->count, 2);
    assert_int_equal(collect->sink.ignored, 1);
}

/* ---- lines that are none of these ---- */

static void other_lines(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(feed(fixture, ENDS), FM_LINE_BROKEN); /* no #fields yet */
    assert_int_equal(feed(fixture, HEAD("conn", COMMON "\tproto") "x\ty"), FM_LINE_VALUE);
    assert_int_equal(feed(fixture, "1714550400\tC\t10.1.0.5\t1\tnowhere\t2\ttcp"), FM_LINE_VALUE);
    assert_int_equal(feed(fixture, "-\tC\t10.1.0.5\t1\t10.1.0.6\t2\ttcp"), FM_LINE_VALUE);
    assert_int_equal(feed(fixture, "99999999999999\tC\t10.1.0.5\t1\t10.1.0.6\t2\ttcp"),
            FM_LINE_VALUE);
    assert_int_equal(feed(fixture, "\t\t\t\t\t\t\t\t\t\t"), FM_LINE_VALUE);
    assert_int_equal(feed(fixture, ""), FM_LINE_IGNORED);
    assert_int_equal(feed(fixture, "#close\t2024-05-01-09-00-00"), FM_LINE_READ);
    assert_int_equal(feed(fixture, HEAD("weird", COMMON "\tname") ENDS "\tx"), FM_LINE_IGNORED);
    assert_int_equal(feed(fixture, HEAD("homemade", COMMON "\tname") ENDS "\tx"), FM_LINE_UNKNOWN);
    assert_int_equal(feed(fixture, "{\"_path\":\"weird\"," JSON "}"), FM_LINE_IGNORED);
    assert_int_equal(feed(fixture, "{" JSON ",\"colour\":\"red\"}"), FM_LINE_UNKNOWN);
    assert_int_equal(feed(fixture, "{" JSON ",\"conn_state\":"), FM_LINE_BROKEN);
    assert_int_equal(feed(fixture, "{\"conn_state\":\"SF\"}"), FM_LINE_VALUE);
    assert_int_equal(fixture->collect->count, 0);
}

static void file_names(void **state)
{
    struct fixture *fixture = *state;
    static const char line[] = "{" JSON ",\"proto\":\"tcp\"}";
    assert_int_equal(feed(fixture, line), FM_LINE_UNKNOWN);
    fm_zeek_file(fixture->zeek, "/a/b/conn.00:00:00-01:00:00.log.gz");
    assert_int_equal(feed(fixture, line), FM_LINE_READ);
    fm_zeek_file(fixture->zeek, "x509.log");
    assert_int_equal(feed(fixture, line), FM_LINE_IGNORED);
    /* Another separator, and the one before it is forgotten with the next file. */
    fm_zeek_file(fixture->zeek, "conn.log");
    assert_int_equal(feed(fixture, "#separator |\n#path|conn\n#fields|ts|id.orig_h|id.orig_p|"
                                   "id.resp_h|id.resp_p\n1|10.0.0.1|1|10.0.0.2|2"),
            FM_LINE_READ);
    fm_zeek_file(fixture->zeek, "conn.log");
    assert_int_equal(feed(fixture, "1|10.0.0.1|1|10.0.0.2|2"), FM_LINE_BROKEN);
}

/* Logs rotate: a file may hold several headers. A folder is all of its files, by their names. */
static void folders(void **state)
{
    (void)state;
    struct fm_mem mem = { 0 };
    char folder[] = "/tmp/furumai-test-XXXXXX", path[3][64];
    static const char *const names[] = { "conn.log", "dns.log", "notes.txt" };
    static const char *const texts[] = {
        HEAD("conn", COMMON "\tproto") ENDS
        "\ttcp\n#close\t0\n" HEAD("conn", "proto\t" COMMON) "udp\t" ENDS "\n#close\t0\n",
        HEAD("dns", COMMON "\tquery") ENDS "\ta.example\nshort\n",
        "hello\n",
    };
    assert_non_null(mkdtemp(folder));
    for (int i = 0; i < 3; i++) {
        snprintf(path[i], sizeof(path[i]), "%s/%s", folder, names[i]);
        FILE *file = fopen(path[i], "w");
        fputs(texts[i], file);
        fclose(file);
    }
    struct collect *collect = collect_new();
    assert_int_equal(fm_source_read(&mem, folder, &collect->sink), 2);
    assert_int_equal(collect->sink.records[FM_FLOW_END], 2);
    assert_int_equal(collect_nth(collect, FM_FLOW_END, 0)->proto, 6);
    assert_int_equal(collect_nth(collect, FM_FLOW_END, 1)->proto, 17);
    assert_int_equal(collect->sink.records[FM_DNS], 1);
    assert_int_equal(collect->sink.slips[FM_SLIP_VALUE], 1);
    assert_int_equal(collect->sink.slips[FM_SLIP_FORMAT], 1);
    assert_non_null(strstr(collect->said[0], "dns.log:10: "));
    assert_non_null(strstr(collect->said[1], "notes.txt: neither"));
    collect_free(collect);
    for (int i = 0; i < 3; i++)
        unlink(path[i]);
    rmdir(folder);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(conn),
        TEST(conn_states),
        TEST(conn_json),
        TEST(http),
        TEST(dns),
        TEST(tls),
        TEST(logins),
        TEST(kerberos),
        TEST(windows),
        TEST(dhcp),
        TEST(files),
        TEST(other_lines),
        TEST(file_names),
        cmocka_unit_test(folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
