"""`vbench compare` and latencies: a suite records known ones, from a sequence instead of a clock, so that only what was
asked for differs between the sides."""
from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

import pairs
import programs
import test_paired_result

RECORDED = 200  # in an iteration
# Some ten thousand latencies in each process; and a busy machine's noise floor, of times, is no matter here.
STEADY = ("--layouts", "0", "--budget", "0.1", "--min-effect", "10")
SEQUENCE = """
#include <stdint.h>
/* Evenly spread shares (H. Weyl's sequence with the golden ratio), each process the same: 97 % of all latencies lie
 * evenly from 1.0 to 1.4 us, the others from 3 to 9 us. So p50 is 1206 ns, p99 7000, p99.9 8800. */
static void record(vb_run *run, double tail, int count)
{
    static uint64_t place;
    VB_LOOP (run) {
        for (int i = 0; i < count; i++) {
            place += UINT64_C(0x9e3779b97f4a7c15);
            double share = (double)(place >> 11) * 0x1p-53;
            double ns = share < 0.97 ? 1000 + 400 * share / 0.97 : (3000 + 200000 * (share - 0.97)) * tail;
            vb_latency_ns(run, (uint64_t)ns);
        }
    }
}
static void longer(vb_run *run) { record(run, TAIL, RECORDED); }
static void same(vb_run *run) { record(run, 1, RECORDED); }
static void few(vb_run *run) { record(run, 1, 1); }
"""
ROWS = (
    '{.name = "tail/longer", .fn = longer}',
    '{.name = "tail/limited", .fn = longer, .p99_limit_ns = 7700}',
    '{.name = "tail/same", .fn = same, .p99_limit_ns = 7700}',
    '{.name = "tail/few", .fn = few, .max_iterations = 1, .p99_limit_ns = 7700}',
    '{.name = "tail/none", .fn = nothing}',
)
TRUE_NS = {0.5: 1206, 0.99: 7000, 0.999: 8800}


@pytest.fixture(scope="module")
def suites(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("suites")
    for name, tail in (("old", "1"), ("new", "1.2")):
        pairs.build(folder / name, rows=ROWS, before=SEQUENCE, flags=(f"-DTAIL={tail}", f"-DRECORDED={RECORDED}"))
    return folder


@pytest.fixture(scope="module")
def worse(suites, tmp_path_factory) -> pairs.Compared:
    return pairs.compare(suites / "old/demo", suites / "new/demo", *STEADY, "--all",
                         cwd=tmp_path_factory.mktemp("worse"))


def quantiles(found: pairs.Compared, name: str) -> dict[float, dict[str, Any]]:
    return {one["quantile"]: one for one in found.rows[name]["quantiles"]}


def verdicts(found: pairs.Compared, name: str) -> list[str]:
    return [one.get("verdict", one.get("reason")) for one in quantiles(found, name).values()]


def test_a_longer_tail_is_regressed_while_the_median_is_equivalent(worse):
    assert verdicts(worse, "tail/longer") == ["equivalent", "regressed", "regressed"]


def test_quantiles_are_as_large_as_they_are_known_to_be(worse):
    for share, one in quantiles(worse, "tail/longer").items():
        change = 0 if share == 0.5 else 20
        assert one["old_ns"] == pytest.approx(TRUE_NS[share], rel=0.01)
        assert one["change_low_percent"] <= change <= one["change_high_percent"]
        assert one["change_high_percent"] - one["change_low_percent"] < 4


def test_latencies_that_stay_are_equivalent(worse):
    assert verdicts(worse, "tail/same") == ["equivalent"] * 3


def test_few_latencies_in_each_process_are_not_judged(worse):
    assert verdicts(worse, "tail/few")[1:] == ["too few samples"] * 2
    assert worse.rows["tail/few"]["p99_limit"] == {
        "limit_ns": 7700, "p99_ns": None, "p99_low_ns": None, "p99_high_ns": None, "verdict": "undecided"}


def test_what_records_no_latencies_has_no_quantiles(worse):
    assert worse.rows["tail/none"]["quantiles"] == [] and worse.rows["tail/none"]["p99_limit"] is None


def test_the_level_is_shared_among_times_quantiles_and_limits(worse):
    assert worse.comparison["hypotheses"] == 4 + 5 + 5 + 5 + 1


def test_a_limit_is_kept_or_exceeded_by_the_new_side(worse):
    limited, same = worse.rows["tail/limited"]["p99_limit"], worse.rows["tail/same"]["p99_limit"]
    assert (limited["verdict"], same["verdict"]) == ("exceeded", "kept")
    assert limited["p99_low_ns"] < 8400 < limited["p99_high_ns"]
    assert same["p99_low_ns"] < 7000 < same["p99_high_ns"]


def test_latencies_stand_below_their_row(worse):
    lines = worse.done.stdout.splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith("tail/limited "))
    below = [line.split() for line in lines[begin + 1:begin + 5]]
    assert [words[0] for words in below] == ["p50", "p99", "p99.9", "p99"]
    assert [words[-1] for words in below[:3]] == ["equivalent", "regressed", "regressed"]
    assert lines[begin + 4].endswith("µs") and "limit" in below[3] and "7.70 µs exceeded: the new p99 is" in lines[begin + 4]
    assert "; latencies: 2 regressed, 0 improved, 1 above its p99 limit." in worse.done.stdout


