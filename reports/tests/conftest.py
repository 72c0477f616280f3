"""How a test runs the program: in this process, or as a user does, through its launcher."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

sys.dont_write_bytecode = True
tests = Path(__file__).resolve().parent
sys.path[:0] = [str(tests), str(tests.parent)]

import documents  # noqa: E402
from places import LAUNCHER  # noqa: E402


@pytest.fixture()
def report(tmp_path: Path) -> Callable[..., Path]:
    """Makes a report of a document, in this process, and returns its folder."""
    from vbench_report.__main__ import main

    def make(content: Any, folder: str = "out") -> Path:
        out = tmp_path / folder
        assert main([str(documents.save(tmp_path / "result.json", content)), "--out", str(out)]) == 0
        return out

    return make


@pytest.fixture()
def launch(tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Runs the launcher in the test's own folder, with the interpreter that runs the tests."""

    def run(*arguments: Any, launcher: Path = LAUNCHER, **environment: str) -> "subprocess.CompletedProcess[str]":
        variables = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8",
                     "VBENCH_PYTHON": sys.executable, **environment}
        return subprocess.run([str(launcher), *map(str, arguments)], cwd=tmp_path, env=variables,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=60)

    return run


def _made_once(folder: Path, content: Any) -> Path:
    from vbench_report.__main__ import main

    assert main([str(documents.save(folder / "r.json", content)), "--out", str(folder / "out")]) == 0
    return folder / "out"


@pytest.fixture(scope="session")
def engine_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One report of a whole run, for the tests that only read it."""
    return _made_once(tmp_path_factory.mktemp("engine"), documents.engine())


@pytest.fixture(scope="session")
def compared_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One report of a whole comparison, for the tests that only read it."""
    return _made_once(tmp_path_factory.mktemp("compared"), documents.engine_compared())


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser for the tests of a file. Where none is installed these tests fail and say what is missing."""
    from browser import Browser

    with Browser() as running:
        yield running
