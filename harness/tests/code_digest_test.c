/* Which changes of a source are changes of its code. Objects are made by the compiler, cc. */
#define _GNU_SOURCE
#include "test_files.h"

#include "runner/code_digest.h"
#include "runner/command.h"

#include <errno.h>
#include <libelf.h>
#include <stdbool.h>

static int number;

/* libelf's memory is not this program's: it runs out where its functions say so. */
Elf *__real_elf_begin(int fd, Elf_Cmd command, Elf *of);
Elf *__wrap_elf_begin(int fd, Elf_Cmd command, Elf *of);
Elf_Data *__real_elf_getdata(Elf_Scn *section, Elf_Data *before);
Elf_Data *__wrap_elf_getdata(Elf_Scn *section, Elf_Data *before);
static int calls_left = -1; /* before one fails, once; -1: none fails */

static bool call_fails(void)
{
    bool fails = calls_left >= 0 && calls_left-- == 0;
    if (fails)
        errno = ENOMEM;
    return fails;
}

Elf *__wrap_elf_begin(int fd, Elf_Cmd command, Elf *of)
{
    return call_fails() ? NULL : __real_elf_begin(fd, command, of);
}

Elf_Data *__wrap_elf_getdata(Elf_Scn *section, Elf_Data *before)
{
    return call_fails() ? NULL : __real_elf_getdata(section, before);
}

/* Compiles the text; the object's path is added. */
static void compile(const char *text, const char *flag, vb_texts *objects)
{
    char source[TEST_PATH_MAX], object[TEST_PATH_MAX], name[32];
    vb_message why = {""};
    snprintf(name, sizeof name, "%d.c", ++number);
    write_text(in_test_folder(name, source), text, 0644);
    name[strlen(name) - 1] = 'o';
    in_test_folder(name, object);
    char *const words[] = {"cc",   "-O1", "-ffunction-sections", (char *)flag, "-c", source, "-o",
                           object, NULL};
    if (vb_command_run(words, NULL, NULL, 0, &why) != 0)
        fail_msg("%s", why.text);
    assert_int_equal(vb_texts_add(objects, "%s", object), 0);
}

static void take_digest(const char *text, const char *flag, char digest[VB_DIGEST_TEXT])
{
    vb_texts objects = {0};
    compile(text, flag, &objects);
    assert_int_equal(vb_code_digest(&objects, digest), 0);
    vb_texts_free(&objects);
}

static void assert_compared(const char *old, const char *old_flag, const char *new,
                            const char *new_flag, bool equal)
{
    char a[VB_DIGEST_TEXT], b[VB_DIGEST_TEXT];
    take_digest(old, old_flag, a);
    take_digest(new, new_flag, b);
    assert_int_equal(strlen(a), VB_DIGEST_TEXT - 1);
    assert_int_equal(strcmp(a, b) == 0, equal);
}

#define TEXT(text) "int other(int); int third(int); int one(int x) { " text " }\n"

static const char plain[] = TEXT("return other(x) + 17;");

static void the_same_text_has_the_same_code(void **state)
{
    (void)state;
    assert_compared(plain, "-g0", plain, "-g0", true);
}

static void comments_and_lines_are_no_code(void **state)
{
    (void)state;
    static const char commented[] =
        "/* a comment */\n\n\n" TEXT("/* here, too */\n\n return other(x) + 17;");
    assert_compared(plain, "-g", commented, "-g", true);
}

static void debug_information_is_no_code(void **state)
{
    (void)state;
    assert_compared(plain, "-g", plain, "-g0", true);
}

static void a_number_is_code(void **state)
{
    (void)state;
    assert_compared(plain, "-g0", TEXT("return other(x) + 18;"), "-g0", false);
}

static void who_is_called_is_code(void **state)
{
    (void)state;
    assert_compared(plain, "-g0", TEXT("return third(x) + 17;"), "-g0", false);
}

static void a_constant_in_memory_is_code(void **state)
{
    (void)state;
    assert_compared("const int table[2] = {1, 2};", "-g0", "const int table[2] = {1, 3};", "-g0",
                    false);
    assert_compared("int zeros[2];", "-g0", "int zeros[3];", "-g0", false);
}

