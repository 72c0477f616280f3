"""The texts for CI, Markdown and JUnit: what they say, that nothing in them is markup, and where they go."""
from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any, Callable, Optional

import jsonschema
import pytest

import documents
import documents_paired
import documents_sequential
from documents import NASTY
from places import LAUNCHER, SCHEMA, TESTS, UPDATE
from vbench_report import load
from vbench_report.texts import junit, markdown
from vbench_report.__main__ import main

sequential = documents_sequential

SOURCES = {"run": TESTS / "golden/result.json", "comparison": TESTS / "golden_comparison/result.json",
           "paired": TESTS / "golden_paired/result.json", "judged": None}
HOSTILE = (NASTY + " | a | b\n# heading\n- item <!-- c --> [x](http://e.example) ![i](j) **b** _e_ ~~s~~ @someone #1 www.e.example "
           "a@b.example </details></code> $x$ \\ `` ` :+1: &lt; \x01\ufffe")


def judged() -> dict[str, Any]:
    """A comparison with every verdict, on times, quantiles and limits, and a failure."""
    s, exactly = sequential, sequential.exactly
    rows = [
        s.row("ring_buffer/push_pop/1024", "regressed", **exactly(6.0, 5.1, 6.9)),
        s.row("pipeline/slow_tail", "regressed", estimator="pairs", p99_limit=s.limit("exceeded", 500.0, 560.0, 540.0, 580.0),
              quantiles=[s.quantile(0.5, "equivalent", 400.0, 0.1, -0.2, 0.4), s.quantile(0.99, "regressed", 400.0, 12.0, 8.0, 16.0),
                         s.unjudged(0.999)], **exactly(0.75, 0.5, 1.0)),
        s.row("ring_buffer/push_pop/64", "improved", p99_limit=s.limit("kept", 500.0, 410.0, 390.0, 430.0), **exactly(-18.0, -18.9, -17.2)),
        s.row("ring_spsc_cross_thread", "inconclusive", stopped="budget", looks_taken=5, visible_percent=5.5,
              p99_limit=s.limit("undecided", 500.0, 490.0, 470.0, 510.0), **exactly(2.0, -3.5, 7.7)),
        s.row("ring_buffer/push_pop/4096", "equivalent", **exactly(0.05, -0.2, 0.3)),
    ]
    broken = documents.failed("orderbook_cas_pressure", "the worker died of SIGSEGV in block 3 of process 2")
    content = s.compared(
        rows, beside=[(documents.measured("orderbook_cas_pressure", around_ns=90.0), broken)],
        not_compared=[documents.left_out("orderbook_cas_pressure", "failed", broken["error"]),
                      documents.left_out("orderbook_update/ask", "removed", "removed: only the old side has it")],
        notes=["There is a CPU quota of 0.5 CPUs: the rest of the time nothing runs."],
        of_old={"source": {"commit": "fedcba9876543210fedcba9876543210fedcba98", "dirty": False}},
        noise_floor=s.floor(0.04, -0.31, 0.39, pairs=24), gate=s.gate(True))
    for machine in (content["vbench"]["machine"], content["vbench"]["comparison"]["old"]["machine"]):
        machine["cpu_quota"] = 0.5
    return content


def loaded(folder: Path, content: Any) -> Any:
    return load.load(documents.save(folder / "r.json", content))


def summary(folder: Path, content: Any) -> str:
    text = markdown.render(loaded(folder, content))
    check_markdown(text)
    return text


def cases(folder: Path, content: Any) -> dict[str, xml.Element]:
    root = xml.fromstring(junit.render(loaded(folder, content)))
    check_junit(root)
    return {case.get("name", ""): case for case in root.iter("testcase")}


def changed(**changes: Any) -> dict[str, Any]:
    content = judged()
    content["vbench"]["comparison"].update(changes)
    return content


# --- rules that each text keeps -----------------------------------------------------------------

