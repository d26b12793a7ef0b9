#!/usr/bin/env python3
"""Compare the tests that ran in all atoms of a build with those of one plain run.

usage: compare-tests.py PLAIN_EVENTS BUILD_RESULTS

Both are event streams of Swift Testing: PLAIN_EVENTS a file, BUILD_RESULTS the folder with artifact_*/events.jsonl.
Equal means: the same tests, each once, with the same number of test cases, and the same ones skipped.
"""
import collections
import json
import pathlib
import sys


def tests_of(file):
    """Returns test id -> outcome, such as `3 cases` or `skipped`. Failures are left to the exit codes."""
    functions, cases, ended = set(), collections.Counter(), {}
    # Not splitlines(), which also splits at characters that may be inside a string.
    for line in filter(None, file.read_text(encoding="utf-8").split("\n")):
        record = json.loads(line)
        payload = record["payload"]
        if record["kind"] == "test":
            if payload["kind"] == "function":
                functions.add(payload["id"])
        elif payload["kind"] == "testCaseEnded":
            cases[payload["testID"]] += 1
        elif payload["kind"] in ("testEnded", "testSkipped") and payload["testID"] in functions:
            ended[payload["testID"]] = payload["kind"]
    return {test: "skipped" if end == "testSkipped" else f"{cases[test]} cases" for test, end in ended.items()}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    plain = tests_of(pathlib.Path(sys.argv[1]))
    files = sorted(pathlib.Path(sys.argv[2]).glob("artifact_*/events.jsonl"))
    union, faults = {}, []
    for file in files:
        for test, outcome in tests_of(file).items():
            if test in union:
                faults.append(f"ran in two atoms: {test}")
            union[test] = outcome
    faults += [f"only in the plain run: {test}" for test in sorted(plain.keys() - union.keys())]
    faults += [f"only in the build: {test}" for test in sorted(union.keys() - plain.keys())]
    faults += [
        f"{test}: {plain[test]} in the plain run, {union[test]} in the build"
        for test in sorted(plain.keys() & union.keys())
        if plain[test] != union[test]
    ]
    if not plain:
        faults.append(f"{sys.argv[1]} holds no test")
    for fault in faults:
        print(fault)
    print(f"{len(union)} tests in {len(files)} atoms; {len(plain)} tests in the plain run.")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
