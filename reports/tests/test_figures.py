"""What must hold of every page, whatever the result: figures are the document's own, links lead somewhere, nothing is loaded."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Iterator

import jsonschema
import pytest

import claims
import documents
import documents_paired
import documents_sequential
import documents_surroundings
import pages
from places import SCHEMA

surrounded = documents_surroundings.surrounded
DOCUMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    "run": lambda: surrounded(documents.engine()),
    "comparison": lambda: surrounded(documents.engine_compared(), findings=documents_surroundings.DISTURBED),
    "paired": lambda: surrounded(documents_paired.engine()),
    "sequential": lambda: surrounded(documents_sequential.engine(), command=["vbench", "compare", "--", "before"]),
    "scaled": lambda: surrounded(documents.scaled()),
    "plain": documents.engine,
    "empty": documents.document,
}
LEAST_FIGURES = {"run": 800, "comparison": 1000, "paired": 1000, "sequential": 1000, "scaled": 250, "plain": 300, "empty": 10}


@pytest.fixture(scope="module", params=DOCUMENTS)
def made(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """A document's name, its report, and the document."""
    from vbench_report.__main__ import main

    content = DOCUMENTS[request.param]()
    place = tmp_path_factory.mktemp(request.param)
    assert main([str(documents.save(place / "r.json", content)), "--out", str(place / "out")]) == 0
    yield request.param, place / "out", content


def test_the_document_follows_the_schema(made: Any) -> None:
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(made[2])


def test_every_figure_on_every_page_is_the_results_own(made: Any) -> None:
    name, out, content = made
    assert sum(claims.figures_are_the_documents(pages.read(page), content) for page in pages.files(out)) >= LEAST_FIGURES[name]


def test_every_figure_is_printed_as_its_value_rounded(made: Any) -> None:
    for page in pages.files(made[1]):
        claims.figures_are_rounded(pages.read(page))


def test_every_number_that_the_script_sorts_by_is_the_results_own(made: Any) -> None:
    own = set(claims.numbers(made[2]))
    for row in pages.read(made[1] / "index.html").all("tr"):
        for name in ("data-time", "data-change", "data-rate"):
            value = row.attributes.get(name)
            assert value is None or (name == "data-rate" and value == "") or float(value) in own, (name, value)


def texts_of(content: dict[str, Any]) -> Iterator[str]:
    """All strings of a document, as they are and as a page shows them."""
    if isinstance(content, dict):
        for key, child in content.items():
            yield key
            yield from texts_of(child)
    elif isinstance(content, list):
        for child in content:
            yield from texts_of(child)
    elif isinstance(content, str):
        yield content
        yield content.removesuffix(".")


# What the pages say by themselves: names of percentiles, and what is explained.
SAID = ("99.99 %", "99.9 %", "99 %", "95 %", "90 %", "50 %", *(f"{p}\u202f% of blocks below" for p in documents_surroundings.PERCENTILES),
        "plain 95\u202f% interval", "p99.9", "p99", "p50", "at most 100\u202f%", "+1\u202f% is slower", "share, 95\u202f%",
        "Tukey’s fences, 1.5 (mild) or 3 (severe) interquartile ranges", "R² near 1", "in bytes after a multiple of 64", "L1", "L2")
MOMENTS = ("21 November 2026, 11:14 UTC", "14 November 2026, 09:02 UTC", *(f"{day} October 2026, 09:02 UTC" for day in range(1, 8)))


def counted(page: pages.Element, content: dict[str, Any]) -> Iterator[str]:
    """Texts with counts, and axes: other tests ask for these."""
    for element in (*page.all("h1"), *page.all("p", class_="outcome"), *page.all("p", class_="gate"), *page.all("button", class_="chip"),
                    *page.all("output", id="shown"), *page.all("th", class_="drawing"), *page.all("p", class_="narrow")):
        yield element.text(without=("data", "svg"))
    yield from (a.text() for a in page.all("a") if a.text().endswith(("difference", "differences")))
    for details in page.all("details", class_="placements"):
        yield pages.words(details.all("table")[0])
    for group in page.all("ul", class_="groups"):
        yield from (pages.words(small) for small in group.all("small"))
    history = content["vbench"].get("history")
    if history:
        yield f"{sum(not b['this'] for b in history['baselines'])} saved baselines"
        yield f"on {len(history['machines'])} machines"
        yield from (f"{len(t['points'])} points." for t in history["trends"])
    for layouts in (content["vbench"].get("comparison") or {}).get("layouts", ()):
        yield f"{len(layouts['functions'])} functions in"


def test_no_other_digits_are_printed_than_figures_names_and_texts_of_the_result(made: Any) -> None:
    name, out, content = made
    for page in pages.files(out):
        tree = pages.read(page)
        known = (*texts_of(content), *SAID, *MOMENTS, *counted(tree, content))
        assert claims.stray_digits(tree, known) == [], page.name


def test_ids_are_unique_and_every_link_and_label_has_a_target(made: Any) -> None:
    claims.links_lead_somewhere(made[1])


def test_nothing_is_loaded_from_a_network(made: Any) -> None:
    claims.nothing_is_loaded_from_a_network(made[1])


def test_every_picture_is_shown_on_some_page_and_has_words_for_who_cannot_see_it(made: Any) -> None:
    out = made[1]
    images = pages.whole(out).all("img")
    assert all(image.attributes["alt"] for image in images)
    there = {p.name for p in (out / "plots").glob("*.svg")}
    assert {(image.attributes["src"] or "").rpartition("/")[2] for image in images} == there


def test_every_page_can_be_reached_from_the_index(made: Any) -> None:
    out = made[1]
    seen, waiting = set(), [out / "index.html"]
    while waiting:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        waiting += [(page.parent / (a.attributes["href"] or "").partition("#")[0]).resolve() for a in pages.read(page).all("a")
                    if (a.attributes["href"] or "").partition("#")[0]]
    assert {p.resolve() for p in seen} == {p.resolve() for p in pages.files(out)}
