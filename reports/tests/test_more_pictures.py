"""Pictures of one benchmark beside its distribution, of groups, of history, and of a table's row."""
from __future__ import annotations

import dataclasses
import random
import re
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any, Optional, Sequence

import pytest

import documents
from places import TESTS
from vbench_report import load, model
from vbench_report.pictures import (gnuplot, jobs, plots_of_groups, plots_of_linear, plots_of_percentiles, plots_of_quantiles,
                                    plots_of_samples, plots_of_trends, svg, tiny)
from vbench_report.model import Estimated, Measured

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = ["a<b>&'\"", "`touch injected`", "$x^2$ \\frac", "Größe/π\n中", "%d %s", "x" * 300, "VBENCHW1W"]
needs_gnuplot = pytest.mark.skipif(not gnuplot.shutil.which("gnuplot"), reason="gnuplot is not installed")


@pytest.fixture()
def measured(tmp_path: Path) -> Any:
    def make(name: str = "b", outliers: Optional[tuple[float, float, float, float]] = None, **content: Any) -> Measured:
        document = documents.document(documents.measured(name, **content))
        [found] = load.load(documents.save(tmp_path / "r.json", document)).benchmarks
        assert isinstance(found, Measured)
        return dataclasses.replace(found, outliers=model.Outliers(0, 1, 2, 3, *outliers) if outliers else None)

    return make


def texts(picture: svg.Picture) -> list[str]:
    assert picture.svg is not None, picture.note
    root = xml.fromstring(picture.svg.encode())
    assert root[0].tag == SVG + "title" and root[1].text == picture.alt
    assert (root.get("width"), root.get("height")) == (str(picture.width), str(picture.height))
    return ["".join(t.itertext()).strip() for t in root.iter(SVG + "text")]


# --- blocks in the order measured ---------------------------------------------------------------

def heights(picture: svg.Picture, colour: str) -> list[float]:
    """All y of paths that are stroked in a colour, below the legend."""
    root = xml.fromstring(str(picture.svg).encode())
    found = []
    for path in root.iter(SVG + "path"):
        if path.get("stroke") == colour and path.get("stroke-width") != str(svg.THIN):
            for _, y, upright in re.findall(r"M([\d.]+) ([\d.]+)(?:V([\d.]+))?", path.get("d", "")):
                found += [float(y)] + ([float(upright)] if upright else [])
    return [y for y in found if y > 35]


@pytest.mark.parametrize("samples", [[[1234]], [[250] * 4] * 3, [[0, 0], [0]], [[100], [101]],
                                     [[1000 + i for i in range(20)]] * 3 + [[1005, 900_000, 5_000_000]]])
def test_any_blocks_can_be_drawn_in_their_order(measured: Any, samples: Sequence[Sequence[int]]) -> None:
    one = measured(samples_ns=samples)
    assert "process, in the order measured" in texts(plots_of_samples.draw((None, one)))
    assert {"old", "new"} <= set(texts(plots_of_samples.draw((one, one))))


def test_a_hundred_thousand_blocks_are_thinned_and_keep_their_extremes(measured: Any) -> None:
    source = random.Random(1)
    samples = [[1000 + source.randrange(40) for _ in range(2000)] for _ in range(50)]
    samples[20][777], samples[30][5] = 1120, 930
    drawn = plots_of_samples.draw((None, measured(samples_ns=samples)))
    assert len(str(drawn.svg)) < 60_000 and "range and middle half" in texts(drawn)
    ordinary = plots_of_samples.draw((None, measured(samples_ns=[[930] + [1000, 1039] * 20 + [1120]])))
    assert min(heights(drawn, svg.BLUE)) == pytest.approx(min(heights(ordinary, svg.BLUE)), abs=0.5)
    assert max(heights(drawn, svg.BLUE)) == pytest.approx(max(heights(ordinary, svg.BLUE)), abs=0.5)


