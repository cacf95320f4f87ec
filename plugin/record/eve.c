#include "record/eve.h"

#include "base/addr.h"
#include "record/eve_tx.h"
#include "record/names.h"
#include "record/told.h"

#include <stdio.h>
#include <string.h>

/* What earlier events said of a flow: who its client was, where that could not be mistaken, and
 * when it was last heard of. */
#define FLOWS 16384
struct known {
    uint64_t flow_id;
    fm_time last;
    struct fm_addr addr;
    uint16_t port;
    bool has_client;
};

struct fm_eve {
    struct fm_mem *mem;
    struct known flows[FLOWS];
    union {
        struct fm_rec rec;
        char bytes[FM_REC_MAX];
    } made;
};

/* How an event's src_ip relates to the flow's client. */
enum side {
    BY_FLOW,   /* src_ip is the client */
    BY_PACKET, /* src_ip sent the packet that was looked at */
    BY_ANSWER, /* as BY_FLOW, but older and newer series turn answers round */
};

static const struct {
    const char *name;
    enum fm_kind kind;
    enum side side;
} events[] = {
    { "http", FM_HTTP, BY_FLOW },
    { "tls", FM_TLS, BY_FLOW },
    { "dns", FM_DNS, BY_ANSWER },
    { "quic", FM_QUIC, BY_PACKET },
    { "smb", FM_SMB, BY_FLOW },
    { "dcerpc", FM_DCERPC, BY_FLOW },
    { "krb5", FM_KRB5, BY_PACKET },
    { "ldap", FM_LDAP, BY_FLOW },
    { "ftp", FM_FTP, BY_FLOW },
    { "ssh", FM_SSH, BY_FLOW },
    { "rdp", FM_RDP, BY_PACKET },
    { "rfb", FM_RFB, BY_FLOW },
    { "smtp", FM_SMTP, BY_FLOW },
    { "dhcp", FM_DHCP, BY_PACKET },
    { "mqtt", FM_MQTT, BY_PACKET },
    { "modbus", FM_MODBUS, BY_FLOW },
    { "dnp3", FM_DNP3, BY_FLOW },
    { "enip", FM_ENIP, BY_FLOW },
    { "fileinfo", FM_FILEINFO, BY_PACKET },
    { "alert", FM_ALERT, BY_PACKET },
};

static const char *const ignored[] = { "anomaly", "arp", "behavior", "bittorrent_dht", "doh2",
    "drop", "engine", "frame", "ftp_data", "ike", "ikev2", "mdns", "metadata", "netflow", "nfs",
    "packet", "pgsql", "pop3", "sip", "snmp", "stats", "stream_tcp", "telnet", "tftp",
    "websocket" };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

#define WELL_KNOWN 1024

struct fm_eve *fm_eve_new(struct fm_mem *mem)
{
    struct fm_eve *eve = fm_alloc(mem, sizeof(*eve));
    if (eve)
        eve->mem = mem;
    return eve;
}

void fm_eve_free(struct fm_eve *eve)
{
    if (eve)
        fm_free(eve->mem, eve);
}

/* ---- the header ---- */

static bool address(const json_t *object, const char *key, struct fm_addr *out)
{
    size_t len;
    const char *text = fm_json_text(object, key, &len);
    return text && fm_addr_parse(text, len, out);
}

static uint16_t port(const json_t *object, const char *key)
{
    uint64_t number = 0;
    fm_json_u64(object, key, &number);
    return number > UINT16_MAX ? 0 : (uint16_t)number;
}

/* Time, addresses, ports; client is src. */
static bool header(struct fm_rec *rec, const json_t *event)
{
    size_t len;
    const char *time = fm_json_text(event, "timestamp", &len);
    if (!time || !fm_iso_time(time, len, &rec->time))
        return false;
    const char *proto = fm_json_text(event, "proto", &len);
    rec->proto = proto ? fm_proto_of(proto, len) : 0;
    rec->cport = port(event, "src_port");
    rec->sport = port(event, "dest_port");
    if (rec->proto == 1 || rec->proto == 58) {
        rec->cport = port(event, "icmp_type");
        rec->sport = port(event, "icmp_code");
    }
    fm_json_u64(event, "flow_id", &rec->flow_id);
    return address(event, "src_ip", &rec->client) && address(event, "dest_ip", &rec->server);
}

