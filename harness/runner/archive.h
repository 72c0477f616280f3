/*
 * An archive: all that is needed to run a suite again, and to link it again. A folder with each
 * suite's executable, its recipe (NAME.link.json, with paths relative to it), the objects of suite,
 * subject and libvbench, and archive.json: version, architecture, protocol, the digest of every
 * file in it and of the shared libraries outside.
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

/* Packs the suites into an empty folder. 0, or -1 with a sentence. */
int vb_archive_pack(const vb_suite_list *suites, const char *folder, vb_message *message);
/* The executables of an archive, once everything in it has been checked. 0, or -1 with a sentence
 * that names the archive and what is wrong with it. */
int vb_archive_open(const char *folder, vb_texts *executables, vb_message *message);

/* Packs the suites as the archive of the baseline that will have this text as its JSON. Write the
 * JSON next, then call vb_archive_tidy: killed in between, the older baseline still has its own. 0,
 * or -1 with a sentence. */
int vb_archive_save(const char *baselines, const char *name, const char *json,
                    const vb_suite_list *suites, vb_message *message);
/* Removes archives, whole or unfinished, that belong to no baseline any longer. Nothing is said:
 * the next one tries again. */
void vb_archive_tidy(const char *baselines, const char *name);
/* The folder of the archive that belongs to the baseline in this file, malloc'd. 1; 0: there is
 * none; -1 with a sentence. */
int vb_archive_find(const char *baseline_path, char **folder, vb_message *message);

#endif
