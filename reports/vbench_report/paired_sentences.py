"""Sentences on a paired comparison, formed from the result's own figures.

What is luck of placement the result has judged: the table in the terminal says the same.
"""
from __future__ import annotations

from typing import Sequence

from markupsafe import Markup

from . import figures, judging, tails
from .model import Change, Comparison
from .paired import Estimate, Pairing, Quantile


def outcome(comparison: Comparison) -> Markup:
    """The verdicts in one sentence for who reads no further."""
    parts = _failed(comparison)
    if judging.floor_exceeded(comparison):
        parts.append(Markup("<strong>no verdict of this run counts</strong>, because old differs from itself"))
    else:
        parts += _exceeded_limits(comparison) + _verdicts(comparison)
    others = sum(n.reason not in _FAILURES for n in comparison.not_compared)
    if others:
        parts.append(Markup("{} could not be compared").format(others))
    return _sentence(parts)


def _verdicts(comparison: Comparison) -> list[Markup]:
    by_verdict = {v: [c for c in comparison.rows if c.verdict == v]
                  for v in ("regressed", "improved", "inconclusive", "equivalent")}
    latencies = _slower_latencies(comparison)
    parts = [_moved(by_verdict["regressed"], "slower"), *latencies, _moved(by_verdict["improved"], "faster")]
    if not comparison.rows:
        parts = [Markup("no benchmark has a time on both sides")]
    elif not by_verdict["regressed"] and not by_verdict["improved"]:
        parts = [Markup("<strong>no benchmark is surely slower or faster</strong>"), *latencies]
    if by_verdict["inconclusive"]:
        parts.append(Markup("for {} no change could be shown").format(len(by_verdict["inconclusive"])))
    if by_verdict["equivalent"]:
        count = len(by_verdict["equivalent"])
        parts.append(Markup("{} as fast as before, within {} tolerance").format(
            *((f"{count} is", "its") if count == 1 else (f"{count} are", "their"))))
    return parts


_FAILURES = ("failed", "failed_then")


def _failed(comparison: Comparison) -> list[Markup]:
    failed = [n for n in comparison.not_compared if n.reason in _FAILURES]
    if not failed:
        return []
    sides = {"new" if n.reason == "failed" else "old" for n in failed}
    return [Markup("<strong>{} failed</strong> on {}").format(
        len(failed), "one side or the other" if len(sides) > 1 else f"the {sides.pop()} side")]


def _sentence(parts: Sequence[Markup]) -> Markup:
    """The first letter of what is said, not of a tag, is a capital one."""
    said = str(Markup("; ").join(parts))
    first = len(said) - len(said.removeprefix("<strong>"))
    return Markup(said[:first] + said[first:first + 1].upper() + said[first + 1:] + ".")


def _moved(rows: Sequence[Change], way: str) -> Markup:
    if not rows:
        return Markup("none got {}").format(way)
    farthest = max(rows, key=lambda c: abs(c.change_percent))
    return Markup("<strong>{} got {}</strong>{} {} (by {})").format(
        len(rows), way, ", most of all" if len(rows) > 1 else ":", figures.breakable(farthest.name),
        figures.size_of_change(farthest.change_percent))


def _slower_latencies(comparison: Comparison) -> list[Markup]:
    """Each benchmark by the quantile that got worst."""
    worst: dict[str, tuple[Change, Quantile]] = {}
    for row, quantile in tails.regressed(comparison):
        if row.name not in worst or quantile.change_percent > worst[row.name][1].change_percent:
            worst[row.name] = (row, quantile)
    if not worst:
        return []
    row, quantile = max(worst.values(), key=lambda found: found[1].change_percent)
    return [Markup("<strong>{} {} slower latencies</strong>{} {} ({} by {})").format(
        len(worst), "has" if len(worst) == 1 else "have", ", most of all" if len(worst) > 1 else ":",
        figures.breakable(row.name), tails.quantile_name(quantile.quantile), figures.size_of_change(quantile.change_percent))]


def _exceeded_limits(comparison: Comparison) -> list[Markup]:
    exceeded = tails.exceeded(comparison)
    if not exceeded:
        return []
    return [Markup("<strong>{} {} p99 limit{}</strong>: {}").format(
        len(exceeded), *(("exceeds its", "") if len(exceeded) == 1 else ("exceed their", "s")),
        Markup(", ").join(figures.breakable(row.name) for row, _ in exceeded[:_NAMED])
        + (" and others" if len(exceeded) > _NAMED else ""))]


