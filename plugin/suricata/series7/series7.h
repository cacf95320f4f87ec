/* What the files of the series 7 adapter share: who logs which transaction. */
#ifndef FM_SERIES7_SERIES7_H
#define FM_SERIES7_SERIES7_H

#include "suricata/common/adapter.h"

/* Loggers of one transaction each, by Suricata's signature; `data` is a struct fm_thread or NULL
 * (nothing is logged). */
int fm_http_log(ThreadVars *tv, void *data, const Packet *p, Flow *f, void *state, void *tx,
        uint64_t id);
int fm_tls_log(ThreadVars *tv, void *data, const Packet *p, Flow *f, void *state, void *tx,
        uint64_t id);
int fm_dns_log(ThreadVars *tv, void *data, const Packet *p, Flow *f, void *state, void *tx,
        uint64_t id);
int fm_text_log(ThreadVars *tv, void *data, const Packet *p, Flow *f, void *state, void *tx,
        uint64_t id);

/** Logger of a finished file. */
int fm_file_log(ThreadVars *tv, void *data, const Packet *p, const File *file, void *tx,
        const uint64_t id, uint8_t direction);

#define FM_TEXT_MAX 8000 /* bytes of a transaction told as text */

/** Once a process, before any logger runs. */
void fm_text_prepare(void);
/** Begins the thread's builder. */
SCJsonBuilder *fm_text_open(struct fm_thread *thread);
/** Closes it and pushes what it holds as a record of this kind. */
void fm_text_push(struct fm_thread *thread, enum fm_kind kind, const Flow *f, const Packet *p);

#endif
