/* Who is who: bindings by address, MAC and lease; routers; floods; what survives. */
#include "brain.h"

#include "world/entity.h"

struct world {
    struct fm_mem mem;
    struct fm_networks net;
    struct fm_entities *all;
};

static struct world *world_new(uint32_t cap)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    w->net = networks_new(&w->mem);
    w->all = fm_entities_new(&w->mem, &w->net, cap, 3);
    assert_non_null(w->all);
    return w;
}

static void world_free(struct world *w)
{
    fm_entities_free(w->all);
    networks_free(&w->net);
    assert_int_equal(w->mem.used_bytes, 0);
    free(w);
}

/* Meets the address, two-way, from this MAC (0: not seen). */
static fm_entity_id met(struct world *w, const char *addr, unsigned card, fm_time at)
{
    struct fm_addr a = ip(addr);
    struct fm_mac m = mac(card);
    struct fm_entity *entity = fm_entity_meet(w->all, 0, &a, card ? &m : NULL, true, at);

    return entity ? entity->id : 0;
}

static fm_entity_id of(const struct world *w, const char *addr)
{
    struct fm_addr a = ip(addr);
    struct fm_entity *entity = fm_entity_of_addr(w->all, 0, &a);

    return entity ? entity->id : 0;
}

static void an_address_is_one_entity(void **state)
{
    struct world *w = world_new(16);

    (void)state;
    fm_entity_id a = met(w, "10.0.0.1", 0, DAY0), b = met(w, "10.0.0.2", 0, DAY0);
    assert_true(a && b && a != b);
    assert_int_equal(met(w, "10.0.0.1", 0, DAY0 + FM_DAY), a);
    assert_int_equal(fm_entities_count(w->all), 2);
    assert_int_equal(met(w, "192.0.2.1", 0, DAY0), 0);
    assert_int_equal(met(w, "224.0.0.1", 0, DAY0), 0);
    assert_int_equal(met(w, "255.255.255.255", 0, DAY0), 0);
    struct fm_addr addr = ip("10.0.0.1");
    struct fm_entity *other = fm_entity_meet(w->all, 5, &addr, NULL, true, DAY0);
    assert_int_not_equal(other->id, a); /* another site, another host */
    assert_int_equal(other->site, 5);
    world_free(w);
}

static void a_lease_that_moves_ends_the_binding(void **state)
{
    struct world *w = world_new(16);

    (void)state;
    fm_entity_id a = met(w, "10.0.0.9", 1, DAY0);
    fm_entity_id b = met(w, "10.0.0.9", 2, DAY0 + FM_HOUR);
    assert_int_not_equal(a, b);
    assert_int_equal(of(w, "10.0.0.9"), b);
    struct fm_entity *old = fm_entity_find(w->all, a);
    assert_non_null(old); /* its state stays with it */
    assert_int_equal(old->addresses, 0);
    assert_int_equal(met(w, "10.0.0.7", 1, DAY0 + FM_HOUR), a); /* and comes back by its MAC */
    assert_int_equal(fm_entity_find(w->all, a)->evidence, FM_EVIDENCE_MAC);
    assert_true(fm_entity_find(w->all, a)->since == DAY0 + FM_HOUR);
    world_free(w);
}

static void a_card_that_changed_its_address_is_the_same_host(void **state)
{
    struct world *w = world_new(16);

    (void)state;
    fm_entity_id a = met(w, "10.0.0.9", 1, DAY0);
    assert_int_equal(met(w, "10.0.0.10", 1, DAY0 + FM_HOUR), a);
    assert_int_equal(met(w, "fe80::1", 1, DAY0 + FM_HOUR), a);
    assert_int_equal(met(w, "fd00::9", 1, DAY0 + FM_HOUR), a);
    const struct fm_entity *entity = fm_entity_find(w->all, a);
    struct fm_addr newest = ip("fd00::9");
    assert_int_equal(entity->addresses, 4);
    assert_true(fm_addr_equal(&entity->addr[0], &newest));
    assert_memory_equal(&entity->mac, mac(1).byte, 6);
    /* a fifth address: the oldest is left out of the list, but still leads here */
    assert_int_equal(met(w, "fd00::10", 1, DAY0 + FM_HOUR), a);
    assert_int_equal(entity->addresses, 4);
    assert_int_equal(of(w, "10.0.0.9"), a);
    assert_int_equal(fm_entities_count(w->all), 1);
    world_free(w);
}

