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
SUITE = "-ffunction-sections"  # what vbench_add_suite itself adds
FLAGS = {
    "linked": f"{RELEASE} -Os -Wstrict-prototypes -funroll-loops",
    "quoted": f'{RELEASE} -DTEXT="a\\\\b" -DLIST=1,2>0',
    "by_file": f"{RELEASE} -fno-inline",
    "other.c of by_file": f'{RELEASE} -fno-inline -O0 -DX="y"',
    "of_folder": f"-fsanitize=address,undefined {RELEASE}",
    "imported": None,
    "suite": f"{RELEASE} {SUITE} -Wa,--noexecstack -O1",
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
                                        f"-fsanitize=address,undefined {SUITE} -Wa,--noexecstack -O1")


def test_a_project_without_c_gets_its_recipe(tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(
        projects.beginning("CXX") + projects.IMPORTED + "vbench_add_suite(suite SOURCES suite.cc)\n")
    (tmp_path / "suite.cc").write_text("")
    done = run("cmake", "-S", tmp_path, "-B", tmp_path / "build", "-DCMAKE_BUILD_TYPE=MinSizeRel", cwd=tmp_path,
               CXXFLAGS="-g")
    assert done.returncode == 0, done.stderr
    recipe = programs.load(tmp_path / "build" / "suite.link.json")
    assert recipe["target_flags"] == {"suite": f"-g -Os -DNDEBUG {SUITE}"}
    assert recipe["compiler"].split()[0] in ("gcc", "clang")


# --- languages, generators, and what follows the call

LANGUAGES = projects.beginning() + projects.IMPORTED + """
add_library(in_c OBJECT code.c)
add_library(in_cxx OBJECT code.cc)
target_compile_options(in_cxx PRIVATE $<$<COMPILE_LANGUAGE:C>:-DC> "$<$<COMPILE_LANGUAGE:CXX>:-DX=1;-DCXX>" "-DS=\\">,")
add_library(in_both OBJECT code.c other.cc named.c)
set_source_files_properties(named.c PROPERTIES LANGUAGE CXX COMPILE_OPTIONS -O0)
target_compile_options(in_both PRIVATE $<$<COMPILE_LANGUAGE:C>:-DC> $<$<COMPILE_LANGUAGE:C,CXX>:-DALL>)
add_library(of_no_file INTERFACE)
vbench_add_suite(c_suite SOURCES suite.c SUBJECT in_c in_cxx in_both of_no_file)
vbench_add_suite(cxx_suite SOURCES suite.cc SUBJECT in_c in_cxx)
vbench_add_suite(generated_suite SOURCES suite.c $<$<CONFIG:Release>:code.unheard_of>)
"""


def configured(folder, project: str, *options: str):
    folder.mkdir()
    (folder / "CMakeLists.txt").write_text(project)
    for name in ("suite.c", "suite.cc", "code.c", "code.cc", "other.c", "other.cc", "named.c", "code.unheard_of"):
        (folder / name).write_text("")
    done = run("cmake", "-S", folder, "-B", folder / "build", *options, cwd=folder, CFLAGS="", CXXFLAGS="")
    assert done.returncode == 0, done.stderr
    return folder / "build"


@pytest.fixture(scope="module")
def languages(tmp_path_factory):
    return configured(tmp_path_factory.mktemp("languages") / "project", LANGUAGES, "-DCMAKE_BUILD_TYPE=Release",
                      "-DCMAKE_C_FLAGS_RELEASE=-O3", "-DCMAKE_CXX_FLAGS_RELEASE=-O0")


@pytest.mark.parametrize("suite, name, flags", [
    ("c_suite", "c_suite", f"-O3 {SUITE}"),
    ("c_suite", "in_c", "-O3"),
    ("c_suite", "in_cxx", '-O0 -DX=1 -DCXX -DS=">,'),
    ("c_suite", "in_both (C)", "-O3 -DC -DALL"),
    ("c_suite", "in_both (C++)", "-O0 -DALL"),
    ("c_suite", "named.c of in_both", "-O0 -DALL -O0"),
    ("cxx_suite", "cxx_suite", f"-O0 {SUITE}"),
    ("cxx_suite", "in_c", "-O3"),
    ("cxx_suite", "in_cxx", '-O0 -DS=">, -DX=1 -DCXX'),
    ("generated_suite", "generated_suite", None),
])
def test_a_target_has_the_flags_of_the_languages_that_it_is_written_in(languages, suite, name, flags):
    assert programs.load(languages / f"{suite}.link.json")["target_flags"][name] == flags


def test_a_target_has_flags_for_its_own_languages_only(languages):
    assert set(programs.load(languages / "c_suite.link.json")["target_flags"]) == {
        "c_suite", "in_c", "in_cxx", "in_both (C)", "in_both (C++)", "named.c of in_both"}


@pytest.mark.parametrize("build_type, flags, linker_flags", [
    ("Release", f"-O3 -DNDEBUG {SUITE} -DRELEASE", "-O3 -DNDEBUG -Wl,-O2"), ("Debug", f"-g {SUITE}", "-g -Wl,-O0")])
def test_a_generator_of_several_build_types_has_a_recipe_for_each(tmp_path, build_type, flags, linker_flags):
    project = projects.beginning("C") + projects.IMPORTED + """
vbench_add_suite(suite SOURCES suite.c)
target_compile_options(suite PRIVATE $<$<CONFIG:Release>:-DRELEASE>)
set(CMAKE_EXE_LINKER_FLAGS_RELEASE -Wl,-O2)
set(CMAKE_EXE_LINKER_FLAGS_DEBUG -Wl,-O0)
"""
    build = configured(tmp_path / "project", project, "-G", "Ninja Multi-Config")
    recipe = programs.load(build / build_type / "suite.link.json")
    assert recipe["build_type"] == build_type
    assert recipe["target_flags"] == {"suite": flags} and recipe["compiler_flags"] == flags
    assert recipe["linker_flags"] == linker_flags


def test_what_follows_the_call_counts(tmp_path):
    project = projects.beginning("C") + projects.IMPORTED + """
vbench_add_suite(suite SOURCES suite.c other.c)
set_source_files_properties(other.c PROPERTIES COMPILE_OPTIONS -O0)
set(CMAKE_C_FLAGS -O1)
"""
    build = configured(tmp_path / "project", project)
    assert programs.load(build / "suite.link.json")["target_flags"] == {
        "suite": f"-O1 {SUITE}", "other.c of suite": f"-O1 {SUITE} -O0"}


def test_files_of_one_name_have_a_place_each(tmp_path):
    project = projects.beginning("C") + projects.IMPORTED + """
file(MAKE_DIRECTORY ${CMAKE_SOURCE_DIR}/deep)
file(WRITE ${CMAKE_SOURCE_DIR}/deep/code.c "")
set_source_files_properties(code.c deep/code.c PROPERTIES COMPILE_OPTIONS -O1)
add_library(one OBJECT code.c deep/code.c)
add_library(two OBJECT code.c)
vbench_add_suite(suite SOURCES suite.c SUBJECT one two)
"""
    build = configured(tmp_path / "project", project)
    assert set(programs.load(build / "suite.link.json")["target_flags"]) == {
        "one", "code.c of one", "deep/code.c of one", "two", "code.c of two", "suite"}


# --- what a subject needs

NEEDS = projects.beginning("C") + projects.IMPORTED + """
function(library name kind)
  add_library(${name} ${kind} code.c)
  target_link_libraries(${name} PRIVATE ${ARGN})
endfunction()
library(deep STATIC)
library(objects OBJECT)
library(helper STATIC deep)
target_compile_options(deep PRIVATE -O0)
library(wrapped SHARED objects)
add_library(wrapper INTERFACE)
target_link_libraries(wrapper INTERFACE wrapped)
add_library(alias::helper ALIAS helper)
library(used STATIC)
library(subject STATIC alias::helper wrapper vbench::vbench used)
vbench_add_suite(suite SOURCES suite.c SUBJECT subject LIBRARIES used)
vbench_add_suite(of_wrapper SOURCES suite.c SUBJECT wrapper)
"""


@pytest.fixture(scope="module")
def needs(tmp_path_factory):
    return configured(tmp_path_factory.mktemp("needs") / "project", NEEDS, "-DCMAKE_BUILD_TYPE=Release")


def test_what_a_subject_links_is_judged_but_what_the_suite_alone_names_is_not(needs):
    flags = programs.load(needs / "suite.link.json")["target_flags"]
    assert set(flags) == {"suite", "subject", "helper", "deep", "wrapped", "objects"}
    assert flags["deep"] == f"{RELEASE} -O0"


@pytest.mark.parametrize("suite, targets", [("suite", {"helper", "deep", "wrapped", "objects"}),
                                            ("of_wrapper", {"objects"})])
def test_the_objects_of_what_a_subject_links_stand_in_the_recipe_once(needs, suite, targets):
    objects = programs.load(needs / f"{suite}.link.json")["needed_objects"]
    assert len(objects) == len(targets)
    assert {path.rpartition("/")[0].rpartition("/")[2] for path in objects} == {f"{name}.dir" for name in targets}
