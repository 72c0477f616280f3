"""Reads what only a paired comparison has, after the schema has seen it."""
from __future__ import annotations

from typing import Any, Optional

from . import paired


def complaint(comparison: Any) -> Optional[str]:
    """What the schema cannot say of `vbench.comparison`, or None: a sentence's end, after the file's name."""
    here = "vbench.comparison"
    if not comparison["paired"]:
        return None
    for i, row in enumerate(comparison["rows"]):
        for where, pairs in (("pairs", row["pairs"]), ("natural.pairs", row["natural"] and row["natural"]["pairs"])):
            if pairs and len({len(column) for column in _members(paired.ProcessPairs, pairs).values() if column is not None}) > 1:
                return f"the arrays of `{here}.rows[{i}].{where}` must be equally long."
        for k, quantile in enumerate(row.get("quantiles", ())):
            lost = [] if "reason" in quantile else [name for name in _JUDGED if name not in quantile]
            if lost:
                return f"`{here}.rows[{i}].quantiles[{k}].{lost[0]}` is missing, and there is no `reason` either."
    for i, layouts in enumerate(comparison["layouts"]):
        for k, function in enumerate(layouts["functions"]):
            if len(function["offsets"]) != layouts["count"]:
                return (f"`{here}.layouts[{i}].functions[{k}].offsets` has {len(function['offsets'])} numbers, "
                        f"but must have one for each of the {layouts['count']} layouts.")
    return None


# What a quantile with a verdict has.
_JUDGED = ("old_ns", "new_ns", "change_percent", "change_low_percent", "change_high_percent", "verdict")


def pairing(row: Any) -> paired.Pairing:
    limit = row.get("p99_limit")
    return paired.Pairing(**{**_members(paired.Pairing, row), "pairs": _pairs(row["pairs"]),
                             "natural": row["natural"] and _natural(row["natural"]),
                             "quantiles": tuple(paired.Quantile(**_members(paired.Quantile, q)) for q in row.get("quantiles", ())),
                             "p99_limit": limit and paired.P99Limit(**_members(paired.P99Limit, limit))})


def noise_floor(comparison: Any) -> Optional[paired.NoiseFloor]:
    floor = comparison.get("noise_floor")
    return floor and paired.NoiseFloor(**_members(paired.NoiseFloor, floor))


def _members(of: Any, found: Any) -> dict[str, Any]:
    """Those of a dataclass that are there: the document may have more, and may lack what has a default."""
    return {name: found[name] for name in of.__dataclass_fields__ if name in found}


def side(side: Any) -> paired.Side:
    return paired.Side(side["name"], side["kind"], side["text"])


def layouts(layouts: Any) -> paired.Layouts:
    return paired.Layouts(layouts["side"], layouts["suite"], layouts["count"], layouts["reason"], tuple(
        paired.Placed(f["name"], tuple(map(int, f["offsets"]))) for f in layouts["functions"]))


def _pairs(pairs: Any) -> paired.ProcessPairs:
    return paired.ProcessPairs(**{name: tuple(column) for name, column in _members(paired.ProcessPairs, pairs).items()
                                  if column is not None})


def _natural(natural: Any) -> paired.Natural:
    return paired.Natural(_pairs(natural["pairs"]), _estimate(natural, "change"), _estimate(natural, "excess"),
                          natural.get("misleading", False), natural.get("off_average", False))


def _estimate(natural: Any, of: str) -> Optional[paired.Estimate]:
    if natural[f"{of}_percent"] is None:
        return None
    return paired.Estimate(natural[f"{of}_percent"], natural[f"{of}_low_percent"], natural[f"{of}_high_percent"])
