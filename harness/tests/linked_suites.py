"""Suites that tests compile and link by themselves, with recipes written by hand, to be linked in other layouts.

What a layout is, is read from its executable with nm, and each is run: its results must be right.
"""
from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import programs
import projects
from programs import run

CHECK = programs.BUILD / "tests" / "layouts_check"
CXX = {"gcc": "g++", "clang": "clang++"}
LINKERS = ["bfd", "gold", "lld"]
SUBJECTS = ("subject_1", "subject_2", "step", "other", "seldom")  # its functions
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


def entries_of(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir())
