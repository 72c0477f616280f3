#!/usr/bin/env python3
"""Builds and runs all tests, and closes with one line: N passed, N failed, N skipped.

The C tests (cmocka programs in build/<preset>/tests) run as built for release and again under the
sanitizers, several at once except those that depend on the clock or on many threads; the fuzzer runs
its kept inputs and a short search; the Python tests (pytest) run once against the release build, those of
the engine's program under AddressSanitizer, too, the files spread over several processes. Each failure and
each skipped test is named above the closing line.
Needs only Python's standard library itself.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
PROGRAM_TIMEOUT_S = 300
SOAK_TIMEOUT_S = 10 * PROGRAM_TIMEOUT_S  # the long C tests take ten times as long
NOTHING_SELECTED = 5  # pytest's exit code where -k matches nothing
FUZZ_RUNS = 5000  # about ten seconds
PYTHON_MODULES = ("pytest", "matplotlib", "numpy", "jinja2", "jsonschema", "fastjsonschema", "scipy", "selenium", "yaml", "xdist")
BUILD_TESTS = ("core/tests", "harness/tests", "suites/tests")  # those that run the programs of a build
# Files are handed out in this order, and the longest one must not begin last: it builds everything anew.
PYTHON_TESTS = ("scripts/tests", *BUILD_TESTS, "reports/tests")
# The engine's program with its libraries' callbacks, and bad input; not under strace, which LeakSanitizer does not bear.
ASAN_PYTHON_TESTS = ("core/tests/test_velox.py", "core/tests/test_velox_files.py", "core/tests/test_velox_metrics.py")
LONGEST_PROGRAM = "simulation_test"  # begins first
# What the clock or the load decides, or what keeps all processors busy itself.
ALONE = ("backoff_test", "clock_test", "order_book_stress_test", "pairing_test", "parker_test", "pipeline_sleepy_test",
         "pipeline_stress_test", "process_test", "ring_stress_test", "serve_test", "session_figures_test", "worker_test")
# ThreadSanitizer is for the tests that have threads; the others would only be slow.
TSAN_PROGRAMS = ("measure_test", "parker_test", "pipeline_stress_test", "ring_stress_test", "order_book_stress_test", "order_book_attempts_1_test",
                 "order_book_attempts_2_test", "histogram_test", "statistics_test", "statistics_packed_test",
                 "session_test", "session_figures_test", "serve_test")


@dataclass
class Tally:
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def take_junit(self, path: Path, where: str) -> None:
        """Adds the cases of a JUnit file, as cmocka and pytest write it."""
        try:
            cases = list(ElementTree.parse(path).getroot().iter("testcase"))
        except ElementTree.ParseError:
            self.failed.append(f"{where}: its report breaks off")
            return
        for case in cases:
            name = f"{where}: {case.get('name')}"
            skipped = case.find("skipped")
            if case.find("failure") is not None or case.find("error") is not None:
                self.failed.append(name)
            elif skipped is not None:
                reason = skipped.get("message") or ""
                self.skipped.append(f"{name} ({reason})" if reason else name)
            else:
                self.passed += 1


def build(preset: str, jobs: int, targets: tuple[str, ...] = ()) -> bool:
    """Configures and builds quietly; shows the output where that fails."""
    steps = []
    # Of several targets make looks for all before an old configuration has been brought up to date.
    if targets or not (ROOT / "build" / preset / "Makefile").exists():
        steps.append(["cmake", "--preset", preset])
    wanted = ["--target", *targets] if targets else []
    steps.append(["cmake", "--build", "--preset", preset, "--parallel", str(jobs), *wanted])
    for step in steps:
        done = subprocess.run(step, cwd=ROOT, capture_output=True, text=True)
        if done.returncode != 0:
            print(done.stdout[-8000:], done.stderr[-8000:], sep="\n")
            return False
    return True


def run_bounded(command: list[str], environment: dict[str, str], folder: str, output: IO[str], timeout_s: float
                ) -> int | None:
    """The command's exit status; None where it was ended, with all that it started, at the limit."""
    started = subprocess.Popen(command, env=environment, cwd=folder, stdin=subprocess.DEVNULL,
                               stdout=output, stderr=output, start_new_session=True)
    try:
        return started.wait(timeout_s)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()


