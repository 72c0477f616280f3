"""The page of the environment: machine, build and run of both sides, what differs, what disturbs, how far the judge can be trusted."""
from __future__ import annotations

import copy
import json
import shlex
from pathlib import Path
from typing import Any, Callable

import jsonschema
import pytest

import documents
import documents_paired
import documents_sequential
import documents_surroundings as surroundings
import pages
from documents import NASTY
from pages import cells, table_rows, values, words
from places import ROOT
from test_comparison import C, M, one, small
from vbench_report import comparison, load


def page_of(out: Path) -> pages.Element:
    return pages.read(out / "pages/environment.html")


def section(page: pages.Element, title: str) -> pages.Element:
    return next(s for s in page.all("section") if words(s.all("h2")[0]) == title)


def facts(element: pages.Element) -> dict[str, str]:
    return {words(d.all("dt")[0]): words(d.all("dd")[0]) for d in element.all("dl", class_="facts")[0].all("div")}


def made(report: Callable[..., Path], **surrounding: Any) -> pages.Element:
    return page_of(report(documents.document(M("a"), **surrounding)))


# --- both sides ---------------------------------------------------------------------------------

def test_machine_build_and_run_are_the_results_own(engine_report: Path) -> None:
    found = facts(section(page_of(engine_report), "Machine and build"))
    assert found == {
        "Processor": "Example Processor 9000 @ 3.60GHz, 8 CPUs, x86_64, 3600 MHz", "Caches": "L1 Data 32 KiB, L2 Unified 1 MiB",
        "Memory": "31.25 GiB", "System": "Debian GNU/Linux 12 (bookworm)", "Kernel": "6.1.0-18-amd64",
        "Commit": "0123456789abcdef0123456789abcdef01234567",
        "Run": "21 November 2026, 11:14 UTC, took 93.40 s, 71.25 s of it in timed blocks",
        "Plan": "2 s of measuring and 9 processes for each benchmark, seed 20261121", "Threads pinned to": "CPUs 2, 3",
        "Load average": "0.31, 0.40, 0.38 before; 1.02, 0.63, 0.46 after",
        "Suite engine_suite": "GCC 12.2.0, Release, Google Benchmark 1.7.1, glibc 2.36optimised: yes (DWARF of 5 source files says -O2)"
                              "-std=c11 -O2 -g -DNDEBUG",
        "Libraries of the runner": "gsl 2.7.1, jansson 2.14", "vbench": "0.1.0"}
    assert words(page_of(engine_report).all("p", class_="features")[0]) == "sse4_2 avx2 bmi2 rdtscp constant_tsc nonstop_tsc"


def test_memory_that_nobody_told_of_is_no_fact(report: Callable[..., Path]) -> None:
    """What other programs measured has 0 there."""
    document = documents.document(documents.measured("a"))
    document["vbench"]["machine"]["memory_bytes"] = document["vbench"]["benchmarks"][0]["peak_memory_bytes"] = 0
    made = report(document)
    assert "Memory" not in facts(section(page_of(made), "Machine and build"))
    assert not any("0\u202fB" in page.read_text(encoding="utf-8") for page in pages.files(made))


def test_both_sides_have_their_own_facts(compared_report: Path) -> None:
    page = page_of(compared_report)
    new, old = (facts(section(page, title)) for title in ("New side", "Old side"))
    assert (new["Kernel"], old["Kernel"]) == ("6.1.0-18-amd64", "6.1.0-13-amd64")
    assert new["Commit"] == "0123456789abcdef0123456789abcdef01234567, with uncommitted changes"
    assert old["Commit"] == "fedcba9876543210fedcba9876543210fedcba98"
    assert old["Run"].startswith("14 November 2026, 09:02 UTC, took 92.90 s") and "-fno-plt" in old["Suite engine_suite"]
    assert "vbench" in new and "vbench" not in old


def test_the_command_stands_among_the_facts_where_it_was_recorded(report: Callable[..., Path]) -> None:
    content = documents.document(M("a"))
    assert "Command, but for --filter" not in facts(page_of(report(content)))
    content["vbench"]["run"]["command"] = ["vbench", "run", "--budget", "2"]
    assert facts(page_of(report(content)))["Command, but for --filter"] == "vbench run --budget 2"


def test_an_old_side_that_was_only_measured_beside_the_new_one_has_no_run(report: Callable[..., Path]) -> None:
    content = documents_paired.compared([documents_paired.judged(documents_paired.measured_pairs("a", cycles=4), "equivalent")])
    content["vbench"]["comparison"]["old"]["run"] = None
    page = page_of(report(content))
    assert "Run" not in facts(section(page, "Old side")) and "Run" in facts(section(page, "New side"))
    assert facts(section(page, "New side"))["Plan"].startswith("2 s of measuring for both sides of each benchmark together, seed ")


