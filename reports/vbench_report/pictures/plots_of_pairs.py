"""The distribution picture of old and new: a violin each, and both densities on one axis.

The old side is grey, dashed and has square dots; the new side is blue, solid and has round ones.
"""
from __future__ import annotations

from .. import units
from ..model import Measured
from . import distributions, svg
from .distributions import Distribution
from .sheet import Panel, Sheet

HEIGHT = 360


def draw(both: tuple[Measured, Measured]) -> svg.Picture:
    alt = f"Violins and densities. Old: {_description(both[0])}. New: {_description(both[1])}."
    sheet = Sheet(distributions.WIDTH, HEIGHT)
    _render(sheet, distributions.old_distribution(both[0]), distributions.distribution(both[1]))
    return sheet.picture(distributions.file_name("distribution", both[1]),
                         f"{both[1].name}: old and new distribution of the time of one iteration", alt)


def _description(benchmark: Measured) -> str:
    return f"{distributions.description(benchmark)}, estimate {units.time(benchmark.time.estimate_ns)}"


def _render(sheet: Sheet, old: Distribution, new: Distribution) -> None:
    on = distributions.axis([old, new])
    left, right = 43, 430
    lower_top, lower_bottom = 198, 301
    curves = [distributions.curve(d, on) for d in (old, new)]
    # Both densities enclose the same area, so they share one scale; each violin fills its own row.
    peak = max((float(c.max()) for c in curves if c is not None), default=1.0)
    lower = Panel(sheet, left, lower_top, right, lower_bottom, on.ends, (0, peak * 1.12))
    for name, d, top, curve in zip(("old", "new"), (old, new), (58, 126), curves):
        row = Panel(sheet, left, top, right, top + 63, on.ends, (-1.12, 1.12))
        distributions.violin(row, d, on, curve, alpha=0.22)
        sheet.words(left - 10, top + 36, name, svg.INK, anchor="end")
        if curve is None:
            note = "one block" if len(d.samples) == 1 else "all blocks took the same time"
            sheet.words((left + right) / 2, top + 62, note, size=11, anchor="middle")
        else:
            distributions.density_line(lower, d, on, curve, alpha=0.15)
    if all(c is None for c in curves):
        sheet.words((left + right) / 2, (lower_top + lower_bottom) / 2, "there is no density to draw", anchor="middle")
    distributions.time_axis(lower, on)
    distributions.legend(sheet, 24, 16, [old, new], 243)
    distributions.beyond(sheet, on.shown, len(old.samples) + len(new.samples), 50)
