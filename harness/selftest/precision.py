#!/usr/bin/env python3
"""How far comparisons of the same code lie from zero: `make precision`.

Compares a suite of the self-test with itself again and again and prints, for each workload, mean and
standard deviation of the estimated changes, beside the bar that the project sets itself.
It measures and does not judge: what is above its bar on a busy machine may be below it on a quiet one.
"""
from __future__ import annotations

import argparse
import math
import re
import statistics
import sys
from pathlib import Path

sys.dont_write_bytecode = True

from plan import Cell  # noqa: E402
from tools import ROOT, Failure, Vbench  # noqa: E402

# Workload, seconds of timed blocks of both sides together, and the bar for the standard deviation in percent.
CASES = (("hash", 1.0, 0.15), ("chase/512", 1.0, 0.15), ("chase/1024", 1.0, 0.15), ("chase/4096", 1.0, 0.5),
         ("chase/16384", 1.0, 0.5),
         ("ring", 1.0, 0.15), ("sort", 10.0, 0.4), ("add/4_threads", 1.0, None))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20, help="comparisons of each workload")
    parser.add_argument("--only", default="", help="only workloads whose name matches this regular expression")
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--old", type=Path, help="the old suite (default: the same one)")
    given = parser.parse_args()
    if given.count < 2:
        parser.error(f"--count {given.count} is below 2: there is no deviation of one.")
    try:
        cases = [case for case in CASES if re.search(given.only, case[0])]
    except re.error as error:
        parser.error(f"--only {given.only!r} is no regular expression: {error}")
    if not cases:
        parser.error(f"--only {given.only!r} leaves nothing to compare.")

    vbench = Vbench(given.build, ROOT / "build")
    vbench.missing(may_build=False)
    suite = given.build / "selftest/selftest_1000_64"
    old = given.old or suite
    print(f"{'workload':14} {'budget':>6} {'mean':>9} {'std.err.':>9} {'std.dev.':>9} {'bar':>7} {'interval':>9} {'timed':>6}  verdicts")
    for name, budget_s, bar in cases:
        cell = Cell(name, name, 1000, budget_s, budget_s, given.count)
        found = [vbench.compare_suites(cell, old, suite, seed) for seed in range(1, given.count + 1)]
        changes = [one["change_percent"] for one in found]
        halves = [(one["high_percent"] - one["low_percent"]) / 2 for one in found]
        mean, deviation = statistics.mean(changes), statistics.stdev(changes)
        timed = statistics.mean(one["timed_percent"] for one in found)
        error = deviation / math.sqrt(len(changes))
        verdicts: dict[str, int] = {}
        for verdict in (one["verdicts"][0] for one in found):
            verdicts[verdict] = verdicts.get(verdict, 0) + 1
        print(f"{name:14} {budget_s:4g} s {mean:+8.3f}% {error:8.3f}% {deviation:8.3f}% "
              f"{'' if bar is None else f'{bar:g}%':>7} {statistics.mean(halves):8.3f}% {timed:5.1f}%  "
              + ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items())), flush=True)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        print(f"precision: {failure}", file=sys.stderr)
        sys.exit(2)
