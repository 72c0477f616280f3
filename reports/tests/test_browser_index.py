"""The table of benchmarks on the first page: search, filters, order, keys, and the way to a benchmark's page and back."""
from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import pytest

import documents
import documents_many
from browser import DESK, PHONE, Browser

COUNT = 31
ROWS = """
return [...document.querySelectorAll('table#benchmarks tbody tr')].map(row => ({...row.dataset, hidden: row.hidden,
  seen: row.checkVisibility(), link: (row.querySelector('a[href]') || {}).href || null}));
"""
TYPE = """
const field = document.querySelector(arguments[0]);
field.value = arguments[1];
field.dispatchEvent(new Event('input', {bubbles: true}));
field.dispatchEvent(new Event('change', {bubbles: true}));
"""
FIGURES = ("change", "time")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of a comparison with every verdict."""
    from vbench_report.__main__ import main

    made = tmp_path_factory.mktemp("index")
    assert main([str(documents.save(made / "result.json", documents_many.comparison(COUNT))), "--out", str(made / "out")]) == 0
    return made / "out"


class Index:
    """The first page as a reader works with it."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser = browser
        self.folder = folder
        browser.open(folder / "index.html", DESK)

    def rows(self) -> list[dict[str, Any]]:
        return self.browser.script(ROWS)

    def shown(self) -> list[str]:
        rows = self.rows()
        assert all(row["seen"] is not row["hidden"] for row in rows), "what is hidden is what is not seen"
        return [row["name"] for row in rows if not row["hidden"]]

    def said(self) -> str:
        return str(self.browser.script("return document.querySelector('output#shown').textContent.trim()"))

    def give(self, field: str, value: str) -> None:
        self.browser.script(TYPE, field, value)
        self.browser.settle()

    def click(self, selector: str, number: int = 0) -> None:
        self.browser.script("document.querySelectorAll(arguments[0])[arguments[1]].click()", selector, number)
        self.browser.settle()

    def list(self, selector: str, attribute: str) -> list[Any]:
        return self.browser.script("return [...document.querySelectorAll(arguments[0])].map(e => e.getAttribute(arguments[1]))",
                                   selector, attribute)

    def focus(self) -> str:
        return str(self.browser.script("return document.activeElement.id"))

    def value(self, selector: str) -> str:
        return str(self.browser.script("return document.querySelector(arguments[0]).value", selector))

    def type(self, text: str) -> None:
        for letter in text:
            self.browser.press(letter, ord(letter.upper()), letter)
        self.browser.settle()


@pytest.fixture()
def index(browser: Browser, folder: Path) -> Index:
    return Index(browser, folder)


def test_every_benchmark_has_a_row_and_all_are_shown_at_first(index: Index) -> None:
    assert sorted(index.shown()) == sorted(documents_many.names(COUNT))
    assert index.said() == f"{COUNT} of {COUNT} shown"


@pytest.mark.parametrize("query", ["ring_buffer", "push 32", "32 push", "RING", "  order_book   pop ", "_7", "nothing at all", "/64_", "."])
def test_the_search_shows_the_rows_whose_names_have_every_word(index: Index, query: str) -> None:
    wanted = [name for name in index.shown() if all(word in name.lower() for word in query.lower().split())]
    index.give("#search", query)
    assert index.shown() == wanted and index.said() == f"{len(wanted)} of {COUNT} shown"
    index.give("#search", "")
    assert len(index.shown()) == COUNT


def test_letters_typed_one_by_one_search_as_well(index: Index) -> None:
    index.browser.script("document.querySelector('#search').focus()")
    index.type("bundle")
    assert index.shown() == [row["name"] for row in index.rows() if "bundle" in row["name"]] and index.shown()


def test_a_group_shows_its_own_rows_and_the_first_choice_all(index: Index) -> None:
    groups = {row["group"] for row in index.rows()}
    choices = index.list("#group option", "value")
    assert len(groups) > 3 and groups <= set(choices) and len(choices) == len(groups) + 1
    for group in sorted(groups):
        index.give("#group", group)
        assert index.shown() == [row["name"] for row in index.rows() if row["group"] == group]
    index.give("#group", choices[0])
    assert len(index.shown()) == COUNT


def test_the_verdicts_pressed_are_those_shown(index: Index) -> None:
    chips = index.list("button.chip[data-verdict]", "data-verdict")
    assert set(documents_many.VERDICTS) <= set(chips)
    for number in itertools.chain(range(len(chips)), range(len(chips))):
        before = index.list("button.chip[data-verdict]", "aria-pressed")
        index.click("button.chip[data-verdict]", number)
        pressed = index.list("button.chip[data-verdict]", "aria-pressed")
        assert [n for n in range(len(chips)) if pressed[n] != before[n]] == [number]
        chosen = {verdict for verdict, state in zip(chips, pressed) if state == "true"}
        wanted = [row["name"] for row in index.rows() if not chosen or row["verdict"] in chosen]
        assert index.shown() == wanted and index.said() == f"{len(wanted)} of {COUNT} shown"


