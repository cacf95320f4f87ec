/* Lists of names, addresses and prefixes.
 *
 * A name is found by the hash of itself and of each of its parents (at most 127 look-ups of
 * O(log n)), then compared: no hash decides alone.  An address is found by bisection, a prefix by
 * fm_prefixes.  A line costs 42 bytes beside its text.  Names match without regard to case, with
 * their subdomains.  Blind spot: a client chooses the name it sends; who lists a name trusts it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "policy/inside.h"

#define NAME_MAX_BYTES 253 /* RFC 1035, as text */
#define LABEL_MAX_BYTES 63
#define HASH_SEED 0 /* equal lists look equal everywhere; the text decides, not the hash */

struct listed_name {
    uint64_t hash;
    const char *at; /* in the file's text */
    uint16_t len, port;
};

struct listed_addr {
    struct fm_addr addr;
    uint16_t port;
};

struct fm_list {
    struct fm_mem *mem;
    unsigned files;
    char *path[FM_LIST_FILES];
    char *text[FM_LIST_FILES];
    struct listed_name *name;
    struct listed_addr *addr;
    struct fm_prefixes *prefixes;
    unsigned names, addrs, entries;
};

/* ---- one entry ------------------------------------------------------------------------------- */

static bool label_ok(const char *label, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = label[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
                c != '-' && c != '_')
            return false;
    }
    return len > 0 && len <= LABEL_MAX_BYTES;
}

/* A DNS name; one that ends in a number is a mistyped address. */
static bool name_ok(const char *name, size_t len)
{
    size_t start = 0;
    bool letters = false;
    if (len == 0 || len > NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i <= len; i++) {
        if (i < len && name[i] != '.')
            continue;
        if (!label_ok(name + start, i - start))
            return false;
        letters = strspn(name + start, "0123456789") < i - start;
        start = i + 1;
    }
    return letters;
}

static bool read_port(const char *text, size_t len, uint16_t *port)
{
    unsigned value = 0;
    if (len == 0 || len > 5)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    *port = (uint16_t)value;
    return value > 0 && value <= UINT16_MAX;
}

/* Cuts ":443" off the end, and the brackets around an IPv6 address before it. */
static bool split_port(const char **text, size_t *len, uint16_t *port)
{
    const char *colon = memrchr(*text, ':', *len);
    if (!colon)
        return true;
    size_t head = (size_t)(colon - *text);
    if (!read_port(colon + 1, *len - head - 1, port))
        return false;
    if (head > 2 && (*text)[0] == '[' && (*text)[head - 1] == ']') {
        ++*text;
        head -= 2;
    }
    *len = head;
    return true;
}

static bool add_entry(struct fm_list *list, const char *text, size_t len)
{
    struct listed_addr addr = { .port = 0 };
    uint16_t port = 0;
    list->entries++;
    if (text[0] == '!' || memchr(text, '/', len))
        return fm_prefixes_add(list->prefixes, text, len);
    if (fm_addr_parse(text, len, &addr.addr)) {
        list->addr[list->addrs++] = addr;
        return true;
    }
    if (!split_port(&text, &len, &port))
        return false;
    if (fm_addr_parse(text, len, &addr.addr)) {
        addr.port = port;
        list->addr[list->addrs++] = addr;
        return true;
    }
    if (!name_ok(text, len))
        return false;
    list->name[list->names++] = (struct listed_name){ fm_hash_name(HASH_SEED, text, len),
        text, (uint16_t)len, port };
    return true;
}

/* ---- the file -------------------------------------------------------------------------------- */

