#include "world/world.h"

#include <string.h>

#include "base/hash.h"
#include "base/table.h"
#include "base/text.h"
#include "base/wheel.h"

enum { TCP = 6, SERVICE_PORTS = 1024 };

struct row {
    struct fm_flow_row flow; /* first: its key is the table's */
    struct fm_timer timer;
};

struct fm_world {
    struct fm_mem *mem;
    const struct fm_networks *net;
    struct fm_entities *entities;
    struct fm_names *names;
    struct fm_table *flows;
    struct fm_wheel wheel;
    bool wheel_runs;
    struct fm_gauge gauge;
    uint64_t seed, flows_evicted;
    void (*see)(void *arg, const struct fm_obs *obs);
    void *see_arg;
    char name[FM_WORLD_NAME]; /* an outside address, printed, for the observation being told */
};

static void see_nothing(void *arg, const struct fm_obs *obs)
{
    (void)arg;
    (void)obs;
}

struct fm_world *fm_world_new(struct fm_mem *mem, const struct fm_networks *net,
        const struct fm_world_sizes *sizes, uint64_t seed)
{
    struct fm_world *world = fm_alloc(mem, sizeof *world);

    if (!world)
        return NULL;
    world->mem = mem;
    world->net = net;
    world->seed = seed;
    world->see = see_nothing;
    world->entities = fm_entities_new(mem, net, sizes->entities, seed);
    world->names = fm_names_new(mem, sizes->names, seed);
    world->flows = fm_table_new(mem, sizeof(((struct fm_flow_row *)0)->key), sizeof(struct row),
            sizes->flows, seed);
    if (!world->entities || !world->names || !world->flows) {
        fm_world_free(world);
        return NULL;
    }
    return world;
}

void fm_world_free(struct fm_world *world)
{
    if (!world)
        return;
    fm_entities_free(world->entities);
    fm_names_free(world->names);
    fm_table_free(world->flows);
    fm_free(world->mem, world);
}

static enum fm_course course_of(const struct fm_world *world, const struct fm_flow_row *flow)
{
    bool client = fm_inside(world->net, &flow->key.client);
    bool server = fm_inside(world->net, &flow->key.server);

    if (client)
        return server ? FM_INSIDE : FM_OUTWARD;
    return server ? FM_INWARD : FM_TRANSIT;
}

void fm_world_networks(struct fm_world *world, const struct fm_networks *net)
{
    world->net = net;
    fm_entities_networks(world->entities, net);
    for (struct row *row = fm_table_oldest(world->flows); row;
            row = fm_table_newer(world->flows, row))
        row->flow.course = (uint8_t)course_of(world, &row->flow);
}

void fm_world_listen(struct fm_world *world, void (*see)(void *arg, const struct fm_obs *obs),
        void *arg)
{
    world->see = see;
    world->see_arg = arg;
}

/* ---- telling ---- */

/** What the outside party is called; through a proxy it is the name that was asked for. */
static void call_by_name(struct fm_world *world, const struct fm_flow_row *flow,
        struct fm_obs *obs)
{
    const struct fm_addr *outside =
            obs->course == FM_INWARD ? &flow->key.client : &flow->key.server;
    const char *name = NULL;

    if (flow->name[0] && obs->course != FM_INWARD)
        name = flow->name;
    else if (obs->course != FM_INSIDE)
        name = fm_names_of(world->names, flow->key.site, outside);
    obs->named = name && !(name == flow->name && flow->by_address);
    obs->name = name ? name : fm_addr_print(outside, world->name);
    if (obs->course == FM_OUTWARD && (obs->what == FM_OBS_BYTES || obs->what == FM_OBS_VISIT))
        obs->party = fm_hash_name(world->seed, obs->name, strlen(obs->name));
}

static struct fm_obs observe(struct fm_world *world, enum fm_obs_kind what,
        const struct fm_flow_row *flow, const struct fm_rec *rec, fm_time time)
{
    struct fm_obs obs = {
        .what = what,
        .course = (enum fm_course)flow->course,
        .answer = (enum fm_answer)flow->answer,
        .time = time,
        .rec = rec,
        .flow = flow,
        .client = fm_entity_find(world->entities, flow->client),
        .server = fm_entity_find(world->entities, flow->server),
        .client_addr = flow->key.client,
        .server_addr = flow->key.server,
        .cport = flow->key.cport,
        .sport = flow->key.sport,
        .site = flow->key.site,
        .proto = flow->key.proto,
        .app = flow->app,
        .weight = rec ? rec->weight : 1,
        .orig_known = flow->flags & FM_REC_ORIG_KNOWN,
        .backscatter = flow->flags & FM_REC_BACKSCATTER,
        .flow_id = flow->flow_id,
        .agent = flow->agent,
    };

    if (obs.course == FM_INSIDE && flow->proxied)
        obs.course = FM_OUTWARD;
    call_by_name(world, flow, &obs);
    return obs;
}

