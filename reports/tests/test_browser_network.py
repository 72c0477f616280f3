"""What the browser itself has noted of the network while it showed a report: nothing that a page asked for."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from browser import Browser, pages_of

NO_PAGE = "not an origin"  # the browser's own housekeeping, which reaches nothing either


def attempts(log: Path) -> list[str]:
    """The addresses other than of files for which a page has started a request or prepared a connection."""
    noted = json.loads(log.read_text(encoding="utf-8"))
    kinds = noted["constants"]["logEventTypes"]
    found = []
    for event in noted["events"]:
        parameters: dict[str, Any] = event.get("params") or {}
        url, isolation = parameters.get("url", ""), str(parameters.get("network_anonymization_key", ""))
        asked = event["type"] == kinds["URL_REQUEST_START_JOB"] and parameters.get("initiator", NO_PAGE) != NO_PAGE
        prepared = event["type"] == kinds["HTTP_STREAM_JOB_CONTROLLER"] and "file://" in isolation
        if (asked or prepared) and not url.startswith(("file:", "data:")):
            found.append(url)
    return found


def visit(log: Path, *pages: Path) -> list[str]:
    with Browser(f"--log-net-log={log}") as browser:
        for page in pages:
            browser.open(page)
            browser.settle()
    return attempts(log)


def test_no_page_tries_to_reach_a_network(engine_report: Path, tmp_path: Path) -> None:
    assert visit(tmp_path / "log.json", *pages_of(engine_report)) == []


def test_a_page_that_tries_would_be_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!DOCTYPE html><title>a page</title><img alt='a' src='http://example.org/a.png'>"
                    "<script>fetch('https://example.net/b').catch(() => 0)</script>")
    assert {"http://example.org/a.png", "https://example.net/b"} <= set(visit(tmp_path / "log.json", page))
