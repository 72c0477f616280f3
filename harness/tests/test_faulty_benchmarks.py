"""What becomes of benchmarks that go wrong in every way, and of those between them."""
from __future__ import annotations

import os
from pathlib import Path

import pytest

import programs

REASONS = {
    "faulty/crashes": "killed by signal 11",
    "faulty/aborts_with_last_words": "killed by signal 6 (Aborted): the invariant does not hold",
    "faulty/exits": "ended with exit code 7",
    "faulty/hangs": "hung: no answer within 0.5 s",
    "faulty/hangs_busily": "hung: no answer within 0.5 s",
    "faulty/never_enters": "never entered VB_LOOP",
    "faulty/breaks_out": "left VB_LOOP early",
    "faulty/returns_from_loop": "left VB_LOOP early",
    "faulty/enters_twice": "entered VB_LOOP twice",
    "faulty/fails": "sum is 4, not 5",
    "faulty/fails_in_finish": "found in finish",
    "faulty/sends_garbage": "sent garbage",
    "faulty/setup_fails": "setup failed: No such file or directory",
    "faulty/setup_returns_nonsense": "setup returned 3 instead of 0 or -errno",
    "faulty/setup_crashes": "killed by signal 7",
    "faulty/reset_fails": "reset failed: No space left on device",
    "faulty/teardown_crashes": "in teardown or at exit it was killed by signal 11",
    "faulty/too_slow_for_its_limit": "p99 latency of 1.00 µs is above its limit of 999 ns",
    "faulty/body_removed": "the compiler has removed the body; keep what it computes with VB_KEEP",
    "faulty/negative_latency": "a latency is negative",
    "faulty/sum_overflows": "a counter has grown beyond every number",
    "faulty/counts_nan": 'counter "ratio" is not a finite number',
    "faulty/counts_as_field": 'counter "real_time" has the name of a field',
    "faulty/asks_for_no_axis": "vb_param was asked for axis 0",
    "faulty/one_leaves_early/4_threads": "left VB_LOOP early",
    "faulty/one_never_enters/4_threads": "never entered VB_LOOP",
    "faulty/leaves_a_child": "hung: no answer within 0.5 s",
}
# Hangs or garbage, whichever the runner notices first.
ENDLESS = "faulty/sends_endless_lines"
GOOD = ("good/before", "good/prints_much", "good/fast_enough_for_its_limit", "good/after")


def test_every_benchmark_of_the_suite_has_its_row(faulty_run):
    assert set(programs.entries(faulty_run.result)) == {*REASONS, ENDLESS, *GOOD}


@pytest.mark.parametrize("name", [*REASONS, ENDLESS])
def test_a_faulty_benchmark_is_an_error_row(faulty_run, name):
    assert programs.entries(faulty_run.result)[name]["status"] == "error"


@pytest.mark.parametrize("name", REASONS)
def test_an_error_row_says_what_went_wrong(faulty_run, name):
    assert REASONS[name] in programs.entries(faulty_run.result)[name]["error"]


def test_an_endless_answer_ends_as_a_hang_or_as_garbage(faulty_run):
    error = programs.entries(faulty_run.result)[ENDLESS]["error"]
    assert "hung" in error or "garbage" in error


@pytest.mark.parametrize("name", [*REASONS, ENDLESS])
def test_google_benchmarks_part_has_one_row_for_an_error(faulty_run, name):
    found = programs.rows(faulty_run.result, name)
    error = programs.entries(faulty_run.result)[name]["error"]
    assert [(row.get("error_occurred"), row.get("error_message"), row["iterations"], row["real_time"])
            for row in found] == [(True, error, 0, 0)]


@pytest.mark.parametrize("name", GOOD)
def test_a_good_benchmark_between_faulty_ones_is_measured(faulty_run, name):
    assert programs.entries(faulty_run.result)[name]["status"] == "ok"


def test_a_failed_benchmark_makes_the_exit_code_2(faulty_run):
    assert faulty_run.done.returncode == 2


def test_the_failures_are_counted_in_one_line_on_stderr(faulty_run):
    failed = len(REASONS) + 1  # and the endless one
    assert faulty_run.done.stderr == (
        f"vbench: {failed} of {failed + len(GOOD)} benchmarks failed; their rows say why.\n")


def test_the_table_gives_each_reason(faulty_run):
    lines = faulty_run.done.stdout.splitlines()
    lacking = [name for name, reason in REASONS.items()
               if not any(line.startswith(name + " ") and "FAILED: " in line and reason in line
                          for line in lines)]
    assert not lacking


def test_no_process_of_the_suite_is_left(faulty_run):
    assert programs.wait_until(lambda: not programs.processes_of(faulty_run.suite))


def test_what_a_benchmark_prints_reaches_nobody(faulty_run):
    assert "only output" not in faulty_run.done.stdout + faulty_run.done.stderr


def counting_suite(folder: Path, suite: Path, on_start: str = "") -> tuple[Path, Path]:
    """A program that notes each of its starts as a line of a file, then becomes the suite."""
    starts = folder / "starts"
    script = folder / "counting"
    script.write_text(f'#!/bin/sh\necho >>"{starts}"\n{on_start}\nexec "{suite}" "$@"\n')
    os.chmod(script, 0o755)
    return script, starts


def starts_of(name: str, tmp_path: Path) -> int:
    """How many workers one process of a benchmark took, without the one that lists the names."""
    script, starts = counting_suite(tmp_path, programs.FAULTY)
    programs.vbench("run", script, "--filter", f"^{name}$", "--budget", "0.05", "--processes", "3",
                    "--time-limit", "0.5", cwd=tmp_path)
    return len(starts.read_text().splitlines()) - 1


@pytest.mark.parametrize("name", ["faulty/crashes", "faulty/exits", "faulty/hangs", "faulty/sends_garbage",
                                  "faulty/setup_crashes"])
def test_a_worker_that_breaks_is_started_again_once(name, tmp_path):
    assert starts_of(name, tmp_path) == 2


@pytest.mark.parametrize("name", ["faulty/fails", "faulty/fails_in_finish", "faulty/breaks_out",
                                  "faulty/setup_fails", "faulty/reset_fails", "faulty/counts_nan"])
def test_a_failure_that_the_benchmark_reports_is_not_tried_again(name, tmp_path):
    assert starts_of(name, tmp_path) == 1


def test_a_worker_that_dies_once_is_a_counted_restart_and_no_failure(tmp_path):
    second_start = f'[ "$(wc -l <"{tmp_path}/starts")" -ne 2 ] || exit 3'
    script, _ = counting_suite(tmp_path, programs.FAULTY, second_start)
    programs.vbench("run", script, "--filter", "^good/before$", "--budget", "0.05", "--processes", "2",
                    "--json", tmp_path / "result.json", cwd=tmp_path)
    entry = programs.entries(programs.load(tmp_path / "result.json"))["good/before"]
    assert (entry["status"], entry["restarts"], len(entry["processes"])) == ("ok", 1, 2)


@pytest.mark.parametrize("name", GOOD)
def test_a_benchmark_without_trouble_counts_no_restart(faulty_run, name):
    assert programs.entries(faulty_run.result)[name]["restarts"] == 0
