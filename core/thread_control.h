/*
 * What the engine asks of the system about threads: CPUs, names, timers. The engine's own, for its
 * sources only.
 */
#ifndef VELOX_THREAD_CONTROL_H
#define VELOX_THREAD_CONTROL_H

/* How many CPUs the calling thread may use; at least 1. */
unsigned velox_thread_cpus(void);

/* Pins the calling thread to the n-th (from 0) of the CPUs that it may use, counted around. 0 or
 * -errno; -ENOSYS where the system cannot do that. */
int velox_thread_pin(unsigned n);

/* Names the calling thread, for profilers and top: at most 15 characters. Best effort. */
void velox_thread_name(const char *name);

/* Lets the calling thread's sleeps end when they should: the system adds up to 50 µs to save power
 * otherwise. Best effort. */
void velox_thread_precise_timers(void);

#endif
