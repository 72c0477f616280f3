"""What makes a comparison fail: the rule of `vbench compare`, one for all that says so.

A regression of a time or of a quantile of latencies whose whole interval lies above what the gate lets pass, an
exceeded limit, and, if it was asked for, a time that stays inconclusive. A quantile may stay so.
"""
from __future__ import annotations

from typing import Union

from .model import Change, Gate
from .paired import Quantile

ANY_REGRESSION = Gate(fail_above_percent=0.0, fail_on_inconclusive=False, failed=False)  # of results that tell of none


def too_slow(of: Union[Change, Quantile], gate: Gate) -> bool:
    return of.verdict == "regressed" and of.interval is not None and of.interval[0] > gate.fail_above_percent


def too_open(row: Change, gate: Gate) -> bool:
    return row.verdict == "inconclusive" and gate.fail_on_inconclusive
