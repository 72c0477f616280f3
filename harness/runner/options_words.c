/* A command in words, as a result records it. */
#include <stdbool.h>
#include <string.h>

#include "runner/json.h"
#include "runner/options_table.h"

/* The option that a word names, whole or by its beginning, as getopt takes it; NULL: none. */
static const vb_known_option *option_of(const char *word, int bit)
{
    const size_t bytes = strcspn(word, "=");
    const vb_known_option *found = NULL;
    for (size_t i = 0; i < vb_known_option_count; i++) {
        const vb_known_option *known = &vb_known_options[i];
        if (!(known->commands & bit) || strncmp(known->option.name, word, bytes) != 0)
            continue;
        if (strlen(known->option.name) == bytes)
            return known;
        found = known;
    }
    return found;
}

static int bit_of(const char *command)
{
    for (size_t i = 0; i < vb_known_command_count; i++) {
        if (strcmp(vb_known_commands[i].name, command) == 0)
            return vb_known_commands[i].bit;
    }
    return 0;
}

static bool begins_with_dash(const vb_options *options)
{
    for (size_t i = 0; i < options->operand_count; i++) {
        if (options->operands[i][0] == '-')
            return true;
    }
    return false;
}

static void add_operands(const vb_options *options, json_t *words)
{
    for (size_t i = 0; i < options->operand_count; i++)
        json_array_append_new(words, vb_json_string(options->operands[i]));
}

json_t *vb_options_words(const vb_options *options)
{
    const int bit = bit_of(options->command_name);
    const bool last = begins_with_dash(options);
    json_t *words = json_array();
    json_array_append_new(words, json_string("vbench"));
    json_array_append_new(words, json_string(options->command_name));
    if (!last)
        add_operands(options, words);
    for (size_t i = 0; i < options->option_word_count; i++) {
        const char *word = options->option_words[i];
        const vb_known_option *known = strcmp(word, "--") == 0 ? NULL : option_of(word + 2, bit);
        if (!known)
            continue;
        const bool next = known->value && !strchr(word, '=') && i + 1 < options->option_word_count;
        if (known->recorded & bit)
            json_array_append_new(words, vb_json_string(word));
        if (known->recorded & bit && next)
            json_array_append_new(words, vb_json_string(options->option_words[i + 1]));
        i += next;
    }
    if (last) {
        json_array_append_new(words, json_string("--"));
        add_operands(options, words);
    }
    return words;
}
