"""The self-test: what it counts, what it makes of the counts, and that a stop loses nothing."""
from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import programs

FOLDER = programs.ROOT / "harness/selftest"
sys.path.insert(0, str(FOLDER))
import journal  # noqa: E402
import load  # noqa: E402
import plan  # noqa: E402
import show  # noqa: E402
import tally  # noqa: E402
import tools  # noqa: E402

RATES = programs.BUILD / "selftest/rates"
CELLS = {cell.key: cell for cell in plan.cells()}


def line(cell: str = "hash 1000", verdict: str = "inconclusive", *more: str, tool: str = plan.VBENCH, **changes: Any
         ) -> dict[str, Any]:
    """A finished comparison."""
    return {"tool": tool, "cell": cell, "number": 0, "seed": 1, "failed": None, "verdicts": [verdict, *more],
            "change_percent": 0.0, "low_percent": -1.0, "high_percent": 1.0, "timed_s": 0.5, "wall_s": 1.0, **changes}


def test_what_failed_and_was_tried_again_counts_as_it_then_ended():
    first = line(number=7, failed="it hung")
    found = tallied([first, line(number=7), line(number=8)], numbered=True)["cells"][0]
    assert (found["compared"], found["failed"]) == (2, 0)


def tallied(lines: list[dict[str, Any]], numbered: bool = False) -> dict[str, Any]:
    """Each line is another comparison, unless they have numbers of their own."""
    places = {(one["tool"], one["cell"]): 100 for one in lines}
    lines = lines if numbered else [{**one, "number": number} for number, one in enumerate(lines)]
    return tally.tally(lines, places, plan.cells(), tally.exact_intervals(RATES))


