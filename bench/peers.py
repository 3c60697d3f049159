#!/usr/bin/env python3
"""Times Polytome and other CT packages on the same work, interleaved, in one process on one machine.

    python3 bench/peers.py --library build/libpolytome.so --work W1 W4 --markdown rows.md

A package that is not installed is left out with the reason. What is timed, and how to read it: bench/README.md.
"""
import argparse
import datetime
import importlib
import importlib.metadata
import json
import os
import subprocess
import sys
import time

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import polytome


# ---- work: what polytome bench --list has; coordinates and angles as in docs/conventions.md

class Work:
    def __init__(self, entry):
        self.name, self.divergent, self.views, self.operations = entry["name"], entry["divergent"], entry["views"], entry["operations"]
        (self.nz, _, self.n), (self.nv, self.nu) = entry["volume"], entry["detector"]
        self.pixel, self.sod, self.sdd = entry["pixel"], entry["sod"], entry["sdd"]
        self.fan = self.divergent and self.nz == 1
        self.angles = np.arange(self.views) * ((2 if self.divergent else 1) * np.pi / self.views)
        self.volume, self.projections = (self.nz, self.n, self.n), (self.views, self.nv, self.nu)
        self.updates = float(self.n) * self.n * self.nz * self.views


def find_works(options):
    command = [os.path.join(options.build, "cli", "polytome"), "bench", "--list", "--json", "--size", options.size]
    works = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["works"]
    return {entry["name"]: Work(entry) for entry in works if not entry["tilt"]}


# Five Gaussians: amplitude, sigma, centre x, y, z; in units of n (the centre's z: of nz).
BLOBS = ((1, .060, 0, .02, .01), (.7, .045, .17, -.08, .10), (.5, .080, -.14, .10, -.06), (.9, .035, -.10, -.20, .05), (-.4, .050, .08, .18, -.09))


def axis(n):
    return np.arange(n) - (n - 1) / 2


def blobs(w):
    """The Gaussians at the voxels' centres."""
    f = np.zeros(w.volume, np.float32)
    for a, s, x, y, z in BLOBS:
        ex, ey = (np.exp(-(axis(w.n) - at * w.n) ** 2 / (2 * (s * w.n) ** 2)) for at in (x, y))
        ez = np.exp(-(axis(w.nz) - z * w.nz) ** 2 / (2 * (s * w.n) ** 2)) if w.nz > 1 else np.ones(1)
        f += (a * ez[:, None, None] * ey[:, None] * ex).astype(np.float32)
    return f


def line_integrals(w):
    """Their exact line integrals: a Gaussian's is sqrt(2 pi) sigma times its value where the ray is nearest to its centre."""
    p = np.zeros(w.projections)
    u, v = axis(w.nu) * w.pixel, axis(w.nv) * w.pixel if w.nv > 1 else np.zeros(1)
    for k, t in enumerate(w.angles):
        for a, s, x, y, z in BLOBS:
            s *= w.n
            along = w.n * (-x * np.sin(t) + y * np.cos(t))     # of the centre, in the view's axes
            across, up = w.n * (x * np.cos(t) + y * np.sin(t)), z * w.nz if w.nz > 1 else 0.0
            if w.divergent:                                    # from the source, which is at depth -sod
                depth, length2 = along + w.sod, u ** 2 + (v ** 2)[:, None] + w.sdd ** 2
                dot = across * u + up * v[:, None] + depth * w.sdd
                distance2 = across ** 2 + up ** 2 + depth ** 2 - dot ** 2 / length2
            else:
                distance2 = (u - across) ** 2 + ((v - up) ** 2)[:, None]
            p[k] += a * s * np.sqrt(2 * np.pi) * np.exp(-distance2 / (2 * s ** 2))
    return p.astype(np.float32)


# ---- packages: prepare(work, operation) gives (enter, run, leave), and only run is timed. It takes and gives host arrays as the
# package's documentation lays them out; enter and leave go from and to Polytome's layout. A ValueError says what is not offered.

dense = np.ascontiguousarray


