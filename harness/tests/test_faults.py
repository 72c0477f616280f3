"""Every allocation and every system call of vbench fails in turn: what is left is the old file or a new one, whole.

A sample of them here, every one in `make soak`. The reader, the comparison, the result and the writer are also tried
allocation by allocation, all of them, in baseline_memory_test.c and write_file_test.c.
"""
from __future__ import annotations

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import pytest

import injection
import programs
from injection import Call, keys_of, sampled, traced
from programs import VALIDATOR, files_in, load, run, vbench

FILE = {"save": "baselines/x.json", "compare": "c.json", "numbers": "n.json"}
COMMANDS = list(FILE)
AT_ONCE = 3

# What each call may say; whatever is not named here cannot fail so that a program would notice. brk says by its result
# that there is no memory: the failing allocations stand for it.
ERRORS = {
    "access": "EIO", "clock_nanosleep": "EINTR", "clone": "EAGAIN", "clone3": "EAGAIN", "close": "EIO",
    "fcntl": "EMFILE", "fchmod": "EIO", "fstat": "EIO", "fsync": "EIO", "getdents64": "EIO", "getcwd": "ENOENT", "kill": "EPERM",
    "lseek": "EIO", "lstat": "EIO", "mkdir": "ENOSPC", "mmap": "ENOMEM", "mremap": "ENOMEM", "munmap": "ENOMEM",
    "newfstatat": "EIO", "open": "EMFILE", "openat": "EMFILE", "pipe2": "EMFILE", "poll": "ENOMEM", "ppoll": "ENOMEM",
    "prlimit64": "EPERM", "read": "EIO", "readlink": "EIO", "rename": "EIO", "rmdir": "EIO", "rt_sigaction": "EINVAL",
    "rt_sigprocmask": "EINVAL", "sched_getaffinity": "EINVAL", "sched_setaffinity": "EINVAL", "sendto": "ENOBUFS",
    "setpgid": "EPERM", "socketpair": "EMFILE", "stat": "EIO", "statx": "EIO",
    "unlink": "EIO", "unlinkat": "EIO", "utimensat": "EIO", "wait4": "ECHILD", "waitid": "ECHILD", "write": "ENOSPC",
}
LARGE = 16000  # bytes
INTERRUPTED = ("read", "write", "sendto", "ppoll", "wait4", "openat")


@dataclass(frozen=True)
class Before:
    """What there is before a fault, and how a faultless run ends."""

    folder: Path
    files: dict[str, bytes]
    keys: dict[str, set[str]]
    machine: dict[str, Any]

    def lay(self, folder: Path) -> Path:
        return Path(shutil.copytree(self.folder, folder))


@pytest.fixture(scope="module")
def before(tmp_path_factory) -> Before:
    folder = tmp_path_factory.mktemp("before")
    (programs.CACHE / "vbench" / "test-0.entry").mkdir(parents=True, exist_ok=True)  # something to be looked through
    for command in COMMANDS:
        if command == "numbers":
            programs.leave_numbers(Path(shutil.copy(folder / FILE["save"], folder / "baselines" / "y.json")))
        assert vbench(*injection.WORDS[command], cwd=folder).returncode in (0, 1)
    keys = {command: keys_of(load(folder / FILE[command])) for command in COMMANDS}
    return Before(folder, files_in(folder), keys, load(folder / FILE["save"])["vbench"]["machine"])


# What there is only of blocks enough, and how many there are is up to the machine.
VARYING = r"\.warnings|\.spread\.figures\.p\d|\.linear\.|\.block_quantiles\["


def what_is_wrong(command: str, folder: Path, before: Before, done: Any, may_lack: str = VARYING,
                  lost: "str | None" = None) -> "str | None":
    """None: it ended in one sentence with all as it was, or in a whole new result. `lost` is the stream to which
    something could not be written: what was to be printed there need not be."""
    after = files_in(folder)
    said = done.stderr.splitlines()
    if set(after) != set(before.files):
        return f"files {sorted(after)}"
    changed = [name for name in after if after[name] != before.files[name]]
    if changed not in ([], [FILE[command]]):
        return f"changed {changed}"
    if not programs.is_archived(folder / FILE["save"]):
        return f"archive: {programs.archive_of(folder / FILE['save'])}"
    if changed:
        result = load(folder / FILE[command])
        if not VALIDATOR.is_valid(result):
            return "not valid"
        lacks = {key for key in before.keys[command] - keys_of(result) if not re.search(may_lack, key)}
        failed = [entry for entry in result["vbench"]["benchmarks"] if entry["status"] == "error"]
        failed += result["vbench"].get("comparison", {}).get("not_compared", [])
        if lacks and not failed or result["vbench"]["machine"] != before.machine:
            return f"lacks {sorted(lacks)[:5]} or the machine differs"
        if failed:  # a comparison is also written with an error row
            return None if command != "save" and (done.returncode, len(said)) == (2, 1) else f"error row, said {said}"
    if done.returncode == 2:
        if lost != "stderr" and (len(said) != 1 or not re.fullmatch(r"vbench: .*\S\.", said[0])):
            return f"said {said}"
        return f"exit 2 with a new file: {said}" if changed and not lost else None
    if done.returncode != 0 and (command == "save" or done.returncode != 1):
        return f"status {done.returncode}: {said}"
    return None if changed and (said == [] or lost) else f"success, but changed {changed}, said {said}"


