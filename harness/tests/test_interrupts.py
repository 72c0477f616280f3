"""Signals: to vbench at any moment, to its workers, and Ctrl-C in a terminal."""
from __future__ import annotations

import os
import pty
import random
import re
import select
import signal
import time
from pathlib import Path

import pytest

import programs
from programs import FAULTY, KNOWN_TIMES, processes_of, start_vbench, wait_until

OLD = b'{"an": "older one"}\n'
LONG = ("--budget", "30")
CASES = {"hanging": (FAULTY, "^faulty/hangs$"), "normal": (KNOWN_TIMES, "^plain$")}


def end(process) -> None:
    """Cleans up after a failed test, too."""
    if process.poll() is None:
        process.kill()
    process.communicate(timeout=programs.TIMEOUT_S)


@pytest.fixture()
def suites(tmp_path):
    """Makes copies of suites, and ends their processes after the test whatever happened."""
    made = []

    def copy(suite: Path, folder: str = "suite") -> Path:
        made.append(programs.copy_suite(suite, tmp_path / folder))
        return made[-1]

    yield copy
    for suite in made:
        for pid in processes_of(suite):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="module", params=[(number, command, case) for number in (signal.SIGINT, signal.SIGTERM)
                                        for command in ("run", "save") for case in CASES],
                ids=lambda p: f"{p[0].name}-{p[1]}-{p[2]}")
def interrupted(request, tmp_path_factory):
    """Several runs at once, each interrupted at another moment: (folder, suite, exit status) of each."""
    number, command, case = request.param
    executable, name = CASES[case]
    moments = random.Random(f"{number} {command} {case}")
    started = []
    for _ in range(3):
        folder = tmp_path_factory.mktemp("interrupted")
        suite = programs.copy_suite(executable, folder / "suite")
        (folder / "work" / "baselines").mkdir(parents=True)
        (folder / "work" / "baselines" / "x.json").write_bytes(OLD)
        words = ("run", suite, "--json", "y.json") if command == "run" else ("save", "x", suite)
        started.append((moments.uniform(0, 0.7), folder / "work", suite,
                        start_vbench(*words, "--filter", name, *LONG, cwd=folder / "work")))
    try:
        begin = time.monotonic()
        for moment, _, _, process in sorted(started, key=lambda one: one[0]):
            time.sleep(max(0.0, begin + moment - time.monotonic()))
            process.send_signal(number)
        ended = [(folder, suite, process.wait(timeout=programs.TIMEOUT_S)) for _, folder, suite, process in started]
    finally:
        for _, _, _, process in started:
            end(process)
    return number, ended


def test_vbench_ends_by_the_signal_that_it_got(interrupted):
    number, ended = interrupted
    assert [status for _, _, status in ended] == [-number] * len(ended)


def test_an_interrupt_leaves_no_worker(interrupted):
    _, ended = interrupted
    assert wait_until(lambda: not any(processes_of(suite) for _, suite, _ in ended))


def test_an_interrupt_leaves_no_new_file_and_the_old_baseline_whole(interrupted):
    _, ended = interrupted
    assert [programs.files_in(folder) for folder, _, _ in ended] == [{"baselines/x.json": OLD}] * len(ended)


def worker_of(suite: Path) -> int:
    """A worker of noting(suite) that measures."""
    workers = wait_until(lambda: programs.measuring(suite))
    assert workers, "no worker was seen"
    return workers[0]


