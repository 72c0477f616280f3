"""How the throughput of a family of benchmarks grows with threads, and the law that the runner fitted (gnuplot)."""
from __future__ import annotations

from .. import units
from ..model import Scaling
from . import gnuplot, gnuplot_parts as parts, svg

WIDTH, HEIGHT = 480, 326
CURVE_POINTS = 120


@gnuplot.drawing
def draw(scaling: Scaling) -> gnuplot.Plan:
    return gnuplot.Plan(f"scaling-{svg.unique_slug(scaling.name)}.svg", f"{scaling.name}: throughput over threads",
                        _description(scaling), WIDTH, HEIGHT, _script(scaling))


def _description(scaling: Scaling) -> str:
    points = ", ".join(f"{units.rate(p.per_sec)} with {p.threads}{' (they share CPUs)' if p.shares_cpus else ''}"
                       for p in scaling.points)
    return f"Throughput over threads, {scaling.counts}: {points}; and the fitted curve."


def _law(scaling: Scaling, threads: float) -> float:
    return (scaling.one_thread_per_sec.estimate * threads /
            (1 + scaling.sigma.estimate * (threads - 1) + scaling.kappa.estimate * threads * (threads - 1)))


def _script(scaling: Scaling) -> str:
    first, last = scaling.points[0].threads, scaling.points[-1].threads
    curve = [first + (last - first) * i / CURVE_POINTS for i in range(CURVE_POINTS + 1)]
    law = [(threads, _law(scaling, threads)) for threads in curve]
    top = max([p.per_sec for p in scaling.points] + [per_sec for _, per_sec in law])
    factor, prefix = units.pick(top, units.DECIMAL)
    kinds = [kind for kind in (("own", False, "a CPU for each thread"), ("shared", True, "more threads than CPUs"))
             if any(p.shares_cpus == kind[1] for p in scaling.points)]
    lines = [
        *parts.frame(WIDTH, HEIGHT, "threads", f"{prefix + ' ' if prefix else ''}{scaling.counts}/s",
                     top=18 + 19 * (1 + len(kinds))),
        *parts.legend(WIDTH, HEIGHT, 72, [
            parts.Entry("fitted law", parts.line(svg.MUTED)),
            *(parts.Entry(title, mark=_look(shares)) for _, shares, title in kinds)], rows=True),
        f"set xrange [{first - 0.04 * (last - first):.9g}:{last + 0.04 * (last - first):.9g}]",
        parts.tics("x", [(t, str(t)) for t in _places(scaling)]),
        f"set yrange [0:{top / factor * 1.06 or 1:.9g}]", "set format y '%g'",
        *parts.data("law", [(t, per_sec / factor) for t, per_sec in law]),
    ]
    plots = [f"$law using 1:2 with lines {parts.line(svg.MUTED)} notitle"]
    for name, shares, _ in kinds:
        lines += parts.data(name, [(p.threads, p.per_sec / factor) for p in scaling.points if p.shares_cpus == shares])
        plots.append(f"${name} using 1:2 with points {_look(shares)} notitle")
    return "\n".join([*lines, "plot " + ", ".join(plots)]) + "\n"


def _look(shares: bool) -> str:
    return f"{parts.mark(False, 6.5, shares)} linewidth {svg.STROKE} {parts.colour(svg.BLUE)}"


def _places(scaling: Scaling) -> list[int]:
    """Labels that do not touch."""
    gap = (scaling.points[-1].threads - scaling.points[0].threads) / 16
    kept = [scaling.points[0].threads]
    for point in scaling.points[1:]:
        if point.threads - kept[-1] >= gap:
            kept.append(point.threads)
    return kept
