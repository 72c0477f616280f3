"""The page of a benchmark: its result, how sure it is, what it cost, and where one goes from there."""
from __future__ import annotations

import re
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Callable

import documents
import pages
from pages import name_of, rows, table_rows, values, words

M = documents.measured


def table(page: pages.Element, caption: str) -> dict[str, list[pages.Element]]:
    """The cells of each line of a table."""
    found = next(t for t in page.all("table", class_="stats") if t.all("caption") and words(t.all("caption")[0]) == caption)
    return {words(r.all("th")[0]): r.all("td") for r in table_rows(found)}


def test_the_result_is_the_estimate_with_four_digits_and_its_interval(engine_report: Path) -> None:
    factors = {"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9}
    for b in documents.engine()["vbench"]["benchmarks"]:
        page = pages.benchmark(engine_report, b["name"])
        if b["status"] != "ok":
            assert not page.all("span", class_="estimate")
            continue
        data = page.all("p", class_="result")[0].all("span", class_="estimate")[0].all("data")[0]
        text, unit = data.text().split("\u202f")
        value = float(data.attributes["value"]) / factors[unit]
        assert float(data.attributes["value"]) == b["time"]["estimate_ns"]
        assert 1 <= value < 1000 and abs(float(text) - value) <= 0.0005 * value and len(text.replace(".", "")) == 4
        ends = [b["time"][k] for k in ("low_ns", "high_ns", "confidence")] if b["time"]["low_ns"] is not None else []
        assert values(page.all("p", class_="result")[0].all("span", class_="quiet")[0]) == ends


def test_parameters_and_threads_stand_below_the_name(engine_report: Path) -> None:
    for name, said in (("ring_buffer/push_pop/1024", "capacity 1 024 · 1 thread"), ("ring_spsc_cross_thread", "2 threads")):
        assert words(pages.benchmark(engine_report, name).all("p", class_="identity")[0]) == said


def test_counters_and_latency_percentiles_stand_on_the_benchmarks_page(engine_report: Path) -> None:
    found = table(pages.benchmark(engine_report, "e2e_single_transaction"), "Percentiles of recorded latencies")
    assert {label: [words(c) for c in line] for label, line in found.items()} == {
        "mean": ["71.50 ns"], "minimum": ["41 ns"], "50 %": ["63 ns"], "90 %": ["95 ns"], "95 %": ["127 ns"], "99 %": ["431 ns"],
        "99.9 %": ["2.303 µs"], "99.99 %": ["18.43 µs"], "maximum": ["213.0 µs"], "recorded latencies": ["120 000"]}
    counters = table(pages.benchmark(engine_report, "orderbook_multithreaded/4_threads"), "Counters")
    assert {label: [words(c) for c in line] for label, line in counters.items()} == {
        "cas_retries sum": ["493 824"], "updates": ["25.00 M/s"], "depth mean": ["3.142"]}


def test_throughput_cost_and_extent_are_the_results_own(engine_report: Path) -> None:
    b = next(b for b in documents.engine()["vbench"]["benchmarks"] if b["name"] == "ring_buffer/push_pop/64")
    page = pages.benchmark(engine_report, b["name"])
    assert {label: values(line[0]) for label, line in table(page, "Throughput").items()} == {
        "items": [b["items_per_sec"]], "items an iteration": [2], "bytes": [b["bytes_per_sec"]], "bytes an iteration": [64]}
    assert {label: values(line[0]) for label, line in table(page, "Cost and extent").items()} == {
        "fastest block": [b["statistics"]["min_ns"]], "slowest block": [b["statistics"]["max_ns"]], "time of an item": [b["item_time_ns"]],
        "CPU time of one thread": [b["cpu_time_ns"]], "peak memory of a worker": [b["peak_memory_bytes"]],
        "blocks": [b["statistics"]["block_count"]], "processes": [b["statistics"]["process_count"]]}
    assert words(table(pages.benchmark(engine_report, "orderbook_multithreaded/8_threads"), "Cost and extent")["restarts"][0]) == "1"


def test_allocations_stand_there_only_where_they_were_counted(report: Callable[..., Path]) -> None:
    counted = M("a")
    counted["allocations"] = {"count_per_iteration": 2.5, "bytes_per_iteration": 96}
    out = report(documents.document(counted, M("b")))
    costs = table(pages.benchmark(out, "a"), "Cost and extent")
    assert [words(costs[k][0]) for k in ("allocations an iteration", "bytes allocated an iteration")] == ["2.500", "96"]
    assert "allocat" not in words(pages.benchmark(out, "b"))


def test_warnings_of_a_benchmark_stand_on_its_page(report: Callable[..., Path]) -> None:
    measured = M("a")
    measured["warnings"] = ["4 threads share <2> CPUs"]
    out = report(documents.document(measured))
    assert [words(li) for li in pages.benchmark(out, "a").all("ul", class_="notes")[0].all("li")] == ["4 threads share <2> CPUs"]
    assert "4 threads share &lt;2&gt; CPUs" in next((out / "pages").glob("b-*.html")).read_text(encoding="utf-8")


def test_a_failed_benchmark_has_a_page_with_its_reason_and_nothing_measured(engine_report: Path) -> None:
    page = pages.benchmark(engine_report, "orderbook_cas_pressure/single_level/8_threads")
    assert words(page.all("p", class_="why")[0]) == "failed the worker died of SIGSEGV in block 3 of process 2"
    assert not page.all("img") and not page.all("table")


def test_a_page_leads_to_the_one_before_and_after_in_the_order_of_the_index(engine_report: Path) -> None:
    links = [r.all("a")[0].attributes["href"].removeprefix("pages/") for r in rows(pages.read(engine_report / "index.html"))]
    for place, link in enumerate(links):
        page = pages.read(engine_report / "pages" / link)
        found = {a.attributes["rel"]: a.attributes["href"] for a in page.all("a") if "rel" in a.attributes}
        assert found == {**({"prev": links[place - 1]} if place else {}), **({"next": links[place + 1]} if place + 1 < len(links) else {})}


def test_a_page_leads_back_to_the_index_and_to_its_group(engine_report: Path) -> None:
    crumbs = pages.benchmark(engine_report, "ring_buffer/push_pop/64").all("p", class_="crumbs")[0].all("a")
    assert [words(a) for a in crumbs[:2]] == ["Results", "ring_buffer"]
    assert pages.read(engine_report / "pages" / crumbs[1].attributes["href"]).all("h1")[0].text() == "ring_buffer"
    alone = pages.benchmark(engine_report, "bundle_timed_flush").all("p", class_="crumbs")[0]
    assert [words(a) for a in alone.all("a") if "rel" not in a.attributes] == ["Results"]


def test_a_groups_page_names_its_members_with_their_times_or_that_they_failed(engine_report: Path) -> None:
    crumbs = pages.benchmark(engine_report, "ring_buffer/push_pop/64").all("p", class_="crumbs")[0].all("a")
    page = pages.read(engine_report / "pages" / crumbs[1].attributes["href"])
    of = [b for b in documents.engine()["vbench"]["benchmarks"] if b["group"] == "ring_buffer"]
    members = page.all("ul", class_="members")[0].all("li")
    assert [(words(m.all("a")[0]), values(m)) for m in members] == [(b["name"], [b["time"]["estimate_ns"]]) for b in of]
    assert len(pages.pictures(engine_report, page, "curve")) == 1


def test_a_failed_member_of_a_group_is_said_to_have_failed(report: Callable[..., Path]) -> None:
    out = report(documents.document(M("g/a/1", case="g/a", group="g", parameters={"n": 1}), M("g/a/2", case="g/a", group="g", parameters={"n": 2}),
                                    {**documents.failed("g/a/4", "no"), "group": "g"}))
    page = next(pages.read(p) for p in sorted((out / "pages").glob("g-*.html")))
    assert [words(m) for m in page.all("ul", class_="members")[0].all("li")][-1] == "g/a/4 failed"
    assert "Failed benchmarks of this group are not in it." in words(page)


def test_pictures_have_title_description_and_dark_colours(engine_report: Path) -> None:
    for path in (engine_report / "plots").glob("*.svg"):
        root = xml.parse(path).getroot()
        assert root.find("{*}title").text and root.find("{*}desc").text
        assert "prefers-color-scheme:dark" in path.read_text(encoding="utf-8")
        assert "DOCTYPE" not in path.read_text(encoding="utf-8")
    for image in pages.whole(engine_report).all("img"):
        assert image.attributes["alt"] and re.fullmatch(r"(\.\./)?plots/[a-z0-9.-]+", image.attributes["src"])


def test_characters_that_xml_forbids_are_replaced(report: Callable[..., Path]) -> None:
    out = report(documents.document(M("a\x00b\x1b[31m\ud800c")))
    assert name_of(rows(pages.read(out / "index.html"))[0]) == "a\ufffdb\ufffd[31m\ufffdc"
    for picture in (out / "plots").glob("*.svg"):
        xml.parse(picture)
