#include "record/names.h"

#include "record/record.h"

#include <string.h>
#include <strings.h>

struct name {
    const char *name;
    int32_t number;
};

/* clang-format off */
/* Both spellings where Suricata's differs from the registry's. */
static const struct name dns_types[] = {
    { "A", 1 }, { "NS", 2 }, { "MD", 3 }, { "MF", 4 }, { "CNAME", 5 }, { "SOA", 6 }, { "MB", 7 },
    { "MG", 8 }, { "MR", 9 }, { "NULL", 10 }, { "WKS", 11 }, { "PTR", 12 }, { "HINFO", 13 },
    { "MINFO", 14 }, { "MX", 15 }, { "TXT", 16 }, { "RP", 17 }, { "AFSDB", 18 }, { "X25", 19 },
    { "ISDN", 20 }, { "RT", 21 }, { "NSAP", 22 }, { "NSAPPT", 23 }, { "NSAP-PTR", 23 },
    { "SIG", 24 }, { "KEY", 25 }, { "PX", 26 }, { "GPOS", 27 }, { "AAAA", 28 }, { "LOC", 29 },
    { "NXT", 30 }, { "SRV", 33 }, { "ATMA", 34 }, { "NAPTR", 35 }, { "KX", 36 }, { "CERT", 37 },
    { "A6", 38 }, { "DNAME", 39 }, { "OPT", 41 }, { "APL", 42 }, { "DS", 43 }, { "SSHFP", 44 },
    { "IPSECKEY", 45 }, { "RRSIG", 46 }, { "NSEC", 47 }, { "DNSKEY", 48 }, { "DHCID", 49 },
    { "NSEC3", 50 }, { "NSEC3PARAM", 51 }, { "TLSA", 52 }, { "HIP", 55 }, { "CDS", 59 },
    { "CDNSKEY", 60 }, { "CDSNKEY", 60 }, { "SVCB", 64 }, { "HTTPS", 65 }, { "SPF", 99 },
    { "TKEY", 249 }, { "TSIG", 250 }, { "IXFR", 251 }, { "AXFR", 252 }, { "MAILB", 253 },
    { "MAILA", 254 }, { "ANY", 255 }, { "*", 255 }, { "URI", 256 }, { "CAA", 257 },
};

static const struct name dns_rcodes[] = {
    { "NOERROR", 0 }, { "FORMERR", 1 }, { "SERVFAIL", 2 }, { "NXDOMAIN", 3 }, { "NOTIMP", 4 },
    { "REFUSED", 5 }, { "YXDOMAIN", 6 }, { "YXRRSET", 7 }, { "NXRRSET", 8 }, { "NOTAUTH", 9 },
    { "NOTZONE", 10 }, { "BADVERS/BADSIG", 16 }, { "BADVERS", 16 }, { "BADSIG", 16 },
    { "BADKEY", 17 }, { "BADTIME", 18 }, { "BADMODE", 19 }, { "BADNAME", 20 }, { "BADALG", 21 },
    { "BADTRUNC", 22 },
};

static const struct name krb5_types[] = {
    { "KRB_AS_REQ", 10 }, { "KRB_AS_REP", 11 }, { "KRB_TGS_REQ", 12 }, { "KRB_TGS_REP", 13 },
    { "KRB_AP_REQ", 14 }, { "KRB_AP_REP", 15 }, { "KRB_SAFE", 20 }, { "KRB_PRIV", 21 },
    { "KRB_CRED", 22 }, { "KRB_ERROR", 30 }, { "AS", 10 }, { "TGS", 12 }, { "AP", 14 },
};

