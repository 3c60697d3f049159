#!/usr/bin/env python3
"""Make docs/gallery: run every command of README.md, measure what it gives, write the pictures, and the tables between the
marks of README.md.

    python3 docs/gallery/make.py [--build build]     everything, some 15 minutes of processor time
    python3 docs/gallery/make.py --check             only the quick commands; compare with the page, write nothing
"""
from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import pathlib
import resource
import shlex
import struct
import subprocess
import sys
import tempfile
import zlib
from typing import NamedTuple

import numpy as np

from measure import Box, Image, Line, Places, Ruler

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGE = HERE / "README.md"


# ---------------------------------------------------------------- what is compared

class Scan(NamedTuple):
    before: str                           # a command that makes what the others read
    command: str
    corrected: str                        # what all but plain FBP have
    views: int
    window: tuple[float, float]           # values shown black and white
    detail: Box                           # what is enlarged
    places: Places                        # where things are measured


class Shot(NamedTuple):
    """One reconstruction of the page."""
    name: str
    title: str
    options: str


class Part(NamedTuple):
    """A comparison: what is between two marks of the page."""
    scan: str
    name: str
    shots: list[Shot]
    step: int = 1                         # every how manieth view there is
    whole: bool = True                    # pictures of whole slices, not details only


class Method(NamedTuple):
    """A method, with {} for the number that is searched, and the numbers that are tried for each scan."""
    name: str
    title: str
    options: str
    numbers: dict[str, tuple[float, ...]]


SCANS = {
    "tooth": Scan(
        before="",
        command="polytome reconstruct examples/data/tooth.h5 --pixel 1 --slice 0 --size 312",
        corrected="--centre 296 --rings sorting", views=181, window=(-0.001, 0.0095), detail=np.s_[98:176, 128:206],
        places=Places(
            first=np.s_[91:121, 93:123], second=np.s_[150:180, 198:228], air=(180, 215),
            flat=((0.0040, 0.0055), (0.0070, 0.0085)),
            edge=Line("edge", (81, 60), (136, 59), "edge"), fine=Line("crack", (113, 167), (130, 199), "dark"))),
    "walnut": Scan(
        before="polytome info examples/data/walnut_sinogram.png --transpose --fan --sod 110 --sdd 300 --pixel 0.35 "
               "--offset -0.27 --flip-u --clockwise --start-deg -90 --size 280 --write-geometry walnut.json",
        command="polytome reconstruct examples/data/walnut_sinogram.png --transpose --geometry walnut.json",
        corrected="--air 15:15", views=120, window=(-600, 3800), detail=np.s_[86:156, 96:166],
        places=Places(
            first=np.s_[161:185, 74:98], second=np.s_[131:155, 45:69], air=(144, 158),
            flat=((1700, 2400),),
            edge=Line("edge", (84, 67.7), (110, 67.7), "edge"), fine=Line("membrane", (116, 48), (127.5, 85), "bright"))),
}

CUTOFFS = {scan: (1, 0.8, 0.6, 0.4, 0.3, 0.2) for scan in SCANS}
ITERATIONS = {scan: (5, 7, 10, 15, 20, 30, 40, 80, 160) for scan in SCANS}
STRENGTHS = {"tooth": (0.025, 0.05, 0.1, 0.2, 0.4), "walnut": (6.25, 12.5, 25, 50, 100, 200)}
HUBER = {"tooth": "0.0001", "walnut": "100"}
METHODS = (
    Method("fbp", "FBP, Hann", "--filter hann --cutoff {:g}", CUTOFFS),
    Method("cgls", "CGLS", "--method cgls --iterations {:g}", ITERATIONS),
    Method("sirt", "SIRT", "--method sirt --subsets 10 --min 0 --iterations {:g}", ITERATIONS),
    Method("tv", "TV", "--method fista --regularizer tv --min 0 --iterations 100 --strength {:g}", STRENGTHS),
    Method("huber", "Huber", "--method pdhg --regularizer huber --huber {huber} --min 0 --iterations 300 --strength {:g}",
           STRENGTHS),
    Method("tgv", "TGV", "--method pdhg --regularizer tgv --min 0 --iterations 300 --strength {:g}", STRENGTHS),
    Method("wavelet", "wavelets", "--method fista --regularizer wavelet --wavelet sym4 --spin --iterations 100 "
           "--strength {:g}", {"tooth": (0.025, 0.05, 0.1, 0.2, 0.4), "walnut": (100, 200, 400, 800, 1600)}),
)

