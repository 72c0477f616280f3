"""What must hold of every page of any report."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Iterable, Iterator

import pages

# The unit of a printed figure, and by what its value was divided: a time may be known in seconds, a share as a part of one.
_UNITS = {"ns": (1.0, 1e-9), "µs": (1e3, 1e-6), "ms": (1e6, 1e-3), "s": (1e9, 1.0), "%": (1.0, 0.01),
          "k": (1e3,), "M": (1e6,), "G": (1e9,), "T": (1e12,),
          "B": (1.0,), "KiB": (2.0**10,), "MiB": (2.0**20,), "GiB": (2.0**30,), "TiB": (2.0**40,),
          "": (1.0, 1e3, 1e6, 1e9)}  # the end of an interval, whose unit stands behind the other end


def numbers(value: Any) -> Iterator[float]:
    """All numbers of a document."""
    if isinstance(value, (dict, list)):
        for child in value.values() if isinstance(value, dict) else value:
            yield from numbers(child)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield value


def figures_are_the_documents(page: pages.Element, document: Any) -> int:
    """Returns how many there are."""
    own = set(numbers(document))
    shown = page.all("data")
    for element in shown:
        assert float(element.attributes["value"]) in own, element.attributes["value"]
    return len(shown)


def rounded(text: str, value: float) -> bool:
    """Whether a printed figure is its value, rounded to the digits that it has. Where a word gives the direction it has no sign."""
    if text == "below 0.0001":
        return value < 1e-4
    found = re.fullmatch(r"([+\u2212-]?)([\d\u202f]*\.?\d+)(e[+-]\d+)?\u202f?(\D*)", text)
    assert found, text
    sign, digits, exponent, unit = found.groups()
    scale = 10.0 ** int((exponent or "e0")[1:])
    printed = float(digits.replace("\u202f", "")) * scale * (-1 if sign in ("\u2212", "-") else 1)
    half = 0.5000001 * scale * 10.0 ** -len(digits.partition(".")[2])
    prefix = re.sub(r" ?(items|iterations|B|)/s$", "", unit) if unit.endswith("/s") else unit
    return any(abs(printed - v / factor) <= half for factor in _UNITS[prefix] for v in ((value,) if sign else (value, abs(value))))


def figures_are_rounded(page: pages.Element) -> None:
    for element in page.all("data"):
        text, value = element.text(), float(element.attributes["value"])
        assert rounded(text, value), (text, value)


def stray_digits(page: pages.Element, known: Iterable[str]) -> list[str]:
    """Words with digits besides figures and the texts that may have some."""
    text = " ".join(page.all("body")[0].text(without=("data", "style", "svg", "code", "script")).split())
    for piece in sorted(filter(None, (" ".join(k.split()) for k in known)), key=len, reverse=True):
        text = text.replace(piece, " ")
    return re.findall(r"\S*\d\S*", text)


def links_lead_somewhere(report: Path) -> None:
    """Ids are unique on their page, labels and fragments lead to one, and links to files of the report."""
    trees = {page: pages.read(page) for page in pages.files(report)}
    ids_of = {page.resolve(): [e.attributes["id"] for e in tree.all() if "id" in e.attributes] for page, tree in trees.items()}
    for page, tree in trees.items():
        ids = ids_of[page.resolve()]
        assert len(ids) == len(set(ids)), page.name
        for element in tree.all():
            for label in ("aria-labelledby", "aria-describedby", "for"):
                assert set((element.attributes.get(label) or "").split()) <= set(ids), (page.name, element.attributes)
            for name in ("href", "src"):
                if element.attributes.get(name) is None:
                    continue
                assert re.fullmatch(r"(\.\./)?((pages|plots)/)?[a-z0-9.-]*(#[a-z0-9-]+)?", element.attributes[name]), element.attributes
                path, _, anchor = element.attributes[name].partition("#")
                target = (page.parent / path).resolve() if path else page.resolve()
                assert target.is_file() and report.resolve() in target.parents, (page.name, element.attributes[name])
                assert not anchor or anchor in ids_of[target], (page.name, element.attributes[name])


def nothing_is_loaded_from_a_network(report: Path) -> None:
    for path in (p for p in report.rglob("*") if p.is_file()):
        text = re.sub(r'xmlns(:\w+)?="[^"]*"', "", path.read_text(encoding="utf-8"))
        assert not re.search(r"https?://|@import|url\((?!#)", text), path.name
        if path.suffix == ".svg":
            assert not re.search("<script|<link|<image", text), path.name


def links_lead_somewhere_in_one(page: pages.Element) -> None:
    """The same, where all is in one file."""
    ids = [e.attributes["id"] for e in page.all() if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for element in page.all():
        for label in ("aria-labelledby", "aria-describedby", "for"):
            assert set((element.attributes.get(label) or "").split()) <= set(ids), element.attributes
        href = element.attributes.get("href")
        assert href is None or href.startswith("#") and href[1:] in ids, element.attributes
