/* What both series' adapters share, in the order of life:
 *
 *   plugin Init (before the daemon forks)   fm_flows_register, sub-modules of the series
 *   sub-module InitSub                      fm_life_context: one a sub-module and eve-log
 *   logger ThreadInit, in its own thread    fm_life_thread: producer; the first starts the engine
 *   packet, flow, transaction, alert        fm_flows_*, then fm_thread_push
 *   end of all threads                      OutputCtx.DeInit: the last one frees what is left
 *
 * A *life* is one run of the outputs: the whole process, or one capture of --unix-socket mode.
 * Each life has its own engine.  This state is static because Suricata's callbacks carry none.
 */
#ifndef FM_SURICATA_ADAPTER_H
#define FM_SURICATA_ADAPTER_H

#include "host.h"

#include "engine/engine.h"
#include "suricata/common/marks.h"
#include "suricata/common/producer.h"
#include "suricata/common/settings.h"
#include "suricata/flowtrack.h"
#include "suricata/hello.h"

/** What one Suricata thread holds while a life lasts. */
struct fm_thread {
    ThreadVars *tv;
    struct fm_producer *producer;
    SCJsonBuilder *jb; /* reused for transactions that cross as text */
    uint16_t count_pushed, count_waited, count_shed, count_dropped;
    uint64_t hello_seed;
    struct fm_hello_prints prints;
    _Alignas(8) uint8_t rec[FM_REC_MAX]; /* where the record in hand is built */
};

/* ---- life.c ---- */

/** InitSub of every sub-module. Its loggers do something only when furumai is on, and only those of
 *  the first eve-log: a further one is called again for every packet and adds an output alone. */
OutputInitResult fm_life_context(SCConfNode *conf, OutputCtx *parent);
/** ThreadInit of every logger; *data is a struct fm_thread, or NULL for those that do nothing. */
TmEcode fm_life_thread(ThreadVars *tv, const void *initdata, void **data);
/** The life's EVE outputs; valid on the clerk's thread. */
unsigned fm_life_eves(OutputJsonCtx *const **eves);
struct fm_mailbox *fm_life_mailbox(void);

/** Pushes a finished record and counts what became of it. */
void fm_thread_push(struct fm_thread *thread, struct fm_rec *rec);

/* ---- events.c: on the clerk's thread ---- */

struct fm_desk; /* the clerk's way out */

struct fm_desk *fm_desk_new(ThreadVars *tv);
void fm_desk_free(struct fm_desk *desk);
/** The outside of an engine; its arg is a `struct fm_desk **` that the clerk fills. */
struct fm_outside fm_desk_outside(struct fm_desk **at);
void fm_say(enum fm_level level, const char *line);
/** Names of host bits: with the life's first thread; a rule that asks for one has made it
 *  before. */
void fm_bits_register(void);
void fm_bits_unregister(void);
/** Whether the host bit of this number is one of ours. Any thread while a life lasts. */
bool fm_bits_has(uint32_t id);
/** The life's marks, which outlive its threads; NULL: off, or a series whose rules cannot ask. */
struct fm_marks *fm_life_marks(void);

/* ---- commands.c ---- */

/** Registers the socket commands; on the thread of the socket, once a process. */
void fm_commands_register(void);

/* ---- apps.c ---- */

/** Once a process, when Suricata's protocols have their names. */
void fm_apps_name(void);
enum fm_app fm_apps_of(const Flow *f);

/* ---- flows.c ---- */

/** Once, in Init: storage of each flow. */
void fm_flows_register(void);
int fm_flows_packet(ThreadVars *tv, void *data, const Packet *p);
int fm_flows_wanted(ThreadVars *tv, void *data, const Packet *p);
int fm_flows_end(ThreadVars *tv, void *data, Flow *f);
/** Fills a transaction's header (begun record) from its flow. */
void fm_flows_header(struct fm_rec *rec, const Flow *f, const Packet *p);
/** IPv4 and IPv6 only. */
struct fm_addr fm_flows_addr(const Address *addr);
/** NULL: the flow was not watched. */
const struct fm_hello *fm_flows_hello(const Flow *f);

/* ---- alerts.c, file.c, text.c ---- */

/** Alerts of a packet, pushed; those of rules that ask for our own marks, or say so in their
 *  metadata, are left out, so that no detection can prove itself. */
void fm_alerts_push(struct fm_thread *thread, const Packet *p);

/** Logger of a finished file. */
int fm_file_log(ThreadVars *tv, void *data, const Packet *p, const File *file, void *tx,
        const uint64_t id, uint8_t direction);

#define FM_TEXT_MAX 8000 /* bytes of a transaction told as text */

/** Begins the thread's builder. */
SCJsonBuilder *fm_text_open(struct fm_thread *thread);
/** Closes it and pushes what it holds as a record of this kind. */
void fm_text_push(struct fm_thread *thread, enum fm_kind kind, const Flow *f, const Packet *p);

/* ---- each series has its own ---- */

/** What the tracker wants to know of a packet with a flow; false: none of its business. */
bool fm_host_facts(const Packet *p, struct fm_packet *facts);
/** Whether this release has the structures of the headers (release.h).  Where it has not, alerts
 *  and files are not read: Signature and File have moved before. */
bool fm_host_layouts_known(void);
/** Makes fm_commands_register run on the socket's thread. */
void fm_host_hook_commands(void);
/** In the first InitSub: switches on what fingerprints need. */
void fm_host_enable(void);
/** The number of the rule keyword `behavior`; -1: there is none. */
int fm_host_keyword(void);
extern const enum fm_source fm_host_source;

#endif
