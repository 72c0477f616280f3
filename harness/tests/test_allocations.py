"""Counting allocations, to the last one: suites/allocations.c and suites/own_allocator.c; and peak memory."""
from __future__ import annotations

import re
import shutil
import signal
from pathlib import Path

import pytest

import programs
import projects

SUITE = programs.BUILD / "tests" / "suites" / "allocations"
OWN_ALLOCATOR = programs.BUILD / "tests" / "suites" / "own_allocator"
LIBRARY = programs.BUILD / "lib" / "libvbench_allocations.so"
QUICK = ("--budget", "0.02", "--processes", "2")
MIB = 1 << 20

COUNTED = {  # allocations and bytes of an iteration, all threads together
    "none": (0, 0),
    "three_of_48": (3, 144),
    "strings": (1, 8),
    "reallocs": (4, 10 + 1000 + 20 + 30),
    "aligned": (5, 4 * 64 + 4096),
    "refused": (1, 0),
    "threads/4_threads": (4, 10 + 11 + 12 + 13),
    "outside": (0, 0),
    "once_a_block": (0, 0),
    "once_a_process": (1, 8),
    "every_fourth": (0.25, 10),
    "few_iterations": (1000, 8000),
    "own_thread": (2, 50),
    "child_process": (1, 32),
    "large_fixture": (0, 0),
}
NOT_COUNTED = {
    "crashes_when_counted": "it was killed by signal 11 (Segmentation fault)",
    "hangs_when_counted": "it hung: no answer within 0.5 s (--time-limit)",
    "fails_when_counted": "the sum is 4, not 5",
    "crashes_in_teardown_when_counted": "in teardown or at exit it was killed by signal 6 (Aborted)",
    "own_allocator": "the suite brings an allocator of its own",
}


