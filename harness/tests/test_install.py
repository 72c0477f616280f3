"""`make install`: what lies in the prefix, and that projects of others build and measure with it alone.

The prefix has a blank in its path, and is moved to another place before it is used.
"""
from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

import programs
import projects
from programs import ROOT

EXAMPLES = ROOT / "harness" / "examples"
VERSION = re.search(r"project\(vbench VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]

INSTALLED = {
    "bin/vbench",
    "include/vbench/vbench.h",
    "lib/libvbench.a",
    "lib/cmake/vbench/vbench-config-version.cmake",
    "lib/cmake/vbench/vbench-config.cmake",
    "lib/cmake/vbench/vbench-targets-release.cmake",
    "lib/cmake/vbench/vbench-targets.cmake",
    "lib/cmake/vbench/vbench_add_suite.cmake",
    "lib/cmake/vbench/vbench_add_variant.cmake",
    "lib/cmake/vbench/vbench_compile_flags.cmake",
    "lib/cmake/vbench/vbench_links.cmake",
    "lib/pkgconfig/vbench.pc",
    "lib/vbench/libvbench_allocations.so",
    "lib/vbench/noise",
    "share/doc/vbench/LICENSE",
    "share/doc/vbench/README.md",
    "share/vbench/baselines/schema.json",
    "share/vbench/reports/vbench-report",
    "share/vbench/scripts/find_python.sh",
}


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts}


def run(*command, cwd: Path, **changes: str) -> "subprocess.CompletedProcess[str]":
    """As from a shell: what a make around these tests hands down is not there."""
    return programs.run("env", "-u", "MAKEFLAGS", "-u", "MFLAGS", "-u", "MAKELEVEL", "-u", "BUDGET", *command,
                        cwd=cwd, **changes)


def succeeds(*command, cwd: Path, **changes: str) -> str:
    done = run(*command, cwd=cwd, **changes)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def prefixes(tmp_path_factory) -> tuple[Path, Path]:
    """Where it was installed to, and where it is now."""
    folder = tmp_path_factory.mktemp("install")
    first, second = folder / "a prefix", folder / "moved" / "an other prefix"
    succeeds("make", "install", f"PREFIX={first}", cwd=ROOT)
    second.parent.mkdir()
    first.rename(second)
    return first, second


@pytest.fixture(scope="module")
def prefix(prefixes) -> Path:
    return prefixes[1]


# --- what lies there

def test_exactly_what_is_meant_is_installed(prefix):
    package = {f"share/vbench/reports/vbench_report/{name}" for name in files_below(ROOT / "reports/vbench_report")}
    examples = {f"share/doc/vbench/examples/{name}" for name in files_below(EXAMPLES)}
    assert files_below(prefix) == INSTALLED | package | examples


BINARIES = ["bin/vbench", "lib/libvbench.a", "lib/vbench/libvbench_allocations.so", "lib/vbench/noise"]


def paths_of_the_build(prefixes) -> list[bytes]:
    return [str(path).encode() for path in (ROOT, prefixes[0])]


def test_no_installed_text_names_a_path_of_the_build(prefixes):
    named = [name for name in files_below(prefixes[1]) - set(BINARIES)
             if any(path in (prefixes[1] / name).read_bytes() for path in paths_of_the_build(prefixes))]
    assert named == []


@pytest.mark.parametrize("name", BINARIES)
def test_an_installed_binary_names_paths_of_the_build_for_the_debugger_only(prefixes, name, tmp_path):
    succeeds("objcopy", "--strip-debug", prefixes[1] / name, tmp_path / "stripped", cwd=tmp_path)
    content = (tmp_path / "stripped").read_bytes()
    assert not [path for path in paths_of_the_build(prefixes) if path in content]


# --- versions

def test_pkg_config_knows_the_projects_version(prefix, tmp_path):
    assert pkg_config(prefix, tmp_path, "--modversion") == [VERSION]


def test_the_installed_program_has_the_projects_version(prefix, tmp_path):
    assert VERSION in succeeds(prefix / "bin/vbench", "--version", cwd=tmp_path).split()


def find_package(prefix: Path, folder: Path, *definitions: str, version: str = "0.1") -> str:
    """What CMake says, in one line."""
    (folder / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.25)\nproject(p LANGUAGES C)\n"
                                           f"find_package(vbench {version} REQUIRED)\n"
                                           'message(STATUS "found ${vbench_VERSION}.")\n')
    done = run("cmake", "-B", "build", f"-DCMAKE_PREFIX_PATH={prefix}", *definitions, cwd=folder)
    return " ".join((done.stdout + done.stderr).split())


