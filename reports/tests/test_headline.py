"""The sentence on top of the index, and the order and words of its rows."""
from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Sequence

import pytest

import documents
import documents_sequential as sequential
import documents_surroundings as surroundings
import pages
from pages import name_of, row_of, rows, values, words
from vbench_report import headline, load

M = documents.measured


def sentence(folder: Path, content: Any) -> str:
    return headline.sentence(load.load(documents.save(folder / "r.json", content)))


def row(name: str, verdict: str, **more: Any) -> dict[str, Any]:
    return sequential.row(name, verdict, **{"cycles": 1, "layouts": 1, **more})


def judged(verdicts: Sequence[str], **changes: Any) -> dict[str, Any]:
    return sequential.compared([row(f"n{i}", v) for i, v in enumerate(verdicts)], **changes)


SLOW = sequential.quantile(0.99, "regressed", 50.0, 12.5, 8.0, 17.0)
EXCEEDED = sequential.limit("exceeded", 90.0, 99.0, 95.0, 103.0)


# --- a run --------------------------------------------------------------------------------------

@pytest.mark.parametrize("measured, failed, said", [
    (0, 0, "No benchmark was run"), (1, 0, "1 benchmark measured"), (2, 0, "2 benchmarks measured"),
    (1, 1, "1 benchmark measured, 1 failed"), (3, 2, "3 benchmarks measured, 2 failed"), (0, 2, "No benchmarks measured, 2 failed")])
def test_a_run_counts_what_was_measured_and_what_failed(tmp_path: Path, measured: int, failed: int, said: str) -> None:
    content = documents.document(*(M(f"m{i}") for i in range(measured)), *(documents.failed(f"f{i}", "died") for i in range(failed)))
    assert sentence(tmp_path, content) == said


@pytest.mark.parametrize("findings, said", [
    ([], ""), ([surroundings.finding("boost", "warning", "Boost is on.")], ""),
    ([surroundings.finding("load", "ok", "Quiet.")], "; machine quiet"), ([surroundings.finding("steal", "note", "A little.")], "; machine quiet"),
    ([surroundings.finding("load", "ok", "Quiet."), surroundings.finding("steal", "warning", "The host takes.")], "; machine not quiet"),
    ([surroundings.finding("load", "ok", "Quiet."), surroundings.finding("swap", "warning", "It swaps.")], "; machine quiet"),
    ([surroundings.finding("steal", "problem", "Others run.")], "; machine not quiet")])
def test_the_machine_was_quiet_only_where_somebody_looked_and_found_nothing(tmp_path: Path, findings: Any, said: str) -> None:
    assert sentence(tmp_path, documents.document(M("a"), findings=findings)) == "1 benchmark measured" + said


# --- a comparison -------------------------------------------------------------------------------

@pytest.mark.parametrize("verdicts, said", [
    (["regressed"], "1 of 1 slower, none faster"), (["improved"], "None of 1 slower, 1 faster"),
    (["equivalent"] * 3, "None of 3 slower, none faster, 3 the same within 1\u202f%"),
    (["inconclusive"], "None of 1 slower, none faster, 1 undecided"),
    (["regressed", "improved", "improved", "equivalent", "inconclusive"], "1 of 5 slower, 2 faster, 1 the same within 1\u202f%, 1 undecided"),
    ([], "Nothing could be compared")])
def test_a_comparison_counts_what_got_slower_and_faster_and_stayed_the_same(tmp_path: Path, verdicts: list[str], said: str) -> None:
    assert sentence(tmp_path, judged(verdicts)) == said


@pytest.mark.parametrize("tolerance, said", [(None, "1 the same"), (0.5, "1 the same within 0.5\u202f%"), (2, "1 the same within 2\u202f%")])
def test_what_is_the_same_is_so_within_the_tolerance(tmp_path: Path, tolerance: Any, said: str) -> None:
    content = judged(["equivalent"], tolerance_percent=tolerance)
    if tolerance is None:
        del content["vbench"]["comparison"]["tolerance_percent"]
    assert sentence(tmp_path, content).endswith(f", {said}")


def test_what_failed_and_what_is_on_one_side_only_is_counted_apart(tmp_path: Path) -> None:
    left_out = [documents.left_out(f"x{i}", reason, "why") for i, reason in enumerate(("failed", "failed_then", "added", "removed", "no_time"))]
    assert sentence(tmp_path, judged(["improved"], not_compared=left_out)) == "None of 1 slower, 1 faster, 2 failed, 3 not compared"
    assert sentence(tmp_path, judged([], not_compared=left_out[:1])) == "Nothing could be compared, 1 failed"


@pytest.mark.parametrize("more, said", [
    ({"quantiles": [SLOW]}, ", 1 with slower latencies"), ({"p99_limit": EXCEEDED}, ", 1 with slower latencies"),
    ({"quantiles": [SLOW, sequential.quantile(0.999, "regressed", 90.0, 20.0, 9.0, 31.0)], "p99_limit": EXCEEDED}, ", 1 with slower latencies"),
    ({"quantiles": [sequential.quantile(0.99, "improved", 50.0, -12.5, -17.0, -8.0)]}, ""),
    ({"p99_limit": sequential.limit("kept", 90.0, 40.0, 38.0, 42.0)}, "")])
def test_a_benchmark_with_slower_latencies_counts_once(tmp_path: Path, more: Any, said: str) -> None:
    assert sentence(tmp_path, sequential.compared([row("a", "equivalent", **more)])) == (
        f"None of 1 slower, none faster{said}, 1 the same within 1\u202f%")


