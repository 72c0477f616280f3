"""What the pictures show: distributions whatever the samples, and curves of the right benchmarks."""
from __future__ import annotations

import stat
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any, Callable, Sequence

import numpy as np
import pytest

import documents
import pages
from vbench_report import load
from vbench_report.pictures import curves, density, gnuplot, plots


def benchmarks(tmp_path: Path, *content: dict[str, Any]) -> Sequence[Any]:
    return load.load(documents.save(tmp_path / "r.json", documents.document(*content))).benchmarks


def texts(picture: str) -> str:
    return " | ".join("".join(t.itertext()).strip() for t in xml.fromstring(picture.encode()).iter("{http://www.w3.org/2000/svg}text"))


def draw(tmp_path: Path, samples: Sequence[Sequence[int]]) -> str:
    return plots.draw(benchmarks(tmp_path, documents.measured("b", samples_ns=samples))[0]).svg


# --- distributions ------------------------------------------------------------------------------

def test_a_density_integrates_to_one_and_peaks_where_samples_are() -> None:
    source = np.random.default_rng(1)
    samples = np.concatenate([source.normal(100, 3, 400), source.normal(140, 3, 100)])
    grid = np.linspace(60, 180, 2000)
    curve = density.density(samples, grid)
    assert abs(float(np.sum(curve) * (grid[1] - grid[0])) - 1) < 1e-3
    assert abs(grid[int(np.argmax(curve))] - 100) < 3


def test_a_density_of_many_samples_agrees_with_the_exact_one() -> None:
    samples = np.random.default_rng(3).normal(50, 2, 20_000)
    grid = np.linspace(40, 60, 100)
    z = (grid[:, None] - samples[None, :]) / density.bandwidth(samples)
    exact = np.exp(-0.5 * z * z).mean(axis=1) / (density.bandwidth(samples) * np.sqrt(2 * np.pi))
    assert np.allclose(density.density(samples, grid), exact, atol=1e-3 * exact.max())


def test_silvermans_bandwidth_is_the_published_rule() -> None:
    samples = np.arange(1.0, 101.0)
    assert density.bandwidth(samples) == pytest.approx(0.9 * np.std(samples, ddof=1) * 100 ** -0.2)


def test_one_block_is_drawn_without_a_distribution_and_says_so(tmp_path: Path) -> None:
    assert "one block: there is no distribution to draw" in texts(draw(tmp_path, [[1234]]))


def test_equal_blocks_are_drawn_without_a_density_and_say_so(tmp_path: Path) -> None:
    assert "all 12 blocks took the same time" in texts(draw(tmp_path, [[250] * 4] * 3))


def test_blocks_of_no_length_at_all_can_be_drawn(tmp_path: Path) -> None:
    assert "time of one iteration, ns" in texts(draw(tmp_path, [[0, 0], [0, 0]]))


def test_extreme_blocks_are_left_off_the_axis_and_counted(tmp_path: Path) -> None:
    ordinary = [1000 + i for i in range(20)]
    assert "beyond" not in texts(draw(tmp_path, [ordinary] * 3))
    assert "2 of 65 blocks beyond →" in texts(draw(tmp_path, [ordinary] * 3 + [[1005, 1006, 1007, 900_000, 5_000_000]]))


def test_one_block_apart_from_equal_ones_can_be_drawn(tmp_path: Path) -> None:
    assert "1 of 13 blocks beyond →" in texts(draw(tmp_path, [[250] * 4, [250] * 4, [250] * 4 + [9_000_000]]))
    assert "blocks beyond" in texts(draw(tmp_path, [[1_000_000] * 9, [1_000_000] * 9 + [1]]))


def test_two_blocks_can_be_drawn(tmp_path: Path) -> None:
    assert "time of one iteration, ns" in texts(draw(tmp_path, [[100], [101]]))


@pytest.mark.parametrize("around_ns, unit", [(0.3, "ns"), (12.0, "ns"), (4.2e3, "µs"), (4.2e6, "ms"), (3.1e9, "s")])
def test_the_axis_has_a_readable_unit(tmp_path: Path, around_ns: float, unit: str) -> None:
    found = plots.draw(benchmarks(tmp_path, documents.measured("b", around_ns=around_ns))[0])
    assert f"time of one iteration, {unit}" in texts(found.svg)


