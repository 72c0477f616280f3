"""vbench as a user calls it: what it prints, what it refuses, what it writes and what it leaves alone."""
from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import programs
from programs import FAULTY, RING, VBENCH, assert_refused, vbench

ONE = ("--filter", "^ring_buffer/push_pop/64$", "--budget", "0.05")
COMMANDS = ("list", "run", "save", "compare", "report")


# --- help and version

def test_help_names_every_command(tmp_path):
    done = vbench("--help", cwd=tmp_path)
    assert done.returncode == 0 and not [c for c in COMMANDS if f"\n  {c} " not in done.stdout]


@pytest.mark.parametrize("words", [("help",), ("--help",)])
def test_help_gives_the_exit_codes(words, tmp_path):
    assert "exit codes: 0 done, no regression; 1 " in vbench(*words, cwd=tmp_path).stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_a_commands_help_shows_its_usage(command, tmp_path):
    done = vbench(command, "--help", cwd=tmp_path)
    assert done.returncode == 0 and done.stdout.startswith(f"usage: vbench {command} ")


@pytest.mark.parametrize("command, option, taken", [
    ("list", "--filter", True), ("list", "--budget", False), ("run", "--json", True), ("save", "--json", False),
    ("save", "--baselines", True), ("report", "--out", True), ("report", "--filter", False)])
def test_a_commands_help_lists_the_options_that_it_takes(command, option, taken, tmp_path):
    assert (f"\n  {option} " in vbench(command, "--help", cwd=tmp_path).stdout) is taken


@pytest.mark.parametrize("words", [("--version",), ("run", "--version")])
def test_version_is_one_line(words, tmp_path):
    done = vbench(*words, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "") and re.fullmatch(r"vbench \d+\.\d+\.\d+\n", done.stdout)


# --- list

def test_list_prints_the_engines_benchmarks_one_a_line(tmp_path):
    assert {"ring_buffer/push_pop/1024", "ring_bulk_throughput/1M_ops", "ring_bulk_throughput/10M_ops",
            "ring_spsc_cross_thread"} <= set(vbench("list", RING, cwd=tmp_path).stdout.splitlines())


def test_list_finds_the_suites_beside_vbench(tmp_path):
    assert "ring_buffer/push_pop/1024" in vbench("list", cwd=tmp_path).stdout.splitlines()


def test_list_keeps_the_order_of_suites_and_tables(tmp_path):
    both = vbench("list", FAULTY, RING, cwd=tmp_path).stdout
    assert both == vbench("list", FAULTY, cwd=tmp_path).stdout + vbench("list", RING, cwd=tmp_path).stdout


def test_list_appends_thread_counts_to_names(tmp_path):
    assert "faulty/one_leaves_early/4_threads" in vbench("list", FAULTY, cwd=tmp_path).stdout.splitlines()


def test_a_filter_keeps_the_names_that_match(tmp_path):
    done = vbench("list", FAULTY, "--filter", "^good/(before|after)$", cwd=tmp_path)
    assert done.stdout.splitlines() == ["good/before", "good/after"]


def test_a_filter_matches_anywhere_in_the_name(tmp_path):
    assert vbench("list", FAULTY, "--filter", "efor", cwd=tmp_path).stdout == "good/before\n"


def test_a_suite_may_be_named_without_a_folder(tmp_path):
    programs.copy_suite(RING, tmp_path)
    assert vbench("list", "ring", cwd=tmp_path).stdout == vbench("list", RING, cwd=tmp_path).stdout


# --- refusals

BAD_WORDS = {
    "no command": ((), ["command is missing"]),
    "unknown command": (("rum",), ['"rum"']),
    "unknown option": (("run", "--fliter", "x"), ['"--fliter"']),
    "unknown letter": (("run", "-x"), ['"-x"']),
    "another command's option": (("list", "--budget", "1"), ['"--budget"']),
    "option before the command": (("--budget", "1", "run"), ['"--budget"']),
    "option without its value": (("run", "--budget"), ["--budget"]),
    "value for a switch": (("run", "--no-pin=yes"), ["--no-pin"]),
    "empty filter": (("list", "--filter", "("), ["--filter", '"("', "regular expression"]),
    "report without a file": (("report",), ["result file"]),
    "report of two files": (("report", "a.json", "b.json"), ['"b.json"']),
    "save without a name": (("save",), ["name"]),
    "json into no file": (("run", "--json", ""), ["--json"]),
    "out into no folder": (("run", "--out", ""), ["--out"]),
}


