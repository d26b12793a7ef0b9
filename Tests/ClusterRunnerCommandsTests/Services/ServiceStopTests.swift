import ClusterRunnerFiles
import ClusterRunnerTesting
import Dispatch
import Foundation
import Glibc
import Testing

@testable import ClusterRunnerCommands

@Suite struct ServiceStopTests {
    let scratch: ScratchDirectory
    let services: ServiceProcesses

    init() throws {
        scratch = try ScratchDirectory()
        services = ServiceProcesses(baseDirectory: scratch.path)
    }

    @Test func `Stopping ends a service in another process and reports it`() async throws {
        let master = try await Stand.start(as: "master", in: scratch)
        let running = try services.all()
        #expect(running.map(\.name) == ["master"])
        #expect(running.first?.process.id == master.processIdentifier)
        let reports = try await services.stop(deadline: .seconds(60))
        #expect(reports == [.init(service: try #require(running.first), outcome: .stopped)])
        master.waitUntilExit()
        #expect(master.terminationReason == .uncaughtSignal)
        #expect(master.terminationStatus == SIGTERM)
        #expect(try services.all().isEmpty)
        #expect(scratch.read("master.pid") == nil)
    }

    @Test func `A service that does not end by the deadline is reported as running`() async throws {
        let slave = try await Stand.start(as: "slave-43001", in: scratch, preparation: "trap '' TERM")
        let reports = try await services.stop(deadline: .zero)
        #expect(reports.map(\.service.name) == ["slave-43001"])
        #expect(reports.map(\.outcome) == [.stillRunning])
        #expect(slave.isRunning)
        #expect(try services.all().map(\.name) == ["slave-43001"])
        kill(slave.processIdentifier, SIGKILL)
        slave.waitUntilExit()
    }

    @Test func `A process that was given the id of a service is left alone`() async throws {
        // The file is locked, but its id belongs to a process that began at another time.
        let other = try #require(ProcessIdentity(running: getpid()))
        let recycled = ProcessIdentity(id: other.id, startTime: other.startTime + 1, executable: other.executable)
        let path = scratch.path + "/master.pid"
        let file = try OpenFile.replace(path, with: Array(recycled.text.utf8), locked: true)
        let reports = try await services.stop(deadline: .seconds(60))
        #expect(
            reports.map(\.outcome) == [
                .refused(
                    "The master of \(path) runs, but not as process \(getpid()) of this machine; stop it where it was "
                        + "started."
                )
            ]
        )
        close(file.relinquish())
    }
}

/// A process that plays a service: it holds the lock of a pid file with its own id and start time.
private enum Stand {
    static func start(as name: String, in scratch: ScratchDirectory, preparation: String = ":") async throws -> Process
    {
        let ready = "\(scratch.path)/\(name).ready"
        mkfifo(ready, 0o600)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c",
            """
            \(preparation)
            exec 9<>"$1"; flock 9
            printf '%s\\n%s\\n/bin/sh\\n' $$ "$(cut -d ' ' -f 22 /proc/$$/stat)" >&9
            : >"$2"
            exec sleep 1000
            """,
            "sh", "\(scratch.path)/\(name).pid", ready,
        ]
        try process.start()
        await withCheckedContinuation { continuation in
            // Opening a pipe blocks until its other end is open: not on one of the few threads that run tasks.
            DispatchQueue(label: "ready").async {
                close(open(ready, O_RDONLY))
                continuation.resume()
            }
        }
        return process
    }
}
