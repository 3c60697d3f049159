"""The program's projections beside those of astra-toolbox on the CPU: the conventions of docs/conventions.md, for parallel and
fan beams, circles and vectors. Without astra-toolbox, beside what it gave when astra.npz was written.

usage: test_astra.py PROGRAM [--write]      --write: keep what astra-toolbox gives in astra.npz
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

try:
    import astra
except ImportError:
    astra = None

STORED = Path(__file__).with_name("astra.npz")
N, COLUMNS = 64, 97
ANGLES = np.array([0.0, 11.5, 45.2, 90.0, 137.0, 200.3, 271.0, 333.3])
passed = failed = 0


def check(ok, what):
    global passed, failed
    passed, failed = passed + ok, failed + (not ok)
    print("  ok     " if ok else "  FAILED ", what)


def image(n=N):
    """Smooth and lop-sided, so that turns, flips and shifts show."""
    y, x = (np.mgrid[:n, :n] - (n - 1) / 2) * N / n
    blobs = [(-11.0, 6.0, 5.0, 1.0), (13.0, -9.0, 4.0, 0.6), (4.0, 17.0, 3.5, -0.4)]
    return sum(h * np.exp(-((x - a) ** 2 + (y - b) ** 2) / (2 * s * s)) for a, b, s, h in blobs).astype(np.float32)


def polytome(program, geometry, picture):
    """Of the geometry file's text, or of the members of one of Polytome's own."""
    if not isinstance(geometry, str):
        geometry = json.dumps({"format": "polytome geometry", "version": 1, **geometry})
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        np.save(folder / "in.npy", picture[None])
        (folder / "geometry").write_text(geometry)
        subprocess.run([program, "project", folder / "in.npy", "--geometry", folder / "geometry", "--voxel", "1", "--rows", "1",
                        "--columns", str(COLUMNS), "--device", "host", "--quiet", "--output", folder / "out.npy"], check=True)
        return np.load(folder / "out.npy").reshape(-1, COLUMNS)


def astra_projections(projector, geometry, picture):
    """Rows of ASTRA's images go down, ours up."""
    volume = astra.create_vol_geom(*picture.shape)
    with_id = astra.create_projector(projector, geometry, volume)
    sinogram_id, sinogram = astra.create_sino(picture[::-1], with_id)
    astra.data2d.delete(sinogram_id)
    astra.projector.delete(with_id)
    return sinogram.astype(np.float32)


def six_numbers(kind, spacing, distances, shift):
    """Views as ASTRA documents parallel_vec and fanflat_vec: source or ray, detector, u, of x and y."""
    c, s = np.cos(np.deg2rad(ANGLES)), np.sin(np.deg2rad(ANGLES))
    u, away = np.stack([c, s], 1) * spacing, np.stack([-s, c], 1)
    source = -away if kind == "parallel" else -away * distances[0]
    centre = (0 * away if kind == "parallel" else away * distances[1]) + shift * u
    return np.hstack([source, centre, u])


def vectors(views, parallel):
    """ASTRA's six numbers of each view as twelve."""
    rows = [[v[0], v[1], 0, v[2], v[3], 0, v[4], v[5], 0, 0, 0, float(np.hypot(v[4], v[5]))] for v in views]
    return {"vectors": {"parallel": parallel, "views": rows}}


def cases():
    """What it is; geometry for Polytome; projector, geometry for ASTRA; the picture; the largest difference."""
    picture, radians = image(), np.deg2rad(ANGLES)
    volume, detector = {"shape": [1, N, N]}, {"shape": [1, COLUMNS]}
    angles = {"angles_deg": ANGLES.tolist()}
    views = six_numbers("parallel", 1.1, None, 3.7)
    yield ("parallel, ASTRA's linear", {"volume": volume, "detector": {**detector, "spacing": [1.1, 1.1]},
           "circular": {"beam": "parallel", **angles}}, "linear", ("parallel", 1.1, COLUMNS, radians), picture, 2e-5)
    yield ("parallel, shifted detector", {"volume": volume, "detector": {**detector, "spacing": [1.1, 1.1], "offset": [3.7 * 1.1, 0]},
           "circular": {"beam": "parallel", **angles}}, "linear", ("parallel_vec", COLUMNS, views), picture, 2e-5)
    yield ("parallel, vectors", {"volume": volume, "detector": detector, **vectors(views, True)}, "linear",
           ("parallel_vec", COLUMNS, views), picture, 2e-5)
    # ASTRA cuts fans' rays by pixels, as if they were squares of one value: alike only where these are small.
    fine = 8
    picture, volume = image(fine * N), {"shape": [1, fine * N, fine * N]}
    sod, back, pixel = 150.0 * fine, 120.0 * fine, 2.0 * fine
    yield ("fan, ASTRA's line", {"volume": volume, "detector": {**detector, "spacing": [pixel, pixel]},
           "circular": {"beam": "cone", "sod": sod, "sdd": sod + back, **angles}}, "line_fanflat",
           ("fanflat", pixel, COLUMNS, radians, sod, back), picture, 1e-2)
    views = six_numbers("fan", pixel, (sod, back), 2.5)
    yield ("fan, vectors, shifted detector", {"volume": volume, "detector": detector, **vectors(views, False)}, "line_fanflat",
           ("fanflat_vec", COLUMNS, views), picture, 1e-2)


def as_astra(kind, *numbers):
    """The files of a case's geometry for ASTRA: its dict as JSON, and the rows of its vectors."""
    if kind.endswith("_vec"):
        columns, views = numbers
        yield json.dumps({"type": kind, "DetectorCount": columns, "Vectors": views.tolist()})
        yield f"# {kind}\n" + "\n".join(" ".join(map(repr, row)) for row in views.tolist())
    else:
        width, columns, angles, *distances = numbers
        names = dict(zip(("DistanceOriginSource", "DistanceOriginDetector"), distances))
        yield json.dumps({"type": kind, "DetectorWidth": width, "DetectorCount": columns, "ProjectionAngles": angles.tolist(), **names})


def main(program, write):
    stored = {} if write else dict(np.load(STORED))
    for what, geometry, projector, astra_geometry, picture, limit in cases():
        if astra:
            theirs = astra_projections(projector, astra.create_proj_geom(*astra_geometry), picture)
            if write:
                stored[what] = theirs
            else:
                check(np.abs(stored[what] - theirs).max() <= 1e-4 * np.abs(theirs).max(), f"{what}: ASTRA gives what is stored")
        theirs = stored[what]
        error = np.abs(polytome(program, geometry, picture) - theirs).max() / np.abs(theirs).max()
        check(error <= limit, f"{what}: differs by {error:.2g} of the peak, at most {limit:g}")
        for text in as_astra(*astra_geometry):
            again = np.abs(polytome(program, text, picture) - theirs).max() / np.abs(theirs).max()
            check(again <= limit, f"{what}, from ASTRA's geometry as {'JSON' if text[0] == '{' else 'rows'}: differs by {again:.2g}")
    if write:
        np.savez_compressed(STORED, **stored)
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--write" in sys.argv))
