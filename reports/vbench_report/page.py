"""The page: what the template shows, in the order it shows it. Figures are the result's own."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Sequence

import jinja2
from markupsafe import Markup, escape

from . import curves, precision, svg, units
from .model import Benchmark, Failed, Measured, Result

TEMPLATES = Path(__file__).resolve().parent / "templates"
GENERATOR = "vbench-report"


@dataclass(frozen=True)
class Entry:
    """One benchmark: its row and its section."""

    benchmark: Benchmark
    anchor: str
    picture: Optional[svg.Picture]

    @property
    def failed(self) -> bool:
        return isinstance(self.benchmark, Failed)


@dataclass(frozen=True)
class Curve:
    picture: svg.Picture
    chart: curves.Chart


@dataclass(frozen=True)
class Group:
    suite: str
    name: str
    anchor: str
    curves: tuple[Curve, ...]
    entries: tuple[Entry, ...]


# --- figures ------------------------------------------------------------------------------------

def _figure(value: Any, text: str) -> Markup:
    """A printed figure with the result's own number beside it, as it stands in the file."""
    return Markup('<data value="{}">{}</data>').format(repr(value), text)


def _filters() -> dict[str, Any]:
    def simple(formatter: Any) -> Any:
        return lambda value: _figure(value, formatter(value))

    return {
        "time": simple(units.time),
        "seconds": simple(units.seconds),
        "items_rate": simple(units.items_rate),
        "bytes_rate": simple(units.bytes_rate),
        "rate": simple(units.rate),
        "number": simple(units.number),
        "load": simple(lambda value: f"{value:.2f}"),
        "plain": simple(lambda value: f"{value:.15g}" if isinstance(value, float) else str(value)),
        "memory": simple(units.memory),
        "percent": simple(units.percent),
        "moment": units.moment,
        "interval": _interval,
        "percentile": lambda name: _PERCENTILE_NAMES[name],
        "breakable": _breakable,
    }


_PERCENTILE_NAMES = {"mean_ns": "mean", "min_ns": "minimum", "p50_ns": "50 %", "p90_ns": "90 %", "p95_ns": "95 %", "p99_ns": "99 %",
                     "p99_9_ns": "99.9 %", "p99_99_ns": "99.99 %", "max_ns": "maximum"}


def _interval(benchmark: Measured) -> Markup:
    low_ns, high_ns = benchmark.time.low_ns, benchmark.time.high_ns
    if low_ns is None or high_ns is None:
        return Markup('<span class="none">no interval</span>')
    factor, unit = units.pick(benchmark.time.estimate_ns, units.TIME)
    places = units.decimals(benchmark.time.estimate_ns / factor)
    return Markup("{}\u2009–\u2009{}\u202f{}").format(
        _figure(low_ns, f"{low_ns / factor:.{places}f}"), _figure(high_ns, f"{high_ns / factor:.{places}f}"), unit)


def _breakable(name: str) -> Markup:
    """A name with places where a line may break: after slashes and underscores."""
    return Markup(str(escape(name)).replace("/", "/<wbr>").replace("_", "_<wbr>"))


# --- the page -----------------------------------------------------------------------------------

def groups(result: Result, distributions: Sequence[Optional[svg.Picture]],
           curve_pictures: Sequence[tuple[curves.Chart, svg.Picture]]) -> tuple[Group, ...]:
    """Groups in the order in which the file first names them; `distributions` go with its benchmarks."""
    members: dict[tuple[str, str], list[Entry]] = {}
    taken: set[str] = set()
    for benchmark, picture in zip(result.benchmarks, distributions):
        anchor = "b-" + svg.unique_slug(benchmark.suite, benchmark.name)
        while anchor in taken:
            anchor += "-again"
        taken.add(anchor)
        members.setdefault((benchmark.suite, benchmark.group), []).append(Entry(benchmark, anchor, picture))
    return tuple(
        Group(suite, name, "g-" + svg.unique_slug(suite, name),
              tuple(Curve(picture, chart) for chart, picture in curve_pictures
                    if (chart.suite, chart.group) == (suite, name)),
              tuple(entries))
        for (suite, name), entries in members.items())


def render(result: Result, of_groups: Sequence[Group]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(TEMPLATES)), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    environment.filters.update(_filters())
    scale = precision.scale_of(result.measured)
    return environment.get_template("index.html.j2").render(
        generator=GENERATOR, result=result, groups=of_groups,
        several_suites=len({b.suite for b in result.benchmarks}) > 1,
        any_items=any(b.has_items for b in result.measured),
        any_rate=any(b.items_per_sec is not None or b.bytes_per_sec is not None for b in result.measured),
        scale=units.percent(scale),
        precision=lambda benchmark: precision.drawing(benchmark, scale),
        style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
    )
