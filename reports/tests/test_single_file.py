"""A report in one file: all pages and pictures are in it, and nothing beside it."""
from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any

import pytest

import claims
import documents
import pages
from documents import NASTY
from pages import words
from test_figures import DOCUMENTS
from vbench_report.__main__ import main


def single(folder: Path, content: Any) -> Path:
    assert main([str(documents.save(folder / "r.json", content)), "--out", str(folder / "one"), "--single"]) == 0
    return folder / "one"


@pytest.fixture(scope="module", params=DOCUMENTS)
def made(request: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], Path]:
    """The single file's folder, its document, and the same report in several files."""
    content, place = DOCUMENTS[request.param](), tmp_path_factory.mktemp("single")
    out = single(place, content)
    assert main([str(place / "r.json"), "--out", str(place / "several")]) == 0
    return out, content, place / "several"


def parts(tree: pages.Element) -> dict[str, pages.Element]:
    return {s.attributes["id"]: s for s in tree.all("section", class_="page")}


def test_there_is_one_file_and_nothing_else(made: Any) -> None:
    assert [p.name for p in made[0].iterdir()] == ["index.html"]


def test_each_page_is_in_it_with_the_same_words_and_figures(made: Any) -> None:
    out, _, several = made
    found = parts(pages.read(out / "index.html"))
    assert list(found)[0] == "index" and set(found) == {p.stem for p in pages.files(several)}
    for page in pages.files(several):
        expected = pages.read(page).all("main")[0]
        assert words(found[page.stem]) == words(expected), page.stem
        assert pages.values(found[page.stem]) == pages.values(expected), page.stem


def test_it_refers_to_no_file_and_loads_nothing(made: Any) -> None:
    tree = pages.read(made[0] / "index.html")
    claims.nothing_is_loaded_from_a_network(made[0])
    for element in tree.all():
        assert re.fullmatch(r"#[a-z0-9-]+", element.attributes.get("href", "#x")), element.attributes
        assert re.match(r"data:image/svg\+xml;base64,", element.attributes.get("src", "data:image/svg+xml;base64,"))
        assert element.tag not in ("link", "iframe", "object")
    assert len(tree.all("script")) == len(tree.all("style")) == 1


def test_ids_are_unique_and_every_link_and_label_has_its_target(made: Any) -> None:
    claims.links_lead_somewhere_in_one(pages.read(made[0] / "index.html"))


def test_each_picture_is_the_one_that_stands_in_a_file_otherwise(made: Any) -> None:
    out, _, several = made
    found = [base64.b64decode(i.attributes["src"].partition(",")[2]) for i in pages.read(out / "index.html").all("img")]
    assert {p.read_bytes() for p in (several / "plots").glob("*.svg")} == set(found)
    for picture in found:
        assert xml.fromstring(picture).tag == "{http://www.w3.org/2000/svg}svg"


def test_every_figure_is_the_results_own_and_rounded(made: Any) -> None:
    tree = pages.read(made[0] / "index.html")
    assert claims.figures_are_the_documents(tree, made[1])
    claims.figures_are_rounded(tree)


@pytest.mark.parametrize("first, then", [([], ["--single"]), (["--single"], [])])
def test_what_an_earlier_report_of_the_other_kind_left_goes_and_other_files_stay(tmp_path: Path, first: list[str], then: list[str]) -> None:
    source, out = documents.save(tmp_path / "r.json", documents.document(documents.measured("a"))), tmp_path / "out"
    assert main([str(source), "--out", str(out), *first]) == 0
    for folder in ("pages", "plots"):
        (out / folder).mkdir(exist_ok=True)
    (out / "pages/mine.html").write_text("mine")
    (out / "plots/mine.svg").write_text("mine")
    assert main([str(source), "--out", str(out), *then]) == 0
    assert main([str(source), "--out", str(tmp_path / "fresh"), *then]) == 0
    there, fresh = ({str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()} for folder in (out, tmp_path / "fresh"))
    assert there == {**fresh, "pages/mine.html": b"mine", "plots/mine.svg": b"mine"}


def test_names_are_text_and_never_markup(tmp_path: Path) -> None:
    names = [NASTY, "</script><script>alert(1)</script>", "</style><img src=x onerror=alert(1)>", "</section></main>", "n" * 300]
    tree = pages.read(single(tmp_path, documents.document(*map(documents.measured, names), documents.failed("-->" + NASTY, NASTY))) / "index.html")
    assert len(tree.all("script")) == 1 and len(tree.all("style")) == 1 and len(tree.all("main")) == 1 and not tree.all("b")
    headings = [s.all("h1")[0].text() for s in tree.all("section", class_="page")]
    assert set(names) <= set(headings) and len(tree.all("img")) >= len(names)
    claims.links_lead_somewhere_in_one(tree)


def test_the_same_result_gives_the_same_bytes(tmp_path: Path) -> None:
    found = []
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        found.append((single(tmp_path / name, documents.document(documents.measured("a"))) / "index.html").read_bytes())
    assert found[0] == found[1]


def test_without_gnuplot_a_note_stands_in_the_curves_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VBENCH_GNUPLOT", "/missing/gnuplot")
    assert "No curve here: gnuplot could not be started" in words(pages.read(single(tmp_path, documents.scaled()) / "index.html"))
