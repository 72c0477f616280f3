#!/usr/bin/env python3
"""The judge proves itself on this machine: `make bench-selftest`.

Compares workloads whose true change is known, again and again, and counts how often new is called slower,
faster or the same: by vbench, and side by side with it by Google Benchmark and Criterion where they are at hand.
Exit code: 0; 1 if a bar is missed (never of QUICK); 2 for bad usage, or if comparisons gave no verdict.
"""
from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.dont_write_bytecode = True

from journal import Journal, Refused  # noqa: E402
from load import LOADS, Load  # noqa: E402
from plan import MODES, Item, Mode, cells, items  # noqa: E402
from show import clock, text  # noqa: E402
from tally import MISSED, exact_intervals, tally  # noqa: E402
from tools import ROOT, TOOLS, Failure, Tool  # noqa: E402

SELFTEST_VERSION = 1  # of the result and of the file of finished comparisons


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", choices=tuple(MODES), default="default",
                        help="quick: at most 3 minutes; default: 15; full: 3 hours, continued where it was stopped")
    parser.add_argument("--only", default="", metavar="RE", help="only workloads whose name matches")
    parser.add_argument("--load", choices=LOADS, default="none", help="what else runs: busy loops on one or all CPUs, "
                        "or on all from the middle of each comparison on")
    parser.add_argument("--duration", type=float, metavar="S", help="seconds after which nothing more is begun")
    parser.add_argument("--budget", type=float, metavar="S", help="of each comparison instead of its own: for trying the "
                        "self-test out; the bars mean nothing then")
    parser.add_argument("--seed", type=int, help="of the order and the comparisons (default: from the clock; recorded)")
    parser.add_argument("--resume", action="store_true", help="continue the file; the full mode always does")
    parser.add_argument("--file", type=Path, help="of finished comparisons (default: build/selftest/MODE.jsonl)")
    parser.add_argument("--tool", action="append", choices=tuple(tool.name for tool in TOOLS), help="only these (default: all)")
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--out", type=Path, default=ROOT / "build/selftest", help="where the result goes")
    parser.add_argument("vbench_options", nargs="*", metavar="-- OPTION", help="for each vbench compare, as --layouts 0")
    given = parser.parse_args()
    try:
        re.compile(given.only)
    except re.error as error:
        parser.error(f"--only {given.only!r} is no regular expression: {error}")
    for name in ("duration", "budget"):
        if getattr(given, name) is not None and not getattr(given, name) > 0:
            parser.error(f"--{name} {getattr(given, name):g} is not above 0")
    return given


def digest(build: Path) -> str:
    """Of what is measured and of what judges it."""
    total = hashlib.sha256()
    rules = (Path(__file__).resolve().parent / name for name in ("plan.py", "tools.py"))
    for program in (build / "bin/vbench", *sorted((build / "selftest").glob("selftest_????_??")), *rules):
        total.update(program.read_bytes())
    return total.hexdigest()[:16]


