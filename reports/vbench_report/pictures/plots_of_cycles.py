"""The picture of how a paired change came about: a dot for each pair in the order measured, cycle by cycle.

A pair's value is what its interval is made of: where the quiet one counts, that of its quiet moments.
A machine that drifts shows as dots that climb or fall. Pairs of an unfinished cycle, which do not
count, are hollow.
"""
from __future__ import annotations

from itertools import groupby
from typing import Optional

import numpy as np

from .. import units
from ..model import Change, Measured
from ..paired import Pairing
from . import density, distributions, svg, ticks
from .sheet import Panel, Sheet

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
    sheet = Sheet(distributions.WIDTH, HEIGHT)
    _render(sheet, change, pairing, confidence)
    return sheet.picture(distributions.file_name("cycles", benchmark),
                         f"{benchmark.name}: change of each pair in the order measured", alt + ".")


def _render(sheet: Sheet, change: Change, pairing: Pairing, confidence: Optional[float]) -> None:
    values = np.asarray(pairing.judged_percent, dtype=float)
    low, high = _window(values, change)
    panel = Panel(sheet, 56, 42, 436, 227, (-0.75, len(values) - 0.25), (low, high))
    _cycles(panel, pairing.pairs.cycle)
    if change.interval:
        panel.stripe(*change.interval, svg.ORANGE, 0.2)
    if low < 0 < high:
        panel.across(0, svg.MUTED, svg.THIN)
    panel.across(change.change_percent, svg.ORANGE)
    counts = np.asarray(pairing.pairs.cycle) < pairing.cycles
    if pairing.estimator == "groups":
        _means(panel, pairing.pairs.cycle, values, pairing.cycles)
    inside = (values >= low) & (values <= high)
    for which, hollow in ((counts, False), (~counts, True)):
        at = np.flatnonzero(which & inside)
        sheet.marks(panel.x(at), panel.y(values[at]), "round", svg.BLUE, svg.DOT if len(values) <= 64 else 4, hollow)
    panel.wedges(np.arange(len(values)), values)
    panel.left_axis(ticks.linear(low, high, 6), "change, %", 14)
    _legend(sheet, change, confidence, bool((~counts).any()))


def _window(values: np.ndarray, change: Change) -> tuple[float, float]:
    """What distributions show of as many samples; with zero, where that is not far off."""
    low, high = density.ends(values, [change.change_percent, *(change.interval or ())])
    span = high - low or abs(high) * 0.02 or 0.5
    if -span <= low:
        low = min(low, 0.0)
    if high <= span:
        high = max(high, 0.0)
    pad = 0.07 * (high - low or span)
    return low - pad, high + pad


def _cycles(panel: Panel, cycles: tuple[int, ...]) -> None:
    """Every second cycle lies on a band, and some are named."""
    named = []
    start = 0
    for number, (cycle, members) in enumerate(groupby(cycles)):
        end = start + len(list(members))
        if number % 2 == 0:
            panel.column(start - 0.5, end - 0.5, svg.LINE, 0.45)
        named.append(((start + end - 1) / 2, str(cycle + 1)))
        start = end
    panel.names_below(named[::-(-len(named) // _TICKS)], "cycle, in the order measured")


def _means(panel: Panel, cycles: tuple[int, ...], values: np.ndarray, complete: int) -> None:
    """A line at the mean of each complete cycle: of such means, those of the same layouts together, is the interval."""
    low, high = panel.y_ends
    found = []
    start = 0
    for cycle, members in groupby(cycles):
        end = start + len(list(members))
        mean = 100 * float(np.expm1(np.mean(np.log1p(values[start:end] / 100)))) if np.all(values[start:end] > -100) else -100.0
        if cycle < complete and low <= mean <= high:
            found.append((start - 0.35, end - 0.65, mean))
        start = end
    panel.short_lines(found, svg.INK, 1.4)


def _legend(sheet: Sheet, change: Change, confidence: Optional[float], unfinished: bool) -> None:
    y = 24
    sheet.marks([63], [y - 4], "round", svg.BLUE)
    pairing = change.pairing
    quiet = pairing is not None and pairing.shows_quiet
    what = "quiet moments of a pair" if quiet else "one pair"
    sheet.words(74, y, "pair (hollow: unfinished)" if unfinished else what)
    x = 245 if unfinished or quiet else 171
    if change.interval:
        sheet.box(x - 10, y - 12, x + 10, y + 3, svg.ORANGE, 0.2)
    sheet.line([x - 10, x + 10], [y - 4, y - 4], svg.ORANGE)
    label = "estimate, without an interval" if not change.interval else \
        "estimate with interval" if confidence is None else f"estimate with {units.percent(confidence)} interval"
    sheet.words(x + 15, y, label)
