"""The sentence on top, for who reads no further: how many are slower, faster, the same; and whether the machine was quiet.

Also the words for the machine's state. Counts rows; judges nothing.
"""
from __future__ import annotations

from typing import Optional

from . import judging, tails, units
from .model import Comparison, Finding, Result

# Checks of `vbench doctor` that say whether something else was running.
_DISTURBANCES = ("load", "steal")


def sentence(result: Result) -> str:
    """Plain text, without a full stop."""
    said = _compared(result.comparison) if result.comparison else _measured(result)
    state = machine(result)
    return f"{said}; {state}" if state else said


def _measured(result: Result) -> str:
    measured, failed = len(result.measured), len(result.failed)
    if not result.benchmarks:
        return "No benchmark was run"
    said = f"{measured or 'No'} benchmark{'' if measured == 1 else 's'} measured"
    return f"{said}, {failed} failed" if failed else said


def _compared(comparison: Comparison) -> str:
    failed = sum(n.reason in ("failed", "failed_then") for n in comparison.not_compared)
    others = len(comparison.not_compared) - failed
    rest = ([f"{failed} failed"] if failed else []) + ([f"{others} not compared"] if others else [])
    if not comparison.rows:
        return ", ".join(["Nothing could be compared", *rest])
    if judging.floor_exceeded(comparison):
        return ", ".join([f"No verdict on {_benchmarks(len(comparison.rows))} counts", *rest])
    counts = {verdict: sum(row.verdict == verdict for row in comparison.rows)
              for verdict in ("regressed", "improved", "equivalent", "inconclusive")}
    slower_tails = len({row.name for row, _ in tails.regressed(comparison)} | {row.name for row, _ in tails.exceeded(comparison)})
    parts = [f"{counts['regressed'] or 'None'} of {len(comparison.rows)} slower", f"{counts['improved'] or 'none'} faster"]
    if slower_tails:
        parts.append(f"{slower_tails} with slower latencies")
    if counts["equivalent"]:
        parts.append(f"{counts['equivalent']} the same{_within(comparison)}")
    if counts["inconclusive"]:
        parts.append(f"{counts['inconclusive']} undecided")
    return ", ".join(parts + rest)


def _within(comparison: Comparison) -> str:
    return "" if comparison.tolerance_percent is None else f" within {units.percentage(comparison.tolerance_percent)}"


def _benchmarks(count: int) -> str:
    return f"{count} benchmark{'' if count == 1 else 's'}"


def machine(result: Result) -> Optional[str]:
    """None: nothing that says so was recorded."""
    comparison = result.comparison
    if comparison and judging.floor_exceeded(comparison):
        return "machine not quiet: old differs from itself"
    if disturbing(result):
        return "machine not quiet"
    looked = any(f.check in _DISTURBANCES for f in result.findings)
    return "machine quiet" if looked else None


def disturbing(result: Result) -> list[Finding]:
    """What else was running meanwhile."""
    return [f for f in result.findings if f.check in _DISTURBANCES and f.severity in ("warning", "problem")]
