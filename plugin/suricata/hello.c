/* See hello.h for what is promised.  In call order: segments, then the message, then what is
 * kept. */
#include "suricata/hello.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { RECORD_HEAD = 5, MESSAGE_HEAD = 4, CHANGE_CIPHER_SPEC = 20, HANDSHAKE = 22 };
enum { CLIENT_HELLO = 1, RANDOM_BYTES = 32 };
enum { SIGNATURE_ALGORITHMS = 13, ALPN = 16, SUPPORTED_VERSIONS = 43 };

#define RECORD_MAX 4096
#define WORDS_MAX 512
#define EXTENSIONS_MAX 64
#define JA4_MOST 99 /* where JA4 stops counting */

struct part {
    const uint8_t *at;
    size_t len;
};

/* All that JA4 is made of, in one order. */
struct words {
    uint16_t word[WORDS_MAX];
    unsigned count;
};

struct extension {
    uint16_t number;
    struct part body;
};

static uint16_t u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static bool is_grease(uint16_t value)
{
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

/* ---- the message ---- */

static bool skip(struct part *in, size_t bytes)
{
    if (in->len < bytes)
        return false;
    in->at += bytes;
    in->len -= bytes;
    return true;
}

/* A vector whose length stands in `width` bytes before it. */
static bool take_vector(struct part *in, unsigned width, struct part *out)
{
    if (in->len < width)
        return false;
    size_t len = width == 1 ? in->at[0] : u16(in->at);
    skip(in, width);
    *out = (struct part){ in->at, len };
    return skip(in, len);
}

static bool put(struct words *out, uint16_t word)
{
    if (out->count == WORDS_MAX)
        return false;
    out->word[out->count++] = word;
    return true;
}

/* The numbers in it that are no GREASE, and before them how many. */
static bool put_numbers(struct words *out, struct part numbers)
{
    unsigned at = out->count;

    if (!put(out, 0))
        return false;
    for (; numbers.len >= 2; skip(&numbers, 2))
        if (!is_grease(u16(numbers.at)) && !put(out, u16(numbers.at)))
            return false;
    out->word[at] = (uint16_t)(out->count - at - 1);
    return true;
}

static bool put_bytes(struct words *out, struct part bytes)
{
    if (!put(out, (uint16_t)bytes.len))
        return false;
    for (; bytes.len > 0; skip(&bytes, 1))
        if (!put(out, bytes.at[0]))
            return false;
    return true;
}

/* Keeps them sorted by number; false: one number twice, or too many. */
static bool insert(struct extension *all, unsigned *count, struct extension one)
{
    unsigned at = *count;

    if (at == EXTENSIONS_MAX)
        return false;
    for (; at > 0 && all[at - 1].number >= one.number; at--) {
        if (all[at - 1].number == one.number)
            return false;
        all[at] = all[at - 1];
    }
    all[at] = one;
    ++*count;
    return true;
}

static bool put_extension(struct words *out, const struct extension *one)
{
    struct part body = one->body, list;

    if (!put(out, one->number))
        return false;
    switch (one->number) {
    case SUPPORTED_VERSIONS:
        return take_vector(&body, 1, &list) && put_numbers(out, list);
    case SIGNATURE_ALGORITHMS:
        return take_vector(&body, 2, &list) && put_numbers(out, list);
    case ALPN:
        return put_bytes(out, body);
    default:
        return true;
    }
}

static bool put_extensions(struct words *out, struct part list, unsigned *count)
{
    struct extension all[EXTENSIONS_MAX];

    *count = 0;
    while (list.len >= 2) {
        struct extension one = { .number = u16(list.at) };
        if (!skip(&list, 2) || !take_vector(&list, 2, &one.body))
            return false;
        if (!is_grease(one.number) && !insert(all, count, one))
            return false;
    }
    for (unsigned i = 0; i < *count; i++)
        if (!put_extension(out, &all[i]))
            return false;
    return list.len == 0;
}

static uint8_t as_counted(unsigned count)
{
    return (uint8_t)(count < JA4_MOST ? count : JA4_MOST);
}

/* The body of a ClientHello (RFC 8446, 4.1.2). */
static bool read_hello(struct fm_hello *hello, uint64_t seed, struct part body)
{
    struct words words;
    struct part ciphers, extensions = { 0 }, unused;
    unsigned count;

    words.count = 0;
    if (body.len < 2 || !put(&words, u16(body.at)) || !skip(&body, 2 + RANDOM_BYTES) ||
            !take_vector(&body, 1, &unused) || !take_vector(&body, 2, &ciphers) ||
            !take_vector(&body, 1, &unused) || !put_numbers(&words, ciphers))
        return false;
    hello->ciphers = as_counted(words.word[1]);
    if (body.len > 0 && !take_vector(&body, 2, &extensions))
        return false;
    if (!put_extensions(&words, extensions, &count))
        return false;
    hello->extensions = as_counted(count);
    hello->print = fm_hash(seed, words.word, words.count * sizeof(words.word[0]));
    return true;
}

/* ---- segments ---- */

static bool is_hello(const uint8_t *payload, size_t len)
{
    return len > RECORD_HEAD && payload[0] == HANDSHAKE && payload[1] == 3 &&
           payload[RECORD_HEAD] == CLIENT_HELLO;
}

void fm_hello_free(struct fm_hello *hello)
{
    free(hello->bytes);
    hello->bytes = NULL;
}

static void end(struct fm_hello *hello)
{
    fm_hello_free(hello);
    hello->state = FM_HELLO_OVER;
}

/* A whole record; a message that goes on in another is left. */
static void take_record(struct fm_hello *hello, uint64_t seed, const uint8_t *record, size_t len)
{
    struct part body = { record + RECORD_HEAD, len - RECORD_HEAD };
    size_t message = body.len >= MESSAGE_HEAD ? (size_t)body.at[1] << 16 | u16(body.at + 2) : 0;

    if (!skip(&body, MESSAGE_HEAD) || message != body.len || !read_hello(hello, seed, body))
        hello->print = 0;
    fm_hello_free(hello);
    hello->state = hello->print != 0 ? FM_HELLO_WATCHED : FM_HELLO_OVER;
}

static void take_first(struct fm_hello *hello, uint64_t seed, const uint8_t *payload, size_t len)
{
    size_t want = is_hello(payload, len) ? RECORD_HEAD + (size_t)u16(payload + 3) : 0;

    if (want == 0 || want > RECORD_MAX) {
        end(hello);
    } else if (len >= want) {
        take_record(hello, seed, payload, want);
    } else if ((hello->bytes = malloc(want)) != NULL) {
        memcpy(hello->bytes, payload, len);
        hello->have = (uint16_t)len;
        hello->want = (uint16_t)want;
        hello->state = FM_HELLO_GATHERED;
    } else {
        end(hello);
    }
}

static void gather(struct fm_hello *hello, uint64_t seed, const uint8_t *payload, size_t len)
{
    size_t more = hello->want - hello->have;

    if (more > len)
        more = len;
    memcpy(hello->bytes + hello->have, payload, more);
    hello->have = (uint16_t)(hello->have + more);
    if (hello->have == hello->want)
        take_record(hello, seed, hello->bytes, hello->want);
}

/* A second hello changes what Suricata's JA4 is made of. */
static void watch(struct fm_hello *hello, const uint8_t *payload, size_t len)
{
    size_t first = len > RECORD_HEAD && payload[0] == CHANGE_CIPHER_SPEC
                           ? RECORD_HEAD + (size_t)u16(payload + 3)
                           : 0;

    if (first < len && is_hello(payload + first, len - first))
        hello->print = 0;
    end(hello);
}

void fm_hello_segment(struct fm_hello *hello, uint64_t seed, uint8_t side, uint32_t seq,
        const uint8_t *payload, size_t len)
{
    if (hello->state == FM_HELLO_AWAITED) {
        hello->side = side;
        hello->next = seq;
    }
    if (len == 0 || hello->state == FM_HELLO_OVER)
        return;
    if (side != hello->side) {
        if (hello->state == FM_HELLO_GATHERED) /* answered, so a part of it was not seen */
            end(hello);
        return;
    }
    int32_t gap = (int32_t)(seq - hello->next);
    if (gap < 0) /* again */
        return;
    hello->next = seq + (uint32_t)len;
    if (gap > 0) {
        hello->print = 0;
        end(hello);
    } else if (hello->state == FM_HELLO_AWAITED) {
        take_first(hello, seed, payload, len);
    } else if (hello->state == FM_HELLO_GATHERED) {
        gather(hello, seed, payload, len);
    } else {
        watch(hello, payload, len);
    }
}

/* ---- what is kept ---- */

bool fm_hello_recall(const struct fm_hello_prints *prints, const struct fm_hello *hello,
        uint8_t ja4[FM_JA4_LEN])
{
    if (hello == NULL || hello->print == 0 ||
            prints->kept[hello->print % FM_HELLO_PRINTS].print != hello->print)
        return false;
    memcpy(ja4, prints->kept[hello->print % FM_HELLO_PRINTS].ja4, FM_JA4_LEN);
    return true;
}

static bool is_count(const uint8_t *digits, uint8_t count)
{
    return digits[0] == '0' + count / 10 && digits[1] == '0' + count % 10;
}

void fm_hello_keep(struct fm_hello_prints *prints, const struct fm_hello *hello,
        const uint8_t ja4[FM_JA4_LEN])
{
    /* "t13d1516h2_...": the counts of ciphers and extensions stand at 4 and 6 */
    if (hello == NULL || hello->print == 0 || !is_count(ja4 + 4, hello->ciphers) ||
            !is_count(ja4 + 6, hello->extensions))
        return;
    prints->kept[hello->print % FM_HELLO_PRINTS].print = hello->print;
    memcpy(prints->kept[hello->print % FM_HELLO_PRINTS].ja4, ja4, FM_JA4_LEN);
}
