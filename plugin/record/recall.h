/* What a session said earlier, told again with its later records: the account of FTP's USER with
 * PASS and all that follows, the account of a Kerberos request with its error (a Windows controller
 * names none in it), the account of an SMB session with its files and DCE/RPC calls, the
 * interface of a DCE/RPC bind with the requests that name only an operation.  No source tells them
 * with every record, and detectors ask for who did what.
 *
 * A table of 4,096 sessions by five-tuple and site, direct-mapped: a newer session takes the place
 * of an older one, which then tells no more; a session that is silent for an hour is forgotten.
 * 1.2 MB; O(1) a record.  Records must come in the order of their time.
 */
#ifndef FM_RECORD_RECALL_H
#define FM_RECORD_RECALL_H

#include "base/mem.h"
#include "record/record.h"

struct fm_recall;

/** NULL when memory is out. */
struct fm_recall *fm_recall_new(struct fm_mem *mem);
void fm_recall_free(struct fm_recall *recall);
/** Learns from the record, and gives back the record, or a copy in `out` (FM_REC_MAX aligned bytes)
 *  that tells more. */
const struct fm_rec *fm_recall_fill(struct fm_recall *recall, const struct fm_rec *rec,
        struct fm_rec *out);

#endif