def run_program(program: Path, preset: str, timeout_s: float) -> Tally:
    """Runs one cmocka program; a crash or a hang is one failed test of its own name."""
    where = f"{program.name} [{preset}]"
    tally = Tally()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "%g.xml"
        environment = os.environ | {"CMOCKA_MESSAGE_OUTPUT": "XML", "CMOCKA_XML_FILE": str(report)}
        with open(Path(folder) / "output", "w+", errors="replace") as output:
            status = run_bounded([str(program)], environment, folder, output, timeout_s)
            output.seek(0)
            said = output.read()[-8000:]
        print(f"  {program.name} {time.monotonic() - begin:.1f} s", flush=True)
        reports = sorted(Path(folder).glob("*.xml"))
        for path in reports:
            tally.take_junit(path, where)
        told = bool(tally.failed)
        if status is None:
            tally.failed.append(f"{where}: no end within {timeout_s:g} s")
        elif status < 0:
            tally.failed.append(f"{where}: killed by {signal.Signals(-status).name}")
        elif status != 0 and not told:
            tally.failed.append(f"{where}: exit code {status}")
        elif not reports:
            tally.failed.append(f"{where}: ran no test")
        if tally.failed:
            print("\n".join([*(path.read_text(errors="replace")[-4000:] for path in reports), said]), flush=True)
    return tally


def run_c_tests(preset: str, jobs: int, tally: Tally, timeout_s: float, only: tuple[str, ...] = (),
                targets: tuple[str, ...] = ()) -> None:
    print(f"C tests, preset {preset}:", flush=True)
    begin = time.monotonic()
    if not build(preset, jobs, only or targets):
        tally.failed.append(f"build of preset {preset}")
        return
    folder = ROOT / "build" / preset / "tests"
    programs = [p for p in sorted(folder.iterdir()) if p.name.endswith("_test") and p.is_file()]
    if only:
        programs = [p for p in programs if p.name in only]
    programs.sort(key=lambda p: p.name != LONGEST_PROGRAM)
    together = [p for p in programs if p.name not in ALONE]
    with ThreadPoolExecutor(jobs) as pool:
        for part in pool.map(lambda p: run_program(p, preset, timeout_s), together):
            tally.add(part)
    for program in programs:
        if program not in together:
            tally.add(run_program(program, preset, timeout_s))
    if not programs:
        tally.failed.append(f"preset {preset}: there is no test program")
    print(f"  {time.monotonic() - begin:.0f} s", flush=True)


def run_fuzzer(jobs: int, tally: Tally) -> None:
    """The kept inputs, then a search from them, the same each time. Each is a test."""
    print("Fuzzing:", flush=True)
    begin = time.monotonic()
    if not build("fuzz", jobs, ("baseline_fuzz",)):
        tally.failed.append("build of preset fuzz")
        return
    source = ROOT / "harness" / "fuzz"
    for name, runs in (("kept inputs", 0), ("short search", FUZZ_RUNS)):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "new").mkdir()
            command = [str(ROOT / "build/fuzz/bin/baseline_fuzz"), f"-runs={runs}", "-seed=1", "-max_len=6000",
                       f"-dict={source / 'schema.dict'}", f"-artifact_prefix={folder}/", f"{folder}/new",
                       str(source / "corpus")]
            with open(Path(folder) / "output", "w+", errors="replace") as output:
                status = run_bounded(command, dict(os.environ), folder, output, PROGRAM_TIMEOUT_S)
                output.seek(0)
                said = output.read()[-8000:]
            if status == 0:
                tally.passed += 1
                continue
            tally.failed.append(f"baseline_fuzz: {name}")
            print(said)
            for found in sorted(Path(folder).glob("*-*")):  # crash-HASH, leak-HASH, timeout-HASH
                print(f"The input {found.name}: {found.read_bytes()!r}")
    print(f"  {time.monotonic() - begin:.0f} s", flush=True)


