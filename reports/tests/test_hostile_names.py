"""Names that are markup, paths, commands or very long: they are text wherever they stand, and never part of a file's name."""
from __future__ import annotations

import re
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any, Callable

import pytest

import claims
import documents
import documents_surroundings as surroundings
import pages
from documents import NASTY
from pages import name_of, rows, words
from vbench_report.pictures import cache

M = documents.measured
LONG = "n" * 300
NAMES = (NASTY, LONG, LONG + "2", "../../../etc/passwd", "/etc/passwd", "a/../b", "..", ".", "\\..\\x", 'say "hi" it\'s', "<script>alert(1)</script>",
         "\" onmouseover=\"alert(1)", "'><img src=x onerror=alert(1)>", "&lt;b&gt; &amp; &#60;", "\u202eabc\u202c", "\u0627\u0644\u0639", "\U0001f680\U0001f525",
         "\U0001f525\U0001f680", "index", "history", "style.css", "CON", "{{ 7 * 7 }}", "{% raw %}", "]]>", "<!--", "A", "a", " ", "%2e%2e%2f", "#history")


def hostile() -> dict[str, Any]:
    """Each name as that of a benchmark, its group, case, parameter, counter and suite, and of one that failed."""
    measured = [M(name, case=name, group=name, parameters={name: 4}, counters={name: {"kind": "mean", "value": 1.5}}, suite=name,
                  processes=2, blocks=3) for name in NAMES]
    for b in measured:
        b["warnings"] = [b["name"]]
    content = documents.document(*measured, *(documents.failed(name + " failed", name, suite=name) for name in NAMES[:4]))
    return surroundings.surrounded(content, command=["vbench", "run", *NAMES[:4]])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from vbench_report.__main__ import main

    place = tmp_path_factory.mktemp("hostile")
    assert main([str(documents.save(place / "r.json", hostile())), "--out", str(place / "out")]) == 0
    assert sorted(p.name for p in place.iterdir()) == ["out", "r.json"]
    return place / "out"


def test_names_of_files_are_short_plain_unique_and_stay_inside(folder: Path) -> None:
    files = [p for p in folder.rglob("*") if p.is_file() and p.name != cache.MANIFEST]
    assert all(folder.resolve() in p.resolve().parents for p in files)
    for path in files:
        assert re.fullmatch(r"(index\.html|pages/[a-z0-9-]+\.(html|css|js)|plots/[a-z0-9-]+\.svg)", str(path.relative_to(folder)))
        assert len(path.name) < 100
    lowered = [str(p).lower() for p in files]
    assert len(set(lowered)) == len(lowered), "unique where letters' case does not count, too"
    assert len(list((folder / "pages").glob("b-*.html"))) == len(NAMES) + 4


def test_each_name_is_the_text_of_its_row_and_the_heading_and_title_of_its_page(folder: Path) -> None:
    found = rows(pages.read(folder / "index.html"))
    assert sorted(map(name_of, found)) == sorted([*NAMES, *(n + " failed" for n in NAMES[:4])])
    for row in found:
        page = pages.read(folder / row.all("a")[0].attributes["href"])
        assert page.all("h1")[0].text() == name_of(row) == row.attributes["data-name"]
        assert page.all("title")[0].text() == f"{name_of(row)} – Velox Bench"


def test_no_name_becomes_an_element_or_an_attribute(folder: Path) -> None:
    allowed = {"onerror", "onmouseover"}
    for path in pages.files(folder):
        tree = pages.read(path)
        assert len(tree.all("script")) == 1 and not tree.all("b") and not tree.all("i") and not tree.all("style"), path.name
        for element in tree.all():
            assert not allowed & set(element.attributes), element.attributes
        for image in tree.all("img"):
            assert image.attributes["src"] != "x" and image.attributes["alt"]


def test_no_name_is_taken_for_a_template(folder: Path) -> None:
    page = pages.benchmark(folder, "{{ 7 * 7 }}")
    assert page.all("ul", class_="notes")[0].all("li")[0].text() == "{{ 7 * 7 }}" and "49" not in words(page.all("h1")[0])


