"""Reads a page back, so that tests can ask what it shows."""
from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Optional

VOID = {"meta", "link", "img", "br", "wbr", "hr", "input", "path", "line", "circle"}


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
                        value in (child.attributes.get(name.rstrip("_")) or "").split()
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
