"""The result as CSV: what the columns hold, that numbers are exact, and that no name becomes a formula or another cell."""
from __future__ import annotations

import csv
import dataclasses
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

import documents
import documents_paired
from places import TESTS, UPDATE
from test_terminal import NAMES
from test_texts import HOSTILE, SOURCES, hostile, judged
from vbench_report import load
from vbench_report.texts import csv_table


def table(folder: Path, content: Any) -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in parsed(csv_table.render(load.load(documents.save(folder / "r.json", content))))}


def parsed(text: str) -> list[dict[str, str]]:
    """Each row has a cell for each column."""
    lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert tuple(lines[0]) == csv_table.COLUMNS and {len(line) for line in lines} == {len(csv_table.COLUMNS)}
    assert text.endswith("\r\n") and "nan" not in text.lower().replace("orderbook", "")
    return [dict(zip(lines[0], line)) for line in lines[1:]]


def complete() -> dict[str, Any]:
    """A benchmark with every figure that there is a column for."""
    b = documents.measured("ring/64", group="ring", parameters={"capacity": 64, "depth": 2}, items=2, item_bytes=64, latency=True)

    def estimated(value: float) -> dict[str, float]:
        return {"estimate": value, "low": 0.9 * value, "high": 1.1 * value}

    b.update(allocations={"count_per_iteration": 0.5, "bytes_per_iteration": 16.0},
             outliers={"low_severe": 0, "low_mild": 1, "high_mild": 2, "high_severe": 3, "low_severe_ns": 1.5, "low_mild_ns": 2.5,
                       "high_mild_ns": 3.5, "high_severe_ns": 4.5},
             linear={"points": [[1, 100], [2, 200]], "confidence": 0.95, "method": "m", "slope_ns": estimated(100.1),
                     "r_squared": estimated(0.75)})
    return documents.document(b)


@pytest.mark.parametrize("name", SOURCES)
def test_the_fixture_gives_the_committed_table(tmp_path: Path, name: str) -> None:
    expected = TESTS / "golden_texts" / f"{name}.csv"
    text = csv_table.render(load.load(SOURCES[name] or documents.save(tmp_path / "judged.json", judged())))
    assert text.count("\n") == text.count("\r\n")
    kept = text.replace("\r\n", "\n")  # what is committed ends its lines as all files there do
    if os.environ.get(UPDATE) == "1":
        expected.write_bytes(kept.encode())
    assert kept.encode() == expected.read_bytes()
    parsed(text)


def test_each_figure_stands_in_its_column_as_exact_as_in_the_file(tmp_path: Path) -> None:
    content = complete()
    row = table(tmp_path, content)["ring/64"]
    b = content["vbench"]["benchmarks"][0]
    expected = {"suite": "engine_suite", "group": "ring", "threads": 1, "parameters": "capacity=64;depth=2", "status": "ok", "error": "",
                "time_ns": b["time"]["estimate_ns"], "time_low_ns": b["time"]["low_ns"], "time_high_ns": b["time"]["high_ns"],
                "confidence": 0.95, **b["statistics"],
                **{k: b[k] for k in ("items_per_sec", "bytes_per_sec", "cpu_time_ns", "peak_memory_bytes")},
                "allocations_per_iteration": 0.5, "slope_ns": 100.1, "r_squared": 0.75, "outliers_low_severe": 0, "outliers_low_mild": 1,
                "outliers_high_mild": 2, "outliers_high_severe": 3, "latency_p50_ns": 63, "latency_p99_ns": 431, "latency_p99_9_ns": 2303}
    assert {name: row[name] for name in expected} == {name: str(value) for name, value in expected.items()}
    assert set(row) - set(expected) - {"name"} == {name for name in row if name != "name" and name not in expected and row[name] == ""}


@pytest.mark.parametrize("number", [0, 0.1, 1 / 3, 5e-324, 1.7976931348623157e308, 10 ** 39, 123456789012345678, 2.0])
def test_a_number_is_read_back_as_the_same(tmp_path: Path, number: Any) -> None:
    content = complete()
    content["vbench"]["benchmarks"][0]["cpu_time_ns"] = number
    cell = table(tmp_path, content)["ring/64"]["cpu_time_ns"]
    assert json.loads(cell) == number and type(json.loads(cell)) is type(number)


