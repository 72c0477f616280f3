/* What the pipeline records of the way of its transactions: latencies and spans. */
#include "test_poll.h"

#include "pipeline_parts.h"

/* They are accepted a tenth of a second apart, and all are under way at once, as many as can be. */
static void the_time_of_acceptance_is_kept_for_all_that_are_under_way(void **state)
{
    (void)state;
    const uint32_t capacities[] = {2, 64};
    for (size_t i = 0; i < 2; i++) {
        checked_flow flow;
        checked_flow_init(&flow, 1, 1024, UINT64_MAX);
        velox_pipeline_options options = unpaced();
        options.ring_capacity = capacities[i];
        options.source_times = true; /* all due at the start */
        options.flush_when_idle = true;
        velox_pipeline *pipeline = make_checked(&options, &flow);
        uint64_t now_ns = velox_clock_now_ns(&test_clock) - 10000000000;
        const uint64_t first_ns = now_ns;
        unsigned idle = 0;
        while (idle < 4) { /* everything but output, until all rings are full */
            now_ns += 100000000;
            idle = velox_ingress_poll(pipeline, now_ns) + velox_book_poll(pipeline, now_ns) +
                               velox_bundle_poll(pipeline, now_ns) >
                           0
                       ? 0
                       : idle + 1;
        }
        uint64_t accepted = read_statistics(pipeline).stages[VELOX_STAGE_INGRESS].out;
        assert_true(accepted >= 2 * capacities[i]);
        velox_pipeline_stop(pipeline);
        poll_to_the_end(pipeline);
        uint64_t end_ns = velox_clock_now_ns(&test_clock);
        const velox_histogram *uncorrected = velox_pipeline_uncorrected_latency(pipeline);
        /* Overwritten times would be too late, or those of others: the first would not be the
         * longest. */
        assert_true(velox_histogram_max(uncorrected) >= 10000000000 - 150000000);
        assert_true(velox_histogram_max(uncorrected) <= end_ns - first_ns);
        assert_true(velox_histogram_count(uncorrected) >= accepted);
        velox_pipeline_free(pipeline);
    }
}

/* On one thread and one clock: no moment comes before the one before it. */
static void spans_have_the_moments_of_each_recorded_transaction_in_order(void **state)
{
    (void)state;
    checked_flow flow;
    checked_flow_init(&flow, 1, 1024, 1000);
    velox_pipeline_options options = unpaced();
    options.ring_capacity = 64;
    options.rate_per_sec = 1e7;
    options.sample_every = 7;
    options.spans = 100;
    velox_pipeline *pipeline = make_checked(&options, &flow);
    poll_to_the_end(pipeline);
    assert_all_came_out(pipeline, &flow);
    velox_span spans[200];
    assert_int_equal(velox_pipeline_spans(pipeline, spans, 200), 100); /* the latest of 143 */
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(spans[i].sequence, 7 * (43 + i));
        for (size_t moment = 1; moment < VELOX_MOMENTS; moment++)
            assert_true(spans[i].at_ns[moment] >= spans[i].at_ns[moment - 1]);
        assert_int_equal(spans[i].at_ns[0] - spans[0].at_ns[0], 700 * i); /* due at this rate */
    }
    for (size_t part = 0; part < VELOX_PARTS; part++) {
        assert_int_equal(velox_histogram_count(velox_pipeline_part(pipeline, part)), 143);
        assert_non_null(velox_pipeline_part_name(part));
    }
    assert_null(velox_pipeline_part(pipeline, VELOX_PARTS));
    assert_null(velox_pipeline_part_name(VELOX_PARTS));
    velox_pipeline_free(pipeline);
}

static void without_spans_there_are_none(void **state)
{
    (void)state;
    checked_flow flow;
    checked_flow_init(&flow, 1, 1024, 10);
    velox_pipeline_options options = unpaced();
    velox_pipeline *pipeline = make_checked(&options, &flow);
    poll_to_the_end(pipeline);
    velox_span span;
    assert_int_equal(velox_pipeline_spans(pipeline, &span, 1), 0);
    assert_null(velox_pipeline_part(pipeline, 0));
    velox_pipeline_free(pipeline);
}

