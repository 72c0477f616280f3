"""Builds a paired comparison as the sequential judge leaves it, on top of `documents_paired`."""
from __future__ import annotations

from typing import Any, Optional

import documents
import documents_paired


def row(name: str, verdict: str, percent: float, low: Optional[float], high: Optional[float], **more: Any) -> dict[str, Any]:
    found = documents_paired.measured_pairs(name, percent=percent, cycles=4, layouts=4, noise=0.001, luck=0.01)
    return {**found, "verdict": verdict, "change_percent": percent, "change_low_percent": low, "change_high_percent": high,
            "level_percent": 0.125, "estimator": "groups", "p_value": 0.0001, "change_low_95_percent": low,
            "change_high_95_percent": high, "looks": 5, "looks_taken": 2, "stopped": "decided", "timed_s": 1.75,
            "quantiles": [], "p99_limit": None, **more}


def quantile(which: float, verdict: str, percent: float, low: float, high: float) -> dict[str, Any]:
    return {"quantile": which, "old_ns": 400.0, "new_ns": 400.0 * (1 + percent / 100), "change_percent": percent,
            "change_low_percent": low, "change_high_percent": high, "level_percent": 0.125, "verdict": verdict}


def limit(verdict: str, p99_ns: float) -> dict[str, Any]:
    return {"limit_ns": 500.0, "p99_ns": p99_ns, "p99_low_ns": p99_ns - 20, "p99_high_ns": p99_ns + 20, "verdict": verdict}


def gate(above: float = 0.0, inconclusive: bool = False, failed: bool = True) -> dict[str, Any]:
    return {"fail_above_percent": above, "fail_on_inconclusive": inconclusive, "failed": failed}


def floor(exceeded: bool = False) -> dict[str, Any]:
    return {"pairs": 24, "change_percent": 0.04, "change_low_percent": -0.31, "change_high_percent": 0.39, "exceeded": exceeded}


def engine() -> dict[str, Any]:
    """Every verdict, on times, quantiles and limits, and a failure."""
    rows = [
        row("ring_buffer/push_pop/1024", "regressed", 6.0, 5.1, 6.9),
        row("pipeline/slow_tail", "regressed", 0.75, 0.5, 1.0, estimator="pairs", p99_limit=limit("exceeded", 560.0),
            quantiles=[quantile(0.5, "equivalent", 0.1, -0.2, 0.4), quantile(0.99, "regressed", 12.0, 8.0, 16.0),
                       {"quantile": 0.999, "reason": "too few samples"}]),
        row("ring_buffer/push_pop/64", "improved", -18.0, -18.9, -17.2, p99_limit=limit("kept", 410.0)),
        row("ring_spsc_cross_thread", "inconclusive", 2.0, -3.5, 7.7, visible_percent=5.5, estimator="quiet", looks_taken=5,
            stopped="budget", p99_limit=limit("undecided", 490.0)),
        row("ring_buffer/push_pop/4096", "equivalent", 0.05, -0.2, 0.3),
    ]
    broken = documents.failed("orderbook_cas_pressure", "the worker died of SIGSEGV in block 3 of process 2")
    content = documents_paired.compared(
        rows, beside=[(documents.measured("orderbook_cas_pressure", around_ns=90.0), broken)],
        not_compared=[documents.left_out("orderbook_cas_pressure", "failed", broken["error"]),
                      documents.left_out("orderbook_update/ask", "removed", "removed: only the old side has it")],
        notes=["There is a CPU quota of 0.5 CPUs: the rest of the time nothing runs."],
        of_old={"source": {"commit": "fedcba9876543210fedcba9876543210fedcba98", "dirty": False}},
        level_percent=1.0, hypotheses=8, noise_floor=floor(), gate=gate())
    content["vbench"]["machine"]["cpu_quota"] = 0.5
    content["vbench"]["comparison"]["old"]["machine"]["cpu_quota"] = 0.5
    return content
