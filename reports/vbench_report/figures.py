"""How figures are printed on the page: each with the result's own number beside its rounded text."""
from __future__ import annotations

import shlex
from typing import Any, Callable, Optional, Sequence, Union

from markupsafe import Markup, escape

from . import units
from .model import Change, Fitted, Machine, Measured
from .paired import Estimate, NoiseFloor

Format = Callable[[Any], Markup]

PERCENTILE_NAMES = {"mean_ns": "mean", "min_ns": "minimum", "p50_ns": "50 %", "p90_ns": "90 %", "p95_ns": "95 %",
                    "p99_ns": "99 %", "p99_9_ns": "99.9 %", "p99_99_ns": "99.99 %", "max_ns": "maximum"}
NO_INTERVAL = Markup('<span class="none">no interval</span>')


def figure(value: Any, text: str) -> Markup:
    """A printed figure with the result's own number beside it, as it stands in the file."""
    return Markup('<data value="{}">{}</data>').format(repr(value), text)


def _printed_by(formatter: Callable[[Any], str]) -> Format:
    return lambda value: figure(value, formatter(value))


time = _printed_by(units.time)
seconds = _printed_by(units.seconds)
items_rate = _printed_by(units.items_rate)
bytes_rate = _printed_by(units.bytes_rate)
rate = _printed_by(units.rate)
number = _printed_by(units.number)
load = _printed_by(lambda value: f"{value:.2f}")
plain = _printed_by(lambda value: f"{value:.15g}" if isinstance(value, float) else str(value))
memory = _printed_by(units.memory)
quota = _printed_by(units.quota)
percent = _printed_by(units.percent)
percentage = _printed_by(units.percentage)
change = _printed_by(units.change)
size_of_change = _printed_by(lambda percent: units.change(abs(percent)).lstrip("+"))  # a word gives the direction
visible = _printed_by(units.roughly)
about_seconds = _printed_by(lambda s: f"{units.significant(s, 2)}\u202fs")
probability = _printed_by(lambda p: "below 0.0001" if p < 1e-4 else units.significant(p, 2))


def interval(benchmark: Measured) -> Markup:
    return interval_of(benchmark.time.interval, benchmark.time.estimate_ns)


def interval_of(ends_ns: Optional[tuple[float, float]], estimate_ns: float) -> Markup:
    """In the estimate's unit, and as finely as it is printed."""
    if ends_ns is None:
        return NO_INTERVAL
    low_ns, high_ns = ends_ns
    factor, unit = units.pick(estimate_ns, units.TIME)
    places = units.decimals(estimate_ns / factor)
    return Markup("{}\u2009–\u2009{}\u202f{}").format(
        figure(low_ns, f"{low_ns / factor:.{places}f}"), figure(high_ns, f"{high_ns / factor:.{places}f}"), unit)


three_digits = _printed_by(lambda value: f"{value:.3g}")


def fitted(value: Fitted, format: Format = three_digits) -> Markup:
    """The estimate, and its interval where there is one."""
    if value.low is None or value.high is None:
        return format(value.estimate)
    return Markup("{} ({} to {})").format(format(value.estimate), format(value.low), format(value.high))


def rate_fitted(value: Fitted, counts: str) -> Markup:
    return fitted(value, _printed_by(lambda per_sec: units.counted_rate(per_sec, counts)))


def change_interval(row: Union[Change, Estimate, NoiseFloor]) -> Markup:
    if row.interval is None:
        return NO_INTERVAL
    low, high = row.interval
    return Markup("{} to {}").format(figure(low, units.change(low).split("\u202f")[0]), change(high))


def listed(values: Sequence[Any], formatter: Format) -> Markup:
    return Markup(", ").join(map(formatter, values))


def cpus(machine: Machine) -> Markup:
    said = Markup("{}\u00a0CPU{}").format(number(machine.cpu_count), "" if machine.cpu_count == 1 else "s")
    return said if machine.cpu_quota is None else said + Markup(" with a quota of {}").format(quota(machine.cpu_quota))


def processor(machine: Machine) -> Markup:
    return Markup("{}, {}, {}").format(machine.cpu_model, cpus(machine), machine.architecture)


def pinned(cpus: Sequence[int]) -> Markup:
    if not cpus:
        return Markup("not pinned")
    return Markup("CPU{} {}").format("" if len(cpus) == 1 else "s", listed(cpus, plain))


def optional(value: Optional[Any], formatter: Format) -> Optional[Markup]:
    return None if value is None else formatter(value)


def breakable(name: str) -> Markup:
    """A name with places where a line may break: after slashes and underscores."""
    return Markup(str(escape(name)).replace("/", "/<wbr>").replace("_", "_<wbr>"))


def rate_of(per_sec: float, counts: str) -> Markup:
    return items_rate(per_sec) if counts == "items" else bytes_rate(per_sec)


share = _printed_by(lambda part: f"{100 * part:.3g}\u202f%")


def without_word(said: str, word: str) -> str:
    """The word stands before it already."""
    return said[len(word) + 2:] if said.startswith(word + ": ") else said


def filters() -> dict[str, Any]:
    """For the template."""
    return {
        "time": time, "seconds": seconds, "items_rate": items_rate, "bytes_rate": bytes_rate, "number": number, "load": load,
        "plain": plain, "memory": memory, "percent": percent, "percentage": percentage, "change": change,
        "size_of_change": size_of_change, "visible": visible, "moment": units.moment, "interval": interval,
        "interval_of": interval_of, "fitted": fitted, "rate_fitted": rate_fitted, "three_digits": three_digits,
        "change_interval": change_interval, "probability": probability, "share": share, "rate_of": rate_of, "without_word": without_word,
        "in_shell": shlex.join, "breakable": breakable, "cpus": cpus, "processor": processor, "pinned": pinned,
    }
