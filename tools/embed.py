#!/usr/bin/env python3
"""Write the C file that holds all kernels: the host's code by name, and texts and images for devices as data; or, with
--text, one that holds a text by the name of a symbol.

usage: embed.py OUTPUT VARIANTS NAME... -- FILE...
       embed.py --text OUTPUT SYMBOL FILE DEPFILE

A line @NAME@ of the text stands for the file of that name in its folder. VARIANTS is a comma-separated list of the symbols' suffixes. A file belongs to the kernel it is named after:
NAME.cl, NAME.kK.spv, NAME.texture.kK.spv and the same with .ptx.
"""
import pathlib
import re
import sys


def array(symbol: str, data: bytes) -> str:
    data += b"\0" * (-len(data) % 4)
    words = [f"0x{int.from_bytes(data[i:i + 4], 'little'):08x}" for i in range(0, len(data), 4)]
    rows = [", ".join(words[i:i + 10]) for i in range(0, len(words), 10)]
    return f"static const uint32_t {symbol}[] = {{\n    " + ",\n    ".join(rows) + " };\n"


def images(name: str, suffix: str, files: list[pathlib.Path]) -> tuple[str, str]:
    text, rows = "", []
    for path in files:
        match = re.fullmatch(rf"{name}(\.texture)?\.k(\d+)\.{suffix}", path.name)
        if not match:
            continue
        symbol = re.sub(r"\W", "_", path.name)
        data = path.read_bytes() + (b"\0" if suffix == "ptx" else b"")
        text += array(symbol, data)
        rows.append(f"{{ {symbol}, {len(data)}, {1 if match[1] else 0}, {match[2]} }}")
    rows.append("{ NULL, 0, 0, 0 }")
    return text, f"static const ptm_kernel_image {name}_{suffix}[] = {{ {', '.join(rows)} }};\n"


def embed_text(output: str, symbol: str, file: str, depfile: str) -> None:
    path = pathlib.Path(file)
    text, parts = path.read_text(), []

    def part(mark: re.Match[str]) -> str:
        parts.append(path.parent / mark[1])
        return parts[-1].read_text()

    data = re.sub(r"^@(\w+\.\w+)@\n", part, text, flags=re.M).encode() + b"\0"
    rows = [", ".join(str(byte) for byte in data[i:i + 24]) for i in range(0, len(data), 24)]
    pathlib.Path(output).write_text("/* Made by tools/embed.py. */\n"
        f"extern const unsigned char {symbol}[];\n"
        f"const unsigned char {symbol}[] = {{\n    " + ",\n    ".join(rows) + " };\n")
    pathlib.Path(depfile).write_text(f"{output}: {' '.join(map(str, parts))}\n")


def main() -> None:
    if sys.argv[1] == "--text":
        return embed_text(*sys.argv[2:])
    split = sys.argv.index("--")
    output, variants, *names = sys.argv[1:split]
    files = [pathlib.Path(f) for f in sys.argv[split + 1:]]
    text = '/* Made by tools/embed.py. */\n#include "kernel_description.h"\n\n'
    sources = ""
    for name in names:
        symbols = [f"ptm_kernel_{name}_{variant}" for variant in variants.split(",")]
        text += "".join(f"extern const ptm_kernel_code {s};\n" for s in symbols)
        text += f"static const ptm_kernel_code *const {name}_codes[] = {{ "
        text += "".join(f"&{s}, " for s in symbols) + "NULL };\n"
        opencl = next((f for f in files if f.name == f"{name}.cl"), None)
        if opencl:
            text += array(f"{name}_cl", opencl.read_bytes() + b"\0")
        for suffix in ("spv", "ptx"):
            data, table = images(name, suffix, files)
            text += data + table
        sources += f'    {{ "{name}", {name}_codes, '
        sources += f"(const char *){name}_cl, " if opencl else "NULL, "
        sources += f"{name}_spv, {name}_ptx }},\n"
    text += f"\nconst ptm_kernel_source ptm_kernel_sources[] = {{\n{sources}    {{ NULL, NULL, NULL, NULL, NULL }} }};\n"
    pathlib.Path(output).write_text(text)


if __name__ == "__main__":
    main()
