/* How long a test under many threads lasts. */
#ifndef VELOX_TEST_STRESS_H
#define VELOX_TEST_STRESS_H

#include <stdint.h>
#include <stdlib.h>

/* Whether ThreadSanitizer watches the program, which is then many times slower. gcc and clang say
 * so in different ways. */
#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_TSAN 1
#endif
#endif
#ifndef UNDER_TSAN
#define UNDER_TSAN 0
#endif

/* The number that the environment variable sets; without one, `usual`, and ten times that in a soak
 * (SOAK=1, as scripts/run_tests.py --soak sets it). */
static inline uint64_t stress_count(const char *variable, uint64_t usual)
{
    const char *text = getenv(variable);
    uint64_t wanted = text != NULL ? strtoull(text, NULL, 10) : 0;
    if (wanted > 0)
        return wanted;
    const char *soak = getenv("SOAK");
    return soak != NULL && *soak != '\0' ? 10 * usual : usual;
}

#endif
