#!/usr/bin/env python3
"""Work that others have published times of, as Polytome does it here: what bench/peers.md has under "Published figures".

    python3 bench/published.py --build build [--only sirt|lpd|fdk] [--iterations 200]

SIRT is that of tomosipo's notebooks: a hollow box of N = 256, parallel beam, 3 N / 2 views of N x 3 N / 2 pixels. The
operators of its Learned Primal-Dual are of one slice each, N = 128, 256 and 512, 3 N / 2 views of as many pixels, four
slices in a batch. FDK makes 512^3 voxels of 360 views of 768^2. Times are of the best of three calls, but of one for SIRT;
seconds of the processor count all threads."""
import argparse
import ctypes as c
import math
import os
import time

import numpy as np

import polytome
from solvers import SolverOptions


def timed(call, repeat=3):
    """Seconds of the clock and of the processor, the least of several calls."""
    clock, processor = [], []
    for _ in range(repeat):
        begun = time.perf_counter(), time.process_time()
        call()
        clock.append(time.perf_counter() - begun[0])
        processor.append(time.process_time() - begun[1])
    return min(clock), min(processor)


def report(name, seconds, note=""):
    print(f"{name:42} {seconds[0]:9.4f} s {seconds[1]:9.4f} s of the processor  {note}", flush=True)


def circular(shape, detector, views, **more):
    options = polytome.CircularOptions(views=views, **more)
    options.volume.shape[:] = shape
    options.detector.shape[:] = detector
    return options


def hollow_box(n):
    """A cube of ones, half as wide as the volume, with a cube of half its width taken out."""
    far = np.abs(np.arange(n) - (n - 1) / 2)
    distance = np.maximum(far[:, None, None], np.maximum(far[:, None], far))
    return ((distance < n / 4) & (distance >= n / 8)).astype(np.float32)


def sirt(device, iterations, n=256):
    options = circular((n, n, n), (n, 3 * n // 2), 3 * n // 2)
    project, _ = device.operator("projector", device.scan("parallel", options))
    truth = hollow_box(n)
    data, image = np.zeros((3 * n // 2, n, 3 * n // 2), np.float32), np.zeros_like(truth)
    project(data, truth)
    solve = lambda: device.library.call("ptm_solve", device.operators[-1], c.byref(polytome.view(image)),
                                        c.byref(polytome.view(data)), iterations, c.byref(SolverOptions(method=0)))
    seconds = timed(solve, 1)
    again = np.zeros_like(data)
    project(again, image)
    residual, error = (np.linalg.norm(a - b) / np.linalg.norm(b) for a, b in ((again, data), (image, truth)))
    report(f"SIRT, N = {n}, {iterations} iterations", seconds, f"residual {residual:.2e}, error {error:.2e}")


def learned_primal_dual(device, batch=4):
    for n in (128, 256, 512):
        scan = device.scan("parallel", circular((1, n, n), (1, 3 * n // 2), 3 * n // 2))
        forward, adjoint = device.operator("projector", scan, polytome.ProjectorOptions(batch=batch))
        volume = np.random.default_rng(0).standard_normal((batch, 1, n, n), np.float32)
        data = np.zeros((batch, 3 * n // 2, 1, 3 * n // 2), np.float32)
        for name, call in ("forward", lambda: forward(data, volume)), ("adjoint", lambda: adjoint(volume, data)):
            call()
            report(f"Learned Primal-Dual, N = {n}, {name} x {batch}", timed(call))


def fdk(device, n=512):
    options = circular((n, n, n), (768, 768), 360, sod=2.0 * n, sdd=4.0 * n, range=2 * math.pi)
    options.detector.spacing[:] = (2, 2)
    reconstruct, _ = device.operator("fbp", device.scan("cone", options))
    data, volume = np.ones((360, 768, 768), np.float32), np.zeros((n, n, n), np.float32)
    reconstruct(volume, data)
    seconds = timed(lambda: reconstruct(volume, data))
    report(f"FDK, {n}^3, 360 views of 768^2", seconds, f"{n ** 3 * 360 / seconds[0] / 1e9:.2f} GUPS")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", help="where Polytome was built (build)")
    parser.add_argument("--device", default="host", help="Polytome's (host)")
    parser.add_argument("--only", choices=("sirt", "lpd", "fdk"))
    parser.add_argument("--iterations", type=int, default=200, help="of SIRT (200)")
    options = parser.parse_args()
    device = polytome.Device(polytome.Library(os.path.join(options.build, "libpolytome.so")), options.device, 0)
    for name, work in {"lpd": learned_primal_dual, "fdk": fdk, "sirt": lambda d: sirt(d, options.iterations)}.items():
        if options.only in (None, name):
            work(device)
            device.clear()


if __name__ == "__main__":
    main()
