/* Lives, threads and the engine's loop; see adapter.h for the order of calls.
 *
 * The engine and its clerk are management threads of Suricata's, made by the first logger
 * ThreadInit: not earlier, or a configuration test would leave a thread behind and the thread would
 * escape the sandbox.  Suricata ends management threads one by one in the order of their making,
 * after every producer has stopped and before the EVE files close: so the engine drains its rings
 * and finishes, then the clerk writes the rest, and nothing is lost.
 *
 * A thread that cannot start must not say so (Suricata would abort): it says one line and stands
 * still, and what is pushed is counted as dropped.
 */
#include "policy/policy.h"
#include "suricata/common/adapter.h"
#include "suricata/common/condition.h"

#include "detect-engine.h"

#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <time.h>

#define EVES_MAX 16
#define THREADS_MAX 1024
#define TURN_RECORDS 8192 /* of one ring before the next has its turn */
#define FEW_PART 4096 /* a nap after fewer records in a turn than ring_bytes / this */
#define NAP_LIVE_US 5000
#define NAP_FILE_US 500
#define CLERK_WAIT_MS 100
#define SILENT_AFTER (1 * FM_SECOND) /* a producer without packets so long counts as current */
#define COUNT_EVERY (1 * FM_SECOND)
#define WATCH_EVERY (5 * FM_SECOND)
#define MARKS_SLOTS 16384 /* 640 KiB: some 2,000 hosts that misbehave, at a quarter full */

struct source {
    struct fm_thread *thread;
    fm_time clock, moved;           /* its packet clock, and the wall clock when that last moved */
    uint64_t lost_told[FM_KINDS];
};

static struct {
    pthread_mutex_t lock;
    unsigned number;   /* of this life */
    unsigned contexts; /* sub-modules that have not been taken down */
    bool spawned;
    atomic_bool alive; /* the engine takes records */
    struct fm_settings settings;
    OutputJsonCtx *eve[EVES_MAX];
    unsigned eves;
    struct source source[THREADS_MAX];
    atomic_uint sources;
    struct fm_engine *engine;
    struct fm_clerk *clerk;
    struct fm_desk *desk;
    struct fm_marks *marks;
    uint16_t marks_set, marks_evicted; /* counters of the clerk's thread */
    struct fm_mailbox *mailbox; /* as long as the process: the socket's thread outlives lives */
} life = { .lock = PTHREAD_MUTEX_INITIALIZER };

static _Thread_local struct fm_thread *own;
static _Thread_local unsigned own_life;

unsigned fm_life_eves(OutputJsonCtx *const **eves)
{
    *eves = life.eve;
    return life.eves;
}

struct fm_mailbox *fm_life_mailbox(void)
{
    return life.mailbox;
}

struct fm_marks *fm_life_marks(void)
{
    return life.marks;
}

static fm_time wall_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (fm_time)now.tv_sec * FM_SECOND + now.tv_nsec / 1000;
}

/* Who sends the packets must not know where a table's rows lie. */
static uint64_t random_seed(void)
{
    uint64_t seed;

    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        seed = (uint64_t)wall_clock();
    return seed;
}

/* ---- contexts: a life begins and ends ---- */

/* Rules may name what the policy declares, and are loaded before the engine is made, which says
 * what is wrong with a policy. */
static void name_declared(void)
{
    struct fm_mem mem = { 0 };
    char error[1024];

    if (life.settings.policy[0] == '\0')
        return;
    struct fm_policy *policy =
            fm_policy_load(&mem, life.settings.policy, NULL, error, sizeof(error));
    if (policy == NULL)
        return;
    for (unsigned i = 0; i < policy->detectors; i++)
        if (policy->tuning[i].det->identity != 0 && !fm_names_declare(policy->tuning[i].det->name))
            fm_say(FM_SAY_WARNING,
                    "rules cannot name more declared detectors; start Suricata anew");
    fm_policy_free(policy);
}

static void life_begin(void)
{
    life.number++;
    fm_settings_read(&life.settings, fm_host_is_offline());
    if (!life.settings.enabled)
        return;
    if (life.mailbox == NULL)
        life.mailbox = fm_mailbox_new();
    name_declared();
    DetectEngineSetParseMetadata(); /* else rules keep theirs only where an eve-log asks for it */
    fm_host_enable();
    fm_host_hook_commands();
}

