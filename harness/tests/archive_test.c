/* Archives: what is packed is opened again, whatever is wrong with one has a sentence of its own,
 * and a baseline's archive is found for its very JSON alone. */
#define _GNU_SOURCE
#include "test_cmocka.h"

#include "runner/archive.h"
#include "runner/digest.h"
#include "runner/json.h"
#include "runner/recipe.h"
#include "runner/shortfall.h"
#include "runner/suites.h"
#include "test_files.h"
#include "test_memory.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

enum { PATH_ROOM = 4 * TEST_PATH_MAX };

static vb_message message;
static vb_texts notes;
static vb_texts executables;
static vb_suite_list suites;

static int clean(void **state)
{
    (void)state;
    vb_texts_free(&notes);
    vb_texts_free(&executables);
    vb_suites_free(&suites);
    suites = (vb_suite_list){0};
    vb_shortfall_forget();
    return 0;
}

static const char *in(const char *folder, const char *name, char path[PATH_ROOM])
{
    assert_true(snprintf(path, PATH_ROOM, "%s/%s", folder, name) < PATH_ROOM);
    return path;
}

static bool exists(const char *folder, const char *name)
{
    char path[PATH_ROOM];
    return access(in(folder, name, path), F_OK) == 0;
}

static const char *new_folder(const char *name, char path[TEST_PATH_MAX])
{
    assert_int_equal(mkdir(in_test_folder(name, path), 0755), 0);
    return path;
}

static void make(const char *folder, const char *name, const char *text)
{
    char path[PATH_ROOM];
    write_text(in(folder, name, path), text, 0755);
}

/* Two suites that share the subject's object, which has the same base name as the first one's. */
static void make_build(const char *folder)
{
    static const char *const names[] = {"ring", "bundle"};
    char path[PATH_ROOM];
    mkdir(in(folder, "core", path), 0755);
    make(folder, "core/ring.c.o", "the core's");
    make(folder, "ring.c.o", "the suite's");
    make(folder, "bundle.c.o", "the suite's");
    make(folder, "libvbench.a", "the harness's");
    make(folder, "libmore.a", "more");
    char *paths[2];
    for (int i = 0; i < 2; i++) {
        char text[2048];
        char file[64];
        snprintf(text, sizeof text,
                 "{\"recipe_version\": 1, \"suite\": \"%s\", \"linker\": \"c++\","
                 "\"linker_flags\": \"-O2\", \"suite_objects\": [\"%s.c.o\"],"
                 "\"subject_objects\": [\"core/ring.c.o\"], \"needed_objects\": [],"
                 "\"subject_shared\": [], \"layout\": \"free\", \"layout_reason\": null,"
                 "\"harness\": \"libvbench.a\","
                 "\"libraries\": [\"libmore.a\", \"/usr/lib/libshared.so\", \"-lpthread\"]}",
                 names[i], names[i]);
        snprintf(file, sizeof file, "%s.link.json", names[i]);
        make(folder, file, text);
        make(folder, names[i], "#!/bin/sh\n"); /* last, as a linker would */
        assert_true(asprintf(&paths[i], "%s/%s", folder, names[i]) > 0);
    }
    assert_int_equal(vb_suites_find(paths, 2, &suites, &message), 0);
    free(paths[0]);
    free(paths[1]);
}

/* A build and its archive, in folders that begin with `name`. */
static const char *packed(const char *name, char archive[TEST_PATH_MAX])
{
    char build[TEST_PATH_MAX];
    char text[64];
    snprintf(text, sizeof text, "%s-build", name);
    make_build(new_folder(text, build));
    new_folder(name, archive);
    assert_int_equal(vb_archive_pack(&suites, NULL, archive, &notes, &message), 0);
    return archive;
}

static void assert_refused(const char *archive, const char *why)
{
    char expected[VB_MESSAGE_MAX];
    assert_int_equal(vb_archive_open(archive, NULL, &executables, &notes, &message), -1);
    assert_int_equal(executables.count, 0);
    snprintf(expected, sizeof expected, "The archive %.200s cannot be used: %.500s.", archive, why);
    assert_string_equal(message.text, expected);
}

static void what_is_packed_is_opened_again(void **state)
{
    (void)state;
    char archive[TEST_PATH_MAX];
    char path[PATH_ROOM];
    packed("round-trip", archive);
    assert_int_equal(notes.count, 0);
    assert_int_equal(vb_archive_open(archive, NULL, &executables, &notes, &message), 0);
    assert_int_equal(executables.count, 2);
    assert_string_equal(executables.items[0], in(archive, "ring", path));
    assert_string_equal(executables.items[1], in(archive, "bundle", path));
    assert_int_equal(access(executables.items[0], X_OK), 0);
}

