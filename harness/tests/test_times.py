"""The figures of benchmarks whose figures are known: suites/known_times.c waits 20 us an iteration.

A busy machine only ever makes a time longer, so upper bounds are put on the shortest block: what
did not belong into the time would be in every block.
"""
from __future__ import annotations

import statistics
import subprocess

import pytest

import programs

WAIT_NS = 20_000


@pytest.fixture()
def entries(known_times_run):
    assert known_times_run.done.returncode == 0, known_times_run.done.stderr
    return programs.entries(known_times_run.result)


@pytest.fixture()
def rows_of(known_times_run):
    return lambda name: programs.rows(known_times_run.result, name)


def total_iterations(entry, process: int) -> int:
    """Of each thread, over the timed blocks of one process."""
    samples = entry["processes"][process]
    return samples["iterations_per_block"][0] * len(samples["block_ns"])


SINGLE = ("plain", "slow_callbacks", "slow_around_the_loop", "throughput", "throughput_threads/2_threads",
          "latencies", "limited")


@pytest.mark.parametrize("name", SINGLE)
def test_no_time_is_shorter_than_the_wait(entries, name):
    assert entries[name]["statistics"]["min_ns"] >= 0.995 * WAIT_NS


def test_the_time_of_an_iteration_is_its_wait(entries):
    assert entries["plain"]["statistics"]["min_ns"] < 1.5 * WAIT_NS


# In the time, the 20 ms that they sleep would make it 400 us.
def test_setup_reset_finish_and_teardown_are_in_no_time(entries):
    assert entries["slow_callbacks"]["statistics"]["min_ns"] < 5 * WAIT_NS


def test_code_around_the_loop_is_in_no_time(entries):
    assert entries["slow_around_the_loop"]["statistics"]["min_ns"] < 5 * WAIT_NS


def test_the_time_with_threads_is_that_of_one_threads_iteration(entries):
    """Three threads sleep 2 ms each; added up that is 6. One comes 30 ms late to the gate."""
    assert 1.99e6 <= entries["late_thread/3_threads"]["statistics"]["min_ns"] < 4e6


THREADED = [("throughput", 1), ("throughput_threads/2_threads", 2)]


@pytest.mark.parametrize("name, threads", THREADED)
@pytest.mark.parametrize("figure, of_one_thread", [("items", 5), ("bytes", 1000)])
def test_throughput_of_an_iteration_adds_up_over_threads(entries, name, threads, figure, of_one_thread):
    assert entries[name][f"{figure}_per_iteration"] == threads * of_one_thread


@pytest.mark.parametrize("name, threads", THREADED)
@pytest.mark.parametrize("figure, of_one_thread", [("items", 5), ("bytes", 1000)])
def test_a_rate_is_the_throughput_of_an_iteration_by_its_time(entries, name, threads, figure, of_one_thread):
    expected = threads * of_one_thread / entries[name]["time"]["estimate_ns"] * 1e9
    assert entries[name][f"{figure}_per_sec"] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name, threads", THREADED)
def test_the_time_of_an_item_is_the_time_by_the_items(entries, name, threads):
    assert entries[name]["item_time_ns"] == pytest.approx(
        entries[name]["time"]["estimate_ns"] / (5 * threads), rel=1e-6)


@pytest.mark.parametrize("name, threads", THREADED)
@pytest.mark.parametrize("figure, of_one_thread", [("items", 5), ("bytes", 1000)])
def test_a_rate_of_a_process_is_reckoned_from_its_own_time(rows_of, name, threads, figure, of_one_thread):
    found = rows_of(name)
    assert [row[f"{figure}_per_second"] for row in found] == pytest.approx(
        [threads * of_one_thread / row["real_time"] * 1e9 for row in found], rel=1e-6)


@pytest.mark.parametrize("name, threads", THREADED)
def test_a_sum_adds_up_over_threads_and_blocks(entries, rows_of, name, threads):
    expected = [threads * total_iterations(entries[name], i) for i in range(2)]
    assert [row["events"] for row in rows_of(name)] == expected


