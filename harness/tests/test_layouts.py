"""Layouts: one suite linked many times, each time with its code elsewhere.

The suites here are compiled by the tests themselves, their recipes written by hand. What a layout is, is read from its
executable with nm, and each is run: its results must be right.
"""
from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

import injection
import programs
import projects
from programs import run

CHECK = programs.BUILD / "tests" / "layouts_check"
CXX = {"gcc": "g++", "clang": "clang++"}
LINKERS = ["bfd", "gold", "lld"]
OFFSETS = [0, 16, 32, 48]
CYCLE, COUNT = 4, 16

# Two files with a local function of the same name and size, and all kinds of data.
SUBJECT = r"""
#include <stdlib.h>
#define CAT_(a, b) a##b
#define CAT(a, b) CAT_(a, b)
int CAT(subject_, PART)(int x);
static int counter = PART;              /* .data */
static int calls;                       /* .bss */
static const int table[] = {3, 1, 4, 1, 5, 9, 2, 6}; /* .rodata */
__attribute__((noinline)) static int step(int x) { return x * 3 + PART; }
__attribute__((noinline)) static int other(int x) { return step(x) ^ table[x & 7]; }
__attribute__((noinline, cold)) static int seldom(int x) { calls++; return x - PART; }
static int (*const choices[])(int) = {step, other}; /* .data.rel.ro */
int CAT(subject_, PART)(int x)
{
    if (x < 0)
        return seldom(x);
    switch (x % 7) {
    case 0: return choices[x & 1](x);
    case 1: return step(x + 1);
    case 2: return other(x) + counter;
    case 3: return atoi("17") + x;
    case 4: return step(other(x));
    case 5: return x << 2;
    default: return calls + counter - x;
    }
}
"""
SUITE = projects.suite('{.name = "sum", .fn = nothing, .finish = check}', before=r"""
int subject_1(int x);
int subject_2(int x);
static void check(vb_run *run)
{
    int sum = 0;
    for (int i = 0; i < 100; i++)
        sum = sum * 31 % 65536 + subject_1(i) + 7 * subject_2(i);
    if (sum != EXPECTED)
        vb_fail(run, "the sum is another");
}
""")


def subject(part: int, x: int) -> int:
    """What the subject computes."""
    table = [3, 1, 4, 1, 5, 9, 2, 6]

    def step(y: int) -> int:
        return y * 3 + part

    def other(y: int) -> int:
        return step(y) ^ table[y & 7]

    return [lambda: (other if x & 1 else step)(x), lambda: step(x + 1), lambda: other(x) + part, lambda: 17 + x,
            lambda: step(other(x)), lambda: x << 2, lambda: part - x][x % 7]()


def expected() -> int:
    total = 0
    for x in range(100):
        total = total * 31 % 65536 + subject(1, x) + 7 * subject(2, x)
    return total


@dataclass
class Project:
    """Sources, objects and the suite's executable with its recipe, in a folder."""

    folder: Path
    compiler: str = "gcc"
    flags: tuple[str, ...] = ("-O2", "-g", "-ffunction-sections", "-fdata-sections")
    linker_flags: tuple[str, ...] = ()
    subject: list[Path] = field(default_factory=list)
    objects: list[Path] = field(default_factory=list)

    def compile(self, name: str, text: str, *flags: str, output: "str | None" = None) -> Path:
        source, made = self.folder / name, self.folder / (output or name + ".o")
        source.write_text(text)
        compiler = CXX[self.compiler] if name.endswith(".cc") else self.compiler
        done = run(compiler, *self.flags, *flags, "-I", programs.INCLUDE, "-c", name, "-o", made, cwd=self.folder)
        assert done.returncode == 0, done.stderr
        return made

    def archive(self, name: str, *members: Path) -> Path:
        done = run("ar", "rcs", name, *members, cwd=self.folder)
        assert done.returncode == 0, done.stderr
        return self.folder / name

    def recipe(self, **changes: Any) -> dict[str, Any]:
        return {"recipe_version": 1, "suite": "suite", "compiler_flags": " ".join(self.flags), "build_type": "Release",
                "linker": self.compiler, "linker_flags": " ".join(self.linker_flags),
                "suite_objects": [str(path) for path in self.objects],
                "subject_objects": [str(path) for path in self.subject], "layout_reason": None,
                "harness": str(projects.LIBVBENCH), "libraries": [str(word) for word in projects.LIBRARIES[1:]],
                **changes}

    def link(self, **changes: Any) -> Path:
        recipe = self.recipe(**changes)
        suite = self.folder / "suite"
        done = run(recipe["linker"], *self.linker_flags, *self.objects, *self.subject, *projects.LIBRARIES,
                   "-o", suite, cwd=self.folder)
        assert done.returncode == 0, done.stderr
        suite.with_name("suite.link.json").write_text(json.dumps(recipe))
        return suite


