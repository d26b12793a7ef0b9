#!/usr/bin/env python3
"""Compare the public declarations of the products with docs/reference/public-api.txt.

usage: scripts/public-api.py [--renew] [BUILD]

BUILD is the folder of a debug build with all modules, by default .build/debug. Fails when a public declaration was
added, removed or changed, and when one has no documentation. With --renew the file is written anew, if the section
[Unreleased] of CHANGELOG.md has changed since it was last written: whoever uses the products reads there what is new.
"""
import difflib
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile

MODULES = [
    "ArchiveProjectType", "ClusterRunner", "ClusterRunnerPlugin", "ClusterRunnerTesting", "DirectoryProjectType",
    "GitProjectType",
]
FILE = pathlib.Path("docs/reference/public-api.txt")
CHANGELOG = pathlib.Path("CHANGELOG.md")
# What conformances to protocols of the standard library need; their own documentation says it all.
COMMON = re.compile(
    r"\.(==|<|\.\.\.|\.\.<|!=)\(|\.hash\(into:\)$|\.encode\(to:\)$|\.init\(from:\)$|\.description$|\.errorDescription$"
    r"|\.init\((stringLiteral|rawValue|integerLiteral|floatLiteral|booleanLiteral|nilLiteral|arrayLiteral"
    r"|dictionaryLiteral):\)$"
)


def symbols(module, build, folder):
    """Returns the public symbols of a module, from what the compiler wrote."""
    # The C modules; the Swift ones have maps only for Objective-C, and twice.
    places = [*build.glob("C*.build"), pathlib.Path(".build/checkouts"), pathlib.Path("Sources")]
    maps = {str(path.parent) for place in places for path in place.rglob("module.modulemap")}
    includes = [word for path in sorted(maps) for word in ("-I", path)]
    command = ["swift", "symbolgraph-extract", "-module-name", module, "-minimum-access-level", "public"]
    command += ["-I", str(build / "Modules"), *includes, "-output-dir", folder, "-target", "x86_64-unknown-linux-gnu"]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    graph = pathlib.Path(folder) / f"{module}.symbols.json"
    if run.returncode != 0 or not graph.exists():
        sys.exit(f"public-api: {module} cannot be read in {build}; build it first.\n{run.stdout[-2000:]}")
    graphs = [graph, *sorted(pathlib.Path(folder).glob(f"{module}@*.symbols.json"))]
    return [symbol for graph in graphs for symbol in json.loads(graph.read_text())["symbols"]]


def line_of(module, symbol):
    declaration = "".join(fragment["spelling"] for fragment in symbol["declarationFragments"])
    return f"{module}: {'.'.join(symbol['pathComponents'])}: {' '.join(declaration.split())}"


def read_api(build):
    """Returns the lines of all public declarations, and the names of those without documentation."""
    lines, undocumented = set(), set()
    with tempfile.TemporaryDirectory() as folder:
        for module in MODULES:
            for symbol in symbols(module, build, folder):
                if "::SYNTHESIZED::" in symbol["identifier"]["precise"]:
                    continue
                name = ".".join(symbol["pathComponents"])
                lines.add(line_of(module, symbol))
                if "docComment" not in symbol and not COMMON.search("." + name):
                    undocumented.add(f"{module}: {name}")
    return sorted(lines), sorted(undocumented)


def unreleased():
    """Returns the hash of what the next release changes."""
    text = CHANGELOG.read_text(encoding="utf-8")
    section = re.search(r"^## \[Unreleased\]$(.*?)(?=^## \[|\Z)", text, re.MULTILINE | re.DOTALL)
    if not section:
        sys.exit(f"public-api: {CHANGELOG} has no section [Unreleased].")
    return hashlib.sha256(section[1].encode()).hexdigest()[:16]


def main():
    words = sys.argv[1:]
    renews = "--renew" in words
    rest = [word for word in words if word != "--renew"]
    if len(rest) > 1 or any(word.startswith("-") for word in rest):
        sys.exit(__doc__)
    lines, undocumented = read_api(pathlib.Path(rest[0] if rest else ".build/debug"))
    old = FILE.read_text(encoding="utf-8").splitlines() if FILE.exists() else [""]
    if renews and old[1:] != lines:
        if old[0] == f"# CHANGELOG.md {unreleased()}":
            sys.exit(f"public-api: say in {CHANGELOG}, under [Unreleased], what changes for those who use the products.")
        FILE.write_text("\n".join([f"# CHANGELOG.md {unreleased()}", *lines]) + "\n", encoding="utf-8")
        old[1:] = lines
    difference = list(difflib.unified_diff(old[1:], lines, str(FILE), "the build", lineterm="", n=0))
    if difference:
        print("\n".join(difference))
        print(f"public-api: the public declarations differ from {FILE}. If that is meant, say it in {CHANGELOG} and run:")
        print("    scripts/public-api.py --renew")
    for name in undocumented:
        print(f"public-api: {name} has no documentation.")
    print(f"public-api: {len(lines)} public declarations in {len(MODULES)} modules.")
    sys.exit(bool(difference or undocumented))


if __name__ == "__main__":
    main()
