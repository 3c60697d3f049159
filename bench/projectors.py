#!/usr/bin/env python3
"""Accuracy and speed of the projectors, on cone beams of many magnifications and sizes of pixels: the tables of docs/projectors.md.

    python3 bench/projectors.py [--build build] [--device host] [--size 64] [--only-speed | --only-accuracy]

Accuracy is the distance from exact projections of five balls, means over the pixels. The volume holds the balls' means over the
voxels, so that what is measured is the projector alone. Speed is that of dense arrays in the host's memory, by the processor time of all
threads, so that the figures are those of a core, and not of what else runs.
"""
import argparse
import os
import sys
import time

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import polytome

MAGNIFICATIONS = (1, 2, 4, 10)        # 1: parallel
RATIOS = (0.25, 0.5, 1, 2, 4)         # a voxel's shadow at the axis by a pixel
TIMED = ((1, 2, 10), (0.25, 1, 4))     # of these, for speed
MODELS = {"Joseph": {}, "Joseph, 2 x 2 rays": {"ray_samples": 2}, "footprint": {"model": 1}, "step 1": {"step": 1},
          "step 0.5": {"step": 0.5}}
BALLS = ((1, .30, 0, .02, .01), (.7, .11, .17, -.08, .10), (.5, .08, -.14, .10, -.06), (.9, .05, -.10, -.20, .05),
         (-.4, .09, .08, .18, -.09))    # value, radius, centre x, y, z; in units of n
FAR = 12                               # from source to detector, in units of n


def axis(n, parts=1):
    """Places of n elements about their middle, each cut into parts."""
    return (np.arange(n * parts) - (n * parts - 1) / 2) / parts


class Geometry:
    def __init__(self, n, views, magnification, ratio):
        self.n, self.views, self.parallel = n, views, magnification == 1
        self.pixel, self.sdd = magnification / ratio, FAR * n
        self.sod = self.sdd / magnification
        self.columns = max(4, int(np.ceil(1.2 * n * ratio)))
        self.angles = 0.1 + np.arange(views) * ((1 if self.parallel else 2) * np.pi / views)

    def scan(self, device):
        options = polytome.CircularOptions(
            volume=polytome.Volume(shape=(self.n,) * 3),
            detector=polytome.Detector(shape=(self.columns,) * 2, spacing=(self.pixel,) * 2), views=self.views, start=0.1,
            sod=self.sod, sdd=self.sdd)
        return device.scan("parallel" if self.parallel else "cone", options)


def balls(n, parts=4):
    """Their means over the voxels."""
    f, p = np.zeros((n, n, n)), axis(n, parts)
    for value, radius, x, y, z in BALLS:
        squares = [(p - at * n) ** 2 for at in (z, y, x)]
        for k in range(n):  # slice by slice, to save memory
            height = squares[0][k * parts:(k + 1) * parts, None, None]
            inside = height + squares[1][:, None] + squares[2] <= (radius * n) ** 2
            f[k] += value * inside.mean(0).reshape(n, parts, n, parts).mean((1, 3))
    return f.astype(np.float32)


def chords(g, parts=6):
    """Exact lengths through the balls, means over the pixels by parts x parts rays."""
    p, at = np.zeros((g.views, g.columns, g.columns), np.float32), axis(g.columns, parts) * g.pixel
    u, v = at, at[:, None]
    for k, t in enumerate(g.angles):
        sums = np.zeros((g.columns * parts,) * 2)
        for value, radius, x, y, z in BALLS:
            across, along, up = (g.n * (x * np.cos(t) + y * np.sin(t)), g.n * (-x * np.sin(t) + y * np.cos(t)), g.n * z)
            if g.parallel:
                distance2 = (u - across) ** 2 + (v - up) ** 2
            else:
                depth, length2 = along + g.sod, u ** 2 + v ** 2 + g.sdd ** 2
                product = across * u + up * v + depth * g.sdd
                distance2 = across ** 2 + up ** 2 + depth ** 2 - product ** 2 / length2
            sums += 2 * value * np.sqrt(np.maximum((radius * g.n) ** 2 - distance2, 0))
        p[k] = sums.reshape(g.columns, parts, g.columns, parts).mean((1, 3))
    return p


def relative(a, b):
    return float(np.linalg.norm((a - b).astype(np.float64)) / np.linalg.norm(b.astype(np.float64)))


def accuracy(device, n):
    """Rows of the relative errors, root mean square."""
    volume = balls(n)
    for magnification in MAGNIFICATIONS:
        for ratio in RATIOS:
            g, row = Geometry(n, 8, magnification, ratio), []
            exact = chords(g)
            out = np.empty_like(exact)
            for options in MODELS.values():
                device.operator("projector", g.scan(device), polytome.ProjectorOptions(**options))[0](out, volume)
                row.append(f"{relative(out, exact):.1e}")
                device.clear()
            yield [f"{magnification}", f"{ratio:g}"] + row


def best(run, out, given, seconds=0.2):
    run(out, given)
    times, end = [], time.process_time() + seconds
    while not times or (time.process_time() < end and len(times) < 9):
        start = time.process_time()
        run(out, given)
        times.append(time.process_time() - start)
    return min(times)


def speed(device, n):
    """Rows of voxels times views per second of a core, 10^9: forward and adjoint of each, and of the weighted backprojector."""
    volume = balls(n, 1)
    for magnification in TIMED[0]:
        for ratio in TIMED[1]:
            g, row = Geometry(n, 16, magnification, ratio), []
            p, back, updates = np.zeros((g.views, g.columns, g.columns), np.float32), np.empty_like(volume), n ** 3 * g.views / 1e9
            for options in MODELS.values():
                forward, adjoint = device.operator("projector", g.scan(device), polytome.ProjectorOptions(**options))
                row.append(f"{updates / best(forward, p, volume):.2g}, {updates / best(adjoint, back, p):.2g}")
                device.clear()
            row.append(f"{updates / best(device.operator('backprojector', g.scan(device))[0], back, p):.2g}")
            device.clear()
            yield [f"{magnification}", f"{ratio:g}"] + row


def show(head, rows):
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head), flush=True)
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)
    print()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--device", default="host")
    parser.add_argument("--size", type=int, default=64, help="voxels along each axis")
    parser.add_argument("--only-speed", action="store_true")
    parser.add_argument("--only-accuracy", action="store_true")
    options = parser.parse_args()
    device = polytome.Device(polytome.Library(os.path.join(options.build, "libpolytome.so")), options.device, 0)
    head = ["magnification", "voxel / pixel"] + list(MODELS)
    if not options.only_speed:
        show(head, accuracy(device, options.size))
    if not options.only_accuracy:
        show(head + ["weighted backprojector"], speed(device, options.size))


if __name__ == "__main__":
    main()
