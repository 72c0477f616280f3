"""The result on a terminal: what it says, that nothing in it steers the terminal or is wider, and its drawings."""
from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Optional

import pytest

import documents
import documents_paired
import documents_sequential
from places import TESTS, UPDATE
from test_texts import HOSTILE, SOURCES, hostile, judged
from vbench_report import load, model, terminal
from vbench_report.terminal import characters as terminal_text, strokes as terminal_strokes
from vbench_report.terminal.grid import Column, lay_out
from vbench_report.terminal.ink import Screen, columns, line

HEADLINE = "2 of 5 benchmarks got slower, by up to 6 %; 1 got faster."
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
NAMES = ("<b>&amp;\"'</b>", "a,b;c", "two\nlines\tand\rmore", "n" * 300, "\u0634\u0643\u0644/\u05e2\u05d1\u05e8\u05d9\u05ea",
         "\u202eturned\u2066", f"\U0001f680{FAMILY}", "\u6f22\u5b57" * 40, "e\u0301\u0323" * 60, "\x1b[31mred\x1b]0;title\x07", "\x9b2J",
         "\u1112\u1161\u11ab", " ", "\u0301")
ESCAPE = re.compile(r"\x1b\[[\d;]*m")


def loaded(folder: Path, content: Any) -> model.Result:
    return load.load(documents.save(folder / "r.json", content))


def shown(result: model.Result, width: int = 140, colour: bool = False, unicode: bool = True) -> str:
    text = terminal.render(result, headline=HEADLINE, width=width, colour=colour, unicode=unicode)
    check(text, width, colour, unicode)
    return text


def check(text: str, width: int, colour: bool, unicode: bool) -> None:
    """Rules that each output keeps."""
    bare = ESCAPE.sub("", text)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]", bare)
    assert colour or bare == text
    assert unicode or bare.isascii()
    assert text.endswith("\n") and not re.search(r"\n{3}|\A\n|\n\n\Z", bare)
    for drawn in bare.split("\n"):
        assert terminal_text.columns(drawn) <= width, drawn
        assert drawn == drawn.rstrip(" ")


def row(text: str, name: str) -> str:
    return next(drawn for drawn in text.split("\n") if name in drawn)


def with_history(content: Any, name: str, estimates: tuple[float, ...]) -> Any:
    baselines = [{"name": f"b{i}", "started": f"2026-11-{i + 1:02}T00:00:00Z", "machine": 0, "commit": None, "dirty": None,
                  "this": i == len(estimates) - 1} for i in range(len(estimates))]
    points = [{"baseline": i, "estimate_ns": ns, "low_ns": None, "high_ns": None} for i, ns in enumerate(estimates)]
    content["vbench"]["history"] = {
        "method": "m", "least_points": 5, "machines": [{"cpu_model": "c", "cpu_count": 1, "architecture": "a"}], "baselines": baselines,
        "left_out": [], "trends": [{"name": name, "suite": "engine_suite", "machine": 0, "points": points, "changes": []}]}
    return content


# --- committed texts -----------------------------------------------------------------------------

@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("ending, options", [
    ("140.txt", {"width": 140}), ("80.txt", {"width": 80}), ("ascii.txt", {"width": 100, "unicode": False}),
    ("colour.txt", {"width": 120, "colour": True})])
def test_the_fixture_gives_the_committed_terminal_output(tmp_path: Path, name: str, ending: str, options: dict[str, Any]) -> None:
    expected = TESTS / "golden_texts" / f"{name}.{ending}"
    text = shown(load.load(SOURCES[name] or documents.save(tmp_path / "judged.json", judged())), **options)
    if os.environ.get(UPDATE) == "1":
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")


# --- a comparison --------------------------------------------------------------------------------

def test_regressions_stand_first_and_what_was_not_compared_last(tmp_path: Path) -> None:
    text = shown(loaded(tmp_path, documents.engine_compared()))
    marks = re.findall("^([▲▼?≈✗+·-]) ", text, re.M)
    assert "".join(marks) == "▲▲▼?????≈✗✗+-·"
    assert "removed: only the baseline has it" in row(text, "- orderbook_update/ask")
    assert "FAILED: the worker died of SIGSEGV" in row(text, "✗ e2e_single_transaction")


