"""kill -9 of vbench or of a worker at any moment of `vbench save`: one of the two baselines stays, whole."""
from __future__ import annotations

import ctypes
import os
import random
import re
import select
import signal
import struct
import subprocess
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import pytest

import injection
import programs
from injection import traced
from programs import TINY, VALIDATOR, files_in, marked, processes_of, start_vbench, vbench, wait_until

SAVE = injection.WORDS["save"]
# A hundred moments: anywhere in a run, during the report, while the file is written; and of a worker, at any time or
# once it measures.
KINDS = {"anywhere": 45, "report": 10, "writing": 25, "any worker": 10, "measuring worker": 10}


@dataclass(frozen=True)
class Killed:
    kind: str
    folder: Path
    old: bytes
    left: list[int]  # processes that outlived it
    status: int
    stderr: str

    def path(self) -> Path:
        return self.folder / "baselines" / "x.json"

    def new(self) -> "dict[str, Any] | None":
        """The new baseline, which is whole; None: it is the old one."""
        if self.path().read_bytes() == self.old:
            return None
        result = programs.load(self.path())
        VALIDATOR.validate(result)
        assert programs.is_archived(self.path())
        assert len(result["vbench"]["benchmarks"][0]["processes"]) == len(result["benchmarks"]) == 9
        return result


@pytest.fixture(scope="module")
def old(tmp_path_factory) -> bytes:
    folder = tmp_path_factory.mktemp("old")
    assert vbench(*SAVE, cwd=folder).returncode == 0
    return (folder / "baselines" / "x.json").read_bytes()


def prepared(folder: Path, old: bytes) -> Path:
    (folder / "baselines").mkdir(parents=True)
    (folder / "baselines" / "x.json").write_bytes(old)
    return folder


LIBC = ctypes.CDLL(None, use_errno=True)
MODIFY, CLOSE_WRITE, MOVED_FROM, MOVED_TO, CREATE = 0x2, 0x8, 0x40, 0x80, 0x100


class Watch:
    """inotify of one folder."""

    def __init__(self, folder: Path) -> None:
        self.descriptor = LIBC.inotify_init1(os.O_CLOEXEC)
        LIBC.inotify_add_watch(self.descriptor, bytes(folder), MODIFY | CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE)

    def wait(self, events: int, process: "subprocess.Popen[str]") -> None:
        """Until there have been so many, or the process has ended."""
        seen = 0
        while seen < events and process.poll() is None:
            if select.select([self.descriptor], [], [], 0.05)[0]:
                got = os.read(self.descriptor, 4096)
                while got:
                    got = got[16 + struct.unpack("iIII", got[:16])[3]:]
                    seen += 1

    def close(self) -> None:
        os.close(self.descriptor)


def kill_workers(find: "Callable[[], list[int]]", process: "subprocess.Popen[str]") -> None:
    """All that are found, as soon as there are any; none of a vbench that has ended."""
    def found() -> list[list[int]]:
        workers = find()
        return [workers] if workers or process.poll() is not None else []

    for workers in wait_until(found):
        for pid in workers:
            os.kill(pid, signal.SIGKILL)


def kill_one(kind: str, seed: int, folder: Path, old: bytes) -> Killed:
    """One save that is killed, or whose worker is, at a moment that the seed decides."""
    moments = random.Random(f"{kind} {seed}")
    mark = f"VBENCH_TEST_MARK={uuid.uuid4()}"
    variables = dict([mark.split("=")])
    suite = programs.copy_suite(TINY, folder / "suite")
    work = prepared(folder / "work", old)
    of_worker = kind.endswith("worker")
    words = ["save", "x", programs.noting(suite), "--budget", "0.5" if of_worker else "0.001"]
    watch = Watch(work / "baselines")
    if kind == "report":
        program = folder / "program"
        program.write_text("#!/bin/sh\necho >started\nexec sleep 1000\n")
        program.chmod(0o755)
        words += ["--out", "page"]
        variables["VBENCH_REPORT_PROGRAM"] = str(program)
    process = start_vbench(*words, cwd=work, **variables)
    try:
        if kind == "report":
            wait_until((work / "started").exists)
        if kind == "writing":
            watch.wait(moments.randint(1, 6), process)  # the first one is the archive's folder
        elif kind in ("anywhere", "any worker"):
            time.sleep(moments.uniform(0, 0.5))
        if of_worker:
            find = processes_of if kind == "any worker" else programs.measuring
            kill_workers(lambda: find(suite), process)
        else:
            process.kill()
        _, stderr = process.communicate(timeout=programs.TIMEOUT_S)
    except ProcessLookupError:  # ended by itself meanwhile
        _, stderr = process.communicate(timeout=programs.TIMEOUT_S)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
        watch.close()
    wait_until(lambda: not marked(mark), 10)
    left = marked(mark)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    (work / "started").unlink(missing_ok=True)
    return Killed(kind, work, old, left, process.returncode, stderr)


@pytest.fixture(scope="module")
def killed(old, tmp_path_factory) -> list[Killed]:
    folder = tmp_path_factory.mktemp("killed")
    kinds = [kind for kind, count in KINDS.items() for _ in range(count)]
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda one: kill_one(one[1], one[0], folder / str(one[0]), old), enumerate(kinds)))


def test_a_hundred_moments_hit_both_before_and_after_the_new_baseline(killed):
    olds = sum(one.new() is None for one in killed)
    assert len(killed) == 100 and 0 < olds < 100
    assert sum(one.status == -signal.SIGKILL for one in killed) >= 25


