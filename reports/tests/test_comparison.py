"""What the page says of old against new."""
from __future__ import annotations

import copy
import re
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any, Callable

import pytest

import documents
import pages
from test_page import NASTY, numbers
from vbench_report import change_drawing, comparison, curves, gnuplot, load, model, units

C = documents.change
M = documents.measured


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One report of a whole comparison, for the tests that only read it."""
    from vbench_report.__main__ import main

    place = tmp_path_factory.mktemp("compared")
    source = documents.save(place / "r.json", documents.engine_compared())
    assert main([str(source), "--out", str(place / "out")]) == 0
    return place / "out"


@pytest.fixture(scope="module")
def page(folder: Path) -> pages.Element:
    return pages.read(folder / "index.html")


def words(element: pages.Element) -> str:
    return " ".join(element.text(without=("svg", "style")).split())


def values(element: pages.Element) -> list[float]:
    return [float(d.attributes["value"]) for d in element.all("data")]


def rows(page: pages.Element) -> list[pages.Element]:
    return [r for body in page.all("table", class_="changes")[0].all("tbody") for r in body.all("tr")]


def section(page: pages.Element, name: str) -> pages.Element:
    return next(a for a in page.all("article") if a.all(id=a.attributes["id"] + "-title")[0].text() == name)


def small(*pairs: tuple[dict[str, Any], dict[str, Any]], rows: Any = (), not_compared: Any = (),
          **changes: Any) -> dict[str, Any]:
    """A comparison of pairs of benchmarks, old first."""
    return documents.compared(documents.document(*(new for _, new in pairs)),
                              documents.document(*(old for old, _ in pairs)), rows, not_compared, **changes)


def one(row: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return small((M(row["name"], seed=2), M(row["name"])), rows=[row], **changes)


# --- figures ------------------------------------------------------------------------------------

def test_every_figure_on_the_page_is_the_results_own(page: pages.Element) -> None:
    own = set(numbers(documents.engine_compared()))
    shown = page.all("data")
    assert len(shown) > 300
    for element in shown:
        assert float(element.attributes["value"]) in own, element.attributes["value"]


def test_no_other_digits_are_printed_than_figures_names_and_texts_of_the_result(page: pages.Element) -> None:
    text = " ".join(page.all("body")[0].text(without=("data", "style", "svg", "code")).split())
    ours = documents.engine_compared()["vbench"]
    old = ours["comparison"]["old"]
    every = ours["benchmarks"] + old["benchmarks"]
    known = [b["name"] for b in every] + [b["group"] for b in every] + [b.get("error", "") for b in every]
    known += [str(v) for part in (ours["machine"], ours["libraries"], old["machine"], *ours["suites"], *old["suites"])
              for v in part.values() if isinstance(v, str)]
    known += ["12.1.0", "12.2.0", ours["vbench_version"], *ours["machine"]["cpu_features"]]
    known += ["21 November 2026, 11:14 UTC", "14 November 2026, 09:02 UTC", "99.99 %", "99.9 %", "99 %", "95 %", "90 %", "50 %",
              "the worker stopped answering for 10 s", "−50\u202f%0+50\u202f%", "−50\u202f%", "+50\u202f%", "+1\u202f%",
              "at most 100\u202f%",
              "2 regressed", "1 improved", "5 inconclusive", "1 equivalent", "5 not compared", "L", "cpu"]
    for piece in sorted(filter(None, known), key=len, reverse=True):
        text = text.replace(" ".join(piece.split()), " ")
    assert re.findall(r"\S*\d\S*", text) == []


def test_each_row_has_its_own_old_new_change_interval_and_verdict(page: pages.Element) -> None:
    of_name = {r.all("a")[0].text(): r for r in rows(page)}
    for c in documents.engine_compared()["vbench"]["comparison"]["rows"]:
        expected = [c["old_ns"], c["new_ns"], c["change_percent"]]
        expected += [c[k] for k in ("change_low_percent", "change_high_percent") if c[k] is not None]
        if c["verdict"] == "inconclusive" and c["visible_percent"] is not None:
            expected.append(c["visible_percent"])
        row = of_name[c["name"]]
        assert values(row) == expected
        assert words(row.all("td", class_="verdict")[0]).startswith(c["verdict"])
        assert ("badge" in row.all("strong")[-1].attributes["class"]) == (c["verdict"] == "regressed")


def test_the_times_beside_a_change_are_those_that_it_is_the_ratio_of_and_the_tables_keep_the_estimates(
        report: Callable[..., Path]) -> None:
    old, new = M("a", samples_ns=[[100], [400]]), M("a", samples_ns=[[100], [625]])
    found = pages.read(report(small((old, new), rows=[C("a", "regressed", 25.0, 20.0, 30.0, 5.0)])) / "index.html")
    row, result = rows(found)[0], section(found, "a").all("p", class_="result")[0]
    assert [words(c) for c in row.all("td", class_="num")[:3]] == ["200.0 ns", "250.0 ns", "+25.0 %"]
    assert "old 200.0 ns → new 250.0 ns" in words(result)
    times = section(found, "a").all("table", class_="sides")[0].all("tbody")[0].all("tr")[0]
    assert words(times) == "time of an iteration250.0 ns362.5 ns"


@pytest.mark.parametrize("percent, text", [
    (0, "0\u202f%"), (0.0, "0\u202f%"), (0.25, "+0.25\u202f%"), (-0.281, "−0.28\u202f%"), (9.994, "+9.99\u202f%"), (9.996, "+10.0\u202f%"),
    (-12.34, "−12.3\u202f%"), (99.96, "+100\u202f%"), (4900.25, "+4900\u202f%"), (-99.99, "−100\u202f%"), (1e300, "+1.0e+300\u202f%")])
def test_a_change_has_a_sign_and_as_many_digits_as_it_deserves(percent: float, text: str) -> None:
    assert units.change(percent) == text


# --- top ----------------------------------------------------------------------------------------

def test_the_top_says_who_is_compared_with_whom(page: pages.Element) -> None:
    assert words(page.all("h1")[0]) == "Compared with baseline “before”"
    old, new = page.all("div", class_="side")
    assert words(old) == "Old before measured 14 November 2026, 09:02 UTC commit fedcba987654"
    assert words(new) == ("New this build measured 21 November 2026, 11:14 UTC commit 0123456789ab, "
                          "with uncommitted changes")
    assert "2 regressed, 1 improved, 5 inconclusive, 1 equivalent – against before" in words(page.all("title")[0])


def test_the_top_says_that_the_sides_did_not_run_side_by_side_and_what_the_intervals_allow(page: pages.Element) -> None:
    note = page.all("header")[0].all("div", class_="unpaired")[0]
    assert note.all("strong")[0].text() == "Old and new did not run side by side."
    assert "The 99\u202f% intervals allow for 5\u202f% of such drift" in note.text() and values(note) == [0.99, 5.0]


def test_sides_that_ran_side_by_side_are_not_said_to_have_not(report: Callable[..., Path]) -> None:
    content = documents.side_by_side(one(C("a", "improved", -3.0, -4.0, -2.0, 1.0)))
    found = pages.read(report(content) / "index.html")
    assert not found.all("div", class_="unpaired")
    assert "Old and new ran side by side, in alternation" in words(found.all("header")[0])


@pytest.mark.parametrize("optimised, said", [
    ("no", "The suite engine_suite of the old side is not optimised (<why>): its times say nothing about a release build."),
    ("unknown", "Whether the suite engine_suite of the old side is optimised is unknown (<why>).")])
def test_an_old_suite_that_is_not_surely_optimised_is_noted_at_the_top(
        optimised: str, said: str, report: Callable[..., Path]) -> None:
    content = copy.deepcopy(one(C("a", "inconclusive", 1.0)))
    content["vbench"]["comparison"]["old"]["suites"][0].update(optimised=optimised, optimisation_evidence="<why>")
    notes = pages.read(report(content) / "index.html").all("header")[0].all("ul", class_="notes")
    assert [words(item) for n in notes for item in n.all("li")] == [said]
    content["vbench"]["suites"][0].update(optimised=optimised, optimisation_evidence="<why>")
    notes = pages.read(report(content) / "index.html").all("header")[0].all("ul", class_="notes")
    assert [words(item) for item in notes[0].all("li")] == [said.replace("old", "new"), said]


def test_a_side_without_a_commit_says_so(report: Callable[..., Path]) -> None:
    content = one(C("a", "inconclusive", 1.0))
    content["vbench"]["comparison"]["old"]["source"] = {"commit": None, "dirty": None}
    content["vbench"]["source"] = {"commit": "abc", "dirty": None}
    old, new = pages.read(report(content) / "index.html").all("div", class_="side")
    assert "no commit recorded" in words(old) and "commit abc, not known whether changed" in words(new)


def test_only_what_differs_between_the_sides_is_listed(page: pages.Element) -> None:
    found = [[words(c) for c in r.children if isinstance(c, pages.Element)]
             for r in page.all("table", class_="differences")[0].all("tbody")[0].all("tr")]
    assert found == [
        ["Compiler", "GCC 12.1.0", "GCC 12.2.0"],
        ["Compiler flags", "-std=c11 -O2 -DNDEBUG -fno-plt", "-std=c11 -O2 -g -DNDEBUG"],
        ["Kernel", "6.1.0-13-amd64", "6.1.0-18-amd64"],
        ["Load average before", "0.12, 0.20, 0.21", "0.31, 0.40, 0.38"],
        ["Load average after", "0.98, 0.51, 0.33", "1.02, 0.63, 0.46"]]
    assert [m.text() for m in page.all("mark")] == ["12.1.0", "12.2.0", "-fno-plt", "-g"]


def test_each_kind_of_difference_is_listed(report: Callable[..., Path]) -> None:
    content = one(C("a", "inconclusive", 1.0))
    old = content["vbench"]["comparison"]["old"] = copy.deepcopy(content["vbench"]["comparison"]["old"])
    old["suites"][0].update(build_type="Debug", google_benchmark="1.8.0")
    del old["suites"][0]["c_library"]
    old["machine"].update(cpu_model="X", cpu_mhz=1200, memory_bytes=2 ** 30, operating_system="Other 1", host_name="h", cpu_quota=1.5,
                          cpu_features=["sse4_2", "avx2", "<old>"])
    old["run"].update(pinned_cpus=[], budget_s=0.5, processes=3)
    lines = pages.read(report(content) / "index.html").all("table", class_="differences")[0].all("tr")
    table = "; ".join(" ".join(words(c) for c in r.children if isinstance(c, pages.Element)) for r in lines)
    for part in ("Build type Debug Release", "Google Benchmark 1.8.0 1.7.1", "C library not recorded glibc 2.36",
                 "Processor X, 8 CPUs with a quota of 1.5, x86_64 Example", "Processor clock 1200", "Memory 1", "System Other 1 Debian",
                 "Host h not recorded", "CPU features on one side only <old> bmi2", "Threads pinned to not pinned CPUs 2, 3",
                 "Measuring time of a benchmark 0.5", "Processes of a benchmark 3 9"):
        assert part in table, part
    assert "Kernel" not in table and "Load" not in table


def test_a_difference_in_some_suites_names_them_and_one_in_all_does_not(tmp_path: Path) -> None:
    pair = [(M(n, suite=n, seed=2), M(n, suite=n)) for n in ("one", "two")]
    content = copy.deepcopy(small(*pair))
    for suite in content["vbench"]["comparison"]["old"]["suites"]:
        suite["compiler"] = "Clang 14"
    content["vbench"]["comparison"]["old"]["suites"][1]["build_type"] = "Debug"
    found = comparison.differences(load.load(documents.save(tmp_path / "r.json", content)))
    assert [d.what for d in found] == ["Compiler", "Build type of two"]


def test_notes_on_what_could_not_be_done_stand_with_the_warning(report: Callable[..., Path]) -> None:
    note = pages.read(report(one(C("a", "inconclusive", 1.0), notes=["No <archive>."])) / "index.html").all("div", class_="unpaired")[0]
    assert words(note.all("p")[-1]) == "No <archive>."


def test_where_nothing_differs_the_top_says_so(report: Callable[..., Path]) -> None:
    found = pages.read(report(one(C("a", "inconclusive", 1.0))) / "index.html")
    assert not found.all("table", class_="differences")
    assert "Nothing else that was recorded of machine, build and run differs" in words(found.all("header")[0])


# --- table --------------------------------------------------------------------------------------

def test_the_counts_stand_above_the_table_and_lead_to_their_rows(page: pages.Element) -> None:
    counts = page.all("ul", class_="counts")[0].all("li")
    assert [words(c) for c in counts] == ["2 regressed", "1 improved", "5 inconclusive", "1 equivalent", "5 not compared"]
    for count in counts:
        target = page.all("tbody", id=count.all("a")[0].attributes["href"][1:])[0]
        assert str(len(target.all("tr"))) == count.all("strong")[0].text()


def test_regressed_goes_first_then_improved_then_the_rest_then_what_was_not_compared(page: pages.Element) -> None:
    assert [r.all("a")[0].text() for r in rows(page)] == [
        "orderbook_update/bid", "ring_buffer/push_pop/1024", "ring_buffer/push_pop/4096",
        "ring_bulk_throughput/10M_ops", "ring_bulk_throughput/1M_ops", "orderbook_multithreaded/4_threads",
        "ring_spsc_cross_thread", "once", "ring_buffer/push_pop/64",
        "ring_buffer/push_pop/16384", "orderbook_update/ask", "e2e_single_transaction", "bundle_timed_flush",
        "bundle_cycle_with_tsc"]


def test_what_was_not_compared_has_its_reason_and_the_time_of_the_side_that_has_one(page: pages.Element) -> None:
    ours = documents.engine_compared()["vbench"]
    time_of = [{b["name"]: b["time"]["estimate_ns"] for b in side if b["status"] == "ok"}
               for side in (ours["comparison"]["old"]["benchmarks"], ours["benchmarks"])]
    expected = {"added": "added the baseline does not have it", "removed": "removed only the baseline has it",
                "failed": "failed the worker died of SIGSEGV in block 3 of process 2",
                "failed_then": "failed before no old time: it failed when the baseline was saved",
                "no_time": "no time a side took no time, so there is no ratio"}
    found = rows(page)[-5:]
    for left_out, row in zip(ours["comparison"]["not_compared"], found):
        assert words(row.all("td", class_="why")[0]) == expected.pop(left_out["reason"])
        assert values(row) == [side[left_out["name"]] for side in time_of if left_out["name"] in side]
    assert not expected


def test_an_interval_is_drawn_against_zero_with_title_description_and_the_verdicts_own_shape(page: pages.Element) -> None:
    shapes: dict[str, set[str]] = {}
    for row in rows(page)[:9]:
        picture = row.all("svg", class_="against-zero")[0]
        verdict = row.attributes["class"]
        title, description = picture.all("title")[0], picture.all("desc")[0]
        assert picture.attributes["aria-labelledby"] == f"{title.attributes['id']} {description.attributes['id']}"
        assert picture.attributes["role"] == "img" and title.text() == verdict
        assert row.all("td", class_="estimate")[0].text() in description.text()
        mark = picture.all(class_="mark")[0]
        shapes.setdefault(verdict, set()).add(mark.attributes.get("d") or mark.tag)
    assert sorted(shapes) == ["equivalent", "improved", "inconclusive", "regressed"]
    assert all(len(s) == 1 for s in shapes.values()) and len(set.union(*shapes.values())) == 4


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
    found = pages.read(report(one(C("a", "regressed", 250.0, 190.0, 310.0, 5.0))) / "index.html")
    assert words(found.all("th", class_="drawing")[0].all("span", class_="ends")[0]) == "−100 %0+100 %"
    assert "the axis reaches from −100\u202f% to +100\u202f%" in rows(found)[0].all("desc")[0].text()


def test_a_side_with_one_process_shows_no_interval(page: pages.Element) -> None:
    row = next(r for r in rows(page) if r.all("a")[0].text() == "once")
    assert words(row.all("td", class_="quiet")[0]) == "no interval" and "would show" not in words(row)
    assert "change +8.25\u202f%, no interval;" in row.all("desc")[0].text()
    assert words(section(page, "once").all("p", class_="result")[0]).startswith("+8.25 % no interval inconclusive old")


def test_a_comparison_with_no_common_benchmark_makes_an_honest_page(report: Callable[..., Path]) -> None:
    content = documents.compared(
        documents.document(M("new")), documents.document(M("old")), [],
        [documents.left_out("new", "added", "added: x"), documents.left_out("old", "removed", "removed: x")])
    found = pages.read(report(content) / "index.html")
    assert "No benchmark has a time on both sides, so there is no verdict." in words(found.all("main")[0])
    assert [r.all("a")[0].text() for r in rows(found)] == ["new", "old"] and not found.all("svg", class_="against-zero")
    assert words(found.all("title")[0]) == "nothing compared – against before – Velox Bench"


def test_a_comparison_of_nothing_at_all_makes_a_page(report: Callable[..., Path]) -> None:
    found = pages.read(report(documents.compared(documents.document(), documents.document(), [])) / "index.html")
    assert not found.all("table", class_="changes") and "no verdict" in words(found.all("main")[0])


def test_what_the_file_says_nothing_more_of_is_a_row_without_a_link(report: Callable[..., Path]) -> None:
    content = small(rows=[], not_compared=[documents.left_out("ghost", "removed", "removed: x")])
    row = rows(pages.read(report(content) / "index.html"))[0]
    assert "ghost" in words(row) and not row.all("a")


def test_an_added_benchmark_that_failed_says_so(report: Callable[..., Path]) -> None:
    content = documents.compared(documents.document(documents.failed("a", "died <1>")), documents.document(), [],
                                 [documents.left_out("a", "added", "added: the baseline does not have it")])
    assert "now failed: died <1>" in words(rows(pages.read(report(content) / "index.html"))[0])


def test_two_suites_with_a_benchmark_of_one_name_keep_their_own_rows(report: Callable[..., Path]) -> None:
    pair = [(M("same", suite=s, seed=i), M("same", suite=s, around_ns=50 * (i + 1))) for i, s in enumerate(("one", "two"))]
    content = small(*pair, rows=[C("same", "regressed", 50.0, 40.0, 60.0, 5.0), C("same", "inconclusive", 1.0)])
    found = rows(pages.read(report(content) / "index.html"))
    assert len({r.all("a")[0].attributes["href"] for r in found}) == 2


# --- sections -----------------------------------------------------------------------------------

def test_a_benchmark_of_both_sides_has_both_in_each_table(page: pages.Element) -> None:
    ours = documents.engine_compared()["vbench"]
    old, new = (next(b for b in side if b["name"] == "orderbook_multithreaded/4_threads")
                for side in (ours["comparison"]["old"]["benchmarks"], ours["benchmarks"]))
    found = section(page, new["name"])
    of_line = {words(r.all("th")[0]): [values(c) for c in r.all("td")]
               for t in found.all("table", class_="stats") for r in t.all("tbody")[0].all("tr")}
    for name, key in (("mean", "mean_ns"), ("median", "median_ns"), ("standard deviation", "standard_deviation_ns"),
                      ("median absolute deviation", "median_absolute_deviation_ns"), ("minimum", "min_ns"),
                      ("maximum", "max_ns"), ("blocks", "block_count"), ("processes", "process_count")):
        assert of_line[name] == [[old["statistics"][key]], [new["statistics"][key]]], name
    assert of_line["time of an iteration"] == [[b["time"]["estimate_ns"]] for b in (old, new)]
    assert [v[:2] for v in of_line["95 % interval"]] == [[b["time"]["low_ns"], b["time"]["high_ns"]] for b in (old, new)]
    assert of_line["cas_retries sum"] == [[493824.0], [493824.0]] and of_line["depth mean"] == [[], [3.14159]]
    for table in found.all("table", class_="sides"):
        assert [words(h) for h in table.all("thead")[0].all("th")] == ["old", "new"]
    assert "from 9 processes" in found.all("img")[0].attributes["alt"] and "Old: 108 blocks" in found.all("img")[0].attributes["alt"]


def test_latencies_and_restarts_of_both_sides_stand_side_by_side(page: pages.Element) -> None:
    latency = section(page, "ring_spsc_cross_thread").all("table", class_="sides")[0]
    assert [[words(c) for c in r.all("td")] for r in latency.all("tbody")[0].all("tr")][5] == ["431 ns"] * 2
    assert "restarts01" in "".join(section(page, "orderbook_update/bid").text().split())


def test_an_added_benchmark_keeps_its_own_section_and_a_removed_one_shows_the_old_side(page: pages.Element) -> None:
    for name, said in (("ring_buffer/push_pop/16384", "new side only"), ("orderbook_update/ask", "old side only")):
        found = section(page, name)
        assert said in words(found.all("p", class_="identity")[0]) and len(found.all("img")) == 1
        assert not found.all("table", class_="sides") and found.all("table", class_="stats")
    assert words(section(page, "orderbook_update/ask")).count("removed: only the baseline has it") == 1


def test_a_failed_benchmark_has_its_reason_and_the_time_it_had(page: pages.Element) -> None:
    found = section(page, "e2e_single_transaction")
    assert "failed the worker died of SIGSEGV in block 3 of process 2" in words(found)
    assert "Its time in the baseline:" in words(found) and not found.all("img")


def test_warnings_of_both_sides_are_told_apart(report: Callable[..., Path]) -> None:
    old, new = M("a", seed=2), M("a")
    old["warnings"], new["warnings"] = ["it <was> cold"], ["it is hot"]
    found = pages.read(report(small((old, new), rows=[C("a", "inconclusive", 1.0)])) / "index.html")
    assert [words(i) for i in section(found, "a").all("li")] == ["New: it is hot", "Old: it <was> cold"]


def test_a_row_whose_section_warns_of_either_side_has_a_mark_that_leads_there(report: Callable[..., Path]) -> None:
    sides = {name: (M(name, seed=2), M(name)) for name in ("calm", "old", "new", "fresh")}
    sides["old"][0]["warnings"] = sides["new"][1]["warnings"] = sides["fresh"][1]["warnings"] = ["w"]
    content = documents.compared(
        documents.document(*(new for _, new in sides.values())), documents.document(*(old for old, _ in list(sides.values())[:3])),
        [C(name, "inconclusive", 1.0) for name in ("calm", "old", "new")], [documents.left_out("fresh", "added", "added: x")])
    found = {r.all("a")[0].text(): r for r in rows(pages.read(report(content) / "index.html"))}
    marks = {name: row.all("a", class_="warned") for name, row in found.items()}
    assert {name: len(m) for name, m in marks.items()} == {"calm": 0, "old": 1, "new": 1, "fresh": 1}
    for name in ("old", "new", "fresh"):
        assert marks[name][0].attributes["href"] == found[name].all("a")[0].attributes["href"]
        assert marks[name][0].attributes["aria-label"] == marks[name][0].attributes["title"] == "Has a warning: see its section"


def test_memory_and_allocations_are_shown_where_a_side_has_them(report: Callable[..., Path]) -> None:
    old, new = M("a", seed=2), M("a")
    new.update(peak_memory_bytes=3 * 2 ** 20, allocations={"count_per_iteration": 2.5, "bytes_per_iteration": 96})
    found = words(section(pages.read(report(small((old, new), rows=[C("a", "inconclusive", 1.0)])) / "index.html"), "a"))
    for line in ("peak memory of a worker9 MiB3 MiB", "allocations an iteration–2.500", "bytes allocated an iteration–96"):
        assert line in found
    assert "allocat" not in words(section(pages.read(report(documents.document(M("a"))) / "index.html"), "a"))


# --- pictures -----------------------------------------------------------------------------------

def texts(picture: Path) -> str:
    return " | ".join("".join(t.itertext()).strip() for t in xml.parse(picture).getroot().iter("{http://www.w3.org/2000/svg}text"))


def picture_of(folder: Path, name: str) -> Path:
    return folder / section(pages.read(folder / "index.html"), name).all("img")[0].attributes["src"]


def test_old_and_new_are_in_one_figure_on_one_axis(folder: Path) -> None:
    shown = texts(picture_of(folder, "ring_buffer/push_pop/1024"))
    assert "old |" in shown and "new |" in shown and shown.count("time of one iteration, ns") == 1
    root = xml.parse(picture_of(folder, "ring_buffer/push_pop/1024")).getroot()
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
def test_old_and_new_lines_are_named_in_one_picture(folder: Path) -> None:
    picture = next(p for p in (folder / "plots").iterdir() if p.name.startswith("curve-ring-buffer"))
    assert "ring_buffer/push_pop, old" in texts(picture) and "ring_buffer/push_pop, new" in texts(picture)
    assert "stroke-dasharray" in picture.read_text(encoding="utf-8")
    assert "; old: 3 points" in xml.parse(picture).getroot().find("{*}desc").text


# --- what must hold of every page ---------------------------------------------------------------

def test_ids_are_unique_and_every_link_and_label_has_a_target(page: pages.Element, folder: Path) -> None:
    everything = page.all()
    ids = [e.attributes["id"] for e in everything if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for element in everything:
        href, labels = element.attributes.get("href"), element.attributes.get("aria-labelledby") or ""
        assert (href is None or href[1:] in ids) and set(labels.split()) <= set(ids)
        assert element.tag not in ("script", "link")
    for path in (folder / "index.html", *(folder / "plots").iterdir()):
        text = re.sub(r'xmlns(:\w+)?="[^"]*"', "", path.read_text(encoding="utf-8"))
        assert not re.search(r"https?://|@import|url\((?!#)|<script|<link", text), path.name


def test_texts_of_a_comparison_are_text_and_never_markup(report: Callable[..., Path]) -> None:
    name = NASTY + "n" * 300
    kinds = [C(f"{name}{i}", v, p, low, high, 1.0) for i, (v, p, low, high) in enumerate((
        ("regressed", 4900.0, 4800.0, 5000.0), ("improved", -99.5, -99.75, -99.0), ("equivalent", 0, -0.5, 0.5),
        ("inconclusive", 0.0, None, None)))]
    pair = [(M(c["name"], case=name, group=name, parameters={NASTY: 4 ** i}, suite=NASTY, seed=2),
             M(c["name"], case=name, group=name, parameters={NASTY: 4 ** i}, suite=NASTY)) for i, c in enumerate(kinds)]
    content = copy.deepcopy(small(*pair, rows=kinds, method=NASTY, not_compared=[
        documents.left_out(name + "r", reason, NASTY) for reason in ("added", "removed", "failed", "failed_then", "no_time")]))
    old = content["vbench"]["comparison"]["old"]
    old.update(name=NASTY, source={"commit": NASTY, "dirty": True})
    old["suites"][0].update(compiler=NASTY + " 2", compiler_flags=NASTY + " -O3", c_library=NASTY)
    old["machine"].update(kernel=NASTY, cpu_features=[NASTY], host_name=NASTY)
    out = report(content)
    found = pages.read(out / "index.html")
    assert not found.all("b") and not found.all("script") and not found.all("i")
    assert [r.all("a")[0].text() for r in rows(found)[:4]] == [name + n for n in "0132"]
    assert NASTY in found.all("h1")[0].text()
    for picture in (out / "plots").iterdir():
        assert re.fullmatch(r"(curve|distribution)-[a-z0-9-]+\.svg", picture.name) and len(picture.name) < 100
        assert xml.parse(picture).getroot().find("{*}desc").text


def test_a_result_without_a_comparison_has_nothing_of_one(engine_report: Path) -> None:
    text = (engine_report / "index.html").read_text(encoding="utf-8")
    for part in ("side by side", "the baseline", "regressed", "compared-sides", "against-zero"):
        assert part not in text


@pytest.mark.parametrize("common, moved, told", [
    (5.1, True, "+5.10 %"), (-30.0, True, "\u221230.0 %"), (0.0, True, "0 %"), (30.0, False, None), (5.0, False, None),
    (None, False, None), (None, True, None)])
def test_benchmarks_that_moved_together_by_the_results_own_word_are_said_to_be_so_without_blaming_the_machine_alone(
        common, moved, told, report: Callable[..., Path]) -> None:
    content = one(C("a", "inconclusive", 1.0), common_percent=common, moved_together=moved)
    found = words(pages.read(report(content) / "index.html"))
    assert ("together have moved by" in found) == (told is not None)
    assert told is None or (f"The 1 benchmarks together have moved by {told} (median). Either the machine has, or what they "
                            "share. Compare again when it is quiet, or look at benchmarks of other code.") in found
