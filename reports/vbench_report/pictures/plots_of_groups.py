"""The picture of a group: the distribution of each member in a row of its own, on one axis.

Compared, the upper half of a row is the old side, grey, and the lower the new, blue. Each half is as
high as the others, whatever it holds: rows show where times lie and how they spread.
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Optional, Sequence

import numpy as np

from .. import units
from ..model import Measured
from . import density, distributions, svg, ticks
from .distributions import Distribution
from .sheet import Panel, Sheet

MOST = 40  # members in one picture
WIDTH = 480
_TOP, _BOTTOM, _RIGHT = 36, 48, 464
_LETTERS, _LETTER = 20, 7.5  # of a name: at most so many, each about so many pixels wide
_GRID, _COARSE = 72, 44  # points of an outline; of a low row's
_WIDE = 20  # medians that differ by more than this factor ask for a logarithmic axis


@dataclass(frozen=True)
class Group:
    suite: str
    name: str
    members: tuple[tuple[Optional[Measured], Measured], ...]  # old, where there is one, and new; from top to bottom
    part: int = 0  # which of several pictures of one group


def groups(suite: str, name: str, members: Sequence[tuple[Optional[Measured], Measured]]) -> list[Group]:
    """As many pictures as it takes; none of a group of one."""
    if len(members) < 2:
        return []
    return [Group(suite, name, tuple(members[start:start + MOST]), part)
            for part, start in enumerate(range(0, len(members), MOST))]


def draw(group: Group) -> svg.Picture:
    height = _row_height(group) * len(group.members) + _TOP + _BOTTOM
    sheet = Sheet(WIDTH, height)
    _render(sheet, group, height)
    return sheet.picture(f"group-{svg.unique_slug(group.suite, str(group.part), group.name)}.svg",
                         f"{group.name}: distributions of the time of one iteration", _description(group))


def _row_height(group: Group) -> int:
    return 40 if len(group.members) <= 6 else 30 if len(group.members) <= 14 else 22


def _description(group: Group) -> str:
    def said(old: Optional[Measured], new: Measured) -> str:
        text = units.time(float(new.time.estimate_ns))
        return f"{new.name} {'from ' + units.time(float(old.time.estimate_ns)) + ' to ' + text if old else text}"

    return f"Violins of {len(group.members)} benchmarks side by side; estimates: {', '.join(said(*m) for m in group.members)}."


# --- names --------------------------------------------------------------------------------------

def _names(group: Group) -> list[str]:
    """Without what all have in common, if that is the group's name."""
    names = [new.name for _, new in group.members]
    common = group.name + "/"
    if all(name.startswith(common) and len(name) > len(common) for name in names):
        names = [name[len(common):] for name in names]
    return [_shortened(name) for name in names]


def _shortened(name: str) -> str:
    if len(name) <= _LETTERS:
        return name
    head = (_LETTERS - 1) // 2
    return name[:head] + "…" + name[head + 1 - _LETTERS:]


# --- rows ---------------------------------------------------------------------------------------

def _render(sheet: Sheet, group: Group, height: int) -> None:
    rows = [(distributions.old_distribution(old) if old else None, distributions.distribution(new))
            for old, new in group.members]
    every = [d for row in rows for d in row if d is not None]
    windows = [distributions.window([d]) for d in every]
    low, high = min(w.low for w in windows), max(w.high for w in windows)
    medians = [d.benchmark.statistics.median_ns for d in every]
    logarithmic = low > 0 and min(medians) > 0 and max(medians) > _WIDE * min(medians)
    factor, unit = units.pick(high, units.TIME)
    names = _names(group)
    left = 24 + min(_LETTERS, max(map(len, names))) * _LETTER
    compared = any(old for old, _ in rows)
    panel = Panel(sheet, left, _TOP, _RIGHT, height - _BOTTOM, _x_ends(low / factor, high / factor, logarithmic), (0, len(rows)),
                  logarithmic)
    marks = ticks.logarithmic(*panel.x_ends, 7) if logarithmic else ticks.linear(*panel.x_ends, 6)
    sheet.columns(panel.x([at for at, _ in marks]), [panel.top] * len(marks), [panel.bottom] * len(marks), svg.LINE, 1.0)
    for number, ((old, new), name) in enumerate(zip(rows, names)):
        middle = len(rows) - number - 0.5
        sheet.words(left - 10, float(panel.y([middle])[0]) + 4.2, name, svg.INK, anchor="end")
        if compared:
            if old is not None:
                _half(panel, old, factor, middle, up=True, down=False)
            _half(panel, new, factor, middle, up=False, down=True)
        else:
            _half(panel, new, factor, middle, up=True, down=True)
    panel.bottom_axis(marks, f"time of one iteration, {unit}" + (" (logarithmic)" if logarithmic else ""))
    _legend(sheet, left, compared)


