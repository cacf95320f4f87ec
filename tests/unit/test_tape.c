/* Tapes: what is written is read; every cut; every flipped byte; caps; full disks; folders. */
#include "collect.h"

#include "base/addr.h"
#include "record/source.h"
#include "record/tape.h"

#include <errno.h>
#include <sys/stat.h>
#include <zlib.h>

union space {
    struct fm_rec rec;
    char bytes[FM_REC_MAX];
};

#define RECORDS 40

/* The nth record of every tape here. */
static const struct fm_rec *nth(union space *space, unsigned n)
{
    char name[32];
    struct fm_dns *dns = fm_rec_begin(&space->rec, n % 2 ? FM_DNS : FM_TICK);
    space->rec.time = 1000 + n;
    space->rec.client = fm_addr_from4("\x0a\x00\x00\x01");
    space->rec.server = fm_addr_from4("\x0a\x00\x00\x02");
    if (n % 2) {
        snprintf(name, sizeof(name), "host%u.example.net", n);
        fm_rec_put(&space->rec, &dns->query, name, strlen(name), 255);
    }
    return &space->rec;
}

static void path_of(char *path, size_t cap)
{
    temporary(path, cap, "", 0);
}

static void write_tape(const char *path, unsigned records, uint64_t cap_bytes)
{
    struct fm_mem mem = { 0 };
    union space space;
    int error = 0;
    struct fm_tape_writer *writer = fm_tape_create(&mem, path, cap_bytes, &error);
    assert_non_null(writer);
    for (unsigned i = 0; i < records; i++)
        assert_int_equal(fm_tape_append(writer, nth(&space, i)), 0);
    assert_int_equal(fm_tape_written(writer), records);
    assert_int_equal(fm_tape_close(writer), 0);
    assert_int_equal(mem.used_bytes, 0);
}

static size_t read_bytes(const char *path, char *bytes, size_t cap)
{
    FILE *file = fopen(path, "rb");
    size_t len = fread(bytes, 1, cap, file);
    fclose(file);
    return len;
}

