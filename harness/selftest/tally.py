"""From finished comparisons to counts, and from counts to bars: met, missed, or too few to tell.

Knows nothing of how comparisons are made. What it makes is the JSON of a self-test; README.md describes it.
"""
from __future__ import annotations

import statistics
import subprocess
from pathlib import Path
from typing import Any, Callable, Iterable, Sequence

from plan import BARS, ENOUGH, VBENCH, Bar, Cell

Intervals = Callable[[Sequence[tuple[int, int]]], list[tuple[float, float]]]
OUTCOMES = ("regressed", "improved", "different", "equivalent")
MET, MISSED, TOO_FEW = "met", "missed", "too few to tell"
# A cycle of pairs is measured to its end, so a little more than the budget is within it.
SLACK = 1.1


def exact_intervals(rates: Path) -> Intervals:
    """95 % intervals by the program `rates`."""
    def ask(counts: Sequence[tuple[int, int]]) -> list[tuple[float, float]]:
        asked = "".join(f"{hits} {trials}\n" for hits, trials in counts)
        answered = subprocess.run([str(rates)], input=asked, capture_output=True, text=True, check=True).stdout
        return [(float(low), float(high)) for low, high in (line.split() for line in answered.splitlines())]
    return ask


def is_outcome(line: dict[str, Any], outcome: str) -> bool:
    """Whether a comparison counts as this. Its verdicts are the row's and its latencies', and one that is wrong
    makes all of it wrong."""
    verdicts = line["verdicts"]
    if outcome == "different":
        return "regressed" in verdicts or "improved" in verdicts
    if outcome == "equivalent":
        return verdicts[0] == outcome and not is_outcome(line, "different")
    return outcome in verdicts


def is_in_time(line: dict[str, Any], within_s: float | None) -> bool:
    return within_s is None or line["timed_s"] <= within_s * SLACK


def count(hits: int, of: int, interval: tuple[float, float]) -> dict[str, Any]:
    return {"count": hits, "of": of, "low": interval[0], "high": interval[1]}


def tally_cell(cell: Cell, tool: str, lines: list[dict[str, Any]], planned: int, intervals: Intervals) -> dict[str, Any]:
    good = [line for line in lines if line.get("failed") is None]
    hits = [sum(is_outcome(line, outcome) for line in good) for outcome in OUTCOMES]
    counts = {outcome: count(number, len(good), interval) for outcome, number, interval
              in zip(OUTCOMES, hits, intervals([(number, len(good)) for number in hits]))}
    changes = [line["change_percent"] for line in good]
    with_interval = [line for line in good if line["low_percent"] is not None and line["high_percent"] is not None]
    covered = sum(line["low_percent"] <= cell.change_percent <= line["high_percent"] for line in with_interval)
    decided = [line["timed_s"] for line in good if is_outcome(line, "different") or is_outcome(line, "equivalent")]
    decided = [each for each in decided if each is not None]  # as peers do not tell it
    return {"workload": cell.name, "permille": cell.permille, "change_percent": cell.change_percent, "tool": tool,
            "budget_s": cell.budget_s, "planned": planned, "compared": len(good), "failed": len(lines) - len(good),
            **counts, "mean_percent": statistics.mean(changes) if changes else None,
            "deviation_percent": statistics.stdev(changes) if len(changes) > 1 else None,
            "interval_holds_truth": {"count": covered, "of": len(with_interval)},
            "noise_floor_exceeded": sum(bool(line.get("noise_floor_exceeded")) for line in good),
            "decided_s": {"median": statistics.median(decided), "most": max(decided)} if decided else None}


def state(bar: Bar, hits: int, of: int, interval: tuple[float, float]) -> str:
    """Missed only where the exact interval excludes what the bar asks for; met where it holds nothing else,
    or where the count keeps the bar and there are enough of them."""
    low, high = interval
    share = hits / of if of else 0.0
    if bar.at_least is not None:
        excluded, certain, kept = high < bar.at_least, low >= bar.at_least, share >= bar.at_least
    else:
        assert bar.at_most is not None
        excluded, certain, kept = low > bar.at_most, high <= bar.at_most, share <= bar.at_most
    if excluded:
        return MISSED
    return MET if certain or kept and of >= ENOUGH else TOO_FEW


def tally_bar(bar: Bar, lines: Iterable[tuple[Cell, dict[str, Any]]], intervals: Intervals) -> dict[str, Any]:
    counted = [line for cell, line in lines if bar.holds(cell) and line["tool"] == VBENCH and line.get("failed") is None]
    hits = sum(is_outcome(line, bar.outcome) and is_in_time(line, bar.within_s) for line in counted)
    interval = intervals([(hits, len(counted))])[0]
    return {"text": bar.text, "outcome": bar.outcome, "workloads": list(bar.workloads), "permille": bar.permille,
            "at_least": bar.at_least, "at_most": bar.at_most, "within_s": bar.within_s,
            **count(hits, len(counted), interval), "state": state(bar, hits, len(counted), interval)}


def tally(lines: list[dict[str, Any]], planned: dict[tuple[str, str], int], cells: Iterable[Cell],
          intervals: Intervals) -> dict[str, Any]:
    """`planned` is how many comparisons of (tool, cell) there will be; others are left out."""
    by_place: dict[tuple[str, str], list[dict[str, Any]]] = {}
    # What had failed and was tried again counts as it then ended.
    for line in {(line["tool"], line["cell"], line["number"]): line for line in lines}.values():
        by_place.setdefault((line["tool"], line["cell"]), []).append(line)
    cells = list(cells)
    tallied = [tally_cell(cell, tool, by_place.get((tool, key), []), number, intervals)
               for cell in cells for (tool, key), number in planned.items() if key == cell.key]
    with_cells = [(cell, line) for cell in cells if (VBENCH, cell.key) in planned
                  for line in by_place.get((VBENCH, cell.key), [])]
    known = {(cell.name, cell.permille) for cell in cells if (VBENCH, cell.key) in planned}
    bars = [tally_bar(bar, with_cells, intervals) for bar in BARS
            if any(name in bar.workloads and permille == bar.permille for name, permille in known)]
    return {"cells": tallied, "bars": bars}
