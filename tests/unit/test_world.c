/* From records to observations: each outcome once, silence after ten seconds, visits, proxies,
 * names, floods, one-way tuples. */
#include "brain.h"

static struct scene *scene_of(void)
{
    return scene_new(64, 64);
}

static void take(struct scene *s, const struct fm_rec *rec)
{
    fm_world_advance(s->world, rec->time);
    fm_world_take(s->world, rec);
}

static struct pair pair_of(unsigned client, const struct fm_addr server, uint16_t cport,
        uint16_t sport)
{
    return (struct pair){ .client = inside(client),
        .server = server,
        .cport = cport,
        .sport = sport };
}

/* A whole TCP flow: opened, answered after 1 ms, closed after `last_s` seconds. */
static void talk(struct scene *s, fm_time at, const struct pair *p, double last_s, uint64_t out,
        uint64_t in)
{
    fm_time end = at + (fm_time)(last_s * (double)FM_SECOND);

    take(s, rec_new(&s->space, at, p));
    take(s, rec_answer(&s->space, at + FM_MS, at, p, FM_ANSWERED));
    take(s, rec_bytes(&s->space, FM_FLOW_END, end, at, p, out, in));
}

static void a_flow_from_start_to_end(void **state)
{
    struct scene *s = scene_of();
    struct pair p = pair_of(1, outside(1), 40000, 443);

    (void)state;
    talk(s, DAY0, &p, 2, 1000, 5000);
    fm_world_advance(s->world, DAY0 + FM_HOUR);
    static const enum fm_obs_kind order[] = { FM_OBS_START, FM_OBS_BYTES, FM_OBS_VISIT, FM_OBS_END,
        FM_OBS_OUTCOME };
    assert_int_equal(s->count, 5);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(s->seen[i].obs.what, order[i]);
    const struct seen *start = seen_nth(s, FM_OBS_START, 0), *end = seen_nth(s, FM_OBS_END, 0);
    const struct seen *outcome = seen_nth(s, FM_OBS_OUTCOME, 0),
                      *visit = seen_nth(s, FM_OBS_VISIT, 0);
    assert_int_equal(start->obs.course, FM_OUTWARD);
    assert_true(start->client && !start->server);
    assert_string_equal(start->name, "203.0.0.1");
    assert_false(start->obs.named);
    assert_true(start->obs.orig_known);
    assert_int_equal(outcome->obs.answer, FM_ANSWERED);
    assert_true(outcome->obs.time == DAY0); /* as of the start */
    assert_true(visit->obs.time == DAY0);
    assert_int_equal(visit->obs.bytes[FM_TO_SERVER], 1000);
    assert_int_equal(visit->obs.bytes[FM_TO_CLIENT], 5000);
    assert_int_equal(end->obs.bytes[FM_TO_CLIENT], 5000);
    scene_free(s);
}

static void silence_is_told_after_ten_seconds(void **state)
{
    struct scene *s = scene_of();
    struct pair p = pair_of(1, inside(2), 40000, 445);

    (void)state;
    take(s, rec_new(&s->space, DAY0, &p));
    fm_world_advance(s->world, DAY0 + FM_ANSWER_WAIT - FM_SECOND);
    assert_int_equal(seen_count(s, FM_OBS_OUTCOME), 0);
    fm_world_advance(s->world, DAY0 + FM_ANSWER_WAIT);
    assert_int_equal(seen_count(s, FM_OBS_OUTCOME), 1);
    const struct seen *outcome = seen_nth(s, FM_OBS_OUTCOME, 0);
    assert_int_equal(outcome->obs.answer, FM_NO_ANSWER);
    assert_true(outcome->obs.time == DAY0);
    assert_int_equal(outcome->server, 0); /* nobody has been seen there */
    assert_null(outcome->obs.rec);
    /* a belated answer, and the end, do not tell it again */
    take(s, rec_answer(&s->space, DAY0 + 12 * FM_SECOND, DAY0, &p, FM_ANSWERED));
    take(s, rec_bytes(&s->space, FM_FLOW_END, DAY0 + 20 * FM_SECOND, DAY0, &p, 0, 0));
    fm_world_advance(s->world, DAY0 + FM_DAY);
    assert_int_equal(seen_count(s, FM_OBS_OUTCOME), 1);
    assert_int_equal(seen_nth(s, FM_OBS_VISIT, 0)->obs.answer, FM_ANSWERED);
    scene_free(s);
}