static void tell(struct fm_world *world, const struct fm_obs *obs)
{
    world->see(world->see_arg, obs);
}

/** The outcome is told as of the flow's start: that is when it was tried.  A failure is told as
 *  soon as it is known, an answer with the deadline: so a tally that only failures begin has missed
 *  next to none of the answers that came between them. */
static void tell_outcome(struct fm_world *world, struct fm_flow_row *flow, const struct fm_rec *rec)
{
    if (flow->outcome_told)
        return;
    flow->outcome_told = true;
    struct fm_obs obs = observe(world, FM_OBS_OUTCOME, flow, rec, flow->start);
    tell(world, &obs);
}

static void tell_visit(struct fm_world *world, struct fm_flow_row *flow, const struct fm_rec *rec)
{
    if (flow->visit_told || flow->requests)
        return;
    flow->visit_told = true;
    struct fm_obs obs = observe(world, FM_OBS_VISIT, flow, rec, flow->start);
    memcpy(obs.bytes, flow->bytes, sizeof obs.bytes);
    tell(world, &obs);
}

/* ---- flows ---- */

static void set_deadline(struct fm_world *world, struct row *row)
{
    if (!row->flow.outcome_told)
        fm_wheel_add(&world->wheel, &row->timer, row->flow.start + FM_ANSWER_WAIT);
    else if (!row->flow.visit_told && !row->flow.requests)
        fm_wheel_add(&world->wheel, &row->timer, row->flow.start + FM_VISIT_WAIT);
    else
        fm_wheel_cancel(&world->wheel, &row->timer);
}

static void deadline(void *arg, struct fm_timer *timer, fm_time due)
{
    struct fm_world *world = arg;
    struct row *row = (struct row *)((char *)timer - offsetof(struct row, timer));

    (void)due;
    if (!row->flow.outcome_told)
        tell_outcome(world, &row->flow, NULL);
    else
        tell_visit(world, &row->flow, NULL);
    set_deadline(world, row);
}

static void forget_flow(struct fm_world *world, struct row *row)
{
    tell_outcome(world, &row->flow, NULL);
    tell_visit(world, &row->flow, NULL);
    fm_wheel_cancel(&world->wheel, &row->timer);
    fm_table_del(world->flows, row);
}

static struct row *flow_row(struct fm_world *world, const struct fm_rec *rec, bool *made)
{
    struct fm_flow_row want;

    memset(&want.key, 0, sizeof want.key);
    want.key.client = rec->client;
    want.key.server = rec->server;
    want.key.cport = rec->cport;
    want.key.sport = rec->sport;
    want.key.site = rec->site;
    want.key.proto = rec->proto;
    struct row *row = fm_table_add(world->flows, &want.key, made);
    if (!row) {
        struct row *oldest = fm_table_oldest(world->flows);
        if (!oldest)
            return NULL;
        forget_flow(world, oldest);
        world->flows_evicted++;
        row = fm_table_add(world->flows, &want.key, made);
    }
    return row;
}

static void begin_flow(struct fm_world *world, struct row *row, const struct fm_rec *rec)
{
    struct fm_flow_row *flow = &row->flow;
    const struct fm_flow *body = rec->kind <= FM_FLOW_END ? fm_body(rec) : NULL;

    fm_wheel_cancel(&world->wheel, &row->timer);
    memset((char *)flow + sizeof flow->key, 0, sizeof *flow - sizeof flow->key);
    flow->start = body && body->start && body->start <= rec->time ? body->start : rec->time;
    flow->last = rec->time;
    flow->flow_id = rec->flow_id;
    flow->flags = rec->flags;
    flow->course = (uint8_t)course_of(world, flow);
    if (rec->kind <= FM_FLOW_ANSWER)
        return;
    /* Its beginning was forgotten, then the outcome was told; or lost, then it is not known. */
    flow->outcome_told = true;
    flow->answer = body ? body->answer : FM_ANSWERED;
}

