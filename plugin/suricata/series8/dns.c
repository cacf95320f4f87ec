/* DNS messages: series 8 has one transaction for the query and one for the answer.  No getter gives
 * a query's type or an answer's data, so both go as the text that EVE would write (version 3). */
#include "series8.h"

#include "rust.h"

/* SCDnsLogJson takes the flags of eve-log's dns section (rust/src/dns/log.rs): here all of them,
 * that is any record type, but for answers laid out a second time by type. */
#define ANSWERS_GROUPED (UINT64_C(1) << 60)

int fm_dns_log(ThreadVars *tv, void *data, const Packet *p, Flow *f, void *state, void *tx,
        uint64_t id)
{
    struct fm_thread *thread = data;

    (void)tv, (void)state, (void)id;
    if (thread != NULL && SCDnsLogJson(tx, ~ANSWERS_GROUPED, fm_text_open(thread)))
        fm_text_push(thread, FM_DNS, f, p);
    return 0;
}