@pytest.mark.parametrize("state", ["yes", "no", "unknown"])
def test_the_environment_says_whether_a_suite_is_optimised_and_why(report: Callable[..., Path], state: str) -> None:
    content = documents.document(M("a"))
    content["vbench"]["suites"][0].update(optimised=state, optimisation_evidence="<evidence>")
    out = report(content)
    assert f"optimised: {state} (<evidence>)" in facts(page_of(out))["Suite engine_suite"]
    assert f"optimised: {state} (&lt;evidence&gt;)" in (out / "pages/environment.html").read_text(encoding="utf-8")


# --- differences --------------------------------------------------------------------------------

def test_only_what_differs_between_the_sides_is_listed(compared_report: Path) -> None:
    page = page_of(compared_report)
    table = section(page, "What else differs between the two sides").all("table", class_="differences")[0]
    assert [cells(r) for r in table_rows(table)] == [
        ["Compiler", "GCC 12.1.0", "GCC 12.2.0"],
        ["Compiler flags", "-std=c11 -O2 -DNDEBUG -fno-plt", "-std=c11 -O2 -g -DNDEBUG"],
        ["Kernel", "6.1.0-13-amd64", "6.1.0-18-amd64"],
        ["Load average before", "0.12, 0.20, 0.21", "0.31, 0.40, 0.38"],
        ["Load average after", "0.98, 0.51, 0.33", "1.02, 0.63, 0.46"]]
    assert [m.text() for m in page.all("mark")] == ["12.1.0", "12.2.0", "-fno-plt", "-g"]


def test_the_index_counts_and_names_the_differences_and_leads_to_them(compared_report: Path) -> None:
    link = next(a for a in pages.read(compared_report / "index.html").all("a") if words(a) == "3 differences")
    assert link.attributes["href"] == "pages/environment.html"
    assert ("3 differences between the two sides besides: Compiler, Compiler flags, Kernel."
            in words(pages.read(compared_report / "index.html")))


def test_each_kind_of_difference_is_listed(report: Callable[..., Path]) -> None:
    content = one(C("a", "inconclusive", 1.0))
    old = content["vbench"]["comparison"]["old"] = copy.deepcopy(content["vbench"]["comparison"]["old"])
    old["suites"][0].update(build_type="Debug", google_benchmark="1.8.0")
    del old["suites"][0]["c_library"]
    old["machine"].update(cpu_model="X", cpu_mhz=1200, memory_bytes=2 ** 30, operating_system="Other 1", host_name="h", cpu_quota=1.5,
                          cpu_features=["sse4_2", "avx2", "<old>"])
    old["run"].update(pinned_cpus=[], budget_s=0.5, processes=3)
    table = "; ".join(" ".join(cells(r)) for r in table_rows(page_of(report(content)).all("table", class_="differences")[0]))
    for part in ("Build type Debug Release", "Google Benchmark 1.8.0 1.7.1", "C library not recorded glibc 2.36",
                 "Processor X, 8 CPUs with a quota of 1.5, x86_64 Example", "Processor clock 1200", "Memory 1", "System Other 1 Debian",
                 "Host h not recorded", "CPU features on one side only <old> bmi2", "Threads pinned to not pinned CPUs 2, 3",
                 "Measuring time of a benchmark 0.5", "Processes of a benchmark 3 9"):
        assert part in table, part
    assert "Kernel" not in table and "Load" not in table


def test_a_difference_in_some_suites_names_them_and_one_in_all_does_not(tmp_path: Path) -> None:
    pair = [(M(n, suite=n, seed=2), M(n, suite=n)) for n in ("one", "two")]
    content = copy.deepcopy(small(*pair))
    for suite in content["vbench"]["comparison"]["old"]["suites"]:
        suite["compiler"] = "Clang 14"
    content["vbench"]["comparison"]["old"]["suites"][1]["build_type"] = "Debug"
    found = comparison.differences(load.load(documents.save(tmp_path / "r.json", content)))
    assert [d.what for d in found] == ["Compiler", "Build type of two"]


def test_where_nothing_differs_the_pages_say_so(report: Callable[..., Path]) -> None:
    out = report(one(C("a", "inconclusive", 1.0)))
    assert not pages.whole(out).all("table", class_="differences")
    assert "Nothing else that was recorded of machine and build differs" in words(pages.read(out / "index.html"))
    assert "Nothing that was recorded." in words(section(page_of(out), "What else differs between the two sides"))


# --- what disturbs, and how far the judge can be trusted ----------------------------------------

def test_the_findings_of_these_tests_are_as_doctor_writes_them() -> None:
    schema = json.loads((ROOT / "harness/doctor.schema.json").read_text(encoding="utf-8"))
    one_finding = {"$ref": "#/definitions/finding", "definitions": schema["definitions"]}
    for f in (*surroundings.QUIET, *surroundings.DISTURBED, *surroundings.doctor()["findings"]):
        jsonschema.Draft7Validator(one_finding).validate(f)


