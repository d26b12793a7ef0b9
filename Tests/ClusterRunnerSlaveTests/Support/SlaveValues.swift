import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Logging

@testable import ClusterRunnerSlave

extension Logger {
    /// A logger without output.
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

extension BuildSetup {
    /// Makes the set-up of a job in a directory.
    static func of(_ job: Job, build: BuildID = 1, in directory: String = "/nowhere", executors: Int = 1) -> BuildSetup
    {
        BuildSetup(
            build: build,
            projectType: "directory",
            parameters: ProjectParameters(["project_directory": .string(directory)]),
            remoteFiles: [],
            job: job,
            executors: executors,
            firstExecutorIndex: 0
        )
    }
}

extension LeaseGrant {
    /// Makes a lease of a subjob with a number of atoms; the subjob has the number of the lease.
    static func of(_ lease: LeaseID, build: BuildID = 1, atoms: Int = 1) -> LeaseGrant {
        LeaseGrant(
            lease: lease,
            build: build,
            subjob: SubjobID(lease.rawValue),
            atoms: (0..<atoms).map { GrantedAtom(id: AtomIndex($0), atom: Atom(variable: "A", value: "\($0)")) }
        )
    }
}

extension SlaveSettings {
    /// Makes the settings of a slave below a directory.
    static func test(_ directory: String, executors: Int = 1) -> SlaveSettings {
        SlaveSettings(
            endpoint: .init(host: "127.0.0.1", port: 0),
            hostname: "127.0.0.1",
            executors: executors,
            baseDirectory: "\(directory)/slave",
            version: "1.2.3",
            inheritedEnvironment: ["PATH": "/usr/bin:/bin"]
        )
    }
}