static void an_archived_recipe_links_the_archives_objects_under_their_old_names(void **state)
{
    (void)state;
    char archive[TEST_PATH_MAX];
    char path[PATH_ROOM];
    vb_recipe ring;
    vb_recipe bundle;
    packed("recipes", archive);
    assert_int_equal(vb_recipe_read(in(archive, "ring.link.json", path), &ring, &message), 0);
    assert_int_equal(vb_recipe_read(in(archive, "bundle.link.json", path), &bundle, &message), 0);
    assert_null(ring.fixed_layout);
    const char *const files[] = {ring.suite_objects.items[0], ring.subject_objects.items[0],
                                 ring.harness, ring.libraries.items[0]};
    const char *const names[] = {"/ring.c.o", "/ring.c.o", "/libvbench.a", "/libmore.a"};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(strncmp(files[i], archive, strlen(archive)), 0);
        assert_string_equal(strrchr(files[i], '/'), names[i]);
        assert_int_equal(access(files[i], R_OK), 0);
    }
    assert_string_not_equal(files[0], files[1]);
    assert_string_equal(ring.subject_objects.items[0], bundle.subject_objects.items[0]);
    assert_string_equal(ring.libraries.items[1], "/usr/lib/libshared.so");
    assert_string_equal(ring.libraries.items[2], "-lpthread");
    vb_recipe_free(&ring);
    vb_recipe_free(&bundle);
}

static void an_archive_can_be_archived_again(void **state)
{
    (void)state;
    char first[TEST_PATH_MAX];
    char second[TEST_PATH_MAX];
    packed("first", first);
    assert_int_equal(vb_archive_open(first, NULL, &executables, &notes, &message), 0);
    vb_suites_free(&suites);
    assert_int_equal(vb_suites_find(executables.items, executables.count, &suites, &message), 0);
    new_folder("second", second);
    assert_int_equal(vb_archive_pack(&suites, NULL, second, &notes, &message), 0);
    assert_int_equal(notes.count, 0); /* the objects are not newer than the executables */
    vb_texts_free(&executables);
    assert_int_equal(vb_archive_open(second, NULL, &executables, &notes, &message), 0);
}

/* --- suites that cannot be linked again */

static void assert_fixed(const char *archive, const char *name, const char *reason)
{
    char path[PATH_ROOM];
    vb_recipe recipe;
    assert_int_equal(notes.count, 1);
    assert_non_null(strstr(notes.items[0], "is archived without its objects, so it will be "
                                           "compared as it is, in one layout: "));
    assert_non_null(strstr(notes.items[0], reason));
    assert_int_equal(vb_recipe_read(in(archive, name, path), &recipe, &message), 0);
    assert_non_null(strstr(recipe.fixed_layout, reason));
    assert_int_equal(
        recipe.suite_objects.count + recipe.subject_objects.count + recipe.libraries.count, 0);
    assert_null(recipe.harness);
    vb_recipe_free(&recipe);
    assert_int_equal(vb_archive_open(archive, NULL, &executables, &notes, &message), 0);
    assert_int_equal(executables.count, 2);
}

static void a_suite_whose_object_is_gone_is_archived_alone(void **state)
{
    (void)state;
    char build[TEST_PATH_MAX];
    char archive[TEST_PATH_MAX];
    char path[PATH_ROOM];
    make_build(new_folder("gone-build", build));
    assert_int_equal(unlink(in(build, "bundle.c.o", path)), 0);
    new_folder("gone", archive);
    assert_int_equal(vb_archive_pack(&suites, NULL, archive, &notes, &message), 0);
    assert_fixed(archive, "bundle.link.json", "bundle.c.o cannot be read: No such file");
}

static void an_object_that_was_compiled_after_the_link_is_not_taken_for_the_suites(void **state)
{
    (void)state;
    char build[TEST_PATH_MAX];
    char archive[TEST_PATH_MAX];
    char path[PATH_ROOM];
    make_build(new_folder("newer-build", build));
    const struct timespec later[] = {{.tv_sec = time(NULL) + 5}, {.tv_sec = time(NULL) + 5}};
    assert_int_equal(utimensat(AT_FDCWD, in(build, "bundle.c.o", path), later, 0), 0);
    new_folder("newer", archive);
    assert_int_equal(vb_archive_pack(&suites, NULL, archive, &notes, &message), 0);
    assert_fixed(archive, "bundle.link.json",
                 "bundle.c.o was compiled after the suite had been linked.");
}

