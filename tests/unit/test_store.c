/* The store against what happens to files: kill -9, full disks, damage, wrong owners, other
 * programs, other versions.  Each test has a directory of its own and reads what was said.  What
 * needs another user, a mount or a limit runs in a child; without the right to it, it is skipped.
 */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define NOBODY  65534
#define SKIPPED 77
#define LINES   16

struct scene {
    char top[64];
    char dir[96];
    char path[128];
    unsigned said;
    char line[LINES][1024];
};

/* In a child: says where it failed, for the parent's status. */
#define CHECK(cond)                                                           \
    do {                                                                      \
        if (!(cond)) {                                                        \
            fprintf(stderr, "child: %s:%d: %s\n", __FILE__, __LINE__, #cond); \
            _exit(1);                                                         \
        }                                                                     \
    } while (0)

static void hear(void *arg, const char *line)
{
    struct scene *scene = arg;

    if (scene->said < LINES)
        snprintf(scene->line[scene->said], sizeof(scene->line[0]), "%s", line);
    scene->said++;
}

static int setup(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    const char *tmp = getenv("TMPDIR");

    if (scene == NULL)
        return -1;
    snprintf(scene->top, sizeof(scene->top), "%s/fm_store.XXXXXX", tmp != NULL ? tmp : "/tmp");
    if (mkdtemp(scene->top) == NULL || chmod(scene->top, 0755) != 0)
        return -1;
    snprintf(scene->dir, sizeof(scene->dir), "%s/a/state", scene->top);
    snprintf(scene->path, sizeof(scene->path), "%s/furumai.db", scene->dir);
    *state = scene;
    return 0;
}

static int remove_one(const char *path, const struct stat *at, int flag, struct FTW *ftw)
{
    (void)at;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static int teardown(void **state)
{
    struct scene *scene = *state;

    nftw(scene->top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(scene);
    return 0;
}

static struct fm_store *open_store(struct scene *scene)
{
    return fm_store_open(scene->dir, false, hear, scene);
}

static int child_status(pid_t pid)
{
    int status = 0;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Runs `play` in a child and fails, skips or passes as it says. */
static void in_child(void (*play)(struct scene *scene), struct scene *scene)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        play(scene);
        _exit(0);
    }
    status = child_status(pid);
    if (status == SKIPPED)
        skip();
    assert_int_equal(status, 0);
}

/* ---- rows of known content */

static size_t fill(uint8_t *value, uint32_t batch, uint32_t i)
{
    size_t len = 40 + (batch * 7 + i * 131) % 400;

    for (size_t at = 0; at < len; at++)
        value[at] = (uint8_t)(batch * 31 + i * 17 + at);
    return len;
}

static int put_row(struct fm_store *store, uint32_t batch, uint32_t i)
{
    uint8_t key[8] = { (uint8_t)(batch >> 24), (uint8_t)(batch >> 16), (uint8_t)(batch >> 8),
        (uint8_t)batch, (uint8_t)(i >> 24), (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };
    uint8_t value[512];

    return fm_store_put(store, "rows", key, 8, value, fill(value, batch, i), batch + 1);
}

static uint32_t number(const uint8_t *key)
{
    return (uint32_t)key[0] << 24 | (uint32_t)key[1] << 16 | (uint32_t)key[2] << 8 | key[3];
}

#define BATCHES 4096

struct tally {
    unsigned rows;
    unsigned wrong;
    unsigned in_batch[BATCHES];
};

static bool tally_row(void *arg, const void *key, size_t key_len, const void *value, size_t len,
        unsigned version)
{
    struct tally *tally = arg;
    uint8_t expected[512];
    uint32_t batch = key_len == 8 ? number(key) : BATCHES;

    tally->rows++;
    if (batch >= BATCHES || version != batch + 1 ||
            len != fill(expected, batch, number((const uint8_t *)key + 4)) ||
            memcmp(value, expected, len) != 0)
        tally->wrong++;
    else
        tally->in_batch[batch]++;
    return true;
}

static struct tally tally_of(struct fm_store *store)
{
    struct tally tally = { 0 };

    fm_store_each(store, "rows", tally_row, &tally);
    return tally;
}

static int put_batch(struct fm_store *store, uint32_t batch, uint32_t rows)
{
    for (uint32_t i = 0; i < rows; i++)
        put_row(store, batch, i);
    return fm_store_commit(store);
}

static void make_rows(struct scene *scene, uint32_t batches, uint32_t rows)
{
    struct fm_store *store = open_store(scene);

    assert_non_null(store);
    for (uint32_t batch = 0; batch < batches; batch++)
        assert_int_equal(put_batch(store, batch, rows), 0);
    fm_store_close(store);
    assert_int_equal(scene->said, 0);
}

static bool exists(const struct scene *scene, const char *suffix)
{
    char path[256];
    struct stat at;

    snprintf(path, sizeof(path), "%s%s", scene->path, suffix);
    return stat(path, &at) == 0;
}

static mode_t mode_of(const struct scene *scene, const char *suffix)
{
    char path[256];
    struct stat at = { 0 };

    snprintf(path, sizeof(path), "%s%s", scene->path, suffix);
    assert_int_equal(stat(path, &at), 0);
    return at.st_mode & 07777;
}

static void run_sql(const struct scene *scene, const char *sql)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(scene->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* The whole file into `*size` bytes that the caller frees. */
static uint8_t *read_whole(const char *path, size_t *size)
{
    struct stat at;
    int fd = open(path, O_RDONLY);
    uint8_t *bytes;

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &at), 0);
    bytes = malloc((size_t)at.st_size + 1);
    assert_non_null(bytes);
    assert_int_equal(read(fd, bytes, (size_t)at.st_size), at.st_size);
    close(fd);
    *size = (size_t)at.st_size;
    return bytes;
}

/* The file alone: what stood in its log belongs to another one. */
static void write_whole(const struct scene *scene, const void *bytes, size_t size)
{
    char log[160];
    int fd = open(scene->path, O_WRONLY | O_CREAT | O_TRUNC, 0640);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), (ssize_t)size);
    close(fd);
    snprintf(log, sizeof(log), "%s-wal", scene->path);
    unlink(log);
    snprintf(log, sizeof(log), "%s-shm", scene->path);
    unlink(log);
}