def tables(text: str) -> list[list[list[str]]]:
    """Tables, their rows, their cells: no other line has a pipe."""
    found: list[list[list[str]]] = []
    before = ""
    for line in text.split("\n"):
        if line.startswith("|"):
            assert line.endswith(" |"), line
            if not before.startswith("|"):
                assert before == "", "a table begins after an empty line"
                found.append([])
            found[-1].append([cell.strip() for cell in line[1:-1].split("|")])
        else:
            assert "|" not in line, line
        before = line
    return found


def check_markdown(text: str) -> None:
    for table in tables(text):
        assert len({len(row) for row in table}) == 1, table
        assert all(re.fullmatch(":--|--:", cell) for cell in table[1])
    tags = re.findall(r"<[^>]*>?", text)
    assert set(tags) <= {"<code>", "</code>", "<details>", "</details>", "<summary>", "</summary>"}, tags
    for opening in ("code", "details", "summary"):
        assert tags.count(f"<{opening}>") == tags.count(f"</{opening}>")
    assert text.endswith("\n") and not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]", text)
    prose = re.sub(r"<code>.*?</code>|`[^`\n]*`", "", text)
    assert "`" not in prose and not re.search(r"[@#]\w|://|www\.|\]\(|<!--", re.sub(r"&#\d+;", "", prose)), prose
    assert len(text) <= markdown.CHARACTERS_MAX


def check_junit(root: xml.Element) -> None:
    assert root.tag == "testsuites"
    for element in (root, *root.findall("testsuite")):
        children = list(element.iter("testcase"))
        found = {"tests": len(children), **{many: sum(c.find(one) is not None for c in children)
                                            for many, one in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))}}
        assert {name: int(element.get(name, "-1")) for name in found} == found
        assert float(element.get("time", "-1")) >= 0
    suites = [suite.get("name") for suite in root.findall("testsuite")]
    assert len(suites) == len(set(suites))
    for case in root.iter("testcase"):
        assert sum(child.tag in ("failure", "error", "skipped") for child in case) <= 1
        assert case.get("classname") and case.get("name")


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("ending, render", [("md", markdown.render), ("xml", junit.render)])
def test_the_fixture_gives_the_committed_text(tmp_path: Path, name: str, ending: str, render: Callable[[Any], str]) -> None:
    source = SOURCES[name] or documents.save(tmp_path / "judged.json", judged())
    expected = TESTS / "golden_texts" / f"{name}.{ending}"
    text = render(load.load(source))
    if os.environ.get(UPDATE) == "1":
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")
    if ending == "md":
        check_markdown(text)
    else:
        check_junit(xml.fromstring(text))


def test_the_documents_of_these_tests_follow_the_schema() -> None:
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(judged())


# --- Markdown -----------------------------------------------------------------------------------

def hostile(folder: Path) -> Any:
    """Every text that others write is HOSTILE."""
    content = judged()
    ours = content["vbench"]
    comparison = ours["comparison"]
    named = {HOSTILE: None, **{b["name"]: f"{b['name']} {HOSTILE}" for b in ours["benchmarks"]}}
    for b in (*ours["benchmarks"], *comparison["old"]["benchmarks"], *comparison["rows"]):
        b["name"] = named[b["name"]]
    for b in ours["benchmarks"]:
        b["suite"] = HOSTILE
        if b["status"] == "error":
            b["error"] = HOSTILE
    for n in comparison["not_compared"]:
        n.update(name=named.get(n["name"], HOSTILE), text=HOSTILE)
    comparison["rows"][1]["quantiles"][2]["reason"] = HOSTILE
    comparison.update(notes=[HOSTILE, "- item", "1. item", "# heading", "+ item", "==="])
    for side in (comparison["old"], comparison["new"]):
        side["name"] = HOSTILE
    for part in (ours["machine"], comparison["old"]["machine"]):
        part.update(cpu_model=HOSTILE, operating_system=HOSTILE, architecture=HOSTILE)
    ours["vbench_version"] = HOSTILE
    for source in (ours["source"], comparison["old"]["source"]):
        source["commit"] = HOSTILE[-12:]
    return content


