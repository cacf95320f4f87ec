/* Suricata's application protocols as ours: looked up by name once, then by number. */
#include "suricata/common/adapter.h"

#include <string.h>

static uint8_t app_of_proto[FM_HOST_PROTOS];

void fm_apps_name(void)
{
    for (AppProto proto = 0; proto < FM_HOST_PROTOS; proto++) {
        const char *name = AppProtoToString(proto);
        app_of_proto[proto] = (uint8_t)(name == NULL ? FM_APP_OTHER
                                                     : fm_app_of_name(name, strlen(name)));
    }
    app_of_proto[ALPROTO_UNKNOWN] = FM_APP_UNKNOWN;
    app_of_proto[ALPROTO_FAILED] = FM_APP_FAILED;
}

enum fm_app fm_apps_of(const Flow *f)
{
    return f->alproto < FM_HOST_PROTOS ? (enum fm_app)app_of_proto[f->alproto] : FM_APP_OTHER;
}
