#include "suricata/common/dnswire.h"

#include <string.h>

#include "base/addr.h"

#define JUMPS_MAX 16
#define FIXED_BYTES 10 /* of an answer behind its name: type, class, time to live, length */

enum { A = 1, NS = 2, CNAME = 5, NULL_DATA = 10, PTR = 12, MX = 15, TXT = 16, AAAA = 28 };

struct message {
    const uint8_t *at;
    size_t len;
};

struct name {
    char text[FM_DNS_NAME_MAX];
    size_t len;
};

static bool is_plain(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] < 0x20 || bytes[i] > 0x7e)
            return false;
    return true;
}

static bool add_label(struct name *name, const uint8_t *label, size_t len)
{
    if (name->len + 1 + len > sizeof(name->text) || !is_plain(label, len))
        return false;
    if (name->len > 0)
        name->text[name->len++] = '.';
    memcpy(name->text + name->len, label, len);
    name->len += len;
    return true;
}

/* Returns where the bytes behind the name begin; 0: not plain. */
static size_t read_name(const struct message *message, size_t at, struct name *name)
{
    size_t behind = 0;
    unsigned jumps = 0;

    name->len = 0;
    while (at < message->len && message->at[at] != 0) {
        size_t len = message->at[at];
        if (len >= 0xc0) {
            if (at + 2 > message->len || ++jumps > JUMPS_MAX)
                return 0;
            behind = behind != 0 ? behind : at + 2;
            at = fm_dns_wire_u16(message->at + at) & 0x3fff;
            continue;
        }
        if (len >= 0x40 || at + 1 + len > message->len
                || !add_label(name, message->at + at + 1, len))
            return 0;
        at += 1 + len;
    }
    if (at >= message->len)
        return 0;
    return behind != 0 ? behind : at + 1;
}

/* ---- answers ---- */

static void add_bytes(struct fm_dns *dns, size_t len)
{
    size_t all = dns->answer_bytes + len;

    dns->answer_bytes = (uint16_t)(all > UINT16_MAX ? UINT16_MAX : all);
}

static void add_text(struct fm_rec *rec, struct fm_dns *dns, bool kept, const void *text,
        size_t len)
{
    if (kept && dns->text.len == 0)
        fm_rec_put(rec, &dns->text, text, len, FM_DNS_NAME_MAX);
    add_bytes(dns, len);
    dns->answers++;
}

static bool add_addr(struct fm_rec *rec, struct fm_dns *dns, const uint8_t *data, size_t len)
{
    if (len != 4 && len != 16)
        return false;
    if (dns->kept < FM_DNS_ANSWERS)
        dns->addr[dns->kept++] = len == 4 ? fm_addr_from4(data) : fm_addr_from16(data);
    else
        rec->flags |= FM_REC_CUT;
    add_bytes(dns, len);
    dns->answers++;
    return true;
}

static bool add_name(struct fm_rec *rec, struct fm_dns *dns, bool kept,
        const struct message *message, size_t at)
{
    struct name name;

    if (read_name(message, at, &name) == 0)
        return false;
    add_text(rec, dns, kept, name.text, name.len);
    return true;
}

/* Each string counts as an answer, as the sensor counts them. */
static bool add_strings(struct fm_rec *rec, struct fm_dns *dns, const uint8_t *data, size_t len)
{
    size_t at = 0;

    while (at < len) {
        size_t bytes = data[at++];
        if (at + bytes > len || !is_plain(data + at, bytes))
            return false;
        add_text(rec, dns, true, data + at, bytes);
        at += bytes;
    }
    return len > 0;
}

static bool add_answer(struct fm_rec *rec, struct fm_dns *dns, uint16_t type,
        const struct message *message, size_t at, size_t len)
{
    const uint8_t *data = message->at + at;

    switch (type) {
    case A:
        return len == 4 && add_addr(rec, dns, data, len);
    case AAAA:
        return len == 16 && add_addr(rec, dns, data, len);
    case CNAME:
    case PTR:
        return add_name(rec, dns, true, message, at);
    case NS:
        return add_name(rec, dns, false, message, at);
    case MX:
        return len > 2 && add_name(rec, dns, false, message, at + 2);
    case TXT:
        return add_strings(rec, dns, data, len);
    case NULL_DATA:
        if (!is_plain(data, len))
            return false;
        add_text(rec, dns, true, data, len);
        return true;
    default:
        dns->answers++;
        return true;
    }
}

static bool read_answers(struct fm_rec *rec, struct fm_dns *dns, const struct message *message,
        size_t at, unsigned count)
{
    struct name name;

    for (unsigned i = 0; i < count; i++) {
        at = read_name(message, at, &name);
        if (at == 0 || at + FIXED_BYTES > message->len)
            return false;
        const uint8_t *fixed = message->at + at;
        uint32_t ttl_s = (uint32_t)fm_dns_wire_u16(fixed + 4) << 16 | fm_dns_wire_u16(fixed + 6);
        size_t len = fm_dns_wire_u16(fixed + 8);
        at += FIXED_BYTES;
        if (i == 0 || ttl_s < dns->ttl_s)
            dns->ttl_s = ttl_s;
        if (at + len > message->len
                || !add_answer(rec, dns, fm_dns_wire_u16(fixed), message, at, len))
            return false;
        at += len;
    }
    return true;
}

bool fm_dns_wire(struct fm_rec *rec, const uint8_t *bytes, size_t len)
{
    struct fm_dns *dns = (struct fm_dns *)(rec + 1);
    const struct message message = { bytes, len };
    struct name name;

    if (len < FM_DNS_WIRE_HEADER || (bytes[2] & 0x80) == 0 || fm_dns_wire_u16(bytes + 4) != 1)
        return false;
    size_t at = read_name(&message, FM_DNS_WIRE_HEADER, &name);
    if (at == 0 || at + 4 > len || name.len == 0)
        return false;
    fm_rec_put(rec, &dns->query, name.text, name.len, FM_DNS_NAME_MAX);
    dns->response = 1;
    dns->type = fm_dns_wire_u16(bytes + at);
    dns->rcode = bytes[3] & 0x0f;
    rec->has |= FM_HAS_NAME | FM_HAS_TYPE | FM_HAS_STATUS | FM_HAS_ANSWERS;
    return read_answers(rec, dns, &message, at + 4, fm_dns_wire_u16(bytes + 6));
}
