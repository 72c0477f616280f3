#define _GNU_SOURCE
#include "runner/revision.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/archive.h"
#include "runner/cache.h"
#include "runner/cmake_build.h"
#include "runner/cmake_cache.h"
#include "runner/digest.h"
#include "runner/path.h"
#include "runner/process.h"
#include "runner/repository.h"
#include "runner/shortfall.h"
#include "runner/suites.h"
#include "runner/write_file.h"

static const char kind[] = "revision";

enum { SHORT = 10, PATH_BYTES = 4096 };

/* All paths are absolute. */
typedef struct {
    const char *revision;
    const vb_suite_list *today;
    const char *cache;
    vb_cmake_cache configured;
    char build[PATH_BYTES]; /* today's */
    const char *source;     /* today's: of the project */
    vb_repository repository;
    vb_revision *built;
    const char *commit; /* that of `built` */
    vb_texts folders;   /* with today's suites, as seen from the build folder: ".", "bin", ... */
    char key[32 + VB_DIGEST_TEXT];
    const char *folder; /* where it is made: the worktree source, the build folder build, ... */
    char *worktree;     /* NULL: not there */
    char *project;      /* the project's folder in it */
    char *log;
    bool log_told; /* it is the user's to read */
    vb_message *message;
} revision_build;

/* ---- what today's suites were built with */

/* The folder of a path, without its slash. False if it has none or does not fit. */
static bool folder_of(const char *path, char folder[PATH_BYTES])
{
    const char *slash = strrchr(path, '/');
    return slash && slash > path &&
           snprintf(folder, PATH_BYTES, "%.*s", (int)(slash - path), path) < PATH_BYTES;
}

