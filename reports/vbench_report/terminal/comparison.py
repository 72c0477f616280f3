"""A comparison on a terminal: what regressed first, then what improved, and the rest.

Says what the runner's own table says, in its words, and draws beside it. Judges nothing.
"""
from __future__ import annotations

from collections import Counter
from typing import Optional

from .. import units
from ..model import Comparison, NotCompared, Result
from ..paired import P99Limit
from ..pictures.change_drawing import scale_of
from . import blocks, characters, strokes
from .comparison_rows import STYLES, Row, plain, rows_of, symbol
from .grid import Column, Drawing, Grid, lay_out
from .ink import NOTHING, Line, Screen, Span, line, listed

_BAR_LEAST, _BAR_MOST = 13, 41


def lines(result: Result, comparison: Comparison, screen: Screen) -> list[Line]:
    told = _sides(comparison, screen)
    rows = rows_of(result, comparison)
    scale = scale_of(comparison.rows)
    grid = lay_out(_columns(result, comparison, rows, scale, screen), screen.width)
    if rows:
        told += [NOTHING, grid.title]
    for index, (row, drawn) in enumerate(zip(rows, grid.rows)):
        if index and row.verdict != rows[index - 1].verdict:
            told.append(NOTHING)
        told.append(drawn)
    told += _limits(comparison, grid, screen) + _not_compared(comparison, grid, screen)
    return [*told, NOTHING, *_closing(comparison, screen), *_legend(comparison, grid, scale, screen)]


def _sides(comparison: Comparison, screen: Screen) -> list[Line]:
    """What is compared, and how."""
    if comparison.old.side and comparison.new:
        told = screen.paragraph(f"Old: {comparison.old.side.text}", "faint", lines_max=2)
        told += screen.paragraph(f"New: {comparison.new.text}", "faint", lines_max=2)
        how = "Side by side"
        if comparison.level_percent is not None:
            how += f"; if nothing had changed, at most {units.percentage(comparison.level_percent)} of runs would name any change"
        told += screen.paragraph(f"{how}.", "faint")
    else:
        told = screen.paragraph(f"Against {comparison.old.name}.", "faint", lines_max=2)
        told += screen.paragraph("Old and new did NOT run side by side: whatever the machine did in between counts as change. "
                                 f"The intervals allow for {units.percentage(comparison.drift_percent or 0)} of it.", "faint")
    for note in comparison.notes:
        told += screen.paragraph(note, "faint", lines_max=3)
    return told


# --- columns -------------------------------------------------------------------------------------

