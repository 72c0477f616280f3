"""The small drawing of a change in the table: its interval against zero, on one scale for all rows."""
from __future__ import annotations

from typing import Optional, Sequence

from markupsafe import Markup

from .. import units
from ..model import Change

# Nothing is more than 100 % faster, so no scale reaches further; what is slower still gets an arrow.
_NICE = (1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0)
_WIDTH, _HEIGHT = 160, 20
_MIDDLE, _REACH = _WIDTH / 2, 69.0


def scale_of(rows: Sequence[Change]) -> float:
    """How many percent each side of the drawing reaches.

    The decided rows set it where there are any: a wide inconclusive interval must not flatten them.
    Twice the middle row's need, the lower one's of two: nor must one huge change shrink the rest to dots.
    """
    decided = [row for row in rows if row.verdict in ("regressed", "improved")]
    widths = sorted(max(abs(end) for end in (row.change_percent, *(row.interval or ()))) for row in decided or rows)
    needed = min(widths[-1], 2 * widths[(len(widths) - 1) // 2]) if widths else 0.0
    return next((n for n in _NICE if n >= needed), _NICE[-1])


# Each verdict has its own shape, around (0, 0); colour comes from the page's style.
SHAPES = {
    "regressed": Markup('<path class="mark" d="M0-4.8 4.9 3.7H-4.9z"/>'),
    "improved": Markup('<path class="mark" d="M0 4.8 4.9-3.7H-4.9z"/>'),
    "inconclusive": Markup('<circle class="mark hollow" cx="0" cy="0" r="3.4"/>'),
    "equivalent": Markup('<path class="mark" d="M-4.2-3.5H4.2v2.4H-4.2zM-4.2 1.1H4.2v2.4H-4.2z"/>'),
    "not_compared": Markup('<path class="mark" d="M-4.6-1.2H4.6v2.4H-4.6z"/>'),
}


def symbol(verdict: str) -> Markup:
    """The shape alone; a word stands beside it."""
    return Markup('<svg class="symbol {}" width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true" '
                  'focusable="false">{}</svg>').format(verdict, SHAPES[verdict])


def drawing(row: Change, scale: float, ident: str, band: Optional[tuple[float, float]] = None) -> Markup:
    """`ident` starts the ids of title and description, by which screen readers know the drawing; `band`, in percent,
    is what the machine did without any change."""
    def place(percent: float) -> float:
        return _MIDDLE + _REACH * max(-1.0, min(1.0, percent / scale))

    mark = place(row.change_percent)
    ends = row.interval
    tips: tuple[float, ...] = ends or ()
    if abs(row.change_percent) > scale:
        mark = _MIDDLE + 0.86 * (mark - _MIDDLE)  # room for an arrow beside it
        tips = tips or (row.change_percent,)
    places = [mark, *map(place, tips)]
    parts = [f"M{min(places):.1f} 10H{max(places):.1f}"] if tips else []
    for tip in tips:
        cap = "v8" if abs(tip) <= scale else "l5 4-5 4" if tip > 0 else "l-5 4 5 4"  # an arrow: it goes on
        parts.append(f"M{place(tip):.1f} 6{cap}")
    lines = Markup("").join(Markup('<path class="range" d="{}"/>').format(part) for part in dict.fromkeys(parts))
    floor = Markup("")
    if band:
        left, right = map(place, band)
        floor = Markup('<path class="floor" d="M{:.1f} 3H{:.1f}V17H{:.1f}z"/>').format(left, right, left)
    interval = f"interval {units.change(ends[0])} to {units.change(ends[1])}" if ends else "no interval"
    return Markup(
        '<svg class="against-zero {}" role="img" width="{}" height="{}" viewBox="0 0 {} {}" aria-labelledby="{} {}">'
        '<title id="{}">{}</title><desc id="{}">{}</desc>'
        '{}<path class="axis" d="M3 10H{}"/><path class="zero" d="M{:.0f} 1v18"/>{}'
        '<g transform="translate({:.1f} 10)">{}</g></svg>'
    ).format(row.verdict, _WIDTH, _HEIGHT, _WIDTH, _HEIGHT, ident + "-t", ident + "-d", ident + "-t", row.verdict,
             ident + "-d", f"change {units.change(row.change_percent)}, {interval}; the axis reaches from "
             f"{units.change(-scale)} to {units.change(scale)}", floor, _WIDTH - 3, _MIDDLE, lines, mark, SHAPES[row.verdict])
