#!/usr/bin/env python3
"""Make one text of a kernel and the headers it includes, for compilers that read no files.

usage: flatten.py TARGET KERNEL OUTPUT DEPFILE INCLUDE_DIR...

TARGET is the name of a header under target/ without its suffix. Each header is taken once; comments and blank lines go.
DEPFILE tells the build which files were read.
"""
import pathlib
import re
import sys


def find(name: str, directories: list[pathlib.Path]) -> pathlib.Path:
    for directory in directories:
        if (directory / name).is_file():
            return directory / name
    sys.exit(f"flatten.py: {name} is in none of {', '.join(map(str, directories))}")


def flatten(path: pathlib.Path, directories: list[pathlib.Path], target: str, seen: set[pathlib.Path]) -> str:
    if path in seen:
        return ""
    seen.add(path)
    text = re.sub(r"/\*.*?\*/", " ", path.read_text(), flags=re.S)
    lines = []
    for line in text.splitlines():
        include = re.match(r'\s*#include\s+(?:"(.+)"|(PTM_TARGET_HEADER))', line)
        if include:
            name = include[1] or f"target/{target}.h"
            lines.append(flatten(find(name, directories), directories, target, seen))
        elif line.strip():
            lines.append(line.rstrip())
    return "\n".join(lines)


def main() -> None:
    target, kernel, output, depfile, *directories = sys.argv[1:]
    seen: set[pathlib.Path] = set()
    text = flatten(pathlib.Path(kernel), [pathlib.Path(d) for d in directories], target, seen)
    pathlib.Path(output).write_text(f"#define PTM_TARGET_{target.upper()}\n{text}\n")
    read = " ".join(str(p).replace(" ", "\\ ") for p in sorted(seen))
    pathlib.Path(depfile).write_text(f"{output}: {read}\n")


if __name__ == "__main__":
    main()
