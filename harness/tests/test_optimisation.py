"""Whether a suite was optimised: what a run says about it, and the flags that CMake's recipe holds."""
from __future__ import annotations

import pytest

import programs
import projects
from programs import INCLUDE, run
from projects import LIBRARIES


def suite_of(*names: str) -> str:
    return projects.suite(*(f'{{.name = "{name}", .fn = nothing}}' for name in names))


# --- what a run says

BY_HAND = {
    "optimised": (["-g", "-O2"], "yes", "release", []),
    "not_optimised": (["-g"], "no", "debug",
                      ["warning: the suite not_optimised is not optimised (DWARF of suite.c says no -O flag): its "
                       "times say nothing about a release build"]),
    "unknown": (["-s", "-O2"], "unknown", "debug",
                ["warning: whether the suite unknown is optimised is unknown (no recipe beside it and no debug "
                 "information in it)"]),
}


@pytest.fixture(scope="module")
def executables(tmp_path_factory):
    """The folder with a suite of each kind."""
    folder = tmp_path_factory.mktemp("by_hand")
    (folder / "suite.c").write_text(suite_of("a", "b"))
    for name, (flags, *_) in BY_HAND.items():
        built = run("gcc", *flags, f"-I{INCLUDE}", "suite.c", "-o", name, *LIBRARIES, cwd=folder)
        assert built.returncode == 0, built.stderr
    return folder


@pytest.fixture(scope="module")
def by_hand(executables):
    """Two benchmarks of each suite, measured."""
    folder = executables
    measured = {}
    for name in BY_HAND:
        done = programs.vbench("run", folder / name, "--budget", "0.01", "--processes", "1", "--json", f"{name}.json",
                               cwd=folder)
        assert done.returncode == 0, done.stderr
        measured[name] = (done.stdout, programs.load(folder / f"{name}.json"))
    return measured


@pytest.mark.parametrize("name, notes", [(name, row[3]) for name, row in BY_HAND.items()], ids=BY_HAND)
def test_the_table_has_one_note_for_a_suite_that_is_not_known_to_be_optimised(by_hand, name, notes):
    assert [line for line in by_hand[name][0].splitlines() if "optimised (" in line or "is unknown (" in line] == notes


@pytest.mark.parametrize("name, state", [(name, row[1]) for name, row in BY_HAND.items()], ids=BY_HAND)
def test_the_result_says_whether_a_suite_is_optimised(by_hand, name, state):
    assert by_hand[name][1]["vbench"]["suites"][0]["optimised"] == state


@pytest.mark.parametrize("name, build_type", [(name, row[2]) for name, row in BY_HAND.items()], ids=BY_HAND)
def test_only_what_is_known_to_be_optimised_is_a_release_for_google_benchmark(by_hand, name, build_type):
    assert by_hand[name][1]["context"]["library_build_type"] == build_type


# --- what may be saved

def save(executables, folder, suite, *flags):
    return programs.vbench("save", "x", executables / suite, "--budget", "0.01", "--baselines", folder, *flags,
                           cwd=folder)


def test_what_is_not_optimised_is_not_saved(executables, tmp_path):
    done = save(executables, tmp_path, "not_optimised")
    assert done.returncode == 2 and list(tmp_path.iterdir()) == []
    assert "/not_optimised is not optimised (DWARF of suite.c says no -O flag)" in done.stderr
    assert "--allow-debug" in done.stderr and done.stderr.count("\n") == 1


def test_what_is_not_optimised_is_saved_and_marked_if_asked_for_by_name(executables, tmp_path):
    done = save(executables, tmp_path, "not_optimised", "--allow-debug")
    assert done.returncode == 0, done.stderr
    saved = programs.load(tmp_path / "x.json")
    assert saved["vbench"]["suites"][0]["optimised"] == "no"
    assert saved["context"]["library_build_type"] == "debug"


def test_what_is_perhaps_not_optimised_is_saved_with_a_warning(executables, tmp_path):
    done = save(executables, tmp_path, "unknown")
    assert done.returncode == 0 and "warning: whether the suite unknown is optimised is unknown" in done.stdout
    assert programs.load(tmp_path / "x.json")["vbench"]["suites"][0]["optimised"] == "unknown"


