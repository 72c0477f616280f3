"""Building: what CMake refuses, tables in C++, wrong tables, and the recipe to link a suite again."""
from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import programs
import projects
from programs import INCLUDE, ROOT, run
from projects import LIBRARIES


def one_line(text: str) -> str:
    """CMake breaks its messages into lines."""
    return " ".join(text.split())


# --- what CMake refuses

@pytest.fixture(scope="module")
def in_source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("in_source")
    for name in ("CMakeLists.txt", "CMakePresets.json"):
        shutil.copy(ROOT / name, folder / name)
    return run("cmake", ".", cwd=folder)


def test_a_build_inside_the_source_tree_is_refused(in_source):
    assert in_source.returncode != 0 and "Building inside the source tree is refused" in one_line(in_source.stderr)


def test_the_refusal_says_what_to_do(in_source):
    assert "`cmake --preset release`" in one_line(in_source.stderr)


NOTHING = '{.name = "nothing", .fn = nothing}'


def configure(folder: Path, *lines: str, languages: str = "NONE"):
    (folder / "CMakeLists.txt").write_text(projects.beginning(languages) + "\n".join(lines) + "\n")
    (folder / "suite.c").write_text(projects.suite(NOTHING))
    return run("cmake", "-S", folder, "-B", folder / "build", "-DCMAKE_BUILD_TYPE=Release", cwd=folder)


REFUSED = {
    "plugin": (["add_library(subject MODULE IMPORTED)", "vbench_add_suite(s SOURCES suite.c SUBJECT subject)"],
               "vbench_add_suite(s): SUBJECT subject is of type MODULE_LIBRARY, which no program can link"),
    "program": (["add_executable(subject IMPORTED)", "vbench_add_suite(s SOURCES suite.c SUBJECT subject)"],
                "vbench_add_suite(s): SUBJECT subject is of type EXECUTABLE, which no program can link"),
    "unknown subject": (["vbench_add_suite(s SOURCES suite.c SUBJECT subject)"],
                        "vbench_add_suite(s): SUBJECT subject is no target"),
    "no sources": (["vbench_add_suite(s SUBJECT subject)"], "vbench_add_suite(s): SOURCES is missing"),
    "stray word": (["vbench_add_suite(s suite.c SOURCES suite.c)"], "vbench_add_suite(s): unknown arguments: suite.c"),
    "variant of nothing": (["vbench_add_variant(v)"], "vbench_add_variant(v): write vbench_add_variant(NAME OF target)"),
    "unknown variant": (["add_library(o OBJECT IMPORTED)", "vbench_add_variant(v OF o)"], "vbench_add_variant(v): v is no target"),
    "variant of a shared library": (["add_library(o SHARED IMPORTED)", "vbench_add_variant(v OF o)"],
                                    "vbench_add_variant(v): o is of type SHARED_LIBRARY, which cannot be linked in the place"),
}


@pytest.mark.parametrize("lines, sentence", REFUSED.values(), ids=REFUSED)
def test_a_wrong_suite_is_refused_in_a_sentence(lines, sentence, tmp_path):
    done = configure(tmp_path, *lines)
    assert done.returncode != 0 and sentence in one_line(done.stderr)


def test_a_library_that_is_unknown_in_the_suites_folder_is_a_warning(tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "part.c").write_text("int part;\n")
    (tmp_path / "below" / "CMakeLists.txt").write_text(
        "add_library(Some::library INTERFACE IMPORTED)\nadd_library(subject OBJECT part.c)\n"
        "target_link_libraries(subject PUBLIC Some::library)\n")
    done = configure(tmp_path, projects.IMPORTED, "add_subdirectory(below)", "vbench_add_suite(s SOURCES suite.c SUBJECT subject)",
                     languages="C CXX")
    assert done.returncode == 0, done.stderr
    assert "The suite s links Some::library, which is unknown in its folder" in one_line(done.stderr)