static void an_address_without_evidence_joins_the_owner_of_its_card(void **state)
{
    struct world *w = world_new(16);

    (void)state;
    fm_entity_id a = met(w, "10.0.0.9", 1, DAY0);
    fm_entity_id lone = met(w, "fd00::9", 0, DAY0);
    assert_int_not_equal(lone, a);
    assert_int_equal(met(w, "fd00::9", 1, DAY0 + FM_SECOND), a);
    assert_int_equal(of(w, "fd00::9"), a);
    world_free(w);
}

static void two_addresses_at_a_time_are_a_routers(void **state)
{
    struct world *w = world_new(32);

    (void)state;
    fm_entity_id a = met(w, "10.0.1.1", 1, DAY0);
    assert_int_equal(met(w, "fd00::2", 1, DAY0), a); /* another host behind it: who can know yet */
    fm_entity_id b = met(w, "10.0.1.2", 1, DAY0 + FM_SECOND);
    assert_int_not_equal(a, b);
    assert_int_not_equal(met(w, "10.0.1.3", 1, DAY0 + 2 * FM_SECOND), b);
    assert_int_equal(met(w, "10.0.1.1", 1, DAY0 + 3 * FM_SECOND), a);
    fm_entity_id six = met(w, "fd00::2", 1, DAY0 + 4 * FM_SECOND);
    assert_true(six != a && six != b); /* what the router's MAC had bound together falls apart */
    struct fm_mac none = { { 0 } };
    assert_memory_equal(&fm_entity_find(w->all, a)->mac, &none, sizeof none);
    assert_int_equal(fm_entity_find(w->all, a)->evidence, FM_EVIDENCE_ADDRESS);
    /* a router's MAC proves nothing: the address keeps its host when the route changes */
    assert_int_equal(met(w, "10.0.1.2", 1, DAY0 + FM_HOUR), b);
    assert_int_equal(met(w, "10.0.1.2", 0, DAY0 + FM_HOUR), b);
    world_free(w);
}

static void many_ipv6_addresses_at_a_time_are_a_routers(void **state)
{
    struct world *w = world_new(64);
    char text[32];

    (void)state;
    for (unsigned i = 1; i <= 20; i++) {
        snprintf(text, sizeof text, "fd00::1:%x", i);
        met(w, text, 1, DAY0 + i * FM_SECOND);
    }
    for (unsigned i = 1; i <= 20; i++) {
        snprintf(text, sizeof text, "fd00::1:%x", i);
        met(w, text, 1, DAY0 + (20 + i) * FM_SECOND);
    }
    assert_int_equal(fm_entities_count(w->all), 20); /* one each */
    /* a host's own: link-local, stable and temporary ones, a new temporary one a day */
    fm_entity_id host = met(w, "fe80::2", 2, DAY0);
    for (unsigned day = 0; day < 30; day++)
        for (unsigned i = 0; i < 4; i++) {
            snprintf(text, sizeof text, "fd00::2:%x", i + (i == 3 ? day : 0));
            assert_int_equal(met(w, text, 2, DAY0 + day * FM_DAY + i), host);
        }
    world_free(w);
}

static void dhcp_moves_the_machine(void **state)
{
    struct world *w = world_new(16);
    struct fm_mac m = mac(1), group = { { 0x01, 0, 0x5e, 0, 0, 1 } };
    struct fm_addr to = ip("10.0.0.20"), out = ip("192.0.2.20");

    (void)state;
    fm_entity_id a = met(w, "10.0.0.9", 1, DAY0), b = met(w, "10.0.0.20", 2, DAY0);
    fm_entity_lease(w->all, 0, &m, &to, DAY0 + FM_MINUTE);
    assert_int_equal(of(w, "10.0.0.20"), a);
    assert_int_equal(fm_entity_find(w->all, b)->addresses, 0);
    /* sooner than a MAC's idle time, and yet no router: the lease explains it */
    assert_int_equal(met(w, "10.0.0.20", 1, DAY0 + 2 * FM_MINUTE), a);
    assert_memory_equal(&fm_entity_find(w->all, a)->mac, &m, sizeof m);
    fm_entity_lease(w->all, 0, &group, &to, DAY0);
    fm_entity_lease(w->all, 0, &m, &out, DAY0);
    assert_int_equal(of(w, "10.0.0.20"), a);
    assert_int_equal(fm_entities_count(w->all), 2);
    /* an address without a MAC yet becomes the machine's */
    fm_entity_id c = met(w, "10.0.0.30", 0, DAY0);
    struct fm_addr third = ip("10.0.0.30");
    m = mac(3);
    fm_entity_lease(w->all, 0, &m, &third, DAY0);
    assert_int_equal(of(w, "10.0.0.30"), c);
    assert_int_equal(fm_entity_find(w->all, c)->evidence, FM_EVIDENCE_DHCP);
    world_free(w);
}

