/* The adapter of Suricata 7.0: what is registered, in one table; then the few things that only this
 * series does its own way.  Everything is a sub-module of eve-log named `behavior`, so that one
 * line in the operator's list of types switches all of it on.
 *
 * In a release that nobody has compared with the headers HTTP and TLS are read as text, alerts,
 * files, FTP and DNP3 not at all, and one line says so.
 */
#include "series7.h"

#include "suricata/common/release.h"

#include "app-layer-ssl.h"
#include "output-json-ssh.h"
#include "rust.h"

const enum fm_source fm_host_source = FM_SURICATA7;

/* The headers' own; Debian's patches of 7.0.10 move nothing. */
static const struct fm_releases releases = { 7, 0, 0, 10, 10 };
static enum fm_release release; /* of the Suricata that runs */

bool fm_host_layouts_known(void)
{
    return release == FM_RELEASE_KNOWN;
}

static const char parent[] = "eve-log";
static const char conf_name[] = "eve-log.behavior";

enum { TCP = 1, UDP = 2 };

static int ssh_wanted(ThreadVars *tv, const Packet *p, void *state, void *tx, uint64_t id)
{
    (void)tv, (void)p, (void)state, (void)id;
    return rs_ssh_tx_get_log_condition(tx);
}

/* A transaction is logged when it is complete, or has got so far, or when the condition holds. */
static const struct tx_logger {
    const char *name;
    AppProto proto;
    unsigned over;
    TxLogger log;
    int progress;
    TxLoggerCondition wanted;
} tx_loggers[] = {
    { "FurumaiHttp", ALPROTO_HTTP1, TCP, fm_http_log, -1, NULL },
    { "FurumaiHttp2", ALPROTO_HTTP2, TCP, fm_text_log, HTTP2StateClosed, NULL },
    { "FurumaiTls", ALPROTO_TLS, TCP, fm_tls_log, TLS_HANDSHAKE_DONE, NULL },
    { "FurumaiDns", ALPROTO_DNS, TCP | UDP, fm_dns_log, -1, NULL },
    { "FurumaiSmb", ALPROTO_SMB, TCP, fm_text_log, -1, NULL },
    { "FurumaiKrb5", ALPROTO_KRB5, TCP | UDP, fm_text_log, -1, NULL },
    { "FurumaiDcerpc", ALPROTO_DCERPC, TCP | UDP, fm_text_log, -1, NULL },
    { "FurumaiDhcp", ALPROTO_DHCP, UDP, fm_text_log, -1, NULL },
    { "FurumaiFtp", ALPROTO_FTP, TCP, fm_text_log, -1, NULL },
    { "FurumaiSsh", ALPROTO_SSH, TCP, fm_text_log, -1, ssh_wanted },
    { "FurumaiRdp", ALPROTO_RDP, TCP, fm_text_log, -1, NULL },
    { "FurumaiRfb", ALPROTO_RFB, TCP, fm_text_log, -1, NULL },
    { "FurumaiSmtp", ALPROTO_SMTP, TCP, fm_text_log, -1, NULL },
    { "FurumaiQuic", ALPROTO_QUIC, UDP, fm_text_log, -1, NULL },
    { "FurumaiMqtt", ALPROTO_MQTT, TCP, fm_text_log, -1, NULL },
    { "FurumaiModbus", ALPROTO_MODBUS, TCP, fm_text_log, -1, NULL },
    { "FurumaiDnp3", ALPROTO_DNP3, TCP, fm_text_log, -1, NULL },
};
#define TX_LOGGERS (sizeof(tx_loggers) / sizeof(tx_loggers[0]))

/* ---- registration ---- */

static void register_tx(const struct tx_logger *logger)
{
    if (logger->wanted != NULL)
        OutputRegisterTxSubModuleWithCondition(FM_HOST_LOGGER_ID, parent, logger->name, conf_name,
                fm_life_context, logger->proto, logger->log, logger->wanted, fm_life_thread, NULL,
                NULL);
    else if (logger->progress >= 0)
        OutputRegisterTxSubModuleWithProgress(FM_HOST_LOGGER_ID, parent, logger->name, conf_name,
                fm_life_context, logger->proto, logger->log, logger->progress, logger->progress,
                fm_life_thread, NULL, NULL);
    else
        OutputRegisterTxSubModule(FM_HOST_LOGGER_ID, parent, logger->name, conf_name,
                fm_life_context, logger->proto, logger->log, fm_life_thread, NULL, NULL);
}

static void judge_release(void)
{
    const char *version = GetProgramVersion();
    char line[200];

    release = fm_release_of(&releases, version);
    if (release == FM_RELEASE_KNOWN)
        return;
    snprintf(line, sizeof(line),
            "not tested with Suricata %.32s, only with 7.0.%d: alerts, files, FTP and DNP3 are not "
            "read, HTTP and TLS are read as eve-log would tell them", version, releases.known_most);
    fm_say(FM_SAY_WARNING, line);
}

static void init(void)
{
    judge_release();
    fm_apps_name();
    fm_flows_register();
    OutputRegisterPacketSubModule(FM_HOST_LOGGER_ID, parent, "FurumaiPacket", conf_name,
            fm_life_context, fm_flows_packet, fm_flows_wanted, fm_life_thread, NULL, NULL);
    OutputRegisterFlowSubModule(FM_HOST_LOGGER_ID, parent, "FurumaiFlow", conf_name,
            fm_life_context, fm_flows_end, fm_life_thread, NULL, NULL);
    OutputRegisterFileSubModule(FM_HOST_LOGGER_ID, parent, "FurumaiFile", conf_name,
            fm_life_context, fm_file_log, fm_life_thread, NULL, NULL);
    for (size_t i = 0; i < TX_LOGGERS; i++)
        register_tx(&tx_loggers[i]);
}

static SCPlugin plugin = {
    .name = "furumai",
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

    return ConfGet(key, &value) == 1 && ConfValIsFalse(value);
}

void fm_host_enable(void)
{
    for (size_t i = 0; i < TX_LOGGERS; i++) {
        if (tx_loggers[i].over & TCP)
            AppLayerParserRegisterLogger(IPPROTO_TCP, tx_loggers[i].proto);
        if (tx_loggers[i].over & UDP)
            AppLayerParserRegisterLogger(IPPROTO_UDP, tx_loggers[i].proto);
    }
    fm_text_prepare();
    FileForceTrackingEnable(); /* else a file's size is not counted where nobody else asks */
    SSLEnableJA4(); /* leaves it as it is where the operator switched it off */
    if (!SSLJA4IsEnabled())
        SSLEnableJA3(); /* the second best: one of the two is all we need, and each costs much */
    if (!switched_off("app-layer.protocols.ssh.hassh"))
        rs_ssh_enable_hassh();
}

/* The list of commands is made anew when the socket's thread starts, and its thread initialises
 * itself after that: the one moment without a race. */
static TmEcode (*socket_init)(ThreadVars *, const void *, void **);

static TmEcode socket_init_with_commands(ThreadVars *tv, const void *initdata, void **data)
{
    static bool registered;

    if (!registered)
        fm_commands_register();
    registered = true;
    return socket_init(tv, initdata, data);
}

/* Its table of keywords is full. */
int fm_host_keyword(void)
{
    return -1;
}

void fm_host_hook_commands(void)
{
    TmModule *module = TmModuleGetByName("UnixManager");

    if (socket_init != NULL || module == NULL || module->ThreadInit == NULL)
        return;
    socket_init = module->ThreadInit;
    module->ThreadInit = socket_init_with_commands;
}
