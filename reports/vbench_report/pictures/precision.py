"""The small drawing in the table: an interval relative to its estimate, on one scale for all rows."""
from __future__ import annotations

from typing import Optional, Sequence

from markupsafe import Markup

from ..model import Measured

_NICE = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


def _relative(benchmark: Measured) -> Optional[tuple[float, float]]:
    interval, estimate = benchmark.time.interval, benchmark.time.estimate_ns
    if interval is None or estimate <= 0:
        return None
    return (interval[0] / estimate - 1, interval[1] / estimate - 1)


def scale_of(measured: Sequence[Measured]) -> float:
    """How far each side of the drawing reaches, the same in all rows, so that they compare.

    Three times the middle row's need: one unsteady benchmark must not shrink the rest to dots.
    """
    widths = sorted(max(abs(ends[0]), abs(ends[1])) for ends in map(_relative, measured) if ends is not None)
    if not widths:
        return _NICE[-1]
    needed = min(widths[-1], 3 * widths[len(widths) // 2])
    return next((n for n in _NICE if n >= needed), _NICE[-1])


def drawing(benchmark: Measured, scale: float) -> Markup:
    """The interval relative to the estimate: a line with a dot, and arrows where it goes on."""
    ends = _relative(benchmark)
    if ends is None:
        return Markup("")
    low, high = (48 + 42 * max(-1.0, min(1.0, end / scale)) for end in ends)
    arrows = Markup("")
    if ends[0] < -scale:
        arrows += Markup('<path class="range" d="M7 3.5 3 7l4 3.5"/>')
    if ends[1] > scale:
        arrows += Markup('<path class="range" d="M89 3.5 93 7l-4 3.5"/>')
    return Markup(
        '<svg class="precision" width="96" height="14" viewBox="0 0 96 14" aria-hidden="true" focusable="false">'
        '<line class="axis" x1="2" x2="94" y1="7" y2="7"/>'
        '<line class="range" x1="{:.1f}" x2="{:.1f}" y1="7" y2="7"/>{}<circle cx="48" cy="7" r="3"/></svg>'
    ).format(low, high, arrows)
