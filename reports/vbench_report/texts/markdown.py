"""A result as Markdown, for a comment on a pull request or the summary of a CI job: short, and safe to post.

Written for GitHub's and GitLab's dialect. Judges nothing: verdicts and changes are the result's own.
Every text of the result is data, never markup: see `text` and `code`.
"""
from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Callable, Iterable, Optional, Sequence, Union

from .. import units
from ..comparison import VERDICTS, in_order
from ..model import Change, Comparison, Machine, Measured, NotCompared, Result, Source
from ..paired import P99Limit, Quantile
from ..units import quantile_name

# A comment on GitHub holds 65,536 characters. Tables get shorter until the whole is below this.
CHARACTERS_MAX = 60_000
_ROWS_MAX = (100, 40, 15, 5, 1)
_TEXT_MAX, _NAME_MAX = 400, 120

_NONE = "–"


def render(result: Result) -> str:
    written = ""
    for most in _ROWS_MAX:
        written = "\n\n".join(block for block in _blocks(result, most) if block) + "\n"
        if len(written) <= CHARACTERS_MAX:
            break
    return written


def _blocks(result: Result, most: int) -> list[str]:
    comparison = result.comparison
    if comparison is None:
        return [_headline(_run_counts(result)), _failed(result, most), _times(result, most),
                _bullets(_warnings(result), most), _about(result)]
    moved, quiet = _lines(comparison)
    return [_headline(_comparison_counts(comparison)), _gate(comparison), _how(comparison), _moved_together(comparison),
            _changes(comparison, moved, most), _limits(comparison, most), _not_compared(comparison, most),
            _folded(comparison, quiet, most), _bullets(map(_bullet, comparison.notes), most), _noise_floor(comparison), _about(result)]


# --- texts that others wrote ---------------------------------------------------------------------

