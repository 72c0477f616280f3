"""Reads a result file: JSON, then the schema, then what a schema cannot say, then dataclasses.

Everything that is wrong with a file is a LoadError whose text is one sentence for the user.
"""
from __future__ import annotations

import dataclasses
import json
import math
import re
from pathlib import Path
from typing import Any, Iterable, Optional

import fastjsonschema
import jsonschema

from . import load_paired, load_surroundings, model

SCHEMA_VERSION = 1
SCHEMA_PATH = Path(__file__).resolve().parents[2] / "baselines" / "schema.json"

# Not allowed in XML, so neither in a picture's title; lone surrogates cannot be written as UTF-8.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class LoadError(Exception):
    """The file is no result that this program can read; the text says why in one sentence."""


def load(file: Path, called: Optional[str] = None) -> model.Result:
    """`called`: the name that messages give to the file, where it stands for another one."""
    document = _parse(file)
    path = Path(called) if called else file
    _check_version(path, document)
    _check_schema(path, document)
    _check_blocks(path, "vbench.benchmarks", document["vbench"]["benchmarks"])
    _check_comparison(path, document["vbench"])
    _check_history(path, document["vbench"])
    return _result(_clean(document))


# --- JSON ---------------------------------------------------------------------------------------

def _parse(path: Path) -> Any:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise LoadError(f"{path}: there is no such file; `vbench run --json FILE` makes one.") from None
    except IsADirectoryError:
        raise LoadError(f"{path} is a folder; name a result file.") from None
    except OSError as error:
        raise LoadError(f"{path} cannot be read: {error.strerror}.") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LoadError(f"{path} is not JSON: byte {error.start} is not UTF-8 text.") from None
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_float, parse_int=_int)
    except json.JSONDecodeError as error:
        raise LoadError(f"{path} is not JSON: {error.msg} at line {error.lineno}, "
                        f"column {error.colno}.") from None
    except RecursionError:
        raise LoadError(f"{path} is nested too deeply to be a result.") from None
    except _BadNumber as error:
        raise LoadError(f"{path} holds {error}, which is not a number that a result can hold.") from None


class _BadNumber(Exception):
    pass


def _refuse_constant(text: str) -> float:
    raise _BadNumber(text)


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _BadNumber(_shortened(text))
    return value


def _int(text: str) -> int:
    if len(text) > 40:  # far beyond 64 bits; also keeps every number convertible to a float
        raise _BadNumber(_shortened(text))
    return int(text)


def _shortened(text: str) -> str:
    return text if len(text) <= 24 else text[:20] + "…"


# --- what the file claims to be -----------------------------------------------------------------

def _check_version(path: Path, document: Any) -> None:
    ours = document.get("vbench") if isinstance(document, dict) else None
    if not isinstance(ours, dict):
        hint = ""
        if isinstance(document, dict) and "context" in document and "benchmarks" in document:
            hint = " It looks like Google Benchmark's own output; measure with `vbench run` instead."
        raise LoadError(f"{path} is not a Velox Bench result: `vbench` is missing.{hint}")
    version = ours.get("schema_version")
    if isinstance(version, int) and not isinstance(version, bool) and version > SCHEMA_VERSION:
        maker = ours.get("vbench_version")
        by = f" ({_plain(maker)})" if isinstance(maker, str) else ""
        raise LoadError(f"{path} was made by a newer vbench{by}; it has schema version {version}, and this "
                        f"report generator reads {SCHEMA_VERSION}: use the one that came with that vbench.")


def _check_schema(path: Path, document: Any) -> None:
    try:
        schema = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LoadError(f"{SCHEMA_PATH}, which describes result files, cannot be read: {error}.") from None
    try:
        fastjsonschema.compile(schema)(document)
        return
    except fastjsonschema.JsonSchemaValueException:
        pass  # the other one knows best how to say what is wrong, but takes fifty times as long to find nothing
    errors = [_most_telling(e) for e in jsonschema.Draft7Validator(schema).iter_errors(document)]
    if errors:
        first = min(errors, key=lambda e: _document_order(e, document))
        raise LoadError(f"{path} is not a Velox Bench result: {_sentence(first)}")


