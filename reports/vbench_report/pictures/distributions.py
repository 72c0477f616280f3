"""What distribution pictures consist of: the axis they share, violins, densities and a legend.

Drawn from all blocks of all processes. The only arithmetic here is for the curves themselves.
"""
from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Optional, Sequence

import numpy as np

from .. import units
from ..model import Measured
from . import density, svg, ticks
from .sheet import Mark, Panel, Sheet

WIDTH = 450


# --- one benchmark and the axis -----------------------------------------------------------------

@dataclass(frozen=True)
class Distribution:
    """The times of one iteration, in nanoseconds, and how they are drawn."""

    benchmark: Measured
    samples: np.ndarray
    medians: np.ndarray  # of the processes
    colour: str
    mark: Mark
    dash: Optional[tuple[float, float]]

    @cached_property
    def alike(self) -> bool:
        return density.are_alike(self.samples)

    @cached_property
    def bandwidth(self) -> float:
        return 0.0 if self.alike else density.bandwidth(self.samples)

    @property
    def marks(self) -> list[float]:
        """What is always shown: estimate, interval, medians of processes."""
        time = self.benchmark.time
        return [time.estimate_ns, *(time.interval or ()), *self.medians.tolist()]


def samples_of(benchmark: Measured) -> np.ndarray:
    """The times of one iteration, in nanoseconds, of all blocks in the order measured."""
    of_each = [np.array(p.block_ns, dtype=float) / np.array(p.iterations_per_block, dtype=float)
               for p in benchmark.processes]
    return np.concatenate(of_each)


def distribution(benchmark: Measured) -> Distribution:
    return Distribution(benchmark, samples_of(benchmark), _medians(benchmark), svg.BLUE, "round", None)


def old_distribution(benchmark: Measured) -> Distribution:
    return Distribution(benchmark, samples_of(benchmark), _medians(benchmark), svg.MUTED, "square", svg.DASH)


def _medians(benchmark: Measured) -> np.ndarray:
    return np.array([p.median_ns for p in benchmark.processes], dtype=float)


@dataclass(frozen=True)
class Window:
    """The part of the axis that is shown, and how many samples lie outside."""

    low: float
    high: float
    below: int
    above: int


def window(distributions: Sequence[Distribution]) -> Window:
    """Wide enough for what each alone would show: two may lie far apart."""
    of_each = [density.ends(d.samples, d.marks) for d in distributions]
    low, high = min(low for low, _ in of_each), max(high for _, high in of_each)
    return Window(low, high, sum(int((d.samples < low).sum()) for d in distributions),
                  sum(int((d.samples > high).sum()) for d in distributions))


@dataclass(frozen=True)
class Axis:
    shown: Window
    factor: float  # nanoseconds of the unit
    unit: str
    ends: tuple[float, float]  # in the unit, with room around what is shown
    grid: np.ndarray  # where curves are computed, from end to end


def axis(distributions: Sequence[Distribution]) -> Axis:
    shown = window(distributions)
    factor, unit = units.pick(max(abs(shown.low), abs(shown.high)), units.TIME)
    ends = axis_ends(shown, factor, max(d.bandwidth / factor for d in distributions))
    return Axis(shown, factor, unit, ends, np.linspace(*ends, density.GRID_POINTS))


def axis_ends(shown: Window, factor: float, width: float) -> tuple[float, float]:
    """The axis with room around what is shown, in units of `factor`; `width`: the bandwidth, 0 if all are alike."""
    low, high = shown.low / factor, shown.high / factor
    pad_low = pad_high = (high - low) * 0.06
    if width == 0 or pad_low <= abs(high) * 1e-9:
        pad_low = pad_high = max(pad_low, abs(high) * 0.02 or 0.5)
    else:  # room for the curve's tails, except where the axis is cut
        tail = min(max(width * 2.5, pad_low), (high - low) * 0.2)
        pad_low, pad_high = (pad_low if shown.below else tail), (pad_high if shown.above else tail)
    return low - pad_low, high + pad_high


