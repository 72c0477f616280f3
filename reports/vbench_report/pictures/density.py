"""Curves of distributions: kernel densities, and how much of an axis is worth showing. Arithmetic for pictures only."""
from __future__ import annotations

import math

import numpy as np

BINS = 2048
GRID_POINTS = 120


def bandwidth(samples: np.ndarray) -> float:
    """Silverman's rule of thumb, 0.9 min(s, IQR / 1.34) n^(-1/5).

    B. W. Silverman, Density Estimation for Statistics and Data Analysis (1986), equation 3.31.
    """
    deviation = float(samples.std(ddof=1))
    quartiles = quantiles(samples, (0.25, 0.75))
    spread = (quartiles[1] - quartiles[0]) / 1.34
    return 0.9 * (min(deviation, spread) if spread > 0 else deviation) * len(samples) ** -0.2


def density(samples: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Gaussian kernel density at the points of an even grid, from counts in bins much finer than it."""
    low, high = float(grid[0]), float(grid[-1])
    width = max(bandwidth(samples), float(grid[1] - grid[0]) * 0.75)  # a narrower one would fall between points
    bin_width = (high - low) / BINS
    at = ((samples - low) / bin_width).astype(int)
    counts = np.bincount(at[(at >= 0) & (at < BINS)], minlength=BINS)
    reach = min(int(5 * width / bin_width) + 1, BINS)
    z = np.arange(-reach, reach + 1) * (bin_width / width)
    spectrum_length = 1 << (BINS + 2 * reach).bit_length()
    smooth = np.fft.irfft(np.fft.rfft(counts, spectrum_length) * np.fft.rfft(np.exp(-0.5 * z * z), spectrum_length),
                          spectrum_length)[reach:reach + BINS]
    centres = low + (np.arange(BINS) + 0.5) * bin_width
    curve = np.interp(grid, centres, smooth) / (len(samples) * width * math.sqrt(2 * math.pi))
    return np.where(curve > 1e-9 * curve.max(), curve, 0.0)


def quantiles(samples: np.ndarray, shares: tuple[float, ...]) -> list[float]:
    """Linear between order statistics, as numpy's, without its overhead."""
    ordered = np.sort(samples)
    found = []
    for share in shares:
        place = share * (len(ordered) - 1)
        below = int(place)
        above = min(below + 1, len(ordered) - 1)
        found.append(float(ordered[below] + (ordered[above] - ordered[below]) * (place - below)))
    return found


def are_alike(samples: np.ndarray) -> bool:
    """A spread that is nothing but rounding is none."""
    return float(samples.max() - samples.min()) <= 1e-9 * float(np.abs(samples).max())


def ends(samples: np.ndarray, marks: list[float]) -> tuple[float, float]:
    """Everything, unless samples lie so far out that the rest would shrink to a line.

    The fences stand 8 interquartile ranges outside the quartiles; the axis ends at the last sample
    within them, or at a mark beyond it.
    """
    q05, q25, q75, q95 = quantiles(samples, (0.05, 0.25, 0.75, 0.95))
    spread = q75 - q25
    if spread == 0:
        spread = (q95 - q05) / 4
    if spread == 0:
        spread = abs(q75) * 0.01
    inside = samples[(samples >= q25 - 8 * spread) & (samples <= q75 + 8 * spread)]
    return min([float(inside.min()), *marks]), max([float(inside.max()), *marks])