@pytest.mark.parametrize("words, named", BAD_WORDS.values(), ids=BAD_WORDS)
def test_bad_usage_is_refused_in_one_sentence(words, named, tmp_path):
    assert_refused(vbench(*words, cwd=tmp_path), *named)


BAD_NUMBERS = [(option, value) for option, values in {
    "--budget": ("0", "-1", "x", "", "1x", "nan", "inf", "1e400", "1,5"),
    "--time-limit": ("0", "-1", "soon"),
    "--processes": ("0", "-1", "1.5", "x", "", "10001", "99999999999999999999", " 9"),
    "--seed": ("-1", "x", "1.5", "9223372036854775808"),
}.items() for value in values]


@pytest.mark.parametrize("option, value", BAD_NUMBERS)
def test_a_bad_number_is_refused_with_its_option(option, value, tmp_path):
    assert_refused(vbench("run", RING, *ONE, f"{option}={value}", cwd=tmp_path), option)


@pytest.mark.parametrize("command", [("list",), ("run",), ("save", "x")])
def test_a_filter_that_matches_nothing_is_refused(command, tmp_path):
    assert_refused(vbench(*command, RING, "--filter", "no such name", cwd=tmp_path), "--filter", '"no such name"',
                   "vbench list")


def test_a_suite_that_is_missing_is_refused(tmp_path):
    assert_refused(vbench("run", tmp_path / "missing", cwd=tmp_path), str(tmp_path / "missing"), "No such file")


def test_a_suite_that_is_not_executable_is_refused(tmp_path):
    (tmp_path / "plain").write_text("no program\n")
    assert_refused(vbench("run", tmp_path / "plain", cwd=tmp_path), str(tmp_path / "plain"))


@pytest.mark.parametrize("program", ["/bin/true", "/bin/cat", "/bin/ls"])
def test_a_program_that_is_no_suite_is_refused(program, tmp_path):
    done = vbench("run", program, "--time-limit", "2", cwd=tmp_path)
    assert_refused(done, Path(program).name, "does not list its benchmarks")


def test_a_program_that_never_speaks_is_refused_after_the_time_limit(tmp_path):
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nexec sleep 1000\n")
    silent.chmod(0o755)
    assert_refused(vbench("run", silent, "--time-limit", "0.3", cwd=tmp_path), "silent", "within 0.3 s")


def test_a_folder_is_no_suite(tmp_path):
    assert_refused(vbench("list", tmp_path, cwd=tmp_path), str(tmp_path))


def test_a_file_that_cannot_be_executed_is_no_suite(tmp_path):
    (tmp_path / "odd").write_bytes(b"\x7fELF odd")
    (tmp_path / "odd").chmod(0o755)
    assert_refused(vbench("list", tmp_path / "odd", cwd=tmp_path), "odd")


def test_a_recipe_that_is_no_json_is_refused(tmp_path):
    suite = programs.copy_suite(RING, tmp_path)
    (tmp_path / "ring.link.json").write_text("{")
    assert_refused(vbench("list", suite, cwd=tmp_path), "ring.link.json")


def test_two_suites_of_one_name_are_refused(tmp_path):
    assert_refused(vbench("list", RING, programs.copy_suite(RING, tmp_path / "twin"), cwd=tmp_path),
                   "Two suites have one name", str(RING), "/twin/ring")


def test_one_benchmarks_name_in_two_suites_is_refused(tmp_path):
    twin = programs.copy_suite(RING, tmp_path / "twin").rename(tmp_path / "twin" / "other")
    assert_refused(vbench("list", RING, twin, cwd=tmp_path), "Two suites", "ring_buffer/push_pop/1024")


