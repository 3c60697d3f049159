#!/usr/bin/env python3
"""Times Polytome and other CT packages on the same work, interleaved, in one process on one machine.

    python3 bench/peers.py --library build/libpolytome.so --work W1 W4 --markdown rows.md

A package that is not installed is left out with the reason. What is timed, and how to read it: bench/README.md.
"""
import argparse, importlib, importlib.metadata, json, os, platform, sys, time
import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import polytome


# ---- work: coordinates and angles as in docs/conventions.md

class Work:
    def __init__(self, kind, n, views, nu, nv=1, nz=1, du=1.0, sod=0.0, sdd=0.0, operations=("forward", "adjoint", "backproject")):
        self.kind, self.n, self.views, self.nu, self.nv, self.nz = kind, n, views, nu, nv, nz
        self.du, self.sod, self.sdd, self.operations = du, sod, sdd, operations
        self.divergent = kind in ("fan", "cone")
        self.angles = np.arange(views) * ((2 if self.divergent else 1) * np.pi / views)
        self.volume, self.projections = (nz, n, n), (views, nv, nu)
        self.updates = float(n) * n * nz * views


ALL = ("forward", "adjoint", "backproject", "fbp")
FULL = {
    "W1": Work("parallel", 512, 360, 729),
    "W1L": Work("parallel", 1024, 720, 1449),
    "W2": Work("fan", 512, 360, 729, du=1.5, sod=1024, sdd=1536),
    "W3": Work("parallel", 512, 360, 729, operations=("fbp",)),
    "W3L": Work("parallel", 2048, 1500, 2048, operations=("fbp",)),
    "W4": Work("cone", 256, 90, 384, 384, 256, du=2.0, sod=512, sdd=1024, operations=ALL),
    "W5": Work("slices", 256, 90, 368, 256, 256),
    "W7": Work("slices", 512, 360, 729, 16, 16)}
SMALL = {
    "W1": Work("parallel", 128, 90, 183),
    "W1L": Work("parallel", 256, 180, 363),
    "W2": Work("fan", 128, 90, 183, du=1.5, sod=256, sdd=384),
    "W3": Work("parallel", 128, 180, 183, operations=("fbp",)),
    "W3L": Work("parallel", 256, 360, 256, operations=("fbp",)),
    "W4": Work("cone", 64, 30, 96, 96, 64, du=2.0, sod=128, sdd=256, operations=ALL),
    "W5": Work("slices", 64, 30, 92, 64, 64),
    "W7": Work("slices", 128, 90, 183, 4, 4)}

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
    u, v = axis(w.nu) * w.du, axis(w.nv) * w.du if w.nv > 1 else np.zeros(1)
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
    def __init__(self, options, device, family="auto"):
        library = polytome.Library(options.library)
        self.device, self.family, self.threads = polytome.Device(library, device, options.threads), family, options.threads
        self.version = library.version

    def prepare(self, w, operation):
        volume = polytome.Volume(shape=w.volume)
        detector = polytome.Detector(shape=(w.nv, w.nu), spacing=(w.du, w.du))
        scan = self.device.scan("cone" if w.divergent else "parallel", polytome.CircularOptions(volume=volume, detector=detector,
            views=w.views, sod=w.sod, sdd=w.sdd))
        projector = polytome.ProjectorOptions(family=polytome.FAMILIES[self.family])
        kind = {"fbp": "fbp", "backproject": "backprojector"}.get(operation, "projector")
        apply = self.device.operator(kind, scan, polytome.FbpOptions(projector=projector) if kind == "fbp" else projector)
        apply = apply[operation == "adjoint"]
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
        astra, fan = self.astra, w.kind == "fan"
        if w.kind == "cone" or (fan and self.kernel != "line") or (fan and operation == "fbp"):
            raise ValueError("not on a CPU")
        if operation == "backproject":
            raise ValueError("the transpose only")
        # ASTRA's rows run from high y to low, so angles are -t; a fan at pi - t has its source where ours is, and u turned round.
        geometry = (astra.create_proj_geom("fanflat", w.du, w.nu, np.pi - w.angles, w.sod, w.sdd - w.sod) if fan else
                    astra.create_proj_geom("parallel", w.du, w.nu, -w.angles))
        op = astra.OpTomo(astra.create_projector(self.kernel + ("_fanflat" if fan else ""), geometry, astra.create_vol_geom(w.n, w.n)))
        enter, leave = sinograms(w, fan)
        if operation == "forward":
            return dense, by_slice(op.FP), leave
        return enter, by_slice(op.BP if operation == "adjoint" else
                               lambda p: op.reconstruct("FBP", p, extraOptions={"FilterType": "ram-lak"})), dense


