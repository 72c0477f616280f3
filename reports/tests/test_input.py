"""What is read, and how bad input is refused: one sentence, exit status 2, nothing written."""
from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any, Callable

import jsonschema
import pytest

import documents
from places import SCHEMA
from vbench_report.__main__ import main

GOOD = documents.document(documents.measured("g/a", items=4, item_bytes=8, latency=True,
                                             counters={"c": {"kind": "sum", "value": 1}}),
                          documents.failed("g/b", "died"))


COMPARED = documents.engine_compared()


def changed(path: list[Any], value: Any, good: Any = GOOD) -> Any:
    """A good document with one member replaced, or removed where the value is `...`."""
    content = copy.deepcopy(good)
    here = content
    for part in path[:-1]:
        here = here[part]
    if value is ...:
        del here[path[-1]]
    else:
        here[path[-1]] = value
    return content


def refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], raw: bytes) -> str:
    (tmp_path / "r.json").write_bytes(raw)
    out = tmp_path / "out"
    assert main([str(tmp_path / "r.json"), "--out", str(out)]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and not out.exists()
    assert captured.err.startswith("vbench-report: ") and captured.err.count("\n") == 1
    return captured.err


def test_the_schema_itself_is_valid() -> None:
    jsonschema.Draft7Validator.check_schema(json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_the_documents_of_these_tests_follow_the_schema() -> None:
    for content in (GOOD, documents.engine(), documents.document(), COMPARED):
        jsonschema.Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(content)


B = ["vbench", "benchmarks", 0]


@pytest.mark.parametrize("path, value, said", [
    (["context"], ..., "`context` is missing"),
    (["benchmarks"], {}, "`benchmarks` is an object, but must be an array"),
    (["benchmarks", 1, "error_occurred"], False, "`benchmarks[1].error_occurred` is false, but must be true"),
    (["context", "num_cpus"], "8", "`context.num_cpus` is a string, but must be a whole number"),
    (["vbench", "suites", 0, "optimised"], "maybe", "`vbench.suites[0].optimised` is \"maybe\", but must be one of"),
    (["context", "library_build_type"], "fast", "`context.library_build_type` is \"fast\", but must be one of"),
    (["vbench", "run", "seed"], 1.5, "`vbench.run.seed` is the number 1.5, but must be a whole number"),
    (["vbench", "run", "started"], "yesterday", "`vbench.run.started` is \"yesterday\", which does not look as it must"),
    (["vbench", "run", "budget_s"], 0, "`vbench.run.budget_s` is 0, but must be more than 0"),
    (["vbench", "run", "load_average_start"], [1, 2, 3, 4], "`vbench.run.load_average_start` is too long"),
    (["vbench", "run", "pinned_cpus"], [1, True], "`vbench.run.pinned_cpus[1]` is true or false, but must be a whole"),
    (["vbench", "machine", "cpu_features"], ["a", None], "`vbench.machine.cpu_features[1]` is null, but must be a str"),
    (["vbench", "source", "commit"], 7, "`vbench.source.commit` is the number 7, but must be a string or null"),
    (["vbench", "source", "dirty"], "no", "`vbench.source.dirty` is a string, but must be true or false or null"),
    (["vbench", "libraries", "gsl"], 2.7, "`vbench.libraries.gsl` is the number 2.7, but must be a string"),
    (["vbench", "suites", 0, "compiler"], ..., "`vbench.suites[0].compiler` is missing"),
    (["vbench", "schema_version"], 0, "`vbench.schema_version` is 0, but must be 1"),
    (["vbench", "schema_version"], "1", "`vbench.schema_version` is \"1\", but must be 1"),
    ([*B, "name"], ..., "`vbench.benchmarks[0].name` is missing"),
    ([*B, "status"], "maybe", "`vbench.benchmarks[0].status` is \"maybe\", but must be"),
    ([*B, "status"], ..., "`vbench.benchmarks[0].status` is missing"),
    ([*B, "threads"], 0, "`vbench.benchmarks[0].threads` is 0, but must be at least 1"),
    ([*B, "parameters"], {"n": "4"}, "`vbench.benchmarks[0].parameters.n` is a string, but must be a whole number"),
    ([*B, "time", "low_ns"], ..., "`vbench.benchmarks[0].time.low_ns` is missing"),
    ([*B, "time", "low_ns"], "3", "`vbench.benchmarks[0].time.low_ns` is a string, but must be a number or null"),
    ([*B, "time", "confidence"], 1, "`vbench.benchmarks[0].time.confidence` is 1, but must be less than 1"),
    ([*B, "statistics", "mean_ns"], None, "`vbench.benchmarks[0].statistics.mean_ns` is null, but must be a number"),
    ([*B, "cpu_time_ns"], -1, "`vbench.benchmarks[0].cpu_time_ns` is -1, but must be at least 0"),
    ([*B, "counters", "c", "kind"], "max", "`vbench.benchmarks[0].counters.c.kind` is \"max\", but must be one of"),
    ([*B, "latency", "p99_9_ns"], ..., "`vbench.benchmarks[0].latency.p99_9_ns` is missing"),
    ([*B, "latency", "buckets", 0], [1], "`vbench.benchmarks[0].latency.buckets[0]` is too short"),
    ([*B, "processes"], [], "`vbench.benchmarks[0].processes` is too short"),
    ([*B, "processes", 2, "block_ns", 3], "x", "`vbench.benchmarks[0].processes[2].block_ns[3]` is a string"),
    ([*B, "processes", 2, "iterations_per_block"], [1, 2], "`vbench.benchmarks[0].processes[2].iterations_per_block` has 2"),
    (["vbench", "benchmarks", 1, "error"], "", "`vbench.benchmarks[1].error` is too short"),
    (["vbench", "benchmarks", 1, "error"], ..., "`vbench.benchmarks[1].error` is missing"),
    (["vbench", "benchmarks", 1], 3, "`vbench.benchmarks[1]` is the number 3, but must be an object"),
])
def test_a_wrong_member_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                 path: list[Any], value: Any, said: str) -> None:
    message = refused(tmp_path, capsys, json.dumps(changed(path, value)).encode())
    assert "is not a Velox Bench result: " + said in message


@pytest.mark.parametrize("path, value, said", [
    ([], 3, "` is the number 3, but must be an object"),
    (["paired"], "no", ".paired` is a string, but must be true or false"),
    (["confidence"], 1, ".confidence` is 1, but must be less than 1"),
    (["drift_percent"], -1, ".drift_percent` is -1, but must be at least 0"),
    (["min_effect_percent"], ..., ".min_effect_percent` is missing"),
    (["rows"], {}, ".rows` is an object, but must be an array"),
    (["rows", 0, "verdict"], "slower", ".rows[0].verdict` is \"slower\", but must be one of \"regressed\", \"improved\""),
    (["rows", 1, "old_ns"], ..., ".rows[1].old_ns` is missing"),
    (["rows", 1, "new_ns"], 0, ".rows[1].new_ns` is 0, but must be more than 0"),
    (["rows", 1, "change_percent"], None, ".rows[1].change_percent` is null, but must be a number"),
    (["rows", 1, "change_percent"], -101, ".rows[1].change_percent` is -101, but must be at least -100"),
    (["rows", 2, "change_low_percent"], ..., ".rows[2].change_low_percent` is missing"),
    (["rows", 0, "name"], "who?", ".rows[0].name` is \"who?\", but the old side has no time of that name."),
    (["rows", 0, "name"], "orderbook_update/ask", ".rows[0].name` is \"orderbook_update/ask\", but the new side has no"),
    (["rows", 0, "name"], "e2e_single_transaction", "but the new side has no time of that name."),
    (["not_compared", 0, "reason"], "bored", ".not_compared[0].reason` is \"bored\", but must be one of"),
    (["not_compared", 0, "text"], "", ".not_compared[0].text` is too short"),
    (["old"], ..., ".old` is missing"),
    (["old", "machine", "kernel"], ..., ".old.machine.kernel` is missing"),
    (["old", "benchmarks", 0, "status"], "maybe", ".old.benchmarks[0].status` is \"maybe\", but must be"),
    (["old", "benchmarks", 0, "time", "low_ns"], "3", ".old.benchmarks[0].time.low_ns` is a string, but must be a number"),
    (["old", "benchmarks", 1, "processes", 0, "iterations_per_block"], [1, 2],
     ".old.benchmarks[1].processes[0].iterations_per_block` has 2 numbers"),
])
def test_a_wrong_member_of_a_comparison_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                                 path: list[Any], value: Any, said: str) -> None:
    content = changed(["vbench", "comparison", *path], value, COMPARED)
    message = refused(tmp_path, capsys, json.dumps(content).encode())
    assert "is not a Velox Bench result: `vbench.comparison" in message and said in message


