#!/usr/bin/env python3
"""What a camera writes: a simulated scan as TIFF files of counts, to try things on where no scan is at hand.

usage: camera.py [OPTION...]     options of `polytome phantom`: scan and phantom; without any, foam in a parallel beam

Writes scan/scan_0001.tif and so on, flats/, darks/, and angles.txt with degrees. The beam fades by a tenth during the scan;
of the flat fields the first half were taken before it, the other half behind it.
"""
import array
import json
import math
import pathlib
import random
import struct
import subprocess
import sys

FOAM = "--phantom foam --seed 3 --size 96 --slices 6 --voxel 0.05 --pixel 0.05 --attenuation 0.4".split()
WHITE, DARK, FIELDS = 40000, 100, 5 # counts in the open beam and without one; frames of each field
noise = random.Random(1)


def write_tiff(name: str, columns: int, values: list[float]) -> None:
    """A picture of 16 bits as one strip, with the photons' noise."""
    counts = array.array("H", (min(65535, max(0, round(DARK + noise.gauss(x, math.sqrt(x))))) for x in values))
    rows = len(counts) // columns
    tags = ((256, columns), (257, rows), (258, 16), (259, 1), (262, 1), (273, 8), (278, rows), (279, 2 * len(counts)))
    path = pathlib.Path(name)
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.write(struct.pack("=2sHI", b"II" if sys.byteorder == "little" else b"MM", 42, 8 + 2 * len(counts)))
        file.write(counts.tobytes() + struct.pack("=H", len(tags)))
        file.writelines(struct.pack("=HHII", tag, 4, 1, value) for tag, value in tags)
        file.write(struct.pack("=I", 0))


def write_scan(shape: list[int], exact: array.array) -> None:
    views, rows, columns = shape
    for k in range(views):
        beam = WHITE * (1 - 0.1 * k / views)
        view = exact[k * rows * columns:(k + 1) * rows * columns]
        write_tiff(f"scan/scan_{k + 1:04}.tif", columns, [beam * math.exp(-p) for p in view])
    for k in range(2 * FIELDS):
        beam = WHITE * (1 if k < FIELDS else 0.9)
        write_tiff(f"flats/flat_{k + 1:04}.tif", columns, [beam] * (rows * columns))
        write_tiff(f"darks/dark_{k + 1:04}.tif", columns, [0] * (rows * columns))


def main() -> None:
    command = ["polytome", "phantom", *(sys.argv[1:] or FOAM), "--projections"]
    subprocess.run([*command, "--output", "exact.raw", "--write-geometry", "exact_scan.json"], check=True)
    exact = array.array("f", pathlib.Path("exact.raw").read_bytes())
    write_scan(json.loads(pathlib.Path("exact.json").read_text())["shape"], exact)
    circle = json.loads(pathlib.Path("exact_scan.json").read_text())["circular"]
    turn = circle["range_deg"] or (180 if circle["beam"] == "parallel" else 360)
    angles = [circle["start_deg"] + turn * k / circle["count"] for k in range(circle["count"])]
    pathlib.Path("angles.txt").write_text("".join(f"{a:.6f}\n" for a in angles))


if __name__ == "__main__":
    main()
