#!/usr/bin/env python3
"""Run the shell blocks of a page in order, and compare what they print with the text blocks behind them.

usage: run-page.py PAGE CLUSTERRUNNER

Blocks marked "sh" run in one home directory, which is removed at the end, with CLUSTERRUNNER first on the PATH. Each line
of a block marked "text" has to be in the output of the block before it, in that order.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile


def blocks(page):
    """Yields the kind and the text of each fenced block."""
    for match in re.finditer(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        yield match.group(1), match.group(2)


def run(script, home, environment):
    """Runs a block; returns what it printed."""
    command = ["bash", "-euo", "pipefail", "-c", script]
    result = subprocess.run(command, cwd=home, env=environment, text=True, capture_output=True, timeout=300, check=False)
    print(result.stdout, result.stderr, sep="", end="")
    if result.returncode:
        sys.exit(f"run-page: a block ended with exit code {result.returncode}:\n{script}")
    return result.stdout


def main():
    """Runs the page."""
    page, program = pathlib.Path(sys.argv[1]).read_text(), pathlib.Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory() as home:
        commands = pathlib.Path(home, ".bin")
        commands.mkdir()
        (commands / "clusterrunner").symlink_to(program)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CLUSTERRUNNER")}
        environment = {**kept, "HOME": home, "PATH": f"{commands}:{os.environ['PATH']}"}
        printed, ran = "", 0
        for kind, text in blocks(page):
            if kind == "sh":
                printed, ran = run(text, home, environment), ran + 1
                continue
            place = 0
            for line in text.splitlines():
                found = printed.find(line, place)
                if found < 0:
                    sys.exit(f"run-page: the page says {line!r}, which is not in the output.")
                place = found + len(line)
    if not ran:
        sys.exit(f"run-page: {sys.argv[1]} has no shell block.")


if __name__ == "__main__":
    main()