static void an_answer_is_told_once(void **state)
{
    struct scene *s = scene_of();
    struct pair p = pair_of(1, inside(2), 40000, 445);

    (void)state;
    take(s, rec_new(&s->space, DAY0, &p));
    take(s, rec_answer(&s->space, DAY0 + 1, DAY0, &p, FM_REFUSED));
    assert_int_equal(seen_count(s, FM_OBS_OUTCOME), 1); /* at once */
    take(s, rec_answer(&s->space, DAY0 + 2, DAY0, &p, FM_ANSWERED));
    take(s, rec_bytes(&s->space, FM_FLOW_END, DAY0 + 3, DAY0, &p, 0, 0));
    take(s, rec_bytes(&s->space, FM_FLOW_END, DAY0 + 4, DAY0, &p, 0, 0));
    p.cport++;
    take(s, rec_new(&s->space, DAY0 + 5, &p));
    take(s, rec_answer(&s->space, DAY0 + 6, DAY0, &p, FM_ANSWERED));
    take(s, rec_answer(&s->space, DAY0 + 7, DAY0, &p, FM_REFUSED));
    fm_world_advance(s->world, DAY0 + FM_DAY);
    assert_int_equal(seen_count(s, FM_OBS_OUTCOME), 2);
    assert_int_equal(seen_nth(s, FM_OBS_OUTCOME, 0)->obs.answer, FM_REFUSED);
    assert_int_equal(seen_nth(s, FM_OBS_OUTCOME, 1)->obs.answer, FM_ANSWERED);
    assert_int_equal(seen_count(s, FM_OBS_VISIT), 2);
    assert_int_equal(seen_count(s, FM_OBS_END), 1);
    scene_free(s);
}

static void an_end_before_ten_seconds_waits_for_the_answer(void **state)
{
    struct scene *s = scene_of();
    struct pair p = pair_of(1, inside(2), 40000, 445);

    (void)state;
    take(s, rec_new(&s->space, DAY0, &p));
    take(s, rec_bytes(&s->space, FM_FLOW_END, DAY0 + FM_SECOND, DAY0, &p, 0, 0));
    assert_int_equal(seen_count(s, FM_OBS_OUTCOME), 0);
    fm_world_advance(s->world, DAY0 + FM_ANSWER_WAIT);
    assert_int_equal(seen_count(s, FM_OBS_OUTCOME), 1);
    scene_free(s);
}

static void a_long_flow_is_a_visit_after_a_minute(void **state)
{
    struct scene *s = scene_of();
    struct pair p = pair_of(1, outside(1), 40000, 443);

    (void)state;
    take(s, rec_new(&s->space, DAY0, &p));
    take(s, rec_answer(&s->space, DAY0 + 1, DAY0, &p, FM_ANSWERED));
    take(s, rec_bytes(&s->space, FM_FLOW_UPDATE, DAY0 + 10 * FM_SECOND, DAY0, &p, 70, 90));
    fm_world_advance(s->world, DAY0 + FM_VISIT_WAIT - FM_SECOND);
    assert_int_equal(seen_count(s, FM_OBS_VISIT), 0);
    fm_world_advance(s->world, DAY0 + FM_VISIT_WAIT);
    assert_int_equal(seen_count(s, FM_OBS_VISIT), 1);
    assert_int_equal(seen_nth(s, FM_OBS_VISIT, 0)->obs.bytes[FM_TO_CLIENT], 90);
    take(s, rec_bytes(&s->space, FM_FLOW_END, DAY0 + FM_HOUR, DAY0, &p, 1, 1));
    assert_int_equal(seen_count(s, FM_OBS_VISIT), 1);
    scene_free(s);
}