def kept_seed(path: Path) -> int | None:
    """That of the file which is to be continued."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.loads(file.readline())["seed"]
    except (OSError, ValueError, LookupError, TypeError):  # the journal will tell
        return None


class Progress:
    """A line that is written over, where somebody looks; else nothing."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.shown = sys.stderr.isatty()

    def tell(self, done: int, item: Item, left_s: float) -> None:
        if self.shown:
            print(f"\r\033[K{done} of {self.total} comparisons, at most {clock(max(left_s, 0))} left: "
                  f"{item.cell.name} {item.cell.change_percent:+g} %, {item.tool}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self.shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def measure(tool: Tool, item: Item, load: str, expected_s: float) -> dict[str, Any]:
    """One comparison, as a line of the journal."""
    begin = time.monotonic()
    old, new = item.cell.sides(item.number)
    line: dict[str, Any] = {"tool": item.tool, "cell": item.cell.key, "number": item.number, "seed": item.seed, "old": old,
                            "new": new, "failed": None}
    try:
        with Load(load, item.number, expected_s):
            line.update(tool.compare(item.cell, item.number, item.seed))
    except Failure as failure:
        line["failed"] = str(failure)
    except (ValueError, LookupError, TypeError) as error:
        line["failed"] = f"what {item.tool} wrote was not understood: {type(error).__name__}: {error}"
    return {**line, "wall_s": round(time.monotonic() - begin, 3)}


def measure_all(todo: list[Item], tools: dict[str, Tool], journal: Journal, load: str, end: float) -> None:
    """Until all is done or no time is left. Stopped by a signal, it keeps what is finished."""
    took: dict[tuple[str, str], float] = {}
    done = {(line["tool"], line["cell"], line["number"]) for line in journal.lines if line["failed"] is None}
    for line in journal.lines:
        took[line["tool"], line["cell"]] = line["wall_s"]
    progress = Progress(len(todo))
    finished = 0
    try:
        for item in todo:
            finished += 1
            place = (item.tool, item.cell.key)
            if (*place, item.number) in done:
                continue
            expected_s = took.get(place, 2 * item.cell.budget_s + 2)
            left_s = end - time.monotonic()
            if left_s < expected_s and len(journal.lines) > 0:
                continue
            progress.tell(finished - 1, item, left_s)
            line = measure(tools[item.tool], item, load, expected_s)
            took[place] = line["wall_s"]
            journal.add(line)
    except KeyboardInterrupt:
        pass
    finally:
        progress.end()


def machine() -> dict[str, Any]:
    try:
        found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    except OSError:
        found = None
    return {"cpus": len(os.sched_getaffinity(0)), "model": found.group(1) if found else None}


def main() -> int:
    begin = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does
    given = options()
    mode: Mode = MODES[given.mode]
    end = begin + (given.duration if given.duration is not None else mode.limit_s)
    try:
        given.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"--out {given.out} cannot be made a folder: {error.strerror}.") from None
    suffix = "" if given.load == "none" else f"-{given.load}"
    path = given.file or given.out / f"{mode.name}{suffix}.jsonl"
    resume = given.resume or mode.name == "full"

    if not items(mode, [kind.name for kind in TOOLS], 0, given.only):
        print(f"selftest: --only {given.only!r} leaves nothing to compare in the {mode.name} mode.", file=sys.stderr)
        return 2

    described, tools = [], {}
    for kind in TOOLS:
        if given.tool and kind.name not in given.tool:
            continue
        tool = kind(given.build, given.out, given.vbench_options)
        skipped = tool.missing(may_build=mode.name != "quick")
        if skipped is None:
            tools[kind.name] = tool
        described.append({"name": kind.name, "version": tool.version, "rule": kind.rule, "skipped": skipped})

    seed = given.seed if given.seed is not None else resume and kept_seed(path) or random.SystemRandom().randrange(1, 2**31)
    todo = items(mode, tools, seed, given.only)
    if given.budget is not None:
        todo = [replace(item, cell=replace(item.cell, budget_s=given.budget, max_budget_s=given.budget)) for item in todo]
    journal = Journal(path, {"selftest_version": SELFTEST_VERSION, "mode": mode.name, "load": given.load, "seed": seed,
                             "budget_s": given.budget, "vbench_options": given.vbench_options, "build": digest(given.build)}, resume)
    try:
        measure_all(todo, tools, journal, given.load, end)
    finally:
        journal.close()

    planned: dict[tuple[str, str], int] = {}
    for item in todo:
        planned[item.tool, item.cell.key] = planned.get((item.tool, item.cell.key), 0) + 1
    compared = {item.cell.key: item.cell for item in todo}
    numbers = tally(journal.lines, planned, [compared.get(cell.key, cell) for cell in cells()], exact_intervals(given.build / "selftest/rates"))
    result = {"selftest_version": SELFTEST_VERSION, "mode": mode.name, "load": given.load, "seed": seed,
              "machine": machine(), "took_s": round(sum(line["wall_s"] for line in journal.lines), 1), "file": str(path),
              "tools": described, **numbers}
    (given.out / f"selftest{suffix}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(text(result))
    if any(cell["failed"] for cell in result["cells"]):
        return 2
    missed = mode.name != "quick" and any(bar["state"] == MISSED for bar in result["bars"])
    return 1 if missed else 0  # one comparison of a kind tells that all of it works, and nothing of rates


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Refused, Failure, OSError) as error:
        print(f"selftest: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("selftest: stopped before there was a result.", file=sys.stderr)
        sys.exit(2)
