"""Small results of every kind, whose reports are committed: the same result gives the same bytes, on every page."""
from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Callable, Optional

import jsonschema
import matplotlib
import pytest

import documents
import documents_paired
import documents_sequential
import documents_surroundings
import pages
from places import SCHEMA, TESTS, UPDATE
from vbench_report.pictures import cache, drawing
from vbench_report.__main__ import main


def golden_document() -> dict[str, Any]:
    """Small, and with one of everything: a curve, items, a failure, latency, one block, and all that a result can have around it."""
    m = documents.measured
    return documents_surroundings.surrounded(documents.document(
        *(m(f"ring/push_pop/{n}", case="ring/push_pop", parameters={"capacity": n}, samples_ns=samples, items=2)
          for n, samples in ((64, [[612, 618, 634], [605, 611, 660], [620, 621, 625]]),
                             (1024, [[811, 820, 822], [808, 815, 819], [830, 833, 899]]))),
        m("latency <p99> & co", samples_ns=[[51_000, 52_500], [51_800, 90_000]], latency=True, threads=2),
        m("once", samples_ns=[[1_250_000]]),
        documents.failed("ring/broken", "the worker died of SIGSEGV"),
    ))


def golden_comparison() -> dict[str, Any]:
    """Small, and with one of everything: a curve of both sides, one process, and each reason for no verdict but one."""
    m = documents.measured

    def ring(n: int, samples: list[list[int]], **more: Any) -> dict[str, Any]:
        return m(f"ring/push_pop/{n}", case="ring/push_pop", parameters={"capacity": n}, samples_ns=samples, **more)

    old = documents.document(
        ring(64, [[612, 618, 634], [605, 611, 660], [620, 621, 625]], items=2),
        ring(1024, [[811, 820, 822], [808, 815, 819], [830, 833, 899]], items=2),
        m("latency <p99> & co", samples_ns=[[51_000, 52_500], [51_800, 90_000]], latency=True, threads=2),
        m("once", samples_ns=[[1_250_000]]), m("gone", samples_ns=[[40, 41], [44, 43]]),
        m("breaks", samples_ns=[[70, 71], [74, 73]]))
    old["vbench"]["run"].update(started="2026-11-14T09:02:44Z", pinned_cpus=[])
    old["vbench"]["suites"][0].update(compiler_flags="-std=c11 -O3 -g -DNDEBUG")
    new = documents.document(
        ring(64, [[702, 708, 714], [695, 701, 730], [700, 711, 715]], items=2),
        ring(1024, [[741, 740, 742], [738, 735, 739], [730, 743, 759]], items=2),
        m("latency <p99> & co", samples_ns=[[51_100, 52_400], [51_900, 89_000]], latency=True, threads=2),
        m("once", samples_ns=[[1_350_000]]), m("fresh", samples_ns=[[90, 91], [94, 93]]),
        documents.failed("breaks", "the worker died of SIGSEGV"),
        source={"commit": "89abcdef0123456789abcdef0123456789abcdef", "dirty": True})
    c = documents.change
    return documents_surroundings.surrounded(documents.compared(new, old, [
        c("ring/push_pop/64", "regressed", 14.125, 7.5, 21.0, 6.25),
        c("ring/push_pop/1024", "improved", -10.25, -15.5, -4.75, 5.75),
        c("latency <p99> & co", "equivalent", 0.0, -0.75, 0.75, 0.75),
        c("once", "inconclusive", 8.0),
    ], [
        documents.left_out("fresh", "added", "added: the baseline does not have it"),
        documents.left_out("gone", "removed", "removed: only the baseline has it"),
        documents.left_out("breaks", "failed", "the worker died of SIGSEGV"),
    ]), findings=documents_surroundings.DISTURBED)


