"""How the throughput of a family of benchmarks grows with threads, and the law that the runner fitted (gnuplot)."""
from __future__ import annotations

from . import gnuplot, svg, units
from .model import Scaling

WIDTH, HEIGHT = 480, 326
CURVE_POINTS = 120


def draw(scaling: Scaling) -> svg.Picture:
    title = f"{scaling.name}: throughput over threads"
    alt = _description(scaling)
    file_name = f"scaling-{svg.unique_slug(scaling.name)}.svg"
    try:
        text = gnuplot.run(_script(scaling))
    except gnuplot.NoPicture as error:
        return svg.Picture(file_name, alt, WIDTH, HEIGHT, None, f"No curve here: {error}")
    return svg.Picture(file_name, alt, WIDTH, HEIGHT, svg.finish(text, title, alt))


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
    lines = [
        *gnuplot.head(WIDTH, HEIGHT),
        f"set xlabel 'threads' offset 0,0.35 textcolor rgb '{svg.INK}'",
        f"set ylabel '{prefix + ' ' if prefix else ''}{scaling.counts}/s' offset 1,0 textcolor rgb '{svg.INK}'",
        "set lmargin 8.5", "set rmargin 2.5", "set bmargin 3.6", "set tmargin 3.1",
        f"set key at graph 0, graph 1 left bottom Left reverse samplen 2 spacing 1.1 maxcols 1 "
        f"textcolor rgb '{svg.INK}'",
        f"set xrange [{first - 0.04 * (last - first):.9g}:{last + 0.04 * (last - first):.9g}]",
        "set xtics (" + ", ".join(f'"{t}" {t}' for t in _places(scaling)) + ")",
        f"set yrange [0:{top / factor * 1.06 or 1:.9g}]", "set format y '%g'",
    ]
    for name, shares in (("own", False), ("shared", True)):
        rows = [f"{p.threads} {p.per_sec / factor:.9g}" for p in scaling.points if p.shares_cpus == shares]
        lines += [f"${name} << END_OF_POINTS", *rows, "END_OF_POINTS"]
    lines += ["$law << END_OF_POINTS", *(f"{t:.9g} {per_sec / factor:.9g}" for t, per_sec in law), "END_OF_POINTS"]
    colour = f"linecolor rgb '{svg.BLUE}'"
    plots = [f"$law using 1:2 with lines linetype 1 linewidth 1.8 linecolor rgb '{svg.MUTED}' title 'fitted law'"]
    if any(not p.shares_cpus for p in scaling.points):
        plots.append(f"$own using 1:2 with points pointtype 7 pointsize 0.8 {colour} title 'a CPU for each thread'")
    if any(p.shares_cpus for p in scaling.points):
        plots.append(f"$shared using 1:2 with points pointtype 6 pointsize 0.8 linewidth 1.8 {colour} "
                     "title 'more threads than CPUs'")
    return "\n".join([*lines, "plot " + ", ".join(plots)]) + "\n"


def _places(scaling: Scaling) -> list[int]:
    """Labels that do not touch."""
    gap = (scaling.points[-1].threads - scaling.points[0].threads) / 16
    kept = [scaling.points[0].threads]
    for point in scaling.points[1:]:
        if point.threads - kept[-1] >= gap:
            kept.append(point.threads)
    return kept
