/*
 * Links one suite in other layouts, or to another subject, and prints what came of it as JSON:
 *
 *     layouts_check layouts CACHE COUNT SUITE
 *     layouts_check relink CACHE SUITE OBJECT...
 *
 * Exit code 0; 130 after an interrupt; 2 with the sentence on standard error.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/cache.h"
#include "runner/json.h"
#include "runner/layouts.h"
#include "runner/process.h"
#include "runner/relink.h"
#include "runner/shortfall.h"
#include "runner/suites.h"

static json_t *list(const vb_texts *texts)
{
    json_t *array = json_array();
    for (size_t i = 0; i < texts->count; i++)
        json_array_append_new(array, json_string(texts->items[i]));
    return array;
}

static int make_layouts(const char *cache, size_t count, const vb_suite *suite, json_t **told,
                        vb_message *message)
{
    vb_layouts layouts;
    int status = vb_layouts_make(suite, count, cache, &layouts, message);
    if (status != 0)
        return status;
    *told = json_pack("{s:o, s:s?, s:O, s:i}", "executables", list(&layouts.executables), "reason",
                      layouts.reason, "functions", layouts.functions, "fixed_count",
                      (int)layouts.fixed_count);
    vb_layouts_free(&layouts);
    return 0;
}

static int relink(const char *cache, const vb_suite *suite, char **objects, int count,
                  json_t **told, vb_message *message)
{
    vb_texts subject = {0};
    char *executable = NULL;
    int status = 0;
    for (int i = 0; i < count && status == 0; i++)
        status = vb_texts_add(&subject, "%s", objects[i]);
    if (status == 0)
        status = vb_relink(suite->recipe, &subject, cache, &executable, message);
    if (status == 0)
        *told = json_pack("{s:s}", "executable", executable);
    free(executable);
    vb_texts_free(&subject);
    return status;
}

int main(int count, char **words)
{
    vb_suite_list suites;
    vb_message message;
    char *cache;
    json_t *told = NULL;
    if (count < 4)
        return 2;
    bool relinks = strcmp(words[1], "relink") == 0;
    vb_json_watch();
    vb_process_catch_interrupts();
    int status = vb_cache_open(words[2], &cache, &message);
    if (status == 0)
        status = vb_suites_find(words + (relinks ? 3 : 4), 1, &suites, &message);
    if (status == 0 && relinks)
        status = relink(cache, suites.items, words + 4, count - 4, &told, &message);
    else if (status == 0)
        status = make_layouts(cache, strtoul(words[3], NULL, 10), suites.items, &told, &message);
    if (status == -EINTR)
        return 130;
    if (status != 0) {
        fprintf(stderr, "%s\n", message.text);
        return 2;
    }
    char *text = json_dumps(told, JSON_COMPACT);
    if (!text || vb_shortfall() != 0) {
        vb_say_no_memory(&message);
        fprintf(stderr, "%s\n", message.text);
        return 2;
    }
    puts(text);
    free(text);
    json_decref(told);
    vb_suites_free(&suites);
    free(cache);
    return 0;
}
