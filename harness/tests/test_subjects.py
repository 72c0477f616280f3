"""What a suite can measure: libraries of every kind, and code that the linker optimises, by gcc and clang.

Each suite measures one known body, a chain of steps that no compiler can shorten, over a subject of another kind. A
busy machine only ever makes a time longer, so each is held against the shortest possible.
"""
from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import programs
import projects
from programs import run

# Six operations, each of which needs the result of the one before.
SUBJECT = """
#include <stdint.h>
uint64_t NAME(uint64_t x, int64_t steps);
uint64_t NAME(uint64_t x, int64_t steps)
{
    for (int64_t i = 0; i < steps; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    return x;
}
"""
STEP_NS = 0.5  # six operations at 12 GHz

SUITE = """
#include <stdlib.h>
#include <vbench/vbench.h>
uint64_t chain(uint64_t x, int64_t steps);
#if defined(SECOND)
uint64_t second(uint64_t x, int64_t steps);
#define chain(x, steps) second(chain((x), (steps)-1), 1)
#elif defined(CALLER)
uint64_t call_chain(uint64_t x, int64_t steps);
#define chain call_chain
#endif
enum { START = 314159 };
static uint64_t reached;
static void body(vb_run *run)
{
    const int64_t steps = vb_param(run, 0);
    uint64_t x = START;
    VB_LOOP (run)
        x = chain(x, steps);
    reached = x;
}
static void check(vb_run *run)
{
    uint64_t x = START;
    for (uint64_t i = vb_iterations(run) * (uint64_t)vb_param(run, 0); i > 0; i--) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    if (x != reached)
        vb_fail(run, "the chain ends elsewhere");
}
static void wrong(vb_run *run)
{
    body(run);
    reached++;
}
static void leaves(vb_run *run)
{
    VB_LOOP (run)
        break;
}
static const vb_bench table[] = {
    {.name = SUITE_NAME "/body", .fn = body, .finish = check, .max_iterations = 100,
     .axes = {VB_VALUES("steps", 100, 800)}},
    {.name = SUITE_NAME "/wrong", .fn = wrong, .finish = check, .max_iterations = 10,
     .axes = {VB_FIXED("steps", 100)}},
    {.name = SUITE_NAME "/leaves", .fn = leaves},
};
VB_MAIN(table)
"""

