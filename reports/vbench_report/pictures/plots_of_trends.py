"""The picture of a benchmark's history on one machine: its estimate in each baseline, and where it changed (gnuplot)."""
from __future__ import annotations

import math
import re
from typing import Sequence

from .. import units
from ..model import SavedRun, Trend
from . import gnuplot, gnuplot_parts as parts, svg, ticks

WIDTH, HEIGHT = 480, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 68, 24, 62, 50
_FEW = 40  # more results get smaller points
_DATES, _DATE_WIDTH = 5, 78  # at most so many are written, and how many pixels one takes


@gnuplot.drawing
def draw(of: tuple[Trend, tuple[SavedRun, ...]]) -> gnuplot.Plan:
    """`of`: a trend, and the baseline of each of its points."""
    trend, runs = of
    return gnuplot.Plan(f"history-{svg.unique_slug(trend.suite, str(trend.machine), trend.name)}.svg",
                        f"{trend.name}: history", _description(trend), WIDTH, HEIGHT, _script(trend, runs))


def _description(trend: Trend) -> str:
    first, last = trend.points[0].estimate_ns, trend.points[-1].estimate_ns
    text = (f"Time of one iteration in {len(trend.points)} result{'s' * (len(trend.points) > 1)}, "
            f"from {units.time(float(first))} in the first to {units.time(float(last))} in the last")
    if trend.changes:
        text += "; changes: " + ", ".join(f"{units.change(c.change_percent)} at result {c.point + 1}" for c in trend.changes)
    return text + "."


def _levels(trend: Trend) -> list[tuple[int, int, float]]:
    """First and last point, and the mean of each stretch without a change."""
    if not trend.changes:
        return []
    starts = [0, *(c.point for c in trend.changes)]
    ends = [*(c.point - 1 for c in trend.changes), len(trend.points) - 1]
    values = [trend.changes[0].before_ns, *(c.after_ns for c in trend.changes)]
    return list(zip(starts, ends, values))


def _date(started: str, hour: bool = False) -> str:
    """The day of an ISO 8601 moment, or its hour, and nothing of what is none: it becomes part of a script."""
    found = re.match(r"(\d{4}-\d{2}-\d{2})(?!\d)(?:T(\d{2}:\d{2}))?", started, re.ASCII)
    return (found[2] or found[1] if hour else found[1]) if found else "?"


def _ends(trend: Trend) -> tuple[float, float]:
    """All estimates and levels, and intervals unless they dwarf these. Never so near that one per cent looks like much."""
    values = [p.estimate_ns for p in trend.points] + [level for _, _, level in _levels(trend)]
    low, high = min(values), max(values)
    reach = max(high - low, 0.05 * high)
    low = min([low] + [max(p.low_ns, low - reach) for p in trend.points if p.low_ns is not None])
    high = max([high] + [min(p.high_ns, high + reach) for p in trend.points if p.high_ns is not None])
    short = 0.04 * high - (high - low)
    if short > 0:
        low, high = low - short / 2, high + short / 2
    pad = 0.08 * (high - low) or 0.5
    return max(0.0, low - pad), high + pad