def _columns(result: Result, comparison: Comparison, rows: list[Row], scale: float, screen: Screen) -> list[Column]:
    names = [screen.text(row.name) for row in rows]
    below = [screen.text(left_out.name) for left_out in comparison.not_compared]
    widest = max([characters.columns(name) for name in (*names, *below)] + [len("benchmark")]) + 2

    def name(row: Row, text: str) -> Drawing:
        style = STYLES[row.verdict]
        return lambda width: (Span(f"{symbol(row.verdict, screen)} ", f"{style} strong" if style else ""),
                              Span(characters.cut_middle(text, width - 2, screen.dots)))

    def bar(row: Row) -> Drawing:
        floor = comparison.noise_floor.interval if comparison.noise_floor else None
        return lambda width: strokes.interval(width, scale, row.change_percent, row.interval, floor, STYLES[row.verdict],
                                              screen.unicode)

    def faint(title: str) -> Line:
        return line(screen.text(title), "faint")

    old, new = ([screen.text(units.time(row.old_ns)) for row in rows], [screen.text(units.time(row.new_ns)) for row in rows])
    to = screen.text("\u2192")
    new_width = max(map(len, new), default=0)
    shapes = [blocks.distributions(row.sides, screen.unicode) if row.sides else ["", ""] for row in rows]
    wide = [f"{shape:{blocks.DISTRIBUTION_WIDTH}}" if shape else "" for _, shape in shapes]
    return [
        Column(lambda width: line("  benchmark"[:width], "faint"), [name(row, text) for row, text in zip(rows, names)],
               least=min(widest, max(18, screen.width // 5)), most=widest),
        Column(faint("old"), [line(text, "faint") for text in old], right=True, rank=4),
        Column(faint("new"), [line(f"{to} {text:>{new_width}}") for text in new], right=True, rank=4, gap=1),
        Column(faint("change"), [line(plain(row.change_percent, "%"), _strong(row)) for row in rows], right=True),
        Column(NOTHING, [line(_interval(row)) for row in rows], gap=1, rank=1),
        Column(lambda width: strokes.axis(width, plain(-scale, "%", 0), "0", plain(scale, "%", 0)), [bar(row) for row in rows],
               rank=3, least=_BAR_LEAST, most=_BAR_MOST),
        Column(faint("verdict"), [line(row.verdict, STYLES[row.verdict]) for row in rows]),
        Column(NOTHING, [line(screen.text(row.remark)) for row in rows], rank=7),
        Column(faint("old blocks"), [line(shape, "faint") for shape, _ in shapes], rank=5),
        Column(faint("new blocks"), [line(shape, STYLES[row.verdict]) for row, shape in zip(rows, wide)], rank=5, gap=1),
        Column(faint("history"), [line(blocks.history(result.history, row.sides[1], screen.unicode) if row.sides else "", "cool")
                                  for row in rows], rank=6),
    ]


def _strong(row: Row) -> str:
    return f"{STYLES[row.verdict]} strong" if row.verdict in ("regressed", "improved") else STYLES[row.verdict]


def _interval(row: Row) -> str:
    return f"({plain(row.interval[0])} to {plain(row.interval[1])})" if row.interval else ""


# --- below the table -----------------------------------------------------------------------------

def _noted(mark: str, name: str, said: str, style: str, grid: Grid, screen: Screen) -> list[Line]:
    """A sentence beside a name, as far to the right as the table's columns."""
    text = screen.text(name)
    width = max(3, (grid.first_width or min(characters.columns(text) + 2, screen.width // 2)) - 2)
    shown = characters.cut_middle(text, width, screen.dots)
    first, *others = screen.paragraph(said, style, width + 4, 3) or [NOTHING]
    head = (Span(f"{mark} ", "bad strong" if style == "bad" else style),
            Span(shown + " " * (width + 2 - characters.columns(shown))))
    return [(*head, *(Span(span.text.lstrip(" "), span.style) for span in first)), *others]


def _p99_limits(comparison: Comparison) -> list[tuple[str, P99Limit]]:
    return [(row.name, row.pairing.p99_limit) for row in comparison.rows if row.pairing and row.pairing.p99_limit]


def _limits(comparison: Comparison, grid: Grid, screen: Screen) -> list[Line]:
    """A limit that is kept needs no line."""
    told: list[Line] = []
    for verdict, style in (("exceeded", "bad"), ("undecided", "open")):
        for name, limit in _p99_limits(comparison):
            if limit.verdict == verdict:
                mark = symbol("regressed" if verdict == "exceeded" else "inconclusive", screen)
                told += _noted(mark, name, _limit(limit), style, grid, screen)
    return [NOTHING, *told] if told else []


def _limit(limit: P99Limit) -> str:
    said = f"p99 limit {units.time(limit.limit_ns)} {limit.verdict}"
    if limit.p99_low_ns is None or limit.p99_high_ns is None:
        return f"{said}: too few {'samples' if limit.p99_ns is None else 'cycles'}"
    return f"{said}: the new p99 is {units.time(limit.p99_low_ns)} to {units.time(limit.p99_high_ns)}"


_MARKS = {"failed": ("✗", "x"), "failed_then": ("✗", "x"), "added": ("+", "+"), "removed": ("-", "-"), "no_time": ("·", ".")}


def _not_compared(comparison: Comparison, grid: Grid, screen: Screen) -> list[Line]:
    """Failures first."""
    told: list[Line] = []
    for reason, marks in _MARKS.items():
        for left_out in comparison.not_compared:
            if left_out.reason == reason:
                told += _noted(marks[0 if screen.unicode else 1], left_out.name, _reason(left_out),
                               "bad" if reason == "failed" else "faint", grid, screen)
    return [NOTHING, *told] if told else []


def _reason(left_out: NotCompared) -> str:
    return f"FAILED: {left_out.text}" if left_out.reason == "failed" else left_out.text


# --- at the end ----------------------------------------------------------------------------------

def _closing(comparison: Comparison, screen: Screen) -> list[Line]:
    verdicts = Counter(row.verdict for row in comparison.rows)
    tails = Counter(q.verdict for row in comparison.rows for q in (row.pairing.quantiles if row.pairing else ()))
    exceeded = sum(limit.verdict == "exceeded" for _, limit in _p99_limits(comparison))
    said = ", ".join(f"{verdicts[verdict]} {verdict}" for verdict in _COUNTED)
    if comparison.not_compared:
        said += f", {len(comparison.not_compared)} not compared"
    if tails["regressed"] or tails["improved"] or exceeded:
        said += f"; latencies: {tails['regressed']} regressed, {tails['improved']} improved"
        said += f", {exceeded} above {'its' if exceeded == 1 else 'their'} p99 limit" if exceeded else ""
    told = screen.paragraph(f"{said}.")
    if comparison.moved_together and comparison.common_percent is not None:
        told += screen.paragraph(
            f"warning: the {len(comparison.rows)} benchmarks together have moved by {plain(comparison.common_percent, '%')} "
            "(median): " + ("something that they share has changed" if comparison.paired else "the machine has, or what they share"), "open")
    told += _floor(comparison, screen) + _changed(comparison, screen)
    if comparison.gate is not None:
        failed = comparison.gate.failed
        told += [line(f"The check {'failed' if failed else 'passed'}.", "bad strong" if failed else "good strong")]
    return told


_COUNTED = ("regressed", "improved", "equivalent", "inconclusive")  # as the runner does


def _changed(comparison: Comparison, screen: Screen) -> list[Line]:
    names = [row.name for row in comparison.rows if row.pairing and row.pairing.benchmark_changed]
    if not names:
        return []
    return screen.paragraph(f"warning: {listed(names)}: the benchmark's own code is not the same on both sides", "open",
                            lines_max=3)


def _floor(comparison: Comparison, screen: Screen) -> list[Line]:
    floor = comparison.noise_floor
    if floor is None or floor.pairs == 0:
        return []
    if floor.interval is None or floor.change_percent is None:
        said = "1 pair of old against itself tells" if floor.pairs == 1 else f"{floor.pairs} pairs of old against itself tell"
        return screen.paragraph(f"Noise floor: unknown; {said} too little.")
    told = screen.paragraph(f"Noise floor: old differs from itself by {plain(floor.change_percent, '%')} "
                            f"({plain(floor.interval[0])} to {plain(floor.interval[1])}), in {floor.pairs} pairs.")
    if floor.exceeded:
        told += screen.paragraph("warning: so something other than the code favours one side, and no verdict of this run counts; "
                                 "run `vbench doctor`, and compare again", "bad")
    return told


def _legend(comparison: Comparison, grid: Grid, scale: float, screen: Screen) -> list[Line]:
    """What is drawn, as far as it is."""
    ranks = {column.rank for column in grid.shown}
    floor: Optional[tuple[float, float]] = comparison.noise_floor.interval if comparison.noise_floor else None
    said = []
    if 3 in ranks:
        said.append(f"{'━●━' if screen.unicode else '|-o-|'} change with its interval, slower to the right")
        if strokes.floor_is_visible(_BAR_MOST, scale, floor):
            said.append(f"{'░' if screen.unicode else '.'} noise floor")
    if 5 in ranks:
        said.append("blocks: how many took how long, old and new on one axis")
    if 6 in ranks:
        said.append("history: the lowest is the fastest")
    return screen.paragraph("; ".join(said) + ".", "faint") if said else []