static const struct name krb5_errors[] = {
    { "KDC_ERR_NONE", 0 }, { "KDC_ERR_NAME_EXP", 1 }, { "KDC_ERR_SERVICE_EXP", 2 },
    { "KDC_ERR_BAD_PVNO", 3 }, { "KDC_ERR_C_OLD_MAST_KVNO", 4 }, { "KDC_ERR_S_OLD_MAST_KVNO", 5 },
    { "KDC_ERR_C_PRINCIPAL_UNKNOWN", 6 }, { "KDC_ERR_S_PRINCIPAL_UNKNOWN", 7 },
    { "KDC_ERR_PRINCIPAL_NOT_UNIQUE", 8 }, { "KDC_ERR_NULL_KEY", 9 },
    { "KDC_ERR_CANNOT_POSTDATE", 10 }, { "KDC_ERR_NEVER_VALID", 11 }, { "KDC_ERR_POLICY", 12 },
    { "KDC_ERR_BADOPTION", 13 }, { "KDC_ERR_ETYPE_NOSUPP", 14 }, { "KDC_ERR_SUMTYPE_NOSUPP", 15 },
    { "KDC_ERR_PADATA_TYPE_NOSUPP", 16 }, { "KDC_ERR_TRTYPE_NOSUPP", 17 },
    { "KDC_ERR_CLIENT_REVOKED", 18 }, { "KDC_ERR_SERVICE_REVOKED", 19 },
    { "KDC_ERR_TGT_REVOKED", 20 }, { "KDC_ERR_CLIENT_NOTYET", 21 },
    { "KDC_ERR_SERVICE_NOTYET", 22 }, { "KDC_ERR_KEY_EXPIRED", 23 },
    { "KDC_ERR_PREAUTH_FAILED", 24 }, { "KDC_ERR_PREAUTH_REQUIRED", 25 },
    { "KDC_ERR_SERVER_NOMATCH", 26 }, { "KDC_ERR_MUST_USE_USER2USER", 27 },
    { "KDC_ERR_PATH_NOT_ACCEPTED", 28 }, { "KDC_ERR_SVC_UNAVAILABLE", 29 },
    { "KRB_AP_ERR_BAD_INTEGRITY", 31 }, { "KRB_AP_ERR_TKT_EXPIRED", 32 },
    { "KRB_AP_ERR_TKT_NYV", 33 }, { "KRB_AP_ERR_REPEAT", 34 }, { "KRB_AP_ERR_NOT_US", 35 },
    { "KRB_AP_ERR_BADMATCH", 36 }, { "KRB_AP_ERR_SKEW", 37 }, { "KRB_AP_ERR_BADADDR", 38 },
    { "KRB_AP_ERR_BADVERSION", 39 }, { "KRB_AP_ERR_MSG_TYPE", 40 }, { "KRB_AP_ERR_MODIFIED", 41 },
    { "KRB_AP_ERR_BADORDER", 42 }, { "KRB_AP_ERR_BADKEYVER", 44 }, { "KRB_AP_ERR_NOKEY", 45 },
    { "KRB_AP_ERR_MUT_FAIL", 46 }, { "KRB_AP_ERR_BADDIRECTION", 47 }, { "KRB_AP_ERR_METHOD", 48 },
    { "KRB_AP_ERR_BADSEQ", 49 }, { "KRB_AP_ERR_INAPP_CKSUM", 50 },
    { "KRB_AP_PATH_NOT_ACCEPTED", 51 }, { "KRB_ERR_RESPONSE_TOO_BIG", 52 },
    { "KRB_ERR_GENERIC", 60 }, { "KRB_ERR_FIELD_TOOLONG", 61 },
    { "KDC_ERROR_CLIENT_NOT_TRUSTED", 62 }, { "KDC_ERROR_KDC_NOT_TRUSTED", 63 },
    { "KDC_ERROR_INVALID_SIG", 64 }, { "KDC_ERR_KEY_TOO_WEAK", 65 },
    { "KDC_ERR_CERTIFICATE_MISMATCH", 66 }, { "KRB_AP_ERR_NO_TGT", 67 },
    { "KDC_ERR_WRONG_REALM", 68 }, { "KRB_AP_ERR_USER_TO_USER_REQUIRED", 69 },
    { "KDC_ERR_CANT_VERIFY_CERTIFICATE", 70 }, { "KDC_ERR_INVALID_CERTIFICATE", 71 },
    { "KDC_ERR_REVOKED_CERTIFICATE", 72 }, { "KDC_ERR_REVOCATION_STATUS_UNKNOWN", 73 },
    { "KDC_ERR_REVOCATION_STATUS_UNAVAILABLE", 74 }, { "KDC_ERR_CLIENT_NAME_MISMATCH", 75 },
    { "KDC_ERR_KDC_NAME_MISMATCH", 76 },
};

