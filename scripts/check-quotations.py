#!/usr/bin/env python3
"""Check that what documents quote from the program is still in its sources.

usage: check-quotations.py

- A heading in backticks of docs/how-to/troubleshooting.md is a quotation; "..." stands for what varies. Each part of it has
  to be in a string of the sources.
- docs/reference/events.md has exactly the tags of EventTag.
- Every variable of docs/reference/environment-variables.md with a name of ClusterRunner is in the sources.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/how-to/troubleshooting.md"
TAGS = "Sources/ClusterRunnerDomain/Records/EventTag.swift"


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


def sentence_faults(program):
    """Returns the faults of the quoted sentences, and their number."""
    quotations = re.findall(r"^### `(.*)`$", PAGE.read_text(encoding="utf-8"), re.M)
    faults = []
    for quotation in quotations:
        # What is shorter could be anywhere.
        telling = [part for part in quotation.split("...") if len(part.strip()) > 3]
        if not telling or max(map(len, telling)) < 10:
            faults.append(f"{quotation!r} has no part of ten characters")
        faults += [f"{part!r} of {quotation!r} is in no source" for part in telling if part not in program]
    return faults, len(quotations)


def tag_faults():
    """Returns the tags of events that the page or the program lacks."""
    page = (ROOT / "docs/reference/events.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", page)) - {"BUILD_PROGRESS", "BUILD_ACCEPTED", "BUILD_RESULT"}
    known = set(re.findall(r'= "([A-Z_]+)"', (ROOT / TAGS).read_text(encoding="utf-8")))
    return [f"the tag {tag} is in one of docs/reference/events.md and {TAGS} only" for tag in sorted(shown ^ known)]


def variable_faults(program):
    """Returns the variables of the page that the program does not know."""
    page = (ROOT / "docs/reference/environment-variables.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(CLUSTERRUNNER_[A-Z_]+[A-Z]|[A-Z_]+_INDEX|[A-Z]+_DIR)`", page))
    # Their names are made of those of keys.
    settings = re.compile("CLUSTERRUNNER_(SECRET|BASE_DIRECTORY|((MASTER|SLAVE|NOTIFY)_)?(KEY|PORT))$")
    unknown = [name for name in sorted(named) if name not in program and not settings.match(name)]
    return [f"the variable {name} is in no source" for name in unknown]


def main():
    """Checks all pages."""
    program = sources()
    faults, count = sentence_faults(program)
    faults += tag_faults() + variable_faults(program)
    for fault in faults:
        print(f"check-quotations: {fault}", file=sys.stderr)
    print(f"check-quotations: {count} sentences, the tags of events and variables; {len(faults)} faults.")
    sys.exit(bool(faults) or not count)


if __name__ == "__main__":
    main()
