"""The page of the history: baselines, change points, and trends, each machine by itself."""
from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, Callable

import pytest

import documents
import documents_surroundings as surroundings
import pages
from documents import NASTY
from pages import cells, table_rows, values, words
from vbench_report import load, site
from vbench_report.pictures import svg

M = documents.measured


def made(report: Callable[..., Path], history: Any, *benchmarks: dict[str, Any]) -> pages.Element:
    return pages.read(report(documents.document(*(benchmarks or (M("a"),)), history=history)) / "pages/history.html")


def section(page: pages.Element, title: str) -> pages.Element:
    return next(s for s in page.all("section") if words(s.all("h2")[0]) == title)


STEP = surroundings.trend("a", [80.0, 81.0, 79.0, 101.0, 100.0], changes=[surroundings.change_point(3, 80.0, 100.5)])
ELSEWHERE = surroundings.trend("a", [200.0, 250.0], machine=1, baselines=[5, 6])


# --- no history ---------------------------------------------------------------------------------

@pytest.mark.parametrize("history, said", [
    (None, "No history: this report was made without baselines."),
    (surroundings.history(baselines=[], machines=[], left_out=[]), "No history: there is no saved baseline yet.")])
def test_without_a_history_the_page_says_why_and_how_to_get_one(report: Callable[..., Path], history: Any, said: str) -> None:
    text = words(made(report, history).all("main")[0])
    assert said in text and "make bench-save BASELINE=name saves one" in text and "Change points" not in text


# --- baselines ----------------------------------------------------------------------------------

def test_every_baseline_has_its_name_time_commit_and_machine(report: Callable[..., Path]) -> None:
    page = made(report, surroundings.history(STEP))
    assert words(page.all("p", class_="lede")[0]) == (
        "6 saved baselines and this result, on 2 machines, in the order of their recorded time. Trends of different machines are never joined.")
    first, other = "Example Processor 9000 @ 3.60GHz, 8 CPUs, x86_64", "Other Processor, 1 CPU, aarch64"
    assert [cells(r) for r in table_rows(section(page, "Baselines").all("table")[0])] == [
        ["nightly-1", "1 October 2026, 09:02 UTC", "010101010101", first], ["nightly-2", "2 October 2026, 09:02 UTC", "020202020202", first],
        ["nightly-3", "3 October 2026, 09:02 UTC", "030303030303 with changes", first], ["nightly-4", "4 October 2026, 09:02 UTC", "040404040404", first],
        ["this result", "5 October 2026, 09:02 UTC", "0123456789ab with changes", first],
        ["elsewhere-a", "6 October 2026, 09:02 UTC", "not recorded", other], ["elsewhere-b", "7 October 2026, 09:02 UTC", "fedcba987654", other],
        ["baselines/broken.json", "left out: it is not JSON"]]


@pytest.mark.parametrize("baselines, said", [
    ([surroundings.saved("x", 1)], "1 saved baseline, on 1 machine, in the order of their recorded time."),
    ([surroundings.saved("x", 1), surroundings.saved("y", 2, this=True)], "1 saved baseline and this result, on 1 machine, in the order of their recorded time."),
    ([surroundings.saved("y", 2, this=True)], "0 saved baselines and this result, on 1 machine, in the order of their recorded time.")])
def test_saved_baselines_are_counted_apart_from_this_result(report: Callable[..., Path], baselines: Any, said: str) -> None:
    history = surroundings.history(baselines=baselines, machines=[surroundings.MACHINES[0]])
    assert words(made(report, history).all("p", class_="lede")[0]) == said


# --- change points ------------------------------------------------------------------------------

def test_each_change_point_has_its_figures_and_the_baseline_since_which_it_holds(report: Callable[..., Path]) -> None:
    page = made(report, surroundings.history(STEP, ELSEWHERE))
    [row] = table_rows(section(page, "Change points").all("table")[0])
    point = STEP["changes"][0]
    assert values(row) == [point[k] for k in ("before_ns", "after_ns", "change_percent", "p_value")]
    assert cells(row) == ["a Example Processor 9000 @ 3.60GHz", "nightly-4 4 October 2026, 09:02 UTC, 040404040404",
                          "80.00 ns", "100.5 ns", "+25.6 %", "0.012"]
    assert surroundings.history()["method"] in words(section(page, "Change points"))


def test_change_points_of_different_machines_are_told_apart_and_of_one_machine_are_not(report: Callable[..., Path]) -> None:
    other = {**copy.deepcopy(ELSEWHERE), "changes": [surroundings.change_point(1, 200.0, 250.0)]}
    rows = table_rows(section(made(report, surroundings.history(STEP, other)), "Change points").all("table")[0])
    assert [cells(r)[:2] for r in rows] == [["a Example Processor 9000 @ 3.60GHz", "nightly-4 4 October 2026, 09:02 UTC, 040404040404"],
                                           ["a Other Processor", "elsewhere-b 7 October 2026, 09:02 UTC, fedcba987654"]]
    alone = surroundings.history(STEP, machines=[surroundings.MACHINES[0]], baselines=surroundings.history()["baselines"][:5])
    assert [cells(r)[0] for r in table_rows(section(made(report, alone), "Change points").all("table")[0])] == ["a"]


