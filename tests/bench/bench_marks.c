/* What a rule with the keyword `behavior` asks of one packet, as lines of a table: name, times, ns
 * each, a second.
 *
 *   bench_marks [TIMES]     10,000,000 by default
 *
 * A table of the plugin's size, a quarter full, asked for addresses in an order without pattern; what
 * Suricata 8 does around it (calling the keyword) is not in it.  Each line is a function of its own,
 * so that callgrind can tell its instructions. */
#include "base/addr.h"
#include "engine/engine.h"
#include "suricata/common/condition.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SLOTS 16384
#define HOSTS (SLOTS / 8) /* each with its category and its type */
#define NOW (INT64_C(1700000000) * FM_SECOND)
#define SPREAD UINT64_C(0x9e3779b97f4a7c15)

static double now_ns(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

static struct fm_condition condition(const char *text)
{
    struct fm_condition out;
    char bytes[400];
    struct fm_text error;

    fm_text_init(&error, bytes, sizeof bytes);
    if (!fm_condition_read(&out, text, &error)) {
        fprintf(stderr, "bench_marks: %s\n", bytes);
        exit(1);
    }
    return out;
}

static bool ask(const struct fm_condition *asked, const struct fm_marks *marks, const uint32_t *ip)
{
    struct fm_standing standing;

    if (fm_marks_none(marks))
        return false;
    struct fm_addr addr = fm_addr_from4(ip);
    return fm_marks_find(marks, &addr, asked->name, NOW, &standing) &&
           fm_condition_holds(asked, &standing, NOW);
}

static uint64_t ask_all(const char *text, const struct fm_marks *marks, uint32_t from,
        uint64_t times)
{
    struct fm_condition asked = condition(text);
    uint64_t matched = 0;

    for (uint64_t i = 0; i < times; i++) {
        uint32_t ip = from + (uint32_t)(i * SPREAD >> 32) % HOSTS;
        matched += ask(&asked, marks, &ip);
    }
    return matched;
}

__attribute__((noinline)) static uint64_t nothing_published(struct fm_marks *marks, uint64_t times)
{
    struct fm_marks *empty = fm_marks_new(SLOTS, fm_names(), FM_MARK_STANDS, 1);
    uint64_t matched = ask_all("recon", empty, 0, times);

    (void)marks;
    fm_marks_free(empty);
    return matched;
}

__attribute__((noinline)) static uint64_t no_mark(struct fm_marks *marks, uint64_t times)
{
    return ask_all("recon, threat > 50, within 1h", marks, 1u << 30, times);
}

__attribute__((noinline)) static uint64_t below(struct fm_marks *marks, uint64_t times)
{
    return ask_all("recon, threat > 90, within 1h", marks, 0, times);
}

__attribute__((noinline)) static uint64_t match(struct fm_marks *marks, uint64_t times)
{
    return ask_all("recon, threat > 50, within 1h", marks, 0, times);
}

static const struct {
    const char *name;
    uint64_t (*run)(struct fm_marks *marks, uint64_t times);
    bool matches;
} lines[] = {
    { "nothing published", nothing_published, false },
    { "host without a mark", no_mark, false },
    { "a mark below the rule", below, false },
    { "match", match, true },
};

static struct fm_marks *fill(void)
{
    struct fm_marks *marks = fm_marks_new(SLOTS, fm_names(), FM_MARK_STANDS, 1);
    struct fm_standing standing = { .threat = 70, .certainty = 80, .last = NOW };

    for (uint32_t ip = 0; marks && ip < HOSTS; ip++) {
        struct fm_addr addr = fm_addr_from4(&ip);
        fm_marks_set(marks, &addr, fm_name_of("recon"), ip, &standing);
        fm_marks_set(marks, &addr, fm_name_of("port_scan"), ip, &standing);
    }
    return marks;
}

int main(int argc, char **argv)
{
    uint64_t times = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000000;
    struct fm_marks *marks = fill();

    if (!marks || times == 0)
        return 1;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        double start = now_ns();
        uint64_t matched = lines[i].run(marks, times);
        double ns = now_ns() - start;
        if (matched != (lines[i].matches ? times : 0)) {
            fprintf(stderr, "bench_marks: %s: %llu matches\n", lines[i].name,
                    (unsigned long long)matched);
            return 1;
        }
        printf("%-24s %10llu %10.1f %12.0f\n", lines[i].name, (unsigned long long)times,
                ns / (double)times, (double)times / ns * 1e9);
    }
    fm_marks_free(marks);
    return 0;
}
