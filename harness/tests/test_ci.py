"""What a CI job needs of vbench: texts for it, the example workflow, and machines with little of a CPU."""
from __future__ import annotations

import os
import re
import shlex
import signal
import threading
import time
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml

import pairs
import programs
import projects
from git_project import PROJECT, git, make
from pairs import build, row
from programs import assert_refused, run, vbench

EXAMPLE = programs.ROOT / "harness" / "examples" / "ci"
QUICK = ("--budget", "0.01", "--layouts", "0")


@pytest.fixture(scope="module")
def suites(tmp_path_factory) -> Path:
    """A folder with suites of one name in folders: old, new (the same), slow (half as slow again)."""
    folder = tmp_path_factory.mktemp("suites")
    for side, wait_ns in (("old", 2000), ("new", 2000), ("slow", 3000)):
        build(folder / side, wait_ns=wait_ns)
    return folder


# --- Markdown and JUnit

def cases(path: Path) -> "dict[str, str]":
    """The benchmarks of a JUnit file, and how each came out."""
    root = xml.parse(path).getroot()
    return {case.get("name", ""): next((child.tag for child in case if child.tag != "system-out"), "passed")
            for case in root.iter("testcase")}


def test_a_run_writes_both_texts_and_nothing_else(tmp_path):
    done = vbench("run", programs.RING, "--filter", "push_pop/64", "--budget", "0.01", "--markdown", "s.md", "--junit", "j.xml",
                  cwd=tmp_path, TMPDIR=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("benchmark ")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["j.xml", "s.md"]
    assert (tmp_path / "s.md").read_text().startswith("## Velox Bench: 1 benchmark\n")
    assert cases(tmp_path / "j.xml") == {"ring_buffer/push_pop/64": "passed"}


def test_a_comparison_writes_both_texts_whatever_the_verdict(suites, tmp_path):
    done = vbench("compare", suites / "old/demo", suites / "slow/demo", *QUICK, "--budget", "0.1", "--markdown", "s.md", "--junit", "j.xml", cwd=tmp_path)
    assert done.returncode == 1 and done.stderr == ""
    assert "`demo/wait`" in (tmp_path / "s.md").read_text() and "**regressed**" in (tmp_path / "s.md").read_text()
    assert cases(tmp_path / "j.xml") == {"demo/wait": "failure"}


def test_a_benchmark_that_fails_is_an_error_in_the_texts(suites, tmp_path):
    broken = build(tmp_path / "broken", rows=(row("demo/wait", "crashes"),))
    done = vbench("compare", suites / "old/demo", broken, *QUICK, "--markdown", "s.md", "--junit", "j.xml", cwd=tmp_path)
    assert done.returncode == 2 and cases(tmp_path / "j.xml") == {"demo/wait": "error"}
    assert "| `demo/wait` | **failed** |" in (tmp_path / "s.md").read_text()


def test_a_printed_summary_is_alone_on_stdout(suites, tmp_path):
    done = vbench("compare", suites / "old/demo", suites / "new/demo", *QUICK, "--markdown", "-", "--out", "page", cwd=tmp_path)
    assert done.returncode in (0, 1) and done.stdout.startswith("## Velox Bench") and "Report:" not in done.stdout
    assert re.search(r"(?m)^benchmark +old +new", done.stderr) and "Report: page/index.html\n" in done.stderr


def test_report_makes_the_texts_of_a_saved_result_and_no_page(ring_run, tmp_path):
    done = vbench("report", ring_run.path, "--markdown", "-", "--junit", "j.xml", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("## Velox Bench")
    assert [p.name for p in tmp_path.iterdir()] == ["j.xml"]


@pytest.mark.parametrize("words, named", [
    (("--markdown", "missing/s.md"), ("missing/s.md cannot be written",)), (("--junit", "."), (". cannot be written",)),
    (("--junit", "-"), ("--junit takes a file's name",)), (("--json", "-", "--markdown", "-"), ("--json and --markdown both",)),
    (("--json", "x", "--junit", "x"), ("--json and --junit both write to x",))])
@pytest.mark.parametrize("command", ["run", "compare"])
def test_a_place_where_a_text_cannot_go_is_told_before_anything_is_measured(command, words, named, tmp_path):
    """The suites are not even looked for."""
    assert_refused(vbench(command, "missing", *words, cwd=tmp_path), *named)
    assert list(tmp_path.iterdir()) == []


def test_a_text_that_cannot_be_made_is_exit_code_2_and_the_result_is_kept(suites, tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho 'it is broken' >&2\nexit 2\n")
    program.chmod(0o755)
    done = vbench("compare", suites / "old/demo", suites / "new/demo", *QUICK, "--json", "x.json", "--junit", "j.xml", cwd=tmp_path,
                  VBENCH_REPORT_PROGRAM=str(program))
    assert (done.returncode, done.stderr) == (2, "it is broken\n") and (tmp_path / "x.json").exists()


# --- the example workflow

def steps() -> "list[dict[str, Any]]":
    return yaml.safe_load((EXAMPLE / "vbench.yml").read_text(encoding="utf-8"))["jobs"]["compare"]["steps"]


def gitlab() -> "dict[str, Any]":
    block = re.search(r"^```yaml\n(.*?)^```$", (EXAMPLE / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    assert block
    return yaml.safe_load(block[1])["benchmarks"]


def commands() -> "list[str]":
    """Every call of vbench in the example and in README, one line each."""
    scripts = [step["run"] for step in steps() if "run" in step] + gitlab()["script"]
    scripts += re.findall(r"^    (vbench .*)$", (EXAMPLE / "README.md").read_text(encoding="utf-8"), re.M)
    scripts += re.findall(r"(?m)^```bash\n(build/.*)\n```$", (programs.ROOT / "README.md").read_text(encoding="utf-8"))
    lines = [line for script in scripts for line in script.replace("\\\n", " ").splitlines()]
    return [line for line in lines if re.match(r"\s*(\S*/)?vbench ", line)]


def test_the_workflow_has_the_history_keeps_the_cache_and_what_was_found():
    used = {step["uses"].split("@")[0]: step["with"] for step in steps() if "uses" in step}
    assert used["actions/checkout"]["fetch-depth"] == 0
    [command] = [step["run"] for step in steps() if "vbench compare" in step.get("run", "")]
    words = shlex.split(command.replace("\\\n", " "))
    after = dict(zip(words, words[1:]))
    assert used["actions/cache"]["path"] == after["--cache"]
    kept = [path.rstrip("/") for path in used["actions/upload-artifact"]["path"].split()]
    assert kept == [after["--json"], after["--junit"], after["--out"]] and after["--markdown"] == "$GITHUB_STEP_SUMMARY"
    of_gitlab = gitlab()
    assert of_gitlab["artifacts"]["reports"]["junit"] in of_gitlab["script"][-1] and of_gitlab["cache"]["paths"][0] in of_gitlab["script"][-1]


def test_other_steps_of_the_workflow_call_what_is_there():
    called = [line.split()[0] for step in steps() for line in step.get("run", "").splitlines() if line.startswith("scripts/")]
    assert called and all(os.access(programs.ROOT / name, os.X_OK) for name in called)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A clone, as a runner has it: the branch has code three times as slow as its origin's main."""
    origin, clone = (tmp_path_factory.mktemp("ci") / name for name in ("origin", "clone"))
    origin.mkdir()
    (origin / "CMakeLists.txt").write_text(PROJECT)
    (origin / "suite.c").write_text(projects.suite(row("demo/wait"), before=pairs.BEFORE))
    (origin / "subject.c").write_text(pairs.SUBJECT)
    (origin / ".gitignore").write_text("build/\n")
    git(origin, "init", "-q", "-b", "main")
    git(origin, "add", ".")
    git(origin, "commit", "-qm", "first")
    git(origin, "clone", "-q", str(origin), str(clone))
    (clone / "CMakeLists.txt").write_text(PROJECT.replace("2000", "6000"))
    git(clone, "commit", "-qam", "slower")
    done = run("cmake", "-B", "build", "-DCMAKE_BUILD_TYPE=Release", cwd=clone)
    assert done.returncode == 0, done.stderr
    make(clone)
    return clone


@pytest.mark.parametrize("command", commands(), ids=["github", "gitlab", "own_project", "readme"])
def test_each_command_of_the_example_works_in_a_small_project(command, checkout, tmp_path):
    """With a budget that is shorter, in fewer layouts, and with the suite of this project."""
    offered = set(re.findall(r"(?m)^  (--[a-z-]+)", vbench("compare", "--help", cwd=tmp_path).stdout))
    command = re.sub(r"--(?!fail-above\b)(\w[\w-]*)", lambda m: m[0] if m[0] in offered else pytest.fail(f"no option {m[0]}"), command)
    if "--fail-above" not in offered:
        command = command.replace("--fail-above 1 ", "")
    command = re.sub(r"^\s*(\S*/)?vbench compare", f"'{programs.VBENCH}' compare --budget 0.2 --layouts 16", command)
    command = re.sub(r" build/my_bench$", "", command) + " build/demo"
    summary = tmp_path / "summary"
    places = (summary, checkout / "build/vbench.md", checkout / "summary.md")
    places[1].unlink(missing_ok=True)
    done = run("sh", "-c", command, cwd=checkout, GITHUB_STEP_SUMMARY=str(summary), CI_MERGE_REQUEST_DIFF_BASE_SHA="origin/main")
    assert done.returncode == 1, done.stdout + done.stderr
    texts = [path.read_text() for path in places if path.exists()]
    assert len(texts) == 1 and "Velox Bench: 1 regressed" in texts[0] and "uncommitted" not in texts[0]
    junit = re.search(r"--junit (\S+)", command)
    assert junit and cases(checkout / junit[1]) == {"demo/wait": "failure"}
    git(checkout, "clean", "-qf")  # what the command without build/ leaves


# --- little of a CPU

RUNS = 5
FALSE_ALARMS = 1  # at most: at 1 % each, two of five come once in a thousand sessions


def check_same_code(found: "list[pairs.Compared]") -> None:
    """No error, and nothing but a stray change."""
    for one in found:
        one.assert_paired("demo/wait")
        assert one.rest == {} and one.comparison["paired"]
    changed = [one.rows["demo/wait"]["verdict"] for one in found if one.rows["demo/wait"]["verdict"] in ("regressed", "improved")]
    assert len(changed) <= FALSE_ALARMS and len(found) == RUNS, changed


def check_slower(found: pairs.Compared) -> None:
    assert found.status == 1 and found.rows["demo/wait"]["verdict"] == "regressed", found.done.stdout + found.done.stderr
    assert found.rows["demo/wait"]["change_percent"] == pytest.approx(50, abs=10)


def compared(folder: Path, suites: Path, *front: Any, new: str = "new",
             words: "tuple[str, ...]" = ("--budget", "0.1", "--layouts", "0")) -> pairs.Compared:
    """One comparison, called through the words in front."""
    path = folder / "c.json"
    path.unlink(missing_ok=True)
    return pairs.Compared(run(*front, programs.VBENCH, "compare", suites / "old/demo", suites / new / "demo", *words, "--json", path,
                              cwd=folder), path)


def test_the_same_code_on_one_cpu_is_not_called_changed(suites, tmp_path):
    cpu = str(min(os.sched_getaffinity(0)))
    found = [compared(tmp_path, suites, "taskset", "-c", cpu) for _ in range(RUNS)]
    check_same_code(found)
    assert {one.notes for one in found} == {"There is one CPU only: vbench shares it with what it measures."}


def test_slower_code_is_found_on_one_cpu(suites, tmp_path):
    check_slower(compared(tmp_path, suites, "taskset", "-c", str(min(os.sched_getaffinity(0))), new="slow"))


QUOTA = 0.25


@pytest.fixture()
def group() -> Iterator[Path]:
    """A control group with a quota of a quarter of a CPU, of either version; its processes are named in cgroup.procs."""
    name = f"vbench-test-{os.getpid()}"
    made = None
    for place, files in ((Path("/sys/fs/cgroup/cpu"), {"cpu.cfs_period_us": "20000", "cpu.cfs_quota_us": str(int(20000 * QUOTA))}),
                         (Path("/sys/fs/cgroup"), {"cpu.max": f"{int(20000 * QUOTA)} 20000"})):
        try:
            (place / name).mkdir()
            made = place / name
            for file, text in files.items():
                if not (made / file).exists():
                    raise FileNotFoundError(made / file)
                (made / file).write_text(text)
            break
        except OSError:
            if made:
                made.rmdir()
            made = None
    if made is None:
        pytest.skip("no control group with a quota can be made here")
    yield made
    deadline = time.monotonic() + 10
    while made.exists() and time.monotonic() < deadline:
        try:
            made.rmdir()
        except OSError:  # its last process is ending
            time.sleep(0.05)


def enter(group: Path) -> "tuple[Any, ...]":
    return ("sh", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$@"', group)


def test_slower_code_is_found_under_a_cpu_quota(suites, group, tmp_path):
    check_slower(compared(tmp_path, suites, *enter(group), new="slow"))


def test_the_same_code_under_a_cpu_quota_is_not_called_changed_and_the_quota_is_told(suites, group, tmp_path):
    found = [compared(tmp_path, suites, *enter(group)) for _ in range(RUNS)]
    check_same_code(found)
    assert all(one.quota.startswith(f"There is a CPU quota of {QUOTA:g} CPUs: it struck ") for one in found)
    assert {one.result["vbench"]["machine"]["cpu_quota"] for one in found} == {QUOTA}
    warned = rf"(?m)^warning: demo/wait: a CPU quota of {QUOTA:g} CPUs struck \d+ times meanwhile, "
    assert all(f"There is a CPU quota of {QUOTA:g} CPUs" in one.done.stdout and re.search(warned, one.done.stdout) for one in found)


def test_the_rows_of_a_run_under_a_cpu_quota_name_it(group, tmp_path):
    done = run(*enter(group), programs.VBENCH, "run", programs.RING, "--filter", "push_pop/(64|1024)$", "--budget", "0.1", "--json", "r.json",
               cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(rf"(?m)^warning: ring_buffer/push_pop/64.*: a CPU quota of {QUOTA:g} CPUs struck", done.stdout)
    rows = programs.entries(programs.load(tmp_path / "r.json")).values()
    assert len(rows) == 2 and all("CPU quota" in " ".join(one["warnings"]) for one in rows)


def test_without_a_quota_none_is_recorded_and_none_is_told(suites, tmp_path):
    if any((Path("/sys/fs/cgroup") / name).exists() and (Path("/sys/fs/cgroup") / name).read_text().split()[0] not in ("max", "-1")
           for name in ("cpu.max", "cpu/cpu.cfs_quota_us")):
        pytest.skip("this machine has a quota")
    found = compared(tmp_path, suites, words=QUICK)
    assert found.result["vbench"]["machine"]["cpu_quota"] is None and found.quota == ""


class Throttled:
    """Stops every worker of these suites for most of the time, as a narrow quota does, while it is entered."""

    RUNS_S, STOPS_S = 0.004, 0.012

    def __init__(self, folder: Path) -> None:
        self.folder, self.end, self.stops = folder, threading.Event(), 0
        self.thread = threading.Thread(target=self.work)

    def workers(self) -> "list[int]":
        return [pid for side in ("old", "new", "slow") for pid in programs.processes_of(self.folder / side / "demo")]

    def signal(self, pids: "list[int]", number: int) -> None:
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def work(self) -> None:
        while not self.end.wait(self.RUNS_S):
            workers = self.workers()
            self.signal(workers, signal.SIGSTOP)
            self.end.wait(self.STOPS_S)
            self.signal(workers, signal.SIGCONT)
            self.stops += len(workers)

    def __enter__(self) -> "Throttled":
        self.thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.end.set()
        self.thread.join()


def test_the_same_code_in_workers_that_are_stopped_most_of_the_time_is_not_called_changed(suites, tmp_path):
    with Throttled(suites) as throttled:
        found = [compared(tmp_path, suites) for _ in range(RUNS)]
    check_same_code(found)
    assert throttled.stops > 10 * RUNS


def test_slower_code_is_found_in_workers_that_are_stopped_most_of_the_time(suites, tmp_path):
    with Throttled(suites):
        found = compared(tmp_path, suites, new="slow")
    check_slower(found)
