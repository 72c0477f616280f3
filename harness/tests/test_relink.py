"""A suite linked to another subject."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

import programs
from linked_suites import (Project, SUBJECT, SUBJECTS, assert_balanced, assert_right, c_project, check, entries_of,
                           layouts_of)
from programs import run


@pytest.fixture
def suite(tmp_path) -> Path:
    return c_project(tmp_path).link()


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
