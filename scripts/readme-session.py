#!/usr/bin/env python3
"""usage: scripts/readme-session.py CLUSTERRUNNER [--check]

Runs a short session of the real program and puts its output into README.md, between the marker lines.
With --check README.md stays as it is, and has to say what the session printed, apart from times and ports.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

import doc_pages

ROOT = pathlib.Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- session: scripts/readme-session.py -->", "<!-- end of session -->"
JOB = """tests:
  commands:
    - ./run-test "$TEST"
  atomizers:
    - TEST: printf 'test_%s.py\\n' login search export import billing report
"""
TEST = """#!/bin/bash
case $1 in
    test_import.py) sleep 0.8 ;;
    test_billing.py) sleep 0.3; echo "AssertionError: 19.99 != 20.00"; exit 1 ;;
    # The one that is not among the five slowest.
    test_report.py) sleep 0.05 ;;
    *) sleep 0.2 ;;
esac
"""


def run(program, arguments, folder, config):
    command = [program, *arguments.split(), "--config-file", str(config)]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode not in (0, 1):
        sys.exit(f"readme-session: {arguments} ended with {done.returncode}:\n{done.stdout.decode()}")
    return done.stdout.decode()


def session(program):
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch, "project")
        folder.mkdir()
        (folder / "clusterrunner.yaml").write_text(JOB)
        (folder / "run-test").write_text(TEST)
        (folder / "run-test").chmod(0o755)
        config = pathlib.Path(scratch, "clusterrunner.conf")
        config.touch(mode=0o600)
        config.write_text(f"[general]\nsecret = of the session\nbase_directory = {scratch}/base\n")
        lines = []
        for command in ["build --num-executors 4", "check --num-executors 4"]:
            lines += [f"$ clusterrunner {command}", run(program, command, folder, config).rstrip("\n"), ""]
        # The command for another run repeats the options of this one.
        text = "\n".join(lines).rstrip("\n").replace(f" --config-file {config}", "")
        return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:43000", text.replace(scratch, "~"))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.splitlines()[0])
    text = session(str(pathlib.Path(sys.argv[1]).resolve()))
    readme = ROOT / "README.md"
    before, rest = readme.read_text().split(BEGIN)
    old, after = rest.split(END)
    if "--check" in sys.argv:
        print(text)
        if fault := doc_pages.difference(doc_pages.blocks(old)[0].text.splitlines(), text.splitlines(), "~"):
            sys.exit(f"readme-session: README.md: {fault}")
        return
    readme.write_text(f"{before}{BEGIN}\n```console\n{text}\n```\n{END}{after}")


if __name__ == "__main__":
    # No master may answer at the default address.
    doc_pages.isolate()
    main()
