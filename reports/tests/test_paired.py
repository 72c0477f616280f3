"""What the pages say of old and new side by side."""
from __future__ import annotations

import copy
import re
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any, Callable, Optional

import pytest

import documents
import documents_paired
import pages
from documents import NASTY
from pages import pictures, row_of, section, values, words
from test_comparison_pages import texts
from vbench_report import load

judged, measured_pairs = documents_paired.judged, documents_paired.measured_pairs


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One report of a whole comparison, for the tests that only read it."""
    from vbench_report.__main__ import main

    place = tmp_path_factory.mktemp("paired")
    source = documents.save(place / "r.json", documents_paired.engine())
    assert main([str(source), "--out", str(place / "out")]) == 0
    return place / "out"


@pytest.fixture(scope="module")
def page(folder: Path) -> pages.Element:
    return pages.read(folder / "index.html")


@pytest.fixture(scope="module")
def whole(folder: Path) -> pages.Element:
    return pages.whole(folder)


def row(**more: Any) -> dict[str, Any]:
    return judged(measured_pairs("a", **{"cycles": 4, **more}), "inconclusive")


def made(report: Callable[..., Path], *of: dict[str, Any], **changes: Any) -> pages.Element:
    """The index."""
    return pages.read(report(documents_paired.compared(of or (row(),), **changes)) / "index.html")


def made_page(report: Callable[..., Path], of: Any = None) -> pages.Element:
    """The page of its one benchmark."""
    return pages.benchmark(report(documents_paired.compared([of or row()])), "a")


# --- top ----------------------------------------------------------------------------------------

def test_the_top_says_that_the_sides_ran_side_by_side_what_they_are_and_which_fallback_was_taken(page: pages.Element) -> None:
    old, new = page.all("div", class_="side")
    assert words(old).startswith("Old revision v1.3 The revision v1.3 of this repository, built as it was then. commit fedcba987654")
    assert words(new) == ("New suites this build The suites as they stand in build/release/suites. "
                          "commit 0123456789ab, with uncommitted changes")
    assert not page.all("div", class_="unpaired")
    note = page.all("section", class_="about")[0].all("div", class_="paired")[0]
    assert "Old and new ran side by side" in words(note) and "99 % confidence" in words(note)
    assert "One CPU only: vbench shares it with what it measures." in [words(p) for p in note.all("p")]


@pytest.mark.parametrize("old, new", [("archive", "suites"), ("suites", "suites"), ("revision", "variant"), ("baseline", "suites")])
def test_the_sides_are_named_by_what_they_are(report: Callable[..., Path], old: str, new: str) -> None:
    found = made(report, old=documents_paired.side("o", old, "o"), new=documents_paired.side("n", new, "what it is"))
    assert [words(s).split(" commit")[0] for s in found.all("div", class_="side")] == [f"Old {old} o", f"New {new} n what it is"]


def test_one_sentence_tells_the_outcome(page: pages.Element) -> None:
    assert re.fullmatch(
        r"1 failed on the new side; 2 got slower, most of all orderbook_update/bid \(by \d+\.\d %\); 1 got faster: ring_buffer/push_pop/64 \(by \d+\.\d %\); "
        r"for 4 no change could be shown; 1 is as fast as before, within its tolerance; 2 could not be compared\.",
        words(page.all("p", class_="outcome")[0]))


@pytest.mark.parametrize("verdicts, said", [
    ([], "No benchmark has a time on both sides."), (["inconclusive"], "No benchmark is surely slower or faster; for 1 no change could be shown."),
    (["equivalent"] * 2, "No benchmark is surely slower or faster; 2 are as fast as before, within their tolerance."),
    (["improved"], "None got slower; 1 got faster: n0 (by 10.0 %).")])
def test_an_outcome_without_regressions_says_so(report: Callable[..., Path], verdicts: list[str], said: str) -> None:
    of = [judged(measured_pairs(f"n{i}", cycles=1, layouts=1, change_percent=-10.0), v) for i, v in enumerate(verdicts)]
    found = pages.read(report(documents_paired.compared(of)) / "index.html")
    assert words(found.all("p", class_="outcome")[0]) == said


@pytest.mark.parametrize("layouts, said", [
    ([16, 16], "ran in 16 layouts, so that luck"), ([16, 4], "ran in 4 to 16 layouts"),
    ([16, 1], "in up to 16 layouts, so that luck of placement evens out; benchmarks with one layout say so"),
    ([1, 1], "in one layout: luck of placement counts as change.")])
def test_the_top_says_in_how_many_layouts_the_code_ran(report: Callable[..., Path], layouts: list[int], said: str) -> None:
    of = [judged(measured_pairs(f"n{i}", cycles=1, layouts=n), "inconclusive") for i, n in enumerate(layouts)]
    assert said in words(made(report, *of).all("div", class_="paired")[0])


def test_benchmarks_that_moved_together_are_not_blamed_on_the_machine(report: Callable[..., Path]) -> None:
    note = made(report, common_percent=4.5, moved_together=True).all("div", class_="unpaired")[0]
    assert words(note) == ("The 1 benchmarks together have moved by +4.50 % (median). Most likely something that they share has "
                           "changed: look at benchmarks of other code.")


def test_only_builds_are_compared_where_both_were_measured_here(report: Callable[..., Path]) -> None:
    content = documents_paired.compared([row()])
    old = content["vbench"]["comparison"]["old"] = copy.deepcopy(content["vbench"]["comparison"]["old"])
    old["machine"]["kernel"] = "another"
    for run in (old["run"], None):
        old.update(run=run)
        out = report(content)
        found = pages.read(out / "index.html")
        assert not pages.whole(out).all("table", class_="differences")
        assert "both sides were built alike" in words(found.all("div", class_="paired")[0])
        assert ("first measured" in words(found.all("dl", class_="compared-sides")[0])) == (run is not None)
    old["suites"][0]["compiler"] = "Clang 14"
    out = report(content)
    assert [pages.cells(r) for r in pages.table_rows(pages.read(out / "pages/environment.html").all("table", class_="differences")[0])] == [
        ["Compiler", "Clang 14", "GCC 12.2.0"]]
    assert "1 difference in how the two were built: Compiler." in words(pages.read(out / "index.html"))


# --- table and sections -------------------------------------------------------------------------

def test_a_page_says_how_many_cycles_and_layouts_it_has_and_whether_the_benchmark_changed(page: pages.Element, folder: Path) -> None:
    for c in documents_paired.engine()["vbench"]["comparison"]["rows"]:
        article = pages.benchmark(folder, c["name"])
        lines = article.all("div", class_="reached")[0].all("li")
        assert words(lines[0]) == f"{c['cycles']} of {c['cycles_planned']} planned cycles, four pairs each."
        assert values(lines[0]) == [c["cycles"], c["cycles_planned"]]
        assert [values(li) for li in lines if "layouts of each side" in words(li)] == ([[c["layouts"]]] if c["layouts"] > 1 else [])
        assert any("One layout only" in words(li) for li in lines) == (c["layouts"] == 1)
        assert ("benchmark changed" in words(row_of(page, c["name"]))) == c["benchmark_changed"]
        assert ("own code is not the same" in words(article)) == c["benchmark_changed"]


def test_a_row_has_the_times_that_its_change_is_judged_from(page: pages.Element) -> None:
    for c in documents_paired.engine()["vbench"]["comparison"]["rows"]:
        row = row_of(page, c["name"])
        assert [values(row.all("td", data_label=label)[0])[0] for label in ("old", "new", "change")] == [
            c[k] for k in ("old_ns", "new_ns", "change_percent")]


def test_each_placement_stands_in_its_table(folder: Path) -> None:
    tables = [d.all("tbody")[0] for d in pages.read(folder / "pages/layouts.html").all("details", class_="placements")]
    expected = [part for part in documents_paired.engine()["vbench"]["comparison"]["layouts"] if part["functions"]]
    assert len(tables) == len(expected) == 2
    for table, layouts in zip(tables, expected):
        assert [(r.all("th")[0].text(), [int(c.text()) for c in r.all("td")]) for r in table.all("tr")] == [
            (f["name"], f["offsets"]) for f in layouts["functions"]]


def test_a_suite_with_one_layout_has_its_reason_instead_of_a_table(folder: Path) -> None:
    found = [words(p) for p in pages.read(folder / "pages/layouts.html").all("p", class_="one-layout")]
    assert found == [f"bundle_suite, {side} side: one layout. bundle_suite has no recipe, so it cannot be linked again."
                     for side in ("old", "new")]


def reached(page: pages.Element) -> list[str]:
    return [words(i) for i in page.all("div", class_="reached")[0].all("li")]


def test_a_page_tells_how_its_verdict_was_reached(report: Callable[..., Path]) -> None:
    of = row(cycles_planned=8, warm_up_iterations=1000, block_ns=2.5e7, pair_blocks=10, cache_shared_percent=7.25,
             change_low_percent=-1.5, change_high_percent=2.5)
    meaning = ("The interval is −1.50 to +2.50 %: it neither lies wholly on one side of zero with a change of at least 0.25 %, nor within the "
               "benchmark’s tolerance. That is inconclusive.")
    assert reached(made_page(report, of)) == [
        "4 of 8 planned cycles, four pairs each.",
        "A pair timed 10 blocks of each side in turn, about 25.00 ms long, after 1 000 untimed iterations each.",
        "Taking turns costs this benchmark about 7.2 %: old and new share the caches, and alone either is faster.",
        "16 layouts of each side.", meaning]
    assert reached(made_page(report, row(change_low_percent=-1.5, change_high_percent=2.5))) == [
        "4 of 4 planned cycles, four pairs each.", "A pair timed 30 blocks of each side in turn, about 1.000 ms long, without warm-up.",
        "16 layouts of each side.", meaning]


# --- luck of placement --------------------------------------------------------------------------

def natural(change: tuple[float, Optional[float], Optional[float]],
            excess: tuple[Optional[float], Optional[float], Optional[float]], **judged: bool) -> dict[str, Any]:
    found = measured_pairs("a", cycles=4, natural_luck=(0.0, 0.0))["natural"]
    found.update(zip(("change_percent", "change_low_percent", "change_high_percent"), change))
    found.update(zip(("excess_percent", "excess_low_percent", "excess_high_percent"), excess))
    for name in ("misleading", "off_average"):
        del found[name]
    return {**found, **judged}


LINK, SLOWER, FASTER = "One link of each side would have said", "slower than its average layout", "faster than its average layout"
NOTHING = (None, None, None)


@pytest.mark.parametrize("change, excess, judged_as, said", [
    ((15.0, 14.0, 16.0), (12.0, 8.0, 16.0), {"misleading": True, "off_average": True}, {LINK, SLOWER}),
    ((-9.0, -10.0, -8.0), (-7.0, -8.0, -6.0), {"misleading": True, "off_average": True}, {LINK, FASTER}),
    ((15.0, 14.0, 16.0), (12.0, 8.0, 16.0), {"misleading": False, "off_average": False}, set()),
    ((5.0, 2.0, 8.0), (3.0, 1.0, 5.0), {"misleading": False, "off_average": True}, {SLOWER}),
    ((4.0, 2.25, 5.75), (1.0, -1.0, 3.0), {"misleading": True, "off_average": False}, {LINK}),
    ((50.0, 49.0, 51.0), (50.0, 49.0, 51.0), {}, set()), (NOTHING, NOTHING, {}, set())])
def test_luck_of_placement_is_told_as_the_result_has_judged_it(
        report: Callable[..., Path], change: Any, excess: Any, judged_as: dict[str, bool], said: set[str]) -> None:
    of = row(change_percent=2.0, change_low_percent=1.5, change_high_percent=2.5, natural=natural(change, excess, **judged_as))
    article = made_page(report, of)
    told = words(article.all("p", class_="luck")[0]) if said else ""
    assert {part for part in (LINK, SLOWER, FASTER) if part in told} == said
    assert bool(article.all("p", class_="luck")) == bool(said)
    assert LINK not in said or "instead of +2.00 %: the difference is luck of placement." in told
    figures = [v for v in (*change, *excess) if v is not None]
    assert [v for part in article.all("section", class_="reached") for v in values(part)] == figures


def test_without_links_as_built_the_page_says_nothing_of_them(report: Callable[..., Path]) -> None:
    folder = report(documents_paired.compared([row()]))
    article = pages.benchmark(folder, "a")
    assert not article.all("section", class_="reached") and not article.all("p", class_="luck")
    assert "the link as built" not in texts(pictures(folder, article, "layouts")[0])


# --- pictures -----------------------------------------------------------------------------------

def test_cycles_and_layouts_are_drawn_for_each_row(folder: Path, whole: pages.Element) -> None:
    for c in documents_paired.engine()["vbench"]["comparison"]["rows"]:
        article = section(whole, c["name"])
        cycles, layouts = (pictures(folder, article, kind) for kind in ("cycles", "layouts"))
        assert len(cycles) == 1 and len(layouts) == (c["layouts"] > 1) and len(pictures(folder, article, "distribution")) == 1
        assert f"Changes of {len(c['pairs']['cycle'])} pairs in the order measured" in xml.parse(cycles[0]).getroot().find("{*}desc").text
        if layouts:
            assert "Old: " in xml.parse(layouts[0]).getroot().find("{*}desc").text
            assert ("the link as built" in texts(layouts[0])) == (c["natural"] is not None)


def test_one_layout_has_no_picture_of_layouts_but_its_reason(report: Callable[..., Path]) -> None:
    article = made_page(report, row(layouts=1, layout_reason="No <recipe>."))
    assert not any("plots/layouts" in i.attributes["src"] for i in article.all("img"))
    assert "One layout only: No <recipe>." in reached(article)


def test_one_cycle_has_no_interval_and_still_its_pictures(report: Callable[..., Path]) -> None:
    folder = report(documents_paired.compared([row(cycles=1, cycles_planned=8)]))
    article = pages.benchmark(folder, "a")
    assert "estimate, without an interval" in texts(pictures(folder, article, "cycles")[0])
    assert "no interval" in words(article) and "from cycle to cycle would be drift" not in words(article)


def test_pairs_of_an_unfinished_cycle_are_hollow(report: Callable[..., Path]) -> None:
    finished = report(documents_paired.compared([row()]), "one")
    unfinished = report(documents_paired.compared([{**row(), "cycles": 3}]), "two")
    shown = [texts(next((f / "plots").glob("cycles-*"))) for f in (finished, unfinished)]
    assert ["hollow: unfinished" in s for s in shown] == [False, True]


@pytest.mark.parametrize("old, new, change", [
    ([5.0] * 16, [5.0] * 16, [0.0] * 16), ([0.0] * 16, [0.0] * 16, [0.0] * 16), ([1.0] * 16, [1e9] * 16, [1e11] * 16),
    ([5.0] * 16, [5.0] * 15 + [5e6], [0.01 * i for i in range(15)] + [1e8]), ([1e-3] * 16, [2e-3] * 16, [100.0] * 16)])
def test_any_pairs_can_be_drawn(report: Callable[..., Path], old: Any, new: Any, change: Any) -> None:
    of = row(natural_luck=(0.0, 0.0))
    of["pairs"].update(old_ns=old, new_ns=new, change_percent=change)
    folder = report(documents_paired.compared([of], sides=[documents_paired.sides_of(row())]))
    for picture in (folder / "plots").glob("*.svg"):
        assert "nan" not in picture.read_text(encoding="utf-8")
        assert xml.parse(picture).getroot().find("{*}desc").text


def test_sides_with_different_numbers_of_layouts_can_be_drawn(report: Callable[..., Path]) -> None:
    of = row(natural_luck=(0.0, 0.0))
    of["pairs"]["old_layout"] = [-1] * 16
    folder = report(documents_paired.compared([of]))
    assert "Old: as built from" in xml.parse(next((folder / "plots").glob("layouts-*"))).getroot().find("{*}desc").text


# --- what must hold of every page ---------------------------------------------------------------

def test_texts_of_a_paired_comparison_are_text_and_never_markup(report: Callable[..., Path]) -> None:
    of = judged(measured_pairs(NASTY, cycles=4, natural_luck=(0.05, -0.3), layout_reason=NASTY), "regressed")
    sides = {"name": NASTY, "text": NASTY}
    content = documents_paired.compared(
        [of], notes=[NASTY], method=NASTY, old={**documents_paired.OLD, **sides}, new={"kind": "variant", "name": NASTY, "text": NASTY + "2"},
        layouts=[documents_paired.placements("old", NASTY, [NASTY], reason=NASTY), documents_paired.placements("new", NASTY, [], 1, NASTY)],
        not_compared=[documents.left_out(NASTY + "r", reason, NASTY) for reason in ("added", "removed", "failed", "failed_then")])
    out = report(content)
    found = pages.whole(out)
    assert not found.all("b") and not found.all("i") and len(found.all("script")) == len(pages.files(out))
    assert found.all("dl", class_="compared-sides")[0].text().count(NASTY) == 3
    assert found.all("details", class_="placements")[0].all("tbody")[0].all("th")[0].text() == NASTY
    for picture in (out / "plots").glob("*.svg"):
        assert re.fullmatch(r"[a-z0-9-]+\.svg", picture.name) and xml.parse(picture).getroot() is not None


def test_an_unpaired_page_has_nothing_of_a_paired_one(report: Callable[..., Path]) -> None:
    for path in pages.files(report(documents.engine_compared())):
        text = path.read_text(encoding="utf-8").replace("the way its code happens to be laid out", "").replace(
            "a comparison side by side measures old against itself", "")
        for part in ("ran side by side", " layouts", "cycles", 'class="paired', "Four pairs"):
            assert part not in text, (path.name, part)


# --- documents that are wrong -------------------------------------------------------------------

def _wrong(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    content = copy.deepcopy(documents_paired.compared([row(natural_luck=(0.0, 0.0))], layouts=[
        documents_paired.placements("old", "s", ["f"])]))
    change(content["vbench"]["comparison"])
    return content


@pytest.mark.parametrize("change, said", [
    (lambda c: c.pop("new"), "`vbench.comparison.new` is missing."),
    (lambda c: c["old"].pop("kind"), "`vbench.comparison.old.kind` is missing"),
    (lambda c: c["rows"][0].pop("pairs"), "`vbench.comparison.rows[0].pairs` is missing"),
    (lambda c: c["rows"][0]["pairs"]["old_ns"].pop(), "the arrays of `vbench.comparison.rows[0].pairs` must be equally long."),
    (lambda c: c["rows"][0]["natural"]["pairs"]["cycle"].append(1), "`vbench.comparison.rows[0].natural.pairs` must be equally long"),
    (lambda c: c["layouts"][0]["functions"][0]["offsets"].pop(),
     "`vbench.comparison.layouts[0].functions[0].offsets` has 15 numbers, but must have one for each of the 16 layouts."),
    (lambda c: c["rows"][0]["pairs"]["old_layout"].__setitem__(0, -2), "old_layout[0]` is -2, but must be at least -1"),
    (lambda c: c.update(paired=False), "`vbench.comparison.drift_percent` is null, but must be a number."),
    (lambda c: (c.update(paired=False, drift_percent=5.0), c["old"].update(run=None)), "`vbench.comparison.old.run` is null")])
def test_a_paired_document_that_lacks_something_is_told_what(tmp_path: Path, change: Any, said: str) -> None:
    with pytest.raises(load.LoadError) as error:
        load.load(documents.save(tmp_path / "r.json", _wrong(change)))
    assert said in str(error.value)
