"""The index of old against new: who is compared with whom, counts, and a row for each benchmark of either side."""
from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any, Callable

import pytest

import documents
import pages
from pages import name_of, row_of, rows, values, words
from vbench_report import model
from vbench_report.pictures import change_drawing

C = documents.change
M = documents.measured


@pytest.fixture(scope="module")
def page(compared_report: Path) -> pages.Element:
    return pages.read(compared_report / "index.html")


def small(*pairs: tuple[dict[str, Any], dict[str, Any]], rows: Any = (), not_compared: Any = (),
          **changes: Any) -> dict[str, Any]:
    """A comparison of pairs of benchmarks, old first."""
    return documents.compared(documents.document(*(new for _, new in pairs)),
                              documents.document(*(old for old, _ in pairs)), rows, not_compared, **changes)


def one(row: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return small((M(row["name"], seed=2), M(row["name"])), rows=[row], **changes)


def index_of(report: Callable[..., Path], content: dict[str, Any]) -> pages.Element:
    return pages.read(report(content) / "index.html")


# --- top ----------------------------------------------------------------------------------------

def test_the_top_says_who_is_compared_with_whom(page: pages.Element) -> None:
    assert words(page.all("p", class_="lede")[0]).startswith("Compared with “before”. 2 failed on one side or the other; 2 got slower, ")
    old, new = page.all("div", class_="side")
    assert words(old) == "Old before measured 14 November 2026, 09:02 UTC commit fedcba987654"
    assert words(new) == ("New this result measured 21 November 2026, 11:14 UTC commit 0123456789ab, "
                          "with uncommitted changes")
    assert words(page.all("title")[0]) == (
        "2 of 9 slower, 1 faster, 1 the same, 5 undecided, 2 failed, 3 not compared – Velox Bench")


def test_the_top_says_that_the_sides_did_not_run_side_by_side_and_what_the_intervals_allow(page: pages.Element) -> None:
    note = page.all("div", class_="unpaired")[0]
    assert note.all("strong")[0].text() == "Old and new did not run side by side."
    assert "The 99\u202f% intervals allow for 5\u202f% of such drift" in note.text() and values(note) == [0.99, 5.0]


def test_sides_that_ran_side_by_side_are_not_said_to_have_not(report: Callable[..., Path]) -> None:
    found = index_of(report, documents.side_by_side(one(C("a", "improved", -3.0, -4.0, -2.0, 1.0))))
    assert not found.all("div", class_="unpaired")
    assert "Old and new ran side by side, in alternation" in words(found.all("section", class_="about")[0])


@pytest.mark.parametrize("optimised, said", [
    ("no", "The suite engine_suite of the old side is not optimised (<why>): its times say nothing about a release build."),
    ("unknown", "Whether the suite engine_suite of the old side is optimised is unknown (<why>).")])
def test_an_old_suite_that_is_not_surely_optimised_is_noted_at_the_top(
        optimised: str, said: str, report: Callable[..., Path]) -> None:
    content = copy.deepcopy(one(C("a", "inconclusive", 1.0)))
    content["vbench"]["comparison"]["old"]["suites"][0].update(optimised=optimised, optimisation_evidence="<why>")
    notes = index_of(report, content).all("ul", class_="notes")
    assert [words(item) for n in notes for item in n.all("li")] == [said]
    content["vbench"]["suites"][0].update(optimised=optimised, optimisation_evidence="<why>")
    notes = index_of(report, content).all("ul", class_="notes")
    assert [words(item) for item in notes[0].all("li")] == [said.replace("old", "new"), said]


def test_a_side_without_a_commit_says_so(report: Callable[..., Path]) -> None:
    content = one(C("a", "inconclusive", 1.0))
    content["vbench"]["comparison"]["old"]["source"] = {"commit": None, "dirty": None}
    content["vbench"]["source"] = {"commit": "abc", "dirty": None}
    old, new = index_of(report, content).all("div", class_="side")
    assert "no commit recorded" in words(old) and "commit abc, not known whether changed" in words(new)


def test_notes_on_what_could_not_be_done_stand_with_the_warning(report: Callable[..., Path]) -> None:
    note = index_of(report, one(C("a", "inconclusive", 1.0), notes=["No <archive>."])).all("div", class_="unpaired")[0]
    assert words(note.all("p")[-1]) == "No <archive>."


@pytest.mark.parametrize("common, moved, told", [
    (5.1, True, "+5.10 %"), (-30.0, True, "\u221230.0 %"), (0.0, True, "0 %"), (30.0, False, None), (5.0, False, None),
    (None, False, None), (None, True, None)])
def test_benchmarks_that_moved_together_by_the_results_own_word_are_said_to_be_so_without_blaming_the_machine_alone(
        common: Any, moved: bool, told: Any, report: Callable[..., Path]) -> None:
    found = words(index_of(report, one(C("a", "inconclusive", 1.0), common_percent=common, moved_together=moved)))
    assert ("together have moved by" in found) == (told is not None)
    assert told is None or (f"The 1 benchmarks together have moved by {told} (median). Either the machine has, or what they "
                            "share. Compare again when it is quiet, or look at benchmarks of other code.") in found


# --- table --------------------------------------------------------------------------------------

def test_each_row_has_its_own_old_new_change_interval_and_verdict(page: pages.Element) -> None:
    ours = documents.engine_compared()["vbench"]
    new = {b["name"]: b for b in ours["benchmarks"]}
    for c in ours["comparison"]["rows"]:
        row, name = row_of(page, c["name"]), c["name"]
        for side in ("old", "new"):
            assert values(row.all("td", data_label=side)[0]) == [
                c[k] for k in (f"{side}_ns", f"{side}_low_ns", f"{side}_high_ns") if k in c]
        assert values(row.all("td", class_="estimate")[0]) == [c["change_percent"], *(
            c[k] for k in ("change_low_percent", "change_high_percent") if c[k] is not None)]
        told = [c["visible_percent"]] if c["verdict"] == "inconclusive" and c["visible_percent"] is not None else []
        assert values(row.all("td", class_="verdict")[0]) == told
        assert words(row.all("td", class_="verdict")[0]).startswith(c["verdict"])
        assert ("badge" in row.all("strong")[-1].attributes["class"]) == (c["verdict"] == "regressed")
        assert [float(row.attributes[k]) for k in ("data-time", "data-change")] == [c["new_ns"], c["change_percent"]]
        rate = new[name].get("items_per_sec") or new[name].get("bytes_per_sec")
        assert [v for t in row.all("td", class_="rate") for v in values(t)] == ([rate] if rate else [])


def test_the_times_beside_a_change_are_those_that_it_is_the_ratio_of_and_the_tables_keep_the_estimates(
        report: Callable[..., Path]) -> None:
    old, new = M("a", samples_ns=[[100], [400]]), M("a", samples_ns=[[100], [625]])
    out = report(small((old, new), rows=[C("a", "regressed", 25.0, 20.0, 30.0, 5.0)]))
    row = rows(pages.read(out / "index.html"))[0]
    assert [words(row.all("td", data_label=label)[0].all("span")[0].all("data")[0]) for label in ("old", "new", "change")] == [
        "200.0 ns", "250.0 ns", "+25.0 %"]
    found = pages.benchmark(out, "a")
    assert "old 200.0 ns → new 250.0 ns" in words(found.all("p", class_="result")[0])
    times = pages.table_rows(found.all("table", class_="spread")[0])[0]
    assert [words(c) for c in (times.all("th")[0], *times.all("td", class_="middle"))] == ["time of an iteration", "250.0 ns", "362.5 ns"]


def test_the_chips_count_the_rows_of_each_verdict(page: pages.Element) -> None:
    chips = page.all("button", class_="chip")
    assert [words(c) for c in chips] == ["2 regressed", "1 improved", "5 inconclusive", "1 equivalent", "5 not compared"]
    for chip in chips:
        of_it = [r for r in rows(page) if r.attributes["data-verdict"] == chip.attributes["data-verdict"]]
        assert str(len(of_it)) == chip.all("strong")[0].text() and "disabled" not in chip.attributes


def test_a_chip_of_no_row_cannot_be_pressed(report: Callable[..., Path]) -> None:
    chips = index_of(report, one(C("a", "improved", -3.0, -4.0, -2.0, 1.0))).all("button", class_="chip")
    assert [words(c) for c in chips if "disabled" not in c.attributes] == ["1 improved"]


def test_regressed_goes_first_then_improved_then_what_failed_then_the_rest_then_what_was_not_compared(page: pages.Element) -> None:
    assert [name_of(r) for r in rows(page)] == [
        "orderbook_update/bid", "ring_buffer/push_pop/1024", "ring_buffer/push_pop/4096",
        "bundle_timed_flush", "e2e_single_transaction",
        "ring_bulk_throughput/10M_ops", "ring_bulk_throughput/1M_ops", "orderbook_multithreaded/4_threads",
        "ring_spsc_cross_thread", "once", "ring_buffer/push_pop/64",
        "ring_buffer/push_pop/16384", "orderbook_update/ask", "bundle_cycle_with_tsc"]


def test_what_was_not_compared_has_its_reason_and_the_time_of_the_side_that_has_one(page: pages.Element) -> None:
    ours = documents.engine_compared()["vbench"]
    time_of = [{b["name"]: b["time"]["estimate_ns"] for b in side if b["status"] == "ok"}
               for side in (ours["comparison"]["old"]["benchmarks"], ours["benchmarks"])]
    expected = {"added": "added the baseline does not have it", "removed": "removed only the baseline has it",
                "failed": "failed the worker died of SIGSEGV in block 3 of process 2",
                "failed_then": "failed before no old time: it failed when the baseline was saved",
                "no_time": "no time a side took no time, so there is no ratio"}
    for left_out in ours["comparison"]["not_compared"]:
        row = row_of(page, left_out["name"])
        assert words(row.all("td", class_="why")[0]) == expected.pop(left_out["reason"])
        for label, side in zip(("old", "new"), time_of):
            cell = row.all("td", data_label=label)[0]
            assert values(cell) == ([side[left_out["name"]]] if left_out["name"] in side else []) and (values(cell) or words(cell) == "–")
        assert row.attributes["data-verdict"] == "not_compared"
    assert not expected


def test_an_interval_is_drawn_against_zero_with_title_description_and_the_verdicts_own_shape(page: pages.Element) -> None:
    shapes: dict[str, set[str]] = {}
    for row in (r for r in rows(page) if r.attributes["data-verdict"] != "not_compared"):
        picture = row.all("svg", class_="against-zero")[0]
        verdict = row.attributes["class"]
        title, description = picture.all("title")[0], picture.all("desc")[0]
        assert picture.attributes["aria-labelledby"] == f"{title.attributes['id']} {description.attributes['id']}"
        assert picture.attributes["role"] == "img" and title.text() == verdict
        assert row.all("td", class_="estimate")[0].all("data")[0].text() in description.text()
        mark = picture.all(class_="mark")[0]
        shapes.setdefault(verdict, set()).add(mark.attributes.get("d") or mark.tag)
    assert sorted(shapes) == ["equivalent", "improved", "inconclusive", "regressed"]
    assert all(len(s) == 1 for s in shapes.values()) and len(set.union(*shapes.values())) == 4


def test_the_allowance_for_drift_is_a_band_in_each_drawing_and_named_below(page: pages.Element) -> None:
    drawings = page.all("svg", class_="against-zero")
    assert len(drawings) == 9 and all(len(d.all("path", class_="floor")) == 1 for d in drawings)
    note = page.all("p", class_="band-note")[0]
    assert words(note) == "The shaded band is what is allowed for drift of the machine between the two runs, ±5 %." and values(note) == [5.0]


def drawn(low: Any, high: Any, percent: float, scale: float) -> str:
    return str(change_drawing.drawing(model.Change("a", "regressed", 1.0, 1.0, percent, low, high, None), scale, "x"))


def test_an_interval_ends_in_a_cap_on_the_scale_and_in_an_arrow_beyond_it() -> None:
    assert re.findall(r'class="range" d="M([\d.]+) 6(\w)', drawn(-10.0, 10.0, 0.0, 10.0)) == [("11.0", "v"), ("149.0", "v")]
    assert re.findall(r'class="range" d="M([\d.]+) 6(\w)', drawn(5.0, 99.0, 50.0, 10.0)) == [("114.5", "v"), ("149.0", "l")]
    assert re.findall(r'class="range" d="M([\d.]+) 6(\w)', drawn(50.0, 99.0, 70.0, 10.0)) == [("149.0", "l")]
    assert re.findall(r'class="range" d="M([\d.]+) 6(\w-)', drawn(-99.0, -50.0, -70.0, 10.0)) == [("11.0", "l-")]


def test_a_change_without_an_interval_is_a_mark_alone_or_with_an_arrow_beyond_the_scale() -> None:
    assert "range" not in drawn(None, None, 4.0, 10.0)
    assert re.findall(r'class="range" d="([^"]*)"', drawn(None, None, 50.0, 10.0)) == ["M139.3 10H149.0", "M149.0 6l5 4-5 4"]


@pytest.mark.parametrize("band, path", [((-5.0, 5.0), "M45.5 3H114.5V17H45.5z"), ((-40.0, 0.5), "M11.0 3H83.5V17H11.0z")])
def test_a_band_reaches_as_far_as_it_says_and_no_farther_than_the_scale(band: Any, path: str) -> None:
    row = model.Change("a", "regressed", 1.0, 1.0, 1.0, None, None, None)
    assert f'<path class="floor" d="{path}"/>' in str(change_drawing.drawing(row, 10.0, "x", band))
    assert "floor" not in str(change_drawing.drawing(row, 10.0, "x"))


@pytest.mark.parametrize("widths, scale", [([], 1), ([0.0], 1), ([4.0], 5), ([1.0, 2.0, 3.0], 3), ([4900.0, 3.0, 2.0, 1.0], 5),
                                           ([4900.0, 4.0], 10)])
def test_one_huge_change_does_not_set_the_scale_of_all_rows(widths: list[float], scale: float) -> None:
    assert change_drawing.scale_of([model.Change("a", "regressed", 1.0, 1.0, w, None, None, None) for w in widths]) == scale


@pytest.mark.parametrize("verdict, scale", [("regressed", 5), ("improved", 5), ("equivalent", 100), ("inconclusive", 100)])
def test_the_decided_rows_set_the_scale_where_there_are_any(verdict: str, scale: float) -> None:
    wide = [model.Change("w", "inconclusive", 1.0, 1.0, 3.0, -60.0, 90.0, None)] * 5
    assert change_drawing.scale_of([*wide, model.Change("a", verdict, 1.0, 1.0, 4.0, 3.0, 4.5, None)]) == scale


def test_no_scale_reaches_below_minus_100_percent_because_nothing_is_that_much_faster(report: Callable[..., Path]) -> None:
    assert change_drawing.scale_of([model.Change("a", "regressed", 1.0, 1.0, 1e9, None, None, None)]) == 100
    found = index_of(report, one(C("a", "regressed", 250.0, 190.0, 310.0, 5.0)))
    assert words(found.all("th", class_="drawing")[0].all("span", class_="ends")[0]) == "−100 %0+100 %"
    assert "the axis reaches from −100\u202f% to +100\u202f%" in rows(found)[0].all("desc")[0].text()


def test_a_side_with_one_process_shows_no_interval(compared_report: Path, page: pages.Element) -> None:
    row = row_of(page, "once")
    assert words(row.all("td", data_label="change")[0].all("small")[0]) == "no interval"
    assert not row.all("td", data_label="old")[0].all("small") and not row.all("td", data_label="new")[0].all("small")
    assert "would show" not in words(row) and "change +8.25\u202f%, no interval;" in row.all("desc")[0].text()
    assert words(pages.benchmark(compared_report, "once").all("p", class_="result")[0]).startswith("+8.25 % no interval inconclusive old")


# --- odd comparisons ----------------------------------------------------------------------------

def test_a_comparison_with_no_common_benchmark_makes_an_honest_page(report: Callable[..., Path]) -> None:
    found = index_of(report, documents.compared(
        documents.document(M("new")), documents.document(M("old")), [],
        [documents.left_out("new", "added", "added: x"), documents.left_out("old", "removed", "removed: x")]))
    assert "No benchmark has a time on both sides, so there is no verdict." in words(found.all("main")[0])
    assert list(map(name_of, rows(found))) == ["new", "old"] and not found.all("svg", class_="against-zero")
    assert words(found.all("title")[0]) == "Nothing could be compared, 2 not compared – Velox Bench"


def test_a_comparison_of_nothing_at_all_makes_a_page(report: Callable[..., Path]) -> None:
    found = index_of(report, documents.compared(documents.document(), documents.document(), []))
    assert not found.all("table", class_="changes")
    assert words(found.all("h1")[0]) == "Nothing could be compared" and "No benchmark has a time on both sides" in words(found.all("main")[0])


def test_what_the_file_says_nothing_more_of_is_a_row_without_a_link(report: Callable[..., Path]) -> None:
    row = rows(index_of(report, small(rows=[], not_compared=[documents.left_out("ghost", "removed", "removed: x")])))[0]
    assert "ghost" in words(row) and not row.all("a")


def test_an_added_benchmark_that_failed_says_so(report: Callable[..., Path]) -> None:
    found = index_of(report, documents.compared(
        documents.document(documents.failed("a", "died <1>")), documents.document(), [],
        [documents.left_out("a", "added", "added: the baseline does not have it")]))
    assert "now failed: died <1>" in words(rows(found)[0])


def test_benchmarks_of_which_the_comparison_says_nothing_are_rows_that_are_not_compared(report: Callable[..., Path]) -> None:
    found = index_of(report, documents.compared(documents.document(M("a"), documents.failed("b", "died")), documents.document(M("a")), []))
    assert {name_of(r): words(r.all("td", class_="why")[0]) for r in rows(found)} == {"b": "failed died", "a": "not compared"}
    assert [words(c) for c in found.all("button", class_="chip") if "disabled" not in c.attributes] == ["2 not compared"]


def test_two_suites_with_a_benchmark_of_one_name_keep_their_own_rows(report: Callable[..., Path]) -> None:
    pair = [(M("same", suite=s, seed=i), M("same", suite=s, around_ns=50 * (i + 1))) for i, s in enumerate(("one", "two"))]
    content = small(*pair, rows=[C("same", "regressed", 50.0, 40.0, 60.0, 5.0), C("same", "inconclusive", 1.0)])
    assert len({r.all("a")[0].attributes["href"] for r in rows(index_of(report, content))}) == 2


def test_a_row_whose_page_warns_of_either_side_has_a_mark_that_leads_there(report: Callable[..., Path]) -> None:
    sides = {name: (M(name, seed=2), M(name)) for name in ("calm", "old", "new", "fresh")}
    sides["old"][0]["warnings"] = sides["new"][1]["warnings"] = sides["fresh"][1]["warnings"] = ["w"]
    page = index_of(report, documents.compared(
        documents.document(*(new for _, new in sides.values())), documents.document(*(old for old, _ in list(sides.values())[:3])),
        [C(name, "inconclusive", 1.0) for name in ("calm", "old", "new")], [documents.left_out("fresh", "added", "added: x")]))
    marks = {name: row_of(page, name).all("a", class_="warned") for name in sides}
    assert {name: len(m) for name, m in marks.items()} == {"calm": 0, "old": 1, "new": 1, "fresh": 1}
    for name in ("old", "new", "fresh"):
        assert marks[name][0].attributes["href"] == row_of(page, name).all("a")[0].attributes["href"]
        assert marks[name][0].attributes["aria-label"] == marks[name][0].attributes["title"] == "Has a warning: see its page"


def test_a_result_without_a_comparison_has_nothing_of_one(engine_report: Path) -> None:
    for path in pages.files(engine_report):
        text = path.read_text(encoding="utf-8").replace("a comparison side by side measures old against itself", "")
        text = re.sub(r"\d+ benchmarks side by side|(blocks|and), side by side|and side by side", "", text)  # pictures of a group
        for part in ("side by side", "the baseline", "regressed", "compared-sides", "against-zero"):
            assert part not in text, path.name
