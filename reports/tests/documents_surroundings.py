"""Adds to result documents what only newer results or those for a report have: figures with intervals, outliers, the line over
iterations, quantiles of the blocks, saved baselines, what doctor and self-test found, and the command."""
from __future__ import annotations

import copy
from statistics import quantiles
from typing import Any, Optional, Sequence

PERCENTILES = (1, 5, 10, 25, 75, 90, 95, 99)


def estimated(estimate: float, width: Optional[float] = 0.03) -> dict[str, Any]:
    """`width`: how far the ends of the interval lie, of the estimate; None: there is no interval."""
    return {"estimate": estimate, "low": None if width is None else estimate * (1 - width),
            "high": None if width is None else estimate * (1 + 1.25 * width)}


def times(benchmark: dict[str, Any]) -> list[float]:
    return [block / p["iterations_per_block"][0] for p in benchmark["processes"] for block in p["block_ns"]]


def spread(benchmark: dict[str, Any]) -> dict[str, Any]:
    """As the runner leaves it: no interval of one process, no percentile of few blocks."""
    every, width = times(benchmark), 0.03 if len(benchmark["processes"]) > 1 else None
    found = {name: estimated(benchmark["statistics"][name], width) for name in (
        "mean_ns", "median_ns", "standard_deviation_ns", "median_absolute_deviation_ns")}
    cuts = quantiles(every, n=100, method="inclusive") if len(every) > 1 else []
    for p in PERCENTILES if cuts else ():
        if len(every) * min(p, 100 - p) >= 100:
            found[f"p{p}_ns"] = estimated(cuts[p - 1], width)
    return {"confidence": 0.95, "method": "jackknife over processes", "figures": found}


def outliers(benchmark: dict[str, Any]) -> dict[str, Any]:
    every = times(benchmark)
    low, _, high = quantiles(every, n=4, method="inclusive") if len(every) > 1 else every * 3
    fences = {"low_severe_ns": low - 3 * (high - low), "low_mild_ns": low - 1.5 * (high - low),
              "high_mild_ns": high + 1.5 * (high - low), "high_severe_ns": high + 3 * (high - low)}
    return {"low_severe": sum(t < fences["low_severe_ns"] for t in every),
            "low_mild": sum(fences["low_severe_ns"] <= t < fences["low_mild_ns"] for t in every),
            "high_mild": sum(fences["high_mild_ns"] < t <= fences["high_severe_ns"] for t in every),
            "high_severe": sum(t > fences["high_severe_ns"] for t in every), **fences}


def linear(benchmark: dict[str, Any]) -> dict[str, Any]:
    ns = benchmark["statistics"]["median_ns"]
    return {"points": [[n, round(n * ns * (1 + 0.01 * (n % 3)))] for n in (100, 200, 300, 400, 500)],
            "confidence": 0.95, "method": "least squares through the origin, bootstrap over blocks",
            "slope_ns": estimated(ns * 1.015625), "r_squared": {"estimate": 0.999321, "low": 0.998765, "high": 0.999876}}


def block_quantiles(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"quantile": q, "old_ns": row["old_ns"] * (0.9 + q / 5), "new_ns": row["new_ns"] * (0.9 + q / 5),
             "change_percent": row["change_percent"], "change_low_percent": row["change_low_percent"],
             "change_high_percent": row["change_high_percent"]} for q in (0.1, 0.25, 0.5, 0.75, 0.9)]


# --- of the machine -----------------------------------------------------------------------------

def finding(check: str, severity: str, what: str, effect: Optional[str] = None, mend: Optional[str] = None) -> dict[str, Any]:
    return {"check": check, "severity": severity, "what": what, "effect": effect, "mend": mend}


QUIET = (finding("load", "ok", "Nothing else is running."), finding("governor", "note", "The governor is schedutil."))
DISTURBED = (finding("load", "warning", "Another program keeps a CPU busy.", "Times scatter.", "End it."),
             finding("boost", "note", "Boost is on."))


def doctor(**noise: Any) -> dict[str, Any]:
    said = {"suite": "engine_suite", "rounds": 3, "sentence": "Changes of a few percent can be seen here.", "verdict": "Good enough.",
            "rows": [{"name": "small", "words": "a small benchmark", "visible_percent": 1.75, "mistaken_percent": 0.0},
                     {"name": "large", "words": "a large benchmark", "visible_percent": None, "mistaken_percent": -2.375}]}
    return {"doctor_version": 1, "vbench_version": "0.1.0", "machine": {},
            "findings": [finding("clock", "ok", "The clock is steady."),
                         finding("siblings", "problem", "Two threads share a core.", "They slow each other.", "Pin them.")],
            "noise": {**said, **noise}}


