"""Many pictures of one gnuplot: the same as each by itself, and none takes others along."""
from __future__ import annotations

import stat
from pathlib import Path

import pytest

import documents
from vbench_report import load
from vbench_report.pictures import curves, gnuplot, gnuplot_parts as parts, svg

pytestmark = pytest.mark.skipif(not gnuplot.shutil.which("gnuplot"), reason="gnuplot is not installed")

GOOD = "\n".join([*parts.head(200, 100), "plot x notitle"]) + "\n"
BAD = "\n".join([*parts.head(200, 100), "plot (\n"]) + "\n"


def plan(tmp_path: Path, last: int) -> gnuplot.Plan:
    content = [documents.measured(f"g/a/{n}", case="g/a", parameters={"n": n}, seed=n) for n in range(1, last)]
    found = load.load(documents.save(tmp_path / "r.json", documents.document(*content))).benchmarks
    planned = gnuplot.plan_of(curves.draw)
    assert planned is not None
    return planned(curves.charts(found)[0])


def test_pictures_drawn_together_are_those_drawn_alone(tmp_path: Path) -> None:
    plans = [plan(tmp_path, 4), plan(tmp_path, 9), plan(tmp_path, 4)]
    assert gnuplot.draw_all(plans) == [gnuplot.draw_all([one])[0] for one in plans]


@pytest.mark.parametrize("scripts", [[BAD], [GOOD, BAD, GOOD], [BAD, BAD, GOOD], [GOOD, GOOD, BAD], [GOOD] * 3, []])
def test_a_script_that_fails_is_alone_in_it(scripts: list[str]) -> None:
    found = gnuplot.run_all(scripts)
    assert [isinstance(text, gnuplot.NoPicture) for text in found] == [script == BAD for script in scripts]


def test_one_process_draws_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "counting"
    program.write_text(f'#!/bin/sh\necho x >> "{tmp_path}/starts"\nexec gnuplot "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("VBENCH_GNUPLOT", str(program))
    assert all(isinstance(text, str) for text in gnuplot.run_all([GOOD] * 20))
    assert (tmp_path / "starts").read_text() == "x\n"


def test_a_program_that_hangs_is_waited_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "hanging"
    program.write_text("#!/bin/sh\nexec sleep 30\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("VBENCH_GNUPLOT", str(program))
    monkeypatch.setattr(gnuplot, "SECONDS", 0.2)
    monkeypatch.setattr(gnuplot, "SECONDS_FOR_EACH", 0.0)
    found = gnuplot.run_all([GOOD] * 5)
    assert [str(text) for text in found] == ["gnuplot did not finish within 0 seconds."] * 5


def test_without_room_for_temporary_files_each_is_drawn_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gnuplot.tempfile, "TemporaryDirectory", full)
    assert all(isinstance(text, str) for text in gnuplot.run_all([GOOD] * 3))


def test_what_stands_between_tags_is_not_shortened() -> None:
    planned = gnuplot.Plan("a.svg", "t", "d", 200, 100, "\n".join([
        *parts.head(200, 100), "set label 1 '12.345 ns, 105.0' noenhanced at screen 0.5, 0.5", "plot x notitle"]) + "\n")
    [picture] = gnuplot.draw_all([planned])
    assert picture.svg is not None and "12.345 ns, 105.0" in picture.svg


def test_hollow_points_and_halos_have_the_cards_colour() -> None:
    planned = gnuplot.Plan("a.svg", "t", "d", 200, 100, "\n".join([
        *parts.head(200, 100), *parts.data("d", [(1, 1), (2, 2)]), *(["set pointintervalbox 1"]),
        f"plot $d using 1:2 with linespoints pointinterval -1 {parts.mark(False, hollow=True)} notitle"]) + "\n")
    [picture] = gnuplot.draw_all([planned])
    assert picture.svg is not None and "#FFFFFF" not in picture.svg
    assert f'fill="{svg.CARD}"' in picture.svg and f'[fill="{svg.CARD}"]' in picture.svg