@pytest.fixture(scope="module")
def outside_project(tmp_path_factory):
    """A project that has libvbench from elsewhere: a suite of an object library, one of a static library with
    a further library, and one that measures its own code; and variants of both libraries."""
    folder = tmp_path_factory.mktemp("outside")
    for name in ("subject", "archived"):
        (folder / f"{name}.c").write_text(f"int {name}(void);\nint {name}(void) {{ return 1; }}\n")
    done = configure(folder, projects.IMPORTED, "add_library(subject OBJECT subject.c)", "add_library(archived STATIC archived.c)",
                     "vbench_add_suite(of_objects SOURCES suite.c SUBJECT subject)",
                     "vbench_add_suite(of_archive SOURCES suite.c SUBJECT archived LIBRARIES m)",
                     "vbench_add_suite(of_nothing SOURCES suite.c)",
                     "vbench_add_suite(of_both SOURCES suite.c SUBJECT subject archived)",
                     "add_library(faster OBJECT subject.c)", "vbench_add_variant(faster OF subject)",
                     "add_library(smaller STATIC archived.c)", "vbench_add_variant(smaller OF archived)",
                     languages="C CXX")
    assert done.returncode == 0, done.stderr
    built = run("cmake", "--build", folder / "build", cwd=folder)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder / "build"


