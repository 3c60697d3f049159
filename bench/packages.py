"""The work that peers.py times, and the packages it times.

A package has threads, version and prepare(work, operation), which gives (enter, run, leave). Only run is timed: it takes
and gives host arrays as the package's documentation lays them out. enter and leave go from and to Polytome's layout,
(z, y, x) and (view, v, u). A ValueError says what a package does not offer."""
import importlib
import importlib.metadata
import os

import numpy as np

import polytome

dense = np.ascontiguousarray


class Work:
    """An entry of polytome bench --list; coordinates and angles as in docs/conventions.md."""

    def __init__(self, entry):
        self.name, self.divergent, self.views = entry["name"], entry["divergent"], entry["views"]
        self.operations = entry["operations"]
        (self.nz, _, self.n), (self.nv, self.nu) = entry["volume"], entry["detector"]
        self.pixel, self.sod, self.sdd = entry["pixel"], entry["sod"], entry["sdd"]
        self.fan = self.divergent and self.nz == 1
        self.angles = np.arange(self.views) * ((2 if self.divergent else 1) * np.pi / self.views)
        self.volume, self.projections = (self.nz, self.n, self.n), (self.views, self.nv, self.nu)
        self.updates = float(self.n) * self.n * self.nz * self.views


# Five Gaussians: amplitude, sigma, centre x, y, z; in units of n (the centre's z: of nz).
BLOBS = ((1, .060, 0, .02, .01), (.7, .045, .17, -.08, .10), (.5, .080, -.14, .10, -.06), (.9, .035, -.10, -.20, .05),
         (-.4, .050, .08, .18, -.09))


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
    """Exact: a Gaussian's is sqrt(2 pi) sigma times its value where the ray is nearest to its centre."""
    p = np.zeros(w.projections)
    u, v = axis(w.nu) * w.pixel, axis(w.nv) * w.pixel if w.nv > 1 else np.zeros(1)
    for k, t in enumerate(w.angles):
        for a, s, x, y, z in BLOBS:
            s *= w.n
            along = w.n * (-x * np.sin(t) + y * np.cos(t))  # of the centre, in the view's axes
            across, up = w.n * (x * np.cos(t) + y * np.sin(t)), z * w.nz if w.nz > 1 else 0.0
            if w.divergent:  # from the source, which is at depth -sod
                depth, length2 = along + w.sod, u ** 2 + (v ** 2)[:, None] + w.sdd ** 2
                product = across * u + up * v[:, None] + depth * w.sdd
                distance2 = across ** 2 + up ** 2 + depth ** 2 - product ** 2 / length2
            else:
                distance2 = (u - across) ** 2 + ((v - up) ** 2)[:, None]
            p[k] += a * s * np.sqrt(2 * np.pi) * np.exp(-distance2 / (2 * s ** 2))
    return p.astype(np.float32)


def version(package):
    return importlib.metadata.version(package)


def opencl_threads():
    import pyopencl
    return pyopencl.create_some_context(interactive=False).devices[0].max_compute_units


def by_slice(run):
    """For a package of two dimensions, on (slice, y, x) or (slice, view, u)."""
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


def sinograms(turned):
    """(view, v, u) to (slice, view, u) and back; turned: the package's u runs against ours."""
    step = -1 if turned else 1
    return lambda p: dense(p.transpose(1, 0, 2)[..., ::step]), lambda s: dense(s[..., ::step].transpose(1, 0, 2))


class Polytome:
    """model: 0 Joseph, 1 separable footprints."""

    def __init__(self, options, device, model=0):
        library = polytome.Library(os.path.join(options.build, "libpolytome.so"))
        self.device = polytome.Device(library, device, options.threads)
        self.threads, self.version, self.model = options.threads, library.version, model

    def prepare(self, w, operation):
        if self.model and operation not in ("forward", "adjoint"):
            raise ValueError("a projector")
        volume = polytome.Volume(shape=w.volume)
        detector = polytome.Detector(shape=(w.nv, w.nu), spacing=(w.pixel, w.pixel))
        scan = self.device.scan("cone" if w.divergent else "parallel", polytome.CircularOptions(
            volume=volume, detector=detector, views=w.views, sod=w.sod, sdd=w.sdd))
        kind = {"fbp": "fbp", "backproject": "backprojector"}.get(operation, "projector")
        apply, adjoint = self.device.operator(kind, scan, polytome.ProjectorOptions(model=self.model))
        if operation == "adjoint":
            apply = adjoint
        out = np.empty(w.projections if operation == "forward" else w.volume, np.float32)

        def run(given):
            apply(out, given)
            return out
        return dense, run, lambda a: a


