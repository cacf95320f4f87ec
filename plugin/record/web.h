/* What an HTTP request line says about where it goes: to the server that was asked, or through a
 * proxy.  Shared by the readers and the adapters, so that all sources agree. */
#ifndef FM_RECORD_WEB_H
#define FM_RECORD_WEB_H

#include "record/record.h"

/** Puts `via`, `port` and, when the target names one, `host` (with FM_HAS_NAME) into an FM_HTTP
 *  record: "CONNECT host:port" is FM_HTTP_CONNECT (port 443 when it names none), "GET
 *  http://host:port/" FM_HTTP_PROXIED (port 80 or 443), all else FM_HTTP_PLAIN and nothing is put.
 *  True when host was put; otherwise the Host header should be. */
bool fm_http_target(struct fm_rec *rec, const char *method, size_t method_len, const char *uri,
        size_t uri_len);

#endif