PROJECT = projects.beginning() + projects.IMPORTED + """
function(library name kind)
  add_library(${name} ${kind} subject.c)
  target_compile_definitions(${name} PRIVATE NAME=chain)
endfunction()
function(suite name)
  vbench_add_suite(${name} SOURCES suite.c SUBJECT ${ARGN})
  target_compile_definitions(${name} PRIVATE SUITE_NAME="${name}")
endfunction()

library(objects OBJECT)
library(archive STATIC)
library(shared SHARED)
suite(of_objects objects)
target_link_options(of_objects PRIVATE LINKER:-z,now "SHELL:-Wl,-O1 -Wl,--as-needed" [[-DA="\\"]])
suite(of_archive archive)
suite(of_shared shared)

add_library(second SHARED subject.c)
target_compile_definitions(second PRIVATE NAME=second)
suite(of_both objects second)
target_compile_definitions(of_both PRIVATE SECOND)

add_library(wrapped INTERFACE)
target_link_libraries(wrapped INTERFACE archive)
suite(of_interface wrapped)

add_library(found_shared UNKNOWN IMPORTED)
set_target_properties(found_shared PROPERTIES IMPORTED_LOCATION ${CMAKE_BINARY_DIR}/libshared.so)
suite(of_found_shared found_shared)
add_dependencies(of_found_shared shared)
add_library(found_archive UNKNOWN IMPORTED)
set_target_properties(found_archive PROPERTIES IMPORTED_LOCATION ${CMAKE_BINARY_DIR}/libarchive.a)
suite(of_found_archive found_archive)
add_dependencies(of_found_archive archive)

# What a subject needs is linked, but not measured.
add_library(caller STATIC caller.c)
target_link_libraries(caller PRIVATE archive m)
suite(of_caller caller)
target_compile_definitions(of_caller PRIVATE CALLER)

# The linker optimises, by whatever asks for it.
library(by_property STATIC)
suite(lto_by_property by_property)
set_target_properties(by_property lto_by_property PROPERTIES INTERPROCEDURAL_OPTIMIZATION ON)
suite(lto_of_suite objects)
set_target_properties(lto_of_suite PROPERTIES INTERPROCEDURAL_OPTIMIZATION_RELEASE ON)
library(by_option OBJECT)
target_compile_options(by_option PRIVATE $<$<COMPILE_LANGUAGE:C>:-flto>)
suite(lto_by_option by_option)
add_library(flags INTERFACE)
target_compile_options(flags INTERFACE -flto)
library(by_flags OBJECT)
target_link_libraries(by_flags PRIVATE flags)
suite(lto_by_interface by_flags)
library(not_after_all OBJECT)
target_compile_options(not_after_all PRIVATE -flto -fno-lto)
suite(lto_cancelled not_after_all)
add_subdirectory(variables)
suite(lto_in_a_folder in_a_folder)
"""
CALLER = """
#include <stdint.h>
uint64_t chain(uint64_t x, int64_t steps);
uint64_t call_chain(uint64_t x, int64_t steps);
uint64_t call_chain(uint64_t x, int64_t steps) { return chain(x, steps); }
"""
VARIABLES = """
function(suite name)
  vbench_add_suite(${name} SOURCES ../suite.c SUBJECT ${ARGN})
  target_compile_definitions(${name} PRIVATE SUITE_NAME="${name}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()
function(library name)
  add_library(${name} OBJECT ../subject.c)
  target_compile_definitions(${name} PRIVATE NAME=chain)
  suite(lto_${name} ${name})
endfunction()
set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
library(by_variable)
set(CMAKE_INTERPROCEDURAL_OPTIMIZATION OFF)
string(APPEND CMAKE_C_FLAGS " -flto")
library(by_c_flags)
# Suite and subject in folders of their own: the flags of each are those of its own folder.
add_library(in_a_folder OBJECT ../subject.c)
target_compile_definitions(in_a_folder PRIVATE NAME=chain)
suite(lto_of_the_suites_folder objects)
"""

SHARED_REASON = "The code of a shared library lies where that library's own link placed it."
LTO_REASON = "Link-time optimisation orders the code itself; the order of the objects does not."


@dataclass(frozen=True)
class Recipe:
    objects: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    optimised: tuple[str, ...] = ()
    reason: "str | None" = None


RECIPES = {
    "of_objects": Recipe(objects=("subject.c.o",)),
    "of_archive": Recipe(objects=("libarchive.a",)),
    "of_shared": Recipe(shared=("libshared.so",), reason=SHARED_REASON),
    "of_both": Recipe(objects=("subject.c.o",), shared=("libsecond.so",), reason=SHARED_REASON),
    "of_interface": Recipe(objects=("libarchive.a",)),
    "of_found_shared": Recipe(shared=("libshared.so",), reason=SHARED_REASON),
    "of_found_archive": Recipe(objects=("libarchive.a",)),
    "of_caller": Recipe(objects=("libcaller.a",)),
    "lto_by_property": Recipe(("libby_property.a",), (), ("by_property", "lto_by_property"), LTO_REASON),
    "lto_of_suite": Recipe(("subject.c.o",), (), ("lto_of_suite",), LTO_REASON),
    "lto_by_option": Recipe(("subject.c.o",), (), ("by_option",), LTO_REASON),
    "lto_by_interface": Recipe(("subject.c.o",), (), ("by_flags",), LTO_REASON),
    "lto_cancelled": Recipe(("subject.c.o",)),
    "lto_by_variable": Recipe(("subject.c.o",), (), ("by_variable", "lto_by_variable"), LTO_REASON),
    "lto_by_c_flags": Recipe(("subject.c.o",), (), ("by_c_flags", "lto_by_c_flags"), LTO_REASON),
    "lto_in_a_folder": Recipe(("subject.c.o",), (), ("in_a_folder",), LTO_REASON),
    "lto_of_the_suites_folder": Recipe(("subject.c.o",), (), ("lto_of_the_suites_folder",), LTO_REASON),
}


@dataclass(frozen=True)
class Built:
    folder: Path
    entries: dict[str, dict[str, Any]]

    def recipe(self, suite: str) -> dict[str, Any]:
        return programs.load(self.folder / f"{suite}.link.json")


