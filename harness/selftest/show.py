"""The self-test's result as text."""
from __future__ import annotations

from typing import Any, Iterator

from plan import VBENCH

BAR = "|"  # between tools
LOADS = {"none": "", "one": ", one CPU kept busy", "all": ", all CPUs kept busy",
         "half-way": ", all CPUs kept busy from the middle of each comparison on"}
LEGEND = """slower, faster, same: how often new was called so. estimate: its mean and standard deviation.
after: seconds of timed blocks, of both sides together, in half of the decided comparisons."""


def percent(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0")


def clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def table(rows: list[list[str]], left: tuple[int, ...]) -> list[str]:
    """Columns as wide as they need to be; the columns `left` begin on the left, the others end on the right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(text.ljust(width) if number in left else text.rjust(width)
                      for number, (text, width) in enumerate(zip(row, widths))).rstrip() for row in rows]


def vbench_columns(cell: dict[str, Any] | None) -> list[str]:
    if cell is None or cell["compared"] == 0:
        return ["", "", "", "" if cell is None else "0", "", "", ""]
    deviation = cell["deviation_percent"]
    return [*(str(cell[outcome]["count"]) for outcome in ("regressed", "improved", "equivalent")), str(cell["compared"]),
            f"{cell['mean_percent']:+.2f} %", "" if deviation is None else f"± {deviation:.2f}",
            f"{cell['decided_s']['median']:.1f} s" if cell["decided_s"] else ""]


def peer_columns(cell: dict[str, Any] | None) -> list[str]:
    if cell is None or cell["compared"] == 0:
        return ["", "", "" if cell is None else "0"]
    return [str(cell["regressed"]["count"]), str(cell["improved"]["count"]), str(cell["compared"])]


def cell_rows(result: dict[str, Any]) -> Iterator[str]:
    """Known changes, and what each tool called them."""
    used = [tool["name"] for tool in result["tools"] if tool["skipped"] is None]
    peers = [name for name in used if name != VBENCH]
    found = {(cell["workload"], cell["change_percent"], cell["tool"]): cell for cell in result["cells"]}
    rows = [["workload", "true change", BAR, "slower", "faster", "same", "of", "estimate", "", "after"]]
    for _ in peers:
        rows[0] += [BAR, "slower", "faster", "of"]
    for name, change in dict.fromkeys((name, change) for name, change, _ in found):
        row = [name, f"+{change:g} %" if change else "none", BAR, *vbench_columns(found.get((name, change, VBENCH)))]
        for peer in peers:
            row += [BAR, *peer_columns(found.get((name, change, peer)))]
        rows.append(row)
    lines = table(rows, left=(0, 1))
    above = ""
    for at, tool in zip((at for at, letter in enumerate(lines[0]) if letter == BAR), (VBENCH, *peers)):
        above = above.ljust(at) + f"{BAR}  {tool}"
    yield above
    yield from lines


def asked(bar: dict[str, Any]) -> str:
    if bar["at_least"] is not None:
        return f"at least {percent(bar['at_least'])} %"
    return f"at most {percent(bar['at_most'])} %" if bar["at_most"] else "never"


def bar_rows(result: dict[str, Any]) -> list[str]:
    rows = [["what vbench promises", "counted", "95 % interval", "bar", ""]]
    for bar in result["bars"]:
        rows.append([bar["text"], f"{bar['count']} of {bar['of']}",
                     f"{percent(bar['low'])} to {percent(bar['high'])} %" if bar["of"] else "", asked(bar), bar["state"]])
    return table(rows, left=(0, 3, 4))


def closing(result: dict[str, Any]) -> Iterator[str]:
    for tool in result["tools"]:
        version = f" {tool['version']}" if tool["version"] else ""
        yield f"{tool['name']}{version}: " + (f"skipped: {tool['skipped']}" if tool["skipped"] else tool["rule"]) + "."
    failed, done, planned = (sum(cell[name] for cell in result["cells"]) for name in ("failed", "compared", "planned"))
    yield f"{done} of {planned} comparisons, {clock(result['took_s'])}{LOADS[result['load']]}."
    if failed:
        yield f"{failed} gave no verdict; {result['file']} has the reasons."


def text(result: dict[str, Any]) -> str:
    """What stands on the terminal at the end."""
    parts = ["\n".join(cell_rows(result)), LEGEND]
    if result["bars"]:
        parts.append("\n".join(bar_rows(result)))
    parts.append("\n".join(closing(result)))
    return "\n\n".join(parts)