def test_find_package_finds_the_projects_version(prefix, tmp_path):
    assert f"found {VERSION}." in find_package(prefix, tmp_path)


def test_find_package_refuses_another_minor_version(prefix, tmp_path):
    assert 'compatible with requested version "0.0"' in find_package(prefix, tmp_path, version="0.0")


def test_find_package_says_that_google_benchmark_is_missing(prefix, tmp_path):
    said = find_package(prefix, tmp_path, "-DCMAKE_DISABLE_FIND_PACKAGE_benchmark=ON")
    assert "was not found; install it (Debian's package libbenchmark-dev), or name its folder in benchmark_DIR." in said


def test_find_package_refuses_another_google_benchmark(prefix, tmp_path):
    (tmp_path / "benchmark-config.cmake").write_text("")
    (tmp_path / "benchmark-config-version.cmake").write_text(
        "set(PACKAGE_VERSION 99.8.7)\nset(PACKAGE_VERSION_COMPATIBLE TRUE)\n")
    said = find_package(prefix, tmp_path, f"-Dbenchmark_DIR={tmp_path}")
    assert re.search(r"This vbench was built with Google Benchmark \S+, but 99\.8\.7 was found in", said)


# --- the program and its report generator

def text_of(page: Path) -> str:
    return re.sub(r"<[^>]*>", "", page.read_text())


