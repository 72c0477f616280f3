/*
 * The pipeline on one thread, stage by stage: what comes out, when bundles leave, what is dropped,
 * and that a fault is told. Latencies are pipeline_latency_test.c, threads pipeline_stress_test.c.
 */
#include "test_poll.h"

#include "pipeline_parts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static int allocations_left = -1; /* negative: as many as are wanted */

void *__real_aligned_alloc(size_t alignment, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);
static bool may_allocate(void)
{
    return allocations_left < 0 || allocations_left-- > 0;
}

void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
    return may_allocate() ? __real_aligned_alloc(alignment, bytes) : NULL;
}

/* With a source of the test's own, and no sink. */
static velox_pipeline *make_from(const velox_pipeline_options *options,
                                 size_t (*next)(void *, velox_transaction *, size_t), void *context)
{
    const velox_source source = {.next = next, .context = context};
    velox_pipeline *pipeline = NULL;
    assert_int_equal(velox_pipeline_create(options, &source, NULL, &pipeline), 0);
    return pipeline;
}

static void options_out_of_range_are_refused(void **state)
{
    (void)state;
    checked_flow flow;
    checked_flow_init(&flow, 1, 1024, 1);
    const velox_source source = {.next = checked_flow_next, .context = &flow};
    velox_pipeline_options options[13];
    for (size_t i = 0; i < 13; i++)
        options[i] = unpaced();
    options[0].ring_capacity = 0;
    options[1].ring_capacity = 3;
    options[2].levels = 0;
    options[3].levels = UINT32_MAX;
    options[4].first_tick = UINT32_MAX;
    options[5].threads = 0;
    options[6].threads = VELOX_STAGES + 1;
    options[7].wait = (velox_wait)4;
    options[8].rate_per_sec = -1;
    options[9].rate_per_sec = NAN;
    options[10].rate_per_sec = 1e9;
    options[11].rate_per_sec = 0.5;
    options[12].sample_every = UINT64_C(1) << 32;
    for (size_t i = 0; i < 13; i++) {
        velox_pipeline *pipeline = NULL;
        assert_int_equal(velox_pipeline_create(&options[i], &source, NULL, &pipeline), -EINVAL);
        assert_null(pipeline);
    }
}

static void each_failed_allocation_is_reported_and_leaves_nothing(void **state)
{
    (void)state;
    checked_flow flow;
    checked_flow_init(&flow, 1, 1024, 1);
    const velox_source source = {.next = checked_flow_next, .context = &flow};
    velox_pipeline_options options = unpaced();
    options.spans = 10;
    for (int possible = 0;; possible++) {
        velox_pipeline *pipeline = NULL;
        allocations_left = possible;
        int status = velox_pipeline_create(&options, &source, NULL, &pipeline);
        allocations_left = -1;
        velox_pipeline_free(pipeline);
        if (status == 0) {
            /* Itself, three rings, book, bundler, counters, times; spans, theirs and those kept. */
            assert_int_equal(possible, 11);
            return;
        }
        assert_int_equal(status, -ENOMEM);
        assert_null(pipeline);
    }
}

static void every_transaction_comes_out_once_in_order_and_unchanged(void **state)
{
    (void)state;
    const uint32_t capacities[] = {2, 4, 16, 64, 4096};
    for (size_t i = 0; i < sizeof capacities / sizeof capacities[0]; i++) {
        checked_flow flow;
        checked_flow_init(&flow, i, 1024, 10007);
        velox_pipeline_options options = unpaced();
        options.ring_capacity = capacities[i];
        velox_pipeline *pipeline = make_checked(&options, &flow);
        poll_to_the_end(pipeline);
        assert_all_came_out(pipeline, &flow);
        assert_int_equal(flow.taken, 10007);
        velox_pipeline_free(pipeline);
    }
}

static void full_bundles_leave_full_and_the_rest_when_it_ends(void **state)
{
    (void)state;
    checked_flow flow;
    checked_flow_init(&flow, 1, 1024, 10 * VELOX_BUNDLE_CAPACITY + 3);
    velox_pipeline_options options = unpaced();
    velox_pipeline *pipeline = make_checked(&options, &flow);
    poll_to_the_end(pipeline);
    velox_pipeline_statistics statistics = read_statistics(pipeline);
    assert_int_equal(statistics.bundles[VELOX_BUNDLE_FULL], 10);
    assert_int_equal(statistics.bundles[VELOX_BUNDLE_DRAIN], 1);
    assert_int_equal(flow.bundles, 11);
    velox_pipeline_free(pipeline);
}

