/* Which commit is checked out where a suite was built, asked of git. */
#ifndef VBENCH_SOURCE_TREE_H
#define VBENCH_SOURCE_TREE_H

#include <jansson.h>

/* The `source` object of baselines/schema.json for the repository that holds `path`: commit and
 * whether the tree differs from it (saved baselines apart). Both null where there is no git or no
 * repository. NULL if there is no memory; where git could not be asked, shortfall.h knows. */
json_t *vb_source_tree_describe(const char *path);

#endif
