/* The adapter of Suricata 8.0: what is registered, in one table; then the few things that only this
 * series does its own way.  Everything is a sub-module of eve-log named `behavior`, so that one
 * line in the operator's list of types switches all of it on.
 *
 * Releases before 8.0.5 take a longer structure when a packet logger is registered: they are
 * refused in one line.  In a release that nobody has compared with the headers TLS is read as text,
 * alerts and files not at all, and one line says so.
 */
#include "series8.h"

#include "suricata/common/release.h"

#include "app-layer-htp.h"
#include "app-layer-ssl.h"
#include "rust.h"
#include "thread-callbacks.h"

/* From 8.0.5 OutputPacketLoggerFunctions has its present layout; the headers are those of 8.0.7,
 * and 8.0.8 was compared with them, function by function. */
static const struct fm_releases releases = { 8, 0, 5, 7, 8 };
static enum fm_release release; /* of the Suricata that runs */

const enum fm_source fm_host_source = FM_SURICATA8;

static const char parent[] = "eve-log";
static const char conf_name[] = "eve-log.behavior";

enum { TCP = 1, UDP = 2 };

static bool ssh_wanted(ThreadVars *tv, const Packet *p, void *state, void *tx, uint64_t id)
{
    (void)tv, (void)p, (void)state, (void)id;
    return SCSshTxGetLogCondition(tx);
}

/* A transaction is logged when it is complete, or has got so far (in answers, in requests), or when
 * the condition holds. */
static const struct tx_logger {
    const char *name;
    AppProto proto;
    unsigned over;
    TxLogger log;
    int answers, requests;
    TxLoggerCondition wanted;
} tx_loggers[] = {
    { "FurumaiHttp", ALPROTO_HTTP1, TCP, fm_http_log, -1, -1, NULL },
    { "FurumaiHttp2", ALPROTO_HTTP2, TCP, fm_text_log, HTTP2StateClosed, HTTP2StateClosed, NULL },
    { "FurumaiTls", ALPROTO_TLS, TCP, fm_tls_log, TLS_STATE_SERVER_HANDSHAKE_DONE,
            TLS_STATE_CLIENT_HANDSHAKE_DONE, NULL },
    { "FurumaiDns", ALPROTO_DNS, TCP | UDP, fm_dns_log, -1, -1, NULL },
    { "FurumaiSmb", ALPROTO_SMB, TCP, fm_text_log, -1, -1, NULL },
    { "FurumaiKrb5", ALPROTO_KRB5, TCP | UDP, fm_text_log, -1, -1, NULL },
    { "FurumaiDcerpc", ALPROTO_DCERPC, TCP | UDP, fm_text_log, -1, -1, NULL },
    { "FurumaiLdap", ALPROTO_LDAP, TCP | UDP, fm_text_log, -1, -1, NULL },
    { "FurumaiDhcp", ALPROTO_DHCP, UDP, fm_text_log, -1, -1, NULL },
    { "FurumaiFtp", ALPROTO_FTP, TCP, fm_text_log, -1, -1, NULL },
    { "FurumaiSsh", ALPROTO_SSH, TCP, fm_text_log, -1, -1, ssh_wanted },
    { "FurumaiRdp", ALPROTO_RDP, TCP, fm_text_log, -1, -1, NULL },
    { "FurumaiRfb", ALPROTO_RFB, TCP, fm_text_log, -1, -1, NULL },
    { "FurumaiSmtp", ALPROTO_SMTP, TCP, fm_text_log, -1, -1, NULL },
    { "FurumaiQuic", ALPROTO_QUIC, UDP, fm_text_log, -1, -1, NULL },
    { "FurumaiMqtt", ALPROTO_MQTT, TCP, fm_text_log, -1, -1, NULL },
    { "FurumaiModbus", ALPROTO_MODBUS, TCP, fm_text_log, -1, -1, NULL },
    { "FurumaiDnp3", ALPROTO_DNP3, TCP, fm_text_log, -1, -1, NULL },
    { "FurumaiEnip", ALPROTO_ENIP, TCP | UDP, fm_text_log, -1, -1, NULL },
};
#define TX_LOGGERS (sizeof(tx_loggers) / sizeof(tx_loggers[0]))

bool fm_host_layouts_known(void)
{
    return release == FM_RELEASE_KNOWN;
}

/* ---- registration ---- */

