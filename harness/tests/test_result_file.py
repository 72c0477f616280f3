"""The result file: what it records, that its figures follow from its samples, who can read it."""
from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy
import pytest
import scipy.stats

import programs

COMPARE = Path("/usr/share/benchmark/compare.py")
QUICK = ("--budget", "0.05", "--filter", "^ring_buffer/push_pop/64$")


@pytest.fixture()
def result(ring_run):
    assert ring_run.done.returncode == 0, ring_run.done.stderr
    return ring_run.result


@pytest.fixture()
def found(result):
    return programs.entries(result)


def times_of(samples) -> numpy.ndarray:
    """The time of one iteration of each block of a process."""
    return numpy.array(samples["block_ns"]) / samples["iterations_per_block"][0]


# --- its form

@pytest.mark.parametrize("run", ["ring_run", "known_times_run", "faulty_run"])
def test_a_result_is_what_its_schema_says(run, request):
    programs.VALIDATOR.validate(request.getfixturevalue(run).result)


def test_a_row_stands_for_each_process(result, found):
    assert {name: len(programs.rows(result, name)) for name in found} == {
        name: len(entry["processes"]) for name, entry in found.items()}


def test_the_rows_of_a_benchmark_are_numbered_repetitions(result, found):
    for name in found:
        assert [row["repetition_index"] for row in programs.rows(result, name)] == list(range(9))


def test_a_benchmark_has_nine_processes_by_default(found):
    assert {len(entry["processes"]) for entry in found.values()} == {9}


def test_block_counts_are_those_of_the_samples(found):
    for entry in found.values():
        blocks = sum(len(samples["block_ns"]) for samples in entry["processes"])
        assert (entry["statistics"]["block_count"], entry["statistics"]["process_count"]) == (blocks, 9)


@pytest.mark.parametrize("run", ["ring_run", "known_times_run", "faulty_run"])
def test_names_are_clean(run, request):
    result = request.getfixturevalue(run).result
    names = {row[key] for row in result["benchmarks"] for key in ("name", "run_name")}
    assert not [name for name in names if re.search(r"/real_time|/iterations:|/repeats:|threads:", name)]


def test_group_case_and_parameters_are_apart(found):
    entry = found["ring_buffer/push_pop/64"]
    assert (entry["group"], entry["case"], list(entry["parameters"].values())) == (
        "ring_buffer", "ring_buffer/push_pop", [64])


def test_a_result_of_40_benchmarks_at_the_default_budget_stays_under_1_mb(tmp_path):
    done = programs.vbench("run", programs.RING, "--budget", "2", "--filter", "^ring_buffer/push_pop/64$",
                           "--json", "-", cwd=tmp_path)
    document = json.loads(done.stdout)
    of_one = sum(len(json.dumps(part, separators=(",", ":"))) for part in (document["benchmarks"], document["vbench"]["benchmarks"]))
    assert len(done.stdout.encode()) + 39 * of_one < 1_000_000  # what is told of machine and run stands there once


# --- its figures

def test_the_estimate_is_the_mean_over_processes_of_the_median_block(found):
    for entry in found.values():
        medians = [numpy.median(times_of(samples)) for samples in entry["processes"]]
        assert entry["time"]["estimate_ns"] == pytest.approx(numpy.mean(medians), rel=1e-6)


def test_the_interval_is_students_over_processes(found):
    for entry in found.values():
        medians = [numpy.median(times_of(samples)) for samples in entry["processes"]]
        low, high = scipy.stats.t.interval(entry["time"]["confidence"], len(medians) - 1, numpy.mean(medians),
                                           scipy.stats.sem(medians))
        assert (entry["time"]["low_ns"], entry["time"]["high_ns"]) == pytest.approx(
            (max(low, 0), high), rel=1e-6)


def test_the_statistics_are_those_of_all_blocks(found):
    for entry in found.values():
        times = numpy.concatenate([times_of(samples) for samples in entry["processes"]])
        told = {key: value for key, value in entry["statistics"].items() if key.endswith("_ns")}
        assert told == pytest.approx({
            "mean_ns": numpy.mean(times),
            "median_ns": numpy.median(times),
            "standard_deviation_ns": numpy.std(times, ddof=1),
            "median_absolute_deviation_ns": numpy.median(abs(times - numpy.median(times))),
            "min_ns": numpy.min(times),
            "max_ns": numpy.max(times),
        }, rel=1e-6, abs=1e-8)


def test_a_rows_time_is_the_median_block_of_its_process(result, found):
    for name, entry in found.items():
        assert [row["real_time"] for row in programs.rows(result, name)] == pytest.approx(
            [numpy.median(times_of(samples)) for samples in entry["processes"]], rel=1e-6)


