"""Reads a page back, so that tests can ask what it shows."""
from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Optional

VOID = {"meta", "link", "img", "br", "wbr", "hr", "input"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, Optional[str]]
    children: list["Element | str"] = field(default_factory=list)

    def text(self, without: tuple[str, ...] = ()) -> str:
        return "".join(c if isinstance(c, str) else c.text(without) for c in self.children
                       if isinstance(c, str) or c.tag not in without)

    def all(self, tag: Optional[str] = None, **attributes: str) -> list["Element"]:
        found = []
        for child in self.children:
            if isinstance(child, Element):
                if (tag in (None, child.tag)) and all(
                        value in (child.attributes.get(name.rstrip("_").replace("_", "-")) or "").split()
                        for name, value in attributes.items()):
                    found.append(child)
                found += child.all(tag, **attributes)
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("#root", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attributes: list[tuple[str, Optional[str]]]) -> None:
        element = Element(tag, dict(attributes))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, Optional[str]]]) -> None:
        self.open[-1].children.append(Element(tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(page: Path) -> Element:
    reader = _Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    reader.close()
    assert len(reader.open) == 1, f"never closed: {[e.tag for e in reader.open[1:]]}"
    return reader.root


def whole(report: Path) -> Element:
    """All pages of a report as one, the index first."""
    root = Element("#root", {})
    for page in files(report):
        root.children += read(page).children
    return root


def benchmark(report: Path, name: str) -> Element:
    """The page of a benchmark."""
    for page in sorted((report / "pages").glob("b-*.html")):
        found = read(page)
        if found.all("h1")[0].text() == name:
            return found
    raise AssertionError(f"no page of {name}")


# --- what a test asks of an element ---------------------------------------------------------------

def words(element: Element) -> str:
    """What is read, on one line."""
    return " ".join(element.text(without=("svg", "style", "script")).split())


def values(element: Element) -> list[float]:
    """The result's own numbers behind its figures."""
    return [float(d.attributes["value"] or "") for d in element.all("data")]


def cells(row: Element) -> list[str]:
    return [words(c) for c in row.children if isinstance(c, Element)]


def table_rows(table: Element) -> list[Element]:
    return [r for body in table.all("tbody") for r in body.all("tr")]


def rows(index: Element) -> list[Element]:
    """Of the table of benchmarks."""
    return table_rows(index.all("table", id="benchmarks")[0])


def name_of(row: Element) -> str:
    return row.all("th")[0].all("a")[0].text()


def row_of(index: Element, name: str) -> Element:
    return next(r for r in rows(index) if r.all("a") and name_of(r) == name)


def section(whole: Element, name: str) -> Element:
    """The article of a benchmark, of a page or of all pages."""
    return next(a for a in whole.all("article", class_="benchmark") if a.all("h1")[0].text() == name)


def pictures(report: Path, element: Element, kind: str = "") -> list[Path]:
    """The files of its pictures, of one kind."""
    sources = [i.attributes["src"] or "" for i in element.all("img")]
    return [report / "plots" / s.rpartition("/")[2] for s in sources if s.rpartition("/")[2].startswith(kind)]


def files(report: Path) -> list[Path]:
    """All pages, the index first."""
    return [report / "index.html", *sorted((report / "pages").glob("*.html"))]