def curve(d: Distribution, on: Axis) -> Optional[np.ndarray]:
    """The density over the axis of what is shown; None where there is none to draw."""
    if d.alike:
        return None
    inside = d.samples[(d.samples >= on.shown.low) & (d.samples <= on.shown.high)]
    # Even a window of equal samples has outliers beyond it, or it would be `alike`.
    return density.density((inside if len(inside) > 1 else d.samples) / on.factor, on.grid)


def visible(of_curve: np.ndarray) -> slice:
    """Without the ends where nothing lies: there the other side may be."""
    there = np.flatnonzero(of_curve > 1e-3 * of_curve.max())
    return slice(max(int(there[0]) - 1, 0), int(there[-1]) + 2)


# --- picture ------------------------------------------------------------------------------------

def file_name(kind: str, benchmark: Measured) -> str:
    return f"{kind}-{svg.unique_slug(benchmark.suite, benchmark.name)}.svg"


def description(benchmark: Measured) -> str:
    s = benchmark.statistics
    return (f"{units.number(s.block_count)} block{'s' * (s.block_count != 1)} from {units.number(s.process_count)} "
            f"process{'es' * (s.process_count != 1)}, from {units.time(s.min_ns)} to {units.time(s.max_ns)} for one iteration")


def time_axis(panel: Panel, on: Axis) -> None:
    panel.bottom_axis(ticks.linear(*on.ends, 5), f"time of one iteration, {on.unit}")


def result_mark(panel: Panel, d: Distribution, on: Axis) -> None:
    interval = d.benchmark.time.interval
    if interval:
        panel.column(interval[0] / on.factor, interval[1] / on.factor, svg.ORANGE, 0.2)
    panel.upright(d.benchmark.time.estimate_ns / on.factor, svg.ORANGE)


def violin(panel: Panel, d: Distribution, on: Axis, of_curve: Optional[np.ndarray], alpha: float) -> None:
    """With the medians of processes as dots on its middle line."""
    if of_curve is not None:
        part = visible(of_curve)
        grid, half = on.grid[part], of_curve[part] / of_curve.max()
        panel.outline(list(chain(grid, grid[::-1], grid[:1])), list(chain(half, -half[::-1], half[:1])), d.colour, alpha, 1.2)
    result_mark(panel, d, on)
    panel.sheet.marks(panel.x(d.medians / on.factor), panel.y([0.0] * len(d.medians)), d.mark, d.colour)


def density_line(panel: Panel, d: Distribution, on: Axis, of_curve: np.ndarray, alpha: float) -> None:
    part = visible(of_curve)
    panel.outline(on.grid[part], of_curve[part], d.colour, alpha, dash=d.dash)


def legend(sheet: Sheet, y: float, left: float, distributions: Sequence[Distribution], estimate_x: float) -> None:
    """By hand, in one row: it must not depend on how wide letters are."""
    for number, d in enumerate(distributions):
        sheet.marks([left + 3 + 14 * number], [y - 4], d.mark, d.colour)
    sheet.words(left + 12 + 14 * (len(distributions) - 1), y, "median of each process")
    confidences = {d.benchmark.time.confidence for d in distributions if d.benchmark.time.interval}
    if confidences:
        sheet.box(estimate_x - 6, y - 12, estimate_x + 6, y + 3, svg.ORANGE, 0.2)
    sheet.line([estimate_x, estimate_x], [y - 12, y + 3], svg.ORANGE)
    label = "estimate" if not confidences else "estimate with interval" if len(confidences) > 1 else \
        f"estimate with {units.percent(next(iter(confidences)))} interval"
    sheet.words(estimate_x + 11, y, label)


def beyond(sheet: Sheet, shown: Window, count: int, y: float) -> None:
    def side(number: int) -> str:
        return f"{units.number(number)} of {units.number(count)} blocks beyond"

    if shown.below:
        sheet.words(16, y, f"← {side(shown.below)}", svg.RED, 11)
    if shown.above:
        sheet.words(sheet.width - 16, y, f"{side(shown.above)} →", svg.RED, 11, "end")
