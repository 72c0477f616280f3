"""What a result file says, as frozen dataclasses. No reading, no drawing.

Times are nanoseconds of one iteration as one thread sees it; names of fields end in their unit.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Union

from . import paired


@dataclass(frozen=True)
class Cache:
    level: int
    type: str
    size_bytes: int


@dataclass(frozen=True)
class Run:
    started: str
    wall_s: float
    measured_s: float
    seed: int
    budget_s: float
    processes: int
    pinned_cpus: Optional[tuple[int, ...]]  # None: not recorded; empty: not pinned
    load_average_start: tuple[float, ...]
    load_average_end: tuple[float, ...]
    command: tuple[str, ...] = ()  # empty: not recorded
    imported_from: Optional[str] = None  # None: measured by vbench


@dataclass(frozen=True)
class Machine:
    architecture: str
    cpu_model: str
    cpu_count: int
    cpu_features: tuple[str, ...]
    cpu_mhz: Optional[int]
    memory_bytes: Optional[int]  # None: unknown
    kernel: str
    operating_system: str
    host_name: Optional[str]
    cpu_scaling_enabled: Optional[bool]
    caches: tuple[Cache, ...]
    cpu_quota: Optional[float] = None  # in CPUs, where there are fewer than the machine has


@dataclass(frozen=True)
class Source:
    commit: Optional[str]
    dirty: Optional[bool]


@dataclass(frozen=True)
class Suite:
    name: str
    compiler: str
    compiler_flags: str
    build_type: str
    google_benchmark: str
    c_library: Optional[str]
    optimised: str  # yes, no or unknown
    optimisation_evidence: str


@dataclass(frozen=True)
class Time:
    estimate_ns: float
    low_ns: Optional[float]
    high_ns: Optional[float]
    confidence: float
    method: str

    @property
    def interval(self) -> Optional[tuple[float, float]]:
        return paired.interval_of(self.low_ns, self.high_ns)


@dataclass(frozen=True)
class Statistics:
    mean_ns: float
    median_ns: float
    standard_deviation_ns: float
    median_absolute_deviation_ns: float
    min_ns: float
    max_ns: float
    block_count: int
    process_count: int


@dataclass(frozen=True)
class Estimated:
    estimate: float
    low: Optional[float]  # None: there is no interval
    high: Optional[float]

    @property
    def interval(self) -> Optional[tuple[float, float]]:
        return paired.interval_of(self.low, self.high)


@dataclass(frozen=True)
class Spread:
    """Figures of all blocks, time of one iteration in nanoseconds."""

    confidence: float
    method: str
    figures: tuple[tuple[str, Estimated], ...]  # ("mean_ns", …), in the page's order


@dataclass(frozen=True)
class Outliers:
    """How many blocks lie beyond each of Tukey's fences, and where these are."""

    low_severe: int
    low_mild: int
    high_mild: int
    high_severe: int
    low_severe_ns: float
    low_mild_ns: float
    high_mild_ns: float
    high_severe_ns: float

    @property
    def count(self) -> int:
        return self.low_severe + self.low_mild + self.high_mild + self.high_severe


@dataclass(frozen=True)
class Linear:
    """Total time against iterations, and the line through the origin that was fitted to it."""

    points: tuple[tuple[int, int], ...]  # (iterations, ns)
    confidence: float
    method: str
    slope_ns: Estimated
    r_squared: Estimated


@dataclass(frozen=True)
class Counter:
    name: str
    kind: str  # sum, per_sec or mean
    value: float


@dataclass(frozen=True)
class Latency:
    count: int
    percentiles: tuple[tuple[str, float], ...]  # ("min_ns", 12.0), ("p50_ns", 30.0), … ascending
    buckets: tuple[tuple[int, int], ...] = ()  # (lowest latency in ns, count), ascending


@dataclass(frozen=True)
class Process:
    """Blocks of one worker process."""

    median_ns: float  # of the blocks' times of one iteration
    iterations_per_block: tuple[int, ...]  # one number for all blocks, or one a block
    block_ns: tuple[int, ...]

    def iteration_times_ns(self) -> list[float]:
        iterations = self.iterations_per_block
        if len(iterations) == 1:
            iterations = iterations * len(self.block_ns)
        return [block / count for block, count in zip(self.block_ns, iterations)]


@dataclass(frozen=True)
class Identity:
    name: str
    suite: str
    group: str
    case: str
    parameters: tuple[tuple[str, int], ...]
    threads: int


