"""What the report generator is given: one complete document, whichever command or file it comes from."""
from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

import injection
import programs
from programs import RING, VALIDATOR, assert_refused, files_in, vbench

ONE = ("--filter", "^ring_buffer/push_pop/64$", "--budget", "0.02")
GOOGLE = {"context": {"date": "2026-11-01T10:00:00+00:00", "executable": "./bench", "num_cpus": 2},
          "benchmarks": [{"name": "BM_x/8", "run_name": "BM_x/8", "run_type": "iteration", "repetitions": 2,
                          "repetition_index": index, "threads": 1, "iterations": 100, "real_time": 10 + index,
                          "cpu_time": 10, "time_unit": "us"} for index in range(2)]}


@pytest.fixture()
def generator(tmp_path_factory) -> Path:
    """A program that keeps its arguments and the document, beside itself."""
    program = tmp_path_factory.mktemp("generator") / "program"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@" >"$(dirname "$0")/arguments"\n'
                       'stat -c %a "$1" >"$(dirname "$0")/mode"\ncp "$1" "$(dirname "$0")/document.json"\n')
    program.chmod(0o755)
    return program


def call(generator: Path, *words: Any, cwd: Path) -> "subprocess.CompletedProcess[str]":
    """vbench, whose temporary files are gone when it ends."""
    folder = generator.parent / "temporary"
    folder.mkdir(exist_ok=True)
    done = vbench(*words, cwd=cwd, VBENCH_REPORT_PROGRAM=str(generator), TMPDIR=str(folder))
    assert list(folder.iterdir()) == []
    return done


def document_of(generator: Path) -> "dict[str, Any]":
    """What it was given, which is as the schema says."""
    document = programs.load(generator.parent / "document.json")
    VALIDATOR.validate(document)
    return document


def arguments_of(generator: Path) -> "list[str]":
    """But for the document's path."""
    return (generator.parent / "arguments").read_text().splitlines()[1:]


def write(path: Path, document: Any) -> Path:
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


# --- how it is handed over

