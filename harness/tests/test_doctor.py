"""`vbench doctor`: that it always has its say, as text and as JSON, and what of this process it notices."""
from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import injection
import programs
from programs import ROOT, VBENCH

SCHEMA = json.loads((ROOT / "harness" / "doctor.schema.json").read_text(encoding="utf-8"))
NOISE = programs.BUILD / "noise" / "noise"


def check_json(text: str) -> dict[str, Any]:
    document = json.loads(text)
    jsonschema.Draft7Validator(SCHEMA).validate(document)
    return document


def look(cwd: Path, **changes: str) -> dict[str, Any]:
    """What it finds without measuring."""
    done = programs.vbench("doctor", "--no-noise", "--json", "-", cwd=cwd, **changes)
    assert done.returncode == 0, done.stderr
    return check_json(done.stdout)


def sentences(document: dict[str, Any]) -> str:
    return "\n".join(finding["what"] for finding in document["findings"])


@pytest.fixture(scope="module")
def looked(tmp_path_factory) -> tuple["subprocess.CompletedProcess[str]", dict[str, Any]]:
    folder = tmp_path_factory.mktemp("doctor")
    done = programs.vbench("doctor", "--no-noise", "--json", "found.json", cwd=folder)
    return done, check_json((folder / "found.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> tuple["subprocess.CompletedProcess[str]", dict[str, Any]]:
    folder = tmp_path_factory.mktemp("doctor")
    done = programs.vbench("doctor", "--budget", "0.2", "--cache", "kept", "--json", "-", cwd=folder)
    return done, check_json(done.stdout)


def test_the_schema_is_one():
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_findings_are_no_failure(looked):
    assert (looked[0].returncode, looked[0].stderr) == (0, "")


def test_every_finding_is_printed_with_its_severity_effect_and_mend(looked):
    done, document = looked
    for finding in document["findings"]:
        assert f"{finding['severity']:8} {finding['what']}\n" in done.stdout
        for part in (finding["effect"], finding["mend"]):
            assert part is None or part in done.stdout


def test_the_worst_findings_are_printed_first(looked):
    first_words = [line.split(" ")[0] for line in looked[0].stdout.splitlines()]
    severities = [word for word in first_words if word in ("problem", "warning", "note", "ok")]
    assert severities == sorted(severities, key=["problem", "warning", "note", "ok"].index)


def test_every_check_has_its_say_once(looked):
    names = [finding["check"] for finding in looked[1]["findings"] if finding["check"] not in ("programs", "files")]
    assert sorted(names) == sorted(set(SCHEMA["definitions"]["finding"]["properties"]["check"]["enum"])
                                   - {"programs", "files"})


def test_a_look_measures_nothing(looked):
    assert looked[1]["noise"] is None and "This machine can see" not in looked[0].stdout


def test_json_on_standard_output_stands_alone(measured):
    assert "This machine can see a change of about " in measured[0].stderr


def test_the_noise_test_tells_of_each_workload(measured):
    noise = measured[1]["noise"]
    assert sorted(row["name"] for row in noise["rows"]) == ["arithmetic", "branches", "cache", "memory"]
    assert noise["sentence"] in measured[0].stderr
    assert (noise["verdict"] is not None) == noise["noisy"]


def test_the_noise_suite_lists_the_workloads_of_the_schema(tmp_path):
    rows = SCHEMA["definitions"]["noise"]["properties"]["rows"]
    listed = programs.vbench("list", NOISE, cwd=tmp_path).stdout.split()
    assert sorted(listed) == sorted(rows["items"]["properties"]["name"]["enum"])


def test_google_benchmarks_library_is_asked_how_it_was_built(looked):
    assert "is not told" not in next(finding["what"] for finding in looked[1]["findings"]
                                     if finding["check"] == "benchmark_library")


@pytest.mark.parametrize("arguments, named", [
    (("--budget", "0"), "--budget"), (("--filter", "x"), "--filter"), (("suite",), "suite"),
    (("--no-noise=yes",), "--no-noise"), (("--json", "no/such/folder/found.json", "--no-noise"), "no/such/folder"),
])
def test_bad_usage_is_one_sentence_and_exit_code_2(tmp_path, arguments, named):
    programs.assert_refused(programs.vbench("doctor", *arguments, cwd=tmp_path), named)


def test_help_names_its_options(tmp_path):
    said = programs.vbench("doctor", "--help", cwd=tmp_path).stdout
    assert said.startswith("usage: vbench doctor [OPTION...]\n") and "--no-noise" in said and "default 20" in said


def test_a_program_by_itself_says_what_it_lacks(tmp_path):
    (tmp_path / "bin").mkdir()
    alone = shutil.copy2(VBENCH, tmp_path / "bin")
    done = programs.run(alone, "doctor", "--json", "-", cwd=tmp_path)
    document = check_json(done.stdout)
    assert done.returncode == 0
    assert "noise, is not there; `make` builds it" in document["noise"]["reason"]
    assert "find_python.sh" in sentences(document)


def test_programs_that_are_missing_are_named(tmp_path):
    said = sentences(look(tmp_path, PATH=str(tmp_path)))
    assert "git is not here." in said and "gnuplot is not here." in said and "These programs" not in said


def test_a_python_without_the_modules_is_a_warning(tmp_path):
    bare = tmp_path / "python3"
    bare.write_text("#!/bin/sh\necho lacks matplotlib\n")
    bare.chmod(0o755)
    assert "No Python here has matplotlib" in sentences(look(tmp_path, VBENCH_PYTHON=str(bare)))


def test_one_cpu_is_noticed(tmp_path):
    cpu = min(os.sched_getaffinity(0))
    done = programs.run("taskset", "-c", str(cpu), VBENCH, "doctor", "--no-noise", cwd=tmp_path)
    assert f"A single CPU may be used ({cpu})" in done.stdout


def test_fixed_addresses_are_noticed(tmp_path):
    done = programs.run("setarch", "-R", VBENCH, "doctor", "--no-noise", cwd=tmp_path)
    if "setarch" in done.stderr:
        pytest.skip("addresses cannot be fixed here")
    assert "Address space randomisation is off for this process." in done.stdout


def test_the_cache_is_looked_for_and_not_made(tmp_path):
    said = sentences(look(tmp_path, XDG_CACHE_HOME=str(tmp_path / "not there")))
    assert f"{tmp_path}/not there/vbench" in said and not (tmp_path / "not there").exists()


def test_text_from_outside_is_made_printable(tmp_path):
    done = programs.vbench("doctor", "--no-noise", "--cache", "a\x1b[31m\nb", cwd=tmp_path)
    assert "a [31m b" in done.stdout and "\x1b" not in done.stdout


def test_cpus_are_counted_in_the_title(looked):
    count = looked[1]["machine"]["cpu_count"]
    assert f", {count} CPU{'' if count == 1 else 's'}, " in looked[0].stdout.splitlines()[0]


def test_without_memory_it_says_so_or_nothing_is_missing(tmp_path, looked):
    count = tmp_path / "count"

    def failing(number: int) -> "subprocess.CompletedProcess[str]":
        return programs.vbench("doctor", "--no-noise", "--json", "-", cwd=tmp_path, LD_PRELOAD=str(injection.PRELOAD),
                               FAILING_ALLOCATION=str(number), FAILING_ALLOCATION_COUNT=str(count))

    failing(0)
    all_of_them = list(range(1, int(count.read_text()) + 1))
    early = all_of_them[:32]  # before anything is checked: where the cache is, and so on
    numbers = early + injection.sampled(all_of_them[32:], 24, seed=1)
    with ThreadPoolExecutor(56) as threads:  # each sleeps most of the time
        for done in threads.map(failing, numbers):
            assert "There is no folder for the cache" not in done.stderr
            if done.returncode == 0:
                assert len(check_json(done.stdout)["findings"]) == len(looked[1]["findings"])
            else:
                assert (done.returncode, done.stderr.splitlines()[-1]) == (2, "vbench: There is not enough memory.")


def test_an_interrupt_ends_it_and_all_that_it_started(tmp_path):
    mark = f"DOCTOR_TEST={tmp_path}"
    started = programs.start_vbench("doctor", "--json", "found.json", cwd=tmp_path, DOCTOR_TEST=str(tmp_path))
    try:
        assert programs.wait_until(lambda: len(set(programs.processes_of(NOISE)) & set(programs.marked(mark))) == 2)
        started.send_signal(signal.SIGINT)
        said = started.communicate(timeout=programs.TIMEOUT_S)[1]
    finally:
        started.kill()
    assert started.returncode == -signal.SIGINT and "interrupted; nothing was written" in said
    assert programs.wait_until(lambda: not programs.marked(mark)) and not (tmp_path / "found.json").exists()
