"""What is written where: a report's own files, nothing else, and nothing outside its folder."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

import documents
import documents_paired
from places import LAUNCHER, ROOT
from vbench_report import write
from vbench_report.pictures import cache
from vbench_report.__main__ import main

M = documents.measured
TEMPLATES = ROOT / "reports/vbench_report/templates"


def names(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*")}


@pytest.fixture()
def source(tmp_path: Path) -> Path:
    return documents.save(tmp_path / "r.json", documents.document(M("a")))


# --- what is there, and what goes ---------------------------------------------------------------

def test_a_report_is_an_index_pages_and_pictures_and_no_temporary_file_is_left(report: Callable[..., Path]) -> None:
    out = report(documents.document(M("a")))
    assert {p.name for p in out.iterdir()} == {"index.html", "pages", "plots"}
    assert {p.name for p in (out / "pages").iterdir()} == {
        "style.css", "report.js", "history.html", "environment.html", "reading.html", *(p.name for p in (out / "pages").glob("b-a-*.html"))}
    assert all(p.suffix == ".svg" or p.name == cache.MANIFEST for p in (out / "plots").iterdir())
    mask = os.umask(0)
    os.umask(mask)
    assert all(p.stat().st_mode & 0o777 == 0o666 & ~mask for p in out.rglob("*") if p.is_file())


def test_style_and_script_are_as_they_are_kept_with_the_mark_of_a_report(report: Callable[..., Path]) -> None:
    out = report(documents.document())
    for name, mark in (("style.css", f"/* {write.MADE_BY} */\n"), ("report.js", f"// {write.MADE_BY}\n")):
        assert (out / "pages" / name).read_text(encoding="utf-8") == mark + (TEMPLATES / name).read_text(encoding="utf-8")


def test_pages_and_pictures_of_an_earlier_report_go_and_other_files_stay(report: Callable[..., Path]) -> None:
    out = report(documents.document(M("g/old", case="g/old", group="g"), M("g/kept", case="g/kept", group="g")))
    before = names(out)
    foreign = ["plots/mine.svg", "plots/mine.png", "notes.txt", "pages/mine.html", "pages/mine.css", "pages/b-mine.js", "plots/b-old.html"]
    for name in foreign:
        (out / name).write_text("<svg/>")
    for folder in ("plots/folder.svg", "pages/folder.html"):
        (out / folder).mkdir()
    os.symlink(next((out / "plots").glob("distribution-g-old*")), out / "plots/link.svg")
    os.symlink(next((out / "pages").glob("b-g-old*")), out / "pages/link.html")
    fresh = names(report(documents.document(M("g/kept", case="g/kept", group="g")), "fresh"))
    report(documents.document(M("g/kept", case="g/kept", group="g")))
    stay = {*foreign, "plots/folder.svg", "pages/folder.html", "plots/link.svg", "pages/link.html"}
    assert names(out) == fresh | stay and not any("g-old" in name for name in fresh)
    assert any("b-g-old" in name for name in before) and any(name.startswith("pages/g-g-") for name in before)
    assert all((out / name).read_text() == "<svg/>" for name in foreign)


def test_the_layouts_of_an_earlier_comparison_go(report: Callable[..., Path]) -> None:
    out = report(documents_paired.compared([documents_paired.judged(documents_paired.measured_pairs("a", cycles=1), "inconclusive")],
                                           layouts=[documents_paired.placements("old", "s", ["f"])]))
    assert (out / "pages/layouts.html").exists()
    report(documents.document(M("a")))
    assert not (out / "pages/layouts.html").exists()


def test_an_empty_folder_of_pictures_goes(report: Callable[..., Path]) -> None:
    out = report(documents.document(M("a")))
    report(documents.document())
    assert not (out / "plots").exists() and (out / "pages").exists()


# --- what is not ours ---------------------------------------------------------------------------

def test_an_index_that_is_not_ours_is_never_overwritten(tmp_path: Path, source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "index.html").write_text("<p>my home page</p>")
    assert main([str(source), "--out", str(tmp_path)]) == 2
    assert "is not a report of vbench's" in capsys.readouterr().err
    assert names(tmp_path) == {"index.html", "r.json"} and (tmp_path / "index.html").read_text() == "<p>my home page</p>"


@pytest.mark.parametrize("name", ["pages/style.css", "pages/report.js", "pages/history.html"])
def test_a_file_of_another_that_stands_in_the_way_is_never_overwritten(
        tmp_path: Path, source: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    out = tmp_path / "out"
    (out / name).parent.mkdir(parents=True)
    (out / name).write_text("mine")
    assert main([str(source), "--out", str(out)]) == 2
    error = capsys.readouterr().err
    assert f"{out / name} exists and is not part of a report of vbench's" in error and error.count("\n") == 1
    assert (out / name).read_text() == "mine" and not (out / "index.html").exists()


def test_a_link_in_a_pictures_place_is_replaced_and_its_target_stays(tmp_path: Path, report: Callable[..., Path]) -> None:
    out = report(documents.document(M("a")))
    [picture] = (out / "plots").glob("distribution-*")
    picture.rename(tmp_path / "moved.svg")
    os.symlink(tmp_path / "moved.svg", picture)
    (tmp_path / "moved.svg").write_text("mine")
    report(documents.document(M("a")))
    assert not picture.is_symlink() and (tmp_path / "moved.svg").read_text() == "mine"


@pytest.mark.parametrize("link", ["pages", "plots"])
@pytest.mark.parametrize("single", [[], ["--single"]])
def test_nothing_ever_lands_outside_the_folder(
        tmp_path: Path, source: Path, capsys: pytest.CaptureFixture[str], link: str, single: list[str]) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    os.symlink(tmp_path / "elsewhere", tmp_path / "out" / link)
    assert main([str(source), "--out", str(tmp_path / "out"), *single]) == 2
    assert "is a link" in capsys.readouterr().err
    assert list((tmp_path / "elsewhere").iterdir()) == [] and not (tmp_path / "out/index.html").exists()


@pytest.mark.parametrize("name", ["pages/style.css", "pages/environment.html"])
def test_a_link_in_a_files_place_is_refused_and_what_it_leads_to_stays(
        tmp_path: Path, report: Callable[..., Path], source: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    out = report(documents.document(M("a")))
    (tmp_path / "target").write_bytes((out / name).read_bytes())
    before = (tmp_path / "target").read_bytes()
    (out / name).unlink()
    os.symlink(tmp_path / "target", out / name)
    capsys.readouterr()
    assert main([str(source), "--out", str(out)]) == 2
    assert "exists and is not part of a report" in capsys.readouterr().err and (tmp_path / "target").read_bytes() == before


def test_a_link_in_the_indexs_place_is_replaced_and_its_target_stays(tmp_path: Path, report: Callable[..., Path]) -> None:
    out = report(documents.document(M("a")))
    (out / "index.html").rename(tmp_path / "moved.html")
    os.symlink(tmp_path / "moved.html", out / "index.html")
    before = (tmp_path / "moved.html").read_bytes()
    report(documents.document(M("b")))
    assert not (out / "index.html").is_symlink() and (tmp_path / "moved.html").read_bytes() == before


def test_where_writing_fails_the_earlier_index_stays_whole(
        report: Callable[..., Path], source: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    out = report(documents.document(M("b")))
    before, there = (out / "index.html").read_bytes(), names(out)
    capsys.readouterr()
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    assert main([str(source), "--out", str(out)]) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert (out / "index.html").read_bytes() == before and names(out) == there


@pytest.mark.parametrize("single", [[], ["--single"]])
def test_a_list_of_pictures_that_is_a_link_is_not_written_through(
        tmp_path: Path, report: Callable[..., Path], single: list[str]) -> None:
    out = report(documents.document(M("a")))
    manifest = out / "plots" / cache.MANIFEST
    (tmp_path / "target").write_bytes(manifest.read_bytes())
    manifest.unlink()
    os.symlink(tmp_path / "target", manifest)
    before = (tmp_path / "target").read_bytes()
    source = documents.save(tmp_path / "other.json", documents.document(M("b")))
    assert main([str(source), "--out", str(out), *single]) == 0
    assert manifest.is_symlink() and (tmp_path / "target").read_bytes() == before


# --- the launcher -------------------------------------------------------------------------------

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