def test_the_first_of_several_errors_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = changed(["vbench", "benchmarks", 1, "threads"], "x")
    content["vbench"]["benchmarks"][0]["time"]["high_ns"] = "y"
    assert "`vbench.benchmarks[0].time.high_ns`" in refused(tmp_path, capsys, json.dumps(content).encode())


@pytest.mark.parametrize("raw, said", [
    (b"", "is not JSON: Expecting value at line 1, column 1."),
    (b'{"context": {},\n  "benchmarks" [1]}', "is not JSON: Expecting ':' delimiter at line 2, column 16."),
    (b"\xff\xfe\x00", "is not JSON: byte 0 is not UTF-8 text."),
    (b"[" * 100_000, "is nested too deeply"),
    (b"[NaN]", "holds NaN, which is not a number"), (b"[1e999]", "holds 1e999, which is not a number"),
    (b"[" + b"9" * 5000 + b"]", "holds 99999999999999999999…, which is not a number"),
    (b"[]", "`vbench` is missing."), (b"null", "`vbench` is missing."), (b'{"vbench": 3}', "`vbench` is missing."),
    (b'{"context": {}, "benchmarks": []}', "It looks like Google Benchmark's own output"),
    (b'{"vbench": {"schema_version": 2, "vbench_version": "9.0"}}',
     "was made by a newer vbench (9.0); it has schema version 2, and this report generator reads 1"),
])
def test_what_is_no_result_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], raw: bytes, said: str) -> None:
    assert said in refused(tmp_path, capsys, raw)