def test_the_generator_gets_all_places_and_the_name_of_the_file(generator, ring_run, tmp_path):
    write(tmp_path / "a file.json", programs.load(ring_run.path))
    done = call(generator, "report", "a file.json", "--out", "a folder", "--single", "--markdown", "m", "--junit", "j",
                "--csv", "c", "--terminal", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert arguments_of(generator) == ["--called", "a file.json", "--out", "a folder", "--markdown", "m", "--junit", "j",
                                       "--csv", "c", "--single", "--terminal"]
    assert (generator.parent / "mode").read_text() == "600\n"


@pytest.mark.parametrize("words, given", [
    ((), ["--out", "reports"]), (("--terminal",), ["--terminal"]), (("--csv", "-"), ["--csv", "-"]),
    (("--markdown", "-"), ["--markdown", "-"])])
def test_a_page_is_made_where_nothing_else_is_asked_for(words, given, generator, ring_run, tmp_path):
    assert call(generator, "report", ring_run.path, *words, cwd=tmp_path).returncode == 0
    assert arguments_of(generator) == ["--called", str(ring_run.path), *given]


def test_what_the_generator_says_is_the_exit_code(generator, ring_run, tmp_path):
    generator.write_text("#!/bin/sh\nexit 2\n")
    assert call(generator, "report", ring_run.path, cwd=tmp_path).returncode == 2


@pytest.mark.parametrize("words, named", [
    (("--csv", "-", "--markdown", "-"), "--markdown and --csv both write to standard output"),
    (("--csv", "-", "--terminal"), "--csv and --terminal both write to standard output"),
    (("--csv", "x", "--junit", "x"), "--junit and --csv both write to x"), (("--csv", "missing/c"), "missing/c")])
def test_places_that_do_not_go_together_are_refused(words, named, generator, ring_run, tmp_path):
    assert_refused(call(generator, "report", ring_run.path, *words, cwd=tmp_path), named)


@pytest.mark.parametrize("option", ["--csv", "--markdown", "--junit"])
@pytest.mark.parametrize("place", ["r.json", "./r.json", "link", "old.json", "d.json"])
def test_nothing_is_written_over_what_is_read(option, place, generator, ring_run, tmp_path):
    for name in ("r.json", "old.json"):
        write(tmp_path / name, programs.load(ring_run.path))
    write(tmp_path / "d.json", {"doctor_version": 1, "findings": []})
    (tmp_path / "link").symlink_to("r.json")
    before = files_in(tmp_path)
    assert_refused(call(generator, "report", "r.json", "--against", "old.json", "--doctor", "d.json", option, place, cwd=tmp_path),
                   f"{option} {place} would be written over what is read")
    assert files_in(tmp_path) == before and not (generator.parent / "arguments").exists()


# --- what is in it

def test_a_run_a_save_and_a_report_make_the_same_document(generator, tmp_path):
    call(generator, "run", RING, *ONE, "--json", "r.json", "--out", "page", cwd=tmp_path)
    of_run = document_of(generator)
    assert arguments_of(generator) == ["--called", "r.json", "--out", "page"]
    call(generator, "report", "r.json", "--out", "page", cwd=tmp_path)
    assert document_of(generator) == of_run
    call(generator, "save", "x", RING, *ONE, "--out", "page", cwd=tmp_path)
    of_save = document_of(generator)
    call(generator, "report", "baselines/x.json", "--out", "page", cwd=tmp_path)
    assert document_of(generator) == of_save
    assert [one["name"] for one in of_save["vbench"]["history"]["baselines"]] == ["x"]


def test_a_result_that_is_in_no_file_is_called_this_run(generator, tmp_path):
    call(generator, "run", RING, *ONE, "--json", "-", "--out", "page", cwd=tmp_path)
    assert arguments_of(generator)[:2] == ["--called", "this run"]


def test_a_result_records_its_command_and_what_the_machine_is_like(tmp_path):
    vbench("run", RING, *ONE, "--no-pin", "--json", "r.json", "--csv", "c.csv", cwd=tmp_path, VBENCH_REPORT_PROGRAM="true")
    ours = programs.load(tmp_path / "r.json")["vbench"]
    assert ours["run"]["command"] == ["vbench", "run", str(RING), "--budget", "0.02", "--no-pin"]
    assert {"governor", "clock", "addresses", "cpus"} <= {one["check"] for one in ours["findings"]}
    assert not {"history", "doctor", "selftest"} & set(ours)


@pytest.mark.parametrize("suite", [RING, programs.KNOWN_TIMES])
def test_a_result_begins_its_findings_with_what_others_took_of_the_cpus(suite, ring_run, known_times_run):
    """Whatever the suite does itself: those of ring keep a CPU busy all the time."""
    run = ring_run if suite == RING else known_times_run
    load, steal, *others = run.result["vbench"]["findings"]
    assert (load["check"], steal["check"]) == ("load", "steal")
    assert re.fullmatch(r"Other programs used \d{1,3}\.\d % of the CPUs meanwhile\.", load["what"])
    assert re.fullmatch(r"The host took \d{1,3}\.\d % of the CPUs away meanwhile\.", steal["what"])
    assert not {"load", "steal"} & {one["check"] for one in others}
    for one in (load, steal):
        assert one["severity"] in ("ok", "warning", "problem")
        assert [one[key] is None for key in ("effect", "mend")] == [one["severity"] == "ok"] * 2


def test_the_result_at_hand_is_the_last_point_of_the_history(generator, tmp_path):
    for name in ("a", "b"):
        vbench("save", name, RING, *ONE, "--baselines", "kept", cwd=tmp_path)
    write(tmp_path / "kept" / "foreign.json", {"results": []})
    call(generator, "run", RING, *ONE, "--baselines", "kept", "--out", "page", cwd=tmp_path)
    history = document_of(generator)["vbench"]["history"]
    assert [(one["name"], one["this"]) for one in history["baselines"]] == [("a", False), ("b", False), ("this run", True)]
    assert [point["baseline"] for point in history["trends"][0]["points"]] == [0, 1, 2]
    assert [one["file"] for one in history["left_out"]] == ["foreign.json"]


# --- one result against another

def slower(result: "dict[str, Any]", share: float, started: str) -> "dict[str, Any]":
    """The same at another time, each process slower by the same share."""
    copy = json.loads(json.dumps(result))
    copy["vbench"]["run"]["started"] = started
    for entry in copy["vbench"]["benchmarks"]:
        for process in entry["processes"]:
            process["median_ns"] *= 1 + share
    return copy


@pytest.fixture()
def two(ring_run, tmp_path) -> Path:
    """A folder with new.json, which is twice as slow as the baseline before."""
    result = programs.load(ring_run.path)
    (tmp_path / "baselines").mkdir()
    write(tmp_path / "baselines" / "before.json", slower(result, 0, "2026-01-01T00:00:00Z"))
    write(tmp_path / "new.json", slower(result, 1, "2026-01-02T00:00:00Z"))
    return tmp_path


@pytest.mark.parametrize("old", ["before", "baselines/before.json"])
def test_a_comparison_of_two_results_has_no_gate_and_exit_code_0(old, generator, two):
    assert call(generator, "report", "new.json", "--against", old, cwd=two).returncode == 0
    comparison = document_of(generator)["vbench"]["comparison"]
    assert not comparison["paired"] and comparison["drift_percent"] == 5 and "gate" not in comparison
    assert [row["change_percent"] for row in comparison["rows"]] == pytest.approx([100] * len(comparison["rows"]))
    assert "regressed" in {row["verdict"] for row in comparison["rows"]}


def test_it_is_the_comparison_that_compare_makes_of_the_same_numbers(generator, tmp_path):
    vbench("save", "before", RING, *ONE, cwd=tmp_path)
    programs.leave_numbers(tmp_path / "baselines" / "before.json")
    vbench("compare", "before", RING, *ONE, "--json", "c.json", cwd=tmp_path)
    compared = programs.load(tmp_path / "c.json")
    of_compare = compared["vbench"].pop("comparison")
    write(tmp_path / "new.json", compared)
    call(generator, "report", "new.json", "--against", "before", cwd=tmp_path)
    of_report = document_of(generator)["vbench"]["comparison"]
    besides = {"old_low_ns", "old_high_ns", "new_low_ns", "new_high_ns", "rate_of", "old_rate_per_sec", "new_rate_per_sec",
               "rate_change_percent", "rate_change_low_percent", "rate_change_high_percent"}  # what every report adds
    for row, same in zip(of_report["rows"], of_compare["rows"]):
        assert row.pop("block_quantiles") == [pytest.approx(moved, rel=1e-6) for moved in same.pop("block_quantiles")]
        assert {key: value for key, value in row.items() if key not in besides} == pytest.approx(same, rel=1e-6)
    assert len(of_report["rows"]) == len(of_compare["rows"])
    for b in of_report["old"]["benchmarks"]:  # so does it to these
        assert b.pop("items_per_sec_low") < b["items_per_sec"] < b.pop("items_per_sec_high")
    assert of_report["old"] == of_compare["old"]


def test_the_rows_of_a_report_tell_how_sure_either_side_is_and_how_throughput_has_changed(generator, two):
    call(generator, "report", "new.json", "--against", "before", cwd=two)
    comparison = document_of(generator)["vbench"]["comparison"]
    for row in comparison["rows"]:
        assert row["old_low_ns"] <= row["old_ns"] <= row["old_high_ns"] and row["new_low_ns"] <= row["new_ns"] <= row["new_high_ns"]
        assert row["new_high_ns"] / row["new_ns"] == pytest.approx(row["old_high_ns"] / row["old_ns"])
    changes = [[row[f"rate_change_{key}"] for key in ("low_percent", "percent", "high_percent")]
               for row in comparison["rows"] if "rate_change_percent" in row]
    assert changes and [change for _, change, _ in changes] == pytest.approx([-50] * len(changes))
    assert all(low < change < high for low, change, high in changes)


def test_a_report_of_a_reports_document_is_the_same(generator, two):
    call(generator, "report", "new.json", "--against", "before", cwd=two)
    first = document_of(generator)
    write(two / "c.json", first)
    call(generator, "report", "c.json", cwd=two)
    assert document_of(generator)["vbench"]["comparison"] == first["vbench"]["comparison"]


def test_a_comparison_is_not_compared_again(generator, two):
    call(generator, "report", "new.json", "--against", "before", cwd=two)
    write(two / "c.json", document_of(generator))
    assert_refused(call(generator, "report", "c.json", "--against", "before", cwd=two), "c.json is a comparison already")


def test_an_old_side_that_is_not_there_is_refused(generator, two):
    assert_refused(call(generator, "report", "new.json", "--against", "gone", cwd=two), '"gone"', "before")


# --- other programs' files

def test_google_benchmarks_json_becomes_a_result(generator, tmp_path):
    write(tmp_path / "g.json", GOOGLE)
    assert call(generator, "report", "g.json", cwd=tmp_path).returncode == 0
    entry = document_of(generator)["vbench"]["benchmarks"][0]
    assert (entry["name"], entry["parameters"], entry["time"]["estimate_ns"]) == ("BM_x/8", {"arg0": 8}, 10500)


def test_google_benchmarks_json_is_compared_on_both_sides(generator, tmp_path):
    write(tmp_path / "g.json", GOOGLE)
    write(tmp_path / "old.json", GOOGLE)
    assert call(generator, "report", "g.json", "--against", "old.json", cwd=tmp_path).returncode == 0
    comparison = document_of(generator)["vbench"]["comparison"]
    assert len(comparison["notes"]) == 2 and comparison["rows"][0]["change_percent"] == 0


def test_a_counter_that_is_no_number_is_passed_over(generator, tmp_path):
    text = json.dumps(GOOGLE).replace('"time_unit"', '"nan": NaN, "low": -Infinity, "high": Infinity, "label": "NaN", "time_unit"')
    write(tmp_path / "g.json", text)
    assert call(generator, "report", "g.json", cwd=tmp_path).returncode == 0
    assert "counters" not in document_of(generator)["vbench"]["benchmarks"][0]


FOREIGN = {
    "hyperfine": ({"results": [{"command": "ls", "mean": 1.0}]}, "a result of hyperfine"),
    "Criterion's estimates": ({"mean": {"point_estimate": 1}, "median": {"point_estimate": 1}}, "Criterion's estimates.json"),
    "JMH": ([{"benchmark": "a", "primaryMetric": {}}], "a result of JMH"),
    "pytest-benchmark": ({"machine_info": {}, "commit_info": {}, "benchmarks": []}, "a result of pytest-benchmark"),
    "doctor": ({"doctor_version": 1, "findings": []}, "vbench doctor"),
    "something": ({"a": 1}, "no result that is known here"),
    "a list": ([], "no result that is known here"),
    "text": ("time: 5 ns\n", "not JSON"),
    "nothing": ("", "not JSON"),
    "a cut file": (json.dumps(GOOGLE)[:-3], "not JSON"),
    "NaN of our own": ('{"vbench": NaN}', "not JSON"),
    "CSV": ("name,iterations,real_time,cpu_time\n", "Google Benchmark's CSV"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_no_result_is_refused_in_one_sentence_that_says_what_it_is(name, generator, tmp_path):
    content, named = FOREIGN[name]
    write(tmp_path / "f.json", content)
    done = call(generator, "report", "f.json", cwd=tmp_path)
    assert_refused(done, "f.json", named, "Google Benchmark")
    assert not (generator.parent / "arguments").exists()


# --- doctor and self-test

DOCTOR = {"doctor_version": 1, "vbench_version": "1", "machine": {}, "noise": None,
          "findings": [{"check": "boost", "severity": "note", "what": "W.", "effect": None, "mend": None}]}
SELFTEST = {"mode": "quick", "load": "none", "took_s": 1.5, "machine": {"cpus": 2}, "file": "/a/path", "seed": 1,
            "bars": [{"text": "t", "count": 1, "of": 2, "low": 0.1, "high": 0.9, "state": "kept", "rest": "/a/path"}]}


def test_what_doctor_and_selftest_found_is_in_the_document_without_paths(generator, ring_run, tmp_path):
    write(tmp_path / "d.json", DOCTOR)
    write(tmp_path / "s.json", SELFTEST)
    call(generator, "report", ring_run.path, "--doctor", "d.json", "--selftest", "s.json", cwd=tmp_path)
    ours = document_of(generator)["vbench"]
    assert ours["doctor"] == DOCTOR and "/a/path" not in json.dumps(ours["selftest"])
    assert ours["selftest"]["bars"][0]["state"] == "kept" and set(ours["selftest"]) == {"mode", "load", "took_s", "machine", "bars"}


def test_what_vbench_doctor_writes_is_taken(generator, ring_run, tmp_path):
    vbench("doctor", "--no-noise", "--json", "d.json", cwd=tmp_path)
    assert call(generator, "report", ring_run.path, "--doctor", "d.json", cwd=tmp_path).returncode == 0
    assert document_of(generator)["vbench"]["doctor"] == programs.load(tmp_path / "d.json")


@pytest.mark.parametrize("command", [("run",), ("save", "x"), ("compare",)])
@pytest.mark.parametrize("option, content, named", [
    ("--doctor", None, "f.json cannot be read"), ("--doctor", {"doctor_version": 2, "findings": []}, "doctor_version"),
    ("--doctor", "{", "not JSON"), ("--selftest", DOCTOR, "`mode` is missing"), ("--selftest", None, "f.json cannot be read")])
def test_a_file_that_is_none_is_told_before_anything_is_measured(option, content, named, command, tmp_path):
    """The suites are not even looked for."""
    if content is not None:
        write(tmp_path / "f.json", content)
    before = files_in(tmp_path)
    assert_refused(vbench(*command, "missing/suite", option, "f.json", cwd=tmp_path), "f.json", named)
    assert files_in(tmp_path) == before


# --- a lack of memory

@pytest.fixture(scope="module")
def allocations(tmp_path_factory) -> "list[int]":
    """Numbers of allocations of a report that compares two files of Google Benchmark."""
    folder = tmp_path_factory.mktemp("counting")
    assert starved(folder, 0, folder / "document.json").returncode == 0
    return injection.sampled(list(range(1, int((folder / "count").read_text()) + 1)), 150, seed=1)


def starved(folder: Path, number: int, kept: Path) -> "subprocess.CompletedProcess[str]":
    """The generator keeps the document there."""
    write(folder / "g.json", GOOGLE)
    (folder / "temporary").mkdir(exist_ok=True)
    generator = write(folder / "generator", '#!/bin/sh\ncp "$1" "$KEPT"\n')
    generator.chmod(0o755)
    return vbench("report", "g.json", "--against", "g.json", cwd=folder, VBENCH_REPORT_PROGRAM=str(generator), KEPT=str(kept),
                  TMPDIR=str(folder / "temporary"), LD_PRELOAD=str(injection.PRELOAD), FAILING_ALLOCATION=str(number),
                  FAILING_ALLOCATION_COUNT=str(folder / "count"))


@pytest.mark.skipif(programs.COVERAGE, reason="counting lines allocates, too")
def test_no_failed_allocation_makes_a_report_that_lacks_something(allocations, tmp_path):
    """It is said in one sentence, and no temporary file stays. The C library can do without some."""
    assert starved(tmp_path, 0, tmp_path / "whole.json").returncode == 0
    for number in allocations:
        done = starved(tmp_path, number, tmp_path / "document.json")
        if done.returncode == 0:
            assert (tmp_path / "document.json").read_bytes() == (tmp_path / "whole.json").read_bytes(), number
        else:
            assert_refused(done, "g.json" if "g.json" in done.stderr else "There is not enough memory.")
        assert list((tmp_path / "temporary").iterdir()) == []
