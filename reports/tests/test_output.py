"""What is written where, and that the same result gives the same bytes."""
from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import matplotlib
import pytest

import documents
import documents_paired
import documents_sequential
from places import LAUNCHER, TESTS
from vbench_report.__main__ import main

UPDATE = "VBENCH_UPDATE_GOLDEN"  # set to 1: writes the golden files anew instead of comparing


def golden_document() -> dict[str, Any]:
    """Small, and with one of everything: a curve, items, a failure, latency, one block."""
    m = documents.measured
    return documents.document(
        *(m(f"ring/push_pop/{n}", case="ring/push_pop", parameters={"capacity": n}, samples_ns=samples, items=2)
          for n, samples in ((64, [[612, 618, 634], [605, 611, 660], [620, 621, 625]]),
                             (1024, [[811, 820, 822], [808, 815, 819], [830, 833, 899]]))),
        m("latency <p99> & co", samples_ns=[[51_000, 52_500], [51_800, 90_000]], latency=True, threads=2),
        m("once", samples_ns=[[1_250_000]]),
        documents.failed("ring/broken", "the worker died of SIGSEGV"),
    )


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
    return documents.compared(new, old, [
        c("ring/push_pop/64", "regressed", 14.125, 7.5, 21.0, 6.25),
        c("ring/push_pop/1024", "improved", -10.25, -15.5, -4.75, 5.75),
        c("latency <p99> & co", "equivalent", 0.0, -0.75, 0.75, 0.75),
        c("once", "inconclusive", 8.0),
    ], [
        documents.left_out("fresh", "added", "added: the baseline does not have it"),
        documents.left_out("gone", "removed", "removed: only the baseline has it"),
        documents.left_out("breaks", "failed", "the worker died of SIGSEGV"),
    ])


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


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def version_of_gnuplot() -> str:
    if not shutil.which("gnuplot"):
        return "none"
    said = subprocess.run(["gnuplot", "--version"], stdout=subprocess.PIPE, encoding="utf-8")
    return said.stdout.strip()


def test_the_same_result_gives_the_same_bytes(report: Callable[..., Path]) -> None:
    assert everything(report(documents.engine(), "one")) == everything(report(documents.engine(), "two"))