OUTSIDE = {
    "of_objects": ["subject.c.o"],
    "of_archive": ["libarchived.a"],
    "of_nothing": [],
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_an_outside_projects_suite_is_measured(outside_project, name, tmp_path):
    assert programs.vbench("list", outside_project / name, cwd=tmp_path).stdout == "nothing\n"


@pytest.mark.parametrize("name, subject", OUTSIDE.items(), ids=OUTSIDE)
def test_the_recipe_names_the_subjects_objects(outside_project, name, subject):
    recipe = programs.load(outside_project / f"{name}.link.json")
    assert [Path(path).name for path in recipe["subject_objects"]] == subject


def test_the_recipe_names_the_subjects_targets(outside_project):
    assert [programs.load(outside_project / f"{name}.link.json")["subject"]
            for name in ("of_objects", "of_both", "of_nothing")] == ["subject", "subject archived", ""]


def test_the_recipe_names_the_build_folder(outside_project):
    assert programs.load(outside_project / "of_objects.link.json")["build_folder"] == str(outside_project)


def test_each_function_of_a_suite_has_a_section_of_its_own(outside_project):
    recipe = programs.load(outside_project / "of_objects.link.json")
    sections = run("objdump", "-h", *recipe["suite_objects"], cwd=outside_project).stdout
    assert ".text.nothing" in sections


VARIANTS = {"subject": ("subject", "subject.c.o"), "faster": ("subject", "subject.c.o"),
            "archived": ("archived", "libarchived.a"), "smaller": ("archived", "libsmaller.a")}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_names_what_it_stands_in_for_and_its_objects(outside_project, name):
    of, file = VARIANTS[name]
    variant = programs.load(outside_project / f"{name}.variant.json")
    assert (variant["name"], variant["of"], [Path(path).name for path in variant["objects"]]) == (name, of, [file])


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variants_objects_are_built(outside_project, name):
    assert all(Path(path).is_file() for path in programs.load(outside_project / f"{name}.variant.json")["objects"])


@pytest.mark.parametrize("suite, variant", [("of_objects", "faster"), ("of_archive", "smaller")])
def test_a_suite_links_to_a_variant_of_its_subject(outside_project, suite, variant, tmp_path):
    recipe = programs.load(outside_project / f"{suite}.link.json")
    recipe["subject_objects"] = programs.load(outside_project / f"{variant}.variant.json")["objects"]
    done = programs.link(recipe, tmp_path / "again")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("suite", [programs.RING, programs.KNOWN_TIMES], ids=lambda path: path.name)
def test_a_suite_linked_again_by_its_recipe_works(suite, tmp_path):
    done = programs.link(programs.load(suite.with_name(suite.name + ".link.json")), tmp_path / "again")
    assert done.returncode == 0, done.stderr
    assert programs.vbench("list", tmp_path / "again", cwd=tmp_path).stdout == programs.vbench(
        "list", suite, cwd=tmp_path).stdout


@pytest.mark.parametrize("name", OUTSIDE)
def test_an_outside_projects_suite_linked_again_works(outside_project, name, tmp_path):
    done = programs.link(programs.load(outside_project / f"{name}.link.json"), tmp_path / "again")
    assert done.returncode == 0, done.stderr
    assert programs.vbench("list", tmp_path / "again", cwd=tmp_path).stdout == "nothing\n"


def test_the_recipe_names_files_that_exist():
    recipe = programs.load(programs.RING.with_name("ring.link.json"))
    named = [*recipe["suite_objects"], *recipe["subject_objects"], recipe["harness"], recipe["linker"]]
    assert not [path for path in named if not Path(path).is_file()]


# --- tables in C++

CXX_SUITE = """
#include <vbench/vbench.h>
static void axes(vb_run *run)
{
    VB_LOOP (run)
        VB_KEEP(vb_param(run, 0));
    vb_counter(run, "first", static_cast<double>(vb_param(run, 0)), VB_MEAN);
    vb_counter(run, "second", static_cast<double>(vb_param(run, 1)), VB_MEAN);
}
static const vb_axis sizes = VB_VALUES("size", 8, 1024, -3);
static const vb_axis depth = VB_FIXED("depth", 42);
static const vb_bench table[] = {
    {.name = "grid", .fn = axes, .axes = {sizes, depth}},
    {.name = "inline", .fn = axes, .axes = {VB_VALUES("size", 5), VB_FIXED("depth", 6)}, .threads = VB_VALUES("threads", 2)},
};
VB_MAIN(table)
"""


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_a_table_compiles_as_cxx_without_a_warning(compiler, tmp_path):
    if not shutil.which(compiler):
        pytest.skip(f"{compiler} is not installed")
    (tmp_path / "suite.cc").write_text(CXX_SUITE)
    done = run(compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Werror", f"-I{INCLUDE}", "suite.cc", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture(scope="module")
def cxx_result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cxx")
    (folder / "suite.cc").write_text(CXX_SUITE)
    built = run("c++", "-std=c++20", f"-I{INCLUDE}", "suite.cc", "-o", "suite", *LIBRARIES, cwd=folder)
    assert built.returncode == 0, built.stderr
    done = programs.vbench("run", "suite", "--budget", "0.05", "--processes", "1", "--json", "-", cwd=folder)
    return json.loads(done.stdout)


def test_a_suite_in_cxx_has_the_names_of_its_table(cxx_result):
    assert list(programs.entries(cxx_result)) == ["grid/8", "grid/1024", "grid/-3", "inline/5/2_threads"]


@pytest.mark.parametrize("name, size, depth", [("grid/8", 8, 42), ("grid/1024", 1024, 42), ("grid/-3", -3, 42),
                                               ("inline/5/2_threads", 5, 6)])
def test_a_suite_in_cxx_gets_the_values_of_its_table(cxx_result, name, size, depth):
    entry = programs.entries(cxx_result)[name]
    assert entry["parameters"] == {"size": size, "depth": depth} and {
        key: counter["value"] for key, counter in entry["counters"].items()} == {"first": size, "second": depth}


# --- wrong tables

WRONG_TABLES = {
    "no function": ('{.name = "a"}', "it has no function"),
    "no name": ("{.fn = nothing}", "it has no name"),
    "one name twice": ('{.name = "a/1", .fn = nothing}, {.name = "a", .fn = nothing, .axes = {VB_VALUES("n", 1)}}',
                       "two benchmarks of the suite have the name a/1"),
    "no thread": ('{.name = "a", .fn = nothing, .threads = VB_VALUES("threads", 0)}', "thread count"),
}


@pytest.fixture(scope="module")
def wrong_suites(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wrong")
    made = {}
    for number, (what, (table, _)) in enumerate(WRONG_TABLES.items()):
        source = folder / f"wrong_{number}.c"
        source.write_text(projects.suite(table))
        made[what] = source.with_suffix("")
        built = run("cc", f"-I{INCLUDE}", source, "-o", made[what], *LIBRARIES, cwd=folder)
        assert built.returncode == 0, built.stderr
    return made


@pytest.mark.parametrize("what", WRONG_TABLES)
def test_a_wrong_table_ends_the_suite_with_exit_code_2_and_a_sentence(wrong_suites, what, tmp_path):
    done = run(wrong_suites[what], cwd=tmp_path)
    lines = done.stderr.splitlines()
    assert (done.returncode, len(lines)) == (2, 1) and WRONG_TABLES[what][1] in lines[0] and lines[0].endswith(".")


@pytest.mark.parametrize("what", WRONG_TABLES)
def test_vbench_passes_on_what_is_wrong_with_a_table(wrong_suites, what, tmp_path):
    done = programs.vbench("run", wrong_suites[what], cwd=tmp_path)
    assert done.returncode == 2 and WRONG_TABLES[what][1] in done.stderr