def test_an_exceeded_limit_is_no_failure_as_well(worse):
    for entry in programs.entries(worse.result).values():
        assert entry["status"] == "ok"


def test_only_the_processes_of_the_pairs_count(worse):
    """Not those of old against itself, nor what warmed them up."""
    [old] = [entry for entry in worse.comparison["old"]["benchmarks"] if entry["name"] == "tail/same"]
    for entry in (old, programs.entries(worse.result)["tail/same"]):
        iterations = sum(process["iterations_per_block"][0] * len(process["block_ns"])
                         for process in entry["processes"])
        assert len(entry["processes"]) == 4 * worse.rows["tail/same"]["cycles"]
        assert entry["latency"]["count"] == iterations * RECORDED


def test_latencies_of_blocks_for_the_line_are_forgotten(suites, tmp_path):
    done = programs.vbench("run", suites / "old/demo", "--budget", "0.5", "--filter", "tail/same", "--json", "x.json",
                           cwd=tmp_path)
    entry = programs.entries(programs.load(tmp_path / "x.json"))["tail/same"]
    iterations = sum(process["iterations_per_block"][0] * len(process["block_ns"]) for process in entry["processes"])
    assert done.returncode == 0 and len(entry["linear"]["points"]) >= 5
    assert entry["latency"]["count"] == iterations * RECORDED


@pytest.mark.parametrize("name, fail_above, status", [("longer", 10, 1), ("longer", 30, 0), ("limited", 30, 1)])
def test_a_tail_fails_the_comparison_as_far_as_the_gate_goes(suites, tmp_path, name, fail_above, status):
    found = pairs.compare(suites / "old/demo", suites / "new/demo", *STEADY, "--filter", f"tail/{name}",
                          "--fail-above", fail_above, cwd=tmp_path)
    assert verdicts(found, f"tail/{name}") == ["equivalent", "regressed", "regressed"]
    assert (found.status, found.comparison["gate"]["failed"]) == (status, status == 1)


def test_an_old_side_beyond_the_limit_is_compared_all_the_same(suites, tmp_path):
    found = pairs.compare(suites / "new/demo", suites / "old/demo", *STEADY, "--filter", "tail/limited", cwd=tmp_path)
    assert verdicts(found, "tail/limited") == ["equivalent", "improved", "improved"]
    assert found.rows["tail/limited"]["p99_limit"]["verdict"] == "kept"


REFUSED = [("quantile", None), ("quantile", 0), ("quantile", 1), ("verdict", "slower"), ("level_percent", 0),
           ("change_percent", -101), ("old_ns", -1), ("reason", "")]
REFUSED_LIMITS = [("limit_ns", 0), ("verdict", "inconclusive"), ("p99_ns", -1), ("p99_low_ns", "low"),
                  *((key, None) for key in ("limit_ns", "p99_ns", "p99_low_ns", "p99_high_ns", "verdict"))]


def test_the_schema_and_the_runner_refuse_what_is_no_quantile_or_limit(worse, tmp_path):
    """Each key with a wrong value, or without it (None)."""
    changed = []
    for holder, cases in (("quantiles", REFUSED), ("p99_limit", REFUSED_LIMITS)):
        for key, value in cases:
            result = copy.deepcopy(worse.result)
            [row] = [one for one in result["vbench"]["comparison"]["rows"] if one["name"] == "tail/limited"]
            target = row["quantiles"][1] if holder == "quantiles" else row["p99_limit"]
            if value is None:
                del target[key]
            else:
                target[key] = value
            changed.append(result)
    assert not any(map(test_paired_result.fits, changed))
    said = test_paired_result.verdicts(changed, tmp_path)
    assert all("quantiles[1]" in line or "p99_limit" in line for line in said), said