static void life_end(void)
{
    unsigned sources = atomic_load(&life.sources);

    for (unsigned i = 0; i < sources; i++) {
        struct fm_thread *thread = life.source[i].thread;
        fm_producer_free(thread->producer);
        SCJbFree(thread->jb);
        free(thread);
    }
    memset(life.source, 0, sources * sizeof(life.source[0]));
    atomic_store(&life.sources, 0);
    if (life.spawned)
        fm_bits_unregister();
    fm_marks_free(life.marks);
    life.marks = NULL;
    life.eves = 0;
    life.spawned = false;
}

static void context_free(OutputCtx *output)
{
    free(output);
    if (--life.contexts == 0)
        life_end();
}

/* A further eve-log adds an output, not a second telling of every packet. */
static bool is_first_eve(OutputJsonCtx *eve)
{
    for (unsigned i = 0; i < life.eves; i++)
        if (life.eve[i] == eve)
            return i == 0;
    if (life.eves == EVES_MAX) {
        fm_say(FM_SAY_WARNING, "more than 16 eve-logs ask for behavior; the rest get none");
        return false;
    }
    life.eve[life.eves++] = eve;
    return life.eves == 1;
}

OutputInitResult fm_life_context(SCConfNode *conf, OutputCtx *parent)
{
    OutputInitResult result = { NULL, false };
    OutputCtx *output = calloc(1, sizeof(*output));

    (void)conf;
    if (output == NULL)
        return result;
    if (life.contexts++ == 0)
        life_begin();
    output->data = life.settings.enabled && is_first_eve(parent->data) ? &life : NULL;
    output->DeInit = context_free;
    result.ctx = output;
    result.ok = true;
    return result;
}

/* ---- management threads ---- */

static void thread_name(ThreadVars *tv)
{
    prctl(PR_SET_NAME, tv->name, 0, 0, 0);
    snprintf(t_thread_name, sizeof(t_thread_name), "%s", tv->name);
    if (tv->thread_setup_flags)
        TmThreadSetupOptions(tv);
    tv->cap_flags = 0;
    SCDropCaps(tv);
}

static void *thread_done(ThreadVars *tv)
{
    TmThreadsSetFlag(tv, THV_RUNNING_DONE);
    TmThreadWaitForFlag(tv, THV_DEINIT);
    TmThreadsSetFlag(tv, THV_CLOSED);
    return NULL;
}

static void *thread_inert(ThreadVars *tv)
{
    StatsSetupPrivate(tv);
    TmThreadsSetFlag(tv, THV_INIT_DONE | THV_RUNNING);
    return thread_done(tv);
}

/* ---- counters of the engine ---- */

static const struct {
    const char *name;
    size_t at;
} gauges[] = {
    { "behavior.late", offsetof(struct fm_engine_counters, late) },
    { "behavior.early", offsetof(struct fm_engine_counters, early) },
    { "behavior.invalid", offsetof(struct fm_engine_counters, invalid) },
    { "behavior.doubles", offsetof(struct fm_engine_counters, doubles) },
    { "behavior.events", offsetof(struct fm_engine_counters, events) },
    { "behavior.coalesced", offsetof(struct fm_engine_counters, coalesced) },
    { "behavior.entities", offsetof(struct fm_engine_counters, entities) },
    { "behavior.flows", offsetof(struct fm_engine_counters, flows) },
    { "behavior.states", offsetof(struct fm_engine_counters, states) },
    { "behavior.detections", offsetof(struct fm_engine_counters, detections) },
    { "behavior.memuse", offsetof(struct fm_engine_counters, memory_bytes) },
    { "behavior.memuse_peak", offsetof(struct fm_engine_counters, memory_peak_bytes) },
};
#define GAUGES (sizeof(gauges) / sizeof(gauges[0]))

struct policy_watch {
    fm_time looked;
    uint64_t seen, loaded; /* stamps: at the last look; of what is in force */
};

struct count_ids {
    uint16_t record[FM_KINDS], lost, lag_ms, gauge[GAUGES];
};

static void counts_register(struct count_ids *ids, ThreadVars *tv)
{
    static char names[FM_KINDS][48]; /* Suricata keeps the pointer */

    for (int kind = 0; kind < FM_KINDS; kind++) {
        snprintf(names[kind], sizeof(names[kind]), "behavior.records.%s", fm_kind_name[kind]);
        ids->record[kind] = StatsRegisterCounter(names[kind], tv);
    }
    ids->lost = StatsRegisterCounter("behavior.lost", tv);
    ids->lag_ms = StatsRegisterCounter("behavior.lag_ms", tv);
    for (size_t i = 0; i < GAUGES; i++)
        ids->gauge[i] = StatsRegisterCounter(gauges[i].name, tv);
}

