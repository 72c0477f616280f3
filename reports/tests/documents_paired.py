"""Builds documents of paired comparisons for the tests, on top of `documents`."""
from __future__ import annotations

import math
import random
from statistics import geometric_mean, mean, stdev
from typing import Any, Optional, Sequence

import documents

QUARTERS = (0, 16, 32, 48)


def measured_pairs(name: str, *, old_ns: float = 100.0, percent: float = 0.0, cycles: int = 8, layouts: int = 16,
                   noise: float = 0.005, luck: float = 0.03, drift: float = 0.0, natural_luck: Optional[Sequence[float]] = None,
                   **more: Any) -> dict[str, Any]:
    """A benchmark with both sides and its row, everything but the verdict.

    `luck`: how much a layout does to a time; `natural_luck`: what the links as built have of it, old and new, or None: no
    natural links; `drift`: by how much the machine gets slower on the way. `more` replaces members of the row.
    """
    source = random.Random(ascii(name))
    lucks = [[1 + source.gauss(0, luck) for _ in range(layouts)] for _ in range(2)]
    orders: list[list[int]] = [[], []]
    while len(orders[0]) < 4 * cycles:
        for order in orders:
            order += source.sample(range(layouts), layouts) if layouts > 1 else [-1]
    count = 4 * cycles
    pairs = _pairs([i // 4 for i in range(count)], orders[0][:count], orders[1][:count], [
        [old_ns * (1 + side * percent / 100) * (1 + drift * i / count) * (1 + source.gauss(0, noise))
         * (lucks[side][orders[side][i]] if layouts > 1 else 1) for i in range(count)] for side in (0, 1)])
    logs = [math.log1p(c / 100) for c in pairs["change_percent"]]
    change, low, high = _interval([mean(logs[i:i + 4]) for i in range(0, count, 4)])
    natural = None
    if natural_luck and layouts > 1:
        there = list(range(1, cycles, 2)) or [0]
        natural_pairs = _pairs(there, [-1] * len(there), [-1] * len(there), [
            [old_ns * (1 + side * percent / 100) * (1 + natural_luck[side]) * (1 + source.gauss(0, noise)) for _ in there]
            for side in (0, 1)])
        said = _interval([math.log1p(c / 100) for c in natural_pairs["change_percent"]])
        middle = geometric_mean(pairs["new_ns"])
        excess = _interval([math.log(ns / middle) for ns in natural_pairs["new_ns"]])
        off = abs(math.log1p(said[0] / 100) - math.log1p(change / 100))
        sure = None not in (said[1], low) and off > math.hypot(*(math.log1p(m / 100) - math.log1p(l / 100)  # type: ignore[operator]
                                                                 for m, l in ((said[0], said[1]), (change, low))))
        natural = {"pairs": natural_pairs, "misleading": sure and abs(said[0] - change) > 1,
                   "off_average": abs(excess[0]) > 1 and excess[1] is not None and (excess[1] > 0 or excess[2] < 0),  # type: ignore[operator]
                   **dict(zip(("change_percent", "change_low_percent", "change_high_percent"), said)),
                   **dict(zip(("excess_percent", "excess_low_percent", "excess_high_percent"), excess))}
    row = {"name": name, "old_ns": geometric_mean(pairs["old_ns"]), "new_ns": geometric_mean(pairs["new_ns"]),
           "change_percent": change, "change_low_percent": low, "change_high_percent": high, "visible_percent": 1.25,
           "benchmark_changed": False, "cycles": cycles, "cycles_planned": cycles, "block_ns": 1.0e6, "pair_blocks": 30,
           "warm_up_iterations": 0, "cache_shared_percent": None, "layouts": layouts, "layout_reason": None, "pairs": pairs,
           "natural": natural,
           "layout_spread_percent": (max(lucks[1]) / min(lucks[1]) - 1) * 100 if layouts > 1 else None, **more}
    return row


def _pairs(cycle: list[int], old: list[int], new: list[int], times: list[list[float]]) -> dict[str, list[Any]]:
    rounded = [[round(ns, 4) for ns in side] for side in times]
    return {"cycle": cycle, "old_layout": old, "new_layout": new,
            "change_percent": [round((n / o - 1) * 100, 6) for o, n in zip(*rounded)],
            "old_ns": rounded[0], "new_ns": rounded[1]}


def _interval(logs: list[float]) -> tuple[float, Optional[float], Optional[float]]:
    middle = mean(logs)
    if len(logs) < 2:
        return (math.expm1(middle) * 100, None, None)
    half = 3.5 * stdev(logs) / len(logs) ** 0.5
    return tuple(math.expm1(x) * 100 for x in (middle, middle - half, middle + half))  # type: ignore[return-value]


