"""A table on a terminal: which columns fit, how wide each is, and its lines. Knows no benchmarks.

Columns are left out by rank until the rest fits, so the ones without a rank always stay.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional, Sequence, Union

from .ink import NOTHING, Line, Span, columns

Drawing = Callable[[int], Line]  # for a width, which it does not exceed
Cell = Union[Line, Drawing]


@dataclass(frozen=True)
class Column:
    title: Cell
    cells: Sequence[Cell]  # one a row
    right: bool = False
    rank: int = 0  # the highest is left out first; 0: none of it is
    gap: int = 2  # blanks before it
    least: Optional[int] = None  # of an elastic one, whose cells are drawings
    most: int = 0

    @property
    def width(self) -> int:
        """That of its widest cell, or the least; 0: it is empty."""
        if not any(callable(cell) or cell for cell in self.cells):
            return 0
        return self.least if self.least is not None else max(_columns(cell) for cell in (self.title, *self.cells))


@dataclass(frozen=True)
class Grid:
    title: Line
    rows: tuple[Line, ...]
    first_width: int  # of the first column
    shown: tuple[Column, ...]


def lay_out(every: Sequence[Column], width: int) -> Grid:
    shown = [column for column in every if column.width]
    while _total(shown) > width and any(c.rank for c in shown):
        last = max(c.rank for c in shown)
        shown = [c for c in shown if c.rank != last]
    widths = [c.width for c in shown]
    spare = width - _total(shown)
    for index, column in enumerate(shown):
        if column.least is not None:  # the first elastic one takes what it can use, or gives what is missing
            more = max(1 - column.width, min(spare, column.most - column.width))
            widths[index] += more
            spare -= more
    rows = tuple(_joined(shown, widths, [c.cells[i] for c in shown]) for i in range(len(every[0].cells) if every else 0))
    return Grid(_joined(shown, widths, [c.title for c in shown]), rows, widths[0] if widths else 0, tuple(shown))


def _total(shown: Sequence[Column]) -> int:
    return sum(c.width for c in shown) + sum(c.gap for c in shown[1:])


def _columns(cell: Cell) -> int:
    return 0 if callable(cell) else columns(cell)


def _joined(shown: Sequence[Column], widths: Sequence[int], cells: Sequence[Cell]) -> Line:
    spans: list[Span] = []
    for index, (column, width, cell) in enumerate(zip(shown, widths, cells)):
        drawn = cell(width) if callable(cell) else cell
        blanks = Span(" " * max(0, width - columns(drawn)))
        spans.append(Span(" " * (column.gap if index else 0)))
        spans += (blanks, *drawn) if column.right else (*drawn, blanks)
    return tuple(spans) if spans else NOTHING
