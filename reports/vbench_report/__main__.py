"""vbench-report RESULT.json: reads a result and makes a page with pictures of it, a Markdown summary, JUnit XML."""
from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Optional, Sequence

from . import load, write
from .model import Result

OUT = Path("reports")
STDOUT = Path("-")


def main(arguments: Optional[Sequence[str]] = None) -> int:
    options = _parser().parse_args(arguments)
    if options.out is None and options.markdown is None and options.junit is None:
        options.out = OUT
    try:
        _check_names(options)
        result = load.load(options.result)
        if options.out is not None:
            write.prepare(options.out)
        for path in (options.markdown, options.junit):
            if path is not None and path != STDOUT:
                write.prepare_file(path)
        said = _write_texts(options, result)
        if options.out is not None:
            page = f"Report: {_write_page(options.out, result)}"
            if said:
                print(page, file=sys.stderr)  # not among the summary
            else:
                said = page + "\n"
    except (load.LoadError, write.WriteError) as error:
        print(f"vbench-report: {error}", file=sys.stderr)
        return 2
    return _tell(said, options.out)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vbench-report", allow_abbrev=False,  # the launcher looks for whole words
        description="Makes a page with pictures out of a result file of vbench, or texts for CI.",
        epilog="Exit status: 0 done; 2 with one sentence on stderr; 141 if nobody reads stdout, as SIGPIPE gives.")
    parser.add_argument("result", metavar="RESULT.json", type=Path, help="from vbench run --json or vbench save")
    parser.add_argument("--out", metavar="DIR", type=Path,
                        help=f"where index.html and plots/ go (default: {OUT}, unless one of the following is given)")
    parser.add_argument("--markdown", metavar="FILE", type=Path, help="write a summary there; - is standard output")
    parser.add_argument("--junit", metavar="FILE", type=Path, help="write JUnit XML there")
    return parser


def _check_names(options: argparse.Namespace) -> None:
    """Nothing is written over what is read, or twice to one place."""
    taken = {os.path.realpath(options.result): "the result itself"}
    for what, path in (("--markdown", options.markdown), ("--junit", options.junit)):
        if path is None:
            continue
        if path == STDOUT and what != "--markdown":
            raise write.WriteError(f"{what} takes a file's name; only --markdown writes to standard output.")
        if (place := os.path.realpath(path)) in taken and not write.is_stream(path):
            raise write.WriteError(f"{what} {path} is {taken[place]}; name another file.")
        taken[place] = f"the file of {what}, too"


def _write_texts(options: argparse.Namespace, result: Result) -> str:
    """Returns what goes to stdout."""
    from . import junit, markdown
    if options.junit is not None:
        write.write_file(options.junit, junit.render(result))
    if options.markdown is None:
        return ""
    summary = markdown.render(result)
    if options.markdown == STDOUT:
        return summary
    write.write_file(options.markdown, summary)
    return ""


def _write_page(out: Path, result: Result) -> Path:
    # Not our user's business: a home folder where matplotlib cannot keep its font cache.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    from . import report  # only now: matplotlib takes its time, and bad input and texts should not
    page, plots = report.build(result)
    return write.write(out, page, plots)


def _tell(said: str, out: Optional[Path]) -> int:
    """Flushes here, where a failure can still be handled; returns the exit status."""
    try:
        sys.stdout.write(said)
        sys.stdout.flush()
        return 0
    except OSError as error:
        # The interpreter flushes once more at its end, and must not fail again there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return 128 + signal.SIGPIPE
        there = f"{out / 'index.html'} is there, but stdout" if out is not None else "Standard output"
        print(f"vbench-report: {there} cannot be written: {error.strerror}.", file=sys.stderr)
        return 2


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C is no error to print a traceback for
    sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]  # whatever the locale is
    sys.exit(main())
