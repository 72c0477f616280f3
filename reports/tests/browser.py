"""Debian's Chromium without a window, driven through Selenium: opens pages of a report as a reader would see them.

The browser cannot reach a network: no name resolves, and it only opens files.
"""
from __future__ import annotations

import base64
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Optional, Sequence

SCRIPTS = Path(__file__).resolve().parent / "browser_scripts"
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--disable-extensions",
         "--host-resolver-rules=MAP * ~NOTFOUND")
LOAD_TIMEOUT_S = 120
TALLEST_PX = 8000  # what one screenshot can hold with certainty


class NoBrowser(Exception):
    """The browser or its driver is not installed; the text says what to install."""


@dataclass(frozen=True)
class View:
    """How a page is looked at."""

    name: str
    width: int
    height: int
    scheme: str = "light"
    media: str = "screen"
    touch: bool = False  # as a phone lays a page out, scroll bars over the page

    def __str__(self) -> str:
        return f"{self.name} {self.width}x{self.height}, {'print' if self.media == 'print' else self.scheme}"


PHONE = View("phone", 390, 844, touch=True)
PHONE_DARK = View("phone", 390, 844, "dark", touch=True)
TABLET = View("tablet", 820, 1180, touch=True)
TABLET_DARK = View("tablet", 820, 1180, "dark", touch=True)
DESK = View("desk", 1440, 900)
DESK_DARK = View("desk", 1440, 900, "dark")
PAPER = View("paper", 718, 1047, media="print")  # A4 less margins of 1 cm, at 96 px an inch
VIEWS = (DESK, DESK_DARK, TABLET, TABLET_DARK, PHONE, PHONE_DARK, PAPER)


class Browser:
    """One running browser with one tab."""

    def __init__(self, *flags: str) -> None:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service

        options = webdriver.ChromeOptions()
        options.binary_location = _program("chromium", "chromium")
        for flag in (*FLAGS, *flags):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        options.ignore_local_proxy_environment_variables()
        # With the driver's path given Selenium looks for none, here or elsewhere.
        self.driver = webdriver.Chrome(service=Service(executable_path=_program("chromedriver", "chromium-driver")), options=options)
        self.driver.set_page_load_timeout(LOAD_TIMEOUT_S)
        self.driver.set_script_timeout(LOAD_TIMEOUT_S)
        self.view = DESK
        self.look(DESK)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, kind: Optional[type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

    def close(self) -> None:
        self.driver.quit()

    def open(self, page: Path, view: Optional[View] = None, anchor: str = "") -> None:
        """Loads a page anew, with its pictures."""
        if view is not None:
            self.look(view)
        if anchor:
            self.driver.get("about:blank")  # a change of the anchor alone would load nothing
        self.driver.get(page.resolve().as_uri() + (f"#{anchor}" if anchor else ""))

    def look(self, view: View, settle: bool = True) -> None:
        """Changes the window's size, the colours that the reader prefers and the medium, and waits until that is drawn."""
        self.view = view
        self.command("Emulation.setDeviceMetricsOverride", width=view.width, height=view.height, deviceScaleFactor=1,
                     mobile=view.touch)
        self.command("Emulation.setEmulatedMedia", media=view.media, features=[
            {"name": "prefers-color-scheme", "value": view.scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}])
        self.command("Emulation.setScrollbarsHidden", hidden=view.media == "print")
        if settle:
            self.settle()

    def settle(self) -> None:
        """Waits until what has just been done is drawn."""
        self.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => setTimeout(done));")

    def command(self, name: str, **parameters: Any) -> Any:
        """One command of the DevTools protocol."""
        return self.driver.execute_cdp_cmd(name, parameters)

    def script(self, body: str, *arguments: Any) -> Any:
        """What a script returns, run in the page."""
        return self.driver.execute_script(body, *arguments)

    def ask(self, name: str, *arguments: Any) -> Any:
        """What a script of `browser_scripts` answers."""
        text = "".join((SCRIPTS / f"{part}.js").read_text(encoding="utf-8") for part in ("common", name))
        return self.driver.execute_async_script(
            text + "\nconst given = [...arguments], done = given.pop();\n"
            "Promise.resolve().then(() => answer(...given)).then(done, e => done('failed: ' + e.stack));", *arguments)

    def press(self, key: str, code: int, text: str = "") -> None:
        """Presses and releases one key."""
        pressed = {"key": key, "code": key, "windowsVirtualKeyCode": code, "nativeVirtualKeyCode": code}
        self.command("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **pressed, **({"text": text} if text else {}))
        self.command("Input.dispatchKeyEvent", type="keyUp", **pressed)

    def tab(self) -> None:
        self.press("Tab", 9)

    def console(self) -> list[str]:
        """What the page has said or complained of since this was last asked: warnings, errors, exceptions that nobody caught."""
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")
                if entry["level"] in ("WARNING", "SEVERE")]

    def requests(self) -> list[str]:
        """The addresses that pages have asked for since this was last asked."""
        asked = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            parameters = message["params"]
            if message["method"] == "Network.requestWillBeSent":
                asked.append(parameters["request"]["url"])
            elif message["method"] in ("Network.webSocketCreated", "Network.webTransportCreated"):
                asked.append(parameters["url"])
        return [url for url in asked if url != "about:blank"]

    def picture(self) -> list[bytes]:
        """PNGs of the whole page, from the top down; one unless the page is very tall."""
        size = self.command("Page.getLayoutMetrics")["cssContentSize"]
        strips = []
        for top in range(0, max(1, int(size["height"])), TALLEST_PX):
            clip = {"x": 0, "y": top, "width": self.view.width, "height": min(TALLEST_PX, size["height"] - top), "scale": 1}
            taken = self.command("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
            strips.append(base64.b64decode(taken["data"]))
        return strips


def _program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise NoBrowser(f"There is no {name}; scripts/setup.sh test installs it (Debian's package {package}).")
    return found


def pages_of(folder: Path) -> Sequence[Path]:
    """Every page of a report, the first page first."""
    return sorted(folder.rglob("*.html"), key=lambda page: (page.name != "index.html" or page.parent != folder, page))