/** The flow of any record: remembered, or begun here if its beginning was not told. */
static struct row *row_of(struct fm_world *world, const struct fm_rec *rec)
{
    bool made;
    struct row *row = flow_row(world, rec, &made);

    if (!row)
        return NULL;
    if (!made && rec->kind == FM_FLOW_NEW && !(rec->flags & FM_REC_LATE)) {
        tell_outcome(world, &row->flow, NULL);
        tell_visit(world, &row->flow, NULL);
        made = true;
    }
    if (made)
        begin_flow(world, row, rec);
    if (rec->time > row->flow.last)
        row->flow.last = rec->time;
    if (!(rec->flags & FM_REC_BACKSCATTER))
        row->flow.flags &= (uint8_t)~FM_REC_BACKSCATTER; /* it lives after all */
    fm_table_touch(world->flows, row);
    return row;
}

/** Who takes part: the client as soon as it speaks, the server when it has answered. */
static void meet(struct fm_world *world, struct fm_flow_row *flow, const struct fm_rec *rec,
        bool two_way)
{
    const struct fm_flow *body = (rec->has & FM_HAS_MAC) && rec->kind <= FM_FLOW_END
                                         ? fm_body(rec)
                                         : NULL;
    bool guess = !(rec->flags & FM_REC_ORIG_KNOWN) || (rec->flags & FM_REC_BACKSCATTER);

    if (two_way || !guess) {
        struct fm_entity *client = fm_entity_meet(world->entities, rec->site, &rec->client,
                body ? &body->client_mac : NULL, two_way, rec->time);
        flow->client = client ? client->id : 0;
    }
    struct fm_entity *server =
            two_way ? fm_entity_meet(world->entities, rec->site, &rec->server,
                              body ? &body->server_mac : NULL, true, rec->time)
                    : fm_entity_of_addr(world->entities, rec->site, &rec->server);
    flow->server = server ? server->id : 0;
}

static void count_start(struct fm_world *world, const struct fm_flow_row *flow)
{
    struct fm_gauge *g = &world->gauge;

    g->starts++;
    g->midstream += (flow->flags & FM_REC_MIDSTREAM) != 0;
    g->inside += flow->course == FM_INSIDE;
    g->outward += flow->course == FM_OUTWARD;
}

/** What came since the flow's last record. */
static void take_bytes(struct fm_world *world, struct fm_flow_row *flow, const struct fm_rec *rec)
{
    const struct fm_flow *body = fm_body(rec);

    for (unsigned way = 0; way < 2; way++) {
        flow->bytes[way] += body->bytes[way];
        flow->packets[way] += body->packets[way];
    }
    if (!body->bytes[0] && !body->bytes[1])
        return;
    struct fm_obs obs = observe(world, FM_OBS_BYTES, flow, rec, rec->time);
    memcpy(obs.bytes, body->bytes, sizeof obs.bytes);
    tell(world, &obs);
}

static void count_stranger(struct fm_world *world, const struct fm_flow_row *flow)
{
    struct fm_entity *client = fm_entity_find(world->entities, flow->client);

    if (client && flow->key.sport >= SERVICE_PORTS && flow->course == FM_OUTWARD &&
            !fm_names_of(world->names, flow->key.site, &flow->key.server))
        fm_entity_stranger(client,
                fm_hash(world->seed, &flow->key.server, sizeof flow->key.server), flow->start);
}

static void take_new(struct fm_world *world, struct row *row, const struct fm_rec *rec)
{
    meet(world, &row->flow, rec, false);
    count_start(world, &row->flow);
    count_stranger(world, &row->flow);
    struct fm_obs obs = observe(world, FM_OBS_START, &row->flow, rec, row->flow.start);
    tell(world, &obs);
    take_bytes(world, &row->flow, rec);
    set_deadline(world, row);
}

static void take_answer(struct fm_world *world, struct row *row, const struct fm_rec *rec)
{
    const struct fm_flow *body = fm_body(rec);
    struct fm_flow_row *flow = &row->flow;

    if (flow->answer != FM_NO_ANSWER) { /* the first answer is the one */
        take_bytes(world, flow, rec);
        return;
    }
    flow->answer = body->answer;
    meet(world, flow, rec, flow->answer != FM_NO_ANSWER && flow->answer != FM_UNREACHABLE);
    if (flow->answer == FM_REFUSED || flow->answer == FM_UNREACHABLE)
        tell_outcome(world, flow, rec);
    take_bytes(world, flow, rec);
    set_deadline(world, row);
}