def selftest() -> dict[str, Any]:
    return {"mode": "quick", "load": "idle", "took_s": 321.5, "machine": {}, "bars": [
        {"text": "changes named where there was none", "count": 1, "of": 240, "low": 0.000105, "high": 0.02298, "state": "kept"},
        {"text": "intervals that hold the true change", "count": 0, "of": 0, "low": None, "high": None, "state": "not counted"}]}


# --- of the past --------------------------------------------------------------------------------

MACHINES = ({"cpu_model": "Example Processor 9000 @ 3.60GHz", "cpu_count": 8, "architecture": "x86_64"},
            {"cpu_model": "Other Processor", "cpu_count": 1, "architecture": "aarch64"})


def saved(name: str, day: int, machine: int = 0, commit: Optional[str] = None, dirty: Optional[bool] = None,
          this: bool = False) -> dict[str, Any]:
    return {"name": name, "started": f"2026-10-{day:02}T09:02:44Z", "machine": machine, "commit": commit, "dirty": dirty, "this": this}


def trend(name: str, estimates: Sequence[float], *, suite: str = "engine_suite", machine: int = 0, baselines: Optional[Sequence[int]] = None,
          changes: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    places = range(len(estimates)) if baselines is None else baselines
    return {"name": name, "suite": suite, "machine": machine, "changes": list(changes),
            "points": [{"baseline": b, "estimate_ns": ns, "low_ns": ns * 0.98, "high_ns": ns * 1.02} for b, ns in zip(places, estimates)]}


def change_point(point: int, before_ns: float, after_ns: float, p_value: float = 0.0123) -> dict[str, Any]:
    return {"point": point, "before_ns": before_ns, "after_ns": after_ns, "change_percent": (after_ns / before_ns - 1) * 100,
            "p_value": p_value}


def history(*trends: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Five baselines of one machine, the last of them this result, and two of another one."""
    found = {
        "method": "Change points by a permutation test of the largest shift of means; p is the share of permutations with a larger one.",
        "least_points": 5, "machines": [dict(m) for m in MACHINES],
        "baselines": [*(saved(f"nightly-{day}", day, commit=f"{day:02}" * 20, dirty=day == 3) for day in (1, 2, 3, 4)),
                      saved("this", 5, commit="0123456789abcdef0123456789abcdef01234567", dirty=True, this=True),
                      saved("elsewhere-a", 6, 1), saved("elsewhere-b", 7, 1, commit="fedcba9876543210fedcba9876543210fedcba98")],
        "left_out": [{"file": "baselines/broken.json", "reason": "it is not JSON"}], "trends": list(trends)}
    return {**found, **changes}


# --- all of it ----------------------------------------------------------------------------------

def surrounded(content: dict[str, Any], *, command: Sequence[str] = ("vbench", "run", "--budget", "2"),
               findings: Sequence[dict[str, Any]] = QUIET) -> dict[str, Any]:
    """The same result with everything that one can have."""
    content = copy.deepcopy(content)
    ours = content["vbench"]
    comparison = ours.get("comparison") or {"rows": [], "old": {"benchmarks": []}}
    for b in (*ours["benchmarks"], *comparison["old"]["benchmarks"]):
        if b["status"] == "ok":
            b.update(spread=spread(b), outliers=outliers(b), linear=linear(b))
            for key in ("items_per_sec", "bytes_per_sec"):
                if key in b:
                    b.update({f"{key}_low": b[key] * 0.96875, f"{key}_high": b[key] * 1.03125})
    for row in comparison["rows"]:
        row.update(block_quantiles=block_quantiles(row), rate_change_percent=max(-60.0, -row["change_percent"] / 2),
                   rate_of="items", old_rate_per_sec=1e9 / row["old_ns"], new_rate_per_sec=1e9 / row["new_ns"],
                   rate_change_low_percent=-7.75, rate_change_high_percent=8.125)
    measured = [b for b in ours["benchmarks"] if b["status"] == "ok"]
    trends = [trend("long gone", [50.0, 51.0, 52.0])]
    for b in measured[:3]:
        ns = b["time"]["estimate_ns"] or 1.0
        trends += [trend(b["name"], [0.8 * ns, 0.79 * ns, 0.81 * ns, 1.01 * ns, ns], suite=b["suite"],
                         changes=[change_point(3, 0.8 * ns, 1.005 * ns)]),
                   trend(b["name"], [2 * ns, 2.5 * ns], suite=b["suite"], machine=1, baselines=[5, 6])]
    ours.update(findings=list(findings), doctor=doctor(), selftest=selftest(), history=history(*trends))
    ours["run"] = {**ours["run"], "command": list(command)}
    return content
