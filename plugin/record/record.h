/* What a sensor says.  A record is a 64-byte header, a body whose shape its kind decides, and the
 * bytes of its strings; `size` counts all of it and is a multiple of 8.  It has no pointers, so the
 * same bytes cross a ring, lie on a tape and reach the engine.
 *
 * Presence: a field that the source could not see is zero *and* its bit in `has` is clear; "zero"
 * and "not seen" are different things everywhere.  The bits are shared by all kinds.
 *
 * Who is the client: the side that opened, as far as known (FM_REC_ORIG_KNOWN); a record of an
 * answer or a transaction has the same client and server as the record of its flow.
 */
#ifndef FM_RECORD_RECORD_H
#define FM_RECORD_RECORD_H

#include "furumai.h"

/** X-macro of kinds: enumerator, name in tapes, counters and health events. The order is a file
 *  format (tape): append only. */
#define FM_KINDS_LIST(X)                                                                           \
    X(FM_FLOW_NEW, "flow_new")                                                                     \
    X(FM_FLOW_ANSWER, "flow_answer")                                                               \
    X(FM_FLOW_CLOSE, "flow_close")                                                                 \
    X(FM_FLOW_UPDATE, "flow_update")                                                               \
    X(FM_FLOW_END, "flow_end")                                                                     \
    X(FM_HTTP, "http")                                                                             \
    X(FM_TLS, "tls")                                                                               \
    X(FM_DNS, "dns")                                                                               \
    X(FM_QUIC, "quic")                                                                             \
    X(FM_SMB, "smb")                                                                               \
    X(FM_DCERPC, "dcerpc")                                                                         \
    X(FM_KRB5, "krb5")                                                                             \
    X(FM_LDAP, "ldap")                                                                             \
    X(FM_FTP, "ftp")                                                                               \
    X(FM_SSH, "ssh")                                                                               \
    X(FM_RDP, "rdp")                                                                               \
    X(FM_RFB, "rfb")                                                                               \
    X(FM_SMTP, "smtp")                                                                             \
    X(FM_DHCP, "dhcp")                                                                             \
    X(FM_MQTT, "mqtt")                                                                             \
    X(FM_MODBUS, "modbus")                                                                         \
    X(FM_DNP3, "dnp3")                                                                             \
    X(FM_ENIP, "enip")                                                                             \
    X(FM_ICMP, "icmp")                                                                             \
    X(FM_FILEINFO, "fileinfo")                                                                     \
    X(FM_ALERT, "alert")                                                                           \
    X(FM_TICK, "tick")                                                                             \
    X(FM_GAP, "gap")

enum fm_kind {
#define X(kind, name) kind,
    FM_KINDS_LIST(X)
#undef X
    FM_KINDS,
};
extern const char *const fm_kind_name[FM_KINDS];

/** Fields whose presence is told.  At most 32; the order is a file format: append only. */
#define FM_FIELDS_LIST(X)                                                                          \
    X(FM_HAS_ANSWER, "answer")        /* flow: whether and how the server answered */              \
    X(FM_HAS_CLOSE, "close")          /* flow: how it was closed */                                \
    X(FM_HAS_BYTES, "bytes")          /* flow, http: payload bytes each way */                     \
    X(FM_HAS_PACKETS, "packets")      /* flow: packets each way */                                 \
    X(FM_HAS_SHAPE, "shape")          /* flow: struct fm_shape */                                  \
    X(FM_HAS_MAC, "mac")              /* flow, dhcp: MAC addresses */                              \
    X(FM_HAS_VLAN, "vlan")                                                                         \
    X(FM_HAS_APP, "app")              /* flow: application protocol */                             \
    X(FM_HAS_NAME, "name")            /* SNI, Host, query, DHCP or machine name */                 \
    X(FM_HAS_AGENT, "agent")          /* user agent, client software */                            \
    X(FM_HAS_HEADERS, "headers")      /* header names in order */                                  \
    X(FM_HAS_URI, "uri")                                                                           \
    X(FM_HAS_METHOD, "method")                                                                     \
    X(FM_HAS_STATUS, "status")        /* HTTP status, DNS rcode, FTP code, NTLM status, ... */     \
    X(FM_HAS_REFERRER, "referrer")                                                                 \
    X(FM_HAS_TYPE, "type")            /* content type, file magic, record type, message type */    \
    X(FM_HAS_JA3, "ja3")                                                                           \
    X(FM_HAS_JA4, "ja4")                                                                           \
    X(FM_HAS_CERT, "cert")            /* subject, issuer, fingerprint */                           \
    X(FM_HAS_VERSION, "version")      /* TLS version, dialect, ... */                              \
    X(FM_HAS_ALPN, "alpn")                                                                         \
    X(FM_HAS_ANSWERS, "answers")      /* DNS answers */                                            \
    X(FM_HAS_ACCOUNT, "account")                                                                   \
    X(FM_HAS_DOMAIN, "domain")                                                                     \
    X(FM_HAS_HOST, "host")            /* the client machine's own name */                          \
    X(FM_HAS_SHARE, "share")                                                                       \
    X(FM_HAS_FILE, "file")            /* name and size */                                          \
    X(FM_HAS_OPERATION, "operation")  /* command, interface and opnum */                           \
    X(FM_HAS_ENCRYPTION, "encryption")                                                             \
    X(FM_HAS_HASH, "hash")                                                                         \
    X(FM_HAS_LEASE, "lease")          /* DHCP: address given, seconds */                           \
    X(FM_HAS_RULE, "rule")            /* alert: sid, signature, category */

