#!/usr/bin/env python3
"""Check that the cases of real test runners arrive in the reports of a build.

usage: scripts/check-dialects.py CLUSTERRUNNER

Makes a small suite for each test runner that is installed, runs it as a job with a report, and compares the cases of
ctrf.json and junit.xml with those that the suite has. A runner that is not installed is named and left out.
"""
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import textwrap
import xml.etree.ElementTree as xml

# Runner -> the program it needs, its files, its job, and the outcome of each case by a part of its name.
SUITES = {
    "pytest": (
        "pytest",
        {
            "test_a.py": """
                import pytest
                class TestSums:
                    def test_adds(self): pass
                    @pytest.mark.parametrize("text", ["a b", "<&\\x1b[1m"])
                    def test_texts(self, text): assert text == "a b"
                @pytest.mark.skip(reason="no network")
                def test_network(): pass
                @pytest.mark.xfail
                def test_expected(): assert False
                @pytest.fixture
                def broken(): raise OSError("gone")
                def test_error(broken): pass
            """
        },
        {"commands": ['pytest -q --junit-xml "$ARTIFACT_DIR/pytest.xml"'], "junit": "pytest.xml"},
        {
            "test_adds": "passed", "test_texts[a b]": "passed", "test_texts[<&": "failed", "test_network": "skipped",
            "test_expected": "skipped", "test_error": "error",
        },
    ),
    "bats": (
        "bats",
        {
            "a.bats": """
                @test "adds" { [ 2 -eq 2 ]; }
                @test "divides <&>" { echo "no" >&2; false; }
                @test "waits" { skip "no network"; }
            """
        },
        {"commands": ['bats --report-formatter junit --output "$ARTIFACT_DIR" a.bats'], "junit": ["*.xml"]},
        {"adds": "passed", "divides": "failed", "waits": "skipped"},
    ),
    "ctest": (
        "ctest",
        {
            "CMakeLists.txt": """
                cmake_minimum_required(VERSION 3.20)
                project(Suite NONE)
                enable_testing()
                add_test(NAME adds COMMAND true)
                add_test(NAME divides COMMAND false)
                add_test(NAME waits COMMAND false)
                set_tests_properties(waits PROPERTIES DISABLED TRUE)
                add_test(NAME skips COMMAND sh -c "exit 77")
                set_tests_properties(skips PROPERTIES SKIP_RETURN_CODE 77)
            """
        },
        {
            "commands": ["cmake -S . -B build > /dev/null", 'ctest --test-dir build --output-junit "$ARTIFACT_DIR/ctest.xml"'],
            "junit": "ctest.xml",
        },
        {"adds": "passed", "divides": "failed", "waits": "skipped", "skips": "skipped"},
    ),
    "node": (
        "node",
        {
            "a.test.js": """
                const { test, describe } = require("node:test");
                describe("sums", () => {
                    test("adds", () => {});
                    test("divides", () => { throw new Error("by zero"); });
                });
                test("waits", { skip: "no network" }, () => {});
            """
        },
        {
            "commands": [
                'node --test --test-reporter=junit --test-reporter-destination="$ARTIFACT_DIR/node.xml" a.test.js'
            ],
            "junit": "*.xml",
        },
        {"adds": "passed", "divides": "failed", "waits": "skipped"},
    ),
    "node, TAP": (
        "node",
        {
            "a.test.js": """
                const { test, describe } = require("node:test");
                describe("sums", () => {
                    test("adds # one", () => {});
                    test("divides", () => { throw new Error("by zero"); });
                });
                test("waits", { skip: "no network" }, () => {});
            """
        },
        {"commands": ["node --test-reporter=tap a.test.js"], "report": "tap"},
        {"adds # one": "passed", "divides": "failed", "waits": "skipped"},
    ),
    "perl": (
        "perl",
        {
            "a.t": """
                use Test::More;
                ok(1, "adds");
                is(1, 2, "divides");
                SKIP: { skip "no network", 1; ok(0, "waits") }
                TODO: { local $TODO = "soon"; ok(0, "later") }
                subtest inner => sub { plan tests => 2; ok(1, "one"); ok(0, "two") };
                done_testing;
            """
        },
        {"commands": ["perl a.t"], "report": "tap"},
        {"adds": "passed", "divides": "failed", "test 3": "skipped", "later": "skipped", "one": "passed", "two": "failed"},
    ),
    "prove": (
        "prove",
        {"a.t": "use Test::More tests => 2;\nok(1, 'adds');\nok(0, 'divides');\n"},
        {"commands": ["prove --verbose a.t"], "report": "tap"},
        {"adds": "passed", "divides": "failed"},
    ),
    "phpunit": (
        "phpunit",
        {
            "SumsTest.php": """
                <?php
                use PHPUnit\\Framework\\TestCase;
                final class SumsTest extends TestCase {
                    public function testAdds() { $this->assertSame(2, 1 + 1); }
                    /** @dataProvider texts */
                    public function testTexts($text) { $this->assertSame("a", $text); }
                    public static function texts() { return [["a"], ["b"]]; }
                    public function testWaits() { $this->markTestSkipped("no network"); }
                    public function testError() { throw new RuntimeException("gone"); }
                }
            """
        },
        {"commands": ['phpunit --log-junit "$ARTIFACT_DIR/phpunit.xml" SumsTest.php'], "junit": "phpunit.xml"},
        {
            "testAdds": "passed", "testTexts with data set #0": "passed", "testTexts with data set #1": "failed",
            "testWaits": "skipped", "testError": "error",
        },
    ),
    "swift": (
        "swift",
        {
            "Package.swift": """
                // swift-tools-version: 6.0
                import PackageDescription
                let package = Package(name: "Suite", targets: [.testTarget(name: "SuiteTests")])
            """,
            "Tests/SuiteTests/SuiteTests.swift": """
                import Testing
                @Suite struct Sums {
                    @Test func adds() {}
                    @Test func divides() { #expect(1 == 2) }
                    @Test(.disabled("no network")) func waits() {}
                }
            """,
        },
        {
            "commands": [
                'swift test --quiet --disable-xctest --xunit-output "$ARTIFACT_DIR/xunit.xml"',
            ],
            "junit": "xunit*.xml",
        },
        {"adds()": "passed", "divides()": "failed", "waits()": "skipped"},
    ),
}


