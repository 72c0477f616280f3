"""The program under test, and how a test runs it."""
from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VELOX = ROOT / os.environ.get("VBENCH_BUILD", "build/release") / "bin/velox"
PARTS = ["late", "ingress", "ring 1", "book", "ring 2", "bundle", "ring 3", "output"]


def velox(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([VELOX, *arguments], cwd=folder, env=os.environ | {"NO_PROXY": "127.0.0.1"},
                          capture_output=True, text=True, timeout=60)


def result(folder: Path, *arguments: str) -> dict:
    done = velox("--json", "result.json", *arguments, folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((folder / "result.json").read_text())


def stage(found: dict, name: str) -> dict:
    return next(entry for entry in found["stages"] if entry["stage"] == name)
