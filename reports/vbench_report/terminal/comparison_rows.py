"""Which rows a comparison has on a terminal, in which order, and how a verdict looks there."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from .. import units
from ..comparison import VERDICTS, pairs
from ..model import Change, Comparison, Measured, Result
from .ink import Screen

STYLES = {"regressed": "bad", "improved": "good", "inconclusive": "open", "equivalent": ""}
_SYMBOLS = {"regressed": ("▲", "^"), "improved": ("▼", "v"), "inconclusive": ("?", "?"), "equivalent": ("≈", "=")}


def symbol(verdict: str, screen: Screen) -> str:
    return _SYMBOLS[verdict][0 if screen.unicode else 1]


@dataclass(frozen=True)
class Row:
    """A verdict on a time, or on a quantile of latencies."""

    name: str
    verdict: str
    old_ns: float
    new_ns: float
    change_percent: float
    interval: Optional[tuple[float, float]]
    sides: Optional[tuple[Measured, Measured]] = None  # old and new, where their blocks tell of it
    remark: str = ""


def rows_of(result: Result, comparison: Comparison) -> list[Row]:
    """In the order of the verdicts. Quantiles, too, where they have moved: the others need no line."""
    sides = {id(pair.change): pair.both for pair in pairs(result) if pair.change}
    found = [Row(c.name, c.verdict, c.old_ns, c.new_ns, c.change_percent, c.interval, sides.get(id(c)), _remark(c))
             for c in comparison.rows]
    found += [Row(f"{c.name} {units.quantile_name(q.quantile)}", q.verdict, q.old_ns, q.new_ns, q.change_percent, q.interval)
              for c in comparison.rows for q in (c.pairing.quantiles if c.pairing else ())
              if q.verdict in ("regressed", "improved")]
    return sorted(found, key=lambda row: VERDICTS.index(row.verdict))


def _remark(change: Change) -> str:
    if change.verdict == "inconclusive" and change.visible_percent is not None:
        return f"{plain(change.visible_percent, '%').lstrip('+')} would show"
    return ""


def plain(percent: float, unit: str = "", digits: Optional[int] = None) -> str:
    """A change as the runner prints it, in ASCII; `digits` after the point where it is not a measured one."""
    text = units.change(percent).replace("\u2212", "-").replace("\u202f%", "") if digits is None else f"{percent:+.{digits}f}"
    return f"{text} {unit}" if unit else text
