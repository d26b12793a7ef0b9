#!/usr/bin/env python3
"""Check that every command of the documentation is run by a test or marked as an illustration, and every link leads on.

usage: check-docs.py [--list]
       check-docs.py --run CLUSTERRUNNER [PAGE...]

Without --run nothing is executed. Each block of shell commands in README.md and docs/ is either

- in one of PAGES, whose blocks scripts/run-page.py runs in order,
- between the marks of a session, which scripts/readme-session.py makes,
- of nothing but targets of the Makefile, which has to have them,
- or behind a line "*Illustration: REASON*".

--list prints all of them. --run runs the pages, those whose programs the machine lacks excepted: each of them is named.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import time

import doc_pages

ROOT = pathlib.Path(__file__).resolve().parent.parent
# The pages that are run, with the programs that they need beside those of every Debian.
PAGES = {
    "docs/tutorials/first-build.md": [],
    "docs/tutorials/first-project-type.md": [],
    "docs/tutorials/three-machines.md": [],
    "docs/how-to/read-test-reports.md": ["pytest"],
    "docs/how-to/start-a-build-with-curl.md": ["curl", "openssl"],
    "docs/how-to/back-up-and-move-a-master.md": [],
    "docs/how-to/rotate-the-secret.md": ["openssl"],
    "docs/how-to/put-nginx-in-front.md": ["nginx", "openssl"],
    "docs/reference/exit-codes.md": [],
    "docs/reference/environment-variables.md": [],
    "docs/how-to/runners/python.md": ["pytest"],
    "docs/how-to/runners/javascript.md": ["node"],
    "docs/how-to/runners/go.md": ["go"],
    "docs/how-to/runners/php.md": ["phpunit"],
    "docs/how-to/runners/ruby.md": ["rspec"],
    "docs/how-to/runners/ctest.md": ["cmake"],
    "docs/how-to/runners/swift.md": ["swift"],
    "docs/how-to/runners/scripts.md": ["bats"],
}
# Made by a script, which has its own examples.
GENERATED = {"docs/reference/rest-api.md"}
LINKED = ["*.md", "docs/**/*.md", "examples/**/*.md", "Benchmarks/*.md", ".github/**/*.md"]
SESSION = re.compile(r"<!-- session: scripts/([\w.-]+) -->\n(.*?)<!-- end of session -->", re.S)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def pages():
    """Returns the paths of the pages whose blocks are listed."""
    found = ["README.md", *(str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("docs/**/*.md")))]
    return [path for path in found if path not in GENERATED]


def targets(block):
    """Returns the targets of make in a block of nothing else."""
    matches = [re.match(r"make ([a-z-]+)( [A-Z]+=\S+)*( +#.*)?$", line) for line in block.text.splitlines()]
    return {match[1] for match in matches} if all(matches) else set()


def state(path, text, block):
    """Returns how a shell block is treated; None if it is neither run nor marked."""
    if block.illustration:
        return f"illustration: {block.illustration}"
    if path in PAGES:
        return "run by scripts/run-page.py"
    if names := targets(block):
        return None if names - set(re.findall(r"^([a-z-]+):", doc_pages.read(ROOT / "Makefile"), re.M)) else "targets"
    for match in SESSION.finditer(text):
        first = text.count("\n", 0, match.start()) + 1
        if first <= block.line <= first + match[0].count("\n"):
            return f"made by scripts/{match[1]}"
    return None


def indented(text):
    """Yields the numbers of lines that begin an indented block of code outside of lists."""
    before, owner, fence = "", "", False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fence = not fence
        elif not fence and line.startswith("    ") and not before.strip() and not re.match(r"[-*]|\d+\.", owner):
            yield number
        if line.strip() and not line.startswith(" "):
            owner = line
        before = line


def block_faults(path, text, listing):
    """Returns the faults of a page's blocks."""
    faults = [f"{path}:{line}: an indented block; put it into a fence, with its language" for line in indented(text)]
    for block in doc_pages.blocks(text):
        place = f"{path}:{block.line}"
        if not block.kind:
            faults.append(f"{place}: a fence without a language; say \"text\" for none")
        if block.kind in doc_pages.OTHER_SHELL_KINDS and not block.file:
            faults.append(f"{place}: commands are \"sh\", sessions \"console\", not {block.kind!r}")
        if block.kind not in doc_pages.SHELL_KINDS:
            continue
        treatment = state(path, text, block)
        listing.append(f"{place}: {block.kind}: {treatment}")
        if not treatment:
            faults.append(f"{place}: neither run by a test nor marked with a line \"*Illustration: REASON*\"")
    return faults


