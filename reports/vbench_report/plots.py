"""Distribution pictures (matplotlib): a violin and a density of the time of one iteration.

Drawn from all blocks of all processes. The only arithmetic here is for the curves themselves.
No name from a result enters matplotlib: it would be read as mathematics between dollar signs.
"""
from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Callable, Optional

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from . import svg, units
from .model import Measured

WIDTH, HEIGHT = 450, 315
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


@dataclass(frozen=True)
class Window:
    """The part of the axis that is shown, and how many samples lie outside."""

    low: float
    high: float
    below: int
    above: int


def window(samples: np.ndarray, marks: list[float]) -> Window:
    """Everything, unless samples lie so far out that the rest would shrink to a line.

    The fences stand 8 interquartile ranges outside the quartiles; the axis ends at the last sample
    within them. `marks` (estimate, interval, medians of processes) are always shown.
    """
    q05, q25, q75, q95 = (float(q) for q in np.quantile(samples, [0.05, 0.25, 0.75, 0.95]))
    spread = q75 - q25
    if spread == 0:
        spread = (q95 - q05) / 4
    if spread == 0:
        spread = abs(q75) * 0.01
    inside = samples[(samples >= q25 - 8 * spread) & (samples <= q75 + 8 * spread)]
    low, high = float(inside.min()), float(inside.max())
    low, high = min([low, *marks]), max([high, *marks])
    return Window(low, high, int((samples < low).sum()), int((samples > high).sum()))


def are_alike(samples: np.ndarray) -> bool:
    """A spread that is nothing but rounding is none."""
    return float(samples.max() - samples.min()) <= 1e-9 * float(np.abs(samples).max())


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


# --- picture ------------------------------------------------------------------------------------

def draw(benchmark: Measured) -> svg.Picture:
    per_process = [np.asarray(p.iteration_times_ns(), dtype=float) for p in benchmark.processes]
    samples = np.concatenate(per_process)
    alt = _description(benchmark)
    medians = np.asarray([p.median_ns for p in benchmark.processes], dtype=float)
    return picture(benchmark, HEIGHT, f"{benchmark.name}: distribution of the time of one iteration", alt,
                   lambda: _render(benchmark, samples, medians))


def picture(benchmark: Measured, height: int, title: str, alt: str, render: Callable[[], str]) -> svg.Picture:
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # not the user's matplotlibrc: the same result gives the same bytes
        matplotlib.rcParams.update(_STYLE)
        text = render()
    text = text.replace("'DejaVu Sans'", svg.FONTS.replace('"', "'"))
    return svg.Picture(
        file_name=f"distribution-{svg.unique_slug(benchmark.suite, benchmark.name)}.svg",
        alt=alt, width=WIDTH, height=height, svg=svg.finish(text, title, alt),
    )


def _description(benchmark: Measured) -> str:
    s = benchmark.statistics
    text = (f"Violin and density of {units.number(s.block_count)} blocks from "
            f"{units.number(s.process_count)} processes, from {units.time(s.min_ns)} to "
            f"{units.time(s.max_ns)} for one iteration; the estimate is {units.time(benchmark.time.estimate_ns)}")
    interval = benchmark.time.interval
    if interval:
        text += f", interval {units.time_range(*interval, benchmark.time.estimate_ns)}"
    return text + "."


