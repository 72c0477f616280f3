"""Archives of baselines: what `vbench save` keeps runs and links again, and survives kills and full disks."""
from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import injection
import programs
from injection import sampled, traced
from programs import FAULTY, TINY, archive_of, is_archived, vbench

QUICK = ("--budget", "0.001")


def save(folder: Path, *words: Any) -> "subprocess.CompletedProcess[str]":
    done = vbench("save", "x", *words, *QUICK, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return done


def baseline(folder: Path) -> Path:
    return folder / "baselines" / "x.json"


def archive(folder: Path) -> Path:
    """The folder of the only one."""
    found, = (folder / "baselines" / ".archive" / "x").iterdir()
    return found


def document(folder: Path) -> dict[str, Any]:
    return programs.load(archive(folder) / "archive.json")


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    save(folder, TINY)
    return folder


@pytest.fixture()
def suite(tmp_path) -> Path:
    """A copy of a suite, for changes to its recipe."""
    return programs.copy_suite(TINY, tmp_path / "suite")


def recipe_of(suite: Path) -> dict[str, Any]:
    return programs.load(suite.with_name(suite.name + ".link.json"))


def write_recipe(suite: Path, **changes: Any) -> None:
    suite.with_name(suite.name + ".link.json").write_text(json.dumps({**recipe_of(suite), **changes}))


# --- what is kept

def test_a_saved_baseline_has_an_archive_that_runs(saved, tmp_path):
    assert is_archived(baseline(saved), alone=True)
    done = vbench("run", archive(saved) / "tiny", *QUICK, "--json", "y.json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    now = programs.entries(programs.load(tmp_path / "y.json"))
    assert set(now) == set(programs.entries(programs.load(baseline(saved))))


def test_a_link_from_the_archive_is_equal_to_one_from_the_build(saved, tmp_path):
    recipe = recipe_of(archive(saved) / "tiny")
    inside = {key: [str(archive(saved) / path) for path in recipe[key]] for key in ("suite_objects", "subject_objects")}
    assert not [path for paths in inside.values() for path in paths if not Path(path).is_file()]
    recipe = {**recipe, **inside, "harness": str(archive(saved) / recipe["harness"])}
    for name, linked in (("archive", recipe), ("build", recipe_of(TINY))):
        done = programs.link(linked, tmp_path / name)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "archive").read_bytes() == (tmp_path / "build").read_bytes()


def test_an_archived_object_has_the_name_that_it_had(saved):
    was, now = recipe_of(TINY), recipe_of(archive(saved) / "tiny")
    for key in ("suite_objects", "subject_objects"):
        assert [Path(path).name for path in now[key]] == [Path(path).name for path in was[key]]
        assert not [path for path in now[key] if Path(path).is_absolute()]


def test_the_document_lists_every_file_of_the_archive_and_the_shared_libraries(saved):
    files = {str(path.relative_to(archive(saved))) for path in archive(saved).rglob("*") if path.is_file()}
    assert set(document(saved)["files"]) == files - {"archive.json"}
    libraries = document(saved)["libraries"]
    assert [path for path in libraries if "libbenchmark" in path and not libraries[path]["measured"]]
    assert not [path for path in libraries if "libc.so" in path]


def test_a_second_save_leaves_one_archive_and_another_baselines_own(saved, tmp_path):
    shutil.copytree(saved, tmp_path / "work")
    assert vbench("save", "y", TINY, *QUICK, cwd=tmp_path / "work").returncode == 0
    save(tmp_path / "work", TINY)
    assert is_archived(baseline(tmp_path / "work"), alone=True)
    assert is_archived(tmp_path / "work" / "baselines" / "y.json", alone=True)
    assert archive(tmp_path / "work").name != archive(saved).name


def test_a_suite_of_which_nothing_is_measured_is_not_archived(tmp_path):
    save(tmp_path, TINY, FAULTY, "--filter", "^tiny/")
    assert document(tmp_path)["suites"] == ["tiny"]


def test_a_suite_whose_object_is_gone_is_archived_alone_and_told(suite, tmp_path):
    write_recipe(suite, suite_objects=[str(tmp_path / "gone.c.o")])
    done = save(tmp_path, suite)
    assert f"The suite {suite} is archived without its objects, so it will be compared as it is, in one layout: " \
           f"{tmp_path}/gone.c.o cannot be read: No such file or directory.\n" in done.stdout
    assert is_archived(baseline(tmp_path), alone=True)
    fixed = recipe_of(archive(tmp_path) / "tiny")
    assert (fixed["layout"], fixed["suite_objects"], fixed["harness"]) == ("fixed", [], None)


def test_a_suite_without_recipe_is_archived_alone_and_told(suite, tmp_path):
    suite.with_name(suite.name + ".link.json").unlink()
    assert "in one layout: it has no recipe.\n" in save(tmp_path, suite).stdout
    assert is_archived(baseline(tmp_path), alone=True)


# --- shared libraries

def test_a_system_library_that_is_the_subject_counts_as_measured(suite, tmp_path):
    write_recipe(suite, subject_shared=recipe_of(suite)["libraries"][:1])
    save(tmp_path, suite)
    libraries = document(tmp_path)["libraries"]
    assert {"libbenchmark" in path for path in libraries if libraries[path]["measured"]} == {True}


def test_an_archive_whose_own_shared_library_was_built_again_is_not_used(tmp_path):
    def build(value: int) -> None:
        (tmp_path / "own.c").write_text(f"int own(void); int own(void) {{ return {value}; }}\n")
        done = programs.run("cc", "-shared", "-fPIC", "own.c", "-o", "libown.so", cwd=tmp_path)
        assert done.returncode == 0, done.stderr

    build(1)
    recipe = recipe_of(TINY)
    recipe["libraries"] += ["-Wl,--no-as-needed", f"-Wl,-rpath,{tmp_path}", str(tmp_path / "libown.so")]
    assert programs.link(recipe, tmp_path / "own").returncode == 0
    save(tmp_path, tmp_path / "own")
    assert document(tmp_path)["libraries"][str(tmp_path / "libown.so")]["measured"]
    assert is_archived(baseline(tmp_path))
    build(2)
    assert archive_of(baseline(tmp_path)).endswith(
        f"the shared library {tmp_path}/libown.so that its suites load was built again since.")
    (tmp_path / "libown.so").unlink()
    assert archive_of(baseline(tmp_path)).endswith(
        f"the shared library {tmp_path}/libown.so that its suites load is gone.")


# --- which archive is whose

def test_a_json_that_was_edited_or_copied_has_no_archive(saved, tmp_path):
    shutil.copytree(saved, tmp_path / "work")
    path = baseline(tmp_path / "work")
    shutil.copy2(path, path.with_name("y.json"))
    assert archive_of(path.with_name("y.json")) == "none"
    text = path.read_bytes()
    path.write_bytes(text + b"\n")
    assert archive_of(path) == "none"
    path.write_bytes(text)
    assert is_archived(path)


def test_a_damaged_archive_is_told_in_one_sentence(saved, tmp_path):
    work = Path(shutil.copytree(saved, tmp_path / "work"))
    with (archive(work) / "tiny").open("ab") as tiny:
        tiny.write(b" ")
    assert archive_of(baseline(work)) == f"The archive {archive(work)} cannot be used: its file tiny was changed since."


# --- kills and full disks

@pytest.fixture(scope="module")
def steps(saved, tmp_path_factory) -> list[injection.Call]:
    """The calls of a save that concern archives, and those between."""
    if not injection.can_trace():
        return []
    work = Path(shutil.copytree(saved, tmp_path_factory.mktemp("steps") / "work"))
    calls = injection.calls_of("save", work)
    places = [i for i, call in enumerate(calls) if "/.archive" in call.text]
    assert {"mkdir", "rename", "fsync", "rmdir"} <= {calls[i].name for i in places}
    return calls[places[0]:places[-1] + 1]


def kill_at(step: injection.Call, work: Path) -> int:
    """Its exit status."""
    log = work.with_name(f"{work.name}.log")
    return injection.strace("save", work, log, f"{step.name}:signal=KILL:when={step.number}").returncode


@traced
@pytest.mark.parametrize("first", [False, True], ids=["with an older one", "the first"])
def test_a_save_killed_anywhere_leaves_a_baseline_with_its_archive_and_the_next_one_cleans_up(
        first, steps, saved, tmp_path):
    turning = [step for step in steps if step.name in ("rename", "rmdir")]
    tried = turning + sampled([step for step in steps if step not in turning], 8 if first else 20, seed=5)

    def one(numbered: tuple[int, injection.Call]) -> tuple[int, str, bool]:
        index, step = numbered
        work = tmp_path / str(index)
        work.mkdir() if first else shutil.copytree(saved, work)
        status = kill_at(step, work)
        path = baseline(work)
        state = "none" if not path.exists() else "old" if path.read_bytes() == old else "new"
        held = not path.exists() or is_archived(path)
        save(work, TINY)
        return status, state, held and is_archived(path, alone=True)

    old = baseline(saved).read_bytes()
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(one, enumerate(tried)))
    assert not [(tried[i], one) for i, one in enumerate(found) if not one[2]]
    # The first one has fewer calls: there is nothing to remove.
    assert [status for status, _, _ in found].count(-signal.SIGKILL) >= (len(found) // 2 if first else len(found) - 3)
    assert {state for _, state, _ in found} == {"none" if first else "old", "new"}


def can_mount() -> bool:
    return subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="no mounts in a user namespace here")
