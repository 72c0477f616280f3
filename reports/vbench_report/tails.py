"""What benchmarks that record latencies have beside their time: quantiles with verdicts, and a limit for p99."""
from __future__ import annotations

from typing import Optional

from markupsafe import Markup

from . import figures
from .model import Change, Comparison
from .paired import P99Limit, Quantile
from .units import quantile_name


def of(change: Change) -> tuple[Quantile, ...]:
    return change.pairing.quantiles if change.pairing else ()


def limit(change: Change) -> Optional[P99Limit]:
    return change.pairing.p99_limit if change.pairing else None


def regressed(comparison: Comparison) -> list[tuple[Change, Quantile]]:
    return [(row, q) for row in comparison.rows for q in of(row) if q.verdict == "regressed"]


def exceeded(comparison: Comparison) -> list[tuple[Change, P99Limit]]:
    limits = [(row, limit(row)) for row in comparison.rows]
    return [(row, found) for row, found in limits if found and found.verdict == "exceeded"]


def alarming(change: Change) -> list[str]:
    """A few words each, for badges: what a reader must not miss behind a verdict on the time."""
    said = [f"{quantile_name(q.quantile)} regressed" for q in of(change) if q.verdict == "regressed"]
    found = limit(change)
    return said + (["p99 limit exceeded"] if found and found.verdict == "exceeded" else [])


def noteworthy(change: Change) -> list[str]:
    """The same, of what needs no alarm."""
    said = [f"{quantile_name(q.quantile)} improved" for q in of(change) if q.verdict == "improved"]
    found = limit(change)
    return said + (["p99 limit undecided"] if found and found.verdict == "undecided" else [])


_LIMIT = {"kept": "the whole interval lies below the limit", "exceeded": "the whole interval lies above the limit",
          "undecided": "the limit lies within the interval"}


def limit_sentence(found: P99Limit) -> Markup:
    of = Markup("The limit is {}; p99 of the new side ").format(figures.time(found.limit_ns))
    if found.p99_ns is None:
        return of + "is not known, for want of samples."
    of += Markup("is {}").format(figures.time(found.p99_ns))
    if found.p99_low_ns is None or found.p99_high_ns is None:
        return of + ", without an interval."
    return of + Markup(" ({} to {}): {}.").format(figures.time(found.p99_low_ns), figures.time(found.p99_high_ns), _LIMIT[found.verdict])
