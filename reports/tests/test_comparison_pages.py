"""A benchmark's page in a comparison: both sides in each table, what only one side has, and pictures of both."""
from __future__ import annotations

import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any, Callable

import pytest

import documents
import pages
from pages import words
from test_benchmark_page import table
from test_comparison import C, M, small
from vbench_report import comparison, load
from vbench_report.pictures import curves, gnuplot


# --- tables -------------------------------------------------------------------------------------

def test_a_benchmark_of_both_sides_has_both_in_each_table(compared_report: Path) -> None:
    ours = documents.engine_compared()["vbench"]
    old, new = (next(b for b in side if b["name"] == "orderbook_multithreaded/4_threads")
                for side in (ours["comparison"]["old"]["benchmarks"], ours["benchmarks"]))
    found = pages.benchmark(compared_report, new["name"])
    figures = table(found, "Figures with intervals")
    ends = [b["time"][k] for b in (old, new) for k in ("low_ns", "estimate_ns", "high_ns")]
    assert [v for cell in figures["time of an iteration"] for v in pages.values(cell)] == ends
    for name, key in (("mean of blocks", "mean_ns"), ("median", "median_ns"), ("standard deviation", "standard_deviation_ns"),
                      ("median absolute deviation", "median_absolute_deviation_ns")):
        assert [pages.values(c) for c in figures[name]] == [[], [old["statistics"][key]], [], [], [new["statistics"][key]], []], name
    costs = table(found, "Cost and extent")
    for name, key in (("fastest block", "min_ns"), ("slowest block", "max_ns"), ("blocks", "block_count"), ("processes", "process_count")):
        assert [pages.values(c) for c in costs[name]] == [[old["statistics"][key]], [new["statistics"][key]]], name
    counters = table(found, "Counters")
    assert [pages.values(c) for c in counters["cas_retries sum"]] == [[493824.0], [493824.0]]
    assert [pages.values(c) for c in counters["depth mean"]] == [[], [3.14159]] and words(counters["depth mean"][0]) == "–"
    for sided in found.all("table", class_="sides"):
        assert [words(h) for h in sided.all("thead")[0].all("th")] == ["old", "new"]
    assert "from 9 processes" in found.all("img")[0].attributes["alt"] and "Old: 108 blocks" in found.all("img")[0].attributes["alt"]


def test_the_result_is_the_change_with_its_interval_and_confidence(compared_report: Path) -> None:
    for c in documents.engine_compared()["vbench"]["comparison"]["rows"]:
        result = pages.benchmark(compared_report, c["name"]).all("p", class_="result")[0]
        ends = [c[k] for k in ("change_low_percent", "change_high_percent") if c[k] is not None]
        assert pages.values(result) == [c["change_percent"], *ends, *([0.99] if ends else []), c["old_ns"], c["new_ns"]]
        assert c["verdict"] in words(result)


@pytest.mark.parametrize("verdict, percent, low, high, said", [
    ("regressed", 12.5, 6.75, 18.5, "The interval is +6.75 to +18.5 %: wholly above zero, and the change is at least 0.25 %. That is regressed."),
    ("improved", -12.5, -18.5, -6.75, "The interval is −18.5 to −6.75 %: wholly below zero, and the change is at least 0.25 %. That is improved."),
    ("equivalent", 0.0, -0.5, 0.5, "The interval is −0.50 to +0.50 %: it lies within the benchmark’s tolerance. That is equivalent."),
    ("inconclusive", 1.0, -6.0, 9.0, "The interval is −6.00 to +9.00 %: it neither lies wholly on one side of zero with a change of at least 0.25 %, "
                                     "nor within the benchmark’s tolerance. That is inconclusive."),
    ("inconclusive", 1.0, None, None, "Without an interval there is no verdict but inconclusive.")])
