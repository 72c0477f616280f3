"""Baselines that survive anything: what `vbench save` and `vbench compare` say of bad input, and what they keep."""
from __future__ import annotations

import copy
import json
import os
import random
import re
import socket
import subprocess
from pathlib import Path
from typing import Any, Iterator

import pytest

import programs
from programs import FAULTY, SOAK, TINY, VALIDATOR, assert_refused, files_in, start_vbench, vbench

QUICK = ("--budget", "0.001")
CHECK = programs.BUILD / "tests" / "baseline_check"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder with a real baseline, x, of a good and a failed benchmark, and c.json, a comparison with it."""
    folder = tmp_path_factory.mktemp("made")
    words = (TINY, FAULTY, "--filter", "^tiny/|^faulty/fails$", *QUICK)
    vbench("save", "x", *words, cwd=folder)
    programs.leave_numbers(folder / "baselines" / "x.json")  # what a file holds is wanted here, not what stands beside it
    vbench("compare", "x", *words, "--json", "c.json", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def good(made) -> dict[str, Any]:
    return programs.load(made / "baselines" / "x.json")


def place(folder: Path, content: bytes, name: str = "x") -> Path:
    (folder / "baselines").mkdir(exist_ok=True)
    path = folder / "baselines" / f"{name}.json"
    path.write_bytes(content)
    return path


def compare(folder: Path, *words: Any, name: str = "x") -> "subprocess.CompletedProcess[str]":
    return vbench("compare", name, TINY, *QUICK, *words, cwd=folder)


def save(folder: Path, *words: Any, name: str = "x") -> "subprocess.CompletedProcess[str]":
    return vbench("save", name, TINY, *QUICK, *words, cwd=folder)


def assert_refused_and_kept(folder: Path, *named: str) -> None:
    before = files_in(folder)
    assert_refused(compare(folder, "--json", "c.json"), *named)
    assert files_in(folder) == before


def whole(path: Path) -> dict[str, Any]:
    """The result, which must be valid and have its rows."""
    result = programs.load(path)
    VALIDATOR.validate(result)
    assert result["vbench"]["benchmarks"] and result["benchmarks"]
    return result


# --- which baseline

def test_an_unknown_baseline_is_refused_and_those_that_exist_are_listed(tmp_path):
    for name in ("b", "a", "schema"):
        place(tmp_path, b"{}", name)
    assert_refused(compare(tmp_path, name="missing"), '"missing"', "baselines", "only: a, b.")


@pytest.mark.parametrize("words", [("compare",), ("compare", "x")], ids=" ".join)
def test_without_any_baseline_compare_says_how_one_is_made(words, tmp_path):
    assert_refused(vbench(*words, cwd=tmp_path), "There is no baseline in baselines", "vbench save NAME")


def test_where_no_baseline_can_be_read_each_is_named(tmp_path):
    place(tmp_path, b"[]", "a")
    place(tmp_path, b"{", "b")
    done = vbench("compare", cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    assert ["baselines/a.json" in line or "baselines/b.json" in line for line in done.stderr.splitlines()] == [
        True, True, False]
    assert done.stderr.endswith("vbench: None of the baselines in baselines can be read.\n")


def test_a_folder_of_baselines_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "baselines").write_text("")
    assert_refused(compare(tmp_path), "baselines", "Not a directory")
    assert_refused(save(tmp_path), "baselines", "Not a directory")


NAMES = ["a/b", "../x", "/a", ".", "..", ".x", "a b", "x\n", "a\x1b[2J", "x\x7f", "\xe4", "", "a" * 101, "a:b", "a\\b",
         "schema"]


@pytest.mark.parametrize("command", ["save", "compare"])
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_that_is_no_plain_file_name_is_refused(name, command, tmp_path):
    place(tmp_path, b"{}")
    before = files_in(tmp_path)
    assert_refused(vbench(command, name, TINY, *QUICK, cwd=tmp_path), "baseline")
    assert files_in(tmp_path) == before


@pytest.mark.parametrize("command", ["save", "compare"])
def test_a_name_may_not_begin_like_an_option(command, tmp_path):
    assert_refused(vbench(command, "--", "-a", TINY, cwd=tmp_path), '"-a"')
    assert_refused(vbench(command, "-a", TINY, cwd=tmp_path), "-a")


@pytest.mark.parametrize("regex, words", [("(", "regular expression"), ("[", "regular expression"),
                                          ("no such name", "matches no benchmark")])
@pytest.mark.parametrize("command", ["save", "compare"])
def test_a_filter_that_is_wrong_is_refused_and_the_baseline_kept(command, regex, words, made):
    before = files_in(made)
    assert_refused(vbench(command, "x", TINY, "--filter", regex, cwd=made), "--filter", f'"{regex}"', words)
    assert files_in(made) == before


@pytest.mark.parametrize("words", [("save", "x", "--filter", "\xe4" * 2000), ("compare", "\xe4" * 2000),
                                   ("compare", "a" * 1015 + "\xe4" * 100 + "/x.json"), ("compare", b"\xff\xfe.json")],
                         ids=["filter", "name", "path", "bytes"])
def test_a_sentence_about_long_or_odd_words_is_whole_letters(words, made):
    done = subprocess.run([programs.VBENCH, *words], cwd=made, capture_output=True, timeout=programs.TIMEOUT_S)
    assert done.returncode == 2 and done.stderr.decode().endswith(".\n")


# --- what is in the file

FOREIGN = {
    "an array": b"[1, 2]",
    "a number": b"17",
    "a string": b'"result"',
    "null": b"null",
    "an empty object": b"{}",
    "Google Benchmark's own": b'{"context": {"date": "2024-01-01", "num_cpus": 2, "library_build_type": "release"}, '
                              b'"benchmarks": [{"name": "a", "real_time": 1.0}]}',
    "a package.json": b'{"name": "left-pad", "version": "1.3.0", "main": "index.js", "dependencies": {}}',
    "another vbench": b'{"vbench": 3}',
    "an empty file": b"",
    "blanks": b" \n\n ",
    "binary junk": random.Random(1).randbytes(5000),
    "a program": b"\x7fELF\x02\x01\x01" + bytes(100),
    "text": b"not JSON at all\n",
    "UTF-16": '{"vbench": {}}'.encode("utf-16"),
    "bytes that are no UTF-8": b'{"vbench": "\xff\xfe"}',
    "two documents": b"{} {}",
    "a NUL in a string": b'{"a": "\\u0000"}',
    "a key twice": b'{"a": 1, "a": 2}',
    "100,000 levels of arrays": b"[" * 100_000 + b"]" * 100_000,
    "100,000 levels of objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "100,000 open arrays": b"[" * 100_000,
    "a number beyond all": b'{"a": 1e999}',
    "a whole number beyond all": b'{"a": 99999999999999999999999}',
    "NaN": b'{"a": NaN}',
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_what_is_no_result_is_refused_with_the_files_name(content, tmp_path):
    place(tmp_path, content)
    assert_refused_and_kept(tmp_path, "baselines/x.json")


def test_google_benchmarks_own_output_is_recognised(tmp_path):
    place(tmp_path, FOREIGN["Google Benchmark's own"])
    assert_refused(compare(tmp_path), "Google Benchmark's own output", "vbench save")


@pytest.mark.parametrize("levels", [2100, 100_000])
def test_deep_nesting_inside_a_good_result_is_refused(levels, good, tmp_path):
    text = json.dumps({**good, "more": "HERE"}).replace('"HERE"', "[" * levels + "]" * levels)
    place(tmp_path, text.encode())
    assert_refused_and_kept(tmp_path, "baselines/x.json", "is not JSON", "depth")


def test_a_sparse_file_of_300_mb_is_refused_by_its_size(tmp_path):
    path = place(tmp_path, b"")
    os.truncate(path, 300 << 20)
    assert_refused(compare(tmp_path), "baselines/x.json has 300 MB", "at most 256")


def test_a_file_of_50_mb_that_breaks_off_is_refused(good, tmp_path):
    row = json.dumps(good["benchmarks"][0]).encode() + b",\n"
    place(tmp_path, b'{"benchmarks": [' + row * (50_000_000 // len(row)))
    assert_refused(compare(tmp_path), "baselines/x.json is not JSON")


def test_a_good_result_of_50_mb_is_compared(good, tmp_path):
    large = copy.deepcopy(good)
    large["vbench"]["suites"][0]["compiler_flags"] = "-O2 " * 12_500_000
    place(tmp_path, json.dumps(large).encode())
    assert compare(tmp_path).returncode in (0, 1)


@pytest.mark.parametrize("version", [2, 2.5, 10**15])
def test_a_newer_schema_version_is_refused_as_such(version, good, tmp_path):
    newer = {**good, "vbench": {**good["vbench"], "schema_version": version}}
    place(tmp_path, json.dumps(newer).encode())
    assert_refused_and_kept(tmp_path, "baselines/x.json was made by a newer vbench")


@pytest.mark.parametrize("version", [0, -1, "1", None, True, [1], {}])
def test_another_schema_version_is_refused(version, good, tmp_path):
    other = {**good, "vbench": {**good["vbench"], "schema_version": version}}
    place(tmp_path, json.dumps(other).encode())
    assert_refused_and_kept(tmp_path, "baselines/x.json", "schema_version")


def test_one_benchmark_twice_is_refused_with_its_name(good, tmp_path):
    twice = copy.deepcopy(good)
    twice["vbench"]["benchmarks"] += twice["vbench"]["benchmarks"][:1]
    place(tmp_path, json.dumps(twice).encode())
    assert_refused_and_kept(tmp_path, "baselines/x.json", "two benchmarks named tiny/all/8")


def test_a_long_key_is_told_in_whole_letters(good, tmp_path):
    odd = copy.deepcopy(good)
    odd["vbench"]["benchmarks"][0]["parameters"] = {"x" + "\xe4" * 1000: "no number"}
    place(tmp_path, json.dumps(odd).encode())
    assert_refused_and_kept(tmp_path, "baselines/x.json", "x\xe4\xe4")


@pytest.mark.parametrize("key, value", [("cpu_model", "Imaginary 9000"), ("cpu_count", 999), ("architecture", "vax")])
def test_a_baseline_of_another_machine_is_refused(key, value, good, tmp_path):
    moved = copy.deepcopy(good)
    moved["vbench"]["machine"][key] = value
    place(tmp_path, json.dumps(moved).encode())
    assert_refused_and_kept(tmp_path, "baselines/x.json", "another machine", key, str(value))


# --- many files at once: what the reader in C refuses, and what Python's jsonschema does

def said_of(paths: list[Path]) -> list[str]:
    """For each file "good" or vbench's sentence."""
    done = subprocess.run([str(CHECK)], input="".join(f"{path}\n" for path in paths), stdout=subprocess.PIPE,
                          encoding="utf-8", timeout=programs.TIMEOUT_S, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == len(paths)
    return lines


def test_a_result_cut_anywhere_is_refused(made, tmp_path):
    text = (made / "baselines" / "x.json").read_bytes()
    last = len(text.rstrip())
    offsets = range(last) if SOAK else [*range(0, last - 300, 29), *range(last - 300, last)]
    paths = []
    for offset in offsets:
        paths.append(tmp_path / f"{offset}.json")
        paths[-1].write_bytes(text[:offset])
    wrong = [(path.name, said) for path, said in zip(paths, said_of(paths))
             if not said.startswith(f"{path} is not JSON: ")]
    assert not wrong


OTHERS = [None, True, False, 0, -1, 1, 1.0, 2.5, -0.5, 2, "", "x", "ok", "error", "é\n", [], [0], [None], {}, {"a": []}]


def places(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """Every member of every object, and the first and last element of every array."""
    if isinstance(value, dict):
        keys: Any = list(value)
    elif isinstance(value, list):
        keys = sorted({0, len(value) - 1}) if value else []
    else:
        return
    for key in keys:
        yield (*path, key)
        yield from places(value[key], (*path, key))


def shortened(value: Any) -> Any:
    """The same with the first and last element of each array only, so that a thousand fit."""
    if isinstance(value, dict):
        return {key: shortened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shortened(item) for item in (value if len(value) < 3 else [value[0], value[-1]])]
    return value


REMOVED = object()


def changes(document: dict[str, Any]) -> list[tuple[tuple, Any]]:
    """Each place with each other value, and each member removed."""
    return [(path, other) for path in places(document) for other in [*OTHERS, REMOVED]
            if other is not REMOVED or isinstance(path[-1], str)]


def mutant(document: dict[str, Any], path: tuple, other: Any) -> str:
    """The text of the document with this change."""
    changed = copy.copy(document)
    owner: Any = changed
    for key in path[:-1]:
        owner[key] = copy.copy(owner[key])
        owner = owner[key]
    if other is REMOVED:
        del owner[path[-1]]
    else:
        owner[path[-1]] = other
    return json.dumps(changed)


@pytest.fixture(scope="module", params=["baseline", "comparison"])
def judged(request, made, tmp_path_factory):
    """Of each mutant: its place, vbench's words, and whether Python's jsonschema takes it."""
    folder = tmp_path_factory.mktemp("mutants")
    document = shortened(programs.load(made / {"baseline": "baselines/x.json", "comparison": "c.json"}[request.param]))
    tried = changes(document)
    if request.param == "comparison":  # the rest of it is the same as in a baseline
        tried = [(path, other) for path, other in tried if path[:2] == ("vbench", "comparison")]
    if not SOAK:
        tried = random.Random(2).sample(tried, 1000)
    texts = [mutant(document, path, other) for path, other in tried] + [json.dumps(document)]
    paths = []
    for index, text in enumerate(texts):
        paths.append(folder / f"{index}.json")
        paths[-1].write_text(text)
    said = said_of(paths)
    assert said[-1] == "good"
    return [(path, words, VALIDATOR.is_valid(json.loads(text))) for (path, _), words, text in zip(tried, said, texts)]


def test_hundreds_of_mutants_are_tried(judged):
    assert len(judged) >= 1000 and 100 < sum(valid for _, _, valid in judged) < len(judged) - 300


def test_a_mutant_is_taken_exactly_where_jsonschema_takes_it(judged):
    assert not [(path, words) for path, words, valid in judged if (words == "good") != valid]


def test_a_refused_mutant_is_told_in_one_sentence_with_its_file(judged):
    assert not [words for _, words, _ in judged
                if words != "good" and not (".json " in words and words.endswith("."))]


def test_a_refused_mutants_sentence_names_the_place(judged):
    """The member that was changed, or one that holds it."""
    lost = []
    for path, words, _ in judged:
        names = [name for name in path if isinstance(name, str)]
        if words != "good" and not any(name in words for name in names[-2:]) and "whole file" not in words:
            lost.append((path, words))
    assert not lost


# --- old sides that are odd but right

def compared(folder: Path, document: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The comparison with such a baseline, and the table."""
    place(folder, json.dumps(document).encode())
    done = compare(folder, "--json", "c.json")
    comparison = whole(folder / "c.json")["vbench"]["comparison"]
    if comparison["rows"]:
        assert done.returncode in (0, 1) and done.stderr == "", done.stderr
    else:  # a comparison of nothing must not pass for a good one
        assert done.returncode == 2 and "Nothing was compared with baselines/x.json" in done.stderr, done.stderr
    return comparison, done.stdout


def test_an_old_side_of_one_process_has_a_change_but_no_interval(good, tmp_path):
    document = copy.deepcopy(good)
    entry = document["vbench"]["benchmarks"][0]
    entry["processes"] = entry["processes"][:1]
    comparison, table = compared(tmp_path, document)
    row, = comparison["rows"]
    assert (row["change_low_percent"], row["change_high_percent"], row["verdict"]) == (None, None, "inconclusive")
    assert "inconclusive" in table and "nan" not in table


def test_an_old_side_of_zero_medians_is_not_compared(good, tmp_path):
    document = copy.deepcopy(good)
    for process in document["vbench"]["benchmarks"][0]["processes"]:
        process["median_ns"] = 0
    comparison, table = compared(tmp_path, document)
    assert comparison["rows"] == [] and "no_time" in [row["reason"] for row in comparison["not_compared"]]
    assert "took no time" in table


def test_an_old_side_that_failed_is_not_compared(good, tmp_path):
    document = copy.deepcopy(good)
    entry = document["vbench"]["benchmarks"][0]
    failed = {key: entry[key] for key in ("name", "suite", "group", "case", "parameters", "threads")}
    document["vbench"]["benchmarks"] = [{**failed, "status": "error", "error": "it was broken"}]
    comparison, table = compared(tmp_path, document)
    assert [row["reason"] for row in comparison["not_compared"]] == ["failed_then"] and "no old time" in table


def test_an_old_side_without_benchmarks_has_only_added_ones(good, tmp_path):
    document = copy.deepcopy(good)
    document["vbench"]["benchmarks"] = []
    comparison, _ = compared(tmp_path, document)
    assert [row["reason"] for row in comparison["not_compared"]] == ["added"]


@pytest.mark.parametrize("median", [5e-324, 1.7e308])
def test_an_old_side_of_extreme_times_gives_a_row_that_can_be_written(median, good, tmp_path):
    document = copy.deepcopy(good)
    for process in document["vbench"]["benchmarks"][0]["processes"]:
        process["median_ns"] = median
    comparison, table = compared(tmp_path, document)
    assert len(comparison["rows"]) + len(comparison["not_compared"]) >= 1 and "nan" not in table


# --- what is not a file

def lay(kind: str, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    if kind == "folder":
        path.mkdir()
    elif kind == "FIFO":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "socket":
        here = os.getcwd()
        os.chdir(path.parent)  # a socket's path may not be long
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(path.name)
        os.chdir(here)
    elif kind == "dangling link":
        path.symlink_to("nowhere")
    elif kind == "link loop":
        path.symlink_to(path.name)


ODD = ["folder", "FIFO", "device", "socket", "dangling link", "link loop"]


@pytest.mark.parametrize("words", [("save", "x"), ("compare", "x"), ("compare", "baselines/x.json")], ids=" ".join)
@pytest.mark.parametrize("kind", ODD)
def test_what_is_not_a_file_is_refused_without_waiting(kind, words, tmp_path):
    path = tmp_path / "baselines" / "x.json"
    lay(kind, path)
    before = os.lstat(path)
    assert_refused(vbench(*words, TINY, "--budget", "3600", cwd=tmp_path), "baselines/x.json")
    assert (os.lstat(path).st_ino, os.listdir(path.parent)) == (before.st_ino, ["x.json"])


def test_what_is_not_a_file_is_left_out_of_the_search_for_the_newest(made, tmp_path):
    for kind in ODD:
        lay(kind, tmp_path / "baselines" / f"{kind.replace(' ', '-')}.json")
    place(tmp_path, (made / "baselines" / "x.json").read_bytes())
    done = vbench("compare", "--filter", "push_pop/64$", *QUICK, cwd=tmp_path)
    assert done.returncode == 2 and "Nothing was compared with baselines/x.json" in done.stderr
    assert "Against baselines/x.json" in done.stdout
    assert len(re.findall(r"(?m)^vbench: left out: baselines/\S+ .+\.$", done.stderr)) == len(ODD)


def test_a_baseline_behind_a_link_is_replaced_and_the_link_stays(made, tmp_path):
    (tmp_path / "real.json").write_bytes((made / "baselines" / "x.json").read_bytes())
    (tmp_path / "baselines").mkdir()
    (tmp_path / "baselines" / "x.json").symlink_to("../real.json")
    assert save(tmp_path, "--seed", "77").returncode == 0
    assert (tmp_path / "baselines" / "x.json").is_symlink()
    assert whole(tmp_path / "real.json")["vbench"]["run"]["seed"] == 77


# --- places that cannot be written, for root as well

def can_mount() -> bool:
    return subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


mounts = pytest.mark.skipif(not can_mount(), reason="no mounts in a user namespace here")


def with_mounts(script: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """A shell whose mounts end with it. $VBENCH and $TINY are set."""
    return programs.run("unshare", "-rm", "sh", "-euc", script, cwd=folder, VBENCH=str(programs.VBENCH), TINY=str(TINY))


READ_ONLY = 'mount --bind . .; mount -o remount,ro,bind .; cd "$PWD"; set +e; '


@pytest.fixture()
def checkout(made, tmp_path) -> Path:
    """A folder with a baseline, and an own one for what is mounted over it."""
    (tmp_path / "checkout").mkdir()
    place(tmp_path / "checkout", (made / "baselines" / "x.json").read_bytes())
    return tmp_path / "checkout"


@mounts
@pytest.mark.parametrize("name", ["x", "new"])
def test_save_into_a_read_only_checkout_is_refused_before_measuring(name, checkout):
    before = files_in(checkout)
    done = with_mounts(READ_ONLY + f'"$VBENCH" save {name} "$TINY" --budget 3600', checkout)
    assert_refused(done, f"baselines/{name}.json", "Read-only file system")
    assert files_in(checkout) == before


@mounts
def test_save_that_needs_a_new_folder_in_a_read_only_checkout_is_refused(checkout):
    done = with_mounts(READ_ONLY + '"$VBENCH" save x "$TINY" --baselines other --budget 3600', checkout)
    assert_refused(done, "other", "Read-only file system")


@mounts
def test_run_and_compare_work_in_a_read_only_checkout(checkout):
    before = files_in(checkout)
    done = with_mounts(READ_ONLY + '"$VBENCH" run "$TINY" --budget 0.001 && "$VBENCH" compare x "$TINY" --budget 0.001',
                       checkout)
    assert done.returncode in (0, 1) and done.stderr == "" and "Against baselines/x.json" in done.stdout
    assert files_in(checkout) == before


@mounts
@pytest.mark.parametrize("command", ["run", "compare x"])
def test_in_a_read_only_checkout_a_json_that_cannot_be_written_is_told_before_measuring(command, checkout):
    done = with_mounts(READ_ONLY + f'"$VBENCH" {command} "$TINY" --json c.json --budget 3600', checkout)
    assert_refused(done, "c.json cannot be written", "Read-only file system")


@mounts
@pytest.mark.parametrize("left_bytes", [0, 4096])
def test_a_disk_that_is_full_keeps_the_old_baseline_and_no_other_file(left_bytes, checkout, tmp_path):
    old = checkout / "baselines" / "x.json"
    (tmp_path / "disk").mkdir()
    script = f'''mount -t tmpfs -o size=64k none disk; mkdir disk/baselines; cp "{old}" disk/baselines/x.json
        head -c {left_bytes} /dev/zero >disk/reserve; cat /dev/zero >disk/filler 2>/dev/null || true; rm disk/reserve
        set +e; (cd disk; "$VBENCH" save x "$TINY" --budget 0.001 >/dev/null); echo "exit $?"
        cmp disk/baselines/x.json "{old}" && ls -A disk/baselines'''
    done = with_mounts(script, tmp_path)
    assert done.stdout.splitlines() == ["exit 2", "x.json"]
    assert re.fullmatch(r"vbench: .*baselines/\.archive/x.*: No space left on device\.\n", done.stderr)


def test_a_file_beyond_the_size_limit_keeps_the_old_baseline(checkout):
    before = files_in(checkout)
    done = programs.run("bash", "-c", 'ulimit -f 4; "$VBENCH" save x "$TINY" --budget 0.001 >/dev/null', cwd=checkout,
                        VBENCH=str(programs.VBENCH), TINY=str(TINY))
    assert done.returncode == 2
    assert re.fullmatch(r"vbench: \S*/tiny cannot be copied into the archive baselines/\.archive/x/\S+: File too "
                        r"large\.\n", done.stderr)
    assert not (checkout / "baselines" / ".archive").exists()
    assert files_in(checkout) == before


def test_standard_output_that_is_full_is_told_and_the_baseline_whole(tmp_path):
    with open("/dev/full", "w") as full:
        done = subprocess.run([programs.VBENCH, "save", "x", TINY, *QUICK], cwd=tmp_path, stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=programs.TIMEOUT_S)
    assert (done.returncode, done.stderr) == (2, "vbench: Standard output cannot be written.\n")
    whole(tmp_path / "baselines" / "x.json")


# --- two at a time

@pytest.mark.parametrize("round_", range(20 if SOAK else 5))
def test_of_two_savers_of_one_name_one_result_is_there_whole(round_, checkout):
    savers = [start_vbench("save", "x", TINY, *QUICK, "--seed", seed, cwd=checkout) for seed in (1, 2, 3)]
    said = [process.communicate(timeout=programs.TIMEOUT_S)[1] for process in savers]
    assert ([process.returncode for process in savers], said) == ([0] * 3, [""] * 3)
    assert list(files_in(checkout)) == ["baselines/x.json"]
    assert programs.is_archived(checkout / "baselines" / "x.json", alone=True)
    assert whole(checkout / "baselines" / "x.json")["vbench"]["run"]["seed"] in (1, 2, 3)