def suite_of(folder, files, job):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))
    job["atomizers"] = [{"ALL": "echo all"}]
    # JSON is YAML.
    (folder / "clusterrunner.yaml").write_text(json.dumps({"suite": job}))


def outcomes_of(results):
    tests = json.loads((results / "ctrf.json").read_text())["results"]["tests"]
    return [(test["name"], test["rawStatus"]) for test in tests]


def faults_of(results, wanted):
    found = outcomes_of(results)
    for part, outcome in wanted.items():
        cases = [each for each in found if part in each[0]]
        if [each[1] for each in cases] != [outcome]:
            yield f"{part!r} should be {outcome} once, and there is {cases or 'none'}"
    if len(found) != len(wanted):
        yield f"there are {len(found)} cases instead of {len(wanted)}: {found}"
    cases = list(xml.parse(results / "junit.xml").iter("testcase"))
    kinds = collections.Counter(case[0].tag if len(case) else "passed" for case in cases)
    names = {"failed": "failure"}
    in_ctrf = collections.Counter(names.get(outcome, outcome) for _, outcome in found)
    if kinds != in_ctrf:
        yield f"junit.xml has {dict(kinds)}, and ctrf.json {dict(in_ctrf)}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = pathlib.Path(sys.argv[1]).resolve()
    failed = 0
    for name, (needed, files, job, wanted) in SUITES.items():
        if not shutil.which(needed):
            print(f"check-dialects: {name} is left out: there is no {needed}.")
            continue
        with tempfile.TemporaryDirectory(prefix="clusterrunner-dialect-") as scratch:
            folder = pathlib.Path(scratch, "suite")
            folder.mkdir()
            suite_of(folder, files, job)
            config = pathlib.Path(scratch, "clusterrunner.conf")
            config.write_text(f"[general]\nbase_directory = {scratch}/base\nsecret = {os.urandom(8).hex()}\n")
            config.chmod(0o600)
            run = subprocess.run(
                [program, "build", "--local", "--config-file", config],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=600,
            )
            results = folder / "build_results"
            faults = list(faults_of(results, wanted)) if (results / "ctrf.json").is_file() else ["there are no results"]
            if run.returncode != 1:
                faults.append(f"the exit code is {run.returncode}, not 1")
        for fault in faults:
            print(f"check-dialects: {name}: {fault}.")
        if faults:
            failed += 1
            print(run.stdout + run.stderr)
        else:
            print(f"check-dialects: {name}: {len(wanted)} cases, as they are.")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
