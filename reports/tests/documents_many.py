"""Results of many benchmarks, alone or compared, for what depends on their number."""
from __future__ import annotations

from typing import Any

import documents
import documents_sequential
import documents_surroundings

PARTS = ("ring_buffer", "order_book", "transaction", "bundle", "statistics")
ACTIONS = ("push", "pop", "update", "commit", "flush", "merge", "reset")
VERDICTS = ("equivalent", "regressed", "improved", "inconclusive")
CHANGES = {"equivalent": 0.125, "regressed": 12.5, "improved": -8.25, "inconclusive": 1.5}


def names(count: int) -> list[str]:
    """Groups of one part and one action, with a size each."""
    return [f"{PARTS[n % len(PARTS)]}/{ACTIONS[n // len(PARTS) % len(ACTIONS)]}/{16 << n % 9}_{n}" for n in range(count)]


def run(count: int, changed: int = -1) -> dict[str, Any]:
    """Measured benchmarks; `changed` is the number of one that took other times than in the same result without."""
    return documents_surroundings.surrounded(documents.document(*(
        documents.measured(name, around_ns=5.0 + 3.7 * n, processes=9, blocks=12, seed=2 if n == changed else 1)
        for n, name in enumerate(names(count)))))


def side_by_side(count: int) -> dict[str, Any]:
    """All verdicts in turn, each of 32 pairs with everything that is told besides."""
    rows = [documents_sequential.row(name, VERDICTS[n % 4], old_ns=5.0 + 3.7 * n, percent=CHANGES[VERDICTS[n % 4]], cycles=8, luck=0.01,
                                     natural_luck=(0.0, 0.01)) for n, name in enumerate(names(count))]
    return documents_surroundings.surrounded(documents_sequential.compared(rows))


def comparison(count: int, blocks: int = 12) -> dict[str, Any]:
    """All verdicts in turn; the last two benchmarks are not compared: one was added, one failed."""
    every = names(count)
    compared, added, broken = every[:-2], every[-2], every[-1]
    verdicts = {name: VERDICTS[n % 4] for n, name in enumerate(compared)}
    old = [documents.measured(name, around_ns=5.0 + 3.7 * n, blocks=blocks) for n, name in enumerate(compared)]
    new = [documents.measured(name, around_ns=(5.0 + 3.7 * n) * (1 + CHANGES[verdicts[name]] / 100), blocks=blocks, seed=2)
           for n, name in enumerate(compared)]
    reason = "the worker died of SIGSEGV in block 3 of process 2"
    return documents.compared(
        documents.document(*new, documents.measured(added, blocks=blocks), documents.failed(broken, reason)), documents.document(*old),
        [documents.change(name, verdict, CHANGES[verdict] + n / 1024, CHANGES[verdict] - 2.5, CHANGES[verdict] + 2.5, 5.5)
         for n, (name, verdict) in enumerate(verdicts.items())],
        [documents.left_out(added, "added", "added: the baseline does not have it"), documents.left_out(broken, "failed", reason)])