class Polytome:
    def __init__(self, options, device):
        library = polytome.Library(os.path.join(options.build, "libpolytome.so"))
        self.device, self.threads = polytome.Device(library, device, options.threads), options.threads
        self.version = library.version

    def prepare(self, w, operation):
        volume = polytome.Volume(shape=w.volume)
        detector = polytome.Detector(shape=(w.nv, w.nu), spacing=(w.pixel, w.pixel))
        scan = self.device.scan("cone" if w.divergent else "parallel", polytome.CircularOptions(volume=volume, detector=detector,
            views=w.views, sod=w.sod, sdd=w.sdd))
        kind = {"fbp": "fbp", "backproject": "backprojector"}.get(operation, "projector")
        apply, adjoint = self.device.operator(kind, scan)
        if operation == "adjoint":
            apply = adjoint
        out = np.empty(w.projections if operation == "forward" else w.volume, np.float32)

        def run(given):
            apply(out, given)
            return out
        return dense, run, lambda a: a


def by_slice(run):
    """A package of two dimensions, on (slice, y, x) or (slice, view, u)."""
    def loop(a):
        first = run(a[0])
        if len(a) == 1:
            return first[None]
        out = np.empty((len(a),) + first.shape, np.float32)
        out[0] = first
        for i in range(1, len(a)):
            out[i] = run(a[i])
        return out
    return loop


def sinograms(w, turned):
    """(view, v, u) to (slice, view, u) and back; turned: the package's u runs against ours."""
    step = -1 if turned else 1
    return lambda p: dense(p.transpose(1, 0, 2)[..., ::step]), lambda s: dense(s[..., ::step].transpose(1, 0, 2))


def opencl_threads():
    import pyopencl
    return pyopencl.create_some_context(interactive=False).devices[0].max_compute_units


class Astra:
    """CPU projectors: lines through pixels (line), Joseph (linear). Its back-projection is the transpose."""

    def __init__(self, options, kernel):
        self.astra, self.kernel, self.threads, self.version = importlib.import_module("astra"), kernel, 1, version("astra-toolbox")

    def prepare(self, w, operation):
        astra, fan = self.astra, w.fan
        if (w.divergent and not w.fan) or (fan and self.kernel != "line") or (fan and operation == "fbp"):
            raise ValueError("not on a CPU")
        if operation == "backproject":
            raise ValueError("the transpose only")
        # ASTRA's rows run from high y to low, so angles are -t; a fan at pi - t has its source where ours is, and u turned round.
        geometry = (astra.create_proj_geom("fanflat", w.pixel, w.nu, np.pi - w.angles, w.sod, w.sdd - w.sod) if fan else
                    astra.create_proj_geom("parallel", w.pixel, w.nu, -w.angles))
        op = astra.OpTomo(astra.create_projector(self.kernel + ("_fanflat" if fan else ""), geometry, astra.create_vol_geom(w.n, w.n)))
        enter, leave = sinograms(w, fan)
        if operation == "forward":
            return dense, by_slice(op.FP), leave
        return enter, by_slice(op.BP if operation == "adjoint" else
                               lambda p: op.reconstruct("FBP", p, extraOptions={"FilterType": "ram-lak"})), dense


class Silx:
    """Its back-projection interpolates between bins and is not the transpose of its projection."""

    def __init__(self, options):
        self.projection = importlib.import_module("silx.opencl.projection").Projection
        self.backprojection = importlib.import_module("silx.opencl.backprojection").Backprojection
        self.threads, self.version = opencl_threads(), version("silx")

    def prepare(self, w, operation):
        if w.divergent:
            raise ValueError("parallel beams only")
        if operation == "adjoint":
            raise ValueError("not the transpose")
        shape, angles, axis, shift = (w.n, w.n), -w.angles.astype(np.float32), (w.nu - 1) / 2, (w.nu - w.n) / 2
        enter, leave = sinograms(w, False)
        if operation == "forward":
            return dense, by_slice(self.projection(shape, angles=angles, detector_width=w.nu, axis_position=axis).projection), leave
        # Without the offsets a slice smaller than the detector lies at bin 0.
        back = self.backprojection((w.views, w.nu), slice_shape=shape, angles=angles, axis_position=axis,
                                   extra_options={"gpu_offset_x": shift, "gpu_offset_y": shift})
        return enter, by_slice(back.filtered_backprojection if operation == "fbp" else back.backprojection), dense


