"""Where the programs under test are, and how a test runs them."""
from __future__ import annotations

import atexit
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable

import jsonschema

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("VBENCH_BUILD", "build/release")
VBENCH = BUILD / "bin" / "vbench"
RING = BUILD / "bin" / "ring"
FAULTY = BUILD / "tests" / "suites" / "faulty"
KNOWN_TIMES = BUILD / "tests" / "suites" / "known_times"
TINY = BUILD / "tests" / "suites" / "tiny"
ARCHIVE_CHECK = BUILD / "tests" / "archive_check"
INCLUDE = ROOT / "harness" / "include"
COVERAGE = BUILD.name == "coverage"
LINK_FLAGS = ["--coverage"] if COVERAGE else []  # of whatever links this build's libvbench

SCHEMA = json.loads((ROOT / "baselines" / "schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)  # of result files

SOAK = bool(os.environ.get("SOAK"))  # `make soak`: the long tests whole, not in samples
TIMEOUT_S = 120  # for a program that hangs; no test expects to wait so long


CACHE = Path(tempfile.mkdtemp(prefix="vbench-cache-"))  # of these tests, whatever the user has in his own
atexit.register(shutil.rmtree, CACHE, ignore_errors=True)
FONTS = Path.home() / ".cache" / "matplotlib"  # matplotlib keeps its list of fonts, which takes long to make


def environment(**changes: str) -> dict[str, str]:
    variables = {"MPLCONFIGDIR": str(FONTS), **os.environ, "LC_ALL": "C.UTF-8", "VBENCH_PYTHON": sys.executable,
                 "XDG_CACHE_HOME": str(CACHE), **changes}
    if "VBENCH_REPORT_PROGRAM" not in changes:
        variables.pop("VBENCH_REPORT_PROGRAM", None)
    return variables


PROGRESS = re.compile(r"(?m)^\d+ of \d+ (cycles|processes) done, \S+ left\n")


def run(*command: Any, cwd: Path, **changes: str) -> "subprocess.CompletedProcess[str]":
    """What the command said; without its progress, which only a slow machine gets to see."""
    done = subprocess.run([str(word) for word in command], cwd=cwd, env=environment(**changes),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", timeout=TIMEOUT_S)
    done.stderr = PROGRESS.sub("", done.stderr)
    return done


def vbench(*arguments: Any, cwd: Path, **changes: str) -> "subprocess.CompletedProcess[str]":
    return run(VBENCH, *arguments, cwd=cwd, **changes)


def start_vbench(*arguments: Any, cwd: Path, **changes: str) -> "subprocess.Popen[str]":
    """In the background, in a process group of its own and with signals as a shell's job has them."""
    def take_signals() -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)

    return subprocess.Popen([str(VBENCH), *map(str, arguments)], cwd=cwd, env=environment(**changes),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            encoding="utf-8", preexec_fn=take_signals, start_new_session=True)


def link(recipe: dict[str, Any], output: Path) -> "subprocess.CompletedProcess[str]":
    """By a suite's recipe alone."""
    return run(recipe["linker"], *recipe["linker_flags"].split(), *LINK_FLAGS, *recipe["suite_objects"],
               *recipe["subject_objects"], recipe["harness"], *recipe["libraries"], "-o", output, cwd=output.parent)


def assert_refused(done: "subprocess.CompletedProcess[str]", *named: str) -> None:
    """Exit code 2, nothing on stdout, and one sentence on stderr with these words in it."""
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout, len(lines)) == (2, "", 1), done.stderr
    assert re.fullmatch(r"vbench: .*\S\.", lines[0]), lines[0]
    assert not [word for word in named if word not in lines[0]], lines[0]


def load(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def entries(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The benchmarks under `vbench`, by name."""
    return {entry["name"]: entry for entry in result["vbench"]["benchmarks"]}


def rows(result: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Google Benchmark's rows of one benchmark: one a process."""
    return [row for row in result["benchmarks"] if row["name"] == name]


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file below the folder with its contents; but archives, of which archive_of tells."""
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*")) if path.is_file() and ".archive" not in path.parts}


def archive_of(baseline: Path) -> str:
    """What vbench finds: "none"; a whole archive's folder and how many suites it has; or a sentence."""
    said = subprocess.run([str(ARCHIVE_CHECK)], input=f"{baseline}\n", stdout=subprocess.PIPE, encoding="utf-8",
                          timeout=TIMEOUT_S, check=True).stdout
    return said.rstrip("\n")


def is_archived(baseline: Path, alone: bool = False) -> bool:
    """Whether it has its archive, whole, of one suite; alone: and nothing is left of another."""
    folder = baseline.parent / ".archive" / baseline.stem
    found = re.fullmatch(re.escape(str(folder)) + "/([0-9a-f]{16}) 1", archive_of(baseline))
    return found is not None and (not alone or os.listdir(folder) == [found[1]])


def leave_numbers(baseline: Path) -> None:
    """Takes a baseline its archive and its commit: what is left to compare with are its numbers."""
    result = load(baseline)
    result["vbench"]["source"] = {"commit": None, "dirty": None}
    baseline.write_text(json.dumps(result))
    shutil.rmtree(baseline.parent / ".archive" / baseline.stem, ignore_errors=True)


def copy_suite(suite: Path, folder: Path) -> Path:
    """A copy whose path, and so whose processes, are the test's own."""
    folder.mkdir(parents=True, exist_ok=True)
    recipe = suite.with_name(suite.name + ".link.json")
    shutil.copy2(recipe, folder / recipe.name)
    return Path(shutil.copy2(suite, folder / suite.name))


def processes_of(executable: Path) -> list[int]:
    """The processes that run this file now."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(folder / "exe") == str(executable):
                found.append(int(folder.name))
        except OSError:
            continue  # ended meanwhile, or not ours
    return found


def noting(suite: Path) -> Path:
    """A script that notes its process and becomes the suite: it tells the worker that lists from those that measure."""
    script = suite.with_name("noting")
    script.write_text(f'#!/bin/sh\necho $$ >>"{suite}.pids"\nexec "{suite}" "$@"\n')
    script.chmod(0o755)
    shutil.copy2(suite.with_name(suite.name + ".link.json"), script.with_name("noting.link.json"))
    return script


def measuring(suite: Path) -> list[int]:
    """The workers of one run of noting(suite) that are there and measure: the first of all lists the names."""
    notes = suite.with_name(suite.name + ".pids")
    first = notes.read_text().split()[:1] if notes.exists() else []
    return [pid for pid in processes_of(suite) if first and str(pid) != first[0]]


def marked(mark: str) -> list[int]:
    """The processes that have it in their environment: vbench and all that it has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def wait_until(condition: Callable[[], Any], limit_s: float = 30) -> Any:
    """The condition's first true value, or its last false one after the limit."""
    deadline = time.monotonic() + limit_s
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return value
