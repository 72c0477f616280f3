"""From a result to a page and its pictures, all in memory."""
from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Callable, Optional, Sequence, Tuple

from . import comparison, curves, page, plots, plots_of_cycles, plots_of_layouts, plots_of_pairs, scaling, svg
from .comparison import Pair
from .model import Measured, Result

Job = Tuple[Callable[[Any], svg.Picture], Any]  # a function that draws, and of what

# Fewer pictures than this are drawn sooner than a pool of processes has started.
WORTH_A_POOL = 6


def build(result: Result) -> tuple[str, dict[str, str]]:
    """The page, and the text of each picture by file name."""
    pairs = comparison.pairs(result)
    by_group: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs:
        if not pair.removed:
            by_group.setdefault((pair.benchmark.suite, pair.benchmark.group), []).append(pair)
    charts = [chart for members in by_group.values() for chart in curves.charts(
        [p.benchmark for p in members], [p.both[0] if p.both else None for p in members])]

    confidence = result.comparison.common_confidence if result.comparison else None
    wanted = [(_distribution(p), _cycles(p, confidence), _layouts(p)) for p in pairs]
    jobs = [job for of_pair in wanted for job in of_pair if job] + [(curves.draw, c) for c in charts] + \
        [(scaling.draw, s) for s in result.scalings]
    pictures = _distinct(_all(jobs))
    drawn = iter(pictures)
    of_pairs = [page.Pictures(*(next(drawn) if job else None for job in of_pair)) for of_pair in wanted]
    of_curves = [(chart, next(drawn)) for chart in charts]
    of_scalings = list(zip(result.scalings, drawn))

    text = page.render(result, page.groups(pairs, of_pairs, of_curves, of_scalings))
    return text, {p.file_name: p.svg for p in pictures if p.svg is not None}


def _distribution(pair: Pair) -> Optional[Job]:
    if pair.both:
        return (plots_of_pairs.draw, pair.both)
    return (plots.draw, pair.benchmark) if isinstance(pair.benchmark, Measured) else None


def _cycles(pair: Pair, confidence: Optional[float]) -> Optional[Job]:
    pairing = pair.change.pairing if pair.change else None
    if pairing is None or not pairing.pairs.cycle:
        return None
    return (plots_of_cycles.draw, (pair.benchmark, pair.change, confidence))


def _layouts(pair: Pair) -> Optional[Job]:
    pairing = pair.change.pairing if pair.change else None
    if pairing is None or not plots_of_layouts.has_layouts(pairing):
        return None
    return (plots_of_layouts.draw, (pair.benchmark, pairing))


def _draw(job: Job) -> svg.Picture:
    function, argument = job
    return function(argument)


def _all(jobs: Sequence[Job]) -> list[svg.Picture]:
    processes = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8)
    if len(jobs) < WORTH_A_POOL or processes < 2:
        return [_draw(job) for job in jobs]
    try:
        with ProcessPoolExecutor(processes) as pool:
            return list(pool.map(_draw, jobs, chunksize=4))
    except (OSError, BrokenProcessPool):  # no shared memory or no more processes here
        return [_draw(job) for job in jobs]


def _distinct(pictures: Sequence[svg.Picture]) -> list[svg.Picture]:
    """Two benchmarks of one name in one suite must not share a file."""
    taken: dict[str, int] = {}
    result = []
    for p in pictures:
        count = taken.get(p.file_name, 0)
        taken[p.file_name] = count + 1
        name = p.file_name if count == 0 else f"{p.file_name[:-4]}-again{count}.svg"
        result.append(svg.Picture(name, p.alt, p.width, p.height, p.svg, p.note))
    return result
