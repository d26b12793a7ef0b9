#!/usr/bin/env python3
"""Check that a build_results/ folder is complete and consistent in itself.

usage: check-results.py FOLDER ATOMS FAILED [ARTIFACT]

ATOMS is the required number of atoms, FAILED that of failed ones; ARTIFACT is a file that each passed atom must have
left.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree

REQUIRED = {
    "clusterrunner_command": r"(?s).+",
    "clusterrunner_console_output": r"(?s).*",
    "clusterrunner_exit_code": r"\d+\n",
    "clusterrunner_time": r"\d+\.\d\d\n",
}


def faults_of_atom(directory, artifact):
    """Yields the missing and wrong files of an atom."""
    for name, pattern in REQUIRED.items():
        file = directory / name
        if not file.is_file():
            yield f"{directory.name}/{name} is missing"
        elif not re.fullmatch(pattern, file.read_text(errors="replace")):
            yield f"{directory.name}/{name} holds {file.read_text(errors='replace')!r}"
    if artifact and passed(directory) and not (directory / artifact).is_file():
        yield f"{directory.name}/{artifact} is missing"


def passed(directory):
    file = directory / "clusterrunner_exit_code"
    return file.is_file() and file.read_text() == "0\n"


def faults_of_summary(folder, atoms, failed):
    """Yields the faults of failures.txt and junit.xml, given the number of atoms and the failed directories."""
    failures = folder / "failures.txt"
    listed = sorted(failures.read_text().splitlines()) if failures.is_file() else []
    if failures.is_file() != bool(failed) or listed != sorted(failed):
        yield f"failures.txt {'lists' if failures.is_file() else 'is missing, so it lists'} {listed}, not {sorted(failed)}"
    junit = folder / "junit.xml"
    if not junit.is_file():
        yield "junit.xml is missing"
        return
    cases = list(xml.etree.ElementTree.parse(junit).iter("testcase"))
    bad = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    if (len(cases), len(bad)) != (atoms, len(failed)):
        yield f"junit.xml has {len(cases)} test cases, {len(bad)} of them failed, instead of {atoms} and {len(failed)}"


def main():
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    folder, atoms, wanted_failures = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    artifact = sys.argv[4] if len(sys.argv) == 5 else None
    directories = sorted(folder.glob("artifact_*_*"))
    failed = [directory.name for directory in directories if not passed(directory)]

    faults = [fault for directory in directories for fault in faults_of_atom(directory, artifact)]
    faults += faults_of_summary(folder, atoms, failed)
    if len(directories) != atoms:
        faults.append(f"there are {len(directories)} artifact directories instead of {atoms}")
    if len(failed) != wanted_failures:
        faults.append(f"{len(failed)} atoms failed instead of {wanted_failures}")
    for fault in faults:
        print(f"check-results: {folder}: {fault}.")
    if not faults:
        print(f"check-results: {folder.name}: {atoms} atoms, {len(failed)} failed, as expected.")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
