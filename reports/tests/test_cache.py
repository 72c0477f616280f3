"""Pictures of an earlier report: which are taken over, and which are drawn again."""
from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Sequence

import pytest

import documents
from places import TESTS
from vbench_report import load, write
from vbench_report.pictures import cache, drawing, plots, svg
from vbench_report.model import Measured


def benchmarks(tmp_path: Path, *content: dict[str, Any]) -> Sequence[Any]:
    return load.load(documents.save(tmp_path / "r.json", documents.document(*content))).benchmarks


@pytest.fixture()
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what is drawn, as it is."""
    names: list[str] = []
    draw = drawing.draw_all

    def noting(jobs: Sequence[drawing.Job]) -> list[svg.Picture]:
        names.extend(argument.name for _, argument in jobs)
        return draw(jobs)

    monkeypatch.setattr(drawing, "draw_all", noting)
    return names


def make(tmp_path: Path, *content: dict[str, Any]) -> list[svg.Picture]:
    """A report's pictures, as the program makes them."""
    out = tmp_path / "out"
    write.prepare(out)
    kept = cache.Cache(out / "plots")
    pictures = cache.draw_all([(plots.draw, b) for b in benchmarks(tmp_path, *content) if isinstance(b, Measured)], kept)
    write.write(out, {"index.html": 'content="vbench-report"'}, kept.files(pictures))
    kept.save()
    return pictures


def test_what_is_unchanged_is_not_drawn_again_and_is_the_same(tmp_path: Path, drawn: list[str]) -> None:
    content = [documents.measured("a"), documents.measured("b")]
    first = make(tmp_path, *content)
    assert drawn == ["a", "b"]
    drawn.clear()
    assert make(tmp_path, *content) == first and make(tmp_path, *content) == first and drawn == []


def test_what_has_changed_is_drawn_again(tmp_path: Path, drawn: list[str]) -> None:
    before = make(tmp_path, documents.measured("a"), documents.measured("b"))
    drawn.clear()
    after = make(tmp_path, documents.measured("a"), documents.measured("b", seed=2))
    assert drawn == ["b"] and after[0] == before[0] and after[1] != before[1]


@pytest.mark.parametrize("change", ["edited", "emptied", "removed", "linked", "binary"])
def test_a_file_that_is_not_what_it_was_is_drawn_again(tmp_path: Path, drawn: list[str], change: str) -> None:
    [picture] = make(tmp_path, documents.measured("a"))
    file = tmp_path / "out/plots" / picture.file_name
    text = file.read_text(encoding="utf-8")
    if change in ("removed", "linked"):
        file.unlink()
    if change == "linked":
        (tmp_path / "elsewhere.svg").write_text(text, encoding="utf-8")
        file.symlink_to(tmp_path / "elsewhere.svg")
    elif change != "removed":
        file.write_bytes({"edited": text.replace("blue", "red").encode() + b" ", "emptied": b"", "binary": b"\xff"}[change])
    drawn.clear()
    assert make(tmp_path, documents.measured("a")) == [picture]
    assert drawn == ["a"] and file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("garbage", [
    "", "{", "[]", "null", "12", '{"made_by":"vbench-report","format":1}', '{"made_by":"vbench-report","format":1,"pictures":[]}',
    '{"made_by":"somebody","format":1,"pictures":{}}', '{"made_by":"vbench-report","format":2,"pictures":{}}', "[" * 100_000])
def test_a_damaged_or_foreign_manifest_is_ignored(tmp_path: Path, drawn: list[str], garbage: str) -> None:
    first = make(tmp_path, documents.measured("a"))
    (tmp_path / "out/plots" / cache.MANIFEST).write_text(garbage)
    drawn.clear()
    assert make(tmp_path, documents.measured("a")) == first and drawn == ["a"]
    assert make(tmp_path, documents.measured("a")) == first and drawn == ["a"]


@pytest.mark.parametrize("place, value", [
    (0, "../../secret.svg"), (0, "/etc/passwd"), (0, None), (1, 5), (2, "../x.svg"), (4, -3), (4, "wide"), (5, 0)])
def test_an_entry_that_is_not_ours_is_ignored(tmp_path: Path, drawn: list[str], place: int, value: Any) -> None:
    first = make(tmp_path, documents.measured("a"))
    manifest = tmp_path / "out/plots" / cache.MANIFEST
    document = json.loads(manifest.read_text(encoding="utf-8"))
    for entry in document["pictures"].values():
        entry[place] = value
    manifest.write_text(json.dumps(document))
    drawn.clear()
    assert make(tmp_path, documents.measured("a")) == first and drawn == ["a"]


