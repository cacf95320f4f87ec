#include "record/tape.h"

#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES 65536
#define PATH_BYTES 4096
#define ORDER_MARK 0x01020304u

struct header {
    char magic[8];
    uint32_t order;
    uint32_t layout;
};

struct frame {
    uint32_t bytes;
    uint32_t check;
};

/* Sizes that, when they change, make old tapes unreadable. */
static uint32_t layout(void)
{
    const uint32_t sizes[] = { sizeof(struct fm_rec), sizeof(struct fm_flow), FM_FLOW_BRIEF,
        sizeof(struct fm_http), sizeof(struct fm_tls), sizeof(struct fm_dns), sizeof(struct fm_smb),
        sizeof(struct fm_dcerpc), sizeof(struct fm_krb5), sizeof(struct fm_session),
        sizeof(struct fm_dhcp), sizeof(struct fm_ics), sizeof(struct fm_icmp),
        sizeof(struct fm_fileinfo), sizeof(struct fm_alert) };
    return (uint32_t)fm_hash(0, sizes, sizeof(sizes));
}

static uint32_t check_of(const void *bytes, size_t len)
{
    return (uint32_t)fm_hash(0, bytes, len);
}

/* ---- writing ---- */

struct fm_tape_writer {
    struct fm_mem *mem;
    int fd;
    uint64_t cap_bytes;
    uint64_t file_bytes; /* written to the present file */
    uint64_t records;
    size_t used;
    char path[PATH_BYTES];
    char bytes[BUFFER_BYTES];
};

static bool old_path(const char *path, char *out)
{
    return (size_t)snprintf(out, PATH_BYTES, "%s%s", path, FM_TAPE_OLD) < PATH_BYTES;
}

/* All of it, or the file is cut back to where it was. */
static int write_whole(struct fm_tape_writer *writer, const void *bytes, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t wrote = write(writer->fd, (const char *)bytes + done, len - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0) {
            int error = wrote < 0 ? errno : ENOSPC;
            if (ftruncate(writer->fd, (off_t)writer->file_bytes) == 0)
                lseek(writer->fd, (off_t)writer->file_bytes, SEEK_SET);
            return error;
        }
        done += (size_t)wrote;
    }
    writer->file_bytes += len;
    return 0;
}

