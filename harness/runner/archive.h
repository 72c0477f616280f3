/*
 * An archive: all that is needed to run a suite again, and to link it again. A folder with
 *
 *   SUITE, SUITE.link.json          each executable as it was, and its recipe, if it has one
 *   .objects/DIGEST/NAME            the object files and archives that the recipes name: of suite,
 *                                   subject and libvbench, those of several suites once. NAME is
 *                                   the name of before, which layouts.h goes by; DIGEST, the first
 *                                   digits of its SHA-256, tells objects of one name apart
 *   archive.json                    what it is, and the SHA-256 of every file in it
 *
 * Shared libraries stay outside; archive.json has their digests. Times of files are kept: an object
 * is never newer than the executable.
 *
 * A baseline's archive is BASELINES/.archive/NAME/DIGEST, where DIGEST is of the baseline's JSON:
 * one that was written over, edited, or checked out differently has none.
 */
#ifndef VBENCH_ARCHIVE_H
#define VBENCH_ARCHIVE_H

#include "runner/benchmark.h"
#include "runner/message.h"
#include "runner/texts.h"

enum { VB_ARCHIVE_VERSION = 1 };

#define VB_ARCHIVE_DOCUMENT "archive.json"

/*
 * Packs the suites into an empty folder, and syncs what it writes. `baseline` is the SHA-256 of the
 * JSON that it will belong to, or NULL. A suite whose objects are gone or newer than itself is
 * packed with a recipe that says so and is fixed, one without recipe alone: `notes` then gets a
 * sentence. 0; -EINTR; or -1 with a sentence.
 */
int vb_archive_pack(const vb_suite_list *suites, const char *baseline, const char *folder,
                    vb_texts *notes, vb_message *message);
/*
 * The executables of an archive, with absolute paths, once everything in it has been checked. A
 * shared library that may hold what is measured must be the same, too; `notes` gets a sentence for
 * each other one that has changed. 0, or -1 with a sentence that names the archive and what is
 * wrong with it; where there is a `commit` (NULL: none), it ends in how that is built instead.
 */
int vb_archive_open(const char *folder, const char *commit, vb_texts *executables, vb_texts *notes,
                    vb_message *message);

/* Packs the suites as the archive of the baseline that will have this text as its JSON. Write the
 * JSON next; then, and also if either failed, call vb_archive_tidy: killed in between, the older
 * baseline still has its own. Any number of processes may save one baseline at once. 0; -EINTR; or
 * -1 with a sentence. */
int vb_archive_save(const char *baselines, const char *name, const char *json,
                    const vb_suite_list *suites, vb_texts *notes, vb_message *message);
/* Removes archives, whole or unfinished, that belong to no baseline any longer, nor to one that a
 * living process is about to write. Nothing is said: the next one tries again. */
void vb_archive_tidy(const char *baselines, const char *name);
/* The folder of the archive that belongs to the baseline in this file, malloc'd. 1; 0: there is
 * none; -1 with a sentence. */
int vb_archive_find(const char *baseline_path, char **folder, vb_message *message);

#endif