/* ---- rows */

static void rows_survive_a_restart(void **state)
{
    struct scene *scene = *state;
    struct fm_store *store = open_store(scene);
    char value[8];
    unsigned version = 0;

    assert_int_equal(fm_store_put(store, "index", "b", 1, "two", 3, 7), 0);
    assert_int_equal(fm_store_put(store, "index", "a", 1, "one", 3, 1), 0);
    assert_int_equal(fm_store_put(store, "index", "a", 1, "more", 4, 2), 0);
    assert_int_equal(fm_store_put(store, "index", "c", 1, "gone", 4, 2), 0);
    assert_int_equal(fm_store_put(store, "index", NULL, 0, NULL, 0, 4000000000u), 0);
    assert_int_equal(fm_store_del(store, "index", "c", 1), 0);
    assert_int_equal(fm_store_del(store, "nothing_here", "c", 1), 0);
    assert_int_equal(fm_store_get(store, "index", "b", 1, value, 8, NULL), 3);
    assert_int_equal(fm_store_commit(store), 0);
    assert_int_equal(fm_store_commit(store), 0);
    fm_store_close(store);

    store = open_store(scene);
    assert_int_equal(fm_store_get(store, "index", "a", 1, value, sizeof(value), &version), 4);
    assert_memory_equal(value, "more", 4);
    assert_int_equal(version, 2);
    assert_int_equal(fm_store_get(store, "index", "", 0, NULL, 0, &version), 0);
    assert_int_equal(version, 4000000000u);
    assert_int_equal(fm_store_get(store, "index", "a", 1, value, 3, &version), -1);
    assert_int_equal(fm_store_get(store, "index", "c", 1, value, sizeof(value), &version), -1);
    assert_int_equal(fm_store_get(store, "nothing_here", "c", 1, value, 8, &version), -1);
    assert_int_equal(version, 4000000000u);
    assert_int_equal(fm_store_errors(store), 0);
    assert_int_equal(scene->said, 0);
    fm_store_close(store);
}

struct seen {
    char keys[32];
    unsigned stop_after;
    struct fm_store *store;
};

static bool take_key(void *arg, const void *key, size_t key_len, const void *value, size_t len,
        unsigned version)
{
    struct seen *seen = arg;

    (void)value;
    (void)len;
    (void)version;
    strncat(seen->keys, key, key_len);
    strncat(seen->keys, ",", 2);
    if (seen->store != NULL)
        assert_int_equal(fm_store_put(seen->store, "t", key, key_len, "new", 3, 9), 0);
    return strlen(seen->keys) / 2 != seen->stop_after;
}

static void each_goes_in_order_of_keys(void **state)
{
    struct scene *scene = *state;
    struct fm_store *store = open_store(scene);
    struct seen seen = { .stop_after = 0 };
    unsigned version = 0;
    char value[8];

    for (const char *key = "hcagbfed"; *key != '\0'; key++)
        assert_int_equal(fm_store_put(store, "t", key, 1, "v", 1, 1), 0);
    assert_int_equal(fm_store_each(store, "t", take_key, &seen), 0);
    assert_string_equal(seen.keys, "a,b,c,d,e,f,g,h,");

    seen = (struct seen){ .stop_after = 3 };
    assert_int_equal(fm_store_each(store, "t", take_key, &seen), 0);
    assert_string_equal(seen.keys, "a,b,c,");

    seen = (struct seen){ .store = store };
    assert_int_equal(fm_store_each(store, "t", take_key, &seen), 0);
    assert_string_equal(seen.keys, "a,b,c,d,e,f,g,h,");
    assert_int_equal(fm_store_get(store, "t", "h", 1, value, sizeof(value), &version), 3);
    assert_int_equal(version, 9);
    assert_int_equal(fm_store_each(store, "nothing_here", take_key, &seen), 0);
    assert_int_equal(fm_store_commit(store), 0);
    fm_store_close(store);
}

static void wrong_names_are_refused_and_cost_nothing_else(void **state)
{
    struct scene *scene = *state;
    static const char *const wrong[] = { "", "Rows", "rows;", "rows\"", "row1", "ro ws",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
    struct fm_store *store = open_store(scene);
    size_t n = sizeof(wrong) / sizeof(*wrong);
    char value[8];

    assert_int_equal(fm_store_put(store, "right", "k", 1, "v", 1, 1), 0);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(fm_store_put(store, wrong[i], "k", 1, "v", 1, 1), -1);
        assert_int_equal(fm_store_each(store, wrong[i], take_key, NULL), -1);
        assert_int_equal(fm_store_get(store, wrong[i], "k", 1, value, 8, NULL), -1);
    }
    assert_int_equal(fm_store_errors(store), 3 * n);
    assert_int_equal(scene->said, 2); /* the first and the tenth */
    assert_int_equal(fm_store_commit(store), 0);
    assert_int_equal(fm_store_get(store, "right", "k", 1, value, 8, NULL), 1);
    fm_store_close(store);
}