def test_what_a_benchmark_has_not_is_empty(tmp_path: Path) -> None:
    once = table(tmp_path, documents.document(documents.measured("a", processes=1, blocks=1)))["a"]
    assert once["time_ns"] and once["time_low_ns"] == once["time_high_ns"] == once["items_per_sec"] == once["verdict"] == ""


def test_a_failure_has_a_row_with_its_error_and_no_figures(tmp_path: Path) -> None:
    row = table(tmp_path, documents.document(documents.failed("a", "it broke")))["a"]
    assert (row["status"], row["error"], row["time_ns"]) == ("error", "it broke", "")


def test_a_comparison_has_change_and_verdict_in_its_rows(tmp_path: Path) -> None:
    row = table(tmp_path, documents.engine_compared())["ring_buffer/push_pop/1024"]
    assert [row[c] for c in ("change_percent", "change_low_percent", "change_high_percent", "visible_percent", "verdict",
                             "not_compared_reason")] == ["12.5", "6.75", "18.5", "5.5", "regressed", ""]
    assert float(row["new_ns"]) == float(row["old_ns"]) * 1.125


def test_what_was_not_compared_has_a_row_too_and_a_removed_one_no_figures(tmp_path: Path) -> None:
    rows = table(tmp_path, documents.engine_compared())
    said = {name: (row["status"], row["not_compared_reason"], bool(row["time_ns"]))
            for name, row in rows.items() if row["not_compared_reason"]}
    assert said == {"ring_buffer/push_pop/16384": ("ok", "added", True), "orderbook_update/ask": ("removed", "removed", False),
                    "e2e_single_transaction": ("error", "failed", False), "bundle_timed_flush": ("ok", "failed_then", True),
                    "bundle_cycle_with_tsc": ("ok", "no_time", True)}
    assert rows["orderbook_update/ask"]["not_compared_text"] == "removed: only the baseline has it"


def test_one_that_the_file_only_names_has_a_row(tmp_path: Path) -> None:
    content = documents_paired.engine()
    content["vbench"]["comparison"]["not_compared"].append(documents.left_out("gone", "removed", "nobody knows"))
    row = table(tmp_path, content)["gone"]
    assert (row["status"], row["suite"], row["not_compared_reason"]) == ("not measured", "", "removed")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@sum(a1)", "\t=1", "\r=1", "\n=1"])
def test_a_name_that_reads_as_a_formula_gets_an_apostrophe(tmp_path: Path, name: str) -> None:
    content = documents.document(documents.measured(name, suite=name, group=name, parameters={name: 1}), documents.failed("f", name))
    row = table(tmp_path, content)["'" + name]
    assert row["suite"] == row["group"] == "'" + name and row["parameters"] == f"'{name}=1"
    assert table(tmp_path, content)["f"]["error"] == "'" + name


def test_a_negative_number_gets_none(tmp_path: Path) -> None:
    assert table(tmp_path, documents.engine_compared())["ring_buffer/push_pop/4096"]["change_percent"] == "-18.25"


@pytest.mark.parametrize("name", [*NAMES, HOSTILE, 'a""b', "a,b\r\nc"])
def test_any_name_comes_back_from_its_cell(tmp_path: Path, name: str) -> None:
    result = load.load(documents.save(tmp_path / "r.json", documents.document(documents.measured(name))))
    (row,) = parsed(csv_table.render(result))
    assert row["name"] == result.benchmarks[0].name


def test_hostile_texts_stay_in_their_cells(tmp_path: Path) -> None:
    content = hostile(tmp_path)
    result = load.load(documents.save(tmp_path / "r.json", content))
    ours = content["vbench"]
    there = {b["name"] for b in ours["benchmarks"]} | {n["name"] for n in ours["comparison"]["not_compared"]}
    assert len(parsed(csv_table.render(result))) == len(there)


def test_a_result_without_benchmarks_is_a_header(tmp_path: Path) -> None:
    result = load.load(documents.save(tmp_path / "r.json", complete()))
    assert parsed(csv_table.render(dataclasses.replace(result, benchmarks=()))) == []