def try_all(tried: list[Any], one: Callable[[Any], "str | None"]) -> list[tuple[Any, str]]:
    """What went wrong, with the fault."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(one, tried))
    failed = [(fault, wrong) for fault, wrong in zip(tried, found) if wrong]
    for fault, wrong in failed:
        print(fault, wrong, sep="\n    ")  # pytest cuts long lists
    return failed


# --- allocations

def count_allocations(command: str, before: Before, folder: Path, least_bytes: int = 0) -> int:
    whole = before.lay(folder / "whole")
    done = injection.with_failing_allocation(command, 0, whole, folder / "count", least_bytes)
    assert done.returncode in (0, 1)
    return int((folder / "count").read_text())


def try_allocations(command: str, before: Before, numbers: list[int], folder: Path, least_bytes: int = 0
                    ) -> list[tuple[int, str]]:
    def one(number: int) -> "str | None":
        work = before.lay(folder / str(number))
        done = injection.with_failing_allocation(command, number, work, folder / "counts", least_bytes)
        return what_is_wrong(command, work, before, done)

    return try_all(numbers, one)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_allocation_that_fails_leaves_the_old_file_or_a_whole_new_one(command, before, tmp_path):
    count = count_allocations(command, before, tmp_path)
    assert count > 500  # the library is in the program
    numbers = list(range(1, count + 10))  # the same run takes a few more or fewer
    # The last ones write the file.
    assert not try_allocations(command, before, sampled(numbers[:-25], 35, seed=1) + numbers[-25:], tmp_path)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_large_allocation_that_fails_leaves_the_old_file_or_a_whole_new_one(command, before, tmp_path):
    """Texts and files that grow while they are made."""
    count = count_allocations(command, before, tmp_path, LARGE)
    assert count > 1
    assert not try_allocations(command, before, sampled(list(range(1, count + 1)), 40, seed=2), tmp_path, LARGE)


# --- system calls

def faults(calls: list[Call], seed: int) -> list[tuple[Call, str]]:
    """A few of each name."""
    found = []
    for name in sorted({call.name for call in calls}):
        # An injected error comes instead of the call. Linux closes a descriptor whatever it says, and an end of a pipe
        # that stays open is waited for: only of files is it the same.
        same = [call for call in calls if call.name == name
                and not (name == "close" and re.search("<(pipe|socket|UNIX)", call.text))]
        if name in ERRORS:
            found += [(call, ERRORS[name]) for call in sampled(same, 2, seed)]
        if name in INTERRUPTED:
            found += [(call, "EINTR") for call in sampled(same, 1, seed + 1)]
    return found


@traced
@pytest.mark.parametrize("command", COMMANDS)
def test_a_system_call_that_fails_leaves_the_old_file_or_a_whole_new_one(command, before, tmp_path):
    calls = injection.calls_of(command, before.lay(tmp_path / "whole"))
    tried = faults(calls, seed=3)
    assert {"openat", "read", "write", "fsync", "close", "rename", "socketpair", "wait4", "kill", "sched_setaffinity"
            } <= {call.name for call, _ in tried}

    def one(fault: tuple[Call, str]) -> "str | None":
        call, error = fault
        name = f"{call.name}-{call.number}-{error}"
        folder = before.lay(tmp_path / name)
        log = tmp_path / f"{name}.log"
        try:
            done = injection.strace(command, folder, log, f"{call.name}:error={error}:when={call.number}")
        except subprocess.TimeoutExpired:
            return "hung"
        hit = [line for line in log.read_text(errors="replace").splitlines() if line.endswith("(INJECTED)")]
        stream = re.match(r"(?:write|close)\(([12]),", hit[0]) if hit else None
        lost = {"1": "stdout", "2": "stderr"}[stream[1]] if stream else None
        # A driver may refuse to tell of its caches; a run that is not pinned says so by an empty list; and a block that
        # was long by chance has no warning that it is short.
        may_lack = VARYING + r"|context\.caches|pinned_cpus"
        return what_is_wrong(command, folder, before, done, may_lack, lost)

    assert not try_all(tried, one)


@traced
def test_a_worker_that_would_outlive_vbench_is_not_started(before, tmp_path):
    folder = before.lay(tmp_path / "work")
    done = run("strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=prctl:error=EPERM", programs.VBENCH,
               *injection.WORDS["save"], cwd=folder)
    assert done.returncode == 2 and what_is_wrong("save", folder, before, done) is None