static void every_so_manyth_latency_is_recorded(void **state)
{
    (void)state;
    const uint64_t every[] = {0, 1, 7, 100};
    for (size_t i = 0; i < 4; i++) {
        for (unsigned paced = 0; paced < 2; paced++) {
            checked_flow flow;
            checked_flow_init(&flow, 1, 1024, 1000);
            velox_pipeline_options options = unpaced();
            options.sample_every = every[i];
            options.rate_per_sec = paced ? 1e8 : 0;
            velox_pipeline *pipeline = make_checked(&options, &flow);
            poll_to_the_end(pipeline);
            uint64_t expected = every[i] == 0 ? 0 : (1000 + every[i] - 1) / every[i];
            assert_int_equal(velox_histogram_count(velox_pipeline_latency(pipeline)), expected);
            assert_int_equal(velox_histogram_count(velox_pipeline_uncorrected_latency(pipeline)),
                             expected);
            velox_pipeline_free(pipeline);
        }
    }
}

static void latency_counts_from_when_it_was_due_and_beside_it_from_acceptance(void **state)
{
    (void)state;
    checked_flow flow;
    checked_flow_init(&flow, 1, 1024, VELOX_BUNDLE_CAPACITY);
    velox_pipeline_options options = unpaced();
    options.rate_per_sec = 1e6; /* the last of the bundle is due after 15 µs */
    velox_pipeline *pipeline = make_checked(&options, &flow);
    const uint64_t late_ns = 50000000;
    uint64_t now_ns = velox_clock_now_ns(&test_clock) - late_ns;
    velox_ingress_poll(pipeline, now_ns);           /* begins, and accepts the first one */
    velox_ingress_poll(pipeline, now_ns + late_ns); /* the others much later than due */
    poll_to_the_end(pipeline);
    assert_null(velox_pipeline_fault(pipeline));
    const velox_histogram *latency = velox_pipeline_latency(pipeline);
    const velox_histogram *uncorrected = velox_pipeline_uncorrected_latency(pipeline);
    assert_true(velox_histogram_min(latency) >= late_ns - 16000);
    assert_true(velox_histogram_quantile(uncorrected, 0.5) <
                velox_histogram_quantile(latency, 0.5));
    assert_true(velox_histogram_max(uncorrected) >= late_ns); /* the first was accepted long ago */
    velox_pipeline_free(pipeline);
}

typedef struct {
    uint64_t sum_ns, sum_max_ns; /* of the recorded latencies: at least, and at most */
    uint64_t every, taken;
} expected_latencies;

/* Output reads its clock between the closing of a bundle and the sink. */
static void expect(void *context, const velox_bundle *bundle)
{
    expected_latencies *own = context;
    uint64_t now_ns = velox_clock_now_ns(&test_clock);
    for (size_t i = 0; i < bundle->count; i++) {
        if (own->taken++ % own->every != 0)
            continue;
        own->sum_ns += bundle->closed_ns - bundle->transactions[i].ingress_ns;
        own->sum_max_ns += now_ns - bundle->transactions[i].ingress_ns;
    }
}

/* Ten seconds late, and due a millisecond after each other: one that is counted at another's
 * latency, or twice, shows in the sum. */
static void each_recorded_latency_is_that_of_its_transaction(void **state)
{
    (void)state;
    const uint64_t every[] = {1, 7, 100};
    for (size_t i = 0; i < 3; i++) {
        checked_flow flow;
        checked_flow_init(&flow, 1, 1024, 1000);
        expected_latencies expected = {.every = every[i]};
        velox_pipeline_options options = unpaced();
        options.sample_every = every[i];
        options.rate_per_sec = 1000;
        const velox_source source = {.next = checked_flow_next, .context = &flow};
        const velox_sink sink = {expect, &expected};
        velox_pipeline *pipeline = NULL;
        assert_int_equal(velox_pipeline_create(&options, &source, &sink, &pipeline), 0);
        uint64_t now_ns = velox_clock_now_ns(&test_clock);
        velox_ingress_poll(pipeline, now_ns - 10000000000);
        velox_ingress_poll(pipeline, now_ns);
        poll_to_the_end(pipeline);
        assert_null(velox_pipeline_fault(pipeline));
        assert_int_equal(expected.taken, 1000);
        uint64_t sum_ns = velox_histogram_sum(velox_pipeline_latency(pipeline));
        assert_in_range(sum_ns, expected.sum_ns, expected.sum_max_ns);
        velox_pipeline_free(pipeline);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_time_of_acceptance_is_kept_for_all_that_are_under_way),
        cmocka_unit_test(spans_have_the_moments_of_each_recorded_transaction_in_order),
        cmocka_unit_test(without_spans_there_are_none),
        cmocka_unit_test(every_so_manyth_latency_is_recorded),
        cmocka_unit_test(latency_counts_from_when_it_was_due_and_beside_it_from_acceptance),
        cmocka_unit_test(each_recorded_latency_is_that_of_its_transaction),
    };
    return cmocka_run_group_tests_name("pipeline latency", tests, set_up, NULL);
}
