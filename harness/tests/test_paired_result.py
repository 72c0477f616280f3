"""The result of a paired comparison: what the schema says of it, here and in the runner."""
from __future__ import annotations

import copy
import json
import random
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats

import programs

SAMPLE = programs.BUILD / "tests" / "paired_sample"
CHECK = programs.BUILD / "tests" / "baseline_check"


def sample(what: str) -> str:
    return subprocess.run([str(SAMPLE), what], stdout=subprocess.PIPE, encoding="utf-8", timeout=programs.TIMEOUT_S,
                          check=True).stdout


@pytest.fixture(scope="module")
def result() -> dict[str, Any]:
    return json.loads(sample("json"))


def comparison_of(result: dict[str, Any]) -> dict[str, Any]:
    return result["vbench"]["comparison"]


def fits(result: dict[str, Any]) -> bool:
    return programs.VALIDATOR.is_valid(result)


def verdicts(results: list[dict[str, Any]], folder: Path) -> list[str]:
    """What the runner says of each: "good" or a sentence."""
    paths = [folder / f"{number}.json" for number in range(len(results))]
    for path, one in zip(paths, results):
        path.write_text(json.dumps(one), encoding="utf-8")
    done = subprocess.run([str(CHECK)], input="".join(f"{path}\n" for path in paths), stdout=subprocess.PIPE,
                          encoding="utf-8", timeout=programs.TIMEOUT_S, check=True)
    return done.stdout.splitlines()


def test_a_paired_result_is_what_its_schema_says(result, tmp_path):
    programs.VALIDATOR.validate(result)
    assert verdicts([result], tmp_path) == ["good"]


def test_the_pairs_of_a_row_are_columns_of_one_length_that_agree_with_its_cycles(result):
    for row in comparison_of(result)["rows"]:
        columns = row["pairs"]
        assert {len(column) for column in columns.values()} == {4 * row["cycles"]}
        for cycle in range(row["cycles"]):
            for side in ("old_layout", "new_layout"):
                visited = [layout for at, layout in zip(columns["cycle"], columns[side]) if at == cycle]
                assert row["layouts"] == 1 or sorted(layout % 4 for layout in visited) == [0, 1, 2, 3]


def logs(percents: list[float]) -> np.ndarray:
    return np.log1p(np.array(percents) / 100)


def by_rank(values: np.ndarray, level: float) -> tuple[float, float, float, float]:
    """The signed rank test's estimate, interval and p-value, from the counts of signs that give each sum."""
    first, second = np.triu_indices(len(values))
    means = np.sort((values[first] + values[second]) / 2)
    signs = np.ones(1)
    for rank in range(1, len(values) + 1):
        signs = np.convolve(signs, np.concatenate([[0.5], np.zeros(rank - 1), [0.5]]))
    tails = np.cumsum(signs)
    beyond = int(np.sum(tails <= level / 2))
    low, high = (means[beyond - 1], means[-beyond]) if beyond > 0 else (-np.inf, np.inf)
    return float(np.median(means)), low, high, min(1, 2 * tails[min(np.sum(means <= 0), np.sum(means >= 0))])


def by_groups(values: np.ndarray, level: float) -> tuple[float, float, float, float]:
    means = values.reshape(-1, 4).mean(axis=1)
    error = means.std(ddof=1) / len(means) ** 0.5
    student = scipy.stats.t(len(means) - 1)
    half = student.isf(level / 2) * error
    p_value = max(2 * student.sf(abs(means.mean()) / error), 2 * (56 / 256) ** len(means))
    return means.mean(), means.mean() - half, means.mean() + half, p_value


def test_the_change_of_a_row_its_interval_and_p_value_follow_from_its_pairs(result):
    """Of a case whose layouts were visited once each: a cell is a pair."""
    used = set()
    for row in comparison_of(result)["rows"]:
        shares = max(row["looks"], 1) * 3
        values = logs(row["pairs"]["quiet_change_percent" if row["estimator"] == "quiet" else "change_percent"])
        judge = by_groups if row["estimator"] == "groups" else by_rank
        for level, low, high in ((row["level_percent"] / 100 / shares, "change_low_percent", "change_high_percent"),
                                 (0.05, "change_low_95_percent", "change_high_95_percent")):
            middle, *bounds, p_value = judge(values, level)
            assert row["change_percent"] == pytest.approx(100 * np.expm1(middle), abs=1e-6)
            assert [row[low], row[high]] == pytest.approx(100 * np.expm1(bounds), abs=1e-6)
        assert row["new_ns"] / row["old_ns"] - 1 == pytest.approx(np.expm1(middle), abs=1e-8)
        assert row["p_value"] == pytest.approx(min(1, shares * p_value), rel=1e-6, abs=1e-12)
        used.add(row["estimator"])
    assert {"groups", "pairs"} <= used