static void the_text_that_is_referred_to_is_code(void **state)
{
    (void)state;
    assert_compared("const char *text(void) { return \"a\"; }", "-g0",
                    "const char *text(void) { return \"b\"; }", "-g0", false);
}

static void several_objects_are_all_looked_at(void **state)
{
    (void)state;
    char first[VB_DIGEST_TEXT], second[VB_DIGEST_TEXT];
    vb_texts objects = {0};
    compile(plain, "-g0", &objects);
    compile("int two(void) { return 2; }", "-g0", &objects);
    assert_int_equal(vb_code_digest(&objects, first), 0);
    vb_texts_free(&objects);
    compile(plain, "-g0", &objects);
    compile("int two(void) { return 3; }", "-g0", &objects);
    assert_int_equal(vb_code_digest(&objects, second), 0);
    vb_texts_free(&objects);
    assert_string_not_equal(first, second);
}

static int digest_of_file(const char *path)
{
    char digest[VB_DIGEST_TEXT];
    vb_texts objects = {0};
    assert_int_equal(vb_texts_add(&objects, "%s", path), 0);
    int status = vb_code_digest(&objects, digest);
    vb_texts_free(&objects);
    return status;
}

/* Not a digest of the half that could be read, nor a damaged file. */
static void a_lack_of_memory_is_told(void **state)
{
    (void)state;
    char digest[VB_DIGEST_TEXT];
    vb_texts objects = {0};
    int calls = 0;
    compile(plain, "-g0", &objects);
    for (;; calls++) {
        calls_left = calls;
        int status = vb_code_digest(&objects, digest);
        if (calls_left >= 0)
            break;
        assert_int_equal(status, -ENOMEM);
    }
    calls_left = -1;
    assert_true(calls > 3);
    vb_texts_free(&objects);
}

static void what_is_no_object_file_is_told(void **state)
{
    (void)state;
    char path[TEST_PATH_MAX];
    write_text(in_test_folder("text.o", path), "no object\n", 0644);
    assert_int_equal(digest_of_file(path), -ENOEXEC);
    write_text(in_test_folder("empty.o", path), "", 0644);
    assert_int_equal(digest_of_file(path), -ENOEXEC);
    write_text(in_test_folder("cut.o", path), "\177ELF\2\1\1", 0644);
    assert_int_equal(digest_of_file(path), -ENOEXEC);
    assert_int_equal(digest_of_file("/missing.o"), -ENOENT);
}

/* An object cut anywhere is refused, or its code is another one's; nothing is read beyond its end.
 */
static void an_object_that_breaks_off_is_survived(void **state)
{
    (void)state;
    char bytes[20000];
    char path[TEST_PATH_MAX];
    vb_texts objects = {0};
    compile(plain, "-g", &objects);
    FILE *file = fopen(objects.items[0], "r");
    assert_non_null(file);
    size_t count = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    vb_texts_free(&objects);
    assert_true(count > 500 && count < sizeof bytes);
    in_test_folder("broken.o", path);
    for (size_t length = 1; length < count; length += 37) {
        file = fopen(path, "w");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, length, file), length);
        assert_int_equal(fclose(file), 0);
        digest_of_file(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_text_has_the_same_code),
        cmocka_unit_test(comments_and_lines_are_no_code),
        cmocka_unit_test(debug_information_is_no_code),
        cmocka_unit_test(a_number_is_code),
        cmocka_unit_test(who_is_called_is_code),
        cmocka_unit_test(a_constant_in_memory_is_code),
        cmocka_unit_test(the_text_that_is_referred_to_is_code),
        cmocka_unit_test(several_objects_are_all_looked_at),
        cmocka_unit_test(a_lack_of_memory_is_told),
        cmocka_unit_test(what_is_no_object_file_is_told),
        cmocka_unit_test(an_object_that_breaks_off_is_survived),
    };
    return cmocka_run_group_tests_name("code digest", tests, make_test_folder, remove_test_folder);
}
