"""The command that measures just one benchmark again, as the result was made."""
from __future__ import annotations

import re
import shlex
from typing import Optional

from .model import Comparison, Result

_SPECIAL = re.compile(r"([.^$*+?()\[\]{}|\\])")  # of POSIX extended regular expressions


def command(result: Result, name: str) -> Optional[str]:
    """For a shell; None: the result does not tell how it was made, or the name does not fit into a line,
    or holds what stands for characters that cannot be shown."""
    compared_later = result.comparison is not None and result.run.command[1:2] not in ((), ("compare",))
    if result.run.imported_from is not None or compared_later:
        return None
    words = _without_saving(list(result.run.command)) or _guessed(result.comparison)
    if not words or any(character in name for character in "\n\r\0\ufffd"):
        return None
    chosen = ["--filter", "^" + _SPECIAL.sub(r"\\\1", name) + "$"]
    # Operands may follow "--"; options stand before it.
    at = words.index("--") if "--" in words else len(words)
    return shlex.join(words[:at] + chosen + words[at:])


def _without_saving(words: list[str]) -> list[str]:
    """A baseline of one benchmark is not to take the place of the whole one: what was saved is run again."""
    if words[1:2] != ["save"]:
        return words
    name = words.index("--") + 1 if "--" in words else 2
    return ["vbench", "run", *(word for word in words[2:name] + words[name + 1:] if word != "--allow-debug")]


def _guessed(comparison: Optional[Comparison]) -> list[str]:
    """Of results that tell no command."""
    if comparison is None:
        return ["vbench", "run"]
    side = comparison.old.side
    if side is None or comparison.new is None or comparison.new.kind != "suites":
        return []
    return {"baseline": ["vbench", "compare", "--", side.name], "archive": ["vbench", "compare", "--", side.name],
            "revision": ["vbench", "compare", "--rev", side.name]}.get(side.kind, [])
