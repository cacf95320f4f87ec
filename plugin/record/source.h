/* Any file or folder that records can be read from.  What a file is, its content says: a tape by
 * its first bytes, EVE and Zeek's JSON by the members of its first object, Zeek's TSV by its first
 * '#'. All of them may be gzip.  A folder is all of its files, also in folders inside, in the order
 * of their names; what cannot be read is said and passed over. */
#ifndef FM_RECORD_SOURCE_H
#define FM_RECORD_SOURCE_H

#include "base/mem.h"
#include "record/sink.h"

enum fm_format { FM_FORMAT_NONE, FM_FORMAT_TAPE, FM_FORMAT_EVE, FM_FORMAT_ZEEK, FM_FORMATS };
extern const char *const fm_format_name[FM_FORMATS];

/** What the first bytes of a file say it is. */
enum fm_format fm_format_of(const char *bytes, size_t len);

/** Reads all records of a file or folder into the sink, until it wants no more.  Returns the number
 *  of files that were read; those that could not be are slips. */
uint64_t fm_source_read(struct fm_mem *mem, const char *path, struct fm_sink *sink);

#endif
