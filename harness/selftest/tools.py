"""vbench and its peers: each compares two executables of the self-test and says what it found.

What they find is a dictionary with "verdicts" (regressed, improved, equivalent, inconclusive, or a peer's
unchanged), "change_percent", "low_percent" and "high_percent" (None where a tool has no interval), and
"timed_s", the seconds of timed blocks of both sides (None where a peer does not tell).
"""
from __future__ import annotations

import glob
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Sequence

from plan import CRITERION, GOOGLE_BENCHMARK, VBENCH, Cell

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent


class Failure(Exception):
    """A comparison that gave no verdict: what happened, in a sentence."""


def run(command: list[str], timeout_s: float, good: tuple[int, ...] = (0,), **options: Any) -> subprocess.CompletedProcess[str]:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout_s, **options)
    except subprocess.TimeoutExpired:
        raise Failure(f"no end within {timeout_s:g} s: {' '.join(command)}") from None
    except OSError as error:
        raise Failure(f"{command[0]}: {error.strerror}") from None
    if done.returncode not in good:
        last = (done.stderr.strip() or done.stdout.strip() or "no word").splitlines()[-1]
        raise Failure(f"exit code {done.returncode} of {' '.join(command)}: {last}")
    return done


class Tool:
    name: str
    rule: str  # what it takes for a change
    version: str | None = None  # known once missing() has been asked

    def __init__(self, build: Path, scratch: Path, vbench_options: Sequence[str] = ()) -> None:
        """`build` is a build folder, `scratch` where the tool may keep things between runs; the options are for
        vbench compare."""
        self.suites = build / "selftest"
        self.vbench = build / "bin/vbench"
        self.scratch = scratch
        self.vbench_options = vbench_options

    def missing(self, may_build: bool) -> str | None:
        """Why it cannot be used here, in a sentence; None: it can. Builds what it needs, if it may."""
        raise NotImplementedError

    def compare(self, cell: Cell, number: int, seed: int) -> dict[str, Any]:
        """May raise Failure."""
        raise NotImplementedError


class Vbench(Tool):
    name = VBENCH
    rule = "the verdict of its row, and those of its latencies"

    def missing(self, may_build: bool) -> str | None:
        self.version = run([str(self.vbench), "--version"], 60).stdout.split()[-1]
        return None

    def compare(self, cell: Cell, number: int, seed: int) -> dict[str, Any]:
        old, new = cell.sides(number)
        return self.compare_suites(cell, self.suites / old, self.suites / new, seed)

    def compare_suites(self, cell: Cell, old: Path, new: Path, seed: int) -> dict[str, Any]:
        """The same between any two executables."""
        command = [str(self.vbench), "compare", "--filter", f"^{re.escape(cell.benchmark)}$", "--budget", str(cell.budget_s),
                   "--max-budget", str(cell.max_budget_s), *self.vbench_options, "--seed", str(seed),
                   "--cache", str(self.scratch / "cache"), "--json", "-", str(old), str(new)]
        done = run(command, 120 + 20 * cell.max_budget_s, good=(0, 1))
        found = json.loads(done.stdout)["vbench"]
        rows = found["comparison"]["rows"]
        if not rows:
            raise Failure(f"{cell.benchmark} was not compared: {found['comparison']['not_compared']}")
        row = rows[0]
        quantiles = [one for one in row.get("quantiles", []) if "verdict" in one]
        floor = found["comparison"].get("noise_floor")
        return {"verdicts": [one["verdict"] for one in (row, *quantiles)], "change_percent": row["change_percent"],
                "low_percent": row["change_low_percent"], "high_percent": row["change_high_percent"],
                "timed_s": row["timed_s"],
                "timed_percent": row["timed_percent"], "noise_floor_exceeded": bool(floor and floor["exceeded"])}


