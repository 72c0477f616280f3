"""A result as CSV (RFC 4180), a row a benchmark, for spreadsheets and scripts.

Numbers are the result's own, as exact as there; where there is none the cell is empty. Figures are those of the new side;
a removed benchmark has none. Texts that a spreadsheet would take for a formula begin with an apostrophe that is not
theirs: whoever needs the exact name reads it from the result itself.
"""
from __future__ import annotations

import csv
import io
from typing import Optional, Union

from ..comparison import Pair, pairs
from ..model import Benchmark, Change, Failed, Measured, NotCompared, Result

Cell = Union[str, int, float, None]

_IDENTITY = ("name", "suite", "group", "threads", "parameters", "status", "error")
_TIMES = ("time_ns", "time_low_ns", "time_high_ns", "confidence")
_STATISTICS = ("mean_ns", "median_ns", "standard_deviation_ns", "median_absolute_deviation_ns", "min_ns", "max_ns",
               "block_count", "process_count")
_REST = ("items_per_sec", "bytes_per_sec", "cpu_time_ns", "peak_memory_bytes", "allocations_per_iteration")
_LINE = ("slope_ns", "r_squared")
_OUTLIERS = ("low_severe", "low_mild", "high_mild", "high_severe")
_LATENCIES = ("p50_ns", "p99_ns", "p99_9_ns")
_CHANGE = ("old_ns", "new_ns", "change_percent", "change_low_percent", "change_high_percent", "visible_percent", "verdict")
_NOT_COMPARED = ("not_compared_reason", "not_compared_text")
# In every file, so that those of several results fit below each other.
COLUMNS = (*_IDENTITY, *_TIMES, *_STATISTICS, *_REST, *_LINE, *(f"outliers_{name}" for name in _OUTLIERS),
           *(f"latency_{name}" for name in _LATENCIES), *_CHANGE, *_NOT_COMPARED)

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def render(result: Result) -> str:
    """Lines end in CR and LF, as the RFC has it: to be written as they are."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    told = set()
    for pair in pairs(result):
        told.add(id(pair.left_out))
        writer.writerow(_printed(_row(pair)))
    for left_out in result.comparison.not_compared if result.comparison else ():
        if id(left_out) not in told:  # the file has no more than its name
            writer.writerow(_printed({"name": left_out.name, "status": "not measured", **_not_compared(left_out)}))
    return text.getvalue()


def _printed(row: dict[str, Cell]) -> dict[str, str]:
    return {column: _text(cell) for column, cell in row.items()}


def _text(cell: Cell) -> str:
    """`repr` is the shortest text that is read as the same number."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return "'" + cell if cell.startswith(_FORMULA) else cell
    return repr(cell)


# --- a row ---------------------------------------------------------------------------------------

def _row(pair: Pair) -> dict[str, Cell]:
    b = pair.benchmark
    row = _identity(b)
    if pair.removed:
        row.update(status="removed", error=None)
    elif isinstance(b, Measured):
        row.update(_figures(b))
    if pair.change is not None:
        row.update(_change(pair.change))
    if pair.left_out is not None:
        row.update(_not_compared(pair.left_out))
    return row


def _identity(b: Benchmark) -> dict[str, Cell]:
    failed = isinstance(b, Failed)
    return {"name": b.name, "suite": b.suite, "group": b.group, "threads": b.threads,
            "parameters": ";".join(f"{name}={value}" for name, value in b.parameters),
            "status": "error" if failed else "ok", "error": b.error if isinstance(b, Failed) else None}


def _figures(b: Measured) -> dict[str, Cell]:
    row: dict[str, Cell] = dict(zip(_TIMES, (b.time.estimate_ns, b.time.low_ns, b.time.high_ns, b.time.confidence)))
    row.update({name: getattr(b.statistics, name) for name in _STATISTICS})
    row.update({name: getattr(b, name) for name in _REST})
    if b.linear:
        row.update(slope_ns=b.linear.slope_ns.estimate, r_squared=b.linear.r_squared.estimate)
    if b.outliers:
        row.update({f"outliers_{name}": getattr(b.outliers, name) for name in _OUTLIERS})
    latencies: dict[str, Optional[float]] = dict(b.latency.percentiles) if b.latency else {}
    row.update({f"latency_{name}": latencies.get(name) for name in _LATENCIES})
    return row


def _change(change: Change) -> dict[str, Cell]:
    return {name: getattr(change, name) for name in _CHANGE}


def _not_compared(left_out: NotCompared) -> dict[str, Cell]:
    return {"not_compared_reason": left_out.reason, "not_compared_text": left_out.text}
