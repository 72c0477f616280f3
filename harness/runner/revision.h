/*
 * An old revision of the sources, built as today's suites are: in a scratch worktree, configured
 * with what today's build folder was configured with (compilers, flags, build type, options). The
 * suites are kept in the cache as an archive (archive.h), the worktree is removed.
 */
#ifndef VBENCH_REVISION_H
#define VBENCH_REVISION_H

#include "runner/benchmark.h"
#include "runner/message.h"
#include "runner/repository.h"
#include "runner/texts.h"

typedef struct {
    char commit[VB_COMMIT_MAX]; /* in full */
    vb_texts executables;       /* the suites' */
} vb_revision;

/*
 * Builds `revision` (anything that git understands) of the repository that today's suites were
 * built from; the suites that are to be found in their folder then. Says on stderr what it does:
 * that takes a while. 0; -EINTR; or -1 with a sentence. Nothing to free then.
 */
int vb_revision_build(const char *revision, const vb_suite_list *today, const char *cache,
                      vb_revision *built, vb_message *message);
void vb_revision_free(vb_revision *built); /* the contents; NULL-safe */

#endif
