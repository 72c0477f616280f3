"""vbench-report RESULT.json: makes pages with pictures of a result, or texts: Markdown, CSV, JUnit XML, a terminal's."""
from __future__ import annotations

import argparse
import logging
import os
import shutil
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
    if options.out is None and not options.terminal and all(path is None for _, path in _texts(options)):
        options.out = OUT
    try:
        _check_names(options)
        result = load.load(options.result, options.called)
        if options.out is not None:
            write.prepare(options.out, options.single)
        for _, path in _texts(options):
            if path is not None and path != STDOUT:
                write.prepare_file(path)
        said = _write_texts(options, result)
        if options.out is not None:
            page = f"Report: {_write_pages(options.out, result, options.single)}"
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
        description="Makes pages with pictures out of a result file of vbench, or texts for CI.",
        epilog="Exit status: 0 done; 2 with one sentence on stderr; 141 if nobody reads stdout, as SIGPIPE gives.")
    parser.add_argument("result", metavar="RESULT.json", type=Path, help="from vbench run --json or vbench save")
    parser.add_argument("--out", metavar="DIR", type=Path,
                        help=f"where index.html, pages/ and plots/ go (default: {OUT}, unless one of the following is given)")
    parser.add_argument("--markdown", metavar="FILE", type=Path, help="write a summary there; - is standard output")
    parser.add_argument("--junit", metavar="FILE", type=Path, help="write JUnit XML there")
    parser.add_argument("--csv", metavar="FILE", type=Path, help="write a row a benchmark there; - is standard output")
    parser.add_argument("--single", action="store_true", help="put all pages and pictures into index.html")
    parser.add_argument("--terminal", action="store_true", help="print a summary with bars for a terminal")
    parser.add_argument("--called", metavar="NAME", help="how messages call the result (default: by its file)")
    return parser


def _texts(options: argparse.Namespace) -> list[tuple[str, Optional[Path]]]:
    return [("--markdown", options.markdown), ("--junit", options.junit), ("--csv", options.csv)]


def _check_names(options: argparse.Namespace) -> None:
    """Nothing is written over what is read, or twice to one place."""
    taken = {os.path.realpath(options.result): "the result itself"}
    if options.out is not None:
        taken[os.path.realpath(options.out / "index.html")] = "the report's first page"
    to_stdout = ["--terminal"] if options.terminal else []
    for what, path in _texts(options):
        if path is None:
            continue
        if path == STDOUT:
            if what == "--junit":
                raise write.WriteError(f"{what} takes a file's name; only --markdown and --csv write to standard output.")
            to_stdout.append(what)
            continue
        if (place := os.path.realpath(path)) in taken and not write.is_stream(path):
            raise write.WriteError(f"{what} {path} is {taken[place]}; name another file.")
        taken[place] = f"the file of {what}, too"
    if len(to_stdout) > 1:
        raise write.WriteError(f"{to_stdout[0]} and {to_stdout[1]} both write to standard output; name a file for one of them.")


def _write_texts(options: argparse.Namespace, result: Result) -> str:
    """Returns what goes to stdout."""
    from .texts import csv_table, junit, markdown
    said = ""
    for path, render in ((options.junit, junit.render), (options.markdown, markdown.render), (options.csv, csv_table.render)):
        if path == STDOUT:
            said = render(result)
        elif path is not None:
            write.write_file(path, render(result))
    return _for_terminal(result) if options.terminal else said


def _for_terminal(result: Result) -> str:
    from . import headline, terminal
    seen = sys.stdout.isatty()
    return terminal.render(result, headline=headline.sentence(result), width=shutil.get_terminal_size((100, 24)).columns,
                           colour=seen and not os.environ.get("NO_COLOR"), unicode=True)


def _write_pages(out: Path, result: Result, single: bool) -> Path:
    # Not our user's business: a home folder where matplotlib cannot keep its font cache.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    from . import report  # only now: matplotlib takes its time, and bad input and texts should not
    made = report.build(result, out / "plots", single)
    page = write.write(out, made.files, made.pictures)
    made.kept.save()
    return page


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