def test_texts_of_a_result_are_never_markup(tmp_path: Path) -> None:
    text = summary(tmp_path, hostile(tmp_path))
    assert len(tables(text)) == 4
    assert not re.search(r"^\s*(?:[-+*] +[-+=#]|[-+*] +\d+\.|=+$|#{3})", text, re.M)


def test_texts_of_a_plain_run_are_never_markup_either(tmp_path: Path) -> None:
    content = documents.document(documents.measured(HOSTILE, suite=HOSTILE), documents.failed(HOSTILE + "f", HOSTILE))
    content["vbench"]["benchmarks"][0]["warnings"] = [HOSTILE]
    text = summary(tmp_path, content)
    assert len(tables(text)) == 2 and len(tables(text)[0]) == len(tables(text)[1]) == 3


@pytest.mark.parametrize("words, shown", [
    ("a_b/64,x", "`a_b/64,x`"), ("a|b", "<code>a&#124;b</code>"), ("a`b", "<code>a&#96;b</code>"), (" ", "<code></code>"),
    ("<b>", "<code>&#60;b&#62;</code>"), ("x" * 200, "<code>" + "x" * 119 + "…</code>")])
def test_a_name_is_code_whatever_it_holds(words: str, shown: str) -> None:
    assert markdown.code(words) == shown


@pytest.mark.parametrize("words, shown", [
    ("plain (words), 1 % of a_b", "plain (words), 1 % of a_b"), ("@you", "@\u200byou"), ("fixes #12", "fixes #\u200b12"),
    ("http://e.example", "http:\u200b//e.example"), ("www.e.example", "www\u200b.e.example"), ("two\nlines", "two lines"),
    ("_e_ *b*", "&#95;e&#95; &#42;b&#42;"), ("&amp;", "&#38;amp;"), ("\u202eabc", "\ufffdabc")])
def test_running_text_shows_its_words_and_refers_to_nobody(words: str, shown: str) -> None:
    assert markdown.text(words) == shown


def test_what_moved_stands_first_with_its_interval_and_the_rest_is_folded(tmp_path: Path) -> None:
    text = summary(tmp_path, judged())
    assert text.startswith("## Velox Bench: 1 failed, 1 beyond its limit, 3 regressed, 1 improved, 1 inconclusive, 2 equivalent, "
                           "1 not compared\n")
    moved, limits, rest, quiet = tables(text)
    assert [(row[0], row[3], row[4], row[5]) for row in moved[2:]] == [
        ("`ring_buffer/push_pop/1024`", "+6.00\u202f%", "+5.10\u202f% to +6.90\u202f%", "**regressed**"),
        ("`pipeline/slow_tail`", "+0.75\u202f%", "+0.50\u202f% to +1.00\u202f%", "**regressed**"),
        ("`pipeline/slow_tail` p99", "+12.0\u202f%", "+8.00\u202f% to +16.0\u202f%", "**regressed**"),
        ("`ring_buffer/push_pop/64`", "\u221218.0\u202f%", "\u221218.9\u202f% to \u221217.2\u202f%", "improved")]
    assert [(row[0], row[-1]) for row in limits[2:]] == [("`pipeline/slow_tail`", "**exceeded**"), ("`ring_spsc_cross_thread`", "undecided")]
    assert [(row[0], row[1]) for row in rest[2:]] == [("`orderbook_cas_pressure`", "**failed**"), ("`orderbook_update/ask`", "removed")]
    folded = text[text.index("<details>"):text.index("</details>")]
    assert "<summary>1 inconclusive, 2 equivalent, 1 without a verdict, 1 limit kept</summary>" in folded
    assert "`pipeline/slow_tail` p99.9 | – | – | – | – | too few samples |" in folded and len(quiet) == 6


