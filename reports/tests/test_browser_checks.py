"""The checks in the browser find what they look for, and nothing on a page that is in order."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from browser import Browser
from browser_survey import CHECKS, Survey

STYLE = "body { margin: 1rem; font: 16px/1.5 sans-serif; color: #111; background: #fff } img { max-width: 100% }"
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100" viewBox="0 0 200 100">{}</svg>'
LONG = "word " * 60

# A page's body in place of the one in order, what finds the defect, and a part of the note.
DEFECTS = {
    "a_warning": ("<script>console.warn('odd')</script>", "console", "odd"),
    "an_exception": ("<script>setTimeout(() => { throw Error('broken') })</script>", "console", "broken"),
    "a_request_to_a_host": ("<img src='http://example.org/a.png' alt='a'>", "network", "http://example.org/a.png"),
    "a_file_elsewhere": ("<img src='../elsewhere.svg' alt='a'>", "network", "elsewhere.svg"),
    "a_socket": ("<script>new WebSocket('ws://example.org/')</script>", "network", "ws://example.org/"),
    "a_wide_box": ("<div style='width: 900px; height: 1em'></div>", "wide", "phone 390x844"),
    "a_long_word": (f"<p>{'x' * 300}</p>", "outside", "xxx"),
    "an_ellipsis": (f"<p style='white-space: nowrap; overflow: hidden; text-overflow: ellipsis'>{LONG}</p>", "cut", "cut off"),
    "a_low_box": (f"<div style='height: 2em; overflow: hidden'>{LONG * 9}</div>", "cut", "cut off"),
    "what_paper_cannot_scroll": (f"<div style='height: 2em; overflow: auto' tabindex='0'>{LONG * 9}</div>", "cut", "print"),
    "a_narrow_box": ("<div style='width: 40px'>Supercalifragilistic</div>", "spilled", "Supercali"),
    "texts_over_each_other": ("<p>first text</p><p style='margin-top: -2.2em'>second text</p>", "overlapping", "second text"),
    "text_under_a_box": ("<p>hidden text</p><div style='margin-top: -3em; height: 4em; background: #eee; position: relative'></div>",
                         "covered", "hidden text"),
    "grey_on_grey": ("<p style='color: #999; background: #eee'>faint text</p>", "contrast", "faint text"),
    "faint_by_opacity": ("<p style='opacity: 0.4'>faint text</p>", "contrast", "faint text"),
    "faint_in_the_dark": ("<style>@media (prefers-color-scheme: dark) { body { background: #222 } }</style><p>dark text</p>",
                          "contrast", "desk 1440x900, dark"),
    "a_second_h1": ("<h1>again</h1>", "structure", "2 headings of level 1"),
    "a_skipped_level": ("<h4>deep</h4>", "structure", "follows a heading of level 1"),
    "no_scope": ("<table><tr><th>head</th></tr></table>", "structure", "has no scope"),
    "an_id_twice": ("<p id='a'>a</p><p id='a'>b</p>", "structure", "the id a is there twice"),
    "no_label": ("<input type='text'>", "structure", "has no label"),
    "a_label_of_nothing": ("<p aria-labelledby='nobody'>a</p>", "structure", "which is no id here"),
    "a_toggle_without_a_state": ("<button class='chip'>slow</button>", "structure", "whether it is pressed"),
    "no_alt": ("<img src='fine.svg'>", "pictures", "has no alt"),
    "a_missing_picture": ("<img src='missing.svg' alt='a'>", "pictures", "is not loaded"),
    "a_missing_page": ("<a href='missing.html'>there</a>", "links", "which is not there"),
    "a_missing_place": ("<a href='in_order.html#nowhere'>there</a>", "links", "no such place"),
    "no_focus_to_see": ("<style>a:focus { outline: none }</style><a href='in_order.html'>there</a>", "keyboard", "looks as without"),
    "a_trap": ("<a href='in_order.html' onkeydown='return false'>one</a> <a href='in_order.html#title'>two</a>", "keyboard", "is not reached"),
}
DRAWINGS = {
    "out": ('<text x="150" y="50" font-size="20">far too long</text>', "drawn_outside", "far too long"),
    "over": ('<text x="10" y="50">first</text><text x="14" y="54">second</text>', "drawn_overlapping", "second"),
    "turned": ('<text x="10" y="90" transform="rotate(-90 10 90)">a long text upwards</text>', "drawn_outside", "upwards"),
    "faint": ('<rect width="200" height="100" fill="#ddd"/><text x="10" y="50" fill="#999">faint</text>', "drawn_faint", "faint"),
}
IN_ORDER = """
<p>A text with <b>bold</b> and <a href="in_order.html#title">a link</a>. <img src="fine.svg" alt="a picture"></p>
<h2>Figures</h2>
<style>@media screen { table { width: 60rem } }</style>
<div style="overflow-x: auto" tabindex="0"><table><tr><th scope="row">one</th><td>1</td></tr></table></div>
<p style="width: 5rem; white-space: nowrap; overflow: hidden" title="a text that does not fit in it">a text that does not fit in it</p>
<form><label>Search <input type="search" placeholder="a name"></label> <button type="button" aria-pressed="false">slow</button></form>
<p style="position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)">for those who listen</p>
<details><summary>More</summary><p>hidden until wanted</p></details>
"""


def page(body: str) -> str:
    return ('<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<link rel="icon" href="data:,"><title>a page</title><style>{STYLE}</style></head><body><main><h1 id="title">A page</h1>{body}</main></body></html>')


@pytest.fixture(scope="module")
def found(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Survey:
    """One survey of a report whose pages have a defect each, but for one."""
    folder = tmp_path_factory.mktemp("defects")
    (folder / "elsewhere.svg").write_text(DRAWING.format(""))
    report = folder / "report"
    report.mkdir()
    (report / "fine.svg").write_text(DRAWING.format('<text x="10" y="50">fine</text><text x="90" y="50">too</text>'))
    (report / "in_order.html").write_text(page(IN_ORDER))
    for name, (body, _, _) in DEFECTS.items():
        (report / f"{name}.html").write_text(page(body))
    for name, (body, _, _) in DRAWINGS.items():
        (report / f"drawing_{name}.svg").write_text(DRAWING.format(body))
    return Survey(browser, report)


def notes(found: Survey, file: str) -> dict[str, list[str]]:
    return {check: of for check in CHECKS if (of := [note for note in found.notes[check] if note.startswith(file)])}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_found_and_its_page_named(found: Survey, name: str) -> None:
    _, check, part = DEFECTS[name]
    said = notes(found, f"{name}.html")
    assert any(part in note for note in said.get(check, [])), said


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_defect_of_a_picture_is_found_and_the_picture_named(found: Survey, name: str) -> None:
    _, check, part = DRAWINGS[name]
    said = notes(found, f"drawing_{name}.svg")
    assert any(part in note for note in said.get(check, [])), said


@pytest.mark.parametrize("file", ["in_order.html", "fine.svg"])
def test_nothing_is_found_where_all_is_in_order(found: Survey, file: str) -> None:
    assert notes(found, file) == {}


def test_where_no_browser_is_installed_the_packages_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Exception, match=r"There is no chromium; scripts/setup.sh test installs it \(Debian's package chromium\)"):
        Browser()


def test_selenium_looks_for_no_driver_of_its_own(monkeypatch: pytest.MonkeyPatch, browser: Browser) -> None:
    try:
        from selenium.webdriver.common.selenium_manager import SeleniumManager
    except ImportError:
        return  # an older one, which has no such thing

    def never(*_: Any) -> None:
        raise AssertionError("Selenium Manager was asked")

    monkeypatch.setattr(SeleniumManager, "__init__", never)
    with Browser() as another:
        assert another.script("return 6 * 7") == 42