def test_the_measured_time_is_that_of_the_blocks(result, found):
    blocks_ns = sum(sum(samples["block_ns"]) for entry in found.values() for samples in entry["processes"])
    assert result["vbench"]["run"]["measured_s"] == pytest.approx(blocks_ns / 1e9, rel=1e-5)


def test_one_process_has_an_estimate_but_no_interval(tmp_path):
    done = programs.vbench("run", programs.RING, *QUICK, "--processes", "1", "--json", "-", cwd=tmp_path)
    result = json.loads(done.stdout)
    programs.VALIDATOR.validate(result)
    time = programs.entries(result)["ring_buffer/push_pop/64"]["time"]
    assert (time["low_ns"], time["high_ns"]) == (None, None)


# --- what it was measured on

@pytest.mark.parametrize("key", ["architecture", "cpu_model", "cpu_features", "kernel", "operating_system",
                                 "memory_bytes", "cpu_count"])
def test_the_machine_is_recorded(result, key):
    assert result["vbench"]["machine"][key] not in ("", "unknown", [], 0)


def test_the_machine_is_this_one(result):
    system = subprocess.run(["uname", "-sr"], check=True, stdout=subprocess.PIPE, encoding="utf-8", timeout=60)
    machine = subprocess.run(["uname", "-m"], check=True, stdout=subprocess.PIPE, encoding="utf-8", timeout=60)
    assert (result["vbench"]["machine"]["kernel"], result["vbench"]["machine"]["architecture"]) == (
        system.stdout.strip(), machine.stdout.strip())


@pytest.fixture()
def suite(result):
    return result["vbench"]["suites"][0]


def test_the_compiler_is_recorded_with_its_version(suite):
    assert re.fullmatch(r"(gcc|clang) \d+\.\d+\.\d+", suite["compiler"])


def test_the_flags_of_the_suite_are_those_of_its_recipe(suite):
    assert suite["compiler_flags"] == programs.load(programs.RING.with_name("ring.link.json"))["compiler_flags"]


@pytest.mark.skipif(programs.BUILD.name != "release", reason="another build than release is tested")
@pytest.mark.parametrize("flag", ["-O2", "-fno-omit-frame-pointer", "-ffunction-sections"])
def test_the_release_build_is_optimised_and_keeps_frame_pointers(suite, flag):
    assert flag in suite["compiler_flags"].split()


@pytest.mark.skipif(programs.BUILD.name != "release", reason="another build than release is tested")
def test_the_release_build_is_known_to_be_optimised(suite):
    assert suite["optimised"] == "yes" and suite["optimisation_evidence"].endswith(" -O2")


def test_the_version_of_google_benchmark_is_recorded(suite):
    assert re.fullmatch(r"1\.\d+\.\d+", suite["google_benchmark"])


@pytest.mark.parametrize("library", ["gsl", "jansson", "libdw"])
def test_the_versions_of_the_runners_libraries_are_recorded(result, library):
    assert re.match(r"\d+\.\d+", result["vbench"]["libraries"][library])


def test_the_build_type_in_the_context_is_of_the_suite_not_of_the_library(result, suite):
    expected = "release" if suite["optimised"] == "yes" else "debug"
    assert result["context"]["library_build_type"] == expected


def seconds_apart(told: str, run) -> float:
    """How far outside the run's own duration a recorded time lies."""
    moment = datetime.fromisoformat(told.replace("Z", "+00:00")).astimezone(timezone.utc)
    begin = run.begin.replace(microsecond=0)  # the record holds whole seconds
    return max((begin - moment).total_seconds(), (moment - run.end).total_seconds(), 0)


def test_the_time_in_utc_is_that_of_the_run(ring_run, result):
    assert seconds_apart(result["vbench"]["run"]["started"], ring_run) < 2


def test_the_local_time_is_that_of_the_run(ring_run, result):
    assert seconds_apart(result["context"]["date"], ring_run) < 2


def test_the_local_time_has_the_zones_offset(tmp_path):
    done = programs.vbench("run", programs.RING, *QUICK, "--json", "-", cwd=tmp_path, TZ="XYZ-05:30")
    date = datetime.fromisoformat(json.loads(done.stdout)["context"]["date"])
    assert date.utcoffset() == timedelta(hours=5, minutes=30)


@pytest.mark.parametrize("when", ["start", "end"])
def test_the_load_is_recorded(result, when):
    assert len(result["vbench"]["run"][f"load_average_{when}"]) == 3


def test_the_wall_time_is_longer_than_what_was_measured(result):
    assert result["vbench"]["run"]["wall_s"] > result["vbench"]["run"]["measured_s"]


def test_pinned_cpus_are_recorded(result):
    assert len(result["vbench"]["run"]["pinned_cpus"]) >= 1