static void a_dynamic_address_lives_a_day(void **state)
{
    struct world *w = world_new(16);

    (void)state;
    w->net.dynamic = prefixes(&w->mem, "10.8.0.0/16");
    fm_entity_id a = met(w, "10.8.0.1", 0, DAY0), proven = met(w, "10.8.0.2", 2, DAY0);
    assert_true(fm_entity_find(w->all, a)->flags & FM_ENTITY_DYNAMIC);
    assert_false(fm_entity_find(w->all, proven)->flags & FM_ENTITY_DYNAMIC);
    assert_int_equal(met(w, "10.8.0.1", 0, DAY0 + FM_DAY - 1), a);
    assert_int_not_equal(met(w, "10.8.0.1", 0, DAY0 + FM_DAY), a);
    assert_int_equal(met(w, "10.8.0.2", 2, DAY0 + 3 * FM_DAY), proven);
    world_free(w);
}

static void a_flood_of_forged_addresses_pushes_no_host_out(void **state)
{
    struct world *w = world_new(1000);
    fm_entity_id real[700];

    (void)state;
    for (unsigned i = 0; i < 700; i++) {
        struct fm_addr addr = inside(i + 1);
        struct fm_mac m = mac(i + 1);
        real[i] = fm_entity_meet(w->all, 0, &addr, &m, true, DAY0)->id;
    }
    for (unsigned i = 0; i < 100000; i++) {
        struct fm_addr addr = inside(0x10000 + i);
        struct fm_mac m = mac(0x10000 + i);
        fm_entity_meet(w->all, 0, &addr, &m, false, DAY0 + FM_SECOND);
    }
    assert_true(fm_entities_count(w->all) <= 700 + 250);
    for (unsigned i = 0; i < 700; i++) {
        struct fm_addr addr = inside(i + 1);
        const struct fm_entity *entity = fm_entity_of_addr(w->all, 0, &addr);
        assert_non_null(entity);
        assert_int_equal(entity->id, real[i]);
        assert_false(entity->flags & FM_ENTITY_PROBATION);
    }
    world_free(w);
}

static void in_a_full_table_forged_addresses_replace_one_another(void **state)
{
    struct world *w = world_new(100);
    unsigned left = 0;

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        struct fm_addr addr = inside(i + 1);
        fm_entity_meet(w->all, 0, &addr, NULL, true, DAY0);
    }
    for (unsigned i = 0; i < 10000; i++) {
        struct fm_addr addr = inside(0x10000 + i);
        fm_entity_meet(w->all, 0, &addr, NULL, false, DAY0);
    }
    for (unsigned i = 0; i < 100; i++) {
        struct fm_addr addr = inside(i + 1);
        left += fm_entity_of_addr(w->all, 0, &addr) != NULL;
    }
    assert_true(left >= 99);
    world_free(w);
}

static void an_answer_ends_probation(void **state)
{
    struct world *w = world_new(8); /* two on probation */
    struct fm_addr a = inside(1);

    (void)state;
    struct fm_entity *entity = fm_entity_meet(w->all, 0, &a, NULL, false, DAY0);
    fm_entity_id id = entity->id;
    assert_true(entity->flags & FM_ENTITY_PROBATION);
    entity = fm_entity_meet(w->all, 0, &a, NULL, true, DAY0);
    assert_false(entity->flags & FM_ENTITY_PROBATION);
    for (unsigned i = 2; i < 50; i++) {
        struct fm_addr addr = inside(i);
        fm_entity_meet(w->all, 0, &addr, NULL, false, DAY0);
    }
    assert_non_null(fm_entity_find(w->all, id));
    assert_int_equal(fm_entities_count(w->all), 3);
    world_free(w);
}

static void at_the_cap_the_longest_unseen_leaves(void **state)
{
    struct world *w = world_new(40);

    (void)state;
    fm_entity_id id[41];
    for (unsigned i = 1; i <= 40; i++) {
        struct fm_addr addr = inside(i);
        id[i] = fm_entity_meet(w->all, 0, &addr, NULL, true, DAY0 + i)->id;
    }
    for (unsigned i = 1; i <= 8; i++) /* open detections about the eight oldest */
        fm_entity_pin(w->all, id[i], true);
    struct fm_addr ninth = inside(9);
    fm_entity_meet(w->all, 0, &ninth, NULL, true, DAY0 + 41);
    for (unsigned i = 0; i < 25; i++) {
        struct fm_addr addr = inside(100 + i);
        assert_non_null(fm_entity_meet(w->all, 0, &addr, NULL, true, DAY0 + 100 + i));
        assert_int_equal(fm_entities_count(w->all), 40);
    }
    assert_int_equal(fm_entities_evicted(w->all), 25);
    for (unsigned i = 1; i <= 40; i++) {
        bool stays = i <= 9 || i > 34;
        assert_int_equal(fm_entity_find(w->all, id[i]) != NULL, stays);
    }
    for (unsigned i = 1; i <= 8; i++)
        fm_entity_pin(w->all, id[i], false);
    assert_false(fm_entity_find(w->all, id[1])->flags & FM_ENTITY_DETECTED);
    world_free(w);
}

