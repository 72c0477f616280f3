"""`make bench-compare`: how it calls vbench."""
from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import programs
from programs import run


@pytest.fixture()
def checkout(tmp_path) -> Path:
    """A folder with this Makefile, and programs that only say how they are called."""
    shutil.copy(programs.ROOT / "Makefile", tmp_path)
    for name in ("scripts/setup.sh", "programs/cmake", "build/release/bin/vbench"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('#!/bin/sh\n' + ('printf "%s\\n" "$@"\n' if path.name == "vbench" else ""))
        path.chmod(0o755)
    return tmp_path


def make_compare(checkout: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return run("make", "bench-compare", *words, cwd=checkout, PATH=f"{checkout}/programs:{os.environ['PATH']}")


ALWAYS = ["compare", "--cache", "build/cache", "--json", "build/results/compare.json", "--out", "reports"]


@pytest.mark.parametrize("words, called", [
    ((), ["--"]),
    (("BASELINE=before",), ["--", "before"]),
    (("BASELINE=--help",), ["--", "--help"]),
    (("REV=main",), ["--rev", "main", "--"]),
    (("REV=HEAD~1 $(x) `y`",), ["--rev", "HEAD~1 $(x) `y`", "--"]),
], ids=str)
def test_make_bench_compare_calls_vbench_with_its_baseline_or_revision(words, called, checkout):
    done = make_compare(checkout, *words)
    assert (done.returncode, done.stdout.splitlines()) == (0, ALWAYS + called), done.stderr


def test_make_bench_compare_takes_a_filter_and_a_budget(checkout):
    assert make_compare(checkout, "FILTER=a|b$", "BUDGET=3", "REV=x").stdout.splitlines() == [
        "compare", "--filter", "a|b$", "--budget", "3", *ALWAYS[1:], "--rev", "x", "--"]


def test_make_bench_compare_refuses_a_baseline_and_a_revision_together(checkout):
    done = make_compare(checkout, "BASELINE=a", "REV=b")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == "make bench-compare takes BASELINE or REV, not both"