def bar(text: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    return next(one for one in tallied(lines)["bars"] if text in one["text"])


def test_outcomes_are_counted_with_their_exact_interval():
    lines = [line(verdict="regressed")] + 2 * [line(verdict="improved")] + 97 * [line(verdict="equivalent")]
    (cell,) = tallied(lines)["cells"]
    assert [cell[outcome]["count"] for outcome in tally.OUTCOMES] == [1, 2, 3, 97]
    assert cell["regressed"]["of"] == cell["compared"] == 100
    assert cell["regressed"]["low"] == pytest.approx(0.000253146, abs=1e-8)
    assert cell["regressed"]["high"] == pytest.approx(0.05445939, abs=1e-8)


def test_a_wrong_quantile_makes_the_comparison_wrong():
    (cell,) = tallied([line("latencies 1000", "equivalent", "equivalent", "improved")])["cells"]
    assert (cell["improved"]["count"], cell["different"]["count"], cell["equivalent"]["count"]) == (1, 1, 0)


def test_a_comparison_that_failed_is_no_verdict():
    (cell,) = tallied([line(verdict="regressed"), line(failed="it crashed")])["cells"]
    assert (cell["regressed"]["count"], cell["compared"], cell["failed"]) == (1, 1, 1)


def test_intervals_are_held_against_the_true_change():
    (cell,) = tallied([line("hash 1005", low_percent=0.4, high_percent=0.6), line("hash 1005", low_percent=0.6),
                       line("hash 1005", low_percent=None, high_percent=None)])["cells"]
    assert cell["interval_holds_truth"] == {"count": 1, "of": 2}


@pytest.mark.parametrize("hits, of, state", [(0, 600, tally.MET), (0, 99, tally.TOO_FEW), (2, 100, tally.TOO_FEW),
                                             (1, 1, tally.MISSED), (5, 100, tally.MISSED), (1, 100, tally.MET)])
def test_false_alarms_miss_their_bar_only_if_the_interval_excludes_it(hits, of, state):
    # One of one is missed: its interval begins at 2.5 %.
    lines = hits * [line(verdict="improved")] + (of - hits) * [line()]
    assert bar("one thread: called different", lines)["state"] == state


@pytest.mark.parametrize("hits, of, state", [(100, 100, tally.MET), (90, 100, tally.TOO_FEW), (85, 100, tally.MISSED),
                                             (10, 10, tally.TOO_FEW), (3, 10, tally.MISSED)])
def test_detections_miss_their_bar_only_if_the_interval_excludes_it(hits, of, state):
    lines = hits * [line("ring 1005", "regressed")] + (of - hits) * [line("ring 1005")]
    assert bar("0.5 % more work", lines)["state"] == state


def test_never_is_missed_by_one():
    lines = 999 * [line("sort 1010", "regressed")]
    assert bar("sort: called improved", lines)["state"] == tally.MET
    assert bar("sort: called improved", [*lines, line("sort moved 1010", "improved")])["state"] == tally.MISSED


def test_a_detection_that_took_too_long_does_not_count():
    lines = [line("hash 1005", "regressed", timed_s=seconds) for seconds in (0.5, 1.05, 1.2, 4.0)]
    assert bar("0.5 % more work", lines)["count"] == 2


def test_bars_count_neither_peers_nor_other_changes():
    lines = [line(tool=plan.CRITERION, verdict="regressed"), line("hash 1010", "regressed"), line()]
    found = bar("one thread: called different", lines)
    assert (found["count"], found["of"]) == (0, 1)


def test_each_bar_has_cells_and_enough_of_them():
    for one in plan.BARS:
        assert sum(cell.count for cell in plan.cells() if one.holds(cell)) >= plan.ENOUGH, one.text


def test_half_of_the_plan_holds_half_of_each_cell():
    todo = plan.items(plan.MODES["full"], (plan.VBENCH, *plan.ALL_PEERS), 7)
    places = {(item.tool, item.cell.key) for item in todo}
    half = todo[: len(todo) // 2]
    for place in places:
        count = sum((item.tool, item.cell.key) == place for item in todo)
        done = sum((item.tool, item.cell.key) == place for item in half)
        assert abs(done - count / 2) <= 2, place
    assert todo == plan.items(plan.MODES["full"], (plan.VBENCH, *plan.ALL_PEERS), 7)


def test_vbench_compares_each_kind_in_each_mode():
    for mode in plan.MODES.values():
        assert {item.cell.key for item in plan.items(mode, (plan.VBENCH,), 1)} == set(CELLS), mode.name
    todo = plan.items(plan.MODES["quick"], (plan.VBENCH, *plan.ALL_PEERS), 1)
    assert {item.tool for item in todo} == {plan.VBENCH, *plan.ALL_PEERS}
    assert sum(item.cell.max_budget_s + 1.5 for item in todo) < plan.MODES["quick"].limit_s


def test_a_full_run_is_planned_for_its_hours():
    """Where a comparison takes its budget and a second and a half more."""
    for mode in plan.MODES.values():
        todo = plan.items(mode, (plan.VBENCH, *plan.ALL_PEERS), 1)
        assert sum(item.cell.budget_s + 1.5 for item in todo) < mode.limit_s, mode.name


HEAD = {"selftest_version": 1, "mode": "full", "load": "none", "seed": 1, "build": "a"}


def test_a_line_cut_by_a_kill_is_made_again(tmp_path):
    path = tmp_path / "full.jsonl"
    begun = journal.Journal(path, HEAD, resume=True)
    begun.add(line())
    begun.close()
    with open(path, "a", encoding="utf-8") as file:
        file.write('{"tool": "vben')
    continued = journal.Journal(path, HEAD, resume=True)
    assert continued.lines == [line()]
    continued.add(line(number=1))
    continued.close()
    assert [json.loads(text) for text in path.read_text().splitlines()] == [HEAD, line(), line(number=1)]


@pytest.mark.parametrize("length", [0, 10])
def test_a_file_cut_in_its_first_line_is_begun_anew(tmp_path, length):
    path = tmp_path / "full.jsonl"
    path.write_text(json.dumps(HEAD)[:length])
    journal.Journal(path, HEAD, resume=True).close()
    assert path.read_text() == json.dumps(HEAD) + "\n"


@pytest.mark.parametrize("text", ["some text\n", "[]\n"])
def test_another_file_is_refused_and_kept(tmp_path, text):
    path = tmp_path / "full.jsonl"
    path.write_text(text)
    with pytest.raises(journal.Refused, match="no file of the self-test"):
        journal.Journal(path, HEAD, resume=True)
    assert path.read_text() == text


def test_a_file_of_another_build_is_not_continued(tmp_path):
    path = tmp_path / "full.jsonl"
    journal.Journal(path, HEAD, resume=True).close()
    with pytest.raises(journal.Refused, match="another build .*move it away"):
        journal.Journal(path, {**HEAD, "build": "b"}, resume=True)


FAKE = """#!/bin/sh
case $* in
--version) echo vbench 0.2 ;;
*) echo "$@" >"{folder}/called"; cat "{folder}/found.json" ;;
esac
"""


def test_vbench_is_asked_with_the_budgets_of_the_cell_and_what_it_says_is_kept(tmp_path):
    row = {"verdict": "equivalent", "change_percent": 0.1, "change_low_percent": -0.2, "change_high_percent": 0.3,
           "timed_s": 0.75, "timed_percent": 60.0,
           "quantiles": [{"quantile": 0.99, "verdict": "regressed"}, {"quantile": 0.999, "reason": "few"}]}
    (tmp_path / "found.json").write_text(json.dumps({"vbench": {"comparison": {"rows": [row], "not_compared": [],
                                                                                 "noise_floor": {"exceeded": True}}}}))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/vbench").write_text(FAKE.format(folder=tmp_path))
    (tmp_path / "bin/vbench").chmod(0o755)
    tool = tools.Vbench(tmp_path, tmp_path)
    assert tool.missing(may_build=False) is None and tool.version == "0.2"
    found = tool.compare(CELLS["latencies 1000"], 3, 99)
    called = (tmp_path / "called").read_text()
    assert "--filter ^latencies$ --budget 0.5 --max-budget 2" in called and "--seed 99" in called
    assert found == {"verdicts": ["equivalent", "regressed"], "change_percent": 0.1, "low_percent": -0.2, "high_percent": 0.3,
                     "timed_s": 0.75, "timed_percent": 60.0, "noise_floor_exceeded": True}


def test_google_benchmark_compares_two_suites(tmp_path):
    tool = tools.GoogleBenchmark(programs.BUILD, tmp_path)
    reason = tool.missing(may_build=False)
    if reason:
        pytest.skip(reason)
    for name in ("hash 1000", "add/4_threads 1000"):
        cell = dataclasses.replace(CELLS[name], budget_s=0.05)
        (verdict,) = tool.compare(cell, 0, 1)["verdicts"]
        assert verdict in ("regressed", "improved", "unchanged")


def test_a_peer_that_is_not_there_is_named_with_the_way_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "setup.sh peers" in tools.Criterion(programs.BUILD, tmp_path).missing(may_build=True)


@pytest.mark.parametrize("p_value, change, verdict", [(0.06, 0.5, "unchanged"), (0.04, 0.01, "regressed"),
                                                      (0.04, -0.01, "improved")])
def test_google_benchmark_goes_by_its_u_test(p_value, change, verdict):
    rows = [{"name": "hash", "utest": {"time_pvalue": p_value, "cpu_pvalue": 0.5}, "measurements": []},
            {"name": "hash_median", "aggregate_name": "median", "utest": {}, "measurements": [{"time": change}]}]
    assert tools.GoogleBenchmark.verdict(rows)["verdicts"] == [verdict]


def test_busy_loops_end_with_the_comparison():
    with load.Load("all", 0, 1) as busy:
        loops = list(busy._loops)
        assert len(loops) == len(os.sched_getaffinity(0)) and all(loop.poll() is None for loop in loops)
    assert all(loop.poll() is not None for loop in loops)


def test_the_text_knows_each_load():
    assert set(show.LOADS) == set(load.LOADS)


def test_a_load_from_half_way_on_begins_late():
    with load.Load("half-way", 0, 0.2) as busy:
        assert busy._loops == []
        begin = time.monotonic()
        while len(busy._loops) < len(os.sched_getaffinity(0)) and time.monotonic() - begin < 30:
            time.sleep(0.01)
        assert busy._loops
    with load.Load("half-way", 0, 1000) as busy:
        pass
    assert busy._loops == []


def selftest(folder: Path, *arguments: Any) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-B", str(FOLDER / "selftest.py"), "--build", str(programs.BUILD), "--out",
                             str(folder), "--seed", "5", *map(str, arguments), "--", "--layouts", "0"],
                            env=programs.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def finished(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    try:
        out, err = process.communicate(timeout=programs.TIMEOUT_S)
    finally:
        process.kill()
    return process.returncode, out, err


def begun(file: Path, process: "subprocess.Popen[str]", finished: int = 1) -> None:
    """Returns when so many comparisons are."""
    begin = time.monotonic()
    while not (file.exists() and file.read_text().count("\n") > finished):
        assert process.poll() is None and time.monotonic() - begin < programs.TIMEOUT_S
        time.sleep(0.01)


ONE_EACH = ("--mode", "quick", "--tool", plan.VBENCH, "--budget", "0.02")


@pytest.fixture(scope="module")
def smallest(tmp_path_factory) -> tuple[Path, int, str, str]:
    """One comparison of each kind that the quick mode has, with hardly any time."""
    folder = tmp_path_factory.mktemp("selftest")
    return folder, *finished(selftest(folder, *ONE_EACH))


def test_the_driver_compares_each_kind(smallest):
    folder, status, out, err = smallest
    assert status in (0, 1) and err == "", out + err
    lines = [json.loads(text) for text in (folder / "quick.jsonl").read_text().splitlines()[1:]]
    assert {one["cell"] for one in lines} == set(CELLS)
    assert [one["failed"] for one in lines] == len(lines) * [None]


def test_the_result_has_what_its_table_shows(smallest):
    folder, _, out, _ = smallest
    result = json.loads((folder / "selftest.json").read_text())
    assert result["mode"] == "quick" and result["seed"] == 5 and result["tools"][0]["name"] == plan.VBENCH
    assert out == show.text(result) + "\n"
    assert all(cell["compared"] == 1 for cell in result["cells"])
    for one in result["bars"]:
        assert one["text"] in out and one["of"] >= 1


def test_a_run_killed_half_way_is_continued(tmp_path):
    arguments = ("--mode", "quick", "--resume", "--tool", plan.VBENCH, "--budget", "0.05", "--only", "hash|ring")
    file = tmp_path / "quick.jsonl"
    process = selftest(tmp_path, *arguments)
    begun(file, process, finished=2)
    process.send_signal(signal.SIGKILL)
    finished(process)
    kept = file.read_text().splitlines()[:3]
    status, out, err = finished(selftest(tmp_path, *arguments))
    assert status in (0, 1), err
    lines = file.read_text().splitlines()
    assert lines[:3] == kept
    found = [(one["cell"], one["number"]) for one in map(json.loads, lines[1:])]
    todo = plan.items(plan.MODES["quick"], (plan.VBENCH,), 5, "hash|ring")
    assert len(found) == len(set(found)) == len(todo) and set(found) == {(item.cell.key, item.number) for item in todo}


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_leaves_what_it_has(tmp_path, stop):
    process = selftest(tmp_path, *ONE_EACH)
    begun(tmp_path / "quick.jsonl", process)
    process.send_signal(stop)
    status, out, err = finished(process)
    assert status in (0, 1) and err == "", err
    result = json.loads((tmp_path / "selftest.json").read_text())
    assert out == show.text(result) + "\n"
    lines = [json.loads(text) for text in (tmp_path / "quick.jsonl").read_text().splitlines()]
    compared = sum(cell["compared"] for cell in result["cells"])
    assert compared == len(lines) - 1 and 1 <= compared < len(CELLS)


def test_a_file_is_written_by_one_run_at_a_time(tmp_path):
    file = tmp_path / "quick.jsonl"
    process = selftest(tmp_path, *ONE_EACH)
    try:
        begun(file, process)
        kept = file.read_text()
        for more in ((), ("--resume",)):
            status, _, err = finished(selftest(tmp_path, *ONE_EACH, *more))
            assert status == 2 and err == f"selftest: {file} is being written by another run; let it end, or stop it.\n"
        assert file.read_text().startswith(kept)
    finally:
        process.terminate()
        finished(process)
    journal.Journal(file, HEAD, resume=False).close()  # it may be again


def test_a_benchmark_that_cannot_be_compared_is_told_and_exit_code_2(tmp_path):
    """There is no vbench where it is looked for."""
    build = tmp_path / "build"
    (build / "bin").mkdir(parents=True)
    (build / "selftest").symlink_to(programs.BUILD / "selftest")
    (build / "bin/vbench").write_text("#!/bin/sh\n[ $# -gt 2 ] || { echo vbench 0.1; exit 0; }\necho 'It broke.' >&2\nexit 2\n")
    (build / "bin/vbench").chmod(0o755)
    status, out, err = finished(selftest(tmp_path, *ONE_EACH, "--only", "hash", "--build", build))
    assert status == 2 and "4 gave no verdict" in out, out + err
    assert "It broke." in json.loads((tmp_path / "quick.jsonl").read_text().splitlines()[1])["failed"]


@pytest.mark.parametrize("arguments, said", [(("--only", "("), "no regular expression"), (("--only", "nothing"), "leaves nothing"),
                                             (("--duration", "0"), "not above 0"), (("--budget", "-1"), "not above 0"),
                                             (("--out", os.devnull), f"--out {os.devnull} cannot be made a folder")])
def test_bad_usage_is_exit_code_2(tmp_path, arguments, said):
    status, _, err = finished(selftest(tmp_path, *arguments))
    assert status == 2 and said in err and "Traceback" not in err


@pytest.mark.parametrize("text", ["[1]", "7", '"seed"', "null", "{}"])
def test_a_file_of_something_else_is_not_continued(tmp_path, text):
    """Nor asked for its seed."""
    file = tmp_path / "other.json"
    file.write_text(text + "\n")
    status, _, err = finished(subprocess.Popen(
        [sys.executable, "-B", str(FOLDER / "selftest.py"), "--build", str(programs.BUILD), "--out", str(tmp_path), "--resume",
         "--file", str(file), "--tool", plan.VBENCH], env=programs.environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
    assert status == 2 and err.count("\n") == 1 and str(file) in err, err
    assert file.read_text() == text + "\n"


def precision(*arguments: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-B", str(FOLDER / "precision.py"), "--build", str(programs.BUILD), *map(str, arguments)],
                          env=programs.environment(), capture_output=True, text=True, timeout=programs.TIMEOUT_S)


@pytest.mark.parametrize("arguments, said", [(("--count", "1"), "--count 1 is below 2"), (("--only", "("), "no regular expression"),
                                             (("--only", "nothing"), "leaves nothing"),
                                             (("--build", "/nowhere"), "/nowhere/bin/vbench: No such file")])
def test_precision_tells_bad_usage_in_a_sentence(arguments, said):
    done = precision(*arguments)
    assert (done.returncode, done.stdout) == (2, "") and said in done.stderr.splitlines()[-1], done.stderr
    assert "Traceback" not in done.stderr


def test_precision_tells_a_comparison_that_failed_in_a_sentence(tmp_path):
    done = precision("--only", "hash", "--old", tmp_path / "nothing")
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and str(tmp_path / "nothing") in done.stderr, done.stderr


def test_rates_refuses_what_is_no_count():
    for asked in ("2 1\n", "one 2\n", "1 2 3\n", "-1 2\n"):
        done = subprocess.run([str(RATES)], input=asked, capture_output=True, text=True)
        assert done.returncode == 2 and "line 1" in done.stderr, asked