# What tells the kinds of a oneOf apart.
_TELLING = (["status"], ["paired"])


def _most_telling(error: jsonschema.ValidationError) -> jsonschema.ValidationError:
    """Goes down to the branch of a oneOf that `status` or `paired` chose, and there to the first error."""
    while error.context:
        branches: dict[Any, list[jsonschema.ValidationError]] = {}
        for sub in error.context:
            branches.setdefault(sub.schema_path[0], []).append(sub)

        def other_kind(errors: Iterable[jsonschema.ValidationError]) -> bool:
            return any(list(e.relative_path) in _TELLING and e.validator == "const" for e in errors)

        chosen = [errors for errors in branches.values() if not other_kind(errors)]
        if not chosen:  # it is wrong itself
            for errors in branches.values():
                for sub in errors:
                    if list(sub.relative_path) in _TELLING:
                        return sub
        pool = (chosen or list(branches.values()))[0]
        error = min(pool, key=lambda e: (len(e.relative_path), [str(p) for p in e.relative_path]))
    return error


def _document_order(error: jsonschema.ValidationError, document: Any) -> list[int]:
    """Where in the file the error is, so that the first one in it is named."""
    order: list[int] = []
    here = document
    for part in error.absolute_path:
        order.append(part if isinstance(part, int) else list(here).index(part))
        here = here[part]
    return order


def _sentence(error: jsonschema.ValidationError) -> str:
    where = _path_text(error.absolute_path)
    if error.validator == "required":
        lost = next((k for k in error.validator_value if k not in error.instance), "?")
        return f"`{where + '.' if where else ''}{lost}` is missing."
    where = f"`{where}`" if where else "the whole file"
    if error.validator == "type":
        wanted = error.validator_value
        names = [wanted] if isinstance(wanted, str) else list(wanted)
        return f"{where} is {_kind(error.instance)}, but must be {' or '.join(map(_article, names))}."
    if error.validator == "const":
        return f"{where} is {_value(error.instance)}, but must be {_value(error.validator_value)}."
    if error.validator == "enum":
        return f"{where} is {_value(error.instance)}, but must be one of " \
               f"{', '.join(_value(v) for v in error.validator_value)}."
    limits = {"minimum": "at least", "maximum": "at most", "exclusiveMinimum": "more than",
              "exclusiveMaximum": "less than"}
    if error.validator in limits:
        return f"{where} is {_value(error.instance)}, but must be " \
               f"{limits[error.validator]} {error.validator_value}."
    if error.validator == "pattern":
        return f"{where} is {_value(error.instance)}, which does not look as it must ({error.validator_value})."
    if error.validator in ("minItems", "minLength"):
        return f"{where} is too short."
    if error.validator == "maxItems":
        return f"{where} is too long."
    return f"{where} does not follow baselines/schema.json ({error.validator})."


def _path_text(path: Iterable[Any]) -> str:
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + _plain(part)
    return text


def _plain(text: str) -> str:
    """For a one-line message: no line breaks, no control characters, not endless."""
    text = " ".join(_UNPRINTABLE.sub("\ufffd", text).split())
    return text if len(text) <= 80 else text[:79] + "…"


def _kind(value: Any) -> str:
    for kind, name in ((bool, "true or false"), (dict, "an object"), (list, "an array"), (str, "a string"),
                       (int, f"the number {value}"), (float, f"the number {value}")):
        if isinstance(value, kind):
            return name
    return "null"


def _article(kind: str) -> str:
    return {"null": "null", "boolean": "true or false", "integer": "a whole number", "number": "a number",
            "string": "a string", "array": "an array", "object": "an object"}[kind]


def _value(value: Any) -> str:
    return _plain(json.dumps(value, ensure_ascii=False))