static bool has_file(const char *folder, const char *name)
{
    char path[2 * PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

/* An older recipe does not name the build folder: its objects are below it. */
static bool find_build_folder(const vb_recipe *recipe, char build[PATH_BYTES])
{
    static const char cache_file[] = "CMakeCache.txt";
    if (recipe->build_folder)
        return snprintf(build, PATH_BYTES, "%s", recipe->build_folder) < PATH_BYTES &&
               has_file(build, cache_file);
    bool found =
        recipe->suite_objects.count > 0 && folder_of(recipe->suite_objects.items[0], build);
    while (found && !has_file(build, cache_file)) {
        char above[PATH_BYTES];
        found = folder_of(build, above);
        if (found)
            strcpy(build, above);
    }
    return found;
}

static int find_configuration(revision_build *job)
{
    bool found = false;
    for (size_t i = 0; i < job->today->count && !found; i++) {
        const vb_recipe *recipe = job->today->items[i].recipe;
        found = recipe && find_build_folder(recipe, job->build);
    }
    if (!found)
        return vb_say(job->message,
                      "A revision is built as today's suites were, but where those were is not "
                      "known: none of them lies beside a recipe of a CMake build that is still "
                      "there; build them with vbench_add_suite.");
    if (vb_cmake_cache_read(job->build, &job->configured, job->message) != 0)
        return -1;
    job->source = vb_cmake_cache_value(&job->configured, "CMAKE_HOME_DIRECTORY");
    if (!job->source || !vb_cmake_cache_value(&job->configured, "CMAKE_GENERATOR"))
        return vb_say(job->message, "%s/CMakeCache.txt does not say what it was configured for.",
                      job->build);
    return 0;
}

/* The first suite's recipe: they were all built alike. */
static const vb_suite *first_with_recipe(const vb_suite_list *suites)
{
    size_t i = 0;
    while (i + 1 < suites->count && !suites->items[i].recipe)
        i++;
    return &suites->items[i];
}

static int find_suite_folders(revision_build *job)
{
    vb_texts *folders = &job->folders;
    char *build = realpath(job->build, NULL);
    size_t build_bytes = build ? strlen(build) : 0;
    int status = build ? 0 : vb_say(job->message, "%s cannot be found.", job->build);
    for (size_t i = 0; i < job->today->count && status == 0; i++) {
        char folder[PATH_BYTES];
        char *path = realpath(job->today->items[i].path, NULL);
        if (path && folder_of(path, folder) && strncmp(folder, build, build_bytes) == 0 &&
            (folder[build_bytes] == '/' || folder[build_bytes] == '\0')) {
            const char *seen = folder[build_bytes] ? folder + build_bytes + 1 : ".";
            bool known = vb_texts_find(folders, seen) < folders->count;
            if (!known && vb_texts_add(folders, "%s", seen) != 0)
                status = vb_say_no_memory(job->message);
        }
        free(path);
    }
    free(build);
    if (status == 0 && folders->count == 0)
        status = vb_say(job->message,
                        "None of the suites lies in the build folder %s, so it is not known where "
                        "those of another revision are.",
                        job->build);
    return status;
}

/* What the build is made from. */
static int make_key(revision_build *job)
{
    vb_digest digest;
    char text[VB_DIGEST_TEXT];
    const vb_suite *suite = first_with_recipe(job->today);
    char *script = vb_cmake_cache_script(&job->configured, "source");
    if (!script)
        return vb_say_no_memory(job->message);
    vb_digest_begin(&digest);
    vb_digest_text(&digest, VB_VERSION);
    vb_digest_text(&digest, job->commit);
    vb_digest_text(&digest, job->repository.prefix);
    vb_digest_text(&digest, vb_cmake_cache_value(&job->configured, "CMAKE_GENERATOR"));
    vb_digest_text(&digest, suite->build_type);
    vb_digest_text(&digest, suite->compiler);
    vb_digest_text(&digest, script);
    for (size_t i = 0; i < job->folders.count; i++)
        vb_digest_text(&digest, job->folders.items[i]);
    /* An installed libvbench is the same in each revision, until another is installed. */
    size_t build_bytes = strlen(job->build);
    if (suite->recipe->harness && strncmp(suite->recipe->harness, job->build, build_bytes) != 0)
        vb_digest_file(&digest, suite->recipe->harness);
    vb_digest_end(&digest, text);
    free(script);
    snprintf(job->key, sizeof job->key, "%.12s-%.40s", job->commit, text);
    return 0;
}

/* ---- the build */

static vb_cmake_build cmake_build(const revision_build *job)
{
    return (vb_cmake_build){.like = &job->configured,
                            .folder = job->folder,
                            .worktree = job->worktree,
                            .source = job->project,
                            .log = job->log};
}

/* `cmake` is what vb_cmake_configure or vb_cmake_compile returned, `why` its clause. */
static int say_failure(revision_build *job, int cmake, const char *what, const vb_message *why)
{
    if (cmake > 0) {
        job->log_told = true;
        return vb_say(job->message,
                      "The revision %.*s cannot be %s: %.600s; all that was said is in %s.", SHORT,
                      job->commit, what, why->text, job->log);
    }
    if (cmake < 0)
        *job->message = *why;
    return cmake;
}

static int configure(revision_build *job)
{
    vb_message why = {""};
    const vb_cmake_build build = cmake_build(job);
    return say_failure(job, vb_cmake_configure(&build, &why), "configured", &why);
}

static int compile(revision_build *job, const vb_texts *targets)
{
    vb_message why = {""};
    const vb_cmake_build build = cmake_build(job);
    const char *build_type = first_with_recipe(job->today)->build_type;
    return say_failure(job, vb_cmake_compile(&build, build_type, targets, &why), "built", &why);
}

/* Whether it measures a shared library of its own project: that cannot be put into an archive. */
static bool measures_shared(const revision_build *job, const vb_recipe *recipe)
{
    const json_t *list = json_object_get(recipe->document, "subject_shared");
    size_t length = strlen(job->folder);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *library = json_string_value(json_array_get(list, i));
        if (library && strncmp(library, job->folder, length) == 0)
            return true;
    }
    return false;
}

/* The target of a suite of the new build, from its recipe. */
static int add_target(const revision_build *job, const char *executable, vb_texts *targets)
{
    char *path = NULL;
    vb_recipe recipe;
    const char *name = vb_path_name(executable);
    if (asprintf(&path, "%s" VB_RECIPE_SUFFIX, executable) < 0)
        return vb_say_no_memory(job->message);
    int status = vb_recipe_read(path, &recipe, job->message);
    free(path);
    if (status != 0)
        return status;
    if (measures_shared(job, &recipe))
        status = vb_say(job->message,
                        "The suite %s of the revision %.*s measures a shared library of its own "
                        "project, which an archive does not hold; build that library statically.",
                        name, SHORT, job->commit);
    else if (vb_texts_add(targets, "%s", recipe.suite[0] ? recipe.suite : name) != 0)
        status = vb_say_no_memory(job->message);
    vb_recipe_free(&recipe);
    return status;
}

/* The suites of one folder of the new build: its executables and their targets. */
static int add_suites(const revision_build *job, const char *folder, vb_texts *executables,
                      vb_texts *targets)
{
    char *path = NULL;
    if (asprintf(&path, "%s/build/%s", job->folder, folder) < 0)
        return vb_say_no_memory(job->message);
    int status = vb_suites_in_folder(path, executables, job->message);
    free(path);
    while (status == 0 && targets->count < executables->count)
        status = add_target(job, executables->items[targets->count], targets);
    return status;
}

/* ---- all together */

static int pack(const revision_build *job, const vb_texts *executables)
{
    vb_suite_list suites;
    vb_texts notes = {0}; /* of objects that are gone: these are fresh */
    char *archive = NULL;
    if (asprintf(&archive, "%s/archive", job->folder) < 0)
        return vb_say_no_memory(job->message);
    int status = vb_make_folder(archive, job->message);
    if (status == 0 && (status = vb_suites_find(executables->items, executables->count, &suites,
                                                job->message)) == 0) {
        status = vb_archive_pack(&suites, NULL, archive, &notes, job->message);
        vb_suites_free(&suites);
    }
    vb_texts_free(&notes);
    free(archive);
    return status;
}

/* Tells the user what takes so long. */
static void announce(const revision_build *job)
{
    vb_message line;
    char subject[256];
    vb_repository_subject(&job->repository, job->commit, subject, sizeof subject);
    vb_say(&line, "vbench: building %.*s (%s), once; this takes as long as a build does ...", SHORT,
           job->commit, subject);
    fprintf(stderr, "%s\n", line.text);
}

static int check_out(revision_build *job)
{
    char *lost = NULL;
    char *worktree = NULL;
    int status = 0;
    if (asprintf(&lost, "%s/%s-", job->cache, kind) < 0)
        return vb_say_no_memory(job->message);
    if (asprintf(&worktree, "%s/source", job->folder) < 0)
        status = vb_say_no_memory(job->message);
    if (status == 0)
        status = vb_worktree_forget_lost(&job->repository, lost, job->message);
    free(lost);
    if (status != 0) {
        free(worktree);
        return status;
    }
    job->worktree = worktree;
    int bytes = asprintf(&job->project, "%s/%s", worktree, job->repository.prefix);
    if (bytes < 0) {
        job->project = NULL;
        return vb_say_no_memory(job->message);
    }
    job->project[bytes - 1] = '\0'; /* its slash */
    return vb_worktree_add(&job->repository, job->commit, worktree, job->log, job->message);
}

static int make_suites(revision_build *job)
{
    const vb_texts *folders = &job->folders;
    vb_texts executables = {0};
    vb_texts targets = {0};
    announce(job);
    int status = check_out(job);
    if (status == 0)
        status = configure(job);
    for (size_t i = 0; i < folders->count && status == 0; i++)
        status = add_suites(job, folders->items[i], &executables, &targets);
    if (status == 0 && targets.count == 0)
        status = vb_say(job->message,
                        "The revision %.*s has no suite with a recipe where today's suites lie (%s "
                        "in the build folder); it is from before they were made with "
                        "vbench_add_suite, or before they lay there.",
                        SHORT, job->commit, folders->items[0]);
    if (status == 0)
        status = compile(job, &targets);
    if (status == 0)
        status = pack(job, &executables);
    vb_texts_free(&executables);
    vb_texts_free(&targets);
    return status;
}

/* Removes what is not kept of the folder. */
static void clean_up(revision_build *job)
{
    static const char *const made[] = {"source", "build", "configuration.cmake"};
    if (job->worktree)
        vb_worktree_remove(&job->repository, job->worktree);
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        char path[2 * PATH_BYTES];
        snprintf(path, sizeof path, "%s/%s", job->folder, made[i]);
        vb_remove_folder(path);
    }
}

