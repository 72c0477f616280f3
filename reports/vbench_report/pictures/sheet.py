"""What a picture of distributions consists of, before matplotlib draws it: shapes, marks and words, in pixels.

The origin is the upper left corner. What is put on a sheet first lies below. Knows no matplotlib, so
that whoever needs no new picture does not load it; and nothing of benchmarks.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Optional, Sequence, Union

import numpy as np

from . import svg
from .ticks import Tick

Anchor = Literal["start", "middle", "end"]
Mark = Literal["round", "square", "diamond", "up", "down"]
Numbers = Union[np.ndarray, Sequence[float]]


@dataclass(frozen=True)
class Shape:
    """Lines, each an array of points: filled, stroked or both. Filling closes a line, stroking does not."""

    lines: Union[Sequence[np.ndarray], np.ndarray]  # an array of (line, point, x or y) where all are as long
    fill: Optional[str] = None
    fill_alpha: float = 1.0
    stroke: Optional[str] = None
    width: float = svg.STROKE
    alpha: float = 1.0
    dash: Optional[tuple[float, float]] = None
    cap: Literal["butt", "round", "projecting"] = "butt"


@dataclass(frozen=True)
class Marks:
    points: np.ndarray
    mark: Mark
    size: float
    fill: str
    edge: str  # the card's colour tells marks that overlap apart


@dataclass(frozen=True)
class Words:
    x: float
    y: float  # of the letters' base line
    text: str
    colour: str
    size: float
    anchor: Anchor
    upwards: bool  # turned a quarter to the left


Item = Union[Shape, Marks, Words]


@dataclass
class Sheet:
    width: int
    height: int
    items: list[Item] = field(default_factory=list)

    def line(self, xs: Numbers, ys: Numbers, colour: str, width: float = svg.STROKE, **more: object) -> None:
        self.items.append(Shape([np.column_stack([xs, ys])], stroke=colour, width=width, **more))  # type: ignore[arg-type]

    def box(self, left: float, top: float, right: float, bottom: float, colour: str, alpha: float = 1.0) -> None:
        points = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
        self.items.append(Shape([points], fill=colour, fill_alpha=alpha))

    def marks(self, xs: Numbers, ys: Numbers, mark: Mark, colour: str, size: float = svg.DOT, hollow: bool = False) -> None:
        if len(xs):
            fill, edge = (svg.CARD, colour) if hollow else (colour, svg.CARD)
            self.items.append(Marks(np.column_stack([xs, ys]), mark, size, fill, edge))

    def specks(self, xs: Numbers, ys: Numbers, mark: Mark, colour: str, size: float) -> None:
        """Marks without an edge, for many: a dozen bytes each."""
        if len(xs):
            at = np.column_stack([xs, ys])
            self.items.append(Shape(np.stack([at, at], axis=1), stroke=colour, width=size,
                                    cap="round" if mark == "round" else "projecting"))

    def columns(self, xs: Numbers, lows: Numbers, highs: Numbers, colour: str, width: float, alpha: float = 1.0) -> None:
        """Upright lines."""
        if len(xs):
            ends = np.stack([np.column_stack([xs, lows]), np.column_stack([xs, highs])], axis=1)
            self.items.append(Shape(ends, stroke=colour, width=width, alpha=alpha))

    def words(self, x: float, y: float, text: str, colour: str = svg.MUTED, size: float = svg.TEXT,
              anchor: Anchor = "start", upwards: bool = False) -> None:
        self.items.append(Words(x, y, text, colour, size, anchor, upwards))

    def picture(self, file_name: str, title: str, alt: str) -> svg.Picture:
        from . import matplotlib_svg  # here, because it takes longer to load than most reports to make
        text = svg.finish(matplotlib_svg.draw(self), title, alt)
        return svg.Picture(file_name, alt, self.width, self.height, text)


@dataclass(frozen=True)
class Panel:
    """A part of a sheet with a pair of axes."""

    sheet: Sheet
    left: float
    top: float
    right: float
    bottom: float
    x_ends: tuple[float, float]
    y_ends: tuple[float, float]
    logarithmic: bool = False  # the axis of x

    def x(self, values: Numbers) -> np.ndarray:
        low, high = self.x_ends
        at = np.asarray(values, dtype=float)
        if self.logarithmic:
            low, high, at = np.log(low), np.log(high), np.log(np.maximum(at, low * 1e-3))
        return self.left + (at - low) / (high - low) * (self.right - self.left)

    def y(self, values: Numbers) -> np.ndarray:
        low, high = self.y_ends
        return self.bottom - (np.asarray(values, dtype=float) - low) / (high - low) * (self.bottom - self.top)

    def _in_x(self, value: float) -> float:
        return float(np.clip(self.x([value])[0], self.left, self.right))

    def _in_y(self, value: float) -> float:
        return float(np.clip(self.y([value])[0], self.top, self.bottom))

    def line(self, xs: Numbers, ys: Numbers, colour: str, width: float = svg.STROKE, **more: object) -> None:
        self.sheet.line(self.x(xs), self.y(ys), colour, width, **more)

    def outline(self, xs: Numbers, ys: Numbers, colour: str, alpha: float, width: float = svg.STROKE,
                dash: Optional[tuple[float, float]] = None) -> None:
        """Filled lightly, with a line along the given points."""
        points = np.column_stack([self.x(xs), self.y(ys)])
        self.sheet.items.append(Shape([points], colour, alpha, colour, width, dash=dash))

    def across(self, value: float, colour: str, width: float = svg.STROKE, **more: object) -> None:
        """A line from left to right."""
        at = self._in_y(value)
        self.sheet.line([self.left, self.right], [at, at], colour, width, **more)

    def upright(self, value: float, colour: str, width: float = svg.STROKE, **more: object) -> None:
        at = self._in_x(value)
        self.sheet.line([at, at], [self.bottom, self.top], colour, width, **more)

    def stripe(self, low: float, high: float, colour: str, alpha: float) -> None:
        """From left to right, between two values of y."""
        self.sheet.box(self.left, self._in_y(high), self.right, self._in_y(low), colour, alpha)

    def column(self, low: float, high: float, colour: str, alpha: float) -> None:
        self.sheet.box(self._in_x(low), self.top, self._in_x(high), self.bottom, colour, alpha)

    def wedges(self, xs: Numbers, ys: Numbers) -> None:
        """A wedge at the edge for each value that lies above or below what is shown; those that would touch are one."""
        at, values = self.x(xs), np.asarray(ys, dtype=float)
        low, high = self.y_ends
        for which, edge, mark in ((values > high, self.top + 4, "up"), (values < low, self.bottom - 4, "down")):
            places = sorted(set(np.round(at[which] / 4) * 4))
            self.sheet.marks(places, [edge] * len(places), mark, svg.RED, 6.0)  # type: ignore[arg-type]

    def short_lines(self, lines: Sequence[tuple[float, float, float]], colour: str, width: float) -> None:
        """Each from one x to another at one y."""
        if lines:
            found = np.array(lines)
            left, right, y = self.x(found[:, 0]), self.x(found[:, 1]), self.y(found[:, 2])
            self.sheet.items.append(Shape([np.array([(a, c), (b, c)]) for a, b, c in zip(left, right, y)],
                                          stroke=colour, width=width))

    def upright_lines(self, lines: Sequence[tuple[float, float, float]], colour: str, width: float, alpha: float = 1.0) -> None:
        """Each at one x from one y to another."""
        if lines:
            found = np.array(lines, dtype=float)
            self.sheet.columns(self.x(found[:, 0]), self.y(found[:, 1]), self.y(found[:, 2]), colour, width, alpha)

    # --- axes

    def names_below(self, names: Sequence[Tick], label: str = "") -> None:
        """Names under places, without an axis."""
        for x, (_, text) in zip(self.x([at for at, _ in names]), names):
            self.sheet.words(float(x), self.bottom + 17, text, anchor="middle")
        if label:
            self.sheet.words((self.left + self.right) / 2, self.bottom + 37, label, svg.INK, anchor="middle")

    def bottom_axis(self, ticks: Sequence[Tick], label: str, label_y: float = 38) -> None:
        xs = [float(v) for v in self.x([at for at, _ in ticks])]
        self._axis([np.array([(self.left, self.bottom), (self.right, self.bottom)])] +
                   [np.array([(x, self.bottom), (x, self.bottom + 4)]) for x in xs])
        for x, (_, text) in zip(xs, ticks):
            self.sheet.words(x, self.bottom + 18, text, anchor="middle")
        self.sheet.words((self.left + self.right) / 2, self.bottom + label_y, label, svg.INK, anchor="middle")

    def left_axis(self, ticks: Sequence[Tick], label: str, label_x: float) -> None:
        """`label_x`: where the label stands, from the sheet's left."""
        ys = [float(v) for v in self.y([at for at, _ in ticks])]
        self._axis([np.array([(self.left, self.top), (self.left, self.bottom)])] +
                   [np.array([(self.left - 4, y), (self.left, y)]) for y in ys])
        for y, (_, text) in zip(ys, ticks):
            self.sheet.words(self.left - 8, y + 4.2, text, anchor="end")
        if label:
            self.sheet.words(label_x, (self.top + self.bottom) / 2, label, svg.INK, anchor="middle", upwards=True)

    def _axis(self, lines: list[np.ndarray]) -> None:
        self.sheet.items.append(Shape(lines, stroke=svg.MUTED, width=svg.THIN))