static const struct name krb5_ciphers[] = {
    { "des-cbc-crc", 1 }, { "des-cbc-md4", 2 }, { "des-cbc-md5", 3 }, { "des3-cbc-md5", 5 },
    { "des3-cbc-sha1", 7 }, { "dsaWithSHA1-CmsOID", 9 }, { "md5WithRSAEncryption-CmsOID", 10 },
    { "sha1WithRSAEncryption-CmsOID", 11 }, { "rc2CBC-EnvOID", 12 },
    { "rsaEncryption-EnvOID", 13 }, { "rsaES-OAEP-ENV-OID", 14 }, { "des-ede3-cbc-Env-OID", 15 },
    { "des3-cbc-sha1-kd", 16 }, { "aes128-cts-hmac-sha1-96", 17 },
    { "aes256-cts-hmac-sha1-96", 18 }, { "aes128-cts-hmac-sha256-128", 19 },
    { "aes256-cts-hmac-sha384-192", 20 }, { "rc4-hmac", 23 }, { "rc4-hmac-exp", 24 },
    { "camellia128-cts-cmac", 25 }, { "camellia256-cts-cmac", 26 }, { "subkey-keymaterial", 65 },
    { "rc4-md4", -128 }, { "rc4-plain2", -129 }, { "rc4-lm", -130 }, { "rc4-sha", -131 },
    { "des-plain", -132 }, { "rc4-hmac-OLD", -133 }, { "rc4-plain-OLD", -134 },
    { "rc4-hmac-OLD-exp", -135 }, { "rc4-plain-OLD-exp", -136 }, { "rc4-plain", -140 },
    { "rc4-plain-exp", -141 },
};

static const struct name tls_versions[] = {
    { "SSLv2", 2 }, { "SSLv3", 0x300 }, { "TLSv1", 0x301 }, { "TLSv10", 0x301 },
    { "TLS 1.0", 0x301 }, { "TLSv11", 0x302 }, { "TLS 1.1", 0x302 }, { "TLSv12", 0x303 },
    { "TLS 1.2", 0x303 }, { "TLSv13", 0x304 }, { "TLS 1.3", 0x304 }, { "DTLSv10", 0xfeff },
    { "DTLSv12", 0xfefd }, { "DTLSv13", 0xfefc },
};

static const struct name protos[] = {
    { "ICMP", 1 }, { "IGMP", 2 }, { "IPV4", 4 }, { "TCP", 6 }, { "UDP", 17 }, { "IPV6", 41 },
    { "GRE", 47 }, { "ESP", 50 }, { "AH", 51 }, { "IPV6-ICMP", 58 }, { "ICMP6", 58 },
    { "ICMPV6", 58 }, { "OSPF", 89 }, { "OSPFIGP", 89 }, { "PIM", 103 }, { "VRRP", 112 },
    { "SCTP", 132 },
};

/* Without underscores: Suricata and the standard write them differently. */
static const struct name enip_commands[] = {
    { "nop", 0 }, { "listservices", 4 }, { "listidentity", 0x63 }, { "listinterfaces", 0x64 },
    { "registersession", 0x65 }, { "unregistersession", 0x66 }, { "sendrrdata", 0x6f },
    { "sendunitdata", 0x70 }, { "indicatestatus", 0x72 }, { "cancel", 0x73 },
};

static const struct name dhcp_types[] = {
    { "discover", 1 }, { "offer", 2 }, { "request", 3 }, { "decline", 4 }, { "ack", 5 },
    { "nak", 6 }, { "release", 7 }, { "inform", 8 },
};