def _check_blocks(path: Path, where: str, benchmarks: Any) -> None:
    for index, benchmark in enumerate(benchmarks):
        for number, process in enumerate(benchmark.get("processes", ()) if benchmark["status"] == "ok" else ()):
            iterations, blocks = len(process["iterations_per_block"]), len(process["block_ns"])
            if iterations not in (1, blocks):
                raise LoadError(
                    f"{path} is not a Velox Bench result: "
                    f"`{where}[{index}].processes[{number}].iterations_per_block` has {iterations} "
                    f"numbers, but must have one, or one for each of the {blocks} blocks.")


def _check_comparison(path: Path, ours: Any) -> None:
    """Whatever has a verdict must have a time on both sides, or there is nothing to show beside it."""
    comparison = ours.get("comparison")
    if comparison is None:
        return
    complaint = load_paired.complaint(comparison)
    if complaint:
        raise LoadError(f"{path} is not a Velox Bench result: {complaint}")
    _check_blocks(path, "vbench.comparison.old.benchmarks", comparison["old"]["benchmarks"])
    for side, benchmarks in (("old", comparison["old"]["benchmarks"]), ("new", ours["benchmarks"])):
        timed = {b["name"] for b in benchmarks if b["status"] == "ok"}
        for index, row in enumerate(comparison["rows"]):
            if row["name"] not in timed:
                raise LoadError(
                    f"{path} is not a Velox Bench result: `vbench.comparison.rows[{index}].name` is "
                    f"{_value(row['name'])}, but the {side} side has no time of that name.")


def _check_history(path: Path, ours: Any) -> None:
    complaint = load_surroundings.history_complaint(ours.get("history"))
    if complaint:
        raise LoadError(f"{path} is not a Velox Bench result: {complaint}")


# --- dataclasses --------------------------------------------------------------------------------

def _clean(value: Any) -> Any:
    """The same document with every string fit for HTML and XML."""
    if isinstance(value, str):
        return _UNPRINTABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_clean(k): _clean(v) for k, v in value.items()}
    if isinstance(value, list):
        # The long arrays hold numbers only: leave them be.
        return [_clean(v) for v in value] if value and isinstance(value[0], (str, dict, list)) else value
    return value


def _result(document: Any) -> model.Result:
    context, ours = document["context"], document["vbench"]
    return model.Result(
        vbench_version=ours["vbench_version"],
        run=_run(ours["run"]),
        machine=_machine(ours["machine"], context),
        source=_source(ours["source"]),
        libraries=tuple(ours["libraries"].items()),
        suites=tuple(map(_suite, ours["suites"])),
        benchmarks=tuple(_benchmark(b) for b in ours["benchmarks"]),
        comparison=_comparison(ours.get("comparison")),
        scalings=tuple(map(_scaling, ours.get("scaling", ()))),
        findings=tuple(map(load_surroundings.finding, ours.get("findings", ()))),
        history=load_surroundings.history(ours.get("history")),
        doctor=load_surroundings.doctor(ours.get("doctor")),
        selftest=load_surroundings.selftest(ours.get("selftest")),
    )


def _scaling(scaling: Any) -> model.Scaling:
    def fitted(value: Any) -> model.Fitted:
        return model.Fitted(value["estimate"], value["low"], value["high"], value["confidence"])

    points = sorted(scaling["points"], key=lambda point: point["threads"])
    return model.Scaling(
        name=scaling["name"], counts=scaling["counts"], one_thread_per_sec=fitted(scaling["lambda_per_sec"]),
        sigma=fitted(scaling["sigma"]), kappa=fitted(scaling["kappa"]), peak_threads=scaling["peak_threads"],
        deviation_percent=scaling["deviation_percent"], shares_cpus=scaling["shares_cpus"],
        points=tuple(model.ScalingPoint(p["threads"], p["per_sec"], p["shares_cpus"]) for p in points))