CORRECTIONS = (
    Part("tooth", "tooth-corrections", [
        Shot("tooth_middle", "axis in the middle", "--centre 319.5"),
        Shot("tooth_found", "axis found", "--centre auto"),
        Shot("tooth_sorting", "rings: sorting", "--centre 296 --rings sorting"),
        Shot("tooth_wavelet", "rings: wavelet", "--centre 296 --rings wavelet:1"),
        Shot("tooth_zingers", "sorting, zingers", "--centre 296 --rings sorting --zingers 0.1"),
        Shot("tooth_phase", "sorting, phase", "--centre 296 --rings sorting --paganin 0.3")]),
    Part("walnut", "walnut-corrections", [
        Shot("walnut_middle", "axis in the middle", "--offset 0"),
        Shot("walnut_offset", "offset known", ""),
        Shot("walnut_air", "air", "--air 15:15"),
        Shot("walnut_rings", "air, rings", "--air 15:15 --rings filtering")]),
)
COMPARED = (("tooth", "all", 1), ("tooth", "31", 6), ("walnut", "all", 1), ("walnut", "60", 2), ("walnut", "30", 4))


def views_of(scan: str, step: int, first: int = 0) -> str:
    return f"--views {first}:{SCANS[scan].views}:{step}" if step > 1 else ""


def comparison(scan: str, end: str, step: int, chosen: dict[str, str]) -> Part:
    """All methods, each with what was chosen for it."""
    start = f"{SCANS[scan].corrected} {views_of(scan, step)}".strip()
    shots = [Shot(f"{scan}_ramlak_{end}", "FBP", start)]
    shots += [Shot(f"{scan}_{m.name}_{end}", m.title, f"{start} {chosen[m.name]}") for m in METHODS]
    return Part(scan, f"{scan}-{end}", shots, step, whole=step > 1)


# ---------------------------------------------------------------- running

def processor_time() -> float:
    """Of all programs that were run, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Program:
    """Runs commands as they stand on the page, in a folder of its own, and keeps what they gave."""

    def __init__(self, build: pathlib.Path, folder: pathlib.Path) -> None:
        self.path, self.folder = build / "cli/polytome", folder
        if not (folder / "examples").exists():
            (folder / "examples").symlink_to(ROOT / "examples")
        for scan in SCANS.values():
            if scan.before:
                self.told(f"{scan.before} --overwrite")

    def told(self, command: str) -> dict:
        """What --json tells, and how long the processor worked."""
        before = processor_time()
        done = subprocess.run([self.path, *shlex.split(command)[1:], "--json", "--quiet"], cwd=self.folder, text=True,
                              capture_output=True, env={**os.environ, "POLYTOME_DEVICE": "host"})
        if done.returncode:
            sys.exit(f"{command}: {done.stderr.strip()}")
        return {**json.loads(done.stdout), "processor": processor_time() - before}

    def run(self, command: str) -> tuple[Image, float]:
        """The image, and for how many seconds the processor worked; from the folder, if it is there already."""
        output = self.folder / command.split()[-1]
        notes = output.with_suffix(".json")
        if not notes.exists() or json.loads(notes.read_text())["asked"] != command:
            notes.write_text(json.dumps({"asked": command, **self.told(f"{command} --overwrite")}))
        return np.load(output).squeeze().astype(float), json.loads(notes.read_text())["processor"]


def command_of(scan: str, shot: Shot) -> str:
    return " ".join(f"{SCANS[scan].command} {shot.options} --output {shot.name}.npy".split())


# ---------------------------------------------------------------- pictures

def png(path: pathlib.Path, grey: Image) -> None:
    """8 bits of grey, each less the one on its left."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    less = np.diff(grey.astype(np.int16), axis=1, prepend=0).astype(np.uint8)
    rows = b"".join(b"\1" + bytes(line) for line in less)
    head = struct.pack(">IIBBBBB", grey.shape[1], grey.shape[0], 8, 0, 0, 0, 0)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