class GoogleBenchmark(Tool):
    """Each suite is a program of Google Benchmark's, too: its ten repetitions a side, then compare.py."""

    name = GOOGLE_BENCHMARK
    rule = "10 repetitions a side, compare.py's U test of the real time at 0.05"
    COMPARE = Path("/usr/share/benchmark/compare.py")
    REPETITIONS = 10

    def missing(self, may_build: bool) -> str | None:
        if not self.COMPARE.exists():
            return f"{self.COMPARE} is missing; scripts/setup.sh peers installs it"
        found = subprocess.run([ROOT / "scripts/find_python.sh", "numpy", "scipy"], capture_output=True, text=True)
        self.python = found.stdout.strip()
        try:
            self.version = run(["pkg-config", "--modversion", "benchmark"], 60).stdout.strip()
        except Failure:
            self.version = None
        return None if found.returncode == 0 else found.stderr.strip()

    def compare(self, cell: Cell, number: int, seed: int) -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder:
            files = [f"{folder}/old.json", f"{folder}/new.json"]
            for side, file in zip(cell.sides(number), files):
                run([str(self.suites / side), f"--benchmark_filter=^{re.escape(cell.benchmark)}/real_time",
                     f"--benchmark_repetitions={self.REPETITIONS}",
                     f"--benchmark_min_time={cell.budget_s / 2 / self.REPETITIONS:g}",
                     f"--benchmark_out={file}", "--benchmark_out_format=json"], 60 + 20 * cell.budget_s)
            run([self.python, str(self.COMPARE), "--no-color", "-d", f"{folder}/diff.json", "benchmarks", *files], 60)
            rows = json.loads(Path(folder, "diff.json").read_text())
        return self.verdict(rows)

    @staticmethod
    def verdict(rows: list[dict[str, Any]]) -> dict[str, Any]:
        tested = next((row["utest"] for row in rows if row.get("utest")), None)
        median = next((row for row in rows if row.get("aggregate_name") == "median"), None)
        if tested is None or median is None:
            raise Failure("compare.py made no U test")
        change = median["measurements"][0]["time"]
        verdict = "unchanged" if not tested["time_pvalue"] < 0.05 else "regressed" if change > 0 else "improved"
        return {"verdicts": [verdict], "change_percent": 100 * change, "low_percent": None, "high_percent": None,
                "timed_s": None}


class Criterion(Tool):
    """The same C objects behind a few lines of Rust, a program a side: see the folder criterion."""

    name = CRITERION
    rule = "p < 0.05 and beyond its noise threshold of 1 %, as it prints it"
    REGISTRY = Path("/usr/share/cargo/registry")
    VERDICTS = {"Performance has regressed.": "regressed", "Performance has improved.": "improved",
                "Change within noise threshold.": "unchanged", "No change in performance detected.": "unchanged"}

    def missing(self, may_build: bool) -> str | None:
        if not shutil.which("cargo") or not shutil.which("rustc"):
            return "there is no cargo; scripts/setup.sh peers installs Debian's"
        crates = glob.glob(f"{self.REGISTRY}/criterion-0.3.*")
        if not crates:
            return "Debian's librust-criterion-dev is missing; scripts/setup.sh peers installs it"
        self.version = Path(crates[0]).name.split("-")[1]
        self.folder = self.scratch / "criterion"
        if not may_build and not self.archive.exists():
            return "it is not built yet; the longer modes do that, once"
        try:
            self.build()
        except Failure as failure:
            return str(failure)
        return None

    @property
    def archive(self) -> Path:
        return self.folder / "target/release/libselftest_criterion.a"

    def build(self) -> None:
        """In a copy, because cargo writes beside its sources."""
        (self.folder / ".cargo").mkdir(parents=True, exist_ok=True)
        for name in ("Cargo.toml", "lib.rs"):
            if not (self.folder / name).exists() or (self.folder / name).read_bytes() != (HERE / "criterion" / name).read_bytes():
                shutil.copy(HERE / "criterion" / name, self.folder / name)
        (self.folder / ".cargo/config.toml").write_text(
            f'[source.crates-io]\nreplace-with = "debian"\n[source.debian]\ndirectory = "{self.REGISTRY}"\n')
        run(["cargo", "build", "--offline", "--release", "--target-dir", str(self.folder / "target")], 900, cwd=self.folder)
        main = HERE / "criterion/main.c"
        for recipe in sorted(self.suites.glob("selftest_*.link.json")):
            inputs = [main, *map(Path, json.loads(recipe.read_text())["subject_objects"]), self.archive]
            program = self.folder / recipe.name.replace(".link.json", "")
            if program.exists() and all(one.stat().st_mtime < program.stat().st_mtime for one in inputs):
                continue
            run(["cc", "-O2", f"-I{HERE}", "-o", str(program), *map(str, inputs), "-lpthread", "-ldl", "-lm"], 120)

    def compare(self, cell: Cell, number: int, seed: int) -> dict[str, Any]:
        # Its warm-up comes on top.
        times = [str(max(0.1, cell.budget_s / 20)), str(cell.budget_s / 2)]
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "CRITERION_HOME": folder}
            for side, task in zip(cell.sides(number), ("save", "compare")):
                done = run([str(self.folder / side), cell.benchmark, task, *times], 120 + 20 * cell.budget_s,
                           env=environment, cwd=folder)
            estimates = glob.glob(f"{folder}/**/change/estimates.json", recursive=True)
            change = json.loads(Path(estimates[0]).read_text())["mean"] if estimates else None
        said = [verdict for sentence, verdict in self.VERDICTS.items() if sentence in done.stdout]
        if len(said) != 1 or not change:
            raise Failure(f"Criterion gave no verdict: {done.stdout.strip()[-300:]}")
        interval = change["confidence_interval"]
        return {"verdicts": said, "change_percent": 100 * change["point_estimate"],
                "low_percent": 100 * interval["lower_bound"], "high_percent": 100 * interval["upper_bound"], "timed_s": None}


TOOLS = (Vbench, GoogleBenchmark, Criterion)