static void counts_set(const struct count_ids *ids, ThreadVars *tv)
{
    struct fm_engine_counters now;
    uint64_t lost = 0;

    fm_engine_counters(life.engine, &now);
    for (int kind = 0; kind < FM_KINDS; kind++) {
        StatsSetUI64(tv, ids->record[kind], now.records[kind]);
        lost += now.lost[kind];
    }
    StatsSetUI64(tv, ids->lost, lost);
    StatsSetUI64(tv, ids->lag_ms, now.lag > 0 ? (uint64_t)(now.lag / FM_MS) : 0);
    for (size_t i = 0; i < GAUGES; i++)
        StatsSetUI64(tv, ids->gauge[i], *(const uint64_t *)((const char *)&now + gauges[i].at));
}

/* ---- the engine's thread ---- */

static struct fm_engine *engine_make(void)
{
    const struct fm_settings *settings = &life.settings;
    struct fm_engine_config config = {
        .offline = settings->offline,
        .source = fm_host_source,
        .policy = settings->policy[0] ? settings->policy : NULL,
        .internal = settings->internal[0] ? settings->internal : NULL,
        .state_dir = settings->state_dir[0] ? settings->state_dir : NULL,
        .tape = settings->tape[0] ? settings->tape : NULL,
        .tape_bytes = settings->tape_bytes,
        .memcap_bytes = settings->memcap_bytes,
        .sensor = settings->sensor,
    };
    struct fm_outside outside = fm_desk_outside(&life.desk);
    char error[512] = "", line[640];

    if (!settings->offline)
        config.seed = random_seed();
    struct fm_engine *engine = fm_engine_new(&config, &outside, error, sizeof(error));
    if (engine == NULL) {
        snprintf(line, sizeof(line), "%s; running on without behavior", error);
        fm_say(FM_SAY_ERROR, line);
    }
    return engine;
}

static unsigned drain_ring(struct fm_ring *ring)
{
    const struct fm_rec *rec;
    unsigned taken = 0;

    while (ring != NULL && taken < TURN_RECORDS && (rec = fm_ring_peek(ring)) != NULL) {
        fm_engine_take(life.engine, rec);
        fm_ring_pop(ring);
        taken++;
    }
    return taken;
}

static void tell_lost(struct source *source)
{
    for (int kind = 0; kind < FM_KINDS; kind++) {
        uint64_t lost = atomic_load_explicit(&source->thread->producer->lost[kind],
                memory_order_relaxed);
        if (lost == source->lost_told[kind])
            continue;
        fm_engine_lost(life.engine, (enum fm_kind)kind, lost - source->lost_told[kind]);
        source->lost_told[kind] = lost;
    }
}

/* Where this producer's packet time stands; read before its rings are drained. */
static fm_time source_clock(struct source *source, fm_time wall)
{
    struct fm_producer *producer = source->thread->producer;
    struct fm_ring *ring = fm_producer_ring(producer, FM_RING_MAIN);

    if (!producer->clocked || ring == NULL)
        return wall;
    fm_time clock = fm_ring_clock(ring);
    if (clock != source->clock) {
        source->clock = clock;
        source->moved = wall;
    }
    return wall - source->moved >= SILENT_AFTER || clock > wall ? wall : clock;
}

static unsigned drain(bool live)
{
    unsigned sources = atomic_load_explicit(&life.sources, memory_order_acquire);
    fm_time wall = live ? wall_clock() : FM_NEVER;
    fm_time watermark = wall;
    unsigned taken = 0;
    bool full_turn = false;

    for (unsigned i = 0; live && i < sources; i++) {
        fm_time clock = source_clock(&life.source[i], wall);
        watermark = clock < watermark ? clock : watermark;
    }
    for (unsigned i = 0; i < sources; i++) {
        for (int which = 0; which < FM_RINGS; which++) {
            unsigned n = drain_ring(fm_producer_ring(life.source[i].thread->producer, which));
            full_turn = full_turn || n == TURN_RECORDS;
            taken += n;
        }
        tell_lost(&life.source[i]);
    }
    if (live && !full_turn)
        fm_engine_watermark(life.engine, watermark);
    return taken;
}

/** Reads the policy again when its files were replaced and have then been left alone for a look, so
 *  that nothing is read half-written. */
