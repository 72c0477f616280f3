"""Builds result documents for the tests: dictionaries that follow baselines/schema.json."""
from __future__ import annotations

import json
import random
from pathlib import Path
from statistics import geometric_mean, mean, median, stdev
from typing import Any, Optional, Sequence

NASTY = "<b>x</b> & \"q\" 'a' $\\frac{1}{0}$ `touch pwned` @home {/Symbol a} %s ../../é日本\u202e\n/x"


def measured(name: str, *, suite: str = "engine_suite", case: Optional[str] = None, group: Optional[str] = None,
             parameters: Optional[dict[str, int]] = None, threads: int = 1, around_ns: float = 100.0,
             spread: float = 0.02, processes: int = 9, blocks: int = 12, iterations: int = 10_000, seed: int = 1,
             samples_ns: Optional[Sequence[Sequence[int]]] = None, items: Optional[float] = None,
             item_bytes: Optional[float] = None, counters: Optional[dict[str, Any]] = None,
             latency: bool = False, restarts: int = 0) -> dict[str, Any]:
    """A measured benchmark. `samples_ns`: the blocks of each process as they are, with one iteration each."""
    source = random.Random(f"{ascii(name)} {seed}")
    if samples_ns is None:
        timed = []
        for _ in range(processes):
            centre = around_ns * (1 + spread * 0.5 * source.gauss(0, 1))
            timed.append([max(1, round(iterations * centre * (1 + spread * abs(source.gauss(0, 1)))))
                          for _ in range(blocks)])
    else:
        timed, iterations = [list(p) for p in samples_ns], 1
    times = [[block / iterations for block in p] for p in timed]
    every = [t for p in times for t in p]
    middles = [median(p) for p in times]
    estimate = mean(middles)
    half = 2.3 * stdev(middles) / len(middles) ** 0.5 if len(middles) > 1 else None
    case = name if case is None else case
    group = (case.rsplit("/", 1)[0] if "/" in case else case) if group is None else group
    middle = median(every)
    document: dict[str, Any] = {
        "name": name, "suite": suite, "group": group, "case": case, "parameters": parameters or {},
        "threads": threads, "status": "ok",
        "time": {"estimate_ns": estimate, "low_ns": None if half is None else estimate - half,
                 "high_ns": None if half is None else estimate + half, "confidence": 0.95,
                 "method": "t over processes"},
        "statistics": {
            "mean_ns": mean(every), "median_ns": middle,
            "standard_deviation_ns": stdev(every) if len(every) > 1 else 0.0,
            "median_absolute_deviation_ns": median(abs(t - middle) for t in every),
            "min_ns": min(every), "max_ns": max(every), "block_count": len(every), "process_count": len(times)},
        "cpu_time_ns": estimate * 0.998,
        "peak_memory_bytes": 9_437_184,
        "restarts": restarts,
        "processes": [{"median_ns": middle_of_process, "iterations_per_block": [iterations], "block_ns": p}
                      for middle_of_process, p in zip(middles, timed)],
    }
    if items is not None:
        document.update(items_per_iteration=items, items_per_sec=items * threads / estimate * 1e9,
                        item_time_ns=estimate / items)
    if item_bytes is not None:
        document.update(bytes_per_iteration=item_bytes, bytes_per_sec=item_bytes / estimate * 1e9)
    if counters:
        document["counters"] = counters
    if latency:
        document["latency"] = {
            "count": 120_000, "mean_ns": 71.5, "min_ns": 41, "p50_ns": 63, "p90_ns": 95, "p95_ns": 127, "p99_ns": 431,
            "p99_9_ns": 2_303, "p99_99_ns": 18_431, "max_ns": 212_991,
            "buckets": [[41, 20_000], [63, 60_000], [95, 38_000], [431, 1_900], [18_431, 100]]}
    return document


def failed(name: str, error: str, *, suite: str = "engine_suite", threads: int = 1,
           parameters: Optional[dict[str, int]] = None) -> dict[str, Any]:
    return {"name": name, "suite": suite, "group": name.rsplit("/", 1)[0] if "/" in name else name, "case": name,
            "parameters": parameters or {}, "threads": threads, "status": "error", "error": error}


