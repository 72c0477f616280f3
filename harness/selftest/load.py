"""Other work on the machine while something is measured: loops that keep CPUs busy."""
from __future__ import annotations

import os
import subprocess
import sys
import threading
from types import TracebackType

LOADS = ("none", "one", "all", "half-way")  # of the CPUs; "half-way": all, from the middle of a comparison on

# Ends by itself when whoever started it is gone, even by SIGKILL.
LOOP = """
import os, sys
os.sched_setaffinity(0, {int(sys.argv[1])})
while os.getppid() == int(sys.argv[2]):
    for _ in range(100000):
        pass
"""


class Load:
    """Use it in a with statement: on its end all loops have ended."""

    def __init__(self, kind: str, number: int, expected_s: float) -> None:
        """`number` is the comparison's, and `expected_s` how long it will take."""
        self._cpus = sorted(os.sched_getaffinity(0))
        if kind == "one":  # in turns, so that the measuring CPU and the other are both met
            self._cpus = [self._cpus[number % len(self._cpus)]]
        self._kind = kind
        self._loops: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        self._over = False
        self._timer = threading.Timer(expected_s / 2, self._start)

    def _start(self) -> None:
        with self._lock:
            if self._over:
                return
            for cpu in self._cpus:
                self._loops.append(subprocess.Popen([sys.executable, "-c", LOOP, str(cpu), str(os.getpid())]))

    def __enter__(self) -> Load:
        if self._kind == "half-way":
            self._timer.start()
        elif self._kind != "none":
            self._start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._timer.cancel()
        with self._lock:
            self._over = True
            for loop in self._loops:
                loop.kill()
                loop.wait()