def test_a_manifest_in_bytes_that_are_no_text_is_ignored(tmp_path: Path) -> None:
    make(tmp_path, documents.measured("a"))
    (tmp_path / "out/plots" / cache.MANIFEST).write_bytes(b"\xff\xfe\x00")
    assert cache.Cache(tmp_path / "out/plots").find("x") is None


def test_a_manifest_that_cannot_be_written_is_no_error(tmp_path: Path, drawn: list[str]) -> None:
    plots_folder = tmp_path / "out/plots"
    plots_folder.mkdir(parents=True)
    (plots_folder / cache.MANIFEST).mkdir()  # as root, a folder's permissions keep nobody out
    for _ in range(2):
        make(tmp_path, documents.measured("a"))
    assert drawn == ["a", "a"]


def test_a_folder_that_is_gone_when_the_manifest_is_saved_is_no_error(tmp_path: Path) -> None:
    kept = cache.Cache(tmp_path / "nowhere")
    cache.draw_all([(plots.draw, b) for b in benchmarks(tmp_path, documents.measured("a"))], kept)
    kept.save()
    assert not (tmp_path / "nowhere").exists()


def test_other_drawing_code_draws_everything_again(tmp_path: Path, drawn: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, documents.measured("a"))
    drawn.clear()
    monkeypatch.setattr(cache, "_drawn_by", lambda program: "another")
    make(tmp_path, documents.measured("a"))
    assert drawn == ["a"]


def test_two_of_one_name_keep_their_files(tmp_path: Path, drawn: list[str]) -> None:
    content = [documents.measured("a"), documents.measured("a", seed=2)]
    first = make(tmp_path, *content)
    assert len({p.file_name for p in first}) == 2
    drawn.clear()
    assert make(tmp_path, *content) == first and drawn == []
    assert make(tmp_path, *reversed(content))[0].svg == first[1].svg and drawn == []


def test_files_that_are_right_are_not_written_again(tmp_path: Path) -> None:
    [picture] = make(tmp_path, documents.measured("a"))
    file = tmp_path / "out/plots" / picture.file_name
    before = file.stat().st_ino
    make(tmp_path, documents.measured("a"))
    assert file.stat().st_ino == before
    make(tmp_path, documents.measured("a", seed=2))
    assert file.stat().st_ino != before


def test_a_report_without_pictures_leaves_no_manifest(tmp_path: Path) -> None:
    make(tmp_path, documents.measured("a"))
    make(tmp_path, documents.failed("a", "no"))
    assert not (tmp_path / "out/plots").exists()


def test_without_a_cache_everything_is_drawn(tmp_path: Path) -> None:
    jobs = [(plots.draw, b) for b in benchmarks(tmp_path, documents.measured("a"), documents.measured("b"))]
    assert cache.draw_all(jobs) == cache.draw_all(jobs, cache.Cache())


def test_matplotlib_is_not_loaded_where_nothing_is_drawn(tmp_path: Path) -> None:
    make(tmp_path, documents.measured("a"))
    script = ("import sys; from pathlib import Path; from vbench_report import load\nfrom vbench_report.pictures import cache, plots\n"
              "[b] = load.load(Path('r.json')).benchmarks\n"
              "[p] = cache.draw_all([(plots.draw, b)], cache.Cache(Path('out/plots')))\n"
              "print(p.width, 'matplotlib' in sys.modules)")
    said = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env={"PYTHONPATH": str(TESTS.parent), "PATH": "/usr/bin:/bin"},
                          stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout
    assert said.split() == ["450", "False"]


def test_a_pool_draws_the_same_pictures_in_the_same_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vbench_report.pictures import curves
    found = benchmarks(tmp_path, *(documents.measured(f"g/a/{n}", case="g/a", parameters={"n": n}, seed=n) for n in range(1, 9)))
    chart = curves.charts(found)[0]
    jobs: list[drawing.Job] = [job for b in found for job in ((plots.draw, b), (curves.draw, chart))]
    one_by_one = [function(argument) for function, argument in jobs]
    assert drawing.draw_all(jobs) == one_by_one
    monkeypatch.setattr(drawing, "WORTH_A_POOL", 2)
    monkeypatch.setattr(drawing, "BATCH", 3)
    assert drawing.draw_all(jobs) == one_by_one
