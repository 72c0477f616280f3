"""The picture of how sure each figure of a benchmark is: its interval beside its estimate, old and new (gnuplot)."""
from __future__ import annotations

from typing import Optional, Sequence

from .. import units
from ..model import Estimated, Measured
from . import gnuplot, gnuplot_parts as parts, svg, ticks

WIDTH, HEIGHT = 480, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 18, 37, 50
_ASIDE = 0.13  # how far old and new stand from the middle of their place
_FIGURES = (("mean", "mean_ns"), ("median", "median_ns"), ("sd", "standard_deviation_ns"), ("MAD", "median_absolute_deviation_ns"))

Figures = dict[str, Estimated]


def figures(benchmark: Measured) -> Figures:
    """Those that have an interval."""
    spread = dict(benchmark.spread.figures) if benchmark.spread else {}
    time = benchmark.time
    found = {"estimate": Estimated(time.estimate_ns, time.low_ns, time.high_ns)}
    found.update({name: spread[key] for name, key in _FIGURES if key in spread})
    if benchmark.linear:
        found["slope"] = benchmark.linear.slope_ns
    return {name: value for name, value in found.items() if value.interval and value.estimate > 0}


@gnuplot.drawing
def draw(both: tuple[Optional[Measured], Measured]) -> gnuplot.Plan:
    new = both[1]
    sides = [("old", figures(both[0]))] if both[0] else []
    sides.append(("new", figures(new)))
    said = "; ".join((f"{side}: " if len(sides) > 1 else "") + ", ".join(
        f"{name} {units.time(value.estimate)} ({units.time_range(*value.interval, value.estimate)})"
        for name, value in found.items() if value.interval) for side, found in sides)
    return gnuplot.Plan(f"intervals-{svg.unique_slug(new.suite, new.name)}.svg", f"{new.name}: intervals of its figures",
                        f"Intervals, relative to the estimates: {said}.", WIDTH, HEIGHT, _script(sides))


def _relative(value: Estimated) -> tuple[float, float]:
    low, high = value.interval or (value.estimate, value.estimate)
    return 100 * (low / value.estimate - 1), 100 * (high / value.estimate - 1)


def _reach(sides: Sequence[tuple[str, Figures]]) -> float:
    """All intervals, unless one of few would make the rest small."""
    ends = sorted(max(map(abs, _relative(value))) for _, found in sides for value in found.values())
    return min(ends[-1], 6 * ends[(len(ends) - 1) // 2]) or 1.0


def _script(sides: Sequence[tuple[str, Figures]]) -> str:
    names = list(dict.fromkeys(name for _, found in sides for name in found))
    top = 1.12 * _reach(sides)
    lines = parts.frame(WIDTH, HEIGHT, "figure", "interval beside the estimate, %", left=_LEFT, right=_RIGHT, top=_TOP,
                        bottom=_BOTTOM)
    lines += [f"set xrange [-0.6:{len(names) - 0.4:g}]", f"set yrange [{-top:.9g}:{top:.9g}]",
              parts.tics("x", list(enumerate(names))), parts.tics("y", ticks.linear(-top, top, 6)),
              *parts.data("zero", [(-0.6, 0), (len(names) - 0.4, 0)])]
    plots = [f"$zero using 1:2 with lines linetype 1 linewidth {svg.THIN} {parts.colour(svg.MUTED)} notitle"]
    entries = []
    for number, (side, found) in enumerate(sides):
        colour, square = (svg.MUTED, True) if side == "old" else (svg.BLUE, False)
        aside = 0.0 if len(sides) == 1 else _ASIDE * (2 * number - 1)
        ends = [(names.index(name) + aside, *_relative(value)) for name, value in found.items()]
        lines += parts.bars(f"bars{number}", [(x, max(low, -top), min(high, top)) for x, low, high in ends])
        lines += parts.data(f"points{number}", [(x, 0) for x, _, _ in ends])
        plots += [f"$bars{number} using 1:2 with lines {parts.line(colour, width=2)} notitle",
                  f"$points{number} using 1:2 with points {parts.points(colour, square, 7)} notitle"]
        entries.append(parts.Entry("estimate with interval" if len(sides) == 1 else side, parts.line(colour, width=2),
                                   parts.points(colour, square, 7)))
        for up, point_type in ((True, 9), (False, 11)):
            cut = [(x, 0.94 * top if up else -0.94 * top) for x, low, high in ends if (high > top if up else low < -top)]
            if cut:
                lines += parts.data(f"cut{number}{int(up)}", cut)
                plots.append(f"$cut{number}{int(up)} using 1:2 with points pointtype {point_type} pointsize 0.6 "
                             f"{parts.colour(svg.RED)} notitle")
    lines += parts.legend(WIDTH, HEIGHT, _LEFT, entries)
    return "\n".join([*lines, "plot " + ", ".join(plots)]) + "\n"
