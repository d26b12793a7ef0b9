import ClusterRunnerPlugin
import Glibc

extension ServiceProcesses {
    /// What became of a service that was to stop.
    package struct StopReport: Sendable, Equatable {
        /// The service.
        package let service: Service
        /// How it went.
        package let outcome: Outcome

        /// How stopping a service can go.
        package enum Outcome: Sendable, Equatable {
            /// It has ended.
            case stopped
            /// It was told to stop, but had not ended by the deadline.
            case stillRunning
            /// It was not told to stop, for the reason in this sentence.
            case refused(String)
        }
    }

    /// Tells every running service to stop, and waits for their ends.
    ///
    /// A service finishes its running subjobs first (TERM); the deadline ends the waiting, not the service.
    ///
    /// - Returns: one report for each service that ran, sorted by name; none when nothing ran.
    package func stop(
        deadline: Duration,
        clock: any Clock<Duration> = ContinuousClock()
    ) async throws -> [StopReport] {
        let services = try all()
        return await withTaskGroup { group in
            for service in services {
                group.addTask { await Self.stop(service, deadline: deadline, clock: clock) }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.service.name < $1.service.name }
        }
    }

    private static func stop(_ service: Service, deadline: Duration, clock: any Clock<Duration>) async -> StopReport {
        do {
            guard let file = try OpenFile(service.path, O_RDONLY), try terminate(service) else {
                return StopReport(service: service, outcome: .stopped)
            }
            let ended = await FileLockWait(file: file).isReleased(within: deadline, clock: clock)
            return StopReport(service: service, outcome: ended ? .stopped : .stillRunning)
        } catch {
            return StopReport(
                service: service,
                outcome: .refused((error as? ClusterRunnerError)?.message ?? "\(error)")
            )
        }
    }

    /// Sends TERM to a service whose lock is held.
    ///
    /// - Returns: whether there was a process to send it to.
    private static func terminate(_ service: Service) throws -> Bool {
        let process = service.process
        // The lock says that some process lives; this, that the id in the file is still that process here.
        guard process.isRunning else {
            throw ClusterRunnerError(
                .invalidState,
                "The \(service.name) of \(service.path) runs, but not as process \(process.id) of this machine; stop it "
                    + "where it was started."
            )
        }
        guard kill(process.id, SIGTERM) != 0 else { return true }
        if errno == ESRCH { return false }
        throw ClusterRunnerError.system("The \(service.name) cannot be stopped, process \(process.id)", errno)
    }
}