class Gratopy:
    """Images are (x, y, slice), sinograms (u against ours, view, slice), in Fortran order."""

    def __init__(self, options):
        import pyopencl
        import pyopencl.array
        self.gratopy, self.arrays = importlib.import_module("gratopy"), pyopencl.array
        self.queue = pyopencl.CommandQueue(pyopencl.create_some_context(interactive=False))
        self.threads, self.version = opencl_threads(), version("gratopy")

    def prepare(self, w, operation):
        gratopy, fan = self.gratopy, w.fan
        if (w.divergent and not w.fan) or operation == "fbp":
            raise ValueError("not offered")
        if operation == "backproject":
            raise ValueError("the transpose only")
        settings = gratopy.ProjectionSettings(
            self.queue, gratopy.FANBEAM if fan else gratopy.RADON, (w.n, w.n), w.angles + (np.pi / 2 if fan else -np.pi / 2),
            n_detectors=w.nu, angle_weights=1.0, detector_width=w.nu * w.pixel, image_width=float(w.n),
            **(dict(R=w.sdd, RE=w.sod) if fan else {}))
        step = 1 if fan else -1
        squeeze = (lambda a: a[..., 0]) if w.nz == 1 else lambda a: a
        function = gratopy.forwardprojection if operation == "forward" else gratopy.backprojection
        run = lambda a: function(self.arrays.to_device(self.queue, a), settings).get()
        from_image = lambda v: np.asfortranarray(squeeze(v.transpose(2, 1, 0)))
        from_sinogram = lambda p: np.asfortranarray(squeeze(p.transpose(2, 0, 1)[::step]))
        to_image = lambda r: dense(r.reshape(w.n, w.n, w.nz).transpose(2, 1, 0))
        to_sinogram = lambda s: dense(s.reshape(w.nu, w.views, w.nz)[::step].transpose(1, 2, 0))
        return (from_image, run, to_sinogram) if operation == "forward" else (from_sinogram, run, to_image)


class Rtk:
    """Joseph's projector and its transpose, the voxel-driven back-projection, FDK. Turns about its own y: volumes are (y, z, x)."""

    def __init__(self, options):
        import itk
        from itk import RTK
        RTK.ThreeDCircularProjectionGeometry  # modules are loaded at first use
        self.itk, self.rtk, self.version = itk, RTK, version("itk-rtk")
        itk.MultiThreaderBase.SetGlobalDefaultNumberOfThreads(options.threads)
        self.threads = itk.MultiThreaderBase.GetGlobalDefaultNumberOfThreads()

    def prepare(self, w, operation):
        if w.nz == 1 or (not w.divergent and operation == "fbp"):
            raise ValueError("three dimensions only" if w.nz == 1 else "not offered")
        itk, rtk = self.itk, self.rtk
        image = itk.Image[itk.F, 3]
        geometry = rtk.ThreeDCircularProjectionGeometry.New()
        for t in w.angles:                      # as for ASTRA: a half turn on, with u turned round
            geometry.AddProjection(w.sod or 1000.0, w.sdd, float(-np.rad2deg(t + (np.pi if w.divergent else 0))))
        step = -1 if w.divergent else 1

        def place(a, shape, is_volume):
            spacing = (1.0, 1.0, 1.0) if is_volume else (w.pixel, w.pixel, 1.0)
            a.SetSpacing(spacing)
            a.SetOrigin([-(shape[i] - 1) / 2 * spacing[i] if i < 2 or is_volume else 0.0 for i in range(3)])
            return a

        def run(given):
            out_is_volume = operation != "forward"
            f = {"forward": rtk.JosephForwardProjectionImageFilter[image, image], "adjoint": rtk.JosephBackProjectionImageFilter[image, image],
                 "backproject": rtk.BackProjectionImageFilter[image, image], "fbp": rtk.FDKConeBeamReconstructionFilter[image]}[operation].New()
            shape = (w.n, w.nz, w.n) if out_is_volume else (w.nu, w.nv, w.views)
            zeros = place(rtk.ConstantImageSource[image].New(), shape, out_is_volume)
            zeros.SetSize(list(shape))
            zeros.SetConstant(0.0)
            if operation == "fbp":
                f.GetRampFilter().SetTruncationCorrection(0.0)
                f.GetRampFilter().SetHannCutFrequency(0.0)
            f.SetInput(0, zeros.GetOutput())
            f.SetInput(1, place(itk.image_view_from_array(given), given.shape[::-1], not out_is_volume))
            f.SetGeometry(geometry)
            f.Update()
            return itk.array_from_image(f.GetOutput())
        swap, turn = lambda v: dense(v.transpose(1, 0, 2)), lambda p: dense(p[..., ::step])
        return (swap, run, turn) if operation == "forward" else (turn, run, swap)