def picture(path: pathlib.Path, scan: Scan, a: Image, whole: bool) -> None:
    """The slice, and below it the detail, enlarged to the same width without smoothing."""
    low, high = scan.window
    grey = np.clip((a - low) / (high - low) * 255 + 0.5, 0, 255).astype(np.uint8)
    large = grey[scan.detail].repeat(4, 0).repeat(4, 1)[:, :a.shape[1]]
    png(path, np.vstack([grey, np.full((4, a.shape[1]), 255, np.uint8), large]) if whole else large)


# ---------------------------------------------------------------- the page

def row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def show(title: str, value: float) -> str:
    """Three figures; of times, which differ from run to run, two."""
    if math.isnan(value):
        return "none"
    figures = 2 if title == "CPU, s" else 3
    return f"{value:.{max(0, figures - 1 - math.floor(math.log10(abs(value))))}f}" if value else "0"


def gallery(shots: list[Shot]) -> list[str]:
    """Four pictures in a row, or three, with their titles."""
    lines, across = [], 3 if len(shots) % 4 else 4
    for i in range(0, len(shots), across):
        some = shots[i:i + across]
        lines += [row([shot.title for shot in some]), "|---" * len(some) + "|",
                  row([f"![{shot.title}]({shot.name}.png)" for shot in some]), ""]
    return lines