def test_iterations_of_each_block_count_by_themselves(tmp_path: Path) -> None:
    content = documents.measured("b", samples_ns=[[100, 400]])
    content["processes"][0]["iterations_per_block"] = [10, 20]
    assert benchmarks(tmp_path, content)[0].processes[0].iteration_times_ns() == [10.0, 20.0]


def test_a_users_matplotlibrc_changes_nothing(tmp_path: Path, launch: Callable[..., Any]) -> None:
    documents.save(tmp_path / "r.json", documents.document(documents.measured("a")))
    assert launch("r.json", "--out", "one").returncode == 0
    (tmp_path / "matplotlibrc").write_text("font.size: 30\naxes.facecolor: red\nlines.linewidth: 9\n")
    assert launch("r.json", "--out", "two").returncode == 0
    one, two = ([p.read_bytes() for p in sorted((tmp_path / d / "plots").iterdir())] for d in ("one", "two"))
    assert one == two


# --- which benchmarks make a curve --------------------------------------------------------------

def charts(tmp_path: Path, *content: dict[str, Any]) -> list[tuple[str, bool, list[tuple[str, list[int]]]]]:
    return [(c.parameter, c.per_item, [(s.name, [p.x for p in s.points]) for s in c.series])
            for c in curves.charts(benchmarks(tmp_path, *content))]


def grid(case: str, values: Sequence[int], name: str = "size", **more: Any) -> list[dict[str, Any]]:
    return [documents.measured(f"{case}/{v}", case=case, parameters={name: v}, **more) for v in values]


def test_a_case_that_varies_a_parameter_is_a_series(tmp_path: Path) -> None:
    assert charts(tmp_path, *grid("g/a", [64, 16, 256])) == [("size", False, [("g/a", [16, 64, 256])])]


def test_two_cases_of_a_group_share_a_picture(tmp_path: Path) -> None:
    assert charts(tmp_path, *grid("g/a", [1, 2]), *grid("g/b", [2, 4])) == [
        ("size", False, [("g/a", [1, 2]), ("g/b", [2, 4])])]


def test_cases_of_one_point_each_with_one_hidden_parameter_are_joined(tmp_path: Path) -> None:
    content = [documents.measured(f"ring_bulk_throughput/{n}M_ops", parameters={"operations": n * 1_000_000},
                                  items=n * 1e6, iterations=1, around_ns=4e6 * n) for n in (10, 1)]
    assert charts(tmp_path, *content) == [
        ("operations", True, [("ring_bulk_throughput", [1_000_000, 10_000_000])])]


def test_threads_count_as_a_parameter(tmp_path: Path) -> None:
    content = [documents.measured(f"mt/{t}_threads", case="mt", threads=t) for t in (4, 8)]
    assert charts(tmp_path, *content) == [("threads", False, [("mt", [4, 8])])]
    joined = [documents.measured(f"mt/{t}", threads=t) for t in (2, 4)]
    assert charts(tmp_path, *joined) == [("threads", False, [("mt", [2, 4])])]


def test_a_grid_of_two_parameters_is_a_picture_for_each(tmp_path: Path) -> None:
    content = [documents.measured(f"g/a/{n}/{t}_threads", case="g/a", group="g", parameters={"size": n}, threads=t)
               for n in (1, 2) for t in (2, 4)]
    assert sorted(charts(tmp_path, *content)) == [
        ("size", False, [("g/a, threads 2", [1, 2]), ("g/a, threads 4", [1, 2])]),
        ("threads", False, [("g/a, size 1", [2, 4]), ("g/a, size 2", [2, 4])])]


def test_one_thread_is_named_where_other_counts_stand_beside_it(tmp_path: Path) -> None:
    content = [documents.measured(f"g/a/{n}/{t}", case="g/a", group="g", parameters={"size": n}, threads=t)
               for n in (1, 2) for t in (1, 2)]
    assert ("size", False, [("g/a, threads 1", [1, 2]), ("g/a, threads 2", [1, 2])]) in charts(tmp_path, *content)


def test_a_single_point_and_points_at_one_place_are_no_curve(tmp_path: Path) -> None:
    assert charts(tmp_path, *grid("g/a", [64])) == []
    assert charts(tmp_path, *grid("g/a", [64]), *grid("g/b", [64])) == []
    assert charts(tmp_path, documents.measured("g/a"), documents.measured("g/b")) == []
    assert charts(tmp_path, *grid("g/a", [64]), documents.failed("g/a/128", "no", parameters={"size": 128})) == []


