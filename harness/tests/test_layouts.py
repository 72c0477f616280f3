"""Layouts: one suite linked many times, each time with its code elsewhere."""
from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import programs
import projects
from linked_suites import (COUNT, CXX, CYCLE, LINKERS, Project, SUBJECT, SUBJECTS, addresses, assert_balanced,
                           assert_right, c_project, layouts_of, offsets, told_offsets)
from programs import run


@pytest.fixture(scope="module", params=[f"{compiler}-{linker}" for compiler in CXX for linker in LINKERS])
def linked(request, tmp_path_factory) -> "tuple[Path, dict[str, Any]]":
    compiler, linker = request.param.split("-")
    if not shutil.which(compiler) or not shutil.which(f"ld.{linker}"):
        pytest.skip(f"{request.param} is not installed")
    if programs.COVERAGE and compiler != "gcc":
        pytest.skip("what gcc compiled to count lines, clang cannot link")
    suite = c_project(tmp_path_factory.mktemp(request.param), compiler, linker).link()
    return suite, layouts_of(suite, count=COUNT)


def test_every_function_has_every_offset_equally_often(linked):
    assert_balanced(linked[1], *SUBJECTS, "check", "main")


def test_what_is_told_is_what_nm_reads(linked):
    _, told = linked
    known = told_offsets(told)
    for name in ("subject_1", "subject_2", "check", "main"):
        assert [[offset] for offset in known[name]] == offsets(told, name)


def test_local_functions_of_one_name_are_told_apart_by_their_objects(linked):
    _, told = linked
    known = told_offsets(told)
    both = [known["step (subject_1.c.o)"], known["step (subject_2.c.o)"]]
    assert [sorted(pair) for pair in zip(*both)] == offsets(told, "step") and both[0] != both[1]


def test_no_function_stays(linked):
    _, told = linked
    assert (told["fixed_count"], told["reason"]) == (0, None)


def test_every_layout_runs_and_its_results_are_right(linked):
    for executable in linked[1]["executables"]:
        assert_right(Path(executable))


def test_the_order_of_functions_and_of_data_varies(linked):
    read = [run("nm", "-n", executable, cwd=Path(executable).parent).stdout for executable in linked[1]["executables"]]
    code = {tuple(re.findall(r" [tT] (subject_\d|main|check)$", text, re.M)) for text in read}
    data = {tuple(re.findall(r" [dD] (counter|table)$", text, re.M)) for text in read}
    assert len(code) > COUNT / 2 and data, code


def test_layouts_have_no_debug_information(linked):
    done = run("readelf", "-SW", linked[1]["executables"][0], cwd=linked[0].parent)
    assert ".symtab" in done.stdout and ".debug_info" not in done.stdout


def test_linking_the_same_code_elsewhere_gives_the_same_programs(tmp_path):
    told = []
    for name in ("one", "another folder"):
        project = c_project(tmp_path / name, flags=("-O2", "-ffunction-sections"))
        told.append(layouts_of(project.link(), cache=tmp_path / f"{name} cache"))
    assert told[0]["functions"] == told[1]["functions"]
    for pair in zip(told[0]["executables"], told[1]["executables"]):
        assert Path(pair[0]).read_bytes() == Path(pair[1]).read_bytes()


def test_changed_code_leaves_the_places_of_all_other_functions(tmp_path):
    """A longer function, and a new one: the others have the same offsets in the same layouts."""
    project = c_project(tmp_path)
    before = told_offsets(layouts_of(project.link()))
    text = SUBJECT.replace("x - PART", "x / PART * x - calls + counter % 3")
    text += "int added(void); int added(void) { return 1; }"
    project.subject[1] = project.compile("subject_2.c", text, "-DPART=2")
    after = told_offsets(layouts_of(project.link()))
    assert set(after) - set(before) == {"added"}
    assert [name for name in before if before[name] != after[name]] == []


def test_members_of_archives_are_placed_and_only_those_that_are_used(tmp_path):
    project = c_project(tmp_path)
    unused = project.compile("unused.c", "int unused(void); int unused(void) { return 1; }")
    long_name = shutil.copy(project.subject[1], tmp_path / ("member with a name of some length " * 3 + "(2).o"))
    project.subject = [project.archive("lib one.a", unused, project.subject[0]), project.archive("libtwo.a", long_name)]
    told = layouts_of(project.link())
    assert_balanced(told, *SUBJECTS)
    assert "unused" not in told_offsets(told) and "unused" not in addresses(Path(told["executables"][0]))
    for executable in told["executables"]:
        assert_right(Path(executable))


def test_the_same_object_is_placed_the_same_way_in_an_archive(tmp_path):
    project = c_project(tmp_path)
    alone = layouts_of(project.link())
    project.subject = [project.archive("libsubject.a", *project.subject)]
    assert layouts_of(project.link())["functions"] == alone["functions"]


