"""The command that measures one benchmark again: as the result was made, that one alone, and safe to paste into a shell."""
from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any, Callable, Optional

import pytest

import documents
import documents_paired
import pages
from documents import NASTY
from pages import words
from vbench_report import load, repeat

NAMES = ["ring_buffer/push_pop/64", "a.b", "a+b*c?", "f(x)[y]{z}|w^v$", "back\\slash", "it's", 'say "x"', "two words", "  blanks  ", "-rf", "--filter",
         "$(touch pwned)", "`touch pwned`", "a;b&c>d<e", "!history", "~home", "#hash", "%s%d", "é日本\u202eRTL", "\U0001f680", "tab\there", "n" * 300,
         "../../etc/passwd", "<b>&amp;</b>", NASTY.replace("\n", " ")]


def result(folder: Path, content: Any, command: Optional[list[str]] = None) -> Any:
    if command is not None:
        content["vbench"]["run"] = {**content["vbench"]["run"], "command": command}
    return load.load(documents.save(folder / "r.json", content))


def words_of(folder: Path, command: str) -> list[str]:
    """What a shell makes of it: the arguments."""
    done = subprocess.run(["sh", "-c", f'vbench() {{ printf "%s\\0" vbench "$@"; }}\n{command}'], cwd=folder, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode("utf-8").split("\0")[:-1]


def chosen(pattern: str, names: list[str]) -> list[str]:
    """Names that a POSIX extended regular expression finds."""
    done = subprocess.run(["grep", "-E", "-e", pattern], input="\n".join(names) + "\n", stdout=subprocess.PIPE, encoding="utf-8",
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_a_shell_makes_of_it_the_command_with_a_filter_that_only_this_name_fits(tmp_path: Path, name: str) -> None:
    command = repeat.command(result(tmp_path, documents.document(documents.measured("x")), ["vbench", "run", "--budget", "2"]), name)
    assert command is not None and "\n" not in command
    found = words_of(tmp_path, command)
    assert found[:-1] == ["vbench", "run", "--budget", "2", "--filter"]
    others = [name + "x", "x" + name, name[:-1], name.replace(".", "x"), name.replace("+", "+b"), name[1:], name.upper() + "u"]
    assert chosen(found[-1], [name, *others, *NAMES]) == [name] + [n for n in [*others, *NAMES] if n == name]
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("name", ["two\nlines", "a\rb", "nul\0", "\ufffd was something else"])
def test_a_name_that_does_not_fit_into_a_line_has_no_command(tmp_path: Path, name: str) -> None:
    assert repeat.command(result(tmp_path, documents.document(documents.measured("x")), ["vbench", "run"]), name) is None


@pytest.mark.parametrize("command, expected", [
    (["vbench", "run"], ["vbench", "run", "--filter", "^a$"]),
    (["vbench", "compare", "--rev", "v1.3"], ["vbench", "compare", "--rev", "v1.3", "--filter", "^a$"]),
    (["vbench", "compare", "--level", "1", "--", "before"], ["vbench", "compare", "--level", "1", "--filter", "^a$", "--", "before"]),
    (["vbench", "run", "--suites", "a folder/it's"], ["vbench", "run", "--suites", "a folder/it's", "--filter", "^a$"]),
    (["vbench", "save", "name", "suite", "--budget", "2", "--allow-debug"], ["vbench", "run", "suite", "--budget", "2", "--filter", "^a$"]),
    (["vbench", "save", "--budget", "2", "--", "name", "-odd"], ["vbench", "run", "--budget", "2", "--filter", "^a$", "--", "-odd"]),
    (["vbench", "compare", "--", "--odd"], ["vbench", "compare", "--filter", "^a$", "--", "--odd"])])
def test_the_words_are_those_of_the_result_and_the_filter_stands_before_operands(tmp_path: Path, command: list[str], expected: list[str]) -> None:
    found = repeat.command(result(tmp_path, documents.document(documents.measured("a")), command), "a")
    assert found is not None and words_of(tmp_path, found) == shlex.split(found) == expected


def paired(old: str, new: str = "suites", name: str = "v 1.3") -> dict[str, Any]:
    return documents_paired.compared([documents_paired.judged(documents_paired.measured_pairs("a", cycles=1, layouts=1), "inconclusive")],
                                     old=documents_paired.side(name, old, "what it is"), new=documents_paired.side("n", new, "what it is"))


@pytest.mark.parametrize("old, new, expected", [
    ("revision", "suites", ["vbench", "compare", "--rev", "v 1.3", "--filter", "^a$"]),
    ("baseline", "suites", ["vbench", "compare", "--filter", "^a$", "--", "v 1.3"]),
    ("archive", "suites", ["vbench", "compare", "--filter", "^a$", "--", "v 1.3"]),
    ("suites", "suites", None), ("variant", "suites", None), ("revision", "variant", None)])
def test_a_comparison_that_tells_no_command_is_guessed_from_its_sides_or_left_alone(tmp_path: Path, old: str, new: str, expected: Any) -> None:
    found = repeat.command(result(tmp_path, paired(old, new)), "a")
    assert (found and words_of(tmp_path, found)) == expected


def test_a_run_that_tells_no_command_is_a_plain_run_and_an_unpaired_comparison_is_left_alone(tmp_path: Path) -> None:
    assert repeat.command(result(tmp_path, documents.document(documents.measured("a"))), "a") == "vbench run --filter '^a$'"
    assert repeat.command(result(tmp_path, documents.engine_compared()), "once") is None


def test_each_page_shows_its_own_command_as_text(report: Callable[..., Path], tmp_path: Path) -> None:
    names = ["plain", "it's <b>bold</b> & $(x)", "two\nlines"]
    content = documents.document(*map(documents.measured, names))
    content["vbench"]["run"]["command"] = ["vbench", "run", "--budget", "2"]
    out = report(content)
    of = result(tmp_path, content)
    for name in names:
        shown = [pre.text() for pre in pages.benchmark(out, name).all("pre", class_="command")]
        expected = repeat.command(of, name)
        assert shown == ([expected] if expected else [])
    assert "This benchmark alone, measured the same way" in words(pages.benchmark(out, "plain"))


def test_a_comparisons_page_speaks_of_the_comparison(report: Callable[..., Path]) -> None:
    assert "This comparison alone, measured the same way" in words(pages.benchmark(report(paired("revision")), "a"))
