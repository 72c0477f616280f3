"""How benchmarks scale with threads: the fit beside SciPy's, and where it is told."""
from __future__ import annotations

import json
import os

import numpy
import pytest
import scipy.optimize

import programs

SUITE = programs.BUILD / "bin" / "statistics_packed"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scaling")
    done = programs.vbench("run", SUITE, "--budget", "0.05", "--processes", "3", "--json", "result.json", cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads((folder / "result.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def scaling(run):
    [found] = run[1]["vbench"]["scaling"]
    return found


def test_a_result_with_scaling_is_what_its_schema_says(run):
    programs.VALIDATOR.validate(run[1])


def test_its_points_are_the_benchmarks_throughputs(run, scaling):
    found = programs.entries(run[1])
    assert [point["threads"] for point in scaling["points"]] == [1, 2, 3, 4, 6, 8]
    for point in scaling["points"]:
        entry = found[f"{scaling['name']}/{point['threads']}_threads"]
        assert point["per_sec"] == pytest.approx(entry["items_per_sec"], rel=1e-6)


def test_more_threads_than_cpus_are_marked(scaling):
    cpus = len(os.sched_getaffinity(0))
    assert [point["shares_cpus"] for point in scaling["points"]] == [
        point["threads"] > cpus for point in scaling["points"]]


def test_they_are_marked_without_pinning_too(tmp_path):
    one = min(os.sched_getaffinity(0))
    done = programs.run("taskset", "-c", one, programs.VBENCH, "run", SUITE, "--no-pin", "--budget", "0.02", "--processes", "2",
                        "--json", "result.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    [found] = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["vbench"]["scaling"]
    assert [point["shares_cpus"] for point in found["points"]] == [False] + 5 * [True]
    assert "it has more threads than the 1 CPU" in done.stdout


def test_the_law_is_the_one_that_scipy_finds(scaling):
    points = [point for point in scaling["points"] if point["fitted"]]
    threads = numpy.array([point["threads"] for point in points], dtype=float)
    measured = numpy.array([point["per_sec"] for point in points])
    terms = numpy.stack([numpy.ones_like(threads), threads - 1, threads * (threads - 1)], axis=1)
    found, _ = scipy.optimize.nnls(terms * (measured / threads)[:, None], numpy.ones_like(threads))
    assert scaling["lambda_per_sec"]["estimate"] == pytest.approx(1 / found[0], rel=1e-6)
    assert scaling["sigma"]["estimate"] == pytest.approx(found[1] / found[0], rel=1e-6, abs=1e-9)
    assert scaling["kappa"]["estimate"] == pytest.approx(found[2] / found[0], rel=1e-6, abs=1e-9)
    for point, row in zip(points, terms):
        assert point["fitted_per_sec"] == pytest.approx(point["threads"] / (row @ found), rel=1e-6)
    off = [point["per_sec"] / point["fitted_per_sec"] - 1 for point in points]
    assert scaling["deviation_percent"] == pytest.approx(100 * numpy.sqrt(numpy.mean(numpy.square(off))), rel=1e-6)


def test_the_table_names_the_family(run, scaling):
    assert f"\n{scaling['name']} " in run[0].split("scaling with threads")[1]


def test_without_enough_numbers_of_threads_there_is_no_fit(tmp_path):
    done = programs.vbench("run", SUITE, "--filter", "/[123]_threads", "--budget", "0.02", "--json", "-", cwd=tmp_path)
    assert "scaling" not in json.loads(done.stdout)["vbench"]
    assert "scaling with threads" not in done.stderr
