"""The picture of how quantiles have moved: the change of each with its interval, and what is tolerated (gnuplot)."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from .. import units
from ..model import Change, Measured
from . import gnuplot, gnuplot_parts as parts, svg, ticks

WIDTH, HEIGHT = 480, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 74, 18, 37, 50


@dataclass(frozen=True)
class Moved:
    quantile: float
    change_percent: float
    low_percent: Optional[float]  # None: without an interval
    high_percent: Optional[float]


@dataclass(frozen=True)
class Quantiles:
    suite: str
    name: str
    of: str  # blocks or latencies
    moved: tuple[Moved, ...]  # ascending
    tolerance_percent: Optional[float]


def of_blocks(benchmark: Measured, change: Change, tolerance_percent: Optional[float]) -> Optional[Quantiles]:
    """None: there is nothing to show."""
    moved = tuple(Moved(q.quantile, q.change_percent, q.change_low_percent, q.change_high_percent)
                  for q in change.block_quantiles)
    return Quantiles(benchmark.suite, benchmark.name, "blocks", moved, tolerance_percent) if moved else None


def of_latencies(benchmark: Measured, change: Change, tolerance_percent: Optional[float]) -> Optional[Quantiles]:
    """None: there is nothing to show."""
    moved = tuple(Moved(q.quantile, q.change_percent, q.change_low_percent, q.change_high_percent)
                  for q in (change.pairing.quantiles if change.pairing else ()) if q.reason is None)
    return Quantiles(benchmark.suite, benchmark.name, "latencies", moved, tolerance_percent) if moved else None


@gnuplot.drawing
def draw(of: Quantiles) -> gnuplot.Plan:
    said = ", ".join(f"{units.quantile_name(m.quantile)} {units.change(m.change_percent)}" +
                     (f" ({units.change(m.low_percent)} to {units.change(m.high_percent)})"
                      if m.low_percent is not None and m.high_percent is not None else "") for m in of.moved)
    return gnuplot.Plan(f"quantiles-of-{of.of}-{svg.unique_slug(of.suite, of.name)}.svg",
                        f"{of.name}: changes of the quantiles of {of.of}", f"Changes of quantiles of {of.of}: {said}.",
                        WIDTH, HEIGHT, _script(of))


def _ends(of: Quantiles) -> tuple[float, float]:
    """All estimates, and intervals but for one that would make the rest small; zero always."""
    estimates = [m.change_percent for m in of.moved]
    widths = sorted(m.high_percent - m.low_percent for m in of.moved if m.low_percent is not None and m.high_percent is not None)
    reach = 4 * widths[len(widths) // 2] if widths else 0.0
    low, high = min(estimates), max(estimates)
    lows = [max(m.low_percent, low - reach) for m in of.moved if m.low_percent is not None]
    highs = [min(m.high_percent, high + reach) for m in of.moved if m.high_percent is not None]
    low, high = min([low, 0.0, *lows]), max([high, 0.0, *highs])
    tolerance = of.tolerance_percent or 0.0
    if tolerance <= 3 * (high - low):
        low, high = min(low, -tolerance), max(high, tolerance)
    pad = 0.08 * (high - low) or 1.0
    return low - pad, high + pad


def _script(of: Quantiles) -> str:
    low, high = _ends(of)
    edge = 0.028 * (high - low)
    count = len(of.moved)
    sure = [(i, m) for i, m in enumerate(of.moved) if m.low_percent is not None and m.high_percent is not None]
    unsure = [(i, m) for i, m in enumerate(of.moved) if m.low_percent is None or m.high_percent is None]
    beyond = [(float(i), high - edge, 1) for i, m in sure if m.high_percent is not None and m.high_percent > high] + \
        [(float(i), low + edge, 0) for i, m in sure if m.low_percent is not None and m.low_percent < low]
    lines = parts.frame(WIDTH, HEIGHT, f"quantile of {of.of}", "change, %", left=_LEFT, right=_RIGHT, top=_TOP, bottom=_BOTTOM)
    lines += [
        f"set xrange [-0.6:{count - 0.4:g}]", f"set yrange [{low:.9g}:{high:.9g}]",
        parts.tics("x", [(i, units.quantile_name(m.quantile)) for i, m in enumerate(of.moved)]),
        parts.tics("y", ticks.linear(low, high, 6)),
        *parts.data("zero", [(-0.6, 0), (count - 0.4, 0)]),
        *parts.bars("bars", [(float(i), max(m.low_percent or 0.0, low), min(m.high_percent or 0.0, high)) for i, m in sure]),
        *parts.data("sure", [(i, m.change_percent) for i, m in sure]),
        *parts.data("unsure", [(i, m.change_percent) for i, m in unsure]),
    ]
    plots, entries = [], []
    tolerance = of.tolerance_percent
    if tolerance:
        band = (max(-tolerance, low), min(tolerance, high))
        lines += parts.data("tolerated", [(-0.6, *band), (count - 0.4, *band)])
        plots.append(f"$tolerated using 1:2:3 with filledcurves fillstyle transparent solid 0.2 noborder {parts.colour(svg.GREEN)} "
                     "notitle")
    plots.append(f"$zero using 1:2 with lines linetype 1 linewidth {svg.THIN} {parts.colour(svg.MUTED)} notitle")
    if sure:
        plots += [f"$bars using 1:2 with lines {parts.line(svg.BLUE, width=2)} notitle",
                  f"$sure using 1:2 with points {parts.points(svg.BLUE, False, 7)} notitle"]
        entries.append(parts.Entry("change with interval", parts.line(svg.BLUE, width=2), parts.points(svg.BLUE, False, 7)))
    if unsure:
        look = f"{parts.mark(False, 7, hollow=True)} linewidth 1.2 {parts.colour(svg.BLUE)}"
        plots.append(f"$unsure using 1:2 with points {look} notitle")
        entries.append(parts.Entry("without an interval", mark=look))
    if tolerance:
        entries.append(parts.Entry(f"tolerated, {units.percentage(tolerance)}", area=svg.GREEN))
    for up, point_type in ((1, 9), (0, 11)):
        there = [(x, y) for x, y, which in beyond if which == up]
        if there:
            lines += parts.data(f"beyond{up}", there)
            plots.append(f"$beyond{up} using 1:2 with points pointtype {point_type} pointsize 0.6 {parts.colour(svg.RED)} notitle")
    lines += parts.legend(WIDTH, HEIGHT, 40 if len(entries) > 2 else 64, entries)
    return "\n".join([*lines, "plot " + ", ".join(plots)]) + "\n"
