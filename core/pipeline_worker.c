/* The threads of a pipeline: each runs its stages in turn, and waits where none has anything to do.
 */
#include "pipeline_parts.h"

#include "thread_control.h"
#include "velox/pause.h"

#include <sched.h>

/* At most 15 characters, and the stage that a profile is filtered by is in it. */
static const char *name_of(const worker *own)
{
    static const char *const names[VELOX_STAGES][VELOX_STAGES] = {
        [VELOX_STAGE_INGRESS] = {[VELOX_STAGE_INGRESS] = "velox-ingress",
                                 [VELOX_STAGE_BOOK] = "velox-ingr+book",
                                 [VELOX_STAGE_OUTPUT] = "velox-all"},
        [VELOX_STAGE_BOOK] =
            {[VELOX_STAGE_BOOK] = "velox-book", [VELOX_STAGE_BUNDLE] = "velox-book+bund"},
        [VELOX_STAGE_BUNDLE] =
            {[VELOX_STAGE_BUNDLE] = "velox-bundle", [VELOX_STAGE_OUTPUT] = "velox-bund+out"},
        [VELOX_STAGE_OUTPUT] = {[VELOX_STAGE_OUTPUT] = "velox-output"},
    };
    return names[own->first][own->last];
}

/* Looks once at each of its stages. */
static size_t poll_stages(worker *own, uint64_t *now_ns)
{
    return velox_stages_poll(own->pipeline, own->first, own->last, now_ns);
}

static bool is_done(const worker *own)
{
    /* The last of them ends last. */
    return stage_is_done(own->pipeline, own->last);
}

static void yield(worker *own)
{
    counter_add(own->pipeline, COUNTER_YIELDS, 1);
    sched_yield();
}

static void snooze(worker *own)
{
    velox_backoff *backoff = &own->backoff;
    velox_backoff_snooze(backoff);
    counter_add(own->pipeline, COUNTER_YIELDS, backoff->yields - own->yields_seen);
    counter_add(own->pipeline, COUNTER_PARKS, backoff->parks - own->parks_seen);
    own->yields_seen = backoff->yields;
    own->parks_seen = backoff->parks;
}

/* How long until one of its stages has something to do without anything coming in. */
static uint64_t left_ns(const worker *own, uint64_t now_ns)
{
    uint64_t next_ns = UINT64_MAX;
    for (velox_stage stage = own->first; stage <= own->last; stage++) {
        uint64_t of_stage_ns = own->pipeline->stages[stage].next_ns;
        next_ns = of_stage_ns < next_ns ? of_stage_ns : next_ns;
    }
    return next_ns > now_ns ? next_ns - now_ns : 0;
}

/* Sleeps until a neighbour wakes it, or its time has come; not at all if there is something to do
 * after all. */
static void park(worker *own)
{
    velox_parker_prepare(&own->parker);
    uint64_t now_ns = velox_clock_now_ns(&own->pipeline->clock);
    if (poll_stages(own, &now_ns) > 0 || is_done(own)) {
        velox_parker_cancel(&own->parker);
        velox_backoff_reset(&own->backoff);
        return;
    }
    uint64_t longest_ns = left_ns(own, now_ns);
    counter_add(own->pipeline, COUNTER_PARKS, 1);
    velox_parker_wait(&own->parker, longest_ns < VELOX_PIPELINE_PARK_MAX_NS
                                        ? longest_ns
                                        : VELOX_PIPELINE_PARK_MAX_NS);
}

/* A moment's wait, longer each time in a row. */
static void wait_a_moment(worker *own, uint64_t now_ns)
{
    velox_wait wait = own->pipeline->options.wait;
    uint64_t longest_ns = left_ns(own, now_ns);
    bool soon = longest_ns < VELOX_PIPELINE_PARK_MIN_NS;
    if (longest_ns == 0)
        return;
    if (wait == VELOX_WAIT_SPIN)
        velox_pause();
    else if (!velox_backoff_parks(&own->backoff))
        snooze(own);
    else if (soon || wait == VELOX_WAIT_YIELD)
        yield(own);
    else if (wait == VELOX_WAIT_SLEEP)
        snooze(own);
    else
        park(own);
}

void *velox_worker_run(void *argument)
{
    worker *own = argument;
    velox_pipeline *pipeline = own->pipeline;
    unsigned cpus = velox_thread_cpus();
    velox_backoff_init(&own->backoff, pipeline->options.threads > cpus ? VELOX_BACKOFF_SPINS_SHARED
                                                                       : VELOX_BACKOFF_SPINS);
    velox_thread_name(name_of(own));
    velox_thread_precise_timers();
    if (pipeline->options.pin && velox_thread_pin(own->number) != 0)
        counter_add(pipeline, COUNTER_UNPINNED, 1);

    while (!is_done(own)) {
        uint64_t now_ns = velox_clock_now_ns(&pipeline->clock);
        if (poll_stages(own, &now_ns) > 0)
            velox_backoff_reset(&own->backoff);
        else
            wait_a_moment(own, now_ns);
    }
    return NULL;
}
