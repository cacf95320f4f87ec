#include "cli/config.h"

#include <stdio.h>

/* Whole lines, as they go into the file. */
static const char head[] = "%YAML 1.1\n---\n";

static const char base[] =
        "vars:\n"
        "  address-groups:\n"
        "    HOME_NET: \"[10.0.0.0/8,172.16.0.0/12,192.168.0.0/16]\"\n"
        "    EXTERNAL_NET: \"!$HOME_NET\"\n"
        "    HTTP_SERVERS: \"$HOME_NET\"\n"
        "    SMTP_SERVERS: \"$HOME_NET\"\n"
        "    SQL_SERVERS: \"$HOME_NET\"\n"
        "    DNS_SERVERS: \"$HOME_NET\"\n"
        "    TELNET_SERVERS: \"$HOME_NET\"\n"
        "    AIM_SERVERS: \"$EXTERNAL_NET\"\n"
        "    DC_SERVERS: \"$HOME_NET\"\n"
        "    DNP3_SERVER: \"$HOME_NET\"\n"
        "    DNP3_CLIENT: \"$HOME_NET\"\n"
        "    MODBUS_CLIENT: \"$HOME_NET\"\n"
        "    MODBUS_SERVER: \"$HOME_NET\"\n"
        "    ENIP_CLIENT: \"$HOME_NET\"\n"
        "    ENIP_SERVER: \"$HOME_NET\"\n"
        "  port-groups:\n"
        "    HTTP_PORTS: \"80\"\n"
        "    SHELLCODE_PORTS: \"!80\"\n"
        "    ORACLE_PORTS: 1521\n"
        "    SSH_PORTS: 22\n"
        "    DNP3_PORTS: 20000\n"
        "    MODBUS_PORTS: 502\n"
        "    FILE_DATA_PORTS: \"[$HTTP_PORTS,110,143]\"\n"
        "    FTP_PORTS: 21\n"
        "    GENEVE_PORTS: 6081\n"
        "    VXLAN_PORTS: 4789\n"
        "    TEREDO_PORTS: 3544\n"
        "logging:\n"
        "  default-log-level: notice\n"
        "  outputs:\n"
        "    - console:\n"
        "        enabled: yes\n"
        "stats:\n"
        "  enabled: yes\n"
        "  interval: 60\n"
        "unix-command:\n"
        "  enabled: no\n"
        "max-pending-packets: 1024\n"
        "vlan:\n"
        "  use-for-tracking: true\n"
        "flow:\n"
        "  memcap: 512mb\n"
        "  hash-size: 65536\n"
        "  prealloc: 10000\n"
        "defrag:\n"
        "  memcap: 64mb\n"
        "stream:\n"
        "  memcap: 512mb\n"
        "  checksum-validation: no\n"
        "  midstream: true\n"
        "  async-oneside: true\n"
        "  reassembly:\n"
        "    memcap: 1gb\n"
        "    depth: 1mb\n"
        "app-layer:\n"
        "  protocols:\n"
        "    tls:\n"
        "      enabled: yes\n"
        "      detection-ports:\n"
        "        dp: 443\n"
        "      ja3-fingerprints: yes\n"
        "      ja4-fingerprints: yes\n"
        "    http:\n"
        "      enabled: yes\n"
        "      libhtp:\n"
        "        default-config:\n"
        "          personality: IDS\n"
        "          request-body-limit: 100kb\n"
        "          response-body-limit: 100kb\n"
        "    dns:\n"
        "      tcp:\n"
        "        enabled: yes\n"
        "        detection-ports:\n"
        "          dp: 53\n"
        "      udp:\n"
        "        enabled: yes\n"
        "        detection-ports:\n"
        "          dp: 53\n"
        "    smb:\n"
        "      enabled: yes\n"
        "      detection-ports:\n"
        "        dp: 139, 445\n"
        "    smtp:\n"
        "      enabled: yes\n"
        "      mime:\n"
        "        decode-mime: yes\n"
        "    rfb:\n"
        "      enabled: yes\n"
        "      detection-ports:\n"
        "        dp: 5900, 5901, 5902, 5903, 5904, 5905, 5906, 5907, 5908, 5909\n"
        "    modbus:\n"
        "      enabled: yes\n"
        "      detection-ports:\n"
        "        dp: 502\n"
        "    dnp3:\n"
        "      enabled: yes\n"
        "      detection-ports:\n"
        "        dp: 20000\n"
        "    enip:\n"
        "      enabled: yes\n"
        "      detection-ports:\n"
        "        dp: 44818\n"
        "        sp: 44818\n"
        "    imap:\n"
        "      enabled: detection-only\n";

/* Protocols whose section is no more than this. */
static const char *const simple[] = { "krb5", "dcerpc", "ftp", "rdp", "ssh", "http2", "nfs", "tftp",
    "ntp", "quic", "dhcp", "sip", "snmp", "ike", "mqtt", "telnet", "bittorrent-dht", "pgsql" };

static const char outputs[] =
        "pcap-file:\n"
        "  checksum-checks: no\n"
        "outputs:\n"
        "  - eve-log:\n"
        "      enabled: yes\n"
        "      filetype: regular\n"
        "      filename: eve.json\n"
        "      append: no\n"
        "      community-id: true\n"
        "      community-id-seed: 0\n"
        "      ethernet: yes\n"
        "      types:\n"
        "        - alert:\n"
        "            metadata: yes\n"
        "        - anomaly:\n"
        "            enabled: yes\n"
        "        - http:\n"
        "            extended: yes\n"
        "            dump-all-headers: both\n"
        "        - tls:\n"
        "            extended: yes\n"
        "            ja4: on\n"
        "        - files:\n"
        "            force-magic: no\n"
        "        - smtp:\n"
        "            extended: yes\n"
        "        - dhcp:\n"
        "            enabled: yes\n"
        "            extended: yes\n"
        "        - stats:\n"
        "            totals: yes\n"
        "            threads: no\n";

static const char *const types[] = { "dns", "flow", "smb", "krb5", "dcerpc", "ftp", "ssh", "rdp",
    "rfb", "mqtt", "quic", "snmp", "sip", "nfs", "tftp", "ike", "http2", "modbus", "dnp3",
    "bittorrent-dht", "behavior" };

static void put_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void write_base(const struct fm_config *config, FILE *out)
{
    fputs(base, out);
    for (size_t i = 0; i < sizeof(simple) / sizeof(*simple); i++)
        fprintf(out, "    %s:\n      enabled: yes\n", simple[i]);
    if (config->rules == NULL)
        fputs("rule-files: []\n", out);
}

static void write_outputs(const struct fm_config *config, FILE *out)
{
    fputs(outputs, out);
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        fprintf(out, "        - %s\n", types[i]);
    fputs("plugins:\n  - ", out);
    put_quoted(out, config->plugin);
    fputc('\n', out);
}

bool fm_config_write(const struct fm_config *config, const char *path)
{
    FILE *out = fopen(path, "w");

    if (out == NULL)
        return false;
    fputs(head, out);
    if (!config->outputs_only)
        write_base(config, out);
    write_outputs(config, out);
    bool fine = ferror(out) == 0;
    return fclose(out) == 0 && fine;
}