static void those_with_detections_hold_a_quarter_at_most(void **state)
{
    struct world *w = world_new(40);
    unsigned left = 0;

    (void)state;
    for (unsigned i = 1; i <= 30; i++) {
        struct fm_addr addr = inside(i);
        fm_entity_pin(w->all, fm_entity_meet(w->all, 0, &addr, NULL, true, DAY0)->id, true);
    }
    for (unsigned i = 0; i < 400; i++) {
        struct fm_addr addr = inside(100 + i);
        assert_non_null(fm_entity_meet(w->all, 0, &addr, NULL, true, DAY0 + i));
    }
    for (fm_entity_id id = 1; id <= 30; id++)
        left += fm_entity_find(w->all, id) != NULL;
    assert_int_equal(left, 10);
    world_free(w);
}

static void a_forgotten_host_is_known_by_its_card_again(void **state)
{
    struct world *w = world_new(4);

    (void)state;
    fm_entity_id a = met(w, "10.0.0.1", 1, DAY0);
    for (unsigned i = 2; i <= 5; i++) {
        struct fm_addr addr = inside(i);
        fm_entity_meet(w->all, 0, &addr, NULL, true, DAY0);
    }
    assert_null(fm_entity_find(w->all, a));
    fm_entity_id again = met(w, "10.0.0.1", 1, DAY0 + FM_HOUR);
    assert_int_not_equal(again, a);
    assert_memory_equal(&fm_entity_find(w->all, again)->mac, mac(1).byte, 6);
    assert_int_equal(met(w, "fd00::1", 1, DAY0 + FM_HOUR), again);
    world_free(w);
}

static void many_machine_names_stand_for_many_hosts(void **state)
{
    static const char *const same[] = { "CL1$", "cl1", "cl1.office.example", "cl1.OFFICE" };
    struct world *w = world_new(4);

    (void)state;
    fm_entity_id id = met(w, "10.0.0.1", 0, DAY0);
    struct fm_entity *entity = fm_entity_find(w->all, id);
    for (unsigned i = 0; i < 4; i++)
        fm_entity_name(w->all, entity, FM_NAMED_BY_NTLM, same[i], strlen(same[i]));
    assert_false(entity->flags & FM_ENTITY_SHARED);
    assert_string_equal(entity->name, "cl1.office");
    fm_entity_name(w->all, entity, FM_NAMED_BY_KERBEROS, "cl2$", 4);
    fm_entity_name(w->all, entity, FM_NAMED_BY_NTLM, "cl3", 3); /* counted, but a lesser source */
    assert_string_equal(entity->name, "cl2$");
    assert_false(entity->flags & FM_ENTITY_SHARED);
    fm_entity_name(w->all, entity, FM_NAMED_BY_NTLM, "cl4", 3);
    assert_true(entity->flags & FM_ENTITY_SHARED);
    fm_entities_networks(w->all, &w->net); /* another policy does not undo what traffic showed */
    assert_true(entity->flags & FM_ENTITY_SHARED);
    world_free(w);
}

static void another_policy_holds_at_once(void **state)
{
    struct world *w = world_new(4);

    (void)state;
    struct fm_entity *entity = fm_entity_find(w->all, met(w, "10.0.0.1", 0, DAY0));
    fm_entity_learn_role(entity, FM_ROLE_RESOLVER);
    for (fm_entity_id client = 7; client < 10; client++)
        fm_entity_proxies(entity, client);
    assert_int_equal(entity->roles, 1u << FM_ROLE_RESOLVER | 1u << FM_ROLE_PROXY);
    w->net.role[FM_ROLE_SCANNER] = prefixes(&w->mem, "10.0.0.1");
    w->net.shared = prefixes(&w->mem, "10.0.0.0/24");
    fm_entities_networks(w->all, &w->net);
    assert_int_equal(entity->roles,
            1u << FM_ROLE_RESOLVER | 1u << FM_ROLE_PROXY | 1u << FM_ROLE_SCANNER);
    assert_true(entity->flags & FM_ENTITY_SHARED);
    fm_prefixes_free(w->net.role[FM_ROLE_SCANNER]);
    fm_prefixes_free(w->net.shared);
    w->net.role[FM_ROLE_SCANNER] = w->net.shared = NULL;
    fm_entities_networks(w->all, &w->net);
    assert_int_equal(entity->roles, 1u << FM_ROLE_RESOLVER | 1u << FM_ROLE_PROXY);
    assert_false(entity->flags & FM_ENTITY_SHARED);
    world_free(w);
}

