"""What only a paired comparison has, as frozen dataclasses: pairs in the order measured, and layouts.

A pair is a process of each side, alive at the same time; a cycle of pairs is what the verdict's
interval is formed over. No reading, no drawing.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

AS_BUILT = -1  # instead of a layout's index: the link as it was built


def interval_of(low: Optional[float], high: Optional[float]) -> Optional[tuple[float, float]]:
    """An interval has both ends."""
    return None if low is None or high is None else (low, high)


@dataclass(frozen=True)
class ProcessPairs:
    """One entry a pair in each, in the order measured."""

    cycle: tuple[int, ...]  # from 0
    old_layout: tuple[int, ...]  # from 0, or AS_BUILT
    new_layout: tuple[int, ...]
    change_percent: tuple[float, ...]
    old_ns: tuple[float, ...]  # of one iteration: the median block
    new_ns: tuple[float, ...]
    quiet_change_percent: Optional[tuple[float, ...]] = None  # of the lower deciles of a pair's blocks; None: some took no time


@dataclass(frozen=True)
class Estimate:
    """In percent; without an interval where there was one pair only."""

    percent: float
    low_percent: Optional[float]
    high_percent: Optional[float]

    @property
    def interval(self) -> Optional[tuple[float, float]]:
        return interval_of(self.low_percent, self.high_percent)


@dataclass(frozen=True)
class Natural:
    """The links as they were built, measured beside the layouts."""

    pairs: ProcessPairs
    change: Optional[Estimate]  # new against old
    excess: Optional[Estimate]  # new against its own average layout
    misleading: bool = False  # the change is surely another than that over the layouts
    off_average: bool = False  # the excess is surely there


@dataclass(frozen=True)
class Quantile:
    """Of the recorded latencies, new against old. Without a verdict there is a reason instead of figures."""

    quantile: float
    reason: Optional[str] = None
    old_ns: float = 0.0
    new_ns: float = 0.0
    change_percent: float = 0.0
    change_low_percent: Optional[float] = None
    change_high_percent: Optional[float] = None
    level_percent: Optional[float] = None
    verdict: Optional[str] = None

    @property
    def interval(self) -> Optional[tuple[float, float]]:
        return interval_of(self.change_low_percent, self.change_high_percent)


@dataclass(frozen=True)
class P99Limit:
    """What the benchmark itself demands of its 99th percentile."""

    limit_ns: float
    p99_ns: Optional[float]
    p99_low_ns: Optional[float]
    p99_high_ns: Optional[float]
    verdict: str  # kept, exceeded or undecided


@dataclass(frozen=True)
class NoiseFloor:
    """Old against itself."""

    pairs: int
    change_percent: Optional[float]
    change_low_percent: Optional[float]
    change_high_percent: Optional[float]
    exceeded: bool  # it would have been called a change, so no verdict counts

    @property
    def interval(self) -> Optional[tuple[float, float]]:
        return interval_of(self.change_low_percent, self.change_high_percent)


@dataclass(frozen=True)
class Pairing:
    """How one benchmark's change was measured."""

    benchmark_changed: bool  # its own code is not the same on both sides
    cycles: int  # complete ones; pairs of others do not count
    cycles_planned: int
    block_ns: float
    pair_blocks: int  # of each side in a pair
    warm_up_iterations: int  # before each block, untimed
    cache_shared_percent: Optional[float]  # by how much taking turns makes it slower; None: it does not
    layouts: int  # of each side; 1: as they were built
    layout_reason: Optional[str]
    pairs: ProcessPairs
    natural: Optional[Natural]
    layout_spread_percent: Optional[float]  # the slowest layout of new against the fastest one
    # Results of before the sequential judge have none of these.
    level_percent: Optional[float] = None  # of the row's interval
    estimator: Optional[str] = None  # groups, pairs or quiet
    p_value: Optional[float] = None
    change_low_95_percent: Optional[float] = None
    change_high_95_percent: Optional[float] = None
    looks: Optional[int] = None  # planned
    looks_taken: Optional[int] = None
    stopped: Optional[str] = None  # decided, budget, hopeless or time_cap
    timed_s: Optional[float] = None  # of both sides
    quantiles: tuple[Quantile, ...] = ()
    p99_limit: Optional[P99Limit] = None

    @property
    def shows_quiet(self) -> bool:
        """The interval is made of quiet moments, and each pair has them: one that does not count may have none."""
        return self.estimator == "quiet" and self.pairs.quiet_change_percent is not None

    @property
    def judged_percent(self) -> tuple[float, ...]:
        """Of each pair what the interval is made of."""
        quiet = self.pairs.quiet_change_percent
        return quiet if self.estimator == "quiet" and quiet is not None else self.pairs.change_percent


@dataclass(frozen=True)
class Side:
    name: str
    kind: str  # archive, baseline, revision, variant or suites
    text: str  # what it is, a sentence


@dataclass(frozen=True)
class Placed:
    """A function, and where it starts in each layout, modulo 64."""

    name: str
    offsets: tuple[int, ...]


@dataclass(frozen=True)
class Layouts:
    """Of one suite on one side."""

    side: str  # old or new
    suite: str
    count: int
    reason: Optional[str]  # why there is one only, or what did not move
    functions: tuple[Placed, ...]
