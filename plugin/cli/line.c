#include "cli/line.h"

#include "base/addr.h"
#include "engine/event.h"

#include <inttypes.h>

static void put_addr(FILE *out, const char *key, const struct fm_addr *addr)
{
    char text[FM_ADDR_TEXT];

    if (!fm_addr_is_none(addr))
        fprintf(out, ",\"%s\":\"%s\"", key, fm_addr_print(addr, text));
}

void fm_line_write(const struct fm_event *event, FILE *out)
{
    char text[40];

    fprintf(out, "{\"timestamp\":\"%s\"", fm_text_time(text, sizeof(text), event->time));
    if (event->flow_id != 0)
        fprintf(out, ",\"flow_id\":%" PRIu64, event->flow_id);
    fputs(",\"event_type\":\"behavior\"", out);
    put_addr(out, "src_ip", &event->src);
    if (event->sport != 0)
        fprintf(out, ",\"src_port\":%u", event->sport);
    put_addr(out, "dest_ip", &event->dest);
    if (event->dport != 0)
        fprintf(out, ",\"dest_port\":%u", event->dport);
    if (event->proto != 0)
        fprintf(out, ",\"proto\":\"%s\"", fm_event_proto(event->proto, text));
    if (event->community_id[0] != '\0')
        fprintf(out, ",\"community_id\":\"%s\"", event->community_id);
    fprintf(out, ",\"behavior\":%.*s}\n", (int)event->len, event->json);
}
