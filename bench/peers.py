#!/usr/bin/env python3
"""Times Polytome and other CT packages on the same work, interleaved, in one process on one machine.

    python3 bench/peers.py --work W1 W4 --json times.json
    python3 bench/peers.py --report times.json > rows.md

A package that is not installed is left out with the reason. What is timed, and how to read it: bench/README.md.
"""
import argparse
import datetime
import json
import os
import subprocess
import sys
import time

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from packages import PACKAGES, Work, axis, blobs, find, line_integrals

# What Polytome is measured by: floor and goal of the ratio to the fastest of these packages and operations.
FLAT_FORWARD = [(p, "forward") for p in ("astra-line", "astra-linear", "silx", "gratopy")]
FLAT_BACK = [("silx", "backproject"), ("gratopy", "adjoint"), ("astra-line", "adjoint"), ("astra-linear", "adjoint")]
TARGETS = {
    ("W1", "forward"): (6, 10, FLAT_FORWARD),
    ("W1", "backproject"): (2, 3, FLAT_BACK), ("W1", "adjoint"): (1.2, 2, FLAT_BACK),
    ("W2", "forward"): (6, 10, [("astra-line", "forward")]), ("W2", "adjoint"): (3, 5, [("gratopy", "adjoint")]),
    ("W3", "fbp"): (2, 4, [("silx", "fbp")]), ("W3L", "fbp"): (2, 4, [("silx", "fbp")]),
    ("W4", "forward"): (6, 12, [("rtk", "forward")]), ("W4", "backproject"): (7, 12, [("rtk", "backproject")]),
    ("W4", "adjoint"): (10, 15, [("rtk", "adjoint")]), ("W4", "fbp"): (6, 10, [("rtk", "fbp")]),
    ("W5", "forward"): (8, 15, [("rtk", "forward")]), ("W5", "adjoint"): (8, 15, [("rtk", "adjoint")])}
SLICES = (0.5, 0.25)  # time per slice of W7 by W1's
OPENCL = (1.3, 1.3)   # pocl by the host


def find_works(options):
    command = [os.path.join(options.build, "cli", "polytome"), "bench", "--list", "--json", "--size", options.size]
    works = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["works"]
    return {entry["name"]: Work(entry) for entry in works if not entry["tilt"]}


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
    """|<Ax, Ax> - <x, B Ax> / s| / <Ax, Ax> for white x; s: scale of B to the transpose, found from positive x and y."""
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


class Turn:
    """One package's calls."""

    def __init__(self, row, run):
        self.row, self.run, self.times, self.busy = row, run, [], []

    def take(self):
        start, start_busy = time.perf_counter(), time.process_time()
        self.run()
        self.times.append(time.perf_counter() - start)
        self.busy.append(time.process_time() - start_busy)

    def finish(self, w):
        best = min(self.times)
        self.row.update(best_s=best, median_s=float(np.median(self.times)), cpu_s=min(self.busy), n=len(self.times),
                        gups=w.updates / best / 1e9)


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
        turns.append(Turn(row, run))
    for k in range(max(3, options.repeat)):
        for turn in turns:
            if k < 3 or sum(turn.times) < options.seconds:
                turn.take()
    for turn in turns:
        turn.finish(w)
    return rows


# ---- results

def machine():
    lines = [line.split(":", 1) for line in open("/proc/cpuinfo") if ":" in line]
    fields = {key.strip(): value.strip() for key, value in lines}
    flags, sets = fields.get("flags", "").split(), {"avx512f": "AVX-512", "avx2": "AVX2", "sse4_2": "SSE4.2"}
    return dict(cpu=fields.get("model name", "?"), instructions=next((sets[f] for f in sets if f in flags), "?"),
                cores=len(os.sched_getaffinity(0)), date=datetime.date.today().isoformat())


def text(row, key, form):
    return format(row[key], form) if key in row else ""


def show(rows):
    ours = next((r["best_s"] for r in rows if r["package"] == "polytome" and "best_s" in r), float("nan"))
    for r in rows:
        if "best_s" in r:
            print(f"{r['work']:4} {r['operation']:11} {r['package']:15} {r['threads']:2} threads  best {r['best_s']:9.4f} s"
                  f"  median {r['median_s']:9.4f} s  cpu {r['cpu_s']:9.4f} s  n {r['n']:3}  {r['gups']:7.3f} GUPS"
                  f"  {r['best_s'] / ours:7.2f} x  error {text(r, 'error', '.1e'):7}  mismatch {text(r, 'mismatch', '.1e')}",
                  flush=True)


def print_table(head, lines):
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for line in lines:
        print("| " + " | ".join(line) + " |")
    print()


def reached(value, floor, goal):
    """Whether a value that should be large, or small where the floor is above the goal, is."""
    sign = 1 if goal > floor else -1
    return "goal" if sign * value >= sign * goal else "floor" if sign * value >= sign * floor else "**missed**"


