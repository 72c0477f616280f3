"""Many pictures at once: in a pool of processes where that is sooner, and with one gnuplot for many of its pictures."""
from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Callable, Sequence, Tuple

from . import gnuplot, svg

Job = Tuple[Callable[[Any], svg.Picture], Any]  # a function of a module's top level that draws, and of what

# Fewer pictures than this are drawn sooner than a pool of processes has started and each has loaded matplotlib.
WORTH_A_POOL = 60
MOST_PROCESSES = 8
# So many go to a process at a time: enough for one gnuplot to be worth its start, few enough to end together.
BATCH = 32


def draw_all(jobs: Sequence[Job]) -> list[svg.Picture]:
    """A picture for each job, in their order."""
    processes = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, MOST_PROCESSES)
    if len(jobs) < WORTH_A_POOL or processes < 2:
        return draw_batch(jobs)
    # Those of gnuplot side by side, so that each batch is of one kind.
    order = sorted(range(len(jobs)), key=lambda index: gnuplot.plan_of(jobs[index][0]) is None)
    size = max(1, min(BATCH, -(-len(jobs) // (4 * processes))))
    batches = [[jobs[index] for index in order[start:start + size]] for start in range(0, len(order), size)]
    try:
        with ProcessPoolExecutor(processes) as pool:
            drawn = [picture for batch in pool.map(draw_batch, batches) for picture in batch]
    except (OSError, BrokenProcessPool):  # no shared memory or no more processes here
        return draw_batch(jobs)
    by_index = dict(zip(order, drawn))
    return [by_index[index] for index in range(len(jobs))]


def draw_batch(jobs: Sequence[Job]) -> list[svg.Picture]:
    """In this process; pictures of gnuplot all together."""
    planned = [(index, plan(argument)) for index, (function, argument) in enumerate(jobs)
               if (plan := gnuplot.plan_of(function)) is not None]
    by_index = dict(zip((index for index, _ in planned), gnuplot.draw_all([plan for _, plan in planned])))
    return [by_index[index] if index in by_index else function(argument)
            for index, (function, argument) in enumerate(jobs)]
