/* The counting library, linked into this program: its malloc is the program's. The linker leads its
 * dlsym to one that allocates, as some C libraries' does. */
#define _GNU_SOURCE
#include "test_cmocka.h"

#include "allocations/allocations.h"
#include "vbench/vbench.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- a dlsym that allocates ---- */

void *__real_dlsym(void *handle, const char *name);
void *__wrap_dlsym(void *handle, const char *name);

static int lookups;
static bool early_fault;
static char *early_block;

void *__wrap_dlsym(void *handle, const char *name)
{
    lookups++;
    char *block = malloc(20);
    char *zeroed = calloc(2, 10);
    early_fault = early_fault || !block || !zeroed || (uintptr_t)block % 16 != 0;
    for (int i = 0; zeroed && i < 20; i++)
        early_fault = early_fault || zeroed[i] != 0;
    if (block) {
        memset(block, 'x', 20);
        block = realloc(block, 40);
    }
    early_fault = early_fault || !block || block[0] != 'x' || block[19] != 'x';
    free(zeroed);
    if (!early_block && strcmp(name, "malloc") == 0)
        early_block = block;
    else
        free(block);
    return __real_dlsym(handle, name);
}

/* ---- */

static void use(void *block)
{
    VB_KEEP(block);
    free(block);
}

static void assert_counted(uint64_t expected, uint64_t expected_bytes)
{
    uint64_t count, bytes;
    vb_allocations_stop();
    vb_allocations_read(&count, &bytes);
    assert_int_equal(count, expected);
    assert_int_equal(bytes, expected_bytes);
}

static void lookup_that_allocates_is_served(void **state)
{
    (void)state;
    assert_true(lookups > 0);
    assert_false(early_fault);
}

static void block_from_before_the_lookup_can_be_grown_and_freed(void **state)
{
    (void)state;
    assert_non_null(early_block);
    char *grown = realloc(early_block, 100000);
    assert_non_null(grown);
    assert_int_equal(grown[0], 'x');
    assert_int_equal(grown[19], 'x');
    free(early_block); /* it lies in static memory: nothing to give back */
    free(grown);
}

static void lookups_in_counted_code_are_not_counted(void **state)
{
    (void)state;
    int before = lookups;
    vb_allocations_start();
    use(pvalloc(1)); /* nothing has called it before */
    assert_counted(1, 1);
    assert_int_equal(lookups, before + 1);
}

static void nothing_is_counted_before_start_and_after_stop(void **state)
{
    (void)state;
    vb_allocations_start();
    assert_counted(0, 0);
    use(malloc(8));
    assert_counted(0, 0);
}

static void start_begins_from_zero(void **state)
{
    (void)state;
    vb_allocations_start();
    use(malloc(8));
    assert_counted(1, 8);
    vb_allocations_start();
    use(malloc(5));
    assert_counted(1, 5);
}

static void every_function_counts_once_with_what_was_asked_for(void **state)
{
    (void)state;
    void *block = NULL;
    vb_allocations_start();
    use(malloc(1));
    use(calloc(2, 5));
    use(aligned_alloc(64, 128));
    assert_int_equal(posix_memalign(&block, 256, 1000), 0);
    use(block);
    use(memalign(32, 10000));
    use(valloc(100000));
    use(reallocarray(NULL, 1000, 1000));
    assert_counted(7, 1111139);
}

static void blocks_are_aligned_as_asked_for(void **state)
{
    (void)state;
    void *block = aligned_alloc(4096, 4096);
    assert_int_equal((uintptr_t)block % 4096, 0);
    free(block);
    block = valloc(1);
    assert_int_equal((uintptr_t)block % 4096, 0);
    free(block);
}

static void realloc_is_an_allocation_of_the_new_size(void **state)
{
    (void)state;
    vb_allocations_start();
    char *block = realloc(NULL, 10);
    VB_KEEP(block);
    block = realloc(block, 30);
    VB_KEEP(block);
    block = realloc(block, 20);
    use(block);
    assert_counted(3, 60);
}

static void freeing_by_realloc_is_none(void **state)
{
    (void)state;
    char *block = malloc(10);
    VB_KEEP(block);
    vb_allocations_start();
    assert_null(realloc(block, 0));
    assert_counted(0, 0);
}

static volatile size_t huge = SIZE_MAX / 2 + 10;

static void call_that_fails_is_none(void **state)
{
    (void)state;
    void *block = NULL;
    vb_allocations_start();
    assert_null(malloc(huge));
    assert_null(calloc(huge, 2));
    errno = 0;
    assert_null(reallocarray(NULL, huge, 2));
    assert_int_equal(errno, ENOMEM);
    assert_int_equal(posix_memalign(&block, 3, 10), EINVAL);
    assert_counted(0, 0);
}

static void freeing_leaves_errno_alone(void **state)
{
    (void)state;
    errno = EAGAIN;
    free(malloc(10));
    free(NULL);
    assert_int_equal(errno, EAGAIN);
}

enum { THREADS = 8, CALLS = 20000 };

static void *allocate_often(void *unused)
{
    (void)unused;
    for (int i = 0; i < CALLS; i++)
        use(malloc(3));
    return NULL;
}

static void no_thread_is_lost(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    uint64_t count, bytes;
    vb_allocations_start();
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, allocate_often, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    vb_allocations_stop();
    vb_allocations_read(&count, &bytes);
    /* And what the C library takes for a thread. */
    assert_in_range(count, THREADS * CALLS, THREADS * (CALLS + 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lookup_that_allocates_is_served),
        cmocka_unit_test(block_from_before_the_lookup_can_be_grown_and_freed),
        cmocka_unit_test(lookups_in_counted_code_are_not_counted),
        cmocka_unit_test(nothing_is_counted_before_start_and_after_stop),
        cmocka_unit_test(start_begins_from_zero),
        cmocka_unit_test(every_function_counts_once_with_what_was_asked_for),
        cmocka_unit_test(blocks_are_aligned_as_asked_for),
        cmocka_unit_test(realloc_is_an_allocation_of_the_new_size),
        cmocka_unit_test(freeing_by_realloc_is_none),
        cmocka_unit_test(call_that_fails_is_none),
        cmocka_unit_test(freeing_leaves_errno_alone),
        cmocka_unit_test(no_thread_is_lost),
    };
    /* Looked up in one order, whatever cmocka calls first. */
    use(calloc(1, 1));
    use(realloc(NULL, 1));
    use(malloc(1));
    return cmocka_run_group_tests_name("allocations", tests, NULL, NULL);
}
