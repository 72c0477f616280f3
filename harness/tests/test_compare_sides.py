"""What a side of `vbench compare` may be, and what is said and done where something of it is missing."""
from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import pairs
import programs
from git_project import git, worktrees
from pairs import LAYOUTS, QUICK, STEADY, build, change_recipe, compare, row
from programs import assert_refused, run, vbench

# --- what a side may be

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


@pytest.mark.parametrize("words,count", [((), 32), (("--budget", "5"), 128), (("--budget", "5", "--layouts", "8"), 8)])
def test_a_long_budget_has_all_layouts_from_the_start_unless_another_number_is_asked_for(suites, tmp_path, words, count):
    found = compare(suites / "old/demo", suites / "old/demo", *words, "--time-cap", "0.01", cwd=tmp_path)
    assert [one["count"] for one in found.comparison["layouts"]] == [count, count]


def without_a_cache(tmp_path: Path, *words: Any) -> pairs.Compared:
    return compare(*words, cwd=tmp_path, HOME="", XDG_CACHE_HOME="")


def test_without_a_folder_for_the_cache_both_sides_run_as_they_are_and_it_is_said_why(suites, tmp_path):
    found = without_a_cache(tmp_path, suites / "old/demo", suites / "new/demo", *LAYOUTS)
    found.assert_paired("demo/wait")
    assert found.rows["demo/wait"]["layouts"] == 1 and "neither XDG_CACHE_HOME nor HOME" in found.rows["demo/wait"]["layout_reason"]


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
