/* Names that EVE and Zeek write for numbers, and the few formats that both share.  Numbers are
 * from the protocols' registries (IANA; RFC 4120, 1035, 3961).  A name nobody knows: see each. */
#ifndef FM_RECORD_NAMES_H
#define FM_RECORD_NAMES_H

#include "furumai.h"

/** "A", "TXT", "TYPE65" or "65"; 0 when unknown. */
uint16_t fm_dns_type_of(const char *name, size_t len);
/** "NXDOMAIN" or "3"; false when unknown. */
bool fm_dns_rcode_of(const char *name, size_t len, uint16_t *rcode);
/** "KRB_AS_REQ" or "AS": 10, ...; 0 when unknown. */
uint32_t fm_krb5_type_of(const char *name, size_t len);
/** "KDC_ERR_PREAUTH_FAILED" or "ErrorCode(24)"; 60, "generic error", when unknown. */
uint32_t fm_krb5_error_of(const char *name, size_t len);
/** "aes256-cts-hmac-sha1-96" or "EncryptionType(18)"; false when unknown. */
bool fm_krb5_cipher_of(const char *name, size_t len, int32_t *cipher);
/** "TLS 1.2", "TLSv12", "0x0303"; 0 when unknown. */
uint16_t fm_tls_version_of(const char *name, size_t len);
/** "TCP", "IPv6-ICMP", "icmp", "132"; 0 when unknown. */
uint8_t fm_proto_of(const char *name, size_t len);
/** "register_session" or "RegisterSession": 0x65; false when unknown. */
bool fm_enip_command_of(const char *name, size_t len, uint16_t *command);
/** "discover" 1 ... "inform" 8; 0 when unknown. */
uint8_t fm_dhcp_type_of(const char *name, size_t len);

/** An interface and operation by the names that Zeek gives them; `opnum` 0xffff when the operation
 *  is none that a detector asks for. False when the interface is unknown. */
bool fm_dcerpc_of(const char *endpoint, size_t endpoint_len, const char *operation,
        size_t operation_len, const char **uuid, uint16_t *opnum);

/** "2017-11-22T08:00:00.000000+0100", "2017-11-22T08:00:00Z", "2017-11-22T08:00:00" (UTC).  False,
 *  and `out` unchanged, when it is none of these or outside 0 .. FM_TIME_MAX. */
bool fm_iso_time(const char *text, size_t len, fm_time *out);
/** Seconds with a fraction, as Zeek writes them; the same bounds. */
bool fm_seconds_time(const char *text, size_t len, fm_time *out);
/** Decimal, or hexadecimal after "0x"; false when it is anything else or too large. */
bool fm_number(const char *text, size_t len, uint64_t *out);
bool fm_hex(const char *text, size_t len, uint64_t *out);

#endif
