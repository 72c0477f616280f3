"""What the report shows, as one list: each benchmark with its pictures, in its group; rows in the order of the index.

Judges nothing: verdicts are the result's own.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterable, Optional, Sequence

from . import tails
from .comparison import Pair
from .model import Change, Failed, Measured, NotCompared, Result, Scaling, Trend
from .pictures import curves, svg


@dataclass(frozen=True)
class Pictures:
    """Of one benchmark; None: it has no such picture."""

    distribution: Optional[svg.Picture] = None
    intervals: Optional[svg.Picture] = None
    cycles: Optional[svg.Picture] = None
    layouts: Optional[svg.Picture] = None
    samples: Optional[svg.Picture] = None
    line: Optional[svg.Picture] = None
    percentiles: Optional[svg.Picture] = None
    shifts: Optional[svg.Picture] = None  # of the blocks' quantiles
    latency_shifts: Optional[svg.Picture] = None
    trends: tuple[tuple[Trend, svg.Picture], ...] = ()


@dataclass(frozen=True)
class Entry:
    """One benchmark: its row and its page."""

    pair: Pair
    page: str  # the page's name, which is its anchor, too
    pictures: Pictures

    @property
    def benchmark(self) -> Any:
        return self.pair.benchmark

    @property
    def old(self) -> Optional[Measured]:
        """The older side, where both have a time."""
        return self.pair.both[0] if self.pair.both else None

    @property
    def change(self) -> Optional[Change]:
        return self.pair.change

    @property
    def failed(self) -> bool:
        return isinstance(self.benchmark, Failed)

    @property
    def warned(self) -> bool:
        """Whether its page shows a warning, of either side."""
        return any(isinstance(b, Measured) and b.warnings for b in self.pair.both or (self.benchmark,))

    @property
    def state(self) -> str:
        """One word: a verdict, not_compared, failed, or measured."""
        if self.change:
            return self.change.verdict
        if self.pair.left_out:
            return "not_compared"
        return "failed" if self.failed else "measured"

    @property
    def alarms(self) -> list[str]:
        return tails.alarming(self.change) if self.change else []


@dataclass(frozen=True)
class Curve:
    picture: svg.Picture
    chart: curves.Chart


@dataclass(frozen=True)
class Scaled:
    """A family of the group, over threads."""

    scaling: Scaling
    picture: svg.Picture


@dataclass(frozen=True)
class Group:
    suite: str
    name: str
    page: str
    entries: tuple[Entry, ...]
    curves: tuple[Curve, ...] = ()
    scalings: tuple[Scaled, ...] = ()
    violins: tuple[svg.Picture, ...] = ()

    @property
    def alone(self) -> bool:
        """Its one benchmark says all that there is: it has no page of its own."""
        return len(self.entries) == 1 and not self.curves and not self.scalings

    def scaling_of(self, entry: Entry) -> Optional[Scaled]:
        return next((s for s in self.scalings if is_member(s.scaling, entry.benchmark)), None)


def is_member(scaling: Scaling, benchmark: Any) -> bool:
    return any(benchmark.name == f"{scaling.name}/{point.threads}_threads" for point in scaling.points)


@dataclass
class PageNames:
    """Names of pages, each once."""

    taken: set[str] = field(default_factory=set)

    def name(self, kind: str, *names: str) -> str:
        page = f"{kind}-{svg.unique_slug(*names)}"
        while page in self.taken:
            page += "-again"
        self.taken.add(page)
        return page


# --- rows of the index --------------------------------------------------------------------------

@dataclass(frozen=True)
class Row:
    """Of the index; without an entry it is a benchmark of which the file has no more than the name."""

    name: str
    entry: Optional[Entry]
    group: Optional[Group]
    left_out: Optional[NotCompared] = None

    @property
    def state(self) -> str:
        return self.entry.state if self.entry else "not_compared"


# Regressions first, of whatever; then improvements; then the rest, what did not work before what did not change.
_ORDER = ("regressed", "alarming", "improved", "failed", "inconclusive", "equivalent", "measured", "not_compared")


def rows(result: Result, groups: Sequence[Group]) -> list[Row]:
    """In the order of the index; those of one kind as the result has them."""
    found = [Row(e.benchmark.name, e, g, e.pair.left_out) for g in groups for e in g.entries]
    if result.comparison:
        described = {id(row.left_out) for row in found if row.left_out}
        found += [Row(n.name, None, None, n) for n in result.comparison.not_compared if id(n) not in described]
        places = {id(change): place for place, change in enumerate(result.comparison.rows)}
        found.sort(key=lambda row: places.get(id(row.entry.change), len(places)) if row.entry else len(places))
    elif not any(row.state == "failed" for row in found):
        return found
    return sorted(found, key=lambda row: _ORDER.index(_kind(row)))


def _kind(row: Row) -> str:
    if row.left_out and row.left_out.reason in ("failed", "failed_then"):
        return "failed"
    return "alarming" if row.entry and row.entry.alarms and row.state != "regressed" else row.state


def by_state(found: Iterable[Row], compared: bool) -> dict[str, int]:
    """Where there is a comparison, a benchmark of which it says nothing is not compared."""
    counts: dict[str, int] = {}
    for row in found:
        state = "not_compared" if compared and row.state in ("failed", "measured") else row.state
        counts[state] = counts.get(state, 0) + 1
    return counts