enum {
#define X(field, name) field##_bit_,
    FM_FIELDS_LIST(X)
#undef X
    FM_FIELDS,
};
_Static_assert(FM_FIELDS <= 32, "presence is 32 bits");
enum {
#define X(field, name) field = (int)(1u << field##_bit_),
    FM_FIELDS_LIST(X)
#undef X
};
extern const char *const fm_field_name[FM_FIELDS];

enum {
    FM_REC_ORIG_KNOWN = 1 << 0, /* the client is known to have opened */
    FM_REC_MIDSTREAM = 1 << 1,  /* the flow's beginning was not seen */
    FM_REC_BYPASSED = 1 << 2,   /* counted by the capture method, not packet by packet */
    FM_REC_CUT = 1 << 3,        /* a string or list was longer than its bound */
    FM_REC_TEXT = 1 << 4,       /* body is struct fm_rec_text: EVE's own JSON of a transaction */
    FM_REC_LATE = 1 << 5,       /* set by order/: came after the watermark had passed */
    FM_REC_BACKSCATTER = 1 << 6,/* first packet was a SYN-ACK, RST or ICMP error: an answer to what
                                   nobody here asked */
};

struct fm_rec {
    fm_time time;     /* of the packet or transaction that is told */
    uint64_t flow_id; /* the sensor's own: a pivot for people, never a key */
    struct fm_addr client, server;
    uint16_t cport, sport; /* ICMP: type and code */
    uint16_t site;
    uint16_t size; /* of the whole record in bytes; a multiple of 8 */
    uint8_t proto; /* IP protocol number */
    uint8_t kind;
    uint8_t weight; /* this record stands for so many (shedding); 1 normally, never 0 */
    uint8_t flags;
    uint32_t has;
};
_Static_assert(sizeof(struct fm_rec) == 64, "the header is a file format");

#define FM_REC_MAX 8192 /* bytes of the largest record */

/** A string of a record: `off` bytes from the record's first byte. Not NUL-terminated. */
struct fm_str {
    uint16_t off, len;
};

enum fm_answer {
    FM_NO_ANSWER,       /* nothing seen (yet) */
    FM_ANSWERED,        /* SYN-ACK, or first data back, or an echo reply */
    FM_REFUSED,         /* RST to the SYN */
    FM_UNREACHABLE,     /* ICMP error */
    FM_ANSWER_INFERRED, /* only one way is seen, but the client went on as if answered */
};

enum fm_close {
    FM_OPEN,
    FM_CLOSED,  /* both FINs */
    FM_RESET_BY_CLIENT,
    FM_RESET_BY_SERVER,
};