def c_project(folder: Path, compiler: str = "gcc", linker: "str | None" = None, **changes: Any) -> Project:
    folder.mkdir(parents=True, exist_ok=True)
    project = Project(folder, compiler, **changes)
    if linker:
        project.linker_flags += (f"-fuse-ld={linker}",)
    project.objects = [project.compile("suite.c", SUITE, f"-DEXPECTED={expected()}")]
    project.subject = [project.compile(f"subject_{part}.c", SUBJECT, f"-DPART={part}") for part in (1, 2)]
    return project


def check(*words: Any, cwd: Path, **changes: str) -> "subprocess.CompletedProcess[str]":
    return run(CHECK, *words, cwd=cwd, **changes)


def layouts_of(suite: Path, cache: "Path | None" = None, count: int = CYCLE, **changes: str) -> dict[str, Any]:
    done = check("layouts", cache or suite.parent / "cache", count, suite, cwd=suite.parent, **changes)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@lru_cache(maxsize=256)
def addresses(executable: Path) -> dict[str, list[int]]:
    """Of its functions, by name, as nm has them."""
    done = run("nm", executable, cwd=executable.parent)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[int]] = {}
    for line in done.stdout.splitlines():
        words = line.split()
        if len(words) == 3 and words[1] in "tTwW":
            found.setdefault(words[2], []).append(int(words[0], 16))
    return found


def offsets(told: dict[str, Any], name: str) -> list[list[int]]:
    """Of all functions of this name: what nm says, a list a layout, lowest first."""
    return [sorted(address % 64 for address in addresses(Path(executable))[name])
            for executable in told["executables"]]


def assert_right(suite: Path) -> None:
    done = run(suite, "--benchmark_min_time=0.0001", "--benchmark_format=json", cwd=suite.parent)
    found = json.loads(done.stdout)["benchmarks"]
    assert found and not [row for row in found if row.get("error_occurred")], done.stdout


def told_offsets(told: dict[str, Any]) -> dict[str, list[int]]:
    return {function["name"]: function["offsets"] for function in told["functions"]}


def assert_balanced(told: dict[str, Any], *names: str) -> None:
    """Each of these functions has each offset equally often in every cycle, by nm."""
    count = len(told["executables"])
    assert count > 0 and count % CYCLE == 0, told["reason"]
    read = [addresses(Path(executable)) for executable in told["executables"]]
    for name in names:
        for cycle in range(0, count, CYCLE):
            found = sorted(address % 64 for layout in read[cycle:cycle + CYCLE] for address in layout[name])
            copies = len(read[0][name])
            base = found[0] % 16  # of a function inside its unit
            assert found == [base + offset for offset in OFFSETS for _ in range(copies)], (name, cycle)


SUBJECTS = ("subject_1", "subject_2", "step", "other", "seldom")


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
    text = SUBJECT.replace("x - PART", "x / PART * x - calls + counter % 3") + "int added(void); int added(void) { return 1; }"
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
template <typename T> __attribute__((noinline)) T twice(T x) { static T calls; calls += x; return calls + x - calls + x; }
struct shape { virtual ~shape() {} virtual int area() const { return 1; } };
struct square : shape { int side; explicit square(int s) : side(s) {} int area() const override { return side * side; } };
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


def tools(folder: Path, *names: str) -> str:
    """A PATH with these programs only."""
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to(shutil.which(name))
    return str(folder)


@pytest.fixture
def suite(tmp_path) -> Path:
    return c_project(tmp_path).link()


def one_layout(suite: Path, **changes: str) -> str:
    """The reason why there are no others."""
    told = layouts_of(suite, **changes)
    assert (told["executables"], told["functions"], told["fixed_count"]) == ([], [], 0)
    assert told["reason"].endswith(".") and told["reason"].count("\n") == 0
    left = [path.name for path in (suite.parent / "cache").iterdir()]
    assert left == []
    return told["reason"]


def test_without_gnu_ld_there_is_one_layout(suite, tmp_path):
    assert "install binutils" in one_layout(suite, PATH=tools(tmp_path / "bin", "gcc"))


@pytest.mark.skipif(not shutil.which("ld.lld"), reason="lld is not installed")
def test_an_ld_that_is_not_gnus_does_not_count(suite, tmp_path):
    path = tools(tmp_path / "bin", "gcc", "ld.lld")
    (tmp_path / "bin" / "ld").symlink_to(shutil.which("ld.lld"))
    assert "GNU ld" in one_layout(suite, PATH=path)


