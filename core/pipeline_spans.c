/* The way of recorded transactions through the engine: which moments are noted, and what is kept.
 */
#include "pipeline_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int velox_spans_create(velox_pipeline *pipeline, size_t kept)
{
    size_t under_way = (size_t)pipeline->accepted_mask + 1;
    span_state *made = aligned_alloc(alignof(span_state), sizeof *made);
    if (made == NULL)
        return -ENOMEM;
    memset(made, 0, sizeof *made);
    made->kept_room = kept;
    made->under_way = aligned_alloc(VELOX_SEPARATION_BYTES, under_way * sizeof(velox_span));
    made->kept = kept <= SIZE_MAX / sizeof(velox_span)
                     ? aligned_alloc(sizeof(void *), kept * sizeof(velox_span))
                     : NULL;
    if (made->under_way == NULL || made->kept == NULL) {
        velox_spans_free(made);
        return -ENOMEM;
    }
    /* All pages are there from the start. */
    memset(made->under_way, 0, under_way * sizeof(velox_span));
    memset(made->kept, 0, kept * sizeof(velox_span));
    for (size_t part = 0; part < VELOX_PARTS; part++)
        velox_histogram_init(&made->parts[part]);
    for (size_t moment = 0; moment < VELOX_MOMENTS; moment++)
        made->next[moment].sequence = pipeline->options.sample_every > 0 ? 0 : UINT64_MAX;
    pipeline->spans = made;
    return 0;
}

void velox_spans_free(span_state *spans)
{
    if (spans == NULL)
        return;
    free(spans->under_way);
    free(spans->kept);
    free(spans);
}

void velox_spans_note(velox_pipeline *pipeline, velox_moment moment, uint64_t end_sequence,
                      uint64_t now_ns)
{
    span_state *spans = pipeline->spans;
    while (spans->next[moment].sequence < end_sequence) {
        uint64_t number = spans->next[moment].number++;
        spans->under_way[number & pipeline->accepted_mask].at_ns[moment] = now_ns;
        spans->next[moment].sequence += pipeline->options.sample_every;
    }
}

void velox_spans_leave(velox_pipeline *pipeline, uint64_t end_sequence, uint64_t now_ns,
                       uint64_t *clamped)
{
    span_state *spans = pipeline->spans;
    while (spans->next[VELOX_MOMENT_LEFT].sequence < end_sequence) {
        uint64_t number = spans->next[VELOX_MOMENT_LEFT].number++;
        velox_span *span = &spans->under_way[number & pipeline->accepted_mask];
        span->sequence = spans->next[VELOX_MOMENT_LEFT].sequence;
        span->at_ns[VELOX_MOMENT_LEFT] = now_ns;
        for (size_t part = 0; part < VELOX_PARTS; part++)
            velox_histogram_record(&spans->parts[part],
                                   elapsed(span->at_ns[part], span->at_ns[part + 1], clamped));
        spans->kept[spans->left++ % spans->kept_room] = *span;
        spans->next[VELOX_MOMENT_LEFT].sequence += pipeline->options.sample_every;
    }
}

const velox_histogram *velox_pipeline_part(const velox_pipeline *pipeline, size_t part)
{
    return pipeline->spans != NULL && part < VELOX_PARTS ? &pipeline->spans->parts[part] : NULL;
}

const char *velox_pipeline_part_name(size_t part)
{
    static const char *const names[VELOX_PARTS] = {"late",   "ingress", "ring 1", "book",
                                                   "ring 2", "bundle",  "ring 3", "output"};
    return part < VELOX_PARTS ? names[part] : NULL;
}

size_t velox_pipeline_spans(const velox_pipeline *pipeline, velox_span *spans, size_t count)
{
    const span_state *own = pipeline->spans;
    if (own == NULL)
        return 0;
    size_t there = own->left < own->kept_room ? (size_t)own->left : own->kept_room;
    size_t given = count < there ? count : there;
    for (size_t i = 0; i < given; i++)
        spans[i] = own->kept[(own->left - there + i) % own->kept_room];
    return given;
}
