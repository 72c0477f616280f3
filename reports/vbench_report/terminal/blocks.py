"""The columns of a table on a terminal that are drawn from a benchmark's blocks and from saved baselines."""
from __future__ import annotations

from typing import Optional, Sequence

from ..model import History, Measured
from . import strokes

DISTRIBUTION_WIDTH, COURSE_WIDTH, HISTORY_WIDTH = 9, 16, 10


def times_ns(benchmark: Measured) -> list[float]:
    """Of all blocks, process after process."""
    return [ns for process in benchmark.processes for ns in process.iteration_times_ns()]


def distributions(sides: Sequence[Measured], unicode: bool) -> list[str]:
    """On one axis; nothing where a side has too few blocks to have a shape."""
    values = [times_ns(side) for side in sides]
    if min(map(len, values)) < 3:
        return ["" for _ in sides]
    ends = strokes.window(values)
    return [strokes.distribution(DISTRIBUTION_WIDTH, side, ends, unicode) for side in values]


def course(benchmark: Measured, unicode: bool) -> str:
    """The blocks in the order measured."""
    values = times_ns(benchmark)
    return strokes.course(COURSE_WIDTH, values, unicode) if len(values) > 1 else ""


def history(found: Optional[History], benchmark: Measured, unicode: bool) -> str:
    """The latest estimates on the machine of this result; nothing where there are fewer than two."""
    if found is None:
        return ""
    here = {saved.machine for saved in found.baselines if saved.this}
    for trend in found.trends:
        if (trend.name, trend.suite) == (benchmark.name, benchmark.suite) and (not here or trend.machine in here):
            estimates = [point.estimate_ns for point in trend.points]
            return strokes.course(HISTORY_WIDTH, estimates[-HISTORY_WIDTH:], unicode) if len(estimates) > 1 else ""
    return ""
