"""Ticks are round numbers within the axis, few enough to be read, and told apart by their names."""
from __future__ import annotations

import random

import pytest

from vbench_report.pictures import ticks


@pytest.mark.parametrize("low, high, most, names", [
    (0, 10, 5, "0 2 4 6 8 10"), (0.123, 0.1271, 5, "0.123 0.124 0.125 0.126 0.127"), (-3, 2.2, 6, "−3 −2 −1 0 1 2"),
    (0, 1, 4, "0.00 0.25 0.50 0.75 1.00"), (0, 100, 4, "0 25 50 75 100"), (12345, 12412, 5, "12360 12380 12400"),
    (5, 5, 4, "5.000000")])
def test_linear_ticks(low: float, high: float, most: int, names: str) -> None:
    assert " ".join(name for _, name in ticks.linear(low, high, most)) == names


@pytest.mark.parametrize("low, high, most, names", [
    (1, 1e6, 6, "1 100 10000 1e+06"), (10, 300, 6, "10 20 50 100 200"), (0.05, 20, 9, "0.05 0.1 0.2 0.5 1 2 5 10 20"),
    (101, 103, 4, "101.0 101.5 102.0 102.5 103.0")])
def test_logarithmic_ticks(low: float, high: float, most: int, names: str) -> None:
    assert " ".join(name for _, name in ticks.logarithmic(low, high, most)) == names


@pytest.mark.parametrize("low, high", [(1.0, 1e308), (1e-300, 1.7e308), (1e307, 1.2e308)])
def test_ticks_of_the_largest_numbers(low: float, high: float) -> None:
    found = ticks.logarithmic(low, high, 7)
    assert found and all(low <= at * (1 + 1e-9) and at <= high * (1 + 1e-9) for at, _ in found)


def test_any_ticks_lie_on_the_axis_and_differ() -> None:
    source = random.Random(1)
    for _ in range(2000):
        low = source.choice([0.0, -1.0, 1.0]) * 10 ** source.uniform(-3, 12)
        high = low + abs(low or 1.0) * 10 ** source.uniform(-5, 3)
        most = source.randrange(3, 9)
        found = ticks.linear(low, high, most)
        assert len(found) <= most + 1 and len({name for _, name in found}) == len(found) >= 1, (low, high, most)
        slack = 1e-6 * (high - low)
        assert all(low - slack <= at <= high + slack for at, _ in found)
