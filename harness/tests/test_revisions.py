"""Old revisions, built as today's suites were: a small project with a history, in a folder of its repository."""
from __future__ import annotations

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

import programs
import projects

CHECK = programs.BUILD / "tests" / "revision_check"

PROJECT = projects.beginning() + projects.IMPORTED + """
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(FLAVOUR plain CACHE STRING "a part of the names")
include(${SETTINGS})
add_library(subject OBJECT subject.c)
function(suite name)
  vbench_add_suite(${name} SOURCES suite.c SUBJECT subject)
  target_compile_definitions(${name} PRIVATE NAME="${name}/${setting}/${FLAVOUR}")
endfunction()
suite(first)
"""
SUBJECT = "int subject(void);\nint subject(void) { return 1; }\n"


def git(folder: Path, *arguments: object) -> str:
    done = programs.run("git", "-c", "user.name=n", "-c", "user.email=e", "-c", "protocol.file.allow=always",
                        *arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def commit(folder: Path, subject: str, **files: str) -> str:
    """With these files in the project, a dot for each _; its number."""
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", subject)
    return git(folder, "rev-parse", "HEAD")


def build(project: Path, folder: Path, *flags: str) -> Path:
    """The suite `first` of today."""
    done = programs.run("cmake", "-S", project, "-B", folder, "-DCMAKE_BUILD_TYPE=Release",
                        f"-DSETTINGS={project}/settings.cmake", *flags, cwd=project)
    assert done.returncode == 0, done.stderr
    done = programs.run("cmake", "--build", folder, cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "bin" / "first"


@dataclass
class History:
    repository: Path
    today: Path  # a suite
    commits: "dict[str, str]"


@pytest.fixture(scope="module")
def history(tmp_path_factory) -> History:
    """Today's sources are neither those of a commit, nor do they compile."""
    repository = tmp_path_factory.mktemp("a history")
    project = repository / "the project"
    project.mkdir()
    git(repository, "init", "-q")
    (repository / ".gitignore").write_text("build/\n")
    (project / ".gitignore").write_text("build/\n")
    commits = {"empty": commit(project, "Nothing measured yet",
                               CMakeLists_txt="cmake_minimum_required(VERSION 3.25)\nproject(p LANGUAGES NONE)\n")}
    commits["good"] = commit(project, "One suite `first`; its\x01subject is quite long, so that nobody wants to read it all",
                             CMakeLists_txt=PROJECT, subject_c=SUBJECT, settings_cmake="set(setting old)\n",
                             suite_c=projects.suite("{.name = NAME, .fn = nothing}"))
    commits["unbuildable"] = commit(project, "Broken", subject_c="int subject(void) { return one; }\n")
    commits["unconfigurable"] = commit(project, "Worse", subject_c=SUBJECT,
                                       CMakeLists_txt=PROJECT + 'message(FATAL_ERROR "It is not\n wanted.")\n')
    commits["unreadable"] = commit(project, "Its subject is a shared library",
                                   CMakeLists_txt=PROJECT.replace("subject OBJECT", "subject SHARED"))
    commits["today"] = commit(project, "Two suites", CMakeLists_txt=PROJECT + "suite(second)\n",
                              settings_cmake="set(setting new)\n")
    today = build(project, project / "build", "-DFLAVOUR=hot_spicy", "-DCMAKE_C_FLAGS=-fno-strict-overflow")
    (project / "subject.c").write_text("not C at all\n")
    return History(repository, today, commits)


def check(cache: Path, revision: str, suite: Path, **changes: str) -> "subprocess.CompletedProcess[str]":
    return programs.run(CHECK, cache, revision, suite, cwd=cache.parent, **changes)


def start(cache: Path, revision: str, suite: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen([CHECK, cache, revision, suite], cwd=cache.parent, env=programs.environment(),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            encoding="utf-8", start_new_session=True)


def worktrees(repository: Path) -> "list[str]":
    return [line for line in git(repository, "worktree", "list", "--porcelain").splitlines() if line.startswith("worktree")]


def nothing_is_left(history: History, cache: Path, *kept: str) -> bool:
    """But what has these suffixes."""
    return len(worktrees(history.repository)) == 1 and not list(history.repository.glob(".git/worktrees/*")) and [
        path.suffix for path in sorted(cache.iterdir())] == list(kept)


# --- a good one

@dataclass
class Built:
    cache: Path
    done: "subprocess.CompletedProcess[str]"

    @property
    def lines(self) -> "list[str]":
        return self.done.stdout.splitlines()


@pytest.fixture(scope="module")
def built(history, tmp_path_factory) -> Built:
    cache = tmp_path_factory.mktemp("built") / "the [cache]"  # not a pattern
    done = check(cache, history.commits["good"][:9], history.today)
    assert done.returncode == 0, done.stderr
    assert nothing_is_left(history, cache, ".entry")
    return Built(cache, done)


def test_a_revision_is_a_commit_in_full(history, built):
    assert built.lines[0] == history.commits["good"]


def test_its_suites_are_those_of_then(built):
    assert [Path(path).name for path in built.lines[1:]] == ["first"]


def test_a_suite_is_of_the_sources_and_files_of_then_and_of_todays_options(built, tmp_path):
    assert programs.vbench("list", built.lines[1], cwd=tmp_path).stdout == "first/old/hot_spicy\n"


def test_a_suite_is_compiled_with_todays_flags(built):
    recipe = programs.load(Path(built.lines[1] + ".link.json"))
    assert {"-O3", "-fno-strict-overflow"} <= set(recipe["compiler_flags"].split())


def test_one_line_says_what_takes_so_long(history, built):
    assert built.done.stderr == (f"vbench: building {history.commits['good'][:10]} (One suite `first`; its subject is quite "
                                 "long, so that nobod..), once; this takes as long as a build does ...\n")


def test_it_is_built_once(history, built):
    again = check(built.cache, history.commits["good"], history.today)
    assert (again.returncode, again.stdout, again.stderr) == (0, built.done.stdout, "")


def test_a_hooks_variables_do_not_matter(history, built):
    again = check(built.cache, "HEAD~4", history.today, GIT_DIR="/nowhere", GIT_WORK_TREE="/nowhere")
    assert (again.returncode, again.stdout) == (0, built.done.stdout)


def test_a_damaged_one_is_built_again(history, built, tmp_path):
    cache = tmp_path / "cache"
    shutil.copytree(built.cache, cache)
    suite, = cache.glob("*/archive/first")
    suite.write_text("damaged")
    done = check(cache, history.commits["good"], history.today)
    assert (done.returncode, done.stdout.splitlines()[1:]) == (0, [str(suite)])
    assert programs.vbench("list", suite, cwd=tmp_path).stdout == "first/old/hot_spicy\n"


def test_another_configuration_is_another_build_and_of_todays_revision_too(history, built, tmp_path):
    project = tmp_path / "clone" / "the project"
    git(tmp_path, "clone", "-q", history.repository, "clone")
    done = check(built.cache, "HEAD", build(project, tmp_path / "beside"))
    assert done.returncode == 0, done.stderr
    suites = done.stdout.splitlines()[1:]
    assert [programs.vbench("list", suite, cwd=tmp_path).stdout for suite in suites] == [
        "first/new/plain\n", "second/new/plain\n"]
    assert len(list(built.cache.iterdir())) == 2


@pytest.mark.skipif(not shutil.which("ninja"), reason="ninja is not installed")
@pytest.mark.parametrize("generator, folder", [("Ninja", "bin"), ("Ninja Multi-Config", "bin/Release")])
def test_it_is_built_by_todays_generator(history, tmp_path, generator, folder):
    project = tmp_path / "clone" / "the project"
    git(tmp_path, "clone", "-q", history.repository, "clone")
    build(project, tmp_path / "build", "-G", generator, "-DCMAKE_CONFIGURATION_TYPES=Release;Debug")
    done = check(tmp_path / "cache", history.commits["good"], tmp_path / "build" / folder / "first")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2), done.stderr
    recipe = programs.load(Path(done.stdout.splitlines()[1] + ".link.json"))
    assert (recipe["build_type"], "-O3" in recipe["compiler_flags"]) == ("Release", True)


def test_a_suite_whose_recipe_does_not_name_the_build_folder_is_below_it(history, built):
    path = history.today.with_name("first.link.json")
    text = path.read_text()
    try:
        path.write_text(text.replace('"build_folder"', '"no_folder"'))
        again = check(built.cache, history.commits["good"], history.today)
    finally:
        path.write_text(text)
    assert (again.returncode, again.stdout) == (0, built.done.stdout)


def test_submodules_are_there(tmp_path):
    part, project = tmp_path / "part", tmp_path / "project"
    for folder in (part, project):
        folder.mkdir()
        git(folder, "init", "-q")
    commit(part, "part", subject_c=SUBJECT)
    git(project, "submodule", "add", "-q", part, "part")
    commit(project, "all", CMakeLists_txt=PROJECT.replace("subject.c", "part/subject.c"), settings_cmake="",
           suite_c=projects.suite("{.name = NAME, .fn = nothing}"))
    done = check(tmp_path / "cache", "HEAD", build(project, project / "build"), GIT_CONFIG_COUNT="1",
                 GIT_CONFIG_KEY_0="protocol.file.allow", GIT_CONFIG_VALUE_0="always")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2), done.stderr
    assert len(worktrees(project)) == 1 and not list(project.glob(".git/worktrees/*"))


def test_several_may_be_built_at_once(history, tmp_path):
    cache = tmp_path / "cache"
    revisions = [history.commits[name] for name in ("good", "good", "empty")]
    running = [start(cache, revision, history.today) for revision in revisions]
    said = [process.communicate() for process in running]
    assert [process.returncode for process in running] == [0, 0, 2], said
    assert said[0][0] == said[1][0] and nothing_is_left(history, cache, ".entry")


# --- what cannot be built

def refused(history: History, tmp_path: Path, revision: str) -> str:
    cache = tmp_path / "cache"
    done = check(cache, history.commits.get(revision, revision), history.today)
    assert (done.returncode, done.stdout) == (2, "")
    *announced, sentence = done.stderr.splitlines()
    assert len(announced) <= 1 and sentence.endswith(".")
    assert nothing_is_left(history, cache, *[".log"] * sentence.endswith(".log."))
    return sentence


@pytest.mark.parametrize("revision", ["nothing", "--help", "", "HEAD:suite.c"])
def test_an_unknown_revision_is_refused(history, tmp_path, revision):
    assert refused(history, tmp_path, revision) == f"vbench: The repository {history.repository} has no revision {revision}."


def test_a_revision_from_before_the_suites_is_refused(history, tmp_path):
    assert (f"The revision {history.commits['empty'][:10]} has no suite with a recipe where today's suites lie "
            "(bin in the build folder); it is from before") in refused(history, tmp_path, "empty")


def test_what_does_not_compile_is_refused_with_the_compilers_words_and_the_whole_log(history, tmp_path):
    sentence = refused(history, tmp_path, "unbuildable")
    start, log = sentence.rstrip(".").split("; all that was said is in ")
    assert "cannot be built: the project/subject.c:1:" in start and "error: " in start and "one" in start
    assert "error: " in Path(log).read_text() and "Configuring done" in Path(log).read_text()


def test_what_cannot_be_configured_is_refused_with_cmakes_words(history, tmp_path):
    sentence = refused(history, tmp_path, "unconfigurable")
    assert "cannot be configured: CMake Error at CMakeLists.txt" in sentence and "It is not" in sentence


def test_a_suite_of_a_shared_library_is_refused(history, tmp_path):
    assert "first of the revision" in refused(history, tmp_path, "unreadable")


def test_a_shallow_clone_says_how_to_get_the_rest(history, tmp_path):
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{history.repository}", "clone")
    done = check(tmp_path / "cache", history.commits["good"],
                 build(tmp_path / "clone" / "the project", tmp_path / "build"))
    programs.assert_refused(done, "it is a shallow clone", "`git fetch --unshallow`")


def test_sources_outside_of_a_repository_have_no_revisions(history, tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    for name in ("CMakeLists.txt", "settings.cmake", "suite.c"):
        shutil.copy(history.repository / "the project" / name, project)
    (project / "subject.c").write_text(SUBJECT)
    done = check(tmp_path / "cache", "HEAD", build(project, tmp_path / "build"), GIT_CEILING_DIRECTORIES=str(tmp_path))
    programs.assert_refused(done, f"git knows no revisions of the sources in {project}", "not a git repository")


def test_without_git_it_is_told(history, tmp_path):
    programs.assert_refused(check(tmp_path / "cache", "HEAD", history.today, PATH="/nowhere"), "git cannot be started")


@pytest.mark.parametrize("recipe", [True, False], ids=["moved", "without a recipe"])
def test_suites_that_are_of_no_build_folder_are_refused(history, tmp_path, recipe):
    suite = programs.copy_suite(history.today, tmp_path / "moved")
    if not recipe:
        suite.with_name("first.link.json").unlink()
    programs.assert_refused(check(tmp_path / "cache", "HEAD", suite),
                            "None of the suites lies in the build folder" if recipe else "a recipe of a CMake build")


# --- what is killed or interrupted

def reached(cache: Path, pattern: str) -> bool:
    def found() -> list[Path]:
        try:
            return list(cache.glob(f"*.unfinished/{pattern}"))
        except FileNotFoundError:  # a folder that cmake has removed since it was listed
            return []

    return programs.wait_until(found, 60) != []


MOMENTS = ["source", "source/*/CMakeLists.txt", "build/CMakeCache.txt", "build/**/*.o"]


def test_what_was_killed_at_any_moment_is_cleaned_up_by_the_next(history, tmp_path):
    cache = tmp_path / "cache"
    killed = []
    for moment in MOMENTS:
        running = start(cache, history.commits["good"], history.today)
        assert reached(cache, moment)
        running.kill()
        running.communicate()
        killed.append(running.returncode)
        assert len(worktrees(history.repository)) <= 2
    assert killed == [-signal.SIGKILL] * len(MOMENTS)
    done = programs.wait_until(lambda: not processes_below(cache))
    assert done, "what it started goes on"
    assert check(cache, history.commits["good"], history.today).returncode == 0
    assert nothing_is_left(history, cache, ".entry")


def processes_below(folder: Path) -> "list[int]":
    """Those that run there."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(process / "cwd").startswith(f"{folder}/"):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def test_a_worktree_whose_making_was_killed_is_forgotten(history, tmp_path):
    """git locks one while it makes it."""
    cache = tmp_path / "cache"
    lost = cache / "revision-abc.1.0.unfinished" / "source"
    git(history.repository, "worktree", "add", "-q", "--detach", "--lock", lost)
    shutil.rmtree(lost.parent)
    assert check(cache, history.commits["good"], history.today).returncode == 0
    assert nothing_is_left(history, cache, ".entry")


def test_the_users_own_worktree_on_a_disk_that_is_away_is_not_forgotten(history, tmp_path):
    own = tmp_path / "own"
    git(history.repository, "worktree", "add", "-q", "--detach", own)
    own.rename(tmp_path / "away")
    check(tmp_path / "cache", history.commits["empty"], history.today)
    listed = worktrees(history.repository)
    (tmp_path / "away").rename(own)
    git(history.repository, "worktree", "remove", own)
    assert f"worktree {own}" in listed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("moment", ["source/*/CMakeLists.txt", "build/**/*.o"])
def test_an_interrupt_leaves_nothing(history, tmp_path, number, moment):
    cache = tmp_path / "cache"
    running = start(cache, history.commits["good"], history.today)
    assert reached(cache, moment)
    os.kill(running.pid, number)
    said = running.communicate()[1]
    assert (running.returncode, said.splitlines()[1:]) == (128 + number, ["vbench: interrupted."])
    assert nothing_is_left(history, cache) and not processes_below(cache)
