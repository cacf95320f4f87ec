/* The tape: records as they crossed the ring, so that a run can be repeated.
 *
 *   file    = "FMTAPE1\n" u32:0x01020304 u32:layout, then frames
 *   frame   = u32:bytes u32:check, then the record (a multiple of 8 bytes)
 *
 * in the writer's byte order; `check` is the low half of the record's hash, so that damage is told
 * from content, and a reader finds the next frame behind a damaged one.  `layout` is a hash of the
 * sizes that a record is made of: a tape from another layout is refused whole.
 *
 * With a cap of N bytes the writer keeps two files: when `path` has N bytes it becomes `path`.old
 * (a rename, so that a kill at any moment leaves whole files) and a new one is begun.  The last N
 * bytes of records are always there, 2 N at most; the reader reads `path`.old first.
 *
 * A frame is written in one piece or cut off again.  What is in the writer's buffer (64 KiB) is
 * lost in a kill; fm_tape_flush empties it.
 */
#ifndef FM_RECORD_TAPE_H
#define FM_RECORD_TAPE_H

#include "base/mem.h"
#include "record/input.h"
#include "record/record.h"

#define FM_TAPE_MAGIC "FMTAPE1\n"
#define FM_TAPE_OLD ".old"

struct fm_tape_writer;

/** Starts a new tape; an older one at `path`, and its .old, are removed.  cap_bytes 0: no cap; else
 *  at least 64 KiB.  NULL, with an errno in *error. */
struct fm_tape_writer *fm_tape_create(struct fm_mem *mem, const char *path, uint64_t cap_bytes,
        int *error);
/** 0 or an errno: the record is not on the tape, those before it are. */
int fm_tape_append(struct fm_tape_writer *writer, const struct fm_rec *rec);
int fm_tape_flush(struct fm_tape_writer *writer);
/** Flushes and frees; 0 or an errno. */
int fm_tape_close(struct fm_tape_writer *writer);
uint64_t fm_tape_written(const struct fm_tape_writer *writer); /* records */

enum fm_tape_state {
    FM_TAPE_RECORD,
    FM_TAPE_SKIPPED, /* damaged or invalid bytes were passed over: counted by the caller */
    FM_TAPE_CUT,     /* the tape ends in the middle of a frame; nothing more comes */
    FM_TAPE_END,
};

struct fm_tape;

/** Reads one file, plain or gzip.  NULL, with an errno in *error: EINVAL when it is no tape, or one
 *  of another layout. */
struct fm_tape *fm_tape_open(struct fm_mem *mem, const char *path, int *error);
/** The same from an input at its beginning, which is the tape's from then on (unless NULL). */
struct fm_tape *fm_tape_of(struct fm_mem *mem, struct fm_input *input, int *error);
/** Closes the input too. */
void fm_tape_end(struct fm_tape *tape);
/** The next record, valid (fm_rec_valid) and writable until the next call. */
enum fm_tape_state fm_tape_next(struct fm_tape *tape, struct fm_rec **rec);
/** Where the last record (or damage) began, in bytes. */
uint64_t fm_tape_offset(const struct fm_tape *tape);

#endif
