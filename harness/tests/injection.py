"""Faults on purpose: system calls and allocations of vbench that fail, or during which it is killed."""
from __future__ import annotations

import random
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import programs
from programs import SOAK, TINY, VBENCH

PRELOAD = programs.BUILD / "tests" / "libfailing_memory.so"
WORDS = {"save": ("save", "x", TINY, "--budget", "0.001"),
         "compare": ("compare", "x", TINY, "--budget", "0.001", "--layouts", "0", "--json", "c.json"),
         "numbers": ("compare", "y", TINY, "--budget", "0.001", "--json", "n.json")}  # y has no archive


def can_trace() -> bool:
    return shutil.which("strace") is not None and subprocess.run(
        ["strace", "-qq", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL).returncode == 0


traced = pytest.mark.skipif(not can_trace(), reason="strace cannot trace here")


@dataclass(frozen=True)
class Call:
    """One system call of a run: the N-th of its name, counted from 1."""

    name: str
    number: int
    text: str


def calls_of(command: str, folder: Path) -> list[Call]:
    """The calls of a faultless run, from main's begin on: what the dynamic loader does is not ours."""
    log = folder.parent / f"{folder.name}.strace"
    strace(command, folder, log, options=("-y",))  # with what each descriptor is
    counts: dict[str, int] = {}
    calls = []
    began = False
    for line in log.read_text(errors="replace").splitlines():
        name = re.match(r"(\w+)\(", line)
        if name:
            counts[name[1]] = counts.get(name[1], 0) + 1
            began = began or name[1] == "rt_sigaction"
            if began:
                calls.append(Call(name[1], counts[name[1]], line))
    return calls


def strace(command: str, folder: Path, log: Path, *inject: str, options: tuple[str, ...] = ()
           ) -> "subprocess.CompletedProcess[str]":
    """Only the runner's own calls are traced, not those of its children."""
    faults = [word for fault in inject for word in ("-e", f"inject={fault}")]
    return programs.run("strace", "-qq", "-s", "200", "-o", log, *options, *faults, VBENCH, *WORDS[command], cwd=folder)


def with_failing_allocation(command: str, number: int, folder: Path, count: Path, least_bytes: int = 0
                            ) -> "subprocess.CompletedProcess[str]":
    return programs.run(VBENCH, *WORDS[command], cwd=folder, LD_PRELOAD=str(PRELOAD), FAILING_ALLOCATION=str(number),
                        FAILING_ALLOCATION_BYTES=str(least_bytes), FAILING_ALLOCATION_COUNT=str(count))


def sampled(all_of_them: list[Any], count: int, seed: int) -> list[Any]:
    """So many, evenly spread with a random begin; all in `make soak`."""
    if SOAK or len(all_of_them) <= count:
        return all_of_them
    step = len(all_of_them) / count
    begin = random.Random(seed).random()
    return [all_of_them[int((i + begin) * step)] for i in range(count)]


def keys_of(value: Any, path: str = "") -> set[str]:
    """Which members there are, wherever; the elements of an array are taken together."""
    if isinstance(value, dict):
        return {f"{path}.{key}" for key in value}.union(*(keys_of(item, f"{path}.{key}") for key, item in value.items()))
    if isinstance(value, list):
        return set().union(*(keys_of(item, f"{path}[]") for item in value), {f"{path}[]"} if value else set())
    return set()