def test_no_pin_leaves_no_cpu_pinned(tmp_path):
    done = programs.vbench("run", programs.RING, *QUICK, "--no-pin", "--json", "-", cwd=tmp_path)
    assert json.loads(done.stdout)["vbench"]["run"]["pinned_cpus"] == []


def test_the_seed_that_was_asked_for_is_recorded(tmp_path):
    done = programs.vbench("run", programs.RING, *QUICK, "--seed", "9223372036854775807", "--json", "-", cwd=tmp_path)
    assert json.loads(done.stdout)["vbench"]["run"]["seed"] == 9223372036854775807


def test_the_host_name_is_not_recorded(result):
    assert "host_name" not in result["vbench"]["machine"] and "host_name" not in result["context"]


def test_the_host_name_is_recorded_where_it_is_asked_for(tmp_path):
    done = programs.vbench("run", programs.RING, *QUICK, "--host-name", "--json", "-", cwd=tmp_path)
    assert json.loads(done.stdout)["vbench"]["machine"]["host_name"] == socket.gethostname()


# --- what was measured: the source tree

def git(*arguments: str, cwd: Path) -> str:
    return subprocess.run(["git", "-c", "user.name=test", "-c", "user.email=test@localhost", *arguments], cwd=cwd,
                          check=True, stdout=subprocess.PIPE, encoding="utf-8", timeout=60).stdout.strip()


def source_of(suite: Path, folder: Path) -> dict:
    done = programs.vbench("run", suite, *QUICK, "--processes", "1", "--json", "-", cwd=folder,
                           GIT_CEILING_DIRECTORIES=str(folder.parent))
    return json.loads(done.stdout)["vbench"]["source"]


@pytest.fixture()
def repository(tmp_path):
    """A clean repository with the suite built inside; returns the suite."""
    suite = programs.copy_suite(programs.RING, tmp_path / "tree" / "build")
    tree = tmp_path / "tree"
    (tree / ".gitignore").write_text("build/\n")
    (tree / "source.c").write_text("int x;\n")
    git("init", "-q", cwd=tree)
    git("add", ".gitignore", "source.c", cwd=tree)
    git("commit", "-q", "-m", "a commit", cwd=tree)
    return suite


def test_the_commit_is_that_of_the_suites_repository(repository, tmp_path):
    assert source_of(repository, tmp_path)["commit"] == git("rev-parse", "HEAD", cwd=tmp_path / "tree")


def test_a_clean_tree_is_not_dirty(repository, tmp_path):
    assert source_of(repository, tmp_path)["dirty"] is False


def test_a_changed_source_makes_the_tree_dirty(repository, tmp_path):
    (tmp_path / "tree" / "source.c").write_text("int y;\n")
    assert source_of(repository, tmp_path)["dirty"] is True


def test_a_saved_baseline_does_not_make_the_tree_dirty(repository, tmp_path):
    (tmp_path / "tree" / "baselines").mkdir()
    (tmp_path / "tree" / "baselines" / "a.json").write_text("{}\n")
    assert source_of(repository, tmp_path)["dirty"] is False


def test_outside_of_a_repository_there_is_no_commit(tmp_path):
    suite = programs.copy_suite(programs.RING, tmp_path / "alone")
    assert source_of(suite, tmp_path) == {"commit": None, "dirty": None}


# --- who can read it

@pytest.fixture(scope="module")
def baselines(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    for name in ("a", "b"):
        done = programs.vbench("save", name, programs.RING, "--budget", "0.05", "--filter", "push_pop", cwd=folder)
        assert done.returncode == 0, done.stderr
    return folder / "baselines"


def compare(old: Path, new: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    """By Google Benchmark's own program."""
    if not COMPARE.exists():
        pytest.skip(f"{COMPARE} is not installed")
    return programs.run(sys.executable, "-B", COMPARE, "benchmarks", old, new, cwd=folder)


def test_google_benchmarks_compare_reads_two_baselines_without_complaint(baselines, tmp_path):
    done = compare(baselines / "a.json", baselines / "b.json", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("size", [64, 1024, 4096])
def test_google_benchmarks_compare_names_each_benchmark(baselines, tmp_path, size):
    done = compare(baselines / "a.json", baselines / "b.json", tmp_path)
    assert f"ring_buffer/push_pop/{size} " in done.stdout


def test_google_benchmarks_compare_tests_the_processes_as_repetitions(baselines, tmp_path):
    done = compare(baselines / "a.json", baselines / "b.json", tmp_path)
    assert "U Test, Repetitions: 9 vs 9" in done.stdout


def test_google_benchmarks_compare_reads_a_file_with_error_rows(faulty_run, tmp_path):
    other = tmp_path / "other.json"
    shutil.copy(faulty_run.path, other)
    done = compare(faulty_run.path, other, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_baseline_is_what_its_schema_says(baselines):
    programs.VALIDATOR.validate(programs.load(baselines / "a.json"))
