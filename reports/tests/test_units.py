"""How figures are printed: times, rates, sizes, counts and changes."""
from __future__ import annotations

from typing import Callable

import pytest

from vbench_report import units


@pytest.mark.parametrize("ns, text", [
    (0, "0\u202fns"), (0.0, "0\u202fns"), (0.31234, "0.3123\u202fns"), (1.0, "1.000\u202fns"), (41, "41\u202fns"),
    (999.96, "1.000\u202fµs"), (999.94, "999.9\u202fns"), (1234567.0, "1.235\u202fms"), (2.5e9, "2.500\u202fs"),
    (-12.5, "-12.50\u202fns"), (7.2e12, "7200\u202fs")])
def test_times_have_four_digits_and_a_readable_unit(ns: float, text: str) -> None:
    assert units.time(ns) == text


@pytest.mark.parametrize("call, value, text", [
    (units.items_rate, 237.9e6, "237.9\u202fM items/s"), (units.items_rate, 12.0, "12.00\u202fitems/s"),
    (units.bytes_rate, 10.23e9, "10.23\u202fGB/s"), (units.bytes_rate, 5.0, "5.000\u202fB/s"),
    (units.memory, 32768, "32\u202fKiB"), (units.memory, 33554432000, "31.25\u202fGiB"),
    (units.number, 1000000, "1\u202f000\u202f000"), (units.number, 3.14159, "3.142"),
    (units.number, -2.5e7, "-25\u202f000\u202f000"),
    (units.percent, 0.95, "95\u202f%"), (units.percent, 0.999, "99.9\u202f%"), (units.short_count, 10_000_000, "10M"),
    (units.short_count, 4096, "4096"), (units.number, 1e300, "1.000e+300"), (units.rate, 1e-12, "1.000e-12\u202f/s")])
def test_rates_sizes_and_counts_are_readable(call: Callable[[float], str], value: float, text: str) -> None:
    assert call(value) == text


@pytest.mark.parametrize("percent, text", [
    (0, "0\u202f%"), (0.0, "0\u202f%"), (0.25, "+0.25\u202f%"), (-0.281, "−0.28\u202f%"), (9.994, "+9.99\u202f%"), (9.996, "+10.0\u202f%"),
    (-12.34, "−12.3\u202f%"), (99.96, "+100\u202f%"), (4900.25, "+4900\u202f%"), (-99.99, "−100\u202f%"), (1e300, "+1.0e+300\u202f%")])
def test_a_change_has_a_sign_and_as_many_digits_as_it_deserves(percent: float, text: str) -> None:
    assert units.change(percent) == text
