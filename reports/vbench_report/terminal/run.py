"""A run without a comparison on a terminal: its benchmarks, group by group, and why those failed that did.

Says what the runner's own table says, in its words, and draws beside it.
"""
from __future__ import annotations

import math
from typing import Sequence

from .. import units
from ..model import Benchmark, Failed, Measured, Result
from . import blocks, characters, strokes
from .grid import Column, Drawing, Grid, lay_out
from .ink import NOTHING, Line, Screen, Span, line, listed

_BAR_LEAST, _BAR_MOST = 10, 28


def lines(result: Result, screen: Screen) -> list[Line]:
    groups = _groups(result.benchmarks)
    measured = [b for group in groups for b in group if isinstance(b, Measured)]
    if not groups:
        return [line("No benchmark was run.")]
    grid = lay_out(_columns(result, groups, measured, screen), screen.width)
    rows = dict(zip(map(id, measured), grid.rows))
    told = [grid.title] if measured else []
    for index, group in enumerate(groups):
        if index and (len(group) > 1 or len(groups[index - 1]) > 1):
            told.append(NOTHING)
        if len(group) > 1:
            told.append(line(characters.cut_middle(screen.text(group[0].group), screen.width, screen.dots), "strong"))
        for b in group:
            told += [rows[id(b)]] if isinstance(b, Measured) else _failed(b, group, grid, screen)
    return [*told, *_closing(result, grid, screen)]


def _groups(benchmarks: Sequence[Benchmark]) -> list[list[Benchmark]]:
    """In the order in which they begin; suites do not share a group."""
    found: dict[tuple[str, str], list[Benchmark]] = {}
    for b in benchmarks:
        found.setdefault((b.suite, b.group), []).append(b)
    return list(found.values())


def _shown_name(b: Benchmark, group: Sequence[Benchmark], screen: Screen) -> str:
    """Below the name of its group, what tells it from the others."""
    if len(group) == 1:
        return screen.text(b.name)
    rest = b.name[len(b.group) + 1:] if b.name.startswith(b.group + "/") else b.name
    return "  " + screen.text(rest or b.name)


# --- columns -------------------------------------------------------------------------------------

def _columns(result: Result, groups: Sequence[Sequence[Benchmark]], measured: Sequence[Measured], screen: Screen) -> list[Column]:
    of = {id(b): group for group in groups for b in group}
    names = [_shown_name(b, of[id(b)], screen) for b in measured]
    every = [_shown_name(b, group, screen) for group in groups for b in group]
    widest = max([characters.columns(name) for name in every] + [len("benchmark")])

    def name(text: str) -> Drawing:
        return lambda width: line(characters.cut_middle(text, width, screen.dots))

    def faint(title: str) -> Line:
        return line(title, "faint")

    return [
        Column(faint("benchmark"), [name(text) for text in names], least=min(widest, max(16, screen.width // 5)), most=widest),
        Column(faint("time"), [line(screen.text(units.time(b.time.estimate_ns)), "strong") for b in measured], right=True),
        Column(NOTHING, [line(screen.text(_precision(b))) for b in measured]),
        Column(faint("throughput"), [line(screen.text(_throughput(b))) for b in measured], right=True, rank=2),
        Column(_titled("within its group"), [_bar(b, of[id(b)], screen) for b in measured], rank=3,
               least=_BAR_LEAST, most=_BAR_MOST) if any(len(group) > 1 for group in groups) else Column(NOTHING, []),
        Column(faint("blocks in order"), [line(blocks.course(b, screen.unicode), "cool") for b in measured], rank=4),
        Column(faint("history"), [line(blocks.history(result.history, b, screen.unicode), "cool") for b in measured], rank=5),
    ]


def _titled(title: str) -> Drawing:
    return lambda width: line(title[:width], "faint")


def _precision(b: Measured) -> str:
    """How far the interval reaches above the estimate, as the runner prints it."""
    ends, estimate = b.time.interval, b.time.estimate_ns
    if ends is None or estimate <= 0:
        return ""
    percent = 100 * ((ends[1] - estimate) / estimate)
    if not math.isfinite(percent):
        return ""
    return f"\u00b1 {percent:.1f} %" if percent < 1e6 else f"\u00b1 {percent:.1e} %"


def _throughput(b: Measured) -> str:
    if b.items_per_sec:
        return units.items_rate(b.items_per_sec)
    return units.bytes_rate(b.bytes_per_sec) if b.bytes_per_sec else ""


def _bar(b: Measured, group: Sequence[Benchmark], screen: Screen) -> Drawing:
    longest = max(other.time.estimate_ns for other in group if isinstance(other, Measured))
    alone = sum(isinstance(other, Measured) for other in group) == 1

    def drawn(width: int) -> Line:
        if alone or longest <= 0:
            return NOTHING
        return strokes.share(width, b.time.estimate_ns / longest, "cool", screen.unicode)

    return drawn


# --- besides -------------------------------------------------------------------------------------

def _failed(b: Failed, group: Sequence[Benchmark], grid: Grid, screen: Screen) -> list[Line]:
    """Beside its name where there is room, or below it."""
    name = _shown_name(b, group, screen)
    width = grid.first_width or min(characters.columns(name), screen.width // 2)
    shown = characters.cut_middle(name, width, screen.dots)
    reason = screen.paragraph(f"FAILED: {b.error}", "bad", width + 2, 3)
    head = Span(shown + " " * (width + 2 - characters.columns(shown)), "bad strong")
    return [(head, Span(reason[0][0].text.lstrip(" "), "bad")), *reason[1:]]


def _closing(result: Result, grid: Grid, screen: Screen) -> list[Line]:
    count, failed = len(result.benchmarks), len(result.failed)
    said = f"{count} benchmark{'' if count == 1 else 's'}"
    if failed:
        said += f", {failed} failed"
    told = [NOTHING, *screen.paragraph(f"{said}.", "bad" if failed else "")]
    warnings = _warnings(result)
    for text, names in list(warnings.items())[:_WARNINGS_MAX]:
        told += screen.paragraph(f"warning: {listed(names)}: {text}", "open", lines_max=3)
    if len(warnings) > _WARNINGS_MAX:
        told += screen.paragraph(f"{len(warnings) - _WARNINGS_MAX} more warnings are in the result and the report.")
    legend = _legend(result, grid)
    return [*told, *screen.paragraph(legend, "faint")] if legend else told


_WARNINGS_MAX = 12


def _warnings(result: Result) -> dict[str, list[str]]:
    """Each with the benchmarks that have it."""
    found: dict[str, list[str]] = {}
    for b in result.measured:
        for text in b.warnings:
            found.setdefault(text, []).append(b.name)
    return found


def _legend(result: Result, grid: Grid) -> str:
    said = []
    confidences = {b.time.confidence for b in result.measured if b.time.interval}
    if len(confidences) == 1:
        said.append(f"± reaches to the end of the {units.percent(confidences.pop())} interval.")
    if any(column.rank >= 4 for column in grid.shown):
        said.append("In drawings of blocks and history the lowest is the fastest, and a step is at least 1 %.")
    return " ".join(said)