class Astra:
    """CPU projectors: lines through pixels (line), Joseph (linear), areas (strip). Its back-projection is the transpose."""

    def __init__(self, options, kernel):
        self.astra, self.kernel, self.threads = importlib.import_module("astra"), kernel, 1
        self.version = version("astra-toolbox")

    def prepare(self, w, operation):
        astra, kernel = self.astra, self.kernel
        if (w.divergent and not w.fan) or (w.fan and (kernel == "linear" or operation == "fbp")):
            raise ValueError("not on a CPU")
        if operation == "backproject":
            raise ValueError("the transpose only")
        # ASTRA's rows run from high y to low, so angles are -t; at pi - t a fan's source is where ours is, u turned.
        if w.fan:
            kernel += "_fanflat"
            geometry = astra.create_proj_geom("fanflat", w.pixel, w.nu, np.pi - w.angles, w.sod, w.sdd - w.sod)
        else:
            geometry = astra.create_proj_geom("parallel", w.pixel, w.nu, -w.angles)
        op = astra.OpTomo(astra.create_projector(kernel, geometry, astra.create_vol_geom(w.n, w.n)))
        enter, leave = sinograms(w.fan)
        if operation == "forward":
            return dense, by_slice(op.FP), leave
        if operation == "adjoint":
            return enter, by_slice(op.BP), dense
        return enter, by_slice(lambda p: op.reconstruct("FBP", p, extraOptions={"FilterType": "ram-lak"})), dense


