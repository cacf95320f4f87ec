/* Transactions that cross the ring as text: what Suricata's own EVE writer tells goes into the
 * thread's builder, and the reader of eve.json turns it into the kind's body on the other side.  A
 * text longer than a record is shortened.  Some 2 to 10 us a transaction, nearly all of it the
 * writer's. */
#include "suricata/common/adapter.h"

#include "suricata/common/shorten.h"

SCJsonBuilder *fm_text_open(struct fm_thread *thread)
{
    SCJbReset(thread->jb);
    return thread->jb;
}

void fm_text_push(struct fm_thread *thread, enum fm_kind kind, const Flow *f, const Packet *p)
{
    struct fm_rec *rec = (struct fm_rec *)thread->rec;
    struct fm_rec_text *text = fm_rec_begin_text(rec, kind);
    char brief[FM_TEXT_MAX];

    if (!SCJbClose(thread->jb))
        return;
    const char *json = (const char *)SCJbPtr(thread->jb);
    size_t len = SCJbLen(thread->jb);
    fm_flows_header(rec, f, p);
    if (len > FM_TEXT_MAX) {
        len = fm_json_shorten(brief, sizeof(brief), json, len);
        json = brief;
        rec->flags |= FM_REC_CUT;
    }
    if (len == 0) {
        fm_producer_lose(thread->producer, kind);
        return;
    }
    fm_rec_put(rec, &text->json, json, len, FM_TEXT_MAX);
    fm_thread_push(thread, rec);
}