def test_an_ld_that_is_gnus_counts(suite, tmp_path):
    path = tools(tmp_path / "bin", "gcc", "as")
    (tmp_path / "bin" / "ld").symlink_to(shutil.which("ld.bfd"))
    assert_balanced(layouts_of(suite, PATH=path), *SUBJECTS)


def test_without_the_suites_compiler_there_is_one_layout(suite, tmp_path):
    assert "gcc is not there" in one_layout(suite, PATH=tools(tmp_path / "bin", "ld.bfd"))


def test_without_a_recipe_there_is_one_layout(suite):
    suite.with_name("suite.link.json").unlink()
    assert "suite.link.json" in one_layout(suite)


def test_a_missing_object_leaves_one_layout(suite):
    suite.with_name("subject_2.c.o").unlink()
    assert "subject_2.c.o" in one_layout(suite)


def test_a_fixed_layout_keeps_its_reason(tmp_path):
    assert one_layout(c_project(tmp_path).link(layout_reason="So it is.")) == "So it is."


def test_objects_of_link_time_optimisation_leave_one_layout(tmp_path):
    project = c_project(tmp_path)
    project.subject[0] = project.compile("subject_1.c", SUBJECT, "-DPART=1", "-flto", "-ffat-lto-objects")
    assert "link-time optimisation" in one_layout(project.link())


def test_what_is_no_object_leaves_one_layout(suite):
    suite.with_name("subject_2.c.o").write_text("no object")
    assert "no object file" in one_layout(suite)