class Maker:
    def __init__(self, program: Program) -> None:
        self.program, self.rulers = program, {}
        for name, scan in SCANS.items():
            image, _ = program.run(command_of(name, Shot(f"{name}_reference", "", f"{scan.corrected} --filter hann")))
            self.rulers[name] = (Ruler(scan.places, image), image)

    def numbers(self, part: Part, shot: Shot) -> dict[str, float]:
        image, seconds = self.program.run(command_of(part.scan, shot))
        ruler, reference = self.rulers[part.scan]
        found = ruler.measure(image)
        if part.step > 1:
            found["from all views, %"] = ruler.difference(image, reference)
            found["views between, %"] = self.left(part.scan, part.step, shot)
        return {**found, "CPU, s": seconds}

    def left(self, scan: str, step: int, shot: Shot) -> float:
        """How much of the data at the views in the middle between those of the shot its image does not explain, root mean
        square, in percent: the residual of iterations that begin with it and move nothing."""
        given = f"{SCANS[scan].command} {SCANS[scan].corrected} {views_of(scan, step, step // 2)} --initial {shot.name}.npy"
        idle = "--method landweber --iterations 1 --relaxation 1e-9 --overwrite --output unused.npy"
        return 100 * self.program.told(f"{given} {idle}")["residual"]

    def text(self, part: Part) -> str:
        """Pictures, numbers and commands."""
        found = [self.numbers(part, shot) for shot in part.shots]
        lines = gallery(part.shots) + [row(["", *found[0]]), "|---" * (len(found[0]) + 1) + "|"]
        for shot, numbers in zip(part.shots, found):
            lines.append(row([shot.title, *(show(*number) for number in numbers.items())]))
        commands = [SCANS[part.scan].before] if part in CORRECTIONS and SCANS[part.scan].before else []
        commands += [command_of(part.scan, shot) for shot in part.shots]
        return "\n".join(lines + [""] + [f"    {command}" for command in commands])

    def draw(self, part: Part) -> None:
        for shot in part.shots:
            image, _ = self.program.run(command_of(part.scan, shot))
            picture(HERE / f"{shot.name}.png", SCANS[part.scan], image, part.whole)

    def search(self, scan: str, step: int) -> tuple[dict[str, str], list[str]]:
        """For each method the number whose image explains views best that it was not given: those in the middle between
        the ones it was given. And a column of the page: heading, and what was found."""
        chosen, cells = {}, [f"{scan}, {len(range(0, SCANS[scan].views, step))} views"]
        given = f"{SCANS[scan].corrected} {views_of(scan, step)}"
        for method in METHODS:
            tried = []
            for value in method.numbers[scan]:
                options = method.options.format(value, huber=HUBER[scan])
                shot = Shot(f"{scan}_{step}_{method.name}_{value:g}", "", f"{given} {options}")
                self.program.run(command_of(scan, shot))
                left = self.left(scan, step, shot)
                tried.append((left, value, options))
            best = min(tried)
            chosen[method.name] = best[2]
            cells.append(", ".join(f"**{value:g}: {left:.2f}**" if value == best[1] else f"{value:g}: {left:.2f}"
                                   for left, value, _ in tried))
        return chosen, cells

    def make(self) -> None:
        """All; what is found for half of the views serves for all of them, too."""
        page = PAGE.read_text()
        halved = dict.fromkeys((scan, max(2, step)) for scan, _, step in COMPARED)
        found = {(scan, step): self.search(scan, step) for scan, step in halved}
        compared = (comparison(scan, end, step, found[scan, max(2, step)][0]) for scan, end, step in COMPARED)
        for part in (*CORRECTIONS, *compared):
            print(part.name, flush=True)
            self.draw(part)
            page = put(page, part.name, self.text(part))
        columns = zip(["", *(method.title for method in METHODS)], *(cells for _, cells in found.values()))
        head, *rows = [row(list(cells)) for cells in columns]
        PAGE.write_text(put(page, "search", "\n".join([head, "|---" * (len(found) + 1) + "|", *rows])))

    def check(self) -> None:
        """What takes no time is on the page as it comes out now."""
        page, differ = PAGE.read_text(), 0
        for part in CORRECTIONS:
            for now, then in itertools.zip_longest(self.text(part).split("\n"), section(page, part.name).split("\n")):
                if now is None or then is None or not same(now, then):
                    print(f"{part.name}: {now}\n    the page: {then}")
                    differ += 1
        sys.exit(f"{differ} lines differ" if differ else 0)


def section(page: str, name: str) -> str:
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    return page[page.index(begin) + len(begin):page.index(end)].strip("\n")


def put(page: str, name: str, text: str) -> str:
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    if begin not in page or end not in page:
        sys.exit(f"{PAGE}: no marks {begin.strip()} and {end}")
    return page[:page.index(begin) + len(begin)] + "\n" + text + "\n\n" + page[page.index(end):]


def same(a: str, b: str) -> bool:
    """Lines of the page, or rows of numbers that differ by 2 in 100 at most, and in how long it took."""
    cells = [line.strip("| ").split(" | ") for line in (a, b)]
    try:
        numbers = [[float(cell.replace("none", "nan")) for cell in row[1:]] for row in cells]
        return cells[0][0] == cells[1][0] and np.allclose(numbers[0][:-1], numbers[1][:-1], 0.02, 0.02, True)
    except ValueError:
        return a == b


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", help="where it was built")
    parser.add_argument("--check", action="store_true", help="compare the quick commands with the page, write nothing")
    parser.add_argument("--keep", metavar="FOLDER", help="keep what commands give there, and do not run the same again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(options.keep or temporary).resolve()
        folder.mkdir(exist_ok=True)
        maker = Maker(Program((ROOT / options.build).resolve(), folder))
        maker.check() if options.check else maker.make()


if __name__ == "__main__":
    main()
