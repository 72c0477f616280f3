"""What a terminal is told: pieces of text with a style each, the terminal they are for, and its colours.

The sixteen colours of the terminal's own theme only, so that they read on light and on dark; what a colour says, a
word or a symbol says as well. Knows no benchmarks.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from . import characters

_STYLES = {"": "", "strong": "1", "faint": "2", "bad": "31", "good": "32", "open": "33", "cool": "36",
           "bad strong": "1;31", "good strong": "1;32", "open strong": "1;33"}


@dataclass(frozen=True)
class Span:
    text: str
    style: str = ""  # of _STYLES


Line = tuple[Span, ...]
NOTHING: Line = ()


def line(text: str, style: str = "") -> Line:
    return (Span(text, style),) if text else NOTHING


def columns(spans: Line) -> int:
    return sum(characters.columns(span.text) for span in spans)


def clip(spans: Line, width: int) -> Line:
    kept, left = [], width
    for span in spans:
        text = characters.start(span.text, left)
        kept.append(Span(text, span.style))
        left -= characters.columns(text)
        if text != span.text:
            break
    return tuple(kept)


def listed(names: Sequence[str]) -> str:
    """The first two, as the runner lists them."""
    return ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")


@dataclass(frozen=True)
class Screen:
    width: int
    colour: bool
    unicode: bool

    @property
    def dots(self) -> str:
        return "\u2026" if self.unicode else "..."

    def text(self, words: str) -> str:
        """Of whatever somebody wrote, on one line, what this terminal may be sent."""
        return characters.clean(words, self.unicode)

    def paragraph(self, words: str, style: str = "", indent: int = 0, lines_max: int = 6) -> list[Line]:
        """Never wider than the terminal; the lines after the first are indented, too."""
        lines = characters.wrapped(self.text(words), max(1, self.width - indent), lines_max, self.dots)
        return [line(" " * indent + text, style) for text in lines]

    def print(self, lines: Sequence[Line]) -> str:
        return "".join(self._printed(clip(spans, self.width)) + "\n" for spans in lines)

    def _printed(self, spans: Line) -> str:
        """No line ends in blanks."""
        visible = list(spans)
        while visible and not visible[-1].text.rstrip(" "):
            visible.pop()
        if visible:
            visible[-1] = Span(visible[-1].text.rstrip(" "), visible[-1].style)
        return "".join(map(self._painted, visible))

    def _painted(self, span: Span) -> str:
        code = _STYLES[span.style] if self.colour and span.text.strip(" ") else ""
        return f"\x1b[{code}m{span.text}\x1b[0m" if code else span.text
