#!/usr/bin/env python3
"""Takes pictures of every page of a report, whole, at three widths, light and dark.

    $(scripts/find_python.sh selenium) reports/tests/screenshots.py REPORT PICTURES [--page GLOB] [--view NAME]

REPORT is a report's folder; into the folder PICTURES go PNGs named after page, view and colours: index-desk-light.png,
benchmarks-ring-phone-dark.png. A page taller than 8000 px becomes several, numbered from the top.
"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from browser import VIEWS, Browser, View, pages_of  # noqa: E402


def take(browser: Browser, stem: str, view: View, pictures: Path) -> list[Path]:
    """The pictures of one page as it is seen now."""
    strips = browser.picture()
    name = f"{stem}-{view.name}" + ("" if view.media == "print" else f"-{view.scheme}")
    taken = []
    for number, strip in enumerate(strips, 1):
        path = pictures / (f"{name}.png" if len(strips) == 1 else f"{name}-{number}.png")
        path.write_bytes(strip)
        taken.append(path)
    return taken


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("report", metavar="REPORT", type=Path)
    parser.add_argument("pictures", metavar="PICTURES", type=Path)
    parser.add_argument("--page", metavar="GLOB", default="*", help="only pages whose path in the report matches, as benchmarks/*")
    parser.add_argument("--view", choices=sorted({view.name for view in VIEWS}), help="only this one")
    options = parser.parse_args()
    root = options.report.resolve()
    pages = [page for page in pages_of(root) if options.page == "*" or page.relative_to(root).match(options.page)]
    if not pages:
        parser.error(f"{options.report} has no such page")
    options.pictures.mkdir(parents=True, exist_ok=True)
    with Browser() as browser:
        for page in pages:
            stem = "-".join(page.relative_to(root).with_suffix("").parts)
            browser.open(page)
            for view in VIEWS:
                if options.view in (None, view.name):
                    browser.look(view)
                    for path in take(browser, stem, view, options.pictures):
                        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
