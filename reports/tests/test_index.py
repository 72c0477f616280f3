"""The index of a run without a comparison: the sentence on top, what makes figures doubtful, and a row for each benchmark."""
from __future__ import annotations

import copy
import json
import time
from pathlib import Path
from typing import Any, Callable

import pytest

import documents
import documents_surroundings
import pages
from pages import cells, name_of, row_of, rows, values, words

M = documents.measured


def index_of(report: Callable[..., Path], *benchmarks: dict[str, Any], **changes: Any) -> pages.Element:
    return pages.read(report(documents.document(*benchmarks, **changes)) / "index.html")


# --- top ----------------------------------------------------------------------------------------

def test_the_headline_counts_what_was_measured_and_what_failed(engine_report: Path) -> None:
    page = pages.read(engine_report / "index.html")
    assert [page.all("h1")[0].text(), page.all("title")[0].text()] == [
        "13 benchmarks measured, 1 failed", "13 benchmarks measured, 1 failed – Velox Bench"]
    lede = words(page.all("p", class_="lede")[0])
    for part in ("Example Processor 9000", "8 CPUs", "0123456789ab", "21 November 2026, 11:14 UTC"):
        assert part in lede


@pytest.mark.parametrize("quota, said", [(0.5, "8 CPUs with a quota of 0.5"), (1000, "8 CPUs with a quota of 1000"), (None, "8 CPUs")])
def test_a_quota_of_the_cpus_stands_beside_their_number(report: Callable[..., Path], quota: Any, said: str) -> None:
    content = documents.document(M("a"))
    content["vbench"]["machine"]["cpu_quota"] = quota
    out = report(content)
    assert f"({said}), commit" in words(pages.read(out / "index.html").all("p", class_="lede")[0])
    assert f"{said}, x86_64" in words(pages.read(out / "pages/environment.html").all("dl", class_="facts")[0])


def test_a_date_that_is_none_is_printed_as_it_is(report: Callable[..., Path]) -> None:
    content = documents.document()
    content["vbench"]["run"]["started"] = "2026-99-99T11:14:03Z"
    assert "2026-99-99T11:14:03Z" in words(pages.read(report(content) / "index.html").all("p", class_="lede")[0])


def test_what_makes_times_doubtful_is_said_above_the_table(report: Callable[..., Path]) -> None:
    content = documents.document(M("a", restarts=2), source={"commit": None, "dirty": None})
    content["context"].update(cpu_scaling_enabled=True)
    content["vbench"]["suites"][0].update(optimised="no", optimisation_evidence="CMake's flags say -O0")
    text = words(pages.read(report(content) / "index.html").all("main")[0])
    top = text[:text.index("0 failed")]
    for part in ("The suite engine_suite is not optimised (CMake's flags say -O0)", "frequency scaling", "restarted for a", "no commit recorded"):
        assert part in top


def test_each_suite_that_is_not_known_to_be_optimised_is_named_at_the_top(report: Callable[..., Path]) -> None:
    content = documents.document(*(M(name, suite=name) for name in ("sure", "unsure", "slow")))
    for suite, state in zip(content["vbench"]["suites"], ("yes", "unknown", "no")):
        suite.update(name=f"<{suite['name']}>", optimised=state, optimisation_evidence=f"<because {state}>")
    notes = [words(n) for n in pages.read(report(content) / "index.html").all("ul", class_="notes")[0].all("li")]
    assert notes == ["Whether the suite <unsure> is optimised is unknown (<because unknown>).",
                     "The suite <slow> is not optimised (<because no>): its times say nothing about a release build."]


def test_restarts_of_many_benchmarks_name_five(report: Callable[..., Path]) -> None:
    page = index_of(report, *(M(f"b{i}", restarts=1) for i in range(7)))
    assert "Workers were restarted for b0, b1, b2, b3, b4 and others." in words(page.all("ul", class_="notes")[0])


