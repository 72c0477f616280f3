"""Makes what gnuplot prints small and gives it the page's letters. Knows gnuplot's SVG, and nothing of what is drawn."""
from __future__ import annotations

import re

from . import svg

_EMPTY_GROUP = re.compile(r"<g [^>]*>\s*</g>")
_RGB = re.compile(r"rgb\(\s*(\d+),\s*(\d+),\s*(\d+)\)")
_UPPER = re.compile(r"#[0-9A-F]{6}\b")
_HUNDREDTHS = re.compile(r"(\d\.\d)\d(?=[\s,'\")])")
_ZERO_TENTHS = re.compile(r"(\d)\.0(?=[\s,'\")])")
_TAG = re.compile(r"<[^>]+>")
_PATH = re.compile(r"\sd='([^']*?)\s*'")
_USED = re.compile(r"href='#(gpPt\d+)'")
_DEFINED = re.compile(r"<(?:rect|circle|path|use)[^>]* id='(gpPt\d+)'[^>]*/>|<(?:rect|circle|path|use) id='(gpPt\d+)'[^>]*/>")
_TITLE = re.compile(r'<g id="curve_plot_\d+" ?>\s*<title>.*?</title>')
_TEXT = re.compile(r'<g transform="translate\(([\d.-]+),([\d.-]+)\)( rotate\([\d.-]+\))?" stroke="none" fill="([^"]*)" '
                   r'font-family="[^"]*" font-size="([\d.]+)"\s*text-anchor="(\w+)">\s*<text>\s*(.*?)</text>\s*</g>', re.S)
_GROUP = re.compile(r'<g fill="none" color="black" stroke="currentColor" stroke-width="([\d.]+)" '
                    r'stroke-linecap="butt" stroke-linejoin="miter">')
_HOLLOW = re.compile(r"(<use xlink:href='#gpPt[35]'[^>]*?)/>")


def compact(text: str, width: int, height: int) -> str:
    start = text.index('<g id="gnuplot_canvas">')
    body = text[start:text.rindex("</g>")].replace('<g id="gnuplot_canvas">', "", 1)
    defined = {found.group(1) or found.group(2): found.group() for found in _DEFINED.finditer(body)}
    body = re.sub(r"<defs>.*?</defs>", "", body, flags=re.S)
    body = _RGB.sub(lambda rgb: "#{:02x}{:02x}{:02x}".format(*map(int, rgb.groups())), body)
    body = _UPPER.sub(lambda colour: colour.group().lower(), body)
    body = _TITLE.sub("<g>", body)
    body = _TEXT.sub(_text, body)
    body = _PATH.sub(lambda path: " d='" + path.group(1).replace("L", "").replace(" M", "M") + "'", body)
    body = _TAG.sub(_short, body).replace(' class="gridline" ', "")
    for _ in range(2):  # groups that hold nothing but empty ones
        body = _EMPTY_GROUP.sub("", body)
    body = _GROUP.sub(lambda found: "<g>" if float(found.group(1)) == 1 else f'<g stroke-width="{float(found.group(1)):g}">', body)
    body = re.sub(r"<g>\s*((?:<(?:path|text|use)[^<]*?/?>(?:[^<]*</text>)?\s*)+)</g>", r"\1", body)
    body = _HOLLOW.sub(rf'\1 fill="{svg.CARD}"/>', body)
    body = body.replace("<rect ", '<rect stroke="none" ', 1)
    body = re.sub(r"\s*\n\s*", "\n", body)
    return (f'<svg xmlns:xlink="http://www.w3.org/1999/xlink" xmlns="http://www.w3.org/2000/svg" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}">\n'
            f'<defs>{_points(body, defined)}</defs>\n'
            f'<g fill="none" stroke="currentColor" stroke-linejoin="round" font-family="{svg.FONTS}" '
            f'font-size="{svg.TEXT}">{body.rstrip()}\n</g>\n</svg>\n')


def _short(tag: re.Match[str]) -> str:
    """Tenths of a pixel; what is written between tags stays as it is."""
    return _ZERO_TENTHS.sub(r"\1", _HUNDREDTHS.sub(r"\1", tag.group()))


def _points(body: str, defined: dict[str, str]) -> str:
    """What is used, and what that is made of."""
    wanted: list[str] = []
    found = sorted(set(_USED.findall(body)))
    while found:
        wanted = [name for name in found if name not in wanted] + wanted
        found = [name for one in found for name in _USED.findall(defined[one])]
    return "".join(defined[name].replace("stroke-width='0.222'", "stroke-width='0.4'") for name in dict.fromkeys(wanted))


def _text(found: re.Match[str]) -> str:
    x, y, turned, fill, size, anchor, words = found.groups()
    at = f'transform="translate({x},{y}){turned}"' if turned else f'x="{x}" y="{y}"'
    large = "" if float(size) == svg.TEXT else f' font-size="{float(size):g}"'
    return f'<text {at} stroke="none" fill="{fill}" text-anchor="{anchor}"{large}>{words}</text>'
