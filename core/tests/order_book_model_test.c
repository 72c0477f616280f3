/* The order book on one thread against a model, two plain numbers a level: any sequence of updates
 * has the outcomes that order_book.h promises, and leaves the book as it leaves the model. */
#include "test_order_book.h"
#include "test_random.h"

#include <errno.h>
#include <stdbool.h>

enum { MODEL_FIRST = 300, MODEL_LEVELS = 11 };

typedef struct {
    velox_order_book_depth levels[2][MODEL_LEVELS];
} model;

/* The contract of order_book.h, in its own order and without words of 64 bits. */
static int model_update(model *reference, unsigned side, uint32_t tick, bool adds,
                        uint64_t quantity)
{
    if (side > 1 || tick < MODEL_FIRST || tick >= MODEL_FIRST + MODEL_LEVELS || quantity == 0)
        return -EINVAL;
    velox_order_book_depth *level = &reference->levels[side][tick - MODEL_FIRST];
    if (adds) {
        if (quantity > QUANTITY_MAX || level->quantity + quantity > QUANTITY_MAX ||
            level->count + 1 > COUNT_MAX)
            return -EOVERFLOW;
        level->quantity += quantity;
        level->count++;
        return 0;
    }
    if (level->count == 0 || quantity > level->quantity)
        return -ERANGE;
    velox_order_book_depth left = {level->quantity - quantity, level->count - 1};
    if ((left.count == 0) != (left.quantity == 0) || left.count > left.quantity)
        return -ERANGE;
    *level = left;
    return 0;
}

static void assert_same(const velox_order_book *book, const model *reference)
{
    for (unsigned side = 0; side < 2; side++) {
        velox_order_book_depth sum = {0};
        uint32_t bests[2] = {0}; /* highest and lowest occupied */
        for (uint32_t i = 0; i < MODEL_LEVELS; i++) {
            velox_order_book_depth level = reference->levels[side][i];
            assert_level(book, side, MODEL_FIRST + i, level.quantity, level.count);
            sum.quantity += level.quantity;
            sum.count += level.count;
            if (level.count > 0) {
                bests[0] = MODEL_FIRST + i;
                bests[1] = bests[1] == 0 ? MODEL_FIRST + i : bests[1];
            }
        }
        assert_totals(book, side, sum.quantity, sum.count);
        uint32_t best = 0;
        assert_int_equal(velox_order_book_best_tick(book, side, &best), sum.count ? 0 : -ENOENT);
        assert_int_equal(best, bests[side]);
    }
}

/* Small and huge quantities, and such as hit what the level holds, or miss it by one. */
static uint64_t pick_quantity(const model *reference, unsigned side, uint32_t tick,
                              uint64_t *random)
{
    uint64_t held = 0;
    if (side < 2 && tick >= MODEL_FIRST && tick < MODEL_FIRST + MODEL_LEVELS)
        held = reference->levels[side][tick - MODEL_FIRST].quantity;
    switch (random_below(random, 6)) {
    case 0:
        return random_below(random, QUANTITY_MAX + 3);
    case 1:
        return held + random_below(random, 3) - 1;
    case 2:
        return QUANTITY_MAX - held + random_below(random, 3) - 1;
    case 3:
        return random_next(random);
    default:
        return random_below(random, 4);
    }
}

static void any_sequence_of_updates_agrees_with_the_model(void **state)
{
    (void)state;
    unsigned long outcomes[4] = {0}; /* applied, and the three refusals */
    for (uint64_t seed = 0; seed < 300; seed++) {
        uint64_t random = seed;
        model reference = {0};
        velox_order_book *book = make_book(MODEL_FIRST, MODEL_LEVELS);
        for (int step = 0; step < 1000; step++) {
            unsigned side = random_below(&random, 50) == 0 ? 2 : (unsigned)random_below(&random, 2);
            uint32_t tick = MODEL_FIRST - 1 + (uint32_t)random_below(&random, MODEL_LEVELS + 2);
            bool adds = random_below(&random, 2);
            uint64_t quantity = pick_quantity(&reference, side, tick, &random);
            int expected = model_update(&reference, side, tick, adds, quantity);
            int status =
                adds ? add(book, side, tick, quantity) : cancel(book, side, tick, quantity);
            assert_int_equal(status, expected);
            outcomes[expected == 0            ? 0
                     : expected == -EINVAL    ? 1
                     : expected == -EOVERFLOW ? 2
                                              : 3]++;
            if (step % 50 == 0)
                assert_same(book, &reference);
        }
        assert_same(book, &reference);
        velox_order_book_free(book);
    }
    for (int i = 0; i < 4; i++)
        assert_true(outcomes[i] > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_sequence_of_updates_agrees_with_the_model),
    };
    return cmocka_run_group_tests_name("order book against a model", tests, NULL, NULL);
}