def test_a_damaged_object_leaves_one_layout_or_is_refused_by_the_linker(suite):
    """Cut and changed in many places, one at a time."""
    path = suite.with_name("subject_2.c.o")
    whole = path.read_bytes()
    sections = int.from_bytes(whole[40:48], "little")
    damaged = [whole[:len(whole) * part // 10] for part in range(0, 10, 2)]
    for at in [18, 24, 40, 44, 60, 62, *(sections + 64 * number + 4 * word for number in (1, 9) for word in range(1, 16, 3))]:
        damaged.append(whole[:at] + b"\xff\xff\xff" + whole[at + 3:])
    for contents in damaged:
        path.write_bytes(contents)
        told = layouts_of(suite)
        assert told["executables"] or told["reason"].endswith(".")


def test_a_link_that_fails_leaves_one_layout_and_says_why(tmp_path):
    project = c_project(tmp_path)
    suite = project.link()
    recipe = project.recipe(subject_objects=[str(project.subject[0])])
    suite.with_name("suite.link.json").write_text(json.dumps(recipe))
    assert "subject_2" in one_layout(suite)


def entries_of(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir())


def test_layouts_are_taken_from_the_cache_while_nothing_changed(tmp_path):
    project = c_project(tmp_path)
    suite = project.link()
    first = layouts_of(suite, count=8)
    made = [os.stat(executable).st_ino for executable in first["executables"]]
    assert layouts_of(suite, count=8) == first
    assert [os.stat(executable).st_ino for executable in first["executables"]] == made
    assert len(entries_of(tmp_path / "cache")) == 1
    project.subject[0] = project.compile("subject_1.c", SUBJECT + "int added; ", "-DPART=1")
    assert layouts_of(suite, count=8)["executables"] != first["executables"]
    assert len(layouts_of(suite)["executables"]) == CYCLE
    assert len(entries_of(tmp_path / "cache")) == 3


@pytest.mark.parametrize("name", ["layout-03", "placements.json"])
@pytest.mark.parametrize("damage", ["removed", "cut", "changed"])
def test_a_damaged_entry_is_made_again(suite, name, damage):
    first = layouts_of(suite)
    path = Path(first["executables"][0]).with_name(name)
    whole = path.read_bytes()
    path.unlink()
    if damage != "removed":
        path.write_bytes(whole[:len(whole) // 2] if damage == "cut" else whole[:100] + b"\x7f" + whole[101:])
        path.chmod(0o755)
    assert layouts_of(suite) == first
    assert path.read_bytes() == whole and len(entries_of(suite.parent / "cache")) == 1


@pytest.mark.parametrize("at", [0.0, 0.2, 0.5])
def test_what_a_killed_linker_left_is_not_taken_for_complete(suite, at):
    cache = suite.parent / "cache"
    child = subprocess.Popen([str(CHECK), "layouts", str(cache), str(COUNT), str(suite)], cwd=suite.parent,
                             stdout=subprocess.DEVNULL, env=programs.environment())
    programs.wait_until(lambda: cache.exists() and list(cache.iterdir()))
    time.sleep(at)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert_balanced(layouts_of(suite, count=COUNT), *SUBJECTS)
    assert [name.endswith(".entry") for name in entries_of(cache)] == [True]


def test_an_interrupt_ends_the_links_and_leaves_nothing(suite):
    cache = suite.parent / "cache"
    child = subprocess.Popen([str(CHECK), "layouts", str(cache), "400", str(suite)], cwd=suite.parent,
                             stdout=subprocess.DEVNULL, env=programs.environment())
    assert programs.wait_until(lambda: list(cache.glob("*/layout-03")))
    child.send_signal(signal.SIGINT)
    assert child.wait() == 130
    assert entries_of(cache) == []


def with_failing_allocation(number: int, folder: Path, *words: Any) -> "subprocess.CompletedProcess[str]":
    return check(*words, cwd=folder, LD_PRELOAD=str(injection.PRELOAD), FAILING_ALLOCATION=str(number),
                 FAILING_ALLOCATION_COUNT=str(folder / "count"))


@pytest.mark.parametrize("kept", [False, True], ids=["made", "kept"])
def test_a_lack_of_memory_is_an_error_or_changes_nothing(suite, kept):
    folder, cache = suite.parent, suite.parent / "cache"
    words = ("layouts", cache, CYCLE, suite)
    expected_told = layouts_of(suite)
    if not kept:
        shutil.rmtree(cache)
    with_failing_allocation(0, folder, *words)
    numbers = range(1, int((folder / "count").read_text()) + 1)
    for number in injection.sampled(list(numbers), 60 if kept else 20, seed=4):
        if not kept:
            shutil.rmtree(cache, ignore_errors=True)
        done = with_failing_allocation(number, folder, *words)
        if done.returncode == 0:
            assert json.loads(done.stdout) == expected_told, number
        else:
            assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), (number, done.stderr)


# Another subject.


def relink(suite: Path, *objects: Path) -> Path:
    done = check("relink", suite.parent / "cache", suite, *objects, cwd=suite.parent)
    assert done.returncode == 0, done.stderr
    return Path(json.loads(done.stdout)["executable"])


def other_subject(project: Project) -> list[Path]:
    """One that computes something else: the suite's check fails with it."""
    return [project.compile(f"other_{part}.c", SUBJECT, f"-DPART={part}", "-Dtable=unused", "-Dx=y")
            if part == 1 else project.compile("other_2.c", SUBJECT.replace("17", "18"), "-DPART=2") for part in (1, 2)]


def test_a_suite_is_relinked_to_another_subject(tmp_path):
    project = c_project(tmp_path)
    suite = project.link()
    objects = other_subject(project)
    relinked = relink(suite, *objects)
    assert relinked.name == "suite" and "cache" in str(relinked)
    done = run(relinked, "--benchmark_min_time=0.0001", "--benchmark_format=json", cwd=tmp_path)
    assert [row["error_message"] for row in json.loads(done.stdout)["benchmarks"]] == ["the sum is another"]
    recipe = programs.load(relinked.with_name("suite.link.json"))
    assert recipe == {**project.recipe(), "subject_objects": [str(path) for path in objects]}
    assert_right(relink(suite, *project.subject))
    assert_balanced(layouts_of(relinked, cache=tmp_path / "cache"), *SUBJECTS)


def test_relinked_to_its_own_subject_a_suite_is_the_same_program(tmp_path):
    project = c_project(tmp_path)
    suite = project.link()
    assert relink(suite, *project.subject).read_bytes() == suite.read_bytes()


def test_a_relinked_suite_is_taken_from_the_cache_while_nothing_changed(tmp_path):
    project = c_project(tmp_path)
    suite = project.link()
    first = relink(suite, *project.subject)
    inode = first.stat().st_ino
    assert relink(suite, *project.subject) == first and first.stat().st_ino == inode
    first.with_name("suite.link.json").unlink()
    assert relink(suite, *project.subject) == first and first.with_name("suite.link.json").exists()
    project.compile("subject_1.c", SUBJECT + "int added; ", "-DPART=1")
    assert relink(suite, *project.subject) != first


def test_a_subject_that_does_not_fit_is_an_error_with_the_linkers_words(suite):
    done = check("relink", suite.parent / "cache", suite, suite.with_name("subject_1.c.o"), cwd=suite.parent)
    assert (done.returncode, done.stdout) == (2, "") and len(done.stderr.splitlines()) == 1
    assert "cannot be linked to the other subject" in done.stderr and "subject_2" in done.stderr
    assert entries_of(suite.parent / "cache") == []


def test_a_missing_subject_is_an_error_that_names_it(suite):
    done = check("relink", suite.parent / "cache", suite, suite.with_name("gone.o"), cwd=suite.parent)
    assert done.returncode == 2 and "gone.o" in done.stderr
