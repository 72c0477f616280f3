"""gnuplot: how it is found and run, for one picture or for many at once, and what is made of what it prints."""
from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Optional, Sequence, TypeVar, Union
from xml.sax.saxutils import escape

from . import gnuplot_svg, svg

SECONDS, SECONDS_FOR_EACH = 20.0, 0.5  # how long gnuplot may take
A = TypeVar("A")


class NoPicture(Exception):
    """Why there is no picture, for the page."""


@dataclass(frozen=True)
class Plan:
    """A picture that gnuplot has yet to draw.

    No text from a result reaches gnuplot: a script holds placeholders, which `names` replaces in the
    finished picture, so that nothing in a name can be read as a command.
    """

    file_name: str
    title: str
    alt: str
    width: int
    height: int
    script: str
    names: tuple[tuple[str, str], ...] = ()


def drawing(plan: Callable[[A], Plan]) -> Callable[[A], svg.Picture]:
    """Makes a function that draws of one that plans; `plan_of` gets the latter back, to draw many at once."""
    @functools.wraps(plan)
    def draw(of: A) -> svg.Picture:
        return draw_all([plan(of)])[0]

    setattr(draw, "plan", plan)
    return draw  # type: ignore[return-value]


def plan_of(draw: Callable[[Any], svg.Picture]) -> Optional[Callable[[Any], Plan]]:
    return getattr(draw, "plan", None)


def draw_all(plans: Sequence[Plan]) -> list[svg.Picture]:
    return [_picture(plan, text) for plan, text in zip(plans, run_all([plan.script for plan in plans]))]


def _picture(plan: Plan, text: Union[str, NoPicture]) -> svg.Picture:
    if isinstance(text, NoPicture):
        return svg.Picture(plan.file_name, plan.alt, plan.width, plan.height, None, f"No curve here: {text}")
    small = gnuplot_svg.compact(text, plan.width, plan.height)
    if plan.names:
        names = dict(plan.names)
        small = re.sub("|".join(map(re.escape, names)), lambda found: escape(names[found.group()]), small)
    return svg.Picture(plan.file_name, plan.alt, plan.width, plan.height, svg.finish(small, plan.title, plan.alt))


# --- the program --------------------------------------------------------------------------------

def program() -> Optional[str]:
    return os.environ.get("VBENCH_GNUPLOT") or shutil.which("gnuplot")


def run(script: str) -> str:
    """The SVG that a script prints."""
    done = _start(script, SECONDS, None)
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0 or not _whole(text):
        said = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        reason = said[-1][:200] if said else f"exit status {done.returncode}"
        raise NoPicture(f"gnuplot failed ({reason}).")
    return text


def run_all(scripts: Sequence[str]) -> list[Union[str, NoPicture]]:
    """One process for all. The script at which it stops is run by itself, and another process does the rest."""
    found: list[Union[str, NoPicture]] = []
    while len(found) < len(scripts):
        left = scripts[len(found):]
        try:
            drawn = _together(left) if len(left) > 1 else []
        except NoPicture as error:  # gnuplot is missing or hangs: no other picture would fare better
            return found + [error] * len(left)
        found += drawn
        if len(drawn) < len(left):
            try:
                found.append(run(left[len(drawn)]))
            except NoPicture as error:
                found.append(error)
    return found


def _together(scripts: Sequence[str]) -> list[str]:
    """The pictures before the first that fails."""
    try:
        with tempfile.TemporaryDirectory(prefix="vbench-report-") as folder:
            _start("".join(f"reset session\nset output '{number}.svg'\n{script}\nset output\n"
                           for number, script in enumerate(scripts)),
                   SECONDS + SECONDS_FOR_EACH * len(scripts), folder)
            texts = []
            for number in range(len(scripts)):
                path = Path(folder, f"{number}.svg")
                text = path.read_text("utf-8", "replace") if path.exists() else ""
                if not _whole(text):
                    break
                texts.append(text)
            return texts
    except OSError:  # no room for temporary files
        return []


def _whole(text: str) -> bool:
    return "<svg" in text and text.rstrip().endswith("</svg>")


def _start(script: str, seconds: float, folder: Optional[str]) -> "subprocess.CompletedProcess[bytes]":
    found = program()
    if not found:
        raise NoPicture("gnuplot was not found (Debian package gnuplot-nox).")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GNU") and not k.startswith("LC_")}
    environment.update(LC_ALL="C", LANG="C")
    try:
        # --default-settings: not the user's or the system's start-up file.
        return subprocess.run([os.path.abspath(found) if os.sep in found else found, "--default-settings"],
                              input=script.encode("utf-8"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder,
                              env=environment, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise NoPicture(f"gnuplot did not finish within {seconds:.0f} seconds.") from None
    except OSError as error:
        raise NoPicture(f"gnuplot could not be started ({error.strerror}).") from None