static const struct {
    const char *endpoint, *uuid;
} interfaces[] = {
    { "svcctl", "367abb81-9844-35f1-ad32-98f038001003" },
    { "ITaskSchedulerService", "86d35949-83c9-4044-b424-db363231fd0c" },
    { "atsvc", "1ff70682-0a51-30e8-076d-740be8cee98b" },
    { "samr", "12345778-1234-abcd-ef00-0123456789ac" },
    { "lsarpc", "12345778-1234-abcd-ef00-0123456789ab" },
    { "srvsvc", "4b324fc8-1670-01d3-1278-5a47bf6ee188" },
    { "wkssvc", "6bffd098-a112-3610-9833-46c3f87e345a" },
    { "drsuapi", "e3514235-4b06-11d1-ab04-00c04fc2dcd2" },
    { "netlogon", "12345678-1234-abcd-ef00-01234567cffb" },
    { "winreg", "338cd001-2244-31f1-aaaa-900038001003" },
    { "epmapper", "e1af8308-5d1f-11c9-91a4-08002b14a0fa" },
    { "IWbemServices", "9556dc99-828c-11cf-a37e-00aa003240c7" },
    { "IWbemLevel1Login", "f309ad18-d86a-11d0-a075-00c04fb68820" },
    { "ISystemActivator", "000001a0-0000-0000-c000-000000000046" },
    { "IRemoteSCMActivator", "000001a0-0000-0000-c000-000000000046" },
    { "IActivation", "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57" },
    { "IRemUnknown2", "00000143-0000-0000-c000-000000000046" },
    { "IObjectExporter", "99fcfec4-5260-101b-bbcb-00aa0021347a" },
    { "spoolss", "12345678-1234-abcd-ef00-0123456789ab" },
    { "efsrpc", "c681d488-d850-11d0-8c52-00c04fd90f7e" },
};