/* A source that gives one transaction each time it is let. */
typedef struct {
    velox_feed feed;
    bool let;
} tap;

static size_t next_of_tap(void *context, velox_transaction *transactions, size_t count)
{
    tap *own = context;
    (void)count;
    velox_feed_next(&own->feed, transactions, 1);
    transactions[0].ingress_ns = own->let ? 0 : UINT64_MAX / 2;
    own->let = false;
    return 1;
}

/* One transaction, and polls until nothing more happens; how many bundles had left then. */
static uint64_t bundles_after_one(bool flush_when_idle, uint64_t flush_after_ns, uint8_t reason)
{
    tap own = {.let = true};
    velox_feed_init(&own.feed, 1, 0, 1024);
    velox_pipeline_options options = unpaced();
    options.source_times = true;
    options.flush_when_idle = flush_when_idle;
    options.flush_after_ns = flush_after_ns;
    velox_pipeline *pipeline = make_from(&options, next_of_tap, &own);
    while (velox_pipeline_poll(pipeline))
        ;
    velox_pipeline_statistics statistics = read_statistics(pipeline);
    uint64_t left = statistics.bundles[reason];
    velox_pipeline_stop(pipeline);
    poll_to_the_end(pipeline);
    assert_null(velox_pipeline_fault(pipeline));
    statistics = read_statistics(pipeline);
    assert_int_equal(statistics.stages[VELOX_STAGE_OUTPUT].out, 1);
    assert_int_equal(statistics.bundles[VELOX_BUNDLE_DRAIN], 1 - left);
    velox_pipeline_free(pipeline);
    return left;
}

static void a_part_filled_bundle_leaves_when_idle_if_that_is_asked_for(void **state)
{
    (void)state;
    assert_int_equal(bundles_after_one(true, UINT64_MAX, VELOX_BUNDLE_IDLE), 1);
}

static void a_part_filled_bundle_leaves_when_its_time_is_up(void **state)
{
    (void)state;
    assert_int_equal(bundles_after_one(false, 0, VELOX_BUNDLE_TIME), 1);
}

static void a_part_filled_bundle_waits_for_more_otherwise_and_leaves_at_the_stop(void **state)
{
    (void)state;
    assert_int_equal(bundles_after_one(false, UINT64_MAX, VELOX_BUNDLE_TIME), 0);
}

static void a_rate_and_a_duration_give_the_exact_number(void **state)
{
    (void)state;
    const double rates[] = {300000, 1e6, 333333.25};
    const uint64_t numbers[] = {3000, 10000, 3334}; /* due at 0, and before 10 ms */
    for (size_t i = 0; i < 3; i++) {
        checked_flow flow;
        checked_flow_init(&flow, 1, 1024, UINT64_MAX);
        velox_pipeline_options options = unpaced();
        options.rate_per_sec = rates[i];
        options.duration_ns = 10000000;
        velox_pipeline *pipeline = make_checked(&options, &flow);
        poll_to_the_end(pipeline);
        assert_all_came_out(pipeline, &flow);
        velox_pipeline_statistics statistics = read_statistics(pipeline);
        /* A machine that stands still for long may leave some behind, but none uncounted. */
        assert_int_equal(statistics.stages[VELOX_STAGE_INGRESS].in, numbers[i]);
        assert_int_equal(statistics.stages[VELOX_STAGE_INGRESS].out +
                             statistics.stages[VELOX_STAGE_INGRESS].dropped,
                         numbers[i]);
        velox_pipeline_free(pipeline);
    }
}

/* On a time line of the test's own, whose polls are far apart. */
static void slow_rates_give_the_exact_number_too(void **state)
{
    (void)state;
    const double rates[] = {1, 3, 7, 700, 953.7};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        checked_flow flow;
        checked_flow_init(&flow, 1, 1024, UINT64_MAX);
        velox_pipeline_options options = unpaced();
        options.rate_per_sec = rates[i];
        options.duration_ns = 1000000000;
        velox_pipeline *pipeline = make_checked(&options, &flow);
        velox_ingress_poll(pipeline, 1000);
        velox_ingress_poll(pipeline, 1000 + options.duration_ns);
        assert_true(stage_is_done(pipeline, VELOX_STAGE_INGRESS));
        assert_int_equal(read_statistics(pipeline).stages[VELOX_STAGE_INGRESS].out,
                         (uint64_t)ceil(rates[i]));
        velox_pipeline_free(pipeline);
    }
}

