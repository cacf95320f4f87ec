/* A flow that a log tells at once, given as the records that a sensor would have given while it
 * lasted: flow_new and flow_answer at its start (when it was answered is not known), flow_close and
 * flow_end at its end.  All bytes and packets come with flow_end; a refusal needs no flow_close. */
#ifndef FM_RECORD_TOLD_H
#define FM_RECORD_TOLD_H

#include "record/sink.h"

struct fm_told {
    struct fm_rec head;  /* addresses, proto, flow_id, flags, has; time is not read */
    struct fm_flow body; /* `bytes` is not read: all of total_bytes */
    fm_time end;
};

/** Turns client and server round: the first packet came from the server. ICMP keeps its type. */
void fm_told_reverse(struct fm_told *told);
/** The echo (or other) request that an ICMP answer belongs to; any other type: itself. */
uint8_t fm_icmp_asked(uint8_t proto, uint8_t type);
bool fm_icmp_is_error(uint8_t proto, uint8_t type);
/** `made`: FM_REC_MAX bytes to make the records in. */
void fm_told_give(const struct fm_told *told, struct fm_rec *made, struct fm_sink *sink);

#endif