static const struct {
    const char *endpoint, *operation;
    uint16_t opnum;
} operations[] = {
    { "svcctl", "ControlService", 1 }, { "svcctl", "DeleteService", 2 },
    { "svcctl", "ChangeServiceConfigW", 11 }, { "svcctl", "CreateServiceW", 12 },
    { "svcctl", "EnumServicesStatusW", 14 }, { "svcctl", "OpenSCManagerW", 15 },
    { "svcctl", "OpenServiceW", 16 }, { "svcctl", "StartServiceW", 19 },
    { "svcctl", "ChangeServiceConfigA", 23 }, { "svcctl", "CreateServiceWOW64A", 44 },
    { "svcctl", "CreateServiceA", 24 }, { "svcctl", "OpenSCManagerA", 27 },
    { "svcctl", "StartServiceA", 31 }, { "svcctl", "CreateServiceWOW64W", 45 },
    { "ITaskSchedulerService", "SchRpcRegisterTask", 1 },
    { "ITaskSchedulerService", "SchRpcRun", 12 }, { "ITaskSchedulerService", "SchRpcDelete", 13 },
    { "atsvc", "NetrJobAdd", 0 }, { "samr", "SamrConnect", 0 },
    { "samr", "SamrLookupDomainInSamServer", 5 },
    { "samr", "SamrEnumerateDomainsInSamServer", 6 }, { "samr", "SamrOpenDomain", 7 },
    { "samr", "SamrEnumerateGroupsInDomain", 11 }, { "samr", "SamrEnumerateUsersInDomain", 13 },
    { "samr", "SamrEnumerateAliasesInDomain", 15 }, { "samr", "SamrGetAliasMembership", 16 },
    { "samr", "SamrLookupNamesInDomain", 17 }, { "samr", "SamrLookupIdsInDomain", 18 },
    { "samr", "SamrOpenGroup", 19 }, { "samr", "SamrGetMembersInGroup", 25 },
    { "samr", "SamrOpenAlias", 27 }, { "samr", "SamrGetMembersInAlias", 33 },
    { "samr", "SamrOpenUser", 34 }, { "samr", "SamrQueryInformationUser", 36 },
    { "samr", "SamrGetGroupsForUser", 39 }, { "samr", "SamrQueryDisplayInformation", 40 },
    { "samr", "SamrConnect2", 57 }, { "samr", "SamrConnect4", 62 },
    { "samr", "SamrConnect5", 64 }, { "lsarpc", "LsarQueryInformationPolicy", 7 },
    { "lsarpc", "LsarLookupNames", 14 }, { "lsarpc", "LsarLookupSids", 15 },
    { "lsarpc", "LsarRetrievePrivateData", 43 }, { "lsarpc", "LsarOpenPolicy2", 44 },
    { "lsarpc", "LsarQueryInformationPolicy2", 46 }, { "srvsvc", "NetrConnectionEnum", 8 },
    { "srvsvc", "NetrFileEnum", 9 }, { "srvsvc", "NetrSessionEnum", 12 },
    { "srvsvc", "NetrShareEnum", 15 }, { "srvsvc", "NetrShareGetInfo", 16 },
    { "srvsvc", "NetrServerGetInfo", 21 }, { "srvsvc", "NetrRemoteTOD", 28 },
    { "wkssvc", "NetrWkstaGetInfo", 0 }, { "wkssvc", "NetrWkstaUserEnum", 2 },
    { "drsuapi", "DRSBind", 0 }, { "drsuapi", "DRSUnbind", 1 },
    { "drsuapi", "DRSReplicaSync", 2 }, { "drsuapi", "DRSGetNCChanges", 3 },
    { "drsuapi", "DRSReplicaAdd", 5 }, { "drsuapi", "DRSCrackNames", 12 },
    { "drsuapi", "DRSDomainControllerInfo", 16 }, { "drsuapi", "DRSAddEntry", 17 },
    { "netlogon", "NetrServerReqChallenge", 4 }, { "netlogon", "NetrServerAuthenticate", 5 },
    { "netlogon", "NetrServerPasswordSet", 6 }, { "netlogon", "NetrServerAuthenticate2", 15 },
    { "netlogon", "NetrServerAuthenticate3", 26 }, { "netlogon", "NetrLogonGetDomainInfo", 29 },
    { "netlogon", "NetrServerPasswordSet2", 30 }, { "winreg", "OpenLocalMachine", 2 },
    { "winreg", "OpenUsers", 4 }, { "winreg", "BaseRegCreateKey", 6 },
    { "winreg", "BaseRegRestoreKey", 19 }, { "winreg", "BaseRegSaveKey", 20 },
    { "winreg", "BaseRegSetValue", 22 }, { "winreg", "BaseRegSaveKeyEx", 31 },
    { "epmapper", "ept_map", 3 }, { "IWbemServices", "GetObject", 6 },
    { "IWbemServices", "PutClass", 8 }, { "IWbemServices", "CreateInstanceEnum", 18 },
    { "IWbemServices", "ExecMethodAsync", 25 }, { "IRemUnknown2", "RemRelease", 5 },
    { "IRemoteSCMActivator", "RemoteGetClassObject", 3 },
    { "IRemoteSCMActivator", "RemoteCreateInstance", 4 }, { "IActivation", "RemoteActivation", 0 },
    { "IWbemServices", "PutInstance", 14 }, { "IWbemServices", "ExecQuery", 20 },
    { "IWbemServices", "ExecNotificationQuery", 22 }, { "IWbemServices", "ExecMethod", 24 },
    { "IWbemLevel1Login", "NTLMLogin", 6 }, { "ISystemActivator", "RemoteGetClassObject", 3 },
    { "ISystemActivator", "RemoteCreateInstance", 4 }, { "IObjectExporter", "ResolveOxid2", 4 },
    { "IObjectExporter", "ServerAlive2", 5 }, { "spoolss", "RpcOpenPrinter", 1 },
    { "spoolss", "RpcRemoteFindFirstPrinterChangeNotificationEx", 65 },
    { "spoolss", "RpcAddPrinterDriverEx", 89 }, { "efsrpc", "EfsRpcOpenFileRaw", 0 },
};
/* clang-format on */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool same(const char *name, const char *text, size_t len)
{
    return strlen(name) == len && strncasecmp(name, text, len) == 0;
}