def test_a_comparison_says_that_the_baseline_was_not_optimised_or_built_otherwise(tmp_path):
    assert vbench("save", "x", RING, *ONE, cwd=tmp_path).returncode == 0
    path = tmp_path / "baselines" / "x.json"
    document = programs.load(path)
    document["vbench"]["suites"][0].update(optimised="no", compiler="gcc 1.0")
    path.write_text(json.dumps(document))
    programs.leave_numbers(path)
    done = vbench("compare", "x", RING, *ONE, cwd=tmp_path)
    assert "warning: in the baseline the suite ring was not optimised\n" in done.stdout, done.stderr
    assert 'warning: the suite ring was built otherwise: its compiler was "gcc 1.0", now it is' in done.stdout


def test_benchmarks_that_the_baseline_lacks_are_told_before_they_are_measured(tmp_path):
    assert vbench("save", "x", RING, *ONE, cwd=tmp_path).returncode == 0
    programs.leave_numbers(tmp_path / "baselines" / "x.json")
    done = vbench("compare", "x", RING, "--filter", "push_pop/(64|1024)$", *ONE[2:], cwd=tmp_path)
    assert done.stderr.startswith("vbench: 1 of 2 benchmarks are not in baselines/x.json")


BAD_NAMES = ["a/b", "../a", "/a", ".", "..", ".a", "a b", "a\nb", "a\x1b[2J", "a\x7f", "ä", "", "a" * 101, "a:b", "a\\b"]


@pytest.mark.parametrize("name", BAD_NAMES, ids=map(ascii, BAD_NAMES))
def test_a_baselines_name_that_is_no_plain_file_name_is_refused(name, tmp_path):
    assert_refused(vbench("save", name, RING, *ONE, cwd=tmp_path), "cannot be the name of a baseline")


def test_a_baselines_name_may_not_begin_like_an_option(tmp_path):
    assert_refused(vbench("save", "--", "-a", RING, cwd=tmp_path), '"-a"')


def test_a_baseline_may_not_be_named_like_the_schema(tmp_path):
    assert_refused(vbench("save", "schema", RING, *ONE, cwd=tmp_path), "schema")


def test_a_baseline_of_few_processes_is_refused(tmp_path):
    assert_refused(vbench("save", "x", RING, *ONE, "--processes", "3", cwd=tmp_path), "--processes 3", "at least 9")


def test_a_folder_of_baselines_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    done = vbench("save", "x", RING, *ONE, "--baselines", tmp_path / "file" / "below", cwd=tmp_path)
    assert_refused(done, str(tmp_path / "file" / "below"))


@pytest.mark.parametrize("words", [("run", RING, "--json", "missing/x.json"),
                                   ("save", "x", RING, "--baselines", "/dev/null/x")], ids=str)
def test_a_place_that_cannot_be_written_is_refused_before_measuring(words, tmp_path):
    done = vbench(*words, "--budget", "3600", cwd=tmp_path)  # would outlast the test's time limit
    assert_refused(done, words[-1])


@pytest.mark.parametrize("words", [
    ("run", RING, "--budget", "x"), ("run", RING, "--filter", "("), ("save", "x", RING, "--filter", "no such name"),
    ("save", "../x", RING), ("run", "/bin/true", "--json", "x.json"), ("save", "x", "/bin/true")], ids=str)
