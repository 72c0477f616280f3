"""The picture of all percentiles, on an axis that gives each further nine the same room (gnuplot).

Of recorded latencies, from their histogram; of block times, as far as the blocks carry: the curve
ends at the percentile that one value of all lies beyond.
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Optional, Sequence

from .. import units
from ..model import Measured
from . import gnuplot, gnuplot_parts as parts, svg, ticks

WIDTH, HEIGHT = 480, 300
_COLUMNS = 400  # of the curve: about a pixel each
_NAMES = {0.0: "0 %", 0.5: "50 %", 0.9: "90 %", 0.99: "99 %", 0.999: "99.9 %", 0.9999: "99.99 %", 0.99999: "99.999 %",
          0.999999: "99.9999 %"}

Counted = tuple[tuple[float, int], ...]  # (nanoseconds, how many), ascending


@dataclass(frozen=True)
class Percentiles:
    suite: str
    name: str
    what: str  # the axis' label
    old: Counted  # empty: there is no old side
    new: Counted


def of_latencies(old: Optional[Measured], new: Measured) -> Optional[Percentiles]:
    """None: the new side has recorded none."""
    if new.latency is None or not new.latency.buckets:
        return None
    before = old.latency.buckets if old is not None and old.latency is not None else ()
    return Percentiles(new.suite, new.name, "latency", _without_zeros(before), _without_zeros(new.latency.buckets))


def of_blocks(old: Optional[Measured], new: Measured) -> Optional[Percentiles]:
    """None: there are too few blocks for a curve."""
    counted = _blocks(new)
    if len(new.processes) == 0 or sum(count for _, count in counted) < 10:
        return None
    return Percentiles(new.suite, new.name, "time of one iteration", _blocks(old) if old is not None else (), counted)


def _without_zeros(buckets: Sequence[tuple[int, int]]) -> Counted:
    return tuple((ns, count) for ns, count in buckets if count)


def _blocks(benchmark: Measured) -> Counted:
    times = sorted(ns for process in benchmark.processes for ns in process.iteration_times_ns())
    return tuple((ns, 1) for ns in times)


# --- picture ------------------------------------------------------------------------------------

@gnuplot.drawing
def draw(of: Percentiles) -> gnuplot.Plan:
    kind = "latencies" if of.what == "latency" else "percentiles"
    sides = [("old", of.old), ("new", of.new)] if of.old else [("new", of.new)]
    said = "; ".join(f"{name + ': ' if of.old else ''}{_description(counted)}" for name, counted in sides)
    return gnuplot.Plan(f"{kind}-{svg.unique_slug(of.suite, of.name)}.svg", f"{of.name}: percentiles of the {of.what}",
                        f"{of.what.capitalize()} over percentiles. {said[:1].upper()}{said[1:]}.", WIDTH, HEIGHT,
                        _script(of, sides))


def _description(counted: Counted) -> str:
    total = sum(count for _, count in counted)
    last = _last_nine(total)
    told = [q for q in (0.5, 0.9, 0.99, 0.999, 0.9999) if q <= last]
    values = ", ".join(f"{units.quantile_name(q)} {units.time(float(_at(counted, total, q)))}" for q in told)
    return f"{units.number(total)} values, {values or 'no percentile'}, most {units.time(float(counted[-1][0]))}"


def _last_nine(total: int) -> float:
    return 1 - 1 / max(total, 2)


def _at(counted: Counted, total: int, quantile: float) -> float:
    below = 0
    for ns, count in counted:
        below += count
        if below >= quantile * total * (1 - 1e-12):
            return ns
    return counted[-1][0]


def _place(quantile: float) -> float:
    """On the axis: 90 % is 1, 99 % is 2."""
    return -math.log10(1 - quantile)


def _curve(counted: Counted, most: float) -> list[tuple[float, float]]:
    """Steps, no finer than the picture can show."""
    total = sum(count for _, count in counted)
    end = _place(_last_nine(total))
    points: list[tuple[float, float]] = []
    below, column = 0, -1
    for ns, count in counted:
        start = _place(below / total)
        below += count
        stop = min(_place(below / total), end) if below < total else end
        here = int(start / most * _COLUMNS)
        if start >= end:
            break
        if here == column and int(stop / most * _COLUMNS) == column:
            points[-1] = (stop, ns)  # within one pixel: the highest of it
            continue
        points += [(start, ns), (stop, ns)]
        column = int(stop / most * _COLUMNS)
    return points


def _script(of: Percentiles, sides: Sequence[tuple[str, Counted]]) -> str:
    most = max(_place(_last_nine(sum(count for _, count in counted))) for _, counted in sides)
    curves = [(name, _curve(counted, most)) for name, counted in sides]
    values = [ns for _, curve in curves for _, ns in curve]
    low, high = min(values), max(values)
    factor, unit = units.pick(high, units.TIME)
    lines = parts.frame(WIDTH, HEIGHT, f"percentile of {'latencies' if of.what == 'latency' else 'blocks'}",
                        f"{of.what}, {unit}", top=37 if of.old else 14)
    if of.old:
        lines += parts.legend(WIDTH, HEIGHT, 64, [parts.Entry(name, _look(name)) for name, _ in sides])
    lines += [f"set grid xtics ytics linetype 1 linecolor rgb '{svg.LINE}' linewidth 1",
              f"set xrange [0:{most * 1.02:.9g}]",
              parts.tics("x", _named(most * 1.02))]
    if low > 0 and high > 50 * low:
        ends = low / factor / 1.15, high / factor * 1.15
        lines += ["set logscale y 10", parts.tics("y", ticks.logarithmic(*ends, 7))]
    else:
        span = high - low or high or factor
        bottom = 0.0 if low < 0.6 * high else max(0.0, low - 0.08 * span)
        ends = bottom / factor, (high + 0.08 * span) / factor
        lines.append(parts.tics("y", ticks.linear(*ends, 6)))
    lines.append(f"set yrange [{ends[0]:.9g}:{ends[1]:.9g}]")
    plots = []
    for name, curve in curves:
        lines += parts.data(name, [(x, ns / factor) for x, ns in curve])
        plots.append(f"${name} using 1:2 with lines {_look(name)} notitle")
    return "\n".join([*lines, "plot " + ", ".join(plots)]) + "\n"


def _look(side: str) -> str:
    return parts.line(svg.MUTED if side == "old" else svg.BLUE, side == "old")


def _named(most: float) -> list[ticks.Tick]:
    """Those that have room: the nines first."""
    room = 52 / (WIDTH - 64 - 18) * most
    found = [(_place(q), name) for q, name in _NAMES.items() if _place(q) <= most]
    nines = [tick for tick in found if tick[0] >= 0.99]
    for tick in (found[1], found[0]):
        if tick not in nines and all(abs(tick[0] - other[0]) >= 0.8 * room for other in nines):
            nines.append(tick)
    return sorted(nines)
