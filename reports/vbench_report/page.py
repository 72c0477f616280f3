"""The page: what the template shows, in the order it shows it. Figures are the result's own."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Sequence

import jinja2
from markupsafe import Markup

from . import change_drawing, comparison, curves, figures, judging, paired_sentences, precision, svg, tables, tails, units
from .comparison import Pair
from .model import Change, Failed, Measured, NotCompared, Result, Scaling

TEMPLATES = Path(__file__).resolve().parent / "templates"
GENERATOR = "vbench-report"


@dataclass(frozen=True)
class Pictures:
    """Of one benchmark; None: it has no such picture."""

    distribution: Optional[svg.Picture]
    cycles: Optional[svg.Picture]
    layouts: Optional[svg.Picture]


@dataclass(frozen=True)
class Entry:
    """One benchmark: its row and its section."""

    pair: Pair
    anchor: str
    pictures: Pictures

    @property
    def benchmark(self) -> Any:
        return self.pair.benchmark

    @property
    def failed(self) -> bool:
        return isinstance(self.benchmark, Failed)

    @property
    def warned(self) -> bool:
        """Whether its section shows a warning, of either side."""
        sides = self.pair.both or (self.pair.benchmark,)
        return any(isinstance(b, Measured) and b.warnings for b in sides)


@dataclass(frozen=True)
class Curve:
    picture: svg.Picture
    chart: curves.Chart


@dataclass(frozen=True)
class Scaled:
    """A family of the group, over threads."""

    scaling: Scaling
    picture: svg.Picture


@dataclass(frozen=True)
class Group:
    suite: str
    name: str
    anchor: str
    curves: tuple[Curve, ...]
    scalings: tuple[Scaled, ...]
    entries: tuple[Entry, ...]


def groups(pairs: Sequence[Pair], pictures: Sequence[Pictures],
           curve_pictures: Sequence[tuple[curves.Chart, svg.Picture]],
           scaling_pictures: Sequence[tuple[Scaling, svg.Picture]]) -> tuple[Group, ...]:
    """Groups in the order in which the file first names them; `pictures` go with the pairs."""
    members: dict[tuple[str, str], list[Entry]] = {}
    taken: set[str] = set()
    for pair, of_pair in zip(pairs, pictures):
        benchmark = pair.benchmark
        anchor = "b-" + svg.unique_slug(benchmark.suite, benchmark.name)
        while anchor in taken:
            anchor += "-again"
        taken.add(anchor)
        members.setdefault((benchmark.suite, benchmark.group), []).append(Entry(pair, anchor, of_pair))
    return tuple(
        Group(suite, name, "g-" + svg.unique_slug(suite, name),
              tuple(Curve(picture, chart) for chart, picture in curve_pictures
                    if (chart.suite, chart.group) == (suite, name)),
              tuple(Scaled(scaling, picture) for scaling, picture in scaling_pictures
                    if any(_is_of(scaling, entry.benchmark) for entry in entries)),
              tuple(entries))
        for (suite, name), entries in members.items())


def _is_of(scaling: Scaling, benchmark: Any) -> bool:
    return benchmark.name == f"{scaling.name}/{scaling.points[0].threads}_threads"


# --- a comparison's table -----------------------------------------------------------------------

@dataclass(frozen=True)
class Compared:
    change: Change
    entry: Entry
    drawing: Markup


@dataclass(frozen=True)
class Uncompared:
    left_out: NotCompared
    entry: Optional[Entry]  # None: the file has nothing more to say of it
    word: str
    text: str


_WORDS = {"added": "added", "removed": "removed", "failed": "failed", "failed_then": "failed before",
          "no_time": "no time"}
_WORDS_SIDE_BY_SIDE = {**_WORDS, "failed_then": "failed on the old side"}


def _verdicts(result: Result, of_groups: Sequence[Group], scale: float) -> dict[str, list[Compared]]:
    if result.comparison is None:
        return {}
    entries = {id(e.pair.change): e for g in of_groups for e in g.entries if e.pair.change}
    return {
        verdict: [Compared(row, entries[id(row)], change_drawing.drawing(row, scale, "d-" + entries[id(row)].anchor))
                  for row in rows if id(row) in entries]
        for verdict, rows in comparison.in_order(result.comparison)}


def _uncompared(result: Result, of_groups: Sequence[Group]) -> list[Uncompared]:
    if result.comparison is None:
        return []
    entries = {id(e.pair.left_out): e for g in of_groups for e in g.entries if e.pair.left_out}
    rows = []
    words = _WORDS_SIDE_BY_SIDE if result.comparison.paired else _WORDS
    for left_out in result.comparison.not_compared:
        word = words[left_out.reason]
        said = left_out.text
        # The word stands before it already.
        said = said[len(word) + 2:] if said.startswith(word + ": ") else said
        rows.append(Uncompared(left_out, entries.get(id(left_out)), word, said))
    return rows


# --- the page -----------------------------------------------------------------------------------

def render(result: Result, of_groups: Sequence[Group]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(TEMPLATES)), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    environment.filters.update(figures.filters())
    environment.tests["measured"] = lambda benchmark: isinstance(benchmark, Measured)
    environment.tests["failed"] = lambda benchmark: isinstance(benchmark, Failed)
    scale = precision.scale_of(result.measured)
    rows = result.comparison.rows if result.comparison else ()
    change_scale = change_drawing.scale_of(rows)
    return environment.get_template("index.html.j2").render(
        generator=GENERATOR, result=result, groups=of_groups,
        several_suites=len({e.benchmark.suite for g in of_groups for e in g.entries}) > 1,
        any_items=any(b.has_items for b in result.measured),
        any_rate=any(b.items_per_sec is not None or b.bytes_per_sec is not None for b in result.measured),
        scale=units.percent(scale),
        precision=lambda benchmark: precision.drawing(benchmark, scale),
        tables=tables, sentences=paired_sentences, judging=judging, tails=tails,
        comparison=result.comparison, every_verdict=comparison.VERDICTS,
        verdicts=_verdicts(result, of_groups, change_scale),
        uncompared=_uncompared(result, of_groups), differences=comparison.differences(result),
        change_scale=f"{change_scale:g}\u202f%", symbol=change_drawing.symbol,
        style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
        paired_style=Markup((TEMPLATES / "paired.css").read_text(encoding="utf-8")),
        comparison_style=Markup((TEMPLATES / "comparison.css").read_text(encoding="utf-8")),
    )