/** Which sides of a TCP flow were seen.  A server's packets alone prove that the client's are not
 *  seen if they carry data or if both are inside; else they may be backscatter from afar.  A
 *  client's alone prove it when it went on as if answered. */
static void count_sides(struct fm_gauge *gauge, const struct fm_flow_row *flow)
{
    bool client = flow->packets[FM_TO_SERVER], server = flow->packets[FM_TO_CLIENT];

    if (flow->key.proto != TCP)
        return;
    if (client && server)
        gauge->two_way++;
    else if (server)
        gauge->only_server += flow->bytes[FM_TO_CLIENT] || flow->course == FM_INSIDE;
    else
        gauge->only_client += flow->bytes[FM_TO_SERVER] || flow->answer == FM_ANSWER_INFERRED;
}

static void take_shape(struct fm_flow_row *flow, const struct fm_rec *rec,
        const struct fm_flow *body)
{
    if (!(rec->has & FM_HAS_SHAPE))
        return;
    flow->shape = body->shape;
    flow->has_shape = true;
}

static void take_progress(struct fm_world *world, struct row *row, const struct fm_rec *rec)
{
    const struct fm_flow *body = fm_body(rec);
    struct fm_flow_row *flow = &row->flow;

    if (body->close)
        flow->close = body->close;
    if (body->app)
        flow->app = body->app;
    take_shape(flow, rec, body);
    if (!flow->client && !flow->server)
        meet(world, flow, rec,
                flow->packets[FM_TO_CLIENT] + body->packets[FM_TO_CLIENT] > 0 &&
                        flow->packets[FM_TO_SERVER] + body->packets[FM_TO_SERVER] > 0);
    take_bytes(world, flow, rec);
}

static void take_end(struct fm_world *world, struct row *row, const struct fm_rec *rec)
{
    struct fm_flow_row *flow = &row->flow;

    if (flow->ended)
        return;
    flow->ended = true;
    count_sides(&world->gauge, flow);
    tell_visit(world, flow, rec);
    struct fm_obs obs = observe(world, FM_OBS_END, flow, rec, rec->time);
    memcpy(obs.bytes, flow->bytes, sizeof obs.bytes);
    tell(world, &obs);
    set_deadline(world, row);
}

/* ---- transactions ---- */

static void give_name(char *out, size_t cap, const struct fm_rec *rec, struct fm_str str)
{
    size_t len;
    const char *name = fm_rec_str(rec, str, &len);

    if (len)
        fm_text_name(out, cap, name, len);
}

/** An address asked for instead of a name is written as addresses are everywhere. */
static void give_host(struct fm_flow_row *flow, const struct fm_rec *rec, struct fm_str str)
{
    struct fm_addr addr;
    size_t len;
    const char *name = fm_rec_str(rec, str, &len);

    if (len > 2 && name[0] == '[' && name[len - 1] == ']') {
        name++;
        len -= 2;
    }
    if (!len)
        return;
    flow->by_address = fm_addr_parse(name, len, &addr);
    if (flow->by_address)
        fm_addr_print(&addr, flow->name);
    else
        fm_text_name(flow->name, sizeof flow->name, name, len);
}

static void learn_role(struct fm_world *world, const struct fm_flow_row *flow, enum fm_role role)
{
    struct fm_entity *server = fm_entity_find(world->entities, flow->server);

    if (server && flow->client)
        fm_entity_learn_role(server, role);
}

static void learn_proxy(struct fm_world *world, struct fm_flow_row *flow)
{
    struct fm_entity *server = fm_entity_find(world->entities, flow->server);

    flow->proxied = true;
    if (server && flow->client)
        fm_entity_proxies(server, flow->client);
}

static void take_http(struct fm_world *world, struct fm_flow_row *flow, const struct fm_rec *rec)
{
    const struct fm_http *http = fm_body(rec);

    give_host(flow, rec, http->host);
    give_name(flow->agent, sizeof flow->agent, rec, http->agent);
    if (flow->requests < UINT16_MAX)
        flow->requests++;
    if (http->via)
        learn_proxy(world, flow);
    struct fm_obs obs = observe(world, FM_OBS_VISIT, flow, rec, rec->time);
    memcpy(obs.bytes, http->bytes, sizeof obs.bytes);
    obs.answer = http->status || http->via ? FM_ANSWERED : (enum fm_answer)flow->answer;
    if (http->port)
        obs.sport = http->port;
    tell(world, &obs);
}

