"""From JSON to what is known around a result: the machine's state, saved baselines, what the judge promises.

The file has been checked against the schema, but for doctor's part, which is described elsewhere.
"""
from __future__ import annotations

from typing import Any, Optional

from . import model


def finding(found: Any) -> model.Finding:
    return model.Finding(found["check"], found["severity"], found["what"], found["effect"], found["mend"])


def history(found: Optional[Any]) -> Optional[model.History]:
    return found and model.History(
        method=found["method"], least_points=found["least_points"],
        machines=tuple(model.TrendMachine(m["cpu_model"], m["cpu_count"], m["architecture"]) for m in found["machines"]),
        baselines=tuple(model.SavedRun(b["name"], b["started"], b["machine"], b["commit"], b["dirty"], b["this"])
                        for b in found["baselines"]),
        left_out=tuple((left["file"], left["reason"]) for left in found["left_out"]),
        trends=tuple(map(_trend, found["trends"])))


def _trend(trend: Any) -> model.Trend:
    return model.Trend(
        trend["name"], trend["suite"], trend["machine"],
        tuple(model.TrendPoint(p["baseline"], p["estimate_ns"], p["low_ns"], p["high_ns"]) for p in trend["points"]),
        tuple(model.ChangePoint(c["point"], c["before_ns"], c["after_ns"], c["change_percent"], c["p_value"])
              for c in trend["changes"]))


def history_complaint(found: Optional[Any]) -> Optional[str]:
    """What a schema cannot say: every index must lead somewhere."""
    if not found:
        return None
    for index, baseline in enumerate(found["baselines"]):
        if baseline["machine"] >= len(found["machines"]):
            return f"`vbench.history.baselines[{index}].machine` is {baseline['machine']}, but there is no such machine."
    for index, trend in enumerate(found["trends"]):
        where = f"`vbench.history.trends[{index}]"
        if trend["machine"] >= len(found["machines"]):
            return f"{where}.machine` is {trend['machine']}, but there is no such machine."
        for number, point in enumerate(trend["points"]):
            if point["baseline"] >= len(found["baselines"]):
                return f"{where}.points[{number}].baseline` is {point['baseline']}, but there is no such baseline."
        for number, change in enumerate(trend["changes"]):
            if change["point"] >= len(trend["points"]):
                return f"{where}.changes[{number}].point` is {change['point']}, but there is no such point."
    return None


def doctor(found: Optional[Any]) -> Optional[model.Doctor]:
    """Doctor's document, or what of it can be read: the report's own schema leaves it open."""
    if not found:
        return None
    try:
        noise = found.get("noise") or {}
        return model.Doctor(
            findings=tuple(map(finding, found["findings"])), sentence=_text(noise.get("sentence")), verdict=_text(noise.get("verdict")),
            noise=tuple(model.NoiseRow(str(r["name"]), _number(r["visible_percent"]), _number(r["mistaken_percent"]) or 0.0)
                        for r in noise.get("rows", ())),
            unmeasured=_text(noise.get("reason")))
    except (KeyError, TypeError, AttributeError):
        return None


def _text(value: Any) -> Optional[str]:
    if not isinstance(value, (str, type(None))):
        raise TypeError
    return value


def _number(value: Any) -> Optional[float]:
    if isinstance(value, bool) or not isinstance(value, (int, float, type(None))):
        raise TypeError
    return value


def selftest(found: Optional[Any]) -> Optional[model.Selftest]:
    return found and model.Selftest(
        found["mode"], found["load"], found["took_s"],
        tuple(model.Bar(b["text"], b["count"], b["of"], b["low"], b["high"], b["state"]) for b in found["bars"]))
