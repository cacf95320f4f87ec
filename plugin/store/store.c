/* Rows that survive a restart.  A table is (key, version, digest, value) without a row id; the
 * digest is XXH3 over table, key, version and value, because SQLite checks its own structure but
 * not the bytes it was given: a row that does not fit its digest is counted and skipped, so an
 * owner never loads state that the disk has changed.
 *
 * Invariant: a batch is whole or absent.  It opens with the first put or del (BEGIN IMMEDIATE), and
 * when anything in it fails all of it is rolled back and refused up to its commit, which says -1.
 * A killed process loses the open batch; a power cut may lose the last ones too (WAL,
 * synchronous=NORMAL); neither damages the file.
 *
 * One writer: it holds a lock on the directory, which ends with the process.  A second one is told
 * and works in memory.  Readers never wait for the writer, nor it for them.
 *
 * Cost: a put is O(log rows) and reaches the log at its commit, page by page: 3 us a row of 100
 * bytes when keys rise, 40 us when they are scattered over 200,000 rows.  Reading all takes 0.5 us
 * a row.  At open the whole file is checked (quick_check, 500 MB/s from cache). Memory: 2 MiB of
 * pages and 8 KiB a table, outside `struct fm_mem`; the store in memory has up to 256 MiB.  Disk:
 * some 40 bytes a row beside key and value; a log of up to 16 MiB, more while a reader holds it.
 * Blind spots: whole rows that vanish from a well-formed file; a file system that lies about locks.
 *
 * Reference: sqlite.org/wal.html, sqlite.org/pragma.html#pragma_quick_check,
 * sqlite.org/lang_transaction.html ("Response To Errors Within A Transaction").
 */
#include "store/store.h"

#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME      "furumai.db"
#define FILE_MODE      0640
#define DIR_MODE       0750
#define ASIDE_MAX      99 /* beyond this the last one set aside is replaced */
#define BUSY_MS        2000
#define TABLES_MAX     64
#define TABLE_NAME_MAX 40
#define SQL_MAX        200
#define LINE_MAX_BYTES (PATH_MAX + 512)

/* "furm" in the file's header: tells a database of ours from anybody else's. */
#define APPLICATION_ID   0x6675726d
#define TEXT_OF(number)  TEXT_OF_(number)
#define TEXT_OF_(number) #number

/* What takes the file from schema `index` to the next; the last schema is their number. */
static const char *const migration[] = {
    [0] = "PRAGMA application_id = " TEXT_OF(APPLICATION_ID),
};
#define SCHEMA ((int)(sizeof(migration) / sizeof(*migration)))

static const char create_sql[] =
        "CREATE TABLE \"%s\" (key BLOB PRIMARY KEY, version INTEGER, digest INTEGER, value BLOB)"
        " WITHOUT ROWID";

enum verb { PUT, DEL, GET, EACH, VERBS };

static const char *const verb_sql[VERBS] = {
    [PUT] = "REPLACE INTO \"%s\" (key, version, digest, value) VALUES (?1, ?2, ?3, ?4)",
    [DEL] = "DELETE FROM \"%s\" WHERE key = ?1",
    [GET] = "SELECT key, version, digest, value FROM \"%s\" WHERE key = ?1",
    [EACH] = "SELECT key, version, digest, value FROM \"%s\" ORDER BY key",
};

/* For a connection that writes.  The log stays after the last close, so that a reader who may not
 * write in the directory still finds it. */
static const char *const writer_setup[] = {
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA journal_size_limit = 16777216",
};

static const char *const common_setup[] = {
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA cache_size = -2048",
};

static const struct {
    int code;
    const char *remedy;
} sqlite_remedy[] = {
    { SQLITE_FULL, "free space there" },
    { SQLITE_IOERR, "free space there, or look at the disk" },
    { SQLITE_CORRUPT, "start again: the damaged file is then set aside" },
    { SQLITE_NOTADB, "start again: the damaged file is then set aside" },
    { SQLITE_BUSY, "end the other program that has it open" },
    { SQLITE_READONLY, "let this user write to the file and its directory" },
    { SQLITE_CANTOPEN, "let this user write to the file and its directory" },
    { SQLITE_NOMEM, "give the process more memory" },
};