static void what_is_late_at_the_end_is_dropped_to_the_last_one_without_fetching_it(void **state)
{
    (void)state;
    checked_flow flow;
    checked_flow_init(&flow, 1, 1024, UINT64_MAX);
    velox_pipeline_options options = unpaced();
    options.ring_capacity = 16;
    options.rate_per_sec = 1e8;
    options.duration_ns = 1000000000;
    velox_pipeline *pipeline = make_checked(&options, &flow);
    velox_ingress_poll(pipeline, 1000);
    velox_ingress_poll(pipeline, 1000 + options.duration_ns);
    assert_true(stage_is_done(pipeline, VELOX_STAGE_INGRESS));
    velox_pipeline_statistics statistics = read_statistics(pipeline);
    assert_int_equal(statistics.stages[VELOX_STAGE_INGRESS].in, 100000000);
    assert_int_equal(statistics.stages[VELOX_STAGE_INGRESS].out, 16);
    assert_int_equal(statistics.stages[VELOX_STAGE_INGRESS].dropped, 100000000 - 16);
    assert_true(flow.given < 200);
    poll_to_the_end(pipeline);
    assert_all_came_out(pipeline, &flow);
    velox_pipeline_free(pipeline);
}

static void a_stop_drops_what_was_due_and_finds_no_room_and_nothing_else(void **state)
{
    (void)state;
    checked_flow flow;
    checked_flow_init(&flow, 1, 1024, UINT64_MAX);
    velox_pipeline_options options = unpaced();
    options.ring_capacity = 16;
    options.rate_per_sec = 1e6;
    velox_pipeline *pipeline = make_checked(&options, &flow);
    velox_ingress_poll(pipeline, 1000);
    velox_pipeline_stop(pipeline);
    velox_ingress_poll(pipeline, 1000 + 500000); /* 500 are due, the first among them */
    assert_true(stage_is_done(pipeline, VELOX_STAGE_INGRESS));
    velox_pipeline_statistics statistics = read_statistics(pipeline);
    assert_int_equal(statistics.stages[VELOX_STAGE_INGRESS].out, 16);
    assert_int_equal(statistics.stages[VELOX_STAGE_INGRESS].dropped, 500 - 16);
    velox_pipeline_free(pipeline);
}

typedef struct {
    velox_feed feed;
    unsigned asked;
    unsigned given;
} hesitant;

/* One in three times it has something, three times in all. */
static size_t next_of_hesitant(void *context, velox_transaction *transactions, size_t count)
{
    hesitant *own = context;
    (void)count;
    if (own->given == 3)
        return 0;
    if (own->asked++ % 3 != 2)
        return VELOX_SOURCE_IDLE;
    velox_feed_next(&own->feed, transactions, 1);
    own->given++;
    return 1;
}

static void an_idle_source_is_asked_again_until_it_ends(void **state)
{
    (void)state;
    const double rates[] = {0, 1e6};
    for (size_t i = 0; i < 2; i++) {
        hesitant own = {.given = 0};
        velox_feed_init(&own.feed, 1, 0, 1024);
        velox_pipeline_options options = unpaced();
        options.rate_per_sec = rates[i];
        velox_pipeline *pipeline = make_from(&options, next_of_hesitant, &own);
        poll_to_the_end(pipeline);
        assert_null(velox_pipeline_fault(pipeline));
        assert_int_equal(read_statistics(pipeline).stages[VELOX_STAGE_OUTPUT].out, 3);
        assert_int_equal(own.asked, 9);
        velox_pipeline_free(pipeline);
    }
}

/* The same transaction again and again, due at the start. */
static size_t next_at_once(void *context, velox_transaction *transactions, size_t count)
{
    uint64_t *given = context;
    for (size_t i = 0; i < count; i++)
        transactions[i] = (velox_transaction){.quantity = 1, .kind = i % 2};
    *given += count;
    return count;
}

