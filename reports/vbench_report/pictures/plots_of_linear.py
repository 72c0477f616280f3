"""The picture of total time against iterations, with the line through the origin that the runner fitted (gnuplot)."""
from __future__ import annotations

from typing import Optional, Sequence

from .. import units
from ..model import Linear, Measured
from . import gnuplot, gnuplot_parts as parts, svg, ticks

WIDTH, HEIGHT = 480, 300


@gnuplot.drawing
def draw(both: tuple[Optional[Measured], Measured]) -> gnuplot.Plan:
    """The old side, if there is one and it has such a line, and the new, which has one."""
    old, new = both
    assert new.linear is not None
    sides = [("new", new.linear)]
    if old is not None and old.linear is not None:
        sides.insert(0, ("old", old.linear))
    alt = "; ".join(f"{name + ': ' if len(sides) > 1 else ''}{_description(linear)}" for name, linear in sides)
    return gnuplot.Plan(f"linear-{svg.unique_slug(new.suite, new.name)}.svg", f"{new.name}: total time over iterations",
                        f"Total time over iterations, with a line through the origin. {alt[:1].upper()}{alt[1:]}.",
                        WIDTH, HEIGHT, _script(sides))


def _description(linear: Linear) -> str:
    counts = [n for n, _ in linear.points]
    return (f"{len(counts)} blocks of {units.number(min(counts))} to {units.number(max(counts))} iterations, "
            f"{_slope(linear)}, R² {_r_squared(linear)}")


def _slope(linear: Linear) -> str:
    return f"{units.time(float(linear.slope_ns.estimate))} an iteration"


def _r_squared(linear: Linear) -> str:
    """As many nines as there are, and a digit more."""
    text = f"{linear.r_squared.estimate:.6f}"
    return text[:next((i for i, c in enumerate(text[2:], 2) if c != "9"), len(text)) + 2]


def _script(sides: Sequence[tuple[str, Linear]]) -> str:
    most = max(n for _, linear in sides for n, _ in linear.points) * 1.06 or 1
    top = max(max(float(ns) for _, linear in sides for _, ns in linear.points),
              max(linear.slope_ns.estimate for _, linear in sides) * most) * 1.04 or 1
    factor, unit = units.pick(top, units.TIME)
    count_factor, prefix = units.pick(most, units.DECIMAL)
    lines = parts.frame(WIDTH, HEIGHT, f"iterations{', ' + _PREFIXES[prefix] if prefix else ''}", f"total time, {unit}",
                        top=18 + 19 * len(sides))
    lines += [
        *parts.legend(WIDTH, HEIGHT, 72, [_entry(name, linear, len(sides) > 1) for name, linear in sides], rows=True),
        f"set xrange [0:{most / count_factor:.9g}]", f"set yrange [0:{top / factor:.9g}]",
        parts.tics("x", ticks.linear(0, most / count_factor, 7)), parts.tics("y", ticks.linear(0, top / factor, 6)),
    ]
    bands, curves, dots = [], [], []
    for name, linear in sides:
        colour, old = (svg.MUTED, True) if name == "old" else (svg.BLUE, False)
        slope, interval = linear.slope_ns.estimate, linear.slope_ns.interval
        scale = count_factor / factor
        lines += parts.data(f"points_{name}", [(n / count_factor, ns / factor) for n, ns in linear.points])
        lines += parts.data(f"line_{name}", [(0, 0), (most / count_factor, slope * most / factor)])
        if interval:
            ends = [(x, interval[0] * x * scale, interval[1] * x * scale) for x in (0.0, most / count_factor)]
            lines += parts.data(f"band_{name}", ends)
            bands.append(f"$band_{name} using 1:2:3 with filledcurves fillstyle transparent solid 0.2 noborder "
                         f"{parts.colour(colour)} notitle")
        curves.append(f"$line_{name} using 1:2 with lines {parts.line(colour, old)} notitle")
        dots.append(f"$points_{name} using 1:2 with points {parts.points(colour, old)} notitle")
    return "\n".join([*lines, "plot " + ", ".join(bands + curves + dots)]) + "\n"


def _entry(name: str, linear: Linear, both: bool) -> parts.Entry:
    colour, old = (svg.MUTED, True) if name == "old" else (svg.BLUE, False)
    return parts.Entry(f"{name + ': ' if both else ''}{_slope(linear)}, R² {_r_squared(linear)}", parts.line(colour, old),
                       parts.points(colour, old))


_PREFIXES = {"k": "thousands", "M": "millions", "G": "thousand millions", "T": "million millions"}