@dataclass(frozen=True)
class Failed(Identity):
    error: str


@dataclass(frozen=True)
class Measured(Identity):
    time: Time
    statistics: Statistics
    cpu_time_ns: Optional[float]
    items_per_iteration: Optional[float]
    items_per_sec: Optional[float]
    item_time_ns: Optional[float]
    bytes_per_iteration: Optional[float]
    bytes_per_sec: Optional[float]
    counters: tuple[Counter, ...]
    latency: Optional[Latency]
    restarts: int
    warnings: tuple[str, ...]  # what a reader of the figures should know
    peak_memory_bytes: Optional[int]  # resident, of the largest process, harness included; None: unknown
    allocations_per_iteration: Optional[float]  # of all threads together; None: not counted
    allocated_bytes_per_iteration: Optional[float]
    processes: tuple[Process, ...]
    spread: Optional[Spread] = None
    outliers: Optional[Outliers] = None
    linear: Optional[Linear] = None
    items_rate: Optional[Estimated] = None  # a second, with an interval; None: none is told
    bytes_rate: Optional[Estimated] = None

    @property
    def has_items(self) -> bool:
        """One iteration handles several items, and the time of one of them is known."""
        return (self.items_per_iteration is not None and self.items_per_iteration > 1
                and self.item_time_ns is not None)


Benchmark = Union[Failed, Measured]


@dataclass(frozen=True)
class BlockQuantile:
    """How a quantile of the blocks' times has moved; no verdict, and an interval of its own."""

    quantile: float
    old_ns: float
    new_ns: float
    change_percent: float
    change_low_percent: Optional[float]
    change_high_percent: Optional[float]

    @property
    def interval(self) -> Optional[tuple[float, float]]:
        return paired.interval_of(self.change_low_percent, self.change_high_percent)


@dataclass(frozen=True)
class Change:
    """Of one benchmark, new against old: +1 % is slower."""

    name: str
    verdict: str  # regressed, improved, inconclusive or equivalent
    old_ns: float  # geometric means over the processes' medians: what the change is the ratio of
    new_ns: float
    change_percent: float
    change_low_percent: Optional[float]
    change_high_percent: Optional[float]
    visible_percent: Optional[float]  # about the smallest change that could have been told from none
    pairing: Optional[paired.Pairing] = None  # None: old and new did not run side by side
    block_quantiles: tuple[BlockQuantile, ...] = ()  # ascending
    old_interval_ns: Optional[tuple[float, float]] = None  # 95 %, of either side by itself
    new_interval_ns: Optional[tuple[float, float]] = None
    rate: Optional[Estimated] = None  # change of the throughput, in percent; None: a side tells none
    rate_of: Optional[str] = None  # items or bytes; None: a side tells no throughput
    rates_per_sec: Optional[tuple[float, float]] = None  # old and new, with old_ns and new_ns

    @property
    def interval(self) -> Optional[tuple[float, float]]:
        return paired.interval_of(self.change_low_percent, self.change_high_percent)


@dataclass(frozen=True)
class NotCompared:
    name: str
    reason: str  # added, removed, failed, failed_then or no_time
    text: str


@dataclass(frozen=True)
class Old:
    """The older result, as far as a comparison keeps it; side by side, its benchmarks were measured with the new ones."""

    name: str
    run: Optional[Run]  # None only side by side
    machine: Machine
    source: Source
    suites: tuple[Suite, ...]
    benchmarks: tuple[Benchmark, ...]
    side: Optional[paired.Side]  # None: not side by side


@dataclass(frozen=True)
class Gate:
    """What made the exit code."""

    fail_above_percent: float  # a regression counts if its whole interval lies above
    fail_on_inconclusive: bool  # times; quantiles may stay so
    failed: bool  # also where a limit was exceeded


@dataclass(frozen=True)
class Comparison:
    """The new side is the result that holds this."""

    paired: bool  # old and new ran side by side
    confidence: float  # 1 - the level of the whole run; without level_percent that of each interval
    drift_percent: Optional[float]  # by how much they were widened for what the machine did between the runs
    min_effect_percent: float
    common_percent: Optional[float]  # the median of all changes; None with few of them
    moved_together: bool  # that median is more than is allowed for drift: the machine, or what they share
    method: str
    notes: tuple[str, ...]  # which fallbacks were taken, and why
    rows: tuple[Change, ...]
    not_compared: tuple[NotCompared, ...]
    old: Old
    new: Optional[paired.Side]  # None: not side by side
    layouts: tuple[paired.Layouts, ...]
    level_percent: Optional[float] = None  # of all hypotheses together; None: each row has an interval of its own
    hypotheses: Optional[int] = None
    noise_floor: Optional[paired.NoiseFloor] = None
    gate: Optional[Gate] = None
    tolerance_percent: Optional[float] = None  # of benchmarks without one of their own

    @property
    def common_confidence(self) -> Optional[float]:
        """Of all intervals; None where each has its own, because the rows share one level."""
        return self.confidence if self.level_percent is None else None