static void each_request_is_a_visit(void **state)
{
    struct scene *s = scene_of();
    struct pair p = pair_of(1, outside(1), 40000, 80);

    (void)state;
    take(s, rec_new(&s->space, DAY0, &p));
    take(s, rec_answer(&s->space, DAY0 + 1, DAY0, &p, FM_ANSWERED));
    for (unsigned i = 0; i < 3; i++)
        take(s, rec_http(&s->space, DAY0 + i * FM_SECOND + 2, &p, "WWW.Site.Example", "curl/8",
                        FM_HTTP_PLAIN));
    take(s, rec_bytes(&s->space, FM_FLOW_END, DAY0 + 5 * FM_SECOND, DAY0, &p, 900, 1500));
    fm_world_advance(s->world, DAY0 + FM_HOUR);
    assert_int_equal(seen_count(s, FM_OBS_VISIT), 3); /* and the flow is none beside them */
    const struct seen *visit = seen_nth(s, FM_OBS_VISIT, 2);
    assert_true(visit->obs.time == DAY0 + 2 * FM_SECOND + 2);
    assert_int_equal(visit->obs.bytes[FM_TO_CLIENT], 500);
    assert_string_equal(visit->name, "www.site.example");
    assert_true(visit->obs.named);
    assert_int_equal(seen_count(s, FM_OBS_TX), 3);
    scene_free(s);
}

static void bytes_of_every_flow_record_count(void **state)
{
    struct scene *s = scene_of();
    struct pair p = pair_of(1, outside(1), 40000, 443);
    uint64_t told[2] = { 0 };

    (void)state;
    p.proto = UDP;
    struct fm_rec *rec = rec_new(&s->space, DAY0, &p);
    flow_of(rec)->bytes[FM_TO_SERVER] = 1200; /* a datagram brings its payload along */
    take(s, rec);
    rec = rec_answer(&s->space, DAY0 + 1, DAY0, &p, FM_ANSWERED);
    flow_of(rec)->bytes[FM_TO_CLIENT] = 1250;
    take(s, rec);
    take(s, rec_bytes(&s->space, FM_FLOW_UPDATE, DAY0 + 2, DAY0, &p, 100, 200));
    take(s, rec_bytes(&s->space, FM_FLOW_END, DAY0 + 3, DAY0, &p, 10, 20));
    const struct seen *seen;
    for (unsigned i = 0; (seen = seen_nth(s, FM_OBS_BYTES, i)); i++)
        for (unsigned way = 0; way < 2; way++)
            told[way] += seen->obs.bytes[way];
    assert_int_equal(told[FM_TO_SERVER], 1310);
    assert_int_equal(told[FM_TO_CLIENT], 1470);
    assert_int_equal(seen_nth(s, FM_OBS_END, 0)->obs.bytes[FM_TO_SERVER], 1310);
    scene_free(s);
}

static void through_a_proxy_the_target_is_outside(void **state)
{
    static const uint8_t vias[] = { FM_HTTP_CONNECT, FM_HTTP_PROXIED };
    struct scene *s = scene_of();
    struct fm_addr proxy = inside(900);

    (void)state;
    for (unsigned client = 1; client <= 3; client++) {
        struct pair p = pair_of(client, proxy, 40000, 3128);
        take(s, rec_new(&s->space, DAY0, &p));
        take(s, rec_answer(&s->space, DAY0 + 1, DAY0, &p, FM_ANSWERED));
        take(s, rec_http(&s->space, DAY0 + 2, &p, "out.example", "ua", vias[client % 2]));
        /* in the tunnel: the SNI does not rename the party */
        take(s, rec_tls(&s->space, DAY0 + 3, &p, "front.example"));
        take(s, rec_bytes(&s->space, FM_FLOW_END, DAY0 + 9, DAY0, &p, 5000, 100));
        const struct seen *visit = seen_nth(s, FM_OBS_VISIT, client - 1);
        assert_int_equal(visit->obs.course, FM_OUTWARD);
        assert_string_equal(visit->name, "out.example");
        assert_int_equal(visit->obs.sport, vias[client % 2] == FM_HTTP_CONNECT ? 443 : 80);
        const struct seen *bytes = seen_nth(s, FM_OBS_BYTES, client - 1);
        assert_int_equal(bytes->obs.course, FM_OUTWARD);
        assert_string_equal(bytes->name, "out.example");
        assert_int_equal(bytes->client, visit->client);
        const struct fm_entity *server = fm_entity_of_addr(fm_world_entities(s->world), 0, &proxy);
        assert_int_equal(server->roles & 1u << FM_ROLE_PROXY, client < 3 ? 0 : 1u << FM_ROLE_PROXY);
    }
    /* the proxy's own pages are inside, as any server's */
    struct pair own = pair_of(1, proxy, 40001, 80);
    take(s, rec_new(&s->space, DAY0, &own));
    take(s, rec_http(&s->space, DAY0 + 2, &own, "proxy.office.example", "ua", FM_HTTP_PLAIN));
    assert_int_equal(seen_nth(s, FM_OBS_VISIT, 3)->obs.course, FM_INSIDE);
    scene_free(s);
}