@pytest.mark.skipif(not shutil.which("ld.lld"), reason="lld is not installed")
def test_a_member_that_only_a_library_needs_is_still_linked(tmp_path):
    """By lld, for which the order of archives does not matter."""
    project = c_project(tmp_path, linker="lld")
    late = project.compile("late.c", "int late(void); int late(void) { return 1; }")
    caller = project.compile("caller.c", "int late(void); int call(void); int call(void) { return late(); }")
    project.subject = [project.archive("libsubject.a", *project.subject, late)]
    suite = project.link()
    recipe = project.recipe(libraries=[str(caller), *map(str, projects.LIBRARIES[1:])])
    suite.with_name("suite.link.json").write_text(json.dumps(recipe))
    told = layouts_of(suite)
    assert_balanced(told, *SUBJECTS)
    assert "late" in addresses(Path(told["executables"][0])) and "late" not in told_offsets(told)


def test_two_members_of_one_name_leave_one_layout(tmp_path):
    project = c_project(tmp_path)
    archive = tmp_path / "libtwins.a"
    for part, object_ in enumerate(project.subject):
        folder = tmp_path / str(part)
        folder.mkdir()
        shutil.copy(object_, folder / "twin.o")
    assert run("ar", "qcs", archive, "0/twin.o", "1/twin.o", cwd=tmp_path).returncode == 0
    project.subject = [archive]
    told = layouts_of(project.link())
    assert told["executables"] == [] and "two members of the name twin.o" in told["reason"]


def test_a_thin_archive_leaves_one_layout(tmp_path):
    project = c_project(tmp_path)
    assert run("ar", "rcsT", "libthin.a", *project.subject, cwd=tmp_path).returncode == 0
    project.subject = [tmp_path / "libthin.a"]
    told = layouts_of(project.link())
    assert told["executables"] == [] and "thin" in told["reason"]


def test_without_sections_for_functions_whole_objects_are_placed(tmp_path):
    """All functions of an object move together: each still has each offset equally often."""
    told = layouts_of(c_project(tmp_path, flags=("-O2",)).link())
    assert_balanced(told, "subject_1", "subject_2", "other", "seldom")
    known = told_offsets(told)
    apart = {(a - b) % 64 for a, b in zip(known["subject_1"], known["step (subject_1.c.o)"])}
    assert len(apart) == 1
    assert_right(Path(told["executables"][-1]))


def test_functions_aligned_to_a_line_stay_and_that_is_said(tmp_path):
    flags = ("-O2", "-ffunction-sections", "-falign-functions=64")
    told = layouts_of(c_project(tmp_path, flags=flags).link())
    assert len(told["executables"]) == CYCLE and set(told_offsets(told)["subject_1"]) == {0}
    # gcc does not align what is cold
    assert 0 < told["fixed_count"] <= len(told["functions"])
    start = f"{told['fixed_count']} of {len(told['functions'])} functions stay at one offset: "
    assert told["reason"].startswith(start) and "-falign-functions" in told["reason"]
    assert_balanced(told, "seldom")


def test_functions_aligned_to_half_a_line_have_the_two_offsets_that_remain(tmp_path):
    flags = ("-O2", "-ffunction-sections", "-falign-functions=32")
    told = layouts_of(c_project(tmp_path, flags=flags).link(), count=COUNT)
    known = told_offsets(told)["subject_1"]
    assert [sorted(known[i:i + 4]) for i in range(0, COUNT, 4)] == [[0, 0, 32, 32]] * 4
    assert (told["fixed_count"], told["reason"]) == (0, None)


def test_code_in_a_section_of_its_own_name_is_left_there(tmp_path):
    project = c_project(tmp_path)
    project.subject.append(project.compile("named.c", """
        extern char __start_named[], __stop_named[];
        int named_bytes(void);
        __attribute__((section("named"), aligned(64), used)) int apart(int x) { return x + 1; }
        int named_bytes(void) { return (int)(__stop_named - __start_named); }
        """, "-Wno-missing-prototypes"))
    told = layouts_of(project.link())
    assert len(told["executables"]) == CYCLE
    assert told["reason"] == f"1 of {len(told['functions'])} functions stay at one offset: they are in a section of " \
                             "another name than .text."
    assert_balanced(told, "named_bytes", *SUBJECTS)


