"""The program velox: what it prints, how it ends, and how it refuses what it cannot do."""
from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from engine import ROOT, VELOX, result, stage, velox

STAGES = ("ingress", "book", "bundle", "output")


def test_a_run_prints_a_line_a_second_and_all_that_it_found():
    done = velox("--seconds", "2", "--rate", "20000", "--ring", "65536")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert re.search(r"^ +[12] s +[\d,]+ +\d", done.stdout, re.M), done.stdout
    for name in STAGES:
        assert re.search(rf"^{name} +40,000 +", done.stdout, re.M), done.stdout
    assert re.search(r"^ +p50 +p90 +p95 +p99 +p99.9 +p99.99$", done.stdout, re.M)
    assert len(re.findall(r"^ *(?:[\d.]+(?: ns| µs)?-[\d.]+ [nµ]s|above 500 µs) ", done.stdout, re.M)) == 13, done.stdout
    assert "From when it was accepted" in done.stdout
    assert re.search(r"^40,000 transactions in [\d.]+ s, [\d,]+ a second: ", done.stdout, re.M), done.stdout
    assert "what was accepted came out once, in order and unchanged." in done.stdout


def test_no_line_is_wider_than_a_terminal_of_120_columns():
    done = velox("--seconds", "0.2", "--rate", "0", "--threads", "2")
    assert max(map(len, done.stdout.splitlines())) <= 120


def test_a_rate_for_a_time_takes_the_exact_number_of_transactions(tmp_path):
    found = result(tmp_path, "--seconds", "0.25", "--rate", "40000")
    assert found["transactions"] + stage(found, "ingress")["dropped"] == 10000
    assert found["fault"] is None
    assert [entry["in"] for entry in found["stages"][1:]] == [found["transactions"]] * 3


@pytest.mark.parametrize("threads", ["1", "2", "3", "4", "cpus"])
@pytest.mark.parametrize("wait", ["park", "sleep", "yield"])
def test_each_way_to_share_and_to_wait_brings_out_everything(tmp_path, threads, wait):
    found = result(tmp_path, "--transactions", "50000", "--rate", "0", "--threads", threads,
                   "--wait", wait, "--ring", "64")
    assert (found["transactions"], found["fault"]) == (50000, None)


@pytest.mark.parametrize("arguments, reason", [
    (("--flush", "full"), "full"), (("--flush", "time", "--flush-after", "50"), "time"), (("--flush", "idle"), "idle")])
def test_bundles_leave_when_they_are_told_to(tmp_path, arguments, reason):
    found = result(tmp_path, "--seconds", "0.2", "--rate", "50000", *arguments)
    bundles = found["bundles"]
    others = sum(bundles.values()) - bundles[reason] - bundles["drain"] - (bundles["full"] if reason != "full" else 0)
    assert bundles[reason] > 0 and others == 0, bundles


def test_sampling_records_so_many_latencies(tmp_path):
    found = result(tmp_path, "--transactions", "10000", "--rate", "1e6", "--sample-every", "100")
    assert found["latency"]["count"] == found["uncorrected_latency"]["count"] == 100
    assert found["latency"]["p50_ns"] >= found["uncorrected_latency"]["p50_ns"]
    found = result(tmp_path, "--transactions", "10000", "--rate", "0", "--sample-every", "0")
    assert found["latency"]["count"] == 0


def test_a_flood_into_short_rings_is_dropped_and_counted_if_that_is_asked_for(tmp_path):
    found = result(tmp_path, "--seconds", "0.1", "--rate", "1e8", "--ring", "16", "--drop")
    ingress = stage(found, "ingress")
    assert ingress["dropped"] > 0
    assert ingress["in"] == ingress["out"] + ingress["dropped"] == 10000000
    assert found["fault"] is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order(tmp_path, number):
    def take_signals() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    running = subprocess.Popen([VELOX, "--seconds", "0", "--json", "result.json"], cwd=tmp_path, text=True,
                               stdout=subprocess.PIPE, preexec_fn=take_signals)
    assert running.stdout is not None
    try:
        line = "the first"
        while line and not re.match(r" +\d+ s ", line):
            line = running.stdout.readline()
        running.send_signal(number)
        rest, _ = running.communicate(timeout=30)
    finally:
        running.kill()
    assert running.returncode == 0, rest
    assert "what was accepted came out once, in order and unchanged." in rest
    assert json.loads((tmp_path / "result.json").read_text())["fault"] is None