static void an_address_asked_for_is_no_name(void **state)
{
    static const struct {
        const char *host, *name;
        uint8_t via;
    } cases[] = {
        { "203.0.0.1", "203.0.0.1", FM_HTTP_PLAIN },
        { "[2001:DB8::1]", "2001:db8::1", FM_HTTP_PROXIED },
        { "198.51.100.7", "198.51.100.7", FM_HTTP_CONNECT },
    };
    struct scene *s = scene_of();

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct pair p = pair_of(1, outside(1), (uint16_t)(40000 + i), 80);
        take(s, rec_http(&s->space, DAY0 + i, &p, cases[i].host, "", cases[i].via));
        const struct seen *visit = seen_nth(s, FM_OBS_VISIT, i);
        assert_string_equal(visit->name, cases[i].name);
        assert_false(visit->obs.named);
    }
    scene_free(s);
}

/* A later packet of the same flow tells no name, and takes none away. */
static void a_quic_hello_names_the_party(void **state)
{
    struct scene *s = scene_of();
    struct pair p = pair_of(1, outside(9), 40000, 443);

    (void)state;
    p.proto = UDP;
    take(s, rec_new(&s->space, DAY0, &p));
    take(s, rec_answer(&s->space, DAY0 + 1, DAY0, &p, FM_ANSWERED));
    static const char *const names[] = { "Quic.Example", "" };
    for (unsigned i = 0; i < 2; i++) {
        struct fm_rec *rec = rec_of(&s->space, FM_QUIC, DAY0 + 2 + i, &p);
        struct fm_tls *quic = (struct fm_tls *)(void *)(rec + 1);
        fm_rec_put(rec, &quic->sni, names[i], strlen(names[i]), FM_DNS_NAME_MAX);
        take(s, rec);
    }
    take(s, rec_bytes(&s->space, FM_FLOW_END, DAY0 + 9, DAY0, &p, 5000, 100));
    const struct seen *bytes = seen_nth(s, FM_OBS_BYTES, 0);
    assert_string_equal(bytes->name, "quic.example");
    assert_true(bytes->obs.named);
    scene_free(s);
}

static void a_dns_answer_names_the_address(void **state)
{
    struct scene *s = scene_of();
    struct pair dns = pair_of(1, inside(53), 40000, 53);
    struct fm_addr out = outside(9), in = inside(77);

    (void)state;
    dns.proto = UDP;
    take(s, rec_new(&s->space, DAY0, &dns));
    take(s, rec_dns(&s->space, DAY0 + 1, &dns, "Named.Example", &out));
    struct pair p = pair_of(1, out, 40001, 8443);
    talk(s, DAY0 + FM_SECOND, &p, 1, 1, 1);
    const struct seen *visit = seen_nth(s, FM_OBS_VISIT, 0);
    assert_string_equal(visit->name, "named.example");
    assert_true(visit->obs.named);
    /* whoever answers inside hosts is a resolver; an inside address is named as an entity */
    struct fm_addr resolver = inside(53);
    const struct fm_entity *e = fm_entity_of_addr(fm_world_entities(s->world), 0, &resolver);
    assert_true(e->roles & 1u << FM_ROLE_RESOLVER);
    struct pair other = pair_of(77, outside(1), 40002, 443);
    talk(s, DAY0 + FM_SECOND, &other, 1, 1, 1);
    take(s, rec_dns(&s->space, DAY0 + 2 * FM_SECOND, &dns, "pc77.office.example", &in));
    e = fm_entity_of_addr(fm_world_entities(s->world), 0, &in);
    assert_string_equal(e->name, "pc77.office.example");
    assert_int_equal(e->name_source, FM_NAMED_BY_DNS);
    scene_free(s);
}

