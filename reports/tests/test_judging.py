"""What the pages say of how a comparison was judged: level, noise floor, gate, each row, and latencies."""
from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any, Callable

import pytest

import documents
import documents_paired
import documents_sequential
import pages
from documents import NASTY
from pages import name_of, pictures, rows, section, values, words
from test_comparison_pages import texts
from vbench_report import load
from vbench_report.pictures import svg

sequential = documents_sequential


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One report of a whole comparison, for the tests that only read it."""
    from vbench_report.__main__ import main

    place = tmp_path_factory.mktemp("sequential")
    source = documents.save(place / "r.json", documents_sequential.engine())
    assert main([str(source), "--out", str(place / "out")]) == 0
    return place / "out"


@pytest.fixture(scope="module")
def page(folder: Path) -> pages.Element:
    return pages.read(folder / "index.html")


@pytest.fixture(scope="module")
def whole(folder: Path) -> pages.Element:
    return pages.whole(folder)


@pytest.fixture(scope="module")
def comparison() -> Any:
    return documents_sequential.engine()["vbench"]["comparison"]


def row(verdict: str = "inconclusive", **more: Any) -> dict[str, Any]:
    return sequential.row("a", verdict, **{"cycles": 4, **more})


def made(report: Callable[..., Path], *of: dict[str, Any], **changes: Any) -> pages.Element:
    """The index."""
    return pages.read(report(sequential.compared(of or (row(),), **changes)) / "index.html")


def made_page(report: Callable[..., Path], *of: dict[str, Any], **changes: Any) -> pages.Element:
    """The page of its benchmark "a"."""
    return pages.benchmark(report(sequential.compared(of or (row(),), **changes)), "a")


def reached(page: pages.Element) -> list[str]:
    return [words(line) for line in page.all("div", class_="reached")[0].all("li")]


# --- figures ------------------------------------------------------------------------------------

def test_each_page_has_its_own_level_p_value_and_plain_interval(whole: pages.Element, comparison: Any) -> None:
    for c in comparison["rows"]:
        expected = [c["level_percent"], c["p_value"], c["change_low_95_percent"], c["change_high_95_percent"]]
        shown = section(whole, c["name"]).all("div", class_="reached")[0].all("dl")[0]
        assert values(shown) == [v for v in expected if v is not None]
        assert [words(t) for t in shown.all("dt")] == [label for label, value in zip(
            ("its share of the run’s level", "p-value", "plain 95 % interval"), expected) if value is not None]


def test_each_page_says_in_how_much_time_it_was_measured_and_the_row_whether_time_was_up(
        page: pages.Element, whole: pages.Element, comparison: Any) -> None:
    for c in comparison["rows"]:
        lines = section(whole, c["name"]).all("div", class_="reached")[0].all("li")
        assert values(lines[0]) == [c["cycles"], c["timed_s"], c["looks_taken"], c["looks"]]
        layouts = next(li for li in lines if "layouts of each side" in words(li) or "One layout only" in words(li))
        assert values(layouts) == ([c["layouts"]] if c["layouts"] > 1 else [])
        verdict = pages.row_of(page, c["name"]).all("td", class_="verdict")[0]
        assert ("time was up" in words(verdict)) == (c["stopped"] == "time_cap")


def test_each_quantile_has_its_own_figures_and_verdict_or_its_reason(whole: pages.Element, comparison: Any) -> None:
    for c in comparison["rows"]:
        tables = section(whole, c["name"]).all("table", class_="quantiles")
        assert len(tables) == bool(c["quantiles"])
        for line, q in zip(tables[0].all("tbody")[0].all("tr") if tables else (), c["quantiles"]):
            assert line.all("th")[0].text() == {0.5: "p50", 0.99: "p99", 0.999: "p99.9"}[q["quantile"]]
            if "reason" in q:
                assert [words(cell) for cell in line.all("td")] == ["too few samples"]
                continue
            assert values(line) == [q[k] for k in ("old_ns", "new_ns", "change_percent", "change_low_percent", "change_high_percent")]
            assert words(line.all("td")[-1]) == q["verdict"]
            assert ("badge" in line.all("strong")[0].attributes["class"]) == (q["verdict"] == "regressed")


def test_each_limit_has_its_own_figures_and_verdict(whole: pages.Element, comparison: Any) -> None:
    for c in comparison["rows"]:
        found = section(whole, c["name"]).all("p", class_="limit")
        assert len(found) == bool(c["p99_limit"])
        if c["p99_limit"]:
            assert values(found[0]) == [c["p99_limit"][k] for k in ("limit_ns", "p99_ns", "p99_low_ns", "p99_high_ns")
                                        if c["p99_limit"][k] is not None]
            assert words(found[0]).startswith(f"p99 limit {c['p99_limit']['verdict']} ")


# --- top ----------------------------------------------------------------------------------------

def test_the_headline_names_slower_latencies_and_exceeded_limits(page: pages.Element) -> None:
    said = words(page.all("p", class_="outcome")[0])
    assert said.startswith("1 failed on the new side; 1 exceeds its p99 limit: ring_spsc_cross_thread; 2 got slower, most of all ")
    assert "; 2 have slower latencies, most of all ring_spsc_cross_thread (p99 by 33.5 %); 1 got faster: " in said
    assert ", 2 with slower latencies, " in words(page.all("title")[0])


def test_slower_latencies_are_told_where_no_time_got_slower(report: Callable[..., Path]) -> None:
    tail = row("equivalent", quantiles=[sequential.quantile(0.99, "regressed", 50.0, 12.5, 8.0, 17.0),
                                        sequential.quantile(0.999, "regressed", 90.0, 25.0, 18.0, 32.0)])
    assert words(made(report, tail).all("p", class_="outcome")[0]) == (
        "No benchmark is surely slower or faster; 1 has slower latencies: a (p99.9 by 25.0 %); 1 is as fast as before, within its tolerance.")


def test_the_run_has_one_level_for_all_its_statements(report: Callable[..., Path]) -> None:
    found = made(report, level_percent=0.5, hypotheses=40)
    said = words(found.all("p", class_="level")[0])
    assert said.startswith("If nothing had changed, at most 0.5 % of runs like this one would name any change: that level holds for the "
                           "whole run, for its 40 statements together.")
    assert "99 %" not in words(found.all("main")[0])
    assert "for its 1 statement together." in words(made(report, hypotheses=1).all("p", class_="level")[0])


@pytest.mark.parametrize("floor, said", [
    (sequential.floor(0.125, -0.25, 0.5, pairs=24), "Noise floor: old differed from itself by +0.12 % (−0.25 to +0.50 %) in 24 pairs, too little "
                                                    "to be called a change."),
    (None, "There is no noise floor: old was not measured against itself, or in too few pairs."),
    (sequential.floor(None, None, None, pairs=1), "There is no noise floor: old was not measured against itself, or in too few pairs.")])
def test_the_noise_floor_is_one_sentence(report: Callable[..., Path], floor: Any, said: str) -> None:
    found = made(report, noise_floor=floor)
    assert words(found.all("p", class_="level")[0]).endswith(said) and not found.all("div", class_="floor-alert")


def test_an_exceeded_noise_floor_is_a_banner_and_takes_back_every_verdict(report: Callable[..., Path]) -> None:
    found = made(report, row(visible_percent=3.5), noise_floor=sequential.floor(0.75, 0.5, 1.0, True))
    banner = found.all("div", class_="floor-alert")[0]
    assert words(banner).startswith("No verdict of this run counts. Noise floor: old differed from itself by +0.75 % (+0.50 to +1.00 %) in "
                                    "96 pairs. Nothing has changed there,")
    assert values(banner) == [0.75, 0.5, 1.0, 96]
    assert words(found.all("p", class_="outcome")[0]) == "No verdict of this run counts, because old differs from itself."
    assert "It does not count: in this run, old differs from itself." in reached(
        made_page(report, row(visible_percent=3.5), noise_floor=sequential.floor(0.75, 0.5, 1.0, True)))
    assert "would show" not in words(found.all("table", class_="changes")[0])


REGRESSED = {"old_ns": 100.0, "percent": 10.0, "change_low_percent": 4.0, "change_high_percent": 16.0}


@pytest.mark.parametrize("gate, said", [
    (sequential.gate(False), "Its verdicts do not make this comparison fail. That would take a regression, or an exceeded limit."),
    (sequential.gate(True), "Its verdicts make this comparison fail: 1 regression, 2 regressed quantiles, 1 exceeded limit."),
    (sequential.gate(True, 5.0), "Its verdicts make this comparison fail: 1 regressed quantile, 1 exceeded limit. It was asked to for a regression "
                                 "whose whole interval lies above +5.00 %, or an exceeded limit."),
    (sequential.gate(True, 0.0, True), "Its verdicts make this comparison fail: 1 regression, 2 regressed quantiles, 1 exceeded limit, 1 inconclusive. "
                                       "It was asked to for a regression, an exceeded limit, or a benchmark that stays inconclusive."),
    (sequential.gate(False, 50.0, True), "Its verdicts do not make this comparison fail. That would take a regression whose whole interval lies "
                                         "above +50.0 %, an exceeded limit, or a benchmark that stays inconclusive.")])
def test_the_gate_says_whether_the_comparison_fails_and_why(report: Callable[..., Path], gate: Any, said: str) -> None:
    slower = row("regressed", **REGRESSED, p99_limit=sequential.limit("exceeded", 90.0, 99.0, 95.0, 103.0),
                 quantiles=[sequential.quantile(0.99, "regressed", 50.0, 12.5, 8.0, 17.0), sequential.quantile(0.5, "regressed", 50.0, 3.0, 2.0, 4.0)])
    found = made(report, slower, sequential.row("b", "inconclusive", cycles=4), gate=gate)
    assert words(found.all("p", class_="gate")[0]) == said


def test_the_top_has_a_short_explanation_for_everybody(page: pages.Element) -> None:
    short = page.all("details", class_="short")[0]
    assert words(short.all("summary")[0]) == "How to read this, in short" and "open" not in short.attributes
    assert values(short) == [0.25, 1.0, 1.0]  # least change, tolerance, level
    for part in ("Regressed, improved:", "Equivalent:", "Inconclusive is not “no change”", "--max-budget", "How sure?"):
        assert part in words(short)


# --- a row --------------------------------------------------------------------------------------

@pytest.mark.parametrize("stopped, said", [
    ("decided", "because it was decided."), ("budget", "because its longest time (--max-budget) was used"),
    ("hopeless", "because more time would hardly have helped"), ("time_cap", "because the run’s time was up")])
def test_a_row_says_after_how_much_it_was_judged_and_why_no_longer(report: Callable[..., Path], stopped: str, said: str) -> None:
    lines = reached(made_page(report, row(stopped=stopped, timed_s=2.0625, looks=5, looks_taken=1)))
    assert lines[0] == "Judged after 4 cycles of four pairs each, 2.1 s of timed blocks; 1 of 5 planned looks taken."
    assert [said in line for line in lines if "Measuring stopped" in line] == [True]


@pytest.mark.parametrize("estimator, said", [
    ("groups", "The interval over groups of layouts counts"), ("pairs", "The interval over pairs of processes counts"),
    ("quiet", "The interval in quiet moments counts")])
def test_a_row_says_which_interval_counts_and_why(report: Callable[..., Path], estimator: str, said: str) -> None:
    lines = [line for line in reached(made_page(report, row(estimator=estimator))) if "counts" in line]
    assert len(lines) == 1 and lines[0].startswith(f"{said}, the narrowest of three that agree: ")


@pytest.mark.parametrize("estimator, said", [
    ("groups", "The interval over cycles counts"), ("pairs", "The interval over pairs of processes counts"), ("quiet", "The interval in quiet moments counts")])
def test_where_there_is_one_layout_only_the_reason_is_not_what_layouts_do(report: Callable[..., Path], estimator: str, said: str) -> None:
    counts = [line for line in reached(made_page(report, row(estimator=estimator, layouts=1))) if "counts" in line]
    assert len(counts) == 1 and counts[0].startswith(f"{said}, the narrowest of three that agree: ")
    assert "layout" not in counts[0] and "placement" not in counts[0]


def test_a_row_without_an_interval_says_why(report: Callable[..., Path]) -> None:
    found = made_page(report, row(cycles=2, stopped="time_cap", change_low_percent=None, change_high_percent=None, p_value=None))
    lines = reached(found)
    assert "With so few cycles and this share of the level there is no interval." in lines and not any("counts" in line for line in lines)
    assert "plain 95" not in words(found)


@pytest.mark.parametrize("p_value, said", [(0.5, "0.50"), (0.0123, "0.012"), (1e-4, "0.00010"), (9.9e-5, "below 0.0001"), (0.0, "below 0.0001"), (1, "1.0")])
def test_a_p_value_has_two_digits_unless_it_is_tiny(report: Callable[..., Path], p_value: float, said: str) -> None:
    assert [words(d) for d in made_page(report, row(p_value=p_value)).all("div", class_="reached")[0].all("dd")][1] == said


def test_rows_whose_latencies_need_attention_have_badges_in_table_and_page(page: pages.Element, whole: pages.Element) -> None:
    of_name = {name_of(r): r for r in rows(page)}
    expected = {"ring_spsc_cross_thread": ["p99 regressed", "p99 limit exceeded"], "e2e_latency": ["p99.9 regressed"]}
    for name, found in of_name.items():
        assert [words(b) for b in found.all("strong", class_="tail")] == expected.get(name, [])
        assert ("alarming" in found.attributes["class"].split()) == (name in expected)
        badges = [words(b) for b in section(whole, name).all("p", class_="result")[0].all("strong", class_="badge")] if name != "order_book_broken" else []
        assert [b for b in badges if b.startswith("p")] == expected.get(name, [])
    assert words(of_name["e2e_latency"].all("td", class_="verdict")[0]) == "equivalent p99.9 regressed p50 improved"
    assert words(of_name["orderbook_latency"].all("td", class_="verdict")[0]) == "equivalent p99 limit undecided"


@pytest.mark.parametrize("limit, said", [
    (sequential.limit("kept", 90.0, 40.0, 38.0, 42.0), "kept The limit is 90.00 ns; p99 of the new side is 40.00 ns (38.00 ns to 42.00 ns): the whole "
                                                       "interval lies below the limit."),
    (sequential.limit("undecided", 90.0, 91.0, 80.0, 95.0), "undecided The limit is 90.00 ns; p99 of the new side is 91.00 ns (80.00 ns to 95.00 ns): the "
                                                            "limit lies within the interval."),
    (sequential.limit("undecided", 90.0, 91.0), "undecided The limit is 90.00 ns; p99 of the new side is 91.00 ns, without an interval."),
    (sequential.limit("undecided", 90.0, None), "undecided The limit is 90.00 ns; p99 of the new side is not known, for want of samples.")])
def test_a_limit_is_told_with_where_p99_lies(report: Callable[..., Path], limit: Any, said: str) -> None:
    assert words(made_page(report, row(p99_limit=limit)).all("p", class_="limit")[0]) == f"p99 limit {said}"


# --- pictures -----------------------------------------------------------------------------------

def test_cycles_show_the_values_that_the_interval_is_made_of(folder: Path, whole: pages.Element, comparison: Any) -> None:
    for c in comparison["rows"]:
        picture = pictures(folder, section(whole, c["name"]), "cycles")[0]
        shown = texts(picture)
        assert ("quiet moments of a pair" in shown) == (c["estimator"] == "quiet")
        assert ("Short lines are the means of cycles." in words(section(whole, c["name"]))) == (c["estimator"] == "groups")
        lines = re.findall(rf'<path d="([^"]*)"[^>]*stroke="{svg.INK}" stroke-width="1.4"', picture.read_text(encoding="utf-8"))
        assert sum(line.count("M") for line in lines) == (c["cycles"] if c["estimator"] == "groups" else 0)
        assert "99 %" not in " ".join(shown)


def test_quiet_moments_are_drawn_only_where_they_count(tmp_path: Path) -> None:
    for estimator in ("groups", "pairs", "quiet"):
        result = load.load(documents.save(tmp_path / "r.json", sequential.compared([row(estimator=estimator)])))
        pairing = result.comparison.rows[0].pairing  # type: ignore[union-attr]
        assert pairing.judged_percent == (pairing.pairs.quiet_change_percent if estimator == "quiet" else pairing.pairs.change_percent)
        assert pairing.pairs.quiet_change_percent != pairing.pairs.change_percent


@pytest.mark.parametrize("estimator", ["groups", "pairs", "quiet"])
def test_without_quiet_moments_the_pairs_themselves_are_drawn(report: Callable[..., Path], estimator: str) -> None:
    """A coarse clock: the quickest blocks took no time, if only in a pair that does not count."""
    of = row(estimator=estimator, natural_luck=(0.0, 0.01))
    for pairs in (of["pairs"], of["natural"]["pairs"]):
        pairs["quiet_change_percent"] = None
    content = sequential.compared([of])
    folder = report(content)
    pairing = load.load(documents.save(folder.parent / "r.json", content)).comparison.rows[0].pairing  # type: ignore[union-attr]
    assert pairing.pairs.quiet_change_percent is None and pairing.natural.pairs.quiet_change_percent is None
    assert pairing.judged_percent == pairing.pairs.change_percent == tuple(of["pairs"]["change_percent"])
    found = pages.benchmark(folder, "a")
    picture = pictures(folder, found, "cycles")[0]
    assert "quiet moments of a pair" not in texts(picture) and "’s quiet moments" not in words(found)
    assert "Changes of 16 pairs" in picture.read_text(encoding="utf-8")


@pytest.mark.parametrize("changes", [[-100.0] * 16, [0.0] * 15 + [1e9], [0.0] * 16])
def test_any_values_can_be_drawn(report: Callable[..., Path], changes: list[float]) -> None:
    for estimator in ("groups", "quiet"):
        of = row(estimator=estimator)
        of["pairs"].update(change_percent=changes, quiet_change_percent=changes)
        folder = report(sequential.compared([of]), estimator)
        assert "nan" not in next((folder / "plots").glob("cycles-*")).read_text(encoding="utf-8")


# --- hostile, old and wrong documents -----------------------------------------------------------

def test_texts_of_the_judge_are_text_and_never_markup(report: Callable[..., Path]) -> None:
    slow = [sequential.row(NASTY + str(i), "regressed", cycles=4, p99_limit=sequential.limit("exceeded", 9.0, 10.0, 9.5, 10.5),
                           quantiles=[sequential.quantile(0.99, "regressed", 50.0, 12.5, 8.0, 17.0), sequential.unjudged(0.999, NASTY)]) for i in range(4)]
    out = report(sequential.compared(slow, notes=[NASTY]))
    found = pages.whole(out)
    assert not found.all("b") and not found.all("i") and len(found.all("script")) == len(pages.files(out))
    outcome = found.all("p", class_="outcome")[0].text()
    assert outcome.count(NASTY) == 5 and "4 exceed their p99 limits: " in outcome and " and others; " in outcome  # three, and one for each way to be slower
    assert [line.all("td")[0].text() for line in section(found, NASTY + "0").all("table", class_="quantiles")[0].all("tr")[2:]] == [NASTY]


def test_a_result_without_the_judges_keys_is_still_shown(report: Callable[..., Path]) -> None:
    content = documents_paired.compared([documents_paired.judged(documents_paired.measured_pairs("a", cycles=4), "equivalent")])
    out = report(content)
    found = pages.read(out / "index.html")
    assert reached(pages.benchmark(out, "a"))[0] == "4 of 4 planned cycles, four pairs each."
    for part in ("level", "gate", "floor", "floor-alert"):
        assert not found.all("p", class_=part) and not found.all("div", class_=part)
    assert "99 % interval" in words(found.all("table", class_="changes")[0])


def test_an_unpaired_comparison_has_level_and_gate_but_no_noise_floor(report: Callable[..., Path]) -> None:
    content = copy.deepcopy(documents.engine_compared())
    content["vbench"]["comparison"].update(level_percent=1.0, hypotheses=9, tolerance_percent=1.0, gate=sequential.gate(True))
    header = pages.read(report(content) / "index.html").all("main")[0]
    assert "for its 9 statements together." in words(header) and "noise floor" not in words(header).lower()
    assert words(header.all("p", class_="gate")[0]) == "Its verdicts make this comparison fail: 2 regressions."
    assert "The intervals allow for 5 % of such drift" in words(header)


def test_a_quantile_without_verdict_and_reason_is_refused(tmp_path: Path) -> None:
    of = row(quantiles=[sequential.quantile(0.99, "regressed", 50.0, 12.5, 8.0, 17.0)])
    del of["quantiles"][0]["verdict"]
    with pytest.raises(load.LoadError, match=re.escape("`vbench.comparison.rows[0].quantiles[0].verdict` is missing")):
        load.load(documents.save(tmp_path / "r.json", sequential.compared([of])))


def test_quiet_moments_must_be_as_many_as_the_pairs(tmp_path: Path) -> None:
    of = row()
    of["pairs"]["quiet_change_percent"].pop()
    with pytest.raises(load.LoadError, match="must be equally long"):
        load.load(documents.save(tmp_path / "r.json", sequential.compared([of])))


@pytest.mark.parametrize("stopped", ["layouts", "none"])
def test_what_is_no_end_of_measuring_is_refused(tmp_path: Path, stopped: str) -> None:
    with pytest.raises(load.LoadError, match=re.escape("`vbench.comparison.rows[0].stopped`")):
        load.load(documents.save(tmp_path / "r.json", sequential.compared([row(stopped=stopped)])))
