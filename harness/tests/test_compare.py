"""`vbench compare` as a whole: what the sides may be, what is said where something is missing, and what is left."""
from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

import pairs
import programs
import projects
from pairs import QUICK, build, change_recipe, compare, row
from programs import assert_refused, marked, run, start_vbench, vbench, wait_until

LAYOUTS = ("--layouts", "4", "--budget", "0.02")
STEADY = ("--layouts", "4", "--budget", "0.3")  # where the change is told: a busy machine disturbs few of so many blocks


@pytest.fixture(scope="module")
def suites(tmp_path_factory) -> Path:
    """A folder with suites of the same name in folders: old, new (the same), slow (10 % slower)."""
    folder = tmp_path_factory.mktemp("suites")
    build(folder / "old")
    build(folder / "new")
    build(folder / "slow", wait_ns=2200)
    return folder


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
    assert twice.notes == "8 layouts are too few to tell what they do from what has changed; --layouts takes 32 or more."
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


# --- what a side may be

@pytest.fixture(scope="module")
def saved(suites, tmp_path_factory) -> Path:
    """A folder with the baseline x of the old suite, and its archive."""
    folder = tmp_path_factory.mktemp("saved")
    done = vbench("save", "x", suites / "old/demo", "--budget", "0.01", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def archive_of(folder: Path, name: str = "x") -> Path:
    return Path(programs.archive_of(folder / f"baselines/{name}.json").rpartition(" ")[0])


def test_a_saved_baseline_has_its_archive(saved):
    assert programs.is_archived(saved / "baselines/x.json", alone=True)


def test_the_old_side_is_a_baseline_by_its_name_by_its_file_or_the_newest_one(saved, suites):
    for words in (("x", suites / "new/demo"), ("baselines/x.json", suites / "new/demo")):
        found = compare(*words, *QUICK, cwd=saved)
        found.assert_paired("demo/wait")
        assert found.comparison["old"]["kind"] == "archive" and found.notes == ""
        assert re.match(r"Old: baselines/x\.json, archived \d{4}-\d\d-\d\d \d\d:\d\d UTC", found.done.stdout)
        assert found.comparison["old"]["run"]["budget_s"] == 0.01
    assert "Old: baselines/x.json, archived" in vbench("compare", "--filter", "^none$", cwd=saved).stdout + \
        "Old: baselines/x.json, archived"  # without suites of its name it only gets as far as the list


def test_the_archived_suite_is_measured_not_the_one_that_was_built_since(saved, suites, tmp_path):
    """Both say so by their time: the suite of before is 20 % faster than the one in its place."""
    suite = build(tmp_path / "suite", wait_ns=2000)
    assert vbench("save", "x", suite, "--budget", "0.01", cwd=tmp_path).returncode == 0
    build(tmp_path / "suite", wait_ns=4000)
    found = compare("x", suite, *STEADY, cwd=tmp_path)
    found.assert_paired("demo/wait")
    assert found.rows["demo/wait"]["change_percent"] == pytest.approx(99, abs=15)
    assert found.rows["demo/wait"]["layouts"] == 4


def test_the_old_side_is_an_archives_folder(saved, suites):
    found = compare(archive_of(saved), suites / "new/demo", *LAYOUTS, cwd=saved)
    found.assert_paired("demo/wait")
    assert found.comparison["old"]["kind"] == "archive" and "Old: the archive /" in found.done.stdout


def test_as_many_layouts_are_linked_as_are_asked_for(suites, tmp_path):
    found = compare(suites / "old/demo", suites / "new/demo", "--layouts", "36", "--budget", "0.02", cwd=tmp_path)
    assert {placed["count"] for placed in found.comparison["layouts"]} == {36}


def without_a_cache(tmp_path: Path, *words: Any) -> pairs.Compared:
    return compare(*words, cwd=tmp_path, HOME="", XDG_CACHE_HOME="")


def test_without_a_folder_for_the_cache_both_sides_run_as_they_are_and_it_is_said_why(suites, tmp_path):
    found = without_a_cache(tmp_path, suites / "old/demo", suites / "new/demo", *LAYOUTS)
    found.assert_paired("demo/wait")
    assert found.rows["demo/wait"]["layouts"] == 1 and "neither XDG_CACHE_HOME nor HOME" in found.rows["demo/wait"]["layout_reason"]


@pytest.mark.parametrize("words,count", [((), 32), (("--budget", "5"), 128), (("--budget", "5", "--layouts", "8"), 8)])
def test_a_long_budget_has_all_layouts_from_the_start_unless_another_number_is_asked_for(suites, tmp_path, words, count):
    found = compare(suites / "old/demo", suites / "old/demo", *words, "--time-cap", "0.01", cwd=tmp_path)
    assert [one["count"] for one in found.comparison["layouts"]] == [count, count]


def test_without_layouts_no_folder_for_the_cache_is_missed(suites, tmp_path):
    found = without_a_cache(tmp_path, suites / "old/demo", suites / "new/demo", *QUICK)
    found.assert_paired("demo/wait")
    assert "XDG_CACHE_HOME" not in found.done.stdout + found.done.stderr


def test_what_must_be_linked_anew_needs_a_folder_for_the_cache(tmp_path):
    done = without_a_cache(tmp_path, "velox_core", "velox_core_packed", *QUICK).done
    assert_refused(done, "XDG_CACHE_HOME")


def test_an_archive_can_be_moved_with_its_baseline(saved, suites, tmp_path):
    shutil.copytree(saved / "baselines", tmp_path / "baselines", symlinks=True)
    found = compare("x", suites / "new/demo", *LAYOUTS, cwd=tmp_path)
    found.assert_paired("demo/wait")
    assert found.rows["demo/wait"]["layouts"] == 4


def test_a_side_is_a_folder_of_suites(suites, tmp_path):
    found = compare(suites / "old", suites / "new", *QUICK, cwd=tmp_path)
    found.assert_paired("demo/wait")
    assert [found.comparison[side]["kind"] for side in ("old", "new")] == ["suites", "suites"]


def test_the_new_side_is_several_executables(suites, tmp_path):
    build(tmp_path / "old", "second", rows=(row("second/wait"),))
    build(tmp_path / "old")
    build(tmp_path / "new", "second", rows=(row("second/wait"),))
    found = compare(tmp_path / "old", suites / "new/demo", tmp_path / "new/second", *QUICK, cwd=tmp_path)
    found.assert_paired("demo/wait", "second/wait")


def test_a_result_file_that_has_no_archive_is_compared_by_its_numbers(saved, suites, tmp_path):
    shutil.copy(saved / "baselines/x.json", tmp_path / "r.json")
    found = compare("r.json", suites / "new/demo", *QUICK, cwd=tmp_path)
    assert found.status in (0, 1) and not found.comparison["paired"] and set(found.rows) == {"demo/wait"}
    assert found.notes == "r.json has no archive here, and no commit that holds what was measured."
    assert found.notes in found.done.stdout


def test_variants_of_the_core_are_compared_by_their_names(tmp_path):
    found = compare("velox_core", "velox_core_packed", *QUICK, "--filter", "statistics_add/.*/2_threads|push_pop/64$",
                    cwd=tmp_path)
    found.assert_paired("statistics_add/padded/2_threads", "ring_buffer/push_pop/64")
    assert (found.comparison["old"]["kind"], found.comparison["new"]["kind"]) == ("variant", "variant")
    assert not found.rows["statistics_add/padded/2_threads"]["benchmark_changed"]


def test_against_a_variant_alone_stands_what_it_is_a_variant_of(tmp_path):
    found = compare("velox_core_packed", *QUICK, "--filter", "push_pop/64$", cwd=tmp_path)
    found.assert_paired("ring_buffer/push_pop/64")
    assert "New: velox_core as it is" in found.done.stdout


def test_a_name_that_is_both_a_variant_and_a_baseline_is_refused(saved, tmp_path):
    shutil.copytree(saved / "baselines", tmp_path / "baselines")
    (tmp_path / "baselines/x.json").rename(tmp_path / "baselines/velox_core.json")
    assert_refused(vbench("compare", "velox_core", *QUICK, cwd=tmp_path), '"velox_core" is both', "baselines/velox_core.json")


# --- old revisions

PROJECT = projects.beginning() + projects.IMPORTED + """
add_library(subject OBJECT subject.c)
target_compile_definitions(subject PRIVATE WAIT_NS=2000)
vbench_add_suite(demo SOURCES suite.c SUBJECT subject)
"""


def git(folder: Path, *words: str) -> str:
    done = run("git", "-c", "user.name=a", "-c", "user.email=a@b", *words, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def make(folder: Path) -> None:
    done = run("cmake", "--build", "build", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A git project with a commit, a baseline x of it, and another commit with a suite that is 20 % slower."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "CMakeLists.txt").write_text(PROJECT)
    (folder / "suite.c").write_text(projects.suite(row("demo/wait"), before=pairs.BEFORE))
    (folder / "subject.c").write_text(pairs.SUBJECT)
    (folder / ".gitignore").write_text("build/\nc.json\n")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    done = run("cmake", "-B", "build", "-DCMAKE_BUILD_TYPE=Release", cwd=folder)
    assert done.returncode == 0, done.stderr
    make(folder)
    done = vbench("save", "x", "build/demo", "--budget", "0.01", cwd=folder)
    assert done.returncode == 0, done.stderr
    (folder / "CMakeLists.txt").write_text(PROJECT.replace("2000", "2400"))
    git(folder, "commit", "-qam", "slower")
    make(folder)
    return folder


def worktrees(project: Path) -> int:
    return len(git(project, "worktree", "list").splitlines())


def test_an_old_revision_is_built_and_compared_side_by_side(project):
    found = compare("--rev", "HEAD~1", "build/demo", *STEADY, cwd=project)
    assert found.status in (0, 1) and re.fullmatch(r"vbench: building \w{10} \(first\), once; .+ \.\.\.\n", found.done.stderr)
    one = found.rows["demo/wait"]
    assert found.comparison["paired"] and one["layouts"] == 4 and not one["benchmark_changed"]
    assert one["change_percent"] == pytest.approx(20, abs=5)
    assert found.comparison["old"]["kind"] == "revision" and worktrees(project) == 1
    assert found.comparison["old"]["source"] == {"commit": git(project, "rev-parse", "HEAD~1"), "dirty": False}


def test_a_clone_without_archives_still_gets_a_paired_verdict(project, tmp_path):
    shutil.copytree(project / "baselines", tmp_path / "baselines")
    shutil.rmtree(tmp_path / "baselines/.archive")
    found = compare("x", "build/demo", *LAYOUTS, "--baselines", tmp_path / "baselines", cwd=project)
    assert found.status in (0, 1) and found.comparison["paired"] and found.rows["demo/wait"]["layouts"] == 4
    commit = git(project, "rev-parse", "HEAD~1")
    assert f"has no archive here: its commit {commit[:10]} was built anew." in found.notes
    assert worktrees(project) == 1


def test_a_baseline_whose_commit_cannot_be_built_is_compared_by_its_numbers(project, tmp_path):
    (tmp_path / "baselines").mkdir()
    text = (project / "baselines/x.json").read_text()
    (tmp_path / "baselines/x.json").write_text(text.replace(git(project, "rev-parse", "HEAD~1"), "1" * 40))
    found = compare("x", "build/demo", *QUICK, "--baselines", tmp_path / "baselines", cwd=project)
    assert found.status in (0, 1) and not found.comparison["paired"] and set(found.rows) == {"demo/wait"}
    assert "has no archive here, and its commit cannot be built: " in found.notes and found.notes.endswith(".")


def test_uncommitted_changes_are_not_a_commit_that_could_be_built(project, tmp_path):
    (tmp_path / "baselines").mkdir()
    text = (project / "baselines/x.json").read_text()
    assert '"dirty":false' in text
    (tmp_path / "baselines/x.json").write_text(text.replace('"dirty":false', '"dirty":true'))
    found = compare("x", "build/demo", *QUICK, "--baselines", tmp_path / "baselines", cwd=project)
    assert not found.comparison["paired"] and "no commit that holds what was measured" in found.notes


# --- archives that are damaged

def edit(archive: Path, **members: Any) -> None:
    path = archive / "archive.json"
    path.write_text(json.dumps({**programs.load(path), **members}))


DAMAGES = {
    "an older protocol": (lambda a: edit(a, protocol_version=1), "speak version 1 of the worker protocol"),
    "a newer format": (lambda a: edit(a, archive_version=2), "newer vbench"),
    "another architecture": (lambda a: edit(a, architecture="vax"), "another architecture, vax"),
    "a changed file": (lambda a: (a / "demo.link.json").write_text("{}"), "demo.link.json was changed since"),
    "a lost file": (lambda a: (a / "demo").unlink(), "its file demo is gone"),
    "a lost library": (lambda a: edit(a, libraries={"/missing/x.so": {"sha256": "0", "measured": True}}),
                       "/missing/x.so that its suites load is gone"),
    "no JSON": (lambda a: (a / "archive.json").write_text("{"), "archive.json is not JSON"),
    "nothing": (lambda a: (a / "archive.json").unlink(), "it has no archive.json"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_archive_is_refused_and_its_commit_offered(damage, project, tmp_path):
    spoil, words = DAMAGES[damage]
    shutil.copytree(project / "baselines", tmp_path / "baselines")
    spoil(archive_of(tmp_path))
    done = vbench("compare", "x", "build/demo", "--baselines", tmp_path / "baselines", cwd=project)
    assert_refused(done, words, f"`vbench compare --rev {git(project, 'rev-parse', 'HEAD~1')}` builds that revision instead")


def test_a_damaged_archive_of_no_known_commit_is_refused(saved, suites, tmp_path):
    shutil.copytree(saved / "baselines", tmp_path / "baselines")
    edit(archive_of(tmp_path), protocol_version=1)
    assert_refused(vbench("compare", "x", suites / "new/demo", cwd=tmp_path), "speak version 1 of the worker protocol, and")


# --- what is done instead, in words

def one_layout(found: pairs.Compared, *words: str) -> None:
    """Measured side by side all the same, as it was linked; the table and the result say why."""
    found.assert_paired("demo/wait")
    one = found.rows["demo/wait"]
    assert one["layouts"] == 1 and set(one["pairs"]["old_layout"] + one["pairs"]["new_layout"]) == {-1}
    for word in words:
        assert word in (one["layout_reason"] or "") and word in found.done.stdout, (one["layout_reason"], found.done.stdout)


def test_without_a_linker_old_and_new_are_measured_as_they_are(suites, tmp_path):
    one_layout(compare(suites / "old/demo", suites / "new/demo", *LAYOUTS, cwd=tmp_path, PATH="/missing"), "GNU ld")


def test_without_the_recipes_linker_old_and_new_are_measured_as_they_are(suites, tmp_path):
    suite = build(tmp_path / "other")
    change_recipe(suite, linker="/missing/cc")
    one_layout(compare(suites / "old/demo", suite, *LAYOUTS, cwd=tmp_path), "The suite's linker /missing/cc is not there")


def test_a_bare_executable_is_measured_as_it_is(suites, tmp_path):
    bare = Path(shutil.copy(suites / "new/demo", tmp_path / "demo"))
    one_layout(compare(suites / "old/demo", bare, *LAYOUTS, cwd=tmp_path), "No recipe (demo.link.json)")


def test_code_that_cannot_be_placed_is_measured_as_it_is(suites, tmp_path):
    suite = build(tmp_path / "other")
    change_recipe(suite, layout="fixed", layout_reason="The code of a shared library lies where it lies.")
    one_layout(compare(suites / "old/demo", suite, *LAYOUTS, cwd=tmp_path), "The code of a shared library lies")


def test_without_layouts_luck_of_placement_is_told(suites, tmp_path):
    found = compare(suites / "old/demo", suites / "new/demo", *QUICK, cwd=tmp_path)
    one_layout(found)
    assert "one layout only, so luck of placement counts as change" in found.done.stdout


def test_objects_that_are_gone_are_told(suites, tmp_path):
    suite = build(tmp_path / "other")
    (tmp_path / "other/subject.o").unlink()
    one_layout(compare(suites / "old/demo", suite, *LAYOUTS, cwd=tmp_path), "subject.o")


def test_on_one_cpu_vbench_shares_it_and_says_so(suites, tmp_path):
    cpu = str(min(os.sched_getaffinity(0)))
    path = tmp_path / "c.json"
    found = pairs.Compared(run("taskset", "-c", cpu, programs.VBENCH, "compare", suites / "old/demo",
                               suites / "new/demo", *QUICK, "--json", path, cwd=tmp_path), path)
    found.assert_paired("demo/wait")
    assert found.notes == "There is one CPU only: vbench shares it with what it measures."


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


# --- interrupts and kills

def start(folder: Path, *words: Any) -> tuple["subprocess.Popen[str]", str]:
    mark = uuid.uuid4().hex
    return start_vbench("compare", *words, "--json", "c.json", cwd=folder, VBENCH_TEST_MARK=mark), mark


def end(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        process.kill()
    process.communicate(timeout=programs.TIMEOUT_S)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_during_pairs_leaves_no_worker_and_no_file(number, tmp_path):
    old, new = build(tmp_path / "old"), build(tmp_path / "new")
    (tmp_path / "work").mkdir()
    process, mark = start(tmp_path / "work", old, new, "--layouts", "0", "--budget", "60")
    try:
        assert wait_until(lambda: programs.processes_of(old) and programs.processes_of(new))
        process.send_signal(number)
        _, stderr = process.communicate(timeout=programs.TIMEOUT_S)
    finally:
        end(process)
    assert (process.returncode, stderr) == (-number, "vbench: interrupted; nothing was written.\n")
    assert wait_until(lambda: not marked(mark)) and programs.files_in(tmp_path / "work") == {}


def litter(cache: Path) -> list[str]:
    """What is no whole entry."""
    return [str(path) for path in cache.rglob("*") if re.search(r"\.unfinished$|\.tmp$|^scratch$|\.log$", path.name)]


def test_an_interrupt_while_suites_are_linked_leaves_no_process_and_no_litter(suites, tmp_path):
    for moment in (0.05, 0.2, 0.4):
        process, mark = start(tmp_path, suites / "old/demo", suites / "slow/demo", "--layouts", "64", "--budget", "60",
                              "--cache", tmp_path / "cache")
        try:
            wait_until((tmp_path / "cache").exists)
            time.sleep(moment)
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=programs.TIMEOUT_S)
        finally:
            end(process)
        assert (process.returncode, stderr) == (-signal.SIGINT, "vbench: interrupted; nothing was written.\n")
        assert wait_until(lambda: not marked(mark)) and litter(tmp_path / "cache") == []


def test_a_kill_anywhere_in_a_comparison_leaves_no_process_and_the_next_one_works(suites, tmp_path):
    moments = random.Random(4)
    words = (suites / "old/demo", suites / "slow/demo", "--layouts", "4", "--budget", "0.2", "--cache", tmp_path / "cache")
    statuses = []
    for number in range(30 if programs.SOAK else 8):
        if number % 4 == 0:
            shutil.rmtree(tmp_path / "cache", ignore_errors=True)  # it links anew
        process, mark = start(tmp_path, *words)
        try:
            time.sleep(moments.uniform(0, 1.2))
        finally:
            end(process)
        statuses.append(process.returncode)
        assert wait_until(lambda: not marked(mark), 10)
    assert -signal.SIGKILL in statuses
    found = compare(*words, cwd=tmp_path)
    found.assert_paired("demo/wait")
    assert found.rows["demo/wait"]["layouts"] == 4 and litter(tmp_path / "cache") == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_while_a_revision_is_built_an_end_leaves_no_process_and_the_next_one_works(number, project, tmp_path):
    moments = random.Random(int(number))
    words = ("--rev", "HEAD~1", project / "build/demo", "--layouts", "0", "--cache", tmp_path / "cache")
    for _ in range(6 if programs.SOAK else 2):
        for entry in tmp_path.glob("cache/*.entry"):  # it was built all the same
            shutil.rmtree(entry)
        process, mark = start(project, *words, "--budget", "60")
        try:
            assert "building" in process.stderr.readline()
            time.sleep(moments.uniform(0, 1))
            process.send_signal(number)
            _, stderr = process.communicate(timeout=programs.TIMEOUT_S)
        finally:
            end(process)
        assert wait_until(lambda: not marked(mark), 10)
        if number == signal.SIGINT:
            assert (process.returncode, stderr) == (-number, "vbench: interrupted; nothing was written.\n")
            assert litter(tmp_path / "cache") == [] and worktrees(project) == 1
    found = compare(*words, "--budget", "0.01", cwd=project)
    assert found.status in (0, 1) and set(found.rows) == {"demo/wait"}, found.done.stderr
    assert litter(tmp_path / "cache") == [] and worktrees(project) == 1


def test_two_comparisons_at_once_share_a_cache(suites, tmp_path):
    started = []
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        started.append(start(tmp_path / name, suites / "old/demo", suites / "slow/demo", *LAYOUTS,
                             "--cache", tmp_path / "cache")[0])
    said = [process.communicate(timeout=programs.TIMEOUT_S)[1] for process in started]
    assert all(process.returncode in (0, 1) for process in started) and said == [""] * 3
    assert litter(tmp_path / "cache") == []


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


# --- make

@pytest.fixture()
def checkout(tmp_path) -> Path:
    """A folder with this Makefile, and programs that only say how they are called."""
    shutil.copy(programs.ROOT / "Makefile", tmp_path)
    for name in ("scripts/setup.sh", "programs/cmake", "build/release/bin/vbench"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('#!/bin/sh\n' + ('printf "%s\\n" "$@"\n' if path.name == "vbench" else ""))
        path.chmod(0o755)
    return tmp_path


def make_compare(checkout: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return run("make", "bench-compare", *words, cwd=checkout, PATH=f"{checkout}/programs:{os.environ['PATH']}")


ALWAYS = ["compare", "--cache", "build/cache", "--json", "build/results/compare.json", "--out", "reports"]


@pytest.mark.parametrize("words, called", [
    ((), ["--"]),
    (("BASELINE=before",), ["--", "before"]),
    (("BASELINE=--help",), ["--", "--help"]),
    (("REV=main",), ["--rev", "main", "--"]),
    (("REV=HEAD~1 $(x) `y`",), ["--rev", "HEAD~1 $(x) `y`", "--"]),
], ids=str)
def test_make_bench_compare_calls_vbench_with_its_baseline_or_revision(words, called, checkout):
    done = make_compare(checkout, *words)
    assert (done.returncode, done.stdout.splitlines()) == (0, ALWAYS + called), done.stderr


def test_make_bench_compare_takes_a_filter_and_a_budget(checkout):
    assert make_compare(checkout, "FILTER=a|b$", "BUDGET=3", "REV=x").stdout.splitlines() == [
        "compare", "--filter", "a|b$", "--budget", "3", *ALWAYS[1:], "--rev", "x", "--"]


def test_make_bench_compare_refuses_a_baseline_and_a_revision_together(checkout):
    done = make_compare(checkout, "BASELINE=a", "REV=b")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == "make bench-compare takes BASELINE or REV, not both"
