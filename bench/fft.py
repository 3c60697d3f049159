#!/usr/bin/env python3
"""Times Fourier transforms of rows by Polytome, NumPy and SciPy on the same numbers, interleaved, in one process.

    python3 bench/fft.py --library build/libpolytome.so --device host opencl:0 --vendor opencl:0

What is not there is left out with the reason. What is timed, and how to read it: bench/README.md.
"""
import argparse
import os
import sys
import time

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import polytome

LENGTHS = [512, 729, 1000, 1024, 1449, 1536, 2048, 3000, 4096, 509, 1021, 4093]


def aligned(shape):
    """At the beginning of a page, so that devices that share the host's memory can use it as it is."""
    block = np.empty(int(np.prod(shape)) * 8 + 4096, np.uint8)
    return block[-block.ctypes.data % 4096:][:int(np.prod(shape)) * 8].view(np.complex64).reshape(shape)


def packages(options):
    """Triples of a name, make(shape) and clear(); make returns f(out, in), which returns the result if that is not in out."""
    yield f"NumPy {np.__version__}", lambda shape: lambda out, given: np.fft.fft(given), lambda: None
    try:
        import scipy
        from scipy import fft
        yield (f"SciPy {scipy.__version__}", lambda shape: lambda out, given: fft.fft(given, workers=options.threads),
               lambda: None)
    except ImportError as e:
        print(f"no SciPy: {e}", file=sys.stderr)
    library = polytome.Library(options.library)
    for names, vendor, what in (options.device, False, "own kernels"), (options.vendor, True, "the vendor's"):
        for name in names:
            try:
                device = polytome.Device(library, name, options.threads)
            except RuntimeError as e:
                print(f"no {name}: {e}", file=sys.stderr)
                continue
            yield f"{name}, {what}", lambda shape, device=device, vendor=vendor: device.fft(shape, vendor)[0], device.clear


def measure(n, options, makers):
    """Best seconds and error of each package; None where it does not take the length."""
    rows = max(1, options.points // n)
    given, out = aligned((rows, n)), aligned((rows, n))
    random = np.random.default_rng(1)
    given[:] = random.standard_normal((rows, n)) + 1j * random.standard_normal((rows, n))
    expected = np.fft.fft(given[:4].astype(np.complex128))
    calls, best, error = {}, {}, {}
    for name, make, _ in makers:
        best[name] = None
        try:
            calls[name] = make((rows, n))
            out[:] = 0
            result = calls[name](out, given)
            error[name] = np.linalg.norm((out if result is None else result)[:4] - expected) / np.linalg.norm(expected)
        except RuntimeError as e:
            calls.pop(name, None)
            print(f"{name}, {n}: left out: {e}", file=sys.stderr)
    end = time.perf_counter() + options.seconds
    while time.perf_counter() < end:
        for name, call in calls.items():
            start = time.perf_counter()
            call(out, given)
            taken = time.perf_counter() - start
            best[name] = min(taken, best[name] or taken)
    for _, _, clear in makers:
        clear()
    return rows, best, error


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", default="build/libpolytome.so")
    parser.add_argument("--device", nargs="*", default=["host"], help="devices for own kernels")
    parser.add_argument("--vendor", nargs="*", default=[], help="devices for the vendor's library")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of SciPy and the host device")
    parser.add_argument("--lengths", type=int, nargs="+", default=LENGTHS)
    parser.add_argument("--points", type=int, default=1 << 21, help="of all rows together")
    parser.add_argument("--seconds", type=float, default=4, help="for each length")
    options = parser.parse_args()
    makers = list(packages(options))
    print(f"{options.threads} threads; nominal GFLOP/s of the best call\n")
    print("| n | rows | " + " | ".join(name for name, _, _ in makers) + " |\n|" + "---|" * (len(makers) + 2))
    errors = {name: [] for name, _, _ in makers}
    for n in options.lengths:
        rows, best, error = measure(n, options, makers)
        work = 5e-9 * n * np.log2(n) * rows
        rates = [f"{work / best[name]:.2f}" if best[name] else "-" for name, _, _ in makers]
        print(f"| {n} | {rows} | " + " | ".join(rates) + " |", flush=True)
        for name in error:
            errors[name].append(error[name])
    print("| error | | " + " | ".join(f"{max(e):.1e}" if e else "-" for e in errors.values()) + " |")


if __name__ == "__main__":
    main()
