#!/usr/bin/env python3
"""Record the reports of real test runners for the tests of the readers.

usage: scripts/record-report-fixtures.py [NAME...]

Runs a small suite with each test runner that is on the PATH, and keeps its report in Tests/ClusterRunnerReportsTests/Fixtures.
README.md there names the version and the command of each. A runner that is not installed is named and its recording is kept.
RSpec's formatter is found by RUBYLIB where it is no installed gem.
"""
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Tests/ClusterRunnerReportsTests/Fixtures"

PYTEST = {
    "tests/test_sums.py": """
        import pytest
        import warnings

        class TestSums:
            class TestInner:
                def test_deep(self): pass
            def test_adds(self): pass
            @pytest.mark.parametrize("text", ["a b", "<&\\x1b[1m", "ü.b::c"])
            def test_texts(self, text): assert text == "a b"

        @pytest.mark.skip(reason="no network")
        def test_network(): pass
        @pytest.mark.xfail(reason="soon")
        def test_expected(): assert False
        @pytest.mark.xfail(strict=True)
        def test_unexpected(): pass
        @pytest.fixture
        def broken(): raise OSError("gone")
        @pytest.fixture
        def leaks():
            yield
            raise OSError("not closed")
        def test_setup(broken): pass
        def test_teardown(leaks): pass
        def test_prints():
            print("\\x1b[31mred\\x1b[0m \\x00")
            assert 1 == 2, "of two lines\\nthe second"
    """,
}
BROKEN = {"tests/test_broken.py": "import no_such_module\n"}
RERUNS = {
    "test_reruns.py": """
        import pathlib
        def test_flaky():
            mark = pathlib.Path("ran")
            ran = mark.exists()
            mark.touch()
            assert ran
        def test_fails(): assert False
    """
}
BATS = {
    "sums.bats": """
        @test "adds" { [ 2 -eq 2 ]; }
        @test "divides <&> # by zero" { printf '\\033[31mno\\033[0m\\n' >&2; false; }
        @test "waits" { skip "no network"; }
        @test "waits without a reason" { skip; }
    """,
    "names.bats": """
        setup_file() { [ -e no-such-file ]; }
        @test "never runs" { true; }
    """,
}
CTEST = {
    "CMakeLists.txt": """
        cmake_minimum_required(VERSION 3.20)
        project(Suite NONE)
        enable_testing()
        add_test(NAME adds COMMAND true)
        add_test(NAME divides COMMAND sh -c "echo '<by zero>'; exit 3")
        add_test(NAME disabled COMMAND false)
        set_tests_properties(disabled PROPERTIES DISABLED TRUE)
        add_test(NAME skips COMMAND sh -c "exit 77")
        set_tests_properties(skips PROPERTIES SKIP_RETURN_CODE 77)
        add_test(NAME missing COMMAND ./no-such-program)
        add_test(NAME slow COMMAND sleep 60)
        set_tests_properties(slow PROPERTIES TIMEOUT 1)
        add_test(NAME base COMMAND false)
        set_tests_properties(base PROPERTIES FIXTURES_SETUP database)
        add_test(NAME depends COMMAND true)
        set_tests_properties(depends PROPERTIES FIXTURES_REQUIRED database)
    """
}
NODE = {
    "sums.test.js": """
        const { test, describe, it } = require("node:test");
        const assert = require("node:assert");
        describe("sums", () => {
            it("adds # one", () => {});
            it("divides <&>", () => { assert.strictEqual(1, 2); });
            describe("inner", () => { it("deep", () => {}); });
        });
        test("waits", { skip: "no network" }, () => {});
        test("later", { todo: "soon" }, () => { throw new Error("not yet"); });
        test("parent", async (t) => { await t.test("child", () => { throw new Error("by\\nzero"); }); });
    """
}
PERL = {
    "sums.t": """
        use Test::More;
        ok(1, "adds");
        is(1, 2, "divides # by zero");
        SKIP: { skip "no network", 2; ok(0, "waits") }
        TODO: { local $TODO = "soon"; ok(0, "later"); ok(1, "sooner") }
        subtest inner => sub { plan tests => 2; ok(1, "one"); ok(0, "two") };
        subtest none => sub { plan skip_all => "nothing here" };
        ok(1);
        done_testing;
    """,
    "short.t": "use Test::More tests => 3;\nok(1, 'adds');\nexit 0;\n",
}
PHPUNIT = {
    "SumsTest.php": """
        <?php
        use PHPUnit\\Framework\\TestCase;
        final class SumsTest extends TestCase {
            public function testAdds() { $this->assertSame(2, 1 + 1); }
            /** @dataProvider texts */
            public function testTexts($text) { $this->assertSame("a", $text); }
            public static function texts() { return ["first" => ["a"], ["<b>"]]; }
            public function testWaits() { $this->markTestSkipped("no network"); }
            public function testLater() { $this->markTestIncomplete("soon"); }
            public function testError() { throw new RuntimeException("gone"); }
            public function testWarns() { trigger_error("old", E_USER_WARNING); }
            public function testAssertsNothing() { }
        }
    """
}
RSPEC = {
    "spec/sums_spec.rb": """
        RSpec.describe "Sums" do
          it("adds") { expect(1 + 1).to eq 2 }
          it("divides <&>") { expect(1).to eq 2 }
          it("breaks") { raise ArgumentError, "gone" }
          context("inner") { it("is deep") { } }
          it("waits", skip: "no network") { }
          it("later") { pending "soon"; expect(1).to eq 2 }
        end
    """
}
GO = {
    "go.mod": "module example.org/shop\n\ngo 1.19\n",
    "sums/sums_test.go": """
        package sums
        import ("fmt"; "testing")
        func TestAdds(t *testing.T) {}
        func TestDivides(t *testing.T) { fmt.Println("<&>"); t.Fatal("by zero") }
        func TestWaits(t *testing.T) { t.Skip("no network") }
        func TestTable(t *testing.T) {
            for _, name := range []string{"one", "two words"} {
                t.Run(name, func(t *testing.T) { if name != "one" { t.Error("not one") } })
            }
        }
    """,
    "broken/broken_test.go": "package broken\n\nfunc TestNothing(t *T) {}\n",
    "panics/panics_test.go": """
        package panics
        import "testing"
        func TestFirst(t *testing.T) {}
        func TestPanics(t *testing.T) { panic("gone") }
    """,
}
SWIFT = {
    "Package.swift": """
        // swift-tools-version: 6.0
        import PackageDescription
        let package = Package(name: "Suite", targets: [.testTarget(name: "SuiteTests")])
    """,
    "Tests/SuiteTests/SuiteTests.swift": """
        import Testing
        import XCTest
        @Suite struct Sums {
            @Test func adds() {}
            @Test func divides() { #expect(1 == 2); #expect(Bool(false), "twice") }
            @Test(arguments: ["a", "b"]) func texts(text: String) { #expect(text == "a") }
            @Test func `By zero, of 1`() throws { throw CancellationError() }
            @Test(.disabled("no network")) func waits() {}
            @Test func later() { withKnownIssue("soon") { #expect(Bool(false)) } }
            @Suite struct Inner { @Test func deep() {} }
        }
        final class OldTests: XCTestCase {
            func testAdds() {}
            func testDivides() { XCTAssertEqual(1, 2, "by zero") }
            func testWaits() throws { throw XCTSkip("no network") }
            func testError() throws { throw CancellationError() }
        }
    """,
}

