"""Results that many tests look at, each measured once a session."""
from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import programs  # noqa: E402

collect_ignore = [] if programs.BUILD.name == "release" else ["test_install.py"]  # only that build is installed


@dataclass(frozen=True)
class Measured:
    """One call of `vbench run --json`, and what it left."""

    done: "subprocess.CompletedProcess[str]"
    suite: Path
    path: Path
    begin: datetime
    end: datetime

    @property
    def result(self) -> dict[str, Any]:
        return programs.load(self.path)


def measure(suite: Path, folder: Path, *arguments: str) -> Measured:
    begin = datetime.now(timezone.utc)
    done = programs.vbench("run", suite, "--json", folder / "result.json", *arguments, cwd=folder)
    return Measured(done, suite, folder / "result.json", begin, datetime.now(timezone.utc))


@pytest.fixture(scope="session")
def faulty_run(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    folder = tmp_path_factory.mktemp("faulty")
    suite = programs.copy_suite(programs.FAULTY, folder)
    return measure(suite, folder, "--budget", "0.1", "--processes", "2", "--time-limit", "0.5")


@pytest.fixture(scope="session")
def known_times_run(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    folder = tmp_path_factory.mktemp("known_times")
    return measure(programs.KNOWN_TIMES, folder, "--budget", "0.1", "--processes", "2")


@pytest.fixture(scope="session")
def ring_run(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    folder = tmp_path_factory.mktemp("ring")
    return measure(programs.RING, folder, "--budget", "0.3", "--filter", "push_pop|1M_ops|cross_thread")