def anchors(text):
    """Returns the anchors of a page's headings, as GitHub makes them."""
    found, fence = set(), False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            fence = not fence
        match = re.match(r"#+ +(.*)", line)
        if fence or not match:
            continue
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", match[1]).strip().lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        count = 0
        while (name := f"{slug}-{count}" if count else slug) in found:
            count += 1
        found.add(name)
    return found


def link_faults(path):
    """Returns the links of a page that lead nowhere."""
    text = doc_pages.read(path)
    prose = re.sub(r"`[^`\n]*`", "", doc_pages.FENCE.sub("", text))
    faults = []
    for match in LINK.finditer(prose):
        target = match[1] or match[2]
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        place = (path.parent / name).resolve() if name else path
        if not place.exists():
            faults.append(f"{path.relative_to(ROOT)}: the link {target} leads to no file")
        elif anchor and place.suffix == ".md" and anchor not in anchors(doc_pages.read(place)):
            faults.append(f"{path.relative_to(ROOT)}: the link {target} leads to no heading")
    return faults


def check(is_listing):
    """Checks blocks and links; returns whether there is no fault."""
    listing, faults = [], [f"{page} is in PAGES and not there" for page in PAGES if not (ROOT / page).is_file()]
    for page in pages():
        faults += block_faults(page, doc_pages.read(ROOT / page), listing)
    linked = sorted({path for pattern in LINKED for path in ROOT.glob(pattern) if ".build" not in path.parts})
    for path in linked:
        faults += link_faults(path)
    if is_listing:
        print("\n".join(listing))
    for fault in faults:
        print(f"check-docs: {fault}", file=sys.stderr)
    marked = sum("illustration:" in line for line in listing)
    print(f"check-docs: {len(listing)} blocks of commands, {len(listing) - marked} of them run, {marked} illustrations; "
          f"links of {len(linked)} pages; {len(faults)} faults.")
    return not faults


def lacking(programs):
    """Returns the programs that the machine lacks; one that scripts/setup.sh installs may not be missing."""
    setup = doc_pages.read(ROOT / "scripts/setup.sh")
    missing = [program for program in programs if not shutil.which(program)]
    for program in missing:
        if f"command -v {program} >" in setup:
            sys.exit(f"check-docs: {program} is missing; scripts/setup.sh test installs it.")
    return missing


def run(program, chosen):
    """Runs the pages; returns whether all of them did what they say."""
    failed = []
    for page in chosen or PAGES:
        if missing := lacking(PAGES.get(page, [])):
            print(f"=== {page}: SKIPPED, this machine has no {' and no '.join(missing)}", flush=True)
            continue
        print(f"=== {page}", flush=True)
        began = time.monotonic()
        done = subprocess.run([ROOT / "scripts/run-page.py", ROOT / page, program], check=False)
        print(f"=== {page}: {time.monotonic() - began:.1f} s", flush=True)
        if done.returncode:
            failed.append(page)
    for page in failed:
        print(f"check-docs: {page} does not do what it says.", file=sys.stderr)
    return not failed


def main():
    """Checks, or runs."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["--run"] and len(arguments) > 1:
        sys.exit(not run(arguments[1], arguments[2:]))
    if arguments not in ([], ["--list"]):
        sys.exit(__doc__)
    sys.exit(not check(bool(arguments)))


if __name__ == "__main__":
    main()
