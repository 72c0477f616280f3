/* revision_check CACHE REVISION [SUITE...]: what vb_revision_build says and makes, for the Python
 * tests. It prints the commit and the executables. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "runner/cache.h"
#include "runner/json.h"
#include "runner/process.h"
#include "runner/revision.h"
#include "runner/suites.h"

static int build(char **argv, int argc, const char *cache, vb_message *message)
{
    vb_suite_list today;
    vb_revision built;
    if (vb_suites_find(argv + 3, (size_t)argc - 3, &today, message) != 0)
        return -1;
    int status = vb_revision_build(argv[2], &today, cache, &built, message);
    vb_suites_free(&today);
    if (status != 0)
        return status;
    printf("%s\n", built.commit);
    for (size_t i = 0; i < built.executables.count; i++)
        printf("%s\n", built.executables.items[i]);
    vb_revision_free(&built);
    return 0;
}

int main(int argc, char **argv)
{
    vb_message message;
    char *cache = NULL;
    if (argc < 3)
        return 2;
    vb_json_watch();
    vb_process_catch_interrupts();
    int status = vb_cache_open(argv[1], &cache, &message);
    if (status == 0)
        status = build(argv, argc, cache, &message);
    free(cache);
    if (status == -EINTR)
        fprintf(stderr, "vbench: interrupted.\n");
    else if (status != 0)
        fprintf(stderr, "vbench: %s\n", message.text);
    return status == -EINTR ? 128 + vb_process_interrupted() : status != 0 ? 2 : 0;
}
