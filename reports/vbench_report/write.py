"""Puts a report into its folder, plots first and the page last, or a text into a file: each whole or not at all.

Takes away the pictures of an earlier report, which it knows by their mark. Touches nothing else.
"""
from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import Mapping

from . import svg


class WriteError(Exception):
    """The report cannot be put there; the text says why in one sentence."""


def prepare(out: Path) -> None:
    """Makes the folder and finds out, before anything is drawn, whether a report may go there."""
    plots = out / "plots"
    page = out / "index.html"
    try:
        if page.exists() and not _made_by_us(page, b'content="vbench-report"'):
            raise WriteError(f"{page} exists and is not a report of vbench's; "
                             "move it away or name another folder with --out.")
        if plots.is_symlink():
            raise WriteError(f"{plots} is a link, and pictures would land outside {out}; "
                             "remove it or name another folder with --out.")
        plots.mkdir(parents=True, exist_ok=True)
        for folder in (out, plots):
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".vbench-report-", suffix=".tmp"):
                pass
    except OSError as error:
        raise WriteError(_cannot(out, error)) from None


def write(out: Path, page: str, plots: Mapping[str, str]) -> Path:
    """Returns where the page is."""
    folder = out / "plots"
    try:
        for name, text in plots.items():
            _replace(folder / name, text)
        for old in sorted(folder.glob("*.svg")):
            if old.name not in plots and old.is_file() and not old.is_symlink() \
                    and _made_by_us(old, svg.MARK.encode()):
                old.unlink()
        _replace(out / "index.html", page)
    except OSError as error:
        raise WriteError(_cannot(out, error)) from None
    return out / "index.html"


def prepare_file(path: Path) -> None:
    """Finds out, before any work, whether a text may go there."""
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not is_stream(path):
            with tempfile.NamedTemporaryFile(dir=_target(path).parent, prefix=".vbench-report-", suffix=".tmp"):
                pass
    except OSError as error:
        raise WriteError(_cannot_file(path, error)) from None


def write_file(path: Path, text: str) -> None:
    """Replaces a file, that to which a link leads; a device or a pipe is written into."""
    try:
        if is_stream(path):
            path.write_text(text, encoding="utf-8")
        else:
            _replace(_target(path), text)
    except OSError as error:
        raise WriteError(_cannot_file(path, error)) from None


def is_stream(path: Path) -> bool:
    return path.exists() and not path.is_file()


def _target(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _cannot_file(path: Path, error: OSError) -> str:
    return f"{path} cannot be written: {error.strerror}."


def _cannot(out: Path, error: OSError) -> str:
    where = f" ({error.filename})" if error.filename and Path(str(error.filename)) != out else ""
    return f"The report cannot be written to {out}{where}: {error.strerror}; name another folder with --out."


def _made_by_us(path: Path, mark: bytes) -> bool:
    with path.open("rb") as file:
        return mark in file.read(1024)


def _replace(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".vbench-report-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