def test_the_summary_names_gate_level_noise_floor_machine_and_commits(tmp_path: Path) -> None:
    text = summary(tmp_path, changed(gate=sequential.gate(True, 1.0, True)))
    for part in ("**The check failed.** It fails on a regression whose whole interval lies above +1.00\u202f%, on an exceeded limit, and on what stays inconclusive.",
                 "The chance of even one false change is at most 1\u202f%, over 11 statements together.",
                 "Noise floor: old against itself, 24 pairs: +0.04\u202f% (\u22120.31\u202f% to +0.39\u202f%).",
                 "8 CPUs (quota: 0.5), x86_64", "Old: commit `fedcba987654`  \n", "New: commit `0123456789ab`  \n",
                 "- There is a CPU quota of 0.5 CPUs"):
        assert part in text, part
    assert "**The check passed.** It fails on a regression, and on an exceeded limit.\n" in summary(tmp_path, changed(gate=sequential.gate(False)))
    assert "so no verdict of this run counts" in summary(tmp_path, changed(noise_floor=sequential.floor(0.75, 0.5, 1.0, True)))
    assert "Noise floor" not in summary(tmp_path, changed(noise_floor=None))


def test_another_machine_on_the_old_side_is_named(tmp_path: Path) -> None:
    content = copy.deepcopy(documents.engine_compared())
    assert "Old machine" not in summary(tmp_path, content)
    content["vbench"]["comparison"]["old"]["machine"] = {**content["vbench"]["machine"], "operating_system": "another"}
    assert "\nOld machine: " in summary(tmp_path, content)


def test_a_comparison_where_nothing_moved_says_so(tmp_path: Path) -> None:
    text = summary(tmp_path, documents_paired.compared([sequential.row("a", "equivalent", **sequential.exactly(0.0, -0.1, 0.1))]))
    assert text.startswith("## Velox Bench: 1 equivalent\n") and "\nNothing got slower or faster.\n" in text
    assert summary(tmp_path, documents_paired.compared([])).startswith("## Velox Bench: nothing to compare\n")


def test_a_result_of_any_size_fits_into_a_comment(tmp_path: Path) -> None:
    rows = [sequential.row(f"{i} {HOSTILE}", "regressed", **sequential.exactly(6.0, 5.1, 6.9)) for i in range(150)]
    text = summary(tmp_path, documents_paired.compared(rows, notes=[f"{i} {HOSTILE}" for i in range(150)]))
    assert "… and 110 more." in text and "- … and 110 more." in text
    text = summary(tmp_path, documents_paired.compared(rows[:101]))
    assert re.search(r"\n\n… and \d+ more\.\n", text)


# --- JUnit --------------------------------------------------------------------------------------

def outcome(case: xml.Element) -> Optional[str]:
    return next((child.tag for child in case if child.tag != "system-out"), None)


def test_each_benchmark_is_a_case_that_fails_as_the_gate_does(tmp_path: Path) -> None:
    found = cases(tmp_path, judged())
    assert {name: outcome(case) for name, case in found.items()} == {
        "ring_buffer/push_pop/1024": "failure", "pipeline/slow_tail": "failure", "ring_buffer/push_pop/64": None,
        "ring_spsc_cross_thread": None, "ring_buffer/push_pop/4096": None, "orderbook_cas_pressure": "error",
        "orderbook_update/ask": "skipped"}
    slow = found["ring_buffer/push_pop/1024"][0]
    assert slow.get("message") == "regressed: +6.00\u202f% (+5.10\u202f% to +6.90\u202f%)"
    assert re.search("old .*\u202fns, new .*\u202fns; the interval is one of 99.9375", slow.text or "")
    assert "inconclusive: " in found["ring_spsc_cross_thread"].findtext("system-out", "")


def test_a_quantile_and_a_limit_fail_their_benchmark(tmp_path: Path) -> None:
    rows = [sequential.row("tail", "equivalent", **sequential.exactly(0.0, -0.1, 0.1), quantiles=[
                sequential.quantile(0.99, "regressed", 400.0, 12.0, 8.0, 16.0), sequential.unjudged(0.999)]),
            sequential.row("limit", "equivalent", **sequential.exactly(0.0, -0.1, 0.1), p99_limit=sequential.limit("exceeded", 500.0, 560.0, 540.0, 580.0)),
            sequential.row("kept", "equivalent", **sequential.exactly(0.0, -0.1, 0.1), p99_limit=sequential.limit("undecided", 500.0, 490.0, 470.0, 510.0))]
    found = cases(tmp_path, documents_paired.compared(rows, gate=sequential.gate(True)))
    assert [found[name][0].get("message") for name in ("tail", "limit")] == [
        "p99 regressed: +12.0\u202f% (+8.00\u202f% to +16.0\u202f%)",
        "limit exceeded: p99 560.0\u202fns (540.0\u202fns to 580.0\u202fns), limit 500.0\u202fns"]
    assert "p99.9 not judged: too few samples" in (found["tail"][0].text or "") and outcome(found["kept"]) is None