@pytest.mark.parametrize("processes, blocks, name", [(4, 10, "severe outlier"), (60, 40, "severe")])
def test_outliers_are_told_by_class(measured: Any, processes: int, blocks: int, name: str) -> None:
    samples = [[100, 101, 102] * (blocks // 2)] * processes + [[100, 130, 160, 100]]
    fences = (60.0, 80.0, 120.0, 140.0)
    plain, classed = (plots_of_samples.draw((None, measured(samples_ns=samples, outliers=f))) for f in (None, fences))
    assert {name, "mild"} <= set(texts(classed)) and name not in texts(plain)
    assert svg.ORANGE in str(classed.svg) and svg.ORANGE not in str(plain.svg)
    assert "3 mild and 3 severe outliers" in classed.alt


# --- total time over iterations, percentiles, quantiles -----------------------------------------

def line(slope: float, interval: bool = True) -> model.Linear:
    ends = (slope * 0.99, slope * 1.01) if interval else (None, None)
    return model.Linear(((10, int(slope * 10)), (20, int(slope * 21)), (40, int(slope * 40))), 0.95, "m",
                        Estimated(slope, *ends), Estimated(0.99923, None, None))


@needs_gnuplot
def test_both_lines_over_iterations_are_named(measured: Any) -> None:
    old, new = (dataclasses.replace(measured(), linear=line(slope)) for slope in (100.0, 110.0))
    assert {"old: 100.0\u202fns an iteration, R² 0.99923", "new: 110.0\u202fns an iteration, R² 0.99923"} <= set(
        texts(plots_of_linear.draw((old, new))))
    assert "110.0\u202fns an iteration, R² 0.99923" in texts(plots_of_linear.draw((measured(), new)))


@needs_gnuplot
@pytest.mark.parametrize("linear", [line(0.001, False), model.Linear(((1, 0), (1, 0)), 0.95, "m", Estimated(0, None, None),
                                                                     Estimated(0, None, None))])
def test_odd_lines_can_be_drawn(measured: Any, linear: model.Linear) -> None:
    assert "total time, ns" in texts(plots_of_linear.draw((None, dataclasses.replace(measured(), linear=linear))))


@needs_gnuplot
def test_percentiles_end_where_one_value_of_all_is_left(measured: Any) -> None:
    of = plots_of_percentiles.of_blocks(None, measured(processes=10, blocks=10))
    assert of is not None
    shown = texts(plots_of_percentiles.draw(of))
    assert "99 %" in shown and "99.9 %" not in shown


@needs_gnuplot
def test_percentiles_of_latencies_have_a_logarithmic_axis_where_they_differ_much(measured: Any) -> None:
    new = measured(latency=True)
    of = plots_of_percentiles.of_latencies(None, new)
    assert of is not None
    shown = texts(plots_of_percentiles.draw(of))
    assert {"99.999 %", "99.99 %", "50 %", "0.1", "1", "10"} <= set(shown) and "old" not in shown
    both = plots_of_percentiles.of_latencies(new, new)
    assert both is not None and {"old", "new"} <= set(texts(plots_of_percentiles.draw(both)))


def test_without_latencies_or_with_few_blocks_there_are_no_percentiles(measured: Any) -> None:
    few = measured(samples_ns=[[1, 2, 3]])
    assert plots_of_percentiles.of_latencies(few, few) is None and plots_of_percentiles.of_blocks(None, few) is None


@needs_gnuplot
@pytest.mark.parametrize("counted", [((5.0, 1),), ((0.0, 100),), ((0.0, 10), (3.0, 1)), ((7.0, 10 ** 12), (9.0, 1))])
def test_odd_histograms_can_be_drawn(counted: plots_of_percentiles.Counted) -> None:
    assert texts(plots_of_percentiles.draw(plots_of_percentiles.Percentiles("s", "n", "latency", counted, counted)))


def test_a_percentile_curve_is_the_steps_of_its_histogram() -> None:
    curve = plots_of_percentiles._curve(((10.0, 90), (20.0, 9), (30.0, 1)), 2.0)
    assert curve == [(pytest.approx(x), y) for x, y in ((0, 10), (1, 10), (1, 20), (2, 20))]


def moved(*quantiles: tuple[float, float, Optional[float], Optional[float]], tolerance: Optional[float] = None) -> svg.Picture:
    return plots_of_quantiles.draw(plots_of_quantiles.Quantiles(
        "s", "n", "blocks", tuple(plots_of_quantiles.Moved(*q) for q in quantiles), tolerance))


@needs_gnuplot
def test_quantiles_have_intervals_and_what_is_tolerated() -> None:
    shown = texts(moved((0.05, 1.0, 0.5, 1.5), (0.5, 2.0, None, None), tolerance=2.0))
    assert {"p5", "p50", "change with interval", "without an interval", "tolerated, 2\u202f%"} <= set(shown)


@needs_gnuplot
def test_an_interval_that_dwarfs_the_others_is_cut_and_marked() -> None:
    drawn = moved((0.5, 1.0, 0.5, 1.5), (0.9, 1.0, 0.5, 1.5), (0.99, 2.0, -40.0, 900.0))
    assert str(drawn.svg).count(f"color='{svg.RED}'") == 2
    assert svg.RED not in str(moved((0.5, 1.0, 0.5, 1.5), (0.9, 1.0, 0.4, 1.7)).svg)


@needs_gnuplot
def test_quantiles_that_did_not_move_can_be_drawn() -> None:
    assert "change, %" in texts(moved((0.5, 0.0, 0.0, 0.0))) and "change, %" in texts(moved((0.5, 0.0, None, None)))


# --- history ------------------------------------------------------------------------------------

def trend(estimates: Sequence[float], changes: Sequence[model.ChangePoint] = (), name: str = "n", started: str = "2026-01-02T03:04:05Z",
          machine: int = 0) -> tuple[model.Trend, tuple[model.SavedRun, ...]]:
    points = tuple(model.TrendPoint(i, ns, ns * 0.99, ns * 1.01) for i, ns in enumerate(estimates))
    runs = tuple(model.SavedRun(f"r{i}", started, machine, None, None, i == len(points) - 1) for i in range(len(points)))
    return model.Trend(name, "s", machine, points, tuple(changes)), runs


@needs_gnuplot
def test_changes_of_a_history_are_told_and_levels_drawn() -> None:
    drawn = plots_of_trends.draw(trend([100.0] * 5 + [112.0] * 4, [model.ChangePoint(5, 100.0, 112.0, 12.0, 0.01)]))
    assert {"+12.0\u202f%", "level", "this result", "estimate with interval", "recorded on 2026-01-02", "03:04"} <= set(texts(drawn))
    assert "level" not in texts(plots_of_trends.draw(trend([100.0] * 5)))
    assert drawn.alt.endswith("changes: +12.0\u202f% at result 6.")


@needs_gnuplot
@pytest.mark.parametrize("estimates", [[1.0], [0.0], [0.0, 0.0], [1.0, 1e9], [100.0] * 200])
def test_any_history_can_be_drawn(estimates: list[float]) -> None:
    assert "recorded on 2026-01-02" in texts(plots_of_trends.draw(trend(estimates)))


@needs_gnuplot
@pytest.mark.parametrize("started", ["`touch injected`", "2026-01-02' ; !touch injected", "", "٢٠٢٦-01-02", "yesterday"])
def test_a_moment_that_is_none_does_not_reach_gnuplot(started: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown = texts(plots_of_trends.draw(trend([1.0, 2.0], started=started)))
    assert any("2026-01-02" in text for text in shown) == started.startswith("2026") and not list(tmp_path.iterdir())


def test_each_machine_has_a_file_of_its_own() -> None:
    assert len({gnuplot.plan_of(plots_of_trends.draw)(trend([1.0], machine=m)).file_name for m in (0, 1)}) == 2  # type: ignore[misc]


def test_one_point_is_no_trend_and_each_point_has_its_baseline() -> None:
    of, runs = trend([1.0, 2.0, 3.0])
    history = model.History("m", 5, (), (runs[2], runs[0], runs[1]), (), ())
    points = tuple(dataclasses.replace(p, baseline=b) for p, b in zip(of.points, (1, 2, 0)))
    job = jobs.history(dataclasses.replace(of, points=points), history)
    assert job is not None and job[1][1] == runs
    assert jobs.history(dataclasses.replace(of, points=points[:1]), history) is None


# --- groups -------------------------------------------------------------------------------------

def test_members_of_a_group_stand_in_rows_with_short_names(measured: Any) -> None:
    members = [(None, measured(f"g/{name}")) for name in ("a", "b" * 30)]
    [group] = plots_of_groups.groups("s", "g", members)
    shown = texts(plots_of_groups.draw(group))
    assert "a" in shown and "b" * 9 + "…" + "b" * 10 in shown and "old" not in shown


def test_a_compared_group_has_both_halves_and_a_wide_one_a_logarithmic_axis(measured: Any) -> None:
    both = [(measured("g/a"), measured("g/a", seed=2)), (None, measured("g/b", around_ns=5000.0))]
    [group] = plots_of_groups.groups("s", "g", both)
    assert {"old", "new", "time of one iteration, µs (logarithmic)"} <= set(texts(plots_of_groups.draw(group)))
    [near] = plots_of_groups.groups("s", "g", both[:1] * 2)
    assert "time of one iteration, ns" in texts(plots_of_groups.draw(near))


def test_a_large_group_is_spread_over_pictures_and_one_member_is_none(measured: Any) -> None:
    one = (None, measured("g/a"))
    found = plots_of_groups.groups("s", "g", [one] * 41)
    assert [len(group.members) for group in found] == [40, 1]
    assert len({plots_of_groups.draw(group).file_name for group in found}) == 2
    assert plots_of_groups.groups("s", "g", [one]) == []


@pytest.mark.parametrize("samples", [[[1234]], [[250] * 4] * 3, [[0, 0], [0]], [[1000] * 9 + [5_000_000]]])
def test_any_blocks_can_stand_in_a_group(measured: Any, samples: Sequence[Sequence[int]]) -> None:
    [group] = plots_of_groups.groups("s", "g", [(measured(samples_ns=samples), measured(samples_ns=samples)), (None, measured())])
    assert "estimate" in texts(plots_of_groups.draw(group))


# --- which there are -----------------------------------------------------------------------------

@needs_gnuplot
def test_a_benchmark_has_the_pictures_that_it_has_figures_for(measured: Any) -> None:
    plain, full = measured(), dataclasses.replace(measured(latency=True), linear=line(100.0))
    one = measured(samples_ns=[[5]])
    assert jobs.samples(None, plain) and not jobs.samples(plain, one)
    assert jobs.line(plain, full) and not jobs.line(full, plain)
    names = {job[0](job[1]).file_name.split("-")[0] for job in (jobs.percentiles(None, plain), jobs.percentiles(plain, full)) if job}
    assert names == {"percentiles", "latencies"} and jobs.percentiles(None, one) is None
    change = model.Change("b", "equivalent", 1.0, 1.0, 0.0, None, None, None,
                          block_quantiles=(model.BlockQuantile(0.5, 1.0, 1.0, 0.0, -1.0, 1.0),))
    assert jobs.shifts_of_blocks(plain, change, 1.0) and not jobs.shifts_of_latencies(plain, change, 1.0)
    assert len(jobs.groups("s", "g", [(None, plain), (plain, full)])) == 1 and jobs.groups("s", "g", [(None, plain)]) == []


# --- all of them --------------------------------------------------------------------------------

@needs_gnuplot
@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_and_nothing_else(measured: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    one = dataclasses.replace(measured(name, latency=True), linear=line(100.0))
    percentiles = plots_of_percentiles.of_latencies(one, one)
    assert percentiles is not None
    pictures = [
        plots_of_samples.draw((one, one)), plots_of_linear.draw((None, one)), plots_of_percentiles.draw(percentiles),
        plots_of_trends.draw(trend([1.0, 2.0], name=name)),
        plots_of_quantiles.draw(plots_of_quantiles.Quantiles("s", name, "blocks", (plots_of_quantiles.Moved(0.5, 1, 0, 2),), None)),
        plots_of_groups.draw(plots_of_groups.groups("s", "g", [(None, one), (None, one)])[0])]
    for picture in pictures:
        texts(picture)
        title = xml.fromstring(str(picture.svg).encode())[0].text
        assert title is not None and title.startswith((name, "g: "))
        assert re.fullmatch("[a-z0-9-]+[.]svg", picture.file_name)
    assert {p.name for p in tmp_path.iterdir()} == {"r.json"}
    assert len({picture.file_name for picture in pictures}) == len(pictures)


# --- in a table's row ---------------------------------------------------------------------------

@pytest.mark.parametrize("samples", [None, [[1234]], [[250] * 4] * 3, [[0, 0], [0]], [[1000] * 9 + [5_000_000]], [[1] * 3, [9] * 2000]])
def test_a_tiny_picture_is_small_and_whole(measured: Any, samples: Optional[Sequence[Sequence[int]]]) -> None:
    new = measured(samples_ns=samples) if samples else measured()
    for old in (None, measured(seed=3), new):
        drawn = tiny.drawing(new, old)
        assert len(drawn) <= 600 and "nan" not in drawn and " id=" not in drawn
        root = xml.fromstring(drawn)
        assert root.get("class") == "tiny" and root.get("aria-hidden") == "true"
        assert [path.get("class") for path in root] == ["new", *(["old"] if old else []), "tick"]


def test_a_tiny_picture_takes_blocks_evenly_from_all_processes(measured: Any) -> None:
    one = measured(processes=7, blocks=501)
    taken = tiny._samples(one)
    every = [ns for process in one.processes for ns in process.iteration_times_ns()]
    assert taken == sorted(every[::8])


def test_tiny_pictures_need_no_numpy() -> None:
    script = "import sys; from vbench_report.pictures import tiny; print('numpy' in sys.modules, 'matplotlib' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", script], env={"PYTHONPATH": str(TESTS.parent)}, stdout=subprocess.PIPE,
                          encoding="utf-8", check=True).stdout
    assert said.split() == ["False", "False"]