@dataclass(frozen=True)
class Fitted:
    estimate: float
    low: Optional[float]
    high: Optional[float]
    confidence: float


@dataclass(frozen=True)
class ScalingPoint:
    threads: int
    per_sec: float
    shares_cpus: bool


@dataclass(frozen=True)
class Scaling:
    """Benchmarks that differ in the number of threads alone, and the law that was fitted to them."""

    name: str
    counts: str  # items or iterations
    one_thread_per_sec: Fitted
    sigma: Fitted
    kappa: Fitted
    peak_threads: Optional[float]
    deviation_percent: float  # root mean square, of the fitted points from the law
    shares_cpus: bool  # points with more threads than CPUs are fitted, too
    points: tuple[ScalingPoint, ...]  # ascending in threads


@dataclass(frozen=True)
class Finding:
    """Of vbench doctor: what of the machine disturbs a measurement, or does not."""

    check: str
    severity: str  # ok, note, warning or problem
    what: str
    effect: Optional[str]
    mend: Optional[str]


@dataclass(frozen=True)
class SavedRun:
    """A baseline, or the result that the report is of."""

    name: str
    started: str
    machine: int  # in History.machines
    commit: Optional[str]
    dirty: Optional[bool]
    this: bool


@dataclass(frozen=True)
class TrendPoint:
    baseline: int  # in History.baselines
    estimate_ns: float
    low_ns: Optional[float]
    high_ns: Optional[float]


@dataclass(frozen=True)
class ChangePoint:
    point: int  # in Trend.points: the first after the change
    before_ns: float
    after_ns: float
    change_percent: float
    p_value: float


@dataclass(frozen=True)
class Trend:
    """One benchmark on one machine, in the order of time."""

    name: str
    suite: str
    machine: int
    points: tuple[TrendPoint, ...]
    changes: tuple[ChangePoint, ...]


@dataclass(frozen=True)
class TrendMachine:
    cpu_model: str
    cpu_count: int
    architecture: str


@dataclass(frozen=True)
class History:
    method: str
    least_points: int  # a shorter trend has no change points
    machines: tuple[TrendMachine, ...]
    baselines: tuple[SavedRun, ...]
    left_out: tuple[tuple[str, str], ...]  # file, reason
    trends: tuple[Trend, ...]


@dataclass(frozen=True)
class NoiseRow:
    name: str
    visible_percent: Optional[float]
    mistaken_percent: float


@dataclass(frozen=True)
class Doctor:
    findings: tuple[Finding, ...]
    sentence: Optional[str]  # of the noise test; None: there was none
    verdict: Optional[str]
    noise: tuple[NoiseRow, ...]
    unmeasured: Optional[str]  # why the noise test has no result


@dataclass(frozen=True)
class Bar:
    """What vbench promises of its verdicts, and how often that was kept."""

    text: str
    count: int
    of: int
    low: Optional[float]
    high: Optional[float]
    state: str


@dataclass(frozen=True)
class Selftest:
    mode: str
    load: str
    took_s: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Result:
    vbench_version: str
    run: Run
    machine: Machine
    source: Source
    libraries: tuple[tuple[str, str], ...]
    suites: tuple[Suite, ...]
    benchmarks: tuple[Benchmark, ...]
    comparison: Optional[Comparison]
    scalings: tuple[Scaling, ...]
    findings: tuple[Finding, ...] = ()  # of the machine when measuring began, and of the load during all of it
    history: Optional[History] = None
    doctor: Optional[Doctor] = None
    selftest: Optional[Selftest] = None

    @property
    def measured(self) -> tuple[Measured, ...]:
        return tuple(b for b in self.benchmarks if isinstance(b, Measured))

    @property
    def failed(self) -> tuple[Failed, ...]:
        return tuple(b for b in self.benchmarks if isinstance(b, Failed))
