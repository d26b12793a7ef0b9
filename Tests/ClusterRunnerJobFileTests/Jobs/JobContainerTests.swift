import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerJobFile

@Suite struct JobContainerTests {
    private func text(_ lines: String) -> String { "A:\n  commands: [x]\n  atomizers: [V: y]\n  \(lines)\n" }

    private func container(_ lines: String) throws -> JobContainer? {
        try JobFile.parse(text(lines), file: "f").job(named: "A").container
    }

    private func faults(_ lines: String) -> [String] {
        JobFile.faults(in: Array(text(lines).utf8), file: "f").map(\.description)
    }

    @Test func `A job has a container of an image, with options of the engine`() throws {
        #expect(try container("retries: 1") == nil)
        #expect(try container("container: debian:12") == JobContainer(image: "debian:12"))
        let more =
            "container: a/b@sha256:0f\n  container_options: [--network=host, --ulimit, nofile=9, -v, \"/a b:/c\"]"
        let options = ["--network=host", "--ulimit", "nofile=9", "-v", "/a b:/c"]
        #expect(try container(more) == JobContainer(image: "a/b@sha256:0f", options: options))
        #expect(try container("container:\n  container_options: []") == nil)
    }

    @Test(
        arguments: [
            ("container: [a]", "f:4:14: job \"A\": key \"container\": found a list, expected a string"),
            (
                "container: --help",
                "f:4:14: job \"A\": key \"container\": found \"--help\", expected the name of an image, such "
                    + "as docker.io/library/debian:12"
            ),
            (
                "container: a b",
                "f:4:14: job \"A\": key \"container\": found \"a b\", expected the name of an image, such as "
                    + "docker.io/library/debian:12"
            ),
            (
                "container: \"\"",
                "f:4:14: job \"A\": key \"container\": found \"\", expected the name of an image, such as "
                    + "docker.io/library/debian:12"
            ),
            (
                "container_options: [--init]",
                "f:4:22: job \"A\": key \"container_options\": found options without a container, "
                    + "expected \"container\" beside them"
            ),
        ]
    )
    func `What is no image is refused`(lines: String, fault: String) {
        #expect(faults(lines) == [fault])
    }

    @Test(arguments: [
        ("--network host", "one word an entry: \"--network=host\", or \"--network\" and \"host\""),
        ("host", "an option, such as \"--network=host\", or the value of the option before it"),
        ("--", "an option with a name, such as \"--network=host\""),
        (
            "--name=x",
            "another option: ClusterRunner itself sets --cidfile, --detach, --entrypoint, --name, --pidfile, --rm, "
                + "--workdir, -d, -w"
        ),
    ])
    func `A word that the engine would take for something else is refused`(word: String, expected: String) {
        let found = faults("container: a\n  container_options: [\"\(word)\"]")
        #expect(found == ["f:5:23: job \"A\": key \"container_options\": found \"\(word)\", expected \(expected)"])
    }

    @Test func `An option has one value at most`() {
        #expect(faults("container: a\n  container_options: [--network, host, alpine]").count == 1)
        #expect(faults("container: a\n  container_options: [--network=host, alpine]").count == 1)
    }

    @Test func `A script leaves room for the name of its variable`() {
        let script = String(repeating: "x", count: 128 * 1024 - 60)
        #expect(faults("setup_build: [\(script)]") == [])
        let found = faults("container: a\n  setup_build: [\(script)]")
        #expect(found.first?.contains("expected at most 128 KiB; move them into a script file") == true, "\(found)")
    }

    @Test func `A job may be named container`() throws {
        let job: JSONValue = ["commands": ["x"], "atomizers": [["V": "y"]]]
        #expect(try JobFile.inline(["container": job], jobName: "container").name == "container")
        let single = try JobFile.inline(["commands": ["x"], "atomizers": [["V": "y"]], "container": "a"], jobName: "J")
        #expect(single.container?.image == "a")
    }
}
