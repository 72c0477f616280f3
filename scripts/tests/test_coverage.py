"""The table of `make coverage`, of a small tree whose lines are counted by hand."""
from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

HALF = """int half(int run);
int half(int run)
{
    if (run)
        return 1;
    return 0;
}
"""
ALL = HALF.replace("half", "all")
SOURCES = {
    "core/half.c": HALF,  # 3 of its 4 lines run: all but `return 0`
    "harness/all.c": ALL,
    "core/tests/main.c": "int half(int run);\nint all(int run);\nint main(void)\n{\n"
                         "    return half(1) + all(1) + all(0) - 2;\n}\n",
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    tree = tmp_path_factory.mktemp("coverage") / "a folder"
    build = tree / "build" / "coverage"
    for name, text in SOURCES.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
        (build / name).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["gcc", "-O0", "--coverage", "-fprofile-abs-path", "-c", tree / name, "-o", build / f"{name}.o"],
                       check=True)
    subprocess.run(["gcc", "--coverage", *(build / f"{name}.o" for name in SOURCES), "-o", build / "main"], check=True)
    subprocess.run([build / "main"], check=True)
    (tree / "scripts").mkdir()
    shutil.copy2(ROOT / "scripts" / "coverage.sh", tree / "scripts")
    return tree


@pytest.fixture(scope="module")
def table(tree) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([tree / "scripts" / "coverage.sh", "build/coverage"], cwd="/", stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, encoding="utf-8", timeout=60)


def lines(table: "subprocess.CompletedProcess[str]") -> dict[str, tuple[int, int, int]]:
    """Lines, lines that ran, and per cent, by file."""
    found = re.findall(r"^(\S+) +(\d+) +(\d+) +(\d+)%", table.stdout, re.M)
    return {name: (int(lines), int(ran), int(percent)) for name, lines, ran, percent in found}


def test_the_table_has_a_line_for_each_file_and_a_total(table):
    assert lines(table) == {"core/half.c": (4, 3, 75), "harness/all.c": (4, 4, 100), "TOTAL": (8, 7, 87)}, table.stderr


def test_tests_are_not_among_the_figures(table):
    assert "tests/" not in table.stdout


def test_it_says_where_the_pages_are(tree, table):
    assert table.stdout.splitlines()[-1] == "Pages: build/coverage/html/index.html" and (
        "half.c" in (tree / "build/coverage/html/index.html").read_text())


def test_a_build_without_counts_is_an_error(tree):
    done = subprocess.run([tree / "scripts" / "coverage.sh"], cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", timeout=60)
    assert done.returncode == 2 and done.stderr.startswith("coverage.sh: ") and done.stderr.count("\n") == 1
