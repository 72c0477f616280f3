"""What both kinds of picture share: colours, a name to save under, and the last touches to an SVG.

A picture stands on its own (title, description, background) and follows the reader's light or dark
scheme. A viewer that knows no media queries shows the light one.
"""
from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Optional
from xml.sax.saxutils import escape

FONTS = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
MARK = "<!-- made by vbench-report -->"

# light: dark
CARD, INK, MUTED, LINE = "#ffffff", "#1d2530", "#5c6773", "#dfe3e8"
BLUE, ORANGE, GREEN, PURPLE, RED, TEAL = "#2b6ca3", "#c2601c", "#3d8452", "#7d58a8", "#b23b48", "#1f8a8a"
DARK = {
    CARD: "#1b2027", INK: "#e4e8ed", MUTED: "#98a3b0", LINE: "#323a45",
    BLUE: "#6aaee6", ORANGE: "#f0a065", GREEN: "#7cc492", PURPLE: "#b99be0", RED: "#ea8a94", TEAL: "#62c5c5",
}
SERIES = (BLUE, ORANGE, GREEN, PURPLE, RED, TEAL)


@dataclass(frozen=True)
class Picture:
    """A picture of the page, or in `note` why there is none. Sizes are in CSS pixels."""

    file_name: str
    alt: str
    width: int
    height: int
    svg: Optional[str]
    note: Optional[str] = None


def slug(name: str) -> str:
    """Part of a file name or an anchor: readable, short, and nothing but a-z, 0-9 and dashes."""
    return re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")[:48].strip("-") or "x"


def unique_slug(*names: str) -> str:
    """Different for different names even where their slugs agree."""
    digest = hashlib.sha256("\0".join(names).encode("utf-8")).hexdigest()
    return f"{slug(names[-1])}-{digest[:8]}"


def _dark_style() -> str:
    rules = []
    for light, dark in DARK.items():
        for what in ("fill", "stroke", "color"):
            # matplotlib writes style="fill: #…", gnuplot fill="#…"
            styled = f'[style*="{what}: {light}"],' if what != "color" else ""
            rules.append(f'{styled}[{what}="{light}"]{{{what}:{dark}!important}}')
    return "@media screen and (prefers-color-scheme:dark){" + "".join(rules) + "}"


def _hex(rgb: re.Match[str]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*(int(part) for part in rgb.groups()))


def _shortened(path: re.Match[str]) -> str:
    """Hundredths of a pixel are enough, and hide how a machine rounds its last digits."""
    return re.sub(r"(\.\d\d)\d+", r"\1", path.group())


def finish(svg: str, title: str, description: str) -> str:
    """Takes out prolog and maker's notes, puts in title, description and colours for dark readers."""
    start = svg.index("<svg")
    end_of_tag = svg.index(">", start) + 1
    body = svg[end_of_tag:]
    body = re.sub(r"\s*<title>curve</title>\s*<desc>Produced by GNUPLOT[^<]*</desc>", "", body)
    body = re.sub(r"\s*<metadata>.*?</metadata>", "", body, flags=re.S)
    body = re.sub(r"rgb\(\s*(\d+),\s*(\d+),\s*(\d+)\)", _hex, body)
    body = re.sub(r'\bd="[^"]*"', _shortened, body)
    return (f'<?xml version="1.0" encoding="utf-8"?>\n{MARK}\n{svg[start:end_of_tag]}\n'
            f"<title>{escape(title)}</title>\n<desc>{escape(description)}</desc>\n"
            f"<style>{_dark_style()}</style>{body.rstrip()}\n")