static void one_client_or_two_make_no_proxy(void **state)
{
    struct fm_entity server = { 0 };

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        fm_entity_proxies(&server, 1 + i % 2);
    assert_int_equal(server.roles, 0);
    fm_entity_proxies(&server, 3);
    assert_int_equal(server.roles, 1u << FM_ROLE_PROXY);
}

static void what_was_saved_comes_back(void **state)
{
    struct world *w = world_new(8), *again = world_new(8);

    (void)state;
    met(w, "10.0.0.3", 0, DAY0);
    fm_entity_id id = met(w, "10.0.0.1", 1, DAY0);
    assert_int_equal(met(w, "fd00::1", 1, DAY0 + 1), id);
    struct fm_entity *entity = fm_entity_find(w->all, id);
    fm_entity_name(w->all, entity, FM_NAMED_BY_DHCP, "pc1", 3);
    fm_entity_pin(w->all, id, true);
    struct fm_entity saved = *entity;
    struct fm_entity *back = fm_entity_restore(again->all, &saved);
    assert_int_equal(back->detections, 0); /* detections are opened anew */
    assert_int_equal(back->flags, 0);
    assert_string_equal(back->name, "pc1");
    assert_int_equal(of(again, "10.0.0.1"), id);
    assert_int_equal(of(again, "fd00::1"), id);
    assert_memory_equal(back->addr, saved.addr, 2 * sizeof saved.addr[0]);
    assert_true(back->since == saved.since && back->last_seen == saved.last_seen);
    assert_int_equal(met(again, "10.0.0.8", 1, DAY0 + FM_DAY), id);     /* by its MAC */
    assert_int_equal(met(again, "10.0.0.4", 0, DAY0 + FM_DAY), id + 1); /* numbers go on */
    struct fm_entity broken = { .id = 77, .addresses = 200 };
    assert_non_null(fm_entity_restore(again->all, &broken));
    broken.id = 0;
    assert_null(fm_entity_restore(again->all, &broken));
    world_free(w);
    world_free(again);
}

static void survives_each_failed_allocation(void **state)
{
    (void)state;
    for (uint64_t n = 1, refused = 1; refused; n++) {
        struct fm_mem mem = { 0 };
        struct fm_networks net = networks_new(&mem);
        mem.fail_at = mem.calls + n;
        struct fm_entities *all = fm_entities_new(&mem, &net, 700, 1);
        for (unsigned i = 0; all && i < 1000; i++) {
            struct fm_addr addr = inside(i + 1);
            struct fm_mac m = mac(i + 1);
            fm_entity_meet(all, 0, &addr, &m, i % 3, DAY0 + i * FM_SECOND);
        }
        refused = mem.refused;
        fm_entities_free(all);
        networks_free(&net);
        assert_int_equal(mem.used_bytes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_one_entity),
        cmocka_unit_test(a_lease_that_moves_ends_the_binding),
        cmocka_unit_test(a_card_that_changed_its_address_is_the_same_host),
        cmocka_unit_test(an_address_without_evidence_joins_the_owner_of_its_card),
        cmocka_unit_test(two_addresses_at_a_time_are_a_routers),
        cmocka_unit_test(many_ipv6_addresses_at_a_time_are_a_routers),
        cmocka_unit_test(dhcp_moves_the_machine),
        cmocka_unit_test(a_dynamic_address_lives_a_day),
        cmocka_unit_test(a_flood_of_forged_addresses_pushes_no_host_out),
        cmocka_unit_test(in_a_full_table_forged_addresses_replace_one_another),
        cmocka_unit_test(an_answer_ends_probation),
        cmocka_unit_test(at_the_cap_the_longest_unseen_leaves),
        cmocka_unit_test(those_with_detections_hold_a_quarter_at_most),
        cmocka_unit_test(a_forgotten_host_is_known_by_its_card_again),
        cmocka_unit_test(many_machine_names_stand_for_many_hosts),
        cmocka_unit_test(another_policy_holds_at_once),
        cmocka_unit_test(one_client_or_two_make_no_proxy),
        cmocka_unit_test(what_was_saved_comes_back),
        cmocka_unit_test(survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