def test_what_else_was_running_is_told_with_what_it_does(report: Callable[..., Path]) -> None:
    page = index_of(report, M("a"), findings=list(documents_surroundings.DISTURBED))
    assert words(page.all("ul", class_="notes")[0]) == (
        "The machine was not quiet. Another program keeps a CPU busy. Times scatter.")
    assert not index_of(report, M("a"), findings=list(documents_surroundings.QUIET)).all("ul", class_="notes")


# --- rows ---------------------------------------------------------------------------------------

def test_every_benchmark_has_a_row_that_links_to_its_page(engine_report: Path) -> None:
    found = rows(pages.read(engine_report / "index.html"))
    assert sorted(map(name_of, found)) == sorted(b["name"] for b in documents.engine()["vbench"]["benchmarks"])
    for row in found:
        page = pages.read(engine_report / row.all("a")[0].attributes["href"])
        assert page.all("h1")[0].text() == name_of(row) == row.attributes["data-name"]
        assert page.all("title")[0].text() == f"{name_of(row)} – Velox Bench"


def test_failed_rows_go_first_and_all_others_stay_in_the_results_order(engine_report: Path) -> None:
    of = documents.engine()["vbench"]["benchmarks"]
    assert [name_of(r) for r in rows(pages.read(engine_report / "index.html"))] == [
        *(b["name"] for b in of if b["status"] == "error"), *(b["name"] for b in of if b["status"] == "ok")]


def test_a_row_has_the_estimate_its_interval_the_items_and_the_throughput(engine_report: Path) -> None:
    page = pages.read(engine_report / "index.html")
    for b in documents.engine()["vbench"]["benchmarks"]:
        if b["status"] != "ok":
            continue
        expected = [b["time"][k] for k in ("estimate_ns", "low_ns", "high_ns") if b["time"][k] is not None]
        expected += [b["item_time_ns"]] if b.get("items_per_iteration", 1) > 1 else []
        expected += [b[k] for k in ("items_per_sec", "bytes_per_sec") if k in b]
        row = row_of(page, b["name"])
        assert values(row) == expected
        assert float(row.attributes["data-time"]) == b["time"]["estimate_ns"]
        assert b["time"]["low_ns"] is not None or "no interval" in cells(row)


def test_a_failed_benchmark_is_a_row_with_the_word_failed_and_the_reason(report: Callable[..., Path]) -> None:
    page = index_of(report, M("g/a"), documents.failed("g/b", "setup said: no memory <1>"))
    row = page.all("tr", class_="failed")[0]
    assert row.all("strong")[0].text() == "failed" and "setup said: no memory <1>" in row.text()
    assert row.attributes["data-verdict"] == "failed" and "failed" in page.all("h1")[0].text()


def test_an_item_has_its_own_time_beside_the_total(report: Callable[..., Path]) -> None:
    b = M("bulk", around_ns=4e6, iterations=3, items=1e6)
    shown = values(rows(index_of(report, b))[0])
    assert b["time"]["estimate_ns"] in shown and b["item_time_ns"] in shown and b["items_per_sec"] in shown


def test_a_benchmark_with_a_warning_has_a_mark_in_the_table_that_leads_to_it(report: Callable[..., Path]) -> None:
    hot, calm = M("hot"), M("calm")
    hot["warnings"] = ["its threads share CPUs"]
    page = index_of(report, hot, calm)
    assert len(row_of(page, "calm").all("a")) == 1
    links = row_of(page, "hot").all("a")
    assert [a.attributes["href"] for a in links] == [links[0].attributes["href"]] * 2
    assert links[1].attributes["aria-label"] == links[1].attributes["title"] == "Has a warning: see its page"


def test_a_suite_stands_beside_a_name_only_where_several_suites_have_it(report: Callable[..., Path]) -> None:
    found = rows(index_of(report, M("a", suite="one"), M("a", suite="two"), M("b", suite="two")))
    assert [words(r.all("th")[0]) for r in found] == ["a one", "a two", "b"]


