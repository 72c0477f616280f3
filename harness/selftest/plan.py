"""What is compared, how often, and which bars the counts are held to.

A cell is one known change of one workload, compared again and again. A tool is vbench or one of its peers.
"""
from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Callable, Iterable

VBENCH, GOOGLE_BENCHMARK, CRITERION = "vbench", "Google Benchmark", "Criterion"
ALL_PEERS = (GOOGLE_BENCHMARK, CRITERION)
PADS = (16, 32, 48)  # bytes of unrelated code in front of a moved workload; 64 where nothing moves


@dataclass(frozen=True)
class Cell:
    name: str  # of the workload, as the table shows it
    benchmark: str  # as the suite calls it
    permille: int  # of the usual work, on the new side
    budget_s: float  # timed blocks of both sides together
    max_budget_s: float  # by vbench, while undecided
    count: int  # comparisons by vbench in the full run
    peer_count: int = 0  # by each peer
    moved: bool = False  # new has other code in front and the function another name, as after an edit
    peers: tuple[str, ...] = ALL_PEERS

    @property
    def key(self) -> str:
        return f"{self.name} {self.permille}"

    @property
    def change_percent(self) -> float:
        return (self.permille - 1000) / 10

    def sides(self, number: int) -> tuple[str, str]:
        """Names of the two executables of comparison `number`."""
        bytes_before = PADS[number % len(PADS)] if self.moved else 64
        return "selftest_1000_64", f"selftest_{self.permille}_{bytes_before}"


def cells() -> list[Cell]:
    """The full run. Where no bar asks for a time, an undecided comparison may take four times its budget, as
    vbench does by default."""
    made = []

    def add(name: str, permille: int, budget_s: float, max_budget_s: float, count: int, peer_count: int = 0,
            benchmark: str | None = None, moved: bool = False, peers: tuple[str, ...] = ALL_PEERS) -> None:
        made.append(Cell(name, benchmark or name, permille, budget_s, max_budget_s, count, peer_count, moved, peers))

    for name in INSENSITIVE:
        add(name, 1000, 2, 2, 100, 32)
        add(name, 1005, 1, 1, 100, 20)
        add(name, 1010, 1, 1, 100, 32)
        add(name, 1015, 2, 2, 100)
    for name in ("chase/1024", "chase/4096", "chase/16384"):
        add(name, 1000, 0.5, 2, 100, 20)
        add(name, 1050, 0.5, 2, 10)
    add("sort", 1000, 1, 4, 50, 20)
    add("sort", 1010, 10, 10, 100, 20)
    add("sort moved", 1000, 1, 4, 50, 20, benchmark="sort", moved=True)
    add("sort moved", 1010, 10, 10, 50, 20, benchmark="sort", moved=True)
    for name in SEVERAL_THREADS:  # Criterion measures one thread
        add(name, 1000, 0.5, 2, 100, 20, peers=(GOOGLE_BENCHMARK,))
        add(name, 1050, 0.5, 2, 10, peers=(GOOGLE_BENCHMARK,))
    add("latencies", 1000, 0.5, 2, 100, 20)
    add("latencies", 1010, 0.5, 2, 20)
    return made


INSENSITIVE = ("hash", "ring")  # where the linker puts them hardly matters
ONE_THREAD = (*INSENSITIVE, "chase/1024", "chase/4096", "chase/16384", "sort", "sort moved")
SEVERAL_THREADS = ("stream", "add/4_threads", "add/8_threads")


@dataclass(frozen=True)
class Bar:
    """A share that vbench promises. `outcome` is what is counted: regressed, improved, equivalent, or
    different, which is regressed or improved."""

    text: str
    outcome: str
    workloads: tuple[str, ...]
    permille: int
    at_least: float | None = None
    at_most: float | None = None
    within_s: float | None = None  # counted only if decided within so many timed seconds

    def holds(self, cell: Cell) -> bool:
        return cell.name in self.workloads and cell.permille == self.permille


BARS = (
    Bar("same code, one thread: called different", "different", ONE_THREAD, 1000, at_most=0.01),
    Bar("same code, a thread to another: called different", "different", ("stream",), 1000, at_most=0.01),
    Bar("same code, 4 threads: called different", "different", ("add/4_threads",), 1000, at_most=0.01),
    Bar("same code, 8 threads: called different", "different", ("add/8_threads",), 1000, at_most=0.01),
    Bar("same code, latencies: called different", "different", ("latencies",), 1000, at_most=0.01),
    Bar("0.5 % more work, hash and ring: regressed within 1 s", "regressed", INSENSITIVE, 1005, at_least=0.95, within_s=1),
    Bar("1 % more work, hash and ring: regressed within 1 s", "regressed", INSENSITIVE, 1010, at_least=0.99, within_s=1),
    Bar("1 % more work, sort: regressed within 10 s", "regressed", ("sort", "sort moved"), 1010, at_least=0.90,
        within_s=10),
    Bar("1 % more work, sort: called improved", "improved", ("sort", "sort moved"), 1010, at_most=0),
    Bar("same code, hash and ring: equivalent within 2 s", "equivalent", INSENSITIVE, 1000, at_least=0.90, within_s=2),
    Bar("1.5 % more work, hash and ring: called equivalent", "equivalent", INSENSITIVE, 1015, at_most=0.01),
)
ENOUGH = 100  # comparisons, for a bar to be met


@dataclass(frozen=True)
class Mode:
    name: str
    limit_s: float
    share: float  # of the full run's comparisons by vbench
    peer_share: float  # and by each peer


MODES = {mode.name: mode for mode in (Mode("quick", 170, 0.01, 0.02), Mode("default", 15 * 60 - 20, 0.08, 0.1),
                                      Mode("full", 3 * 3600 - 60, 1, 1))}


@dataclass(frozen=True)
class Item:
    """One comparison to be made."""

    tool: str
    cell: Cell
    number: int
    seed: int


def planned(cell: Cell, tool: str, mode: Mode) -> int:
    """How often this tool compares this cell: vbench at least once, peers perhaps never."""
    if tool == VBENCH:
        return max(round(cell.count * mode.share), 1)
    return round(cell.peer_count * mode.peer_share) if tool in cell.peers else 0


def items(mode: Mode, tools: Iterable[str], seed: int, only: str = "",
          all_cells: Callable[[], list[Cell]] = cells) -> list[Item]:
    """All comparisons, so mixed that whatever part of the list is done, each cell has had its share of it."""
    placed: list[tuple[float, int, Item]] = []
    tools = tuple(tools)
    for cell in all_cells():
        if not re.search(only, cell.name):
            continue
        first = random.Random(f"{seed} {cell.key}").random()  # the same for all tools, so that peers stand side by side
        for place, tool in enumerate(tools):
            count = planned(cell, tool, mode)
            for number in range(count):
                own_seed = random.Random(f"{seed} {cell.key} {number}").randrange(1, 2**31)
                placed.append(((number + first) / count, place, Item(tool, cell, number, own_seed)))
    return [item for _, _, item in sorted(placed, key=lambda entry: entry[:2])]