def test_a_row_tells_both_times_the_change_its_interval_and_the_verdict(tmp_path: Path) -> None:
    said = row(shown(loaded(tmp_path, judged())), "ring_buffer/push_pop/64")
    assert re.search(r"^▼ ring_buffer/push_pop/64 .* ns → .* ns  -18\.0 % \(-18\.9 to -17\.2\) .*improved", said)


def test_a_latency_has_a_row_only_where_it_has_moved_and_a_limit_where_it_is_not_kept(tmp_path: Path) -> None:
    text = shown(loaded(tmp_path, judged()))
    assert "regressed" in row(text, "▲ pipeline/slow_tail p99 ") and "slow_tail p50" not in text
    assert "p99 limit 500.0 ns exceeded: the new p99 is 540.0 ns to 580.0 ns" in text and " kept" not in text


def test_the_end_counts_and_names_noise_floor_and_gate(tmp_path: Path) -> None:
    text = shown(loaded(tmp_path, judged()))
    assert ("\n2 regressed, 1 improved, 1 equivalent, 1 inconclusive, 2 not compared; latencies: 1 regressed, 0 improved, "
            "1 above its p99 limit.\n") in text
    assert "\nNoise floor: old differs from itself by +0.04 % (-0.31 to +0.39), in 24 pairs.\nThe check failed.\n" in text


def test_the_noise_floor_is_shaded_as_far_as_it_reaches(tmp_path: Path) -> None:
    content = documents_sequential.compared([documents_sequential.row("a", "regressed", **documents_sequential.exactly(12.0, 10.0, 14.0))],
                                            noise_floor=documents_sequential.floor(0.0, -8.0, 4.0))
    text = shown(loaded(tmp_path, content))
    assert re.search(r"^▲ a .* ░{3,}│░+ *╺?━*●━*╸? ", row(text, "▲ a"), re.M) and "░ noise floor" in text
    assert "noise floor" not in shown(loaded(tmp_path, judged())).rsplit("\n", 2)[1]  # it is within zero's own cell


@pytest.mark.parametrize("pairs, said", [(1, "unknown; 1 pair of old against itself tells too little."),
                                         (2, "unknown; 2 pairs of old against itself tell too little."), (0, "")])
def test_a_noise_floor_of_too_few_pairs_is_unknown(tmp_path: Path, pairs: int, said: str) -> None:
    content = judged()
    content["vbench"]["comparison"]["noise_floor"] = documents_sequential.floor(None, None, None, pairs=pairs)
    found = [drawn for drawn in shown(loaded(tmp_path, content)).split("\n") if drawn.startswith("Noise floor: ")]
    assert found == ([f"Noise floor: {said}"] if said else [])


def test_an_exceeded_noise_floor_takes_all_verdicts_back(tmp_path: Path) -> None:
    content = judged()
    content["vbench"]["comparison"]["noise_floor"] = documents_sequential.floor(3.0, 2.0, 4.0, exceeded=True)
    assert "no verdict of this run counts" in shown(loaded(tmp_path, content))


def test_a_verdict_is_told_without_colour_and_coloured_with_it(tmp_path: Path) -> None:
    result = loaded(tmp_path, judged())
    plain, painted = shown(result), shown(result, colour=True)
    assert ESCAPE.sub("", painted) == plain and "\x1b" not in plain
    assert "\x1b[31mregressed\x1b[0m" in painted and "\x1b[32mimproved\x1b[0m" in painted
    assert "▲" in plain and "regressed" in plain


def test_both_distributions_stand_on_one_axis(tmp_path: Path) -> None:
    def side(around: int) -> Any:
        return documents.measured("a", samples_ns=[[around - 1, around, around, around + 1] * 5] * 3)

    content = documents.compared(documents.document(side(200)), documents.document(side(100)), [
        documents.change("a", "regressed", 100.0, 99.0, 101.0)])
    assert re.search(r"regressed +▇ {9,}▇$", row(shown(loaded(tmp_path, content)), "▲ a"))


def test_a_changed_benchmark_and_benchmarks_that_moved_together_are_warned_of(tmp_path: Path) -> None:
    content = documents_sequential.engine()
    content["vbench"]["comparison"].update(moved_together=True, common_percent=4.5)
    text = shown(loaded(tmp_path, content))
    assert "warning: the 9 benchmarks together have moved by +4.50 % (median): something that they share has changed" in text
    assert "warning: orderbook_cas_pressure/4_threads: the benchmark's own code is not the same on both sides" in text


# --- a run ---------------------------------------------------------------------------------------

