"""scripts/find_python.sh: which interpreter it takes, and what it says when there is none."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from places import FIND_PYTHON

MODULES = ("matplotlib", "numpy", "jinja2", "jsonschema", "fastjsonschema")


def find(path: str, *modules: str, python: str = "", cwd: Path = Path("/")) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": path}
    if python:
        environment["VBENCH_PYTHON"] = python
    return subprocess.run(["/bin/sh", str(FIND_PYTHON), *modules], env=environment, cwd=cwd, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, encoding="utf-8", timeout=30)


def interpreter(path: Path, flags: str = "") -> Path:
    """A program that is this interpreter; with "-S -E" it has the standard library only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" {flags} "$@"\n')
    path.chmod(0o755)
    return path


def stand_in(path: Path, answer: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(0o755)
    return path


def refused(done: "subprocess.CompletedProcess[str]") -> str:
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    return done.stderr


def test_the_python_on_path_is_taken_if_it_has_the_modules(tmp_path: Path) -> None:
    good = interpreter(tmp_path / "bin" / "python3")
    done = find(str(good.parent), *MODULES)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{good}\n", "")


def test_a_python_on_path_without_the_modules_is_passed_over(tmp_path: Path) -> None:
    bare = interpreter(tmp_path / "bare" / "python3", "-S -E")
    other = interpreter(tmp_path / "other" / "python3.99")
    done = find(f"{bare.parent}:{other.parent}", *MODULES)
    assert done.returncode == 0 and done.stdout.strip() in ("/usr/bin/python3", str(other))


def test_vbench_python_goes_before_path(tmp_path: Path) -> None:
    on_path = interpreter(tmp_path / "bin" / "python3")
    chosen = interpreter(tmp_path / "a folder" / "mine")
    assert find(str(on_path.parent), *MODULES, python=str(chosen)).stdout == f"{chosen}\n"


def test_vbench_python_without_a_module_is_an_error_and_not_replaced(tmp_path: Path) -> None:
    on_path = interpreter(tmp_path / "bin" / "python3")
    bare = interpreter(tmp_path / "bare", "-S -E")
    message = refused(find(str(on_path.parent), "json", "matplotlib", "numpy", python=str(bare)))
    assert str(bare) in message and "lacks matplotlib numpy;" in message


@pytest.mark.parametrize("what", ["/no/such/python", "/", "/dev/null"])
def test_vbench_python_that_is_no_program_is_an_error(what: str) -> None:
    assert "is not a program" in refused(find("/usr/bin:/bin", *MODULES, python=what))


def test_vbench_python_that_is_no_python_or_too_old_is_an_error(tmp_path: Path) -> None:
    assert "did not run as a Python" in refused(find("/bin", "json", python="/bin/false"))
    old = stand_in(tmp_path / "python3", "old 3.7")
    assert "is Python 3.7; 3.9 or newer is needed" in refused(find("/bin", "json", python=str(old)))


def test_missing_modules_are_named_in_one_sentence(tmp_path: Path) -> None:
    bare = interpreter(tmp_path / "python3", "-S -E")
    message = refused(find(str(bare.parent), "nosuch_module_a", "json", "nosuch_module_b"))
    assert "lacks nosuch_module_a nosuch_module_b" in message and "json" not in message


@pytest.fixture()
def without_system_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The script as it runs where there is no /usr/bin/python3."""
    copy = tmp_path / "find_python.sh"
    copy.write_text(FIND_PYTHON.read_text().replace("/usr/bin/python3", str(tmp_path / "none")))
    monkeypatch.setattr(sys.modules[__name__], "FIND_PYTHON", copy)


@pytest.mark.usefixtures("without_system_python")
def test_no_python_at_all_is_said_with_the_packages(tmp_path: Path) -> None:
    message = refused(find(str(tmp_path), "matplotlib", "pytest"))
    assert "no Python 3.9 or newer was found" in message and "python3-matplotlib python3-pytest" in message


@pytest.mark.usefixtures("without_system_python")
def test_the_packages_of_missing_modules_are_named(tmp_path: Path) -> None:
    bare = interpreter(tmp_path / "bin" / "python3", "-S -E")
    message = refused(find(str(bare.parent), "json", *MODULES, "pytest"))
    assert (f"{bare} lacks matplotlib numpy jinja2 jsonschema fastjsonschema pytest (Debian and Ubuntu packages: python3-matplotlib "
            "python3-numpy python3-jinja2 python3-jsonschema python3-fastjsonschema python3-pytest)") in message


def test_python_3_11_is_preferred_and_3_9_is_enough(tmp_path: Path) -> None:
    fair = stand_in(tmp_path / "python3", "fair")
    good = stand_in(tmp_path / "python3.99", "good")
    stand_in(tmp_path / "python3.99-config", "good")
    # /usr/bin/python3 lacks this module, if it exists
    assert find(str(tmp_path), "nosuch_module").stdout == f"{good}\n"
    good.unlink()
    assert find(str(tmp_path), "nosuch_module").stdout == f"{fair}\n"


def test_a_folder_named_like_a_module_does_not_count(tmp_path: Path) -> None:
    python = interpreter(tmp_path / "bin" / "python3")
    (tmp_path / "nosuch_module").mkdir()
    (tmp_path / "nosuch_module" / "__init__.py").write_text("")
    refused(find(str(python.parent), "nosuch_module", cwd=tmp_path))


def test_without_arguments_the_report_generators_modules_are_looked_for(tmp_path: Path) -> None:
    bare = interpreter(tmp_path / "bare", "-S -E")
    assert "lacks matplotlib numpy jinja2 jsonschema fastjsonschema;" in refused(find("/bin", python=str(bare)))


def test_the_script_is_valid_for_a_plain_shell() -> None:
    for script in (FIND_PYTHON, FIND_PYTHON.parents[1] / "reports" / "vbench-report"):
        assert subprocess.run(["sh", "-n", str(script)]).returncode == 0
        assert os.access(script, os.X_OK)