class Skimage:
    """iradon turns about pixel n // 2, so it is half a pixel off. One thread."""

    def __init__(self, options):
        self.iradon, self.threads, self.version = importlib.import_module("skimage.transform").iradon, 1, version("scikit-image")

    def prepare(self, w, operation):
        if w.divergent or w.nz > 1 or operation != "fbp":
            raise ValueError("iradon only")
        degrees = np.rad2deg(w.angles)
        run = lambda p: self.iradon(p, degrees, output_size=w.n, filter_name="ramp", circle=False)
        return lambda p: dense(p[:, 0].T), run, lambda r: dense(r[None, ::-1])


def version(package):
    return importlib.metadata.version(package)


PACKAGES = {
    "polytome": lambda o: Polytome(o, o.device), "polytome-opencl": lambda o: Polytome(o, "opencl:0"), "astra-line": lambda o: Astra(o, "line"), "astra-linear": lambda o: Astra(o, "linear"),
    "silx": Silx, "gratopy": Gratopy, "rtk": Rtk, "skimage": Skimage}

# What Polytome is measured by: floor and goal of the ratio to the fastest of these packages and operations.
FLAT_BACK = [("silx", "backproject"), ("gratopy", "adjoint"), ("astra-line", "adjoint"), ("astra-linear", "adjoint")]
TARGETS = {
    ("W1", "forward"): (6, 10, [(p, "forward") for p in ("astra-line", "astra-linear", "silx", "gratopy")]),
    ("W1", "backproject"): (2, 3, FLAT_BACK), ("W1", "adjoint"): (1.2, 2, FLAT_BACK),
    ("W2", "forward"): (6, 10, [("astra-line", "forward")]), ("W2", "adjoint"): (3, 5, [("gratopy", "adjoint")]),
    ("W3", "fbp"): (2, 4, [("silx", "fbp")]), ("W3L", "fbp"): (2, 4, [("silx", "fbp")]),
    ("W4", "forward"): (6, 12, [("rtk", "forward")]), ("W4", "backproject"): (7, 12, [("rtk", "backproject")]),
    ("W4", "adjoint"): (10, 15, [("rtk", "adjoint")]), ("W4", "fbp"): (6, 10, [("rtk", "fbp")]),
    ("W5", "forward"): (8, 15, [("rtk", "forward")]), ("W5", "adjoint"): (8, 15, [("rtk", "adjoint")])}


# ---- measuring

def relative(a, b):
    return float(np.linalg.norm((a - b).astype(np.float64)) / np.linalg.norm(b.astype(np.float64)))


def dot(a, b):
    return float(np.vdot(a.astype(np.float64), b.astype(np.float64)))


