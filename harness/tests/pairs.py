"""Small suites for comparisons: built without CMake, each with its recipe, and compared."""
from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import programs
import projects

SUBJECT = """
#include <time.h>
void subject(void);
static long now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000 + now.tv_nsec;
}
void subject(void)
{
    long begin = now_ns();
    while (now_ns() - begin < WAIT_NS)
        ;
}
"""

BEFORE = """
#include <signal.h>
#include <unistd.h>
void subject(void);
static void waits(vb_run *run)
{
    VB_LOOP (run)
        subject();
}
static void waits_twice(vb_run *run)
{
    VB_LOOP (run) {
        subject();
        subject();
    }
}
static void crashes(vb_run *run)
{
    VB_LOOP (run)
        raise(SIGSEGV);
}
static void hangs(vb_run *run)
{
    VB_LOOP (run)
        pause();
}
static void fails(vb_run *run)
{
    VB_LOOP (run)
        subject();
    vb_fail(run, "it is broken");
}
static void waits_and_hangs_at_last(vb_run *run)
{
    static int blocks;
    if (++blocks > 4)
        pause();
    VB_LOOP (run)
        subject();
}
void (*const all[])(vb_run *) = {nothing, waits, waits_twice, crashes, hangs, fails, waits_and_hangs_at_last};
"""


def row(name: str, function: str = "waits") -> str:
    """Its blocks are so short that a busy machine disturbs few of them."""
    return f'{{.name = "{name}", .fn = {function}, .max_iterations = 50}}'


def build(folder: Path, name: str = "demo", wait_ns: int = 2000, rows: "tuple[str, ...]" = (row("demo/wait"),),
          before: str = "", flags: "tuple[str, ...]" = ()) -> Path:
    """The suite's executable; its objects are in the folder as well."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {f"{name}_suite": projects.suite(*rows, before=before + BEFORE), "subject": SUBJECT}
    objects = []
    for part, text in texts.items():
        (folder / f"{part}.c").write_text(text)
        objects.append(folder / f"{part}.o")
        done = programs.run("gcc", "-O2", "-ffunction-sections", f"-DWAIT_NS={wait_ns}", f"-I{programs.INCLUDE}", *flags,
                            "-c", f"{part}.c", "-o", objects[-1], cwd=folder)
        assert done.returncode == 0, done.stderr
    recipe = {"recipe_version": 1, "suite": name, "subject": "subject", "build_type": "Release", "compiler": "gcc",
              "compiler_flags": "-O2", "linker": "gcc", "linker_flags": "", "suite_objects": [str(objects[0])],
              "subject_objects": [str(objects[1])], "subject_shared": [], "needed_objects": [],
              "link_time_optimised": [], "layout": "free", "layout_reason": None, "harness": str(projects.LIBVBENCH),
              "libraries": [str(library) for library in projects.LIBRARIES[1:]]}
    (folder / f"{name}.link.json").write_text(json.dumps(recipe))
    done = programs.link(recipe, folder / name)
    assert done.returncode == 0, done.stderr
    return folder / name


def change_recipe(suite: Path, **members: Any) -> None:
    path = suite.with_name(suite.name + ".link.json")
    path.write_text(json.dumps({**programs.load(path), **members}))


QUICK = ("--budget", "0.01", "--layouts", "0")
LAYOUTS = ("--layouts", "4", "--budget", "0.02")
STEADY = ("--layouts", "4", "--budget", "0.3")  # where the change is told: a busy machine disturbs few of so many blocks


class Compared:
    """One call of `vbench compare`, and what it left."""

    def __init__(self, done: "subprocess.CompletedProcess[str]", path: Path) -> None:
        self.done, self.path = done, path
        self.status = done.returncode
        self.result = programs.load(path) if path.exists() else {}
        if self.result:
            programs.VALIDATOR.validate(self.result)
        self.comparison = self.result.get("vbench", {}).get("comparison", {})
        self.rows = {one["name"]: one for one in self.comparison.get("rows", [])}
        self.rest = {one["name"]: one for one in self.comparison.get("not_compared", [])}
        notes = self.comparison.get("notes", [])
        quota = [note for note in notes if note.startswith("There is a CPU quota")]
        self.quota = " ".join(quota)
        self.notes = " ".join(note for note in notes if note not in quota)  # the same on a machine with a quota

    def assert_paired(self, *names: str) -> None:
        """It has these rows, and no benchmark failed."""
        assert self.status in (0, 1) and self.done.stderr == "", self.done.stderr
        assert self.comparison["paired"] and set(self.rows) == set(names)


def compare(*words: Any, cwd: Path, **changes: str) -> Compared:
    path = cwd / "c.json"
    path.unlink(missing_ok=True)
    return Compared(programs.vbench("compare", *words, "--json", path, cwd=cwd, **changes), path)
