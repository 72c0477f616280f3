"""Every page of every kind of report, in a browser, at three widths, light and dark, and on paper."""
from __future__ import annotations

from typing import Any, Callable

import pytest

import documents
import documents_hostile
import documents_paired
import documents_sequential
from browser import Browser
from browser_survey import Survey

REPORTS: dict[str, Callable[[], dict[str, Any]]] = {
    "run": documents.engine, "comparison": documents.engine_compared, "paired": documents_paired.engine,
    "sequential": documents_sequential.engine, "scaled": documents.scaled, "empty": documents.document,
    "hostile": documents_hostile.run, "hostile_comparison": documents_hostile.comparison}
_surveys: dict[str, Survey] = {}


@pytest.fixture()
def nothing(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], None]:
    """Asserts that a check has found nothing in a report, which is made and gone through when it is first asked for."""
    from vbench_report.__main__ import main

    def check(report: str, name: str) -> None:
        if report not in _surveys:
            folder = tmp_path_factory.mktemp(report)
            assert main([str(documents.save(folder / "result.json", REPORTS[report]())), "--out", str(folder / "out")]) == 0
            _surveys[report] = Survey(browser, folder / "out")
        found = _surveys[report].notes[name]
        assert not found, "\n" + "\n".join(found)

    return check


pytestmark = pytest.mark.parametrize("report", REPORTS)
Nothing = Callable[[str, str], None]


def test_no_page_warns_or_throws(nothing: Nothing, report: str) -> None:
    nothing(report, "console")


def test_pages_ask_only_for_files_of_the_report(nothing: Nothing, report: str) -> None:
    nothing(report, "network")


def test_no_page_scrolls_sideways(nothing: Nothing, report: str) -> None:
    nothing(report, "wide")


def test_no_text_is_cut_off(nothing: Nothing, report: str) -> None:
    nothing(report, "cut")


def test_no_text_reaches_out_of_the_page(nothing: Nothing, report: str) -> None:
    nothing(report, "outside")


def test_no_text_sticks_out_of_its_box(nothing: Nothing, report: str) -> None:
    nothing(report, "spilled")


def test_no_texts_overlap(nothing: Nothing, report: str) -> None:
    nothing(report, "overlapping")


def test_no_text_lies_under_something_else(nothing: Nothing, report: str) -> None:
    nothing(report, "covered")


def test_every_text_stands_out_from_what_it_lies_on(nothing: Nothing, report: str) -> None:
    nothing(report, "contrast")


def test_headings_tables_forms_and_ids_are_in_order(nothing: Nothing, report: str) -> None:
    nothing(report, "structure")


def test_every_picture_is_loaded_and_described(nothing: Nothing, report: str) -> None:
    nothing(report, "pictures")


def test_every_link_into_the_report_leads_somewhere(nothing: Nothing, report: str) -> None:
    nothing(report, "links")


def test_every_control_is_reached_with_the_tab_key_and_shows_it(nothing: Nothing, report: str) -> None:
    nothing(report, "keyboard")


def test_texts_of_pictures_lie_inside_them(nothing: Nothing, report: str) -> None:
    nothing(report, "drawn_outside")


def test_texts_of_pictures_do_not_overlap(nothing: Nothing, report: str) -> None:
    nothing(report, "drawn_overlapping")


def test_texts_of_pictures_stand_out_from_what_they_lie_on(nothing: Nothing, report: str) -> None:
    nothing(report, "drawn_faint")