/** Application protocols that detectors tell apart; everything else is FM_APP_OTHER. */
#define FM_APPS_LIST(X)                                                                            \
    X(FM_APP_UNKNOWN, "")                                                                          \
    X(FM_APP_OTHER, "other")                                                                       \
    X(FM_APP_FAILED, "failed") /* Suricata looked and recognised none */                           \
    X(FM_APP_HTTP, "http")                                                                         \
    X(FM_APP_TLS, "tls")                                                                           \
    X(FM_APP_DNS, "dns")                                                                           \
    X(FM_APP_QUIC, "quic")                                                                         \
    X(FM_APP_SMB, "smb")                                                                           \
    X(FM_APP_DCERPC, "dcerpc")                                                                     \
    X(FM_APP_KRB5, "krb5")                                                                         \
    X(FM_APP_LDAP, "ldap")                                                                         \
    X(FM_APP_FTP, "ftp")                                                                           \
    X(FM_APP_FTP_DATA, "ftp-data")                                                                 \
    X(FM_APP_SSH, "ssh")                                                                           \
    X(FM_APP_RDP, "rdp")                                                                           \
    X(FM_APP_RFB, "rfb")                                                                           \
    X(FM_APP_SMTP, "smtp")                                                                         \
    X(FM_APP_IMAP, "imap")                                                                         \
    X(FM_APP_POP3, "pop3")                                                                         \
    X(FM_APP_DHCP, "dhcp")                                                                         \
    X(FM_APP_NTP, "ntp")                                                                           \
    X(FM_APP_MQTT, "mqtt")                                                                         \
    X(FM_APP_MODBUS, "modbus")                                                                     \
    X(FM_APP_DNP3, "dnp3")                                                                         \
    X(FM_APP_ENIP, "enip")                                                                         \
    X(FM_APP_SNMP, "snmp")                                                                         \
    X(FM_APP_SIP, "sip")                                                                           \
    X(FM_APP_TFTP, "tftp")                                                                         \
    X(FM_APP_NFS, "nfs")                                                                           \
    X(FM_APP_BITTORRENT, "bittorrent-dht")                                                         \
    X(FM_APP_HTTP2, "http2")                                                                       \
    X(FM_APP_WEBSOCKET, "websocket")                                                               \
    X(FM_APP_TELNET, "telnet")                                                                     \
    X(FM_APP_MYSQL, "mysql")                                                                       \
    X(FM_APP_PGSQL, "pgsql")

enum fm_app {
#define X(app, name) app,
    FM_APPS_LIST(X)
#undef X
    FM_APPS,
};
extern const char *const fm_app_name[FM_APPS];
/** FM_APP_OTHER for a name that is not in the list, FM_APP_UNKNOWN for "". */
enum fm_app fm_app_of_name(const char *name, size_t len);

#define FM_SHAPE_FIRST 8   /* payloads whose lengths are kept */
#define FM_SHAPE_SERIES 12 /* slots of the byte series each way */
#define FM_SHAPE_HEAD 8    /* first payload bytes kept each way */

/** What a flow looked like, measured on the packet path without looking inside: about 100 bytes. */
struct fm_shape {
    int16_t first_len[FM_SHAPE_FIRST]; /* bytes of the first payloads; negative: from the server */
    uint16_t turns;                    /* how often the speaking side changed (saturates) */
    uint16_t gaps;                     /* silences over 1 s between payloads (saturates) */
    uint32_t longest_gap_ms;
    uint16_t small[2]; /* payloads of 1 to 99 bytes each way (saturate) */
    uint16_t full[2];  /* payloads of 1,000 bytes or more each way (saturate) */
    uint16_t slot_s;   /* seconds a slot of the series stands for: 1, 2, 4, ... */
    uint8_t speaker;   /* who sent the first payload: 0 nobody, 1 client, 2 server */
    uint8_t used;      /* slots of the series in use */
    uint8_t series[2][FM_SHAPE_SERIES]; /* 6 * log2(1 + bytes), rounded */
    uint8_t head[2][FM_SHAPE_HEAD];     /* first payload bytes */
};

/** flow_new, _answer, _close, _update, _end.  Bytes are TCP payload by sequence numbers (neither
 *  retransmissions nor a doubled mirror count twice; a gap counts, as the other side got it) or
 *  datagram payload.  `bytes` and `packets` say what came *since the flow's last record*, so that
 *  they add up in any order.  `shape` is only there (size, FM_HAS_SHAPE) in _update, in _end and,
 *  where something was said, in _close. */
struct fm_flow {
    fm_time start;
    uint64_t bytes[2];
    uint64_t total_bytes[2];
    uint32_t packets[2];
    struct fm_mac client_mac, server_mac;
    uint16_t vlan; /* 0: none */
    uint8_t answer; /* enum fm_answer */
    uint8_t close;  /* enum fm_close */
    uint8_t app;    /* enum fm_app */
    uint8_t tcp_flags[2]; /* all TCP flags seen each way */
    uint8_t pad;
    struct fm_shape shape;
};
#define FM_FLOW_BRIEF offsetof(struct fm_flow, shape) /* body bytes without the shape */