static const struct name *find(const struct name *table, size_t count, const char *text, size_t len)
{
    for (size_t i = 0; i < count; i++) {
        if (same(table[i].name, text, len))
            return &table[i];
    }
    return NULL;
}

bool fm_number(const char *text, size_t len, uint64_t *out)
{
    uint64_t value = 0;
    if (len > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        return fm_hex(text + 2, len - 2, out);
    if (len == 0 || len > 19)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *out = value;
    return true;
}

bool fm_hex(const char *text, size_t len, uint64_t *out)
{
    uint64_t value = 0;
    if (len == 0 || len > 16)
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned c = (unsigned char)text[i];
        unsigned low = c | 0x20;
        if (c >= '0' && c <= '9')
            value = value << 4 | (c - '0');
        else if (low >= 'a' && low <= 'f')
            value = value << 4 | (low - 'a' + 10);
        else
            return false;
    }
    *out = value;
    return true;
}

/* The number in "ErrorCode(24)", as Suricata writes numbers that it has no name for. */
static bool wrapped(const char *text, size_t len, int32_t *out)
{
    const char *open = memchr(text, '(', len);
    uint64_t value;
    if (!open || text[len - 1] != ')')
        return false;
    const char *digits = open + 1;
    bool minus = *digits == '-';
    if (minus)
        digits++;
    if (digits >= text + len - 1 || !fm_number(digits, (size_t)(text + len - 1 - digits), &value) ||
            value > INT32_MAX)
        return false;
    *out = minus ? -(int32_t)value : (int32_t)value;
    return true;
}

uint16_t fm_dns_type_of(const char *name, size_t len)
{
    const struct name *row = find(dns_types, COUNT(dns_types), name, len);
    uint64_t number;
    if (row)
        return (uint16_t)row->number;
    if (len > 4 && strncasecmp(name, "TYPE", 4) == 0) {
        name += 4;
        len -= 4;
    }
    return fm_number(name, len, &number) && number <= UINT16_MAX ? (uint16_t)number : 0;
}

bool fm_dns_rcode_of(const char *name, size_t len, uint16_t *rcode)
{
    const struct name *row = find(dns_rcodes, COUNT(dns_rcodes), name, len);
    uint64_t number;
    if (!row && (!fm_number(name, len, &number) || number > UINT16_MAX))
        return false;
    *rcode = (uint16_t)(row ? (uint64_t)row->number : number);
    return true;
}

uint32_t fm_krb5_type_of(const char *name, size_t len)
{
    const struct name *row = find(krb5_types, COUNT(krb5_types), name, len);
    return row ? (uint32_t)row->number : 0;
}

uint32_t fm_krb5_error_of(const char *name, size_t len)
{
    const struct name *row = find(krb5_errors, COUNT(krb5_errors), name, len);
    int32_t number;
    if (row)
        return (uint32_t)row->number;
    return wrapped(name, len, &number) && number >= 0 ? (uint32_t)number : 60;
}

bool fm_krb5_cipher_of(const char *name, size_t len, int32_t *cipher)
{
    const struct name *row = find(krb5_ciphers, COUNT(krb5_ciphers), name, len);
    if (!row)
        return wrapped(name, len, cipher);
    *cipher = row->number;
    return true;
}

uint16_t fm_tls_version_of(const char *name, size_t len)
{
    const struct name *row = find(tls_versions, COUNT(tls_versions), name, len);
    uint64_t number;
    if (row)
        return (uint16_t)row->number;
    if (len > 7 && memcmp(name, "TLS 1.3", 7) == 0) /* "TLS 1.3 draft-28" */
        return 0x304;
    return fm_number(name, len, &number) && number <= UINT16_MAX ? (uint16_t)number : 0;
}

uint8_t fm_proto_of(const char *name, size_t len)
{
    const struct name *row = find(protos, COUNT(protos), name, len);
    uint64_t number;
    if (row)
        return (uint8_t)row->number;
    return fm_number(name, len, &number) && number <= UINT8_MAX ? (uint8_t)number : 0;
}