def test_a_regression_that_the_gate_lets_pass_passes_and_says_so(tmp_path: Path) -> None:
    content = changed(gate=sequential.gate(True, 5.5))
    found = cases(tmp_path, content)
    assert outcome(found["ring_buffer/push_pop/1024"]) is None
    assert "not wholly above +5.50" in found["ring_buffer/push_pop/1024"].findtext("system-out", "")
    assert "p99 regressed" in (found["pipeline/slow_tail"][0].get("message") or "")


def test_what_stays_inconclusive_fails_where_the_gate_says_so(tmp_path: Path) -> None:
    found = cases(tmp_path, changed(gate=sequential.gate(True, 0.0, True)))
    assert outcome(found["ring_spsc_cross_thread"]) == "failure"


def test_a_quantile_that_stays_inconclusive_fails_nothing(tmp_path: Path) -> None:
    rows = [sequential.row("tail", "equivalent", **sequential.exactly(0.0, -0.1, 0.1), quantiles=[
                sequential.quantile(0.99, "inconclusive", 400.0, 12.0, -8.0, 16.0)])]
    found = cases(tmp_path, documents_paired.compared(rows, gate=sequential.gate(False, 0.0, True)))
    assert outcome(found["tail"]) is None and "p99 inconclusive" in found["tail"].findtext("system-out", "")


def test_an_older_result_without_gate_fails_on_each_regression(tmp_path: Path) -> None:
    found = cases(tmp_path, documents.engine_compared())
    assert [name for name, case in found.items() if outcome(case) == "failure"] == ["ring_buffer/push_pop/1024", "orderbook_update/bid"]
    assert outcome(found["bundle_timed_flush"]) == "skipped", "it failed long ago, when the baseline was saved"
    assert outcome(found["e2e_single_transaction"]) == "error" and outcome(found["orderbook_update/ask"]) == "skipped"


def test_a_failure_of_the_old_side_now_is_an_error(tmp_path: Path) -> None:
    left_out = documents.left_out("b", "failed_then", "the old one failed: it is broken")
    content = documents_paired.compared([sequential.row("a", "equivalent", **sequential.exactly(0.0, -0.1, 0.1))], not_compared=[left_out],
                                        beside=[(documents.failed("b", "it is broken"), documents.measured("b"))])
    assert outcome(cases(tmp_path, content)["b"]) == "error"


def test_a_plain_run_has_a_case_for_each_benchmark_and_a_suite_for_each_suite(tmp_path: Path) -> None:
    content = documents.document(documents.measured("a", suite="one"), documents.measured("b", suite="two"),
                                 documents.failed("c", "died", suite="two"))
    root = xml.fromstring(junit.render(loaded(tmp_path, content)))
    check_junit(root)
    assert [(s.get("name"), [c.get("name") for c in s]) for s in root] == [("one", ["a"]), ("two", ["b", "c"])]


def test_what_xml_forbids_is_replaced_and_all_else_comes_back(tmp_path: Path) -> None:
    found = cases(tmp_path, hostile(tmp_path))
    shown = re.sub("[\x01\ufffe]", "\ufffd", HOSTILE)
    case = found[f"orderbook_cas_pressure {shown}"]
    assert (case.get("classname"), case[0].get("message"), case[0].text) == (shown, shown, shown)


# --- quantiles of documents that are wrong -------------------------------------------------------

