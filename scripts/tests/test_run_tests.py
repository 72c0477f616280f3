"""The closing line of scripts/run_tests.py, with fake test programs in a tree of their own."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 60

# Each writes its JUnit file as cmocka does, then ends as it ends.
PROGRAM = """#!/bin/sh
report=$(printf '%s' "$CMOCKA_XML_FILE" | sed 's/%g/group/')
{write}
{end}
"""
REPORT = """cat >"$report" <<'XML'
<?xml version="1.0" encoding="UTF-8" ?>
<testsuites><testsuite name="group">{cases}</testsuite></testsuites>
XML"""
PASSED = '<testcase name="{}" time="0.001" ></testcase>'
FAILED = '<testcase name="{}" time="0.001" ><failure><![CDATA[1 != 2]]></failure></testcase>'
SKIPPED = '<testcase name="{}" time="0.001" ><skipped/></testcase>'


def program(end: str, *cases: str) -> str:
    return PROGRAM.format(write=REPORT.format(cases="".join(cases)) if cases else "", end=end)


PASSING = program("exit 0", PASSED.format("a"), PASSED.format("b"))
FAILING = program("echo 'why it failed' >&2; exit 1", PASSED.format("a"), FAILED.format("breaks"))
SKIPPING = program("exit 0", SKIPPED.format("not_here"), PASSED.format("a"))
CRASHING = program("kill -SEGV $$")
HANGING = program("sleep 1000")  # a child of the program's, which is to end as well
EXITING = program("exit 3", PASSED.format("a"))
EMPTY = program("exit 0")


def run_tests(folder: Path, **programs: str) -> "subprocess.CompletedProcess[str]":
    """A copy of the script beside a finished build of these programs."""
    built = folder / "build" / "release" / "tests"
    built.mkdir(parents=True)
    (folder / "build" / "release" / "CMakeCache.txt").write_text("")
    for name, text in programs.items():
        (built / f"{name}_test").write_text(text)
        (built / f"{name}_test").chmod(0o755)
    (folder / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "run_tests.py", folder / "scripts")
    (folder / "bin").mkdir()
    (folder / "bin" / "cmake").write_text("#!/bin/sh\nexit 0\n")
    (folder / "bin" / "cmake").chmod(0o755)
    return subprocess.run([sys.executable, "-B", folder / "scripts" / "run_tests.py", "--only", "c", "--timeout", "1"],
                          env=os.environ | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}, timeout=TIMEOUT_S,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    return run_tests(tmp_path_factory.mktemp("mixed"), passing=PASSING, failing=FAILING, skipping=SKIPPING,
                     crashing=CRASHING, hanging=HANGING)


def test_the_closing_line_counts_every_kind(mixed):
    assert mixed.stdout.splitlines()[-1] == "4 passed, 3 failed, 1 skipped"


def test_any_failure_makes_the_exit_code_1(mixed):
    assert mixed.returncode == 1


@pytest.mark.parametrize("line", [
    "FAILED: failing_test [release]: breaks",
    "FAILED: crashing_test [release]: killed by SIGSEGV",
    "FAILED: hanging_test [release]: no end within 1 s",
    "skipped: skipping_test [release]: not_here",
])
def test_each_failed_and_each_skipped_test_is_named(mixed, line):
    assert line in mixed.stdout.splitlines()


def test_what_a_failing_program_printed_is_shown(mixed):
    assert "why it failed" in mixed.stdout


def test_tests_that_pass_are_counted_and_end_with_exit_code_0(tmp_path):
    done = run_tests(tmp_path, passing=PASSING, skipping=SKIPPING)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "3 passed, 0 failed, 1 skipped")


@pytest.mark.parametrize("text, reason", [(EXITING, "exit code 3"), (EMPTY, "ran no test")], ids=["exits", "is empty"])
def test_a_program_that_tells_of_no_failed_test_but_went_wrong_is_a_failure(text, reason, tmp_path):
    done = run_tests(tmp_path, odd=text)
    assert f"FAILED: odd_test [release]: {reason}" in done.stdout.splitlines()


def test_no_test_at_all_is_a_failure(tmp_path):
    done = run_tests(tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "0 passed, 1 failed, 0 skipped")


def test_a_report_that_breaks_off_is_a_failure(tmp_path):
    done = run_tests(tmp_path, broken=program("kill -SEGV $$", "<testcase "))
    assert "FAILED: broken_test [release]: its report breaks off" in done.stdout.splitlines()


def is_alive(pid: int) -> bool:
    """A process that has ended may stay listed until somebody asks for its status."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_hanging_program_is_ended_with_its_children(tmp_path):
    run_tests(tmp_path, hanging=program(f'sleep 1000 & echo $! >"{tmp_path}/pid"; wait'))
    assert not is_alive(int((tmp_path / "pid").read_text()))


def run_fuzzer(folder: Path, text: str) -> "subprocess.CompletedProcess[str]":
    """The script's fuzzing, with this in place of the fuzzer."""
    built = folder / "build" / "fuzz"
    (built / "bin").mkdir(parents=True)
    (built / "Makefile").write_text("")
    (built / "bin" / "baseline_fuzz").write_text(text)
    (built / "bin" / "baseline_fuzz").chmod(0o755)
    for name in ("scripts", "bin"):
        (folder / name).mkdir()
    shutil.copy(ROOT / "scripts" / "run_tests.py", folder / "scripts")
    (folder / "bin" / "cmake").write_text("#!/bin/sh\nexit 0\n")
    (folder / "bin" / "cmake").chmod(0o755)
    return subprocess.run([sys.executable, "-B", folder / "scripts" / "run_tests.py", "--only", "fuzz"],
                          env=os.environ | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}, timeout=TIMEOUT_S,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


def test_fuzzing_that_finds_nothing_is_two_tests_passed(tmp_path):
    done = run_fuzzer(tmp_path, "#!/bin/sh\nexit 0\n")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "2 passed, 0 failed, 0 skipped")


def test_an_input_that_the_fuzzer_finds_is_shown(tmp_path):
    done = run_fuzzer(tmp_path, "#!/bin/sh\n[ \"$1\" = -runs=0 ] && exit 0\necho 'SUMMARY: a leak'\n"
                                "printf '{\"a\": 1' >crash-0123\nexit 77\n")
    lines = done.stdout.splitlines()
    assert "FAILED: baseline_fuzz: short search" in lines and "SUMMARY: a leak" in lines
    assert "The input crash-0123: b'{\"a\": 1'" in lines
    assert (done.returncode, lines[-1]) == (1, "1 passed, 1 failed, 0 skipped")