bool fm_enip_command_of(const char *name, size_t len, uint16_t *command)
{
    char plain[32];
    size_t n = 0;
    for (size_t i = 0; i < len && n < sizeof(plain); i++) {
        if (name[i] != '_')
            plain[n++] = name[i];
    }
    const struct name *row = find(enip_commands, COUNT(enip_commands), plain, n);
    if (row)
        *command = (uint16_t)row->number;
    return row != NULL;
}

uint8_t fm_dhcp_type_of(const char *name, size_t len)
{
    const struct name *row = find(dhcp_types, COUNT(dhcp_types), name, len);
    return row ? (uint8_t)row->number : 0;
}

bool fm_dcerpc_of(const char *endpoint, size_t endpoint_len, const char *operation,
        size_t operation_len, const char **uuid, uint16_t *opnum)
{
    *uuid = NULL;
    *opnum = 0xffff;
    for (size_t i = 0; i < COUNT(interfaces) && !*uuid; i++) {
        if (same(interfaces[i].endpoint, endpoint, endpoint_len))
            *uuid = interfaces[i].uuid;
    }
    for (size_t i = 0; *uuid && i < COUNT(operations); i++) {
        if (same(operations[i].endpoint, endpoint, endpoint_len) &&
                same(operations[i].operation, operation, operation_len))
            *opnum = operations[i].opnum;
    }
    return *uuid != NULL;
}

/* ---- times ---- */

/* Days since 1970-01-01 of a Gregorian date: the year is made to begin in March, so that the leap
 * day is its last (H. Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    if (month <= 2)
        year--;
    int64_t era = year / 400, of_era = year % 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* Two or four digits, each position checked; -1 when they are none. */
static int64_t digits(const char *text, size_t count)
{
    int64_t value = 0;
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* ".272281" in microseconds; *used its length. */
static fm_time fraction(const char *text, size_t len, size_t *used)
{
    fm_time value = 0, unit = FM_SECOND / 10;
    *used = 0;
    if (len == 0 || text[0] != '.')
        return 0;
    size_t i = 1;
    for (; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
        value += (text[i] - '0') * unit;
        unit /= 10;
    }
    *used = i;
    return value;
}

/* "", "Z", "+0200" or "+02:00" in seconds. */
static bool zone(const char *text, size_t len, int64_t *offset_s)
{
    *offset_s = 0;
    if (len == 0 || (len == 1 && text[0] == 'Z'))
        return true;
    if ((text[0] != '+' && text[0] != '-') || (len != 5 && !(len == 6 && text[3] == ':')))
        return false;
    int64_t hours = digits(text + 1, 2), minutes = digits(text + len - 2, 2);
    if (hours < 0 || hours > 18 || minutes < 0 || minutes > 59)
        return false;
    *offset_s = (text[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

bool fm_iso_time(const char *text, size_t len, fm_time *out)
{
    if (len < 19 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
            text[16] != ':')
        return false;
    int64_t year = digits(text, 4), month = digits(text + 5, 2), day = digits(text + 8, 2);
    int64_t hour = digits(text + 11, 2), minute = digits(text + 14, 2), s = digits(text + 17, 2);
    int64_t offset_s;
    size_t used;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || s < 0 || s > 60)
        return false;
    fm_time us = fraction(text + 19, len - 19, &used);
    if (!zone(text + 19 + used, len - 19 - used, &offset_s))
        return false;
    int64_t at_s = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + s - offset_s;
    fm_time at = at_s * FM_SECOND + us;
    if (at < 0 || at > FM_TIME_MAX)
        return false;
    *out = at;
    return true;
}

bool fm_seconds_time(const char *text, size_t len, fm_time *out)
{
    int64_t whole = 0;
    size_t i = 0, used;
    for (; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
        whole = whole * 10 + (text[i] - '0');
        if (whole > FM_TIME_MAX / FM_SECOND)
            return false;
    }
    fm_time us = fraction(text + i, len - i, &used);
    if (i == 0 || i + used != len || whole * FM_SECOND + us > FM_TIME_MAX)
        return false;
    *out = whole * FM_SECOND + us;
    return true;
}