def test_a_byte_order_mark_is_no_reason_to_refuse(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(documents.document()).encode())
    assert main([str(tmp_path / "r.json"), "--out", str(tmp_path / "out")]) == 0


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.json"), "--out", str(tmp_path / "out")]) == 2
    assert "none.json: there is no such file" in capsys.readouterr().err
    assert main([str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "is a folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_files_and_folders_without_permission_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = documents.save(tmp_path / "r.json", GOOD)
    (tmp_path / "locked").mkdir(mode=0o500)
    assert main([str(source), "--out", str(tmp_path / "locked")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    source.chmod(0)
    assert main([str(source), "--out", str(tmp_path / "out")]) == 2
    assert "cannot be read: Permission denied" in capsys.readouterr().err


def test_an_output_folder_that_cannot_be_made_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = documents.save(tmp_path / "r.json", GOOD)
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        assert main([str(source), "--out", str(out)]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1 and "cannot be written" in error and "--out" in error


def test_bad_usage_is_exit_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["a", "b"], ["--nosuch"]):
        with pytest.raises(SystemExit) as exit_:
            main(arguments)
        assert exit_.value.code == 2


def test_bad_input_is_refused_through_the_launcher_too(tmp_path: Path, launch: Callable[..., Any]) -> None:
    done = launch("none.json")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert list(tmp_path.iterdir()) == []