def test_a_page_tells_how_its_verdict_was_reached(report: Callable[..., Path], verdict: str, percent: float, low: Any, high: Any, said: str) -> None:
    out = report(small((M("a", seed=2), M("a")), rows=[C("a", verdict, percent, low, high)]))
    assert [words(li) for li in pages.benchmark(out, "a").all("div", class_="reached")[0].all("li")] == [
        "Old and new ran at different times: the change is the ratio of the geometric means, over processes, of each process’s median block, "
        "and the interval was widened by 5 % of drift.", said]


def test_latencies_and_restarts_of_both_sides_stand_side_by_side(compared_report: Path) -> None:
    latency = table(pages.benchmark(compared_report, "ring_spsc_cross_thread"), "Percentiles of recorded latencies")
    assert [words(c) for c in latency["99 %"]] == ["431 ns"] * 2
    assert [words(c) for c in table(pages.benchmark(compared_report, "orderbook_update/bid"), "Cost and extent")["restarts"]] == ["0", "1"]


def test_an_added_benchmark_keeps_its_own_page_and_a_removed_one_shows_the_old_side(compared_report: Path) -> None:
    for name, said in (("ring_buffer/push_pop/16384", "new side only"), ("orderbook_update/ask", "old side only")):
        found = pages.benchmark(compared_report, name)
        assert said in words(found.all("p", class_="identity")[0]) and len(pages.pictures(compared_report, found, "distribution")) == 1
        assert not found.all("table", class_="sides") and not found.all("table", class_="two") and found.all("table", class_="stats")
    assert words(pages.benchmark(compared_report, "orderbook_update/ask")).count("removed: only the baseline has it") == 1


def test_a_failed_benchmark_has_its_reason_and_the_time_it_had(compared_report: Path) -> None:
    found = pages.benchmark(compared_report, "e2e_single_transaction")
    assert "failed the worker died of SIGSEGV in block 3 of process 2" in words(found) and not found.all("img")
    old = next(b for b in documents.engine_compared()["vbench"]["comparison"]["old"]["benchmarks"] if b["name"] == "e2e_single_transaction")
    note = next(p for p in found.all("p", class_="quiet") if "Its time in the baseline:" in words(p))
    assert pages.values(note) == [old["time"][k] for k in ("estimate_ns", "low_ns", "high_ns")]


def test_what_failed_before_says_so_and_shows_its_new_time(compared_report: Path) -> None:
    found = pages.benchmark(compared_report, "bundle_timed_flush")
    assert "not compared no old time: it failed when the baseline was saved" in words(found) and found.all("table", class_="stats")


def test_warnings_of_both_sides_are_told_apart(report: Callable[..., Path]) -> None:
    old, new = M("a", seed=2), M("a")
    old["warnings"], new["warnings"] = ["it <was> cold"], ["it is hot"]
    found = pages.benchmark(report(small((old, new), rows=[C("a", "inconclusive", 1.0)])), "a")
    assert [words(i) for i in found.all("ul", class_="notes")[0].all("li")] == ["New: it is hot", "Old: it <was> cold"]


def test_memory_and_allocations_are_shown_where_a_side_has_them(report: Callable[..., Path]) -> None:
    old, new = M("a", seed=2), M("a")
    new.update(peak_memory_bytes=3 * 2 ** 20, allocations={"count_per_iteration": 2.5, "bytes_per_iteration": 96})
    costs = table(pages.benchmark(report(small((old, new), rows=[C("a", "inconclusive", 1.0)])), "a"), "Cost and extent")
    assert {name: [words(c) for c in costs[name]] for name in (
        "peak memory of a worker", "allocations an iteration", "bytes allocated an iteration")} == {
        "peak memory of a worker": ["9 MiB", "3 MiB"], "allocations an iteration": ["–", "2.500"], "bytes allocated an iteration": ["–", "96"]}


def test_a_groups_page_has_each_members_change_and_verdict(compared_report: Path) -> None:
    of = {c["name"]: c for c in documents.engine_compared()["vbench"]["comparison"]["rows"]}
    crumb = pages.benchmark(compared_report, "ring_buffer/push_pop/64").all("p", class_="crumbs")[0].all("a")[1]
    members = pages.read(compared_report / "pages" / crumb.attributes["href"]).all("ul", class_="members")[0].all("li")
    assert len(members) == 4
    for member in members:
        c = of.get(words(member.all("a")[0]))
        assert c is None or (pages.values(member) == [c["old_ns"], c["new_ns"], c["change_percent"]] and words(member).endswith(c["verdict"]))


