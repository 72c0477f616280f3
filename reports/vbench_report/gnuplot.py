"""gnuplot: how it is found and run, and what all of its pictures begin with."""
from __future__ import annotations

import os
import shutil
import subprocess

from . import svg


class NoPicture(Exception):
    """Why there is no picture, for the page."""


def head(width: int, height: int) -> list[str]:
    """The terminal, and axes in the page's colours."""
    return [
        f"set terminal svg size {width},{height} dynamic fixed noenhanced font 'sans-serif,12' "
        f"name 'curve' linewidth 1 background '{svg.CARD}'",
        "set encoding utf8",
        f"set border 3 linecolor rgb '{svg.MUTED}' linewidth 1",
        "set tics nomirror out scale 0.5",
        f"set xtics textcolor rgb '{svg.MUTED}'",
        f"set ytics textcolor rgb '{svg.MUTED}'",
        f"set grid ytics linetype 1 linecolor rgb '{svg.LINE}' linewidth 1",
    ]


def run(script: str) -> str:
    """The SVG that a script prints."""
    program = os.environ.get("VBENCH_GNUPLOT") or shutil.which("gnuplot")
    if not program:
        raise NoPicture("gnuplot was not found (Debian package gnuplot-nox).")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GNU") and not k.startswith("LC_")}
    environment.update(LC_ALL="C", LANG="C")
    try:
        # --default-settings: not the user's or the system's start-up file.
        done = subprocess.run([program, "--default-settings"], input=script.encode("utf-8"),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, timeout=20)
    except subprocess.TimeoutExpired:
        raise NoPicture("gnuplot did not finish within 20 seconds.") from None
    except OSError as error:
        raise NoPicture(f"gnuplot could not be started ({error.strerror}).") from None
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0 or "<svg" not in text or "</svg>" not in text:
        said = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        reason = said[-1][:200] if said else f"exit status {done.returncode}"
        raise NoPicture(f"gnuplot failed ({reason}).")
    return text.replace('"sans-serif"', f'"{svg.FONTS}"')
