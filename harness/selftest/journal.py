"""The file that finished comparisons are appended to, one line each: what survives a stop at any moment.

Its first line says what was measured and how. Lines of another build, load or seed are not mixed in,
nor those of two runs at once, which would spoil each other's measurements, too.
"""
from __future__ import annotations

import fcntl
import json
import os
import signal
from pathlib import Path
from typing import Any


class Refused(Exception):
    """The file cannot be continued; the text says why and what to do."""


class Journal:
    def __init__(self, path: Path, head: dict[str, Any], resume: bool) -> None:
        """Begins the file, or continues it: then `lines` is what it holds."""
        self.path = path
        self.lines: list[dict[str, Any]] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(path, "a", encoding="utf-8")
        try:
            self._lock()  # before anything is cut off
            if resume:
                self._continue(head)
            else:
                self._file.truncate(0)
            if path.stat().st_size == 0:
                self._write(head)
        except BaseException:
            self.close()
            raise

    def _lock(self) -> None:
        """Until the file is closed, and be it by a kill."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"{self.path} is being written by another run; let it end, or stop it.") from None

    def _continue(self, head: dict[str, Any]) -> None:
        text = self.path.read_bytes()
        whole = text[: text.rfind(b"\n") + 1]  # a kill may leave half a line
        try:
            found = [json.loads(line) for line in whole.splitlines()]
        except ValueError:
            found = [None]
        if not all(isinstance(line, dict) for line in found):
            raise Refused(f"{self.path} is no file of the self-test; move it away, or name another with --file.")
        for name, value in head.items() if found else ():
            if found[0].get(name) != value:
                raise Refused(f"{self.path} was measured with another {name} ({found[0].get(name)}, now {value}); move it "
                              "away to begin anew, or name another with --file.")
        self.lines = found[1:]
        self._file.truncate(len(whole))

    def add(self, line: dict[str, Any]) -> None:
        """On the disk when this returns. A signal in between would leave it in the file alone."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
        try:
            self._write(line)
            self.lines.append(line)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()
