#include "runner/placement.h"

#include <stdlib.h>

#include "runner/shortfall.h"

static bool is_measured(int side, const vb_suite *suite, const vb_paired_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if ((side == VB_OLD ? cases[i].old : cases[i].new)->suite == suite)
            return true;
    }
    return false;
}

static int make_layouts(const vb_placement *placement, const vb_suite *suite, vb_layouts *layouts,
                        vb_message *message)
{
    if (placement->cache)
        return vb_layouts_make(suite, placement->wanted, placement->cache, layouts, message);
    layouts->reason = vb_copy_text(placement->no_cache);
    return layouts->reason ? 0 : vb_say_no_memory(message);
}

static vb_layouts *layouts_of(const vb_placement *placement, int side, const vb_suite *suite)
{
    return &placement->layouts[side][suite - placement->suites[side]->items];
}

static bool may_place_more(const vb_placement *placement, const vb_layouts *layouts)
{
    return placement->more && layouts->executables.count > 0 &&
           layouts->executables.count < VB_LAYOUTS_MORE;
}

int vb_placement_make(vb_placement *placement, vb_paired_case *cases, size_t count,
                      vb_message *message)
{
    int status = 0;
    for (int side = 0; side < VB_SIDES && status == 0; side++) {
        const vb_suite_list *suites = placement->suites[side];
        placement->layouts[side] = calloc(suites->count + 1, sizeof *placement->layouts[side]);
        if (!placement->layouts[side])
            return vb_say_no_memory(message);
        for (size_t i = 0; i < suites->count && status == 0; i++) {
            if (placement->wanted > 0 && is_measured(side, &suites->items[i], cases, count))
                status = make_layouts(placement, &suites->items[i], &placement->layouts[side][i],
                                      message);
        }
    }
    for (size_t i = 0; i < count && status == 0; i++) {
        vb_paired_case *paired = &cases[i];
        vb_layouts *old = layouts_of(placement, VB_OLD, paired->old->suite);
        vb_layouts *new = layouts_of(placement, VB_NEW, paired->new->suite);
        paired->old_layouts = old;
        paired->new_layouts = new;
        paired->may_place_more = may_place_more(placement, old) && may_place_more(placement, new);
    }
    return status;
}

/* Links the suite more often; where that cannot be it keeps what it has. 0, -EINTR, or -1: there is
 * no memory. */
static int place_more(const vb_placement *placement, const vb_suite *suite, vb_layouts *layouts,
                      vb_message *message)
{
    vb_layouts more;
    if (!may_place_more(placement, layouts)) /* another case's suite, too */
        return 0;
    int status = vb_layouts_make(suite, VB_LAYOUTS_MORE, placement->cache, &more, message);
    if (status == 0 && more.executables.count == VB_LAYOUTS_MORE) {
        vb_layouts kept = *layouts;
        *layouts = more;
        more = kept;
    }
    vb_layouts_free(&more);
    return status == -1 && !vb_shortfall() ? 0 : status;
}

int vb_placement_more(vb_placement *placement, vb_paired_case *cases, size_t count, bool in_time,
                      bool *any, vb_message *message)
{
    int status = 0;
    *any = false;
    for (size_t i = 0; i < count && status == 0; i++) {
        vb_paired_case *paired = &cases[i];
        if (paired->stop != VB_STOP_LAYOUTS)
            continue;
        *any = true;
        paired->stop = VB_STOP_NONE;
        paired->may_place_more = false;
        const vb_suite *suites[VB_SIDES] = {paired->old->suite, paired->new->suite};
        for (int side = 0; side < VB_SIDES && in_time && status == 0; side++)
            status = place_more(placement, suites[side], layouts_of(placement, side, suites[side]),
                                message);
    }
    return status;
}

void vb_placement_free(vb_placement *placement)
{
    for (int side = 0; side < VB_SIDES; side++) {
        for (size_t i = 0; placement->layouts[side] && i < placement->suites[side]->count; i++)
            vb_layouts_free(&placement->layouts[side][i]);
        free(placement->layouts[side]);
        placement->layouts[side] = NULL;
    }
}