static void write_bytes(const char *path, const char *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

/* Records that were read whole; what else was said in *slips. Those read must be ours, in order. */
static unsigned read_tape(const char *path, unsigned *skipped, bool *cut)
{
    struct fm_mem mem = { 0 };
    union space space;
    struct fm_rec *rec;
    int error = 0;
    unsigned found = 0, next = 0;
    enum fm_tape_state state;
    struct fm_tape *tape = fm_tape_open(&mem, path, &error);
    *skipped = 0;
    *cut = false;
    if (!tape)
        return 0;
    while ((state = fm_tape_next(tape, &rec)) != FM_TAPE_END) {
        if (state == FM_TAPE_CUT) {
            *cut = true;
            break;
        }
        *skipped += state == FM_TAPE_SKIPPED;
        if (state != FM_TAPE_RECORD)
            continue;
        while (next < 100000 && nth(&space, next)->time != rec->time)
            next++;
        assert_int_equal(rec->size, nth(&space, next)->size);
        assert_memory_equal(rec, nth(&space, next), rec->size);
        found++;
    }
    fm_tape_end(tape);
    assert_int_equal(mem.used_bytes, 0);
    return found;
}

static void reads_what_was_written(void **state)
{
    (void)state;
    char path[64];
    unsigned skipped;
    bool cut;
    path_of(path, sizeof(path));
    write_tape(path, RECORDS, 0);
    assert_int_equal(read_tape(path, &skipped, &cut), RECORDS);
    assert_int_equal(skipped, 0);
    assert_false(cut);
    unlink(path);
}

static void every_cut(void **state)
{
    (void)state;
    static char bytes[1 << 16];
    char path[64];
    unsigned skipped, last = 0;
    bool cut;
    path_of(path, sizeof(path));
    write_tape(path, RECORDS, 0);
    size_t len = read_bytes(path, bytes, sizeof(bytes));
    for (size_t keep = 0; keep < len; keep++) {
        write_bytes(path, bytes, keep);
        unsigned found = read_tape(path, &skipped, &cut);
        assert_true(found >= last && found <= last + 1);
        last = found;
        /* Whole frames end the tape without a word; all else is said. */
        if (keep > 16 && !cut)
            assert_int_equal(skipped, 0);
    }
    assert_int_equal(last, RECORDS - 1);
    unlink(path);
}

static void every_damage(void **state)
{
    (void)state;
    static char bytes[1 << 16];
    char path[64];
    unsigned skipped;
    bool cut;
    path_of(path, sizeof(path));
    write_tape(path, RECORDS, 0);
    size_t len = read_bytes(path, bytes, sizeof(bytes));
    for (size_t at = 16; at < len; at += 3) {
        bytes[at] ^= 0x41;
        write_bytes(path, bytes, len);
        unsigned found = read_tape(path, &skipped, &cut);
        assert_int_equal(found, RECORDS - 1);
        assert_true(skipped == 1 || cut);
        bytes[at] ^= 0x41;
    }
    for (size_t at = 0; at < 16; at++) { /* the header: refused whole */
        bytes[at] ^= 0x41;
        write_bytes(path, bytes, len);
        assert_int_equal(read_tape(path, &skipped, &cut), 0);
        bytes[at] ^= 0x41;
    }
    unlink(path);
}

/* A frame that is whole but holds nonsense. */
static void invalid_records(void **state)
{
    (void)state;
    char path[64];
    unsigned skipped;
    bool cut;
    union space space;
    struct fm_mem mem = { 0 };
    int error = 0;
    path_of(path, sizeof(path));
    struct fm_tape_writer *writer = fm_tape_create(&mem, path, 0, &error);
    for (unsigned i = 0; i < 10; i++) {
        struct fm_rec *rec = (struct fm_rec *)nth(&space, i);
        rec->weight = i != 4;
        assert_int_equal(fm_tape_append(writer, rec), 0);
    }
    assert_int_equal(fm_tape_close(writer), 0);
    assert_int_equal(read_tape(path, &skipped, &cut), 9);
    assert_int_equal(skipped, 1);
    unlink(path);
}

static off_t size_of(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 ? about.st_size : -1;
}

struct tail {
    fm_time first, last;
    uint64_t bytes;
};

static bool follow(void *arg, struct fm_rec *rec)
{
    struct tail *tail = arg;
    if (tail->bytes == 0)
        tail->first = rec->time;
    else
        assert_int_equal(rec->time, tail->last + 1); /* none is missing in between */
    tail->last = rec->time;
    tail->bytes += rec->size;
    return true;
}

/* Under a cap the last N bytes of records are there, through the one name, in order. */
static void caps(void **state)
{
    (void)state;
    char path[64], old[80];
    struct fm_mem mem = { 0 };
    const uint64_t cap = 100000;
    path_of(path, sizeof(path));
    snprintf(old, sizeof(old), "%s%s", path, FM_TAPE_OLD);
    for (unsigned records = 400; records < 8000; records += 1300) {
        struct tail tail = { 0 };
        struct fm_sink sink = { .arg = &tail, .take = follow };
        write_tape(path, records, cap);
        assert_true(size_of(path) <= (off_t)(cap + 65536));
        assert_true(size_of(old) <= (off_t)(cap + 65536));
        fm_source_read(&mem, path, &sink);
        assert_int_equal(fm_sink_slips(&sink), 0);
        assert_int_equal(tail.last, 1000 + records - 1);
        if (tail.first != 1000)
            assert_true(tail.bytes + 8 * sink.lines >= cap);
    }
    assert_true(size_of(old) > 0);
    write_tape(path, 1, cap); /* a new tape knows nothing of the old one */
    assert_int_equal(size_of(old), -1);
    unlink(path);
}

/* A folder with a capped tape: each record once. */
static void folder(void **state)
{
    (void)state;
    char folder_path[] = "/tmp/furumai-test-XXXXXX", path[64], old[80];
    struct fm_mem mem = { 0 };
    struct tail tail = { 0 };
    struct fm_sink sink = { .arg = &tail, .take = follow };
    assert_non_null(mkdtemp(folder_path));
    snprintf(path, sizeof(path), "%s/a.tape", folder_path);
    snprintf(old, sizeof(old), "%s%s", path, FM_TAPE_OLD);
    write_tape(path, 2000, 100000);
    assert_true(size_of(old) > 0);
    assert_int_equal(fm_source_read(&mem, folder_path, &sink), 2);
    assert_int_equal(tail.last, 1000 + 1999);
    assert_int_equal(mem.used_bytes, 0);
    unlink(path);
    unlink(old);
    rmdir(folder_path);
}

/* A compressed tape, and one whose compressed data ends too early. */
static void compressed(void **state)
{
    (void)state;
    static char bytes[1 << 16];
    char path[64];
    unsigned skipped;
    bool cut;
    path_of(path, sizeof(path));
    write_tape(path, RECORDS, 0);
    size_t len = read_bytes(path, bytes, sizeof(bytes));
    gzFile file = gzopen(path, "wb");
    assert_int_equal(gzwrite(file, bytes, (unsigned)len), len);
    gzclose(file);
    assert_int_equal(read_tape(path, &skipped, &cut), RECORDS);
    len = read_bytes(path, bytes, sizeof(bytes));
    write_bytes(path, bytes, len - 9);
    unsigned found = read_tape(path, &skipped, &cut);
    assert_true(cut);
    assert_true(found <= RECORDS);
    unlink(path);
}

static void troubles(void **state)
{
    (void)state;
    struct fm_mem mem = { 0 };
    int error = 0;
    char path[64];
    assert_null(fm_tape_create(&mem, "/nonexistent/x.tape", 0, &error));
    assert_int_equal(error, ENOENT);
    assert_null(fm_tape_open(&mem, "/nonexistent/x.tape", &error));
    assert_int_equal(error, ENOENT);
    struct fm_tape_writer *writer = fm_tape_create(&mem, "/dev/full", 0, &error);
    assert_null(writer); /* the header does not fit on a full disk */
    assert_int_equal(error, ENOSPC);
    path_of(path, sizeof(path));
    assert_null(fm_tape_open(&mem, path, &error)); /* empty */
    assert_int_equal(error, EINVAL);
    write_tape(path, 3, 0);
    for (uint64_t n = 1; n <= 2; n++) {
        mem.fail_at = mem.calls + n;
        assert_null(fm_tape_open(&mem, path, &error));
        assert_int_equal(error, ENOMEM);
    }
    mem.fail_at = mem.calls + 1;
    assert_null(fm_tape_create(&mem, path, 0, &error));
    assert_int_equal(error, ENOMEM);
    assert_int_equal(mem.used_bytes, 0);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_was_written),
        cmocka_unit_test(every_cut),
        cmocka_unit_test(every_damage),
        cmocka_unit_test(invalid_records),
        cmocka_unit_test(caps),
        cmocka_unit_test(folder),
        cmocka_unit_test(compressed),
        cmocka_unit_test(troubles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