def test_titles_of_links_and_words_of_pictures_hold_the_names_as_they_are(folder: Path) -> None:
    titles = {a.attributes["title"] for page in pages.files(folder) for a in pages.read(page).all("a") if a.attributes.get("rel") in ("prev", "next")}
    assert set(NAMES) <= titles
    for name in NAMES:
        [picture] = pages.pictures(folder, pages.benchmark(folder, name), "distribution")
        assert xml.parse(picture).getroot().find("{*}title").text == f"{name}: distribution of the time of one iteration"


def test_every_picture_is_well_formed_and_has_no_script(folder: Path) -> None:
    for path in (folder / "plots").glob("*.svg"):
        root = xml.parse(path).getroot()
        tags = {e.tag.rpartition("}")[2] for e in root.iter()}
        assert not tags & {"script", "image", "foreignObject", "a"} and root.find("{*}title").text and root.find("{*}desc").text


def test_links_lead_somewhere_and_nothing_is_loaded(folder: Path) -> None:
    claims.links_lead_somewhere(folder)
    claims.nothing_is_loaded_from_a_network(folder)


def test_names_are_no_commands(folder: Path, tmp_path: Path) -> None:
    assert not (Path.cwd() / "pwned").exists() and not (folder / "pwned").exists() and not (folder.parent / "pwned").exists()


def test_choices_of_groups_hold_the_names_as_they_are(folder: Path) -> None:
    options = pages.read(folder / "index.html").all("select", id="group")[0].all("option")[1:]
    assert {f"{name} ({name})" for name in NAMES} <= {o.text() for o in options}
    assert len({o.attributes["value"] for o in options}) == len(options)


def test_a_curve_of_hostile_names_holds_them_as_text(report: Callable[..., Path]) -> None:
    name = NASTY + LONG
    out = report(documents.document(*(M(f"{name}{i}", case=name, group=name, parameters={NASTY: 4 ** i}, suite=NASTY) for i in range(4)),
                                    M("plain", case="plain", group=name, parameters={NASTY: 2}, suite=NASTY)))
    [curve] = (out / "plots").glob("curve-*")
    assert "<b>x</b> & \"q\"" in xml.parse(curve).getroot().find("{*}desc").text


def test_hostile_texts_of_a_comparison_are_text_and_never_markup(report: Callable[..., Path]) -> None:
    name = NASTY + LONG
    kinds = [documents.change(f"{name}{i}", v, p, low, high, 1.0) for i, (v, p, low, high) in enumerate((
        ("regressed", 4900.0, 4800.0, 5000.0), ("improved", -99.5, -99.75, -99.0), ("equivalent", 0, -0.5, 0.5),
        ("inconclusive", 0.0, None, None)))]
    sides = [[M(c["name"], case=name, group=name, parameters={NASTY: 4 ** i}, suite=NASTY, seed=seed) for i, c in enumerate(kinds)] for seed in (2, 1)]
    old, new = (documents.document(*side) for side in sides)
    old["vbench"].update(source={"commit": NASTY, "dirty": True})
    old["vbench"]["suites"][0].update(compiler=NASTY + " 2", compiler_flags=NASTY + " -O3", c_library=NASTY)
    old["vbench"]["machine"].update(kernel=NASTY, cpu_features=[NASTY], host_name=NASTY)
    content = documents.compared(new, old, kinds, [documents.left_out(name + "r", reason, NASTY) for reason in (
        "added", "removed", "failed", "failed_then", "no_time")], method=NASTY, notes=[NASTY])
    content["vbench"]["comparison"]["old"]["name"] = NASTY
    out = report(content)
    for path in pages.files(out):
        tree = pages.read(path)
        assert not tree.all("b") and not tree.all("i") and len(tree.all("script")) == 1, path.name
    index = pages.read(out / "index.html")
    linked = [r for r in rows(index) if r.all("a")]
    assert [name_of(r) for r in linked] == [name + n for n in "0132"]
    assert NASTY in index.all("p", class_="lede")[0].text() and NASTY in index.all("div", class_="side")[0].text()
    claims.links_lead_somewhere(out)
