/* A paired comparison that was made up, as vbench writes it: `paired_sample json`, `table` or
 * `all`. */
#include "test_paired_sides.h"

#include <stdio.h>

int main(int count, char **arguments)
{
    const char *what = count == 2 ? arguments[1] : "";
    paired_sides both;
    fill_sample(&both);
    compare_paired(&both);
    if (strcmp(what, "json") == 0) {
        json_t *comparison = vb_comparison_json(&both.comparison, &test_gate);
        char *text = result_text(&both.new, TEST_STARTED, comparison);
        fputs(text, stdout);
        free(text);
        json_decref(comparison);
    } else {
        vb_comparison_print(stdout, &both.comparison, strcmp(what, "all") == 0);
    }
    let_go_of_pairs(&both);
    return 0;
}
