#define _GNU_SOURCE
#include "runner/layout_links.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/affinity.h"
#include "runner/layout_functions.h"
#include "runner/layout_script.h"
#include "runner/link_command.h"
#include "runner/process.h"
#include "runner/shortfall.h"

enum { LINKERS_MAX = 8 };

/* How one of the linkers has ended. In memory that it shares with the runner. */
typedef struct {
    bool ended;
    int status; /* as of vb_layout_links_make */
    int shortfall;
    vb_message message;
} outcome;

/* What one of the linkers works with. */
typedef struct {
    char script[32]; /* names in the scratch folder */
    char joined[32];
    uint64_t *starts; /* of the units, in the layout at hand */
} linker;

char *vb_layout_executable(const char *folder, size_t layout)
{
    char *path = NULL;
    return asprintf(&path, "%s/layout-%02zu", folder, layout) < 0 ? NULL : path;
}

/* Makes one relocatable object of all, with the code as the layout has it. */
static int join(const vb_layout_links *links, const linker *own, size_t layout, vb_message *message)
{
    char *script = NULL;
    vb_texts flags = {0};
    if (asprintf(&script, "%s/%s", links->scratch, own->script) < 0)
        return vb_say_no_memory(message);
    int status =
        vb_layout_script_write(&links->inputs.objects, layout, script, own->starts, message);
    free(script);
    if (status != 0)
        return status;
    status = vb_texts_add(&flags, "-T%s", own->script);
    /* Otherwise the members of groups keep sections of their own. */
    if (status == 0 && links->inputs.objects.groups.count > 0)
        status = vb_texts_add(&flags, "--force-group-allocation");
    status = status == 0 ? vb_link_join(links->gnu_ld, &flags, &links->inputs.files, own->joined,
                                        links->scratch, message)
                         : vb_say_no_memory(message);
    vb_texts_free(&flags);
    return status;
}

/* Its own flags without those that take away the symbols, by which functions are found again. */
static bool strips(const char *word)
{
    return strcmp(word, "-s") == 0 || strcmp(word, "-Wl,-s") == 0 ||
           strcmp(word, "-Wl,--strip-all") == 0;
}

static int link_joined(const vb_layout_links *links, const linker *own, const char *executable,
                       vb_message *message)
{
    vb_texts objects = {0}, all = {0}, words = {0};
    int status = vb_texts_add(&objects, "%s/%s", links->scratch, own->joined);
    if (status == 0)
        status = vb_texts_add_all(&objects, &links->inputs.archives);
    if (status == 0)
        status = vb_link_command(links->recipe, &objects, executable, &all);
    for (size_t i = 0; i < all.count && status == 0; i++) {
        if (!strips(all.items[i]))
            status = vb_texts_add(&words, "%s", all.items[i]);
    }
    if (status == 0)
        status = vb_texts_add(&words, "-Wl,-S"); /* debug information would only fill the cache */
    status = status == 0 ? vb_link_run(&words, NULL, message) : vb_say_no_memory(message);
    vb_texts_free(&objects);
    vb_texts_free(&all);
    vb_texts_free(&words);
    return status;
}

static int make_layout(const vb_layout_links *links, const linker *own, size_t layout,
                       vb_message *message)
{
    char *executable = vb_layout_executable(links->folder, layout);
    if (!executable)
        return vb_say_no_memory(message);
    int status = join(links, own, layout, message);
    if (status == 0)
        status = link_joined(links, own, executable, message);
    if (status == 0)
        status = vb_layout_functions_read(
            &links->inputs.objects, own->starts, executable,
            links->offsets + layout * links->inputs.objects.function_count, message);
    free(executable);
    return status;
}

/* Layouts `number`, `number` + `count`, ... */
static int make_share(const vb_layout_links *links, size_t number, size_t count,
                      vb_message *message)
{
    linker own = {.starts = calloc(links->inputs.objects.unit_count + 1, sizeof *own.starts)};
    snprintf(own.script, sizeof own.script, "script-%zu", number);
    snprintf(own.joined, sizeof own.joined, "joined-%zu.o", number);
    int status = own.starts ? 0 : vb_say_no_memory(message);
    for (size_t i = number; i < links->count && status == 0; i += count)
        status = make_layout(links, &own, i, message);
    free(own.starts);
    return status;
}

/* In a process of its own: vb_command_run, which runs the linkers, waits for one at a time. */
static pid_t start_share(const vb_layout_links *links, size_t number, size_t count, outcome *told)
{
    pid_t parent = getpid();
    pid_t child = fork();
    if (child != 0)
        return child;
    vb_process_become_helper(parent);
    vb_process_drop_files();
    told->status = make_share(links, number, count, &told->message);
    told->shortfall = vb_shortfall();
    told->ended = true;
    _exit(0);
}

/* What one of them has come to, once it has ended. */
static int take_outcome(const outcome *told, vb_message *message)
{
    if (told->shortfall != 0)
        vb_shortfall_note(told->shortfall);
    *message = told->message;
    if (told->ended && (told->status != -EINTR || vb_process_interrupted()))
        return told->status;
    return vb_process_interrupted()
               ? -EINTR
               : vb_say(message, "A process that links layouts has died before its end.");
}

static size_t count_linkers(size_t layouts)
{
    int cpus[VB_CPUS_MAX];
    int count = 1;
    if (vb_affinity_get(cpus, &count) != 0 || count < 1)
        count = 1;
    size_t linkers = count < LINKERS_MAX ? (size_t)count : LINKERS_MAX;
    return linkers < layouts ? linkers : layouts;
}

/* All at once; the runner only waits. */
static int make_shares(const vb_layout_links *links, outcome *told, size_t count,
                       vb_message *message)
{
    pid_t children[LINKERS_MAX];
    size_t started = 0;
    int status = 0;
    for (; started < count && status == 0; started += status == 0) {
        children[started] = start_share(links, started, count, &told[started]);
        if (children[started] < 0) {
            vb_shortfall_note(errno);
            status = vb_say(message, "A process that links layouts cannot be started: %s.",
                            strerror(errno));
        }
    }
    for (size_t i = 0; i < started; i++) {
        vb_process_wait(children[i]);
        vb_message said;
        int ended = take_outcome(&told[i], &said);
        if (status == 0 && ended != 0) {
            status = ended;
            *message = said;
        }
    }
    return status;
}

int vb_layout_links_make(vb_layout_links *links, vb_message *message)
{
    const size_t linkers = count_linkers(links->count);
    const size_t functions = links->count * links->inputs.objects.function_count;
    const size_t bytes = linkers * sizeof(outcome) + functions * sizeof *links->offsets;
    outcome *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return vb_say_no_memory(message);
    links->offsets = (int *)(shared + linkers);
    int *found = malloc(functions * sizeof *found + 1);
    int status = found ? make_shares(links, shared, linkers, message) : vb_say_no_memory(message);
    if (status == 0)
        memcpy(found, links->offsets, functions * sizeof *found);
    links->offsets = found;
    munmap(shared, bytes);
    return status;
}

void vb_layout_links_free(vb_layout_links *links)
{
    vb_layout_inputs_free(&links->inputs);
    free(links->offsets);
    links->offsets = NULL;
}
