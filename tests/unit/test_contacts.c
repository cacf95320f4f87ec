/* The family contacts: who is met, whose bytes are followed, what is different, who leaves, and
 * that the order of adding does not matter. */
#include "sight.h"

#include "detect/contacts.h"
#include "base/hash.h"

enum { WINDOW };

/* What this test's detector is told by a TLS record: "meet.W.ITEM" makes a contact, with an item
 * worth W; "more.W.ITEM" adds to one that is there. */
static bool look(const struct fm_context *ctx, const struct fm_obs *obs,
        struct fm_contact_note *out)
{
    size_t len;

    if (obs->what != FM_OBS_TX || obs->rec->kind != FM_TLS)
        return false;
    const struct fm_tls *tls = fm_body(obs->rec);
    const char *name = fm_rec_str(obs->rec, tls->sni, &len);
    out->meets = !strncmp(name, "meet", 4);
    out->worth = out->load = (uint32_t)(name[5] - '0');
    out->item = fm_hash(ctx->seed, name + 7, len - 7);
    out->signs = 1u << out->worth;
    out->sum[0] = 1;
    out->sessions = 1;
    return true;
}

static const struct fm_param params[] = {
    [WINDOW] = { "window", FM_SPAN, 60, 86400, 3600, "of the load" },
    { .name = NULL },
};
static const struct fm_term terms[] = { { .name = NULL } };
static const struct fm_contacts_spec spec = { .look = look, .window = WINDOW, .follows = true };

static bool judge(const struct fm_sight *in, struct fm_finding *out)
{
    (void)in;
    (void)out;
    return false;
}

static const struct fm_detector detector = { .name = "contacts_test", .family = &fm_contacts,
    .contacts = &spec, .params = params, .terms = terms, .starts = FM_LIVE, .judge = judge };

static struct pair pair_of(unsigned server)
{
    struct pair p = { .client = inside(1), .server = outside(server), .sport = 443,
        .cport = (uint16_t)(30000 + server) };

    return p;
}

static void open_flow(struct sight *s, fm_time at, unsigned server)
{
    struct pair p = pair_of(server);

    sight_take(s, rec_new(&s->scene->space, at, &p));
    sight_take(s, rec_answer(&s->scene->space, at, at, &p, FM_ANSWERED));
}

static void move(struct sight *s, fm_time at, unsigned server, uint64_t out, uint64_t in)
{
    struct pair p = pair_of(server);

    sight_take(s, rec_bytes(&s->scene->space, FM_FLOW_UPDATE, at, at, &p, out, in));
}

static void say(struct sight *s, fm_time at, unsigned server, const char *name)
{
    struct pair p = pair_of(server);

    sight_take(s, rec_tls(&s->scene->space, at, &p, name));
}

static const struct fm_contacts_state *state_of(const struct sight *s)
{
    assert_non_null(s->last);
    return (const void *)s->last->bytes;
}

static const struct fm_contact *contact_of(const struct sight *s, unsigned server)
{
    const struct fm_contacts_state *state = state_of(s);
    struct fm_addr addr = outside(server);

    for (unsigned i = 0; i < FM_CONTACTS; i++)
        if (state->contact[i].used && fm_addr_equal(&state->contact[i].addr, &addr))
            return &state->contact[i];
    return NULL;
}

static void only_who_is_met_has_a_state(void **state)
{
    struct sight *s = sight_new(&detector);

    (void)state;
    open_flow(s, DAY0, 1);
    say(s, DAY0, 1, "more.3.a");
    move(s, DAY0 + FM_SECOND, 1, 100, 200);
    assert_null(s->last);
    say(s, DAY0 + FM_SECOND, 1, "meet.3.a");
    assert_int_equal(contact_of(s, 1)->sessions, 1);
    say(s, DAY0 + FM_SECOND, 1, "more.2.b");
    assert_int_equal(contact_of(s, 1)->sessions, 2);
    assert_null(contact_of(s, 2));
    sight_free(s);
}