static void swap_sides(struct fm_rec *rec)
{
    struct fm_addr addr = rec->client;
    uint16_t number = rec->cport;
    rec->client = rec->server;
    rec->server = addr;
    if (rec->proto != 1 && rec->proto != 58) {
        rec->cport = rec->sport;
        rec->sport = number;
    }
}

/* ---- which side is the client ---- */

/* The flow's place, empty when it is new. */
static struct known *known_flow(struct fm_eve *eve, const struct fm_rec *rec)
{
    struct known *known = &eve->flows[(rec->flow_id ^ rec->flow_id >> 21) % FLOWS];
    if (known->flow_id != rec->flow_id)
        *known = (struct known){ .flow_id = rec->flow_id };
    return known;
}

/* What is written when a flow times out, or Suricata ends, has the time of some other packet. */
static void mend_time(struct fm_eve *eve, struct fm_rec *rec, const json_t *event)
{
    struct known *known = known_flow(eve, rec);
    if (!fm_json_is(event, "pkt_src", "stream (flow timeout)"))
        known->last = rec->time;
    else if (known->last)
        rec->time = known->last;
}

/* 1: src is the client, -1: it is the server, 0: no earlier event of the flow said. */
static int remembered_side(struct fm_eve *eve, const struct fm_rec *rec)
{
    const struct known *known = known_flow(eve, rec);
    if (!rec->flow_id || !known->has_client)
        return 0;
    if (fm_addr_equal(&known->addr, &rec->client) && known->port == rec->cport)
        return 1;
    return fm_addr_equal(&known->addr, &rec->server) && known->port == rec->sport ? -1 : 0;
}

/* What the event itself says, likewise. */
static int own_side(const struct fm_rec *rec, const json_t *event)
{
    struct fm_addr addr;
    const json_t *flow = json_object_get(event, "flow");
    const json_t *part = json_object_get(event, fm_kind_name[rec->kind]);
    if (address(flow, "src_ip", &addr)) {
        bool first = fm_addr_equal(&addr, &rec->client) &&
                     (rec->cport == port(flow, "src_port") || !json_object_get(flow, "src_port"));
        return first ? 1 : -1;
    }
    if (rec->kind == FM_ALERT && json_object_get(event, "direction"))
        return fm_json_is(event, "direction", "to_client") ? -1 : 1;
    if (rec->kind == FM_DHCP && !fm_json_is(part, "type", "reply"))
        return 1;
    if (rec->kind == FM_RDP && rec->cport == 3389 && rec->sport != 3389)
        return -1;
    if (rec->kind == FM_RDP && rec->sport == 3389 && rec->cport != 3389)
        return 1;
    if (rec->kind == FM_KRB5 && (rec->cport == 88) != (rec->sport == 88))
        return rec->sport == 88 ? 1 : -1;
    if (rec->kind == FM_DNS && (rec->cport == 53) != (rec->sport == 53))
        return rec->sport == 53 ? 1 : -1;
    return 0;
}

/* Turns the record so that client and server are the flow's. */
static void find_sides(struct fm_eve *eve, struct fm_rec *rec, const json_t *event, enum side how)
{
    int side = own_side(rec, event);
    bool known = side != 0 || how != BY_PACKET;
    if (side == 0 && how != BY_PACKET)
        side = 1;
    if (side == 0) {
        side = remembered_side(eve, rec);
        known = side != 0;
    }
    if (side == 0) /* a DHCP answer without its question: the flow is the server's */
        side = rec->cport < rec->sport && rec->kind != FM_DHCP ? -1 : 1;
    if (rec->kind == FM_FILEINFO)
        ((struct fm_fileinfo *)(rec + 1))->to_server = side > 0;
    if (rec->kind == FM_ALERT)
        ((struct fm_alert *)(rec + 1))->to_client = side < 0;
    if (side < 0)
        swap_sides(rec);
    if (known)
        rec->flags |= FM_REC_ORIG_KNOWN;
    if (known) {
        struct known *flow = known_flow(eve, rec);
        flow->addr = rec->client;
        flow->port = rec->cport;
        flow->has_client = true;
    }
}

