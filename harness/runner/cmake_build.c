#define _GNU_SOURCE
#include "runner/cmake_build.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/command.h"
#include "runner/read_file.h"
#include "runner/shortfall.h"
#include "runner/write_file.h"

static const size_t log_bytes_max = (size_t)64 << 20;

/* The first place in the log that tells of an error; NULL: there is none. */
static const char *find_mark(const char *log, size_t count, bool *of_cmake)
{
    static const char *const marks[] = {"CMake Error", "error:", "undefined reference"};
    const char *first = NULL;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const char *found = memmem(log, count, marks[i], strlen(marks[i]));
        if (found && (!first || found < first)) {
            first = found;
            *of_cmake = i == 0;
        }
    }
    return first;
}

/* The line of the log that says what is wrong, from the first error on: what comes last is make
 * saying that there was one. */
static void find_error(const vb_cmake_build *build, vb_message *why)
{
    vb_message unread;
    char *log = NULL;
    size_t count = 0;
    bool of_cmake = false;
    if (vb_read_file(build->log, log_bytes_max, &log, &count, &unread) != 0)
        return;
    const char *first = find_mark(log, count, &of_cmake);
    if (first) {
        const char *log_end = log + count;
        while (first > log && first[-1] != '\n')
            first--;
        const char *end = memchr(first, '\n', (size_t)(log_end - first));
        if (of_cmake && end && end + 1 < log_end) /* "CMake Error at FILE:LINE:", then the text */
            end = memchr(end + 1, '\n', (size_t)(log_end - end - 1));
        end = end ? end : log_end;
        size_t skipped = strlen(build->worktree) + 1; /* with the slash */
        if ((size_t)(end - first) > skipped && strncmp(first, build->worktree, skipped - 1) == 0)
            first += skipped;
        while (end > first && strchr(" .\r\n", end[-1]))
            end--;
        vb_say(why, "%.*s", (int)(end - first < 600 ? end - first : 600), first);
    }
    free(log);
}

static int run_cmake(const vb_cmake_build *build, const vb_texts *arguments, vb_message *message)
{
    const vb_command_options options = {
        .folder = build->folder, .without_repository = true, .log = build->log};
    int status = vb_command_run(arguments->items, &options, NULL, 0, message);
    if (status == 0 || status == -EINTR)
        return status;
    if (status > 0)
        find_error(build, message);
    return 1;
}

static const char *cmake_program(const vb_cmake_build *build)
{
    const char *program = vb_cmake_cache_value(build->like, "CMAKE_COMMAND");
    return program && access(program, X_OK) == 0 ? program : "cmake";
}

/* FOLDER/configuration.cmake. 0, or -1 with a sentence. */
static int write_script(const vb_cmake_build *build, vb_message *message)
{
    char *path = NULL;
    char *script = vb_cmake_cache_script(build->like, build->source);
    if (!script || asprintf(&path, "%s/configuration.cmake", build->folder) < 0) {
        free(script);
        return vb_say_no_memory(message);
    }
    int status = vb_write_file(path, script, strlen(script), message);
    free(path);
    free(script);
    return status;
}

int vb_cmake_configure(const vb_cmake_build *build, vb_message *message)
{
    static const char *const choices[][2] = {{"CMAKE_GENERATOR", "-G"},
                                             {"CMAKE_GENERATOR_PLATFORM", "-A"},
                                             {"CMAKE_GENERATOR_TOOLSET", "-T"}};
    vb_texts arguments = {0};
    if (write_script(build, message) != 0)
        return -1;
    int status = vb_texts_add(&arguments, "%s", cmake_program(build));
    for (size_t i = 0; i < sizeof choices / sizeof *choices && status == 0; i++) {
        const char *choice = vb_cmake_cache_value(build->like, choices[i][0]);
        if (choice)
            status = vb_texts_add(&arguments, "%s%s", choices[i][1], choice);
    }
    if (status == 0)
        status = vb_texts_add(&arguments, "-C%s/configuration.cmake", build->folder);
    if (status == 0)
        status = vb_texts_add(&arguments, "-S%s", build->source);
    if (status == 0)
        status = vb_texts_add(&arguments, "-B%s/build", build->folder);
    status = status == 0 ? run_cmake(build, &arguments, message) : vb_say_no_memory(message);
    vb_texts_free(&arguments);
    return status;
}

static int processor_count(void)
{
    cpu_set_t allowed;
    return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
}

int vb_cmake_compile(const vb_cmake_build *build, const char *build_type, const vb_texts *targets,
                     vb_message *message)
{
    vb_texts arguments = {0};
    const char *generator = vb_cmake_cache_value(build->like, "CMAKE_GENERATOR");
    int status = vb_texts_add(&arguments, "%s", cmake_program(build));
    if (status == 0)
        status = vb_texts_add(&arguments, "--build");
    if (status == 0)
        status = vb_texts_add(&arguments, "%s/build", build->folder);
    if (status == 0)
        status = vb_texts_add(&arguments, "--parallel");
    if (status == 0)
        status = vb_texts_add(&arguments, "%d", processor_count());
    if (status == 0 && strstr(generator, "Multi-Config"))
        status = vb_texts_add(&arguments, "--config=%s", build_type);
    if (status == 0)
        status = vb_texts_add(&arguments, "--target");
    if (status == 0)
        status = vb_texts_add_all(&arguments, targets);
    status = status == 0 ? run_cmake(build, &arguments, message) : vb_say_no_memory(message);
    vb_texts_free(&arguments);
    return status;
}
