"""Draws what is not drawn yet: pictures of an earlier report of the same things are taken from its folder.

A picture's key is a digest of what draws it (this package, matplotlib, numpy and gnuplot) and of what
is drawn. `plots/.pictures.json` says which file is of which key, and what that file held; a file that
has been changed since is drawn again. Knows nothing of what pictures show.
"""
from __future__ import annotations

import hashlib
import json
import re
import subprocess
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Optional, Sequence

from .. import write
from . import drawing, gnuplot, svg

MANIFEST = ".pictures.json"
_FORMAT = 1
_FILE_NAME = re.compile(r"[a-z0-9-]+\.svg")


@dataclass(frozen=True)
class _Kept:
    """A picture of an earlier report."""

    file: str  # in the folder
    content: str  # digest of that file
    file_name: str  # as it was drawn; that in the folder differs where two pictures have one name
    alt: str
    width: int
    height: int


class Cache:
    """The pictures that lie in a report's folder `plots`; without one, none."""

    def __init__(self, plots: Optional[Path] = None) -> None:
        self._folder = plots
        self._kept = _read(plots / MANIFEST) if plots else {}
        self._lying: dict[str, str] = {}  # what was found, by the file's name
        self._shown: dict[str, tuple[str, svg.Picture]] = {}  # by key: the name it was drawn under, and the picture

    def find(self, key: str) -> Optional[svg.Picture]:
        kept = self._kept.get(key)
        if kept is None or self._folder is None:
            return None
        path = self._folder / kept.file
        try:
            raw = b"" if path.is_symlink() else path.read_bytes()
        except OSError:
            return None
        if _digest(raw) != kept.content:
            return None
        text = self._lying[kept.file] = raw.decode("utf-8")
        return svg.Picture(kept.file_name, kept.alt, kept.width, kept.height, text)

    def note(self, key: str, drawn_as: str, picture: svg.Picture) -> None:
        """That this picture is in the report that is being made."""
        if picture.svg is not None:
            self._shown[key] = (drawn_as, picture)

    def files(self, pictures: Sequence[svg.Picture]) -> dict[str, Optional[str]]:
        """Their texts by file name; None: the file that lies there is right."""
        return {p.file_name: None if self._lying.get(p.file_name) == p.svg else p.svg for p in pictures if p.svg is not None}

    def save(self) -> None:
        """After the report is written. Where the manifest cannot be, the next report draws everything."""
        if self._folder is None:
            return
        if not self._shown:
            self._remove()
            return
        kept = {key: [p.file_name, _digest((p.svg or "").encode("utf-8")), drawn_as, p.alt, p.width, p.height]
                for key, (drawn_as, p) in self._shown.items()}
        text = json.dumps({"made_by": "vbench-report", "format": _FORMAT, "pictures": kept}, ensure_ascii=False,
                          separators=(",", ":"))
        try:
            if not (self._folder / MANIFEST).is_symlink():  # it might lead out of the report's folder
                write.write_file(self._folder / MANIFEST, text + "\n")
        except write.WriteError:
            pass

    def _remove(self) -> None:
        """Our manifest, and the folder if that was all."""
        if self._folder is not None and self._kept and not (self._folder / MANIFEST).is_symlink():
            try:
                (self._folder / MANIFEST).unlink()
                self._folder.rmdir()
            except OSError:
                pass


def draw_all(jobs: Sequence[drawing.Job], cache: Optional[Cache] = None) -> list[svg.Picture]:
    """A picture for each job, in their order, each with a file name of its own."""
    if cache is None:
        return _distinct(drawing.draw_all(jobs))
    drawn_by = _drawn_by(gnuplot.program())
    said: dict[int, str] = {}
    keys = [key(job, drawn_by, said) for job in jobs]
    found = [cache.find(k) for k in keys]
    drawn = iter(drawing.draw_all([job for job, picture in zip(jobs, found) if picture is None]))
    pictures = [picture or next(drawn) for picture in found]
    distinct = _distinct(pictures)
    for k, as_drawn, picture in zip(keys, pictures, distinct):
        cache.note(k, as_drawn.file_name, picture)
    return distinct


def key(job: drawing.Job, drawn_by: str, said: dict[int, str]) -> str:
    """`said` keeps what has been digested while its objects live: several pictures show one benchmark."""
    function, argument = job
    parts = drawn_by, function.__module__, function.__qualname__, _said(argument, said)
    return _digest("\0".join(parts).encode())


def _said(value: Any, said: dict[int, str]) -> str:
    """Arguments are dataclasses, tuples, texts and numbers: their repr says all there is."""
    if isinstance(value, tuple):
        return "(" + " ".join(_said(part, said) for part in value) + ")"
    if id(value) not in said:
        said[id(value)] = _digest(repr(value).encode("utf-8", "surrogatepass"))
    return said[id(value)]


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:32]


@lru_cache(maxsize=None)
def _drawn_by(program: Optional[str]) -> str:
    """Of this package and what it draws with, none of which is loaded for it; `program`: gnuplot, if there is one."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).resolve().parents[1].rglob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    for package in ("matplotlib", "numpy"):
        digest.update(_version(package).encode() + b"\0")
    digest.update(_version_of_gnuplot(program))
    return digest.hexdigest()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        spec = find_spec(package)
        at = Path(spec.origin).stat() if spec and spec.origin else None
        return f"{at.st_size} {at.st_mtime_ns}" if at else "none"


def _version_of_gnuplot(program: Optional[str]) -> bytes:
    if not program:
        return b"none"
    try:
        return subprocess.run([program, "--version"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=gnuplot.SECONDS).stdout
    except (OSError, subprocess.TimeoutExpired):
        return b"none"


def _read(path: Path) -> dict[str, _Kept]:
    """What cannot be understood was not written by us, or not whole: then nothing is known."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["made_by"] != "vbench-report" or document["format"] != _FORMAT:
            return {}
        return {str(k): _kept(entry) for k, entry in document["pictures"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _kept(entry: Any) -> _Kept:
    file, content, file_name, alt, width, height = entry
    if not (all(isinstance(text, str) for text in (file, content, file_name, alt))
            and all(isinstance(size, int) and size > 0 for size in (width, height))
            and _FILE_NAME.fullmatch(file) and _FILE_NAME.fullmatch(file_name)):
        raise ValueError("no picture of ours")
    return _Kept(file, content, file_name, alt, width, height)


def _distinct(pictures: Sequence[svg.Picture]) -> list[svg.Picture]:
    """Two benchmarks of one name in one suite must not share a file."""
    taken: dict[str, int] = {}
    result = []
    for p in pictures:
        count = taken.get(p.file_name, 0)
        taken[p.file_name] = count + 1
        name = p.file_name if count == 0 else f"{p.file_name[:-4]}-again{count}.svg"
        result.append(replace(p, file_name=name))
    return result
