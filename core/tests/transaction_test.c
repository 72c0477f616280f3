/* The transaction: its checksum and its layout. */
#include "test_cmocka.h"
#include "test_random.h"

#include "velox/transaction.h"

#include <string.h>

static velox_transaction sample(void)
{
    velox_transaction made = {.sequence = 7,
                              .ingress_ns = 123456789,
                              .price_tick = 10050,
                              .quantity = 300,
                              .side = VELOX_SIDE_ASK,
                              .kind = VELOX_KIND_CANCEL};
    velox_transaction_seal(&made);
    return made;
}

static void sealed_transaction_verifies(void **state)
{
    (void)state;
    velox_transaction made = sample();
    assert_true(velox_transaction_verify(&made));
    assert_int_equal(made.checksum, velox_transaction_checksum(&made));
}

static void checksum_ignores_the_checksum_field(void **state)
{
    (void)state;
    velox_transaction made = sample();
    uint32_t before = velox_transaction_checksum(&made);
    made.checksum ^= 0xffffffffu;
    assert_int_equal(velox_transaction_checksum(&made), before);
}

static void any_single_flipped_bit_is_found(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 8 * sizeof(velox_transaction); bit++) {
        velox_transaction made = sample();
        unsigned char bytes[sizeof made];
        memcpy(bytes, &made, sizeof made);
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        memcpy(&made, bytes, sizeof made);
        assert_false(velox_transaction_verify(&made));
    }
}

static void mixture_of_two_transactions_is_found(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (int round = 0; round < 10000; round++) {
        velox_transaction both[2];
        for (int i = 0; i < 2; i++) {
            both[i] = sample();
            both[i].sequence = random_next(&random);
            both[i].ingress_ns = random_next(&random);
            both[i].price_tick = (uint32_t)random_next(&random);
            velox_transaction_seal(&both[i]);
        }
        /* A copy torn at each boundary of two words. */
        for (size_t torn_at = 8; torn_at < sizeof both[0]; torn_at += 8) {
            velox_transaction torn = both[0];
            memcpy(&torn, &both[1], torn_at);
            assert_false(velox_transaction_verify(&torn));
        }
    }
}

static void never_written_transaction_does_not_verify(void **state)
{
    (void)state;
    velox_transaction zero = {0};
    assert_false(velox_transaction_verify(&zero));
}

static void checksum_is_the_same_on_every_machine(void **state)
{
    (void)state;
    velox_transaction made = sample();
    assert_int_equal(made.checksum, 0x916f4007);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sealed_transaction_verifies),
        cmocka_unit_test(checksum_ignores_the_checksum_field),
        cmocka_unit_test(any_single_flipped_bit_is_found),
        cmocka_unit_test(mixture_of_two_transactions_is_found),
        cmocka_unit_test(never_written_transaction_does_not_verify),
        cmocka_unit_test(checksum_is_the_same_on_every_machine),
    };
    return cmocka_run_group_tests_name("transaction", tests, NULL, NULL);
}