def processor_time_s(pid: int) -> float:
    """In user mode, up to now."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11]) / os.sysconf("SC_CLK_TCK")


def test_an_interrupt_while_measuring_says_that_nothing_was_written(suites, tmp_path):
    suite = suites(FAULTY)
    process = start_vbench("run", programs.noting(suite), "--filter", "faulty/hangs$", cwd=tmp_path)
    try:
        worker_of(suite)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=programs.TIMEOUT_S)
    finally:
        end(process)
    assert stderr == "vbench: interrupted; nothing was written.\n"


@pytest.mark.parametrize("case", CASES)
def test_vbench_killed_leaves_no_worker(case, suites, tmp_path):
    executable, name = CASES[case]
    suite = suites(executable)
    process = start_vbench("run", programs.noting(suite), "--filter", name, *LONG, cwd=tmp_path)
    try:
        worker_of(suite)
        process.kill()
        process.wait(timeout=programs.TIMEOUT_S)
        assert wait_until(lambda: not processes_of(suite), 10)
    finally:
        end(process)


# A terminal sends it to all in the foreground, kill to vbench alone.
@pytest.mark.parametrize("send", [os.killpg, os.kill], ids=["to-all", "to-vbench"])
@pytest.mark.parametrize("command", ["report", "save"])
def test_an_interrupt_during_the_report_ends_it(command, send, ring_run, tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho >started\nexec sleep 1000\n")
    program.chmod(0o755)
    words = {"report": ("report", ring_run.path),
             "save": ("save", "x", programs.RING, "--filter", "push_pop/64$", "--budget", "0.05", "--out", "page")}
    (tmp_path / "temporary").mkdir()
    process = start_vbench(*words[command], cwd=tmp_path, VBENCH_REPORT_PROGRAM=str(program),
                           TMPDIR=str(tmp_path / "temporary"))
    try:
        assert wait_until((tmp_path / "started").exists)
        send(process.pid, signal.SIGINT)
        assert process.wait(timeout=programs.TIMEOUT_S / 4) == -signal.SIGINT
        assert list((tmp_path / "temporary").iterdir()) == []
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        end(process)


def test_an_interrupt_of_the_report_prints_no_traceback(ring_run, tmp_path):
    process = start_vbench("report", ring_run.path, "--out", "page", cwd=tmp_path)
    try:
        assert wait_until((tmp_path / "page" / "plots").exists)  # before it begins to draw
        os.killpg(process.pid, signal.SIGINT)
        _, stderr = process.communicate(timeout=programs.TIMEOUT_S)
    finally:
        end(process)
    assert stderr == "vbench: interrupted; the report was not made.\n"


@pytest.fixture(scope="module")
def worker_killed(tmp_path_factory):
    """One process of a normal benchmark whose worker is killed in the middle of it."""
    folder = tmp_path_factory.mktemp("worker_killed")
    suite = programs.copy_suite(KNOWN_TIMES, folder)
    process = start_vbench("run", programs.noting(suite), "--filter", "^plain$", "--budget", "3", "--processes", "1",
                           "--json", "result.json", cwd=folder)
    try:
        worker = worker_of(suite)
        assert wait_until(lambda: processor_time_s(worker) >= 0.3)
        os.kill(worker, signal.SIGKILL)
        process.wait(timeout=programs.TIMEOUT_S)
    finally:
        end(process)
    return process.returncode, programs.load(folder / "result.json")


def test_a_killed_worker_does_not_fail_the_run(worker_killed):
    status, _ = worker_killed
    assert status == 0


def test_a_killed_worker_is_one_restart(worker_killed):
    _, result = worker_killed
    assert programs.entries(result)["plain"]["restarts"] == 1


def test_the_samples_of_a_killed_worker_are_dropped(worker_killed):
    _, result = worker_killed
    processes = programs.entries(result)["plain"]["processes"]
    # An iteration takes at least 20 us, so a budget of 3 s affords no more of them however slow the machine is.
    iterations = sum(len(p["block_ns"]) * p["iterations_per_block"][0] for p in processes)
    assert len(processes) == 1 and iterations * 20_000 < 3.2e9


# --- in a terminal

def in_terminal(words: list[str], folder: Path, until: "re.Pattern[str]", keys: bytes) -> tuple[str, int]:
    """Runs a program in a terminal, presses keys once it shows a text; what it showed, its wait status."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execve(words[0], words, programs.environment(TERM="xterm"))
    shown = b""
    pressed = False
    deadline = time.monotonic() + programs.TIMEOUT_S
    try:
        while time.monotonic() < deadline:
            if not select.select([terminal], [], [], 0.2)[0]:
                continue
            try:
                got = os.read(terminal, 4096)
            except OSError:  # Linux says so when the other end has closed
                break
            if not got:
                break
            shown += got
            if keys and not pressed and until.search(shown.decode(errors="replace")):
                os.write(terminal, keys)
                pressed = True
        else:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    finally:
        os.close(terminal)
    return shown.decode(errors="replace"), status


LEFT = re.compile(r"\d+%  \d+:\d\d left  ")


@pytest.fixture(scope="module")
def ctrl_c(tmp_path_factory):
    folder = tmp_path_factory.mktemp("terminal")
    suite = programs.copy_suite(KNOWN_TIMES, folder / "suite")
    (folder / "work").mkdir()
    words = [str(programs.VBENCH), "run", str(suite), "--filter", "plain|slow", "--json", "x.json", *LONG]
    shown, status = in_terminal(words, folder / "work", LEFT, b"\x03")
    return shown, status, suite, folder / "work"


def test_progress_in_a_terminal_shows_the_time_left(ctrl_c):
    shown, *_ = ctrl_c
    assert LEFT.search(shown)


def test_progress_in_a_terminal_names_the_benchmark(ctrl_c):
    shown, *_ = ctrl_c
    assert re.search(r" left  (plain|slow_callbacks|slow_around_the_loop)", shown)


def test_ctrl_c_ends_vbench_by_sigint(ctrl_c):
    _, status, *_ = ctrl_c
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT


def test_ctrl_c_leaves_no_worker(ctrl_c):
    _, _, suite, _ = ctrl_c
    assert wait_until(lambda: not processes_of(suite))


def test_ctrl_c_leaves_no_file(ctrl_c):
    *_, work = ctrl_c
    assert programs.files_in(work) == {}


def test_ctrl_c_clears_the_progress_line(ctrl_c):
    shown, *_ = ctrl_c
    assert "vbench: interrupted" in shown.rsplit("\r\x1b[K", 1)[-1]


def test_without_a_terminal_there_is_no_progress_line(ring_run):
    assert "left" not in ring_run.done.stderr and "\x1b" not in ring_run.done.stderr + ring_run.done.stdout
