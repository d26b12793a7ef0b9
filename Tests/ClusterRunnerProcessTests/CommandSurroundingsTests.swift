import ClusterRunnerPlugin
import Foundation
import Testing

@testable import ClusterRunnerProcess

@Suite struct CommandSurroundingsTests {
    @Test func `The environment is the given one, the mark of the command, and nothing else`() async throws {
        let fixture = try CommandFixture()
        setenv("CLUSTERRUNNER_TEST_OF_INHERITANCE", "1", 1)
        try await fixture.run("tr '\\0' '\\n' < /proc/$$/environ | sort", environment: ["B": "two words", "A": ""])
        let variables = try fixture.text().split(separator: "\n")
        let given = variables.filter { !$0.hasPrefix("CLUSTERRUNNER_COOKIE=") }
        #expect(given == ["A=", "B=two words", "PATH=/usr/bin:/bin"])
        #expect(variables.count == 4)
    }

    @Test(arguments: [
        "'", "\"", "it's \"quoted\"", "$(touch hostile)", "`touch hostile`", "$HOME", "; touch hostile", "&& exit 3",
        "-n", "--help", "-", "*", "~", "\\", "\\n", "%s", " leading and trailing ", "\t", "two\nlines\n", "äöü 日本 🏃",
        "", "=", "a=b", "\u{1B}[31m", "\r\n", String(repeating: "é$(x)'", count: 14_000),
    ])
    func `A hostile value arrives byte for byte and runs nothing`(value: String) async throws {
        let fixture = try CommandFixture()
        let outcome = try await fixture.run("printf '%s' \"$VALUE\"", environment: ["VALUE": value])
        #expect(outcome.isSuccess)
        #expect(try fixture.bytes() == Array(value.utf8))
        #expect(!FileManager.default.fileExists(atPath: fixture.path("hostile")))
    }

    @Test(arguments: ["-x", "--version", "-c"])
    func `A script that starts with a dash is a script`(script: String) async throws {
        let fixture = try CommandFixture()
        #expect(try await fixture.run(script).end == .exited(127))
        #expect(try fixture.text().contains("\(script): command not found"))
    }

    @Test func `Commands run in their directory`() async throws {
        let fixture = try CommandFixture()
        try await fixture.run("/bin/pwd")
        let resolved = URL(fileURLWithPath: fixture.folder).resolvingSymlinksInPath().path
        #expect(try fixture.text() == "\(resolved)\n")
    }

    @Test func `Standard input is empty`() async throws {
        let fixture = try CommandFixture()
        #expect(try await fixture.run("readlink /proc/$$/fd/0; cat").isSuccess)
        #expect(try fixture.text() == "/dev/null\n")
    }

    @Test func `The shell leads a session and a group of its own`() async throws {
        let fixture = try CommandFixture()
        try await fixture.run("echo $$; cut -d ' ' -f 5 /proc/$$/stat; cut -d ' ' -f 6 /proc/$$/stat")
        let numbers = try fixture.processes()
        #expect(numbers.count == 3)
        #expect(Set(numbers).count == 1)
        #expect(numbers.first != getsid(0))
    }

    @Test func `No descriptor is inherited, not even one that a library forgot to mark`() async throws {
        let fixture = try CommandFixture()
        let forgotten = fcntl(STDIN_FILENO, F_DUPFD, 100)
        try #require(forgotten >= 100)
        defer { close(forgotten) }
        // The shell has descriptor 3 open while it lists the folder.
        try await fixture.run("cd /proc/$$/fd && echo *")
        #expect(try fixture.text() == "0 1 2 3\n")
    }

    @Test func `Signals that this process ignores have their default meaning again`() async throws {
        let fixture = try CommandFixture()
        signal(SIGPIPE, SIG_IGN)
        try await fixture.run("sed -nE 's/^Sig(Blk|Ign):\\t//p' /proc/self/status")
        let masks = try fixture.text().split(separator: "\n").compactMap { UInt64($0, radix: 16) }
        #expect(masks == [0, 0])
    }

    @Test func `Commands get the limit of descriptors that this process was started with`() async throws {
        let fixture = try CommandFixture()
        let started = ProcessFamily.ofThisProcess.descriptorLimit
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let before = limit
        defer {
            var before = before
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before)
        }
        limit.rlim_cur = rlim_t(started) - 1
        try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        try await fixture.run("ulimit -Sn; ulimit -Hn")
        let hard = limit.rlim_max == rlim_t.max ? "unlimited" : "\(limit.rlim_max)"
        #expect(try fixture.text() == "\(started)\n\(hard)\n")
    }
}
