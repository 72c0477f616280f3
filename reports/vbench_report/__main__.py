"""vbench-report RESULT.json [--out DIR]: reads a result and writes DIR/index.html and DIR/plots."""
from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Optional, Sequence

from . import load, write


def main(arguments: Optional[Sequence[str]] = None) -> int:
    parser = argparse.ArgumentParser(
        prog="vbench-report", description="Makes a page with pictures out of a result file of vbench.",
        epilog="Exit status: 0 done; 2 with one sentence on stderr; 141 if nobody reads stdout, as SIGPIPE gives.")
    parser.add_argument("result", metavar="RESULT.json", type=Path, help="from vbench run --json or vbench save")
    parser.add_argument("--out", metavar="DIR", type=Path, default=Path("reports"),
                        help="where index.html and plots/ go (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        result = load.load(options.result)
        write.prepare(options.out)
        # Not our user's business: a home folder where matplotlib cannot keep its font cache.
        logging.getLogger("matplotlib").setLevel(logging.ERROR)
        from . import report  # only now: matplotlib takes its time, and bad input should not
        page, plots = report.build(result)
        written = write.write(options.out, page, plots)
    except (load.LoadError, write.WriteError) as error:
        print(f"vbench-report: {error}", file=sys.stderr)
        return 2
    return _tell(written)


def _tell(written: Path) -> int:
    """Flushes here, where a failure can still be handled; returns the exit status."""
    try:
        print(f"Report: {written}", flush=True)
        return 0
    except OSError as error:
        # The interpreter flushes once more at its end, and must not fail again there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return 128 + signal.SIGPIPE
        print(f"vbench-report: {written} is there, but stdout cannot be written: {error.strerror}.", file=sys.stderr)
        return 2


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C is no error to print a traceback for
    sys.exit(main())