def run_python_tests(jobs: int, tally: Tally, selection: str | None, preset: str = "release",
                     tests: tuple[str, ...] = PYTHON_TESTS) -> None:
    print(f"Python tests, preset {preset}:", flush=True)
    begin = time.monotonic()
    found = subprocess.run([ROOT / "scripts/find_python.sh", *PYTHON_MODULES],
                           capture_output=True, text=True)
    if found.returncode != 0:
        tally.failed.append(f"Python tests: {found.stderr.strip()}")
        return
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "pytest.xml"
        # One process more than processors: many tests wait. A file's tests stay in one process, which sets up what
        # they share once.
        command = [found.stdout.strip(), "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider",
                   "--import-mode=importlib", "-n", str(jobs + 1), "--dist", "loadfile", "--durations=10",
                   f"--junitxml={report}", *(name for name in tests if (ROOT / name).exists())]
        if selection:
            command += ["-k", selection]
        done = subprocess.run(command, cwd=ROOT, env=os.environ | {"VBENCH_BUILD": f"build/{preset}"},
                              stdout=subprocess.PIPE, text=True)
        # pytest's own closing line would be taken for ours
        print(re.sub(r"(?m)^=*\s*\d+ (passed|failed|deselected).*$", "", done.stdout).rstrip(), flush=True)
        if report.exists():
            tally.take_junit(report, f"pytest [{preset}]")
        if done.returncode == NOTHING_SELECTED and selection:
            tally.failed.append(f"no Python test matches -k {selection}")
        elif done.returncode not in (0, 1) or not report.exists():
            tally.failed.append(f"pytest ended with exit code {done.returncode}")
    print(f"  {time.monotonic() - begin:.0f} s", flush=True)


def run_preset(preset: str, arguments: argparse.Namespace, tally: Tally) -> None:
    """The tests of one other build: those in C, and those in Python that run its programs."""
    run_c_tests(preset, arguments.jobs, tally, arguments.timeout, targets=("unit_tests",))
    if arguments.only == "c":
        return
    if build(preset, arguments.jobs):
        run_python_tests(arguments.jobs, tally, arguments.selection, preset, BUILD_TESTS)
    else:
        tally.failed.append(f"build of preset {preset}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--only", choices=("c", "python", "sanitizers", "fuzz"), help="one part of it")
    parser.add_argument("--preset", help="run its C tests and the Python tests of its programs, nothing else")
    parser.add_argument("-k", dest="selection", help="of the Python tests, as pytest's -k")
    parser.add_argument("--timeout", type=float, metavar="S",
                        help="seconds that one C test program may take "
                             f"(default {PROGRAM_TIMEOUT_S}, with --soak {SOAK_TIMEOUT_S})")
    parser.add_argument("--soak", action="store_true",
                        help="the tests that take samples try everything, and the C tests under many threads "
                             "last ten times as long: SOAK=1 in their environment")
    arguments = parser.parse_args()
    if arguments.timeout is None:
        arguments.timeout = SOAK_TIMEOUT_S if arguments.soak else PROGRAM_TIMEOUT_S
    if arguments.soak:
        os.environ["SOAK"] = "1"

    # A shell ignores SIGINT in what it starts in the background, and so would all tests that send it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    begin = time.monotonic()
    tally = Tally()
    if arguments.preset:
        run_preset(arguments.preset, arguments, tally)

    def wanted(part: str) -> bool:
        return not arguments.preset and arguments.only in (None, part)

    if wanted("c"):
        run_c_tests("release", arguments.jobs, tally, arguments.timeout)
        if not build("debug", arguments.jobs):  # its tests are run as asan, which is a debug build
            tally.failed.append("build of preset debug")
    if wanted("sanitizers"):
        run_c_tests("asan", arguments.jobs, tally, arguments.timeout)
        if not arguments.selection:
            run_python_tests(arguments.jobs, tally, None, "asan", ASAN_PYTHON_TESTS)
        run_c_tests("tsan", arguments.jobs, tally, arguments.timeout, TSAN_PROGRAMS)
    if wanted("fuzz"):
        run_fuzzer(arguments.jobs, tally)
    if wanted("python"):
        if build("release", arguments.jobs):
            run_python_tests(arguments.jobs, tally, arguments.selection)
        else:
            tally.failed.append("build of preset release")

    for name in tally.skipped:
        print(f"skipped: {name}")
    for name in tally.failed:
        print(f"FAILED: {name}")
    print(f"took {time.monotonic() - begin:.0f} s")
    print(f"{tally.passed} passed, {len(tally.failed)} failed, {len(tally.skipped)} skipped")
    return 1 if tally.failed or tally.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
