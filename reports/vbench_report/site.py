"""The pages of a report: which there are, what leads to them, and how they are joined into one file.

A page is known by its name: that of its file below pages/, and its anchor where all are in one file.
"""
from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Optional, Sequence

import jinja2
from markupsafe import Markup

from . import comparison, entries, figures, headline, judging, paired_sentences, repeat, spreads, tables, tails, units
from .entries import Entry, Group, Row
from .model import Failed, Measured, Result, Trend
from .pictures import change_drawing, precision, svg, tiny
from .write import MADE_BY

TEMPLATES = Path(__file__).resolve().parent / "templates"
GENERATOR = "vbench-report"
INDEX = "index"
STYLE, SCRIPT = "pages/style.css", "pages/report.js"


@dataclass(frozen=True)
class Page:
    name: str
    title: str
    template: str
    facts: Mapping[str, Any]

    @property
    def path(self) -> str:
        """In the report's folder."""
        return "index.html" if self.name == INDEX else f"pages/{self.name}.html"


Trends = tuple[tuple[Trend, svg.Picture], ...]


def pages(result: Result, groups: Sequence[Group], orphans: Trends) -> list[Page]:
    """`orphans`: trends of benchmarks that the result does not have."""
    rows = entries.rows(result, groups)
    found = [Page(INDEX, headline.sentence(result), "index.html.j2", _index(result, groups, rows))]
    in_order = [row for row in rows if row.entry]
    for place, row in enumerate(in_order):
        before, after = in_order[place - 1] if place else None, in_order[place + 1] if place + 1 < len(in_order) else None
        found.append(_benchmark(result, row.entry, row.group, before and before.entry, after and after.entry))
    for group in groups:
        if not group.alone:
            found.append(Page(group.page, group.name, "group.html.j2", {"group": group}))
    if result.comparison and result.comparison.layouts:
        found.append(Page("layouts", "Layouts", "layouts.html.j2", {}))
    found.append(Page("history", "History", "history.html.j2", _history(groups, orphans)))
    found.append(Page("environment", "Environment", "environment.html.j2", {}))
    found.append(Page("reading", "How to read this", "reading.html.j2", {"change_scale": _scale(result)}))
    return found


def _history(groups: Sequence[Group], orphans: Trends) -> dict[str, Any]:
    every = [(trend, picture, entry) for g in groups for entry in g.entries for trend, picture in entry.pictures.trends]
    pages = {id(trend): entry.page for trend, _, entry in every}
    return {"trends": [(trend, picture) for trend, picture, _ in every] + list(orphans),
            "page_of": lambda trend: pages.get(id(trend))}


def _scale(result: Result) -> float:
    return change_drawing.scale_of(result.comparison.rows if result.comparison else ())


def _index(result: Result, groups: Sequence[Group], rows: Sequence[Row]) -> dict[str, Any]:
    scale = _scale(result)
    floor = result.comparison.noise_floor if result.comparison else None
    drift = result.comparison.drift_percent if result.comparison else None
    band = (-drift, drift) if drift else floor.interval if floor else None
    of_run = precision.scale_of(result.measured)

    def drawing(row: Row) -> Markup:
        assert row.entry and row.entry.change
        return change_drawing.drawing(row.entry.change, scale, f"d-{row.entry.page}", band)

    return {
        "rows": rows, "groups": groups, "counts": entries.by_state(rows, result.comparison is not None),
        "drawing": drawing, "band": band,
        "change_scale": f"{scale:g}\u202f%", "tiny": tiny.drawing,
        "several_groups": len(groups) > 1, "ambiguous": _ambiguous(rows),
        "any_items": any(b.has_items for b in result.measured),
        "precision": lambda b: precision.drawing(b, of_run), "precision_scale": units.percent(of_run),
        "any_rate": any(b.items_per_sec is not None or b.bytes_per_sec is not None for b in result.measured),
        "words": _WORDS_SIDE_BY_SIDE if result.comparison and result.comparison.paired else _WORDS,
    }