static int by_hash(const void *a, const void *b)
{
    const struct listed_name *x = a, *y = b;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static int by_addr(const void *a, const void *b)
{
    const struct listed_addr *x = a, *y = b;
    int order = fm_addr_compare(&x->addr, &y->addr);
    return order ? order : (int)x->port - (int)y->port;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* The entry of a line, without comment and blanks; its length, 0 when there is none. */
static size_t entry_of(const char **line, size_t len)
{
    const char *comment = memchr(*line, '#', len);
    if (comment)
        len = (size_t)(comment - *line);
    for (; len && blank(**line); len--)
        ++*line;
    while (len && blank((*line)[len - 1]))
        len--;
    return len;
}

static void say_bad_entry(const char *path, unsigned number, const char *entry, size_t len,
        char *error, size_t cap)
{
    char shown[41];
    size_t n = len < sizeof shown - 1 ? len : sizeof shown - 1;
    for (size_t i = 0; i < n; i++)
        shown[i] = entry[i] >= ' ' && entry[i] < 0x7f ? entry[i] : '?';
    shown[n] = '\0';
    snprintf(error, cap,
            "%s:%u: \"%s\" is no name, address or prefix; write one a line: example.com, "
            "192.0.2.1, 192.0.2.0/24, example.com:443",
            path, number, shown);
}

static bool read_lines(struct fm_list *list, const char *path, const char *text, size_t len,
        char *error, size_t cap)
{
    const char *at = text, *end = text + len;
    for (unsigned number = 1; at < end; number++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t line_len = (size_t)((newline ? newline : end) - at);
        const char *entry = at;
        size_t entry_len = entry_of(&entry, line_len);
        uint64_t refused = list->mem->refused;
        if (entry_len && !add_entry(list, entry, entry_len)) {
            if (list->mem->refused != refused)
                snprintf(error, cap, "%s: out of memory", path);
            else
                say_bad_entry(path, number, entry, entry_len, error, cap);
            return false;
        }
        at += line_len + 1;
    }
    if (list->names)
        qsort(list->name, list->names, sizeof *list->name, by_hash);
    if (list->addrs)
        qsort(list->addr, list->addrs, sizeof *list->addr, by_addr);
    return true;
}

/* An array of `have` items, made longer by `more`; the old one is freed. */
static void *longer(struct fm_mem *mem, void *array, size_t size, size_t have, size_t more)
{
    char *now = fm_alloc(mem, (have + more) * size);
    if (now && have)
        memcpy(now, array, have * size);
    if (now)
        fm_free(mem, array);
    return now;
}

/* A line holds one entry at most. */
static bool make_room(struct fm_list *list, const char *text, size_t len)
{
    size_t lines = 1;
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    void *name = longer(list->mem, list->name, sizeof *list->name, list->names, lines);
    if (name)
        list->name = name;
    void *addr = longer(list->mem, list->addr, sizeof *list->addr, list->addrs, lines);
    if (addr)
        list->addr = addr;
    return name && addr;
}

struct fm_list *fm_list_new(struct fm_mem *mem)
{
    struct fm_list *list = fm_alloc(mem, sizeof *list);
    struct fm_prefixes *prefixes = list ? fm_prefixes_new(mem) : NULL;
    if (!prefixes) {
        fm_free(mem, list);
        return NULL;
    }
    list->mem = mem;
    list->prefixes = prefixes;
    return list;
}

bool fm_list_add_file(struct fm_list *list, const char *path, uint64_t *hash, char *error,
        size_t cap)
{
    size_t len = 0, path_bytes = strlen(path) + 1;
    char *text = fm_file_read(list->mem, path, FM_LIST_FILE_BYTES, &len, error, cap);
    char *copy = text ? fm_alloc(list->mem, path_bytes) : NULL;
    if (!copy || !make_room(list, text, len)) {
        if (text)
            snprintf(error, cap, "%s: out of memory", path);
        fm_free(list->mem, text);
        fm_free(list->mem, copy);
        return false;
    }
    memcpy(copy, path, path_bytes);
    list->path[list->files] = copy;
    list->text[list->files++] = text;
    *hash = fm_hash(*hash, text, len);
    return read_lines(list, path, text, len, error, cap);
}

void fm_list_free(struct fm_list *list)
{
    if (!list)
        return;
    for (unsigned i = 0; i < list->files; i++) {
        fm_free(list->mem, list->path[i]);
        fm_free(list->mem, list->text[i]);
    }
    fm_prefixes_free(list->prefixes);
    fm_free(list->mem, list->name);
    fm_free(list->mem, list->addr);
    fm_free(list->mem, list);
}

const char *fm_list_file(const struct fm_list *list, unsigned n)
{
    return n < list->files ? list->path[n] : NULL;
}

/* ---- questions ------------------------------------------------------------------------------- */

static bool has_exactly(const struct fm_list *list, const char *name, size_t len, uint16_t port)
{
    uint64_t hash = fm_hash_name(HASH_SEED, name, len);
    unsigned low = 0, high = list->names;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (list->name[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < list->names && list->name[low].hash == hash; low++) {
        const struct listed_name *have = &list->name[low];
        if ((have->port == 0 || have->port == port) && have->len == len &&
                strncasecmp(have->at, name, len) == 0)
            return true;
    }
    return false;
}

bool fm_list_has_name(const struct fm_list *list, const char *name, size_t len, uint16_t port)
{
    if (!list || list->names == 0)
        return false;
    if (len && name[len - 1] == '.')
        len--;
    if (len > NAME_MAX_BYTES)
        return false;
    while (len) {
        if (has_exactly(list, name, len, port))
            return true;
        const char *dot = memchr(name, '.', len);
        size_t label = dot ? (size_t)(dot - name) + 1 : len;
        name += label;
        len -= label;
    }
    return false;
}

bool fm_list_has_addr(const struct fm_list *list, const struct fm_addr *addr, uint16_t port)
{
    struct listed_addr wanted = { *addr, 0 };
    if (!list)
        return false;
    if (fm_prefixes_has(list->prefixes, addr))
        return true;
    for (int with_port = 0; list->addrs && with_port < 2; with_port++) {
        wanted.port = with_port ? port : 0;
        if (bsearch(&wanted, list->addr, list->addrs, sizeof wanted, by_addr))
            return true;
    }
    return false;
}

unsigned fm_list_count(const struct fm_list *list)
{
    return list ? list->entries : 0;
}
