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

/** Once a process, before any logger runs. */
void fm_text_prepare(void);

#endif
