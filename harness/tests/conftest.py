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

import git_project  # noqa: E402
import pairs  # noqa: E402
import programs  # noqa: E402
import projects  # noqa: E402

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


# --- for comparisons

@pytest.fixture(scope="session")
def suites(tmp_path_factory) -> Path:
    """A folder with suites of the same name in folders: old, new (the same), slow (10 % slower)."""
    folder = tmp_path_factory.mktemp("suites")
    pairs.build(folder / "old")
    pairs.build(folder / "new")
    pairs.build(folder / "slow", wait_ns=2200)
    return folder


@pytest.fixture(scope="session")
def saved(suites, tmp_path_factory) -> Path:
    """A folder with the baseline x of the old suite, and its archive."""
    folder = tmp_path_factory.mktemp("saved")
    done = programs.vbench("save", "x", suites / "old/demo", "--budget", "0.01", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def project(tmp_path_factory) -> Path:
    """A git project with a commit, a baseline x of it, and another commit with a suite that is 20 % slower."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "CMakeLists.txt").write_text(git_project.PROJECT)
    (folder / "suite.c").write_text(projects.suite(pairs.row("demo/wait"), before=pairs.BEFORE))
    (folder / "subject.c").write_text(pairs.SUBJECT)
    (folder / ".gitignore").write_text("build/\nc.json\n")
    git_project.git(folder, "init", "-q")
    git_project.git(folder, "add", ".")
    git_project.git(folder, "commit", "-qm", "first")
    done = programs.run("cmake", "-B", "build", "-DCMAKE_BUILD_TYPE=Release", cwd=folder)
    assert done.returncode == 0, done.stderr
    git_project.make(folder)
    done = programs.vbench("save", "x", "build/demo", "--budget", "0.01", cwd=folder)
    assert done.returncode == 0, done.stderr
    (folder / "CMakeLists.txt").write_text(git_project.PROJECT.replace("2000", "2400"))
    git_project.git(folder, "commit", "-qam", "slower")
    git_project.make(folder)
    return folder