# Plain enough for backticks, which read best where nobody renders them.
_PLAIN = re.compile(r"[A-Za-z0-9_/.,:=+ -]*[A-Za-z0-9_/.,:=+-]")
# Those that reorder what stands around them.
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Whatever begins, ends or separates anything in Markdown, HTML, tables or formulas.
_MARKUP = re.compile(r"[\\`*\[\]<>|~&$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
# What makes a line a list, a heading or a rule where it stands first.
_LINE_MARK = re.compile(r"[-+=#:]|\d+[.)]")
# People, teams, issues and addresses are looked for after rendering, when an entity is a character
# again: an invisible space keeps them from being found.
_REFERENCE = re.compile(r"(?<=[@#])(?=\w)|(?<=:)(?=//)|(?<=www)(?=\.)", re.IGNORECASE)
_INVISIBLE = "\u200b"


def text(words: str, characters_max: int = _TEXT_MAX) -> str:
    """Running text on one line: shows these words, whatever they are, and refers to nobody and nothing."""
    return _MARKUP.sub(_as_entity, _REFERENCE.sub(_INVISIBLE, _one_line(words, characters_max)))


def code(name: str) -> str:
    """A name as code, where no reference is looked for."""
    shown = _one_line(name, _NAME_MAX)
    if _PLAIN.fullmatch(shown):
        return f"`{shown}`"
    return f"<code>{_MARKUP.sub(_as_entity, _REFERENCE.sub(_INVISIBLE, shown))}</code>"


def _one_line(words: str, characters_max: int) -> str:
    shown = " ".join(_DIRECTIONS.sub("\ufffd", words).split())
    return shown if len(shown) <= characters_max else shown[:characters_max - 1] + "…"


def _as_entity(found: re.Match[str]) -> str:
    """The last character, which makes the mark one."""
    return f"{found[0][:-1]}&#{ord(found[0][-1])};"


# --- building blocks -----------------------------------------------------------------------------

def _table(heads: Sequence[str], alignment: str, rows: Sequence[Sequence[str]], most: int) -> str:
    """`alignment` has a letter a column: l or r."""
    if not rows:
        return ""
    marks = [{"l": ":--", "r": "--:"}[letter] for letter in alignment]
    lines = ["| " + " | ".join(cells) + " |" for cells in (heads, marks, *rows[:most])]
    if len(rows) > most:
        lines.append(f"\n… and {len(rows) - most} more.")
    return "\n".join(lines)


def _bullets(items: Iterable[str], most: int) -> str:
    every = list(dict.fromkeys(items))
    lines = [f"- {item}" for item in every[:most]]
    if len(every) > most:
        lines.append(f"- … and {len(every) - most} more.")
    return "\n".join(lines)


def _bullet(sentence: str) -> str:
    shown = text(sentence)
    mark = _LINE_MARK.match(shown)
    return _as_entity(mark) + shown[mark.end():] if mark else shown


def _headline(counts: str) -> str:
    return f"## Velox Bench: {counts}"


def _counted(counts: Iterable[tuple[int, str]]) -> str:
    return ", ".join(f"{count} {what}" for count, what in counts if count)


def _percent(value: Optional[float]) -> str:
    return _NONE if value is None else units.change(value)


def _interval(ends: Optional[tuple[float, float]], formatter: Callable[[float], str] = units.change) -> str:
    return _NONE if ends is None else f"{formatter(ends[0])} to {formatter(ends[1])}"


# --- a comparison --------------------------------------------------------------------------------

@dataclass(frozen=True)
class _Line:
    """A verdict on a time, or on a quantile of latencies."""

    name: str
    what: str  # "", or the quantile
    of: Union[Change, Quantile]

    @property
    def verdict(self) -> str:
        return self.of.verdict or ""


def _lines(comparison: Comparison) -> tuple[list[_Line], list[_Line]]:
    """What regressed or improved, and the rest, each in the order of the verdicts."""
    rows = [row for _, of_verdict in in_order(comparison) for row in of_verdict]
    every = [_Line(row.name, "", row) for row in rows]
    every += [_Line(row.name, quantile_name(q.quantile), q) for row in rows
              for q in (row.pairing.quantiles if row.pairing else ()) if q.verdict]
    every.sort(key=lambda line: VERDICTS.index(line.verdict))
    return ([line for line in every if line.verdict in ("regressed", "improved")],
            [line for line in every if line.verdict not in ("regressed", "improved")])


def _comparison_counts(comparison: Comparison) -> str:
    verdicts = Counter(line.verdict for lines in _lines(comparison) for line in lines)
    failed = _with_reason(comparison, "failed", "failed_then")
    exceeded = [limit for _, limit in _p99_limits(comparison) if limit.verdict == "exceeded"]
    return _counted([
        (len(failed), "failed"), (len(exceeded), "beyond their limit" if len(exceeded) > 1 else "beyond its limit"),
        *((verdicts[verdict], verdict) for verdict in VERDICTS),
        (len(comparison.not_compared) - len(failed), "not compared")]) or "nothing to compare"


def _gate(comparison: Comparison) -> str:
    gate = comparison.gate
    if gate is None:
        return ""
    rule = "It fails on a regression"
    if gate.fail_above_percent > 0:
        rule += f" whose whole interval lies above {units.change(gate.fail_above_percent)}"
    rule += ", on an exceeded limit, and on what stays inconclusive" if gate.fail_on_inconclusive else ", and on an exceeded limit"
    return f"**The check {'failed' if gate.failed else 'passed'}.** {rule}."


def _how(comparison: Comparison) -> str:
    if comparison.old.side and comparison.new:
        old, new = comparison.old.side, comparison.new
        sides = f"{old.kind.capitalize()} {code(old.name)} against {new.kind} {code(new.name)}, measured side by side"
    else:
        sides = (f"Against {code(comparison.old.name)}, measured at another time: old and new did **not** run side by side, "
                 f"so {units.percentage(comparison.drift_percent or 0)} are allowed for what the machine did in between")
    if comparison.level_percent is None:
        return f"{sides}; {units.percent(comparison.confidence)} intervals."
    return (f"{sides}. The chance of even one false change is at most {units.percentage(comparison.level_percent)}"
            + (f", over {comparison.hypotheses} statements together." if comparison.hypotheses else "."))


def _moved_together(comparison: Comparison) -> str:
    if not comparison.moved_together or comparison.common_percent is None:
        return ""
    return (f"**The benchmarks together have moved by {units.change(comparison.common_percent)}** (median): "
            + ("something that they share has changed." if comparison.paired else "the machine, or something that they share."))


_CHANGE_HEADS = ("benchmark", "old", "new", "change", "interval", "verdict")


def _change_row(line: _Line) -> list[str]:
    of = line.of
    verdict = f"**{of.verdict}**" if of.verdict == "regressed" else str(of.verdict)
    if isinstance(of, Change) and of.verdict == "inconclusive" and of.visible_percent is not None:
        verdict += f" (below about {units.roughly(of.visible_percent)} unseen)"
    if isinstance(of, Change) and of.pairing and of.pairing.benchmark_changed:
        verdict += ", benchmark changed"
    return [code(line.name) + (f" {line.what}" if line.what else ""), units.time(of.old_ns), units.time(of.new_ns),
            _percent(of.change_percent), _interval(of.interval), verdict]


def _changes(comparison: Comparison, moved: Sequence[_Line], most: int) -> str:
    if moved:
        return _table(_CHANGE_HEADS, "lrrrrl", [_change_row(line) for line in moved], most)
    return "Nothing got slower or faster." if comparison.rows else ""


def _p99_limits(comparison: Comparison) -> list[tuple[str, P99Limit]]:
    return [(row.name, row.pairing.p99_limit) for row in comparison.rows if row.pairing and row.pairing.p99_limit]


def _limits(comparison: Comparison, most: int) -> str:
    """Those that are not surely kept."""
    def row(name: str, limit: P99Limit) -> list[str]:
        ends = None if limit.p99_low_ns is None or limit.p99_high_ns is None else (limit.p99_low_ns, limit.p99_high_ns)
        return [code(name), units.time(limit.limit_ns), _NONE if limit.p99_ns is None else units.time(limit.p99_ns),
                _interval(ends, units.time), f"**{limit.verdict}**" if limit.verdict == "exceeded" else limit.verdict]

    rows = [row(name, limit) for name, limit in _p99_limits(comparison) if limit.verdict != "kept"]
    return _table(("benchmark", "limit of p99", "p99", "interval", "verdict"), "lrrrl", rows, most)


_REASONS = {"failed": "**failed**", "failed_then": "failed on the old side", "added": "added", "removed": "removed",
            "no_time": "no time"}


def _with_reason(comparison: Comparison, *reasons: str) -> list[NotCompared]:
    return [n for n in comparison.not_compared if n.reason in reasons]


def _not_compared(comparison: Comparison, most: int) -> str:
    """Failures first."""
    rows = [[code(n.name), _REASONS[n.reason], text(n.text.removeprefix(f"{n.reason}: "))]
            for reason in _REASONS for n in _with_reason(comparison, reason)]
    return _table(("benchmark", "not compared", "why"), "lll", rows, most)


def _folded(comparison: Comparison, quiet: Sequence[_Line], most: int) -> str:
    """What needs no attention."""
    unjudged = [(row.name, q) for row in comparison.rows for q in (row.pairing.quantiles if row.pairing else ()) if q.reason]
    kept = sum(limit.verdict == "kept" for _, limit in _p99_limits(comparison))
    counts = Counter(line.verdict for line in quiet)
    summary = _counted([*((counts[verdict], verdict) for verdict in VERDICTS), (len(unjudged), "without a verdict"),
                        (kept, "limits kept" if kept > 1 else "limit kept")])
    if not summary:
        return ""
    rows = [_change_row(line) for line in quiet]
    rows += [[f"{code(name)} {quantile_name(q.quantile)}", _NONE, _NONE, _NONE, _NONE, text(q.reason or "")]
             for name, q in unjudged]
    return "\n\n".join(part for part in (f"<details><summary>{summary}</summary>", _table(_CHANGE_HEADS, "lrrrrl", rows, most),
                                         "</details>") if part)


def _noise_floor(comparison: Comparison) -> str:
    floor = comparison.noise_floor
    if floor is None:
        return ""
    said = f"Noise floor: old against itself, {floor.pairs} pairs: {_percent(floor.change_percent)}"
    if floor.interval:
        said += f" ({_interval(floor.interval)})"
    return said + (". **That alone would be called a change, so no verdict of this run counts.**" if floor.exceeded else ".")


# --- a plain run ---------------------------------------------------------------------------------

def _run_counts(result: Result) -> str:
    count = len(result.benchmarks)
    failed = f", {len(result.failed)} failed" if result.failed else ""
    return f"{count} benchmark{'' if count == 1 else 's'}{failed}"


def _failed(result: Result, most: int) -> str:
    return _table(("benchmark", "**failed**"), "ll", [[code(b.name), text(b.error)] for b in result.failed], most)


def _times(result: Result, most: int) -> str:
    def row(b: Measured) -> list[str]:
        rates = ([units.items_rate(b.items_per_sec)] if b.items_per_sec is not None else []) + (
            [units.bytes_rate(b.bytes_per_sec)] if b.bytes_per_sec is not None else [])
        ends = b.time.interval
        return [code(b.name), units.time(b.time.estimate_ns),
                _NONE if ends is None else units.time_range(*ends, like_ns=b.time.estimate_ns), ", ".join(rates) or _NONE]

    confidences = sorted({b.time.confidence for b in result.measured})
    interval = " ".join(["interval", *(f"({units.percent(c)})" for c in confidences[:1])])
    return _table(("benchmark", "time", interval, "throughput"), "lrrr", [row(b) for b in result.measured], most)


def _warnings(result: Result) -> list[str]:
    return [f"{code(b.name)}: {text(warning)}" for b in result.measured for warning in b.warnings]


# --- both ----------------------------------------------------------------------------------------

def _about(result: Result) -> str:
    """Machine and commits, in a line each."""
    lines = [f"Machine: {_machine(result.machine)}"]
    if result.comparison:
        if _machine(result.comparison.old.machine) != _machine(result.machine):
            lines.append(f"Old machine: {_machine(result.comparison.old.machine)}")
        lines.append(f"Old: {_source(result.comparison.old.source)}")
    lines.append(f"{'New' if result.comparison else 'Code'}: {_source(result.source)}")
    lines.append(f"Measured {units.seconds(result.run.measured_s)}, took {units.seconds(result.run.wall_s)}; "
                 f"{text(result.run.started)}, vbench {text(result.vbench_version)}")
    return "  \n".join(lines)


def _machine(machine: Machine) -> str:
    cpus = f"{machine.cpu_count} CPU{'' if machine.cpu_count == 1 else 's'}"
    if machine.cpu_quota is not None:
        cpus += f" (quota: {units.quota(machine.cpu_quota)})"
    return ", ".join([text(machine.cpu_model), cpus, text(machine.architecture), text(machine.operating_system)])


def _source(source: Source) -> str:
    if source.commit is None:
        return "commit unknown"
    return f"commit {code(source.commit[:12])}" + (", with uncommitted changes" if source.dirty else "")