static int start_file(struct fm_tape_writer *writer)
{
    struct header header = { .order = ORDER_MARK, .layout = layout() };
    memcpy(header.magic, FM_TAPE_MAGIC, sizeof(header.magic));
    writer->file_bytes = 0;
    writer->fd = open(writer->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (writer->fd < 0)
        return errno;
    return write_whole(writer, &header, sizeof(header));
}

static int next_file(struct fm_tape_writer *writer)
{
    char old[PATH_BYTES];
    if (!old_path(writer->path, old))
        return ENAMETOOLONG;
    if (rename(writer->path, old) != 0)
        return errno;
    close(writer->fd);
    return start_file(writer);
}

struct fm_tape_writer *fm_tape_create(struct fm_mem *mem, const char *path, uint64_t cap_bytes,
        int *error)
{
    char old[PATH_BYTES];
    struct fm_tape_writer *writer = fm_alloc(mem, sizeof(*writer));
    if (!writer || !old_path(path, old)) {
        *error = writer ? ENAMETOOLONG : ENOMEM;
        fm_free(mem, writer);
        return NULL;
    }
    writer->mem = mem;
    writer->cap_bytes = cap_bytes && cap_bytes < BUFFER_BYTES ? BUFFER_BYTES : cap_bytes;
    snprintf(writer->path, sizeof(writer->path), "%s", path);
    writer->fd = -1;
    *error = unlink(old) != 0 && errno != ENOENT ? errno : start_file(writer);
    if (*error) {
        if (writer->fd >= 0)
            close(writer->fd);
        fm_free(mem, writer);
        return NULL;
    }
    return writer;
}

int fm_tape_flush(struct fm_tape_writer *writer)
{
    if (writer->fd < 0)
        return EBADF;
    int error = writer->used ? write_whole(writer, writer->bytes, writer->used) : 0;
    if (error)
        return error;
    writer->used = 0;
    if (writer->cap_bytes && writer->file_bytes >= writer->cap_bytes)
        error = next_file(writer);
    return error;
}

int fm_tape_append(struct fm_tape_writer *writer, const struct fm_rec *rec)
{
    struct frame frame = { .bytes = rec->size, .check = check_of(rec, rec->size) };
    int error = 0;
    if (writer->used + sizeof(frame) + rec->size > sizeof(writer->bytes))
        error = fm_tape_flush(writer);
    if (error)
        return error;
    memcpy(writer->bytes + writer->used, &frame, sizeof(frame));
    memcpy(writer->bytes + writer->used + sizeof(frame), rec, rec->size);
    writer->used += sizeof(frame) + rec->size;
    writer->records++;
    return 0;
}

int fm_tape_close(struct fm_tape_writer *writer)
{
    int error = fm_tape_flush(writer);
    if (writer->fd >= 0 && close(writer->fd) != 0 && !error)
        error = errno;
    fm_free(writer->mem, writer);
    return error;
}

uint64_t fm_tape_written(const struct fm_tape_writer *writer)
{
    return writer->records;
}

/* ---- reading ---- */

struct fm_tape {
    struct fm_mem *mem;
    struct fm_input *input;
    uint64_t offset;
    union {
        struct fm_rec rec;
        char bytes[FM_REC_MAX];
    } read;
};

struct fm_tape *fm_tape_of(struct fm_mem *mem, struct fm_input *input, int *error)
{
    struct header header;
    struct fm_tape *tape = fm_alloc(mem, sizeof(*tape));
    if (!tape) {
        *error = ENOMEM;
        return NULL;
    }
    tape->mem = mem;
    tape->input = input;
    if (fm_input_read(input, &header, sizeof(header)) == sizeof(header) &&
            memcmp(header.magic, FM_TAPE_MAGIC, sizeof(header.magic)) == 0 &&
            header.order == ORDER_MARK && header.layout == layout())
        return tape;
    *error = EINVAL;
    fm_free(mem, tape);
    return NULL;
}

struct fm_tape *fm_tape_open(struct fm_mem *mem, const char *path, int *error)
{
    struct fm_input *input = fm_input_open(mem, path, error);
    struct fm_tape *tape = input ? fm_tape_of(mem, input, error) : NULL;
    if (!tape)
        fm_input_close(input);
    return tape;
}

void fm_tape_end(struct fm_tape *tape)
{
    if (!tape)
        return;
    fm_input_close(tape->input);
    fm_free(tape->mem, tape);
}

/* Is there a whole, undamaged frame at the front?  *partly: perhaps, but the file ends in it. */
static bool frame_ahead(struct fm_tape *tape, struct frame *frame, bool *partly)
{
    const char *bytes;
    size_t have = fm_input_peek(tape->input, sizeof(*frame) + FM_REC_MAX, &bytes);
    *partly = have < sizeof(*frame);
    if (*partly)
        return false;
    memcpy(frame, bytes, sizeof(*frame));
    if (frame->bytes < sizeof(struct fm_rec) || frame->bytes > FM_REC_MAX || frame->bytes % 8 != 0)
        return false;
    *partly = have - sizeof(*frame) < frame->bytes;
    return !*partly && check_of(bytes + sizeof(*frame), frame->bytes) == frame->check;
}

/* Passes damaged bytes, eight at a time, up to the next frame or the end. */
static enum fm_tape_state resync(struct fm_tape *tape)
{
    struct frame frame;
    bool partly;
    uint64_t passed;
    do {
        if (fm_input_read(tape->input, &passed, sizeof(passed)) < sizeof(passed))
            return FM_TAPE_CUT;
    } while (!frame_ahead(tape, &frame, &partly));
    return FM_TAPE_SKIPPED;
}

enum fm_tape_state fm_tape_next(struct fm_tape *tape, struct fm_rec **rec)
{
    struct frame frame;
    const char *bytes;
    bool partly;
    tape->offset = fm_input_bytes(tape->input);
    if (fm_input_peek(tape->input, 1, &bytes) == 0)
        return fm_input_damaged(tape->input) ? FM_TAPE_CUT : FM_TAPE_END;
    if (!frame_ahead(tape, &frame, &partly))
        return resync(tape);
    fm_input_read(tape->input, &frame, sizeof(frame));
    fm_input_read(tape->input, tape->read.bytes, frame.bytes);
    *rec = &tape->read.rec;
    return fm_rec_valid(*rec, frame.bytes) ? FM_TAPE_RECORD : FM_TAPE_SKIPPED;
}

uint64_t fm_tape_offset(const struct fm_tape *tape)
{
    return tape->offset;
}
