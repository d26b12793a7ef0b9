#!/usr/bin/env python3
"""Compare the test results of a build with those of one plain pytest run, test for test.

usage: compare.py PLAIN_XML BUILD_RESULTS

PLAIN_XML is what `pytest --junit-xml` wrote for the plain run; BUILD_RESULTS the folder with the build's junit.xml and
artifact_*/pytest.xml.
Equal means: the same tests, each as often, with the same outcome. Exits with 1 and lists the differences otherwise.
"""
import collections
import pathlib
import sys
import xml.etree.ElementTree


def outcome_of(case):
    """`passed`, or the tag of what pytest wrote into the case; an expected failure differs from a plain skip."""
    for tag in ("error", "failure", "skipped"):
        found = case.find(tag)
        if found is not None:
            return f"{tag} ({found.get('type')})" if tag == "skipped" else tag
    return "passed"


def results_of(file):
    """How often each (test, outcome) stands in a JUnit file. A test that fails in its teardown stands there twice."""
    cases = xml.etree.ElementTree.parse(file).iter("testcase")
    return collections.Counter((f"{case.get('classname')}::{case.get('name')}", outcome_of(case)) for case in cases)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    plain = results_of(sys.argv[1])
    directories = sorted(pathlib.Path(sys.argv[2]).glob("artifact_*"))
    union = results_of(pathlib.Path(sys.argv[2], "junit.xml"))
    faults = [f"{each.name} has no pytest.xml" for each in directories if not (each / "pytest.xml").is_file()]
    faults += [f"only in the plain run: {test}: {outcome}" for test, outcome in sorted((plain - union).elements())]
    faults += [f"only in the build: {test}: {outcome}" for test, outcome in sorted((union - plain).elements())]
    if not plain:
        faults.append(f"{sys.argv[1]} holds no test")
    for fault in faults:
        print(fault)
    outcomes = collections.Counter()
    for (_, outcome), times in union.items():
        outcomes[outcome] += times
    summary = ", ".join(f"{times} {outcome}" for outcome, times in sorted(outcomes.items())) or "none"
    print(f"{len(directories)} atoms, {union.total()} results ({summary}); the plain run has {plain.total()}.")
    print("They differ." if faults else "They are the same, test for test.")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
