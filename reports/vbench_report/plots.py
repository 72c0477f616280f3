"""The distribution picture of one benchmark: a violin above, a density below."""
from __future__ import annotations

from matplotlib.figure import Figure

from . import distributions, svg, units
from .distributions import Distribution, LegendPlaces
from .model import Measured

HEIGHT = 315
ALL = slice(None)
LEGEND = LegendPlaces(y=0.94, half_height=0.024, dots_text=0.06, estimate=0.5)


def draw(benchmark: Measured) -> svg.Picture:
    d = distributions.distribution(benchmark)
    return distributions.picture(benchmark, HEIGHT, f"{benchmark.name}: distribution of the time of one iteration",
                                 _description(benchmark), lambda figure: _render(figure, d))


def _description(benchmark: Measured) -> str:
    estimate_ns, interval = benchmark.time.estimate_ns, benchmark.time.interval
    text = f"Violin and density of {distributions.description(benchmark)}; the estimate is {units.time(estimate_ns)}"
    if interval:
        text += f", interval {units.time_range(*interval, estimate_ns)}"
    return text + "."


def _render(figure: Figure, d: Distribution) -> None:
    on = distributions.axis([d])
    left, width = 0.045, 0.91
    upper = figure.add_axes([left, 0.575, width, 0.25], facecolor="none")
    lower = figure.add_axes([left, 0.185, width, 0.385], facecolor="none", sharex=upper)
    lower.set_xlim(*on.ends)
    lower.set_ylim(0, 1.12)
    for axes in (upper, lower):
        distributions.bare(axes)
    distributions.time_axis(lower, on.unit)

    curve = distributions.curve(d, on)
    distributions.violin(upper, d, on, ALL, curve, alpha=0.25)
    distributions.result_mark(lower, d, on)
    if curve is not None:
        distributions.density_line(lower, d, on, ALL, curve / curve.max(), alpha=0.25)
    else:
        note = ("one block: there is no distribution to draw" if len(d.samples) == 1 else
                f"all {units.number(len(d.samples))} blocks took the same time: there is no density to draw")
        figure.text(0.5, 0.49, note, ha="center", va="center", color=svg.MUTED, zorder=9,
                    bbox=dict(facecolor=svg.CARD, edgecolor="none", pad=4))
    distributions.legend(figure, [d], LEGEND)
    distributions.beyond(figure, on.shown, len(d.samples), 0.86)