enum { FM_HTTP_PLAIN, FM_HTTP_PROXIED, FM_HTTP_CONNECT };

struct fm_http {
    struct fm_str host, uri, method, agent, referrer, content_type, headers;
    uint64_t bytes[2]; /* body bytes each way */
    uint16_t status;   /* 0: no answer seen */
    uint16_t port;     /* of the authority asked for: CONNECT or absolute URI; else 0 */
    uint8_t via;       /* FM_HTTP_PROXIED: absolute URI; FM_HTTP_CONNECT: a tunnel by name */
    uint8_t pad[3];
};
#define FM_HTTP_URI_MAX 512 /* referrers too */
#define FM_HTTP_AGENT_MAX 384
#define FM_HTTP_TYPE_MAX 96 /* without parameters: up to the ';' */
#define FM_HTTP_HEADERS_MAX 384 /* names as sent, in order, joined by ',' */

#define FM_TLS_DN_MAX 384
#define FM_TLS_HASH_MAX 64

struct fm_tls {
    struct fm_str sni, subject, issuer, fingerprint, ja3, ja4, alpn, serial;
    uint16_t version; /* 0x0303 is TLS 1.2 */
    uint8_t pad[6];
    fm_time not_before, not_after;
};

#define FM_DNS_ANSWERS 8

struct fm_dns {
    struct fm_str query; /* as asked */
    struct fm_str text;  /* CNAME, PTR, TXT or NULL data of the first answer that has some */
    uint16_t type;       /* 1 A, 16 TXT, 28 AAAA, ... */
    uint16_t rcode;      /* with FM_HAS_STATUS */
    uint16_t answers;    /* how many the answer had */
    uint16_t answer_bytes; /* of all answer data */
    uint32_t ttl_s;      /* the smallest */
    uint8_t response;    /* 0 query, 1 answer */
    uint8_t kept;        /* addresses in `addr` */
    uint8_t pad[2];
    struct fm_addr addr[FM_DNS_ANSWERS];
};
#define FM_DNS_NAME_MAX 255

/** `command` is lower case without SMB1_COMMAND_, SMB2_COMMAND_ and _ANDX ("session_setup");
 *  `account`, `domain`, `host` come with the last NTLM session_setup, whose status tells success.
 */
struct fm_smb {
    struct fm_str account, domain, host, share, file, command, pipe, dialect;
    uint32_t status; /* NTSTATUS */
    uint32_t pad;
    uint64_t file_bytes;
};

struct fm_dcerpc {
    struct fm_str interface, account; /* UUID, lower case */
    uint16_t opnum;  /* 0xffff: none or unknown */
    uint8_t request; /* 1 request, 0 answer */
    uint8_t bind;    /* 1: interface asked for, no operation */
    uint32_t status; /* 1: the server answered with a fault */
    uint32_t stub_bytes;
};

struct fm_krb5 {
    struct fm_str account, realm, service;
    uint32_t type;  /* message type: 10 AS-REQ ... 30 ERROR; of the failed request when an error */
    uint32_t error; /* with FM_HAS_STATUS; 24 pre-authentication failed, ... */
    int32_t encryption, ticket_encryption; /* RFC 3961 numbers: 18 aes256, 23 rc4-hmac, ... */
};

/** One body for what has a login and little else:
 *         account    host         agent         command     argument       reply       status
 *  ftp    USER's     -            -             "USER"      all but login  text        code
 *  ssh    -          -            client        -           version        server      0 in, 1 not
 *  rdp    cookie     client's     client build  event_type  security       reason      error
 *  rfb    -          -            version       -           desktop        -           0 ok, 1, 2
 *  smtp   sender     HELO         mail program  -           recipients     last        code
 *  mqtt   user       client id    protocol      "connect"   topics         -           return code
 *  ldap   bind DN    -            attributes    operation   filter         message     RFC 4511
 *  `fingerprint`: ssh's HASSH; `domain`: ldap's base; `count`: recipients, topics, search results,
 *  ssh's tries, rfb's security type. */
struct fm_session {
    struct fm_str account, domain, host, agent, command, argument, reply, fingerprint;
    uint32_t status; /* the protocol's reply code */
    uint32_t count;  /* recipients, topics, search results */
};