static void a_new_flow_of_the_same_ports_begins_anew(void **state)
{
    struct scene *s = scene_of();
    struct pair p = pair_of(1, inside(2), 40000, 445);

    (void)state;
    take(s, rec_new(&s->space, DAY0, &p));
    take(s, rec_new(&s->space, DAY0 + 2 * FM_SECOND, &p));
    assert_int_equal(seen_count(s, FM_OBS_OUTCOME), 1); /* the first one's */
    take(s, rec_answer(&s->space, DAY0 + 2 * FM_SECOND + 1, DAY0 + 2 * FM_SECOND, &p, FM_REFUSED));
    assert_int_equal(seen_count(s, FM_OBS_OUTCOME), 2);
    fm_world_advance(s->world, DAY0 + FM_HOUR);
    assert_int_equal(seen_count(s, FM_OBS_OUTCOME), 2);
    scene_free(s);
}

static void when_flows_are_too_many_none_is_untold(void **state)
{
    struct scene *s = scene_new(64, 50);

    (void)state;
    for (uint16_t i = 0; i < 500; i++) {
        struct pair p = pair_of(1, inside(2), (uint16_t)(40000 + i), (uint16_t)(1 + i));
        take(s, rec_new(&s->space, DAY0 + i, &p));
    }
    assert_int_equal(fm_world_flows(s->world), 50);
    assert_int_equal(fm_world_flows_evicted(s->world), 450);
    fm_world_advance(s->world, DAY0 + FM_MINUTE);
    assert_int_equal(seen_count(s, FM_OBS_OUTCOME), 500); /* each once */
    bool told[500] = { false };
    for (unsigned i = 0; i < 500; i++) {
        uint16_t port = seen_nth(s, FM_OBS_OUTCOME, i)->obs.sport;
        assert_false(told[port - 1]);
        told[port - 1] = true;
    }
    /* the end of a forgotten flow does not make it fail a second time */
    struct pair first = pair_of(1, inside(2), 40000, 1);
    take(s, rec_bytes(&s->space, FM_FLOW_END, DAY0 + FM_HOUR, DAY0, &first, 0, 0));
    fm_world_advance(s->world, DAY0 + FM_DAY);
    assert_int_equal(seen_count(s, FM_OBS_OUTCOME), 500);
    scene_free(s);
}

static void a_transaction_alone_is_no_failed_try(void **state)
{
    struct scene *s = scene_of();
    struct pair p = pair_of(1, outside(2), 40000, 443);

    (void)state;
    take(s, rec_tls(&s->space, DAY0, &p, "a.example"));
    fm_world_advance(s->world, DAY0 + FM_HOUR);
    assert_int_equal(seen_count(s, FM_OBS_OUTCOME), 0);
    assert_int_equal(seen_count(s, FM_OBS_VISIT), 1);
    assert_int_equal(seen_nth(s, FM_OBS_VISIT, 0)->obs.answer, FM_ANSWERED);
    scene_free(s);
}

static void forged_senders_stay_on_probation(void **state)
{
    struct scene *s = scene_of();
    struct fm_addr none = outside(1);

    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        struct pair p = pair_of(5000 + i, outside(2), 40000, i % 2 ? 443 : 53);
        p.proto = i % 2 ? TCP : UDP;
        take(s, rec_new(&s->space, DAY0 + i, &p));
        if (p.proto == UDP) {
            struct fm_rec *query = rec_dns(&s->space, DAY0 + i, &p, "x.example", &none);
            ((struct fm_dns *)(void *)(query + 1))->response = 0;
            take(s, query);
        }
    }
    assert_true(fm_entities_count(fm_world_entities(s->world)) <= 16);
    const struct fm_entity *e = fm_entity_oldest(fm_world_entities(s->world));
    for (; e; e = fm_entity_newer(fm_world_entities(s->world), e))
        assert_true(e->flags & FM_ENTITY_PROBATION);
    scene_free(s);
}