def sides_of(row: dict[str, Any], **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The entries of both sides that go with a row: each pair is a process."""
    iterations = 1000
    source = random.Random(ascii(row["name"]) + "blocks")

    def blocks(ns: float) -> list[int]:
        return [max(1, round(iterations * ns * (1 + 0.01 * abs(source.gauss(0, 1))))) for _ in range(8)]

    both = []
    for side in ("old_ns", "new_ns"):
        b = documents.measured(row["name"], samples_ns=[blocks(ns) for ns in row["pairs"][side]], **more)
        for p in b["processes"]:
            p["iterations_per_block"] = [iterations]
            p["median_ns"] /= iterations
        for part in (b["time"], b["statistics"]):
            part.update({k: v / iterations for k, v in part.items() if k.endswith("_ns") and v is not None})
        b["cpu_time_ns"] /= iterations
        both.append(b)
    return both[0], both[1]


def placements(side: str, suite: str, names: Sequence[str], count: int = 16, reason: Optional[str] = None) -> dict[str, Any]:
    """Every function once in each quarter in every four layouts, the same on both sides."""
    functions = []
    for name in names if count > 1 else ():
        source = random.Random(ascii(name))
        functions.append({"name": name, "offsets": [q for _ in range(count // 4) for q in source.sample(QUARTERS, 4)]})
    return {"side": side, "suite": suite, "count": count, "reason": reason, "functions": functions}


def side(name: str, kind: str, text: str) -> dict[str, str]:
    return {"name": name, "kind": kind, "text": text}


OLD = side("v1.3", "revision", "The revision v1.3 of this repository, built as it was then.")
NEW = side("this build", "suites", "The suites as they stand in build/release/suites.")


def compared(rows: Sequence[dict[str, Any]], *, beside: Sequence[tuple[Any, Any]] = (), old: Any = OLD, new: Any = NEW,
             sides: Optional[Sequence[tuple[Any, Any]]] = None, of_new: Any = None, of_old: Any = None,
             **changes: Any) -> dict[str, Any]:
    """A paired comparison of rows. `beside`: further benchmarks, old first, None where a side has none;
    `sides`: the entries that go with the rows; `of_new`, `of_old`: members of either side's document."""
    both = [*(sides or [sides_of(row) for row in rows]), *beside]
    before = documents.document(*(o for o, _ in both if o), **(of_old or {}))
    content = documents.compared(documents.document(*(n for _, n in both if n), **(of_new or {})), before, [], paired=True)
    comparison = content["vbench"]["comparison"]
    comparison.update(drift_percent=None, notes=[], new=dict(new), layouts=[], rows=list(rows),
                      method="Student's t over cycles of four pairs each")
    comparison.update(changes)
    comparison["old"].update(old)
    return content


def judged(row: dict[str, Any], verdict: str) -> dict[str, Any]:
    return {**row, "verdict": verdict}


def engine() -> dict[str, Any]:
    """Something like a paired comparison of the engine's suites, with every verdict and every case of a row."""
    m = measured_pairs
    rows = [
        judged(m("orderbook_update/bid", old_ns=11.7, percent=12.5, luck=0.04, natural_luck=(-0.02, 0.01)), "regressed"),
        judged(m("ring_buffer/push_pop/1024", old_ns=3.61, percent=6.0, luck=0.004, natural_luck=(0.0, 0.0), noise=0.002),
               "regressed"),
        judged(m("ring_buffer/push_pop/64", old_ns=3.60, percent=-18.0, luck=0.06, natural_luck=(-0.05, 0.148), noise=0.004),
               "improved"),
        judged(m("e2e_single_transaction", old_ns=812.0, percent=1.0, luck=0.03, drift=0.2, natural_luck=(0.04, -0.05), cycles=6,
                 cycles_planned=8), "inconclusive"),
        judged(m("ring_spsc_cross_thread", old_ns=58.0, percent=2.0, noise=0.12, luck=0.02, natural_luck=(0.03, 0.01),
                 cache_shared_percent=7.25, warm_up_iterations=1000, block_ns=2.5e7, pair_blocks=10), "inconclusive"),
        judged(m("bundle_timed_flush", old_ns=1.2e6, percent=0.4, layouts=1, benchmark_changed=True,
                 layout_reason="bundle_suite has no recipe, so it cannot be linked again."), "inconclusive"),
        judged(m("once", old_ns=1.9e6, percent=3.0, cycles=1, cycles_planned=8, natural_luck=(0.0, 0.02)), "inconclusive"),
        judged(m("ring_buffer/push_pop/4096", old_ns=3.72, percent=0.0, luck=0.01, natural_luck=(0.0, 0.0), noise=0.002),
               "equivalent"),
    ]

    def sides(row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        name = row["name"]
        if name.startswith("ring_buffer"):
            return sides_of(row, case="ring_buffer/push_pop", parameters={"capacity": int(name.rsplit("/", 1)[1])})
        return sides_of(row, threads=2 if "cross" in name else 1)

    functions = [f"velox_{part}_{what}" for part in ("ring", "order_book", "transaction", "bundle", "statistics", "backoff", "copy")
                 for what in ("create", "free", "push", "pop", "begin", "commit", "rollback", "reset", "size", "merge")]
    return compared(
        rows, sides=[sides(r) for r in rows],
        beside=[(None, documents.measured("ring_buffer/push_pop/16384", around_ns=4.4, seed=1)),
                (documents.measured("orderbook_update/ask", around_ns=12.1), None),
                (documents.measured("orderbook_cas_pressure", around_ns=90.0),
                 documents.failed("orderbook_cas_pressure", "the worker died of SIGSEGV in block 3 of process 2"))],
        not_compared=[documents.left_out("ring_buffer/push_pop/16384", "added", "added: the old side does not have it"),
                      documents.left_out("orderbook_update/ask", "removed", "removed: only the old side has it"),
                      documents.left_out("orderbook_cas_pressure", "failed", "the worker died of SIGSEGV in block 3 of process 2")],
        notes=["One CPU only: vbench shares it with what it measures."],
        layouts=[placements("old", "engine_suite", functions), placements("new", "engine_suite", [*functions, "velox_ring_peek"]),
                 placements("old", "bundle_suite", [], 1, "bundle_suite has no recipe, so it cannot be linked again."),
                 placements("new", "bundle_suite", [], 1, "bundle_suite has no recipe, so it cannot be linked again.")],
        of_old={"source": {"commit": "fedcba9876543210fedcba9876543210fedcba98", "dirty": False}},
        of_new={"source": {"commit": "0123456789abcdef0123456789abcdef01234567", "dirty": True}})