def test_after_a_kill_the_old_or_the_new_baseline_is_there_whole(killed):
    for one in killed:
        one.new()  # asserts


def test_after_a_kill_no_process_is_left(killed):
    assert not [one for one in killed if one.left]


def test_a_kill_leaves_nothing_but_a_temporary_file(killed):
    left = [name for one in killed for name in files_in(one.folder)]
    assert not [name for name in left if not re.fullmatch(r"baselines/x\.json(\.\d+\.tmp)?", name)]


def test_the_next_save_removes_what_the_killed_one_left(killed):
    littered = [one for one in killed if len(files_in(one.folder)) > 1
                or (one.folder / "baselines" / ".archive").exists() and not programs.is_archived(one.path(), alone=True)]
    for one in littered:
        assert vbench(*SAVE, cwd=one.folder).returncode == 0
    assert not [one for one in littered if list(files_in(one.folder)) != ["baselines/x.json"]
                or not programs.is_archived(one.path(), alone=True)]


def test_a_killed_worker_ends_in_a_whole_result_or_in_one_sentence(killed):
    """It is started again; while it lists its benchmarks there is nothing to start again for."""
    results = [one.new() for one in killed if one.kind == "measuring worker"]
    assert 1 in [result["vbench"]["benchmarks"][0]["restarts"] for result in results if result]
    for one in killed:
        if one.kind.endswith("worker"):
            assert one.status in (0, 2)
            if one.status == 0:
                assert one.new()["vbench"]["benchmarks"][0]["restarts"] <= 1 and one.stderr == ""
            else:
                assert one.new() is None and len(one.stderr.splitlines()) == 1 and one.stderr.endswith(".\n")


def test_workers_that_are_killed_again_and_again_fail_the_benchmark_and_keep_the_baseline(old, tmp_path):
    suite = programs.copy_suite(TINY, tmp_path / "suite")
    work = prepared(tmp_path / "work", old)
    process = start_vbench("save", "x", programs.noting(suite), "--budget", "60", cwd=work)
    wait_until(lambda: programs.measuring(suite))
    while process.poll() is None:
        for pid in processes_of(suite):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.002)
    _, stderr = process.communicate(timeout=programs.TIMEOUT_S)
    assert (process.returncode, stderr) == (
        2, "vbench: Every benchmark failed, so baselines/x.json was not written.\n")
    assert files_in(work) == {"baselines/x.json": old}


# --- what a killed writer leaves

def dead_pid() -> int:
    done = subprocess.Popen(["true"])
    done.wait()
    return done.pid


def test_save_removes_the_temporary_files_of_dead_writers_of_its_own_name_only(old, tmp_path):
    work = prepared(tmp_path / "work", old)
    dead = dead_pid()
    kept = {f"x.json.{os.getpid()}.tmp", f"y.json.{dead}.tmp", f"x.json.{dead}.old", f"x.json.{dead}x.tmp",
            "x.json..tmp", "x.json.-1.tmp", f"xx.json.{dead}.tmp", "x.json.99999999999999999999.tmp"}
    for name in (*kept, f"x.json.{dead}.tmp"):
        (work / "baselines" / name).write_text("{")
    assert vbench(*SAVE, cwd=work).returncode == 0
    assert set(os.listdir(work / "baselines")) == {*kept, "x.json", ".archive"}


@pytest.fixture(scope="module")
def steps(old, tmp_path_factory) -> list[injection.Call]:
    """The calls from the temporary file's making to the folder's sync."""
    if not injection.can_trace():
        return []
    calls = injection.calls_of("save", prepared(tmp_path_factory.mktemp("steps") / "work", old))
    begin = next(i for i, call in enumerate(calls) if re.search(r"/x\.json\.\d+\.tmp\", O_WRONLY", call.text))
    end = max(i for i, call in enumerate(calls) if call.name == "fsync")
    return calls[begin:end + 1]


@traced
def test_a_save_killed_at_each_step_of_writing_leaves_a_whole_baseline_and_the_next_one_cleans_up(steps, old, tmp_path):
    assert [step.name for step in steps if step.name in ("write", "fsync", "rename")] == [
        "write", "fsync", "rename", "fsync"]
    seen = set()
    for index, step in enumerate(steps):
        work = prepared(tmp_path / str(index), old)
        done = injection.strace("save", work, tmp_path / "log", f"{step.name}:signal=KILL:when={step.number}")
        assert done.returncode == -signal.SIGKILL, step
        one = Killed("step", work, old, [], done.returncode, done.stderr)
        seen.add((one.new() is None, len(files_in(work))))
        assert vbench(*SAVE, cwd=work).returncode == 0
        assert list(files_in(work)) == ["baselines/x.json"]
    assert {(True, 2), (False, 1)} <= seen  # a temporary file beside the old one; the new one


def test_a_report_generator_dies_with_vbench(killed):
    reports = [one for one in killed if one.kind == "report"]
    assert len(reports) == KINDS["report"] and all(one.new() and not one.left for one in reports)


def test_the_real_report_generator_and_what_it_starts_die_with_vbench(old, tmp_path):
    mark = uuid.uuid4().hex
    process = start_vbench(*SAVE, "--out", "page", cwd=tmp_path, VBENCH_TEST_MARK=mark)
    assert wait_until((tmp_path / "page" / "plots").exists)  # before it begins to draw
    process.kill()
    process.communicate(timeout=programs.TIMEOUT_S)
    assert wait_until(lambda: not marked(mark), 10)