def golden_paired() -> dict[str, Any]:
    """As before the sequential judge. Small, and with one of everything: links as built, one layout, one cycle, an unfinished one, a side alone."""
    m = documents_paired.measured_pairs
    judged = documents_paired.judged
    unfinished = judged(m("ring <spsc> & co", old_ns=58.0, cycles=3, luck=0.02, noise=0.02, natural_luck=(0.0, 0.01), cycles_planned=4,
                          cache_shared_percent=7.25, warm_up_iterations=1000, block_ns=2.5e7), "inconclusive")
    unfinished["cycles"] = 2
    return documents_paired.compared(
        [judged(m("ring/push_pop/64", old_ns=6.0, percent=15.0, cycles=4, luck=0.05, natural_luck=(0.05, -0.1)), "regressed"),
         unfinished,
         judged(m("bundle", old_ns=1.25e6, percent=0.5, cycles=2, layouts=1, benchmark_changed=True,
                  layout_reason="bundle_suite has no recipe, so it cannot be linked again."), "inconclusive"),
         judged(m("once", old_ns=1.9e3, percent=3.0, cycles=1, layouts=4), "inconclusive")],
        beside=[(documents.measured("gone", processes=2, blocks=3), None),
                (documents.measured("breaks", processes=2, blocks=3), documents.failed("breaks", "the worker died of SIGSEGV"))],
        not_compared=[documents.left_out("fresh", "added", "added: the old side does not have it"),
                      documents.left_out("gone", "removed", "removed: only the old side has it"),
                      documents.left_out("breaks", "failed", "the worker died of SIGSEGV")],
        notes=["One CPU only: vbench shares it with what it measures."], common_percent=4.5, moved_together=True,
        layouts=[documents_paired.placements("old", "engine_suite", ["ring_push", "ring_pop"]),
                 documents_paired.placements("new", "engine_suite", ["ring_push", "ring_pop", "ring<peek>"]),
                 documents_paired.placements("new", "bundle_suite", [], 1, "bundle_suite has no recipe, so it cannot be linked again.")],
        of_new={"source": {"commit": "89abcdef0123456789abcdef0123456789abcdef", "dirty": True}})


def golden_sequential() -> dict[str, Any]:
    """Small, and with each estimator, most ways to stop, latencies, and limits."""
    s = documents_sequential
    return s.compared(
        [s.row("ring <spsc> & co", "regressed", old_ns=58.0, percent=12.5, cycles=4, looks_taken=1, luck=0.02, natural_luck=(0.0, 0.01)),
         s.row("quiet", "improved", estimator="quiet", old_ns=6.0, percent=-8.0, cycles=4, layouts=4, noise=0.03),
         s.row("undecided", "inconclusive", estimator="pairs", stopped="budget", old_ns=1.9e3, cycles=4, looks=1, looks_taken=1, layouts=1,
               cycles_planned=4, noise=0.05, visible_percent=5.25, p_value=0.46875),
         s.row("late", "inconclusive", stopped="time_cap", old_ns=1.25e6, cycles=1, layouts=4, looks_taken=0, p_value=1.0),
         s.row("tail", "equivalent", estimator="pairs", old_ns=812.0, cycles=4, noise=0.001, luck=0.001, p99_limit=s.limit("exceeded", 3500.0, 4e3, 3800.0, 4250.0),
               quantiles=[s.quantile(0.5, "improved", 700.0, -4.5, -6.25, -2.75), s.quantile(0.99, "regressed", 3200.0, 25.0, 19.5, 31.25),
                          s.unjudged(0.999)])],
        layouts=[documents_paired.placements("old", "engine_suite", ["ring_push"])], gate=s.gate(True, 5.0))


GOLDEN = {"golden": golden_document, "golden_comparison": golden_comparison, "golden_paired": golden_paired,
          "golden_sequential": golden_sequential, "golden_scaling": documents.scaled}  # folder: what its result is made of
# Style and script are the same in every report: a test of its own compares them with what they are made of. The list of pictures
# changes with every line of the code that draws.
LEFT_OUT = {"pages/style.css", "pages/report.js", f"plots/{cache.MANIFEST}"}


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def committed(folder: Path) -> dict[str, bytes]:
    return {name: content for name, content in everything(folder).items() if name not in LEFT_OUT}


