/* The reader of eve.json, and of the transactions that Suricata's own writer makes for us.
 *
 * A flow event becomes flow_new and flow_answer (at its start), flow_close and flow_end (at its
 * end); every other event at most one record, but for SMB with DCE/RPC inside: two. Its time is
 * flow.start and flow.end, as events that are written when Suricata ends carry the time of some
 * other packet; for transactions of a flow that timed out, the time of the flow's event before.
 * Client and server are the flow's: events whose src_ip is only the sender of one packet (alerts,
 * krb5, rdp, dhcp, fileinfo) are turned round by what they say themselves, else by what earlier
 * events of the flow said, else by the lower port (then without FM_REC_ORIG_KNOWN). A flow that
 * Suricata saw from its server's side first (midstream, a lone reset, an ICMP answer) is turned
 * too.
 *
 * Flow bytes are an estimate: bytes on the wire less packets times headers. Ethernet 14 (18 with a
 * VLAN tag), IPv4 20 or IPv6 40, UDP 8, ICMP 8, TCP 20 and 12 more for timestamps when the mean
 * packet of either side is large enough to have them; the options of a SYN; without a PSH no
 * padding is taken for payload. Measured against sequence numbers over 45 captures: 16 of 20
 * transfers above 100 kB within 0.1 %, 87 % of 5,484 short ones within 1 byte a packet, 99 % within
 * 13; what is far off was retransmitted, doubled or not captured. Frames are taken for Ethernet.
 * Never negative. Retransmissions count (the adapter's do not).
 *
 * Blind spots: a SYN-ACK that nobody asked for is not told from a midstream flow; without midstream
 * tracking Suricata writes TCP flags of 00, and then nothing is said about the answer.
 *
 * Memory: 1 MiB, of which most remembers the client and time of 16,384 flows; jansson's, for one
 * line.
 */
#ifndef FM_RECORD_EVE_H
#define FM_RECORD_EVE_H

#include "base/mem.h"
#include "record/sink.h"

struct fm_eve;

/** NULL when memory is out. */
struct fm_eve *fm_eve_new(struct fm_mem *mem);
void fm_eve_free(struct fm_eve *eve);
/** Reads one line and gives its records to the sink.  When the answer is not FM_LINE_READ, `why`
 *  (of at least 160 bytes) says what was wrong. */
enum fm_line fm_eve_line(struct fm_eve *eve, const char *line, size_t len, struct fm_sink *sink,
        char *why);
/** Turns a record with FM_REC_TEXT into one with its kind's body, in `out` of FM_REC_MAX aligned
 *  bytes; header fields stay.  The text is an object with the event's own part in it, such as
 *  {"krb5":{...}}; for FM_DCERPC {"dcerpc":{...}} or {"smb":{...,"dcerpc":{...}}}.  False, and
 *  `out` of no use, when it cannot be read. */
bool fm_eve_tx(const struct fm_rec *text, struct fm_rec *out);
/** The DCE/RPC call that an FM_SMB text has inside, as a record of its own.  False when it has
 *  none. */
bool fm_eve_inner(const struct fm_rec *text, struct fm_rec *out);

#endif