/* A thousand in all are due within the first millisecond. */
static uint64_t rest_of_a_thousand(void *context, uint64_t before_ns)
{
    const uint64_t *given = context;
    return before_ns > 1000000 ? 1000 - *given : 0;
}

static void
what_was_due_by_its_own_time_and_not_accepted_is_dropped_as_far_as_the_source_tells(void **state)
{
    (void)state;
    const struct {
        uint64_t (*rest)(void *, uint64_t);
        uint64_t end_ns, transactions, expected; /* 0: as many as were given */
    } ends[] = {{NULL, 1000000000, 0, 0},
                {rest_of_a_thousand, 1000000000, 0, 1000},
                {rest_of_a_thousand, 900000, 0, 0},
                {rest_of_a_thousand, 1000000000, 300, 300}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        uint64_t given = 0;
        velox_pipeline_options options = unpaced();
        options.ring_capacity = 16;
        options.source_times = true;
        options.rate_per_sec = 100000; /* which is not looked at */
        options.transactions = ends[i].transactions;
        const velox_source source = {next_at_once, &given, ends[i].rest};
        velox_pipeline *pipeline = NULL;
        assert_int_equal(velox_pipeline_create(&options, &source, NULL, &pipeline), 0);
        velox_ingress_poll(pipeline, 1000);
        velox_pipeline_stop(pipeline);
        velox_ingress_poll(pipeline, ends[i].end_ns);
        assert_true(stage_is_done(pipeline, VELOX_STAGE_INGRESS));
        const velox_pipeline_statistics statistics = read_statistics(pipeline);
        assert_int_equal(statistics.stages[VELOX_STAGE_INGRESS].in,
                         ends[i].expected > 0 ? ends[i].expected : given);
        assert_int_equal(statistics.stages[VELOX_STAGE_INGRESS].out, 16);
        velox_pipeline_free(pipeline);
    }
}

static void what_an_idle_source_never_had_is_not_dropped(void **state)
{
    (void)state;
    hesitant own = {.given = 0};
    velox_feed_init(&own.feed, 1, 0, 1024);
    velox_pipeline_options options = unpaced();
    options.rate_per_sec = 1e6;
    velox_pipeline *pipeline = make_from(&options, next_of_hesitant, &own);
    velox_ingress_poll(pipeline, 1000);
    velox_pipeline_stop(pipeline);
    velox_ingress_poll(pipeline, 1000000000);
    assert_int_equal(read_statistics(pipeline).stages[VELOX_STAGE_INGRESS].dropped, 0);
    velox_pipeline_free(pipeline);
}

static void without_a_rate_a_full_ring_drops_nothing(void **state)
{
    (void)state;
    checked_flow flow;
    checked_flow_init(&flow, 1, 1024, 1000);
    velox_pipeline_options options = unpaced();
    options.ring_capacity = 2;
    options.drop_when_full = true;
    velox_pipeline *pipeline = make_checked(&options, &flow);
    poll_to_the_end(pipeline);
    assert_all_came_out(pipeline, &flow);
    assert_int_equal(flow.taken, 1000);
    velox_pipeline_free(pipeline);
}

static void an_engine_whose_source_is_idle_can_be_stopped(void **state)
{
    (void)state;
    hesitant own = {.given = 0};
    velox_feed_init(&own.feed, 1, 0, 1024);
    velox_pipeline_options options = unpaced();
    velox_pipeline *pipeline = make_from(&options, next_of_hesitant, &own);
    velox_pipeline_poll(pipeline);
    velox_pipeline_stop(pipeline);
    velox_pipeline_poll(pipeline);
    velox_pipeline_poll(pipeline);
    assert_true(velox_pipeline_is_done(pipeline));
    assert_int_equal(own.given, 0);
    velox_pipeline_free(pipeline);
}

static void a_number_of_transactions_ends_it(void **state)
{
    (void)state;
    checked_flow flow;
    checked_flow_init(&flow, 1, 1024, UINT64_MAX);
    velox_pipeline_options options = unpaced();
    options.transactions = 1001;
    velox_pipeline *pipeline = make_checked(&options, &flow);
    poll_to_the_end(pipeline);
    assert_all_came_out(pipeline, &flow);
    assert_int_equal(flow.taken, 1001);
    velox_pipeline_free(pipeline);
}

