"""The tables of figures with intervals and of outliers: what stands there is the result's own, and what is missing is a dash."""
from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, Callable

import pytest

import documents
import documents_surroundings as surroundings
import pages
from pages import values, words
from test_benchmark_page import table

M = documents.measured
LABELS = {"mean_ns": "mean of blocks", "median_ns": "median", "standard_deviation_ns": "standard deviation",
          "median_absolute_deviation_ns": "median absolute deviation",
          **{f"p{p}_ns": f"{p} % of blocks below" for p in surroundings.PERCENTILES}}


def full(name: str = "a", **more: Any) -> dict[str, Any]:
    b = M(name, **more)
    return {**b, "spread": surroundings.spread(b), "outliers": surroundings.outliers(b), "linear": surroundings.linear(b)}


def compared(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return documents.compared(documents.document(new), documents.document(old), [documents.change("a", "inconclusive", 1.0)])


def page_of(report: Callable[..., Path], content: dict[str, Any]) -> pages.Element:
    return pages.benchmark(report(content), "a")


def lines(page: pages.Element) -> dict[str, list[list[float]]]:
    return {label: [values(c) for c in cells] for label, cells in table(page, "Figures with intervals").items()}


def ends(figure: Any) -> list[list[float]]:
    """Lower, estimate, upper, as three cells have them."""
    return [[figure[k]] if figure and figure[k] is not None else [] for k in ("low", "estimate", "high")]


def expected(b: dict[str, Any]) -> dict[str, list[list[float]]]:
    time = {"low": b["time"]["low_ns"], "estimate": b["time"]["estimate_ns"], "high": b["time"]["high_ns"]}
    found = {"time of an iteration": ends(time), **{LABELS[name]: ends(f) for name, f in b["spread"]["figures"].items()}}
    if b["linear"]:
        found.update({"slope": ends(b["linear"]["slope_ns"]), "R²": ends(b["linear"]["r_squared"])})
    for label, key in (("items a second", "items_per_sec"), ("bytes a second", "bytes_per_sec")):
        if f"{key}_low" in b:
            found[label] = [[b[f"{key}_low"]], [b[key]], [b[f"{key}_high"]]]
    return found


# --- figures ------------------------------------------------------------------------------------

def test_lower_estimate_and_upper_are_the_results_own_in_its_order(report: Callable[..., Path]) -> None:
    b = full()
    assert len(b["spread"]["figures"]) == 12
    found = lines(page_of(report, documents.document(b)))
    assert found == expected(b) and list(found) == list(expected(b))


def test_throughput_has_its_interval_where_one_is_told(report: Callable[..., Path]) -> None:
    b = full(items=4)
    b.update(items_per_sec_low=0.75 * b["items_per_sec"], items_per_sec_high=1.25 * b["items_per_sec"],
             bytes_per_sec=2e9, bytes_per_sec_low=1.5e9, bytes_per_sec_high=2.5e9)
    found = lines(page_of(report, documents.document(b)))
    assert list(found)[-2:] == ["items a second", "bytes a second"] and found == expected(b)


def test_both_sides_stand_beside_one_another(report: Callable[..., Path]) -> None:
    old, new = full(seed=2), full(around_ns=120.0)
    page = page_of(report, compared(old, new))
    assert lines(page) == {label: [*expected(old)[label], *cells] for label, cells in expected(new).items()}
    heads = page.all("table", class_="spread")[0].all("thead")[0].all("tr")
    assert [words(h) for h in heads[0].all("th")] == ["old", "new"] and [words(h) for h in heads[1].all("th")] == ["lower", "estimate", "upper"] * 2


def test_missing_intervals_are_dashes(report: Callable[..., Path]) -> None:
    b = full(processes=1)
    assert b["time"]["low_ns"] is None
    page = page_of(report, documents.document(b))
    assert lines(page) == expected(b)
    for label, cells in table(page, "Figures with intervals").items():
        if label not in ("slope", "R²"):
            assert [words(c) for c in (cells[0], cells[2])] == ["–", "–"], label


@pytest.mark.parametrize("end", ["low", "high"])
def test_an_interval_with_one_end_keeps_that_end(report: Callable[..., Path], end: str) -> None:
    b = full()
    b["spread"]["figures"]["median_ns"][end] = None
    assert lines(page_of(report, documents.document(b)))["median"] == ends(b["spread"]["figures"]["median_ns"])


def test_a_figure_that_one_side_lacks_is_three_dashes_there(report: Callable[..., Path]) -> None:
    old, new = full(seed=2), full()
    for part in ("spread", "outliers", "linear"):
        del old[part]
    del new["spread"]["figures"]["p99_ns"]
    page = page_of(report, compared(old, new))
    found = lines(page)
    assert "99 % of blocks below" not in found
    for key in ("mean_ns", "median_ns", "standard_deviation_ns", "median_absolute_deviation_ns"):
        assert found[LABELS[key]] == [[], [old["statistics"][key]], [], *ends(new["spread"]["figures"][key])], "known without an interval"
    for label in ("90 % of blocks below", "slope", "R²"):
        assert found[label][:3] == [[], [], []] and found[label][3:] == expected(new)[label]
        assert [words(c) for c in table(page, "Figures with intervals")[label][:3]] == ["–"] * 3
    assert [words(c) for c in table(page, "Outliers among the blocks (all of them count)")["low mild"]][0] == "– –"


def test_a_line_has_one_unit_and_its_ends_are_as_fine_as_its_estimate(report: Callable[..., Path]) -> None:
    b = full()
    b["spread"]["figures"]["median_ns"] = {"estimate": 1234.56, "low": 987.6543, "high": 1500.0}
    b["linear"]["r_squared"] = {"estimate": 0.9999996, "low": 0.5, "high": 1.0}
    found = {label: [words(c) for c in cells] for label, cells in table(page_of(report, documents.document(b)), "Figures with intervals").items()}
    assert found["median"] == ["0.988", "1.235 µs", "1.500"] and found["R²"] == ["0.500000", "1.000000", "1.000000"]


def test_an_old_result_has_its_statistics_without_intervals(report: Callable[..., Path]) -> None:
    b = M("a")
    page = page_of(report, documents.document(b))
    assert lines(page) == {"time of an iteration": ends({"low": b["time"]["low_ns"], "estimate": b["time"]["estimate_ns"], "high": b["time"]["high_ns"]}),
                           **{LABELS[k]: [[], [b["statistics"][k]], []] for k in list(LABELS)[:4]}}
    assert not page.all("table", class_="outliers") and not page.all("p", class_="method")


# --- methods ------------------------------------------------------------------------------------

def test_each_method_and_confidence_is_told_once(report: Callable[..., Path]) -> None:
    old, new = full(seed=2), full()
    said = ["95 % intervals: jackknife over processes.", "95 % intervals: slope and R²: least squares through the origin, bootstrap over blocks."]
    page = page_of(report, compared(old, new))
    assert [words(p) for p in page.all("p", class_="method")] == said
    old = copy.deepcopy(old)
    old["spread"].update(method="another <one>.", confidence=0.9)
    page = page_of(report, compared(old, new))
    assert [words(p) for p in page.all("p", class_="method")] == ["90 % intervals: another <one>.", *said]
    assert [values(p) for p in page.all("p", class_="method")] == [[0.9], [0.95], [0.95]]


# --- outliers -----------------------------------------------------------------------------------

def test_outliers_are_counted_by_class_with_their_fences(report: Callable[..., Path]) -> None:
    b = full(samples_ns=[[100, 101, 102, 103, 104, 105], [100, 101, 102, 103, 104, 110], [101, 102, 103, 104, 90, 150]])
    o = b["outliers"]
    assert (o["low_mild"], o["low_severe"], o["high_mild"], o["high_severe"]) == (0, 1, 1, 1)
    found = table(page_of(report, documents.document(b)), "Outliers among the blocks (all of them count)")
    assert {label: [values(c) for c in cells] for label, cells in found.items()} == {
        label: [[o[name], o[f"{name}_ns"]]] for label, name in (
            ("low severe", "low_severe"), ("low mild", "low_mild"), ("high mild", "high_mild"), ("high severe", "high_severe"))}
    assert [words(cells[0]).split()[1] for cells in found.values()] == ["below", "below", "above", "above"]


def test_outliers_of_both_sides_stand_beside_one_another(report: Callable[..., Path]) -> None:
    old, new = full(seed=2), full(around_ns=120.0)
    found = table(page_of(report, compared(old, new)), "Outliers among the blocks (all of them count)")
    for label, name in (("low severe", "low_severe"), ("high severe", "high_severe")):
        assert [values(c) for c in found[label]] == [[b["outliers"][name], b["outliers"][f"{name}_ns"]] for b in (old, new)]


# --- the line -----------------------------------------------------------------------------------

def test_without_blocks_of_different_lengths_there_is_no_slope(report: Callable[..., Path]) -> None:
    b = full()
    b["linear"] = None
    found = lines(page_of(report, documents.document(b)))
    assert "slope" not in found and "R²" not in found and found == expected(b)