def _comparison(comparison: Optional[Any]) -> Optional[model.Comparison]:
    if comparison is None:
        return None
    old, is_paired = comparison["old"], comparison["paired"]
    return model.Comparison(
        paired=is_paired, confidence=comparison["confidence"],
        drift_percent=comparison["drift_percent"], min_effect_percent=comparison["min_effect_percent"],
        common_percent=comparison["common_percent"], moved_together=comparison["moved_together"],
        method=comparison["method"], notes=tuple(comparison.get("notes", ())),
        rows=tuple(model.Change(r["name"], r["verdict"], r["old_ns"], r["new_ns"], r["change_percent"],
                                r["change_low_percent"], r["change_high_percent"], r["visible_percent"],
                                load_paired.pairing(r) if is_paired else None, _block_quantiles(r),
                                _ends(r, "old_low_ns", "old_high_ns"), _ends(r, "new_low_ns", "new_high_ns"), _rate(r), r.get("rate_of"),
                                _ends(r, "old_rate_per_sec", "new_rate_per_sec"))
                   for r in comparison["rows"]),
        not_compared=tuple(model.NotCompared(n["name"], n["reason"], n["text"]) for n in comparison["not_compared"]),
        old=model.Old(
            name=old["name"], run=_run(old["run"]) if old["run"] else None, machine=_machine(old["machine"], {}), source=_source(old["source"]),
            suites=tuple(map(_suite, old["suites"])), benchmarks=tuple(map(_benchmark, old["benchmarks"])),
            side=load_paired.side(old) if is_paired else None),
        new=load_paired.side(comparison["new"]) if is_paired else None,
        layouts=tuple(map(load_paired.layouts, comparison["layouts"])) if is_paired else (),
        level_percent=comparison.get("level_percent"), hypotheses=comparison.get("hypotheses"),
        noise_floor=load_paired.noise_floor(comparison), gate=_gate(comparison.get("gate")),
        tolerance_percent=comparison.get("tolerance_percent"),
    )


def _gate(gate: Optional[Any]) -> Optional[model.Gate]:
    return gate and model.Gate(gate["fail_above_percent"], gate["fail_on_inconclusive"], gate["failed"])


def _source(source: Any) -> model.Source:
    return model.Source(source["commit"], source["dirty"])


def _suite(suite: Any) -> model.Suite:
    return model.Suite(suite["name"], suite["compiler"], suite["compiler_flags"], suite["build_type"],
                       suite["google_benchmark"], suite.get("c_library"), suite["optimised"],
                       suite["optimisation_evidence"])


def _run(run: Any) -> model.Run:
    pinned = run.get("pinned_cpus")
    return model.Run(
        started=run["started"], wall_s=run["wall_s"], measured_s=run["measured_s"], seed=run["seed"],
        budget_s=run["budget_s"], processes=run["processes"],
        pinned_cpus=None if pinned is None else tuple(pinned),
        load_average_start=tuple(run["load_average_start"]),
        load_average_end=tuple(run["load_average_end"]), command=tuple(run.get("command", ())), imported_from=run.get("imported_from"),
    )


def _machine(machine: Any, context: Any) -> model.Machine:
    return model.Machine(
        architecture=machine["architecture"], cpu_model=machine["cpu_model"], cpu_count=machine["cpu_count"],
        cpu_features=tuple(machine["cpu_features"]), cpu_mhz=machine.get("cpu_mhz"),
        memory_bytes=machine["memory_bytes"] or None, kernel=machine["kernel"],
        operating_system=machine["operating_system"], host_name=machine.get("host_name"),
        cpu_scaling_enabled=context.get("cpu_scaling_enabled"),
        caches=tuple(_caches(context.get("caches", ()))), cpu_quota=machine.get("cpu_quota"),
    )


def _caches(caches: Iterable[Any]) -> Iterable[model.Cache]:
    """Google Benchmark's own description, which the schema leaves open: what is odd is left out."""
    for cache in caches:
        level, kind, size = cache.get("level"), cache.get("type"), cache.get("size")
        if isinstance(level, int) and isinstance(kind, str) and isinstance(size, int) and size > 0:
            yield model.Cache(level, kind, size)


