"""Runs the commands of README.md and PROFILING_GUIDE.md, shortened, in a fresh copy of the tree.

What is shortened: budgets, DURATION and layouts; QUICK leaves the long tests out. What is left out: `make test`
and `make soak`, which are what runs this, and `make coverage`, which has tests of its own.
"""
from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("README.md", "PROFILING_GUIDE.md", "reports/README.md")
LEFT_OUT = {"make test", "make soak", "make coverage"}
TIMEOUT_S = 300


def blocks(document: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / document).read_text(), re.M | re.S)


def commands() -> list[str]:
    lines = [line for document in DOCUMENTS for block in blocks(document, "sh")
             for line in block.splitlines() if line]
    return [line for line in dict.fromkeys(lines) if line not in LEFT_OUT]


def named_commands() -> list[str]:
    """Those in the running text."""
    texts = [(ROOT / document).read_text() for document in DOCUMENTS]
    found = [command for text in texts for command in re.findall(r"`(make [^`.]+)`", text)]
    return [command for command in dict.fromkeys(found) if command not in (*LEFT_OUT, *commands())]


def shortened(command: str) -> str:
    short = re.sub(r"(\bBUDGET=|\bDURATION=|--budget )\S+", r"\g<1>0.05", command)
    return short + " --layouts 4" if "vbench compare" in short else short


def run(command: str | list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"BUDGET": "0.05", "DURATION": "1", "QUICK": "1"}
    for inherited in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "FILTER", "BASELINE", "REV", "RATE"):
        environment.pop(inherited, None)
    if "bench-compare" in command or "bench-save" in command:  # `make bench` has measured all of them
        environment["FILTER"] = "ring_buffer"
    return subprocess.run(command, cwd=folder, shell=isinstance(command, str), env=environment,
                          capture_output=True, text=True, timeout=TIMEOUT_S)


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """The files that are or would be committed, with README's first benchmark added."""
    folder = tmp_path_factory.mktemp("clone") / "a folder"
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / "suites/sum.c").write_text(blocks("README.md", "c")[0])
    with (folder / "suites/CMakeLists.txt").open("a") as lists:
        lists.write(blocks("README.md", "cmake")[0])
    git = ["git", "-c", "user.name=A User", "-c", "user.email=user@example.org"]
    subprocess.run([*git, "init", "-q"], cwd=folder, check=True)
    subprocess.run([*git, "add", "-A"], cwd=folder, check=True)
    for revision in range(4):  # REV=HEAD~3 is the first
        subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", f"Revision {revision}"], cwd=folder, check=True)
    return folder


def test_documents_have_commands():
    assert {"make bench", "make loop-overhead"} <= set(commands())


def test_the_first_benchmark_has_at_most_12_lines():
    assert len(blocks("README.md", "c")[0].splitlines()) <= 12


def check(command: str, done: subprocess.CompletedProcess[str]) -> None:
    """It did what it should. Of so short a comparison any verdict may come."""
    if "compare" in command:
        assert "Side by side, " in done.stdout and re.search(r"^\d+ regressed, ", done.stdout, re.M), (
            done.stdout + done.stderr)
        regressed = 2 if "make" in command else 1
        assert done.returncode == (0 if "\n0 regressed" in done.stdout else regressed), done.stderr
    elif "loop-overhead" in command:
        assert "99 % interval" in done.stdout and "differ by more" not in done.stdout, done.stdout + done.stderr
        assert done.returncode == (2 if "Undecided: " in done.stdout else 0), done.stdout + done.stderr
    else:
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("command", commands())
def test_command_works_in_a_fresh_copy(clone, command):
    done = run(shortened(command), clone)
    check(command, done)


@pytest.mark.parametrize("command", named_commands())
def test_a_command_named_in_the_text_works_in_a_fresh_copy(clone, command):
    check(command, run(command, clone))


OUTSIDE_CMAKE = """cmake_minimum_required(VERSION 3.25)
project(outside LANGUAGES C)
add_library(my_library OBJECT my_code.c)
"""
OUTSIDE_SUITE = """#include <vbench/vbench.h>
int doubled(int x);
static void doubling(vb_run *run)
{
    VB_LOOP (run)
        VB_KEEP(doubled(21));
}
static const vb_bench table[] = {{.name = "doubling", .fn = doubling}};
VB_MAIN(table)
"""