static void what_is_due_and_finds_no_room_is_dropped_and_counted(void **state)
{
    (void)state;
    checked_flow flow;
    checked_flow_init(&flow, 1, 1024, UINT64_MAX);
    velox_pipeline_options options = unpaced();
    options.ring_capacity = 8;
    options.rate_per_sec = 1e8;
    options.drop_when_full = true;
    velox_pipeline *pipeline = make_checked(&options, &flow);
    uint64_t now_ns = velox_clock_now_ns(&test_clock);
    velox_ingress_poll(pipeline, now_ns);
    velox_ingress_poll(pipeline, now_ns + 1000); /* a hundred more are due */
    velox_pipeline_statistics statistics = read_statistics(pipeline);
    const velox_stage_statistics *ingress = &statistics.stages[VELOX_STAGE_INGRESS];
    assert_int_equal(ingress->out, 8);
    assert_int_equal(ingress->dropped, VELOX_PIPELINE_BATCH - 8);
    assert_int_equal(ingress->in, VELOX_PIPELINE_BATCH);
    assert_true(ingress->blocked > 0);
    velox_pipeline_free(pipeline);
}

static void what_is_late_waits_for_room_without_dropping(void **state)
{
    (void)state;
    checked_flow flow;
    checked_flow_init(&flow, 1, 1024, 1000);
    velox_pipeline_options options = unpaced();
    options.ring_capacity = 2;
    options.rate_per_sec = 1e8;
    velox_pipeline *pipeline = make_checked(&options, &flow);
    poll_to_the_end(pipeline);
    assert_all_came_out(pipeline, &flow);
    assert_int_equal(flow.taken, 1000);
    assert_int_equal(read_statistics(pipeline).stages[VELOX_STAGE_INGRESS].dropped, 0);
    velox_pipeline_free(pipeline);
}

static size_t next_refused(void *context, velox_transaction *transactions, size_t count)
{
    uint64_t *left = context;
    if (count > *left)
        count = (size_t)*left;
    for (size_t i = 0; i < count; i++)
        transactions[i] = (velox_transaction){.quantity = 5, .kind = VELOX_KIND_CANCEL};
    *left -= count;
    return count;
}

static void what_the_book_refuses_is_counted_and_goes_on(void **state)
{
    (void)state;
    uint64_t left = 100;
    velox_pipeline_options options = unpaced();
    velox_pipeline *pipeline = make_from(&options, next_refused, &left);
    poll_to_the_end(pipeline);
    assert_null(velox_pipeline_fault(pipeline));
    velox_pipeline_statistics statistics = read_statistics(pipeline);
    assert_int_equal(statistics.stages[VELOX_STAGE_BOOK].refused, 100);
    assert_int_equal(statistics.stages[VELOX_STAGE_OUTPUT].out, 100);
    velox_pipeline_free(pipeline);
}

static void a_stop_before_the_first_transaction_ends_it_at_once(void **state)
{
    (void)state;
    checked_flow flow;
    checked_flow_init(&flow, 1, 1024, UINT64_MAX);
    velox_pipeline_options options = unpaced();
    velox_pipeline *pipeline = make_checked(&options, &flow);
    velox_pipeline_stop(pipeline);
    poll_to_the_end(pipeline);
    assert_all_came_out(pipeline, &flow);
    assert_int_equal(flow.taken, 0);
    velox_pipeline_free(pipeline);
}

/* A transaction that nobody accepted, put into a ring. */
static void a_foreign_transaction_in_a_ring_is_a_fault(void **state)
{
    (void)state;
    for (unsigned ring = 0; ring < 2; ring++) {
        checked_flow flow;
        checked_flow_init(&flow, 1, 1024, 100);
        velox_pipeline_options options = unpaced();
        velox_pipeline *pipeline = make_checked(&options, &flow);
        velox_transaction foreign = {.sequence = 5, .quantity = 1};
        velox_transaction_seal(&foreign);
        assert_true(velox_ring_push(ring ? pipeline->to_bundle : pipeline->to_book, &foreign));
        poll_to_the_end(pipeline);
        assert_non_null(velox_pipeline_fault(pipeline));
        velox_pipeline_free(pipeline);
    }
}