def test_a_run_stands_in_groups_and_a_failure_says_why(tmp_path: Path) -> None:
    text = shown(loaded(tmp_path, documents.engine()))
    assert re.search(r"\nring_buffer\n  push_pop/64 .*\n  push_pop/256 .*\n  push_pop/1024 .*\n  push_pop/4096 .*\n\n", text)
    assert re.search(r"orderbook_cas_pressure/single_level/8_threads  FAILED: the worker died of SIGSEGV in block 3 of process 2\n", text)
    assert re.search(r" 6\.\d{3} ns  ± \d\.\d %  .* M items/s ", row(text, "push_pop/64"))
    assert "14 benchmarks, 1 failed." in text


def test_a_bar_is_as_long_as_the_time_in_its_group(tmp_path: Path) -> None:
    both = [documents.measured(f"g/{n}", group="g", samples_ns=[[n] * 3] * 3) for n in (50, 100)]
    text = shown(loaded(tmp_path, documents.document(*both)))
    whole, half = (row(text, f"  {n} ").count("━") for n in (100, 50))
    assert whole == 2 * half > 0 and row(text, "  50 ").count("─") == half


def test_a_history_is_drawn_from_two_results_on(tmp_path: Path) -> None:
    content = documents.document(documents.measured("a"), documents.measured("b"))
    text = shown(loaded(tmp_path, with_history(content, "a", (100.0, 100.0, 150.0))))
    assert row(text, "a  ").endswith("▁▁▇") and "history" in text
    assert "  history\n" not in shown(loaded(tmp_path, with_history(content, "a", (100.0,))))


def test_a_history_of_another_machine_is_not_this_ones(tmp_path: Path) -> None:
    content = with_history(documents.document(documents.measured("a")), "a", (100.0, 150.0))
    machines = content["vbench"]["history"]["machines"]
    machines.append({**machines[0], "cpu_model": "another"})
    content["vbench"]["history"]["trends"][0]["machine"] = 1
    assert "  history\n" not in shown(loaded(tmp_path, content))


def test_a_comparison_has_its_history_too(tmp_path: Path) -> None:
    content = with_history(documents.engine_compared(), "orderbook_update/bid", (100.0, 150.0))
    assert row(shown(loaded(tmp_path, content), width=170), "▲ orderbook_update/bid").endswith("▁▇")


def test_warnings_are_told_once_with_who_has_them_and_not_endlessly(tmp_path: Path) -> None:
    content = documents.document(*(documents.measured(f"b{i}") for i in range(3)))
    for b in content["vbench"]["benchmarks"]:
        b["warnings"] = ["it swings"]
    assert shown(loaded(tmp_path, content)).count("warning: b0, b1 and 1 more: it swings\n") == 1
    content["vbench"]["benchmarks"][0]["warnings"] = [f"warning {i}" for i in range(20)]
    text = shown(loaded(tmp_path, content))
    assert text.count("\nwarning: ") == 12 and "\n9 more warnings are in the result and the report.\n" in text


def test_a_result_without_benchmarks_says_so(tmp_path: Path) -> None:
    result = loaded(tmp_path, documents.document(documents.measured("a")))
    text = shown(dataclasses.replace(result, benchmarks=()))
    assert text == f"{HEADLINE}\n\nNo benchmark was run.\n"


def test_nothing_but_failures_is_a_list_of_reasons(tmp_path: Path) -> None:
    text = shown(loaded(tmp_path, documents.document(documents.failed("a", "it broke"), documents.failed("b", "so did it"))))
    assert "a  FAILED: it broke\nb  FAILED: so did it\n\n2 benchmarks, 2 failed.\n" in text


# --- any width, any name, any number --------------------------------------------------------------

@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("source", [documents.engine, documents.engine_compared, documents_paired.engine, documents_sequential.engine])
def test_no_line_is_wider_than_the_terminal(tmp_path: Path, source: Any, unicode: bool) -> None:
    result = loaded(tmp_path, source())
    for width in (*range(12, 90), *range(90, 260, 7)):
        shown(result, width=width, unicode=unicode)


@pytest.mark.parametrize("width", [60, 80, 140])
def test_from_sixty_columns_on_each_row_tells_name_change_and_verdict(tmp_path: Path, width: int) -> None:
    said = row(shown(loaded(tmp_path, judged()), width=width), "▼ ring")
    assert "-18.0 %" in said and "(-18.9 to -17.2)" in said and "improved" in said


