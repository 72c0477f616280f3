"""The page: what the template shows, in the order it shows it. Draws nothing, computes no figure."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Sequence

import jinja2
from markupsafe import Markup, escape

from . import curves, svg, units
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
        "plain": simple(lambda value: f"{value:.15g}" if isinstance(value, float) else str(value)),
        "memory": simple(units.memory),
        "percent": simple(units.percent),
        "moment": units.moment,
        "interval": _interval,
        "percentile": lambda name: _PERCENTILE_NAMES[name],
        "breakable": _breakable,
    }


_PERCENTILE_NAMES = {"min_ns": "minimum", "p50_ns": "50 %", "p90_ns": "90 %", "p95_ns": "95 %", "p99_ns": "99 %",
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


# --- the drawing in the table -------------------------------------------------------------------

_NICE = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


def _relative(benchmark: Measured) -> Optional[tuple[float, float]]:
    interval, estimate = benchmark.time.interval, benchmark.time.estimate_ns
    if interval is None or estimate <= 0:
        return None
    return (interval[0] / estimate - 1, interval[1] / estimate - 1)


def precision_scale(measured: Sequence[Measured]) -> float:
    """How far each side of the drawing reaches, the same in all rows, so that they compare.

    Three times the middle row's need: one unsteady benchmark must not shrink the rest to dots.
    """
    widths = sorted(max(abs(ends[0]), abs(ends[1])) for ends in map(_relative, measured) if ends is not None)
    if not widths:
        return _NICE[-1]
    needed = min(widths[-1], 3 * widths[len(widths) // 2])
    return next((n for n in _NICE if n >= needed), _NICE[-1])


def precision_drawing(benchmark: Measured, scale: float) -> Markup:
    """The interval relative to the estimate: a line with a dot, and arrows where it goes on."""
    ends = _relative(benchmark)
    if ends is None:
        return Markup("")
    low, high = (48 + 42 * max(-1.0, min(1.0, end / scale)) for end in ends)
    arrows = Markup("")
    if ends[0] < -scale:
        arrows += Markup('<path class="range" d="M7 3.5 3 7l4 3.5"/>')
    if ends[1] > scale:
        arrows += Markup('<path class="range" d="M89 3.5 93 7l-4 3.5"/>')
    return Markup(
        '<svg class="precision" width="96" height="14" viewBox="0 0 96 14" aria-hidden="true" focusable="false">'
        '<line class="axis" x1="2" x2="94" y1="7" y2="7"/>'
        '<line class="range" x1="{:.1f}" x2="{:.1f}" y1="7" y2="7"/>{}<circle cx="48" cy="7" r="3"/></svg>'
    ).format(low, high, arrows)


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
    scale = precision_scale(result.measured)
    return environment.get_template("index.html.j2").render(
        generator=GENERATOR, result=result, groups=of_groups,
        several_suites=len({b.suite for b in result.benchmarks}) > 1,
        any_items=any(b.has_items for b in result.measured),
        any_rate=any(b.items_per_sec is not None or b.bytes_per_sec is not None for b in result.measured),
        scale=units.percent(scale),
        precision=lambda benchmark: precision_drawing(benchmark, scale),
        style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
    )