# Report -> the command that tells the version, the suite, the command, and the file of the report ("-": the output).
RUNS = {
    "pytest.xml": ("pytest --version", PYTEST, "pytest -q --junit-xml r.xml", "r.xml"),
    "pytest-xunit1.xml": ("pytest --version", PYTEST, "pytest -q -o junit_family=xunit1 --junit-xml r.xml", "r.xml"),
    "pytest-collection.xml": ("pytest --version", BROKEN, "pytest -q --junit-xml r.xml", "r.xml"),
    "pytest-rerunfailures.xml": (
        "pip show pytest-rerunfailures | sed -n 's/^Version/pytest-rerunfailures/p'",
        RERUNS, "pytest -q --reruns 2 --junit-xml r.xml", "r.xml",
    ),
    "bats.xml": ("bats --version", BATS, "bats --report-formatter junit --output . sums.bats names.bats", "report.xml"),
    "bats.tap": ("bats --version", BATS, "bats --formatter tap sums.bats names.bats", "-"),
    "ctest.xml": ("ctest --version | head -1", CTEST, "cmake -S . -B b; ctest --test-dir b --output-junit r.xml", "b/r.xml"),
    "node.xml": ("node --version", NODE, "node --test --test-reporter=junit --test-reporter-destination=r.xml *.js", "r.xml"),
    "node.tap": ("node --version", NODE, "node --test --test-reporter=tap sums.test.js", "-"),
    "perl.tap": ("perl -MTest::More -e 'print \"Test::More $Test::More::VERSION\"'", PERL, "perl sums.t 2>&1", "-"),
    "prove.tap": ("prove --version", PERL, "prove --verbose --merge sums.t", "-"),
    "prove-short.tap": ("prove --version", PERL, "prove --verbose --merge short.t", "-"),
    "phpunit.xml": ("phpunit --version | head -1", PHPUNIT, "phpunit --log-junit r.xml SumsTest.php", "r.xml"),
    "rspec.xml": (
        "rspec --version | sed -n 's/.*-core/rspec-core/p'", RSPEC,
        "rspec -r rspec_junit_formatter --format RspecJunitFormatter --out r.xml", "r.xml",
    ),
    "gotestsum.xml": ("go version", GO, "gotestsum --junitfile r.xml ./...", "r.xml"),
    "swift-xctest.xml": (
        "swift --version 2>/dev/null | head -1", SWIFT, "swift test --quiet --disable-swift-testing --parallel --xunit-output r.xml",
        "r.xml",
    ),
    "swift-testing.xml": (
        "swift --version 2>/dev/null | head -1", SWIFT, "swift test --quiet --disable-xctest --xunit-output r.xml", "r.xml",
    ),
}