struct fm_dhcp {
    struct fm_str name;
    struct fm_mac mac;
    uint8_t type; /* 1 discover, 3 request, 5 ack, 7 release */
    uint8_t pad;
    uint32_t lease_s;
    struct fm_addr given;
};

struct fm_ics {
    uint16_t function, exception, unit, pad;
    uint32_t address, quantity;
};

/** Echo payload of a flow since its last icmp record. */
struct fm_icmp {
    uint64_t bytes[2];
    uint32_t packets[2];
    uint32_t payloads; /* different ones (of the last 8 digests) */
    uint16_t longest_bytes;
    uint16_t pad;
};

#define FM_FILE_NAME_MAX 255

struct fm_fileinfo {
    struct fm_str name, magic, hash;
    uint64_t bytes;
    uint8_t to_server; /* 1: sent to the server */
    uint8_t app;       /* enum fm_app */
    uint8_t pad[6];
};

/** `behavior`: what the rule's metadata says that it is, a detector's name or "category:" and a
 *  category's; `claim`: how sure that makes it, in percent, 0 where the rule does not say. */
struct fm_alert {
    uint32_t sid, gid, rev;
    uint32_t severity; /* Suricata: 1 is worst */
    struct fm_str signature, category, technique, confidence;
    uint8_t to_client; /* 1: the packet that matched went to the client */
    uint8_t claim;
    struct fm_str behavior;
    uint8_t pad[2];
};
#define FM_BEHAVIOR_MAX 63
#define FM_BEHAVIOR_CATEGORY "category:"

/** A transaction as EVE's own writer tells it: `{"krb5":{...}}`; the reader of eve.json turns it
 *  into the kind's body (record/eve.h). */
struct fm_rec_text {
    struct fm_str json;
};

/** tick: the site's sensor is alive at `time`.  gap: `lost` records of a kind were shed or lost. */
struct fm_gap {
    uint32_t lost;
    uint32_t of_kind;
};

/** The body; its size in bytes by kind (strings not counted), 0 for kinds without one. */
static inline const void *fm_body(const struct fm_rec *rec)
{
    return rec + 1;
}
size_t fm_body_bytes(enum fm_kind kind);

/** Building a record in FM_REC_MAX aligned bytes: begin, fill the body, then the strings; `size` is
 *  always right in between. */
void *fm_rec_begin(struct fm_rec *rec, enum fm_kind kind); /* zeroes header and body, returns it */
/** Appends at most `max` bytes of a string; a longer one is cut and FM_REC_CUT set.  No room in the
 *  record: the string stays empty and FM_REC_CUT is set. */
void fm_rec_put(struct fm_rec *rec, struct fm_str *str, const void *bytes, size_t len, size_t max);
/** The same for a record whose body is EVE's text of the kind (FM_REC_TEXT is set). */
struct fm_rec_text *fm_rec_begin_text(struct fm_rec *rec, enum fm_kind kind);
/** Shortens a flow record to its brief body (before any string is put). */
void fm_rec_brief(struct fm_rec *rec);

/** What an alert's rule says in its metadata that it is: a type before a category; NULL: it does
 *  not say.  `certainty` in percent; more than 100 is 100, what is no number is not said. */
void fm_rec_put_behavior(struct fm_rec *rec, const char *type, const char *category,
        const char *certainty);

/** The string's bytes (never NULL) and, in *len, their number. */
const char *fm_rec_str(const struct fm_rec *rec, struct fm_str str, size_t *len);

/** Times of records lie in 0 .. FM_TIME_MAX (the year 10000), so that spans can be added to them.
 */
#define FM_TIME_MAX (INT64_C(253402300800) * FM_SECOND)

/** True when every offset, length, size, kind, time and enum of these `len` bytes is in bounds:
 *  what comes from a tape passes here first.  `bytes` must be aligned to 8 (else: false). */
bool fm_rec_valid(const void *bytes, size_t len);

/** The total order of records: time, site, five-tuple (canonical), kind, then all remaining bytes
 *  but flow_id.  <0, 0, >0. */
int fm_rec_compare(const struct fm_rec *a, const struct fm_rec *b);

/** Sources of records, for the matrix of what each can say. */
enum fm_source { FM_SURICATA7, FM_SURICATA8, FM_EVE, FM_ZEEK, FM_SOURCES };
extern const char *const fm_source_name[FM_SOURCES];
/** Fields that records of this kind can carry from this source; 0: the kind does not come. */
uint32_t fm_source_fields(enum fm_source source, enum fm_kind kind);

#endif