static void register_tx(const struct tx_logger *logger)
{
    if (logger->wanted != NULL)
        OutputRegisterTxSubModuleWithCondition(FM_HOST_LOGGER_ID, parent, logger->name, conf_name,
                fm_life_context, logger->proto, logger->log, logger->wanted, fm_life_thread, NULL);
    else if (logger->answers >= 0)
        OutputRegisterTxSubModuleWithProgress(FM_HOST_LOGGER_ID, parent, logger->name, conf_name,
                fm_life_context, logger->proto, logger->log, logger->answers, logger->requests,
                fm_life_thread, NULL);
    else
        OutputRegisterTxSubModule(FM_HOST_LOGGER_ID, parent, logger->name, conf_name,
                fm_life_context, logger->proto, logger->log, fm_life_thread, NULL);
}

/* Runs before the threads that it is called for: the socket's has its list of commands by then, and
 * takes none before. */
static void thread_begins(ThreadVars *tv, void *user)
{
    static bool registered;

    (void)user;
    if (registered || strcmp(tv->name, thread_name_unix_socket) != 0)
        return;
    registered = true;
    fm_commands_register();
}

static bool is_supported(void)
{
    const char *version = GetProgramVersion();
    char line[200];

    release = fm_release_of(&releases, version);
    if (release == FM_RELEASE_KNOWN)
        return true;
    if (release == FM_RELEASE_UNKNOWN) {
        snprintf(line, sizeof(line),
                "not tested with Suricata %.32s, only with 8.0.%d to 8.0.%d: alerts and files are "
                "not read, TLS is read as eve-log would tell it", version, releases.known_least,
                releases.known_most);
        fm_say(FM_SAY_WARNING, line);
        return true;
    }
    snprintf(line, sizeof(line), "needs Suricata 8.0.%d or later of 8.0, this is %.32s. Running on "
             "without it", releases.least, version);
    fm_say(FM_SAY_ERROR, line);
    return false;
}

static bool packet_wanted(ThreadVars *tv, void *data, const Packet *p)
{
    return fm_flows_wanted(tv, data, p) != 0;
}

static void init(void)
{
    static OutputPacketLoggerFunctions packets = {
        .LogFunc = fm_flows_packet,
        .ConditionFunc = packet_wanted,
        .ThreadInitFunc = fm_life_thread,
    };

    if (!is_supported())
        return;
    fm_flows_register();
    fm_keyword_register();
    SCThreadRegisterInitCallback(thread_begins, NULL);
    OutputRegisterPacketSubModule(FM_HOST_LOGGER_ID, parent, "FurumaiPacket", conf_name,
            fm_life_context, &packets);
    OutputRegisterFlowSubModule(FM_HOST_LOGGER_ID, parent, "FurumaiFlow", conf_name,
            fm_life_context, fm_flows_end, fm_life_thread, NULL);
    OutputRegisterFileSubModule(FM_HOST_LOGGER_ID, parent, "FurumaiFile", conf_name,
            fm_life_context, fm_file_log, fm_life_thread, NULL);
    for (size_t i = 0; i < TX_LOGGERS; i++)
        register_tx(&tx_loggers[i]);
}

static SCPlugin plugin = {
    .version = 0x0800,
    .suricata_version = "8.0",
    .name = "furumai",
    .plugin_version = FM_VERSION,
    .license = "GPLv2",
    .author = "The Furumai authors",
    .Init = init,
};

__attribute__((visibility("default"))) void *fm_adapter_plugin(void);

void *fm_adapter_plugin(void)
{
    return &plugin;
}

/* ---- what each series has its own ---- */

static bool switched_off(const char *key)
{
    const char *value;

    return SCConfGet(key, &value) == 1 && SCConfValIsFalse(value);
}

void fm_host_enable(void)
{
    for (size_t i = 0; i < TX_LOGGERS; i++) {
        if (tx_loggers[i].over & TCP)
            SCAppLayerParserRegisterLogger(IPPROTO_TCP, tx_loggers[i].proto);
        if (tx_loggers[i].over & UDP)
            SCAppLayerParserRegisterLogger(IPPROTO_UDP, tx_loggers[i].proto);
    }
    fm_apps_name(); /* not in init(): protocols have no names yet */
    fm_text_prepare();
    FileForceTrackingEnable(); /* else a file's size is not counted where nobody else asks */
    SSLEnableJA4(); /* leaves it as it is where the operator switched it off */
    if (!SSLJA4IsEnabled())
        SSLEnableJA3(); /* the second best: one of the two is all we need, and each costs much */
    if (!switched_off("app-layer.protocols.ssh.hassh"))
        SCSshEnableHassh();
}

/* Registered in init(): in --unix-socket mode outputs are made only after the socket's thread. */
void fm_host_hook_commands(void)
{
}
