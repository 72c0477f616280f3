"""The distribution picture of one benchmark: a violin above, a density below."""
from __future__ import annotations

from .. import units
from ..model import Measured
from . import distributions, svg
from .distributions import Distribution
from .sheet import Panel, Sheet

HEIGHT = 315


def draw(benchmark: Measured) -> svg.Picture:
    sheet = Sheet(distributions.WIDTH, HEIGHT)
    _render(sheet, distributions.distribution(benchmark))
    return sheet.picture(distributions.file_name("distribution", benchmark),
                         f"{benchmark.name}: distribution of the time of one iteration", _description(benchmark))


def _description(benchmark: Measured) -> str:
    estimate_ns, interval = benchmark.time.estimate_ns, benchmark.time.interval
    text = f"Violin and density of {distributions.description(benchmark)}; the estimate is {units.time(estimate_ns)}"
    if interval:
        text += f", interval {units.time_range(*interval, estimate_ns)}"
    return text + "."


def _render(sheet: Sheet, d: Distribution) -> None:
    on = distributions.axis([d])
    left, right = 20, 430
    upper = Panel(sheet, left, 55, right, 134, on.ends, (-1.12, 1.12))
    lower = Panel(sheet, left, 136, right, 257, on.ends, (0, 1.12))
    curve = distributions.curve(d, on)
    distributions.violin(upper, d, on, curve, alpha=0.25)
    distributions.result_mark(lower, d, on)
    if curve is not None:
        distributions.density_line(lower, d, on, curve / curve.max(), alpha=0.25)
    else:
        note = ("one block: there is no distribution to draw" if len(d.samples) == 1 else
                f"all {units.number(len(d.samples))} blocks took the same time: there is no density to draw")
        half = 3.1 * len(note)
        sheet.box(225 - half, 152, 225 + half, 172, svg.CARD)
        sheet.words(225, 166, note, anchor="middle")
    distributions.time_axis(lower, on)
    distributions.legend(sheet, 23, 16, [d], 225)
    distributions.beyond(sheet, on.shown, len(d.samples), 47)
