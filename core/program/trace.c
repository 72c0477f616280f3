/* The two formats, written as text: they are simple, and a trace is large. */
#include "trace.h"

#include <errno.h>
#include <inttypes.h>

static int finish(FILE *out)
{
    errno = 0;
    if (fflush(out) != 0 || ferror(out))
        return errno != 0 ? -errno : -EIO;
    return 0;
}

/* Of the part that begins at this moment. The clocks of two CPUs may differ by more than it takes.
 */
static uint64_t end_of(const velox_span *span, size_t part)
{
    return span->at_ns[part + 1] > span->at_ns[part] ? span->at_ns[part + 1] : span->at_ns[part];
}

/* --- Chrome --- */

/* Times are µs, with fractions: exact to the ns, without the rounding of a double. */
static void print_us(FILE *out, uint64_t ns)
{
    fprintf(out, "%" PRIu64 ".%03" PRIu64, ns / 1000, ns % 1000);
}

static void print_event(FILE *out, char phase, const char *name, const velox_span *span,
                        uint64_t ns)
{
    fprintf(out,
            ",\n{\"ph\":\"%c\",\"cat\":\"transaction\",\"name\":\"%s\",\"id\":\"%" PRIu64
            "\",\"pid\":1,\"tid\":1,\"ts\":",
            phase, name, span->sequence);
    print_us(out, ns);
    fputc('}', out);
}

/* A track a part, because transactions overlap in each of them. */
int velox_trace_write_chrome(FILE *out, const velox_span *spans, size_t count)
{
    fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n"
          "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":1,\"args\":{\"name\":\"velox\"}}",
          out);
    for (size_t i = 0; i < count; i++) {
        for (size_t part = 0; part < VELOX_PARTS; part++) {
            const char *name = velox_pipeline_part_name(part);
            print_event(out, 'b', name, &spans[i], spans[i].at_ns[part]);
            print_event(out, 'e', name, &spans[i], end_of(&spans[i], part));
        }
    }
    fputs("\n]}\n", out);
    return finish(out);
}

/* --- OTLP --- */

/* A transaction is a trace; its identity is the time of day of the run's first span, and its
 * number. Span 0 is the whole, span 1 + part a part. */
static void print_span(FILE *out, uint64_t run, const velox_span *span, size_t number,
                       const char *name, uint64_t begin_ns, uint64_t end_ns)
{
    fprintf(out, "{\"traceId\":\"%016" PRIx64 "%016" PRIx64 "\",\"spanId\":\"%08x%08zx\"", run,
            span->sequence + 1, 1, number);
    if (number > 0)
        fprintf(out, ",\"parentSpanId\":\"%08x%08x\"", 1, 0);
    fprintf(out,
            ",\"name\":\"%s\",\"kind\":1,\"startTimeUnixNano\":\"%" PRIu64
            "\",\"endTimeUnixNano\":\"%" PRIu64 "\",\"attributes\":[{\"key\":\"velox.sequence\","
            "\"value\":{\"intValue\":\"%" PRIu64 "\"}}]}",
            name, begin_ns, end_ns, span->sequence);
}

int velox_trace_write_otlp(FILE *out, const velox_span *spans, size_t count, uint64_t unix_ns)
{
    const uint64_t run = count > 0 ? unix_ns + spans[0].at_ns[0] : 0;
    fputs("{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":"
          "{\"stringValue\":\"velox\"}}]},\"scopeSpans\":[{\"scope\":{\"name\":\"velox\"},"
          "\"spans\":[",
          out);
    for (size_t i = 0; i < count; i++) {
        const velox_span *span = &spans[i];
        fputs(i > 0 ? ",\n" : "\n", out);
        uint64_t last_ns = end_of(span, VELOX_PARTS - 1);
        print_span(out, run, span, 0, "transaction", unix_ns + span->at_ns[0],
                   unix_ns + (last_ns > span->at_ns[0] ? last_ns : span->at_ns[0]));
        for (size_t part = 0; part < VELOX_PARTS; part++) {
            fputs(",\n", out);
            print_span(out, run, span, 1 + part, velox_pipeline_part_name(part),
                       unix_ns + span->at_ns[part], unix_ns + end_of(span, part));
        }
    }
    fputs("\n]}]}]}\n", out);
    return finish(out);
}
