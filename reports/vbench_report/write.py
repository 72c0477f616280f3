"""Puts a report into its folder, pictures first and the index last, or a text into a file: each whole or not at all.

Takes away what is left of an earlier report, which it knows by its mark. Touches nothing else.
"""
from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import Mapping, Optional

MADE_BY = "made by vbench-report"  # in the first lines of pictures, style and script
_PAGE_MARK, _MARK = b'content="vbench-report"', MADE_BY.encode()


class WriteError(Exception):
    """The report cannot be put there; the text says why in one sentence."""


def prepare(out: Path, single: bool = False) -> None:
    """Makes the folders, one for a single file, and finds out, before anything is drawn, whether a report may go there."""
    page = out / "index.html"
    try:
        if page.exists() and not _made_by_us(page):
            raise WriteError(f"{page} exists and is not a report of vbench's; "
                             "move it away or name another folder with --out.")
        for folder in _folders(out):
            if folder.is_symlink():
                raise WriteError(f"{folder} is a link, and the report would land outside {out}; "
                                 "remove it or name another folder with --out.")
        made = (out,) if single else (out, *_folders(out))
        for folder in made:
            folder.mkdir(parents=True, exist_ok=True)
        for folder in made:
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".vbench-report-", suffix=".tmp"):
                pass
    except OSError as error:
        raise WriteError(_cannot(out, error)) from None


def write(out: Path, files: Mapping[str, str], pictures: Mapping[str, Optional[str]]) -> Path:
    """`files` by their paths in the folder, `pictures` by their names; None: it is there already. Returns where the index is."""
    wanted: dict[str, Optional[str]] = {**{f"plots/{name}": text for name, text in pictures.items()}, **files}
    others = {path: text for path, text in wanted.items() if path != "index.html"}
    try:
        for path in files:  # but pictures: nobody else's has such a name by chance
            if path != "index.html":
                _refuse_foreign(out / path)
        for path, text in others.items():
            if text is not None:
                _replace(out / path, text)
        _replace(out / "index.html", files["index.html"])
        for folder in _folders(out):
            _remove_others(folder, {Path(path).name for path in wanted if Path(path).parent.name == folder.name})
    except OSError as error:
        raise WriteError(_cannot(out, error)) from None
    return out / "index.html"


def _folders(out: Path) -> tuple[Path, Path]:
    return out / "pages", out / "plots"


def _refuse_foreign(path: Path) -> None:
    if path.is_symlink() or (path.exists() and not _made_by_us(path)):
        raise WriteError(f"{path} exists and is not part of a report of vbench's; "
                         "move it away or name another folder with --out.")


def _remove_others(folder: Path, kept: set[str]) -> None:
    """Files of an earlier report, and the folder if nothing is left in it."""
    if not folder.is_dir():
        return
    for old in sorted(folder.iterdir()):
        ours = old.suffix in (".svg", ".html", ".css", ".js") and old.is_file() and not old.is_symlink()
        if old.name not in kept and ours and _made_by_us(old):
            old.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()


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


def _made_by_us(path: Path) -> bool:
    with path.open("rb") as file:
        return (_PAGE_MARK if path.suffix == ".html" else _MARK) in file.read(1024)


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
