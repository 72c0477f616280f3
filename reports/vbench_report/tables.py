"""Tables of a benchmark's page: one column, or two where there is an old side beside the new."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Optional, Sequence, Union

from markupsafe import Markup

from . import figures
from .model import Counter, Measured

Text = Union[str, Markup]
Getter = Callable[[Measured], Optional[Any]]
NOTHING = Markup('<span class="none">–</span>')


@dataclass(frozen=True)
class Line:
    label: Text
    cells: tuple[Text, ...]


# Name, what it is of a benchmark (None: it has none), how it is printed.
_COSTS: tuple[tuple[str, Getter, figures.Format], ...] = (
    ("fastest block", lambda b: b.statistics.min_ns, figures.time),
    ("slowest block", lambda b: b.statistics.max_ns, figures.time),
    ("time of an item", lambda b: b.item_time_ns if b.has_items else None, figures.time),
    ("CPU time of one thread", lambda b: b.cpu_time_ns, figures.time),
    ("peak memory of a worker", lambda b: b.peak_memory_bytes, figures.memory),
    ("allocations an iteration", lambda b: b.allocations_per_iteration, figures.number),
    ("bytes allocated an iteration", lambda b: b.allocated_bytes_per_iteration, figures.number),
    ("blocks", lambda b: b.statistics.block_count, figures.number),
    ("processes", lambda b: b.statistics.process_count, figures.number),
)
_THROUGHPUT: tuple[tuple[str, Getter, figures.Format], ...] = (
    ("items", lambda b: b.items_per_sec, figures.items_rate),
    ("items an iteration", lambda b: b.items_per_iteration, figures.number),
    ("bytes", lambda b: b.bytes_per_sec, figures.bytes_rate),
    ("bytes an iteration", lambda b: b.bytes_per_iteration, figures.number),
)
_HANDLED = tuple(line for line in _THROUGHPUT if line[0].endswith("iteration"))


def costs(sides: Sequence[Measured]) -> list[Line]:
    lines = _lines(sides, _COSTS)
    if any(b.restarts for b in sides):
        lines.append(_line("restarts", [figures.number(b.restarts) for b in sides]))
    return lines


def throughput(sides: Sequence[Measured], with_rates: bool = True) -> list[Line]:
    """Without the rates where those of a comparison's times are told."""
    return _lines(sides, _THROUGHPUT if with_rates else _HANDLED)


def counters(sides: Sequence[Measured]) -> list[Line]:
    """A counter that has changed its kind is another one."""
    of_sides = [{(c.name, c.kind): c for c in b.counters} for b in sides]
    keys = dict.fromkeys(key for side in reversed(of_sides) for key in side)  # in the new side's order
    return [_line(_counter_label(*key), [figures.optional(side.get(key), _counter) for side in of_sides])
            for key in keys]


def latency(sides: Sequence[Measured]) -> list[Line]:
    recorded = [dict(b.latency.percentiles) if b.latency else {} for b in sides]
    names: list[str] = next((list(r) for r in recorded if r), [])
    lines = [_line(figures.PERCENTILE_NAMES[name], [figures.optional(r.get(name), figures.time) for r in recorded])
             for name in names]
    if names:
        lines.append(_line("recorded latencies", [
            figures.number(b.latency.count) if b.latency else None for b in sides]))
    return lines


def _lines(sides: Sequence[Measured], wanted: Sequence[tuple[str, Getter, figures.Format]]) -> list[Line]:
    """A line for each that at least one side has."""
    lines = []
    for label, getter, formatter in wanted:
        values = [getter(b) for b in sides]
        if any(v is not None for v in values):
            lines.append(_line(label, [figures.optional(v, formatter) for v in values]))
    return lines


def _line(label: Text, cells: Sequence[Optional[Markup]]) -> Line:
    return Line(label, tuple(NOTHING if cell is None else cell for cell in cells))


def _counter_label(name: str, kind: str) -> Markup:
    label = figures.breakable(name)
    return label if kind == "per_sec" else label + Markup(" <small>{}</small>").format(kind)


def _counter(counter: Counter) -> Markup:
    return figures.rate(counter.value) if counter.kind == "per_sec" else figures.number(counter.value)
