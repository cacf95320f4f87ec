/* Commands of Suricata's socket: furumai-hosts, -detections, -stats, -health, -reload.  Each asks
 * the engine by its mailbox, which answers between two records, and gives the answer as "message".
 * They touch only the mailbox, which lives as long as the process: in normal mode the socket's
 * thread outlives every other.
 */
#include "suricata/common/adapter.h"

#include <jansson.h>

#define ANSWER_BYTES (4u << 20)
#define WAIT_MS 2000

static const struct command {
    const char *name;
    enum fm_question question;
} commands[] = {
    { "furumai-hosts", FM_ASK_HOSTS },
    { "furumai-detections", FM_ASK_DETECTIONS },
    { "furumai-stats", FM_ASK_STATS },
    { "furumai-health", FM_ASK_HEALTH },
    { "furumai-reload", FM_ASK_RELOAD },
};

static TmEcode put_answer(json_t *answer, const struct fm_text *text)
{
    json_error_t error;
    json_t *message = json_loadb(text->at, text->len, JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);

    if (message == NULL)
        message = json_string(text->at);
    if (message == NULL)
        message = json_string("the answer is no text");
    json_object_set_new(answer, "message", message);
    return TM_ECODE_OK;
}

static TmEcode refuse(json_t *answer, const char *why)
{
    json_object_set_new(answer, "message", json_string(why));
    return TM_ECODE_FAILED;
}

static TmEcode run(json_t *cmd, json_t *answer, void *data)
{
    const struct command *command = data;
    struct fm_text text;

    (void)cmd;
    if (fm_life_mailbox() == NULL)
        return refuse(answer, "the engine is not running");
    char *bytes = malloc(ANSWER_BYTES);
    if (bytes == NULL)
        return refuse(answer, "out of memory");
    fm_text_init(&text, bytes, ANSWER_BYTES);
    bool fine = fm_mailbox_ask(fm_life_mailbox(), command->question, &text, WAIT_MS);
    put_answer(answer, &text);
    free(bytes);
    return fine ? TM_ECODE_OK : TM_ECODE_FAILED;
}

void fm_commands_register(void)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        UnixManagerRegisterCommand(commands[i].name, run, (void *)&commands[i], 0);
}