/* ---- flows ---- */

/* What is read of a flow event before records are made of it. */
struct flow {
    struct fm_told told;
    unsigned vlans;
    bool tcp, flags_known;
};

/* Several on one side are in no order: nothing is known then. */
static bool mac_of(const json_t *ether, const char *many, struct fm_mac *mac)
{
    const json_t *list = json_object_get(ether, many);
    const json_t *value = json_array_size(list) == 1 ? json_array_get(list, 0) : NULL;
    return json_is_string(value) &&
           fm_mac_parse(json_string_value(value), json_string_length(value), mac);
}

static void link_layer(struct flow *flow, const json_t *event)
{
    struct fm_rec *head = &flow->told.head;
    struct fm_flow *body = &flow->told.body;
    const json_t *ether = json_object_get(event, "ether");
    const json_t *vlan = json_object_get(event, "vlan");
    bool source = mac_of(ether, "src_macs", &body->client_mac);
    if (mac_of(ether, "dest_macs", &body->server_mac) || source)
        head->has |= FM_HAS_MAC;
    flow->vlans = (unsigned)json_array_size(vlan);
    double number = json_number_value(json_array_get(vlan, 0));
    if (number > 0 && number < 4096) {
        body->vlan = (uint16_t)number;
        head->has |= FM_HAS_VLAN;
    }
}

#define PADDING_MAX 20 /* bytes of padding or options that a packet without payload may have */

/* Payload of one side from bytes on the wire (the file's opening comment). */
static uint64_t payload(const struct flow *flow, int way, uint64_t wire, unsigned header_bytes,
        unsigned options)
{
    const struct fm_flow *body = &flow->told.body;
    uint64_t packets = body->packets[way];
    unsigned flags = body->tcp_flags[way];
    uint64_t headers = packets * (header_bytes + options);
    if (flow->tcp && (flags & SYN))
        headers += 20 - options;
    uint64_t bytes = wire > headers ? wire - headers : 0;
    bool silent = flow->tcp && flow->flags_known && !(flags & PSH);
    return silent && bytes <= PADDING_MAX * packets ? 0 : bytes;
}

static void estimate(struct flow *flow, const uint64_t wire[2])
{
    struct fm_rec *head = &flow->told.head;
    struct fm_flow *body = &flow->told.body;
    bool v6 = !fm_addr_is4(&head->client);
    unsigned header_bytes = 14 + 4 * (flow->vlans < 3 ? flow->vlans : 3) + (v6 ? 40 : 20);
    unsigned options = 0;
    if (flow->tcp) {
        header_bytes += 20;
        options = 12;
        for (int way = 0; way < 2; way++) {
            if (wire[way] < body->packets[way] * (uint64_t)(header_bytes + options))
                options = 0;
        }
    } else if (head->proto == 17 || head->proto == 1 || head->proto == 58) {
        header_bytes += 8;
    }
    for (int way = 0; way < 2; way++)
        body->total_bytes[way] = payload(flow, way, wire[way], header_bytes, options);
}

static void counts(struct flow *flow, const json_t *object)
{
    struct fm_rec *head = &flow->told.head;
    struct fm_flow *body = &flow->told.body;
    uint64_t wire[2] = { 0, 0 }, packets[2] = { 0, 0 };
    bool known = fm_json_u64(object, "bytes_toserver", &wire[FM_TO_SERVER]);
    fm_json_u64(object, "bytes_toclient", &wire[FM_TO_CLIENT]);
    if (fm_json_u64(object, "pkts_toserver", &packets[FM_TO_SERVER]))
        head->has |= FM_HAS_PACKETS;
    fm_json_u64(object, "pkts_toclient", &packets[FM_TO_CLIENT]);
    for (int way = 0; way < 2; way++)
        body->packets[way] = packets[way] > UINT32_MAX ? UINT32_MAX : (uint32_t)packets[way];
    if (known) {
        head->has |= FM_HAS_BYTES;
        estimate(flow, wire);
    }
}