def _ambiguous(rows: Sequence[Row]) -> set[str]:
    """Names that several suites have."""
    return {name for name, count in Counter(row.name for row in rows).items() if count > 1}


_WORDS = {"added": "added", "removed": "removed", "failed": "failed", "failed_then": "failed before", "no_time": "no time"}
_WORDS_SIDE_BY_SIDE = {**_WORDS, "failed_then": "failed on the old side"}


def _benchmark(result: Result, entry: Entry, group: Group, before: Optional[Entry], after: Optional[Entry]) -> Page:
    b = entry.benchmark
    sides = ((entry.old, b) if entry.old else (b,)) if isinstance(b, Measured) else ()
    return Page(entry.page, b.name, "benchmark.html.j2", {
        "entry": entry, "b": b, "old": entry.old, "sides": sides, "group": group, "before": before, "after": after,
        "scaled": group.scaling_of(entry), "repeat": repeat.command(result, b.name)})


# --- rendering ----------------------------------------------------------------------------------

def _environment(result: Result, every: Sequence[Page]) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(TEMPLATES)), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    environment.filters.update(figures.filters())
    environment.tests["measured"] = lambda benchmark: isinstance(benchmark, Measured)
    environment.tests["failed"] = lambda benchmark: isinstance(benchmark, Failed)
    environment.globals.update(
        generator=GENERATOR, result=result, comparison=result.comparison, run=result.run, machine=result.machine,
        source=result.source, paired=bool(result.comparison and result.comparison.paired),
        several_suites=len({b.suite for b in result.benchmarks}) > 1,
        differences=comparison.differences(result), headline=headline, judging=judging, sentences=paired_sentences,
        tables=tables, spreads=spreads, tails=tails, symbol=change_drawing.symbol,
        names={page.name for page in every})
    return environment


def render(result: Result, groups: Sequence[Group], orphans: Trends) -> dict[str, str]:
    """The text of each file but the pictures, by its path in the report's folder."""
    every = pages(result, groups, orphans)
    environment = _environment(result, every)
    frame = environment.get_template("frame.html.j2")
    files = {STYLE: f"/* {MADE_BY} */\n{asset('style.css')}", SCRIPT: f"// {MADE_BY}\n{asset('report.js')}"}
    for page in every:
        up = "" if page.name == INDEX else "../"
        facts = {"page": page.name, "url": _Site(up), "plot": lambda picture, up=up: f"{up}plots/{picture.file_name}", "at": ""}
        body = Markup(environment.get_template(page.template).render(facts, **page.facts))
        files[page.path] = frame.render(facts, bodies=[(page, body)], style=None, script=None, up=up)
    return files


class _Site:
    def __init__(self, up: str) -> None:
        self.up = up

    def __call__(self, name: str, anchor: str = "") -> str:
        path = "index.html" if name == INDEX else f"{'' if self.up else 'pages/'}{name}.html"
        return (self.up if name == INDEX else "") + path + (f"#{anchor}" if anchor else "")


def single(result: Result, groups: Sequence[Group], orphans: Trends, pictures: Mapping[str, str]) -> str:
    """All pages in one file, with everything in it; without scripts they stand below one another."""
    every = pages(result, groups, orphans)
    environment = _environment(result, every)

    def plot(picture: svg.Picture) -> str:
        return "data:image/svg+xml;base64," + base64.b64encode(pictures[picture.file_name].encode("utf-8")).decode("ascii")

    bodies = []
    for page in every:
        at = f"{page.name}--"
        facts = {"page": page.name, "plot": plot, "at": at,
                 "url": lambda name, anchor="": f"#{name}--{anchor}" if anchor else f"#{name}"}
        bodies.append((page, Markup(environment.get_template(page.template).render(facts, **page.facts))))
    return environment.get_template("frame.html.j2").render(
        page=None, at="", url=lambda name, anchor="": f"#{name}", bodies=bodies, up="",
        style=Markup(asset("style.css")), script=Markup(asset("report.js")))


def asset(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