/* Of the flow by which it was met all bytes count, of others those that come after. */
static void bytes_are_followed(void **state)
{
    struct sight *s = sight_new(&detector);

    (void)state;
    open_flow(s, DAY0, 1);
    move(s, DAY0 + FM_SECOND, 1, 100, 200);
    say(s, DAY0 + FM_SECOND, 1, "meet.1.a");
    move(s, DAY0 + 2 * FM_SECOND, 1, 10, 20);
    assert_int_equal(contact_of(s, 1)->bytes[FM_TO_SERVER], 110);
    assert_int_equal(contact_of(s, 1)->bytes[FM_TO_CLIENT], 220);
    open_flow(s, DAY0, 2);
    move(s, DAY0 + 3 * FM_SECOND, 2, 7, 7);
    assert_int_equal(contact_of(s, 1)->bytes[FM_TO_SERVER], 110);
    assert_true(contact_of(s, 1)->first == DAY0);
    assert_true(contact_of(s, 1)->last == DAY0 + 2 * FM_SECOND);
    sight_free(s);
}

static void different_items_are_worth_once(void **state)
{
    struct sight *s = sight_new(&detector);

    (void)state;
    open_flow(s, DAY0, 1);
    say(s, DAY0, 1, "meet.3.a");
    say(s, DAY0, 1, "meet.3.a");
    say(s, DAY0, 1, "meet.4.b");
    const struct fm_contact *c = contact_of(s, 1);
    assert_true(fm_distinct_query(&c->items) == 2);
    assert_int_equal(c->worth, 7);
    assert_int_equal(c->signs, 1u << 3 | 1u << 4);
    assert_int_equal(c->sum[0], 3);
    assert_int_equal(fm_bins_query(&c->load, DAY0 + FM_MINUTE), 10);
    assert_int_equal(fm_bins_query(&c->load, DAY0 + 2 * FM_HOUR), 0);
    sight_free(s);
}

/* The thirteenth pushes out who was seen longest ago; many items keep one that is busy. */
static void the_longest_unseen_leaves(void **state)
{
    struct sight *s = sight_new(&detector);

    (void)state;
    for (unsigned i = 0; i < FM_CONTACTS; i++) {
        open_flow(s, DAY0 + i * FM_SECOND, i);
        say(s, DAY0 + i * FM_SECOND, i, "meet.1.a");
    }
    for (char item = 'b'; item < 'z'; item++) {
        char name[] = "more.1.?";
        name[7] = item;
        say(s, DAY0 + 12 * FM_SECOND, 0, name);
    }
    open_flow(s, DAY0 + FM_MINUTE, 50);
    say(s, DAY0 + FM_MINUTE, 50, "meet.1.a");
    assert_non_null(contact_of(s, 0));
    assert_null(contact_of(s, 1));
    assert_non_null(contact_of(s, 2));
    assert_non_null(contact_of(s, 50));
    assert_int_equal(state_of(s)->dropped, 1);
    sight_free(s);
}

static void shuffled(struct sight *s, const unsigned *order, unsigned count)
{
    static const char *const words[] = { "meet.1.a", "meet.2.b", "meet.1.a", "meet.5.c",
        "meet.3.d" };

    for (unsigned i = 0; i < 3; i++)
        open_flow(s, DAY0, i);
    for (unsigned i = 0; i < count; i++)
        say(s, DAY0 + order[i] * FM_SECOND, order[i] % 3, words[order[i] % 5]);
}

static void order_does_not_matter(void **state)
{
    static const unsigned there[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 },
                          back[] = { 9, 3, 7, 1, 0, 5, 2, 8, 6, 4 };
    struct sight *a = sight_new(&detector), *b = sight_new(&detector);

    (void)state;
    shuffled(a, there, 10);
    shuffled(b, back, 10);
    for (unsigned i = 0; i < 3; i++) {
        const struct fm_contact *x = contact_of(a, i), *y = contact_of(b, i);
        assert_int_equal(x->worth, y->worth);
        assert_int_equal(x->signs, y->signs);
        assert_int_equal(x->sessions, y->sessions);
        assert_memory_equal(x->sum, y->sum, sizeof x->sum);
        assert_true(x->first == y->first && x->last == y->last);
        assert_int_equal(fm_bins_query(&x->load, DAY0 + FM_MINUTE),
                fm_bins_query(&y->load, DAY0 + FM_MINUTE));
    }
    sight_free(a);
    sight_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_who_is_met_has_a_state),
        cmocka_unit_test(bytes_are_followed),
        cmocka_unit_test(different_items_are_worth_once),
        cmocka_unit_test(the_longest_unseen_leaves),
        cmocka_unit_test(order_does_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