static const struct {
    int code;
    const char *remedy;
} errno_remedy[] = {
    { EACCES, "give it to this user (chown -R) or set another state-dir" },
    { EPERM, "give it to this user (chown -R) or set another state-dir" },
    { EROFS, "set state-dir to a place that can be written" },
    { ENOTDIR, "a file stands in its place: remove it or set another state-dir" },
    { EISDIR, "a directory stands in its place: remove it or set another state-dir" },
    { ENOENT, "set state-dir to where the plugin keeps its state" },
    { ENOSPC, "free space there" },
    { EDQUOT, "free space there" },
};

struct table {
    char name[TABLE_NAME_MAX + 1];
    uint64_t seed;
    sqlite3_stmt *cached[EACH]; /* PUT, DEL, GET */
};

struct fm_store {
    sqlite3 *db;
    int dir_fd; /* holds the writer's lock; -1 when there is none */
    bool read_only;
    bool batch; /* a transaction is open */
    bool lost;  /* the batch has failed: nothing more of it is taken */
    _Atomic uint64_t errors;
    void (*say)(void *arg, const char *line);
    void *arg;
    unsigned tables;
    struct table table[TABLES_MAX];
    char dir[PATH_MAX];
    char path[PATH_MAX + sizeof(FILE_NAME)];
};

/* What was found when the file was opened, and why. */
struct found {
    enum { FINE, DAMAGED, NEWER, UNUSABLE } what;
    char why[256];
    const char *remedy;
};

__attribute__((format(printf, 2, 3))) static void say(struct fm_store *store, const char *format,
        ...)
{
    char line[LINE_MAX_BYTES];
    va_list args;

    if (store->say == NULL)
        return;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    store->say(store->arg, line);
}

static struct found fine(void)
{
    return (struct found){ .what = FINE };
}

static struct found found_errno(const char *fact, int error)
{
    struct found found = { .what = UNUSABLE, .remedy = "set another state-dir" };

    for (size_t i = 0; i < sizeof(errno_remedy) / sizeof(*errno_remedy); i++)
        if (errno_remedy[i].code == error)
            found.remedy = errno_remedy[i].remedy;
    snprintf(found.why, sizeof(found.why), "%s by user id %u: %s", fact, (unsigned)geteuid(),
            strerror(error));
    return found;
}

static const char *remedy_of(int code)
{
    for (size_t i = 0; i < sizeof(sqlite_remedy) / sizeof(*sqlite_remedy); i++)
        if (sqlite_remedy[i].code == (code & 0xff))
            return sqlite_remedy[i].remedy;
    return "look at the disk";
}

/* "disk I/O error (File too large)": SQLite's words, and the system's where it has some. */
static void why_of(sqlite3 *db, char *out, size_t cap)
{
    int system = sqlite3_system_errno(db);
    int primary = sqlite3_errcode(db) & 0xff;

    if (system != 0 && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN))
        snprintf(out, cap, "%s (%s)", sqlite3_errmsg(db), strerror(system));
    else
        snprintf(out, cap, "%s", sqlite3_errmsg(db));
}

/* The statements that look at a file are known to be good: when SQLite calls one wrong
 * (SQLITE_ERROR), the file is. */
static struct found found_sqlite(sqlite3 *db)
{
    int code = sqlite3_errcode(db) & 0xff;
    bool damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR;
    struct found found = { .what = damaged ? DAMAGED : UNUSABLE, .remedy = remedy_of(code) };

    why_of(db, found.why, sizeof(found.why));
    return found;
}

static struct found damaged(const char *why)
{
    struct found found = { .what = DAMAGED };

    snprintf(found.why, sizeof(found.why), "%s", why);
    return found;
}

/* Counts one error; the first is said, and the 10th, the 100th, ... */
static void failed(struct fm_store *store, const char *why, const char *remedy)
{
    uint64_t n = atomic_fetch_add_explicit(&store->errors, 1, memory_order_relaxed) + 1;

    while (n % 10 == 0)
        n /= 10;
    if (n == 1)
        say(store, "store: %s: %s; %s (errors so far: %llu)", store->path, why, remedy,
                (unsigned long long)atomic_load_explicit(&store->errors, memory_order_relaxed));
}

static void failed_sqlite(struct fm_store *store)
{
    char why[256];

    why_of(store->db, why, sizeof(why));
    failed(store, why, remedy_of(sqlite3_errcode(store->db)));
}

/* ---- opening */

/* Makes what is missing of the path. */
static struct found make_dir(const char *dir)
{
    char path[PATH_MAX];
    struct stat at;

