"""Where an axis has its ticks and how they read. Knows numbers only, and nothing of what draws them."""
from __future__ import annotations

import math
import sys
from typing import Sequence

Tick = tuple[float, str]

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_IN_A_DECADE: Sequence[Sequence[float]] = ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7))


def linear(low: float, high: float, most: int) -> list[Tick]:
    """Round numbers from low to high, at most `most` steps apart, all with as many digits as they need."""
    if not high > low:
        return [(low, _plain(low, 6))]
    step = _step((high - low) / most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    if round(step / 10 ** math.floor(math.log10(step) + 1e-9), 6) == 2.5:
        places += 1 if step < 10 else 0
    return [(n * step, _plain(n * step, places)) for n in range(first, last + 1)]


def _step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(s * power for s in _STEPS if s * power >= least * (1 - 1e-9))


def _plain(value: float, places: int) -> str:
    text = f"{value:.{places}f}"
    return ("\u2212" + text[1:]) if text.startswith("-") and float(text) else text.lstrip("-")


def logarithmic(low: float, high: float, most: int) -> list[Tick]:
    """Round numbers on a logarithmic axis: as many of each decade as find room, or every second decade and so on."""
    first, last = math.floor(math.log10(low)), min(math.ceil(math.log10(high)), sys.float_info.max_10_exp)
    found = [10.0 ** e for e in range(first, last + 1) if low <= 10.0 ** e * (1 + 1e-9) and 10.0 ** e <= high * (1 + 1e-9)]
    for parts in _IN_A_DECADE:
        finer = [p * 10.0 ** e for e in range(first, last + 1) for p in parts
                 if low <= p * 10.0 ** e * (1 + 1e-9) and p * 10.0 ** e <= high * (1 + 1e-9)]
        if len(finer) <= most:
            found = finer
    if len(found) < 2:
        return linear(low, high, most)
    return [(v, f"{v:.12g}" if v < 1e6 else f"{v:g}") for v in found[::max(1, -(-len(found) // most))]]
