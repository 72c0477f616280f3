"""Curves over a parameter (gnuplot): which benchmarks make a curve, and its picture.

Old is dashed and has square points.
"""
from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Optional, Sequence

from .. import units
from ..model import Benchmark, Measured
from . import gnuplot, gnuplot_parts as parts, svg

WIDTH, HEIGHT = 480, 290
MOST_SERIES = len(svg.SERIES)  # in one picture
THREADS = "threads"


@dataclass(frozen=True)
class Point:
    x: int
    y_ns: float
    low_ns: float
    high_ns: float


@dataclass(frozen=True)
class Series:
    name: str
    points: tuple[Point, ...]  # ascending in x
    old: tuple[Point, ...] = ()  # of an older result; empty: it has no such curve


@dataclass(frozen=True)
class Chart:
    suite: str
    group: str
    parameter: str
    per_item: bool  # time of one item, not of one iteration
    part: int  # 0, or which of several pictures with the same axes
    series: tuple[Series, ...]
    confidence: float


# --- which benchmarks make a curve --------------------------------------------------------------

def charts(benchmarks: Sequence[Benchmark], old: Sequence[Optional[Measured]] = ()) -> list[Chart]:
    """The curves of one group; `old`: for each benchmark what it was in an older result.

    A case with at least two benchmarks that differ in one parameter only (the number of threads
    counts as a parameter) is a series over it. Cases of one benchmark each whose names
    differ in a number only, and that differ in one parameter only, are joined to one series named after the group.
    """
    measured = [b for b in benchmarks if isinstance(b, Measured)]
    before = {id(b): then for b, then in zip(benchmarks, old) if then is not None}
    found: dict[str, list[tuple[str, list[Measured]]]] = defaultdict(list)
    by_case: dict[str, list[Measured]] = defaultdict(list)
    for b in measured:
        by_case[b.case].append(b)

    for case, members in by_case.items():
        several_thread_counts = len({b.threads for b in members}) > 1
        for parameter in _parameters(members):
            rows: dict[tuple[tuple[str, int], ...], list[Measured]] = defaultdict(list)
            for b in members:
                if parameter in _values(b):
                    rows[tuple(kv for kv in _values(b).items() if kv[0] != parameter)].append(b)
            for others, row in rows.items():
                if _differ(row, parameter):
                    found[parameter].append((_series_name(case, others, several_thread_counts), row))

    joined: dict[tuple[str, ...], list[Measured]] = defaultdict(list)
    for members in by_case.values():
        if len(members) == 1:
            # 1M_ops and 10M_ops belong together, encode and decode do not.
            alike = re.sub(r"\d+", "#", members[0].case)
            joined[(alike, *sorted(_values(members[0])))].append(members[0])
    for (_, *names), row in joined.items():
        varying = [p for p in names if len({_values(b)[p] for b in row}) > 1]
        # Cases without parameters are often unrelated: only threaded ones are taken for a scaling.
        related = varying != [THREADS] or all(b.threads > 1 for b in row)
        if len(varying) == 1 and related and _differ(row, varying[0]):
            others = tuple(kv for kv in _values(row[0]).items() if kv[0] != varying[0])
            found[varying[0]].append((_series_name(row[0].group, others, False), row))

    result = []
    for parameter, rows_of in found.items():
        for per_item in (False, True):
            series = [_series(name, row, [before[id(b)] for b in row if id(b) in before], parameter, per_item)
                      for name, row in rows_of if all(b.has_items for b in row) == per_item]
            most = MOST_SERIES // 2 if any(s.old for s in series) else MOST_SERIES
            for part, start in enumerate(range(0, len(series), most)):
                result.append(Chart(measured[0].suite, measured[0].group, parameter, per_item, part,
                                    tuple(series[start:start + most]), measured[0].time.confidence))
    return result


def _values(b: Measured) -> dict[str, int]:
    """Parameters with the thread count as one of them; a parameter of that name goes first."""
    return {THREADS: b.threads, **dict(b.parameters)}


