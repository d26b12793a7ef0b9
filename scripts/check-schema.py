#!/usr/bin/env python3
"""Compare the JSON Schema of job files with the program: what the one accepts, the other accepts.

usage: ENVIRONMENT/bin/python scripts/check-schema.py CLUSTERRUNNER

The virtual environment is that of scripts/make-environment.sh. Compared are the job files of the repository, those in
its documents and in the texts of its tests, and jobs in which each key has values of every type. A job file that the
program accepts has to be valid. One that it refuses for a key, a type or a name has to be invalid. What a schema cannot
see, such as an open quote in a command, is left out.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap

import doc_pages
import jsonschema_rs
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "docs/reference/clusterrunner.schema.json"
VALUES = [
    None, True, False, 0, 1, -1, 2**31, 1.5, -0.5, "", "text", "2", "yes", [], [None], ["true"], [True], [1], [["a"]],
    [{"TEST": "ls"}], [{"TEST": None}], [{"TEST": 1}], [{"TEST": "ls", "OTHER": "ls"}], [{}], [{"not a name": "ls"}],
    [{"PWD": "ls"}], [{"BASH_ENV": "ls"}], [{"CLUSTERRUNNER_X": "ls"}], {}, {"A": "b"}, {"A": 1, "B": True, "C": None},
    {"A": ["b"]}, {"1A": "b"}, {"PROJECT_DIR": "b"}, {"BASH_ENV": "b"}, "-image", "an image", ["--network=host"],
    ["--rm"], ["--name=x"], ["--rmi"],
]
# Faults that more than a key, a type or a name is needed to see.
UNSEEN = re.compile(
    # A reader of YAML leaves no difference between a word of YAML 1.1 and the same word in quotes.
    'found the string "(yes|no|on|off)"|'
    "which the shell cannot read|without one|128 KiB|an option, such as|an option with a name|one word an entry|another key of|"
    "expected the end|anchor|alias|duplicate|a second|nothing but|a list of nothing|a job beside them|a name$")


def program_verdicts(program, jobs):
    """Returns for each job of a file the faults that the program finds."""
    faults = {name: [] for name in jobs}
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "clusterrunner.yaml")
        # Plain scalars, so that only strings are strings; `yes` is a truth value to the program.
        file.write_text(json.dumps(jobs), encoding="utf-8")
        for line in check(program, file).splitlines():
            if match := re.match(r'.*?: job "?(\w+)"?: (.*)', line):
                faults[match[1]].append(match[2])
    return faults


def check(program, file):
    """Returns the faults of a job file as the program prints them; an empty text if there are none."""
    config = pathlib.Path(file).with_name("clusterrunner.conf")
    config.touch(mode=0o600)
    config.write_text(f"[general]\nsecret = of the check of the schema\nbase_directory = {file}.base\n")
    command = [program, "check", "--no-atomizers", "--config-file", config, file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


def swift_texts():
    """Yields the texts of tests that may be job files."""
    for path in sorted(ROOT.glob("Tests/**/*.swift")):
        source = path.read_text(encoding="utf-8")
        for match in re.finditer(r'^[^\n]*"""\n(.*?)^ *"""', source, re.M | re.S):
            text = textwrap.dedent(match[1])
            if ("commands:" in text or "atomizers:" in text) and "\\(" not in text:
                line = source.count("\n", 0, match.start()) + 1
                yield f"{path.relative_to(ROOT)}:{line}", text.replace("\\n", "\n").replace("\\\\", "\\")


def job_files():
    """Yields the place and the text of every job file."""
    for path in sorted([*ROOT.glob("*.yaml"), *ROOT.glob("examples/**/clusterrunner.yaml")]):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for path in sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")]):
        for block in doc_pages.blocks(doc_pages.read(path)):
            if block.kind == "yaml" and "atomizers" in block.text:
                yield f"{path.relative_to(ROOT)}:{block.line}", block.text
    yield from swift_texts()


def compare_files(program, validator):
    """Compares job files; returns the faults and the number of the files."""
    faults, count = [], 0
    for place, text in job_files():
        try:
            document = yaml.safe_load(text)
            json.dumps(document)
        except (yaml.YAMLError, TypeError):
            continue
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "clusterrunner.yaml")
            file.write_text(text, encoding="utf-8")
            said = [line for line in check(program, file).splitlines() if ": found " in line]
        count += 1
        faults += verdict(place, said, validator, document)
    return faults, count


def verdict(place, said, validator, document):
    """Compares what the program says of a document with the schema; returns the difference."""
    errors = [error.message for error in validator.iter_errors(document)]
    if not said and errors:
        return [f"{place}: the program accepts it, and the schema says: {errors[0]}"]
    if any(not UNSEEN.search(line) for line in said) and not errors:
        return [f"{place}: the schema accepts it, and the program says: {said[0]}"]
    return []


def compare_values(program, validator):
    """Compares jobs in which each key has each value; returns the faults and the number of the jobs."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    keys = [*schema["definitions"]["job"]["properties"], "comands"]
    jobs = {}
    for key in keys:
        for value in VALUES:
            job = {"commands": ["true"], "atomizers": [{"TEST": "ls"}], "container": "image", key: value}
            jobs[f"job{len(jobs)}"] = job
    faults, names = [], list(jobs)
    for first in range(0, len(names), 40):
        some = {name: jobs[name] for name in names[first : first + 40]}
        for name, said in program_verdicts(program, some).items():
            faults += verdict(json.dumps(jobs[name]), said, validator, {"tests": jobs[name]})
    return faults, len(jobs)


def main():
    """Compares everything."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = str(pathlib.Path(sys.argv[1]).resolve())
    text = SCHEMA.read_text(encoding="utf-8")
    printed = subprocess.run([program, "check", "--schema"], capture_output=True, text=True, check=True).stdout
    faults = [] if printed == text else [f"{SCHEMA.name} is not what \"clusterrunner check --schema\" prints"]
    jsonschema_rs.meta.validate(json.loads(text))
    validator = jsonschema_rs.validator_for(json.loads(text))
    of_files, files = compare_files(program, validator)
    of_values, values = compare_values(program, validator)
    faults += of_files + of_values
    for fault in faults:
        print(f"check-schema: {fault}", file=sys.stderr)
    print(f"check-schema: {files} job files and {values} jobs compared, {len(faults)} faults.")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