def test_a_refusal_writes_nothing(words, tmp_path):
    vbench(*words, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


# --- run

@pytest.fixture(scope="module")
def plain_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain_run")
    return vbench("run", RING, *ONE, cwd=folder), folder


def test_run_ends_with_exit_code_0_and_a_quiet_stderr(plain_run):
    done, _ = plain_run
    assert (done.returncode, done.stderr) == (0, "")


def test_run_prints_a_row_for_the_benchmark(plain_run):
    done, _ = plain_run
    assert re.search(r"(?m)^ring_buffer/push_pop/64 +[\d.]+ (ns|µs|ms|s)  ± [\d.]+ %", done.stdout)


def test_run_prints_how_much_was_measured(plain_run):
    done, _ = plain_run
    assert re.search(r"1 benchmark, 9 processes each; measured .*, took .*\.\n$", done.stdout)


def test_run_says_nothing_of_a_debug_build_of_google_benchmark(plain_run):
    done, _ = plain_run
    assert "DEBUG" not in done.stdout + done.stderr


def test_run_writes_no_file_that_nobody_asked_for(plain_run):
    _, folder = plain_run
    assert programs.files_in(folder) == {}


def test_json_to_stdout_is_pure(tmp_path):
    done = vbench("run", RING, *ONE, "--json", "-", cwd=tmp_path)
    assert done.returncode == 0 and json.loads(done.stdout)["vbench"]["schema_version"] == 1


def test_with_json_on_stdout_the_table_goes_to_stderr(tmp_path):
    done = vbench("run", RING, *ONE, "--json", "-", cwd=tmp_path)
    assert done.stderr.splitlines()[1].startswith("ring_buffer/push_pop/64 ")


def test_json_to_stdout_is_pure_with_a_benchmark_that_prints(tmp_path):
    done = vbench("run", FAULTY, "--filter", "prints_much", "--budget", "0.05", "--json", "-", cwd=tmp_path)
    assert [row["name"] for row in json.loads(done.stdout)["vbench"]["benchmarks"]] == ["good/prints_much"]


def test_json_over_an_older_file_replaces_it_whole(tmp_path):
    (tmp_path / "x.json").write_text("x" * 1_000_000)
    vbench("run", RING, *ONE, "--json", "x.json", cwd=tmp_path)
    assert "vbench" in programs.load(tmp_path / "x.json")


def test_json_to_a_file_leaves_no_temporary_one(tmp_path):
    vbench("run", RING, *ONE, "--json", "x.json", cwd=tmp_path)
    assert list(programs.files_in(tmp_path)) == ["x.json"]


@pytest.mark.parametrize("path", ["missing/x.json", "file/x.json", "folder"])
def test_json_to_an_impossible_path_is_one_sentence_with_the_path(path, tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    done = vbench("run", RING, *ONE, "--json", path, cwd=tmp_path)
    assert done.returncode == 2 and re.fullmatch(rf"vbench: {path} cannot be written: .+\.\n", done.stderr)


def test_json_to_an_impossible_path_leaves_nothing(tmp_path):
    (tmp_path / "folder").mkdir()
    vbench("run", RING, *ONE, "--json", "folder", cwd=tmp_path)
    assert programs.files_in(tmp_path) == {}


def test_a_failed_benchmark_makes_exit_code_2_but_the_result_is_written(tmp_path):
    done = vbench("run", FAULTY, "--filter", "good/before|faulty/fails$", "--budget", "0.05", "--json", "x.json",
                  cwd=tmp_path)
    assert (done.returncode, len(programs.load(tmp_path / "x.json")["vbench"]["benchmarks"])) == (2, 2)


def test_a_table_of_failed_benchmarks_only_says_why_they_failed(tmp_path):
    done = vbench("run", FAULTY, "--filter", "faulty/fails$", "--budget", "0.05", cwd=tmp_path)
    assert re.search(r"(?m)^faulty/fails  FAILED: \S", done.stdout)


# --- save

@pytest.fixture()
def saved(tmp_path):
    """A folder with an old baseline that is not to be lost."""
    (tmp_path / "baselines").mkdir()
    (tmp_path / "baselines" / "x.json").write_text('{"an": "older one"}\n')
    return tmp_path


def test_save_writes_the_baseline_and_says_where(tmp_path):
    done = vbench("save", "x", RING, *ONE, cwd=tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1], list(programs.files_in(tmp_path))) == (
        0, "Saved baselines/x.json.", ["baselines/x.json"])


def test_save_over_an_existing_name_says_so(saved):
    done = vbench("save", "x", RING, *ONE, cwd=saved)
    assert done.stdout.splitlines()[-1] == "Saved baselines/x.json, in place of an older one."


def test_save_makes_the_folder_that_it_is_given(tmp_path):
    vbench("save", "x", RING, *ONE, "--baselines", "deep/er", cwd=tmp_path)
    assert list(programs.files_in(tmp_path)) == ["deep/er/x.json"]


@pytest.mark.parametrize("name", ["a", "A-1_b.c", "_", "0", "a" * 100])
def test_a_plain_name_is_taken(name, tmp_path):
    vbench("save", name, RING, "--filter", "^ring_buffer/push_pop/64$", "--budget", "0.01", cwd=tmp_path)
    assert list(programs.files_in(tmp_path)) == [f"baselines/{name}.json"]


SOME_FAIL = ("--filter", "good/before|faulty/fails$", "--budget", "0.05")
ALL_FAIL = ("--filter", "faulty/fails|faulty/exits", "--budget", "0.05")


def test_save_with_failed_benchmarks_exits_with_2_and_says_how_many(tmp_path):
    done = vbench("save", "x", FAULTY, *SOME_FAIL, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "vbench: 1 of 2 benchmarks failed; their rows say why.\n")


def test_save_with_failed_benchmarks_does_not_replace_an_older_baseline(saved):
    before = programs.files_in(saved)
    done = vbench("save", "x", FAULTY, *SOME_FAIL, cwd=saved)
    assert done.returncode == 2 and "baselines/x.json keeps its older result" in done.stderr
    assert programs.files_in(saved) == before


def test_save_with_failed_benchmarks_keeps_their_error_rows(tmp_path):
    vbench("save", "x", FAULTY, *SOME_FAIL, cwd=tmp_path)
    found = programs.entries(programs.load(tmp_path / "baselines" / "x.json"))
    assert {name: entry["status"] for name, entry in found.items()} == {"good/before": "ok", "faulty/fails": "error"}


def test_save_where_all_failed_says_that_nothing_was_written(saved):
    done = vbench("save", "x", FAULTY, *ALL_FAIL, cwd=saved)
    assert (done.returncode, done.stderr) == (
        2, "vbench: Every benchmark failed, so baselines/x.json was not written.\n")


def test_save_where_all_failed_leaves_the_old_baseline_as_it_was(saved):
    before = programs.files_in(saved)
    vbench("save", "x", FAULTY, *ALL_FAIL, cwd=saved)
    assert programs.files_in(saved) == before


# --- the report

def test_run_with_out_writes_the_page(tmp_path):
    done = vbench("run", RING, *ONE, "--out", "page", cwd=tmp_path)
    page = (tmp_path / "page" / "index.html").read_text().replace("<wbr>", "")
    assert done.returncode == 0 and "ring_buffer/push_pop/64" in page


def test_save_with_out_writes_the_baseline_and_the_page(tmp_path):
    vbench("save", "x", RING, *ONE, "--out", "page", cwd=tmp_path)
    assert {"baselines/x.json", "page/index.html"} <= set(programs.files_in(tmp_path))


def test_report_of_a_result_writes_the_page(ring_run, tmp_path):
    done = vbench("report", ring_run.path, "--out", "page", cwd=tmp_path)
    assert done.returncode == 0 and (tmp_path / "page" / "index.html").exists()


def test_report_of_a_missing_file_is_refused_with_its_name(tmp_path):
    done = vbench("report", "missing.json", "--out", "page", cwd=tmp_path)
    assert done.returncode == 2 and "missing.json" in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["run", "report"])