def _parameters(members: Sequence[Measured]) -> list[str]:
    return list(dict.fromkeys(p for b in members for p in _values(b)))


def _differ(row: Sequence[Measured], parameter: str) -> bool:
    """At least two points, each at its own place: two at one place are no curve."""
    places = [_values(b)[parameter] for b in row]
    return len(places) >= 2 and len(set(places)) == len(places)


def _series_name(name: str, others: Sequence[tuple[str, int]], name_one_thread: bool) -> str:
    extra = [f"{k} {v}" for k, v in others if k != THREADS or v != 1 or name_one_thread]
    return ", ".join([name, *extra])


def _series(name: str, row: Sequence[Measured], old: Sequence[Measured], parameter: str, per_item: bool) -> Series:
    # Names are what makes a pair, and a name may have got other parameters since.
    old = [b for b in old if parameter in _values(b) and (b.has_items or not per_item)]
    return Series(name, _points(row, parameter, per_item),
                  _points(old, parameter, per_item) if _differ(old, parameter) else ())


def _points(row: Sequence[Measured], parameter: str, per_item: bool) -> tuple[Point, ...]:
    points = []
    for b in row:
        estimate = b.time.estimate_ns
        low, high = b.time.interval or (estimate, estimate)
        if per_item and b.item_time_ns is not None:
            share = b.item_time_ns / estimate if estimate else 0.0
            estimate, low, high = b.item_time_ns, low * share, high * share
        points.append(Point(_values(b)[parameter], estimate, low, high))
    return tuple(sorted(points, key=lambda p: p.x))


# --- picture ------------------------------------------------------------------------------------

@gnuplot.drawing
def draw(chart: Chart) -> gnuplot.Plan:
    what = "time of one item" if chart.per_item else "time of one iteration"
    return gnuplot.Plan(
        f"curve-{svg.unique_slug(chart.suite, chart.parameter, what, str(chart.part), chart.group)}.svg",
        f"{chart.group}: {what} over {chart.parameter}", _description(chart, what), WIDTH, _height(chart),
        _script(chart, what), _names(chart))


@dataclass(frozen=True)
class Line:
    """One line of the picture: a series, or its older counterpart, grey or in the series' colour."""

    name: str
    points: tuple[Point, ...]
    colour: str
    old: bool


def _lines(chart: Chart) -> list[Line]:
    lines = []
    for index, s in enumerate(chart.series):
        colour = svg.SERIES[index % len(svg.SERIES)]
        if s.old:
            old_colour = svg.MUTED if len(chart.series) == 1 else colour
            lines.append(Line(_legend_name(s.name, ", old"), s.old, old_colour, True))
        lines.append(Line(_legend_name(s.name, ", new" if s.old else ""), s.points, colour, False))
    return lines


def _legend_lines(chart: Chart) -> int:
    count = len(_lines(chart))
    return count if count > 1 else 0


def _height(chart: Chart) -> int:
    """The legend stands above the axes and takes nothing from them."""
    return HEIGHT + 18 * _legend_lines(chart)


def _description(chart: Chart, what: str) -> str:
    names = ", ".join(f"{s.name} ({_ends(s.points)}{'; old: ' + _ends(s.old) if s.old else ''})" for s in chart.series)
    return f"Curve of the {what} over {chart.parameter}: {names}."


def _ends(points: Sequence[Point]) -> str:
    return (f"{len(points)} points, {units.time(points[0].y_ns)} at {units.short_count(points[0].x)}, "
            f"{units.time(points[-1].y_ns)} at {units.short_count(points[-1].x)}")


_X_LABEL = "VBENCHXLABEL"


def _placeholder(index: int) -> str:
    return f"VBENCHS{index:02}"


def _legend_name(name: str, suffix: str = "") -> str:
    most = 54 - len(suffix)
    return (name if len(name) <= most else name[:26] + "…" + name[27 - most:]) + suffix


