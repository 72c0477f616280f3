/* Results of other programs, told by what they hold: for a sentence on what cannot be read. */
#ifndef VBENCH_FOREIGN_FILE_H
#define VBENCH_FOREIGN_FILE_H

#include <jansson.h>

/* Whose or what it is: "a result of hyperfine"; NULL: unknown. */
const char *vb_foreign_file_name(const json_t *document);

#endif