static void watch_policy(struct policy_watch *watch, fm_time wall)
{
    const char *path = life.settings.policy;

    if (path == NULL || (wall - watch->looked < WATCH_EVERY && wall >= watch->looked))
        return;
    watch->looked = wall;
    uint64_t stamp = fm_policy_stamp(path);
    bool settled = stamp == watch->seen;
    watch->seen = stamp;
    if (watch->loaded == 0)
        watch->loaded = stamp;
    if (!settled || stamp == watch->loaded || stamp == 0)
        return;
    char bytes[512];
    struct fm_text answer;
    fm_text_init(&answer, bytes, sizeof bytes);
    bool ok = fm_engine_ask(life.engine, FM_ASK_RELOAD, &answer);
    if (ok)
        SCLogNotice("furumai: policy was replaced: %s", bytes);
    else
        SCLogWarning("furumai: %s", bytes);
    watch->loaded = stamp;
}

static void engine_loop(ThreadVars *tv, const struct count_ids *ids)
{
    bool live = !life.settings.offline;
    unsigned few = (unsigned)(life.settings.ring_bytes / FEW_PART);
    fm_time counted = 0;
    struct policy_watch watch = { 0 };

    for (;;) {
        if (TmThreadsCheckFlag(tv, THV_PAUSE))
            fm_host_pause(tv);
        bool kill = TmThreadsCheckFlag(tv, THV_KILL); /* before draining: nothing comes after it */
        unsigned taken = drain(live);
        fm_mailbox_answer(life.mailbox, life.engine);
        fm_time wall = wall_clock();
        if (wall - counted >= COUNT_EVERY || wall < counted) {
            counts_set(ids, tv);
            counted = wall;
        }
        if (live)
            watch_policy(&watch, wall);
        StatsSyncCountersIfSignalled(tv);
        if (kill && taken == 0)
            return;
        if (!kill && taken < few) /* a turn costs as much as some of them */
            usleep(live ? NAP_LIVE_US : NAP_FILE_US);
    }
}

static void finish_progress(void *arg, unsigned pct)
{
    (void)pct;
    StatsSyncCountersIfSignalled((ThreadVars *)arg);
}

static void *engine_main(void *arg)
{
    ThreadVars *tv = arg;
    struct count_ids ids;

    thread_name(tv);
    life.engine = engine_make();
    if (life.engine == NULL)
        return thread_inert(tv);
    life.clerk = fm_engine_clerk(life.engine);
    counts_register(&ids, tv);
    StatsSetupPrivate(tv);
    atomic_store_explicit(&life.alive, true, memory_order_release);
    TmThreadsSetFlag(tv, THV_INIT_DONE | THV_RUNNING);
    engine_loop(tv, &ids);
    atomic_store_explicit(&life.alive, false, memory_order_release);
    fm_mailbox_answer(life.mailbox, NULL);
    fm_engine_finish(life.engine, finish_progress, tv);
    counts_set(&ids, tv);
    StatsSyncCounters(tv);
    return thread_done(tv);
}

/* ---- counters of the marks: the clerk's, who writes them ---- */

static void marks_count_register(ThreadVars *tv)
{
    if (life.marks == NULL)
        return;
    life.marks_set = StatsRegisterCounter("behavior.marks.set", tv);
    life.marks_evicted = StatsRegisterCounter("behavior.marks.evicted", tv);
}

static void marks_count(ThreadVars *tv)
{
    if (life.marks == NULL)
        return;
    struct fm_marks_counters now = fm_marks_counters(life.marks);
    StatsSetUI64(tv, life.marks_set, now.set);
    StatsSetUI64(tv, life.marks_evicted, now.evicted);
}

/* ---- the clerk's thread: told to end only after the engine's has been joined ---- */

static void *clerk_main(void *arg)
{
    ThreadVars *tv = arg;

    thread_name(tv);
    life.desk = fm_desk_new(tv);
    marks_count_register(tv);
    StatsSetupPrivate(tv);
    TmThreadsSetFlag(tv, THV_INIT_DONE | THV_RUNNING);
    for (;;) {
        if (TmThreadsCheckFlag(tv, THV_PAUSE))
            fm_host_pause(tv);
        bool kill = TmThreadsCheckFlag(tv, THV_KILL);
        unsigned done = fm_clerk_work(life.clerk, CLERK_WAIT_MS);
        marks_count(tv);
        StatsSyncCountersIfSignalled(tv);
        if (kill && done == 0 && fm_clerk_idle(life.clerk))
            break;
    }
    StatsSyncCounters(tv);
    fm_engine_free(life.engine);
    life.engine = NULL;
    life.clerk = NULL;
    fm_desk_free(life.desk);
    life.desk = NULL;
    return thread_done(tv);
}