_NAMED = 3  # at most so many by name


def layouts(comparison: Comparison) -> Markup:
    """In how many layouts the code ran, and what that means."""
    counts = sorted({row.pairing.layouts for row in comparison.rows if row.pairing})
    if not counts:
        return Markup("")
    if counts == [1]:
        return Markup("Each side ran as it was built, in one layout: luck of placement counts as change.")
    if counts[0] == 1:
        return Markup("The code of each side ran in up to {} layouts, so that luck of placement evens out; benchmarks with "
                      "one layout say so, and there it counts as change.").format(figures.number(counts[-1]))
    if len(counts) > 1:
        return Markup("The code of each side ran in {} to {} layouts, so that luck of placement evens out.").format(
            figures.number(counts[0]), figures.number(counts[-1]))
    return Markup("The code of each side ran in {} layouts, so that luck of placement evens out.").format(
        figures.number(counts[0]))


# --- luck of placement ---------------------------------------------------------------------------

def luck(change: Change) -> list[Markup]:
    """What the links as they were built would have said, where that is surely something else."""
    natural = change.pairing.natural if change.pairing else None
    if natural is None:
        return []
    found = []
    if natural.misleading and natural.change:
        found.append(Markup("<strong>One link of each side would have said {}</strong> ({}) instead of {}: the difference is luck "
                            "of placement.").format(figures.change(natural.change.percent),
                                                 figures.change_interval(natural.change),
                                                 figures.change(change.change_percent)))
    if natural.off_average and natural.excess:
        found.append(Markup("The new build at hand is {} {} than its average layout ({}).").format(
            figures.size_of_change(natural.excess.percent), "slower" if natural.excess.percent > 0 else "faster",
            figures.change_interval(natural.excess)))
    return found


def natural_lines(pairing: Pairing) -> list[tuple[str, Estimate]]:
    """The figures themselves, whether or not they support a sentence."""
    natural = pairing.natural
    lines = [("new against old", natural.change),
             ("new against its average layout", natural.excess)] if natural else []
    return [(label, estimate) for label, estimate in lines if estimate]


# --- how a verdict was reached -------------------------------------------------------------------

def meaning(change: Change, comparison: Comparison) -> Markup:
    """Why the interval, once it stands, means this verdict and no other."""
    if change.interval is None:
        return Markup("Without an interval there is no verdict but inconclusive.")
    said = Markup("The interval is {}: ").format(figures.change_interval(change))
    least = figures.percentage(comparison.min_effect_percent)
    if change.verdict in ("regressed", "improved"):
        return said + Markup("wholly {} zero, and the change is at least {}. That is {}.").format(
            "above" if change.verdict == "regressed" else "below", least, change.verdict)
    if change.verdict == "equivalent":
        return said + Markup("it lies within the benchmark’s tolerance. That is equivalent.")
    return said + Markup("it neither lies wholly on one side of zero with a change of at least {}, nor within the benchmark’s "
                         "tolerance. That is inconclusive.").format(least)


def reached(change: Change, comparison: Comparison) -> list[Markup]:
    """A few short sentences."""
    number, pairing = figures.number, change.pairing
    if pairing is None:
        return []
    found = judging.judged(change, comparison) or [
        Markup("{} of {} planned cycles, four pairs each.").format(number(pairing.cycles), number(pairing.cycles_planned))]
    found.append(Markup("A pair timed {} block{} of each side in turn, about {} long{}.").format(
        number(pairing.pair_blocks), "" if pairing.pair_blocks == 1 else "s", figures.time(pairing.block_ns),
        Markup(", after {} untimed iteration{} each").format(
            number(pairing.warm_up_iterations), "" if pairing.warm_up_iterations == 1 else "s")
        if pairing.warm_up_iterations else ", without warm-up"))
    if pairing.cache_shared_percent is not None:
        found.append(Markup("Taking turns costs this benchmark about {}: old and new share the caches, and alone either is "
                            "faster.").format(figures.visible(pairing.cache_shared_percent)))
    return found
