"""Results whose names, texts and figures try to break a page: very long, from right to left, markup, signs of every kind."""
from __future__ import annotations

from typing import Any

import documents
import documents_sequential

UNBROKEN = "x" * 300
WORDS = "a long name of many words that goes on and on, " * 6 + "end"
PATH = "/".join(["templates<std::vector<std::pair<int,long>>>"] * 7)[:300]
RIGHT_TO_LEFT = "שלום/مرحبا بالعالم/capacity 64"
SIGNS = "🚀 rocket 👩‍👩‍👧‍👦 family ➜ ½ µs – “quoted” 日本語"
MARKUP = "<b>bold</b> & \"double\" 'single' <script>alert(1)</script> <!-- </style> {{ 7 * 7 }} %s ${x} `y` \\"
TURNED = "turned \u202ereversed\u202c and \u2066isolated\u2069"
NAMES = (UNBROKEN, WORDS, PATH, RIGHT_TO_LEFT, SIGNS, MARKUP, TURNED, "#hash?query=1&x=%2F..", "../../escape", "a")


def run() -> dict[str, Any]:
    """One run: each name with figures of another size, a family with long parameters, one that failed with a long text."""
    m = documents.measured
    content = documents.document(
        *(m(name, suite=MARKUP if n % 2 else "engine_suite", around_ns=10.0 ** n, spread=0.02 * (n + 1), iterations=max(1, 10 ** (6 - n)),
            items=1e6 if n % 3 == 0 else None, item_bytes=64 if n % 4 == 0 else None, latency=n % 4 == 1, restarts=n % 2,
            counters={WORDS[:120]: {"kind": "sum", "value": 1e15}, MARKUP[:60]: {"kind": "mean", "value": 1e-9}} if n < 2 else None)
          for n, name in enumerate(NAMES)),
        *(m(f"{PATH[:120]}/{n}", case=PATH[:120], parameters={"a parameter with a very long name of its own": n}, around_ns=5.0 * n)
          for n in (1, 10 ** 6, 10 ** 12)),
        documents.failed("failed " + MARKUP, UNBROKEN + " " + MARKUP), documents.failed("f" * 300, WORDS, suite=MARKUP))
    _dress(content["vbench"])
    return content


def comparison() -> dict[str, Any]:
    """A comparison side by side of the same names."""
    verdicts = ("regressed", "improved", "inconclusive", "equivalent")
    rows = [documents_sequential.row(name, verdicts[n % 4], old_ns=10.0 ** (n - 1), percent=(900.0, -90.0, 3.0, 0.0)[n % 4], cycles=4,
                                     layouts=4, looks_taken=1) for n, name in enumerate(NAMES)]
    content = documents_sequential.compared(
        rows, beside=[(documents.measured("f" * 300), documents.failed("f" * 300, MARKUP + UNBROKEN))],
        not_compared=[documents.left_out("f" * 300, "failed", MARKUP + UNBROKEN)], notes=[WORDS, MARKUP + " " + UNBROKEN])
    ours = content["vbench"]
    ours["comparison"]["old"].update(name=UNBROKEN[:200], text=MARKUP)
    ours["comparison"]["new"].update(name=RIGHT_TO_LEFT, text=WORDS)
    _dress(ours)
    return content


def _dress(ours: dict[str, Any]) -> None:
    ours["machine"].update(cpu_model=f"{SIGNS} {'P' * 150} {MARKUP}", cpu_features=[f"feature_{n}_{'f' * 20}" for n in range(60)],
                           operating_system=WORDS, kernel="k" * 200)
    ours["libraries"] = {"l" * 100: "v" * 100, MARKUP: RIGHT_TO_LEFT}
    for suite in ours["suites"]:
        suite.update(compiler_flags=f"-D{'X' * 250} -I'{MARKUP}'", compiler=WORDS, optimised="no", optimisation_evidence=UNBROKEN)
