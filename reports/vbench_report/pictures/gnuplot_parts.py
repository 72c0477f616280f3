"""What scripts for gnuplot consist of, in the style of all pictures: a frame, axes, data, and looks of old and new."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Sequence

from . import svg
from .ticks import Tick


def head(width: int, height: int) -> list[str]:
    """The terminal, and axes in the page's colours."""
    return [
        f"set terminal svg size {width},{height} dynamic fixed noenhanced font 'sans-serif,{svg.TEXT}' "
        f"name 'curve' linewidth 1 background '{svg.CARD}'",
        "set encoding utf8",
        f"set border 3 linecolor rgb '{svg.MUTED}' linewidth {svg.THIN}",
        "set tics nomirror out scale 0.45",
        f"set xtics offset 0,0.35 textcolor rgb '{svg.MUTED}'",
        f"set ytics offset 0.4,0 textcolor rgb '{svg.MUTED}'",
        f"set grid ytics linetype 1 linecolor rgb '{svg.LINE}' linewidth 1",
        "unset key",
    ]


def frame(width: int, height: int, x_label: str, y_label: str, *, left: int = 74, right: int = 18, top: int = 14,
          bottom: int = 50) -> list[str]:
    """Axes that lie so many pixels within the picture's edges. Labels are the program's own words or placeholders."""
    return [
        *head(width, height),
        f"set lmargin at screen {left / width:.5f}", f"set rmargin at screen {1 - right / width:.5f}",
        f"set tmargin at screen {1 - top / height:.5f}", f"set bmargin at screen {bottom / height:.5f}",
        f"set label 901 '{x_label}' noenhanced at screen {(left + width - right) / 2 / width:.5f},"
        f"{13 / height:.5f} center textcolor rgb '{svg.INK}'",
        f"set label 902 '{y_label}' noenhanced at screen {14 / width:.5f},{(bottom + height - top) / 2 / height:.5f} "
        f"center rotate by 90 textcolor rgb '{svg.INK}'",
    ]


@dataclass(frozen=True)
class Entry:
    """Of a legend. The text is the program's own words or a placeholder."""

    text: str
    line: str = ""  # looks, as `line` gives them
    mark: str = ""  # as `points` does
    area: str = ""  # a colour


ROW = 19  # pixels of a legend


def legend(width: int, height: int, left: int, entries: Sequence[Entry], rows: bool = False) -> list[str]:
    """In one row above the axes, or a row each. By hand: gnuplot's own would need to know how wide letters are."""
    lines = []
    x, y = float(left), 20.0
    for number, entry in enumerate(entries, 801):
        middle = 1 - y / height
        if entry.area:
            lines.append(f"set object {number} rectangle from screen {(x + 4) / width:.5f},{1 - (y + 7) / height:.5f} to screen "
                         f"{(x + 20) / width:.5f},{1 - (y - 7) / height:.5f} fillcolor rgb '{entry.area}' "
                         "fillstyle transparent solid 0.2 noborder")
        if entry.line:
            lines.append(f"set arrow {number} from screen {x / width:.5f},{middle:.5f} to screen {(x + 24) / width:.5f},"
                         f"{middle:.5f} nohead {entry.line} front")
        if entry.mark:
            lines.append(f"set label {number + 40} '' at screen {(x + 12) / width:.5f},{middle:.5f} point {entry.mark} front")
        lines.append(f"set label {number} '{entry.text}' noenhanced at screen {(x + 31) / width:.5f},{middle:.5f} left "
                     f"textcolor rgb '{svg.MUTED}' front")
        if rows:
            y += ROW
        else:
            x += 31 + 6.6 * len(entry.text) + 18
    return lines


def tics(axis: str, ticks: Sequence[Tick]) -> str:
    """Names are the program's own words; a per cent sign in them would ask gnuplot for a number."""
    return f"set {axis}tics (" + ", ".join(f'"{name.replace("%", "%%")}" {at:.12g}' for at, name in ticks) + ")"


def data(name: str, rows: Iterable[Sequence[float]]) -> list[str]:
    return [f"${name} << END_OF_DATA", *(" ".join(f"{float(value):.12g}" for value in row) for row in rows), "END_OF_DATA"]


def bars(name: str, rows: Iterable[tuple[float, float, float]]) -> list[str]:
    """Upright lines at x from low to high, to be drawn with lines: gnuplot's own error bars wipe out what they lie on."""
    text = [f"{float(x):.12g} {low:.9g}\n{float(x):.12g} {high:.9g}\n" for x, low, high in rows]
    return [f"${name} << END_OF_DATA", *text, "END_OF_DATA"]


def colour(of: str) -> str:
    return f"linecolor rgb '{of}'"


def line(of: str, dashed: bool = False, width: float = svg.STROKE) -> str:
    dashes = "dashtype (" + ",".join(f"{2 * d / width:.3g}" for d in svg.DASH) + ") " if dashed else ""
    return f"linetype 1 {dashes}linewidth {width:g} {colour(of)}"


def points(of: str, square: bool, size: float = svg.DOT) -> str:
    return f"{mark(square, size)} linewidth 1.2 linetype 1 {colour(of)}"


def mark(square: bool, size: float = svg.DOT, hollow: bool = False) -> str:
    """`size`: in pixels across."""
    return f"pointtype {(5 if square else 7) - hollow} pointsize {size / 10.8:.3g}"