static void take_tls(struct fm_flow_row *flow, const struct fm_rec *rec)
{
    const struct fm_tls *tls = fm_body(rec);

    if (!(flow->requests && flow->name[0]))
        give_host(flow, rec, tls->sni);
    give_name(flow->agent, sizeof flow->agent, rec, tls->ja4.len ? tls->ja4 : tls->ja3);
}

enum { DNS_A = 1, DNS_AAAA = 28 };

static void take_dns(struct fm_world *world, const struct fm_flow_row *flow,
        const struct fm_rec *rec)
{
    const struct fm_dns *dns = fm_body(rec);
    size_t len;
    const char *query = fm_rec_str(rec, dns->query, &len);

    world->gauge.dns += flow->client != 0;
    if (!dns->response || !len || (dns->type != DNS_A && dns->type != DNS_AAAA))
        return;
    learn_role(world, flow, FM_ROLE_RESOLVER);
    for (unsigned i = 0; i < dns->kept && i < FM_DNS_ANSWERS; i++) {
        struct fm_entity *inside = fm_entity_of_addr(world->entities, rec->site, &dns->addr[i]);
        if (inside)
            fm_entity_name(world->entities, inside, FM_NAMED_BY_DNS, query, len);
        else
            fm_names_learn(world->names, rec->site, &dns->addr[i], query, len);
    }
}

static void take_host_name(struct fm_world *world, const struct fm_flow_row *flow,
        const struct fm_rec *rec, struct fm_str str, enum fm_name_source source)
{
    struct fm_entity *client = fm_entity_find(world->entities, flow->client);
    size_t len;
    const char *name = fm_rec_str(rec, str, &len);

    if (client && len)
        fm_entity_name(world->entities, client, source, name, len);
}

static void take_krb5(struct fm_world *world, const struct fm_flow_row *flow,
        const struct fm_rec *rec)
{
    const struct fm_krb5 *krb5 = fm_body(rec);
    size_t len;
    const char *account = fm_rec_str(rec, krb5->account, &len);

    learn_role(world, flow, FM_ROLE_CONTROLLER);
    if (len > 1 && account[len - 1] == '$')
        take_host_name(world, flow, rec, krb5->account, FM_NAMED_BY_KERBEROS);
}

/** Who answers to drsuapi, or lets a machine prove itself at netlogon, is a controller. */
static void take_dcerpc(struct fm_world *world, const struct fm_flow_row *flow,
        const struct fm_rec *rec)
{
    static const char drsuapi[] = "e3514235-4b06-11d1-ab04-00c04fc2dcd2";
    static const char netlogon[] = "12345678-1234-abcd-ef00-01234567cffb";
    enum { AUTHENTICATE = 5, AUTHENTICATE2 = 15, AUTHENTICATE3 = 26 };
    const struct fm_dcerpc *rpc = fm_body(rec);
    size_t len;
    const char *uuid = fm_rec_str(rec, rpc->interface, &len);
    bool answered = rpc->request && (rec->has & FM_HAS_STATUS) && !rpc->status;
    bool proves = rpc->opnum == AUTHENTICATE || rpc->opnum == AUTHENTICATE2 ||
                  rpc->opnum == AUTHENTICATE3;

    if (!answered || len != sizeof drsuapi - 1 || !(flow->flags & FM_REC_ORIG_KNOWN))
        return;
    if (!memcmp(uuid, drsuapi, len) || (proves && !memcmp(uuid, netlogon, len)))
        learn_role(world, flow, FM_ROLE_CONTROLLER);
}

/** Who gives a lease: the side that speaks from port 67. */
static void learn_lessor(struct fm_world *world, const struct fm_rec *rec)
{
    enum { SERVER = 67 };
    bool first = rec->cport == SERVER && rec->sport != SERVER;
    struct fm_entity *lessor = fm_entity_of_addr(world->entities, rec->site,
            first ? &rec->client : &rec->server);

    if (lessor)
        fm_entity_learn_role(lessor, FM_ROLE_DHCP);
}