def _names(chart: Chart) -> tuple[tuple[str, str], ...]:
    lines = _lines(chart)
    return (*((_placeholder(i), line.name) for i, line in enumerate(lines)),
            (_X_LABEL, _legend_name(chart.parameter)))


def _script(chart: Chart, what: str) -> str:
    drawn = _lines(chart)
    points = [p for line in drawn for p in line.points]
    factor, unit = units.pick(max(p.y_ns for p in points), units.TIME)
    rows = _legend_lines(chart)
    lines = parts.frame(WIDTH, _height(chart), _X_LABEL, f"{what}, {unit}", top=14 + (4 + 19 * rows if rows else 0))
    if rows:
        lines += parts.legend(WIDTH, _height(chart), 80, [
            parts.Entry(_placeholder(i), parts.line(line.colour, line.old), parts.points(line.colour, line.old))
            for i, line in enumerate(drawn)], rows=True)
    lines += _x_axis([p.x for p in points]) + _y_axis(points, factor)
    for index, line in enumerate(drawn):
        lines += parts.data(f"series{index}", [(p.x, p.y_ns / factor) for p in line.points])
        # A bar on a logarithmic axis must not reach zero.
        lines += parts.bars(f"bars{index}", [(p.x, max(p.low_ns, p.y_ns * 1e-3) / factor, p.high_ns / factor)
                                             for p in line.points])
    lines.append("plot " + ", ".join(_plot(i, line) for i, line in enumerate(drawn)))
    return "\n".join(lines) + "\n"


def _plot(index: int, line: Line) -> str:
    """The line, its bars and its points by themselves: bars of a dashed line would fall to pieces."""
    data = f"$series{index}"
    return (f"{data} using 1:2 with lines {parts.line(line.colour, line.old)} notitle, "
            f"$bars{index} using 1:2 with lines {parts.line(line.colour, width=1.2)} notitle, "
            f"{data} using 1:2 with points {parts.points(line.colour, line.old)} notitle")


def _x_axis(places: Sequence[int]) -> list[str]:
    values = sorted(set(places))
    low, high = values[0], values[-1]
    lines = []
    if low > 0 and high > 4 * low and all(v & (v - 1) == 0 for v in values):
        lines.append("set logscale x 2")
        margin = (high / low) ** 0.04
        lines.append(f"set xrange [{low / margin:.9g}:{high * margin:.9g}]")
        stride = -(-len(values) // 10)
    elif low > 0 and high > 50 * low and len(values) > 2:
        lines.append("set logscale x 10")
        margin = (high / low) ** 0.04
        lines.append(f"set xrange [{low / margin:.9g}:{high * margin:.9g}]")
        stride = -(-len(values) // 10)
    else:
        margin = (float(high) - float(low)) * 0.05
        lines.append(f"set xrange [{low - margin:.9g}:{high + margin:.9g}]")
        if len(values) > 10:  # evenly enough spread for gnuplot's own ticks
            return lines + ["set format x '%.4s%c'"]
        stride = 1
        gap = (float(high) - float(low)) / 16  # labels closer than this would touch
        kept = [values[0]]
        for v in values[1:]:
            if v - kept[-1] >= gap:
                kept.append(v)
        values = kept
    ticks = ", ".join(f'"{units.short_count(v)}" {float(v):.17g}' for v in values[::stride])
    return lines + [f"set xtics ({ticks})"]


def _y_axis(points: Sequence[Point], factor: float) -> list[str]:
    """From zero, so that lengths compare; logarithmic where zero would flatten most of the curve."""
    low = min(p.y_ns for p in points)
    high = max(max(p.y_ns, p.high_ns) for p in points)
    if low > 0 and max(p.y_ns for p in points) > 50 * low:
        return ["set logscale y 10", "set format y '%g'"]
    top = high / factor * 1.06
    return [f"set yrange [0:{top if top > 0 else 1:.9g}]", "set format y '%g'"]
