#!/usr/bin/env python3
"""How far comparisons of the same code lie from zero: `make precision`.

Compares a suite of the self-test with itself again and again and prints, for each workload, mean and
standard deviation of the estimated changes, beside the bar that the project sets itself.
It measures and does not judge: what is above its bar on a busy machine may be below it on a quiet one.
"""
from __future__ import annotations

import argparse
import json
import math
import re
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Workload, seconds of timed blocks of both sides together, and the bar for the standard deviation in percent.
CASES = (("hash", 1.0, 0.15), ("chase/512", 1.0, 0.15), ("chase/1024", 1.0, 0.15), ("chase/4096", 1.0, 0.5),
         ("chase/16384", 1.0, 0.5),
         ("ring", 1.0, 0.15), ("sort", 10.0, 0.4), ("add/4_threads", 1.0, None))


def compare(vbench: Path, old: Path, new: Path, name: str, budget_s: float, seed: int) -> tuple[dict, dict]:
    """One comparison: its row, and the run it belongs to."""
    command = [str(vbench), "compare", "--filter", f"^{re.escape(name)}$", "--budget", str(budget_s), "--seed", str(seed),
               "--cache", str(ROOT / "build/cache"), "--json", "-", str(old), str(new)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    result = json.loads(done.stdout)["vbench"]
    return result["comparison"]["rows"][0], result["run"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20, help="comparisons of each workload")
    parser.add_argument("--only", default="", help="only workloads whose name matches this regular expression")
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--old", type=Path, help="the old suite (default: the same one)")
    given = parser.parse_args()
    suite = given.build / "selftest/selftest_1000_64"
    old = given.old or suite
    print(f"{'workload':14} {'budget':>6} {'mean':>9} {'std.err.':>9} {'std.dev.':>9} {'bar':>7} {'interval':>9} {'timed':>6}  verdicts")
    for name, budget_s, bar in CASES:
        if not re.search(given.only, name):
            continue
        found = [compare(given.build / "bin/vbench", old, suite, name, budget_s, seed)
                 for seed in range(1, given.count + 1)]
        changes = [row["change_percent"] for row, _ in found]
        halves = [(row["change_high_percent"] - row["change_low_percent"]) / 2 for row, _ in found]
        mean, deviation = statistics.mean(changes), statistics.stdev(changes)
        timed = statistics.mean(row["timed_percent"] for row, _ in found)
        error = deviation / math.sqrt(len(changes))
        verdicts: dict[str, int] = {}
        for row, _ in found:
            verdicts[row["verdict"]] = verdicts.get(row["verdict"], 0) + 1
        print(f"{name:14} {budget_s:4g} s {mean:+8.3f}% {error:8.3f}% {deviation:8.3f}% "
              f"{'' if bar is None else f'{bar:g}%':>7} {statistics.mean(halves):8.3f}% {timed:5.1f}%  "
              + ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items())), flush=True)


if __name__ == "__main__":
    main()