class Run:
    """Both suites with --allocations, and what their processes noted of themselves."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "log"
        self.done = programs.vbench(
            "run", SUITE, OWN_ALLOCATOR, "--allocations", *QUICK, "--time-limit", "0.5", "--json",
            folder / "result.json", cwd=folder, VBENCH_TEST_LOG=str(self.log))
        self.result = programs.load(folder / "result.json")
        self.entries = programs.entries(self.result)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return Run(tmp_path_factory.mktemp("allocations"))


def once(*arguments, folder: Path, **environment: str):
    """One quick benchmark with --allocations; its entry."""
    done = programs.vbench("run", *arguments, "--allocations", *QUICK, "--filter", "^three_of_48$", "--json",
                           folder / "result.json", cwd=folder, **environment)
    assert done.returncode == 0, done.stderr
    return programs.entries(programs.load(folder / "result.json"))["three_of_48"]


def figures(entry):
    told = entry.get("allocations")
    return told and (told["count_per_iteration"], told["bytes_per_iteration"])


# --- figures

def test_every_benchmark_of_the_suites_is_looked_at(run):
    assert set(run.entries) == {*COUNTED, *NOT_COUNTED}


@pytest.mark.parametrize("name", COUNTED)
def test_allocations_are_counted_exactly(run, name):
    assert figures(run.entries[name]) == COUNTED[name]


@pytest.mark.parametrize("name", COUNTED)
def test_what_can_be_counted_has_no_warning_about_it(run, name):
    assert "counted" not in " ".join(run.entries[name].get("warnings", ()))


def test_the_result_is_what_its_schema_says(run):
    programs.VALIDATOR.validate(run.result)


def test_google_benchmarks_part_has_the_count_under_its_own_name(run):
    assert [row["allocs_per_iter"] for row in programs.rows(run.result, "three_of_48")] == [3, 3]


def test_the_table_has_a_column_of_each(run):
    lines = run.done.stdout.splitlines()
    row = next(line for line in lines if line.startswith("three_of_48 "))
    assert lines[0].split()[-2:] == ["allocs/op", "bytes/op"] and row.split()[-2:] == ["3", "144"]


# --- where they cannot be counted

@pytest.mark.parametrize("name, reason", NOT_COUNTED.items())
def test_what_cannot_be_counted_is_a_warning_that_says_why(run, name, reason):
    assert f"allocations cannot be counted: {reason}" in run.entries[name]["warnings"]


@pytest.mark.parametrize("name", NOT_COUNTED)
def test_what_cannot_be_counted_has_no_figure(run, name):
    rows = programs.rows(run.result, name)
    assert "allocations" not in run.entries[name] and not [row for row in rows if "allocs_per_iter" in row]


@pytest.mark.parametrize("name", NOT_COUNTED)
def test_what_cannot_be_counted_keeps_its_times(run, name):
    entry = run.entries[name]
    assert (entry["status"], len(entry["processes"]), entry["restarts"]) == ("ok", 2, 0)


def test_what_cannot_be_counted_is_no_failure(run):
    assert (run.done.returncode, run.done.stderr) == (0, "")


def test_a_library_that_does_not_load_is_a_warning(tmp_path):
    (tmp_path / "no_library.so").write_text("this is text\n")
    entry = once(SUITE, folder=tmp_path, VBENCH_ALLOCATIONS_LIBRARY="no_library.so")
    assert figures(entry) is None
    assert [w for w in entry["warnings"] if w.startswith("allocations cannot be counted: the library")]


@pytest.mark.parametrize("flag, name", [("address", "AddressSanitizer"), ("thread", "ThreadSanitizer")])
def test_a_suite_with_a_sanitizer_is_a_warning_and_never_started_to_count(flag, name, tmp_path):
    source, log = programs.ROOT / "harness/tests/suites/allocations.c", tmp_path / "log"
    built = programs.run("gcc", f"-fsanitize={flag}", "-I", programs.INCLUDE, source, "-o", "sanitized",
                         *projects.LIBRARIES, cwd=tmp_path)
    assert built.returncode == 0, built.stderr
    entry = once("sanitized", folder=tmp_path, VBENCH_TEST_LOG=str(log))
    reason = f"the suite is built with {name}, which has an allocator of its own"
    assert f"allocations cannot be counted: {reason}" in entry["warnings"] and figures(entry) is None
    assert log.read_text() == "timed LD_PRELOAD=\n" * 2


@pytest.mark.parametrize("place", ["named in the environment", "of a vbench without it"])
def test_a_library_that_cannot_be_found_is_refused_before_anything_runs(place, tmp_path):
    program, environment, log = programs.VBENCH, {}, tmp_path / "log"
    if place.startswith("named"):
        environment["VBENCH_ALLOCATIONS_LIBRARY"] = "nowhere.so"
    else:
        program = Path(shutil.copy2(programs.VBENCH, tmp_path / "vbench"))
    done = programs.run(program, "run", SUITE, "--allocations", *QUICK, cwd=tmp_path,
                        VBENCH_TEST_LOG=str(log), **environment)
    programs.assert_refused(done, "VBENCH_ALLOCATIONS_LIBRARY")
    assert not log.exists()


@pytest.mark.parametrize("folder", ["lib", "lib/vbench"])
def test_an_installed_vbench_finds_its_library(folder, tmp_path):
    prefix = tmp_path / "a: folder"  # LD_PRELOAD takes neither colon nor blank
    (prefix / "bin").mkdir(parents=True)
    (prefix / folder).mkdir(parents=True)
    program = Path(shutil.copy2(programs.VBENCH, prefix / "bin"))
    shutil.copy2(LIBRARY, prefix / folder)
    done = programs.run(program, "run", SUITE, "--allocations", *QUICK, "--filter", "^strings$", cwd=tmp_path)
    assert done.returncode == 0 and re.search(r"(?m)^strings .* 1 +8$", done.stdout)


def counts(pid: int) -> bool:
    """Whether the process has the library."""
    try:
        return LIBRARY.name in Path(f"/proc/{pid}/maps").read_text()
    except OSError:
        return False  # ended meanwhile


def test_an_interrupt_while_counting_ends_the_run_and_its_worker(tmp_path):
    suite = programs.copy_suite(SUITE, tmp_path)
    process = programs.start_vbench("run", suite, "--allocations", *QUICK, "--filter", "^hangs_when_counted$",
                                    "--time-limit", "100", cwd=tmp_path)
    try:
        assert programs.wait_until(lambda: [pid for pid in programs.processes_of(suite) if counts(pid)])
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=programs.TIMEOUT_S)
    finally:
        process.kill()
    assert (process.returncode, stderr.splitlines()[-1]) == (-signal.SIGINT, "vbench: interrupted; nothing was written.")
    assert programs.wait_until(lambda: not programs.processes_of(suite))


# --- the times

def test_only_the_process_that_counts_has_the_library(tmp_path):
    log = tmp_path / "log"
    once(SUITE, folder=tmp_path, VBENCH_TEST_LOG=str(log))
    assert log.read_text() == "timed LD_PRELOAD=\n" * 2 + "counted LD_PRELOAD=\n"


def test_without_the_option_no_process_counts(tmp_path):
    log = tmp_path / "log"
    done = programs.vbench("run", SUITE, *QUICK, "--filter", "^three_of_48$", "--json", tmp_path / "result.json",
                           cwd=tmp_path, VBENCH_TEST_LOG=str(log))
    entry = programs.entries(programs.load(tmp_path / "result.json"))["three_of_48"]
    assert log.read_text() == "timed LD_PRELOAD=\n" * 2
    assert "allocations" not in entry and "allocs/op" not in done.stdout


def test_all_timed_processes_come_before_those_that_count(run):
    kinds = [line.split()[0] for line in run.log.read_text().splitlines()]
    assert kinds == sorted(kinds, reverse=True) and set(kinds) == {"timed", "counted"}


def test_a_library_of_the_users_own_stays_loaded(tmp_path):
    log, theirs = tmp_path / "log", tmp_path / "theirs.so"
    shutil.copy2(LIBRARY, theirs)  # any library will do: one behind the other
    entry = once(SUITE, folder=tmp_path, VBENCH_TEST_LOG=str(log), LD_PRELOAD=str(theirs))
    assert figures(entry) == (3, 144)
    assert {line.split("=")[1] for line in log.read_text().splitlines()} == {str(theirs)}


def test_a_suite_behind_a_script_is_counted(tmp_path):
    script = tmp_path / "script"
    script.write_text(f'#!/bin/sh\nexec "{SUITE}" "$@"\n')
    script.chmod(0o755)
    assert figures(once(script, folder=tmp_path)) == (3, 144)


# --- baselines

def test_a_comparison_tells_what_has_changed(tmp_path):
    saved = programs.vbench("save", "old", SUITE, "--allocations", "--budget", "0.02", "--filter", "^(strings|none)$",
                            cwd=tmp_path)
    assert saved.returncode == 0, saved.stderr
    path = tmp_path / "baselines" / "old.json"
    text = path.read_text()
    assert '"count_per_iteration":1.0,"bytes_per_iteration":8.0' in text
    path.write_text(text.replace('"count_per_iteration":1.0', '"count_per_iteration":2.0'))
    programs.leave_numbers(path)
    done = programs.vbench("compare", "old", SUITE, "--allocations", "--budget", "0.02", "--filter",
                           "^(strings|none)$", cwd=tmp_path)
    assert done.returncode in (0, 1), done.stderr
    assert re.search(r"(?m)^strings .* 2 → 1 +8$", done.stdout)
    assert re.search(r"(?m)^none .* 0 +0$", done.stdout)


# --- peak memory

def test_every_measured_benchmark_has_its_peak_memory(run):
    assert not [name for name, entry in run.entries.items() if not entry["peak_memory_bytes"] > MIB // 2]


def test_peak_memory_grows_by_what_a_fixture_touches(run):
    grown = run.entries["large_fixture"]["peak_memory_bytes"] - run.entries["none"]["peak_memory_bytes"]
    assert grown == pytest.approx(64 * MIB, abs=2 * MIB)


def test_peak_memory_of_a_small_benchmark_is_a_few_mib(run):
    assert run.entries["none"]["peak_memory_bytes"] < 16 * MIB