static void a_failed_batch_is_lost_whole(void **state)
{
    struct scene *scene = *state;
    struct fm_store *store = open_store(scene);
    char value[8];

    assert_int_equal(put_batch(store, 0, 5), 0);
    assert_int_equal(put_row(store, 1, 0), 0);
    /* no such table can be made: the name is SQLite's own */
    assert_int_equal(fm_store_put(store, "sqlite_x", "k", 1, "v", 1, 1), -1);
    assert_int_equal(put_row(store, 1, 1), -1);
    assert_int_equal(fm_store_commit(store), -1);
    assert_int_equal(fm_store_errors(store), 1);
    assert_int_equal(tally_of(store).rows, 5);

    /* a table made in a lost batch is made again */
    assert_int_equal(fm_store_put(store, "late", "k", 1, "v", 1, 1), 0);
    assert_int_equal(fm_store_put(store, "sqlite_x", "k", 1, "v", 1, 1), -1);
    assert_int_equal(fm_store_commit(store), -1);
    assert_int_equal(fm_store_get(store, "late", "k", 1, value, 8, NULL), -1);
    assert_int_equal(fm_store_put(store, "late", "k", 1, "v", 1, 1), 0);
    assert_int_equal(fm_store_commit(store), 0);
    assert_int_equal(fm_store_get(store, "late", "k", 1, value, 8, NULL), 1);
    fm_store_close(store);
}

static void memory_keeps_rows_to_itself(void **state)
{
    struct scene *scene = *state;
    struct fm_store *one = fm_store_open(NULL, false, hear, scene);
    struct fm_store *two = fm_store_open(NULL, false, NULL, NULL);

    assert_int_equal(put_batch(one, 0, 20), 0);
    assert_int_equal(tally_of(one).rows, 20);
    assert_int_equal(tally_of(two).rows, 0);
    fm_store_close(one);
    fm_store_close(two);
    fm_store_close(NULL);
    assert_int_equal(scene->said, 0);
}

static void memory_has_a_limit(void **state)
{
    struct scene *scene = *state;
    struct fm_store *store = fm_store_open(NULL, false, hear, scene);
    static uint8_t value[8 << 20];
    uint32_t n = 0;

    while (n < 64 && fm_store_put(store, "big", &n, 4, value, sizeof(value), 1) == 0 &&
            fm_store_commit(store) == 0)
        n++;
    assert_in_range(n, 30, 31);
    assert_int_equal(fm_store_errors(store), 1);
    assert_non_null(strstr(scene->line[0], "full"));
    fm_store_close(store);
}

/* ---- the file */

static void file_and_directory_are_private(void **state)
{
    struct scene *scene = *state;
    mode_t old = umask(0);
    struct fm_store *store = open_store(scene);
    char parent[160];
    struct stat at;

    umask(old);
    assert_int_equal(put_batch(store, 0, 5), 0);
    assert_int_equal(mode_of(scene, ""), 0640);
    assert_int_equal(mode_of(scene, "-wal"), 0640);
    assert_int_equal(mode_of(scene, "-shm"), 0640);
    snprintf(parent, sizeof(parent), "%s/a", scene->top);
    assert_int_equal(stat(parent, &at), 0);
    assert_int_equal(at.st_mode & 07777, 0750);
    assert_int_equal(stat(scene->dir, &at), 0);
    assert_int_equal(at.st_mode & 07777, 0750);
    fm_store_close(store);
    assert_int_equal(scene->said, 0);
}

