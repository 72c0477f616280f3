/*
 * Checks a JSON document against a JSON Schema (draft 7): the keywords that baselines/schema.json
 * uses, and no others. Knows nothing of results.
 *
 * The keywords: type, const, enum, required, properties, additionalProperties (a schema), items (a
 * schema), minItems, maxItems, minLength (in bytes), pattern (a POSIX extended regular expression),
 * minimum, maximum, exclusiveMinimum, exclusiveMaximum, allOf, oneOf, and $ref to
 * "#/definitions/NAME".
 */
#ifndef VBENCH_SCHEMA_H
#define VBENCH_SCHEMA_H

#include <jansson.h>

#include "runner/message.h"

/* 0, or -1 with one sentence on the first thing that is wrong, such as "`vbench.run.seed` is a
 * string, but must be a whole number." */
int vb_schema_check(const json_t *schema, const json_t *document, vb_message *message);
/* 0, or -1 with a sentence if the schema uses a keyword that is not checked. For the tests. */
int vb_schema_supported(const json_t *schema, vb_message *message);

#endif
