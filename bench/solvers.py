#!/usr/bin/env python3
"""Times iterative reconstruction beside astra-toolbox and gratopy: SIRT and CGLS of one slice, parallel beam.

    python3 bench/solvers.py --build build

Packages take turns; what is not installed is left out. The residual is |A x - y| / |y|, all by one projector, Polytome's."""
import argparse
import ctypes as c
import os
import time

import numpy as np

import polytome

SIZE, VIEWS, COLUMNS = 256, 180, 367
ITERATIONS = {"SIRT": 50, "CGLS": 20}


class SolverOptions(polytome.Struct):
    """The first fields; those that are not given count as 0."""
    _fields_ = [("struct_size", c.c_size_t), ("method", c.c_int)]


class Polytome:
    methods = {"SIRT": 0, "CGLS": 2}

    def __init__(self, build, device):
        self.device = polytome.Device(polytome.Library(os.path.join(build, "libpolytome.so")), device, 0)
        options = polytome.CircularOptions(views=VIEWS)
        options.volume.shape[:] = (1, SIZE, SIZE)
        options.detector.shape[:] = (1, COLUMNS)
        self.project, self.back = self.device.operator("projector", self.device.scan("parallel", options))
        self.operator = self.device.operators[-1]

    def solve(self, method, y):
        x = np.zeros((1, SIZE, SIZE), np.float32)
        self.device.library.call("ptm_solve", self.operator, c.byref(polytome.view(x)), c.byref(polytome.view(y)), ITERATIONS[method],
                                 c.byref(SolverOptions(method=self.methods[method])))
        return x

    def projections(self, y):
        """As many projections and adjoints as an iteration has, one each."""
        x = np.zeros((1, SIZE, SIZE), np.float32)
        self.back(x, y)
        self.project(y.copy(), x)


class Astra:
    def __init__(self, projector):
        import astra
        self.astra = astra
        volume = astra.create_vol_geom(SIZE, SIZE)
        self.projections = astra.create_proj_geom("parallel", 1.0, COLUMNS, np.arange(VIEWS) * np.pi / VIEWS)
        self.projector = astra.create_projector(projector, self.projections, volume)
        self.image = astra.data2d.create("-vol", volume)
        self.sinogram = astra.data2d.create("-sino", self.projections)

    def solve(self, method, y):
        self.astra.data2d.store(self.sinogram, y[:, 0])
        self.astra.data2d.store(self.image, 0)
        config = self.astra.astra_dict(method)
        config.update(ProjectorId=self.projector, ProjectionDataId=self.sinogram, ReconstructionDataId=self.image)
        algorithm = self.astra.algorithm.create(config)
        self.astra.algorithm.run(algorithm, ITERATIONS[method])
        self.astra.algorithm.delete(algorithm)
        return self.astra.data2d.get(self.image)[None, ::-1].astype(np.float32)


class Gratopy:
    """Its conjugate gradients; it has no SIRT, but Landweber's iteration, of one projection and adjoint too."""

    def __init__(self):
        import gratopy
        import pyopencl
        self.gratopy = gratopy
        self.queue = pyopencl.CommandQueue(pyopencl.create_some_context(interactive=False))
        self.array = __import__("pyopencl.array", fromlist=["array"])
        self.settings = gratopy.ProjectionSettings(self.queue, gratopy.PARALLEL, img_shape=(SIZE, SIZE), angles=VIEWS,
                                                   n_detectors=COLUMNS, detector_width=2 * COLUMNS / SIZE)

    def solve(self, method, y):
        sinogram = self.array.to_device(self.queue, np.asfortranarray(y[:, 0].T))
        solve = self.gratopy.conjugate_gradients if method == "CGLS" else self.gratopy.landweber
        solve(sinogram, self.settings, number_iterations=ITERATIONS[method]).get()
        return None  # another scale and orientation


def find(options):
    found = {"polytome": Polytome(options.build, options.device)}
    for name, make in (("astra-linear", lambda: Astra("linear")), ("astra-line", lambda: Astra("line")), ("gratopy", Gratopy)):
        try:
            found[name] = make()
        except ImportError as e:
            print(f"{name} is left out: {e}")
    return found


def best_of(packages, call, repeat):
    times = {name: [] for name in packages}
    for _ in range(repeat):
        for name, package in packages.items():
            start = time.perf_counter()
            call(package)
            times[name].append(time.perf_counter() - start)
    return {name: min(t) for name, t in times.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", help="where Polytome was built (build)")
    parser.add_argument("--device", default="host", help="Polytome's (host)")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    packages = find(options)
    ours = packages["polytome"]
    y, x = (np.arange(SIZE) - (SIZE - 1) / 2 for _ in range(2))
    image = ((x[None, :, None] ** 2 + (1.4 * y) ** 2 < 90 ** 2) * 0.02
             + ((x[None, :, None] - 30) ** 2 + y ** 2 < 25 ** 2) * 0.01).astype(np.float32)
    data = np.zeros((VIEWS, 1, COLUMNS), np.float32)
    ours.project(data, image)
    pair = best_of({"polytome": ours}, lambda p: p.projections(data), 30)["polytome"]
    for method, count in ITERATIONS.items():
        residual = {}
        for name, package in packages.items():  # once, not timed
            found, again = package.solve(method, data), np.zeros_like(data)
            if found is not None:
                ours.project(again, np.ascontiguousarray(found))
                residual[name] = np.linalg.norm(again - data) / np.linalg.norm(data)
        times = best_of(packages, lambda p: p.solve(method, data), options.repeat)
        for name, seconds in times.items():
            print(f"{method} {count:3} {name:13} {seconds:8.4f} s  {seconds / times['polytome']:6.2f} x  residual "
                  f"{residual.get(name, float('nan')):.2e}")
        print(f"{method}: an iteration takes {times['polytome'] / count / pair:.2f} times a projection and an adjoint, {pair * 1e3:.2f} ms")


if __name__ == "__main__":
    main()