    snprintf(path, sizeof(path), "%s", dir);
    for (char *slash = path + 1; *path != '\0'; slash++) {
        char kept = *slash;

        if (kept != '/' && kept != '\0')
            continue;
        *slash = '\0';
        if (stat(path, &at) != 0 && mkdir(path, DIR_MODE) != 0)
            return found_errno("its directory cannot be made", errno);
        *slash = kept;
        if (kept == '\0')
            break;
    }
    if (stat(dir, &at) != 0)
        return found_errno("its directory cannot be opened", errno);
    return S_ISDIR(at.st_mode) ? fine() : found_errno("its directory cannot be opened", ENOTDIR);
}

/* The lock is on the directory and not on the file, which may be renamed under it.  A file system
 * without locks cannot tell of a second writer, and that is no reason to forget everything. */
static struct found lock_dir(struct fm_store *store)
{
    struct found taken = { UNUSABLE, "another process writes it",
        "give each Suricata a state-dir of its own" };

    store->dir_fd = open(store->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store->dir_fd < 0)
        return found_errno("its directory cannot be opened", errno);
    if (flock(store->dir_fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return taken;
    return fine();
}

static void unlock_dir(struct fm_store *store)
{
    if (store->dir_fd >= 0)
        close(store->dir_fd);
    store->dir_fd = -1;
}

/* SQLite would make the file readable to all; its log and index follow the file's mode. */
static struct found make_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    bool made = fd >= 0;

    if (!made && errno == EEXIST)
        fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || (made && fchmod(fd, FILE_MODE) != 0)) {
        struct found found = found_errno("it cannot be written", errno);

        if (fd >= 0)
            close(fd);
        return found;
    }
    close(fd);
    return fine();
}

static struct found run(sqlite3 *db, const char *const *sql, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (sqlite3_exec(db, sql[i], NULL, NULL, NULL) != SQLITE_OK)
            return found_sqlite(db);
    return fine();
}
#define RUN(db, list) run(db, list, sizeof(list) / sizeof(*(list)))

static struct found ask_number(sqlite3 *db, const char *sql, sqlite3_int64 *number)
{
    sqlite3_stmt *stmt = NULL;
    struct found found = fine();

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
            sqlite3_step(stmt) == SQLITE_ROW)
        *number = sqlite3_column_int64(stmt, 0);
    else
        found = found_sqlite(db);
    sqlite3_finalize(stmt);
    return found;
}

static struct found check_schema(sqlite3 *db, sqlite3_int64 *schema)
{
    sqlite3_int64 id = 0;
    sqlite3_int64 things = 0;
    struct found found = ask_number(db, "PRAGMA user_version", schema);

    if (found.what == FINE)
        found = ask_number(db, "PRAGMA application_id", &id);
    if (found.what == FINE)
        found = ask_number(db, "SELECT count(*) FROM sqlite_schema", &things);
    if (found.what != FINE)
        return found;
    if (*schema == 0 && id == 0 && things == 0)
        return found;
    if (id != APPLICATION_ID || *schema < 1)
        return damaged("it is a database of another program");
    if (*schema > SCHEMA) {
        found.what = NEWER;
        snprintf(found.why, sizeof(found.why), "schema %lld, this one knows %d", *schema, SCHEMA);
    }
    return found;
}

static bool name_fits(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz_");

    return len > 0 && len <= TABLE_NAME_MAX && name[len] == '\0';
}

/* A bit turned in a column's name leaves a well-formed file that no statement of ours fits. */
static struct found check_tables(sqlite3 *db)
{
    static const char sql[] = "SELECT type = 'table' AND name = tbl_name, name, sql"
                              " FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    struct found found = fine();
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

    while (rc == SQLITE_OK && found.what == FINE && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(stmt, 1);
        const char *text = (const char *)sqlite3_column_text(stmt, 2);
        char expected[SQL_MAX];

        rc = SQLITE_OK;
        if (sqlite3_column_int(stmt, 0) != 1 || name == NULL || text == NULL || !name_fits(name)) {
            found = damaged("it holds a thing that is no table of this program");
            break;
        }
        snprintf(expected, sizeof(expected), create_sql, name);
        if (strcmp(text, expected) != 0)
            found = damaged("a table has another form than it was given");
    }
    if (rc != SQLITE_OK && rc != SQLITE_DONE)
        found = found_sqlite(db);
    sqlite3_finalize(stmt);
    return found;
}

