/*
 * A side of a comparison: which executables a word of the command line stands for, and how they
 * were come by. Suites that lie somewhere, an archive of some, those of an old revision built anew,
 * or those of today linked to a variant of their subject: in the end each is a list of executables.
 */
#ifndef VBENCH_SIDE_H
#define VBENCH_SIDE_H

#include <stdbool.h>

#include "runner/baseline.h"
#include "runner/benchmark.h"
#include "runner/message.h"
#include "runner/repository.h"
#include "runner/texts.h"

typedef enum {
    VB_SIDE_SUITES,
    VB_SIDE_ARCHIVE,
    VB_SIDE_REVISION,
    VB_SIDE_VARIANT,
    VB_SIDE_RESULT, /* a baseline's numbers, nothing that runs */
} vb_side_kind;

/* Where things are found. */
typedef struct {
    const char *baselines;      /* their folder */
    const char *cache;          /* cache.h; NULL: there is none, */
    const vb_message *no_cache; /* for this reason */
    /* The suites at hand: what a revision is built like, and what a variant is linked into. */
    char *const *today_paths; /* none: those beside vbench */
    size_t today_count;
    vb_suite_list *today; /* the caller's; read when they are first needed */
} vb_side_places;

/* Make it all zeros; free it whatever has happened. */
typedef struct {
    vb_side_kind kind;
    char *name; /* as the user called it */
    char *text; /* what it is, as a clause: "baselines/x.json, archived ... at commit ..." */
    vb_texts executables; /* none with VB_SIDE_RESULT */
    vb_texts notes;       /* sentences: what was done instead of what was asked for, and why */
    vb_baseline baseline; /* where it is one (path is set) */
    char commit[VB_COMMIT_MAX]; /* of VB_SIDE_REVISION */
    char *variant_of;           /* of VB_SIDE_VARIANT: the subject */
    bool relinked;              /* its suites are today's: --suite=new */
} vb_side;

/* All of them: 0; -EINTR; or -1 with a sentence. */

/* What the word means: a suite's executable, an archive's folder, a result file, the name of a
 * baseline (NULL: the newest one) or of a variant. A baseline is its archive; without one, the
 * commit that it records, built anew; without that, its numbers. */
int vb_side_find(const char *word, const vb_side_places *places, vb_side *side,
                 vb_message *message);
/* The suites with these paths; none: those beside vbench. */
int vb_side_of_suites(char *const *paths, size_t count, vb_side *side, vb_message *message);
/* An old revision of today's sources. */
int vb_side_of_revision(const char *revision, const vb_side_places *places, vb_side *side,
                        vb_message *message);
/* Links today's suites to the side's subjects: --suite=new. */
int vb_side_take_suites(vb_side *side, const vb_side_places *places, vb_message *message);

/* "archive", "revision", ... as results have it. */
const char *vb_side_kind_name(vb_side_kind kind);
void vb_side_free(vb_side *side); /* the contents; NULL-safe */

#endif
