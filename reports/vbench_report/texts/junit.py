"""A result as JUnit XML, which CI systems show as tests: a suite is a testsuite, a benchmark a testcase.

Fails what makes `vbench compare` exit with 1 or 2, and nothing else. Whatever XML forbids the loader
has replaced. The dialect is that of Jenkins' and GitLab's readers: testsuites, testsuite, testcase,
and in it failure, error, skipped, system-out.
"""
from __future__ import annotations

import xml.etree.ElementTree as xml
from collections import Counter
from dataclasses import dataclass
from typing import Iterable, Optional, Union

from .. import gate as rule
from .. import units
from ..comparison import Pair, pairs
from ..model import Benchmark, Change, Comparison, Failed, Gate, Measured, NotCompared, Result
from ..paired import P99Limit, Quantile
from ..units import quantile_name


@dataclass(frozen=True)
class _Case:
    suite: str
    name: str
    time_s: float
    kind: str  # "", failure, error or skipped
    message: str  # of that kind
    details: str


def render(result: Result) -> str:
    cases = list(_cases(result))
    root = xml.Element("testsuites", name="vbench", **_totals(cases))
    for suite in dict.fromkeys(case.suite for case in cases):
        members = [case for case in cases if case.suite == suite]
        element = xml.SubElement(root, "testsuite", name=suite, timestamp=result.run.started.rstrip("Z"), **_totals(members))
        for case in members:
            _add(element, case)
    xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, encoding="unicode") + "\n"


def _totals(cases: Iterable[_Case]) -> dict[str, str]:
    kinds = Counter(case.kind for case in cases)
    return {"tests": str(sum(kinds.values())), "failures": str(kinds["failure"]), "errors": str(kinds["error"]),
            "skipped": str(kinds["skipped"]), "time": f"{sum(case.time_s for case in cases):.3f}"}


def _add(suite: xml.Element, case: _Case) -> None:
    element = xml.SubElement(suite, "testcase", classname=case.suite, name=case.name, time=f"{case.time_s:.3f}")
    if case.kind:
        told = xml.SubElement(element, case.kind, message=case.message)
        if case.kind != "skipped":
            told.set("type", case.kind)
            told.text = case.details
    elif case.details:
        xml.SubElement(element, "system-out").text = case.details


# --- which cases there are -----------------------------------------------------------------------

def _cases(result: Result) -> Iterable[_Case]:
    comparison = result.comparison
    told = set()
    for pair in pairs(result):
        if pair.left_out is not None:
            told.add(id(pair.left_out))
        yield _case(pair, comparison)
    for left_out in comparison.not_compared if comparison else ():
        if id(left_out) not in told:  # the file has no more than its name
            yield _left_out(_suite_of(result, left_out.name), left_out, comparison)


def _suite_of(result: Result, name: str) -> str:
    """Of a benchmark that the file does not describe: its old side's, or the only one that there is."""
    comparison = result.comparison
    described = comparison.old.benchmarks if comparison else ()
    suites = {b.suite for b in described if b.name == name} or {s.name for s in result.suites}
    return suites.pop() if len(suites) == 1 else "not measured"


def _case(pair: Pair, comparison: Optional[Comparison]) -> _Case:
    b = pair.benchmark
    if pair.left_out is not None:
        return _left_out(b.suite, pair.left_out, comparison)
    if isinstance(b, Failed):
        return _Case(b.suite, b.name, 0.0, "error", b.error, b.error)
    if pair.change is None or comparison is None:
        return _Case(b.suite, b.name, _timed_s(b), "", "", _measured(b))
    return _judged(b, pair.old, pair.change, comparison)


def _left_out(suite: str, left_out: NotCompared, comparison: Optional[Comparison]) -> _Case:
    """A failure of long ago, in a saved baseline, is nobody's error now."""
    now = left_out.reason == "failed" or (left_out.reason == "failed_then" and comparison is not None and comparison.paired)
    return _Case(suite, left_out.name, 0.0, "error" if now else "skipped", left_out.text, left_out.text)


# --- what a case says ----------------------------------------------------------------------------

def _judged(new: Measured, old: Optional[Benchmark], row: Change, comparison: Comparison) -> _Case:
    gate = comparison.gate or rule.ANY_REGRESSION
    quantiles = row.pairing.quantiles if row.pairing else ()
    limit = row.pairing.p99_limit if row.pairing else None
    failures = [_sentence(row)] if rule.too_slow(row, gate) or rule.too_open(row, gate) else []
    failures += [f"{quantile_name(q.quantile)} {_sentence(q)}" for q in quantiles if rule.too_slow(q, gate)]
    if limit and limit.verdict == "exceeded":
        failures.append(_limit(limit))
    timed_s = row.pairing.timed_s if row.pairing else None
    if timed_s is None:
        timed_s = _timed_s(new) + (_timed_s(old) if isinstance(old, Measured) and comparison.paired else 0.0)
    return _Case(new.suite, new.name, timed_s, "failure" if failures else "", "; ".join(failures),
                 _numbers(row, gate, comparison))


def _sentence(of: Union[Change, Quantile]) -> str:
    ends = f" ({units.change(of.interval[0])} to {units.change(of.interval[1])})" if of.interval else ""
    return f"{of.verdict}: {units.change(of.change_percent)}{ends}"


def _limit(limit: P99Limit) -> str:
    reached = "" if limit.p99_ns is None else f" {units.time(limit.p99_ns)}"
    ends = "" if limit.p99_low_ns is None or limit.p99_high_ns is None else \
        f" ({units.time(limit.p99_low_ns)} to {units.time(limit.p99_high_ns)})"
    return f"limit {limit.verdict}: p99{reached}{ends}, limit {units.time(limit.limit_ns)}"


def _numbers(row: Change, gate: Gate, comparison: Comparison) -> str:
    level = row.pairing.level_percent if row.pairing else None
    confidence = units.percent(comparison.confidence) if level is None else units.percentage(100 - level)
    lines = [_sentence(row), f"old {units.time(row.old_ns)}, new {units.time(row.new_ns)}; the interval is one of {confidence}"]
    if row.verdict == "regressed" and not rule.too_slow(row, gate):
        lines.append(f"passes: the interval is not wholly above {units.change(gate.fail_above_percent)}")
    if row.verdict == "inconclusive" and row.visible_percent is not None:
        lines.append(f"a change below about {units.roughly(row.visible_percent)} would not have been seen")
    if row.pairing is None:
        return "\n".join(lines)
    for q in row.pairing.quantiles:
        lines.append(f"{quantile_name(q.quantile)} not judged: {q.reason}" if q.reason else
                     f"{quantile_name(q.quantile)} {_sentence(q)}; old {units.time(q.old_ns)}, new {units.time(q.new_ns)}")
    if row.pairing.p99_limit:
        lines.append(_limit(row.pairing.p99_limit))
    if row.pairing.benchmark_changed:
        lines.append("the benchmark's own code differs between the sides")
    return "\n".join(lines)


def _measured(b: Measured) -> str:
    ends = b.time.interval
    interval = f" ({units.time_range(*ends, like_ns=b.time.estimate_ns)}, {units.percent(b.time.confidence)} interval)" if ends else ""
    return "\n".join([f"time of an iteration: {units.time(b.time.estimate_ns)}{interval}", *b.warnings])


def _timed_s(b: Measured) -> float:
    return sum(sum(process.block_ns) for process in b.processes) / 1e9
