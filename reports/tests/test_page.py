"""What the page says about a result."""
from __future__ import annotations

import copy
import json
import re
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

import documents
import pages
from vbench_report import units

NASTY = "<b>x</b> & \"q\" 'a' $\\frac{1}{0}$ `touch pwned` @home {/Symbol a} %s ../../é日本\u202e\n/x"


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, (dict, list)):
        for child in value.values() if isinstance(value, dict) else value:
            yield from numbers(child)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield value


def test_every_figure_on_the_page_is_the_results_own(engine_report: Path) -> None:
    page = pages.read(engine_report / "index.html")
    document = documents.engine()
    own = set(numbers(document))
    shown = page.all("data")
    assert len(shown) > 200
    for element in shown:
        assert float(element.attributes["value"]) in own, element.attributes["value"]


def test_a_figure_is_printed_as_its_value_rounded(engine_report: Path) -> None:
    factors = {"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9}
    checked = 0
    for cell in pages.read(engine_report / "index.html").all("span", class_="estimate"):
        data = cell.all("data")[0]
        text, unit = data.text().split("\u202f")
        value = float(data.attributes["value"]) / factors[unit]
        assert 1 <= value < 1000 and abs(float(text) - value) <= 0.0005 * value
        checked += 1
    assert checked == len([b for b in documents.engine()["vbench"]["benchmarks"] if b["status"] == "ok"])


def test_no_other_digits_are_printed_than_figures_names_and_texts_of_the_result(engine_report: Path) -> None:
    body = pages.read(engine_report / "index.html").all("body")[0]
    text = " ".join(body.text(without=("data", "style", "svg", "code")).split())
    document = documents.engine()["vbench"]
    known = [b["name"] for b in document["benchmarks"]] + [b.get("error", "") for b in document["benchmarks"]]
    known += [str(v) for part in (document["machine"], document["libraries"], *document["suites"])
              for v in part.values() if isinstance(v, str)]
    known += document["machine"]["cpu_features"] + [document["vbench_version"], "21 November 2026, 11:14 UTC"]
    known += ["99.99 %", "99.9 %", "99 %", "95 %", "90 %", "50 %", "±5\u202f%", "13 benchmarks measured", "1 failed",
              "L", "cpu"]
    for piece in sorted(filter(None, known), key=len, reverse=True):
        text = text.replace(" ".join(piece.split()), " ")
    assert re.findall(r"\S*\d\S*", text) == []


def test_the_headline_counts_what_was_measured_and_what_failed(engine_report: Path) -> None:
    page = pages.read(engine_report / "index.html")
    assert page.all("h1")[0].text() == "13 benchmarks measured, 1 failed"
    lede = " ".join(page.all("p", class_="lede")[0].text().split())
    for part in ("Example Processor 9000", "8 CPUs", "0123456789ab", "21 November 2026, 11:14 UTC"):
        assert part in lede


@pytest.mark.parametrize("quota, said", [(0.5, "8 CPUs with a quota of 0.5"), (1000, "8 CPUs with a quota of 1000"), (None, "8 CPUs")])
def test_a_quota_of_the_cpus_stands_beside_their_number(report: Callable[..., Path], quota: Any, said: str) -> None:
    content = documents.document(documents.measured("a"))
    content["vbench"]["machine"]["cpu_quota"] = quota
    page = pages.read(report(content) / "index.html")
    lede, facts = (" ".join(part.text().split()) for part in (page.all("p", class_="lede")[0], page.all("dl", class_="facts")[0]))
    assert f"({said}), commit" in lede and f"{said}, x86_64" in facts


def test_every_benchmark_has_a_row_that_links_to_its_section(engine_report: Path) -> None:
    page = pages.read(engine_report / "index.html")
    rows = page.all("table", class_="results")[0].all("tbody")
    names = [b["name"] for b in documents.engine()["vbench"]["benchmarks"]]
    links = [a for body in rows for a in body.all("a")]
    assert [a.text() for a in links] == names
    articles = {a.attributes["id"]: a for a in page.all("article")}
    for link in links:
        article = articles[link.attributes["href"].lstrip("#")]
        assert article.attributes["aria-labelledby"] == article.attributes["id"] + "-title"
        assert article.all(id=article.attributes["id"] + "-title")[0].text() == link.text()


def test_ids_are_unique_and_every_link_inside_the_page_has_a_target(engine_report: Path) -> None:
    everything = pages.read(engine_report / "index.html").all()
    ids = [e.attributes["id"] for e in everything if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for element in everything:
        href = element.attributes.get("href")
        assert href is None or href[1:] in ids


def test_a_failed_benchmark_is_a_row_with_the_word_failed_and_the_reason(report: Callable[..., Path]) -> None:
    out = report(documents.document(documents.measured("g/a"), documents.failed("g/b", "setup said: no memory <1>")))
    page = pages.read(out / "index.html")
    row = page.all("tr", class_="failed")[0]
    assert row.all("strong")[0].text() == "failed" and "setup said: no memory <1>" in row.text()
    assert "failed" in page.all("h1")[0].text()


def test_an_item_has_its_own_time_beside_the_total(report: Callable[..., Path]) -> None:
    content = documents.document(documents.measured("bulk", around_ns=4e6, iterations=3, items=1e6))
    b = content["vbench"]["benchmarks"][0]
    row = pages.read(report(content) / "index.html").all("tbody")[0]
    shown = [float(d.attributes["value"]) for d in row.all("data")]
    assert b["time"]["estimate_ns"] in shown and b["item_time_ns"] in shown and b["items_per_sec"] in shown


def test_counters_and_latency_percentiles_stand_in_the_benchmarks_section(engine_report: Path) -> None:
    page = pages.read(engine_report / "index.html")
    article = next(a for a in page.all("article") if "e2e_single_transaction" in a.text())
    for name, text in (("50 %", "63\u202fns"), ("99.99 %", "18.43\u202fµs"), ("maximum", "213.0\u202fµs")):
        tile = next(d for d in article.all("div") if [t.text() for t in d.all("dt")] == [name])
        assert tile.all("dd")[0].text() == text
    threads = next(a for a in page.all("article") if "orderbook_multithreaded/4_threads" in a.text())
    assert "cas_retries sum" in threads.text() and "25.00\u202fM/s" in threads.text()


@pytest.mark.parametrize("failures", [0, 2])
def test_a_result_without_measurements_makes_an_honest_page(report: Callable[..., Path], failures: int) -> None:
    out = report(documents.document(*(documents.failed(f"g/{i}", "no such device") for i in range(failures))))
    page = pages.read(out / "index.html")
    headline = page.all("h1")[0].text()
    assert headline == ("No benchmarks measured, 2 failed" if failures else "No benchmark was run")
    assert not page.all("img") and len(page.all("tr", class_="failed")) == failures
    assert page.all("section", id="environment")


def test_names_are_text_and_never_markup_commands_or_paths(report: Callable[..., Path], tmp_path: Path) -> None:
    name = NASTY + "n" * 300
    bench = [documents.measured(f"{name}{i}", case=name, group=name, parameters={NASTY: 4 ** i}, suite=NASTY,
                                counters={NASTY: {"kind": "mean", "value": 1.5}}) for i in range(4)]
    other = documents.measured("plain", case="plain", group=name, parameters={NASTY: 2}, suite=NASTY)
    content = documents.document(*bench, other, documents.failed(name + "f", NASTY, suite=NASTY))
    content["vbench"]["machine"]["cpu_model"] = NASTY
    content["vbench"]["source"]["commit"] = NASTY
    content["vbench"]["suites"][0]["compiler_flags"] = NASTY
    out = report(content)
    page = pages.read(out / "index.html")
    assert not page.all("b") and not page.all("script")
    assert page.all("tbody")[0].all("a")[0].text() == name + "0"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "result.json"]
    assert not (Path.cwd() / "pwned").exists() and not (tmp_path / "pwned").exists()
    pictures = list((out / "plots").iterdir())
    assert len(pictures) == 6
    for picture in pictures:
        assert re.fullmatch(r"(curve|distribution)-[a-z0-9-]+\.svg", picture.name) and len(picture.name) < 100
        root = xml.parse(picture).getroot()
        assert root.find("{*}title").text and root.find("{*}desc").text
    curve = next(p for p in pictures if p.name.startswith("curve"))
    assert "<b>x</b> & \"q\"" in xml.parse(curve).getroot().find("{*}desc").text


def test_characters_that_xml_forbids_are_replaced(report: Callable[..., Path]) -> None:
    out = report(documents.document(documents.measured("a\x00b\x1b[31m\ud800c")))
    assert pages.read(out / "index.html").all("tbody")[0].all("a")[0].text() == "a\ufffdb\ufffd[31m\ufffdc"
    for picture in (out / "plots").iterdir():
        xml.parse(picture)


def test_two_benchmarks_of_one_name_keep_their_own_sections_and_pictures(report: Callable[..., Path]) -> None:
    content = documents.document(documents.measured("same"), documents.measured("same", around_ns=900),
                                 documents.measured("same", suite="other_suite"), documents.measured("SAME"))
    page = pages.read(report(content) / "index.html")
    assert len({a.attributes["id"] for a in page.all("article")}) == 4
    assert len({i.attributes["src"] for i in page.all("img")}) == 4


def test_nothing_is_loaded_from_a_network_and_links_are_relative(engine_report: Path) -> None:
    for path in (engine_report / "index.html", *(engine_report / "plots").iterdir()):
        text = re.sub(r'xmlns(:\w+)?="[^"]*"', "", path.read_text(encoding="utf-8"))
        assert not re.search(r"https?://|@import|url\((?!#)|<script|<link", text), path.name
    for image in pages.read(engine_report / "index.html").all("img"):
        assert (engine_report / image.attributes["src"]).is_file()
        assert image.attributes["alt"] and re.fullmatch(r"plots/[a-z0-9.-]+", image.attributes["src"])


def test_pictures_have_title_description_and_dark_colours(engine_report: Path) -> None:
    for path in (engine_report / "plots").iterdir():
        root = xml.parse(path).getroot()
        assert root.find("{*}title").text and root.find("{*}desc").text
        assert "prefers-color-scheme:dark" in path.read_text(encoding="utf-8")
        assert "DOCTYPE" not in path.read_text(encoding="utf-8")


def test_a_benchmark_with_a_warning_has_a_mark_in_the_table_that_leads_to_it(report: Callable[..., Path]) -> None:
    warned = documents.measured("hot")
    warned["warnings"] = ["its threads share CPUs"]
    table = pages.read(report(documents.document(warned, documents.measured("calm"))) / "index.html").all("table", class_="results")[0]
    hot, calm = (r.all("a") for r in table.all("tbody")[0].all("tr") + table.all("tbody")[1].all("tr"))
    assert len(calm) == 1 and [a.attributes["href"] for a in hot] == [hot[0].attributes["href"]] * 2
    assert hot[1].attributes["aria-label"] == hot[1].attributes["title"] == "Has a warning: see its section"


def test_warnings_of_a_benchmark_stand_on_the_page(report: Callable[..., Path]) -> None:
    measured = documents.measured("a")
    measured["warnings"] = ["4 threads share <2> CPUs"]
    page = (report(documents.document(measured)) / "index.html").read_text(encoding="utf-8")
    assert "4 threads share &lt;2&gt; CPUs" in page


def test_what_makes_times_doubtful_is_said_at_the_top(report: Callable[..., Path]) -> None:
    content = documents.document(documents.measured("a", restarts=2), source={"commit": None, "dirty": None})
    content["context"].update(cpu_scaling_enabled=True)
    content["vbench"]["suites"][0].update(optimised="no", optimisation_evidence="CMake's flags say -O0")
    header = " ".join(pages.read(report(content) / "index.html").all("header")[0].text().split())
    for part in ("The suite engine_suite is not optimised (CMake's flags say -O0)", "frequency scaling", "restarted for a", "no commit recorded"):
        assert part in header


def test_each_suite_that_is_not_known_to_be_optimised_is_named_at_the_top(report: Callable[..., Path]) -> None:
    content = documents.document(*(documents.measured(name, suite=name) for name in ("sure", "unsure", "slow")))
    for suite, state in zip(content["vbench"]["suites"], ("yes", "unknown", "no")):
        suite.update(name=f"<{suite['name']}>", optimised=state, optimisation_evidence=f"<because {state}>")
    header = pages.read(report(content) / "index.html").all("header")[0].text()
    notes = [" ".join(line.split()) for line in header.splitlines() if "optimised" in line]
    assert notes == ["Whether the suite <unsure> is optimised is unknown (<because unknown>).",
                     "The suite <slow> is not optimised (<because no>): its times say nothing about a release build."]


@pytest.mark.parametrize("state", ["yes", "no", "unknown"])
def test_the_environment_says_whether_a_suite_is_optimised_and_why(report: Callable[..., Path], state: str) -> None:
    content = documents.document(documents.measured("a"))
    content["vbench"]["suites"][0].update(optimised=state, optimisation_evidence="<evidence>")
    page = (report(content) / "index.html").read_text(encoding="utf-8")
    assert f"optimised: {state} (&lt;evidence&gt;)" in page


def test_a_date_that_is_none_is_printed_as_it_is(report: Callable[..., Path]) -> None:
    content = documents.document()
    content["vbench"]["run"]["started"] = "2026-99-99T11:14:03Z"
    assert "2026-99-99T11:14:03Z" in pages.read(report(content) / "index.html").all("p", class_="lede")[0].text()


def test_unknown_members_of_a_result_are_ignored(report: Callable[..., Path]) -> None:
    content = documents.document(documents.measured("a"))
    before = (report(content) / "index.html").read_bytes()
    more = copy.deepcopy(content)
    more["vbench"]["later"] = more["vbench"]["benchmarks"][0]["later"] = {"x": 1}
    assert (report(more, "more") / "index.html").read_bytes() == before


@pytest.mark.parametrize("ns, text", [
    (0, "0\u202fns"), (0.0, "0\u202fns"), (0.31234, "0.3123\u202fns"), (1.0, "1.000\u202fns"), (41, "41\u202fns"),
    (999.96, "1.000\u202fµs"), (999.94, "999.9\u202fns"), (1234567.0, "1.235\u202fms"), (2.5e9, "2.500\u202fs"),
    (-12.5, "-12.50\u202fns"), (7.2e12, "7200\u202fs")])
def test_times_have_four_digits_and_a_readable_unit(ns: float, text: str) -> None:
    assert units.time(ns) == text


@pytest.mark.parametrize("call, value, text", [
    (units.items_rate, 237.9e6, "237.9\u202fM items/s"), (units.items_rate, 12.0, "12.00\u202fitems/s"),
    (units.bytes_rate, 10.23e9, "10.23\u202fGB/s"), (units.bytes_rate, 5.0, "5.000\u202fB/s"),
    (units.memory, 32768, "32\u202fKiB"), (units.memory, 33554432000, "31.25\u202fGiB"),
    (units.number, 1000000, "1\u202f000\u202f000"), (units.number, 3.14159, "3.142"),
    (units.number, -2.5e7, "-25\u202f000\u202f000"),
    (units.percent, 0.95, "95\u202f%"), (units.percent, 0.999, "99.9\u202f%"), (units.short_count, 10_000_000, "10M"),
    (units.short_count, 4096, "4096"), (units.number, 1e300, "1.000e+300"), (units.rate, 1e-12, "1.000e-12\u202f/s")])
def test_rates_sizes_and_counts_are_readable(call: Callable[[float], str], value: float, text: str) -> None:
    assert call(value) == text


def test_a_whole_run_is_reported_within_ten_seconds(launch: Callable[..., Any], tmp_path: Path) -> None:
    import time
    (tmp_path / "r.json").write_text(json.dumps(documents.engine()))
    start = time.monotonic()
    done = launch("r.json")
    assert done.returncode == 0 and done.stdout == "Report: reports/index.html\n" and done.stderr == ""
    assert time.monotonic() - start < 10