def document(*benchmarks: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A whole result. `changes` replace members of `vbench`."""
    rows = []
    for b in benchmarks:
        row = {"name": b["name"], "run_name": b["name"], "run_type": "iteration", "repetitions": 1,
               "repetition_index": 0, "threads": b["threads"]}
        if b["status"] == "error":
            row.update(error_occurred=True, error_message=b["error"])
        else:
            row.update(iterations=1, real_time=b["time"]["estimate_ns"], time_unit="ns")
        rows.append(row)
    ours: dict[str, Any] = {
        "schema_version": 1, "vbench_version": "0.1.0",
        "run": {"started": "2026-11-21T11:14:03Z", "wall_s": 93.4, "measured_s": 71.25, "seed": 20261121,
                "budget_s": 2.0, "processes": 9, "pinned_cpus": [2, 3],
                "load_average_start": [0.31, 0.4, 0.38], "load_average_end": [1.02, 0.63, 0.46]},
        "machine": {"architecture": "x86_64", "cpu_model": "Example Processor 9000 @ 3.60GHz", "cpu_count": 8,
                    "cpu_features": ["sse4_2", "avx2", "bmi2", "rdtscp", "constant_tsc", "nonstop_tsc"],
                    "cpu_mhz": 3600, "memory_bytes": 33_554_432_000, "kernel": "6.1.0-18-amd64",
                    "operating_system": "Debian GNU/Linux 12 (bookworm)"},
        "source": {"commit": "0123456789abcdef0123456789abcdef01234567", "dirty": False},
        "libraries": {"gsl": "2.7.1", "jansson": "2.14"},
        "suites": [{"name": name, "compiler": "GCC 12.2.0", "compiler_flags": "-std=c11 -O2 -g -DNDEBUG",
                    "build_type": "Release", "google_benchmark": "1.7.1", "c_library": "glibc 2.36",
                    "optimised": "yes", "optimisation_evidence": "DWARF of 5 source files says -O2",
                    "protocol_version": 2} for name in dict.fromkeys(b["suite"] for b in benchmarks)],
        "benchmarks": list(benchmarks),
    }
    ours.update(changes)
    return {
        "context": {"date": "2026-11-21T12:14:03+01:00", "executable": "vbench", "num_cpus": 8,
                    "mhz_per_cpu": 3600, "cpu_scaling_enabled": False, "library_build_type": "release",
                    "caches": [{"type": "Data", "level": 1, "size": 32768, "num_sharing": 2},
                               {"type": "Unified", "level": 2, "size": 1048576, "num_sharing": 2}],
                    "load_avg": [0.31, 0.4, 0.38]},
        "benchmarks": rows,
        "vbench": ours,
    }


def scaled(name: str = "family", contention: float = 0.1, coherency: float = 0.02, cpus: int = 4, **changes: Any) -> dict[str, Any]:
    """A result of five thread counts that follow the law, and the law."""
    threads = (1, 2, 3, 4, 8)
    per_sec = {n: 1e7 * n / (1 + contention * (n - 1) + coherency * n * (n - 1)) for n in threads}
    content = document(*(measured(f"{name}/{n}_threads", case=name, group=name, threads=n, items=1.0,
                                  around_ns=n / per_sec[n] * 1e9, seed=n) for n in threads))

    def fitted(value: float) -> dict[str, Any]:
        return {"estimate": value, "low": 0.9 * value, "high": 1.1 * value, "confidence": 0.95}

    content["vbench"]["scaling"] = [{
        "name": name, "counts": "items", "lambda_per_sec": fitted(1e7), "sigma": fitted(contention), "kappa": fitted(coherency),
        "peak_threads": ((1 - contention) / coherency) ** 0.5, "deviation_percent": 1.234, "shares_cpus": False,
        "points": [{"threads": n, "per_sec": per_sec[n], "fitted_per_sec": per_sec[n], "shares_cpus": n > cpus,
                    "fitted": n <= cpus} for n in threads], **changes}]
    return content


def engine() -> dict[str, Any]:
    """Something like a full run of the engine's suites, with what a page must cope with."""
    m = measured
    return document(
        *(m(f"ring_buffer/push_pop/{n}", case="ring_buffer/push_pop", parameters={"capacity": n},
            around_ns=6.2 + 0.3 * i * i, items=2, item_bytes=64, spread=0.015)
          for i, n in enumerate((64, 256, 1024, 4096))),
        m("ring_bulk_throughput/1M_ops", parameters={"operations": 1_000_000}, around_ns=4.1e6, items=1e6,
          iterations=4, spread=0.03),
        m("ring_bulk_throughput/10M_ops", parameters={"operations": 10_000_000}, around_ns=44e6, items=1e7,
          iterations=1, spread=0.03),
        m("ring_spsc_cross_thread", threads=2, around_ns=58.0, spread=0.2, latency=True),
        m("orderbook_update/bid", around_ns=11.7, spread=0.005,
          samples_ns=[[1170 + (i * 7 + j * 13) % 23 for j in range(12)] for i in range(8)]
          + [[1175] * 10 + [15_000, 90_000]]),
        *(m(f"orderbook_multithreaded/{t}_threads", case="orderbook_multithreaded", threads=t,
            around_ns=40.0 * t, spread=0.08, restarts=1 if t == 8 else 0,
            counters={"cas_retries": {"kind": "sum", "value": 123456.0 * t},
                      "updates": {"kind": "per_sec", "value": 2.5e7},
                      "depth": {"kind": "mean", "value": 3.14159}}) for t in (4, 8)),
        failed("orderbook_cas_pressure/single_level/8_threads",
               "the worker died of SIGSEGV in block 3 of process 2", threads=8),
        m("bundle_timed_flush", around_ns=1.2e6, processes=1, blocks=1),
        m("bundle_cycle_with_tsc", samples_ns=[[250] * 6] * 9),
        m("e2e_single_transaction", around_ns=812.0, spread=0.05, latency=True),
    )


def change(name: str, verdict: str, percent: float, low: Optional[float] = None, high: Optional[float] = None,
           visible: Optional[float] = None) -> dict[str, Any]:
    return {"name": name, "verdict": verdict, "change_percent": percent, "change_low_percent": low,
            "change_high_percent": high, "visible_percent": visible}


def _with_times(row: dict[str, Any], old_medians_ns: Sequence[float]) -> dict[str, Any]:
    """The two times that the row's change is the ratio of."""
    old_ns = geometric_mean(old_medians_ns) if min(old_medians_ns) > 0 else 1.0
    new_ns = old_ns * (1 + row["change_percent"] / 100)
    ends = {"old_low_ns": old_ns * 0.985, "old_high_ns": old_ns * 1.0125, "new_low_ns": new_ns * 0.9875, "new_high_ns": new_ns * 1.01}
    return {"old_ns": old_ns, "new_ns": new_ns, **(ends if len(old_medians_ns) > 1 else {}), **row}


def left_out(name: str, reason: str, text: str) -> dict[str, Any]:
    return {"name": name, "reason": reason, "text": text}


def compared(new: dict[str, Any], old: dict[str, Any], rows: Sequence[dict[str, Any]],
             not_compared: Sequence[dict[str, Any]] = (), **changes: Any) -> dict[str, Any]:
    """`new` with the comparison against the document `old`. `changes` replace members of `comparison`."""
    ours = old["vbench"]
    times = {b["name"]: [p["median_ns"] for p in b["processes"]] for b in ours["benchmarks"] if b["status"] == "ok"}
    comparison = {
        "paired": False, "confidence": 0.99, "drift_percent": 5.0, "min_effect_percent": 0.25,
        "common_percent": None, "moved_together": False,
        "method": "Welch's interval over the processes' log medians, widened by the allowance for drift",
        "rows": [_with_times(row, times[row["name"]]) for row in rows], "not_compared": list(not_compared),
        "old": {"name": "before", **{part: ours[part] for part in ("run", "machine", "source", "suites", "benchmarks")}},
        **changes}
    return {**new, "vbench": {**new["vbench"], "comparison": comparison}}


def side_by_side(compared_content: dict[str, Any]) -> dict[str, Any]:
    """The same comparison, as if old and new had been measured in pairs: what the schema asks of one."""
    comparison = compared_content["vbench"]["comparison"]
    cycle = {"cycle": [0] * 4, "old_layout": [0, 1, 2, 3], "new_layout": [3, 1, 0, 2]}
    for row in comparison["rows"]:
        times = {"change_percent": [row["change_percent"]] * 4, "old_ns": [row["old_ns"]] * 4,
                 "new_ns": [row["new_ns"]] * 4}
        row.update(benchmark_changed=False, cycles=1, cycles_planned=1, block_ns=1e6, pair_blocks=30,
                   warm_up_iterations=0, cache_shared_percent=None, layouts=4, layout_reason=None,
                   pairs={**cycle, **times}, natural=None, layout_spread_percent=None)
    comparison["old"] = {**comparison["old"], "kind": "archive", "text": "baselines/before.json, archived"}
    comparison.update(paired=True, drift_percent=None, notes=[], layouts=[],
                      new={"name": "bin", "kind": "suites", "text": "build/release/bin"})
    return compared_content


def engine_compared() -> dict[str, Any]:
    """Something like a comparison of the engine's suites, with every verdict and every reason for none."""
    m = measured
    added = "added: the baseline does not have it"
    removed = "removed: only the baseline has it"

    def ring(n: int, around_ns: float, **more: Any) -> dict[str, Any]:
        return m(f"ring_buffer/push_pop/{n}", case="ring_buffer/push_pop", parameters={"capacity": n},
                 around_ns=around_ns, item_bytes=64, spread=0.015, **more)

    def bulk(n: int, around_ns: float, **more: Any) -> dict[str, Any]:
        return m(f"ring_bulk_throughput/{n}M_ops", parameters={"operations": n * 1_000_000}, around_ns=around_ns,
                 items=n * 1e6, iterations=1, spread=0.03, **more)

    counters = {"cas_retries": {"kind": "sum", "value": 493824.0}, "updates": {"kind": "per_sec", "value": 2.5e7}}
    old = document(
        ring(64, 3.61, seed=2), ring(1024, 3.66, seed=2), ring(4096, 3.9, seed=2), bulk(1, 1.86e6, seed=2),
        bulk(10, 2.31e7, seed=2), m("ring_spsc_cross_thread", threads=2, around_ns=98.0, spread=0.2, latency=True, seed=2),
        m("orderbook_update/bid", around_ns=11.7, spread=0.005, seed=2), m("orderbook_update/ask", around_ns=12.1),
        m("orderbook_multithreaded/4_threads", threads=4, around_ns=160.0, spread=0.08, seed=2, counters=counters),
        failed("bundle_timed_flush", "the worker stopped answering for 10 s"),
        m("bundle_cycle_with_tsc", samples_ns=[[0] * 3] * 2), m("e2e_single_transaction", around_ns=812.0, seed=2),
        m("once", processes=1, blocks=1, around_ns=1.2e6, seed=2),
        run={"started": "2026-11-14T09:02:44Z", "wall_s": 92.9, "measured_s": 70.5, "seed": 20261114, "budget_s": 2.0,
             "processes": 9, "pinned_cpus": [2, 3], "load_average_start": [0.12, 0.2, 0.21],
             "load_average_end": [0.98, 0.51, 0.33]},
        source={"commit": "fedcba9876543210fedcba9876543210fedcba98", "dirty": False})
    old["vbench"]["suites"][0].update(compiler="GCC 12.1.0", compiler_flags="-std=c11 -O2 -DNDEBUG -fno-plt")
    old["vbench"]["machine"].update(kernel="6.1.0-13-amd64")
    new = document(
        ring(64, 3.6), ring(1024, 4.12), ring(4096, 3.2), ring(16384, 4.4), bulk(1, 1.87e6), bulk(10, 2.2e7),
        m("ring_spsc_cross_thread", threads=2, around_ns=104.0, spread=0.2, latency=True),
        m("orderbook_update/bid", around_ns=585.0, spread=0.005, restarts=1),
        m("orderbook_multithreaded/4_threads", threads=4, around_ns=140.0, spread=0.08,
          counters={**counters, "depth": {"kind": "mean", "value": 3.14159}}),
        m("bundle_timed_flush", around_ns=1.2e6), m("bundle_cycle_with_tsc", samples_ns=[[250] * 3] * 2),
        failed("e2e_single_transaction", "the worker died of SIGSEGV in block 3 of process 2"),
        m("once", processes=1, blocks=1, around_ns=1.3e6),
        source={"commit": "0123456789abcdef0123456789abcdef01234567", "dirty": True})
    return compared(new, old, [
        change("orderbook_update/bid", "regressed", 4900.25, 4660.5, 5151.75, 5.25),
        change("ring_buffer/push_pop/1024", "regressed", 12.5, 6.75, 18.5, 5.5),
        change("ring_buffer/push_pop/4096", "improved", -18.25, -22.5, -13.75, 5.5),
        change("ring_buffer/push_pop/64", "equivalent", -0.28125, -0.875, 0.3125, 0.625),
        change("ring_bulk_throughput/10M_ops", "inconclusive", -4.75, -12.25, 3.5, 8.125),
        change("ring_bulk_throughput/1M_ops", "inconclusive", 0.5, -6.75, 8.25, 7.625),
        change("orderbook_multithreaded/4_threads", "inconclusive", -12.5, -24.25, 1.125, 14.5),
        change("ring_spsc_cross_thread", "inconclusive", 6.125, -21.5, 43.5, 32.75),
        change("once", "inconclusive", 8.25),
    ], [
        left_out("ring_buffer/push_pop/16384", "added", added),
        left_out("orderbook_update/ask", "removed", removed),
        left_out("e2e_single_transaction", "failed", "the worker died of SIGSEGV in block 3 of process 2"),
        left_out("bundle_timed_flush", "failed_then", "no old time: it failed when the baseline was saved"),
        left_out("bundle_cycle_with_tsc", "no_time", "a side took no time, so there is no ratio"),
    ])


def save(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path