def test_wider_terminals_show_more_columns(tmp_path: Path) -> None:
    result = loaded(tmp_path, judged())
    titles = [next(l for l in shown(result, width=w).split("\n") if "verdict" in l) for w in (60, 80, 110, 150)]
    assert [("+20 %" in t, "old " in t, "blocks" in t) for t in titles] == [
        (False, False, False), (True, False, False), (True, True, False), (True, True, True)]


def named(name: str) -> list[Any]:
    both = [documents.measured(name), documents.measured(name + "/2", group=name), documents.failed(name + "f", name)]
    paired = documents_sequential.row(name, "regressed", **documents_sequential.exactly(12.0, 10.0, 14.0))
    left_out = [documents.left_out(name, reason, name) for reason in ("added", "failed", "no_time")]
    return [documents.document(*both), documents_sequential.compared([paired], not_compared=left_out, notes=[name])]


@pytest.mark.parametrize("name", NAMES)
def test_whatever_is_written_somewhere_steers_nothing_and_fits(tmp_path: Path, name: str) -> None:
    for content in named(name):
        result = loaded(tmp_path, content)
        for width in (20, 60, 100, 160):
            for unicode in (True, False):
                shown(result, width=width, unicode=unicode)
                shown(result, width=width, colour=True, unicode=unicode)


def test_what_the_loader_would_have_replaced_does_not_pass_either(tmp_path: Path) -> None:
    result = loaded(tmp_path, documents.document(documents.measured("a"), documents.failed("b", "c")))
    evil = "\x1b[2J\x1b]52;c;YQ==\x07\x9b1m\ud800\u202e"
    benchmarks = (dataclasses.replace(result.measured[0], name=evil, group=evil, warnings=(evil,)),
                  dataclasses.replace(result.failed[0], name=evil, error=evil))
    text = terminal.render(dataclasses.replace(result, benchmarks=benchmarks), headline=evil, width=80, colour=False)
    check(text, 80, False, True)


def test_a_comparison_full_of_hostile_texts_keeps_its_lines(tmp_path: Path) -> None:
    text = shown(loaded(tmp_path, hostile(tmp_path)), width=100, colour=True)
    assert len(re.findall("^\x1b\\[1?;?3[123]m[▲▼?]", text, re.M)) >= 4 and HOSTILE not in text


@pytest.mark.parametrize("ns", [0, 1, 10 ** 18, 10 ** 39])
def test_any_number_can_be_shown(tmp_path: Path, ns: int) -> None:
    content = documents.document(documents.measured("g/a", group="g", samples_ns=[[ns] * 4] * 3),
                                 documents.measured("g/b", group="g", samples_ns=[[ns]]))
    for width in (60, 140):
        assert "nan" not in shown(loaded(tmp_path, content), width=width).lower()


@pytest.mark.parametrize("percent, low, high", [(0.0, 0.0, 0.0), (1e12, 1e11, 1e13), (-99.9, -99.99, -99.0), (3.0, None, None)])
def test_any_change_can_be_shown(tmp_path: Path, percent: float, low: Optional[float], high: Optional[float]) -> None:
    one = documents.document(documents.measured("a", processes=1, blocks=1))
    text = shown(loaded(tmp_path, documents.compared(one, one, [documents.change("a", "inconclusive", percent, low, high)])))
    assert "●" in row(text, "? a") and "nan" not in text.lower()


def test_neither_text_needs_matplotlib_or_numpy() -> None:
    program = ("import sys; sys.path.insert(0, sys.argv[1]); from vbench_report import terminal; from vbench_report.texts import csv_table; "
               "sys.exit(bool({'matplotlib', 'numpy'} & set(sys.modules)))")
    subprocess.run([sys.executable, "-c", program, str(TESTS.parent)], check=True, timeout=60)


# --- drawings ------------------------------------------------------------------------------------

def drawn(*arguments: Any) -> str:
    return "".join(span.text for span in terminal_strokes.interval(*arguments))


