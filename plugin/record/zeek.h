/* The reader of Zeek's logs: TSV (with its header lines, columns by name) and JSON lines; also
 * files with label columns added behind.
 *
 * A line of conn becomes flow_new and flow_answer (at its ts), flow_close and flow_end (at ts +
 * duration); of dns a query and, when there was one, its answer; of any other log at most one
 * record. flow_id is a hash of Zeek's uid.  Bytes are Zeek's payload bytes; where they are unset,
 * IP bytes less 40 (60 with IPv6) a packet for TCP, 28 (48) for others.
 *
 * Which log it is: #path, `_path`, or the file's name; a JSON line of an unnamed file by its
 * fields. Logs that no detector reads are ignored (counted); x509 is one of them, so that
 * certificates are known only where ssl itself has subject and issuer. Blind spots: NTLM other than
 * over SMB; files without addresses of both sides.
 */
#ifndef FM_RECORD_ZEEK_H
#define FM_RECORD_ZEEK_H

#include "base/mem.h"
#include "record/sink.h"

struct fm_zeek;

/** NULL when memory is out. */
struct fm_zeek *fm_zeek_new(struct fm_mem *mem);
void fm_zeek_free(struct fm_zeek *zeek);
/** Begins a file: its name (with or without folder) may tell which log it is. */
void fm_zeek_file(struct fm_zeek *zeek, const char *path);
/** Reads one line, TSV or JSON, and gives its records to the sink.  The line is changed.  When the
 *  answer is not FM_LINE_READ, `why` (of at least 160 bytes) says what was wrong. */
enum fm_line fm_zeek_line(struct fm_zeek *zeek, char *line, size_t len, struct fm_sink *sink,
        char *why);

#endif