def _x_ends(low: float, high: float, logarithmic: bool) -> tuple[float, float]:
    if logarithmic:
        pad = (high / low) ** 0.03
        return low / pad, high * pad
    pad = 0.05 * (high - low) or abs(high) * 0.02 or 0.5
    return (0.0 if 0 <= low < 0.25 * high else low - pad), high + pad


def _half(panel: Panel, d: Distribution, factor: float, middle: float, *, up: bool, down: bool) -> None:
    """A violin's outline, or a half of it, and a tick at the estimate."""
    size = 0.43
    top, bottom = middle + size * up, middle - size * down
    if not d.alike:
        xs, ys = _outline(panel, d, factor)
        if up and down:
            xs, shape = np.r_[xs, xs[::-1], xs[:1]], np.r_[middle + size * ys, middle - size * ys[::-1], middle + size * ys[:1]]
        else:
            shape = middle + size * ys * (1 if up else -1)
        panel.outline(xs, shape, d.colour, 0.25, 1.0)
    estimate = d.benchmark.time.estimate_ns / factor
    panel.upright_lines([(estimate, bottom, top)], svg.ORANGE, 1.6)


def _outline(panel: Panel, d: Distribution, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """At least two pixels wide, however narrow: the density of where it lies on the axis."""
    on_axis = np.log if panel.logarithmic else np.asarray
    shown = distributions.window([d])
    samples = on_axis(d.samples[(d.samples >= shown.low) & (d.samples <= shown.high)] / factor)
    low, high = (float(v) for v in on_axis(np.array(panel.x_ends)))
    if len(samples) < 2 or density.are_alike(samples):
        samples = on_axis(d.samples / factor)
    reach = 3 * density.bandwidth(samples)
    start, end = float(samples.min()) - reach, float(samples.max()) + reach
    least = 2 * (high - low) / (panel.right - panel.left)
    if end - start < least:
        start, end = (start + end - least) / 2, (start + end + least) / 2
    start, end = max(start, low), min(end, high)
    grid = np.linspace(start, end, _GRID if (panel.bottom - panel.top) / panel.y_ends[1] > 25 else _COARSE)
    curve = density.density(samples, grid)
    part = distributions.visible(curve)
    xs = np.exp(grid[part]) if panel.logarithmic else grid[part]
    return xs, curve[part] / curve.max()


def _legend(sheet: Sheet, left: float, compared: bool) -> None:
    x, y = left, 20
    if compared:
        for colour, name in ((svg.MUTED, "old"), (svg.BLUE, "new")):
            up = -6 if name == "old" else 6
            arc = [(x + 12 + 12 * math.cos(a), y - 4 + up * (math.sin(a) - 0.5)) for a in np.linspace(0, math.pi, 9)]
            panel = Panel(sheet, 0, 0, sheet.width, sheet.height, (0, sheet.width), (sheet.height, 0))
            panel.outline([p[0] for p in arc], [p[1] for p in arc], colour, 0.25, 1.0)
            sheet.words(x + 31, y, name)
            x += 31 + 24 + 18
    sheet.line([x + 4, x + 4], [y - 11, y + 2], svg.ORANGE, 1.6)
    sheet.words(x + 12, y, "estimate")
