/* Benchmarks of find.c: how fast a word at the end of a text is found. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vbench/vbench.h>

#include "find.h"

static const char word[] = "needle";
enum { WORD_BYTES = sizeof word - 1 };

typedef struct {
    size_t bytes;
    size_t wrong; /* how often the word was found elsewhere */
    char text[];
} fixture;

static int setup(vb_run *run, void **made)
{
    size_t bytes = (size_t)vb_param(run, 0);
    fixture *f = malloc(sizeof *f + bytes);
    if (!f)
        return -ENOMEM;
    f->bytes = bytes;
    for (size_t i = 0; i < bytes; i++)
        f->text[i] = "need a nail "[i % 12];
    memcpy(f->text + bytes - WORD_BYTES, word, WORD_BYTES);
    *made = f;
    return 0;
}

static void find(vb_run *run)
{
    fixture *f = vb_fixture(run);
    size_t wrong = 0;
    VB_LOOP (run) {
        size_t at = find_word(f->text, f->bytes, word, WORD_BYTES);
        wrong += at != f->bytes - WORD_BYTES;
        VB_KEEP(wrong);
    }
    f->wrong = wrong;
    vb_bytes(run, f->bytes);
}

static void finish(vb_run *run)
{
    fixture *f = vb_fixture(run);
    if (f->wrong != 0)
        vb_fail(run, "the word was not found where it stands");
}

static const vb_bench table[] = {
    {
        .name = "find/at_the_end",
        .fn = find,
        .setup = setup,
        .finish = finish,
        .teardown = free,
        .axes = {VB_VALUES("size", 64, 4096)},
    },
};

VB_MAIN(table)
