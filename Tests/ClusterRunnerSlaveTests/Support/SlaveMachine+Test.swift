import ClusterRunnerArchive
import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerProcess
import ClusterRunnerWire
import DirectoryProjectType
import Logging

@testable import ClusterRunnerSlave

extension SlaveParts {
    /// Makes the parts of a slave with a connection to its master.
    static func test(
        _ connection: MasterConnection,
        _ authenticator: MessageAuthenticator,
        _ timekeeper: Timekeeper = .system()
    ) -> Self {
        Self(
            client: SlaveClient(connection),
            runner: ProcessCommandRunner(logger: .silent, terminationGrace: .milliseconds(100)),
            archiver: LibArchiver(),
            downloader: RemoteFileDownloader(),
            projectTypes: ProjectTypeRegistry([DirectoryProjectType.self]),
            authenticator: authenticator,
            timekeeper: timekeeper
        )
    }
}

extension SlaveMachine {
    /// Makes the machine of a slave below a directory.
    static func test(
        _ parts: SlaveParts,
        in directory: String = "/nowhere",
        events: SlaveEvents = SlaveEvents(place: nil, timekeeper: .system(), logger: .silent)
    ) -> Self {
        Self(
            settings: .test(directory),
            parts: parts,
            folders: SlaveFolders(base: "\(directory)/slave"),
            events: events,
            logger: .silent
        )
    }
}

extension BuildSession {
    /// Makes a session of slave 5.
    convenience init(_ setup: BuildSetup, on machine: SlaveMachine) {
        let requests = PatientRequests(
            slave: { 5 },
            patience: CancellationSwitch(),
            timekeeper: machine.parts.timekeeper,
            logger: .silent
        )
        self.init(setup: setup, machine: machine, requests: requests)
    }
}