def test_a_disk_that_is_full_keeps_the_old_baseline_with_its_archive(saved, tmp_path):
    (tmp_path / "disk").mkdir()
    used_kb = sum(path.stat().st_size for path in saved.rglob("*") if path.is_file()) // 1024
    script = f'''mount -t tmpfs -o size={used_kb * 3 // 2}k none disk; cp -a "{saved}/baselines" disk
        set +e; (cd disk; "{programs.VBENCH}" save x "{TINY}" --budget 0.001 >/dev/null); echo "exit $?"
        echo disk/baselines/x.json | "{programs.ARCHIVE_CHECK}"; ls -A disk/baselines/.archive/x'''
    done = programs.run("unshare", "-rm", "sh", "-euc", script, cwd=tmp_path)
    name = archive(saved).name
    assert done.stdout.splitlines() == ["exit 2", f"disk/baselines/.archive/x/{name} 1", name]
    assert "cannot be copied into the archive" in done.stderr and done.stderr.endswith(": No space left on device.\n")
    assert len(done.stderr.splitlines()) == 1


def test_what_lies_beside_archives_stays(saved, tmp_path):
    work = Path(shutil.copytree(saved, tmp_path / "work"))
    (work / "baselines" / ".archive" / "x" / "notes").write_text("mine")
    (work / "baselines" / ".archive" / "other").mkdir()
    save(work, TINY)
    assert sorted(os.listdir(work / "baselines" / ".archive")) == ["other", "x"]
    assert "notes" in os.listdir(work / "baselines" / ".archive" / "x")