static void the_schema_has_a_number(void **state)
{
    struct scene *scene = *state;
    struct fm_store *store;
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;

    /* schema 0 is the empty file */
    fm_store_close(open_store(scene));
    write_whole(scene, "", 0);
    store = open_store(scene);
    assert_int_equal(put_batch(store, 0, 5), 0);
    fm_store_close(store);
    assert_int_equal(scene->said, 0);

    assert_int_equal(sqlite3_open(scene->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                             "SELECT user_version, application_id, journal_mode FROM "
                             "pragma_user_version, pragma_application_id, pragma_journal_mode",
                             -1, &stmt, NULL),
            SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(stmt, 0), 1);
    assert_int_equal(sqlite3_column_int(stmt, 1), 0x6675726d);
    assert_string_equal((const char *)sqlite3_column_text(stmt, 2), "wal");
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

static void expect_aside(struct scene *scene, const char *suffix, const char *why)
{
    struct fm_store *store = open_store(scene);

    assert_non_null(store);
    if (scene->said != 1)
        fail_msg("%u lines said instead of one; the first: %s", scene->said, scene->line[0]);
    assert_non_null(strstr(scene->line[0], suffix));
    assert_non_null(strstr(scene->line[0], why));
    assert_true(exists(scene, suffix));
    assert_int_equal(tally_of(store).rows, 0);
    assert_int_equal(put_batch(store, 3, 9), 0);
    fm_store_close(store);
    scene->said = 0;
    store = open_store(scene);
    assert_int_equal(tally_of(store).rows, 9);
    assert_int_equal(scene->said, 0);
    fm_store_close(store);
}

static void garbage_is_set_aside(void **state)
{
    struct scene *scene = *state;
    char kept_path[160];
    uint8_t garbage[9000];
    uint8_t *kept;
    size_t size;

    for (size_t i = 0; i < sizeof(garbage); i++)
        garbage[i] = (uint8_t)(i * i * 2654435761u >> 11);
    fm_store_close(open_store(scene));
    write_whole(scene, garbage, sizeof(garbage));
    expect_aside(scene, ".damaged-1", "not a database");
    snprintf(kept_path, sizeof(kept_path), "%s.damaged-1", scene->path);
    kept = read_whole(kept_path, &size);
    assert_int_equal(size, sizeof(garbage));
    assert_memory_equal(kept, garbage, size);
    free(kept);

    write_whole(scene, garbage, 3);
    expect_aside(scene, ".damaged-2", "not a database");
}

static void a_truncated_file_is_set_aside(void **state)
{
    struct scene *scene = *state;
    uint8_t *whole;
    size_t size;

    make_rows(scene, 10, 40);
    whole = read_whole(scene->path, &size);
    assert_true(size > 20 * 4096);
    /* SQLite takes a file of one byte for an empty one, and so nothing is lost */
    for (size_t left = 2, n = 1; left < size; left = left * 2 + 611, n++) {
        char suffix[32];

        snprintf(suffix, sizeof(suffix), ".damaged-%zu", n);
        write_whole(scene, whole, left);
        expect_aside(scene, suffix, "damaged");
    }
    free(whole);
}

/* Any byte of the file turned, one at a time: what is read afterwards was put, and the store
 * works.  Every 199th byte, and all of the header. */
static void a_turned_byte_is_never_believed(void **state)
{
    struct scene *scene = *state;
    unsigned aside = 0;
    unsigned skipped = 0;
    uint8_t *whole;
    size_t size;

    make_rows(scene, 6, 40);
    whole = read_whole(scene->path, &size);
    for (size_t at = 0; at < size; at += at < 100 ? 1 : 199) {
        struct fm_store *store;
        struct tally tally;

        whole[at] ^= (uint8_t)(1u << at % 8);
        write_whole(scene, whole, size);
        whole[at] ^= (uint8_t)(1u << at % 8);
        scene->said = 0;
        store = open_store(scene);
        assert_non_null(store);
        tally = tally_of(store);
        assert_int_equal(tally.wrong, 0);
        if (fm_store_errors(store) > 0) {
            assert_int_equal(tally.rows, 239);
            skipped++;
        } else if (tally.rows != 240) {
            assert_int_equal(tally.rows, 0);
            assert_non_null(strstr(scene->line[0], "learning starts anew"));
            aside++;
        }
        assert_int_equal(put_batch(store, 9, 3), 0);
        assert_int_equal(tally_of(store).in_batch[9], 3);
        fm_store_close(store);
    }
    free(whole);
    assert_true(aside > 20);
    assert_true(skipped > 100);
}

static void a_newer_file_is_set_aside(void **state)
{
    struct scene *scene = *state;

    make_rows(scene, 1, 5);
    run_sql(scene, "PRAGMA user_version = 7");
    expect_aside(scene, ".newer-1", "schema 7");
    run_sql(scene, "PRAGMA user_version = 2");
    expect_aside(scene, ".newer-2", "from a newer version");
}

static void other_programs_files_are_set_aside(void **state)
{
    struct scene *scene = *state;

    fm_store_close(open_store(scene));
    write_whole(scene, "", 0);
    run_sql(scene, "CREATE TABLE bookmarks (url TEXT)");
    expect_aside(scene, ".damaged-1", "another program");
    run_sql(scene, "PRAGMA application_id = 5");
    expect_aside(scene, ".damaged-2", "another program");
    run_sql(scene, "CREATE VIEW v AS SELECT * FROM rows");
    expect_aside(scene, ".damaged-3", "no table of this program");
    run_sql(scene, "ALTER TABLE rows RENAME COLUMN value TO price");
    expect_aside(scene, ".damaged-4", "another form");
    run_sql(scene, "ANALYZE"); /* what an operator may do */
    struct fm_store *store = open_store(scene);
    assert_int_equal(scene->said, 0);
    assert_int_equal(tally_of(store).rows, 9);
    fm_store_close(store);
}

static void a_changed_row_is_skipped(void **state)
{
    struct scene *scene = *state;
    struct fm_store *store;
    uint8_t key[8] = { 0, 0, 0, 0, 0, 0, 0, 2 };
    uint8_t value[512];

    make_rows(scene, 1, 6);
    run_sql(scene, "UPDATE rows SET value = zeroblob(60) WHERE key = x'0000000000000002';"
                   "UPDATE rows SET version = 5 WHERE key = x'0000000000000003';"
                   "UPDATE rows SET key = x'0000000100000004' WHERE key = x'0000000000000004';");
    store = open_store(scene);
    struct tally tally = tally_of(store);
    assert_int_equal(tally.rows, 3);
    assert_int_equal(tally.wrong, 0);
    assert_int_equal(fm_store_errors(store), 3);
    assert_int_equal(fm_store_get(store, "rows", key, 8, value, sizeof(value), NULL), -1);
    assert_int_equal(fm_store_errors(store), 4);
    assert_int_equal(scene->said, 1);
    assert_non_null(strstr(scene->line[0], "digest"));
    assert_int_equal(put_row(store, 0, 2), 0);
    assert_true(fm_store_get(store, "rows", key, 8, value, sizeof(value), NULL) > 0);
    fm_store_close(store);
}

/* ---- places that cannot be written */

static void expect_fallback(struct scene *scene, const char *why, const char *remedy)
{
    struct fm_store *store;

    scene->said = 0;
    store = open_store(scene);
    CHECK(store != NULL);
    if (scene->said != 1 || strstr(scene->line[0], why) == NULL ||
            strstr(scene->line[0], remedy) == NULL)
        fprintf(stderr, "said %u: %s\n", scene->said, scene->line[0]);
    CHECK(scene->said == 1);
    CHECK(strstr(scene->line[0], why) != NULL);
    CHECK(strstr(scene->line[0], remedy) != NULL);
    CHECK(put_batch(store, 0, 30) == 0);
    CHECK(tally_of(store).rows == 30);
    CHECK(fm_store_errors(store) == 0);
    fm_store_close(store);
}

static void play_things_in_the_way(struct scene *scene)
{
    char parent[96];
    int fd;

    snprintf(parent, sizeof(parent), "%s/a", scene->top);
    fd = open(parent, O_CREAT | O_WRONLY, 0644);
    CHECK(fd >= 0);
    close(fd);
    expect_fallback(scene, "Not a directory", "a file stands in its place");
    CHECK(unlink(parent) == 0);
    CHECK(mkdir(parent, 0755) == 0);
    fd = open(scene->dir, O_CREAT | O_WRONLY, 0644);
    CHECK(fd >= 0);
    close(fd);
    expect_fallback(scene, "Not a directory", "a file stands in its place");
    CHECK(unlink(scene->dir) == 0);
    CHECK(mkdir(scene->dir, 0755) == 0 && mkdir(scene->path, 0755) == 0);
    expect_fallback(scene, "Is a directory", "a directory stands in its place");
}

/* Who works in memory does not stand in the way of who could write. */
static void play_fallback_holds_no_lock(struct scene *scene)
{
    struct fm_store *memory;
    struct fm_store *file;

    CHECK(mkdir(scene->path, 0755) == 0);
    memory = open_store(scene);
    CHECK(memory != NULL && scene->said == 1);
    CHECK(rmdir(scene->path) == 0);
    file = open_store(scene);
    CHECK(file != NULL && scene->said == 1);
    fm_store_close(file);
    fm_store_close(memory);
}

static void things_in_the_way(void **state)
{
    struct scene *scene = *state;

    in_child(play_things_in_the_way, scene);
    assert_int_equal(rmdir(scene->path), 0);
    in_child(play_fallback_holds_no_lock, scene);
}

static void become_nobody(void)
{
    if (geteuid() != 0)
        _exit(SKIPPED);
    CHECK(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
}

static void play_other_users_directory(struct scene *scene)
{
    char parent[96];

    snprintf(parent, sizeof(parent), "%s/a", scene->top);
    become_nobody();
    expect_fallback(scene, "Permission denied", "chown"); /* 0750 of root: cannot even look */
    CHECK(access(parent, R_OK) != 0);
}

static void play_other_users_file(struct scene *scene)
{
    char parent[96];

    snprintf(parent, sizeof(parent), "%s/a", scene->top);
    if (geteuid() != 0)
        _exit(SKIPPED);
    CHECK(chmod(parent, 0755) == 0 && chmod(scene->dir, 0777) == 0);
    become_nobody();
    expect_fallback(scene, "user id 65534: Permission denied", "chown"); /* 0640 of root */
}

static void play_file_without_directory(struct scene *scene)
{
    char parent[96];
    char log[160];

    snprintf(parent, sizeof(parent), "%s/a", scene->top);
    if (geteuid() != 0)
        _exit(SKIPPED);
    snprintf(log, sizeof(log), "%s-wal", scene->path);
    unlink(log);
    snprintf(log, sizeof(log), "%s-shm", scene->path);
    unlink(log);
    CHECK(chmod(parent, 0755) == 0 && chmod(scene->dir, 0755) == 0);
    CHECK(chown(scene->path, NOBODY, NOBODY) == 0);
    become_nobody();
    expect_fallback(scene, "readonly", "let this user write to the file and its directory");
}

static void another_run_as_user_is_told(void **state)
{
    struct scene *scene = *state;

    make_rows(scene, 1, 5);
    in_child(play_other_users_directory, scene);
    in_child(play_other_users_file, scene);
    in_child(play_file_without_directory, scene);
    struct fm_store *store = open_store(scene);
    assert_int_equal(tally_of(store).rows, 5);
    fm_store_close(store);
}

/* A file system of its own on the scene's top, seen by this child only. */
static void mount_small(struct scene *scene, const char *options)
{
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
            mount("tmpfs", scene->top, "tmpfs", 0, options) != 0)
        _exit(SKIPPED);
}

static void play_read_only_file_system(struct scene *scene)
{
    struct fm_store *store;

    mount_small(scene, "size=1m,mode=0755");
    CHECK(mount(NULL, scene->top, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
    expect_fallback(scene, "Read-only file system", "set state-dir to a place that can be written");

    CHECK(mount(NULL, scene->top, NULL, MS_REMOUNT, NULL) == 0);
    scene->said = 0;
    store = open_store(scene);
    CHECK(put_batch(store, 0, 30) == 0 && scene->said == 0);
    fm_store_close(store);
    CHECK(mount(NULL, scene->top, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
    expect_fallback(scene, "Read-only file system", "set state-dir to a place that can be written");

    scene->said = 0;
    store = fm_store_open(scene->dir, true, hear, scene);
    CHECK(store != NULL && scene->said == 0);
    CHECK(tally_of(store).in_batch[0] == 30);
    fm_store_close(store);
}

static void a_read_only_file_system_is_told(void **state)
{
    in_child(play_read_only_file_system, *state);
}

/* ---- a full disk */

/* Batches until one fails, then more; all that was committed must stand, and errors be said first
 * and by decade. */
static uint32_t fill_up(struct scene *scene, struct fm_store *store)
{
    uint32_t batch = 0;

    while (batch < 2000 && put_batch(store, batch, 40) == 0)
        batch++;
    CHECK(batch > 5 && batch < 2000);
    CHECK(fm_store_errors(store) == 1 && scene->said == 1);
    for (int i = 0; i < 24; i++)
        CHECK(put_batch(store, batch, 40) == -1);
    CHECK(fm_store_errors(store) == 25);
    CHECK(scene->said == 2);
    CHECK(strstr(scene->line[0], "free space there") != NULL);
    CHECK(strstr(scene->line[1], "errors so far: 10") != NULL);
    return batch;
}

static void check_filled(struct fm_store *store, uint32_t batches)
{
    struct tally tally = tally_of(store);

    CHECK(tally.wrong == 0);
    CHECK(tally.rows == 40 * batches);
    for (uint32_t batch = 0; batch < batches; batch++)
        CHECK(tally.in_batch[batch] == 40);
}

static void play_full_disk(struct scene *scene)
{
    char ballast[96];
    uint8_t bytes[4096] = { 1 };
    struct fm_store *store;
    uint32_t batch;
    int fd;

    mount_small(scene, "size=1m,mode=0755");
    snprintf(ballast, sizeof(ballast), "%s/ballast", scene->top);
    fd = open(ballast, O_CREAT | O_WRONLY, 0600);
    for (int i = 0; i < 64; i++)
        CHECK(write(fd, bytes, sizeof(bytes)) == sizeof(bytes));
    store = open_store(scene);
    CHECK(store != NULL && scene->said == 0);
    batch = fill_up(scene, store);
    check_filled(store, batch);
    CHECK(unlink(ballast) == 0 && close(fd) == 0);
    CHECK(put_batch(store, batch, 40) == 0);
    CHECK(fm_store_errors(store) == 25);
    fm_store_close(store);

    scene->said = 0;
    store = open_store(scene);
    CHECK(scene->said == 0);
    check_filled(store, batch + 1);
    fm_store_close(store);
}

static void play_disk_full_from_the_start(struct scene *scene)
{
    char ballast[96];
    uint8_t bytes[4096] = { 1 };
    int fd;

    mount_small(scene, "size=256k,mode=0755");
    snprintf(ballast, sizeof(ballast), "%s/ballast", scene->top);
    fd = open(ballast, O_CREAT | O_WRONLY, 0600);
    while (write(fd, bytes, sizeof(bytes)) == sizeof(bytes))
        continue;
    CHECK(errno == ENOSPC);
    expect_fallback(scene, "full", "free space there");
    CHECK(unlink(ballast) == 0 && close(fd) == 0);
    scene->said = 0;
    fm_store_close(open_store(scene));
    CHECK(scene->said == 0);
}

static void a_full_disk_is_survived(void **state)
{
    in_child(play_full_disk, *state);
    in_child(play_disk_full_from_the_start, *state);
}

static void play_file_limit(struct scene *scene)
{
    struct rlimit limit;
    struct fm_store *store;
    uint32_t batch;

    signal(SIGXFSZ, SIG_IGN);
    CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    limit.rlim_cur = 400000;
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    store = open_store(scene);
    batch = fill_up(scene, store);
    check_filled(store, batch);
    fm_store_close(store);

    limit.rlim_cur = RLIM_INFINITY;
    CHECK(limit.rlim_max == RLIM_INFINITY ? setrlimit(RLIMIT_FSIZE, &limit) == 0 : true);
    scene->said = 0;
    store = open_store(scene);
    CHECK(scene->said == 0);
    check_filled(store, batch);
    if (limit.rlim_max == RLIM_INFINITY)
        CHECK(put_batch(store, batch, 40) == 0);
    fm_store_close(store);
}

static void a_limit_on_file_size_is_survived(void **state)
{
    in_child(play_file_limit, *state);
}

/* ---- kill -9 */

/* Announces every batch that was committed, until it is killed. */
static void write_until_killed(struct scene *scene, uint32_t batch, int announce)
{
    struct fm_store *store = open_store(scene);

    CHECK(store != NULL && scene->said == 0);
    for (; batch < BATCHES; batch++) {
        CHECK(put_batch(store, batch, 25) == 0);
        CHECK(write(announce, &batch, sizeof(batch)) == sizeof(batch));
    }
    for (;;)
        pause();
}

/* Returns the first batch that was not announced. */
static uint32_t kill_a_writer(struct scene *scene, uint32_t from, long after_us)
{
    struct timespec wait = { .tv_nsec = after_us * 1000 };
    uint32_t batch = 0;
    int announced[2];
    int status;
    pid_t pid;

    assert_int_equal(pipe(announced), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(announced[0]);
        write_until_killed(scene, from, announced[1]);
    }
    close(announced[1]);
    assert_int_equal(read(announced[0], &batch, sizeof(batch)), sizeof(batch));
    nanosleep(&wait, NULL);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    from = batch + 1;
    while (read(announced[0], &batch, sizeof(batch)) == sizeof(batch))
        from = batch + 1;
    close(announced[0]);
    return from;
}

static void a_killed_writer_loses_only_its_open_batch(void **state)
{
    struct scene *scene = *state;
    uint32_t next = 0;

    for (long round = 0; round < 25; round++) {
        struct fm_store *store;
        struct tally tally;

        next = kill_a_writer(scene, next, 500 + round * 731 % 9000);
        store = open_store(scene);
        assert_int_equal(scene->said, 0); /* a damaged file would have been told */
        tally = tally_of(store);
        assert_int_equal(tally.wrong, 0);
        for (uint32_t batch = 0; batch < next; batch++)
            assert_int_equal(tally.in_batch[batch], 25);
        assert_true(next < BATCHES);
        if (tally.in_batch[next] == 25) /* committed, killed before it was announced */
            next++;
        assert_int_equal(tally.rows, 25 * next);
        fm_store_close(store);
    }
}

/* ---- two processes */

static void play_second_writer(struct scene *scene)
{
    expect_fallback(scene, "another process writes it", "a state-dir of its own");
}

static void there_is_one_writer(void **state)
{
    struct scene *scene = *state;
    struct fm_store *store = open_store(scene);

    assert_int_equal(put_batch(store, 0, 7), 0);
    in_child(play_second_writer, scene);
    assert_int_equal(put_batch(store, 1, 7), 0);
    fm_store_close(store);
    store = open_store(scene);
    assert_int_equal(scene->said, 0);
    assert_int_equal(tally_of(store).rows, 14);
    fm_store_close(store);
}

/* Reads again and again while the parent writes: always whole batches, never fewer than before. */
static void play_reader(struct scene *scene)
{
    unsigned rows = 0;

    for (int i = 0; i < 40; i++) {
        struct fm_store *store = fm_store_open(scene->dir, true, hear, scene);
        struct tally tally;

        CHECK(store != NULL && scene->said == 0);
        tally = tally_of(store);
        CHECK(tally.wrong == 0 && tally.rows % 25 == 0 && tally.rows >= rows);
        CHECK(fm_store_errors(store) == 0);
        rows = tally.rows;
        CHECK(put_row(store, 0, 0) == -1);
        CHECK(fm_store_commit(store) == 0);
        fm_store_close(store);
        scene->said = 0;
    }
    CHECK(rows > 25);
}

static void a_reader_sees_whole_batches(void **state)
{
    struct scene *scene = *state;
    struct fm_store *store = open_store(scene);
    uint32_t batch = 0;
    int status = 0;
    pid_t pid;

    assert_int_equal(put_batch(store, batch++, 25), 0);
    pid = fork();
    if (pid == 0) {
        play_reader(scene);
        _exit(0);
    }
    while (waitpid(pid, &status, WNOHANG) == 0 && batch < BATCHES)
        assert_int_equal(put_batch(store, batch++, 25), 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(fm_store_errors(store), 0);
    assert_int_equal(tally_of(store).rows, 25 * batch);
    fm_store_close(store);
}

static void expect_readable(struct scene *scene, unsigned rows)
{
    struct fm_store *store = fm_store_open(scene->dir, true, hear, scene);

    if (scene->said > 0)
        fprintf(stderr, "said: %s\n", scene->line[0]);
    CHECK(store != NULL && scene->said == 0);
    CHECK(tally_of(store).rows == rows);
    CHECK(fm_store_errors(store) == 0);
    fm_store_close(store);
}

/* The command, run by a member of the group, who may read but not write. */
static void play_reader_of_the_group(struct scene *scene)
{
    if (geteuid() != 0)
        _exit(SKIPPED);
    CHECK(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
    CHECK(access(scene->path, R_OK) == 0 && access(scene->path, W_OK) != 0);
    CHECK(access(scene->dir, W_OK) != 0);
    expect_readable(scene, 50);
}

static void give_to_group(const struct scene *scene)
{
    static const char *const suffix[] = { "", "-wal", "-shm" };
    char path[160];

    snprintf(path, sizeof(path), "%s/a", scene->top);
    CHECK(chown(path, 0, NOBODY) == 0);
    CHECK(chown(scene->dir, 0, NOBODY) == 0);
    for (size_t i = 0; i < sizeof(suffix) / sizeof(*suffix); i++) {
        snprintf(path, sizeof(path), "%s%s", scene->path, suffix[i]);
        CHECK(chown(path, 0, NOBODY) == 0 || errno == ENOENT);
    }
}

static void a_reader_who_may_not_write(void **state)
{
    struct scene *scene = *state;
    struct fm_store *store;
    char log[160];

    if (geteuid() != 0)
        skip();
    store = open_store(scene);
    assert_int_equal(put_batch(store, 0, 50), 0);
    give_to_group(scene);
    in_child(play_reader_of_the_group, scene); /* beside the writer */
    fm_store_close(store);
    assert_true(exists(scene, "-wal"));
    in_child(play_reader_of_the_group, scene); /* the writer has just gone */
    snprintf(log, sizeof(log), "%s-wal", scene->path);
    assert_int_equal(unlink(log), 0);
    in_child(play_reader_of_the_group, scene); /* a copy without its log */
    snprintf(log, sizeof(log), "%s-shm", scene->path);
    assert_int_equal(unlink(log), 0);
    in_child(play_reader_of_the_group, scene);
    assert_int_equal(scene->said, 0);
    store = open_store(scene);
    assert_int_equal(tally_of(store).rows, 50);
    fm_store_close(store);
}

static void a_killed_writers_log_is_read(void **state)
{
    struct scene *scene = *state;
    uint32_t next = kill_a_writer(scene, 0, 3000);
    struct fm_store *store = fm_store_open(scene->dir, true, hear, scene);

    assert_non_null(store);
    assert_int_equal(scene->said, 0);
    assert_in_range(tally_of(store).rows, 25 * next, 25 * (next + 1));
    fm_store_close(store);
}

static void a_reader_makes_and_moves_nothing(void **state)
{
    struct scene *scene = *state;
    uint8_t junk[5000] = { 7 };

    assert_null(fm_store_open(scene->dir, true, hear, scene));
    assert_int_equal(scene->said, 1);
    assert_non_null(strstr(scene->line[0], "No such file"));
    assert_false(exists(scene, ""));

    scene->said = 0;
    fm_store_close(open_store(scene));
    write_whole(scene, junk, sizeof(junk));
    assert_null(fm_store_open(scene->dir, true, hear, scene));
    assert_int_equal(scene->said, 1);
    assert_non_null(strstr(scene->line[0], "set"));
    assert_false(exists(scene, ".damaged-1"));
    assert_true(exists(scene, ""));

    write_whole(scene, "", 0);
    scene->said = 0;
    make_rows(scene, 1, 5);
    run_sql(scene, "PRAGMA user_version = 3");
    assert_null(fm_store_open(scene->dir, true, hear, scene));
    assert_int_equal(scene->said, 1);
    assert_non_null(strstr(scene->line[0], "command of that version"));
}

static void closing_commits(void **state)
{
    struct scene *scene = *state;
    struct fm_store *store = open_store(scene);

    assert_int_equal(put_row(store, 0, 0), 0);
    fm_store_close(store);
    store = open_store(scene);
    assert_int_equal(tally_of(store).rows, 1);
    fm_store_close(store);
}

/* ---- the Nth allocation fails, for all N */

static sqlite3_mem_methods plain;
static unsigned long countdown; /* 0: nothing fails */

static bool fails_now(void)
{
    return countdown > 0 && --countdown == 0;
}

static void *counted_malloc(int size)
{
    return fails_now() ? NULL : plain.xMalloc(size);
}

static void *counted_realloc(void *at, int size)
{
    return fails_now() ? NULL : plain.xRealloc(at, size);
}

static void count_allocations(void)
{
    sqlite3_mem_methods counting;

    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &plain);
    counting = plain;
    counting.xMalloc = counted_malloc;
    counting.xRealloc = counted_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &counting);
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0); /* every request is seen */
}

static void no_allocation_is_taken_for_granted(void **state)
{
    struct scene *scene = *state;
    unsigned lost = 0;
    bool reached = true;

    make_rows(scene, 1, 20);
    for (unsigned long n = 1; reached; n += n < 200 ? 1 : 13) {
        struct fm_store *store;
        int committed = -1;
        bool there;

        countdown = n;
        store = open_store(scene);
        if (store != NULL) {
            committed = put_batch(store, 1, 20);
            tally_of(store);
            fm_store_close(store);
        }
        reached = countdown == 0;
        countdown = 0;
        assert_false(exists(scene, ".damaged-1"));
        assert_false(exists(scene, ".newer-1"));
        store = open_store(scene);
        struct tally tally = tally_of(store);
        assert_int_equal(tally.wrong, 0);
        assert_int_equal(tally.in_batch[0], 20);
        there = tally.in_batch[1] == 20;
        assert_true(there || tally.in_batch[1] == 0);
        if (committed != 0 || !there)
            lost++;
        for (uint32_t i = 0; i < 20; i++) {
            uint8_t key[8] = { 0, 0, 0, 1, 0, 0, 0, (uint8_t)i };
            assert_int_equal(fm_store_del(store, "rows", key, 8), 0);
        }
        assert_int_equal(fm_store_commit(store), 0);
        fm_store_close(store);
        assert_true(n < 5000);
    }
    assert_true(lost > 50);
}

#define SCENE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(rows_survive_a_restart),
        SCENE(each_goes_in_order_of_keys),
        SCENE(wrong_names_are_refused_and_cost_nothing_else),
        SCENE(a_failed_batch_is_lost_whole),
        SCENE(memory_keeps_rows_to_itself),
        SCENE(memory_has_a_limit),
        SCENE(file_and_directory_are_private),
        SCENE(the_schema_has_a_number),
        SCENE(garbage_is_set_aside),
        SCENE(a_truncated_file_is_set_aside),
        SCENE(a_turned_byte_is_never_believed),
        SCENE(a_newer_file_is_set_aside),
        SCENE(other_programs_files_are_set_aside),
        SCENE(a_changed_row_is_skipped),
        SCENE(things_in_the_way),
        SCENE(another_run_as_user_is_told),
        SCENE(a_read_only_file_system_is_told),
        SCENE(a_full_disk_is_survived),
        SCENE(a_limit_on_file_size_is_survived),
        SCENE(a_killed_writer_loses_only_its_open_batch),
        SCENE(there_is_one_writer),
        SCENE(a_reader_sees_whole_batches),
        SCENE(a_reader_who_may_not_write),
        SCENE(a_killed_writers_log_is_read),
        SCENE(a_reader_makes_and_moves_nothing),
        SCENE(closing_commits),
        SCENE(no_allocation_is_taken_for_granted),
    };

    count_allocations();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