# --- pictures -----------------------------------------------------------------------------------

def texts(picture: Path) -> str:
    return " | ".join("".join(t.itertext()).strip() for t in xml.parse(picture).getroot().iter("{http://www.w3.org/2000/svg}text"))


def picture_of(folder: Path, name: str) -> Path:
    return pages.pictures(folder, pages.benchmark(folder, name), "distribution")[0]


def test_old_and_new_are_in_one_figure_on_one_axis(compared_report: Path) -> None:
    shown = texts(picture_of(compared_report, "ring_buffer/push_pop/1024"))
    assert "old |" in shown and "new |" in shown and shown.count("time of one iteration, ns") == 1
    root = xml.parse(picture_of(compared_report, "ring_buffer/push_pop/1024")).getroot()
    assert "old and new distribution" in root.find("{*}title").text and "Old: 108 blocks" in root.find("{*}desc").text


@pytest.mark.parametrize("old, new, said", [
    ([[1234]], [[1300]], "there is no density to draw"), ([[250] * 4] * 3, [[250, 260, 255]] * 3, "all blocks took the same time"),
    ([[100, 101]], [[5_000_000, 5_000_100]], "time of one iteration, ms"), ([[0, 0], [0, 0]], [[7, 8]], "new"),
    ([[250] * 4] * 3, [[250] * 12, [250] * 11 + [9_000_000]], "1 of 36 blocks beyond →"), ([[1] * 40], [[10 ** 9]], "one block")])
def test_any_two_sides_can_be_drawn(report: Callable[..., Path], old: Any, new: Any, said: str) -> None:
    content = small((M("a", samples_ns=old), M("a", samples_ns=new)), rows=[C("a", "inconclusive", 1.0)])
    assert said in texts(picture_of(report(content), "a"))


def grid(values: Any, **more: Any) -> list[dict[str, Any]]:
    return [M(f"g/a/{v}", case="g/a", parameters={"size": v}, **more) for v in values]


def chart(tmp_path: Path, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> curves.Chart:
    content = documents.compared(documents.document(*new), documents.document(*old), [])
    found = comparison.pairs(load.load(documents.save(tmp_path / "r.json", content)))
    return curves.charts([p.benchmark for p in found], [p.both[0] if p.both else None for p in found])[0]


@pytest.mark.parametrize("old, new, points", [
    ([1, 2, 4], [1, 2, 4], [1, 2, 4]), ([1, 2], [1, 2, 4], [1, 2]), ([1], [1, 2], []), ([8, 16], [1, 2], [])])
def test_a_curve_has_the_old_points_that_both_sides_have(tmp_path: Path, old: Any, new: Any, points: Any) -> None:
    series = chart(tmp_path, grid(old, seed=2), grid(new)).series[0]
    assert [p.x for p in series.points] == new and [p.x for p in series.old] == points


def test_a_curve_over_items_has_an_old_line_only_where_the_old_side_has_items(tmp_path: Path) -> None:
    assert chart(tmp_path, grid([1, 2], items=8), grid([1, 2], items=8)).series[0].old
    assert not chart(tmp_path, grid([1, 2]), grid([1, 2], items=8)).series[0].old


@pytest.mark.skipif(not gnuplot.shutil.which("gnuplot"), reason="gnuplot is not installed")
def test_old_and_new_lines_are_named_in_one_picture(compared_report: Path) -> None:
    picture = next(p for p in (compared_report / "plots").iterdir() if p.name.startswith("curve-ring-buffer"))
    assert "ring_buffer/push_pop, old" in texts(picture) and "ring_buffer/push_pop, new" in texts(picture)
    assert "stroke-dasharray" in picture.read_text(encoding="utf-8")
    assert "; old: 3 points" in xml.parse(picture).getroot().find("{*}desc").text
