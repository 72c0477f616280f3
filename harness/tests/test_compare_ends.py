"""Comparisons that end before their time, by an interrupt or a kill: what is left."""
from __future__ import annotations

import random
import re
import shutil
import signal
import subprocess
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

import programs
from git_project import worktrees
from pairs import LAYOUTS, build, compare
from programs import marked, start_vbench, wait_until


def start(folder: Path, *words: Any) -> tuple["subprocess.Popen[str]", str]:
    mark = uuid.uuid4().hex
    return start_vbench("compare", *words, "--json", "c.json", cwd=folder, VBENCH_TEST_MARK=mark), mark


def end(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        process.kill()
    process.communicate(timeout=programs.TIMEOUT_S)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_during_pairs_leaves_no_worker_and_no_file(number, tmp_path):
    old, new = build(tmp_path / "old"), build(tmp_path / "new")
    (tmp_path / "work").mkdir()
    process, mark = start(tmp_path / "work", old, new, "--layouts", "0", "--budget", "60")
    try:
        assert wait_until(lambda: programs.processes_of(old) and programs.processes_of(new))
        process.send_signal(number)
        _, stderr = process.communicate(timeout=programs.TIMEOUT_S)
    finally:
        end(process)
    assert (process.returncode, stderr) == (-number, "vbench: interrupted; nothing was written.\n")
    assert wait_until(lambda: not marked(mark)) and programs.files_in(tmp_path / "work") == {}


def litter(cache: Path) -> list[str]:
    """What is no whole entry."""
    return [str(path) for path in cache.rglob("*") if re.search(r"\.unfinished$|\.tmp$|^scratch$|\.log$", path.name)]


def test_an_interrupt_while_suites_are_linked_leaves_no_process_and_no_litter(suites, tmp_path):
    for moment in (0.05, 0.2, 0.4):
        process, mark = start(tmp_path, suites / "old/demo", suites / "slow/demo", "--layouts", "64", "--budget", "60",
                              "--cache", tmp_path / "cache")
        try:
            wait_until((tmp_path / "cache").exists)
            time.sleep(moment)
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=programs.TIMEOUT_S)
        finally:
            end(process)
        assert (process.returncode, stderr) == (-signal.SIGINT, "vbench: interrupted; nothing was written.\n")
        assert wait_until(lambda: not marked(mark)) and litter(tmp_path / "cache") == []


def test_a_kill_anywhere_in_a_comparison_leaves_no_process_and_the_next_one_works(suites, tmp_path):
    moments = random.Random(4)
    words = (suites / "old/demo", suites / "slow/demo", "--layouts", "4", "--budget", "0.2", "--cache", tmp_path / "cache")
    statuses = []
    for number in range(30 if programs.SOAK else 8):
        if number % 4 == 0:
            shutil.rmtree(tmp_path / "cache", ignore_errors=True)  # it links anew
        process, mark = start(tmp_path, *words)
        try:
            time.sleep(moments.uniform(0, 1.2))
        finally:
            end(process)
        statuses.append(process.returncode)
        assert wait_until(lambda: not marked(mark), 10)
    assert -signal.SIGKILL in statuses
    found = compare(*words, cwd=tmp_path)
    found.assert_paired("demo/wait")
    assert found.rows["demo/wait"]["layouts"] == 4 and litter(tmp_path / "cache") == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_while_a_revision_is_built_an_end_leaves_no_process_and_the_next_one_works(number, project, tmp_path):
    moments = random.Random(int(number))
    words = ("--rev", "HEAD~1", project / "build/demo", "--layouts", "0", "--cache", tmp_path / "cache")
    for _ in range(6 if programs.SOAK else 2):
        for entry in tmp_path.glob("cache/*.entry"):  # it was built all the same
            shutil.rmtree(entry)
        process, mark = start(project, *words, "--budget", "60")
        try:
            assert "building" in process.stderr.readline()
            time.sleep(moments.uniform(0, 1))
            process.send_signal(number)
            _, stderr = process.communicate(timeout=programs.TIMEOUT_S)
        finally:
            end(process)
        assert wait_until(lambda: not marked(mark), 10)
        if number == signal.SIGINT:
            assert (process.returncode, stderr) == (-number, "vbench: interrupted; nothing was written.\n")
            assert litter(tmp_path / "cache") == [] and worktrees(project) == 1
    found = compare(*words, "--budget", "0.01", cwd=project)
    assert found.status in (0, 1) and set(found.rows) == {"demo/wait"}, found.done.stderr
    assert litter(tmp_path / "cache") == [] and worktrees(project) == 1


def test_two_comparisons_at_once_share_a_cache(suites, tmp_path):
    started = []
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        started.append(start(tmp_path / name, suites / "old/demo", suites / "slow/demo", *LAYOUTS,
                             "--cache", tmp_path / "cache")[0])
    said = [process.communicate(timeout=programs.TIMEOUT_S)[1] for process in started]
    assert all(process.returncode in (0, 1) for process in started) and said == [""] * 3
    assert litter(tmp_path / "cache") == []