def fbp_error(w, image, exact):
    """Within 0.45 n of the axis; of FDK the four middle slices, since off them FDK itself is not exact."""
    part = slice(w.nz // 2 - 2, w.nz // 2 + 2) if w.nz > 4 else slice(None)
    inside = np.broadcast_to(axis(w.n)[:, None] ** 2 + axis(w.n) ** 2 <= (0.45 * w.n) ** 2, exact[part].shape)
    return relative(image[part][inside], exact[part][inside])


def mismatch(package, w, back):
    """|<Ax, Ax> - <x, B Ax> / s| / <Ax, Ax> for white x; s is the scale between B and the transpose, found from positive x and y."""
    enter, run, leave = package.prepare(w, "forward")

    def project(x):
        return np.array(leave(run(enter(x))))
    random = np.random.default_rng(1)
    inside = axis(w.n)[:, None] ** 2 + axis(w.n) ** 2 <= (0.48 * w.n) ** 2
    x, y = random.random(w.volume, np.float32) * inside, random.random(w.projections, np.float32)
    scale = dot(x, back(y)) / dot(project(x), y)
    x = random.standard_normal(w.volume, np.float32) * inside
    y = project(x)
    return abs(dot(x, back(y)) / scale / dot(y, y) - 1)


def begin(package, w, operation, image, sinogram, options):
    """Makes the operator and calls it once: the row so far, and what to call again."""
    row = {}
    start = time.perf_counter()
    enter, run, leave = package.prepare(w, operation)
    row["create_s"] = time.perf_counter() - start
    given = enter(image if operation == "forward" else sinogram)
    start = time.perf_counter()
    out = run(given)
    row["first_s"] = time.perf_counter() - start
    result = leave(np.array(out))
    if operation == "forward":
        row["error"] = relative(result, sinogram)
    elif operation == "fbp":
        row["error"] = fbp_error(w, result, image)
    elif options.mismatch:
        row["mismatch"] = mismatch(package, w, lambda y: np.array(leave(run(enter(y)))))
    return row, lambda: run(given)


def measure(packages, w, operation, options):
    """Rounds over all packages, so that what disturbs one disturbs all: at least three, then those that have time left."""
    image, sinogram, rows, turns = blobs(w), line_integrals(w), [], []
    for name, package in packages.items():
        row = dict(work=w.name, operation=operation, package=name, threads=package.threads, version=package.version)
        rows.append(row)
        try:
            more, run = begin(package, w, operation, image, sinogram, options)
        except (ValueError, RuntimeError) as e:
            row["skipped"] = str(e).splitlines()[0]
            continue
        row.update(more)
        turns.append((row, run, [], []))
    for k in range(max(3, options.repeat)):
        for row, run, times, busy in turns:
            if k < 3 or sum(times) < options.seconds:
                start, start_busy = time.perf_counter(), time.process_time()
                run()
                times.append(time.perf_counter() - start)
                busy.append(time.process_time() - start_busy)
    for row, run, times, busy in turns:
        row.update(best_s=min(times), median_s=float(np.median(times)), cpu_s=min(busy), n=len(times), gups=w.updates / min(times) / 1e9)
    return rows


# ---- results

def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    flags = next((line.split() for line in open("/proc/cpuinfo") if line.startswith("flags")), [])
    widest = next((name for name, flag in (("AVX-512", "avx512f"), ("AVX2", "avx2"), ("SSE4.2", "sse4_2")) if flag in flags), "?")
    return dict(cpu=model, instructions=widest, cores=len(os.sched_getaffinity(0)), date=datetime.date.today().isoformat())


def ratio(rows, row):
    ours = next((r for r in rows if r["package"] == "polytome" and r["work"] == row["work"] and r["operation"] == row["operation"]), None)
    return row["best_s"] / ours["best_s"] if ours else float("nan")


def text(row, key, form):
    return format(row[key], form) if key in row else ""


def show(rows):
    for r in rows:
        if "best_s" in r:
            print(f"{r['work']:4} {r['operation']:11} {r['package']:17} {r['threads']} threads  best {r['best_s']:9.4f} s  median {r['median_s']:9.4f} s"
                  f"  n {r['n']:3}  {r['gups']:7.3f} GUPS  {ratio(rows, r):7.2f} x  error {text(r, 'error', '.1e'):8} mismatch {text(r, 'mismatch', '.1e')}", flush=True)


def markdown_table(head, lines):
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for line in lines:
        print("| " + " | ".join(line) + " |")
    print()


def report(files):
    """Several runs as Markdown: how Polytome stands, then everything."""
    runs = [json.load(open(f)) for f in files]
    rows = [r for run in runs for r in run["rows"]]
    timed = {(r["work"], r["operation"], r["package"]): r for r in rows if "best_s" in r}
    m = runs[0]["machine"]
    versions = sorted({f"{r['package']} {r['version']} ({r['threads']} thread{'s' if r['threads'] > 1 else ''})" for r in timed.values()})
    print(f"{m['date']}, {m['cpu']} ({m['instructions']}), {m['cores']} cores. {', '.join(versions)}.\n")
    lines = []
    for (work, operation), (floor, goal, peers) in TARGETS.items():
        ours, found = timed.get((work, operation, "polytome")), [timed[(work, o, p)] for p, o in peers if (work, o, p) in timed]
        if ours and found:
            best = min(found, key=lambda r: r["best_s"])
            x = best["best_s"] / ours["best_s"]
            lines.append([work, operation, f"{ours['best_s']:.4f}", f"{ours['gups']:.2f}", best["package"], f"{best['best_s']:.4f}", f"**{x:.1f}**",
                          str(floor), str(goal), "goal" if x >= goal else "floor" if x >= floor else "**below**"])
    markdown_table(["", "operation", "Polytome, s", "GUPS", "fastest", "s", "ratio", "floor", "goal", "reached"], lines)
    lines = [[r["work"], r["operation"], r["package"], str(r["threads"]), f"{r['best_s']:.4f}", f"{r['median_s']:.4f}", f"{r['cpu_s']:.4f}", str(r["n"]), f"{r['gups']:.3f}",
              f"{ratio(rows, r):.2f}", text(r, "error", ".1e"), text(r, "mismatch", ".1e")] for r in timed.values()]
    markdown_table(["", "operation", "package", "threads", "best, s", "median, s", "CPU, s", "n", "GUPS", "time / Polytome's", "error", "mismatch"], lines)


def find_packages(options):
    try:
        import pyopencl
        os.environ["PYOPENCL_CTX"] = str([p.name for p in pyopencl.get_platforms()].index("Portable Computing Language"))
    except (ImportError, ValueError, RuntimeError) as e:
        print("no pocl:", e)
    packages = {}
    for name in options.package:
        try:
            packages[name] = PACKAGES[name](options)
        except Exception as e:  # whatever a package does that is not whole
            print(f"{name}: left out: {type(e).__name__}: {e}")
    return packages


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", help="where Polytome was built (build)")
    parser.add_argument("--device", default="host", help="Polytome's (host)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of Polytome's host device and of RTK (one for each core)")
    parser.add_argument("--size", choices=["small", "full"], default="full")
    parser.add_argument("--work", nargs="+", default=["W1", "W2", "W3", "W4", "W5", "W7"], help="as polytome bench --list has them")
    parser.add_argument("--operation", nargs="+", default=["forward", "adjoint", "backproject", "fbp"])
    parser.add_argument("--package", nargs="+", default=list(PACKAGES), choices=list(PACKAGES))
    parser.add_argument("--repeat", type=int, default=15, help="most calls timed, after one that is not (15)")
    parser.add_argument("--seconds", type=float, default=10, help="no further call of a package after so long, once it had three (10)")
    parser.add_argument("--mismatch", action="store_true", help="also how far back-projections are from the transpose")
    parser.add_argument("--json", metavar="FILE", help="write the results")
    parser.add_argument("--report", metavar="FILE", nargs="+", help="time nothing: print such files as Markdown")
    options = parser.parse_args()
    if options.report:
        return report(options.report)
    packages, works, rows = find_packages(options), find_works(options), []
    for w in (works[name] for name in options.work):
        for operation in w.operations:
            if operation not in options.operation:
                continue
            found = measure(packages, w, operation, options)
            show(found)
            rows += found
            if options.json:
                with open(options.json, "w") as f:
                    json.dump(dict(machine=machine(), rows=rows), f, indent=1)


if __name__ == "__main__":
    main()