def measure(folder: Path, *suites: Path) -> dict[str, dict[str, Any]]:
    done = programs.vbench("run", *suites, "--budget", "0.01", "--processes", "1", "--json", "-", cwd=folder)
    assert done.returncode == 2, done.stderr  # for there are error rows
    return programs.entries(json.loads(done.stdout))


# What gcc compiled to count lines, clang cannot link.
@pytest.fixture(scope="module", params=["gcc"] if programs.COVERAGE else ["gcc", "clang"])
def built(request, tmp_path_factory) -> Built:
    compiler, cxx = request.param, {"gcc": "g++", "clang": "clang++"}[request.param]
    if not shutil.which(cxx):
        pytest.skip(f"{cxx} is not installed")
    folder = tmp_path_factory.mktemp(compiler)
    (folder / "variables").mkdir()
    for name, text in {"CMakeLists.txt": PROJECT, "subject.c": SUBJECT, "suite.c": SUITE, "caller.c": CALLER,
                       "variables/CMakeLists.txt": VARIABLES}.items():
        (folder / name).write_text(text)
    for step in (("-S", ".", "-B", "build", "-DCMAKE_BUILD_TYPE=Release", f"-DCMAKE_C_COMPILER={compiler}",
                  f"-DCMAKE_CXX_COMPILER={cxx}"), ("--build", "build", "--parallel", "2")):
        done = run("cmake", *step, cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr
    return Built(folder / "build", measure(folder, *(folder / "build" / suite for suite in RECIPES)))


def names(paths: list[str]) -> tuple[str, ...]:
    return tuple(Path(path).name for path in paths)


@pytest.mark.parametrize("suite", RECIPES)
def test_the_recipe_tells_objects_and_shared_libraries_apart(built, suite):
    recipe, expected = built.recipe(suite), RECIPES[suite]
    assert (names(recipe["subject_objects"]), names(recipe["subject_shared"])) == (expected.objects, expected.shared)


@pytest.mark.parametrize("suite", RECIPES)
def test_the_recipe_names_what_the_linker_optimises(built, suite):
    assert tuple(sorted(built.recipe(suite)["link_time_optimised"])) == RECIPES[suite].optimised


@pytest.mark.parametrize("suite", RECIPES)
def test_the_layout_is_fixed_for_a_reason_only(built, suite):
    recipe, reason = built.recipe(suite), RECIPES[suite].reason
    assert (recipe["layout"], recipe["layout_reason"]) == ("fixed" if reason else "free", reason)


def test_the_recipe_has_the_suites_own_link_options(built):
    assert built.recipe("of_objects")["linker_flags"].endswith(' -Wl,-z,now -Wl,-O1 -Wl,--as-needed -DA="\\"')


@pytest.mark.parametrize("suite", RECIPES)
@pytest.mark.parametrize("steps", [100, 800])
def test_the_loop_runs_its_whole_body(built, suite, steps):
    entry = built.entries[f"{suite}/body/{steps}"]
    assert entry["status"] == "ok" and entry["statistics"]["min_ns"] > steps * STEP_NS, entry


@pytest.mark.parametrize("suite", RECIPES)
@pytest.mark.parametrize("name, error", [("wrong", "the chain ends elsewhere"), ("leaves", "VB_LOOP")])
def test_faults_are_error_rows(built, suite, name, error):
    assert error in built.entries[f"{suite}/{name}"].get("error", "no error")


@pytest.fixture(scope="module")
def again(built, tmp_path_factory) -> dict[str, dict[str, Any]]:
    """Measured in suites that were linked again by their recipes."""
    folder = tmp_path_factory.mktemp("again")
    for suite in RECIPES:
        done = programs.link(built.recipe(suite), folder / suite)
        assert done.returncode == 0, done.stderr
    return measure(folder, *(folder / suite for suite in RECIPES))


@pytest.mark.parametrize("suite", RECIPES)
def test_a_suite_linked_again_by_its_recipe_runs_the_whole_body(again, suite):
    entry = again[f"{suite}/body/800"]
    assert entry["status"] == "ok" and entry["statistics"]["min_ns"] > 800 * STEP_NS, entry
