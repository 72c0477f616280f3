"""Small drawings out of characters: an interval against zero, a share, a distribution, a course. Knows no benchmarks.

Each has a form in ASCII. Nothing is estimated: bins and ends are those of a picture.
"""
from __future__ import annotations

import math
from typing import Optional, Sequence

from .ink import NOTHING, Line, Span, line

Ends = Optional[tuple[float, float]]

_LEVELS = "▁▂▃▄▅▆▇"  # without the full block, which would touch the line above
_ASCII_LEVELS = ".:-=+*#"
# By whether the left and the right half of a cell are taken.
_STROKES = {(True, True): "━", (True, False): "╸", (False, True): "╺"}
_STROKES_AT_ZERO = {(True, True): "┿", (True, False): "┥", (False, True): "┝"}


# --- an interval against zero --------------------------------------------------------------------

def interval(width: int, scale: float, value: float, ends: Ends, floor: Ends, style: str, unicode: bool) -> Line:
    """From -scale to +scale; an arrow where it goes on. The floor lies behind it, shaded.

    What excludes zero stays out of zero's cell, however near it is.
    """
    width -= 1 - width % 2  # zero is the middle cell's
    if width < 3:
        return NOTHING
    cells = _background(width, scale, floor, unicode)
    zero = width // 2
    mark = min(int(_place(width, scale, value)), width - 1)
    if ends is not None:
        low, high = (_place(width, scale, end) for end in ends)
        if ends[0] > 0:
            low, high, mark = max(low, zero + 1), max(high, zero + 1), max(mark, zero + 1)
        elif ends[1] < 0:
            low, high, mark = min(low, zero - 0.5), min(high, zero), min(mark, zero - 1)
        draw = _draw_interval if unicode else _draw_ascii_interval
        draw(cells, low, high, zero, style)
    if value < -scale or (ends and ends[0] < -scale):
        cells[0] = Span("◂" if unicode else "<", style)
    if value > scale or (ends and ends[1] > scale):
        cells[-1] = Span("▸" if unicode else ">", style)
    if abs(value) > scale:
        mark += -1 if value > 0 else 1
    cells[mark] = Span("●" if unicode else "o", style)
    return tuple(cells)


def floor_is_visible(width: int, scale: float, floor: Ends) -> bool:
    """Whether it reaches beyond the cell of zero."""
    width -= 1 - width % 2
    return any(span.text in "░." for span in _background(width, scale, floor, True))


def axis(width: int, low: str, zero: str, high: str) -> Line:
    """The title of a column of intervals: what its ends and its middle are."""
    width -= 1 - width % 2
    before = width // 2 - len(low) - len(zero) // 2
    after = width - len(low) - before - len(zero) - len(high)
    if min(before, after) < 1:  # the middle one can be guessed
        return line(low + high.rjust(width - len(low)), "faint")
    return line(low + " " * before + zero + " " * after + high, "faint")


def _place(width: int, scale: float, value: float) -> float:
    """In cells from the left edge, not beyond the edges."""
    share = max(-1.0, min(1.0, value / scale)) if scale > 0 else 0.0
    return (1 + share) * width / 2


def _background(width: int, scale: float, floor: Ends, unicode: bool) -> list[Span]:
    cells = [Span(" ")] * width
    if floor is not None:
        for cell in range(int(_place(width, scale, floor[0])), min(width, math.ceil(_place(width, scale, floor[1])))):
            cells[cell] = Span("░" if unicode else ".", "faint")
    cells[width // 2] = Span("│" if unicode else ":", "faint")
    return cells


def _draw_interval(cells: list[Span], low: float, high: float, zero: int, style: str) -> None:
    """To half a cell."""
    first = min(int(2 * low), 2 * len(cells) - 1)
    behind = max(first + 1, min(2 * len(cells), math.ceil(2 * high)))
    for cell in range(first // 2, (behind + 1) // 2):
        halves = (first <= 2 * cell < behind, first <= 2 * cell + 1 < behind)
        cells[cell] = Span((_STROKES_AT_ZERO if cell == zero else _STROKES)[halves], style)


def _draw_ascii_interval(cells: list[Span], low: float, high: float, zero: int, style: str) -> None:
    first = min(int(low), len(cells) - 1)
    last = max(first, min(len(cells), math.ceil(high)) - 1)
    for cell in range(first, last + 1):
        at_end = cell in (first, last) and last > first
        cells[cell] = Span("|" if at_end else "+" if cell == zero else "-", style)


# --- a share -------------------------------------------------------------------------------------

def share(width: int, part: float, style: str, unicode: bool) -> Line:
    """Like the runner's progress: heavy as far as it goes, to half a cell, and light from there on."""
    halves = max(1, min(2 * width, round(2 * width * part)))
    if not unicode:
        return line("=" * ((halves + 1) // 2), style)
    heavy = "━" * (halves // 2) + ("╾" if halves % 2 else "")
    return line(heavy, style) + line("─" * (width - len(heavy)), "faint")


# --- a distribution ------------------------------------------------------------------------------

def window(sides: Sequence[Sequence[float]]) -> tuple[float, float]:
    """The ends of one axis for all: without each side's few farthest, which would press the rest together."""
    ordered = [sorted(side) for side in sides if side]
    return (min(side[len(side) // 50] for side in ordered), max(side[-1 - len(side) // 20] for side in ordered))


def distribution(width: int, values: Sequence[float], ends: tuple[float, float], unicode: bool) -> str:
    """How many of the values lie where between the ends; the fullest place is highest, an empty one blank."""
    low, high = ends
    counts = [0] * width
    for value in values:
        if low <= value <= high:
            share_of_axis = (value - low) / (high - low) if high > low else 0.5
            counts[min(width - 1, int(share_of_axis * width))] += 1
    most = max(counts)
    return "".join(_level(count / most, unicode) if count else " " for count in counts)


# --- a course ------------------------------------------------------------------------------------

LEAST_STEP = 0.01  # of the lowest: smaller ones would make noise a mountain range


def course(width: int, values: Sequence[float], unicode: bool) -> str:
    """The values in their order, each place the middle one of several where there are too many."""
    if not values:
        return ""
    count = min(width, len(values))
    edges = [index * len(values) // count for index in range(count + 1)]
    middles = [sorted(values[begin:end])[(end - begin) // 2] for begin, end in zip(edges, edges[1:])]
    low = min(middles)
    levels = _LEVELS if unicode else _ASCII_LEVELS
    reach = max(max(middles) - low, abs(low) * LEAST_STEP * (len(levels) - 1))
    return "".join(levels[round((m - low) / reach * (len(levels) - 1)) if reach else 0] for m in middles)


def _level(part: float, unicode: bool) -> str:
    levels = _LEVELS if unicode else _ASCII_LEVELS
    return levels[max(0, math.ceil(part * len(levels)) - 1)]