@pytest.mark.parametrize("count, said", [(1, "No verdict on 1 benchmark counts"), (2, "No verdict on 2 benchmarks counts")])
def test_where_old_differs_from_itself_no_verdict_counts_and_none_is_counted(tmp_path: Path, count: int, said: str) -> None:
    exceeded = judged(["regressed"] * count, noise_floor=sequential.floor(0.75, 0.5, 1.0, True),
                      not_compared=[documents.left_out("x", "failed", "why")])
    assert sentence(tmp_path, exceeded) == f"{said}, 1 failed; machine not quiet: old differs from itself"


def test_a_comparison_says_whether_the_machine_was_quiet(tmp_path: Path) -> None:
    for findings, said in ((surroundings.QUIET, "; machine quiet"), (surroundings.DISTURBED, "; machine not quiet")):
        content = judged(["equivalent"])
        content["vbench"]["findings"] = list(findings)
        assert sentence(tmp_path, content).endswith(said)


@pytest.mark.parametrize("content", [documents.engine, documents.engine_compared, lambda: judged(["regressed"]), documents.document])
def test_the_sentence_is_the_heading_and_the_title(report: Callable[..., Path], tmp_path: Path, content: Any) -> None:
    said = sentence(tmp_path, content())
    page = pages.read(report(content()) / "index.html")
    assert (page.all("h1")[0].text(), page.all("title")[0].text()) == (said, f"{said} – Velox Bench")


# --- rows ---------------------------------------------------------------------------------------

def mixed() -> dict[str, Any]:
    """Two of each kind of row, the least important first."""
    of = [row("same-1", "equivalent"), row("same-2", "equivalent", quantiles=[sequential.unjudged(0.99)]),
          row("open-1", "inconclusive", visible_percent=3.5), row("open-2", "inconclusive", p99_limit=sequential.limit("undecided", 9.0, None)),
          row("fast-1", "improved"), row("fast-2", "improved"),
          row("tail-1", "equivalent", quantiles=[SLOW]), row("tail-2", "improved", p99_limit=EXCEEDED), row("tail-3", "inconclusive", quantiles=[SLOW]),
          row("slow-1", "regressed"), row("slow-2", "regressed", quantiles=[SLOW])]
    return sequential.compared(
        of, beside=[(None, M("new-1")), (M("gone-1"), None), (M("dead-1"), documents.failed("dead-1", "it <died>")),
                    (documents.failed("dead-2", "it was broken"), M("dead-2"))],
        not_compared=[documents.left_out("new-1", "added", "added: the old side does not have it"),
                      documents.left_out("gone-1", "removed", "removed: only the old side has it"),
                      documents.left_out("dead-1", "failed", "it <died>"),
                      documents.left_out("dead-2", "failed_then", "the old one failed: it was broken")])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from vbench_report.__main__ import main

    place = tmp_path_factory.mktemp("mixed")
    assert main([str(documents.save(place / "r.json", mixed())), "--out", str(place / "out")]) == 0
    return place / "out"


def test_rows_go_from_what_is_worst_to_what_needs_nobody_and_stay_in_the_results_order_otherwise(folder: Path) -> None:
    assert list(map(name_of, rows(pages.read(folder / "index.html")))) == [
        "slow-1", "slow-2", "tail-1", "tail-2", "tail-3", "fast-1", "fast-2", "dead-1", "dead-2",
        "open-1", "open-2", "same-1", "same-2", "new-1", "gone-1"]


def test_only_rows_with_slower_latencies_are_alarming_and_say_which(folder: Path) -> None:
    found = {name_of(r): [words(b) for b in r.all("strong", class_="tail")] for r in rows(pages.read(folder / "index.html"))
             if "alarming" in r.attributes["class"].split()}
    assert found == {"slow-2": ["p99 regressed"], "tail-1": ["p99 regressed"], "tail-2": ["p99 limit exceeded"], "tail-3": ["p99 regressed"]}


@pytest.mark.parametrize("name, said, there", [
    ("dead-1", "failed it <died>", (True, False)), ("dead-2", "failed on the old side the old one failed: it was broken", (False, True)),
    ("new-1", "added the old side does not have it", (False, True)), ("gone-1", "removed only the old side has it", (True, False))])
def test_what_failed_was_added_or_removed_says_why_and_has_the_time_of_the_side_that_has_one(
        folder: Path, name: str, said: str, there: tuple[bool, bool]) -> None:
    found = row_of(pages.read(folder / "index.html"), name)
    assert words(found.all("td", class_="why")[0]) == said
    assert tuple(bool(values(found.all("td", data_label=label)[0])) for label in ("old", "new")) == there
    assert pages.read(folder / found.all("a")[0].attributes["href"]).all("h1")[0].text() == name
    assert ("failed" in found.attributes["class"]) == (name == "dead-1")


def test_the_change_that_would_have_shown_stands_only_beside_what_is_inconclusive(folder: Path) -> None:
    page = pages.read(folder / "index.html")
    assert "about 3.5 % would show" in words(row_of(page, "open-1"))
    assert all("would show" not in words(r) for r in rows(page) if r.attributes["data-verdict"] != "inconclusive")


def test_pages_follow_one_another_in_the_order_of_the_rows(folder: Path) -> None:
    found, page = ["slow-1"], pages.benchmark(folder, "slow-1")
    while links := [a.attributes["href"] for a in page.all("a") if a.attributes.get("rel") == "next"]:
        page = pages.read(folder / "pages" / links[0])
        found.append(page.all("h1")[0].text())
    assert found == list(map(name_of, rows(pages.read(folder / "index.html"))))
