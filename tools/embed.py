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


# Three digits each, so that none that follows is taken for a fourth; a question mark could begin a trigraph.
ESCAPES = [chr(b) if chr(b).isprintable() and b < 127 and chr(b) not in '"\\?' else f"\\{b:03o}" for b in range(256)]
ESCAPES[ord("\n")] = "\\n"


def literal(data: bytes) -> str:
    """The bytes as a string of C, which compilers read in a tenth of the time of a list of numbers."""
    return "".join(ESCAPES[byte] for byte in data).replace("\\n", '\\n"\n    "')


def array(symbol: str, data: bytes) -> str:
    return f'_Alignas(uint32_t) static const char {symbol}[] =\n    "{literal(data)}";\n'


def images(name: str, suffix: str, files: list[pathlib.Path]) -> tuple[str, str]:
    text, rows = "", []
    for path in files:
        match = re.fullmatch(rf"{name}(\.texture)?\.k(\d+)\.{suffix}", path.name)
        if not match:
            continue
        symbol = re.sub(r"\W", "_", path.name)
        data = path.read_bytes()
        text += array(symbol, data)
        rows.append(f"{{ {symbol}, {len(data) + (suffix == 'ptx')}, {1 if match[1] else 0}, {match[2]} }}")
    rows.append("{ NULL, 0, 0, 0 }")
    return text, f"static const ptm_kernel_image {name}_{suffix}[] = {{ {', '.join(rows)} }};\n"


def embed_text(output: str, symbol: str, file: str, depfile: str) -> None:
    path = pathlib.Path(file)
    text, parts = path.read_text(), []

    def part(mark: re.Match[str]) -> str:
        parts.append(path.parent / mark[1])
        return parts[-1].read_text()

    data = re.sub(r"^@(\w+\.\w+)@\n", part, text, flags=re.M).encode()
    pathlib.Path(output).write_text("/* Made by tools/embed.py. */\n"
        f"extern const char {symbol}[];\n"
        f'const char {symbol}[] =\n    "{literal(data)}";\n')
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
            text += array(f"{name}_cl", opencl.read_bytes())
        for suffix in ("spv", "ptx"):
            data, table = images(name, suffix, files)
            text += data + table
        sources += f'    {{ "{name}", {name}_codes, '
        sources += f"{name}_cl, " if opencl else "NULL, "
        sources += f"{name}_spv, {name}_ptx }},\n"
    text += f"\nconst ptm_kernel_source ptm_kernel_sources[] = {{\n{sources}    {{ NULL, NULL, NULL, NULL, NULL }} }};\n"
    pathlib.Path(output).write_text(text)


if __name__ == "__main__":
    main()