def test_search_group_and_verdict_narrow_each_other(index: Index) -> None:
    row = next(row for row in index.rows() if row["verdict"] == "regressed")
    index.give("#search", row["name"].split("/")[1])
    index.give("#group", row["group"])
    chips = index.list("button.chip[data-verdict]", "data-verdict")
    pressed = index.list("button.chip[data-verdict]", "aria-pressed")
    for number, (verdict, state) in enumerate(zip(chips, pressed)):
        if (state == "true") is not (verdict == "regressed"):
            index.click("button.chip[data-verdict]", number)
    assert row["name"] in index.shown()
    assert index.shown() == [r["name"] for r in index.rows() if (r["group"], r["verdict"]) == (row["group"], "regressed")
                             and row["name"].split("/")[1] in r["name"]]


def in_order(rows: list[dict[str, Any]], key: str) -> bool:
    """Whether rows rise by what they say of this; those that say nothing come last or first."""
    said = [row.get(key) or None for row in rows]
    while said and said[-1] is None:
        said.pop()
    while said and said[0] is None:
        said.pop(0)
    if key in FIGURES:
        figures = [float(value) for value in said if value is not None]
        return len(figures) == len(said) and figures == sorted(figures)
    return None not in said and all(a == b or natural(a) <= natural(b) for a, b in zip(said, said[1:]))


def natural(text: str) -> list[Any]:
    """How people order names with figures."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", text.casefold())]


def test_a_heading_sorts_by_its_column_and_again_the_other_way(index: Index) -> None:
    count = len(index.list("th[aria-sort] button", "type"))
    found = set()
    for number in range(count):
        directions = []
        for _ in range(2):
            index.click("th[aria-sort] button", number)
            sorts = index.list("th[aria-sort]", "aria-sort")
            assert [n for n, sort in enumerate(sorts) if sort != "none"] == [number], "one column is the one sorted by"
            directions.append(sorts[number])
            rows = index.rows() if sorts[number] == "ascending" else index.rows()[::-1]
            found |= {(number, sorts[number], key) for key in ("name", *FIGURES) if in_order(rows, key)}
        assert sorted(directions) == ["ascending", "descending"]
    for key in ("name", *FIGURES):
        assert any({(n, "ascending", key), (n, "descending", key)} <= found for n in range(count)), f"no column sorts by {key}"


def test_sorting_keeps_what_is_hidden_hidden(index: Index) -> None:
    index.give("#search", "ring")
    wanted = sorted(index.shown())
    index.click("th[aria-sort] button", 1)
    assert sorted(index.shown()) == wanted and len(wanted) < COUNT


def test_a_slash_leads_to_the_search_and_escape_clears_it(index: Index) -> None:
    index.browser.press("/", 191, "/")
    assert (index.focus(), index.value("#search")) == ("search", "")
    index.type("ring")
    assert 0 < len(index.shown()) < COUNT
    index.browser.press("Escape", 27)
    index.browser.settle()
    assert index.value("#search") == "" and len(index.shown()) == COUNT


def test_a_slash_in_the_search_is_a_letter(index: Index) -> None:
    index.browser.script("document.querySelector('#search').focus()")
    index.browser.press("/", 191, "/")
    assert index.value("#search") == "/"


def test_a_row_leads_to_its_benchmarks_page_and_that_back(index: Index) -> None:
    row = next(row for row in index.rows() if row["verdict"] == "regressed")
    index.browser.driver.get(row["link"])
    assert "/pages/b-" in index.browser.driver.current_url
    heading = index.browser.script("return document.querySelector('h1').textContent")
    assert "".join(row["name"].split()) in "".join(heading.split())
    back = index.browser.script("return [...document.querySelectorAll('a[href]')].map(a => a.href.replace(/#.*/, ''))")
    assert (index.folder / "index.html").resolve().as_uri() in back


def test_the_same_table_works_on_a_phone(index: Index) -> None:
    index.browser.open(index.folder / "index.html", PHONE)
    index.give("#search", "push")
    assert index.shown() == [row["name"] for row in index.rows() if "push" in row["name"]] and index.shown()


def test_using_the_table_says_nothing_on_the_console(index: Index) -> None:
    index.browser.console()
    index.give("#search", "ring")
    index.click("th[aria-sort] button", 0)
    index.click("button.chip[data-verdict]", 0)
    assert index.browser.console() == []