def shell(command, folder):
    return subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, timeout=600)


def record(name):
    """Runs the suite; returns the version of the runner, or None when it left no report."""
    version, files, command, report = RUNS[name]
    with tempfile.TemporaryDirectory(prefix="clusterrunner-record-") as scratch:
        folder = pathlib.Path(scratch, "suite")
        for file, text in files.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip("\n"))
        run = shell(command, folder)
        found = [path for path in sorted(folder.glob(report)) if report != "-"]
        output = run.stdout if report == "-" else found[0].read_bytes() if found else b""
        if not output.strip():
            print(f"record-report-fixtures: {name}: no report.\n{(run.stdout + run.stderr).decode(errors='replace')[-2000:]}")
            return None
        # Names of this machine do not matter.
        output = output.replace(str(folder).encode(), b"/project")
        output = re.sub(rb'hostname="[^"]*"', b'hostname="machine"', output)
        output = output.replace(socket.gethostname().encode(), b"machine")
        (FOLDER / name).write_bytes(output)
        return shell(version, folder).stdout.decode().strip()


def main():
    FOLDER.mkdir(exist_ok=True)
    page = FOLDER / "README.md"
    rows = dict(re.findall(r"^\| `([\w.-]+)` (\|.*)$", page.read_text(), re.M)) if page.exists() else {}
    for name in sys.argv[1:] or RUNS:
        if name not in RUNS:
            sys.exit(f'record-report-fixtures: there is no report "{name}"; there are {", ".join(RUNS)}.')
        needed = "gotestsum" if name == "gotestsum.xml" else re.split(r"[-.]", name)[0]
        if not shutil.which(needed):
            print(f"record-report-fixtures: {name} is left as it is: there is no {needed}.")
            continue
        version = record(name)
        if version is not None:
            rows[name] = f"| {version} | `{RUNS[name][2]}` |"
            print(f"record-report-fixtures: {name}: {version}.")
    lines = [f"| `{name}` {rows[name]}" for name in RUNS if name in rows]
    page.write_text(
        "# Reports of test runners\n\nAs they left them; `scripts/record-report-fixtures.py` makes them.\n\n"
        "| Report | Version | Command |\n|---|---|---|\n" + "\n".join(lines) + "\n"
    )


if __name__ == "__main__":
    main()