class Mbirjax:
    """Separable footprints on JAX, each of its own kind. Volumes end with z, sinograms are (view, row, channel)."""

    def __init__(self, options):
        self.mbirjax, self.numpy = importlib.import_module("mbirjax"), importlib.import_module("jax.numpy")
        self.threads, self.version = os.cpu_count(), version("mbirjax")

    def prepare(self, w, operation):
        if operation not in ("forward", "adjoint"):
            raise ValueError("not offered")
        shape, angles = (w.views, w.nv, w.nu), self.numpy.asarray(w.angles - np.pi / 2 if w.divergent else -w.angles)
        order = (2, 1, 0) if w.divergent else (1, 2, 0)  # cones: (x, y, z); parallel beams: (y, x, z)
        model = self.mbirjax.ConeBeamModel(shape, angles, source_detector_dist=w.sdd, source_iso_dist=w.sod) if w.divergent else \
            self.mbirjax.ParallelBeamModel(shape, angles)
        model.set_params(no_warning=True, delta_det_channel=w.pixel, delta_voxel=1.0, recon_shape=(w.n, w.n, w.nz))
        if w.divergent:
            model.set_params(no_warning=True, delta_det_row=w.pixel)
        function = model.forward_project if operation == "forward" else model.back_project

        def run(given):
            return np.asarray(function(self.numpy.asarray(given)))

        def turn(volume):
            return dense(volume.transpose(order))

        def turn_back(volume):
            return dense(volume.transpose(np.argsort(order)))
        return (turn, run, dense) if operation == "forward" else (dense, run, turn_back)


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
        shape, angles, middle, shift = (w.n, w.n), -w.angles.astype(np.float32), (w.nu - 1) / 2, (w.nu - w.n) / 2
        enter, leave = sinograms(False)
        if operation == "forward":
            projection = self.projection(shape, angles=angles, detector_width=w.nu, axis_position=middle)
            return dense, by_slice(projection.projection), leave
        # Without the offsets a slice smaller than the detector lies at bin 0.
        back = self.backprojection((w.views, w.nu), slice_shape=shape, angles=angles, axis_position=middle,
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
        gratopy, queue = self.gratopy, self.queue
        if (w.divergent and not w.fan) or operation == "fbp":
            raise ValueError("not offered")
        if operation == "backproject":
            raise ValueError("the transpose only")
        angles, distances = (w.angles + np.pi / 2, dict(R=w.sdd, RE=w.sod)) if w.fan else (w.angles - np.pi / 2, {})
        settings = gratopy.ProjectionSettings(
            queue, gratopy.FANBEAM if w.fan else gratopy.RADON, (w.n, w.n), angles, n_detectors=w.nu, angle_weights=1.0,
            detector_width=w.nu * w.pixel, image_width=float(w.n), **distances)
        step, shape = (1 if w.fan else -1), (lambda a: a[..., 0] if w.nz == 1 else a)
        function = gratopy.forwardprojection if operation == "forward" else gratopy.backprojection

        def run(given):
            return function(self.arrays.to_device(queue, given), settings).get()
        if operation == "forward":
            return (lambda v: np.asfortranarray(shape(v.transpose(2, 1, 0))), run,
                    lambda s: dense(s.reshape(w.nu, w.views, w.nz)[::step].transpose(1, 2, 0)))
        return (lambda p: np.asfortranarray(shape(p.transpose(2, 0, 1)[::step])), run,
                lambda v: dense(v.reshape(w.n, w.n, w.nz).transpose(2, 1, 0)))


class Rtk:
    """Joseph's projector, its transpose, voxel-driven back-projection, FDK. Turns about its own y: volumes are (y, z, x)."""

    def __init__(self, options):
        import itk
        from itk import RTK
        RTK.ThreeDCircularProjectionGeometry  # modules are loaded at first use
        self.itk, self.rtk, self.version = itk, RTK, version("itk-rtk")
        itk.MultiThreaderBase.SetGlobalDefaultNumberOfThreads(options.threads)
        self.threads = itk.MultiThreaderBase.GetGlobalDefaultNumberOfThreads()

    def place(self, w, image, is_volume):
        shape, spacing = image_shape(w, is_volume), (1.0, 1.0, 1.0) if is_volume else (w.pixel, w.pixel, 1.0)
        image.SetSpacing(spacing)
        image.SetOrigin([-(shape[i] - 1) / 2 * spacing[i] if i < 2 or is_volume else 0.0 for i in range(3)])
        return image

    def prepare(self, w, operation):
        if w.nz == 1 or (not w.divergent and operation == "fbp"):
            raise ValueError("volumes only" if w.nz == 1 else "not offered")
        itk, rtk = self.itk, self.rtk
        image = itk.Image[itk.F, 3]
        make = {"forward": rtk.JosephForwardProjectionImageFilter[image, image],
                "adjoint": rtk.JosephBackProjectionImageFilter[image, image],
                "backproject": rtk.BackProjectionImageFilter[image, image],
                "fbp": rtk.FDKConeBeamReconstructionFilter[image]}[operation].New
        geometry = rtk.ThreeDCircularProjectionGeometry.New()
        forward, step = operation == "forward", -1 if w.divergent else 1
        for t in w.angles:  # for cones as for ASTRA's fans: its source is where ours is half a turn on, u turned round
            geometry.AddProjection(w.sod or 1000.0, w.sdd, float(-np.rad2deg(t + (np.pi if w.divergent else 0))))

        def run(given):
            zeros = self.place(w, rtk.ConstantImageSource[image].New(), not forward)
            zeros.SetSize(list(image_shape(w, not forward)))
            zeros.SetConstant(0.0)
            f = make()
            if operation == "fbp":
                f.GetRampFilter().SetTruncationCorrection(0.0)
                f.GetRampFilter().SetHannCutFrequency(0.0)
            f.SetInput(0, zeros.GetOutput())
            f.SetInput(1, self.place(w, itk.image_view_from_array(given), forward))
            f.SetGeometry(geometry)
            f.Update()
            return itk.array_from_image(f.GetOutput())

        def swap(v):
            return dense(v.transpose(1, 0, 2))

        def turn(p):
            return dense(p[..., ::step])
        return (swap, run, turn) if forward else (turn, run, swap)


def image_shape(w, is_volume):
    """RTK's, fastest axis first."""
    return (w.n, w.nz, w.n) if is_volume else (w.nu, w.nv, w.views)


class Skimage:
    """iradon turns about pixel n // 2, so it is half a pixel off."""

    def __init__(self, options):
        self.iradon, self.threads = importlib.import_module("skimage.transform").iradon, 1
        self.version = version("scikit-image")

    def prepare(self, w, operation):
        if w.divergent or w.nz > 1 or operation != "fbp":
            raise ValueError("iradon only")
        degrees = np.rad2deg(w.angles)

        def run(given):
            return self.iradon(given, degrees, output_size=w.n, filter_name="ramp", circle=False)
        return lambda p: dense(p[:, 0].T), run, lambda v: dense(v[None, ::-1])


PACKAGES = {
    "polytome": lambda o: Polytome(o, o.device), "polytome-opencl": lambda o: Polytome(o, "opencl:0"),
    "polytome-footprint": lambda o: Polytome(o, o.device, 1), "astra-strip": lambda o: Astra(o, "strip"), "mbirjax": Mbirjax,
    "astra-line": lambda o: Astra(o, "line"), "astra-linear": lambda o: Astra(o, "linear"),
    "silx": Silx, "gratopy": Gratopy, "rtk": Rtk, "skimage": Skimage}


def find(options):
    """Those of options.package that are there; says why others are not."""
    try:
        import pyopencl
        names = [p.name for p in pyopencl.get_platforms()]
        os.environ["PYOPENCL_CTX"] = str(names.index("Portable Computing Language"))
    except (ImportError, ValueError, RuntimeError) as e:
        print("no pocl:", e)
    packages = {}
    for name in options.package:
        try:
            packages[name] = PACKAGES[name](options)
        except Exception as e:  # whatever a package does that is not whole
            print(f"{name}: left out: {type(e).__name__}: {e}")
    return packages
