/* External merge sort.
 *
 * One block of memory holds records from its front and pointers to them from its back, with as many
 * spare words again for merging pointers.  When it is full it is sorted (a merge sort, which costs
 * one compare a record where the input is in order already) and written as a run at the end of one
 * temporary file that has no name.  As many runs as the block has room for buffers of 16 KiB are
 * merged into one as soon as they are of one level, so that a run is read and written once a level:
 * O(log n) levels, and with the usual tens of megabytes never more than one.
 *
 * Invariants: what is not in the block is in a run; runs are sorted; a failed write leaves block
 * and runs as they were.  Memory: the block, and 24 bytes a run.
 * Blind spot: what runs held before they were merged stays on disk until the end. */
#include "order/sort.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES (2 * FM_REC_MAX)
#define LEAST_BYTES  (4 * BUFFER_BYTES)
#define FAN_MOST     256 /* beyond that, larger buffers are worth more than fewer levels */

struct run {
    uint64_t off, bytes; /* in the file */
    uint32_t level;      /* 0: from memory; n: merged from runs of level n - 1 */
};

/* A run being read. */
struct reader {
    char *buffer;
    size_t room, at, end; /* bytes of the buffer: all, read, filled */
    size_t current;       /* bytes of the record at `at` */
    uint64_t off, left;   /* in the file, not yet in the buffer */
};

/* Several runs being read as one: a heap of those that have something left. */
struct merge {
    struct reader reader[FAN_MOST];
    uint16_t heap[FAN_MOST];
    unsigned count;
    bool lent; /* the top record was handed out: go on before looking */
    int error;
};

struct fm_sort {
    struct fm_mem *mem;
    char *block;
    size_t block_bytes, used_bytes;
    size_t records, next; /* in the block; the next to hand out */
    unsigned fan;
    int fd; /* -1: nothing was written yet */
    uint64_t file_bytes;
    struct run *run;
    size_t runs, run_room;
    struct merge *merge; /* only once something was written */
    char dir[];          /* where the file goes */
};

typedef struct fm_rec *fm_rec_ptr;

struct fm_sort *fm_sort_new(struct fm_mem *mem, size_t memory_bytes, const char *dir)
{
    if (dir == NULL)
        dir = getenv("TMPDIR");
    if (dir == NULL || dir[0] == 0)
        dir = "/tmp";
    size_t dir_bytes = strlen(dir) + 1;
    struct fm_sort *sort = fm_alloc(mem, sizeof(*sort) + dir_bytes);
    if (sort == NULL)
        return NULL;
    sort->mem = mem;
    sort->fd = -1;
    sort->block_bytes = memory_bytes & ~(size_t)7;
    if (sort->block_bytes < LEAST_BYTES)
        sort->block_bytes = LEAST_BYTES;
    size_t buffers = sort->block_bytes / BUFFER_BYTES - 1; /* one is for writing */
    sort->fan = buffers < FAN_MOST ? (unsigned)buffers : FAN_MOST;
    memcpy(sort->dir, dir, dir_bytes);
    sort->block = fm_alloc(mem, sort->block_bytes);
    if (sort->block == NULL) {
        fm_free(mem, sort);
        return NULL;
    }
    return sort;
}

void fm_sort_free(struct fm_sort *sort)
{
    if (sort == NULL)
        return;
    if (sort->fd >= 0)
        close(sort->fd);
    fm_free(sort->mem, sort->run);
    fm_free(sort->mem, sort->merge);
    fm_free(sort->mem, sort->block);
    fm_free(sort->mem, sort);
}

/* ---- in memory ---- */

/* Pointers stand at the block's end, the last put first. */
static fm_rec_ptr *pointers(const struct fm_sort *sort)
{
    return (fm_rec_ptr *)(void *)(sort->block + sort->block_bytes) - sort->records;
}

