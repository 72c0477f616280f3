/* Sleeping and waking by futex; where there is none, a sleeper looks again by itself. */
#include "parker.h"

#include <time.h>

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

enum { NS_PER_S = 1000000000 };

void velox_parker_init(velox_parker *parker)
{
    atomic_init(&parker->waits, 0);
}

static struct timespec timespec_of(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

#if defined(__linux__)

/* Whatever ends it, a wake-up, the time or a signal, the caller looks again. */
void velox_parker_wait(velox_parker *parker, uint64_t timeout_ns)
{
    const struct timespec timeout = timespec_of(timeout_ns);
    syscall(SYS_futex, &parker->waits, FUTEX_WAIT_PRIVATE, 1, &timeout, NULL, 0);
    velox_parker_cancel(parker);
}

void velox_parker_wake_sleeper(velox_parker *parker)
{
    syscall(SYS_futex, &parker->waits, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

#else

enum { LOOKS_AGAIN_AFTER_NS = 100000 };

void velox_parker_wait(velox_parker *parker, uint64_t timeout_ns)
{
    const struct timespec time =
        timespec_of(timeout_ns < LOOKS_AGAIN_AFTER_NS ? timeout_ns : LOOKS_AGAIN_AFTER_NS);
    nanosleep(&time, NULL);
    velox_parker_cancel(parker);
}

void velox_parker_wake_sleeper(velox_parker *parker)
{
    (void)parker;
}

#endif
