"""The picture of luck of placement: the time of an iteration in each layout, old and new on one axis.

A dot is a pair's process; dots of one layout stand on one line. The times of the links as they were
built are diamonds in a column of their own, with a line across all layouts each.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Sequence

import numpy as np

from .. import units
from ..model import Measured
from ..paired import AS_BUILT, Pairing
from . import density, distributions, svg, ticks
from .sheet import Mark, Panel, Sheet

HEIGHT = 280
_TICKS = 6


@dataclass(frozen=True)
class _Side:
    name: str
    layout: np.ndarray
    ns: np.ndarray
    as_built_ns: np.ndarray
    colour: str
    mark: Mark


def has_layouts(pairing: Pairing) -> bool:
    """Whether there is anything to see: the links as they were built alone say nothing of placement."""
    return any(layout != AS_BUILT for layout in (*pairing.pairs.old_layout, *pairing.pairs.new_layout))


def draw(of: tuple[Measured, Pairing]) -> svg.Picture:
    benchmark, pairing = of
    pairs, natural = pairing.pairs, pairing.natural.pairs if pairing.natural else None
    sides = (_side("old", pairs.old_layout, pairs.old_ns, natural and natural.old_ns, svg.MUTED, "square"),
             _side("new", pairs.new_layout, pairs.new_ns, natural and natural.new_ns, svg.BLUE, "round"))
    alt = f"Time of one iteration in each layout. {_description(sides[0])} {_description(sides[1])}"
    sheet = Sheet(distributions.WIDTH, HEIGHT)
    _render(sheet, sides)
    return sheet.picture(distributions.file_name("layouts", benchmark),
                         f"{benchmark.name}: time of one iteration in each layout", alt)


def _side(name: str, layouts: Sequence[int], times_ns: Sequence[float], natural_ns: Optional[Sequence[float]],
          colour: str, mark: Mark) -> _Side:
    layout, ns = np.asarray(layouts, dtype=int), np.asarray(times_ns, dtype=float)
    as_built = np.concatenate([ns[layout == AS_BUILT], np.asarray(natural_ns or (), dtype=float)])
    return _Side(name, layout[layout != AS_BUILT], ns[layout != AS_BUILT], as_built, colour, mark)


def _description(side: _Side) -> str:
    parts = [f"{what} from {units.time(float(ns.min()))} to {units.time(float(ns.max()))}" for what, ns in (
        (f"{len(set(side.layout.tolist()))} layouts", side.ns), ("as built", side.as_built_ns)) if len(ns)]
    return f"{side.name.capitalize()}: {', '.join(parts)}."


def _render(sheet: Sheet, sides: tuple[_Side, _Side]) -> None:
    every = np.concatenate([ns for side in sides for ns in (side.ns, side.as_built_ns)])
    low, high = density.ends(every, [])
    pad = 0.07 * (high - low) or high * 0.02 or 0.5
    factor, unit = units.pick(high, units.TIME)
    edges = (low - pad) / factor, (high + pad) / factor
    left, width, gap = 63, 182, 9
    for number, side in enumerate(sides):
        start = left + number * (width + gap)
        panel = Panel(sheet, start, 59, start + width, 227, _places(side), edges)
        _panel(panel, side, factor)
        sheet.words(start + width / 2, 52, side.name, svg.INK, anchor="middle")
        if number == 0:
            panel.left_axis(ticks.linear(*edges, 6), f"time of one iteration, {unit}", 14)
    sheet.words(left + width + gap / 2, 264, "layout", svg.INK, anchor="middle")
    _legend(sheet, sides)


def _count(side: _Side) -> int:
    return int(side.layout.max()) + 1 if len(side.layout) else 0


def _built_at(side: _Side) -> float:
    """Where the column of the links as built stands."""
    return _count(side) + max(0.5, 0.06 * _count(side))


def _places(side: _Side) -> tuple[float, float]:
    return -0.9, _built_at(side) + (0.9 + 0.03 * _count(side) if len(side.as_built_ns) else 0.0)


def _panel(panel: Panel, side: _Side, factor: float) -> None:
    low, high = panel.y_ends
    panel.column(*panel.x_ends, svg.LINE, 0.35)
    for ns in sorted(set((side.as_built_ns / factor).tolist())):
        if low <= ns <= high:
            panel.across(ns, svg.PURPLE, 1.1, alpha=0.55, dash=svg.DASH)
    ranges = []
    for layout in sorted(set(side.layout.tolist())):
        found = np.clip(side.ns[side.layout == layout] / factor, low, high)
        ranges.append((layout, float(found.min()), float(found.max())))
    panel.upright_lines(ranges, side.colour, 1.2, 0.45)
    many = len(side.layout) > 64
    _dots(panel, side.layout.astype(float), side.ns / factor, side.mark, side.colour, 3.5 if many else 5)
    _dots(panel, np.full(len(side.as_built_ns), _built_at(side)), side.as_built_ns / factor, "diamond", svg.PURPLE, svg.DOT)
    count = _count(side)
    panel.names_below([(t, str(t + 1)) for t in range(0, count, -(-count // _TICKS) or 1)])


def _dots(panel: Panel, at: np.ndarray, values: np.ndarray, mark: Mark, colour: str, size: float) -> None:
    """Those that lie outside are wedges at the edge."""
    low, high = panel.y_ends
    inside = (values >= low) & (values <= high)
    panel.sheet.marks(panel.x(at[inside]), panel.y(values[inside]), mark, colour, size)
    panel.wedges(at, values)


def _legend(sheet: Sheet, sides: tuple[_Side, _Side]) -> None:
    y = 20
    for number, side in enumerate(sides):
        sheet.marks([68 + 14 * number], [y - 4], side.mark, side.colour)
    sheet.words(92, y, "one process in a layout")
    if any(len(side.as_built_ns) for side in sides):
        sheet.line([270, 306], [y - 4, y - 4], svg.PURPLE, 1.1, dash=svg.DASH)
        sheet.marks([288], [y - 4], "diamond", svg.PURPLE)
        sheet.words(314, y, "the link as built")