/* ---- start ---- */

static void make_marks(void)
{
    if (fm_host_keyword() < 0)
        return;
    life.marks = fm_marks_new(MARKS_SLOTS, fm_names(), FM_MARK_STANDS, random_seed());
    if (life.marks == NULL)
        fm_say(FM_SAY_ERROR, "out of memory: no rule with the keyword behavior will match");
}

static bool spawn(const char *name, void *(*run)(void *))
{
    ThreadVars *tv = TmThreadCreateMgmtThread(name, run, 0);

    if (tv != NULL && TmThreadSpawn(tv) == TM_ECODE_OK)
        return true;
    fm_say(FM_SAY_ERROR, "cannot start the thread of the engine; running on without behavior");
    return false;
}

/* Before any thread reads packets.  A test of the configuration does not come here, and would give
 * nothing back. */
static void start(void)
{
    fm_bits_register();
    make_marks();
    if (life.mailbox == NULL) {
        fm_say(FM_SAY_ERROR, "out of memory; running on without behavior");
        return;
    }
    if (spawn("BH#01", engine_main) && life.engine != NULL && !spawn("BC#01", clerk_main))
        atomic_store_explicit(&life.alive, false, memory_order_release);
}

/* ---- packet threads ---- */

static struct fm_thread *thread_new(ThreadVars *tv)
{
    bool recycler = strncmp(tv->name, thread_name_flow_rec, strlen(thread_name_flow_rec)) == 0;
    struct fm_thread *thread = calloc(1, sizeof(*thread));

    if (thread == NULL)
        return NULL;
    thread->tv = tv;
    thread->hello_seed = random_seed();
    thread->producer = fm_producer_new(life.settings.ring_bytes,
            life.settings.offline || recycler, !recycler, &life.alive);
    thread->jb = SCJbNewObject();
    if (thread->producer == NULL || thread->jb == NULL) {
        fm_producer_free(thread->producer);
        SCJbFree(thread->jb);
        free(thread);
        return NULL;
    }
    thread->count_pushed = StatsRegisterCounter("behavior.ring.pushed", tv);
    thread->count_waited = StatsRegisterCounter("behavior.ring.waited", tv);
    thread->count_shed = StatsRegisterCounter("behavior.ring.shed", tv);
    thread->count_dropped = StatsRegisterCounter("behavior.ring.dropped", tv);
    return thread;
}

static struct fm_thread *thread_own(ThreadVars *tv)
{
    if (own != NULL && own_life == life.number)
        return own;
    unsigned at = atomic_load(&life.sources);
    own = at < THREADS_MAX ? thread_new(tv) : NULL;
    own_life = life.number;
    if (own == NULL) {
        fm_say(FM_SAY_ERROR, "out of memory or more than 1024 threads; one goes unwatched");
        return NULL;
    }
    life.source[at] = (struct source){ .thread = own, .clock = INT64_MIN };
    atomic_store_explicit(&life.sources, at + 1, memory_order_release);
    return own;
}

TmEcode fm_life_thread(ThreadVars *tv, const void *initdata, void **data)
{
    *data = NULL;
    if (((const OutputCtx *)initdata)->data == NULL)
        return TM_ECODE_OK;
    pthread_mutex_lock(&life.lock);
    *data = thread_own(tv);
    bool first = !life.spawned;
    life.spawned = true;
    pthread_mutex_unlock(&life.lock);
    if (first)
        start();
    return TM_ECODE_OK;
}

void fm_thread_push(struct fm_thread *thread, struct fm_rec *rec)
{
    switch (fm_producer_push(thread->producer, rec)) {
    case FM_PUSHED_LATE:
        StatsIncr(thread->tv, thread->count_waited);
        StatsIncr(thread->tv, thread->count_pushed);
        break;
    case FM_PUSHED:
        StatsIncr(thread->tv, thread->count_pushed);
        break;
    case FM_SHED:
        StatsIncr(thread->tv, thread->count_shed);
        break;
    case FM_DROPPED:
        StatsIncr(thread->tv, thread->count_dropped);
        break;
    }
}