def test_a_report_program_that_is_missing_is_one_sentence_that_names_it(command, ring_run, tmp_path):
    words = ("run", RING, *ONE) if command == "run" else ("report", ring_run.path)
    done = vbench(*words, "--out", "page", cwd=tmp_path, VBENCH_REPORT_PROGRAM="/missing/program",
                  TMPDIR=str(tmp_path))
    assert done.returncode == 2 and re.fullmatch(
        r"vbench: the report generator /missing/program cannot be started: .+ VBENCH_REPORT_PROGRAM\.",
        done.stderr.splitlines()[0])


def test_a_result_whose_report_fails_is_kept_and_its_place_told(tmp_path):
    done = vbench("run", RING, *ONE, "--out", "page", cwd=tmp_path, VBENCH_REPORT_PROGRAM="/missing/program",
                  TMPDIR=str(tmp_path))
    kept = re.search(r"the result is kept in (\S+);", done.stderr)
    assert kept and programs.load(Path(kept[1]))["vbench"]["schema_version"] == 1


def test_a_failed_report_does_not_undo_the_result(tmp_path):
    vbench("run", RING, *ONE, "--json", "x.json", "--out", "page", cwd=tmp_path,
           VBENCH_REPORT_PROGRAM="/missing/program")
    assert list(programs.files_in(tmp_path)) == ["x.json"]


def test_vbench_is_found_through_a_symbolic_link_with_its_suites(tmp_path):
    (tmp_path / "link").symlink_to(VBENCH)
    done = programs.run(tmp_path / "link", "list", cwd=tmp_path)
    assert "ring_buffer/push_pop/64" in done.stdout.splitlines()
