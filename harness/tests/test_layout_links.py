"""Layouts that cannot be, those that are kept, and what killed, interrupted and failing links leave."""
from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

import injection
import programs
from linked_suites import (CHECK, COUNT, CYCLE, SUBJECT, SUBJECTS, assert_balanced, c_project, check, entries_of,
                           layouts_of)


@pytest.fixture
def suite(tmp_path) -> Path:
    return c_project(tmp_path).link()


def tools(folder: Path, *names: str) -> str:
    """A PATH with these programs only."""
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to(shutil.which(name))
    return str(folder)


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


def as_old_as(suite, path):
    """What was compiled after the link is refused before it is read."""
    linked = os.stat(suite)
    os.utime(path, ns=(linked.st_mtime_ns, linked.st_mtime_ns))


def test_what_is_no_object_leaves_one_layout(suite):
    path = suite.with_name("subject_2.c.o")
    path.write_text("no object")
    as_old_as(suite, path)
    assert "no object file" in one_layout(suite)


def test_a_damaged_object_leaves_one_layout_or_is_refused_by_the_linker(suite):
    """Cut and changed in many places, one at a time."""
    path = suite.with_name("subject_2.c.o")
    whole = path.read_bytes()
    sections = int.from_bytes(whole[40:48], "little")
    damaged = [whole[:len(whole) * part // 10] for part in range(0, 10, 2)]
    headers = [sections + 64 * number + 4 * word for number in (1, 9) for word in range(1, 16, 3)]
    for at in [18, 24, 40, 44, 60, 62, *headers]:
        damaged.append(whole[:at] + b"\xff\xff\xff" + whole[at + 3:])
    for contents in damaged:
        path.write_bytes(contents)
        as_old_as(suite, path)
        told = layouts_of(suite)
        assert told["executables"] or told["reason"].endswith(".")


def test_a_link_that_fails_leaves_one_layout_and_says_why(tmp_path):
    project = c_project(tmp_path)
    suite = project.link()
    recipe = project.recipe(subject_objects=[str(project.subject[0])])
    suite.with_name("suite.link.json").write_text(json.dumps(recipe))
    assert "subject_2" in one_layout(suite)


def test_layouts_are_taken_from_the_cache_while_nothing_changed(tmp_path):
    project = c_project(tmp_path)
    suite = project.link()
    first = layouts_of(suite, count=8)
    made = [os.stat(executable).st_ino for executable in first["executables"]]
    assert layouts_of(suite, count=8) == first
    assert [os.stat(executable).st_ino for executable in first["executables"]] == made
    assert len(entries_of(tmp_path / "cache")) == 1
    project.subject[0] = project.compile("subject_1.c", SUBJECT + "int added; ", "-DPART=1")
    suite = project.link()
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
