"""The picture of a distribution that stands in a row of a table: an SVG of half a kilobyte, for the page itself.

It has no colours and no words: the page's style sheet knows the classes tiny, old, new and tick.
Pure Python, and quick: a page has as many of them as benchmarks.
"""
from __future__ import annotations

import math
from typing import Optional, Sequence

from markupsafe import Markup

from ..model import Measured

WIDTH, HEIGHT = 96, 24
_POINTS = 33  # of an outline
_STEP = WIDTH // (_POINTS - 1)
_MOST_SAMPLES = 480  # of a side; more are taken evenly from among all


def drawing(new: Measured, old: Optional[Measured]) -> Markup:
    """The old side as an outline, the new one filled, and a tick at its estimate."""
    sides = [_samples(side) for side in (old, new) if side is not None]
    low, high = _ends([*sides, [new.time.estimate_ns]])
    curves = [_curve(samples, low, high) for samples in sides]
    # Equal areas, but a side that spreads ten times as much must not vanish.
    peaks = [max(curve) for curve in curves]
    top = max(peaks)
    shapes = [_path(curve, (HEIGHT - 3) * max(peak / top, 0.3) / peak) for curve, peak in zip(curves, peaks)]
    at = round((new.time.estimate_ns - low) / (high - low) * WIDTH)
    before = f'<path class="old" d="{shapes[0]}"/>' if old is not None else ""
    return Markup(
        f'<svg class="tiny" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">'
        f'<path class="new" d="{shapes[-1]}"/>{before}<path class="tick" d="M{at} 1V{HEIGHT}"/></svg>')


def _samples(benchmark: Measured) -> list[float]:
    count = sum(len(process.block_ns) for process in benchmark.processes)
    stride = max(1, -(-count // _MOST_SAMPLES))
    found: list[float] = []
    start = 0  # in this process, so that the stride goes on across processes
    for process in benchmark.processes:
        blocks = process.block_ns[start::stride]
        if len(process.iterations_per_block) == 1:
            found += [ns / process.iterations_per_block[0] for ns in blocks]
        else:
            found += [ns / count for ns, count in zip(blocks, process.iterations_per_block[start::stride])]
        start += len(blocks) * stride - len(process.block_ns)
    return sorted(found)


def _ends(sides: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Within three interquartile ranges of the quartiles of each."""
    lows, highs = [], []
    for ordered in sides:
        quarter, three = ordered[len(ordered) // 4], ordered[(3 * len(ordered)) // 4]
        reach = 3 * (three - quarter)
        lows.append(max(ordered[0], quarter - reach))
        highs.append(min(ordered[-1], three + reach))
    low, high = min(lows), max(highs)
    pad = 0.12 * (high - low) or abs(high) * 0.02 or 0.5
    return low - pad, high + pad


def _curve(ordered: Sequence[float], low: float, high: float) -> list[float]:
    """Counts around each point, shared by distance and smoothed."""
    counts = [0.0] * _POINTS
    scale = (_POINTS - 1) / (high - low)
    last = _POINTS - 1
    for value in ordered:
        place = (value - low) * scale
        if 0 <= place < last:
            index = int(place)
            share = place - index
            counts[index] += 1 - share
            counts[index + 1] += share
    quarter, three = ordered[len(ordered) // 4], ordered[(3 * len(ordered)) // 4]
    width = max(0.8, 0.67 * (three - quarter) * scale * len(ordered) ** -0.2)
    reach = min(int(3 * width), last)
    kernel = [math.exp(-0.5 * (k / width) ** 2) for k in range(reach + 1)]
    smooth = [0.0] * _POINTS
    for index, count in enumerate(counts):
        if count:
            for other in range(max(0, index - reach), min(last, index + reach) + 1):
                smooth[other] += count * kernel[abs(other - index)]
    total = sum(smooth) or 1.0
    return [value / total for value in smooth] if any(smooth) else [1.0 / _POINTS] * _POINTS


def _path(curve: Sequence[float], scale: float) -> str:
    """From the lower left corner, in steps to the right, and down to the lower right one."""
    heights = [round(value * scale) for value in curve]
    steps = [f"{_STEP} {before - after}" for before, after in zip(heights, heights[1:])]
    return f"M0 {HEIGHT}V{HEIGHT - heights[0]}l" + " ".join(steps).replace(" -", "-") + f"V{HEIGHT}"