def test_two_signals_at_once_end_it_in_order():
    with subprocess.Popen([VELOX, "--seconds", "0"], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        while not running.stdout.readline().startswith("   1 s"):
            pass
        running.send_signal(signal.SIGTERM)
        running.send_signal(signal.SIGINT)
        text, _ = running.communicate(timeout=30)
    assert running.returncode == 0 and "what was accepted came out once" in text


def test_a_thread_is_named_after_its_stage():
    running = subprocess.Popen([VELOX, "--seconds", "0"], stdout=subprocess.PIPE, text=True)
    try:
        expected = {"velox-ingress", "velox-book", "velox-bundle", "velox-output", "velox-monitor"}
        end = time.monotonic() + 30
        names: set[str] = set()
        while time.monotonic() < end and not expected <= names:
            names = {(task / "comm").read_text().strip() for task in Path(f"/proc/{running.pid}/task").iterdir()}
            time.sleep(0.05)
        assert expected <= names
    finally:
        running.kill()
        running.communicate(timeout=30)


@pytest.mark.parametrize("arguments, named", [
    (("--seconds", "-1"), ("--seconds -1", "0 to 1000000")),
    (("--seconds", "x"), ('--seconds "x"', "not a number")),
    (("--seconds", ""), ('--seconds ""', "not a number")),
    (("--seconds", "nan"), ("--seconds", "not a number")),
    (("--rate", "1e9"), ("--rate 1e9", "100000000")),
    (("--rate", "0.5"), ("--rate 0.5", "give 0, or 1 to 100000000")),
    (("--ring", "1000"), ("--ring 1000", "power of two")),
    (("--ring", "1"), ("--ring 1", "give 2 to")),
    (("--ring", "99999999999999999999"), ("--ring", "give 2 to")),
    (("--levels", "0"), ("--levels 0", "give 1 to")),
    (("--levels", "16777217"), ("--levels 16777217", "give 1 to 16777216")),
    (("--levels", "-1"), ('--levels "-1"', "whole number")),
    (("--flush", "never"), ('--flush "never"', "idle, time or full")),
    (("--flush-after", "-1"), ("--flush-after -1",)),
    (("--threads", "5"), ("--threads 5", "1 to 4 nor cpus")),
    (("--flush", "full", "--flush-after", "5"), ("--flush full", "--flush-after")),
    (("--wait", "forever"), ('--wait "forever"', "park, sleep, yield or spin")),
    (("--transactions", "9223372036854775808"), ("--transactions", "give 0 to 9223372036854775807")),
    (("--sample-every", "1.5"), ('--sample-every "1.5"', "whole number")),
    (("--json", "-", "--trace", "-"), ("Only one of", "--json", "--trace")),
    (("--sample-every", "0", "--spans"), ("--sample-every 0", "--spans")),
    (("--seed", "-2"), ('--seed "-2"', "whole number")),
    (("--json",), ("--json", "needs a value")),
    (("--metrics", "65536"), ('--metrics "65536"', "PORT")),
    (("--metrics", "example.org:80"), ('--metrics "example.org:80"', "numeric HOST")),
    (("--metrics", "::1:80"), ('--metrics "::1:80"', "[HOST]:PORT")),
    (("--metrics", ""), ('--metrics ""', "PORT")),
    (("--metrics", "127.0.0.1:x"), ('--metrics "127.0.0.1:x"', "PORT")),
    (("--nonsense",), ("--nonsense", "--help")),
    (("-x",), ("-x", "--help")),
    (("--pin", "-xy"), ("-x", "--help")),
    (("--drop=1",), ("--drop=1", "takes no value")),
    (("run",), ('"run"', "--help")),
], ids=" ".join)
def test_bad_options_are_refused_in_a_sentence(arguments, named):
    done = velox(*arguments)
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout, len(lines)) == (2, "", 1), done.stderr
    assert re.fullmatch(r"velox: .*\S\.", lines[0]), lines[0]
    assert not [word for word in named if word not in lines[0]], lines[0]