static void merge_halves(fm_rec_ptr *at, size_t half, size_t count, fm_rec_ptr *spare)
{
    memcpy(spare, at, half * sizeof(*spare));
    size_t left = 0, right = half, out = 0;
    while (left < half && right < count)
        at[out++] = fm_rec_compare(at[right], spare[left]) < 0 ? at[right++] : spare[left++];
    memcpy(at + out, spare + left, (half - left) * sizeof(*spare));
}

static void sort_pointers(fm_rec_ptr *at, size_t count, fm_rec_ptr *spare)
{
    if (count < 2)
        return;
    size_t half = count / 2;
    sort_pointers(at, half, spare);
    sort_pointers(at + half, count - half, spare);
    if (fm_rec_compare(at[half - 1], at[half]) > 0)
        merge_halves(at, half, count, spare);
}

static void sort_block(struct fm_sort *sort)
{
    fm_rec_ptr *at = pointers(sort);
    for (size_t low = 0, high = sort->records; low + 1 < high; low++, high--) {
        fm_rec_ptr keep = at[low];
        at[low] = at[high - 1];
        at[high - 1] = keep;
    }
    sort_pointers(at, sort->records, at - sort->records / 2);
}

/* ---- on disk ---- */

static int open_file(struct fm_sort *sort)
{
    if (sort->fd >= 0)
        return 0;
    sort->fd = open(sort->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (sort->fd >= 0)
        return 0;
    /* Not every file system knows files without a name. */
    static const char name[] = "/furumai-sort-XXXXXX";
    size_t bytes = strlen(sort->dir) + sizeof(name);
    char *path = fm_alloc(sort->mem, bytes);
    if (path == NULL)
        return ENOMEM;
    snprintf(path, bytes, "%s%s", sort->dir, name);
    sort->fd = mkostemp(path, O_CLOEXEC);
    int error = sort->fd < 0 ? errno : 0;
    if (error == 0)
        unlink(path);
    fm_free(sort->mem, path);
    return error;
}

static int write_at(int fd, const char *bytes, size_t len, uint64_t off)
{
    while (len > 0) {
        ssize_t wrote = pwrite(fd, bytes, len, (off_t)off);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return wrote < 0 ? errno : EIO;
        bytes += wrote;
        off += (uint64_t)wrote;
        len -= (size_t)wrote;
    }
    return 0;
}

/* Makes the record at `at` whole in the buffer; EIO when the file does not hold what was written.
 */
static int reader_fill(struct reader *reader, int fd)
{
    size_t have = reader->end - reader->at;
    memmove(reader->buffer, reader->buffer + reader->at, have);
    reader->at = 0;
    reader->end = have;
    while (reader->end < reader->room && reader->left > 0) {
        size_t want = reader->room - reader->end;
        want = want < reader->left ? want : (size_t)reader->left;
        ssize_t got = pread(fd, reader->buffer + reader->end, want, (off_t)reader->off);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? errno : EIO;
        reader->end += (size_t)got;
        reader->off += (uint64_t)got;
        reader->left -= (uint64_t)got;
    }
    return 0;
}

static struct fm_rec *reader_rec(const struct reader *reader)
{
    return (struct fm_rec *)(void *)(reader->buffer + reader->at);
}

/* Goes on by one record; then `current` is 0 at the run's end. */
static int reader_next(struct reader *reader, int fd)
{
    reader->at += reader->current;
    reader->current = 0;
    if (reader->end - reader->at < FM_REC_MAX && reader->left > 0) {
        int error = reader_fill(reader, fd);
        if (error != 0)
            return error;
    }
    size_t have = reader->end - reader->at;
    if (have == 0)
        return 0;
    size_t size = have >= sizeof(struct fm_rec) ? reader_rec(reader)->size : 0;
    if (size < sizeof(struct fm_rec) || size > have)
        return EIO;
    reader->current = size;
    return 0;
}

static bool before(const struct merge *merge, unsigned a, unsigned b)
{
    const struct reader *x = &merge->reader[merge->heap[a]];
    const struct reader *y = &merge->reader[merge->heap[b]];
    return fm_rec_compare(reader_rec(x), reader_rec(y)) < 0;
}

static void sink(struct merge *merge, unsigned at)
{
    for (;;) {
        unsigned least = at, left = 2 * at + 1;
        if (left < merge->count && before(merge, left, least))
            least = left;
        if (left + 1 < merge->count && before(merge, left + 1, least))
            least = left + 1;
        if (least == at)
            return;
        uint16_t keep = merge->heap[at];
        merge->heap[at] = merge->heap[least];
        merge->heap[least] = keep;
        at = least;
    }
}

/* Starts reading the last `count` runs with `buffers` equal parts of the block, the first `count`.
 */
static int merge_begin(struct fm_sort *sort, size_t count, size_t buffers)
{
    struct merge *merge = sort->merge;
    size_t room = sort->block_bytes / buffers & ~(size_t)7;
    memset(merge, 0, sizeof(*merge));
    for (size_t i = 0; i < count; i++) {
        const struct run *run = &sort->run[sort->runs - count + i];
        merge->reader[i] = (struct reader){
            .buffer = sort->block + i * room,
            .room = room,
            .off = run->off,
            .left = run->bytes,
        };
        int error = reader_next(&merge->reader[i], sort->fd);
        if (error != 0)
            return error;
        merge->heap[merge->count++] = (uint16_t)i;
    }
    for (unsigned i = merge->count / 2; i-- > 0;)
        sink(merge, i);
    return 0;
}

/* The next record, which stands in a reader's buffer and may be changed; NULL at the end or, with
 * `error` set, where reading failed. */
static struct fm_rec *merge_next(struct merge *merge, int fd)
{
    if (merge->lent) {
        struct reader *top = &merge->reader[merge->heap[0]];
        merge->error = reader_next(top, fd);
        if (merge->error != 0)
            merge->count = 0;
        else if (top->current == 0)
            merge->heap[0] = merge->heap[--merge->count];
        sink(merge, 0);
    }
    merge->lent = merge->count > 0;
    return merge->lent ? reader_rec(&merge->reader[merge->heap[0]]) : NULL;
}

/* Bytes of a run on their way to the file, gathered in a buffer. */
struct writer {
    char *buffer;
    size_t room, used;
    uint64_t off;
};

static int writer_flush(struct writer *writer, int fd)
{
    int error = write_at(fd, writer->buffer, writer->used, writer->off);
    writer->off += writer->used;
    writer->used = 0;
    return error;
}

static int writer_put(struct writer *writer, int fd, const struct fm_rec *rec)
{
    if (writer->room - writer->used < rec->size) {
        int error = writer_flush(writer, fd);
        if (error != 0)
            return error;
    }
    memcpy(writer->buffer + writer->used, rec, rec->size);
    writer->used += rec->size;
    return 0;
}

/* Puts in place of the last `drop` runs one that ends at `end`. */
static void replace_runs(struct fm_sort *sort, size_t drop, uint64_t end, uint32_t level)
{
    sort->runs -= drop;
    sort->run[sort->runs++] = (struct run){
        .off = sort->file_bytes,
        .bytes = end - sort->file_bytes,
        .level = level,
    };
    sort->file_bytes = end;
}

/* Merges the last `count` runs into one; the block must be empty. */
static int merge_runs(struct fm_sort *sort, size_t count)
{
    uint32_t level = sort->run[sort->runs - count].level + 1;
    int error = merge_begin(sort, count, count + 1);
    size_t room = sort->block_bytes / (count + 1) & ~(size_t)7;
    struct writer writer = {
        .buffer = sort->block + count * room,
        .room = room,
        .off = sort->file_bytes,
    };
    const struct fm_rec *rec;
    while (error == 0 && (rec = merge_next(sort->merge, sort->fd)) != NULL)
        error = writer_put(&writer, sort->fd, rec);
    if (error == 0)
        error = sort->merge->error;
    if (error == 0)
        error = writer_flush(&writer, sort->fd);
    if (error == 0)
        replace_runs(sort, count, writer.off, level);
    return error;
}

static int room_for_run(struct fm_sort *sort)
{
    if (sort->merge == NULL)
        sort->merge = fm_alloc(sort->mem, sizeof(*sort->merge));
    if (sort->merge == NULL)
        return ENOMEM;
    if (sort->runs < sort->run_room)
        return 0;
    size_t room = sort->run_room != 0 ? sort->run_room * 2 : 16;
    struct run *run = fm_alloc(sort->mem, room * sizeof(*run));
    if (run == NULL)
        return ENOMEM;
    if (sort->runs > 0)
        memcpy(run, sort->run, sort->runs * sizeof(*run));
    fm_free(sort->mem, sort->run);
    sort->run = run;
    sort->run_room = room;
    return 0;
}

/* Writes the block, sorted, as a run.  What has_room left free is the buffer. */
static int write_block(struct fm_sort *sort)
{
    int error = room_for_run(sort);
    if (error == 0)
        error = open_file(sort);
    if (error != 0)
        return error;
    sort_block(sort);
    fm_rec_ptr *at = pointers(sort);
    struct writer writer = {
        .buffer = sort->block + sort->used_bytes,
        .room = (size_t)((char *)at - sort->block) - sort->used_bytes,
        .off = sort->file_bytes,
    };
    for (size_t i = 0; i < sort->records && error == 0; i++)
        error = writer_put(&writer, sort->fd, at[i]);
    if (error == 0)
        error = writer_flush(&writer, sort->fd);
    if (error != 0)
        return error;
    replace_runs(sort, 0, writer.off, 0);
    sort->used_bytes = 0;
    sort->records = 0;
    return 0;
}

static bool level_is_full(const struct fm_sort *sort)
{
    if (sort->runs < sort->fan)
        return false;
    const struct run *last = &sort->run[sort->runs - 1];
    return sort->run[sort->runs - sort->fan].level == last->level;
}

/* ---- the calls ---- */

/* Beside the record: its pointer, half a pointer to merge with, and a buffer to write through. */
static bool has_room(const struct fm_sort *sort, size_t size)
{
    size_t count = sort->records + 1;
    size_t need = sort->used_bytes + size + (count + count / 2) * sizeof(fm_rec_ptr) + BUFFER_BYTES;
    return need <= sort->block_bytes;
}

int fm_sort_put(struct fm_sort *sort, const struct fm_rec *rec)
{
    if (!has_room(sort, rec->size)) {
        int error = write_block(sort);
        while (error == 0 && level_is_full(sort))
            error = merge_runs(sort, sort->fan);
        if (error != 0)
            return error;
    }
    char *to = sort->block + sort->used_bytes;
    memcpy(to, rec, rec->size);
    sort->used_bytes += rec->size;
    sort->records++;
    pointers(sort)[0] = (struct fm_rec *)(void *)to;
    return 0;
}

int fm_sort_finish(struct fm_sort *sort)
{
    if (sort->fd < 0) {
        sort_block(sort);
        return 0;
    }
    int error = sort->records > 0 ? write_block(sort) : 0;
    while (error == 0 && sort->runs > sort->fan) {
        size_t over = sort->runs - sort->fan + 1;
        error = merge_runs(sort, over < sort->fan ? over : sort->fan);
    }
    return error != 0 ? error : merge_begin(sort, sort->runs, sort->runs);
}

struct fm_rec *fm_sort_next(struct fm_sort *sort)
{
    if (sort->fd >= 0)
        return merge_next(sort->merge, sort->fd);
    return sort->next < sort->records ? pointers(sort)[sort->next++] : NULL;
}

int fm_sort_error(const struct fm_sort *sort)
{
    return sort->merge != NULL ? sort->merge->error : 0;
}