static void a_guessed_client_makes_no_entity(void **state)
{
    struct scene *s = scene_of();
    struct pair p = pair_of(1, inside(2), 40000, 445);

    (void)state;
    struct fm_rec *rec = rec_new(&s->space, DAY0, &p);
    rec->flags = FM_REC_MIDSTREAM;
    take(s, rec);
    assert_int_equal(fm_entities_count(fm_world_entities(s->world)), 0);
    assert_false(seen_nth(s, FM_OBS_START, 0)->obs.orig_known);
    rec = rec_answer(&s->space, DAY0 + 1, DAY0, &p, FM_ANSWERED);
    rec->flags = FM_REC_MIDSTREAM;
    take(s, rec);
    assert_int_equal(fm_entities_count(fm_world_entities(s->world)), 2);
    assert_true(fm_world_gauge(s->world)->midstream == 1);
    scene_free(s);
}

static void backscatter_is_told_as_such(void **state)
{
    struct scene *s = scene_of();
    struct pair p = pair_of(1, outside(2), 40000, 80);

    (void)state;
    struct fm_rec *rec = rec_new(&s->space, DAY0, &p);
    rec->flags = FM_REC_BACKSCATTER;
    take(s, rec);
    fm_world_advance(s->world, DAY0 + FM_MINUTE);
    assert_true(seen_nth(s, FM_OBS_OUTCOME, 0)->obs.backscatter);
    assert_int_equal(seen_nth(s, FM_OBS_OUTCOME, 0)->client, 0);
    scene_free(s);
}

/* `n` flows of which so many packets were seen each way */
static void halves(struct scene *s, uint16_t first, uint16_t n, uint32_t client, uint32_t server)
{
    for (uint16_t i = first; i < first + n; i++) {
        struct pair p = pair_of(1, outside(2), i, 443);
        take(s, rec_new(&s->space, DAY0 + i, &p));
        struct fm_rec *rec =
                rec_bytes(&s->space, FM_FLOW_END, DAY0 + i, DAY0 + i, &p, client, server);
        flow_of(rec)->packets[FM_TO_SERVER] = client;
        flow_of(rec)->packets[FM_TO_CLIENT] = server;
        take(s, rec);
    }
}

static void one_way_traffic_shows_in_the_gauge(void **state)
{
    struct scene *s = scene_of();
    const struct fm_gauge *gauge = fm_world_gauge(s->world);

    (void)state;
    halves(s, 100, 20, 5, 0);
    assert_false(fm_gauge_two_way(gauge));
    assert_true(fm_gauge_clients_seen(gauge));
    halves(s, 200, 41, 0, 5);
    assert_false(fm_gauge_two_way(gauge));
    assert_false(fm_gauge_clients_seen(gauge));
    halves(s, 300, 70, 5, 5);
    assert_true(fm_gauge_two_way(gauge));
    assert_true(fm_gauge_clients_seen(gauge));
    /* a scan in vain says nothing about the mirror */
    for (uint16_t i = 0; i < 200; i++) {
        struct pair p = pair_of(1, inside(200), (uint16_t)(42000 + i), i);
        take(s, rec_new(&s->space, DAY0 + 2 * FM_SECOND + i, &p));
        struct fm_rec *rec =
                rec_bytes(&s->space, FM_FLOW_END, DAY0 + 3 * FM_SECOND + i, DAY0, &p, 0, 0);
        flow_of(rec)->packets[FM_TO_CLIENT] = 0;
        take(s, rec);
    }
    fm_world_advance(s->world, DAY0 + FM_MINUTE);
    assert_true(fm_gauge_two_way(gauge));
    scene_free(s);
}

