"""The picture of luck of placement: the time of an iteration in each layout, old and new on one axis.

A dot is a pair's process; dots of one layout stand on one line. The times of the links as they were
built are diamonds in a column of their own, with a line across all layouts each.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from . import distributions, svg, units
from .axes import numbered, wedges
from .model import Measured
from .paired import AS_BUILT, Pairing

HEIGHT = 280
_TICKS = 6


@dataclass(frozen=True)
class _Panel:
    """One side."""

    name: str
    layout: np.ndarray
    ns: np.ndarray
    as_built_ns: np.ndarray
    colour: str
    marker: str


def has_layouts(pairing: Pairing) -> bool:
    """Whether there is anything to see: the links as they were built alone say nothing of placement."""
    return any(layout != AS_BUILT for layout in (*pairing.pairs.old_layout, *pairing.pairs.new_layout))


def draw(of: tuple[Measured, Pairing]) -> svg.Picture:
    benchmark, pairing = of
    pairs, natural = pairing.pairs, pairing.natural.pairs if pairing.natural else None
    panels = (_panel("old", pairs.old_layout, pairs.old_ns, natural and natural.old_ns, svg.MUTED, "s"),
              _panel("new", pairs.new_layout, pairs.new_ns, natural and natural.new_ns, svg.BLUE, "o"))
    alt = f"Time of one iteration in each layout. {_description(panels[0])} {_description(panels[1])}"
    return distributions.picture(benchmark, HEIGHT, f"{benchmark.name}: time of one iteration in each layout", alt,
                                 lambda figure: _render(figure, panels), kind="layouts")


def _panel(name: str, layouts: Sequence[int], times_ns: Sequence[float], natural_ns: Optional[Sequence[float]],
           colour: str, marker: str) -> _Panel:
    layout, ns = np.asarray(layouts, dtype=int), np.asarray(times_ns, dtype=float)
    as_built = np.concatenate([ns[layout == AS_BUILT], np.asarray(natural_ns or (), dtype=float)])
    return _Panel(name, layout[layout != AS_BUILT], ns[layout != AS_BUILT], as_built, colour, marker)


def _description(panel: _Panel) -> str:
    parts = [f"{what} from {units.time(float(ns.min()))} to {units.time(float(ns.max()))}" for what, ns in (
        (f"{len(set(panel.layout.tolist()))} layouts", panel.ns), ("as built", panel.as_built_ns)) if len(ns)]
    return f"{panel.name.capitalize()}: {', '.join(parts)}."


def _render(figure: Figure, panels: tuple[_Panel, _Panel]) -> None:
    every = np.concatenate([ns for p in panels for ns in (p.ns, p.as_built_ns)])
    low, high = distributions.ends(every, [])
    pad = 0.07 * (high - low) or high * 0.02 or 0.5
    factor, unit = units.pick(high, units.TIME)
    edges = (low - pad) / factor, (high + pad) / factor
    left, width, gap = 0.14, 0.405, 0.02
    for number, panel in enumerate(panels):
        axes = figure.add_axes([left + number * (width + gap), 0.19, width, 0.60], facecolor=svg.CARD)
        distributions.bare(axes)
        axes.set_ylim(*edges)
        _side(axes, panel, factor)
        axes.set_title(panel.name, color=svg.INK, fontsize=12, pad=5)
        if number == 0:
            numbered(axes, "left", f"time of one iteration, {unit}", ticks=6, labelpad=4)
        else:
            axes.set_yticks([])
    figure.text(left + width + gap / 2, 0.095, "layout", color=svg.INK, ha="center", va="center_baseline")
    _legend(figure, panels)


def _side(axes: Axes, panel: _Panel, factor: float) -> None:
    count = int(panel.layout.max()) + 1 if len(panel.layout) else 0
    built = count + max(0.5, 0.06 * count)  # where the column of the links as built stands
    axes.set_xlim(-0.9, built + (0.9 + 0.03 * count if len(panel.as_built_ns) else 0.0))
    low, high = axes.get_ylim()
    axes.axvspan(*axes.get_xlim(), color=svg.LINE, alpha=0.35, linewidth=0, zorder=0)
    for layout in sorted(set(panel.layout.tolist())):
        ns = panel.ns[panel.layout == layout] / factor
        axes.plot([layout, layout], [max(low, ns.min()), min(high, ns.max())], color=panel.colour, alpha=0.45,
                  linewidth=1.2, zorder=3)
    for ns in panel.as_built_ns / factor:
        axes.axhline(ns, color=svg.PURPLE, alpha=0.55, linewidth=1.1, dashes=(5, 2.5), zorder=2)
    many = len(panel.layout) > 64
    _dots(axes, panel.layout.astype(float), panel.ns / factor, panel.marker, panel.colour, 3.5 if many else 5)
    _dots(axes, np.full(len(panel.as_built_ns), built), panel.as_built_ns / factor, "D", svg.PURPLE, 5.5)
    step = -(-count // _TICKS)
    ticks = list(range(0, count, step)) if count else []
    axes.set_xticks(ticks, [str(t + 1) for t in ticks])
    axes.tick_params(axis="x", labelbottom=True, colors=svg.MUTED, length=0, pad=5)


def _dots(axes: Axes, at: np.ndarray, values: np.ndarray, marker: str, colour: str, size: float) -> None:
    """Those that lie outside are wedges at the edge."""
    low, high = axes.get_ylim()
    inside = (values >= low) & (values <= high)
    axes.plot(at[inside], values[inside], linestyle="none", marker=marker, markersize=size, markerfacecolor=colour,
              markeredgecolor=svg.CARD, markeredgewidth=0.8, zorder=5)
    wedges(axes, at, values)


def _legend(figure: Figure, panels: tuple[_Panel, _Panel]) -> None:
    line = dict(transform=figure.transFigure, clip_on=False)
    y = 0.945
    for number, panel in enumerate(panels):
        figure.add_artist(Line2D([0.15 + 0.035 * number], [y], marker=panel.marker, linestyle="none", markersize=5.5,
                                 markerfacecolor=panel.colour, markeredgecolor=svg.CARD, **line))
    figure.text(0.21, y, "one process in a layout", color=svg.MUTED, va="center_baseline")
    if any(len(p.as_built_ns) for p in panels):
        figure.add_artist(Line2D([0.60, 0.64, 0.68], [y, y, y], marker="D", markevery=[1], markersize=5.5, color=svg.PURPLE,
                                 dashes=(5, 2.5), linewidth=1.1, markeredgecolor=svg.CARD, **line))
        figure.text(0.70, y, "the link as built", color=svg.MUTED, va="center_baseline")
