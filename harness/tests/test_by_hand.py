"""A suite run by hand is an ordinary Google Benchmark program."""
from __future__ import annotations

import json

import pytest

import programs
from programs import FAULTY, KNOWN_TIMES, RING

QUICK = "--benchmark_min_time=0.01"


def listed(suite, *arguments, cwd) -> list[str]:
    return programs.run(suite, "--benchmark_list_tests", *arguments, cwd=cwd).stdout.splitlines()


def rows_by_hand(suite, filter_, cwd) -> dict[str, dict]:
    """By the name in the suite's table: by hand the library appends its own words to it."""
    done = programs.run(suite, f"--benchmark_filter={filter_}", QUICK, "--benchmark_format=json", cwd=cwd)
    return {row["name"].partition("/real_time")[0].partition("/iterations:")[0]: row
            for row in json.loads(done.stdout)["benchmarks"]}


def test_the_list_holds_every_benchmark(tmp_path):
    names = programs.vbench("list", RING, cwd=tmp_path).stdout.splitlines()
    by_hand = listed(RING, cwd=tmp_path)
    assert len(by_hand) == len(names) and not [
        name for name in names if not any(line.startswith(name + "/") for line in by_hand)]


def test_a_filter_keeps_the_benchmarks_that_match(tmp_path):
    assert listed(KNOWN_TIMES, "--benchmark_filter=^plain", cwd=tmp_path) == ["plain/real_time"]


@pytest.fixture(scope="module")
def throughput(tmp_path_factory):
    return rows_by_hand(KNOWN_TIMES, "throughput", tmp_path_factory.mktemp("by_hand"))


def test_the_format_is_google_benchmarks_json(throughput):
    assert {"name", "iterations", "real_time", "cpu_time", "time_unit"} <= set(throughput["throughput"])


def test_the_time_is_real_time(throughput):
    assert throughput["throughput"]["real_time"] > 19_900


def test_a_rate_is_the_throughput_of_an_iteration_by_its_time(throughput):
    row = throughput["throughput"]
    assert (row["items_per_second"], row["bytes_per_second"]) == pytest.approx(
        (5 / row["real_time"] * 1e9, 1000 / row["real_time"] * 1e9), rel=0.01)


@pytest.mark.parametrize("name", ["throughput", "throughput_threads/2_threads"])
def test_a_sum_adds_up_over_all_iterations_of_all_threads(throughput, name):
    assert throughput[name]["events"] == throughput[name]["iterations"]


@pytest.mark.parametrize("name, counter, value", [
    ("throughput", "depth", 3), ("throughput_threads/2_threads", "depth", 3.5)])
def test_counters_are_shown(throughput, name, counter, value):
    assert throughput[name][counter] == pytest.approx(value)


@pytest.mark.parametrize("name, threads", [("throughput", 1), ("throughput_threads/2_threads", 2)])
def test_a_case_runs_on_its_threads(throughput, name, threads):
    assert throughput[name]["threads"] == threads


def test_a_limited_benchmark_keeps_its_limit(tmp_path):
    assert rows_by_hand(KNOWN_TIMES, "limited", tmp_path)["limited"]["iterations"] == 10


ERRORS = {
    "faulty/fails": "sum is 4, not 5",
    "faulty/fails_in_finish": "found in finish",
    "faulty/never_enters": "it never entered VB_LOOP",
    "faulty/breaks_out": "it left VB_LOOP early",
    "faulty/returns_from_loop": "it left VB_LOOP early",
    "faulty/enters_twice": "it entered VB_LOOP twice",
    "faulty/setup_fails": "its setup failed: No such file or directory",
    "faulty/reset_fails": "its reset failed: No space left on device",
    "faulty/one_leaves_early/4_threads": "it left VB_LOOP early",
    "faulty/one_never_enters/4_threads": "it never entered VB_LOOP",
}


@pytest.fixture(scope="module")
def failing(tmp_path_factory):
    pattern = "|".join(f"^{name}/real_time" for name in ERRORS) + "|^good/after"
    return rows_by_hand(FAULTY, pattern, tmp_path_factory.mktemp("by_hand"))


@pytest.mark.parametrize("name", ERRORS)
def test_a_failing_benchmark_is_an_error_and_does_not_hang(failing, name):
    assert failing[name].get("error_message", failing[name].get("skip_message")) == ERRORS[name]


def test_a_good_benchmark_after_failing_ones_is_measured(failing):
    assert failing["good/after"]["real_time"] > 0


def test_the_table_marks_a_failing_benchmark(tmp_path):
    done = programs.run(FAULTY, "--benchmark_filter=faulty/fails/", QUICK, cwd=tmp_path)
    line = next(line for line in done.stdout.splitlines() if line.startswith("faulty/fails/"))
    assert "ERROR" in line and "sum is 4, not 5" in line


def test_an_unknown_flag_fails(tmp_path):
    done = programs.run(RING, "--nonsense", cwd=tmp_path)
    assert done.returncode == 2 and "--nonsense" in done.stderr


def test_the_warning_of_a_debug_library_is_put_right(tmp_path):
    done = programs.run(RING, "--benchmark_filter=push_pop/64/", QUICK, cwd=tmp_path)
    assert "DEBUG" not in done.stderr or "not this suite" in done.stderr
