"""Which system calls the running engine makes: those that give the CPU away, sleep and wake, and no others."""
from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from engine import VELOX

# Besides those: the monitor's sleeps between its lines.
EXPECTED = {"sched_yield", "futex", "clock_nanosleep", "restart_syscall"}


def calls(folder: Path, seconds: str, *arguments: str) -> tuple[dict[str, int], str]:
    """How often each was made, and what velox printed."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not here")
    done = subprocess.run(["strace", "-f", "-c", "-U", "name,calls", "-o", "calls.txt", VELOX, "--seconds", seconds,
                           *arguments], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = re.findall(r"^(\w+) +(\d+)$", (folder / "calls.txt").read_text(), re.M)
    return {name: int(count) for name, count in rows if name != "total"}, done.stdout


@pytest.mark.parametrize("threads", ["1", "2", "4"])
def test_a_longer_run_makes_more_of_these_calls_only(tmp_path, threads):
    options = ("--threads", threads, "--rate", "5000")
    short, _ = calls(tmp_path, "0.2", *options)
    longer, _ = calls(tmp_path, "0.8", *options)
    assert short.keys() - EXPECTED == longer.keys() - EXPECTED
    assert [name for name in short if name not in EXPECTED and short[name] != longer[name]] == []


def test_all_of_them_are_counted(tmp_path):
    made, printed = calls(tmp_path, "0.5", "--rate", "5000")
    said = re.search(r"System calls: the CPU given away ([\d,]+) times, ([\d,]+) sleeps, ([\d,]+) wake-ups\.", printed)
    assert said is not None, printed
    yields, sleeps, wakes = (int(number.replace(",", "")) for number in said.groups())
    assert made.get("sched_yield", 0) == yields
    # Waiting for the end of a thread takes one, too, if it has not ended yet.
    assert sleeps + wakes <= made.get("futex", 0) <= sleeps + wakes + 4
