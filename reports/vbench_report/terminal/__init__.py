"""A result for a terminal: a sentence, a table with drawings in characters, and what is to be said of it.

The words and symbols are those of the runner's own tables. No line is wider than the terminal; what somebody wrote
reaches it as text only. Judges nothing.
"""
from __future__ import annotations

from ..model import Result
from . import comparison, run
from .ink import NOTHING, Screen


def render(result: Result, *, headline: str, width: int, colour: bool, unicode: bool = True) -> str:
    """`headline`: what a reader needs who reads one sentence. `colour`: not where NO_COLOR is set, nor into a file."""
    screen = Screen(max(1, width), colour, unicode)
    told = [*screen.paragraph(headline, "strong"), NOTHING]
    if result.comparison is None:
        told += run.lines(result, screen)
    else:
        told += comparison.lines(result, result.comparison, screen)
    return screen.print(told)
