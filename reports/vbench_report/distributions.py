"""What distribution pictures consist of (matplotlib): curves, the axis they share, violins, densities and a legend.

Drawn from all blocks of all processes. The only arithmetic here is for the curves themselves.
No name from a result enters matplotlib: it would be read as mathematics between dollar signs.
"""
from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, Callable, Optional, Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from . import svg, units
from .axes import numbered
from .model import Measured

WIDTH = 450
GRID_POINTS = 200

_STYLE = {
    "svg.fonttype": "none",  # text stays text: it can be selected, and looks the same everywhere
    "svg.hashsalt": "vbench-report",
    "font.family": ["DejaVu Sans"],
    "font.size": 12.0,
    "axes.linewidth": 0.8,
    "axes.unicode_minus": True,
    "text.parse_math": False,
    "text.usetex": False,
    "path.simplify": True,
}


# --- curves -------------------------------------------------------------------------------------

def bandwidth(samples: np.ndarray) -> float:
    """Silverman's rule of thumb, 0.9 min(s, IQR / 1.34) n^(-1/5).

    B. W. Silverman, Density Estimation for Statistics and Data Analysis (1986), equation 3.31.
    """
    deviation = float(np.std(samples, ddof=1))
    quartiles = np.quantile(samples, [0.25, 0.75])
    spread = float(quartiles[1] - quartiles[0]) / 1.34
    return 0.9 * (min(deviation, spread) if spread > 0 else deviation) * len(samples) ** -0.2