@pytest.mark.parametrize("value, ends, floor, expected, ascii_form", [
    (0.0, None, None, "     ●     ", "     o     "),
    (50.0, (30.0, 70.0), None, "     │ ━●╸ ", "     : |o| "),
    (50.0, (20.0, 79.0), None, "     │╺━●━ ", "     :|-o| "),
    (-20.0, (-60.0, 20.0), None, "  ━━●┿━    ", "  |-o+|    "),
    (300.0, (200.0, 400.0), None, "     │   ●▸", "     :   o>"),
    (-300.0, (-400.0, 50.0), None, "◂●━━━┿━━╸  ", "<o---+--|  "),
    (1.0, (0.5, 1.5), None, "     │●    ", "     :o    "),
    (-1.0, (-1.5, -0.5), None, "    ●│     ", "    o:     "),
    (0.1, (-0.1, 0.3), None, "     ●     ", "     o     "),
    (50.0, (50.0, 50.0), (-30.0, 12.0), "   ░░│░ ●  ", "   ..:. o  ")])
def test_an_interval_is_drawn_to_half_a_cell(value: float, ends: Any, floor: Any, expected: str, ascii_form: str) -> None:
    assert drawn(11, 100.0, value, ends, floor, "", True) == expected
    assert drawn(11, 100.0, value, ends, floor, "", False) == ascii_form


def test_a_distribution_has_its_peak_where_most_values_are() -> None:
    assert terminal_strokes.distribution(5, [0, 1, 1, 1, 4], (0, 5), True) == "▃▇  ▃"
    assert terminal_strokes.distribution(5, [7, 7], (7, 7), True) == "  ▇  "
    assert terminal_strokes.distribution(3, [0, 0, 2], (0, 3), False) == "# ="


def test_a_far_sample_does_not_press_the_rest_together() -> None:
    low, high = terminal_strokes.window([[100.0] * 50 + [101.0] * 49 + [1e9]])
    assert (low, high) == (100.0, 101.0)


def test_a_course_is_flat_where_it_moves_by_little() -> None:
    assert terminal_strokes.course(4, [1000, 1001, 1000, 1002], True) == "▁▁▁▁"
    assert terminal_strokes.course(4, [100, 110, 100, 120], True) == "▁▄▁▇"
    assert terminal_strokes.course(2, [1, 1, 9, 2, 2, 2], True) == "▁▇"
    assert terminal_strokes.course(3, [0, 0, 0], False) == "..."


# --- texts and columns ---------------------------------------------------------------------------

@pytest.mark.parametrize("text, width", [("abc", 3), ("\u6f22\u5b57", 4), ("e\u0301", 1), ("\u1112\u1161\u11ab", 2), ("\U0001f680", 2),
                                         (FAMILY, 6), ("\uff21", 2), ("", 0)])
def test_a_text_is_as_wide_as_a_terminal_shows_it(text: str, width: int) -> None:
    assert terminal_text.columns(text) == width


@pytest.mark.parametrize("text, width, expected", [
    ("ring_buffer/push_pop/1024", 13, "ring_b…p/1024"), ("short", 13, "short"), ("\u6f22\u5b57\u6f22\u5b57", 6, "\u6f22…\u5b57"),
    ("ae\u0301ioue\u0301", 4, "a…ue\u0301"), ("abc", 1, "…"), ("abc", 0, "")])
def test_a_name_is_cut_in_its_middle_and_never_through_a_character(text: str, width: int, expected: str) -> None:
    assert terminal_text.cut_middle(text, width, "…") == expected


def test_a_paragraph_breaks_between_words_and_says_that_it_goes_on() -> None:
    assert terminal_text.wrapped("one two three", 7, 9, "…") == ["one two", "three"]
    assert terminal_text.wrapped("abcdefgh ij", 3, 9, "…") == ["abc", "def", "gh", "ij"]
    assert terminal_text.wrapped("one two three four", 5, 2, "…") == ["one", "two…"]


def test_ascii_replaces_what_it_cannot_show() -> None:
    assert Screen(80, False, False).text("5\u202fµs ± 1 → \u6f22e\u0301\x1b") == "5 us +- 1 -> ?e?"


def test_columns_are_left_out_by_rank_and_elastic_ones_take_the_rest() -> None:
    every = [Column(line("a"), [line("aaaa")]), Column(line("b"), [line("bbbb")], rank=1),
             Column(line("c"), [lambda width: line("c" * width)], rank=2, least=3, most=6)]
    assert [["".join(s.text for s in r) for r in lay_out(every, width).rows][0] for width in (4, 10, 14, 15, 17, 30)] == [
        "aaaa", "aaaa  bbbb", "aaaa  bbbb", "aaaa  bbbb  ccc", "aaaa  bbbb  ccccc", "aaaa  bbbb  cccccc"]
    assert columns(lay_out(every, 17).rows[0]) == 17
