"""The picture of how a paired change came about: a dot for each pair in the order measured, cycle by cycle.

A pair's value is what its interval is made of: where the quiet one counts, that of its quiet moments.
A machine that drifts shows as dots that climb or fall. Pairs of an unfinished cycle, which do not
count, are hollow.
"""
from __future__ import annotations

from itertools import groupby
from typing import Optional

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from . import distributions, svg, units
from .axes import numbered, wedges
from .model import Change, Measured
from .paired import Pairing

HEIGHT = 280
_TICKS = 10  # at most so many cycles are named


def draw(of: tuple[Measured, Change, Optional[float]]) -> svg.Picture:
    """`of`: the new side's benchmark, its change, and the confidence of the interval, if it is that of all."""
    benchmark, change, confidence = of
    pairing = change.pairing
    assert pairing is not None
    pairs = pairing.judged_percent
    moments = "in quiet moments " if pairing.shows_quiet else ""
    alt = (f"Changes {moments}of {len(pairs)} pairs in the order measured, from {units.change(min(pairs))} to "
           f"{units.change(max(pairs))}; the change is {units.change(change.change_percent)}")
    if change.interval:
        alt += f", interval {units.change(change.interval[0])} to {units.change(change.interval[1])}"
    if pairing.estimator == "groups":
        alt += "; short lines are the means of cycles"
    return distributions.picture(benchmark, HEIGHT, f"{benchmark.name}: change of each pair in the order measured",
                                 alt + ".", lambda figure: _render(figure, change, pairing, confidence), kind="cycles")


def _render(figure: Figure, change: Change, pairing: Pairing, confidence: Optional[float]) -> None:
    values = np.asarray(pairing.judged_percent, dtype=float)
    axes = figure.add_axes([0.125, 0.19, 0.845, 0.66], facecolor="none")
    distributions.bare(axes)
    low, high = _window(values, change)
    axes.set_ylim(low, high)
    axes.set_xlim(-0.75, len(values) - 0.25)
    _cycles(axes, pairing.pairs.cycle)
    if low < 0 < high:
        axes.axhline(0, color=svg.MUTED, linewidth=0.8, zorder=2)
    if change.interval:
        axes.axhspan(*change.interval, color=svg.ORANGE, alpha=0.2, linewidth=0, zorder=1)
    axes.axhline(change.change_percent, color=svg.ORANGE, linewidth=1.6, zorder=3)
    counts = np.asarray(pairing.pairs.cycle) < pairing.cycles
    if pairing.estimator == "groups":
        _means(axes, pairing.pairs.cycle, values, pairing.cycles)
    inside = (values >= low) & (values <= high)
    for which, face, edge in ((counts, svg.BLUE, svg.CARD), (~counts, svg.CARD, svg.BLUE)):
        at = np.flatnonzero(which & inside)
        axes.plot(at, values[at], linestyle="none", marker="o", markersize=5.5 if len(values) <= 64 else 4,
                  markerfacecolor=face, markeredgecolor=edge, markeredgewidth=0.9, zorder=5)
    wedges(axes, np.arange(len(values)), values)
    numbered(axes, "left", "change, %", ticks=6, labelpad=4)
    _legend(figure, change, confidence, bool((~counts).any()))


def _window(values: np.ndarray, change: Change) -> tuple[float, float]:
    """What distributions show of as many samples; with zero, where that is not far off."""
    low, high = distributions.ends(values, [change.change_percent, *(change.interval or ())])
    span = high - low or abs(high) * 0.02 or 0.5
    if -span <= low:
        low = min(low, 0.0)
    if high <= span:
        high = max(high, 0.0)
    pad = 0.07 * (high - low or span)
    return low - pad, high + pad


def _cycles(axes: Axes, cycles: tuple[int, ...]) -> None:
    """Every second cycle lies on a band, and some are named."""
    ticks = []
    start = 0
    for number, (cycle, members) in enumerate(groupby(cycles)):
        end = start + len(list(members))
        if number % 2 == 0:
            axes.axvspan(start - 0.5, end - 0.5, color=svg.LINE, alpha=0.45, linewidth=0, zorder=0)
        ticks.append(((start + end - 1) / 2, str(cycle + 1)))
        start = end
    ticks = ticks[::-(-len(ticks) // _TICKS)]
    axes.set_xticks([at for at, _ in ticks], [name for _, name in ticks])
    axes.tick_params(axis="x", labelbottom=True, colors=svg.MUTED, length=0, pad=5)
    axes.set_xlabel("cycle, in the order measured", color=svg.INK, labelpad=5)


def _means(axes: Axes, cycles: tuple[int, ...], values: np.ndarray, complete: int) -> None:
    """A line at the mean of each complete cycle: of such means, those of the same layouts together, is the interval."""
    low, high = axes.get_ylim()
    start = 0
    for cycle, members in groupby(cycles):
        end = start + len(list(members))
        mean = 100 * float(np.expm1(np.mean(np.log1p(values[start:end] / 100)))) if np.all(values[start:end] > -100) else -100.0
        if cycle < complete and low <= mean <= high:
            axes.plot([start - 0.35, end - 0.65], [mean, mean], color=svg.INK, linewidth=1.4, solid_capstyle="butt", zorder=4)
        start = end


def _legend(figure: Figure, change: Change, confidence: Optional[float], unfinished: bool) -> None:
    line = dict(transform=figure.transFigure, clip_on=False)
    y, half = 0.93, 0.028
    figure.add_artist(Line2D([0.14], [y], marker="o", linestyle="none", markersize=5.5, markerfacecolor=svg.BLUE,
                             markeredgecolor=svg.CARD, **line))
    pairing = change.pairing
    quiet = pairing is not None and pairing.shows_quiet
    what = "quiet moments of a pair" if quiet else "one pair"
    figure.text(0.165, y, "pair (hollow: unfinished)" if unfinished else what, color=svg.MUTED, va="center_baseline")
    x = 0.545 if unfinished or quiet else 0.38
    if change.interval:
        figure.add_artist(Rectangle((x - 0.022, y - half), 0.044, 2 * half, facecolor=svg.ORANGE, alpha=0.2, linewidth=0,
                                    **line))
    figure.add_artist(Line2D([x - 0.022, x + 0.022], [y, y], color=svg.ORANGE, linewidth=1.6, **line))
    label = "estimate, without an interval" if not change.interval else \
        "estimate with interval" if confidence is None else f"estimate with {units.percent(confidence)} interval"
    figure.text(x + 0.034, y, label, color=svg.MUTED, va="center_baseline")
