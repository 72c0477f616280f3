"""Texts on a terminal: what of them may reach it, how many columns they take, and how they are cut to fit.

Knows Unicode, and neither colours nor benchmarks. A column is what an ASCII letter takes; terminals differ on
joined emoji, which are counted here as the parts that they are made of.
"""
from __future__ import annotations

import unicodedata
from typing import Sequence

_JOINERS = "\u200c\u200d"  # parts of a word or an emoji: the only invisible characters that may pass
_REPLACED = "\ufffd"
_ASCII = {"\u00b5": "u", "\u03bc": "u", "\u00b1": "+-", "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2192": "->",
          "\u2026": "...", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2248": "~"}


def clean(words: str, unicode: bool = True) -> str:
    """The same on one line, without what would move the cursor, turn the direction of writing or hide."""
    shown = "".join(_REPLACED if _is_control(c) else c for c in " ".join(words.split()))
    return shown if unicode else "".join(_as_ascii(c) for c in shown)


def _is_control(character: str) -> bool:
    category = unicodedata.category(character)
    return category in ("Cc", "Cs", "Cn", "Zl", "Zp") or (category == "Cf" and character not in _JOINERS)


def _as_ascii(character: str) -> str:
    if character.isascii():
        return character
    return _ASCII.get(character, "?" if _columns_of(character) else "")


def columns(text: str) -> int:
    return len(text) if text.isascii() else sum(map(_columns_of, text))


def _columns_of(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf") or "\u1160" <= character <= "\u11ff":
        return 0  # drawn over the one before, or the rest of a Korean syllable
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def start(text: str, width: int) -> str:
    """As much of the beginning as fits, with all marks of its last character."""
    taken, used = 0, 0
    for character in text:
        used += _columns_of(character)
        if used > width:
            break
        taken += 1
    return text[:taken]


def end(text: str, width: int) -> str:
    """As much of the end as fits; it begins with no mark of a character that is gone."""
    taken, used = len(text), 0
    for index in range(len(text) - 1, -1, -1):
        used += _columns_of(text[index])
        if used > width:
            break
        if _columns_of(text[index]):
            taken = index
    return text[taken:]


def cut(text: str, width: int, dots: str) -> str:
    """The beginning, with dots where it goes on."""
    if columns(text) <= width:
        return text
    return start(text, max(0, width - len(dots))) + start(dots, width)


def cut_middle(text: str, width: int, dots: str) -> str:
    """Both ends: the first words of a name tell the family, the last ones the member."""
    if columns(text) <= width:
        return text
    room = max(0, width - len(dots))
    return start(text, room // 2) + start(dots, width) + end(text, room - room // 2)


def wrapped(text: str, width: int, lines_max: int, dots: str) -> list[str]:
    """In lines of whole words; a word that is too long for one is broken."""
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if columns(joined) <= width:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        while columns(word) > width:
            piece = start(word, width) or word[:1]  # a wide character on the narrowest of terminals
            lines[-1], word = piece, word[len(piece):]
            lines.append("")
        lines[-1] = word
    return _at_most([line for line in lines if line], width, lines_max, dots)


def _at_most(lines: Sequence[str], width: int, lines_max: int, dots: str) -> list[str]:
    if len(lines) <= lines_max:
        return list(lines)
    last = lines[lines_max - 1]
    return [*lines[:lines_max - 1], start(last, max(0, width - len(dots))) + start(dots, width)]
