"""scripts/setup.sh, on systems made of links to a few real tools and of fake ones."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETUP = ROOT / "scripts" / "setup.sh"
TOOLS = ("sh", "dirname", "env", "mktemp", "rm", "tail", "cat")

# What both purposes need; of the Python modules, a system's own interpreter may have some.
NEEDED = {"gcc", "g++", "make", "cmake", "pkg-config", "git", "gnuplot-nox", "libjansson-dev", "libgsl-dev",
          "libdw-dev", "libmicrohttpd-dev", "libcurl4-openssl-dev", "nettle-dev", "libbenchmark-dev", "libcmocka-dev"}
NEEDED_BY_TESTS = {"clang", "llvm", "libclang-rt-dev", "binutils", "procps", "strace", "prometheus", "ninja-build", "gcovr", "zlib1g-dev",
                   "lld", "chromium", "chromium-driver"}
NEEDED_BY_PEERS = {"cargo", "rustc"}
# A file of a package that this machine happens to have counts as there.
PERHAPS_THERE = {"libbenchmark-tools", "librust-criterion-dev", "fonts-dejavu-core"}


def setup(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([SETUP, *arguments], env=os.environ | variables, stdin=subprocess.DEVNULL, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


class System:
    """A PATH of its own."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.calls = folder / "calls"
        self.bin.mkdir()
        for name in TOOLS:
            (self.bin / name).symlink_to(shutil.which(name))

    def fake(self, name: str, body: str) -> None:
        """A program that notes its name and arguments, then does this."""
        (self.bin / name).write_text(f'#!/bin/sh\necho "{name} $*" >>"{self.calls}"\n{body}\n')
        (self.bin / name).chmod(0o755)

    def link(self, name: str) -> None:
        (self.bin / name).symlink_to(shutil.which(name))

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []

    def setup(self, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return setup(*arguments, PATH=str(self.bin), **variables)


@pytest.fixture()
def bare(tmp_path):
    """No package manager."""
    return System(tmp_path)


@pytest.fixture()
def debian(tmp_path):
    """apt-get, and a user who is root."""
    system = System(tmp_path)
    system.fake("apt-get", "echo 'much that nobody wants to read'")
    system.fake("id", "echo 0")
    return system


def installed(system: System) -> set[str]:
    """The packages that apt-get was told to install."""
    calls = [line for line in system.called() if line.startswith("apt-get install ")]
    assert len(calls) == 1
    return {word for word in calls[0].split()[2:] if not word.startswith("-")}


def without_python(packages: set[str]) -> set[str]:
    return {name for name in packages if not name.startswith("python3")}


@pytest.mark.parametrize("purpose", ["bench", "test", "coverage"])
def test_it_says_nothing_where_nothing_is_missing(purpose):
    done = setup(purpose)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_unknown_purpose_is_refused_with_its_name(bare):
    done = bare.setup("everything")
    assert done.returncode == 2 and re.fullmatch(r'setup\.sh: .*"everything".*\.\n', done.stderr)


@pytest.mark.parametrize("purpose, needed", [("bench", NEEDED), ("test", NEEDED | NEEDED_BY_TESTS),
                                             ("coverage", NEEDED | NEEDED_BY_TESTS), ("peers", NEEDED | NEEDED_BY_PEERS)])
def test_without_apt_get_it_lists_the_packages(bare, purpose, needed):
    done = bare.setup(purpose)
    listed = set(done.stderr.rpartition(":")[2].split())
    assert done.returncode == 2 and without_python(listed) - PERHAPS_THERE == needed


def test_without_apt_get_it_says_so_in_one_line(bare):
    assert re.fullmatch(r"setup\.sh: this system has no apt-get; .*\n", bare.setup("bench").stderr)


def test_without_an_interpreter_the_python_packages_are_needed(debian):
    done = debian.setup("bench", VBENCH_PYTHON="/missing/python3")
    assert done.returncode == 2 and "VBENCH_PYTHON is '/missing/python3'" in done.stderr


def test_the_users_own_interpreter_is_not_replaced(debian):
    debian.setup("bench", VBENCH_PYTHON="/missing/python3")
    assert "apt-get" not in " ".join(debian.called())


def test_it_installs_exactly_what_is_missing(debian):
    for name in ("cc", "c++", "make", "git"):
        debian.link(name)
    debian.setup("bench")
    assert without_python(installed(debian)) == NEEDED - {"gcc", "g++", "make", "git"}


def test_what_is_installed_is_what_it_names(debian):
    done = debian.setup("bench")
    assert re.fullmatch(r"Installing Debian packages:( \S+)+\n", done.stdout) and set(
        done.stdout.partition(":")[2].split()) == installed(debian)


def test_an_installation_that_works_is_exit_code_0(debian):
    done = debian.setup("bench")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_library_that_pkg_config_does_not_know_is_missing(debian):
    debian.fake("pkg-config", '[ "$2" != gsl ]')
    debian.setup("bench")
    assert {name for name in installed(debian) if name.startswith("lib")} == {"libgsl-dev"}


def test_each_package_is_named_once(debian):
    debian.setup("test")
    words = next(line for line in debian.called() if line.startswith("apt-get install ")).split()
    assert len(words) == len(set(words))


def test_the_lists_are_renewed_before_the_installation(debian):
    debian.setup("bench")
    calls = [line.split()[1] for line in debian.called() if line.startswith("apt-get")]
    assert calls == ["update", "install"]


def test_a_user_who_is_not_root_installs_through_sudo(debian):
    debian.fake("id", "echo 1000")
    debian.fake("sudo", 'exec "$@"')
    debian.setup("bench")
    assert [line.split()[1] for line in debian.called() if line.startswith("sudo")] == ["apt-get", "env"]


def test_root_needs_no_sudo(debian):
    debian.fake("sudo", 'exec "$@"')
    debian.setup("bench")
    assert not [line for line in debian.called() if line.startswith("sudo")]


def test_without_root_and_sudo_it_says_what_to_run(debian):
    debian.fake("id", "echo 1000")
    done = debian.setup("bench")
    assert done.returncode == 2 and re.fullmatch(
        r"setup\.sh: neither root nor sudo; as root, run: apt-get install( \S+)+\n", done.stderr)


def test_without_root_and_sudo_nothing_is_installed(debian):
    debian.fake("id", "echo 1000")
    debian.setup("bench")
    assert not [line for line in debian.called() if line.startswith("apt-get")]


@pytest.fixture()
def failing(debian):
    debian.fake("apt-get", 'echo "E: Unable to locate package $1"; [ "$1" = update ]')
    return debian


def test_an_apt_get_that_fails_is_exit_code_2(failing):
    assert failing.setup("bench").returncode == 2


def test_the_last_words_of_an_apt_get_that_fails_are_shown(failing):
    assert "E: Unable to locate package install" in failing.setup("bench").stderr.splitlines()


def test_an_apt_get_that_fails_leaves_the_list_of_packages(failing):
    last = failing.setup("bench").stderr.splitlines()[-1]
    assert last.startswith("setup.sh: apt-get could not install them") and set(
        last.rpartition(":")[2].split()) == installed(failing)