def test_the_rows_share_the_level_of_the_run(result):
    comparison = comparison_of(result)
    levels = [row["level_percent"] for row in comparison["rows"]]
    assert comparison["hypotheses"] == len(levels)
    assert min(levels) == pytest.approx(comparison["level_percent"] / len(levels)) and max(levels) <= comparison["level_percent"]
    assert {row["stopped"] for row in comparison["rows"]} == {"decided", "budget", "hopeless", "time_cap"}
    assert comparison["gate"]["failed"] and not comparison["noise_floor"]["exceeded"]


@pytest.mark.parametrize("key", ["notes", "new", "layouts"])
def test_a_paired_comparison_that_lacks_its_own_is_refused(result, tmp_path, key):
    changed = copy.deepcopy(result)
    del comparison_of(changed)[key]
    assert not fits(changed)
    [said] = verdicts([changed], tmp_path)
    assert f"`vbench.comparison.{key}` is missing" in said


# Results of before the sequential judge have none of these.
OPTIONAL = {"level_percent", "estimator", "p_value", "change_low_95_percent", "change_high_95_percent", "looks", "looks_taken", "stopped",
            "timed_s", "quantiles", "p99_limit", "block_quantiles"}


def test_a_row_that_lacks_what_pairs_have_is_refused(result, tmp_path):
    extra = sorted(set(comparison_of(result)["rows"][0]) - {
        "name", "verdict", "old_ns", "new_ns", "change_percent", "change_low_percent", "change_high_percent",
        "visible_percent", "timed_percent", *OPTIONAL})
    assert len(extra) == 12
    broken = []
    for key in extra:
        broken.append(copy.deepcopy(result))
        del comparison_of(broken[-1])["rows"][0][key]
    assert not any(map(fits, broken))
    for key, said in zip(extra, verdicts(broken, tmp_path)):
        assert f"`vbench.comparison.rows[0].{key}` is missing" in said


def places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all members, of long arrays only the first two."""
    found = [here] if here else []
    if isinstance(value, dict):
        found += [path for key, member in value.items() for path in places(member, (*here, key))]
    elif isinstance(value, list):
        found += [path for at, member in enumerate(value[:2]) for path in places(member, (*here, at))]
    return found


def test_runner_and_schema_agree_on_whatever_is_changed_in_a_paired_comparison(result, tmp_path):
    choice = random.Random(20261121)
    small = copy.deepcopy(result)
    comparison_of(small)["rows"] = comparison_of(small)["rows"][:3]
    comparison_of(small)["old"]["benchmarks"] = comparison_of(small)["old"]["benchmarks"][:1]
    small["vbench"]["benchmarks"], small["benchmarks"] = small["vbench"]["benchmarks"][:1], []
    everywhere = places(comparison_of(small))
    changed = []
    for _ in range(200):
        one = copy.deepcopy(small)
        *path, last = choice.choice(everywhere)
        holder = comparison_of(one)
        for part in path:
            holder = holder[part]
        if isinstance(holder, dict) and choice.random() < 0.3:
            del holder[last]
        else:
            holder[last] = choice.choice([None, True, False, "", "text", -1, -2, 0, 1, 0.5, 64, [], {}, [1], [None]])
        changed.append(one)
    said = verdicts(changed, tmp_path)
    assert len(said) == len(changed)
    assert [line == "good" for line in said] == [fits(one) for one in changed]
    assert 10 < sum(line == "good" for line in said) < 190


def test_the_table_without_all_is_the_shorter_one():
    short, long = sample("table").splitlines(), sample("all").splitlines()
    assert any(line.endswith("--all lists them.") for line in short) and not any("--all" in line for line in long)
    assert len(short) + 20 < len(long)
