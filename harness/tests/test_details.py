"""What a report shows beside verdicts: how blocks spread, outliers, time over iterations, how quantiles have moved.
Of real measurements; the figures themselves are computed anew here."""
from __future__ import annotations

import numpy
import pytest

import programs

PERCENTILES = {1: 100, 5: 20, 10: 10, 25: 4, 75: 4, 90: 10, 95: 20, 99: 100}  # the blocks that each takes


def times_of(entry) -> numpy.ndarray:
    return numpy.concatenate([numpy.array(samples["block_ns"]) / samples["iterations_per_block"][0]
                              for samples in entry["processes"]])


@pytest.fixture()
def found(ring_run):
    assert ring_run.done.returncode == 0, ring_run.done.stderr
    return programs.entries(ring_run.result)


def test_figures_of_the_blocks_are_those_of_numpy(found):
    for entry in found.values():
        times = times_of(entry)
        told = {key: figure["estimate"] for key, figure in entry["spread"]["figures"].items()}
        assert told == pytest.approx({
            "mean_ns": numpy.mean(times),
            "median_ns": numpy.median(times),
            "standard_deviation_ns": numpy.std(times, ddof=1),
            "median_absolute_deviation_ns": numpy.median(abs(times - numpy.median(times))),
            **{f"p{percent}_ns": numpy.percentile(times, percent)
               for percent, needed in PERCENTILES.items() if len(times) >= needed},
        }, rel=1e-6, abs=1e-8)


def test_each_figure_lies_within_its_interval(found):
    for entry in found.values():
        for figure in entry["spread"]["figures"].values():
            assert 0 <= figure["low"] <= figure["estimate"] <= figure["high"]


def test_outliers_are_counted_beyond_tukeys_fences(found):
    for entry in found.values():
        times, outliers = times_of(entry), entry["outliers"]
        lower, upper = numpy.percentile(times, [25, 75])
        fences = [lower - 3 * (upper - lower), lower - 1.5 * (upper - lower), upper + 1.5 * (upper - lower),
                  upper + 3 * (upper - lower)]
        assert [outliers[f"{name}_ns"] for name in ("low_severe", "low_mild", "high_mild", "high_severe")] == (
            pytest.approx(fences, rel=1e-6))
        assert outliers["high_severe"] == numpy.sum(times > fences[3])
        assert outliers["high_mild"] + outliers["high_severe"] == numpy.sum(times > fences[2])
        assert outliers["low_mild"] + outliers["low_severe"] == numpy.sum(times < fences[1])


def test_each_process_measures_fifths_of_a_block_for_the_line(found):
    entry = found["ring_buffer/push_pop/64"]
    iterations = entry["processes"][0]["iterations_per_block"][0]
    points = numpy.array(entry["linear"]["points"])
    assert points.shape == (9 * 5, 2)
    for process in range(9):
        lengths = sorted(int(length) for length in points[5 * process:5 * process + 5, 0])
        assert lengths == [iterations * step // 5 for step in range(1, 6)]


def test_the_line_goes_through_the_origin(found):
    for entry in found.values():
        if entry["linear"] is None:
            continue
        lengths, ns = numpy.array(entry["linear"]["points"], dtype=float).T
        slope = numpy.sum(lengths * ns) / numpy.sum(lengths ** 2)
        assert entry["linear"]["slope_ns"]["estimate"] == pytest.approx(slope, rel=1e-6)
        r_squared = 1 - numpy.sum((ns - slope * lengths) ** 2) / numpy.sum((ns - numpy.mean(ns)) ** 2)
        assert entry["linear"]["r_squared"]["estimate"] == pytest.approx(r_squared, rel=1e-6)


def test_blocks_of_one_iteration_have_no_line(ring_run):
    entries = programs.entries(ring_run.result)
    single = [entry for entry in entries.values() if entry["processes"][0]["iterations_per_block"] == [1]]
    assert single and all(entry["linear"] is None for entry in single)
