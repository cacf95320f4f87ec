#include "cli/lengths.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define WINDOW 16384
#define INTERFACES 64

enum { NULL_LINK = 0, ETHERNET = 1, RAW_BSD = 12, RAW_OPEN = 14, RAW = 101, LOOP = 108,
    COOKED = 113, IPV4_ONLY = 228, COOKED2 = 276 };
enum { IPV4 = 0x0800, NONE = -1, LEAST_HEADER = 20, LENGTH_AT = 2 };

struct reader {
    int in, out;
    off_t start; /* of the window */
    size_t got;
    unsigned char window[WINDOW];
    bool swapped; /* the file's numbers are of the other byte order */
    uint64_t count;
};

/* ---- bytes ---- */

/** So many bytes of the file; NULL behind its end. At most a window. */
static const unsigned char *bytes(struct reader *r, off_t at, size_t len)
{
    if (at < r->start || at + (off_t)len > r->start + (off_t)r->got) {
        ssize_t got = pread(r->in, r->window, WINDOW, at);
        r->start = at;
        r->got = got > 0 ? (size_t)got : 0;
    }
    return len <= r->got - (size_t)(at - r->start) ? r->window + (at - r->start) : NULL;
}

static uint32_t u32(const struct reader *r, const unsigned char *p)
{
    uint32_t value;

    memcpy(&value, p, sizeof value);
    return r->swapped ? __builtin_bswap32(value) : value;
}

static uint16_t u16(const struct reader *r, const unsigned char *p)
{
    uint16_t value;

    memcpy(&value, p, sizeof value);
    return r->swapped ? __builtin_bswap16(value) : value;
}

static unsigned net16(const unsigned char *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

/* ---- a packet ---- */

static bool is_tag(unsigned type)
{
    return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

/** Where the IPv4 header of a frame begins, by its first bytes; NONE: there is none. */
static int ip_at(unsigned link, const unsigned char *p, size_t len)
{
    size_t at = 12;

    switch (link) {
    case RAW_BSD: case RAW_OPEN: case RAW: case IPV4_ONLY:
        return 0;
    case NULL_LINK: case LOOP:
        return 4;
    case COOKED:
        return len >= 16 && net16(p + 14) == IPV4 ? 16 : NONE;
    case COOKED2:
        return len >= 20 && net16(p) == IPV4 ? 20 : NONE;
    case ETHERNET:
        for (unsigned tags = 0; tags < 3 && len >= at + 2 && is_tag(net16(p + at)); tags++)
            at += 4;
        return len >= at + 2 && net16(p + at) == IPV4 ? (int)at + 2 : NONE;
    default:
        return NONE;
    }
}

/** False: the length could not be written. */
static bool packet(struct reader *r, unsigned link, off_t start, uint32_t len)
{
    enum { ENOUGH = 64 };
    size_t look = len < ENOUGH ? len : ENOUGH;
    const unsigned char *p = bytes(r, start, look);
    int at = p ? ip_at(link, p, look) : NONE;

    if (at == NONE || (size_t)at + LEAST_HEADER > look || p[at] >> 4 != 4 ||
            net16(p + at + LENGTH_AT))
        return true;
    uint32_t rest = len - (uint32_t)at;
    unsigned whole = rest < UINT16_MAX ? rest : UINT16_MAX;
    unsigned char told[2] = { (unsigned char)(whole >> 8), (unsigned char)whole };
    r->count++;
    return r->out < 0 ||
           pwrite(r->out, told, sizeof told, start + at + LENGTH_AT) == (ssize_t)sizeof told;
}

/* ---- the file ---- */

static bool pcap(struct reader *r, size_t record)
{
    const unsigned char *p = bytes(r, 0, 24);
    off_t at = 24;

    if (!p)
        return true;
    unsigned link = u32(r, p + 20) & 0x0fffffff;
    while ((p = bytes(r, at, record))) {
        uint32_t len = u32(r, p + 8);
        at += (off_t)record;
        if (!packet(r, link, at, len))
            return false;
        at += len;
    }
    return true;
}

static bool pcapng(struct reader *r)
{
    enum { SECTION = 0x0a0d0d0a, INTERFACE = 1, OLD_PACKET = 2, SIMPLE_PACKET = 3, PACKET = 6 };
    static const uint32_t order = 0x1a2b3c4d;
    static const uint32_t least[] = { [INTERFACE] = 16, [OLD_PACKET] = 32, [SIMPLE_PACKET] = 16,
        [PACKET] = 32 };
    uint16_t link[INTERFACES] = { 0 };
    unsigned interfaces = 0;
    const unsigned char *p;

    for (off_t at = 0; (p = bytes(r, at, 12));) {
        if (u32(r, p) == SECTION) {
            r->swapped = memcmp(p + 8, &order, sizeof order) != 0;
            interfaces = 0;
        }
        uint32_t kind = u32(r, p), size = u32(r, p + 4), len = 0;
        if (size < 12 || (kind <= PACKET && size < least[kind]))
            return true;
        size_t body = kind == SIMPLE_PACKET ? 12 : 28;
        p = kind <= PACKET && least[kind] ? bytes(r, at, least[kind]) : NULL;
        unsigned from = 0;
        if (p && kind == INTERFACE && interfaces < INTERFACES)
            link[interfaces++] = u16(r, p + 8);
        else if (p && kind == SIMPLE_PACKET)
            len = size - 16 < u32(r, p + 8) ? size - 16 : u32(r, p + 8);
        else if (p && kind != INTERFACE) {
            from = kind == PACKET ? u32(r, p + 8) : u16(r, p + 8);
            len = u32(r, p + 20) <= size - 32 ? u32(r, p + 20) : 0;
        }
        if (len && from < interfaces && !packet(r, link[from], at + (off_t)body, len))
            return false;
        at += size;
    }
    return true;
}

uint64_t fm_lengths_missing(int capture, int mend)
{
    static const unsigned char section[] = { 0x0a, 0x0d, 0x0d, 0x0a };
    struct reader r = { .in = capture, .out = mend };
    const unsigned char *p = bytes(&r, 0, 4);

    errno = 0;
    if (!p)
        return 0;
    uint32_t magic = u32(&r, p);
    r.swapped = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1 || magic == 0x34cdb2a1;
    bool kuznetzov = magic == 0xa1b2cd34 || magic == 0x34cdb2a1;
    bool written = memcmp(p, section, sizeof section) ? pcap(&r, kuznetzov ? 24 : 16) : pcapng(&r);
    if (written)
        errno = 0;
    else if (!errno)
        errno = EIO;
    return r.count;
}
