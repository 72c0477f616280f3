"""The self-test's result as text."""
from __future__ import annotations

from typing import Any, Iterator

from plan import VBENCH

PEER_COLUMNS = ("slower", "faster", "of")


def percent(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0")


def change(percent_more: float) -> str:
    return f"+{percent_more:g} %" if percent_more else "none"


def clock(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def table(rows: list[list[str]], left: int) -> Iterator[str]:
    """Columns as wide as they need to be; the first `left` of them begin on the left."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(text.ljust(width) if column < left else text.rjust(width)
                        for column, (text, width) in enumerate(zip(row, widths))).rstrip()


def cell_rows(result: dict[str, Any]) -> Iterator[str]:
    peers = [tool["name"] for tool in result["tools"] if tool["name"] != VBENCH and tool["skipped"] is None]
    found = {(cell["workload"], cell["permille"], cell["tool"]): cell for cell in result["cells"]}
    rows = [["workload", "more work", "slower", "faster", "same", "of", "estimate", "", "after"]]
    for _ in peers:
        rows[0] += ["|", *PEER_COLUMNS]
    for (name, permille, tool), cell in found.items():
        if tool != VBENCH:
            continue
        of = cell["compared"]
        row = [name, change(cell["change_percent"]), *(str(cell[outcome]["count"]) if of else "" for outcome in
                                                       ("regressed", "improved", "equivalent")), str(of)]
        row += [f"{cell['mean_percent']:+.2f} %" if of else "",
                f"± {cell['deviation_percent']:.2f}" if cell["deviation_percent"] is not None else "",
                f"{cell['decided_s']['median']:.1f} s" if cell["decided_s"] else ""]
        for peer in peers:
            other = found.get((name, permille, peer))
            row += ["|", *(["", "", ""] if other is None else
                           [str(other["regressed"]["count"]), str(other["improved"]["count"]), str(other["compared"])])]
        rows.append(row)
    lines = list(table(rows, 2))
    if peers:
        bars = [at for at, letter in enumerate(lines[0]) if letter == "|"]
        above = "vbench".rjust(lines[0].index("slower") + 6)
        for at, peer in zip(bars, peers):
            above = above.ljust(at) + "| " + peer
        yield above
    yield from lines


def bar_rows(result: dict[str, Any]) -> Iterator[str]:
    rows = [["vbench's bars", "counted", "95 % interval", "bar", ""]]
    for bar in result["bars"]:
        asked = f"at least {percent(bar['at_least'])} %" if bar["at_least"] is not None else \
            f"at most {percent(bar['at_most'])} %" if bar["at_most"] else "never"
        rows.append([bar["text"], f"{bar['count']} of {bar['of']}",
                     f"{percent(bar['low'])} to {percent(bar['high'])} %" if bar["of"] else "", asked, bar["state"]])
    yield from table(rows, 1)


def text(result: dict[str, Any]) -> str:
    """What stands on the terminal at the end."""
    lines = [*cell_rows(result), ""]
    lines += ["slower, faster, same: how often new was called so; estimate: mean and standard deviation; after:",
              "seconds of timed blocks, of both sides, in half of the decided comparisons.", ""]
    lines += [*bar_rows(result), ""]
    for tool in result["tools"]:
        lines.append(f"{tool['name']}{' ' + tool['version'] if tool['version'] else ''}: "
                     + (f"skipped, because {tool['skipped']}." if tool["skipped"] else f"{tool['rule']}."))
    failed = sum(cell["failed"] for cell in result["cells"])
    done = sum(cell["compared"] for cell in result["cells"])
    planned = sum(cell["planned"] for cell in result["cells"])
    load = {"none": "", "one": ", one CPU kept busy", "both": ", all CPUs kept busy",
            "half-way": ", all CPUs kept busy from the middle of each comparison on"}[result["load"]]
    lines.append(f"{done} of {planned} comparisons in {clock(result['took_s'])}{load}.")
    if failed:
        lines.append(f"{failed} gave no verdict; the reasons are in {result['file']}.")
    return "\n".join(lines)
