"""`vbench compare` as a whole: what comes out, what belongs together, and what is refused."""
from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import pairs
import programs
from pairs import QUICK, STEADY, build, compare, row
from programs import assert_refused, vbench

# --- what comes out

@pytest.fixture(scope="module")
def twice(suites, tmp_path_factory) -> pairs.Compared:
    """The same suite, twice built."""
    return compare(suites / "old/demo", suites / "new/demo", "--layouts", "8", "--budget", "0.05", "--seed", "7",
                   cwd=tmp_path_factory.mktemp("twice"))


def test_two_builds_of_one_suite_are_compared_side_by_side(twice):
    twice.assert_paired("demo/wait")
    assert "Side by side, 8 layouts a side" in twice.done.stdout


def test_a_comparison_over_few_layouts_says_that_they_tell_little(twice, changed):
    assert twice.notes == "8 layouts are too few to tell what they do from what has changed; give --layouts 32 or more."
    assert changed[2].notes == ""


def test_a_comparison_has_four_cycles_at_least_of_four_pairs(twice):
    found = twice.rows["demo/wait"]
    assert found["cycles_planned"] >= found["cycles"] >= 4
    assert found["pairs"]["cycle"] == [i // 4 for i in range(4 * found["cycles"])]


def test_each_side_visits_every_layout_of_a_cycle_once_and_all_layouts_in_turn(twice):
    found = twice.rows["demo/wait"]
    for side in ("old_layout", "new_layout"):
        cycles = [found["pairs"][side][i:i + 4] for i in range(0, len(found["pairs"][side]), 4)]
        assert [sorted(one) for one in cycles[:4]] == [[0, 1, 2, 3], [4, 5, 6, 7]] * 2


def test_the_sides_visit_their_layouts_in_orders_of_their_own(twice):
    found = twice.rows["demo/wait"]["pairs"]
    assert found["old_layout"] != found["new_layout"] and found["old_layout"] != sorted(found["old_layout"])


def test_links_as_they_were_built_are_measured_beside_every_second_cycle(twice):
    found = twice.rows["demo/wait"]
    cycles = found["natural"]["pairs"]["cycle"]
    assert cycles == list(range(1, found["cycles"], 2))
    assert set(found["natural"]["pairs"]["old_layout"] + found["natural"]["pairs"]["new_layout"]) == {-1}


def test_every_function_starts_at_each_offset_once_in_a_cycle_and_alike_on_both_sides(twice):
    old, new = twice.comparison["layouts"]
    assert [(one["side"], one["suite"], one["count"], one["reason"]) for one in (old, new)] == [
        ("old", "demo", 8, None), ("new", "demo", 8, None)]
    offsets = {one["name"]: one["offsets"] for one in new["functions"]}
    assert {"subject", "waits"} <= set(offsets)
    assert all(sorted(one[:4]) == sorted(one[4:]) == [0, 16, 32, 48] for one in offsets.values())
    assert old["functions"] == new["functions"]


def test_a_paired_result_is_a_baseline_for_a_later_comparison_with_its_numbers(twice, suites, tmp_path):
    later = compare(twice.path, suites / "new/demo", *QUICK, cwd=tmp_path)
    assert later.status in (0, 1) and set(later.rows) == {"demo/wait"} and not later.comparison["paired"]
    assert "did NOT run side by side" in later.done.stdout


def test_allocations_are_counted_on_both_sides(suites, tmp_path):
    found = compare(suites / "old/demo", suites / "new/demo", *QUICK, "--allocations", cwd=tmp_path)
    found.assert_paired("demo/wait")
    nothing = {"count_per_iteration": 0, "bytes_per_iteration": 0}
    assert programs.entries(found.result)["demo/wait"]["allocations"] == nothing
    assert found.comparison["old"]["benchmarks"][0]["allocations"] == nothing and "allocs/op" in found.done.stdout


def test_the_same_seed_repeats_the_order(suites, tmp_path):
    words = (suites / "old/demo", suites / "new/demo", "--layouts", "4", "--budget", "0.001", "--cache", tmp_path / "cache")
    orders = []
    for seed in (11, 11, 12):
        found = compare(*words, "--seed", seed, cwd=tmp_path).rows["demo/wait"]["pairs"]
        orders.append((found["old_layout"], found["new_layout"]))
    assert orders[0] == orders[1] != orders[2]


SLOWER = {"slower": ("old/demo", "slow/demo", 10), "faster": ("slow/demo", "old/demo", 100 / 1.1 - 100)}


@pytest.fixture(scope="module", params=SLOWER)
def changed(request, suites, tmp_path_factory) -> tuple[str, float, pairs.Compared]:
    """The wait is by the clock, so the change is known: 2.0 and 2.2 us, and some 20 ns to read the clock."""
    old, new, percent = SLOWER[request.param]
    return request.param, percent, compare(suites / old, suites / new, "--layouts", "32", "--budget", "0.3",
                                           cwd=tmp_path_factory.mktemp("changed"))


def test_what_became_slower_is_regressed_and_exit_1_and_what_became_faster_improved_and_exit_0(changed):
    direction, _, found = changed
    expected = ("regressed", 1) if direction == "slower" else ("improved", 0)
    assert (found.rows["demo/wait"]["verdict"], found.status) == expected


def test_a_known_change_is_found_as_large_as_it_is(changed):
    _, percent, found = changed
    one = found.rows["demo/wait"]
    assert one["change_low_percent"] - 0.5 <= percent <= one["change_high_percent"] + 0.5
    assert one["change_percent"] == pytest.approx(percent, abs=3)


# --- what belongs together

def test_added_and_removed_benchmarks_are_named(tmp_path):
    old = build(tmp_path / "old", rows=(row("demo/both"), row("demo/removed")))
    new = build(tmp_path / "new", rows=(row("demo/added"), row("demo/both")))
    found = compare(old, new, *QUICK, "--out", "page", cwd=tmp_path)
    found.assert_paired("demo/both")
    page = (tmp_path / "page/index.html").read_text().replace("<wbr>", "")
    assert "demo/added" in page and "demo/removed" in page
    assert {name: one["reason"] for name, one in found.rest.items()} == {"demo/added": "added", "demo/removed": "removed"}
    assert re.search(r"(?m)^demo/added +added: the old side does not have it$", found.done.stdout)
    later = compare(found.path.rename(tmp_path / "r.json"), new, *QUICK, cwd=tmp_path)
    assert later.status in (0, 1) and "demo/both" in later.rows, later.done.stderr


def test_where_old_and_new_have_nothing_in_common_nothing_is_compared(suites, tmp_path):
    other = build(tmp_path / "other", rows=(row("demo/other"),))
    done = vbench("compare", suites / "old/demo", other, *QUICK, cwd=tmp_path)
    assert done.returncode == 2 and re.fullmatch(r"vbench: Nothing was compared with .+; the rows say why\.\n", done.stderr)


def test_a_filter_holds_for_both_sides(tmp_path):
    old = build(tmp_path / "old", rows=(row("demo/one"), row("demo/two"), row("demo/removed")))
    new = build(tmp_path / "new", rows=(row("demo/one"), row("demo/two")))
    found = compare(old, new, *QUICK, "--filter", "two", cwd=tmp_path)
    found.assert_paired("demo/two")
    assert found.rest == {}
    done = vbench("compare", old, new, *QUICK, "--filter", "none", cwd=tmp_path)
    assert_refused(done, '--filter "none" matches no benchmark of either side')


def test_a_benchmark_whose_own_code_changed_says_so(suites, tmp_path):
    other = build(tmp_path / "other", rows=(row("demo/wait", "waits_twice"),))
    found = compare(suites / "old/demo", other, *QUICK, cwd=tmp_path)
    found.assert_paired("demo/wait")
    assert found.rows["demo/wait"]["benchmark_changed"] and ", benchmark changed" in found.done.stdout


def test_a_comment_in_the_benchmark_is_no_change_of_it(tmp_path):
    old = build(tmp_path / "old", flags=("-g",))
    new = build(tmp_path / "new", flags=("-g",), before="/* a line\n   and another */\n")
    found = compare(old, new, *QUICK, cwd=tmp_path)
    found.assert_paired("demo/wait")
    assert not found.rows["demo/wait"]["benchmark_changed"]


def test_the_old_subject_is_measured_by_the_new_suite(tmp_path):
    old = build(tmp_path / "old", wait_ns=2000, rows=(row("demo/wait", "waits_twice"),))
    new = build(tmp_path / "new", wait_ns=2400)
    found = compare(old, new, *STEADY, "--suite=new", cwd=tmp_path)
    found.assert_paired("demo/wait")
    one = found.rows["demo/wait"]
    assert one["change_percent"] == pytest.approx(20, abs=5) and not one["benchmark_changed"] and one["layouts"] == 4
    assert "--suite=new: the old subject is measured by the new suites." in found.comparison["notes"]


def test_an_archived_subject_is_measured_by_the_new_suite(saved, tmp_path):
    new = build(tmp_path / "new", wait_ns=2400, rows=(row("demo/wait"), row("demo/new")))
    found = compare("x", new, *STEADY, "--suite=new", "--baselines", saved / "baselines", cwd=tmp_path)
    found.assert_paired("demo/wait", "demo/new")
    assert found.rows["demo/new"]["change_percent"] == pytest.approx(20, abs=5)


def test_without_an_old_subject_the_new_suite_cannot_measure_it(saved, suites, tmp_path):
    shutil.copy(saved / "baselines/x.json", tmp_path / "r.json")
    done = vbench("compare", "r.json", suites / "new/demo", *QUICK, "--suite=new", cwd=tmp_path)
    assert_refused(done, "--suite=new", "r.json")
    bare = Path(shutil.copy(suites / "old/demo", tmp_path / "demo"))
    assert_refused(vbench("compare", bare, suites / "new/demo", *QUICK, "--suite=new", cwd=tmp_path), "--suite=new",
                   "no recipe on the old side")


# --- a side that fails

BROKEN = {"crashes": "SIGSEGV", "hangs": "no answer", "fails": "it is broken"}


@pytest.mark.parametrize("side", ["old", "new"])
@pytest.mark.parametrize("function", BROKEN)
def test_a_side_that_fails_is_named_and_the_others_are_measured(function, side, tmp_path):
    rows = {"old": "waits", "new": "waits", side: function}
    paths = [build(tmp_path / one, rows=(row("demo/bad", rows[one]), row("demo/good"))) for one in ("old", "new")]
    found = compare(*paths, *QUICK, "--time-limit", "0.3", cwd=tmp_path)
    assert found.status == 2 and set(found.rows) == {"demo/good"}
    assert found.done.stderr == "vbench: 1 of 2 benchmarks failed; their rows say why.\n"
    assert found.rest["demo/bad"]["reason"] == ("failed_then" if side == "old" else "failed")
    assert found.rest["demo/bad"]["text"].startswith("the old one failed: ") == (side == "old")
    assert programs.entries(found.result)["demo/good"]["status"] == "ok"


def test_a_side_that_hangs_after_a_few_blocks_fails_and_leaves_no_process(suites, tmp_path):
    bad = build(tmp_path / "bad", rows=(row("demo/wait", "waits_and_hangs_at_last"),))
    found = compare(suites / "old/demo", bad, *QUICK, "--time-limit", "0.3", cwd=tmp_path)
    assert found.status == 2 and found.rest["demo/wait"]["reason"] == "failed"
    assert not programs.processes_of(bad) and programs.entries(found.result)["demo/wait"]["status"] == "error"


# --- bad input

@pytest.mark.parametrize("words, named", [
    (("x", "--layouts", "3"), ("--layouts takes a multiple of 4, not 3",)),
    (("x", "--layouts", "-4"), ("--layouts", '"-4"')),
    (("x", "--layouts", "2000"), ("--layouts", "2000")),
    (("x", "--suite=x"), ("--suite takes own or new",)),
    (("x", "--rev", ""), ("--rev",)),
    (("missing",), ('"missing"', "only: x.")),
    (("x", "missing"), ('"missing"', "only: x.")),
    (("x", "DEMO", "missing"), ('"missing"',)),
    (("./nowhere", "DEMO"), ("./nowhere",)),
    (("EMPTY/", "DEMO"), ("no suite in",)),
    (("x", "NUMBERS"), ("The new side cannot be run", "no archive here")),
    (("--rev", "HEAD", "DEMO"), ("not known",)),
    (("x", "--cache", "baselines/x.json", "DEMO"), ("baselines/x.json",)),
], ids=lambda words: " ".join(words) if isinstance(words, tuple) else "")
def test_bad_input_is_one_sentence(words, named, saved, suites, tmp_path):
    (tmp_path / "empty").mkdir()
    shutil.copy(saved / "baselines/x.json", tmp_path / "numbers.json")
    places = {"DEMO": suites / "new/demo", "EMPTY/": tmp_path / "empty", "NUMBERS": tmp_path / "numbers.json"}
    assert_refused(vbench("compare", *[places.get(word, word) for word in words], cwd=saved), *named)


def test_a_revision_that_is_unknown_or_outside_git_is_refused(project, tmp_path):
    assert_refused(vbench("compare", "--rev", "missing", "build/demo", cwd=project), "missing")
    shutil.copytree(project / "build", tmp_path / "build")
    for path in (tmp_path / "build").rglob("*"):  # a build of a project that is no repository
        if path.name in ("CMakeCache.txt", "demo.link.json"):
            path.write_text(path.read_text().replace(str(project), str(tmp_path)))
    assert_refused(vbench("compare", "--rev", "HEAD", tmp_path / "build/demo", cwd=tmp_path), "git")
