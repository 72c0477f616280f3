"""As test_wrong_results.py does for the ring: faults in the engine's smaller parts give error rows."""
from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("VBENCH_BUILD", "build/release")
BUNDLE_FAULTS = {1: "last transaction lost", 2: "never due", 3: "due a nanosecond early", 4: "wrong count",
                 5: "unused slots not cleared"}
# Only what is faulty is an error: the other rows of the same suite stand.
FAULTS = {
    "statistics_fault": {"statistics_add/padded/1_threads", "statistics_add/padded/2_threads",
                         "statistics_add/padded/4_threads", "statistics_add/padded/8_threads"},
    "histogram_fault": {"histogram/record", "histogram/merge"},
    "clock_fault": {"clock/read", "clock/ticks", "clock/ordered", "clock/system"},
    "backoff_fault": {"backoff/park"},
}


def rows(suite: Path, tmp_path: Path) -> tuple[set[str], set[str]]:
    """The names of the rows that are ok, and of those that are errors."""
    subprocess.run([BUILD / "bin/vbench", "run", suite, "--budget", "0.02", "--processes", "1",
                    "--json", "result.json"], cwd=tmp_path, capture_output=True, timeout=120)
    entries = json.loads((tmp_path / "result.json").read_text())["vbench"]["benchmarks"]
    assert {entry["status"] for entry in entries} <= {"ok", "error"}
    return tuple({entry["name"] for entry in entries if entry["status"] == status}
                 for status in ("ok", "error"))


@pytest.mark.parametrize("fault", BUNDLE_FAULTS, ids=BUNDLE_FAULTS.get)
def test_a_bundler_with_a_fault_gives_error_rows(fault, tmp_path):
    ok, error = rows(BUILD / f"tests/suites/bundle_fault_{fault}", tmp_path)
    assert error == {"bundle_timed_flush", "bundle_cycle_with_tsc"} and not ok


@pytest.mark.parametrize("suite", FAULTS)
def test_a_fault_gives_error_rows_and_leaves_the_others(suite, tmp_path):
    ok, error = rows(BUILD / "tests/suites" / suite, tmp_path)
    assert error == FAULTS[suite]
    assert bool(ok) == (suite != "statistics_fault")


@pytest.mark.parametrize("suite", ["bundle", "instruments", "backoff", "statistics_padded", "statistics_packed"])
def test_a_sound_part_gives_none(suite, tmp_path):
    ok, error = rows(BUILD / "bin" / suite, tmp_path)
    assert ok and not error
