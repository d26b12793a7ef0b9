#!/usr/bin/env python3
"""Check that each sentence that docs/how-to/troubleshooting.md quotes is still one of the program.

usage: check-troubleshooting.py

A heading in backticks is a quotation; "..." stands for what varies. Each part of it has to be in a string of the sources.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/how-to/troubleshooting.md"


def sources():
    """Returns the strings of the program, those that are joined by "+" as one."""
    texts = []
    for folder in "Sources", "Plugins":
        for path in sorted((ROOT / folder).rglob("*.swift")):
            lines = path.read_text(encoding="utf-8").splitlines()
            text = "\n".join(line for line in lines if not line.lstrip().startswith("//"))
            # The line of a multi-line string that goes on, and strings over several lines.
            text = re.sub(r"\\\n\s*", "", text)
            texts.append(re.sub(r'"\s*\n\s*\+ "', "", text).replace('\\"', '"'))
    return "\n".join(texts)


def main():
    """Checks all headings."""
    program = sources()
    quotations = re.findall(r"^### `(.*)`$", PAGE.read_text(encoding="utf-8"), re.M)
    faults = []
    for quotation in quotations:
        parts = [part.replace('\\"', '"') for part in quotation.split("...")]
        # What is shorter could be anywhere.
        telling = [part for part in parts if len(part.strip()) > 3]
        if not telling or max(map(len, telling)) < 10:
            faults.append(f"{quotation!r} has no part of ten characters")
        faults += [f"{part!r} of {quotation!r} is in no source" for part in telling if part not in program]
    for fault in faults:
        print(f"check-troubleshooting: {fault}", file=sys.stderr)
    print(f"check-troubleshooting: {len(quotations)} sentences, {len(faults)} faults.")
    sys.exit(bool(faults) or not quotations)


if __name__ == "__main__":
    main()