static void a_changed_transaction_is_a_fault(void **state)
{
    (void)state;
    checked_flow flow;
    checked_flow_init(&flow, 1, 1024, 10);
    velox_pipeline_options options = unpaced();
    velox_pipeline *pipeline = make_checked(&options, &flow);
    velox_ingress_poll(pipeline, velox_clock_now_ns(&test_clock));
    size_t got;
    velox_transaction *first = (velox_transaction *)velox_ring_peek(pipeline->to_book, 1, &got);
    first->quantity++;
    poll_to_the_end(pipeline);
    assert_int_equal(read_statistics(pipeline).stages[VELOX_STAGE_OUTPUT].wrong, 1);
    assert_non_null(velox_pipeline_fault(pipeline));
    velox_pipeline_free(pipeline);
}

static void a_lost_transaction_is_a_fault(void **state)
{
    (void)state;
    checked_flow flow;
    checked_flow_init(&flow, 1, 1024, 10);
    velox_pipeline_options options = unpaced();
    velox_pipeline *pipeline = make_checked(&options, &flow);
    velox_ingress_poll(pipeline, velox_clock_now_ns(&test_clock));
    velox_transaction lost;
    for (unsigned i = 0; i < 10; i++) /* all of them: no gap shows it */
        assert_true(velox_ring_pop(pipeline->to_book, &lost));
    poll_to_the_end(pipeline);
    assert_non_null(velox_pipeline_fault(pipeline));
    velox_pipeline_free(pipeline);
}

static void a_book_that_holds_something_else_is_a_fault(void **state)
{
    (void)state;
    checked_flow flow;
    checked_flow_init(&flow, 1, 1024, 10);
    velox_pipeline_options options = unpaced();
    velox_pipeline *pipeline = make_checked(&options, &flow);
    uint64_t retries = 0;
    assert_int_equal(velox_order_book_add(pipeline->book, VELOX_SIDE_BID, 3, 1, &retries), 0);
    poll_to_the_end(pipeline);
    assert_non_null(velox_pipeline_fault(pipeline));
    velox_pipeline_free(pipeline);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_out_of_range_are_refused),
        cmocka_unit_test(each_failed_allocation_is_reported_and_leaves_nothing),
        cmocka_unit_test(every_transaction_comes_out_once_in_order_and_unchanged),
        cmocka_unit_test(full_bundles_leave_full_and_the_rest_when_it_ends),
        cmocka_unit_test(a_part_filled_bundle_leaves_when_idle_if_that_is_asked_for),
        cmocka_unit_test(a_part_filled_bundle_leaves_when_its_time_is_up),
        cmocka_unit_test(a_part_filled_bundle_waits_for_more_otherwise_and_leaves_at_the_stop),
        cmocka_unit_test(a_rate_and_a_duration_give_the_exact_number),
        cmocka_unit_test(slow_rates_give_the_exact_number_too),
        cmocka_unit_test(what_is_late_at_the_end_is_dropped_to_the_last_one_without_fetching_it),
        cmocka_unit_test(a_stop_drops_what_was_due_and_finds_no_room_and_nothing_else),
        cmocka_unit_test(an_idle_source_is_asked_again_until_it_ends),
        cmocka_unit_test(
            what_was_due_by_its_own_time_and_not_accepted_is_dropped_as_far_as_the_source_tells),
        cmocka_unit_test(what_an_idle_source_never_had_is_not_dropped),
        cmocka_unit_test(without_a_rate_a_full_ring_drops_nothing),
        cmocka_unit_test(an_engine_whose_source_is_idle_can_be_stopped),
        cmocka_unit_test(a_number_of_transactions_ends_it),
        cmocka_unit_test(what_is_due_and_finds_no_room_is_dropped_and_counted),
        cmocka_unit_test(what_is_late_waits_for_room_without_dropping),
        cmocka_unit_test(what_the_book_refuses_is_counted_and_goes_on),
        cmocka_unit_test(a_stop_before_the_first_transaction_ends_it_at_once),
        cmocka_unit_test(a_foreign_transaction_in_a_ring_is_a_fault),
        cmocka_unit_test(a_changed_transaction_is_a_fault),
        cmocka_unit_test(a_lost_transaction_is_a_fault),
        cmocka_unit_test(a_book_that_holds_something_else_is_a_fault),
    };
    return cmocka_run_group_tests_name("pipeline", tests, set_up, NULL);
}