CXX_SUBJECT = r"""
#include <stdexcept>
#include <string>
#include <vector>
template <typename T> __attribute__((noinline)) T twice(T x)
{
    static T calls;
    calls += x;
    return calls + x - calls + x;
}
struct shape { virtual ~shape() {} virtual int area() const { return 1; } };
struct square : shape {
    int side;
    explicit square(int s) : side(s) {}
    int area() const override { return side * side; }
};
__attribute__((noinline)) inline int shared(int x) { return twice(x) + 1; }
static int guarded(int x)
{
    try {
        if (x % 3 == 0)
            throw std::runtime_error(std::string(static_cast<size_t>(x) + 1, 'x'));
        return x;
    } catch (const std::exception &error) {
        return static_cast<int>(std::string(error.what()).size());
    }
}
extern "C" int NAME(int x)
{
    std::vector<shape *> shapes{new shape, new square(x)};
    int sum = guarded(x);
    for (shape *each : shapes) {
        sum += each->area();
        delete each;
    }
    return sum + shared(x) + static_cast<int>(twice<long>(x));
}
"""
CXX_SUITE = projects.suite('{.name = "sum", .fn = nothing, .finish = check}', before=r"""
int subject_1(int x);
int subject_2(int x);
static void check(vb_run *run)
{
    for (int i = 0; i < 30; i++) {
        int expected = (i % 3 ? i : i + 1) + 1 + i * i + 2 * i + 1 + 2 * i;
        if (subject_1(i) != expected || subject_2(i) != expected)
            vb_fail(run, "the sum is another");
    }
}
""")


@pytest.mark.parametrize("compiler, linker", [("gcc", "bfd"), ("gcc", "lld"), ("clang", "gold")])
@pytest.mark.parametrize("sections", ["-ffunction-sections", "-fno-function-sections"])
def test_inline_functions_of_cxx_are_placed_once_and_exceptions_work(tmp_path, compiler, linker, sections):
    if not shutil.which(CXX[compiler]) or not shutil.which(f"ld.{linker}") or (programs.COVERAGE and compiler != "gcc"):
        pytest.skip(f"{CXX[compiler]} with {linker} is not installed")
    project = Project(tmp_path, compiler, ("-O2", sections), (f"-fuse-ld={linker}",))
    project.objects = [project.compile("suite.c", CXX_SUITE)]
    project.subject = [project.compile(f"part_{i}.cc", CXX_SUBJECT, f"-DNAME=subject_{i}") for i in (1, 2)]
    told = layouts_of(project.link())
    assert_balanced(told, "subject_1", "subject_2", "_Z6sharedi", "_Z5twiceIiET_S0_", "_ZNK6square4areaEv")
    names = [function["name"] for function in told["functions"]]
    assert names.count("_Z6sharedi") == 1
    for executable in told["executables"]:
        assert_right(Path(executable))


@pytest.mark.parametrize("second", ["strong", "weak"])
def test_of_functions_defined_twice_the_one_that_is_linked_is_told(tmp_path, second):
    """The strong one, or else the first."""
    project = c_project(tmp_path)
    weak = "__attribute__((weak)) "
    bodies = {"z_first": weak + "int both(void) { return 1; }",
              "a_second": (weak if second == "weak" else "") + "int both(void) { return 22222; }"}
    project.subject += [project.compile(f"{name}.c", "int both(void); " + text) for name, text in bodies.items()]
    told = layouts_of(project.link(), count=COUNT)
    assert [function["name"] for function in told["functions"]].count("both") == 1
    assert_balanced(told, "both")
    for executable in told["executables"]:
        listing = run("objdump", "-d", "--disassemble=both", executable, cwd=tmp_path).stdout
        assert ("0x56ce" in listing) == (second == "strong"), listing


def test_objects_in_a_folder_with_blanks_and_quotes_are_placed(tmp_path):
    project = c_project(tmp_path / "a folder with 'quotes\" and *?[x]\\ signs")
    told = layouts_of(project.link(), cache=tmp_path / "a cache's \"folder\"")
    assert_balanced(told, *SUBJECTS)
    assert_right(Path(told["executables"][0]))


def test_two_objects_of_one_name_have_places_of_their_own(tmp_path):
    project = c_project(tmp_path)
    for part in (1, 2):
        (tmp_path / f"part_{part}").mkdir()
        shutil.move(project.subject[part - 1], tmp_path / f"part_{part}" / "same.o")
    project.subject = [tmp_path / f"part_{part}" / "same.o" for part in (1, 2)]
    told = layouts_of(project.link())
    assert_balanced(told, *SUBJECTS)


@pytest.mark.parametrize("linker", LINKERS)
def test_a_recipe_that_strips_symbols_or_drops_unused_sections_is_linked_all_the_same(tmp_path, linker):
    if not shutil.which(f"ld.{linker}"):
        pytest.skip(f"{linker} is not installed")
    told = layouts_of(c_project(tmp_path, linker=linker, linker_flags=("-s", "-Wl,--gc-sections")).link())
    assert_balanced(told, *SUBJECTS)
    assert_right(Path(told["executables"][0]))
