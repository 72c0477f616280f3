"""Scaling on the pages of a group and its members: the law's figures, its picture, and what stands there without gnuplot."""
from __future__ import annotations

import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any, Callable

import pytest

import documents
import pages
from vbench_report.pictures import gnuplot

needs_gnuplot = pytest.mark.skipif(not gnuplot.shutil.which("gnuplot"), reason="gnuplot is not installed")


def group(out: Path) -> pages.Element:
    [found] = (out / "pages").glob("g-*.html")
    return pages.read(found)


def law(page: pages.Element) -> dict[str, str]:
    [found] = page.all("dl", class_="law")
    return {row.all("dt")[0].text(): row.all("dd")[0].text() for row in found.all("div")}


def picture(folder: Path) -> str:
    [found] = (folder / "plots").glob("scaling-*.svg")
    return found.read_text(encoding="utf-8")


def texts(svg: str) -> list[str]:
    return ["".join(t.itertext()).strip() for t in xml.fromstring(svg.encode()).iter("{http://www.w3.org/2000/svg}text")]


def test_the_laws_figures_stand_on_the_groups_page_and_on_each_members(report: Callable[..., Path]) -> None:
    out = report(documents.scaled())
    expected = {"one thread": "10.00\u202fM items/s (9.000\u202fM items/s to 11.00\u202fM items/s)",
                     "contention σ": "0.1 (0.09 to 0.11)", "coherency κ": "0.02 (0.018 to 0.022)",
                     "peak": "6.71 threads", "the law is off by": "1.2\u202f%"}
    assert law(group(out)) == expected
    for threads in (1, 2, 3, 4, 8):
        page = pages.benchmark(out, f"family/{threads}_threads")
        assert law(page) == expected and "Throughput over threads of family" in page.text()
        assert len(pages.pictures(out, page, "scaling")) == 1


def test_a_benchmark_of_no_family_has_no_law(report: Callable[..., Path]) -> None:
    content = documents.scaled()
    content["vbench"]["benchmarks"].append(documents.measured("family/other", group="family"))
    assert not pages.benchmark(report(content), "family/other").all("dl", class_="law")


@pytest.mark.parametrize("changes, expected", [
    ({"peak_threads": None}, {"peak": "none: more threads are always better"}),
    ({"peak_threads": 1}, {"peak": "1 thread"}),
    ({"sigma": {"estimate": 0.25, "low": None, "high": None, "confidence": 0.95}}, {"contention σ": "0.25"}),
])
def test_what_may_be_missing_is_said(report: Callable[..., Path], changes: dict[str, Any], expected: dict[str, str]) -> None:
    found = law(group(report(documents.scaled(**changes))))
    assert expected.items() <= found.items()


@pytest.mark.parametrize("shares", [False, True])
def test_a_fit_of_threads_that_share_cpus_is_told(report: Callable[..., Path], shares: bool) -> None:
    page = group(report(documents.scaled(shares_cpus=shares)))
    assert ("scheduler’s, too" in page.text()) == shares


@needs_gnuplot
def test_points_that_share_cpus_are_marked_in_the_picture(report: Callable[..., Path]) -> None:
    mixed = texts(picture(report(documents.scaled(cpus=4))))
    assert {"fitted law", "a CPU for each thread", "more threads than CPUs", "M items/s", "threads"} <= set(mixed)
    assert "more threads than CPUs" not in texts(picture(report(documents.scaled(cpus=8))))
    assert "a CPU for each thread" not in texts(picture(report(documents.scaled(cpus=0))))


@needs_gnuplot
@pytest.mark.parametrize("name", ["a<b>&'\"", "`touch injected`", "Größe/π", "x" * 300])
def test_no_name_reaches_gnuplot_or_the_markup(report: Callable[..., Path], name: str) -> None:
    out = report(documents.scaled(name))
    assert xml.fromstring(picture(out).encode())[0].text == f"{name}: throughput over threads"
    assert not list(out.rglob("injected"))


def test_without_gnuplot_a_note_stands_in_its_place(report: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VBENCH_GNUPLOT", "/missing/gnuplot")
    out = report(documents.scaled())
    assert not list((out / "plots").glob("scaling-*"))
    assert "No curve here: gnuplot could not be started" in group(out).text()
    assert law(group(out))["peak"] == "6.71 threads"