static void a_suite_without_recipe_is_archived_alone(void **state)
{
    (void)state;
    char build[TEST_PATH_MAX];
    char archive[TEST_PATH_MAX];
    make_build(new_folder("bare-build", build));
    vb_recipe_free(suites.items[1].recipe);
    free(suites.items[1].recipe);
    suites.items[1].recipe = NULL;
    new_folder("bare", archive);
    assert_int_equal(vb_archive_pack(&suites, NULL, archive, &notes, &message), 0);
    assert_int_equal(notes.count, 1);
    assert_non_null(strstr(notes.items[0], "it has no recipe."));
    assert_false(exists(archive, "bundle.link.json"));
    assert_int_equal(vb_archive_open(archive, NULL, &executables, &notes, &message), 0);
    assert_int_equal(executables.count, 2);
}

/* --- damage */

/* Changes one member of archive.json; `member` of `object` where that is not NULL. */
static void edit_document(const char *archive, const char *object, const char *member,
                          json_t *value)
{
    char path[PATH_ROOM];
    json_t *document = json_load_file(in(archive, VB_ARCHIVE_DOCUMENT, path), 0, NULL);
    json_t *owner = object ? json_object_get(document, object) : document;
    assert_non_null(owner);
    if (value)
        assert_int_equal(json_object_set_new(owner, member, value), 0);
    else
        assert_int_equal(json_object_del(owner, member), 0);
    assert_int_equal(json_dump_file(document, path, 0), 0);
    json_decref(document);
}

static void another_version_protocol_api_or_architecture_is_refused(void **state)
{
    (void)state;
    char archive[TEST_PATH_MAX];
    packed("versions", archive);
    const struct {
        const char *member;
        json_t *value;
        json_t *right;
        const char *why;
    } cases[] = {
        {"archive_version", json_integer(2), json_integer(1),
         "it was made by a newer vbench, in version 2 of the format, and this one reads 1"},
        {"archive_version", json_string("1"), json_integer(1),
         "its archive.json does not have an archive_version that this vbench knows"},
        {"archive_version", NULL, json_integer(1),
         "its archive.json does not have an archive_version that this vbench knows"},
        {"protocol_version", json_integer(1), json_integer(2),
         "its suites speak version 1 of the worker protocol, and this vbench 2"},
        {"api_version", json_integer(7), json_integer(1),
         "its suites are written for version 7 of vbench.h, and this vbench has 1"},
        {"architecture", json_string("vax"), NULL, "it is of another architecture, vax"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        edit_document(archive, NULL, cases[i].member, cases[i].value);
        assert_refused(archive, cases[i].why);
        if (cases[i].right)
            edit_document(archive, NULL, cases[i].member, cases[i].right);
    }
}

static void a_file_that_changed_or_is_gone_is_named(void **state)
{
    (void)state;
    static const char *const names[] = {"ring", "bundle.link.json"};
    char archive[TEST_PATH_MAX];
    char path[PATH_ROOM];
    char why[TEST_PATH_MAX];
    packed("damaged", archive);
    for (size_t i = 0; i < 2; i++) {
        FILE *file = fopen(in(archive, names[i], path), "a");
        assert_non_null(file);
        fputc(' ', file);
        fclose(file);
        snprintf(why, sizeof why, "its file %s was changed since", names[i]);
        assert_refused(archive, why);
        assert_int_equal(unlink(path), 0);
        snprintf(why, sizeof why, "its file %s is gone", names[i]);
        assert_refused(archive, why);
        if (i == 0)
            make(archive, names[i], "#!/bin/sh\n");
    }
}

static void an_archive_without_a_readable_document_is_refused(void **state)
{
    (void)state;
    char archive[TEST_PATH_MAX];
    char path[PATH_ROOM];
    packed("document", archive);
    in(archive, VB_ARCHIVE_DOCUMENT, path);
    write_text(path, "{\"archive_version\":", 0644);
    assert_int_equal(vb_archive_open(archive, NULL, &executables, &notes, &message), -1);
    assert_non_null(strstr(message.text, "cannot be used: its archive.json is not JSON: "));
    write_text(path, "[]", 0644);
    assert_refused(archive,
                   "its archive.json does not have an archive_version that this vbench knows");
    assert_int_equal(unlink(path), 0);
    assert_refused(archive, "it has no archive.json");
}

static void a_document_that_leads_out_of_the_archive_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"/bin/sh", "../sh", "x/../../sh"};
    char archive[TEST_PATH_MAX];
    char why[TEST_PATH_MAX];
    packed("outside", archive);
    for (size_t i = 0; i < 3; i++) {
        edit_document(archive, "files", names[i], json_string(""));
        snprintf(why, sizeof why, "its archive.json lists %s, which is no file of it", names[i]);
        assert_refused(archive, why);
        edit_document(archive, "files", names[i], NULL);
    }
    edit_document(archive, NULL, "suites", json_pack("[s]", "/bin/sh"));
    assert_refused(archive, "its archive.json names a suite that is not among its files");
    edit_document(archive, NULL, "suites", json_array());
    assert_refused(archive, "it has no suite");
    edit_document(archive, NULL, "files", json_object());
    assert_refused(archive, "its archive.json lists no files");
}