static struct found check_pages(sqlite3 *db)
{
    sqlite3_stmt *stmt = NULL;
    struct found found = fine();
    const char *text = NULL;

    if (sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &stmt, NULL) == SQLITE_OK &&
            sqlite3_step(stmt) == SQLITE_ROW)
        text = (const char *)sqlite3_column_text(stmt, 0);
    if (text == NULL)
        found = found_sqlite(db);
    else if (strcmp(text, "ok") != 0)
        found = damaged(text);
    sqlite3_finalize(stmt);
    for (char *c = found.why; *c != '\0'; c++)
        if (*c == '\n')
            *c = ' ';
    return found;
}

static struct found migrate(sqlite3 *db, sqlite3_int64 from)
{
    for (sqlite3_int64 i = from; i < SCHEMA; i++) {
        char version[64];
        const char *const step[] = { "BEGIN IMMEDIATE", migration[i], version, "COMMIT" };

        snprintf(version, sizeof(version), "PRAGMA user_version = %lld", i + 1);
        struct found found = RUN(db, step);
        if (found.what != FINE)
            return found;
    }
    return fine();
}

static void close_db(struct fm_store *store)
{
    sqlite3_close(store->db);
    store->db = NULL;
}

static struct found connect(struct fm_store *store, const char *name, int flags)
{
    flags |= SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (sqlite3_open_v2(name, &store->db, flags, NULL) != SQLITE_OK)
        return store->db == NULL ? found_errno("it cannot be opened", ENOMEM)
                                 : found_sqlite(store->db);
    sqlite3_busy_timeout(store->db, BUSY_MS);
    return RUN(store->db, common_setup);
}

static struct found open_writer(struct fm_store *store)
{
    int keep_log = 1;
    sqlite3_int64 schema = 0;
    struct found found = make_file(store->path);

    if (found.what == FINE)
        found = connect(store, store->path, SQLITE_OPEN_READWRITE);
    if (found.what == FINE)
        found = check_schema(store->db, &schema);
    if (found.what == FINE)
        found = check_pages(store->db);
    if (found.what == FINE)
        found = check_tables(store->db);
    if (found.what == FINE && sqlite3_db_readonly(store->db, "main") == 1)
        found = damaged("its header forbids to write"); /* the system allows it: make_file tried */
    if (found.what == FINE)
        found = RUN(store->db, writer_setup);
    if (found.what == FINE)
        found = migrate(store->db, schema);
    if (found.what == FINE)
        sqlite3_file_control(store->db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep_log);
    return found;
}

/* Moves the file, with the log that belongs to it, to the first free name of its kind. */
static struct found set_aside(struct fm_store *store, const struct found *found)
{
    const char *kind = found->what == NEWER ? "newer" : "damaged";
    char to[sizeof(store->path) + 32];
    char log_from[sizeof(store->path) + 8];
    char log_to[sizeof(to) + 8];
    struct stat at;
    int n = 0;

    do
        snprintf(to, sizeof(to), "%s.%s-%d", store->path, kind, ++n);
    while (n < ASIDE_MAX && lstat(to, &at) == 0);
    if (rename(store->path, to) != 0)
        return found_errno("it is damaged and cannot be set aside", errno);
    snprintf(log_from, sizeof(log_from), "%s-wal", store->path);
    snprintf(log_to, sizeof(log_to), "%s-wal", to);
    if (rename(log_from, log_to) != 0 && errno != ENOENT)
        unlink(log_from);
    snprintf(log_from, sizeof(log_from), "%s-shm", store->path);
    unlink(log_from);
    say(store, "store: %s is %s (%s); it is kept as %s, learning starts anew", store->path,
            found->what == NEWER ? "from a newer version" : "damaged", found->why,
            strrchr(to, '/') + 1);
    return fine();
}

static struct found open_in_dir(struct fm_store *store)
{
    struct found found = make_dir(store->dir);

    if (found.what == FINE)
        found = lock_dir(store);
    if (found.what == FINE)
        found = open_writer(store);
    if (found.what == DAMAGED || found.what == NEWER) {
        close_db(store);
        found = set_aside(store, &found);
        if (found.what == FINE)
            found = open_writer(store);
    }
    return found;
}

/* Without a log to read, a directory that may not be written needs SQLite told that nobody
 * writes. */