/* Takes the suites of an entry of the cache. */
static int open_archive(const char *folder, void *context, vb_message *message)
{
    revision_build *job = context;
    char *archive = NULL;
    vb_texts notes = {0}; /* of libraries of the system that have changed */
    if (asprintf(&archive, "%s/archive", folder) < 0)
        return vb_say_no_memory(message);
    int status = vb_archive_open(archive, NULL, &job->built->executables, &notes, message);
    if (status != 0)
        vb_texts_free(&job->built->executables);
    vb_texts_free(&notes);
    free(archive);
    return status;
}

/* Builds it into an entry of the cache. What fails is told in job->message. */
static int make_entry(const char *folder, void *context, vb_message *message)
{
    revision_build *job = context;
    job->folder = folder;
    if (asprintf(&job->log, "%s/%s-%s.log", job->cache, kind, job->key) < 0) {
        job->log = NULL;
        return vb_say_no_memory(message);
    }
    unlink(job->log);
    int status = make_suites(job);
    clean_up(job);
    if (!job->log_told)
        unlink(job->log);
    return status;
}

static int build(revision_build *job)
{
    char *folder = NULL;
    int status = find_configuration(job);
    if (status == 0)
        status = vb_repository_find(job->source, &job->repository, job->message);
    if (status == 0)
        status =
            vb_repository_commit(&job->repository, job->revision, job->built->commit, job->message);
    if (status == 0)
        status = find_suite_folders(job);
    if (status == 0)
        status = make_key(job);
    if (status == 0)
        status = vb_cache_get(job->cache, kind, job->key, open_archive, make_entry, job, &folder,
                              job->message);
    free(folder);
    return status;
}

int vb_revision_build(const char *revision, const vb_suite_list *today, const char *cache,
                      vb_revision *built, vb_message *message)
{
    revision_build job = {.revision = revision,
                          .today = today,
                          .cache = cache,
                          .built = built,
                          .commit = built->commit,
                          .message = message};
    *built = (vb_revision){0};
    int status = build(&job);
    if (status != 0 && vb_process_interrupted())
        status = -EINTR;
    if (status != 0)
        vb_revision_free(built);
    vb_cmake_cache_free(&job.configured);
    vb_texts_free(&job.folders);
    free(job.worktree);
    free(job.project);
    free(job.log);
    return status;
}

void vb_revision_free(vb_revision *built)
{
    if (!built)
        return;
    vb_texts_free(&built->executables);
    built->commit[0] = '\0';
}
