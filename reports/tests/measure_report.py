#!/usr/bin/env python3
"""Measures how long reports take: made for the first time, made again after one benchmark changed, of a thousand benchmarks,
and a thousand rows filtered in a browser.

    $(scripts/find_python.sh selenium jinja2) reports/tests/measure_report.py [--small N] [--large N] [--json FILE]

Prints a line for each figure. Times are those of the command, its start included; memory is the most that the command and
all that it has started held at once (the sum of their resident sets, looked at every 10 ms, what they share counted in each).
"""
from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import Any, Optional

TESTS = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(TESTS))

import documents  # noqa: E402
import documents_many  # noqa: E402
from browser import Browser  # noqa: E402
from places import LAUNCHER  # noqa: E402

EVERY_S = 0.01
QUERIES = ("ring", "order_book", "push 32", "bundle flush", "7", "update", "statistics 64", "nothing at all", "merge")
# From the event until it is drawn: the second frame after it begins when the first has been.
FILTER = """
const [query, done] = arguments, field = document.querySelector('input#search'), begin = performance.now();
field.value = query;
field.dispatchEvent(new Event('input', {bubbles: true}));
requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begin)));
"""


def resident_bytes(root: int) -> int:
    """What a process and its descendants hold now."""
    children: dict[int, list[int]] = {}
    pages: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            pages[int(folder.name)] = int((folder / "statm").read_text().split()[1])
        except (OSError, IndexError, ValueError):  # it has ended
            continue
        children.setdefault(parent, []).append(int(folder.name))
    family, total = [root], 0
    for process in family:
        family += children.get(process, [])
        total += pages.get(process, 0)
    return total * os.sysconf("SC_PAGE_SIZE")


def make(document: Path, out: Path) -> tuple[float, int]:
    """Makes a report: seconds and the most bytes."""
    begin = time.monotonic()
    started = subprocess.Popen([str(LAUNCHER), str(document), "--out", str(out)], stdout=subprocess.DEVNULL)
    ended = threading.Event()
    most = 0

    def watch() -> None:
        nonlocal most
        while not ended.wait(EVERY_S):
            most = max(most, resident_bytes(started.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    status = started.wait()
    took = time.monotonic() - begin
    ended.set()
    watcher.join()
    if status != 0:
        raise SystemExit(f"{LAUNCHER} ended with exit code {status}")
    return took, most


def filter_ms(page: Path) -> Optional[float]:
    """The middle time of nine searches; None: the page has no search field."""
    with Browser() as browser:
        browser.open(page)
        if not browser.script("return !!document.querySelector('input#search')"):
            return None
        return median(browser.driver.execute_async_script(FILTER, query) for query in QUERIES)


def measure(small: int, large: int, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def report(what: str, name: str, content: dict[str, Any]) -> Path:
        out = folder / name
        took, most = make(documents.save(folder / "result.json", content), out)
        found[what] = {"seconds": round(took, 3), "peak_bytes": most, "index_bytes": (out / "index.html").stat().st_size,
                       "report_bytes": sum(file.stat().st_size for file in out.rglob("*") if file.is_file()),
                       "files": sum(file.is_file() for file in out.rglob("*"))}
        print(f"{what}: {took:.2f} s, at most {most / 1e6:.0f} MB, index.html {found[what]['index_bytes'] / 1e3:.0f} kB, "
              f"{found[what]['files']} files of {found[what]['report_bytes'] / 1e6:.1f} MB", flush=True)
        return out

    report(f"{small} benchmarks, first", "small", documents_many.run(small))
    report(f"{small} benchmarks, the same again", "small", documents_many.run(small))
    report(f"{small} benchmarks, one changed", "small", documents_many.run(small, changed=small // 2))
    out = report(f"{large} benchmarks compared", "large", documents_many.side_by_side(large))
    report(f"{large} benchmarks compared, the same again", "large", documents_many.side_by_side(large))
    took = filter_ms(out / "index.html")
    what = f"filter of {large} rows"
    found[what] = {"milliseconds": took}
    print(f"{what}: " + ("the page has no search field" if took is None else f"{took:.1f} ms (median of {len(QUERIES)} searches)"))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--small", type=int, default=40, metavar="N", help="benchmarks of the small report (default 40)")
    parser.add_argument("--large", type=int, default=1000, metavar="N", help="benchmarks of the large one (default 1000)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(options.small, options.large, Path(folder))
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
