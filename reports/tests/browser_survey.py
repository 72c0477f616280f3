"""Goes through every page and picture of a report in a browser and notes what is wrong with them.

A note names the page, how it was looked at, and the element.
"""
from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from browser import DESK, DESK_DARK, PAPER, VIEWS, Browser, View, pages_of

STOPS = 150  # the Tab key is pressed so often on a page
LAYOUT = ("wide", "cut", "outside", "spilled", "overlapping", "covered")
PICTURE = ("outside", "overlapping", "faint")
SCHEMES = (DESK, DESK_DARK)
CHECKS = ("console", "network", *LAYOUT, "contrast", "structure", "pictures", "links", "keyboard",
          *(f"drawn_{check}" for check in PICTURE))


# Rows out of sight are not laid out, and have no height of their own until they are.
LAID_OUT = """
const style = document.createElement('style');
style.textContent = '* { content-visibility: visible !important }';
document.head.append(style);
"""

class Survey:
    """What is wrong with one report: for each of CHECKS a list of notes."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.folder = folder.resolve()
        self.browser = browser
        self.pages = list(pages_of(self.folder))
        self.notes: dict[str, list[str]] = {check: [] for check in CHECKS}
        self._behind: dict[tuple[str, str], Any] = {}  # picture and scheme: the colours that pages have behind it
        self._ids: dict[Path, set[str]] = {}
        self._links: list[tuple[Path, str, str]] = []
        if not self.pages:
            raise ValueError(f"{folder} has no page")
        for page in self.pages:
            self._visit(page)
        for drawing in sorted(self.folder.rglob("*.svg")):
            self._visit_drawing(drawing)
        self._follow_links()

    def _note(self, check: str, page: Path, view: object, said: list[str]) -> None:
        self.notes[check] += [f"{page.relative_to(self.folder)} ({view}): {sentence}" for sentence in said]

    def _ask(self, name: str, *arguments: Any) -> Any:
        answer = self.browser.ask(name, *arguments)
        if isinstance(answer, str):  # a defect of the check itself
            raise RuntimeError(f"{name}.js at {self.browser.script('return location.href')}: {answer}")
        return answer

    def _visit(self, page: Path) -> None:
        browser = self.browser
        browser.open(page, DESK)
        browser.script(LAID_OUT)
        self._structure(page)
        for view in VIEWS:
            browser.look(view)
            self._look(page, view)
        browser.look(DESK)
        self._walk(page)
        self._note("console", page, "loaded and looked at", browser.console())
        self._note("network", page, "loaded and looked at", self._strangers())

    def _strangers(self) -> list[str]:
        """The requests that lead elsewhere than to the report's own files."""
        own = self.folder.as_uri() + "/"
        return [f"asks for {url}" for url in self.browser.requests() if not url.startswith((own, "data:"))]

    def _structure(self, page: Path) -> None:
        found = self._ask("structure")
        self._note("structure", page, DESK, found["structure"])
        self._note("pictures", page, DESK, found["pictures"])
        self._ids[page] = set(found["ids"])
        self._links += [(page, element, address) for element, address in found["links"]]

    def _look(self, page: Path, view: View) -> None:
        self._note("contrast", page, view, self._ask("colours"))
        if view.scheme == "light":  # colours move nothing
            found = self._ask("layout", view is PAPER)
            for check in LAYOUT:
                self._note(check, page, view, found[check])
        if view in SCHEMES:
            for picture, colours in self._ask("backgrounds").items():
                seen = self._behind.setdefault((picture, view.scheme), [])
                seen += [colour for colour in colours if colour not in seen]

    def _walk(self, page: Path) -> None:
        """With the Tab key from the top: every control in its order, each with something that shows where the focus is."""
        controls = self._ask("controls")
        reached: list[int] = []
        said = []
        for _ in range(STOPS):
            if reached and reached[-1] == len(controls) - 1:
                break
            self.browser.tab()
            stop = self._ask("stop")
            if stop is None:
                break
            if not stop["shows"]:
                said.append(f"{stop['name']} has the focus and looks as without")
            if stop["number"] >= 0:
                reached.append(stop["number"])
        wanted = range(min(len(controls), max(len(reached), 1)) if len(reached) >= STOPS - 20 else len(controls))
        said += [f"{controls[number]} is not reached with the Tab key" for number in sorted(set(wanted) - set(reached))]
        if reached != sorted(reached):
            said.append("the Tab key does not go through the controls in their order")
        self._note("keyboard", page, DESK, said[:20])

    def _visit_drawing(self, drawing: Path) -> None:
        self.browser.open(drawing)
        size = self.browser.script("const s = document.documentElement; const v = s.viewBox && s.viewBox.baseVal;"
                                   "return [(s.width && s.width.baseVal.value) || v.width, (s.height && s.height.baseVal.value) || v.height];")
        for of in SCHEMES:
            view = View("by itself", max(50, int(size[0] + 0.5)), max(50, int(size[1] + 0.5)), of.scheme)
            self.browser.look(view, settle=False)  # nothing in it moves
            behind = self._behind.get((drawing.as_uri(), of.scheme)) or [[255, 255, 255, 1] if of.scheme == "light" else [18, 18, 18, 1]]
            found = self._ask("drawing", behind)
            for check in PICTURE:
                if check == "faint" or of.scheme == "light":
                    self._note(f"drawn_{check}", drawing, view, found[check])
        self._note("console", drawing, "by itself", self.browser.console())
        self._note("network", drawing, "by itself", self._strangers())

    def _follow_links(self) -> None:
        """Every link into the report leads to a file of it, and to a place in that."""
        for page, element, address in self._links:
            parts = urlsplit(address)
            if parts.scheme in ("data", "http", "https", "mailto"):
                continue  # `network` says where anything is fetched from
            target, anchor = urldefrag(urljoin(page.as_uri(), address))
            path = Path(unquote(urlsplit(target).path))
            where = f"{page.relative_to(self.folder)}: {element} leads to {address}"
            if parts.scheme or self.folder not in (path, *path.parents):
                self.notes["links"].append(f"{where}, which is no file of the report")
            elif not path.is_file():
                self.notes["links"].append(f"{where}, which is not there")
            elif anchor and path in self._ids and unquote(anchor) not in self._ids[path]:
                self.notes["links"].append(f"{where}, and that page has no such place")
