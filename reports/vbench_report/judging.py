"""Sentences on how a comparison was judged: the level of the run, its noise floor, what made it fail, and each row.

Everything is the result's own: nothing is judged here.
"""
from __future__ import annotations

from typing import Optional

from markupsafe import Markup

from . import figures, tails
from . import gate as rule
from .model import Change, Comparison, Gate
from .paired import Estimate, Pairing


# --- the run -------------------------------------------------------------------------------------

def level(comparison: Comparison) -> Optional[Markup]:
    if comparison.level_percent is None:
        return None
    said = Markup("If nothing had changed, at most {} of runs like this one would name any change: that level holds "
                  "for the whole run").format(figures.percentage(comparison.level_percent))
    if not comparison.hypotheses:
        return said + "."
    return said + Markup(", for its {} statement{} together.").format(
        figures.number(comparison.hypotheses), "" if comparison.hypotheses == 1 else "s")


def floor(comparison: Comparison) -> Optional[Markup]:
    """In one sentence; None: it is of a kind that measures none."""
    found = comparison.noise_floor
    if comparison.level_percent is None or not comparison.paired:
        return None
    if found is None or found.interval is None or found.change_percent is None:
        return Markup("There is no noise floor: old was not measured against itself, or in too few pairs.")
    return Markup("Noise floor: old differed from itself by {} ({}) in {} pair{}{}").format(
        figures.change(found.change_percent), figures.change_interval(found), figures.number(found.pairs),
        "" if found.pairs == 1 else "s", "." if found.exceeded else ", too little to be called a change.")


def floor_exceeded(comparison: Comparison) -> bool:
    return comparison.noise_floor is not None and comparison.noise_floor.exceeded


def gate(comparison: Comparison) -> Optional[Markup]:
    """Whether the verdicts make the comparison fail, and why."""
    found = comparison.gate
    if found is None:
        return None
    wanted = Markup("a regression")
    if found.fail_above_percent > 0:
        wanted += Markup(" whose whole interval lies above {}").format(figures.change(found.fail_above_percent))
    wanted += ", an exceeded limit, or a benchmark that stays inconclusive" if found.fail_on_inconclusive else ", or an exceeded limit"
    if not found.failed:
        return Markup("<strong>Its verdicts do not make this comparison fail.</strong> That would take {}.").format(wanted)
    reasons = _reasons(comparison, found)
    said = Markup('<strong class="bad">Its verdicts make this comparison fail{}.</strong>').format(
        Markup(": ") + Markup(", ").join(reasons) if reasons else "")
    asked = found.fail_above_percent > 0 or found.fail_on_inconclusive
    return said + Markup(" It was asked to for {}.").format(wanted) if asked else said


def _reasons(comparison: Comparison, gate: Gate) -> list[Markup]:
    slower = sum(rule.too_slow(row, gate) for row in comparison.rows)
    latencies = sum(rule.too_slow(q, gate) for _, q in tails.regressed(comparison))
    open_ones = sum(rule.too_open(row, gate) for row in comparison.rows)
    counts = ((slower, "regression"), (latencies, "regressed quantile"), (len(tails.exceeded(comparison)), "exceeded limit"))
    found = [Markup("{} {}{}").format(n, what, "" if n == 1 else "s") for n, what in counts if n]
    return found + ([Markup("{} inconclusive").format(open_ones)] if open_ones else [])


# --- a row ---------------------------------------------------------------------------------------

_STOPPED = {
    "decided": "Measuring stopped because it was decided.",
    "budget": "Measuring stopped because its longest time (--max-budget) was used: all that an undecided benchmark may take.",
    "hopeless": "Measuring stopped because more time would hardly have helped: even at the end of its longest time (--max-budget) the "
                "interval would be far too wide for any verdict.",
    "time_cap": "Measuring stopped because the run’s time was up: with more, the interval would be narrower.",
}
_QUIET = ("The interval in quiet moments counts, the narrowest of three that agree: blocks were often disturbed, and the lower "
          "deciles of a pair, the times that the fastest tenth of either side’s blocks stay below, tell the change most exactly.")
_COUNTS = {
    "groups": "The interval over groups of layouts counts, the narrowest of three that agree: in the mean of a group’s four pairs, what "
              "placement does cancels.",
    "pairs": "The interval over pairs of processes counts, the narrowest of three that agree: layouts do little here, and there are "
             "four times as many pairs as groups of layouts.",
    "quiet": _QUIET,
}
# Where each side ran as it was linked only.
_COUNTS_OF_ONE_LAYOUT = {
    "groups": "The interval over cycles counts, the narrowest of three that agree: the means of a cycle’s four pairs tell the change "
              "most exactly.",
    "pairs": "The interval over pairs of processes counts, the narrowest of three that agree: there are four times as many pairs as "
             "cycles.",
    "quiet": _QUIET,
}


def judged(change: Change, comparison: Comparison) -> list[Markup]:
    """After how much, why no longer, and by which interval: a sentence each. Nothing of what an older result does not tell."""
    pairing = change.pairing
    if pairing is None or pairing.stopped is None:
        return []
    found = [Markup("Judged after {} cycle{} of four pairs each{}{}.").format(
        figures.number(pairing.cycles), "" if pairing.cycles == 1 else "s", _timed(pairing), _looks(pairing))]
    if pairing.stopped in _STOPPED:
        found.append(Markup(_STOPPED[pairing.stopped]))
    if change.interval is None:
        found.append(Markup("With so few cycles and this share of the level there is no interval."))
    elif pairing.estimator in _COUNTS:
        found.append(Markup((_COUNTS if pairing.layouts > 1 else _COUNTS_OF_ONE_LAYOUT)[pairing.estimator]))
    if floor_exceeded(comparison):
        found.append(Markup("<strong>It does not count:</strong> in this run, old differs from itself."))
    return found


def _timed(pairing: Pairing) -> Markup:
    return Markup("") if pairing.timed_s is None else Markup(", {} of timed blocks").format(figures.about_seconds(pairing.timed_s))


def _looks(pairing: Pairing) -> Markup:
    if not pairing.looks or pairing.looks_taken is None:
        return Markup("")
    return Markup("; {} of {} planned looks taken").format(figures.number(pairing.looks_taken), figures.number(pairing.looks))


def lines(change: Change) -> list[tuple[str, Markup]]:
    """The figures behind the verdict, for who checks them."""
    pairing = change.pairing
    if pairing is None:
        return []
    found = []
    if pairing.level_percent is not None:
        found.append(("its share of the run’s level", figures.visible(pairing.level_percent)))
    if pairing.p_value is not None:
        found.append(("p-value", figures.probability(pairing.p_value)))
    plain = Estimate(change.change_percent, pairing.change_low_95_percent, pairing.change_high_95_percent)
    if plain.interval:
        found.append(("plain 95\u202f% interval", figures.change_interval(plain)))
    return found