@pytest.mark.parametrize("name, threads", THREADED)
def test_a_rate_counter_is_the_sum_by_the_timed_seconds(entries, rows_of, name, threads):
    expected = [threads * total_iterations(entries[name], i)
                / (sum(entries[name]["processes"][i]["block_ns"]) / 1e9) for i in range(2)]
    assert [row["events per second"] for row in rows_of(name)] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name, mean", [("throughput", 3), ("throughput_threads/2_threads", 3.5)])
def test_a_mean_counter_is_the_mean_over_threads_and_blocks(rows_of, name, mean):
    assert [row["depth"] for row in rows_of(name)] == [mean, mean]


@pytest.mark.parametrize("name, threads", THREADED)
@pytest.mark.parametrize("counter, kind", [("events", "sum"), ("events per second", "per_sec"), ("depth", "mean")])
def test_a_counter_of_the_benchmark_is_the_mean_of_its_processes(entries, rows_of, name, threads, counter, kind):
    expected = statistics.fmean(row[counter] for row in rows_of(name))
    assert entries[name]["counters"][counter] == {"kind": kind, "value": pytest.approx(expected, rel=1e-6)}


@pytest.mark.parametrize("name", [*SINGLE, "late_thread/3_threads"])
def test_a_rows_iterations_are_those_of_its_timed_blocks(entries, rows_of, name):
    assert [row["iterations"] for row in rows_of(name)] == [total_iterations(entries[name], i) for i in range(2)]


@pytest.fixture()
def latency(entries):
    return entries["latencies"]["latency"]


def test_latencies_of_warming_up_are_not_counted(entries, latency):
    assert latency["count"] == 3 * sum(total_iterations(entries["latencies"], i) for i in range(2))


def test_the_buckets_hold_every_latency(latency):
    assert sum(count for _, count in latency["buckets"]) == latency["count"]


def test_the_buckets_ascend(latency):
    lowest = [ns for ns, _ in latency["buckets"]]
    assert lowest == sorted(set(lowest))


def test_the_shortest_latency_is_exact(latency):
    assert latency["min_ns"] == 3


def test_the_longest_latency_is_exact_or_an_interruption(entries, latency):
    longest_block = max(ns for p in entries["latencies"]["processes"] for ns in p["block_ns"])
    assert latency["max_ns"] == 1_000_000 or 1_000_000 < latency["max_ns"] <= longest_block


def test_the_median_latency_is_that_of_the_harness_own_clock(latency):
    """A third of them are 3 ns and a third 1 ms; the subject's clock and histogram do not work."""
    assert WAIT_NS * 127 / 128 <= latency["p50_ns"] < 2 * WAIT_NS


def test_a_quantile_errs_by_less_than_a_128th(latency):
    assert latency["p90_ns"] == pytest.approx(1_000_000, rel=1 / 128)


def test_quantiles_ascend(latency):
    found = [latency[key] for key in ("min_ns", "p50_ns", "p90_ns", "p95_ns", "p99_ns", "p99_9_ns", "p99_99_ns",
                                      "max_ns")]
    assert found == sorted(found)


def test_a_benchmark_without_latencies_has_none(entries):
    assert "latency" not in entries["plain"]


def test_the_harness_uses_and_defines_no_symbol_of_the_engine():
    symbols = subprocess.run(["nm", "--extern-only", programs.BUILD / "harness" / "libvbench.a"], check=True, timeout=60,
                             stdout=subprocess.PIPE, encoding="utf-8").stdout
    assert "vb_main" in symbols and [line for line in symbols.splitlines() if "velox_" in line] == []


def test_a_block_has_no_more_iterations_than_its_benchmark_allows(entries):
    assert {n for p in entries["limited"]["processes"] for n in p["iterations_per_block"]} <= set(range(1, 11))


def test_what_happens_once_does_not_decide_the_length_of_blocks(known_times_run):
    entry = programs.entries(known_times_run.result)["late_start"]
    assert min(p["iterations_per_block"][0] for p in entry["processes"]) >= 10


def test_all_processes_have_as_many_blocks(known_times_run):
    counts = {name: {len(p["block_ns"]) for p in entry["processes"]}
              for name, entry in programs.entries(known_times_run.result).items()}
    assert all(len(found) == 1 for found in counts.values()), counts
