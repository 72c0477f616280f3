"""A suite whose subject computes something wrong gives error rows, not times."""
from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("VBENCH_BUILD", "build/release")
FAULTS = {1: "swapped sequence numbers", 2: "lost payload", 3: "lost transactions"}
# A transaction that never arrives leaves the consumer waiting: that is the time limit's to find.
BENCHMARKS = "push_pop|bulk|orderbook"
BOOK_FAULTS = {1: "lost updates", 2: "repeated updates", 3: "updates of the wrong level", 4: "a carry into the count",
               5: "updates given up silently", 6: "updates applied and denied"}


def entries(suite: Path, tmp_path: Path) -> list[dict[str, object]]:
    subprocess.run([BUILD / "bin/vbench", "run", suite, "--filter", BENCHMARKS, "--budget", "0.02",
                    "--processes", "1", "--json", "result.json"], cwd=tmp_path, capture_output=True, timeout=120)
    return json.loads((tmp_path / "result.json").read_text())["vbench"]["benchmarks"]


@pytest.mark.parametrize("fault", FAULTS, ids=FAULTS.get)
def test_a_ring_with_a_fault_gives_error_rows(fault, tmp_path):
    found = entries(BUILD / f"tests/suites/ring_fault_{fault}", tmp_path)
    assert len(found) == 5 and {entry["status"] for entry in found} == {"error"}, found


def test_the_sound_ring_gives_none(tmp_path):
    assert {entry["status"] for entry in entries(BUILD / "bin/ring", tmp_path)} == {"ok"}


@pytest.mark.parametrize("fault", BOOK_FAULTS, ids=BOOK_FAULTS.get)
def test_an_order_book_with_a_fault_gives_error_rows(fault, tmp_path):
    found = entries(BUILD / f"tests/suites/order_book_fault_{fault}", tmp_path)
    assert len(found) == 5 and {entry["status"] for entry in found} == {"error"}, found


def test_the_sound_order_book_gives_none(tmp_path):
    found = entries(BUILD / "bin/order_book", tmp_path)
    assert len(found) == 5 and {entry["status"] for entry in found} == {"ok"}, found


def test_an_order_book_that_gives_up_is_called_again_and_its_timeouts_are_counted(tmp_path):
    found = entries(BUILD / "tests/suites/order_book_fault_0", tmp_path)
    assert len(found) == 5 and {entry["status"] for entry in found} == {"ok"}, found
    # One update in 49 finds two attempts beaten; threads that meet add to it.
    for entry in found:
        assert 0.02 <= entry["counters"]["timeouts"]["value"] < 1, entry["counters"]
        assert 0.02 <= entry["counters"]["retries"]["value"] < 2, entry["counters"]