def test_a_project_outside_can_follow_the_readme(clone, tmp_path):
    install, *commands = blocks("README.md", "shell")
    assert len(commands) == 2
    project, prefix = tmp_path / "project", tmp_path / "prefix"
    project.mkdir()
    (project / "CMakeLists.txt").write_text(OUTSIDE_CMAKE + blocks("README.md", "cmake")[1])
    (project / "my_suite.c").write_text(OUTSIDE_SUITE)
    (project / "my_code.c").write_text("int doubled(int x);\nint doubled(int x)\n{\n    return 2 * x;\n}\n")
    for folder, block in ((clone, install), *((project, block) for block in commands)):
        script = "set -e\n" + block.replace("/opt/vbench", str(prefix)).replace("vbench run", "vbench run --budget 0.05")
        done = run(script, folder)
        assert done.returncode == 0, done.stdout + done.stderr
        assert folder == clone or re.search(r"^doubling +\d", done.stdout, re.M), done.stdout


def test_the_first_benchmark_is_measured(clone):
    done = run("make bench FILTER=sum/", clone)
    assert re.search(r"^sum/three +\d", done.stdout, re.M), done.stdout + done.stderr


def test_make_bench_says_where_the_report_is(clone):
    done = run("make bench FILTER=sum/", clone)
    assert "reports/index.html" in done.stdout and (clone / "reports/index.html").exists()


def test_bench_save_without_a_name_says_what_is_missing(clone):
    done = run("make bench-save", clone)
    assert done.returncode == 2 and "BASELINE=name" in done.stderr


def test_a_switch_is_1_or_0(clone):
    done = run("make bench FILTER=sum/ ALLOCATIONS=yes", clone)
    assert done.returncode == 2 and "ALLOCATIONS=yes is neither 1 nor 0" in done.stderr
    done = run("make bench-save BASELINE=x FILTER=sum/ ALLOCATIONS=0 ALLOW_DEBUG=0", clone)
    assert done.returncode == 0 and "allocs/op" not in done.stdout, done.stderr


def test_a_baseline_named_like_an_option_is_refused(clone):
    done = run("make bench-save BASELINE=--help FILTER=sum/", clone)
    assert done.returncode == 2 and '"--help" cannot be the name of a baseline' in done.stderr


def test_a_filter_is_not_read_by_the_shell(clone):
    done = run(["make", "bench", "FILTER=sum/$(touch injected)|`touch injected`|;touch injected"], clone)
    assert not (clone / "injected").exists(), done.stdout + done.stderr


def test_a_dollar_in_a_filter_means_the_end(clone):
    done = run(["make", "bench", "FILTER=push_pop/64$|sum/"], clone)
    names = re.findall(r"^(\S+/\S+) +\d", done.stdout, re.M)
    assert names == ["ring_buffer/push_pop/64", "sum/three"], done.stdout + done.stderr


def test_a_suite_taken_from_the_lists_is_no_longer_measured(clone):
    assert run("make bench FILTER=sum/", clone).returncode == 0
    lists = clone / "suites/CMakeLists.txt"
    kept = lists.read_text()
    lists.write_text(kept.replace(blocks("README.md", "cmake")[0], ""))
    try:
        assert "matches no benchmark" in run("make bench FILTER=sum/", clone).stderr
    finally:
        lists.write_text(kept)


def test_no_placeholder_stands_in_a_document():
    assert [d for d in DOCUMENTS if re.search(r"\bOUTPUT_OF_", (ROOT / d).read_text())] == []


def test_linked_files_of_the_documents_exist():
    missing = [target for document in DOCUMENTS
               for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", (ROOT / document).read_text())
               if not ((ROOT / document).parent / target).exists()]
    assert missing == []


def test_no_document_names_a_path_of_this_machine():
    named = [document for document in DOCUMENTS if re.search(r"/(root|home|work)/", (ROOT / document).read_text())]
    assert named == []
