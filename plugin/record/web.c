#include "record/web.h"

#include "record/names.h"

#include <string.h>
#include <strings.h>

/* host[:port][/...], with user@ before or [brackets] around an IPv6 address. */
static bool authority(struct fm_rec *rec, struct fm_http *http, const char *at, size_t len)
{
    const char *end = memchr(at, '/', len), *colon = NULL;
    uint64_t port;
    if (end)
        len = (size_t)(end - at);
    const char *user = memchr(at, '@', len);
    if (user) {
        len -= (size_t)(user + 1 - at);
        at = user + 1;
    }
    for (size_t i = len; i > 0 && at[i - 1] != ']' && !colon; i--) {
        if (at[i - 1] == ':')
            colon = at + i - 1;
    }
    size_t host = colon ? (size_t)(colon - at) : len;
    if (colon && fm_number(colon + 1, len - host - 1, &port) && port <= UINT16_MAX)
        http->port = (uint16_t)port;
    if (host >= 2 && at[0] == '[' && at[host - 1] == ']') {
        at++;
        host -= 2;
    }
    if (host == 0)
        return false;
    fm_rec_put(rec, &http->host, at, host, FM_DNS_NAME_MAX);
    rec->has |= FM_HAS_NAME;
    return true;
}

static bool is(const char *text, size_t len, const char *wanted)
{
    return len == strlen(wanted) && memcmp(text, wanted, len) == 0;
}

bool fm_http_target(struct fm_rec *rec, const char *method, size_t method_len, const char *uri,
        size_t uri_len)
{
    struct fm_http *http = (struct fm_http *)(rec + 1);
    if (method && is(method, method_len, "CONNECT")) {
        http->via = FM_HTTP_CONNECT;
        http->port = 443;
        return authority(rec, http, uri, uri_len);
    }
    if (uri_len > 7 && strncasecmp(uri, "http://", 7) == 0) {
        http->via = FM_HTTP_PROXIED;
        http->port = 80;
        return authority(rec, http, uri + 7, uri_len - 7);
    }
    if (uri_len > 8 && strncasecmp(uri, "https://", 8) == 0) {
        http->via = FM_HTTP_PROXIED;
        http->port = 443;
        return authority(rec, http, uri + 8, uri_len - 8);
    }
    return false;
}
