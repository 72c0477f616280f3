"""Draws a sheet with matplotlib, as a small SVG.

Artists stand on the figure itself: axes, which would look for ticks and fonts by themselves, cost
ten times as much. Words do not pass through matplotlib: it would read them as mathematics, miss letters
in its fonts and take most of the time. They lie above all else.
"""
from __future__ import annotations

import io
import re
from functools import lru_cache
from typing import Any, Optional, Sequence, Union
from xml.sax.saxutils import escape

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from . import svg
from .sheet import Marks, Shape, Sheet, Words

_STYLE = {
    "svg.hashsalt": "vbench-report",
    "path.simplify": True,
    "path.simplify_threshold": 0.05,
}
_MARKS = {"round": "o", "square": "s", "diamond": "D", "up": "^", "down": "v"}
_NO_NOTES = {"Date": None, "Creator": None, "Format": None, "Type": None}


def draw(sheet: Sheet) -> str:
    _configure()
    figure = Figure(figsize=(sheet.width / 72, sheet.height / 72), dpi=72, facecolor=svg.CARD)
    canvas = FigureCanvasSVG(figure)
    down = Affine2D(np.array([[1.0, 0, 0], [0, -1.0, sheet.height], [0, 0, 1.0]]))
    for place, item in enumerate(sheet.items):
        if not isinstance(item, Words):
            artist = _artist(item, down)
            artist.set_zorder(place + 2)
            figure.add_artist(artist)
    out = io.StringIO()
    canvas.print_svg(out, metadata=_NO_NOTES)
    words = [_words(item) for item in sheet.items if isinstance(item, Words)]
    return _compact(out.getvalue(), words, sheet.width, sheet.height)


@lru_cache(maxsize=None)
def _configure() -> None:
    """Once a process: not the user's matplotlibrc, so that the same result gives the same bytes."""
    matplotlib.rcdefaults()
    matplotlib.rcParams.update(_STYLE)


def _artist(item: Union[Shape, Marks], down: Affine2D) -> Artist:
    if isinstance(item, Shape):
        return PathPatch(_path(item), transform=down, linewidth=item.width if item.stroke else 0,
                         facecolor=_colour(item.fill, item.fill_alpha),
                         edgecolor=_colour(item.stroke, item.alpha), capstyle=item.cap, joinstyle="round",
                         linestyle=(0, [d / item.width for d in item.dash]) if item.dash else "solid")
    edge = 0.9 if item.size > 4 else 0.7
    return Line2D(*np.round(item.points.T, 1), transform=down, linestyle="none", marker=_MARKS[item.mark],
                  markersize=item.size, markerfacecolor=item.fill, markeredgecolor=item.edge, markeredgewidth=edge)


def _words(item: Words) -> str:
    x, y = f"{item.x:.1f}".replace(".0", ""), f"{item.y:.1f}".replace(".0", "")
    at = f'transform="translate({x} {y}) rotate(-90)"' if item.upwards else f'x="{x}" y="{y}"'
    anchor = "" if item.anchor == "start" else f' text-anchor="{item.anchor}"'
    size = "" if item.size == svg.TEXT else f' font-size="{item.size:g}"'
    return f'<text {at}{anchor}{size} fill="{item.colour}">{escape(item.text)}</text>'


def _colour(colour: Optional[str], alpha: float) -> Any:
    return "none" if colour is None else to_rgba(colour, alpha)


def _path(shape: Shape) -> Path:
    lines = shape.lines
    if len(lines) == 1:
        return Path(np.round(lines[0], 1))
    if isinstance(lines, np.ndarray):
        points = lines.reshape(-1, 2)
        codes = np.full(len(points), Path.LINETO, dtype=Path.code_type)
        codes[::lines.shape[1]] = Path.MOVETO
    else:
        points = np.concatenate(lines)
        codes = np.concatenate([np.r_[Path.MOVETO, np.full(len(line) - 1, Path.LINETO)] for line in lines])
    path = Path(np.round(points, 1), codes)
    path.should_simplify = False  # lines without length are dots
    return path


# --- made small ---------------------------------------------------------------------------------

_GROUP = re.compile(r'  <g id="(?:patch|line2d)_\d+">\n(.*?)^  </g>\n', re.S | re.M)
_STYLE_OF = re.compile(r' style="([^"]*)"')
_PATH = re.compile(r'\bd="([^"]*)"')
_MARKS_OF_ONE = re.compile(r'<g>\s*((?:<use [^>]*/>\s*)+)</g>')


def _compact(text: str, words: Sequence[str], width: int, height: int) -> str:
    """Attributes instead of styles, which colours for dark readers ask for; no groups of one, and short numbers."""
    start = text.index('<g id="figure_1">')
    body = _GROUP.sub(r"\1", text[start:].replace('<g id="figure_1">', f'<g {_OF_ALL}>', 1))
    body = _STYLE_OF.sub(_attributes, body)
    body = _PATH.sub(_short_path, body)
    body = _MARKS_OF_ONE.sub(_alike, body)
    body = re.sub(r"(<defs>\s*<path [^>]*?) (?:fill|stroke)=[^>]*/>", r"\1/>", body)
    for number, name in enumerate(dict.fromkeys(re.findall(r'id="(m[0-9a-f]+)"', body))):
        body = body.replace(f'"{name}"', f'"m{number}"').replace(f'"#{name}"', f'"#m{number}"')
    body = re.sub(r"\n +", "\n", body)
    end = body.rindex("</g>")
    body = body[:end] + "\n".join([*words, body[end:]])
    return (f'<svg xmlns:xlink="http://www.w3.org/1999/xlink" xmlns="http://www.w3.org/2000/svg" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}">{body}')


_OF_ALL = f'font-family="{svg.FONTS}" font-size="{svg.TEXT}" stroke-linejoin="round"'


def _attributes(style: re.Match[str]) -> str:
    parts = []
    for rule in style.group(1).split("; "):
        name, value = rule.split(": ", 1)
        if (name, value) not in (("stroke-dashoffset", "0"), ("stroke-linejoin", "miter")):
            parts.append(f' {name}="{value}"')
    return "".join(parts)


def _short_path(path: re.Match[str]) -> str:
    """Tenths of a pixel; what follows a move is a line without a letter."""
    d = re.sub(r"(\.\d)\d+", r"\1", path.group(1))
    d = d.replace(" \nL ", " ").replace(" \nM ", "M").replace(" \nC ", "C").replace(" \nz\n", "z").replace("M ", "M").strip()
    return 'd="' + _UPRIGHT.sub(r"M\1 \2V\3", _DOT.sub(r"M\1h0", d)) + '"'


_UPRIGHT = re.compile(r"M(\S+) (\S+) \1 (\S+?)(?=M|$)")
_DOT = re.compile(r"M(\S+ \S+?) \1(?=M|$)")


def _alike(group: re.Match[str]) -> str:
    """Marks of one group look alike: said once."""
    uses = group.group(1)
    look = re.search(r'y="[^"]*"([^>]*)/>', uses)
    assert look is not None
    return f'<g{look.group(1)}>{uses.replace(look.group(1), "")}</g>'