@pytest.mark.parametrize("quantile, said", [
    ({"quantile": 0.99}, "`vbench.comparison.rows[1].quantiles[0].old_ns` is missing, and there is no `reason` either."),
    ({"reason": "x"}, "`vbench.comparison.rows[1].quantiles[0].quantile` is missing."),
    ({"quantile": 1}, "quantiles[0].quantile` is 1, but must be less than 1.")])
def test_a_quantile_has_a_verdict_or_a_reason(tmp_path: Path, quantile: Any, said: str) -> None:
    content = judged()
    content["vbench"]["comparison"]["rows"][1]["quantiles"] = [quantile]
    with pytest.raises(load.LoadError) as error:
        loaded(tmp_path, content)
    assert said in str(error.value)


# --- the command line ---------------------------------------------------------------------------

@pytest.fixture()
def source(tmp_path: Path) -> Path:
    return documents.save(tmp_path / "r.json", judged())


def test_texts_are_written_and_no_page_unless_it_is_asked_for(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["r.json", "--markdown", "s.md", "--junit", "j.xml"]) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["j.xml", "r.json", "s.md"]
    assert main(["r.json", "--markdown", "s.md", "--out", "page"]) == 0
    assert (tmp_path / "page/index.html").exists() and not (tmp_path / "reports").exists()


def test_the_summary_can_be_printed_and_a_link_is_followed(tmp_path: Path, source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "link").symlink_to("target")
    assert main([str(source), "--markdown", "-"]) == 0
    printed = capsys.readouterr().out
    assert main([str(source), "--markdown", str(tmp_path / "link")]) == 0
    assert (tmp_path / "link").is_symlink() and (tmp_path / "target").read_text(encoding="utf-8") == printed
    assert printed.startswith("## Velox Bench")


def test_texts_need_neither_matplotlib_nor_numpy(tmp_path: Path, source: Path) -> None:
    """The launcher asks for neither, and nothing imports them: here they are not to be found."""
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "sitecustomize.py").write_text("""
import sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name in ("matplotlib", "numpy"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Without())
""")
    done = subprocess.run([str(LAUNCHER), str(source), "--markdown", "-", "--junit", "j.xml"], cwd=tmp_path, timeout=60,
                          env={**os.environ, "PYTHONPATH": str(modules), "VBENCH_PYTHON": sys.executable, "LC_ALL": "C"},
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("## Velox Bench")
    assert (tmp_path / "j.xml").exists()


@pytest.mark.parametrize("words, said", [
    (["--markdown", "missing/s.md"], "missing/s.md cannot be written: No such file or directory."),
    (["--junit", "."], ". cannot be written: Is a directory."),
    (["--junit", "-"], "--junit takes a file's name; only --markdown and --csv write to standard output."),
    (["--markdown", "x", "--junit", "./x"], "--junit x is the file of --markdown, too; name another file."),
    (["--out", "out", "--csv", "out/index.html"], "--csv out/index.html is the report's first page; name another file."),
    (["--junit", "r.json"], "--junit r.json is the result itself; name another file.")])
def test_a_place_for_a_text_that_cannot_be_is_refused(tmp_path: Path, source: Path, capsys: pytest.CaptureFixture[str],
                                                      monkeypatch: pytest.MonkeyPatch, words: list[str], said: str) -> None:
    monkeypatch.chdir(tmp_path)
    before = source.read_bytes()
    assert main(["r.json", *words]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", f"vbench-report: {said}\n")
    assert [p.name for p in tmp_path.iterdir()] == ["r.json"] and source.read_bytes() == before


def test_what_stood_in_a_file_before_stays_where_writing_fails(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "s.md").write_text("before")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    assert main([str(source), "--markdown", str(tmp_path / "s.md")]) == 2
    assert (tmp_path / "s.md").read_text() == "before" and sorted(p.name for p in tmp_path.iterdir()) == ["r.json", "s.md"]


def test_a_device_and_a_pipe_are_written_into(source: Path, launch: Callable[..., Any]) -> None:
    done = launch(source, "--markdown", "/dev/stdout", "--junit", "/dev/null")
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("## Velox Bench")