static struct found connect_still(struct fm_store *store)
{
    char uri[3 * sizeof(store->path) + 32] = "file:";
    size_t len = strlen(uri);

    for (const char *c = store->path; *c != '\0'; c++)
        len += (size_t)snprintf(uri + len, sizeof(uri) - len, strchr("%?#", *c) ? "%%%02x" : "%c",
                (unsigned char)*c);
    snprintf(uri + len, sizeof(uri) - len, "?immutable=1");
    return connect(store, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

static struct found open_reader(struct fm_store *store)
{
    char log[sizeof(store->path) + 8];
    struct stat at;
    sqlite3_int64 schema = 0;
    struct found found;

    if (access(store->path, R_OK) != 0)
        return found_errno("it cannot be read", errno);
    found = connect(store, store->path, SQLITE_OPEN_READONLY);
    if (found.what == FINE)
        found = check_schema(store->db, &schema);
    snprintf(log, sizeof(log), "%s-wal", store->path);
    if (found.what == UNUSABLE && (stat(log, &at) != 0 || at.st_size == 0)) {
        close_db(store);
        found = connect_still(store);
        if (found.what == FINE)
            found = check_schema(store->db, &schema);
    }
    if (found.what == FINE)
        found = check_tables(store->db);
    return found;
}

static struct found open_memory(struct fm_store *store)
{
    static const char *const setup[] = { "PRAGMA page_size = 4096",
        "PRAGMA max_page_count = 65536" };
    struct found found;

    snprintf(store->path, sizeof(store->path), "memory");
    found = connect(store, ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    return found.what == FINE ? RUN(store->db, setup) : found;
}

static void say_reader_failed(struct fm_store *store, const struct found *found)
{
    static const char *const remedy[] = {
        [DAMAGED] = "the plugin sets it aside at its next start",
        [NEWER] = "use the command of that version",
    };

    say(store, "store: %s: %s; %s", store->path, found->why,
            found->what == UNUSABLE ? found->remedy : remedy[found->what]);
}

static struct found open_as_asked(struct fm_store *store, const char *dir, bool read_only)
{
    struct found found;

    if (dir == NULL)
        return open_memory(store);
    if (*dir == '\0' || strlen(dir) >= sizeof(store->dir)) {
        say(store, "store: state-dir is empty or too long; name a directory");
        return found_errno("it cannot be opened", ENAMETOOLONG);
    }
    snprintf(store->dir, sizeof(store->dir), "%s", dir);
    snprintf(store->path, sizeof(store->path), "%s/%s", dir, FILE_NAME);
    store->read_only = read_only;
    found = read_only ? open_reader(store) : open_in_dir(store);
    if (found.what == FINE)
        return found;
    close_db(store);
    unlock_dir(store);
    if (read_only) {
        say_reader_failed(store, &found);
        return found;
    }
    say(store, "store: %s: %s; %s. Until then nothing outlives this run", store->path, found.why,
            found.remedy != NULL ? found.remedy : "set another state-dir");
    return open_memory(store);
}

struct fm_store *fm_store_open(const char *dir, bool read_only,
        void (*say_line)(void *arg, const char *line), void *arg)
{
    struct fm_store *store = calloc(1, sizeof(*store));

    if (store == NULL)
        return NULL;
    store->dir_fd = -1;
    store->say = say_line;
    store->arg = arg;
    if (open_as_asked(store, dir, read_only).what != FINE) {
        fm_store_close(store);
        return NULL;
    }
    return store;
}

/* ---- tables and their statements */

static struct table *table_of(struct fm_store *store, const char *name)
{
    struct table *table;

    for (unsigned i = 0; i < store->tables; i++)
        if (strcmp(store->table[i].name, name) == 0)
            return &store->table[i];
    if (!name_fits(name)) {
        failed(store, "a table's name is not [a-z_]+ of at most 40 bytes", "name it so");
        return NULL;
    }
    if (store->tables == TABLES_MAX) {
        failed(store, "more tables are asked for than the store knows", "raise TABLES_MAX");
        return NULL;
    }
    table = &store->table[store->tables++];
    snprintf(table->name, sizeof(table->name), "%s", name);
    table->seed = fm_hash(0, name, strlen(name));
    return table;
}

static sqlite3_stmt *prepare(struct fm_store *store, const struct table *table, enum verb verb)
{
    char sql[SQL_MAX];
    sqlite3_stmt *stmt = NULL;

    snprintf(sql, sizeof(sql), verb_sql[verb], table->name);
    sqlite3_prepare_v3(store->db, sql, -1, verb == EACH ? 0 : SQLITE_PREPARE_PERSISTENT, &stmt,
            NULL);
    return stmt;
}

/* 1: it is there, 0: not yet, -1: SQLite cannot tell. */
static int table_exists(struct fm_store *store, const struct table *table)
{
    static const char sql[] = "SELECT count(*) FROM sqlite_schema WHERE name = ?1";
    sqlite3_stmt *stmt = NULL;
    int exists = -1;

    if (sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
            sqlite3_bind_text(stmt, 1, table->name, -1, SQLITE_STATIC) == SQLITE_OK &&
            sqlite3_step(stmt) == SQLITE_ROW)
        exists = sqlite3_column_int(stmt, 0) > 0;
    sqlite3_finalize(stmt);
    return exists;
}

static int make_table(struct fm_store *store, const struct table *table)
{
    char sql[SQL_MAX];
    int exists = table_exists(store, table);

    if (exists != 0)
        return exists > 0 ? 0 : -1;
    snprintf(sql, sizeof(sql), create_sql, table->name);
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : -1;
}

/* The statement of a table that exists, kept for the next time.  NULL: SQLite said why. */
static sqlite3_stmt *cached(struct fm_store *store, struct table *table, enum verb verb)
{
    if (table->cached[verb] == NULL)
        table->cached[verb] = prepare(store, table, verb);
    return table->cached[verb];
}

static void forget_statements(struct fm_store *store)
{
    for (unsigned i = 0; i < store->tables; i++)
        for (int verb = PUT; verb < EACH; verb++) {
            sqlite3_finalize(store->table[i].cached[verb]);
            store->table[i].cached[verb] = NULL;
        }
}

/* SQLite keeps NULL and "no bytes" apart; owners do not. */
static int bind_bytes(sqlite3_stmt *stmt, int at, const void *bytes, size_t len)
{
    return sqlite3_bind_blob64(stmt, at, len > 0 ? bytes : "", len, SQLITE_STATIC);
}

static sqlite3_int64 digest(const struct table *table, const void *key, size_t key_len,
        const void *value, size_t len, unsigned version)
{
    uint64_t sum = fm_hash(table->seed + version, len > 0 ? value : "", len);

    return (sqlite3_int64)fm_hash(sum, key_len > 0 ? key : "", key_len);
}

/* ---- writing */

/* The batch is rolled back, if SQLite has not done so itself, and with it tables that were made in
 * it: statements that know them go too. */
static int lose_batch(struct fm_store *store)
{
    failed_sqlite(store);
    forget_statements(store);
    if (sqlite3_get_autocommit(store->db) == 0)
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    store->batch = false;
    store->lost = true;
    return -1;
}

static int begin(struct fm_store *store)
{
    if (store->read_only) {
        failed(store, "a write to a store that was opened for reading", "open it for writing");
        return -1;
    }
    if (store->lost)
        return -1;
    if (store->batch)
        return 0;
    if (sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return lose_batch(store);
    store->batch = true;
    return 0;
}

int fm_store_put(struct fm_store *store, const char *name, const void *key, size_t key_len,
        const void *value, size_t len, unsigned version)
{
    struct table *table = table_of(store, name);
    sqlite3_stmt *put;
    bool done;

    if (table == NULL || begin(store) != 0)
        return -1;
    if (table->cached[PUT] == NULL && make_table(store, table) != 0)
        return lose_batch(store);
    put = cached(store, table, PUT);
    if (put == NULL)
        return lose_batch(store);
    done = bind_bytes(put, 1, key, key_len) == SQLITE_OK &&
           sqlite3_bind_int64(put, 2, version) == SQLITE_OK &&
           sqlite3_bind_int64(put, 3, digest(table, key, key_len, value, len, version)) ==
                   SQLITE_OK &&
           bind_bytes(put, 4, value, len) == SQLITE_OK && sqlite3_step(put) == SQLITE_DONE;
    if (!done)
        return lose_batch(store);
    sqlite3_reset(put);
    return 0;
}

int fm_store_del(struct fm_store *store, const char *name, const void *key, size_t key_len)
{
    struct table *table = table_of(store, name);
    sqlite3_stmt *del;
    int exists;

    if (table == NULL || begin(store) != 0)
        return -1;
    exists = table->cached[DEL] != NULL ? 1 : table_exists(store, table);
    if (exists == 0)
        return 0;
    del = exists > 0 ? cached(store, table, DEL) : NULL;
    if (del == NULL || bind_bytes(del, 1, key, key_len) != SQLITE_OK ||
            sqlite3_step(del) != SQLITE_DONE)
        return lose_batch(store);
    sqlite3_reset(del);
    return 0;
}

int fm_store_commit(struct fm_store *store)
{
    if (store->lost) {
        store->lost = false;
        return -1;
    }
    if (!store->batch)
        return 0;
    if (sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
        lose_batch(store);
        store->lost = false;
        return -1;
    }
    store->batch = false;
    return 0;
}

/* ---- reading */

struct row {
    const void *key;
    size_t key_len;
    const void *value;
    size_t len;
    unsigned version;
};

/* False, and counted, when the row is not what was put. */
static bool row_of(struct fm_store *store, const struct table *table, sqlite3_stmt *stmt,
        struct row *row)
{
    row->key = sqlite3_column_blob(stmt, 0);
    row->key_len = (size_t)sqlite3_column_bytes(stmt, 0);
    row->version = (unsigned)sqlite3_column_int64(stmt, 1);
    row->value = sqlite3_column_blob(stmt, 3);
    row->len = (size_t)sqlite3_column_bytes(stmt, 3);
    if (row->key == NULL)
        row->key = "";
    if (row->value == NULL)
        row->value = "";
    if (sqlite3_column_type(stmt, 3) == SQLITE_BLOB &&
            digest(table, row->key, row->key_len, row->value, row->len, row->version) ==
                    sqlite3_column_int64(stmt, 2))
        return true;
    failed(store, "a row does not fit its digest and is skipped", "look at the disk");
    return false;
}

int fm_store_each(struct fm_store *store, const char *name,
        bool (*take)(void *arg, const void *key, size_t key_len, const void *value, size_t len,
                unsigned version),
        void *arg)
{
    struct table *table = table_of(store, name);
    int exists = table == NULL ? -1 : table_exists(store, table);
    sqlite3_stmt *each;
    uint64_t last = 0;
    int rc = SQLITE_ROW;

    if (table == NULL || exists == 0)
        return table == NULL ? -1 : 0;
    each = exists > 0 ? prepare(store, table, EACH) : NULL;
    if (each == NULL) {
        failed_sqlite(store);
        return -1;
    }
    for (bool more = true; more && (rc = sqlite3_step(each)) == SQLITE_ROW;) {
        struct row row;
        bool good = row_of(store, table, each, &row);
        uint64_t now = fm_hash(table->seed, row.key, row.key_len);

        if (good && now != last) /* a row that `take` has just put may come again */
            more = take(arg, row.key, row.key_len, row.value, row.len, row.version);
        last = now;
    }
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        failed_sqlite(store);
    sqlite3_finalize(each);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : -1;
}

long fm_store_get(struct fm_store *store, const char *name, const void *key, size_t key_len,
        void *value, size_t cap, unsigned *version)
{
    struct table *table = table_of(store, name);
    int exists = table == NULL ? 0 : table->cached[GET] != NULL ? 1 : table_exists(store, table);
    sqlite3_stmt *get = exists > 0 ? cached(store, table, GET) : NULL;
    struct row row;
    long len = -1;
    int rc;

    if (exists == 0)
        return -1;
    rc = get == NULL ? SQLITE_ERROR : bind_bytes(get, 1, key, key_len);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(get);
    if (rc == SQLITE_ROW && row_of(store, table, get, &row) && row.len <= cap) {
        if (row.len > 0)
            memcpy(value, row.value, row.len);
        if (version != NULL)
            *version = row.version;
        len = (long)row.len;
    }
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        failed_sqlite(store);
    sqlite3_reset(get);
    return len;
}

uint64_t fm_store_errors(const struct fm_store *store)
{
    return atomic_load_explicit(&store->errors, memory_order_relaxed);
}

/* ---- closing */

void fm_store_close(struct fm_store *store)
{
    if (store == NULL)
        return;
    if (store->db != NULL) {
        fm_store_commit(store);
        forget_statements(store);
        close_db(store);
    }
    unlock_dir(store);
    free(store);
}