static void take_dhcp(struct fm_world *world, const struct fm_rec *rec)
{
    const struct fm_dhcp *dhcp = fm_body(rec);
    size_t len;
    const char *name = fm_rec_str(rec, dhcp->name, &len);

    if (rec->has & FM_HAS_LEASE) {
        learn_lessor(world, rec);
        fm_entity_lease(world->entities, rec->site, &dhcp->mac, &dhcp->given, rec->time);
    }
    struct fm_entity *entity = fm_entity_of_addr(world->entities, rec->site, &dhcp->given);
    if (entity && len)
        fm_entity_name(world->entities, entity, FM_NAMED_BY_DHCP, name, len);
}

/** Whether this transaction shows that both sides spoke: a datagram may have a forged sender. */
static bool is_two_way(const struct fm_flow_row *flow, const struct fm_rec *rec)
{
    bool answer = rec->kind == FM_DNS && ((const struct fm_dns *)fm_body(rec))->response;

    return rec->proto == TCP || answer ||
           (flow->answer != FM_NO_ANSWER && flow->answer != FM_UNREACHABLE);
}

static void take_tx(struct fm_world *world, struct row *row, const struct fm_rec *rec)
{
    struct fm_flow_row *flow = &row->flow;

    if (rec->kind != FM_ALERT)
        meet(world, flow, rec, is_two_way(flow, rec));
    if (rec->kind == FM_HTTP || rec->kind == FM_TLS)
        flow->flags |= FM_REC_ORIG_KNOWN; /* who asks is the client, whoever was seen first */
    switch ((enum fm_kind)rec->kind) {
    case FM_HTTP:
        take_http(world, flow, rec);
        break;
    case FM_TLS:
    case FM_QUIC:
        take_tls(flow, rec);
        break;
    case FM_DNS:
        take_dns(world, flow, rec);
        break;
    case FM_SMB:
        take_host_name(world, flow, rec, ((const struct fm_smb *)fm_body(rec))->host,
                FM_NAMED_BY_NTLM);
        break;
    case FM_KRB5:
        take_krb5(world, flow, rec);
        break;
    case FM_DCERPC:
        take_dcerpc(world, flow, rec);
        break;
    case FM_DHCP:
        take_dhcp(world, rec);
        break;
    default:
        break;
    }
    struct fm_obs obs = observe(world, FM_OBS_TX, flow, rec, rec->time);
    tell(world, &obs);
    set_deadline(world, row);
}

/* ---- the ways in ---- */

void fm_world_take(struct fm_world *world, const struct fm_rec *rec)
{
    if (!world->wheel_runs) {
        fm_wheel_init(&world->wheel, rec->time);
        world->wheel_runs = true;
    }
    fm_gauge_tick(&world->gauge, rec->time);
    if (rec->kind == FM_TICK || rec->kind == FM_GAP)
        return;
    struct row *row = row_of(world, rec);
    if (!row)
        return;
    switch ((enum fm_kind)rec->kind) {
    case FM_FLOW_NEW:
        take_new(world, row, rec);
        break;
    case FM_FLOW_ANSWER:
        take_answer(world, row, rec);
        break;
    case FM_FLOW_UPDATE:
        take_progress(world, row, rec);
        break;
    case FM_FLOW_CLOSE:
        take_progress(world, row, rec);
        if (rec->has & FM_HAS_BYTES) /* else it is a log's, whose counts come with the end */
            take_end(world, row, rec);
        break;
    case FM_FLOW_END:
        take_progress(world, row, rec);
        take_end(world, row, rec);
        break;
    default:
        take_tx(world, row, rec);
    }
}

void fm_world_advance(struct fm_world *world, fm_time now)
{
    if (world->wheel_runs)
        fm_wheel_advance(&world->wheel, now, deadline, world);
}

/* ---- looking ---- */

struct fm_entities *fm_world_entities(struct fm_world *world)
{
    return world->entities;
}

struct fm_names *fm_world_names(struct fm_world *world)
{
    return world->names;
}

const struct fm_networks *fm_world_net(const struct fm_world *world)
{
    return world->net;
}

struct fm_gauge *fm_world_gauge(struct fm_world *world)
{
    return &world->gauge;
}

uint32_t fm_world_flows(const struct fm_world *world)
{
    return fm_table_count(world->flows);
}

uint32_t fm_world_flows_cap(const struct fm_world *world)
{
    return fm_table_cap(world->flows);
}

uint64_t fm_world_flows_evicted(const struct fm_world *world)
{
    return world->flows_evicted;
}

size_t fm_world_flow_cost_bytes(void)
{
    return fm_table_cost_bytes(sizeof(struct row));
}