def density(samples: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Gaussian kernel density at the points of the grid."""
    width = max(bandwidth(samples), float(grid[1] - grid[0]) * 0.75)  # a narrower one would fall between points
    weights = np.full(len(samples), 1.0 / len(samples))
    if len(samples) > 8192:  # equal at the picture's resolution, and bounded in time and memory
        counts, edges = np.histogram(samples, bins=4096, range=(float(grid[0]), float(grid[-1])))
        weights = counts / len(samples)
        samples = (edges[:-1] + edges[1:]) / 2
    z = (grid[:, None] - samples[None, :]) / width
    return (np.exp(-0.5 * z * z) @ weights) / (width * np.sqrt(2 * np.pi))


def are_alike(samples: np.ndarray) -> bool:
    """A spread that is nothing but rounding is none."""
    return float(samples.max() - samples.min()) <= 1e-9 * float(np.abs(samples).max())


# --- one benchmark and the axis -----------------------------------------------------------------

@dataclass(frozen=True)
class Distribution:
    """The times of one iteration, in nanoseconds, and how they are drawn."""

    benchmark: Measured
    samples: np.ndarray
    medians: np.ndarray  # of the processes
    colour: str
    marker: str
    dash: Any  # matplotlib's line style

    @property
    def alike(self) -> bool:
        return are_alike(self.samples)

    @property
    def marks(self) -> list[float]:
        """What is always shown: estimate, interval, medians of processes."""
        time = self.benchmark.time
        return [time.estimate_ns, *(time.interval or ()), *(float(m) for m in self.medians)]


def distribution(benchmark: Measured, colour: str = svg.BLUE, marker: str = "o", dash: Any = "-") -> Distribution:
    samples = np.concatenate([np.asarray(p.iteration_times_ns(), dtype=float) for p in benchmark.processes])
    medians = np.asarray([p.median_ns for p in benchmark.processes], dtype=float)
    return Distribution(benchmark, samples, medians, colour, marker, dash)


@dataclass(frozen=True)
class Window:
    """The part of the axis that is shown, and how many samples lie outside."""

    low: float
    high: float
    below: int
    above: int


def window(distributions: Sequence[Distribution]) -> Window:
    """Wide enough for what each alone would show: two may lie far apart."""
    of_each = [ends(d.samples, d.marks) for d in distributions]
    low, high = min(low for low, _ in of_each), max(high for _, high in of_each)
    every = np.concatenate([d.samples for d in distributions])
    return Window(low, high, int((every < low).sum()), int((every > high).sum()))


def ends(samples: np.ndarray, marks: list[float]) -> tuple[float, float]:
    """Everything, unless samples lie so far out that the rest would shrink to a line.

    The fences stand 8 interquartile ranges outside the quartiles; the axis ends at the last sample
    within them, or at a mark beyond it.
    """
    q05, q25, q75, q95 = (float(q) for q in np.quantile(samples, [0.05, 0.25, 0.75, 0.95]))
    spread = q75 - q25
    if spread == 0:
        spread = (q95 - q05) / 4
    if spread == 0:
        spread = abs(q75) * 0.01
    inside = samples[(samples >= q25 - 8 * spread) & (samples <= q75 + 8 * spread)]
    return min([float(inside.min()), *marks]), max([float(inside.max()), *marks])


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
    ends = axis_ends(shown, factor, max(0.0 if d.alike else bandwidth(d.samples) / factor for d in distributions))
    return Axis(shown, factor, unit, ends, np.linspace(*ends, GRID_POINTS))


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
    return density((inside if len(inside) > 1 else d.samples) / on.factor, on.grid)


# --- picture ------------------------------------------------------------------------------------

def picture(benchmark: Measured, height: int, title: str, alt: str, render: Callable[[Figure], None],
            kind: str = "distribution") -> svg.Picture:
    """`kind` starts the file's name."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # not the user's matplotlibrc: the same result gives the same bytes
        matplotlib.rcParams.update(_STYLE)
        figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72, facecolor=svg.CARD)
        FigureCanvasSVG(figure)
        render(figure)
        out = io.StringIO()
        figure.savefig(out, format="svg", facecolor=svg.CARD,
                       metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = out.getvalue().replace("'DejaVu Sans'", svg.FONTS.replace('"', "'"))
    return svg.Picture(
        file_name=f"{kind}-{svg.unique_slug(benchmark.suite, benchmark.name)}.svg",
        alt=alt, width=WIDTH, height=height, svg=svg.finish(text, title, alt),
    )


def description(benchmark: Measured) -> str:
    s = benchmark.statistics
    return (f"{units.number(s.block_count)} blocks from {units.number(s.process_count)} processes, from "
            f"{units.time(s.min_ns)} to {units.time(s.max_ns)} for one iteration")


def time_axis(axes: Axes, unit: str) -> None:
    numbered(axes, "bottom", f"time of one iteration, {unit}", ticks=5, labelpad=6, pad=5)


def bare(axes: Axes) -> None:
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(left=False, labelleft=False, bottom=False, labelbottom=False, which="both")
    axes.grid(False)


def result_mark(axes: Axes, d: Distribution, on: Axis) -> None:
    interval = d.benchmark.time.interval
    if interval:
        axes.axvspan(interval[0] / on.factor, interval[1] / on.factor, color=svg.ORANGE, alpha=0.2, linewidth=0,
                     zorder=1)
    axes.axvline(d.benchmark.time.estimate_ns / on.factor, color=svg.ORANGE, linewidth=1.6, zorder=4)


def violin(axes: Axes, d: Distribution, on: Axis, part: slice, of_curve: Optional[np.ndarray], alpha: float) -> None:
    """Over a part of the grid, with the medians of processes as dots on its middle line."""
    axes.set_ylim(-1.12, 1.12)
    if of_curve is not None:
        grid, half = on.grid[part], of_curve[part] / of_curve.max()
        axes.fill_between(grid, -half, half, facecolor=d.colour, alpha=alpha, linewidth=0, zorder=2)
        for edge in (half, -half):
            axes.plot(grid, edge, color=d.colour, linewidth=1.2, zorder=3)
    result_mark(axes, d, on)
    axes.plot(d.medians / on.factor, np.zeros_like(d.medians), linestyle="none", marker=d.marker, markersize=5.5,
              markerfacecolor=d.colour, markeredgecolor=svg.CARD, markeredgewidth=0.9, zorder=5)


def density_line(axes: Axes, d: Distribution, on: Axis, part: slice, of_curve: np.ndarray, alpha: float) -> None:
    grid, line = on.grid[part], of_curve[part]
    axes.fill_between(grid, 0, line, facecolor=d.colour, alpha=alpha, linewidth=0, zorder=2)
    axes.plot(grid, line, color=d.colour, linestyle=d.dash, linewidth=1.6, zorder=3)


@dataclass(frozen=True)
class LegendPlaces:
    """In shares of the figure's width and height."""

    y: float
    half_height: float  # of the estimate's line
    dots_text: float
    estimate: float


def legend(figure: Figure, distributions: Sequence[Distribution], places: LegendPlaces) -> None:
    """By hand, in one row: matplotlib's own would depend on how wide its fonts are."""
    line = dict(transform=figure.transFigure, clip_on=False)
    y, half, x = places.y, places.half_height, places.estimate
    for number, d in enumerate(distributions):
        figure.add_artist(Line2D([0.04 + 0.035 * number], [y], marker=d.marker, linestyle="none", markersize=5.5,
                                 markerfacecolor=d.colour, markeredgecolor=svg.CARD, **line))
    figure.text(places.dots_text, y, "median of each process", color=svg.MUTED, va="center_baseline")
    confidences = {d.benchmark.time.confidence for d in distributions if d.benchmark.time.interval}
    if confidences:
        figure.add_artist(Rectangle((x - 0.014, y - half), 0.028, 2 * half, facecolor=svg.ORANGE, alpha=0.2,
                                    linewidth=0, **line))
    figure.add_artist(Line2D([x, x], [y - half, y + half], color=svg.ORANGE, linewidth=1.6, **line))
    label = "estimate" if not confidences else "estimate with interval" if len(confidences) > 1 else \
        f"estimate with {units.percent(next(iter(confidences)))} interval"
    figure.text(x + 0.024, y, label, color=svg.MUTED, va="center_baseline")


def beyond(figure: Figure, shown: Window, count: int, y: float) -> None:
    def side(number: int) -> str:
        return f"{units.number(number)} of {units.number(count)} blocks beyond"

    if shown.below:
        figure.text(0.035, y, f"← {side(shown.below)}", color=svg.RED, fontsize=11, ha="left", va="center")
    if shown.above:
        figure.text(0.965, y, f"{side(shown.above)} →", color=svg.RED, fontsize=11, ha="right", va="center")
