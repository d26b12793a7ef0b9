import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Logging
import Testing

@testable import GitProjectType

/// Real repositories, machines and workspaces below one directory.
struct Sandbox {
    let root: String

    /// Runs `body` with a sandbox and removes it afterwards.
    static func with<Result>(_ body: (Sandbox) async throws -> Result) async throws -> Result {
        try await withScratchDirectory { try await body(Sandbox(root: $0)) }
    }

    /// Runs a script with the real git in a directory, without the configuration of this account.
    @discardableResult
    func sh(_ script: String, in directory: String = "") throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-euc", script]
        process.currentDirectoryURL = URL(filePath: path(directory))
        process.environment = Self.environment
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.start()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(script)\n\(text)")
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    static var environment: [String: String] {
        var environment = [
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_ALLOW_PROTOCOL": "file",
            "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org",
            "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org",
        ]
        environment["PATH"] = ProcessInfo.processInfo.environment["PATH"]
        return environment
    }

    /// Makes a repository whose branch `main` has one commit with a few kinds of files.
    @discardableResult
    func makeRepository(_ name: String = "upstream") throws -> String {
        try sh("git init -q -b main '\(name)'")
        try sh(
            """
            mkdir -p sub/deep; echo one > file.txt; echo nested > sub/deep/file; printf 'echo hi' > run.sh
            chmod +x run.sh; ln -s file.txt link; head -c 100000 /dev/urandom > random.bin
            git add -A; git commit -qm first
            """,
            in: name
        )
        return path(name)
    }

    /// Commits one changed file and returns the commit.
    @discardableResult
    func commit(_ text: String, to file: String = "file.txt", in repository: String = "upstream") throws -> String {
        try sh("echo '\(text)' > '\(file)'; git add -A; git commit -qm '\(text)'; git rev-parse HEAD", in: repository)
    }

    func path(_ relative: String) -> String { relative.isEmpty ? root : "\(root)/\(relative)" }

    func read(_ relative: String) throws -> String { try String(contentsOfFile: path(relative), encoding: .utf8) }

    /// Makes and returns an empty directory.
    func directory(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
        return path(name)
    }

    /// Makes a machine's instance of a project.
    func project(
        _ values: [String: JSONValue],
        on machine: String = "master",
        role: ProjectContext.Role = .master,
        strict: Bool = false,
        transport: GitSettings.Transport = .auto,
        timeout: Duration = .seconds(600),
        silence: Duration = .seconds(120),
        fromMaster: Bool = true,
        home: String = "home",
        environment: [String: String] = Sandbox.environment
    ) throws -> GitProjectType {
        let context = ProjectContext(
            storageDirectory: try directory(machine),
            role: role,
            git: GitSettings(strictHostKeyChecking: strict, transport: transport, timeout: timeout),
            getProjectFromMaster: fromMaster,
            logger: Logger(label: "test")
        )
        // A setting that the scripts here need for local submodules would forbid the other protocols.
        let environment = environment.filter { $0.key != "GIT_ALLOW_PROTOCOL" }
        var surroundings = GitSurroundings(
            homeDirectory: path(home),
            user: NSUserName(),
            environment: environment.merging(["HOME": path(home)]) { $1 }
        )
        surroundings.silence = silence
        return try GitProjectType(
            parameters: ProjectParameters(values.merging(["job_name": "Tests"]) { $1 }),
            context: context,
            surroundings: surroundings
        )
    }

    /// Returns the commit that a workspace has checked out, according to the real git.
    func head(of workspace: String) throws -> String { try sh("git rev-parse HEAD", in: workspace) }
}

/// Fetches a project and returns the error.
func fetchError(_ project: GitProjectType, into workspace: String) async -> ClusterRunnerError? {
    await #expect(throws: ClusterRunnerError.self) { try await project.fetch(into: workspace) }
}
