"""What both kinds of picture share: colours and widths, a name to save under, and the last touches to an SVG.

A picture stands on its own (title, description, background) and follows the reader's light or dark
scheme. A viewer that knows no media queries shows the light one.
"""
from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Optional
from xml.sax.saxutils import escape

from ..write import MADE_BY

FONTS = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
MARK = f"<!-- {MADE_BY} -->"

# light: dark
CARD, INK, MUTED, LINE = "#ffffff", "#1d2530", "#5c6773", "#dfe3e8"
BLUE, ORANGE, GREEN, PURPLE, RED, TEAL = "#2b6ca3", "#c2601c", "#3d8452", "#7d58a8", "#b23b48", "#1f8a8a"
DARK = {
    CARD: "#1b2027", INK: "#e4e8ed", MUTED: "#98a3b0", LINE: "#323a45",
    BLUE: "#6aaee6", ORANGE: "#f0a065", GREEN: "#7cc492", PURPLE: "#b99be0", RED: "#ea8a94", TEAL: "#62c5c5",
}
SERIES = (BLUE, ORANGE, GREEN, PURPLE, RED, TEAL)

# What old and new look like in all pictures: grey, dashed and square; blue, solid and round.
STROKE, THIN = 1.6, 0.8  # widths of a curve and of an axis
DOT = 5.5  # size of a mark
DASH = (6.0, 3.5)
TEXT = 12  # size of letters


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


def finish(svg: str, title: str, description: str) -> str:
    """Takes out the prolog, puts in title, description and colours for dark readers. Colours stand in attributes."""
    start = svg.index("<svg")
    end_of_tag = svg.index(">", start) + 1
    body = svg[end_of_tag:]
    return (f'<?xml version="1.0" encoding="utf-8"?>\n{MARK}\n{svg[start:end_of_tag]}\n'
            f"<title>{escape(title)}</title>\n<desc>{escape(description)}</desc>\n"
            f"<style>{_dark_style(body)}</style>{body.rstrip()}\n")


def _dark_style(body: str) -> str:
    """Rules for the colours that occur; a rule goes before an attribute."""
    used = {(what, light) for what, light in _COLOURED.findall(body) if light in DARK}
    rules = [f'[{what}="{light}"]{{{what}:{DARK[light]}}}' for what, light in sorted(used)]
    return "@media screen and (prefers-color-scheme:dark){" + "".join(rules) + "}"


_COLOURED = re.compile(r"""\b(fill|stroke|color)=["'](#[0-9a-f]{6})""")