@pytest.fixture(scope="module")
def zlib(prefix, tmp_path_factory) -> Path:
    """The example, built."""
    folder = tmp_path_factory.mktemp("zlib") / "zlib"
    shutil.copytree(prefix / "share/doc/vbench/examples/zlib", folder)
    succeeds("cmake", "-B", "build", f"-DCMAKE_PREFIX_PATH={prefix}", "-DBUDGET=0.02", cwd=folder)
    succeeds("cmake", "--build", "build", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def zlib_result(prefix, zlib):
    succeeds(prefix / "bin/vbench", "run", "build/zlib_bench", "--budget", "0.02", "--processes", "2",
             "--json", "result.json", cwd=zlib)
    return programs.load(zlib / "result.json")


ZLIB_NAMES = [f"{case}/{size}/{level}" for case in ("compress", "inflate") for size in (4096, 65536)
              for level in (1, 9)] + ["crc32/4096", "crc32/65536"]


def test_the_zlib_example_lists_its_benchmarks(prefix, zlib):
    assert succeeds(prefix / "bin/vbench", "list", "build/zlib_bench", cwd=zlib).splitlines() == ZLIB_NAMES


@pytest.mark.parametrize("name", ZLIB_NAMES)
def test_the_zlib_example_is_measured(zlib_result, name):
    entry = programs.entries(zlib_result)[name]
    assert entry["status"] == "ok" and entry["bytes_per_sec"] > 0


def test_the_zlib_examples_recipe_names_the_shared_library(zlib):
    recipe = programs.load(zlib / "build/zlib_bench.link.json")
    assert [Path(path).name for path in recipe["subject_shared"]] == ["libz.so"] and recipe["layout"] == "fixed"


def test_a_suite_of_a_project_in_c_alone_is_linked_again_by_its_recipe(prefix, zlib, tmp_path):
    done = programs.link(programs.load(zlib / "build/zlib_bench.link.json"), tmp_path / "again")
    assert done.returncode == 0, done.stderr
    assert succeeds(prefix / "bin/vbench", "list", "./again", cwd=tmp_path).splitlines() == ZLIB_NAMES


def test_the_zlib_examples_target_measures_and_writes_a_report(zlib):
    said = succeeds("cmake", "--build", "build", "--target", "bench", cwd=zlib)
    assert "compress/65536/9" in said and "compress/65536/9" in text_of(zlib / "build/report/index.html")


def test_the_installed_report_generator_makes_the_report(prefix, zlib, zlib_result, tmp_path):
    assert succeeds(prefix / "bin/vbench", "report", zlib / "result.json", "--out", "page",
                    cwd=tmp_path) == "Report: page/index.html\n"


def test_the_report_is_found_through_a_link_to_the_program(prefix, zlib, zlib_result, tmp_path):
    (tmp_path / "vbench").symlink_to(prefix / "bin/vbench")
    succeeds("./vbench", "report", zlib / "result.json", "--out", "page", cwd=tmp_path)
    assert (tmp_path / "page/index.html").is_file()


def test_a_program_without_its_report_generator_says_where_that_should_be(prefix, zlib, zlib_result, tmp_path):
    (tmp_path / "bin").mkdir()
    alone = shutil.copy2(prefix / "bin/vbench", tmp_path / "bin")
    done = run(alone, "report", zlib / "result.json", "--out", "page", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, (
        f"vbench: the report generator {tmp_path}/bin/../share/vbench/reports/vbench-report cannot be started: "
        "No such file or directory; name it in VBENCH_REPORT_PROGRAM.\n"))


def test_an_installed_program_without_suites_beside_it_says_what_to_name(prefix, tmp_path):
    done = run(prefix / "bin/vbench", "list", cwd=tmp_path)
    assert done.returncode == 2 and "name the suites' executables" in done.stderr


def test_the_installed_doctor_has_its_noise_suite_and_finds_python(prefix, tmp_path):
    said = succeeds(prefix / "bin/vbench", "doctor", "--budget", "0.2", cwd=tmp_path)
    assert "This machine can see a change of about " in said and "has all that reports need." in said


# --- plain make and pkg-config

def pkg_config(prefix: Path, folder: Path, *arguments: str) -> list[str]:
    return shlex.split(succeeds("pkg-config", *arguments, "vbench", cwd=folder,
                                PKG_CONFIG_PATH=str(prefix / "lib/pkgconfig")))


@pytest.fixture(scope="module")
def plain_make(prefix, tmp_path_factory) -> "tuple[Path, str]":
    """The example, built and measured, and what that printed."""
    folder = tmp_path_factory.mktemp("plain") / "plain_make"
    shutil.copytree(prefix / "share/doc/vbench/examples/plain_make", folder)
    return folder, succeeds("make", "bench", "BUDGET=0.02", cwd=folder, PKG_CONFIG_PATH=str(prefix / "lib/pkgconfig"))


def test_the_makefile_has_at_most_20_lines():
    assert len((EXAMPLES / "plain_make/Makefile").read_text().splitlines()) <= 20


def test_the_make_example_is_measured(plain_make):
    assert re.findall(r"^(find/\S+) +\d", plain_make[1], re.M) == ["find/at_the_end/64", "find/at_the_end/4096"]


def test_the_make_example_writes_a_report(plain_make):
    assert "find/at_the_end/4096" in text_of(plain_make[0] / "report/index.html")


def test_the_make_example_calls_no_cxx_compiler(plain_make):
    compilers = [shlex.split(line)[0] for line in plain_make[1].splitlines() if " -o " in line]
    assert compilers == ["cc", "cc", "cc"]


def suite_with(axis: str) -> str:
    return projects.suite(f'{{.name = "nothing", .fn = nothing, .axes = {{{axis}}}}}',
                          before='static const vb_axis sizes = VB_VALUES("size", 8, 1024);')


@pytest.mark.parametrize("how", [(), ("--static",)], ids=["shared", "static"])
@pytest.mark.parametrize("compiler, suffix, axis", [("cc", ".c", 'VB_VALUES("size", 8, 1024)'),
                                                    ("c++", ".cc", "sizes")], ids=["C", "C++"])
def test_a_suite_is_built_by_pkg_config(prefix, tmp_path, how, compiler, suffix, axis):
    suite = tmp_path / f"suite{suffix}"
    suite.write_text(suite_with(axis))
    standard = ["-std=c++20"] if compiler == "c++" else []
    succeeds(compiler, *standard, suite, *pkg_config(prefix, tmp_path, *how, "--cflags", "--libs"), "-o", "suite",
             cwd=tmp_path)
    assert succeeds(prefix / "bin/vbench", "list", "./suite", cwd=tmp_path) == "nothing/8\nnothing/1024\n"


# --- a project with C++

def test_a_suite_in_cxx_is_built_by_find_package(prefix, tmp_path):
    (tmp_path / "suite.cc").write_text(suite_with("sizes"))
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(p LANGUAGES C CXX)\nset(CMAKE_CXX_STANDARD 20)\n"
        "find_package(vbench 0.1 REQUIRED)\nvbench_add_suite(suite SOURCES suite.cc)\n")
    succeeds("cmake", "-B", "build", f"-DCMAKE_PREFIX_PATH={prefix}", cwd=tmp_path)
    succeeds("cmake", "--build", "build", cwd=tmp_path)
    assert succeeds(prefix / "bin/vbench", "list", "build/suite", cwd=tmp_path) == "nothing/8\nnothing/1024\n"