static void a_lease_and_a_machine_account_name_the_host(void **state)
{
    struct scene *s = scene_of();
    struct fm_mac m = mac(5);
    struct pair bare = { .client = ip("0.0.0.0"),
        .server = ip("255.255.255.255"),
        .cport = 68,
        .sport = 67,
        .proto = UDP };
    struct fm_rec *rec = rec_of(&s->space, FM_DHCP, DAY0, &bare);
    struct fm_dhcp *dhcp = (struct fm_dhcp *)(void *)(rec + 1);

    (void)state;
    dhcp->type = 5;
    dhcp->mac = m;
    dhcp->given = inside(5);
    fm_rec_put(rec, &dhcp->name, "Laptop5", 7, 64);
    rec->has = FM_HAS_LEASE;
    take(s, rec);
    struct fm_addr addr = inside(5), dc = inside(10);
    const struct fm_entity *e = fm_entity_of_addr(fm_world_entities(s->world), 0, &addr);
    assert_string_equal(e->name, "laptop5");
    assert_int_equal(e->evidence, FM_EVIDENCE_DHCP);
    struct pair p = pair_of(6, dc, 40000, 88);
    rec = rec_of(&s->space, FM_KRB5, DAY0 + FM_SECOND, &p);
    struct fm_krb5 *krb5 = (struct fm_krb5 *)(void *)(rec + 1);
    fm_rec_put(rec, &krb5->account, "DESK6$", 6, 64);
    take(s, rec);
    addr = inside(6);
    e = fm_entity_of_addr(fm_world_entities(s->world), 0, &addr);
    assert_int_equal(e->name_source, FM_NAMED_BY_KERBEROS);
    e = fm_entity_of_addr(fm_world_entities(s->world), 0, &dc);
    assert_true(e->roles & 1u << FM_ROLE_CONTROLLER);
    scene_free(s);
}

static void sites_do_not_mix(void **state)
{
    struct scene *s = scene_of();
    struct pair p = pair_of(1, outside(2), 40000, 443);

    (void)state;
    for (uint16_t site = 0; site < 2; site++) {
        struct fm_rec *rec = rec_new(&s->space, DAY0 + site, &p);
        rec->site = site;
        take(s, rec);
    }
    assert_int_equal(fm_world_flows(s->world), 2);
    assert_int_not_equal(seen_nth(s, FM_OBS_START, 0)->client,
            seen_nth(s, FM_OBS_START, 1)->client);
    scene_free(s);
}

static void survives_each_failed_allocation(void **state)
{
    struct fm_world_sizes sizes = { .entities = 300, .flows = 300, .names = 300 };

    (void)state;
    for (uint64_t n = 1, refused = 1; refused; n++) {
        struct scene *s = scene_of();
        struct fm_mem mem = { .fail_at = n };
        struct fm_world *spare = s->world, *world = fm_world_new(&mem, &s->net, &sizes, 1);
        s->world = world;
        if (world)
            fm_world_listen(world, scene_see, s);
        for (uint16_t i = 0; world && i < 400; i++) {
            struct pair p = pair_of(i + 1u, inside(1000u + i), 40000, 53);
            struct fm_addr out = outside(i);
            talk(s, DAY0 + i * FM_MS * 10, &p, 0.005, 70, 70);
            take(s, rec_dns(&s->space, DAY0 + i * FM_MS * 10 + 6 * FM_MS, &p, "a.example", &out));
        }
        refused = mem.refused;
        fm_world_free(world);
        assert_int_equal(mem.used_bytes, 0);
        s->world = spare;
        scene_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flow_from_start_to_end),
        cmocka_unit_test(silence_is_told_after_ten_seconds),
        cmocka_unit_test(an_answer_is_told_once),
        cmocka_unit_test(an_end_before_ten_seconds_waits_for_the_answer),
        cmocka_unit_test(a_long_flow_is_a_visit_after_a_minute),
        cmocka_unit_test(each_request_is_a_visit),
        cmocka_unit_test(bytes_of_every_flow_record_count),
        cmocka_unit_test(through_a_proxy_the_target_is_outside),
        cmocka_unit_test(an_address_asked_for_is_no_name),
        cmocka_unit_test(a_quic_hello_names_the_party),
        cmocka_unit_test(a_dns_answer_names_the_address),
        cmocka_unit_test(a_new_flow_of_the_same_ports_begins_anew),
        cmocka_unit_test(when_flows_are_too_many_none_is_untold),
        cmocka_unit_test(a_transaction_alone_is_no_failed_try),
        cmocka_unit_test(forged_senders_stay_on_probation),
        cmocka_unit_test(a_guessed_client_makes_no_entity),
        cmocka_unit_test(backscatter_is_told_as_such),
        cmocka_unit_test(one_way_traffic_shows_in_the_gauge),
        cmocka_unit_test(a_lease_and_a_machine_account_name_the_host),
        cmocka_unit_test(sites_do_not_mix),
        cmocka_unit_test(survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
