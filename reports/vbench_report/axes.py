"""What pictures of matplotlib do with their axes alike."""
from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from . import svg


def numbered(axes: Axes, side: Literal["bottom", "left"], label: str, *, ticks: int, labelpad: float, **params: float) -> None:
    """An axis of plain numbers, without offset or exponent; `ticks` is how many parts it has at most."""
    axis = axes.xaxis if side == "bottom" else axes.yaxis
    axes.spines[side].set_visible(True)
    axes.spines[side].set_color(svg.MUTED)
    formatter = ScalarFormatter(useOffset=False)
    formatter.set_scientific(False)
    axis.set_major_locator(MaxNLocator(nbins=ticks, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(formatter)
    axes.tick_params(axis=axis.axis_name, **{side: True, f"label{side}": True}, colors=svg.MUTED, length=4, width=0.8, **params)
    axis.labelpad = labelpad
    axis.set_label_text(label, color=svg.INK)


def wedges(axes: Axes, at: np.ndarray, values: np.ndarray) -> None:
    """A wedge at the edge for each value that lies above or below what is shown."""
    low, high = axes.get_ylim()
    for which, edge, marker in ((values > high, 0.97, "^"), (values < low, 0.03, "v")):
        axes.plot(at[which], np.full(int(which.sum()), edge), linestyle="none", marker=marker, markersize=6,
                  markerfacecolor=svg.RED, markeredgewidth=0, transform=axes.get_xaxis_transform(), zorder=6)
