"""A suite whose subject computes something wrong gives error rows, not times; what is not faulty stands."""
from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("VBENCH_BUILD", "build/release")

RING = {"ring_buffer/push_pop/64", "ring_buffer/push_pop/1024", "ring_buffer/push_pop/4096",
        "ring_bulk_throughput/1M_ops", "ring_bulk_throughput/10M_ops"}
ORDER_BOOK = ({"orderbook_update/bid"} |
              {f"orderbook_multithreaded/{threads}_threads" for threads in (1, 2, 3, 4, 6, 8)} |
              {f"orderbook_cas_pressure/single_level/{threads}_threads" for threads in (4, 8)})
BUNDLE = {"bundle_timed_flush", "bundle_cycle_with_tsc"}
HISTOGRAM = {"histogram/record", "histogram/merge"}
CLOCK = {"clock/read", "clock/ticks", "clock/ordered", "clock/system"}
E2E = {"e2e_single_transaction"}
PIPELINE = ({"pipeline_flood"} | {f"pipeline_throughput/{threads}_threads" for threads in (1, 2, 4)} |
            {f"pipeline_latency/{rate}/{threads}_threads" for rate in (100000, 1000000) for threads in (1, 2)})
BACKOFF = {"backoff/spin/0", "backoff/spin/3", "backoff/spin/6", "backoff/yield", "backoff/park"}


def statistics(layout: str) -> set[str]:
    return {f"statistics_add/{layout}/{threads}_threads" for threads in (1, 2, 3, 4, 6, 8)}


SOUND = {"ring": RING, "order_book": ORDER_BOOK, "bundle": BUNDLE, "instruments": HISTOGRAM | CLOCK,
         "backoff": BACKOFF, "e2e": E2E, "pipeline": PIPELINE,
         "statistics_padded": statistics("padded"), "statistics_packed": statistics("packed"),
         **{f"watched/{by}": {"pipeline_watched"} for by in ("nobody", "scrapers", "crowd")}}
# A transaction that never arrives leaves the consumer of ring_spsc_cross_thread waiting: that is the time limit's to
# find.
FILTERS = {"ring": ("--filter", "push_pop|bulk")}

# What is wrong: the suite with it, the sound one's name, and the names that fail.
FAULTS = {
    "swapped sequence numbers": ("ring_fault_1", "ring", RING),
    "lost payload": ("ring_fault_2", "ring", RING),
    "lost transactions": ("ring_fault_3", "ring", RING),
    "lost updates": ("order_book_fault_1", "order_book", ORDER_BOOK),
    "repeated updates": ("order_book_fault_2", "order_book", ORDER_BOOK),
    "updates of the wrong level": ("order_book_fault_3", "order_book", ORDER_BOOK),
    "a carry into the count": ("order_book_fault_4", "order_book", ORDER_BOOK),
    "updates given up silently": ("order_book_fault_5", "order_book", ORDER_BOOK),
    "updates applied and denied": ("order_book_fault_6", "order_book", ORDER_BOOK),
    "last transaction lost": ("bundle_fault_1", "bundle", BUNDLE),
    "never due": ("bundle_fault_2", "bundle", BUNDLE),
    "due a nanosecond early": ("bundle_fault_3", "bundle", BUNDLE),
    "wrong count": ("bundle_fault_4", "bundle", BUNDLE),
    "unused slots not cleared": ("bundle_fault_5", "bundle", BUNDLE),
    "quantities lost on the way": ("e2e_fault_1", "e2e", E2E),
    "sequence numbers changed on the way": ("e2e_fault_2", "e2e", E2E),
    "sequence numbers changed between threads": ("pipeline_fault_2", "pipeline", PIPELINE),
    "sequence numbers changed while scraped": ("watched_fault", "watched/scrapers", {"pipeline_watched"}),
    "cancels that the book is not told of": ("e2e_fault_3", "e2e", E2E),
    "statistics": ("statistics_fault", "statistics_padded", statistics("padded")),
    "histogram": ("histogram_fault", "instruments", HISTOGRAM),
    "clock": ("clock_fault", "instruments", CLOCK),
    "backoff": ("backoff_fault", "backoff", {"backoff/park"}),
}


def measured(suite: Path, sound: str, folder: Path) -> list[dict[str, Any]]:
    subprocess.run([BUILD / "bin/vbench", "run", suite, *FILTERS.get(sound, ()), "--budget", "0.02", "--processes", "1",
                    "--json", "result.json"], cwd=folder, capture_output=True, timeout=120)
    return json.loads((folder / "result.json").read_text())["vbench"]["benchmarks"]


def expected(sound: str, failing: set[str]) -> dict[str, str]:
    """Each name with its status."""
    return {name: "error" if name in failing else "ok" for name in SOUND[sound]}


@pytest.mark.parametrize("suite, sound, failing", FAULTS.values(), ids=FAULTS)
def test_a_fault_gives_error_rows_and_leaves_the_others(suite, sound, failing, tmp_path):
    found = measured(BUILD / "tests/suites" / suite, sound, tmp_path)
    assert {entry["name"]: entry["status"] for entry in found} == expected(sound, failing)


@pytest.mark.parametrize("suite", SOUND)
def test_a_sound_suite_gives_none(suite, tmp_path):
    found = measured(BUILD / "bin" / suite, suite, tmp_path)
    assert {entry["name"]: entry["status"] for entry in found} == expected(suite, set())


def test_an_order_book_that_gives_up_is_called_again_and_its_timeouts_are_counted(tmp_path):
    found = measured(BUILD / "tests/suites/order_book_fault_0", "order_book", tmp_path)
    assert {entry["name"]: entry["status"] for entry in found} == expected("order_book", set())
    # One update in 49 finds two attempts beaten; threads that meet add to it.
    for entry in found:
        assert 0.02 <= entry["counters"]["timeouts"]["value"] < 1, entry["counters"]
        assert 0.02 <= entry["counters"]["retries"]["value"] < 2, entry["counters"]