def test_more_levels_than_memory_is_told():
    done = subprocess.run(["bash", "-c", f"ulimit -v 200000; exec {VELOX} --levels 16777216 --seconds 0.1"],
                          capture_output=True, text=True, timeout=60)
    if "shadow memory" in done.stderr or "Sanitizer" in done.stderr:
        pytest.skip("a sanitizer needs more address space than that")
    assert done.returncode == 2
    assert "--levels" in done.stderr and "memory" in done.stderr


def test_a_result_that_cannot_be_written_is_told_after_the_summary(tmp_path):
    done = velox("--seconds", "0.1", "--json", str(tmp_path / "missing/result.json"))
    assert done.returncode == 2
    assert "came out once" in done.stdout
    assert "--json" in done.stderr and "No such file" in done.stderr


def test_the_result_on_standard_output_is_json_and_nothing_else():
    done = velox("--seconds", "0.1", "--json", "-")
    assert done.returncode == 0
    assert json.loads(done.stdout)["fault"] is None
    assert "came out once" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_told():
    done = velox("--seconds", "0.1", "--json", "/dev/full")
    assert done.returncode == 2 and "--json /dev/full could not be written: No space left" in done.stderr
    with open("/dev/full", "w") as full:
        done = subprocess.run([VELOX, "--seconds", "0.1"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 2 and "the summary could not be written: No space left" in done.stderr


def test_a_thread_that_cannot_be_pinned_is_a_warning(tmp_path):
    (tmp_path / "no_pin.c").write_text("#define _GNU_SOURCE\n#include <errno.h>\n#include <sched.h>\n"
                                       "int sched_setaffinity(pid_t pid, size_t bytes, const cpu_set_t *set)\n"
                                       "{ (void)pid; (void)bytes; (void)set; errno = EPERM; return -1; }\n")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", "no_pin.so", "no_pin.c"], cwd=tmp_path, check=True)
    # A sanitizer must come first.
    linked = subprocess.run(["ldd", VELOX], check=True, capture_output=True, text=True).stdout
    preload = " ".join([*re.findall(r"\S*/lib\wsan\.\S+", linked), str(tmp_path / "no_pin.so")])
    done = subprocess.run([VELOX, "--seconds", "0.1", "--pin"], env=os.environ | {"LD_PRELOAD": preload},
                          capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "warning: 4 threads could not be pinned" in done.stdout


def test_the_json_has_the_compiler_and_the_machine(tmp_path):
    found = result(tmp_path, "--seconds", "0.05")
    assert re.fullmatch(r"(GNU|Clang) \d+(\.\d+)*", found["build"]["compiler"])
    assert "-" in found["build"]["flags"]
    assert found["machine"]["cpu_count"] == len(os.sched_getaffinity(0))
    assert (found["machine"]["kernel"], found["machine"]["architecture"]) == (os.uname().release, os.uname().machine)
    assert found["machine"]["cpu_model"] != ""


def test_the_json_has_the_settings(tmp_path):
    settings = result(tmp_path, "--transactions", "100", "--rate", "1e6", "--threads", "2", "--wait", "yield",
                      "--flush", "full", "--sample-every", "10", "--spans")["settings"]
    assert settings == {
        "rate_per_sec": 1e6, "seed": 1, "replay": None, "duration_ns": 0, "transactions": 100, "threads": 2,
        "wait": "yield", "pin": False, "ring_capacity": 4096, "levels": 1024, "flush_after_ns": None,
        "flush_when_idle": False, "drop_when_full": False, "sample_every": 10, "verify": True}


def test_without_checksums_nothing_is_said_of_changes():
    done = velox("--transactions", "100", "--rate", "0", "--no-verify")
    assert "came out once and in order (no checksums)." in done.stdout and "unchanged" not in done.stdout


def test_help_and_version_are_told():
    assert velox("--help").stdout.startswith("usage: velox ")
    assert re.fullmatch(r"velox \d+\.\d+\.\d+\n", velox("--version").stdout)


def test_every_option_is_in_the_help():
    source = (ROOT / "core/program/options.c").read_text()
    options = re.findall(r'\{"([a-z-]+)", (?:no|required)_argument', source)
    text = velox("--help").stdout
    assert len(options) > 10
    assert [option for option in options if f"--{option}" not in text] == []