def _script(trend: Trend, runs: Sequence[SavedRun]) -> str:
    low, high = _ends(trend)
    factor, unit = units.pick(high, units.TIME)
    last = len(trend.points) - 1
    margin = max(0.05 * last, 0.5)
    width = (WIDTH - _LEFT - _RIGHT) / (last + 2 * margin)  # pixels between two results
    days = {_date(run.started) for run in runs}
    one_day = len(days) == 1 and days != {"?"}
    lines = parts.frame(WIDTH, HEIGHT, f"recorded on {days.pop()}" if one_day else "recorded", f"time of one iteration, {unit}",
                        left=_LEFT, right=_RIGHT, top=_TOP, bottom=_BOTTOM)
    lines += [
        f"set xrange [{-margin:.9g}:{last + margin:.9g}]", f"set yrange [{low / factor:.9g}:{high / factor:.9g}]",
        parts.tics("x", [(i, _date(runs[i].started, one_day)) for i in _named(last, width)]),
        parts.tics("y", ticks.linear(low / factor, high / factor, 6)),
        *parts.bars("bars", [(float(i), max(p.low_ns, low) / factor, min(p.high_ns, high) / factor)
                             for i, p in enumerate(trend.points) if p.low_ns is not None and p.high_ns is not None]),
        *parts.data("points", [(i, p.estimate_ns / factor) for i, p in enumerate(trend.points) if not runs[i].this]),
        *parts.data("this", [(i, p.estimate_ns / factor) for i, p in enumerate(trend.points) if runs[i].this]),
        *parts.data("line", [(i, p.estimate_ns / factor) for i, p in enumerate(trend.points)]),
    ]
    lines += _changes(trend, width)
    has_bars = any(p.low_ns is not None and p.high_ns is not None for p in trend.points)
    many = len(trend.points) > _FEW
    size = 3.5 if many else 6.0
    level = f"$levels using 1:2 with lines {parts.line(svg.ORANGE, width=2.4)} notitle"
    plots = []
    levels = _levels(trend)
    if levels:
        rows = [f"{start - 0.3:.9g} {ns / factor:.9g}\n{end + 0.3:.9g} {ns / factor:.9g}\n" for start, end, ns in levels]
        lines += ["$levels << END_OF_DATA", *rows, "END_OF_DATA"]
    plots.append(f"$line using 1:2 with lines linetype 1 linewidth {svg.THIN} {parts.colour(svg.BLUE)} notitle")
    if levels and not many:
        plots.append(level)
    if has_bars:
        plots.append(f"$bars using 1:2 with lines {parts.line(svg.BLUE, width=0.9 if many else 1.4)} notitle")
    entries = []
    if not all(run.this for run in runs):
        plots.append(f"$points using 1:2 with points {parts.points(svg.BLUE, False, size)} notitle")
        entries.append(parts.Entry("estimate with interval" if has_bars else "estimate",
                                   parts.line(svg.BLUE, width=1.4) if has_bars else "", parts.points(svg.BLUE, False, 6)))
    if levels and many:  # which would hide it
        plots.append(level)
    if any(run.this for run in runs):
        look = f"{parts.mark(False, 8, hollow=True)} linewidth 2 {parts.colour(svg.BLUE)}"
        plots.append(f"$this using 1:2 with points {look} notitle")
        entries.append(parts.Entry("this result", mark=look))
    if levels:
        entries.append(parts.Entry("level", parts.line(svg.ORANGE, width=2.4)))
    lines += parts.legend(WIDTH, HEIGHT, _LEFT, entries)
    return "\n".join([*lines, "plot " + ", ".join(plots)]) + "\n"


def _named(last: int, width: float) -> list[int]:
    """The last and each so many before it; `width`: pixels between two results."""
    stride = max(1, math.ceil(_DATE_WIDTH / width), math.ceil(last / (_DATES - 1)))
    return list(range(last, -1, -stride))[::-1]


def _changes(trend: Trend, width: float) -> list[str]:
    """An upright line at each, and above the axes what it amounts to, in two rows; where there is no room, the largest."""
    lines = []
    rows: tuple[list[float], list[float]] = ([], [])
    for number, change in sorted(enumerate(trend.changes, 1), key=lambda item: -abs(item[1].change_percent)):
        at = change.point - 0.5
        colour = svg.RED if change.change_percent > 0 else svg.GREEN
        lines.append(f"set arrow {number} from {at:g}, graph 0 to {at:g}, graph 1 nohead linetype 1 dashtype (3,4) "
                     f"linewidth 1.2 {parts.colour(colour)} back")
        row = next((row for row, taken in enumerate(rows) if all(abs(at - other) * width >= 56 for other in taken)), None)
        if row is not None:
            rows[row].append(at)
            lines.append(f"set label {number} '{units.change(change.change_percent)}' noenhanced at {at:g}, graph 1 center "
                         f"offset 0,{(0.5, 1.3)[row]:g} textcolor rgb '{colour}'")
    return lines