def test_what_was_found_while_measuring_and_what_doctor_found_last_stand_apart(report: Callable[..., Path]) -> None:
    part = section(made(report, findings=list(surroundings.DISTURBED), doctor=surroundings.doctor()), "What could disturb a measurement here")
    assert [words(h) for h in part.all("h3")] == ["While this was measured", "What vbench doctor found last"]
    assert [[(li.attributes["class"], words(li)) for li in ul.all("li")] for ul in part.all("ul", class_="findings")] == [
        [("warning", "! warning Another program keeps a CPU busy. Times scatter. End it."), ("note", "· note Boost is on.")],
        [("ok", "✓ ok The clock is steady."), ("problem", "✗ problem Two threads share a core. They slow each other. Pin them.")]]


def test_without_findings_the_page_says_how_to_get_some(report: Callable[..., Path]) -> None:
    page = made(report)
    assert "Nothing is recorded. make doctor looks at machine and tools" in words(section(page, "What could disturb a measurement here"))
    assert "Not measured: " in words(section(page, "Noise floor"))
    assert "Not tried on this machine: make bench-selftest" in words(section(page, "How far the judge can be trusted"))


def test_the_noise_that_doctor_found_is_its_own_rows_and_words(report: Callable[..., Path]) -> None:
    part = section(made(report, doctor=surroundings.doctor()), "Noise floor")
    assert "Changes of a few percent can be seen here. Good enough." in words(part)
    found = table_rows(part.all("table", class_="noise")[0])
    assert [cells(r) for r in found] == [["small", "1.8 %", "0 %"], ["large", "none", "−2.38 %"]]
    assert [values(r) for r in found] == [[1.75, 0.0], [-2.375]]


def test_noise_that_could_not_be_measured_has_its_reason(report: Callable[..., Path]) -> None:
    content = {**surroundings.doctor(), "noise": {"reason": "There is no <suite>."}}
    part = section(made(report, doctor=content), "Noise floor")
    assert words(part) == "Noise floor There is no <suite>." and not part.all("table")


@pytest.mark.parametrize("noise", [None, {"rows": [{"name": "x"}]}, {"rows": [{"name": "x", "visible_percent": "y", "mistaken_percent": 1}]},
                                   {"sentence": ["x"], "rows": []}, {"rows": 5}, "noise"])
def test_what_doctor_did_not_leave_is_not_made_up(report: Callable[..., Path], noise: Any) -> None:
    part = section(made(report, doctor={**surroundings.doctor(), "noise": noise}), "Noise floor")
    assert "Not measured" in words(part) and not part.all("table")


def test_the_noise_floor_of_a_comparison_stands_there_too(report: Callable[..., Path]) -> None:
    content = documents_sequential.compared([documents_sequential.row("a", "equivalent", cycles=4)])
    part = section(page_of(report(content)), "Noise floor")
    assert words(part).startswith("Noise floor Noise floor: old differed from itself by +0.03 %")
    assert values(part) == [0.03125, -0.15625, 0.21875, 96] and "Not measured" not in words(part)


def test_the_bars_of_the_self_test_are_its_counts_shares_and_promises(report: Callable[..., Path]) -> None:
    part = section(made(report, selftest=surroundings.selftest()), "How far the judge can be trusted")
    assert "(quick mode, load: idle)" in words(part)
    found = table_rows(part.all("table", class_="bars")[0])
    assert [cells(r) for r in found] == [
        ["changes named where there was none", "1 of 240", "0.0105 % to 2.3 %", "kept"],
        ["intervals that hold the true change", "0 of 0", "–", "not counted"]]
    assert [values(r) for r in found] == [[1, 240, 0.000105, 0.02298], [0, 0]]


def test_texts_of_the_surroundings_are_text_and_never_markup(report: Callable[..., Path]) -> None:
    doctor = surroundings.doctor(sentence=NASTY, verdict=NASTY, rows=[{"name": NASTY, "visible_percent": 1.5, "mistaken_percent": 0.5}])
    doctor["findings"] = [surroundings.finding("clock", "note", NASTY, NASTY, NASTY)]
    selftest = {**surroundings.selftest(), "mode": NASTY, "load": NASTY}
    selftest["bars"][0].update(text=NASTY, state=NASTY)
    content = documents.document(M("a"), findings=[surroundings.finding("load", "problem", NASTY, NASTY, NASTY)], doctor=doctor, selftest=selftest)
    ours = content["vbench"]
    ours["machine"].update(cpu_model=NASTY, kernel=NASTY, operating_system=NASTY, host_name=NASTY, architecture=NASTY, cpu_features=[NASTY])
    ours["suites"][0].update(compiler=NASTY, compiler_flags=NASTY, build_type=NASTY, c_library=NASTY, optimisation_evidence=NASTY)
    ours["run"]["command"] = ["vbench", NASTY]
    ours.update(libraries={NASTY: NASTY}, source={"commit": NASTY, "dirty": True}, vbench_version=NASTY)
    out = report(content)
    for page in pages.files(out):
        tree = pages.read(page)
        assert not tree.all("b") and not tree.all("i") and len(tree.all("script")) == 1, page.name
    text = page_of(out).text()
    assert text.count(NASTY) == 29  # each of the texts above, where it is printed,
    assert f"vbench {shlex.quote(NASTY)}" in text  # but the command, as a shell takes it