static void tcp_flags(struct flow *flow, const json_t *tcp)
{
    struct fm_flow *body = &flow->told.body;
    static const char *const keys[2] = { "tcp_flags_ts", "tcp_flags_tc" };
    for (int way = 0; way < 2; way++) {
        size_t len;
        uint64_t flags;
        const char *text = fm_json_text(tcp, keys[way], &len);
        if (text && fm_hex(text, len, &flags))
            body->tcp_flags[way] = (uint8_t)flags;
    }
    flow->flags_known = body->tcp_flags[0] || body->tcp_flags[1];
}

static void tcp_close(struct fm_flow *body)
{
    unsigned out = body->tcp_flags[FM_TO_SERVER], back = body->tcp_flags[FM_TO_CLIENT];
    if ((out & FIN) && (back & FIN))
        body->close = FM_CLOSED;
    else if (out & RST) /* by both: more often the client was first */
        body->close = FM_RESET_BY_CLIENT;
    else if (back & RST)
        body->close = FM_RESET_BY_SERVER;
}

/* The side that was seen first is not always the one that asked. */
static bool server_came_first(const struct flow *flow)
{
    const struct fm_rec *head = &flow->told.head;
    unsigned out = flow->told.body.tcp_flags[FM_TO_SERVER];
    uint8_t type = (uint8_t)head->cport;
    if (flow->tcp && (out & SYN))
        return false;
    if (flow->tcp)
        return (head->flags & FM_REC_BACKSCATTER) || head->cport < head->sport;
    if (head->proto == 17)
        return head->cport < WELL_KNOWN && head->sport >= WELL_KNOWN;
    return fm_icmp_is_error(head->proto, type) || fm_icmp_asked(head->proto, type) != type;
}

/* Resets and nothing else: an answer to what nobody asked. */
static bool is_reset_alone(const struct flow *flow)
{
    unsigned out = flow->told.body.tcp_flags[FM_TO_SERVER];
    return (out & RST) && !(out & (SYN | PSH | FIN)) && flow->told.body.packets[FM_TO_CLIENT] == 0;
}

static void find_flow_sides(struct flow *flow)
{
    struct fm_rec *head = &flow->told.head;
    bool icmp = head->proto == 1 || head->proto == 58;
    if (flow->tcp && is_reset_alone(flow))
        head->flags |= FM_REC_BACKSCATTER;
    else if (flow->tcp && !(flow->told.body.tcp_flags[FM_TO_SERVER] & SYN))
        head->flags |= FM_REC_MIDSTREAM;
    if (!server_came_first(flow)) {
        if (!(head->flags & FM_REC_MIDSTREAM))
            head->flags |= FM_REC_ORIG_KNOWN;
        return;
    }
    fm_told_reverse(&flow->told);
    if (icmp) {
        head->flags |= FM_REC_BACKSCATTER;
        head->cport = fm_icmp_asked(head->proto, (uint8_t)head->cport);
    }
}

static void tcp_answer(struct flow *flow)
{
    struct fm_rec *head = &flow->told.head;
    struct fm_flow *body = &flow->told.body;
    unsigned out = body->tcp_flags[FM_TO_SERVER], back = body->tcp_flags[FM_TO_CLIENT];
    bool two_way = body->packets[FM_TO_CLIENT] > 0;
    if (flow->flags_known)
        head->has |= FM_HAS_CLOSE;
    if (flow->flags_known || two_way)
        head->has |= FM_HAS_ANSWER;
    if (head->flags & FM_REC_BACKSCATTER)
        body->answer = FM_NO_ANSWER;
    else if (!(back & SYN) && (back & RST) && (out & SYN))
        body->answer = FM_REFUSED;
    else if (two_way)
        body->answer = FM_ANSWERED;
    else if ((out & SYN) && (out & ACK) && (out & (PSH | FIN)))
        body->answer = FM_ANSWER_INFERRED;
    tcp_close(body);
}

