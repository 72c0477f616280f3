/* A temporary folder of small files for a test program. Include after _GNU_SOURCE. */
#ifndef VBENCH_TEST_FILES_H
#define VBENCH_TEST_FILES_H

#include "test_cmocka.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEST_PATH_MAX = 256 };

static char test_folder[64];

/* Group fixtures for cmocka_run_group_tests_name. */
static inline int make_test_folder(void **state)
{
    (void)state;
    strcpy(test_folder, "/tmp/vbench-test-XXXXXX");
    return mkdtemp(test_folder) ? 0 : -1;
}

static inline int remove_entry(const char *path, const struct stat *found, int kind,
                               struct FTW *where)
{
    (void)found;
    (void)kind;
    (void)where;
    return remove(path);
}

static inline int remove_test_folder(void **state)
{
    (void)state;
    return nftw(test_folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path of a name in the folder. */
static inline const char *in_test_folder(const char *name, char path[TEST_PATH_MAX])
{
    snprintf(path, TEST_PATH_MAX, "%s/%s", test_folder, name);
    return path;
}

static inline void write_text(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

/* An executable shell script. */
static inline const char *write_script(const char *name, const char *body, char path[TEST_PATH_MAX])
{
    char text[4096];
    assert_true(snprintf(text, sizeof text, "#!/bin/sh\n%s\n", body) < (int)sizeof text);
    write_text(in_test_folder(name, path), text, 0755);
    return path;
}

#endif