def test_the_chips_count_what_failed_and_what_was_measured(engine_report: Path) -> None:
    page = pages.read(engine_report / "index.html")
    chips = page.all("button", class_="chip")
    assert [(words(c), "disabled" in c.attributes, c.attributes["aria-pressed"]) for c in chips] == [
        ("1 failed", False, "false"), ("13 measured", False, "false")]
    for chip in chips:
        of_it = [r for r in rows(page) if r.attributes["data-verdict"] == chip.attributes["data-verdict"]]
        assert str(len(of_it)) == chip.all("strong")[0].text()
    assert words(page.all("output", id="shown")[0]) == "14 of 14 shown"


def test_the_choice_of_groups_has_each_group_and_its_rows(engine_report: Path) -> None:
    page = pages.read(engine_report / "index.html")
    of_group: dict[str, list[str]] = {}
    for b in documents.engine()["vbench"]["benchmarks"]:
        of_group.setdefault(b["group"], []).append(b["name"])
    options = page.all("select", id="group")[0].all("option")[1:]
    assert [words(o) for o in options] == list(of_group)
    for option in options:
        members = [name_of(r) for r in rows(page) if r.attributes["data-group"] == option.attributes["value"]]
        assert sorted(members) == sorted(of_group[words(option)])


def test_groups_of_several_benchmarks_have_a_link_that_says_what_they_hold(engine_report: Path) -> None:
    found = [words(li) for li in pages.read(engine_report / "index.html").all("ul", class_="groups")[0].all("li")]
    assert found == ["ring_buffer 4 benchmarks, over capacity", "ring_bulk_throughput 2 benchmarks, over operations",
                     "orderbook_multithreaded 2 benchmarks, over threads"]


# --- odd results --------------------------------------------------------------------------------

@pytest.mark.parametrize("failures", [0, 2])
def test_a_result_without_measurements_makes_an_honest_page(report: Callable[..., Path], failures: int) -> None:
    out = report(documents.document(*(documents.failed(f"g/{i}", "no such device") for i in range(failures))))
    page = pages.read(out / "index.html")
    assert page.all("h1")[0].text() == ("No benchmarks measured, 2 failed" if failures else "No benchmark was run")
    assert len(page.all("tr", class_="failed")) == failures and not pages.whole(out).all("img")
    assert failures or "holds no benchmark" in words(page.all("section", class_="empty")[0])
    assert pages.read(out / "pages/environment.html").all("h1")[0].text() == "Environment"


def test_two_benchmarks_of_one_name_keep_their_own_pages_and_pictures(report: Callable[..., Path]) -> None:
    content = documents.document(M("same"), M("same", around_ns=900), M("same", suite="other_suite"), M("SAME"))
    out = report(content)
    found = rows(pages.read(out / "index.html"))
    links = [r.all("a")[0].attributes["href"] for r in found]
    assert len(set(links)) == 4
    shown = [pages.pictures(out, pages.read(out / link), "distribution")[0] for link in links]
    assert len(set(shown)) == 4
    assert [values(pages.read(out / link).all("span", class_="estimate")[0]) for link in links] == [
        [b["time"]["estimate_ns"]] for b in content["vbench"]["benchmarks"]]


def test_unknown_members_of_a_result_are_ignored(report: Callable[..., Path]) -> None:
    content = documents.document(M("a"))
    before = [page.read_bytes() for page in pages.files(report(content))]
    more = copy.deepcopy(content)
    more["vbench"]["later"] = more["vbench"]["benchmarks"][0]["later"] = {"x": 1}
    assert [page.read_bytes() for page in pages.files(report(more, "more"))] == before


def test_a_whole_run_is_reported_within_ten_seconds(launch: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(json.dumps(documents.engine()))
    start = time.monotonic()
    done = launch("r.json")
    assert done.returncode == 0 and done.stdout == "Report: reports/index.html\n" and done.stderr == ""
    assert time.monotonic() - start < 10