static void other_answer(struct flow *flow, const json_t *event)
{
    struct fm_rec *head = &flow->told.head;
    struct fm_flow *body = &flow->told.body;
    uint8_t type = (uint8_t)port(event, "response_icmp_type");
    head->has |= FM_HAS_ANSWER;
    if (body->packets[FM_TO_CLIENT] == 0 || (head->flags & FM_REC_BACKSCATTER))
        return;
    body->answer = fm_icmp_is_error(head->proto, type) ? FM_UNREACHABLE : FM_ANSWERED;
}

static bool read_flow(struct flow *flow, const json_t *event)
{
    struct fm_rec *head = &flow->told.head;
    struct fm_flow *body = &flow->told.body;
    const json_t *object = json_object_get(event, "flow");
    const json_t *tcp = json_object_get(event, "tcp");
    size_t len;
    if (!header(head, event))
        return false;
    const char *start = fm_json_text(object, "start", &len);
    body->start = head->time;
    if (start)
        fm_iso_time(start, len, &body->start);
    const char *end = fm_json_text(object, "end", &len);
    flow->told.end = body->start;
    if (end)
        fm_iso_time(end, len, &flow->told.end);
    if (flow->told.end < body->start)
        flow->told.end = body->start;
    flow->tcp = head->proto == 6;
    const char *app = fm_json_text(event, "app_proto", &len);
    if (app) {
        body->app = (uint8_t)fm_app_of_name(app, len);
        head->has |= FM_HAS_APP;
    }
    if (json_object_get(object, "bypassed") || fm_json_is(object, "state", "bypassed"))
        head->flags |= FM_REC_BYPASSED;
    tcp_flags(flow, tcp);
    link_layer(flow, event);
    counts(flow, object);
    find_flow_sides(flow);
    if (flow->tcp)
        tcp_answer(flow);
    else
        other_answer(flow, event);
    return true;
}

static enum fm_line flow_line(struct fm_eve *eve, const json_t *event, struct fm_sink *sink)
{
    struct flow flow = { 0 };
    if (!read_flow(&flow, event))
        return FM_LINE_VALUE;
    fm_told_give(&flow.told, &eve->made.rec, sink);
    return FM_LINE_READ;
}

/* ---- transactions ---- */

/* What an HTTP/2 connection says of itself (its settings, its end) is an event of type http too. */
static bool is_of_connection(const json_t *event)
{
    const json_t *http = json_object_get(event, "http");
    return json_object_get(http, "http2") && !json_object_get(http, "http_method") &&
           !json_object_get(http, "status");
}

static enum fm_line tx_line(struct fm_eve *eve, const json_t *event, size_t row, enum fm_kind kind,
        struct fm_sink *sink)
{
    struct fm_rec *rec = &eve->made.rec;
    size_t len;
    if (kind == FM_HTTP && is_of_connection(event))
        return FM_LINE_IGNORED;
    fm_rec_begin(rec, kind);
    if (!header(rec, event))
        return FM_LINE_VALUE;
    if (!fm_eve_fill(rec, event))
        return FM_LINE_VALUE;
    const char *app = fm_json_text(event, "app_proto", &len);
    if (kind == FM_FILEINFO && app) {
        ((struct fm_fileinfo *)(rec + 1))->app = (uint8_t)fm_app_of_name(app, len);
        rec->has |= FM_HAS_APP;
    }
    mend_time(eve, rec, event);
    find_sides(eve, rec, event, events[row].side);
    fm_sink_take(sink, rec);
    return FM_LINE_READ;
}

static bool is_ignored(const char *type, size_t len)
{
    for (size_t i = 0; i < COUNT(ignored); i++) {
        if (strlen(ignored[i]) == len && memcmp(ignored[i], type, len) == 0)
            return true;
    }
    return false;
}