def test_different_hidden_parameters_are_not_joined(tmp_path: Path) -> None:
    assert charts(tmp_path, *grid("g/a", [1], "x"), *grid("g/b", [2], "y")) == []


def test_many_series_are_spread_over_several_pictures(tmp_path: Path) -> None:
    found = charts(tmp_path, *(b for i in range(8) for b in grid(f"g/{i}", [1, 2])))
    assert [len(series) for _, _, series in found] == [6, 2]


def test_time_of_an_item_is_plotted_only_where_all_points_have_one(tmp_path: Path) -> None:
    assert charts(tmp_path, *grid("g/a", [1, 2], items=8))[0][1] is True
    assert charts(tmp_path, *grid("g/a", [1, 2], items=1))[0][1] is False
    assert charts(tmp_path, *grid("g/a", [1], items=8), *grid("g/a", [2]))[0][1] is False


# --- gnuplot ------------------------------------------------------------------------------------

needs_gnuplot = pytest.mark.skipif(not gnuplot.shutil.which("gnuplot"), reason="gnuplot is not installed")


@needs_gnuplot
@pytest.mark.parametrize("values, expected", [
    ([64, 256, 1024, 4096], ["64", "256", "1024", "4096"]),
    ([1_000_000, 10_000_000], ["1M", "10M"]), ([10, 100, 1000, 10_000], ["10", "100", "1k", "10k"]),
    ([0, 1, 2], ["0", "1", "2"]), ([-5, 5], ["-5", "5"])])
def test_the_axis_is_labelled_with_the_parameters_values(tmp_path: Path, values: list[int], expected: list[str]) -> None:
    chart = curves.charts(benchmarks(tmp_path, *grid("g/a", values)))[0]
    shown = texts(curves.draw(chart).svg).split(" | ")
    assert [t for t in shown if t in expected][-len(expected):] == expected and "size" in shown


@needs_gnuplot
@pytest.mark.parametrize("values", [list(range(1, 40)), [2 ** i for i in range(63)], [1, 2 ** 63 - 1], [0, 10 ** 30]])
def test_long_and_wide_ranges_can_be_drawn(tmp_path: Path, values: list[int]) -> None:
    picture = curves.draw(curves.charts(benchmarks(tmp_path, *grid("g/a", values)))[0])
    assert picture.note is None and len([t for t in texts(picture.svg).split(" | ") if t]) < 40


@needs_gnuplot
def test_times_of_zero_and_of_very_different_size_can_be_drawn(tmp_path: Path) -> None:
    zero = [documents.measured(f"g/a/{n}", case="g/a", parameters={"n": n}, samples_ns=[[0], [0]]) for n in (1, 2)]
    wide = [documents.measured(f"g/b/{n}", case="g/b", parameters={"n": n}, around_ns=10.0 ** n) for n in (1, 6)]
    for content in (zero, wide, zero + wide):
        for chart in curves.charts(benchmarks(tmp_path, *content)):
            assert curves.draw(chart).note is None


def notes(out: Path) -> set[str]:
    """What stands in the place of a picture that failed, on any page."""
    found = {n.text() for page in out.rglob("*.html") for n in pages.read(page).all("div", class_="no-picture")}
    return {text for text in found if text.startswith("No curve here")}


def test_without_gnuplot_the_page_has_a_note_in_the_pictures_place(
        report: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    out = report(documents.document(*grid("g/a", [1, 2])))
    assert notes(out) == {"No curve here: gnuplot was not found (Debian package gnuplot-nox)."}
    assert {p.name.split("-")[0] for p in (out / "plots").glob("*.svg")} == {"distribution", "samples", "group"}


@pytest.mark.parametrize("script, said", [
    ("echo 'line 3: <undefined> variable' >&2; exit 1", "No curve here: gnuplot failed (line 3: <undefined> variable)."),
    ("exit 3", "No curve here: gnuplot failed (exit status 3)."),
    ("echo nothing useful", "No curve here: gnuplot failed (exit status 0).")])
def test_a_failing_gnuplot_is_told_on_the_page_and_not_fatal(
        report: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str) -> None:
    program = tmp_path / "gnuplot"
    program.write_text(f"#!/bin/sh\ncat > /dev/null\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("VBENCH_GNUPLOT", str(program))
    assert notes(report(documents.document(*grid("g/a", [1, 2])))) == {said}