static void a_shared_library_that_is_gone_or_may_hold_other_measured_code_is_refused(void **state)
{
    (void)state;
    char archive[TEST_PATH_MAX];
    char library[TEST_PATH_MAX];
    char digest[VB_DIGEST_TEXT];
    char why[PATH_ROOM];
    packed("libraries", archive);
    write_text(in_test_folder("libsubject.so", library), "old", 0644);
    assert_int_equal(vb_digest_of_file(library, digest), 0);
    for (int measured = 0; measured < 2; measured++) {
        edit_document(archive, "libraries", library,
                      json_pack("{s:s, s:b}", "sha256", digest, "measured", measured));
        write_text(library, "old", 0644);
        assert_int_equal(vb_archive_open(archive, NULL, &executables, &notes, &message), 0);
        assert_int_equal(notes.count, 0);
        vb_texts_free(&executables);
        write_text(library, "new", 0644);
        if (measured) {
            snprintf(why, sizeof why,
                     "the shared library %s that its suites load was built again since", library);
            assert_refused(archive, why);
        } else {
            assert_int_equal(vb_archive_open(archive, NULL, &executables, &notes, &message), 0);
            assert_int_equal(notes.count, 1);
            snprintf(why, sizeof why,
                     "The shared library %s was updated since %s was made; old and new both load "
                     "today's.",
                     library, archive);
            assert_string_equal(notes.items[0], why);
            vb_texts_free(&executables);
            vb_texts_free(&notes);
        }
        assert_int_equal(unlink(library), 0);
        snprintf(why, sizeof why, "the shared library %s that its suites load is gone", library);
        assert_refused(archive, why);
    }
}

static void a_refusal_offers_to_build_the_commit(void **state)
{
    (void)state;
    char archive[TEST_PATH_MAX];
    new_folder("empty", archive);
    assert_int_equal(vb_archive_open(archive, "12ab", &executables, &notes, &message), -1);
    assert_non_null(strstr(message.text, "it has no archive.json; `vbench compare --rev 12ab` "
                                         "builds that revision instead."));
}

static void without_memory_an_archive_is_whole_or_refused(void **state)
{
    (void)state;
    char build[TEST_PATH_MAX];
    char archive[TEST_PATH_MAX];
    char name[32];
    int refused = 0;
    bool failed = true;
    make_build(new_folder("memory-build", build));
    for (long count = 0; failed; count++) {
        snprintf(name, sizeof name, "memory-%ld", count);
        new_folder(name, archive);
        vb_shortfall_forget();
        fail_allocation_after(count);
        int status = vb_archive_pack(&suites, NULL, archive, &notes, &message);
        failed = allocation_has_failed();
        refused += status != 0;
        if (status == 0)
            assert_int_equal(vb_archive_open(archive, NULL, &executables, &notes, &message), 0);
        else
            assert_true(strstr(message.text, "memory") || strstr(message.text, "written"));
        vb_texts_free(&executables);
    }
    assert_true(refused > 50);
    allow_leaks(true); /* vb_json_parse */
    failed = true;
    for (long count = 0; failed; count++) {
        fail_allocation_after(count);
        int status = vb_archive_open(archive, NULL, &executables, &notes, &message);
        failed = allocation_has_failed();
        assert_int_equal(status, failed ? -1 : 0);
        assert_true(!failed || strstr(message.text, "not enough memory"));
        vb_texts_free(&executables);
    }
    allow_leaks(false);
}

