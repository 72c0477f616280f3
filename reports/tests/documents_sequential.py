"""Builds paired comparisons as the sequential judge leaves them, on top of `documents_paired`."""
from __future__ import annotations

import random
from statistics import median
from typing import Any, Optional, Sequence

import documents
import documents_paired


def row(name: str, verdict: str, *, estimator: str = "groups", stopped: str = "decided", looks_taken: int = 2, looks: int = 5,
        level_percent: float = 0.0625, p_value: Optional[float] = 0.00003125, timed_s: Optional[float] = None,
        quantiles: Sequence[dict[str, Any]] = (),
        p99_limit: Optional[dict[str, Any]] = None, **more: Any) -> dict[str, Any]:
    """A row of `documents_paired` with what the judge adds; its quiet moments scatter a fifth as much as its pairs.

    `more` as for `documents_paired.measured_pairs`; `exactly` gives it a change in round figures.
    """
    found = documents_paired.measured_pairs(name, **more)
    pairs, source = found["pairs"], random.Random(ascii(name) + "quiet")
    middle = median(pairs["change_percent"])
    pairs["quiet_change_percent"] = [round(middle + 0.2 * (c - middle) + source.gauss(0, 0.01), 6) for c in pairs["change_percent"]]
    if found["natural"]:
        found["natural"]["pairs"]["quiet_change_percent"] = found["natural"]["pairs"]["change_percent"]
    low, high = found["change_low_percent"], found["change_high_percent"]
    if estimator == "quiet" and low is not None:
        found.update(change_percent=middle, change_low_percent=middle - (high - low) / 10, change_high_percent=middle + (high - low) / 10)
    ends = (found["change_low_percent"], found["change_high_percent"])
    plain = [None if end is None else found["change_percent"] + (end - found["change_percent"]) / 2.5 for end in ends]
    return {**found, "verdict": verdict, "level_percent": level_percent, "estimator": estimator, "p_value": p_value,
            "change_low_95_percent": plain[0], "change_high_95_percent": plain[1], "looks": looks, "looks_taken": looks_taken,
            "stopped": stopped, "timed_s": 0.1171875 * found["cycles"] if timed_s is None else timed_s, "quantiles": list(quantiles), "p99_limit": p99_limit,
            "cycles_planned": more.get("cycles_planned", 64)}


def exactly(percent: float, low: float, high: float) -> dict[str, Any]:
    """For `row`, but for those in quiet moments: this change and interval, and pairs that are about so."""
    return {"percent": percent, "change_percent": percent, "change_low_percent": low, "change_high_percent": high, "cycles": 4,
            "layouts": 4, "noise": 0.001, "luck": 0.01}


def quantile(which: float, verdict: str, old_ns: float, percent: float, low: Optional[float], high: Optional[float]) -> dict[str, Any]:
    return {"quantile": which, "old_ns": old_ns, "new_ns": old_ns * (1 + percent / 100), "change_percent": percent,
            "change_low_percent": low, "change_high_percent": high, "level_percent": 0.0625, "verdict": verdict}


def unjudged(which: float, reason: str = "too few samples") -> dict[str, Any]:
    return {"quantile": which, "reason": reason}


def limit(verdict: str, limit_ns: float, p99_ns: Optional[float], low: Optional[float] = None, high: Optional[float] = None) -> dict[str, Any]:
    return {"limit_ns": limit_ns, "p99_ns": p99_ns, "p99_low_ns": low, "p99_high_ns": high, "verdict": verdict}


def floor(percent: Optional[float] = 0.03125, low: Optional[float] = -0.15625, high: Optional[float] = 0.21875, exceeded: bool = False,
          pairs: int = 96) -> dict[str, Any]:
    return {"pairs": pairs, "change_percent": percent, "change_low_percent": low, "change_high_percent": high, "exceeded": exceeded}


def gate(failed: bool, above: float = 0.0, inconclusive: bool = False) -> dict[str, Any]:
    return {"fail_above_percent": above, "fail_on_inconclusive": inconclusive, "failed": failed}


