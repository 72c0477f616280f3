"""Where the tested programs and their inputs are."""
from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parents[1]
LAUNCHER = ROOT / "reports" / "vbench-report"
FIND_PYTHON = ROOT / "scripts" / "find_python.sh"
SCHEMA = ROOT / "baselines" / "schema.json"

UPDATE = "VBENCH_UPDATE_GOLDEN"  # set to 1: writes the golden files anew instead of comparing