static enum fm_line event_line(struct fm_eve *eve, const json_t *event, struct fm_sink *sink,
        char *why)
{
    size_t len;
    const char *type = fm_json_text(event, "event_type", &len);
    if (!type) {
        snprintf(why, 160, "no event_type");
        return FM_LINE_BROKEN;
    }
    if (strcmp(type, "flow") == 0)
        return flow_line(eve, event, sink);
    for (size_t i = 0; i < COUNT(events); i++) {
        if (strcmp(type, events[i].name) != 0)
            continue;
        if (events[i].kind == FM_ALERT && fm_eve_is_own_alert(event))
            return FM_LINE_IGNORED;
        enum fm_line read = tx_line(eve, event, i, events[i].kind, sink);
        bool rpc = events[i].kind == FM_SMB && !sink->stopped &&
                   json_object_get(json_object_get(event, "smb"), "dcerpc");
        return rpc ? tx_line(eve, event, i, FM_DCERPC, sink) : read;
    }
    if (is_ignored(type, len))
        return FM_LINE_IGNORED;
    snprintf(why, 160, "%.100s", type);
    return FM_LINE_UNKNOWN;
}

/* Long lines that make no record (stats) need no parser: inside a string the quotes would be
 * escaped, and Suricata writes the type before any part that could have one of its own. */
static bool is_ignored_line(const char *line, size_t len)
{
    static const char key[] = "\"event_type\":\"";
    const char *type = memmem(line, len, key, sizeof(key) - 1);
    if (!type)
        return false;
    type += sizeof(key) - 1;
    const char *end = memchr(type, '"', len - (size_t)(type - line));
    return end && line[0] == '{' && is_ignored(type, (size_t)(end - type));
}

enum fm_line fm_eve_line(struct fm_eve *eve, const char *line, size_t len, struct fm_sink *sink,
        char *why)
{
    json_error_t error;
    why[0] = '\0';
    if (is_ignored_line(line, len))
        return FM_LINE_IGNORED;
    json_t *event = json_loadb(line, len, FM_EVE_JSON, &error);
    if (!json_is_object(event)) {
        snprintf(why, 160, "%.150s", event ? "not an object" : error.text);
        json_decref(event);
        return FM_LINE_BROKEN;
    }
    enum fm_line read = event_line(eve, event, sink, why);
    if (read == FM_LINE_VALUE)
        snprintf(why, 160, "%.40s without time, addresses or its own part",
                json_string_value(json_object_get(event, "event_type")));
    json_decref(event);
    return read;
}

/* The text as a record of `kind`. */
static bool read_text(const struct fm_rec *text, enum fm_kind kind, struct fm_rec *out)
{
    const struct fm_rec_text *body = fm_body(text);
    json_error_t error;
    size_t len;
    const char *bytes = fm_rec_str(text, body->json, &len);
    json_t *event = json_loadb(bytes, len, FM_EVE_JSON, &error);
    if (!event)
        return false;
    fm_rec_begin(out, kind);
    uint16_t size = out->size;
    *out = *text;
    out->size = size;
    out->kind = (uint8_t)kind;
    out->has = 0;
    out->flags = (uint8_t)(text->flags & ~FM_REC_TEXT);
    bool filled = fm_eve_fill(out, event);
    out->has |= text->has;
    json_decref(event);
    return filled;
}

bool fm_eve_tx(const struct fm_rec *text, struct fm_rec *out)
{
    return read_text(text, text->kind, out);
}

bool fm_eve_inner(const struct fm_rec *text, struct fm_rec *out)
{
    static const char inner[] = "\"dcerpc\":";
    const struct fm_rec_text *body = fm_body(text);
    size_t len;
    const char *bytes = fm_rec_str(text, body->json, &len);
    return text->kind == FM_SMB && memmem(bytes, len, inner, sizeof(inner) - 1) &&
           read_text(text, FM_DCERPC, out);
}
