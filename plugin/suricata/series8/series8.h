/* What the files of the series 8 adapter share: who logs which transaction, and the keyword. */
#ifndef FM_SERIES8_SERIES8_H
#define FM_SERIES8_SERIES8_H

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

/** In Init: the keyword `behavior`. */
void fm_keyword_register(void);
/** Once a process, before any logger runs. */
void fm_text_prepare(void);

#endif