def test_a_suite_of_which_nothing_is_saved_need_not_be_optimised(executables, tmp_path):
    (executables / "other.c").write_text(suite_of("c", "d"))
    built = run("gcc", "-O2", "-g", f"-I{INCLUDE}", "other.c", "-o", "other", *LIBRARIES, cwd=executables)
    assert built.returncode == 0, built.stderr
    done = save(executables, tmp_path, "not_optimised", executables / "other", "--filter", "c|d")
    assert done.returncode == 0, done.stderr


# --- the flags in a recipe

PROJECT = projects.beginning() + projects.IMPORTED + """
add_library(imported STATIC IMPORTED)
set_target_properties(imported PROPERTIES IMPORTED_LOCATION ${CMAKE_BINARY_DIR}/none.a)
add_library(for_all INTERFACE)
target_compile_options(for_all INTERFACE -Os $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes>
  $<$<COMPILE_LANGUAGE:CXX>:-Wsuggest-override> $<$<CONFIG:Release>:-funroll-loops>)
add_library(linked OBJECT code.c)
target_link_libraries(linked PRIVATE for_all)
add_library(quoted OBJECT code.c)
target_compile_options(quoted PRIVATE "-DTEXT=\\"a\\\\\\\\b\\"" "-DLIST=1,2>0")
add_library(by_file OBJECT code.c other.c)
set_source_files_properties(other.c PROPERTIES COMPILE_OPTIONS "-O0;-DX=\\"y\\"")
set_target_properties(by_file PROPERTIES COMPILE_FLAGS -fno-inline)
add_subdirectory(folder)
vbench_add_suite(suite SOURCES suite.c SUBJECT linked quoted by_file of_folder imported)
target_compile_options(suite PRIVATE -Wa,--noexecstack -O1) # after the call
"""

RELEASE = "-O3 -DNDEBUG"
FLAGS = {
    "linked": f"{RELEASE} -Os -Wstrict-prototypes -funroll-loops",
    "quoted": f'{RELEASE} -DTEXT="a\\\\b" -DLIST=1,2>0',
    "by_file": f"{RELEASE} -fno-inline",
    "other.c": f'{RELEASE} -fno-inline -O0 -DX="y"',
    "of_folder": f"-fsanitize=address,undefined {RELEASE}",
    "imported": None,
    "suite": f"{RELEASE} -Wa,--noexecstack -O1",
}


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recipe")
    (folder / "folder").mkdir()
    (folder / "CMakeLists.txt").write_text(PROJECT)
    (folder / "folder" / "CMakeLists.txt").write_text(
        'set(CMAKE_C_FLAGS "-fsanitize=address,undefined")\nadd_library(of_folder OBJECT code.c)\n')
    for name in ("suite.c", "code.c", "other.c", "folder/code.c"):
        (folder / name).write_text("")
    done = run("cmake", "-S", folder, "-B", folder / "build", "-DCMAKE_BUILD_TYPE=Release", cwd=folder, CFLAGS="")
    assert done.returncode == 0, done.stderr
    return programs.load(folder / "build" / "suite.link.json")


@pytest.mark.parametrize("name", FLAGS)
def test_the_recipe_has_all_flags_of_a_target_in_their_order(recipe, name):
    assert recipe["target_flags"][name] == FLAGS[name]


def test_the_recipe_has_a_place_for_each_target_and_each_file_with_flags_of_its_own(recipe):
    assert set(recipe["target_flags"]) == set(FLAGS)


def test_the_flags_for_a_reader_hold_each_once_and_no_warnings(recipe):
    assert recipe["compiler_flags"] == (f'{RELEASE} -Os -funroll-loops -DTEXT="a\\\\b" -DLIST=1,2>0 -fno-inline '
                                        "-fsanitize=address,undefined -Wa,--noexecstack -O1")


def test_a_project_without_c_gets_its_recipe(tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(
        projects.beginning("CXX") + projects.IMPORTED + "vbench_add_suite(suite SOURCES suite.cc)\n")
    (tmp_path / "suite.cc").write_text("")
    done = run("cmake", "-S", tmp_path, "-B", tmp_path / "build", "-DCMAKE_BUILD_TYPE=MinSizeRel", cwd=tmp_path,
               CXXFLAGS="-g")
    assert done.returncode == 0, done.stderr
    recipe = programs.load(tmp_path / "build" / "suite.link.json")
    assert recipe["target_flags"] == {"suite": "-g -Os -DNDEBUG"} and recipe["compiler"].split()[0] in ("gcc", "clang")
