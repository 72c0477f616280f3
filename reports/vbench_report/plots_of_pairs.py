"""The distribution picture of old and new: a violin each, and both densities on one axis.

The old side is grey, dashed and has square dots; the new side is blue, solid and has round ones.
"""
from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from . import distributions, svg, units
from .distributions import Distribution, LegendPlaces
from .model import Measured

HEIGHT = 360
LEGEND = LegendPlaces(y=0.945, half_height=0.021, dots_text=0.098, estimate=0.54)


def draw(both: tuple[Measured, Measured]) -> svg.Picture:
    old = distributions.distribution(both[0], svg.MUTED, "s", (0, (4, 2.5)))
    new = distributions.distribution(both[1])
    alt = f"Violins and densities. Old: {_description(both[0])}. New: {_description(both[1])}."
    title = f"{both[1].name}: old and new distribution of the time of one iteration"
    return distributions.picture(both[1], HEIGHT, title, alt, lambda figure: _render(figure, old, new))


def _description(benchmark: Measured) -> str:
    return f"{distributions.description(benchmark)}, estimate {units.time(benchmark.time.estimate_ns)}"


def _render(figure: Figure, old: Distribution, new: Distribution) -> None:
    on = distributions.axis([old, new])
    left, width = 0.095, 0.86
    lower = figure.add_axes([left, 0.165, width, 0.285], facecolor="none")
    lower.set_xlim(*on.ends)
    rows = [figure.add_axes([left, bottom, width, 0.175], facecolor="none", sharex=lower) for bottom in (0.665, 0.475)]
    for axes in (*rows, lower):
        distributions.bare(axes)
    distributions.time_axis(lower, on.unit)

    curves = [distributions.curve(d, on) for d in (old, new)]
    # Both densities enclose the same area, so they share one scale; each violin fills its own row.
    peak = max((float(c.max()) for c in curves if c is not None), default=1.0)
    lower.set_ylim(0, peak * 1.12)
    for name, d, axes, curve in zip(("old", "new"), (old, new), rows, curves):
        part = slice(0) if curve is None else _visible(curve)
        distributions.violin(axes, d, on, part, curve, alpha=0.22)
        axes.text(-0.025, 0.5, name, transform=axes.transAxes, color=svg.INK, ha="right", va="center_baseline")
        if curve is None:
            note = "one block" if len(d.samples) == 1 else "all blocks took the same time"
            axes.text(0.5, 0.06, note, transform=axes.transAxes, color=svg.MUTED, fontsize=11, ha="center", va="center")
        else:
            distributions.density_line(lower, d, on, part, curve, alpha=0.15)
    if all(c is None for c in curves):
        lower.text(0.5, 0.5, "there is no density to draw", transform=lower.transAxes, color=svg.MUTED,
                   ha="center", va="center")
    distributions.legend(figure, [old, new], LEGEND)
    distributions.beyond(figure, on.shown, len(old.samples) + len(new.samples), 0.865)


def _visible(curve: np.ndarray) -> slice:
    """Without the ends where nothing lies: there the other side may be."""
    there = np.flatnonzero(curve > 1e-3 * curve.max())
    return slice(max(int(there[0]) - 1, 0), int(there[-1]) + 2)
