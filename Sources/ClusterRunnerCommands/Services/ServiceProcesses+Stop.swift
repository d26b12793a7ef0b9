import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

extension ServiceProcesses {
    /// The outcome of stopping a service.
    package struct StopReport: Sendable, Equatable {
        /// The service.
        package let service: Service
        /// The outcome.
        package let outcome: Outcome

        /// The outcomes of stopping a service.
        package enum Outcome: Sendable, Equatable {
            /// The service has ended.
            case stopped
            /// The service was told to stop, but had not ended by the deadline.
            case stillRunning
            /// The service was not told to stop, for the reason in this sentence.
            case refused(String)
        }
    }

    /// Tells every running service to stop, and waits until they end.
    ///
    /// TERM lets a service complete its running subjobs first; the deadline ends the wait, not the service.
    ///
    /// - Returns: one report for each service that was running, sorted by name.
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
            guard let file = try OpenFile.ifThere(service.path, O_RDONLY), try terminate(service) else {
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
    /// - Returns: whether its process was found.
    private static func terminate(_ service: Service) throws -> Bool {
        let process = service.process
        // The lock proves that a process lives; this checks that the id in the file still belongs to it.
        guard process.isRunning else {
            throw ClusterRunnerError(
                .invalidState,
                "The \(service.name) of \(service.path) runs, but not as process \(process.id) of this machine; stop it "
                    + "where it was started."
            )
        }
        guard kill(process.id, SIGTERM) != 0 else { return true }
        if errno == ESRCH { return false }
        throw SystemFault(errno)
            .error("The \(service.name) cannot be stopped, process \(process.id)", code: .failed)
    }
}