def compared(value, limits, digits):
    return [f"**{value:.{digits}f}**", str(limits[0]), str(limits[1]), reached(value, *limits)]


def print_targets(timed):
    lines = []
    for (work, operation), (floor, goal, peers) in TARGETS.items():
        ours = timed.get((work, operation, "polytome"))
        others = [timed[(work, o, p)] for p, o in peers if (work, o, p) in timed]
        if ours and others:
            best = min(others, key=lambda r: r["best_s"])
            lines.append([work, operation, f"{ours['best_s']:.4f}", f"{ours['gups']:.2f}", best["package"],
                          f"{best['best_s']:.4f}"] + compared(best["best_s"] / ours["best_s"], (floor, goal), 1))
    print_table(["", "operation", "Polytome, s", "GUPS", "fastest other", "s", "ratio", "floor", "goal", "reached"], lines)


def print_slices(timed):
    lines = []
    for operation in ("forward", "adjoint", "backproject"):
        one, many = timed.get(("W1", operation, "polytome")), timed.get(("W7", operation, "polytome"))
        if one and many:
            time_each = many["best_s"] / 16
            lines.append([operation, f"{time_each:.4f}", f"{one['best_s']:.4f}"]
                         + compared(time_each / one["best_s"], SLICES, 2))
    print_table(["", "W7, s a slice", "W1, s", "ratio", "floor", "goal", "reached"], lines)


def print_opencl(timed):
    lines = []
    for (work, operation, package), row in timed.items():
        host = timed.get((work, operation, "polytome"))
        if package == "polytome-opencl" and host:
            lines.append([work, operation, f"{row['best_s']:.4f}", f"{host['best_s']:.4f}"]
                         + compared(row["best_s"] / host["best_s"], OPENCL, 2))
    print_table(["", "operation", "pocl, s", "host, s", "ratio", "floor", "goal", "reached"], lines)


def print_all(timed):
    lines = []
    for (work, operation, package), r in timed.items():
        ours = timed.get((work, operation, "polytome"))
        lines.append([work, operation, package, str(r["threads"]), f"{r['best_s']:.4f}", f"{r['median_s']:.4f}",
                      text(r, "cpu_s", ".4f"), str(r["n"]), f"{r['gups']:.3f}",
                      f"{r['best_s'] / ours['best_s']:.2f}" if ours else "", text(r, "error", ".1e"), text(r, "mismatch", ".1e")])
    print_table(["", "operation", "package", "threads", "best, s", "median, s", "CPU, s", "n", "GUPS", "by Polytome's",
                 "error", "mismatch"], lines)


def report(files):
    """Several runs as Markdown: how Polytome stands, then everything."""
    runs = [json.load(open(f)) for f in files]
    timed = {(r["work"], r["operation"], r["package"]): r for run in runs for r in run["rows"] if "best_s" in r}
    m, used = runs[0]["machine"], {(r["package"], r["version"], r["threads"]) for r in timed.values()}
    packages = ", ".join(f"{name} {v} ({n} thread{'s' if n > 1 else ''})" for name, v, n in sorted(used))
    print(f"{m['date']}, {m['cpu']} ({m['instructions']}), {m['cores']} cores. {packages}.\n")
    for part in (print_targets, print_slices, print_opencl, print_all):
        part(timed)


def main():
    cores = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", help="where Polytome was built (build)")
    parser.add_argument("--device", default="host", help="Polytome's (host)")
    parser.add_argument("--threads", type=int, default=cores, help="of Polytome's host device and RTK (one for each core)")
    parser.add_argument("--size", choices=["small", "full"], default="full")
    parser.add_argument("--work", nargs="+", default=["W1", "W2", "W3", "W4", "W5", "W7"], help="of polytome bench --list")
    parser.add_argument("--operation", nargs="+", default=["forward", "adjoint", "backproject", "fbp"])
    parser.add_argument("--package", nargs="+", default=list(PACKAGES), choices=list(PACKAGES))
    parser.add_argument("--repeat", type=int, default=15, help="most calls timed, after one that is not (15)")
    parser.add_argument("--seconds", type=float, default=10, help="no more calls of a package after so long (10)")
    parser.add_argument("--mismatch", action="store_true", help="also how far back-projections are from the transpose")
    parser.add_argument("--json", metavar="FILE", help="write the results")
    parser.add_argument("--report", metavar="FILE", nargs="+", help="time nothing: print such files as Markdown")
    options = parser.parse_args()
    if options.report:
        return report(options.report)
    works, packages, rows = find_works(options), find(options), []
    for w in (works[name] for name in options.work):
        for operation in (o for o in w.operations if o in options.operation):
            found = measure(packages, w, operation, options)
            show(found)
            rows += found
            if options.json:
                with open(options.json, "w") as f:
                    json.dump(dict(machine=machine(), rows=rows), f, indent=1)


if __name__ == "__main__":
    main()
