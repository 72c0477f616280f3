"""Old beside new: which benchmarks stand side by side, and what else differs between the two runs.

Judges nothing: verdicts and changes are the result's own.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional, Sequence

from markupsafe import Markup, escape

from . import figures
from .model import Benchmark, Change, Comparison, Machine, Measured, NotCompared, Result, Run, Suite

# In the order of the page.
VERDICTS = ("regressed", "improved", "inconclusive", "equivalent")


@dataclass(frozen=True)
class Pair:
    """One benchmark's two sides. Of a removed one `benchmark` is the old side's, and `old` is None."""

    benchmark: Benchmark
    old: Optional[Benchmark] = None
    change: Optional[Change] = None
    left_out: Optional[NotCompared] = None

    @property
    def removed(self) -> bool:
        return self.left_out is not None and self.left_out.reason == "removed"

    @property
    def both(self) -> Optional[tuple[Measured, Measured]]:
        """Old and new, where both have a time."""
        if isinstance(self.old, Measured) and isinstance(self.benchmark, Measured):
            return (self.old, self.benchmark)
        return None


def pairs(result: Result) -> tuple[Pair, ...]:
    """The new side's benchmarks in its order, then those that only the old side has."""
    comparison = result.comparison
    if comparison is None:
        return tuple(map(Pair, result.benchmarks))
    old: dict[str, Benchmark] = {}
    for b in comparison.old.benchmarks:
        old.setdefault(b.name, b)
    # Names are unique but for those of several suites: then the first goes with the first.
    changes = {name: iter([c for c in comparison.rows if c.name == name]) for name in {c.name for c in comparison.rows}}
    others = [n for n in comparison.not_compared if n.reason != "removed"]
    left_out = {name: iter([n for n in others if n.name == name]) for name in {n.name for n in others}}

    found = []
    for b in result.benchmarks:
        change = next(changes.get(b.name, iter(())), None) if isinstance(b, Measured) else None
        reason = None if change else next(left_out.get(b.name, iter(())), None)
        found.append(Pair(b, old.get(b.name), change, reason))
    for gone in comparison.not_compared:
        if gone.reason == "removed" and gone.name in old:
            found.append(Pair(old[gone.name], None, None, gone))
    return tuple(found)


def in_order(comparison: Comparison) -> list[tuple[str, list[Change]]]:
    """Each verdict with its rows in the result's order; verdicts that were not given are left out."""
    by_verdict = [(verdict, [c for c in comparison.rows if c.verdict == verdict]) for verdict in VERDICTS]
    return [(verdict, rows) for verdict, rows in by_verdict if rows]


# --- what else differs --------------------------------------------------------------------------

@dataclass(frozen=True)
class Difference:
    what: str
    old: Markup
    new: Markup


def differences(result: Result) -> list[Difference]:
    comparison = result.comparison
    if comparison is None:
        return []
    found = _of_suites(comparison.old.suites, result.suites)
    if comparison.old.run is None or comparison.paired:
        return found  # both were measured in one run, here: how an older one went does not matter
    found += _of_machines(comparison.old.machine, result.machine)
    found += _of_runs(comparison.old.run, result.run)
    return found


_SUITE: tuple[tuple[str, Callable[[Suite], Optional[str]]], ...] = (
    ("Compiler", lambda s: s.compiler),
    ("Compiler flags", lambda s: s.compiler_flags),
    ("Build type", lambda s: s.build_type),
    ("Optimised", lambda s: s.optimised),
    ("Google Benchmark", lambda s: s.google_benchmark),
    ("C library", lambda s: s.c_library),
)


def _of_suites(old: Sequence[Suite], new: Sequence[Suite]) -> list[Difference]:
    """Suites of both sides; the same difference in several of them is one line."""
    before = {s.name: s for s in old}
    common = [(before[s.name], s) for s in new if s.name in before]
    found = []
    for what, value in _SUITE:
        suites_of: dict[tuple[Optional[str], Optional[str]], list[str]] = {}
        for one, other in common:
            if value(one) != value(other):
                suites_of.setdefault((value(one), value(other)), []).append(other.name)
        for (then, now), names in suites_of.items():
            where = "" if len(names) == len(common) else f" of {', '.join(names)}"
            found.append(Difference(what + where, *_marked(then, now)))
    return found


def _marked(then: Optional[str], now: Optional[str]) -> tuple[Markup, Markup]:
    """Both texts; where they are several words, those that the other does not have are marked."""
    sides = []
    for text, other in ((then, now), (now, then)):
        words, others = (text or "").split(), (other or "").split()
        common = set(words) & set(others)
        if text is None:
            sides.append(_NOT_RECORDED)
        elif not common:
            sides.append(escape(text))
        else:
            sides.append(Markup(" ").join(w if w in common else Markup("<mark>{}</mark>").format(w) for w in words))
    return sides[0], sides[1]


_NOT_RECORDED = Markup('<span class="none">not recorded</span>')

_MACHINE: tuple[tuple[str, Callable[[Machine], Optional[Markup]]], ...] = (
    ("Processor", figures.processor),
    ("Processor clock", lambda m: m.cpu_mhz and Markup("{}\u202fMHz").format(figures.plain(m.cpu_mhz)) or None),
    ("Memory", lambda m: figures.optional(m.memory_bytes, figures.memory)),
    ("System", lambda m: escape(m.operating_system)),
    ("Kernel", lambda m: escape(m.kernel)),
    ("Host", lambda m: None if m.host_name is None else escape(m.host_name)),
)


def _of_machines(old: Machine, new: Machine) -> list[Difference]:
    found = [_difference(what, value(old), value(new)) for what, value in _MACHINE if value(old) != value(new)]
    gone = [f for f in old.cpu_features if f not in new.cpu_features]
    added = [f for f in new.cpu_features if f not in old.cpu_features]
    if gone or added:
        found.append(_difference("CPU features on one side only", *(escape(" ".join(f) or "–") for f in (gone, added))))
    return found


_RUN: tuple[tuple[str, Callable[[Run], Optional[Markup]]], ...] = (
    ("Threads pinned to", lambda r: figures.optional(r.pinned_cpus, figures.pinned)),
    ("Measuring time of a benchmark", lambda r: Markup("{}\u202fs").format(figures.plain(r.budget_s))),
    ("Processes of a benchmark", lambda r: figures.number(r.processes)),
    ("Load average before", lambda r: figures.listed(r.load_average_start, figures.load) or None),
    ("Load average after", lambda r: figures.listed(r.load_average_end, figures.load) or None),
)


def _of_runs(old: Run, new: Run) -> list[Difference]:
    return [_difference(what, value(old), value(new)) for what, value in _RUN if value(old) != value(new)]


def _difference(what: str, old: Optional[Markup], new: Optional[Markup]) -> Difference:
    return Difference(what, _NOT_RECORDED if old is None else old, _NOT_RECORDED if new is None else new)
