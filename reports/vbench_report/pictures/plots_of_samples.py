"""The picture of all blocks in the order measured, process by process: drift, steps and outliers show here.

Where there are more blocks than pixels, a column shows the range of its blocks instead of dots.
"""
from __future__ import annotations

from typing import Optional, Sequence

import numpy as np

from .. import units
from ..model import Measured, Outliers
from . import distributions, svg, ticks
from .distributions import Distribution
from .sheet import Panel, Sheet

HEIGHT, HEIGHT_OF_BOTH = 245, 320
LEFT, RIGHT = 66, 436
_MOST_DOTS = 700
_COLUMN = 2.0  # pixels, of a range
_TICKS = 10  # at most so many processes are named
_PALE, _PALER = 0.4, 0.5
_LEAST_BAND = 5  # pixels: narrower ones would be a pattern of their own


def draw(both: tuple[Optional[Measured], Measured]) -> svg.Picture:
    """The old side, if there is one, above the new."""
    old, new = both
    sides = [distributions.old_distribution(old)] if old else []
    sides.append(distributions.distribution(new))
    sheet = Sheet(distributions.WIDTH, HEIGHT_OF_BOTH if old else HEIGHT)
    _render(sheet, sides)
    said = f"Old: {_description(sides[0])}. New: {_description(sides[-1])}." if old else f"{_description(sides[0])}."
    return sheet.picture(distributions.file_name("samples", new),
                         f"{new.name}: time of one iteration of each block in the order measured", said)


def _description(d: Distribution) -> str:
    text = distributions.description(d.benchmark)
    outliers = d.benchmark.outliers
    if outliers is not None and outliers.count:
        mild, severe = outliers.low_mild + outliers.high_mild, outliers.low_severe + outliers.high_severe
        text += f", {units.number(mild)} mild and {units.number(severe)} severe outliers"
    return text


def _render(sheet: Sheet, sides: Sequence[Distribution]) -> None:
    shown = distributions.window(sides)
    pad = 0.08 * (shown.high - shown.low) or abs(shown.high) * 0.02 or 0.5
    factor, unit = units.pick(max(abs(shown.low), abs(shown.high)), units.TIME)
    y_ends = (shown.low - pad) / factor, (shown.high + pad) / factor
    edges = [(46, 136), (177, 267)] if len(sides) > 1 else [(40, 187)]
    for number, (d, (top, bottom)) in enumerate(zip(sides, edges)):
        panel = Panel(sheet, LEFT, top, RIGHT, bottom, (-0.5, len(d.samples) - 0.5), y_ends)
        _side(panel, d, factor)
        panel.left_axis(ticks.linear(*y_ends, 4 if len(sides) > 1 else 6), "", 0)
        if len(sides) > 1:
            sheet.words(RIGHT, top - 6, ("old", "new")[number], svg.INK, anchor="end")
    middle = (edges[0][0] + edges[-1][1]) / 2
    sheet.words(14, middle, f"time of one iteration, {unit}", svg.INK, anchor="middle", upwards=True)
    sheet.words((LEFT + RIGHT) / 2, edges[-1][1] + 37, "process, in the order measured", svg.INK, anchor="middle")
    _legend(sheet, sides)


# --- one side -----------------------------------------------------------------------------------

def _side(panel: Panel, d: Distribution, factor: float) -> None:
    values = d.samples / factor
    low, high = panel.y_ends
    inside = (values >= low) & (values <= high)
    _bands(panel, d.benchmark)
    if _has_ranges(d):
        _ranges(panel, d, np.clip(values, low, high), factor)
    else:
        _dots(panel, d, values, inside)
    _medians(panel, d.benchmark, factor)
    panel.wedges(np.flatnonzero(~inside), values[~inside])


def _dots(panel: Panel, d: Distribution, values: np.ndarray, inside: np.ndarray) -> None:
    classes = _classes(d.samples, d.benchmark.outliers)
    ordinary = np.flatnonzero(inside & (classes == 0))
    size = 3.2 if len(values) <= 250 else 2.4
    panel.sheet.specks(panel.x(ordinary), panel.y(values[ordinary]), d.mark, d.colour, size)
    mild, severe = (np.flatnonzero(inside & (classes == which)) for which in (1, 2))
    panel.sheet.marks(panel.x(mild), panel.y(values[mild]), "round", svg.ORANGE, 4.2, hollow=True)
    panel.sheet.marks(panel.x(severe), panel.y(values[severe]), "diamond", svg.RED, 5.0)


def _has_ranges(d: Distribution) -> bool:
    return len(d.samples) > _MOST_DOTS


def _classes(samples: np.ndarray, fences: Optional[Outliers]) -> np.ndarray:
    """0: within the fences; 1: a mild outlier; 2: a severe one."""
    if fences is None:
        return np.zeros(len(samples), dtype=int)
    mild = (samples < fences.low_mild_ns) | (samples > fences.high_mild_ns)
    severe = (samples < fences.low_severe_ns) | (samples > fences.high_severe_ns)
    return mild.astype(int) + severe.astype(int)


