"""From a result to the files of a report: which pictures there are to draw, and the pages that show them."""
from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterable, Optional

from . import comparison, site
from .comparison import Pair
from .entries import Curve, Entry, Group, PageNames, Pictures, Scaled, is_member
from .model import Measured, Result, Trend
from .pictures import cache, curves, jobs, scaling, svg
from .pictures.drawing import Job

Take = Callable[[], Optional[svg.Picture]]


@dataclass(frozen=True)
class Report:
    files: dict[str, str]  # texts by their paths in the report's folder
    pictures: dict[str, Optional[str]]  # by file name; None: the one that is there already is right
    kept: cache.Cache  # to be saved when all is written


@dataclass
class _Asked:
    """What is to be drawn: each asked for before all are drawn, and taken after."""

    jobs: list[Job] = field(default_factory=list)
    drawn: list[svg.Picture] = field(default_factory=list)

    def ask(self, job: Optional[Job]) -> Take:
        if job is None:
            return lambda: None
        place = len(self.jobs)
        self.jobs.append(job)
        return lambda: self.drawn[place]


def build(result: Result, plots: Optional[Path], single: bool = False) -> Report:
    """`plots`: where an earlier report may have left pictures that need not be drawn again."""
    asked, kept = _Asked(), cache.Cache(plots)
    finish = _groups(result, asked)
    asked.drawn = cache.draw_all(asked.jobs, None if single else kept)  # a single file leaves none in the folder
    groups, others = finish()
    if single:
        texts = {p.file_name: p.svg for p in asked.drawn if p.svg is not None}
        return Report({"index.html": site.single(result, groups, others, texts)}, {}, kept)
    return Report(site.render(result, groups, others), kept.files(asked.drawn), kept)


def _groups(result: Result, asked: _Asked) -> Callable[[], tuple[tuple[Group, ...], site.Trends]]:
    """Asks for all pictures. What it returns makes the groups of them, and the trends of benchmarks that the result lacks."""
    members: dict[tuple[str, str], list[Pair]] = {}
    for pair in comparison.pairs(result):
        members.setdefault((pair.benchmark.suite, pair.benchmark.group), []).append(pair)
    trends: dict[tuple[str, str], list[Trend]] = {}
    for trend in result.history.trends if result.history else ():
        trends.setdefault((trend.suite, trend.name), []).append(trend)
    names = PageNames()
    makers = []
    for (suite, name), pairs in members.items():
        entries = [_entry(pair, names, trends.pop((suite, pair.benchmark.name), []), result, asked) for pair in pairs]
        makers.append(_group(suite, name, names.name("g", suite, name), pairs, entries, result, asked))
    others = _ask_trends([trend for found in trends.values() for trend in found], result, asked)
    return lambda: (tuple(make() for make in makers), others())


def _ask_trends(trends: Iterable[Trend], result: Result, asked: _Asked) -> Callable[[], site.Trends]:
    history = result.history
    wanted = [(trend, asked.ask(jobs.history(trend, history))) for trend in trends if history]
    return lambda: tuple((trend, picture) for trend, take in wanted if (picture := take()) is not None)


def _group(suite: str, name: str, page: str, pairs: list[Pair], entries: list[Callable[[], Entry]], result: Result,
           asked: _Asked) -> Callable[[], Group]:
    here = [pair for pair in pairs if not pair.removed]
    charts = [(chart, asked.ask((curves.draw, chart))) for chart in curves.charts(
        [p.benchmark for p in here], [p.both[0] if p.both else None for p in here])]
    scalings = [(s, asked.ask((scaling.draw, s))) for s in result.scalings if any(is_member(s, p.benchmark) for p in here)]
    measured = [(p.both[0] if p.both else None, p.benchmark) for p in here if isinstance(p.benchmark, Measured)]
    violins = [asked.ask(job) for job in jobs.groups(suite, name, measured)]
    return lambda: Group(
        suite, name, page, tuple(make() for make in entries),
        tuple(Curve(picture, chart) for chart, take in charts if (picture := take())),
        tuple(Scaled(picture=picture, scaling=s) for s, take in scalings if (picture := take())),
        tuple(picture for take in violins if (picture := take())))


def _entry(pair: Pair, names: PageNames, trends: list[Trend], result: Result, asked: _Asked) -> Callable[[], Entry]:
    page = names.name("b", pair.benchmark.suite, pair.benchmark.name)
    taken = {what: asked.ask(job) for what, job in _jobs(pair, result).items()}
    history = _ask_trends(trends, result, asked)
    return lambda: Entry(pair, page, Pictures(trends=history(), **{what: take() for what, take in taken.items()}))


def _jobs(pair: Pair, result: Result) -> dict[str, Optional[Job]]:
    """By the names of Pictures."""
    new, comparison_of = pair.benchmark, result.comparison
    if not isinstance(new, Measured):
        return {}
    old = pair.both[0] if pair.both else None
    found = {"distribution": jobs.distribution(old, new), "intervals": jobs.intervals(old, new),
             "samples": jobs.samples(old, new), "line": jobs.line(old, new), "percentiles": jobs.percentiles(old, new)}
    if pair.change and comparison_of:
        tolerance_percent = comparison_of.tolerance_percent
        found.update(cycles=jobs.cycles(new, pair.change, comparison_of.common_confidence),
                     layouts=jobs.layouts(new, pair.change),
                     shifts=jobs.shifts_of_blocks(new, pair.change, tolerance_percent),
                     latency_shifts=jobs.shifts_of_latencies(new, pair.change, tolerance_percent))
    return found
