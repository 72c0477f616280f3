"""Readable numbers: a value and its unit, with four significant digits. Knows nothing of benchmarks."""
from __future__ import annotations

from datetime import datetime, timezone
from typing import Sequence

DIGITS = 4

Scale = Sequence[tuple[float, str]]

TIME: Scale = ((1.0, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s"))
DECIMAL: Scale = ((1.0, ""), (1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T"))
BINARY: Scale = ((1.0, "B"), (2.0**10, "KiB"), (2.0**20, "MiB"), (2.0**30, "GiB"), (2.0**40, "TiB"))


def pick(value: float, scale: Scale, digits: int = DIGITS) -> tuple[float, str]:
    """The factor and unit in which `value` reads best: the largest that leaves at least 1."""
    chosen = scale[0]
    for factor, unit in scale:
        if float(f"{abs(value) / factor:.{digits - 1}e}") >= 1:  # as rounded: 999.96 ns reads 1.000 µs
            chosen = (factor, unit)
    return chosen


def decimals(value: float, digits: int = DIGITS) -> int:
    """Places after the point that give `value` so many significant digits; at most 9."""
    if value == 0:
        return 0
    exponent = int(f"{abs(value):.{digits - 1}e}".split("e")[1])
    return max(0, min(9, digits - 1 - exponent))


def significant(value: float, digits: int = DIGITS) -> str:
    if value != 0 and (abs(value) < 1e-9 or abs(value) >= 1e15):
        return f"{value:.{digits - 1}e}"
    return f"{value:.{decimals(value, digits)}f}"


def quota(cpus: float) -> str:
    return f"{cpus:.4g}"


def _scaled(value: float, scale: Scale, suffix: str = "", separator: str = "\u202f") -> str:
    factor, unit = pick(value, scale)
    unit += suffix
    return significant(value / factor) + (separator + unit if unit else "")


def time(ns: float) -> str:
    if isinstance(ns, int) and abs(ns) < 1000:
        return f"{ns}\u202fns"  # known to the nanosecond only
    return _scaled(ns, TIME)


def time_range(low_ns: float, high_ns: float, like_ns: float) -> str:
    """Both ends in the unit of `like_ns`, and as finely as it is printed."""
    factor, unit = pick(like_ns, TIME)
    places = decimals(like_ns / factor)
    return f"{low_ns / factor:.{places}f}\u2009–\u2009{high_ns / factor:.{places}f}\u202f{unit}"


def seconds(s: float) -> str:
    return time(s * 1e9) if s < 100 else f"{significant(s)}\u202fs"


def counted_rate(per_sec: float, counted: str) -> str:
    """412.3 M items/s."""
    factor, prefix = pick(per_sec, DECIMAL)
    return f"{significant(per_sec / factor)}\u202f{prefix + ' ' if prefix else ''}{counted}/s"


def items_rate(per_sec: float) -> str:
    return counted_rate(per_sec, "items")


def bytes_rate(per_sec: float) -> str:
    return _scaled(per_sec, DECIMAL, "B/s")


def rate(per_sec: float) -> str:
    return _scaled(per_sec, DECIMAL, "/s")


def number(value: float) -> str:
    """Whole numbers as they are, thousands apart; others with four significant digits, or in k, M, G."""
    if abs(value) >= 1e15:
        return significant(value)
    if value == int(value):
        return f"{int(value):,}".replace(",", "\u202f")
    return _scaled(value, DECIMAL)


def memory(size_bytes: float) -> str:
    factor, unit = pick(size_bytes, BINARY)
    text = significant(size_bytes / factor)
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text}\u202f{unit}"


def percent(fraction: float) -> str:
    return f"{fraction * 100:.10g}\u202f%"


def percentage(value: float) -> str:
    """Of a number that is percent already."""
    return f"{value:.10g}\u202f%"


def roughly(percent: float) -> str:
    """Two digits, for what is known no better."""
    text = f"{percent:.2g}" if percent < 99.5 else f"{percent:.0f}" if percent < 1e6 else f"{percent:.1e}"
    return f"{text}\u202f%"


def change(percent: float) -> str:
    """With its sign, and as many digits as it deserves: +0.25 %, −12.3 %, +4900 %."""
    size = abs(percent)
    text = f"{size:.2f}" if size < 9.995 else f"{size:.1f}" if size < 99.95 else \
        f"{size:.0f}" if size < 1e6 else f"{size:.1e}"
    sign = "" if percent == 0 else "+" if percent > 0 else "\u2212"
    return f"{sign}{'0' if percent == 0 else text}\u202f%"


def quantile_name(quantile: float) -> str:
    """0.999 is p99.9."""
    return f"p{quantile * 100:.10g}"


def short_count(value: int) -> str:
    """An axis label: 1000000 is 1M, 1024 stays 1024."""
    for factor, unit in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if value and value % factor == 0:
            return f"{value // factor}{unit}"
    return str(value)


def moment(iso: str) -> str:
    """2026-11-21T11:14:03Z as 21 November 2026, 11:14 UTC; what is not ISO 8601 stays as it is."""
    try:
        when = datetime.fromisoformat(iso.replace("Z", "+00:00"))
        zone = ""
        if when.tzinfo is not None:
            when, zone = when.astimezone(timezone.utc), " UTC"
    except (ValueError, OverflowError):
        return iso
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}, {when:%H:%M}{zone}"


# Not strftime's %B, which depends on the locale.
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")