def compared(rows: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """`more` as for `documents_paired.compared`."""
    hypotheses = sum(1 + len(r["quantiles"]) + (r["p99_limit"] is not None) for r in rows)
    said = dict(level_percent=1.0, hypotheses=hypotheses, tolerance_percent=1.0, noise_floor=floor(),
                gate=gate(any(r["verdict"] == "regressed" for r in rows)),
                method="the narrowest of Student's t interval over groups of four layouts and two signed rank intervals over pairs, at "
                       "planned looks; Holm's procedure over all rows")
    return documents_paired.compared(rows, **{**said, **more})


def engine() -> dict[str, Any]:
    """Every verdict, each estimator, each way to stop, latencies and limits of each kind, and what failed."""
    rows = [
        row("orderbook_update/bid", "regressed", old_ns=11.7, percent=12.5, luck=0.04, natural_luck=(-0.02, 0.01), cycles=4,
            looks_taken=1),
        row("ring_spsc_cross_thread", "regressed", estimator="pairs", old_ns=58.0, percent=2.0, noise=0.01, luck=0.002, cycles=16,
            looks_taken=3, p99_limit=limit("exceeded", 400.0, 480.0, 455.0, 505.0),
            quantiles=[quantile(0.5, "equivalent", 50.0, 0.25, -0.5, 1.0), quantile(0.99, "regressed", 360.0, 33.5, 26.0, 41.25),
                       quantile(0.999, "inconclusive", 1200.0, 40.0, -15.5, 131.0)]),
        row("ring_buffer/push_pop/64", "improved", estimator="quiet", old_ns=3.6, percent=-18.0, luck=0.01, noise=0.05,
            natural_luck=(-0.05, 0.148), cycles=8),
        row("ring_bulk_throughput/1M_ops", "inconclusive", estimator="pairs", stopped="budget", old_ns=1.9e6, percent=1.0, luck=0.01,
            noise=0.06, cycles=64, looks_taken=5, p_value=0.46875, visible_percent=2.25),
        row("orderbook_cas_pressure/4_threads", "inconclusive", stopped="hopeless", old_ns=160.0, percent=-3.0, luck=0.2, noise=0.2,
            cycles=16, looks_taken=3, p_value=1.0, visible_percent=24.5, benchmark_changed=True),
        row("bundle_timed_flush", "inconclusive", stopped="time_cap", old_ns=1.2e6, percent=0.0, layouts=1, noise=0.02, cycles=6,
            looks_taken=1, p_value=0.109375, layout_reason="bundle_suite has no recipe, so it cannot be linked again."),
        row("bundle_slow_setup", "inconclusive", stopped="time_cap", old_ns=2.5e7, percent=0.25, layouts=8, cycles=2, looks_taken=0,
            p_value=None, change_low_percent=None, change_high_percent=None, visible_percent=None),
        row("e2e_latency", "equivalent", old_ns=812.0, percent=0.0, luck=0.01, noise=0.002, cycles=16, looks_taken=3, p_value=0.78125,
            p99_limit=limit("kept", 5e3, 3250.0, 3100.0, 3400.0),
            quantiles=[quantile(0.5, "improved", 700.0, -4.5, -6.25, -2.75), quantile(0.99, "equivalent", 3200.0, 0.5, -0.75, 1.75),
                       quantile(0.999, "regressed", 9e3, 21.5, 14.0, 29.5)]),
        row("orderbook_latency", "equivalent", old_ns=95.0, percent=0.0, luck=0.004, noise=0.002, cycles=16, looks_taken=3,
            p99_limit=limit("undecided", 150.0, None), quantiles=[quantile(0.5, "equivalent", 90.0, 0.125, -0.5, 0.75), unjudged(0.99), unjudged(0.999)]),
    ]
    broken = documents.failed("order_book_broken", "the worker died of SIGSEGV in block 3 of process 2")

    def sides(of: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        threads = next((n for part, n in (("cross", 2), ("4_threads", 4)) if part in of["name"]), 1)
        return documents_paired.sides_of(of, threads=threads, **({"latency": True} if of["quantiles"] else {}))

    return compared(
        rows, sides=[sides(r) for r in rows], beside=[(documents.measured("order_book_broken", around_ns=90.0), broken)],
        not_compared=[documents.left_out("order_book_broken", "failed", broken["error"])],
        notes=["One CPU only: vbench shares it with what it measures."],
        layouts=[documents_paired.placements(side, "engine_suite", ["velox_ring_push", "velox_ring_pop"]) for side in ("old", "new")],
        of_old={"source": {"commit": "fedcba9876543210fedcba9876543210fedcba98", "dirty": False}})
