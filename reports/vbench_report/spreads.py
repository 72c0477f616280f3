"""The table of a benchmark's figures with their intervals, and that of its outliers: lower, estimate, upper of each side."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional, Sequence

from markupsafe import Markup

from . import figures, units
from .model import Estimated, Measured
from .tables import NOTHING

Cells = tuple[Markup, Markup, Markup]


@dataclass(frozen=True)
class Line:
    label: str
    sides: tuple[Cells, ...]


_LABELS = {"mean_ns": "mean of blocks", "median_ns": "median", "standard_deviation_ns": "standard deviation",
           "median_absolute_deviation_ns": "median absolute deviation"}


def lines(sides: Sequence[Measured]) -> list[Line]:
    """The estimate, what is known of all blocks, and the line over iterations: those that at least one side has."""
    times = [Estimated(b.time.estimate_ns, b.time.low_ns, b.time.high_ns) for b in sides]
    found = [Line("time of an iteration", tuple(map(_times, times)))]
    # Of one block there is no spread.
    spreads = [{} if b.statistics.block_count < 2 else dict(b.spread.figures) if b.spread else _without_intervals(b) for b in sides]
    for name in dict.fromkeys(name for spread in spreads for name in spread):
        found.append(Line(_label(name), tuple(_times(spread.get(name)) for spread in spreads)))
    if any(b.linear for b in sides):
        found.append(Line("slope", tuple(_times(b.linear.slope_ns if b.linear else None) for b in sides)))
        found.append(Line("R²", tuple(_cells(b.linear.r_squared if b.linear else None, "{:.6f}".format) for b in sides)))
    for label, of, printed in (("items a second", lambda b: b.items_rate, figures.items_rate),
                               ("bytes a second", lambda b: b.bytes_rate, figures.bytes_rate)):
        if any(of(b) for b in sides):
            found.append(Line(label, tuple(_rates(of(b), printed) for b in sides)))
    return found


def _rates(value: Optional[Estimated], printed: figures.Format) -> Cells:
    if value is None or value.low is None or value.high is None:
        return NOTHING, NOTHING, NOTHING
    return printed(value.low), printed(value.estimate), printed(value.high)


def _label(name: str) -> str:
    return _LABELS.get(name) or f"{name.removeprefix('p').removesuffix('_ns').replace('_', '.')}\u202f% of blocks below"


def _without_intervals(b: Measured) -> dict[str, Estimated]:
    s = b.statistics
    values = {"mean_ns": s.mean_ns, "median_ns": s.median_ns, "standard_deviation_ns": s.standard_deviation_ns,
              "median_absolute_deviation_ns": s.median_absolute_deviation_ns}
    return {name: Estimated(value, None, None) for name, value in values.items()}


def _times(value: Optional[Estimated]) -> Cells:
    """In the estimate's unit, as finely as it is printed."""
    if value is None:
        return _cells(None, str)
    factor, unit = units.pick(value.estimate, units.TIME)
    places = units.decimals(value.estimate / factor)
    low, estimate, high = _cells(value, lambda ns: f"{ns / factor:.{places}f}")
    return low, estimate + Markup("\u202f{}").format(unit), high


def _cells(value: Optional[Estimated], text: Callable[[float], str]) -> Cells:
    if value is None:
        return NOTHING, NOTHING, NOTHING
    low, high = (NOTHING if end is None else figures.figure(end, text(end)) for end in (value.low, value.high))
    return low, figures.figure(value.estimate, text(value.estimate)), high


def notes(sides: Sequence[Measured]) -> list[Markup]:
    """How the intervals came about, each method once."""
    said = dict.fromkeys((b.spread.confidence, b.spread.method) for b in sides if b.spread)
    said.update(dict.fromkeys((b.linear.confidence, f"slope and R²: {b.linear.method}") for b in sides if b.linear))
    if all(b.statistics.block_count < 2 for b in sides):
        return []
    return [Markup("{} intervals: {}.").format(figures.percent(confidence), method.rstrip(".")) for confidence, method in said]


# --- outliers -----------------------------------------------------------------------------------

@dataclass(frozen=True)
class OutlierLine:
    label: str
    sides: tuple[tuple[Markup, Markup], ...]  # how many, and beyond which time


_BLOCKS_WITH_QUARTILES = 4
_CLASSES = (("low severe", "low_severe", "below"), ("low mild", "low_mild", "below"),
            ("high mild", "high_mild", "above"), ("high severe", "high_severe", "above"))


def outliers(sides: Sequence[Measured]) -> list[OutlierLine]:
    if not any(b.outliers and b.statistics.block_count >= _BLOCKS_WITH_QUARTILES for b in sides):
        return []
    return [OutlierLine(label, tuple(
        (figures.number(getattr(b.outliers, name)),
         _beyond(way, getattr(b.outliers, f"{name}_ns"))) if b.outliers else (NOTHING, NOTHING)
        for b in sides)) for label, name, way in _CLASSES]


def _beyond(way: str, fence_ns: float) -> Markup:
    """No time lies below zero."""
    return Markup("") if fence_ns < 0 else Markup("{} {}").format(way, figures.time(fence_ns))
