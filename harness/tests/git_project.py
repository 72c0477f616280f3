"""A project in git with a suite of which the subject waits: it is built, and built anew."""
from __future__ import annotations

from pathlib import Path

import projects
from programs import run

PROJECT = projects.beginning() + projects.IMPORTED + """
add_library(subject OBJECT subject.c)
target_compile_definitions(subject PRIVATE WAIT_NS=2000)
vbench_add_suite(demo SOURCES suite.c SUBJECT subject)
"""


def git(folder: Path, *words: str) -> str:
    done = run("git", "-c", "user.name=a", "-c", "user.email=a@b", *words, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def make(folder: Path) -> None:
    done = run("cmake", "--build", "build", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr


def worktrees(project: Path) -> int:
    return len(git(project, "worktree", "list").splitlines())
