"""What docs/gallery measures in a slice: noise, the width of an edge, how much is left of what is fine, rings."""
from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

Image = np.ndarray
Box = tuple[slice, slice]
ACROSS = np.arange(-8, 8.1, 0.25)  # where profiles across lines have their values, in voxels


class Line(NamedTuple):
    """What is crossed near the straight line between two places, (row, column), and how it is recognized."""
    title: str
    start: tuple[float, float]
    end: tuple[float, float]
    kind: str                              # edge, dark or bright


class Places(NamedTuple):
    """Where something is measured."""
    first: Box                             # two flat places; the mean of the first one is 100 %
    second: Box
    air: tuple[float, float]               # between these distances from the axis, in voxels, there is nothing
    flat: tuple[tuple[float, float], ...]  # ranges of values, in a smoothed image, of what rings are looked for in
    edge: Line
    fine: Line


def smooth(a: Image, n: int) -> Image:
    """Means over n x n, n odd; at the borders of what there is."""
    for axis in (0, 1):
        padded = np.pad(a, [(n // 2, n // 2) if k == axis else (0, 0) for k in (0, 1)], mode="edge")
        a = np.lib.stride_tricks.sliding_window_view(padded, n, axis).mean(-1)
    return a


def sample(a: Image, y: Image, x: Image) -> Image:
    i, j = np.floor(y).astype(int), np.floor(x).astype(int)
    f, g = y - i, x - j
    return (a[i, j] * (1 - f) + a[i + 1, j] * f) * (1 - g) + (a[i, j + 1] * (1 - f) + a[i + 1, j + 1] * f) * g


def profiles(a: Image, line: Line, course: Image | float = 0) -> Image:
    """Values across the line, a row for each voxel of its length; course: how far beside the line their middle is."""
    start, end = np.array(line.start), np.array(line.end)
    length = float(np.hypot(*(end - start)))
    along, count = (end - start) / length, int(length) + 1
    points = start + np.linspace(0, length, count)[:, None] * along
    at = np.broadcast_to(course, count)[:, None] + ACROSS
    return sample(a, points[:, :1] - at * along[1], points[:, 1:] + at * along[0])


def course_of(a: Image, line: Line) -> Image:
    """How far beside the line what is crossed lies: a parabola through where it is steepest, darkest or brightest."""
    found = smooth(profiles(a, line), 7)
    score = {"edge": np.abs(np.gradient(found, axis=1)), "dark": -found, "bright": found}[line.kind]
    places = ACROSS[8 + np.argmax(score[:, 8:-8], 1)]
    rows, good = np.arange(len(places)), np.ones(len(places), bool)
    for _ in range(3):
        fit = np.polyval(np.polyfit(rows[good], places[good], 2), rows)
        good = np.abs(places - fit) < max(1, 2 * float((places - fit)[good].std()))
    return fit


def edge_width(profile: Image) -> float:
    """From 10 to 90 % of the step, smoothed by a Gaussian, that fits best; NaN where that is no smooth step at all."""
    best, widths = (math.inf, 0.0), np.arange(0.1, 5, 0.05)
    for centre in np.arange(-1.5, 1.55, 0.1):
        for sigma in widths:
            step = np.array([math.erf((at - centre) / sigma / math.sqrt(2)) for at in ACROSS])
            left = np.linalg.lstsq(np.stack([step, np.ones_like(step)], 1), profile, rcond=None)[1]
            best = min(best, (float(left[0]), float(sigma)))
    return 2 * 1.2816 * best[1] if widths[0] < best[1] < widths[-1] else math.nan


def depth(profile: Image) -> float:
    """How far the middle is from what is 4 to 7 voxels beside it."""
    middle, beside = np.abs(ACROSS) <= 0.75, (np.abs(ACROSS) >= 4) & (np.abs(ACROSS) <= 7)
    return abs(float(profile[middle].mean() - profile[beside].mean()))


class Ruler:
    """What is measured in one scan. Where an edge runs and what is flat is found in one image for all."""

    def __init__(self, places: Places, image: Image) -> None:
        self.places, self.unit = places, float(image[places.first].mean()) / 100
        self.courses = [(line, course_of(image, line)) for line in (places.edge, places.fine)]
        self.y, self.x = np.indices(image.shape) - (len(image) - 1) / 2
        radius = np.hypot(self.y, self.x)
        self.disc, self.air = radius < len(image) / 2, (places.air[0] < radius) & (radius < places.air[1])
        soft = smooth(smooth(image, 5), 5)
        self.flat = [smooth((low < soft) & (soft < high), 9) > 0.999 for low, high in places.flat]

    def circles(self, a: Image, y: int, x: int) -> float:
        """Means over circles about a point, in what is flat, less their running mean over nine radii: mean square."""
        radius = np.hypot(self.y - y, self.x - x).round().astype(int)
        sums, counts = np.zeros(radius.max() + 1), np.zeros(radius.max() + 1)
        for flat in self.flat:
            sums += np.bincount(radius[flat], a[flat] - a[flat].mean(), len(sums))
            counts += np.bincount(radius[flat], minlength=len(sums))
        good, nine = counts >= 40, np.ones(9)
        means = np.where(good, sums / np.maximum(counts, 1), 0)
        left = (means - np.convolve(means, nine, "same") / np.maximum(np.convolve(good, nine, "same"), 1))[good]
        return float(counts[good] @ left ** 2 / counts[good].sum())

    def rings(self, a: Image) -> float:
        """What circles about the axis have more than those about four points beside it, which see the same noise."""
        beside = np.mean([self.circles(a, y, x) for y, x in ((40, 0), (-40, 0), (0, 40), (0, -40))])
        return math.sqrt(max(0, self.circles(a, 0, 0) - float(beside)))

    def measure(self, a: Image) -> dict[str, float]:
        one, two = a[self.places.first], a[self.places.second]
        edge, fine = (profiles(a, line, course).mean(0) for line, course in self.courses)
        return {"noise, %": float(one.std()) / self.unit,
                "CNR": abs(float(one.mean() - two.mean())) / math.sqrt(float(one.var() + two.var()) / 2),
                "edge, voxels": edge_width(edge), f"{self.places.fine.title}, %": depth(fine) / self.unit,
                "rings, %": self.rings(a) / self.unit, "air, %": float(a[self.air].mean()) / self.unit}

    def difference(self, a: Image, b: Image) -> float:
        """From b, root mean square by that of b, in percent."""
        return 100 * float(np.linalg.norm((a - b)[self.disc]) / np.linalg.norm(b[self.disc]))
