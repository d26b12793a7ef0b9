import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Logging
import Subprocess
import SystemPackage
import Testing

@testable import MercurialProjectType

/// Real repositories, machines and workspaces below one directory.
struct Sandbox: Sendable {
    let root: String

    /// Runs `body` with a sandbox and removes it afterwards.
    static func with<Result>(_ body: (Sandbox) async throws -> Result) async throws -> Result {
        try await withScratchDirectory { try await body(Sandbox(root: $0)) }
    }

    static let environment = [
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HGRCPATH": "", "HGPLAIN": "1",
        "HGUSER": "A <a@example.org>", "HGENCODING": "UTF-8", "LC_ALL": "C.UTF-8",
    ]

    /// Runs a script with the real `hg` in a directory, without the configuration of this account.
    @discardableResult
    func sh(_ script: String, in directory: String = "") async throws -> String {
        let result = try await run(
            .path("/bin/bash"),
            arguments: ["-euc", script],
            environment: .custom(Self.environment.reduce(into: [:]) { $0[.init(stringLiteral: $1.key)] = $1.value }),
            workingDirectory: FilePath(path(directory)),
            output: .string(limit: 1 << 20),
            error: .combinedWithOutput
        )
        try #require(result.terminationStatus.isSuccess, "\(script)\n\(result.standardOutput)")
        return result.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Makes a repository with the tag `v1`, the branch `stable`, and one more changeset on `default`.
    @discardableResult
    func makeRepository(_ name: String = "upstream") async throws -> String {
        try await sh("hg init '\(name)'")
        try await sh(
            """
            mkdir -p sub/deep; echo one > file.txt; echo nested > sub/deep/file; printf 'echo hi' > run.sh
            chmod +x run.sh; ln -s file.txt link; head -c 100000 /dev/urandom > random.bin
            hg commit -qAm first
            hg branch -q stable; echo stable > file.txt; hg commit -qm second; hg tag v1
            hg update -q default; echo newest > file.txt; hg commit -qm third
            """,
            in: name
        )
        return path(name)
    }

    /// Commits one changed file and returns the hash.
    @discardableResult
    func commit(_ text: String, in repository: String = "upstream") async throws -> String {
        try await sh("echo '\(text)' > file.txt; hg commit -qm '\(text)'", in: repository)
        return try await hash(of: ".", in: repository)
    }

    /// Returns the full hash of a revision, according to `hg`.
    func hash(of revision: String = ".", in repository: String) async throws -> String {
        try await sh("hg log -r '\(revision)' -T '{node}'", in: repository)
    }

    func path(_ relative: String) -> String { relative.isEmpty ? root : "\(root)/\(relative)" }

    func read(_ relative: String) throws -> String { try String(contentsOfFile: path(relative), encoding: .utf8) }

    /// Makes and returns a directory.
    func directory(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
        return path(name)
    }

    /// Makes a machine's instance of a project.
    func project(
        _ values: [String: JSONValue],
        on machine: String = "master",
        role: ProjectContext.Role = .master,
        fromMaster: Bool = true,
        timeLimit: Duration = .seconds(600),
        answerLimit: Duration = .seconds(60),
        environment: [String: String] = [:]
    ) throws -> MercurialProjectType {
        let context = ProjectContext(
            storageDirectory: try directory(machine),
            role: role,
            getProjectFromMaster: fromMaster,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let variables = Self.environment.merging(environment) { $1 }
        return try MercurialProjectType(
            parameters: ProjectParameters(values.merging(["job_name": "Tests"]) { $1 }),
            context: context,
            surroundings: Surroundings(environment: variables, timeLimit: timeLimit, answerLimit: answerLimit)
        )
    }

    /// Makes a slave's instance of a project that a master has fetched.
    func slave(
        of master: MercurialProjectType,
        _ fetched: FetchedProject,
        counting answers: AnswerCount = AnswerCount()
    ) throws -> MercurialProjectType {
        let source = CountedSource(master: master, answers: answers)
        return try project(fetched.slaveParameters.values, on: "slave", role: .slave(master: source))
    }

    /// The path of the only mirror of a machine.
    func mirror(on machine: String = "master") throws -> String {
        let mirrors = path("\(machine)/mercurial/mirrors")
        let names = try FileManager.default.contentsOfDirectory(atPath: mirrors)
        try #require(names.count == 1)
        return "\(mirrors)/\(names[0])"
    }

    /// Lists the processes with the path of this sandbox in their arguments or environment.
    func processes() -> [String] {
        let pids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int32($0) } ?? []
        return pids.filter { $0 != getpid() }.compactMap { pid in
            let parts = ["cmdline", "environ"].compactMap { FileManager.default.contents(atPath: "/proc/\(pid)/\($0)") }
            let text = parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
            return text.contains(root) ? text : nil
        }
    }
}

/// Counts the answers of a master and their bytes.
actor AnswerCount {
    private(set) var requests = 0
    private(set) var bytes = 0

    func add(_ count: Int) { bytes += count }
    func addRequest() { requests += 1 }
}

/// A source that counts, without a network: slave and master are both in this process.
struct CountedSource: ProjectSource {
    let master: MercurialProjectType
    let answers: AnswerCount

    func request(_ body: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        await answers.addRequest()
        var pieces: [[UInt8]] = []
        for try await piece in try await master.export(body) {
            await answers.add(piece.count)
            pieces.append(piece)
        }
        return AsyncThrowingStream { continuation in
            for piece in pieces { continuation.yield(piece) }
            continuation.finish()
        }
    }
}

/// Fetches a project and returns the error.
func fetchError(_ project: MercurialProjectType, into workspace: String) async -> ClusterRunnerError? {
    await #expect(throws: ClusterRunnerError.self) { try await project.fetch(into: workspace) }
}