def version_of_gnuplot() -> str:
    if not shutil.which("gnuplot"):
        return "none"
    said = subprocess.run(["gnuplot", "--version"], stdout=subprocess.PIPE, encoding="utf-8")
    return said.stdout.strip()


def maker(file: str, content: bytes) -> Optional[str]:
    """Whose version counts for the bytes of a picture."""
    if not file.endswith(".svg"):
        return None
    return "gnuplot" if b"gpPt" in content or b"gnuplot_canvas" in content else "matplotlib"


def write_anew(golden: Path, content: Any, made_by: dict[str, str]) -> None:
    shutil.rmtree(golden, ignore_errors=True)
    golden.mkdir()
    (golden / "result.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (golden / "made_by.json").write_text(json.dumps(made_by) + "\n", encoding="utf-8")
    assert main([str(golden / "result.json"), "--out", str(golden / "expected")]) == 0
    for name in LEFT_OUT:
        (golden / "expected" / name).unlink()


@pytest.mark.parametrize("name", GOLDEN)
def test_the_fixture_gives_the_committed_pages_and_pictures(tmp_path: Path, name: str) -> None:
    golden = TESTS / name
    made_by = {"matplotlib": matplotlib.__version__, "gnuplot": version_of_gnuplot()}
    if os.environ.get(UPDATE) == "1":
        write_anew(golden, GOLDEN[name](), made_by)
    assert main([str(golden / "result.json"), "--out", str(tmp_path)]) == 0
    expected, found = committed(golden / "expected"), committed(tmp_path)
    recorded = json.loads((golden / "made_by.json").read_text(encoding="utf-8"))
    missing = {file for file in expected if maker(file, expected[file]) == "gnuplot"} if made_by["gnuplot"] == "none" else set()
    assert set(found) == set(expected) - missing
    skipped = []
    for file in sorted(found):
        tool = maker(file, expected[file])
        if made_by["gnuplot"] == "none" and b"No curve here: gnuplot" in found[file]:
            tool = "gnuplot"  # a note stands in its picture's place
        if tool and made_by[tool] != recorded[tool]:
            skipped.append(f"{file}: {tool} is {made_by[tool]}, the golden file was made by {recorded[tool]}")
        else:
            assert found[file].decode() == expected[file].decode(), file
    if skipped:
        pytest.skip("; ".join(skipped))


@pytest.mark.parametrize("name", GOLDEN)
def test_the_committed_result_is_the_one_that_the_fixture_makes_and_follows_the_schema(name: str) -> None:
    there = json.loads((TESTS / name / "result.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(there)
    assert there == json.loads(json.dumps(GOLDEN[name]()))


def test_the_golden_reports_have_every_kind_of_page_and_picture() -> None:
    reports = [TESTS / name / "expected" for name in GOLDEN]
    kinds = {re.sub("-.*", "", p.stem) for r in reports for p in pages.files(r)}
    assert kinds == {"index", "b", "g", "layouts", "history", "environment", "reading"}
    made = {p.name.partition("-")[0] for r in reports for p in (r / "plots").glob("*.svg")}
    assert made >= {"curve", "distribution", "samples", "cycles", "layouts", "scaling", "percentiles", "latencies", "quantiles", "linear",
                    "group", "history"}


def test_the_same_result_gives_the_same_bytes(report: Callable[..., Path]) -> None:
    content = documents_surroundings.surrounded(documents.engine())
    assert everything(report(content, "one")) == everything(report(content, "two"))


def test_a_pool_of_processes_draws_the_same_pictures(report: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    pooled = everything(report(documents.engine(), "one"))
    monkeypatch.setattr(drawing, "WORTH_A_POOL", 10_000)
    assert everything(report(documents.engine(), "two")) == pooled


@pytest.mark.parametrize("folder", GOLDEN)
def test_no_file_holds_a_path_of_the_machine_that_made_it(report: Callable[..., Path], folder: str) -> None:
    for name, content in everything(report(GOLDEN[folder]())).items():
        assert not re.search(rb"/(home|root|tmp|usr|work)/", content), name