def test_a_pool_of_processes_draws_the_same_pictures(report: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    from vbench_report import report as generator
    pooled = everything(report(documents.engine(), "one"))
    monkeypatch.setattr(generator, "WORTH_A_POOL", 10_000)
    assert everything(report(documents.engine(), "two")) == pooled


@pytest.mark.parametrize("name", GOLDEN)
def test_the_fixture_gives_the_committed_page_and_pictures(tmp_path: Path, name: str) -> None:
    golden = TESTS / name
    made_by = {"matplotlib": matplotlib.__version__, "gnuplot": version_of_gnuplot()}
    source = golden / "result.json"
    versions = golden / "made_by.json"
    if os.environ.get(UPDATE) == "1":
        shutil.rmtree(golden, ignore_errors=True)
        golden.mkdir()
        source.write_text(json.dumps(GOLDEN[name](), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        versions.write_text(json.dumps(made_by) + "\n", encoding="utf-8")
        assert main([str(source), "--out", str(golden / "expected")]) == 0
    assert main([str(source), "--out", str(tmp_path)]) == 0
    expected, found = everything(golden / "expected"), everything(tmp_path)
    recorded = json.loads(versions.read_text(encoding="utf-8"))
    assert list(found) == list(expected) or made_by["gnuplot"] == "none"
    skipped = []
    for file in expected:
        tool = {"plots/curve": "gnuplot", "plots/scali": "gnuplot", "plots/distr": "matplotlib", "plots/cycle": "matplotlib",
                "plots/layou": "matplotlib"}.get(file[:11])
        if file == "index.html" and made_by["gnuplot"] == "none":
            tool = "gnuplot"
        if tool and made_by[tool] != recorded[tool]:
            skipped.append(f"{file}: {tool} is {made_by[tool]}, the golden file was made by {recorded[tool]}")
        else:
            assert found[file].decode() == expected[file].decode(), file
    if skipped:
        pytest.skip("; ".join(skipped))


def test_pictures_of_an_earlier_report_go_and_other_files_stay(report: Callable[..., Path]) -> None:
    out = report(documents.document(documents.measured("old"), documents.measured("kept")))
    before = {p.name for p in (out / "plots").iterdir()}
    (out / "plots" / "mine.svg").write_text("<svg/>")
    (out / "plots" / "mine.png").write_text("x")
    (out / "notes.txt").write_text("x")
    (out / "plots" / "folder.svg").mkdir()
    os.symlink(out / "plots" / sorted(before)[0], out / "plots" / "link.svg")
    report(documents.document(documents.measured("kept")))
    after = {p.name for p in (out / "plots").iterdir()}
    assert {n for n in before & after} == {n for n in before if "kept" in n}
    assert after - before == {"mine.svg", "mine.png", "folder.svg", "link.svg"}
    assert (out / "notes.txt").exists()


def test_no_temporary_file_is_left(report: Callable[..., Path]) -> None:
    out = report(documents.document(documents.measured("a")))
    assert sorted(p.name for p in out.iterdir()) == ["index.html", "plots"]
    assert all(p.suffix == ".svg" for p in (out / "plots").iterdir())
    assert (out / "index.html").stat().st_mode & 0o444 == 0o444 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_page_that_is_not_ours_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = documents.save(tmp_path / "r.json", documents.document())
    (tmp_path / "index.html").write_text("<p>my home page</p>")
    assert main([str(source), "--out", str(tmp_path)]) == 2
    assert "is not a report of vbench's" in capsys.readouterr().err
    assert (tmp_path / "index.html").read_text() == "<p>my home page</p>" and not (tmp_path / "plots").exists()


def test_pictures_never_land_outside_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = documents.save(tmp_path / "r.json", documents.document(documents.measured("a")))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    os.symlink(tmp_path / "elsewhere", tmp_path / "out" / "plots")
    assert main([str(source), "--out", str(tmp_path / "out")]) == 2
    assert "is a link" in capsys.readouterr().err and list((tmp_path / "elsewhere").iterdir()) == []


def test_the_launcher_works_through_links_and_from_paths_with_spaces(tmp_path: Path, launch: Callable[..., Any]) -> None:
    (tmp_path / "a folder").mkdir()
    os.symlink(LAUNCHER, tmp_path / "a folder" / "first link")
    os.symlink("first link", tmp_path / "a folder" / "second link")
    documents.save(tmp_path / "my result.json", documents.document())
    done = launch("my result.json", "--out", "my report", launcher=tmp_path / "a folder" / "second link")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Report: my report/index.html\n", "")


def test_a_home_folder_without_write_permission_goes_unmentioned(
        tmp_path: Path, launch: Callable[..., Any]) -> None:
    documents.save(tmp_path / "r.json", documents.document(documents.measured("a")))
    (tmp_path / "file").write_text("")
    done = launch("r.json", HOME=str(tmp_path / "file" / "home"))
    assert (done.returncode, done.stderr) == (0, "")


def test_files_named_like_modules_in_the_current_folder_do_not_disturb(tmp_path: Path, launch: Callable[..., Any]) -> None:
    if sys.version_info < (3, 11):
        pytest.skip("Python before 3.11 always searches the current folder with -m")
    for name in ("json.py", "numpy.py", "jinja2.py"):
        (tmp_path / name).write_text("raise SystemExit('taken for a module')\n")
    documents.save(tmp_path / "r.json", documents.document())
    assert launch("r.json").returncode == 0


@pytest.mark.parametrize("closed, status, said", [
    (True, 141, ""), (False, 2, "vbench-report: reports/index.html is there, but stdout cannot be written: No space left on device.\n")])
def test_a_stdout_that_takes_nothing_gives_no_traceback(tmp_path: Path, closed: bool, status: int, said: str) -> None:
    documents.save(tmp_path / "r.json", documents.document())
    if closed:
        reader, stdout = os.pipe()
        os.close(reader)
    else:
        stdout = os.open("/dev/full", os.O_WRONLY)
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}  # which would hide a missing flush
    done = subprocess.run([str(LAUNCHER), "r.json"], cwd=tmp_path, stdout=stdout, stderr=subprocess.PIPE, encoding="utf-8",
                          env={**variables, "VBENCH_PYTHON": sys.executable}, timeout=60)
    os.close(stdout)
    assert (done.returncode, done.stderr) == (status, said) and (tmp_path / "reports" / "index.html").exists()


@pytest.mark.parametrize("folder", GOLDEN)
def test_the_page_holds_no_path_of_this_machine(report: Callable[..., Path], folder: str) -> None:
    for name, content in everything(report(GOLDEN[folder]())).items():
        assert not re.search(rb"/(home|root|tmp|usr|work)/", content), name