/* --- a baseline's */

/* Saves an archive for this JSON, writes the JSON, tidies. `baselines` has NAME-build beside it. */
static void save(const char *baselines, const char *json)
{
    assert_int_equal(vb_archive_save(baselines, "x", json, &suites, &notes, &message), 0);
    make(baselines, "x.json", json);
    vb_archive_tidy(baselines, "x");
}

static const char *new_baselines(const char *name, char baselines[TEST_PATH_MAX])
{
    char build[TEST_PATH_MAX];
    char text[64];
    snprintf(text, sizeof text, "%s-build", name);
    make_build(new_folder(text, build));
    return in_test_folder(name, baselines); /* made when it is needed */
}

static int entries_in(const char *folder)
{
    int count = 0;
    DIR *opened = opendir(folder);
    for (struct dirent *entry; opened && (entry = readdir(opened));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    if (opened)
        closedir(opened);
    return count;
}

static void an_archive_is_found_for_its_very_json_alone(void **state)
{
    (void)state;
    char baselines[TEST_PATH_MAX];
    char path[PATH_ROOM];
    char *folder;
    save(new_baselines("found", baselines), "{\"a\": 1}");
    in(baselines, "x.json", path);
    assert_int_equal(vb_archive_find(path, &folder, &message), 1);
    assert_int_equal(vb_archive_open(folder, NULL, &executables, &notes, &message), 0);
    assert_int_equal(executables.count, 2);
    free(folder);
    make(baselines, "x.json", "{\"a\": 2}");
    assert_int_equal(vb_archive_find(path, &folder, &message), 0);
    assert_null(folder);
    make(baselines, "x.json", "{\"a\": 1}");
    assert_int_equal(vb_archive_find(path, &folder, &message), 1);
    free(folder);
    make(baselines, "y.json", "{\"a\": 1}"); /* a copy under another name */
    assert_int_equal(vb_archive_find(in(baselines, "y.json", path), &folder, &message), 0);
    assert_int_equal(vb_archive_find(in(baselines, "none.json", path), &folder, &message), -1);
    assert_non_null(strstr(message.text, "none.json cannot be read: No such file"));
    assert_int_equal(vb_archive_find("/dev/zero", &folder, &message), 0);
}

static void a_second_save_leaves_one_archive(void **state)
{
    (void)state;
    char baselines[TEST_PATH_MAX];
    char folder[PATH_ROOM];
    char path[PATH_ROOM];
    char *found;
    save(new_baselines("twice", baselines), "{\"a\": 1}");
    save(baselines, "{\"a\": 2}");
    save(baselines, "{\"a\": 2}"); /* the same once more */
    assert_int_equal(entries_in(in(baselines, ".archive/x", folder)), 1);
    assert_int_equal(vb_archive_find(in(baselines, "x.json", path), &found, &message), 1);
    free(found);
}

static void a_save_whose_json_was_not_written_keeps_the_old_archive(void **state)
{
    (void)state;
    char baselines[TEST_PATH_MAX];
    char folder[PATH_ROOM];
    char path[PATH_ROOM];
    char *found;
    save(new_baselines("unwritten", baselines), "{\"a\": 1}");
    assert_int_equal(vb_archive_save(baselines, "x", "{\"a\": 2}", &suites, &notes, &message), 0);
    in(baselines, ".archive/x", folder);
    assert_int_equal(entries_in(folder), 3); /* old, new, and the claim to it */
    vb_archive_tidy(baselines, "x");
    assert_int_equal(entries_in(folder), 1);
    assert_int_equal(vb_archive_find(in(baselines, "x.json", path), &found, &message), 1);
    free(found);
}

static void a_save_that_cannot_be_packed_keeps_the_old_archive(void **state)
{
    (void)state;
    char baselines[TEST_PATH_MAX];
    char folder[PATH_ROOM];
    char path[PATH_ROOM];
    save(new_baselines("unpacked", baselines), "{\"a\": 1}");
    assert_int_equal(unlink(suites.items[1].path), 0);
    assert_int_equal(vb_archive_save(baselines, "x", "{\"a\": 2}", &suites, &notes, &message), -1);
    assert_non_null(strstr(message.text, "bundle cannot be copied into the archive "));
    vb_archive_tidy(baselines, "x");
    assert_int_equal(entries_in(in(baselines, ".archive/x", folder)), 1);
    assert_int_equal(unlink(in(baselines, "x.json", path)), 0);
    vb_archive_tidy(baselines, "x"); /* no baseline, no archive, and no empty folders */
    assert_false(exists(baselines, ".archive"));
}

/* A process that sleeps until it is killed, or until this one ends: a test may fail before. */
static pid_t sleeper(void)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    return pid;
}