def _ends_of_processes(benchmark: Measured) -> list[tuple[int, int]]:
    ends, start = [], 0
    for process in benchmark.processes:
        ends.append((start, start + len(process.block_ns)))
        start += len(process.block_ns)
    return ends


def _bands(panel: Panel, benchmark: Measured) -> None:
    """Every second process lies on a band, and some are named."""
    ends = _ends_of_processes(benchmark)
    if (panel.right - panel.left) / len(ends) >= _LEAST_BAND:
        for start, end in ends[::2]:
            panel.column(start - 0.5, end - 0.5, svg.LINE, 0.45)
    else:
        panel.column(-0.5, ends[-1][1] - 0.5, svg.LINE, 0.25)
    names = [((start + end - 1) / 2, str(number + 1)) for number, (start, end) in enumerate(ends)]
    panel.names_below(names[::-(-len(names) // _TICKS)])


def _medians(panel: Panel, benchmark: Measured, factor: float) -> None:
    ends = _ends_of_processes(benchmark)
    if (panel.right - panel.left) / len(ends) < 3:  # they would be dots
        xs = [(start + end - 1) / 2 for start, end in ends]
        columns = {round(x): i for i, x in enumerate(panel.x(xs).tolist())}
        kept = sorted(columns.values())
        panel.line([xs[i] for i in kept], [benchmark.processes[i].median_ns / factor for i in kept], svg.INK, 1.2)
        return
    panel.short_lines([(start - 0.4, end - 0.6, process.median_ns / factor)
                       for (start, end), process in zip(ends, benchmark.processes)], svg.INK, 1.6)


def _ranges(panel: Panel, d: Distribution, values: np.ndarray, factor: float) -> None:
    """From the lowest to the highest block of each column, pale, and from quartile to quartile."""
    places = np.floor((panel.x(np.arange(len(values))) - panel.left) / _COLUMN).astype(int)
    starts = np.flatnonzero(np.r_[True, places[1:] != places[:-1]])
    counts = np.diff(np.r_[starts, len(values)])
    ordered = values[np.lexsort((values, places))]
    low, high = ordered[starts], ordered[starts + counts - 1]
    xs = panel.left + (places[starts] + 0.5) * _COLUMN
    for bottom, top, colour, alpha in _zones(d.benchmark.outliers, d.colour):
        part_low, part_high = np.maximum(low, bottom / factor), np.minimum(high, top / factor)
        there = part_high > part_low
        panel.sheet.columns(xs[there], panel.y(part_low[there]), panel.y(part_high[there]), colour, _COLUMN, alpha)
    quarter, three = ordered[starts + counts // 4], ordered[starts + (3 * counts) // 4 - (counts % 4 == 0)]
    panel.sheet.columns(xs, panel.y(quarter) + 0.4, panel.y(three) - 0.4, d.colour, _COLUMN)


def _zones(fences: Optional[Outliers], colour: str) -> list[tuple[float, float, str, float]]:
    if fences is None:
        return [(-np.inf, np.inf, colour, _PALE)]
    return [(-np.inf, fences.low_severe_ns, svg.RED, _PALER), (fences.low_severe_ns, fences.low_mild_ns, svg.ORANGE, _PALER),
            (fences.low_mild_ns, fences.high_mild_ns, colour, _PALE),
            (fences.high_mild_ns, fences.high_severe_ns, svg.ORANGE, _PALER), (fences.high_severe_ns, np.inf, svg.RED, _PALER)]


# --- legend -------------------------------------------------------------------------------------

def _legend(sheet: Sheet, sides: Sequence[Distribution]) -> None:
    y, x = 20.0, LEFT - 12.0
    ranges = [d for d in sides if _has_ranges(d)]
    for d in sides:
        if _has_ranges(d):
            sheet.columns([x + 3.0], [y + 2.0], [y - 10.0], d.colour, 4.0, _PALE)
            sheet.columns([x + 3.0], [y - 1.0], [y - 7.0], d.colour, 4.0)
        else:
            sheet.specks([x + 3.0], [y - 4.0], d.mark, d.colour, 4.0)
        x += 12
    text = "range and middle half" if ranges else "block"
    sheet.words(x, y, text)
    x += 6.5 * len(text) + 16
    sheet.line([x, x + 14], [y - 4, y - 4], svg.INK, 1.6)
    text = "median" if ranges else "median of a process"
    sheet.words(x + 20, y, text)
    x += 20 + 6.5 * len(text) + 12
    found = [_classes(d.samples, d.benchmark.outliers) for d in sides]
    for which, name in ((1, "mild"), (2, "severe" if ranges else "severe outlier")):
        if any((classes == which).any() for classes in found):
            if ranges:
                sheet.columns([x + 3], [y + 2], [y - 10], (svg.ORANGE, svg.RED)[which - 1], 5.0, _PALER)
            elif which == 1:
                sheet.marks([x + 3], [y - 4], "round", svg.ORANGE, 4.2, hollow=True)
            else:
                sheet.marks([x + 3], [y - 4], "diamond", svg.RED, 5.0)
            sheet.words(x + 11, y, name)
            x += 11 + 6.4 * len(name) + 12