def _render(benchmark: Measured, samples: np.ndarray, medians: np.ndarray) -> str:
    estimate, interval = benchmark.time.estimate_ns, benchmark.time.interval
    marks = [estimate, *(interval or ()), *(float(m) for m in medians)]
    shown = window(samples, marks)
    factor, unit = units.pick(max(abs(shown.low), abs(shown.high)), units.TIME)
    alike = are_alike(samples)
    left_end, right_end = axis_ends(shown, factor, 0.0 if alike else bandwidth(samples) / factor)

    figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72, facecolor=svg.CARD)
    FigureCanvasSVG(figure)
    left, width = 0.045, 0.91
    upper = figure.add_axes([left, 0.575, width, 0.25], facecolor="none")
    lower = figure.add_axes([left, 0.185, width, 0.385], facecolor="none", sharex=upper)
    lower.set_xlim(left_end, right_end)
    upper.set_ylim(-1.12, 1.12)
    lower.set_ylim(0, 1.12)
    for axes in (upper, lower):
        bare(axes)
    time_axis(lower, unit)

    for axes in (upper, lower):
        if interval:
            axes.axvspan(interval[0] / factor, interval[1] / factor, color=svg.ORANGE, alpha=0.2, linewidth=0, zorder=1)
        axes.axvline(estimate / factor, color=svg.ORANGE, linewidth=1.6, zorder=4)

    if alike:
        note = ("one block: there is no distribution to draw" if len(samples) == 1 else
                f"all {units.number(len(samples))} blocks took the same time: there is no density to draw")
        figure.text(0.5, 0.49, note, ha="center", va="center", color=svg.MUTED, zorder=9,
                    bbox=dict(facecolor=svg.CARD, edgecolor="none", pad=4))
    else:
        grid = np.linspace(left_end, right_end, GRID_POINTS)
        inside = samples[(samples >= shown.low) & (samples <= shown.high)] / factor
        # Even a window of equal samples has outliers beyond it, or it would be `alike`.
        curve = density(inside, grid) if len(inside) > 1 else density(samples / factor, grid)
        curve = curve / curve.max()
        upper.fill_between(grid, -curve, curve, facecolor=svg.BLUE, alpha=0.25, linewidth=0, zorder=2)
        for side in (curve, -curve):
            upper.plot(grid, side, color=svg.BLUE, linewidth=1.2, zorder=3)
        lower.fill_between(grid, 0, curve, facecolor=svg.BLUE, alpha=0.25, linewidth=0, zorder=2)
        lower.plot(grid, curve, color=svg.BLUE, linewidth=1.6, zorder=3)

    visible = medians[(medians >= shown.low) & (medians <= shown.high)] / factor
    upper.plot(visible, np.zeros_like(visible), linestyle="none", marker="o", markersize=5.5,
               markerfacecolor=svg.BLUE, markeredgecolor=svg.CARD, markeredgewidth=0.9, zorder=5)
    _legend(figure, benchmark, interval is not None)
    beyond(figure, shown, len(samples), 0.86)
    return as_text(figure)


def as_text(figure: Figure) -> str:
    out = io.StringIO()
    figure.savefig(out, format="svg", facecolor=svg.CARD,
                   metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return out.getvalue()


def time_axis(axes: Axes, unit: str) -> None:
    axes.spines["bottom"].set_visible(True)
    axes.spines["bottom"].set_color(svg.MUTED)
    formatter = ScalarFormatter(useOffset=False)
    formatter.set_scientific(False)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(formatter)
    axes.tick_params(axis="x", bottom=True, labelbottom=True, colors=svg.MUTED, length=4, width=0.8, pad=5)
    axes.set_xlabel(f"time of one iteration, {unit}", color=svg.INK, labelpad=6)


def bare(axes: Axes) -> None:
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(left=False, labelleft=False, bottom=False, labelbottom=False, which="both")
    axes.grid(False)


def _legend(figure: Figure, benchmark: Measured, has_interval: bool) -> None:
    """By hand, in one row: matplotlib's own would depend on how wide its fonts are."""
    line = dict(transform=figure.transFigure, clip_on=False)
    y = 0.94
    marker = matplotlib.lines.Line2D([0.04], [y], marker="o", linestyle="none", markersize=5.5,
                                     markerfacecolor=svg.BLUE, markeredgecolor=svg.CARD, **line)
    figure.add_artist(marker)
    figure.text(0.06, y, "median of each process", color=svg.MUTED, va="center_baseline")
    x = 0.5
    if has_interval:
        figure.add_artist(matplotlib.patches.Rectangle(
            (x - 0.014, y - 0.024), 0.028, 0.048, facecolor=svg.ORANGE, alpha=0.2, linewidth=0, **line))
    figure.add_artist(matplotlib.lines.Line2D([x, x], [y - 0.024, y + 0.024], color=svg.ORANGE, linewidth=1.6, **line))
    label = f"estimate with {units.percent(benchmark.time.confidence)} interval" if has_interval else "estimate"
    figure.text(x + 0.024, y, label, color=svg.MUTED, va="center_baseline")


def beyond(figure: Figure, shown: Window, count: int, y: float) -> None:
    def side(number: int, arrow: str) -> Optional[str]:
        return f"{arrow} {units.number(number)} of {units.number(count)} blocks beyond" if number else None

    left, right = side(shown.below, "←"), side(shown.above, "→")
    if left:
        figure.text(0.035, y, left, color=svg.RED, fontsize=11, ha="left", va="center")
    if right:
        figure.text(0.965, y, right[2:] + " →", color=svg.RED, fontsize=11, ha="right", va="center")
