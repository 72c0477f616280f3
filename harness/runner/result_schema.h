/* baselines/schema.json as text, built in by embed_file(). */
#ifndef VBENCH_RESULT_SCHEMA_H
#define VBENCH_RESULT_SCHEMA_H

enum { VB_SCHEMA_VERSION = 1 };

extern const char vb_result_schema[];

#endif
