"""Which pictures there are of a benchmark, a trend and a group, as jobs to be drawn; None where there is nothing to show."""
from __future__ import annotations

from typing import Optional, Sequence

from ..model import Change, History, Measured, Trend
from . import (plots, plots_of_cycles, plots_of_groups, plots_of_intervals, plots_of_layouts, plots_of_linear, plots_of_pairs,
               plots_of_percentiles, plots_of_quantiles, plots_of_samples, plots_of_trends)
from .drawing import Job

MANY_BLOCKS = 2  # fewer have no order


def distribution(old: Optional[Measured], new: Measured) -> Job:
    return (plots_of_pairs.draw, (old, new)) if old else (plots.draw, new)


def cycles(benchmark: Measured, change: Change, confidence: Optional[float]) -> Optional[Job]:
    """The change in each pair; `confidence`: of the interval, if it is that of all."""
    pairing = change.pairing
    return (plots_of_cycles.draw, (benchmark, change, confidence)) if pairing and pairing.pairs.cycle else None


def layouts(benchmark: Measured, change: Change) -> Optional[Job]:
    pairing = change.pairing
    return (plots_of_layouts.draw, (benchmark, pairing)) if pairing and plots_of_layouts.has_layouts(pairing) else None


def intervals(old: Optional[Measured], new: Measured) -> Optional[Job]:
    """How sure each figure is."""
    return (plots_of_intervals.draw, (old, new)) if len(plots_of_intervals.figures(new)) > 1 else None


def samples(old: Optional[Measured], new: Measured) -> Optional[Job]:
    """Blocks in the order measured."""
    count = sum(len(process.block_ns) for process in new.processes)
    return (plots_of_samples.draw, (old, new)) if count >= MANY_BLOCKS else None


def line(old: Optional[Measured], new: Measured) -> Optional[Job]:
    """Total time over iterations."""
    return (plots_of_linear.draw, (old, new)) if new.linear is not None else None


def percentiles(old: Optional[Measured], new: Measured) -> Optional[Job]:
    """Of latencies, or of blocks where none are recorded."""
    of = plots_of_percentiles.of_latencies(old, new) or plots_of_percentiles.of_blocks(old, new)
    return (plots_of_percentiles.draw, of) if of else None


def shifts_of_blocks(benchmark: Measured, change: Change, tolerance_percent: Optional[float]) -> Optional[Job]:
    """How quantiles of block times have moved."""
    of = plots_of_quantiles.of_blocks(benchmark, change, tolerance_percent)
    return (plots_of_quantiles.draw, of) if of else None


def shifts_of_latencies(benchmark: Measured, change: Change, tolerance_percent: Optional[float]) -> Optional[Job]:
    """How quantiles of recorded latencies have moved."""
    of = plots_of_quantiles.of_latencies(benchmark, change, tolerance_percent)
    return (plots_of_quantiles.draw, of) if of else None


def history(trend: Trend, of: History) -> Optional[Job]:
    """One point is no trend. Of the baselines only those that are shown: others may come and go."""
    if len(trend.points) < 2:
        return None
    shown = tuple(of.baselines[point.baseline] for point in trend.points)
    return (plots_of_trends.draw, (trend, shown))


def groups(suite: str, name: str, members: Sequence[tuple[Optional[Measured], Measured]]) -> list[Job]:
    """Members side by side: old, where there is one, and new; no picture of one alone, several of many."""
    return [(plots_of_groups.draw, group) for group in plots_of_groups.groups(suite, name, members)]