static void tidying_keeps_what_a_living_process_saves_and_what_is_not_its_own(void **state)
{
    (void)state;
    static const char *const others[] = {"notes.txt", "0123456789abcdef.1x.tmp",
                                         "0123456789abcdef.old", "0123456789abcdef0"};
    char baselines[TEST_PATH_MAX];
    char folder[PATH_ROOM];
    char path[PATH_ROOM];
    char claim[64];
    save(new_baselines("alive", baselines), "{\"a\": 1}");
    in(baselines, ".archive/x", folder);
    for (size_t i = 0; i < 4; i++)
        make(folder, others[i], "");
    pid_t pid = sleeper();
    snprintf(claim, sizeof claim, "0123456789abcdef.%ld.tmp", (long)pid);
    mkdir(in(folder, claim, path), 0755);
    mkdir(in(folder, "0123456789abcdef", path), 0755); /* packed, its JSON not yet written */
    mkdir(in(folder, "fedcba9876543210", path), 0755); /* nobody's */
    make(path, "file", "");
    vb_archive_tidy(baselines, "x");
    assert_true(exists(folder, claim) && exists(folder, "0123456789abcdef"));
    assert_false(exists(folder, "fedcba9876543210"));
    assert_int_equal(entries_in(folder), 4 + 3);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    vb_archive_tidy(baselines, "x");
    assert_false(exists(folder, claim) || exists(folder, "0123456789abcdef"));
    assert_int_equal(entries_in(folder), 4 + 1);
}

static void what_a_comparison_has_open_is_not_tidied_away(void **state)
{
    (void)state;
    char baselines[TEST_PATH_MAX];
    char path[PATH_ROOM];
    char *folder = NULL;
    save(new_baselines("open", baselines), "{\"a\": 1}");
    assert_int_equal(vb_archive_find(in(baselines, "x.json", path), &folder, &message), 1);
    assert_int_equal(vb_archive_open(folder, NULL, &executables, &notes, &message), 0);
    save(baselines, "{\"a\": 2}");
    assert_int_equal(access(executables.items[0], X_OK), 0);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_is_packed_is_opened_again, clean),
        cmocka_unit_test_teardown(
            an_archived_recipe_links_the_archives_objects_under_their_old_names, clean),
        cmocka_unit_test_teardown(an_archive_can_be_archived_again, clean),
        cmocka_unit_test_teardown(a_suite_whose_object_is_gone_is_archived_alone, clean),
        cmocka_unit_test_teardown(
            an_object_that_was_compiled_after_the_link_is_not_taken_for_the_suites, clean),
        cmocka_unit_test_teardown(a_suite_without_recipe_is_archived_alone, clean),
        cmocka_unit_test_teardown(another_version_protocol_api_or_architecture_is_refused, clean),
        cmocka_unit_test_teardown(a_file_that_changed_or_is_gone_is_named, clean),
        cmocka_unit_test_teardown(an_archive_without_a_readable_document_is_refused, clean),
        cmocka_unit_test_teardown(a_document_that_leads_out_of_the_archive_is_refused, clean),
        cmocka_unit_test_teardown(
            a_shared_library_that_is_gone_or_may_hold_other_measured_code_is_refused, clean),
        cmocka_unit_test_teardown(a_refusal_offers_to_build_the_commit, clean),
        cmocka_unit_test_teardown(without_memory_an_archive_is_whole_or_refused, clean),
        cmocka_unit_test_teardown(an_archive_is_found_for_its_very_json_alone, clean),
        cmocka_unit_test_teardown(a_second_save_leaves_one_archive, clean),
        cmocka_unit_test_teardown(a_save_whose_json_was_not_written_keeps_the_old_archive, clean),
        cmocka_unit_test_teardown(a_save_that_cannot_be_packed_keeps_the_old_archive, clean),
        cmocka_unit_test_teardown(tidying_keeps_what_a_living_process_saves_and_what_is_not_its_own,
                                  clean),
        cmocka_unit_test_teardown(what_a_comparison_has_open_is_not_tidied_away, clean),
    };
    vb_json_watch();
    return cmocka_run_group_tests_name("archive", tests, make_test_folder, remove_test_folder);
}