def test_a_change_point_leads_to_its_benchmark_where_the_result_has_it(report: Callable[..., Path]) -> None:
    gone = {**copy.deepcopy(STEP), "name": "long gone"}
    content = documents.document(M("a"), history=surroundings.history(STEP, gone))
    out = report(content)
    rows = table_rows(section(pages.read(out / "pages/history.html"), "Change points").all("table")[0])
    assert [bool(r.all("a")) for r in rows] == [True, False] and cells(rows[1])[0].startswith("long gone")
    assert pages.read(out / "pages" / rows[0].all("a")[0].attributes["href"]).all("h1")[0].text() == "a"


@pytest.mark.parametrize("lengths, said", [([4, 2], "None was found: a trend needs 5 points."), ([5, 2], "None was found."), ([], "None was found: a trend needs 5 points.")])
def test_where_no_change_point_was_found_the_page_says_so_and_whether_one_could_be(
        report: Callable[..., Path], lengths: list[int], said: str) -> None:
    trends = [surroundings.trend(f"t{i}", [100.0] * n) for i, n in enumerate(lengths)]
    assert words(section(made(report, surroundings.history(*trends)), "Change points").all("p")[0]) == said


# --- trends -------------------------------------------------------------------------------------

def picture(name: str) -> svg.Picture:
    return svg.Picture(f"trend-{name}.svg", f"trend {name}", 10, 10, "<svg/>")


def test_trends_of_benchmarks_that_the_result_lacks_are_shown_without_a_link(tmp_path: Path) -> None:
    result = load.load(documents.save(tmp_path / "r.json", documents.document(history=surroundings.history(
        surroundings.trend("gone", [1.0, 2.0, 3.0]), surroundings.trend("gone", [5.0, 6.0], machine=1, baselines=[5, 6])))))
    files = site.render(result, (), tuple((trend, picture(str(i))) for i, trend in enumerate(result.history.trends)))
    (tmp_path / "h.html").write_text(files["pages/history.html"], encoding="utf-8")
    cards = section(pages.read(tmp_path / "h.html"), "Trends").all("div", class_="card")
    assert [words(c) for c in cards] == ["gone Example Processor 9000 @ 3.60GHz 3 points.", "gone Other Processor 2 points."]
    assert not any(c.all("a") for c in cards)
    assert [i.attributes["src"] for c in cards for i in c.all("img")] == ["../plots/trend-0.svg", "../plots/trend-1.svg"]


def test_trends_of_different_machines_and_suites_are_never_joined(report: Callable[..., Path]) -> None:
    other_suite = surroundings.trend("a", [7.0, 8.0, 9.0], suite="other_suite")
    out = report(documents.document(M("a"), M("a", suite="other_suite"), history=surroundings.history(STEP, ELSEWHERE, other_suite)))
    cards = section(pages.read(out / "pages/history.html"), "Trends").all("div", class_="card")
    assert [words(c.all("figcaption")[0]) for c in cards] == ["5 points.", "2 points.", "3 points."]
    assert [words(c.all("h3")[0]) for c in cards] == ["a Example Processor 9000 @ 3.60GHz", "a Other Processor", "a Example Processor 9000 @ 3.60GHz"]
    assert len({p for c in cards for p in pages.pictures(out, c)}) == 3
    links = [c.all("a")[0].attributes["href"] for c in cards]
    assert links[0] == links[1] != links[2]


def test_a_benchmarks_page_shows_its_own_trends_and_names_their_machines(report: Callable[..., Path]) -> None:
    out = report(documents.document(M("a"), M("b"), history=surroundings.history(STEP, ELSEWHERE)))
    part = section(pages.benchmark(out, "a"), "History")
    assert [words(c) for c in part.all("figcaption")] == [f"{m['cpu_model']}: all saved baselines in the order of their recorded time."
                                                         for m in surroundings.MACHINES]
    assert "History" not in [words(h) for h in pages.benchmark(out, "b").all("h2")]


def test_texts_of_the_history_are_text_and_never_markup(report: Callable[..., Path]) -> None:
    history = surroundings.history({**copy.deepcopy(STEP), "name": NASTY}, {**copy.deepcopy(STEP), "name": "n" * 300}, method=NASTY,
                                   left_out=[{"file": NASTY, "reason": NASTY}])
    for m in history["machines"]:
        m.update(cpu_model=NASTY, architecture=NASTY)
    for b in history["baselines"]:
        b.update(name=NASTY, commit=NASTY)
    page = made(report, history, M("a"), M(NASTY))
    assert not page.all("b") and not page.all("i") and len(page.all("script")) == 1
    assert section(page, "Baselines").text().count(NASTY) == 6 + 2 * 7 + 2  # names but of this result, machines, what was left out


@pytest.mark.parametrize("change, said", [
    (lambda h: h["baselines"][0].update(machine=2), "`vbench.history.baselines[0].machine` is 2, but there is no such machine."),
    (lambda h: h["trends"][0].update(machine=2), "`vbench.history.trends[0].machine` is 2, but there is no such machine."),
    (lambda h: h["trends"][0]["points"][1].update(baseline=7), "`vbench.history.trends[0].points[1].baseline` is 7, but there is no such baseline."),
    (lambda h: h["trends"][0]["changes"][0].update(point=5), "`vbench.history.trends[0].changes[0].point` is 5, but there is no such point."),
    (lambda h: h.update(least_points=1), "`vbench.history.least_points` is 1, but must be at least 2")])
def test_a_history_that_leads_nowhere_is_refused(tmp_path: Path, change: Any, said: str) -> None:
    history = copy.deepcopy(surroundings.history(STEP))
    change(history)
    with pytest.raises(load.LoadError) as error:
        load.load(documents.save(tmp_path / "r.json", documents.document(M("a"), history=history)))
    assert said in str(error.value)
