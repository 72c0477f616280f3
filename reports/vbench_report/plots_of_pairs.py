"""Distribution pictures of old and new (matplotlib): a violin each, and both densities on one axis.

The old side is grey, dashed and has square dots; the new side is blue, solid and has round ones.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from . import plots, svg, units
from .model import Measured

WIDTH, HEIGHT = plots.WIDTH, 360


@dataclass(frozen=True)
class Side:
    name: str
    benchmark: Measured
    samples: np.ndarray
    medians: np.ndarray
    colour: str
    dash: Any  # matplotlib's line style
    marker: str


def draw(both: tuple[Measured, Measured]) -> svg.Picture:
    old = _side("old", both[0], svg.MUTED, (0, (4, 2.5)), "s")
    new = _side("new", both[1], svg.BLUE, "-", "o")
    alt = (f"Violins and densities. Old: {_description(both[0])}. New: {_description(both[1])}.")
    return plots.picture(both[1], HEIGHT, f"{both[1].name}: old and new distribution of the time of one iteration",
                         alt, lambda: _render(old, new))


def _side(name: str, benchmark: Measured, colour: str, dash: Any, marker: str) -> Side:
    samples = np.concatenate([np.asarray(p.iteration_times_ns(), dtype=float) for p in benchmark.processes])
    medians = np.asarray([p.median_ns for p in benchmark.processes], dtype=float)
    return Side(name, benchmark, samples, medians, colour, dash, marker)


def _description(benchmark: Measured) -> str:
    s = benchmark.statistics
    return (f"{units.number(s.block_count)} blocks from {units.number(s.process_count)} processes, from "
            f"{units.time(s.min_ns)} to {units.time(s.max_ns)} for one iteration, estimate "
            f"{units.time(benchmark.time.estimate_ns)}")


def _window(old: Side, new: Side) -> plots.Window:
    """Wide enough for what each side alone would show: the two may lie far apart."""
    windows = [plots.window(s.samples, [s.benchmark.time.estimate_ns, *(s.benchmark.time.interval or ()),
                                        *(float(m) for m in s.medians)]) for s in (old, new)]
    low, high = min(w.low for w in windows), max(w.high for w in windows)
    every = np.concatenate([old.samples, new.samples])
    return plots.Window(low, high, int((every < low).sum()), int((every > high).sum()))


def _render(old: Side, new: Side) -> str:
    shown = _window(old, new)
    factor, unit = units.pick(max(abs(shown.low), abs(shown.high)), units.TIME)
    widths = [0.0 if plots.are_alike(s.samples) else plots.bandwidth(s.samples) / factor for s in (old, new)]
    ends = plots.axis_ends(shown, factor, max(widths))
    grid = np.linspace(*ends, plots.GRID_POINTS)

    figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72, facecolor=svg.CARD)
    FigureCanvasSVG(figure)
    left, width = 0.095, 0.86
    lower = figure.add_axes([left, 0.165, width, 0.285], facecolor="none")
    lower.set_xlim(*ends)
    rows = [figure.add_axes([left, bottom, width, 0.175], facecolor="none", sharex=lower) for bottom in (0.665, 0.475)]
    for axes in (*rows, lower):
        plots.bare(axes)
    plots.time_axis(lower, unit)

    curves = [_curve(s, shown, factor, grid) for s in (old, new)]
    # Both densities enclose the same area, so they share one scale; each violin fills its own row.
    peak = max((float(c.max()) for c in curves if c is not None), default=1.0)
    lower.set_ylim(0, peak * 1.12)
    for side, axes, curve in zip((old, new), rows, curves):
        _violin(axes, side, curve, shown, factor, grid)
        axes.text(-0.025, 0.5, side.name, transform=axes.transAxes, color=svg.INK, ha="right", va="center_baseline")
        note = _note(side, curve)
        if note:
            axes.text(0.5, 0.06, note, transform=axes.transAxes, color=svg.MUTED, fontsize=11, ha="center", va="center")
        if curve is not None:
            part = _visible(curve)
            lower.fill_between(grid[part], 0, curve[part], facecolor=side.colour, alpha=0.15, linewidth=0, zorder=2)
            lower.plot(grid[part], curve[part], color=side.colour, linestyle=side.dash, linewidth=1.6, zorder=3)
    if all(c is None for c in curves):
        lower.text(0.5, 0.5, "there is no density to draw", transform=lower.transAxes, color=svg.MUTED,
                   ha="center", va="center")
    _legend(figure, (old, new))
    plots.beyond(figure, shown, len(old.samples) + len(new.samples), 0.865)
    return plots.as_text(figure)


def _curve(side: Side, shown: plots.Window, factor: float, grid: np.ndarray) -> Optional[np.ndarray]:
    if plots.are_alike(side.samples):
        return None
    inside = side.samples[(side.samples >= shown.low) & (side.samples <= shown.high)]
    return plots.density((inside if len(inside) > 1 else side.samples) / factor, grid)


def _visible(curve: np.ndarray) -> slice:
    """Without the ends where nothing lies: there the other side may be."""
    there = np.flatnonzero(curve > 1e-3 * curve.max())
    return slice(max(int(there[0]) - 1, 0), int(there[-1]) + 2)


def _note(side: Side, curve: Optional[np.ndarray]) -> Optional[str]:
    if curve is not None:
        return None
    return "one block" if len(side.samples) == 1 else "all blocks took the same time"


def _violin(axes: Axes, side: Side, curve: Optional[np.ndarray], shown: plots.Window, factor: float,
            grid: np.ndarray) -> None:
    axes.set_ylim(-1.12, 1.12)
    if curve is not None:
        part = _visible(curve)
        grid, half = grid[part], curve[part] / curve.max()
        axes.fill_between(grid, -half, half, facecolor=side.colour, alpha=0.22, linewidth=0, zorder=2)
        for edge in (half, -half):
            axes.plot(grid, edge, color=side.colour, linewidth=1.2, zorder=3)
    interval = side.benchmark.time.interval
    if interval:
        axes.axvspan(interval[0] / factor, interval[1] / factor, color=svg.ORANGE, alpha=0.2, linewidth=0, zorder=1)
    axes.axvline(side.benchmark.time.estimate_ns / factor, color=svg.ORANGE, linewidth=1.6, zorder=4)
    axes.plot(side.medians / factor, np.zeros_like(side.medians), linestyle="none", marker=side.marker, markersize=5.5,
              markerfacecolor=side.colour, markeredgecolor=svg.CARD, markeredgewidth=0.9, zorder=5)


def _legend(figure: Figure, sides: tuple[Side, Side]) -> None:
    """By hand, in one row: matplotlib's own would depend on how wide its fonts are."""
    line = dict(transform=figure.transFigure, clip_on=False)
    y = 0.945
    for x, side in zip((0.04, 0.075), sides):
        figure.add_artist(Line2D([x], [y], marker=side.marker, linestyle="none", markersize=5.5,
                                 markerfacecolor=side.colour, markeredgecolor=svg.CARD, **line))
    figure.text(0.098, y, "median of each process", color=svg.MUTED, va="center_baseline")
    x = 0.54
    confidences = {side.benchmark.time.confidence for side in sides if side.benchmark.time.interval}
    if confidences:
        figure.add_artist(Rectangle((x - 0.014, y - 0.021), 0.028, 0.042, facecolor=svg.ORANGE, alpha=0.2,
                                    linewidth=0, **line))
    figure.add_artist(Line2D([x, x], [y - 0.021, y + 0.021], color=svg.ORANGE, linewidth=1.6, **line))
    label = "estimate" if not confidences else "estimate with interval" if len(confidences) > 1 else \
        f"estimate with {units.percent(next(iter(confidences)))} interval"
    figure.text(x + 0.024, y, label, color=svg.MUTED, va="center_baseline")