class Silx:
    """Its back-projection interpolates between bins and is not the transpose of its projection. It takes images where the driver
    has them; pocl's are slow, so there is a second entry that is kept from them and takes silx's own kernels for buffers."""

    def __init__(self, options, images=True):
        self.projection = importlib.import_module("silx.opencl.projection").Projection
        self.backprojection = importlib.import_module("silx.opencl.backprojection").Backprojection
        if not images:
            without = {"check_textures_availability": lambda self: False}
            self.projection = type("Projection", (self.projection,), without)
            self.backprojection = type("Backprojection", (self.backprojection,), without)
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
        gratopy, fan = self.gratopy, w.kind == "fan"
        if w.kind == "cone" or operation == "fbp":
            raise ValueError("not offered")
        if operation == "backproject":
            raise ValueError("the transpose only")
        settings = gratopy.ProjectionSettings(
            self.queue, gratopy.FANBEAM if fan else gratopy.RADON, (w.n, w.n), w.angles + (np.pi / 2 if fan else -np.pi / 2),
            n_detectors=w.nu, angle_weights=1.0, detector_width=w.nu * w.du, image_width=float(w.n),
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
        if w.kind not in ("cone", "slices") or (w.kind == "slices" and operation == "fbp"):
            raise ValueError("three dimensions only" if w.nz == 1 else "not offered")
        itk, rtk = self.itk, self.rtk
        image = itk.Image[itk.F, 3]
        geometry = rtk.ThreeDCircularProjectionGeometry.New()
        for t in w.angles:                      # as for ASTRA: a half turn on, with u turned round
            geometry.AddProjection(w.sod or 1000.0, w.sdd, float(-np.rad2deg(t + (np.pi if w.divergent else 0))))
        step = -1 if w.divergent else 1

        def place(a, shape, is_volume):
            spacing = (1.0, 1.0, 1.0) if is_volume else (w.du, w.du, 1.0)
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
        if w.kind != "parallel" or operation != "fbp":
            raise ValueError("iradon only")
        degrees = np.rad2deg(w.angles)
        run = lambda p: self.iradon(p, degrees, output_size=w.n, filter_name="ramp", circle=False)
        return lambda p: dense(p[:, 0].T), run, lambda r: dense(r[None, ::-1])


PACKAGES = {
    "polytome": lambda o: Polytome(o, o.device), "polytome-general": lambda o: Polytome(o, o.device, "general"),
    "polytome-opencl": lambda o: Polytome(o, "opencl:0"), "astra-line": lambda o: Astra(o, "line"), "astra-linear": lambda o: Astra(o, "linear"),
    "silx": Silx, "silx-buffers": lambda o: Silx(o, False), "gratopy": Gratopy, "rtk": Rtk, "skimage": Skimage}


def version(package):
    return importlib.metadata.version(package)


# ---- measuring

def relative(a, b):
    return float(np.linalg.norm((a - b).astype(np.float64)) / np.linalg.norm(b.astype(np.float64)))


def dot(a, b):
    return float(np.vdot(a.astype(np.float64), b.astype(np.float64)))


def fbp_error(w, image, exact):
    """Within 0.45 n of the axis; of FDK the four middle slices, since off them FDK itself is not exact."""
    part = slice(w.nz // 2 - 2, w.nz // 2 + 2) if w.nz > 1 else slice(None)
    inside = np.broadcast_to(axis(w.n)[:, None] ** 2 + axis(w.n) ** 2 <= (0.45 * w.n) ** 2, exact[part].shape)
    return relative(image[part][inside], exact[part][inside])


def mismatch(package, w, back):
    """|<Ax, By> / (s <Ax, Ax>) - 1| for white x and y = Ax, with the scale s between B and the transpose found from positive x and y."""
    enter, run, leave = package.prepare(w, "forward")
    project = lambda a: leave(run(enter(a)))
    random = np.random.default_rng(1)
    inside = axis(w.n)[:, None] ** 2 + axis(w.n) ** 2 <= (0.48 * w.n) ** 2
    x, y = random.random(w.volume, np.float32) * inside, random.random(w.projections, np.float32)
    scale = dot(x, back(y)) / dot(project(x), y)
    x = random.standard_normal(w.volume, np.float32) * inside
    y = np.array(project(x))
    return scale, abs(dot(x, back(y)) / scale / dot(y, y) - 1)


def measure(packages, w, name, operation, options):
    """Warms every package up with a call, then goes round them until each has its repetitions or its share of the time."""
    image, sinogram = blobs(w), line_integrals(w)
    rows, runs = [], []
    for label, package in packages.items():
        row = dict(work=name, operation=operation, package=label, threads=package.threads, version=package.version)
        try:
            start = time.perf_counter()
            enter, run, leave = package.prepare(w, operation)
            row["create_s"] = time.perf_counter() - start
            given = enter(image if operation == "forward" else sinogram)
            start = time.perf_counter()
            out = run(given)
            row["first_s"] = time.perf_counter() - start
        except (ValueError, RuntimeError) as e:
            row["skipped"] = str(e).splitlines()[0]
            rows.append(row)
            continue
        result = leave(np.array(out))
        if operation == "forward":
            row["error"] = relative(result, sinogram)
        elif operation == "fbp":
            row["error"] = fbp_error(w, result, image)
        elif options.mismatch:
            row["scale"], row["mismatch"] = mismatch(package, w, lambda p: np.array(leave(run(enter(p)))))
        runs.append((row, run, given, []))
        rows.append(row)
    for _ in range(options.repeat):
        for row, run, given, times in runs:
            if sum(times) < options.seconds:
                start = time.perf_counter()
                run(given)
                times.append(time.perf_counter() - start)
    for row, run, given, times in runs:
        row.update(best_s=min(times), median_s=float(np.median(times)), n=len(times), gups=w.updates / min(times) / 1e9)
    return rows


def show(rows):
    ours = next((r["best_s"] for r in rows if r["package"] == "polytome" and "best_s" in r), None)
    for r in rows:
        if "best_s" not in r:
            continue
        print(f"{r['work']:4} {r['operation']:12} {r['package']:17} {r['threads']:2} threads  best {r['best_s']:9.4f} s  median {r['median_s']:9.4f} s"
              f"  n {r['n']:3}  {r['gups']:8.3f} GUPS  error {r.get('error', float('nan')):.2e}  mismatch {r.get('mismatch', float('nan')):.1e}"
              f"  ratio {r['best_s'] / ours if ours else float('nan'):7.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", default="build/libpolytome.so")
    parser.add_argument("--device", default="host", help="Polytome's (host)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--size", choices=["small", "full"], default="full")
    parser.add_argument("--work", nargs="+", default=list(FULL))
    parser.add_argument("--operation", nargs="+", default=list(ALL))
    parser.add_argument("--package", nargs="+", default=list(PACKAGES), choices=list(PACKAGES))
    parser.add_argument("--repeat", type=int, default=15, help="most calls timed")
    parser.add_argument("--seconds", type=float, default=10, help="no further call of a package after so long")
    parser.add_argument("--mismatch", action="store_true", help="how far back-projections are from the transpose")
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    os.environ.setdefault("PYOPENCL_NO_CACHE", "0")
    packages, rows = {}, []
    try:
        import pyopencl
        names = [p.name for p in pyopencl.get_platforms()]
        os.environ["PYOPENCL_CTX"] = str(names.index("Portable Computing Language"))
    except (ImportError, ValueError) as e:
        print("no pocl:", e)
    for name in options.package:
        try:
            packages[name] = PACKAGES[name](options)
        except Exception as e:  # whatever a package does when it is not whole
            print(f"{name}: left out: {type(e).__name__}: {e}")
    for name in options.work:
        w = (FULL if options.size == "full" else SMALL)[name]
        for operation in w.operations:
            if operation in options.operation:
                got = measure(packages, w, name, operation, options)
                show(got)
                rows += got
                if options.json:
                    with open(options.json, "w") as f:
                        json.dump(rows, f, indent=1)


if __name__ == "__main__":
    main()