def _benchmark(b: Any) -> model.Benchmark:
    identity = dict(name=b["name"], suite=b["suite"], group=b["group"], case=b["case"],
                    parameters=tuple((k, int(v)) for k, v in b["parameters"].items()), threads=int(b["threads"]))
    if b["status"] == "error":
        return model.Failed(error=b["error"], **identity)
    time, s = b["time"], b["statistics"]
    return model.Measured(
        time=model.Time(time["estimate_ns"], time["low_ns"], time["high_ns"], time["confidence"], time["method"]),
        statistics=model.Statistics(
            s["mean_ns"], s["median_ns"], s["standard_deviation_ns"], s["median_absolute_deviation_ns"],
            s["min_ns"], s["max_ns"], s["block_count"], s["process_count"]),
        cpu_time_ns=b.get("cpu_time_ns"),
        items_per_iteration=b.get("items_per_iteration"), items_per_sec=b.get("items_per_sec"),
        item_time_ns=b.get("item_time_ns"),
        bytes_per_iteration=b.get("bytes_per_iteration"), bytes_per_sec=b.get("bytes_per_sec"),
        counters=tuple(model.Counter(n, c["kind"], c["value"]) for n, c in b.get("counters", {}).items()),
        latency=_latency(b.get("latency")),
        restarts=b["restarts"],
        warnings=tuple(b.get("warnings", ())),
        peak_memory_bytes=b["peak_memory_bytes"] or None,
        allocations_per_iteration=b.get("allocations", {}).get("count_per_iteration"),
        allocated_bytes_per_iteration=b.get("allocations", {}).get("bytes_per_iteration"),
        processes=tuple(model.Process(p["median_ns"], tuple(p["iterations_per_block"]), tuple(p["block_ns"]))
                        for p in b["processes"]),
        spread=_spread(b.get("spread")),
        outliers=model.Outliers(**{k: b["outliers"][k] for k in _OUTLIERS}) if b.get("outliers") else None,
        linear=_linear(b.get("linear")), items_rate=_rate_of_all(b, "items_per_sec"), bytes_rate=_rate_of_all(b, "bytes_per_sec"),
        **identity,
    )


_OUTLIERS = tuple(field.name for field in dataclasses.fields(model.Outliers))


def _estimated(value: Any) -> model.Estimated:
    return model.Estimated(value["estimate"], value["low"], value["high"])


def _spread(spread: Optional[Any]) -> Optional[model.Spread]:
    return spread and model.Spread(spread["confidence"], spread["method"],
                                   tuple((name, _estimated(value)) for name, value in spread["figures"].items()))


def _linear(linear: Optional[Any]) -> Optional[model.Linear]:
    return linear and model.Linear(
        tuple((iterations, ns) for iterations, ns in linear["points"]), linear["confidence"], linear["method"],
        _estimated(linear["slope_ns"]), _estimated(linear["r_squared"]))


def _ends(row: Any, low: str, high: str) -> Optional[tuple[float, float]]:
    return (row[low], row[high]) if low in row and high in row else None


def _rate_of_all(b: Any, key: str) -> Optional[model.Estimated]:
    ends = _ends(b, f"{key}_low", f"{key}_high")
    return ends and model.Estimated(b[key], *ends)


def _rate(row: Any) -> Optional[model.Estimated]:
    if "rate_change_percent" not in row:
        return None
    return model.Estimated(row["rate_change_percent"], row.get("rate_change_low_percent"), row.get("rate_change_high_percent"))


def _block_quantiles(row: Any) -> tuple[model.BlockQuantile, ...]:
    return tuple(model.BlockQuantile(q["quantile"], q["old_ns"], q["new_ns"], q["change_percent"],
                                     q["change_low_percent"], q["change_high_percent"])
                 for q in row.get("block_quantiles", ()))


_PERCENTILES = ("mean_ns", "min_ns", "p50_ns", "p90_ns", "p95_ns", "p99_ns", "p99_9_ns", "p99_99_ns", "max_ns")


def _latency(latency: Optional[Any]) -> Optional[model.Latency]:
    if latency is None:
        return None
    return model.Latency(
        count=latency["count"],
        percentiles=tuple((name, latency[name]) for name in _PERCENTILES),
        buckets=tuple((lowest, count) for lowest, count in latency["buckets"]),
    )
