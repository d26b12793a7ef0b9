import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerStore
import ClusterRunnerTesting
import ClusterRunnerWire
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct EventRoutesTests {
    private func withMaster(_ body: @escaping @Sendable (LiveMaster) async throws -> Void) async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { try await body($0) }
        }
    }

    /// Reads events over a connection of its own until `isEnough`, and then cuts it.
    private func read(
        _ master: LiveMaster,
        _ path: String = "/v1/events",
        after last: Int? = nil,
        until isEnough: (ReceivedEvents) -> Bool
    ) async throws -> ReceivedEvents {
        let connection = try RawConnection(port: master.port)
        connection.get(path, headers: last.map { ["Last-Event-ID": String($0)] } ?? [:])
        var received = ReceivedEvents()
        for await piece in connection.pieces() {
            received.add(piece)
            if isEnough(received) { break }
        }
        connection.cut()
        return received
    }

    /// Runs builds of three atoms to their end.
    private func run(_ builds: ClosedRange<Int>, _ master: LiveMaster, _ slave: PlayedSlave) async throws {
        for number in builds {
            let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 3)))
            #expect(build.rawValue == number)
            var work = try await slave.join(build: build)
            while let grant = work.first {
                work.removeFirst()
                for atom in grant.atoms {
                    work += try await slave.report(grant, atom: atom.id).grants
                }
            }
            #expect(try await slave.next() == .tearDown(build: build))
            try await master.slaves.report(TeardownReport(build: build), slave: slave.id)
        }
    }

    /// Whether it is the end of build 6.
    private func isLastEnd(_ event: ReceivedEvents.Event) -> Bool {
        event.name == "BUILD_FINISHED" && event.data.contains("\"build_id\":6,")
    }

    @Test func `A reader that is cut off and comes back gets every event exactly once`() async throws {
        try await withMaster { master in
            let slave = try await PlayedSlave(master)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await run(1...6, master, slave) }
                var events: [ReceivedEvents.Event] = []
                var isOver = false
                while !isOver {
                    // A few at a time, so that it reconnects while more are stored.
                    let received = try await read(master, after: events.last?.id ?? 0) { received in
                        received.events.filter { $0.id != nil }.count >= 7
                            || received.events.contains(where: isLastEnd)
                    }
                    events += received.events.filter { $0.id != nil }
                    isOver = events.contains(where: isLastEnd)
                }
                try await group.waitForAll()
                let stored = try await master.store.events(after: 0, since: nil, limit: 10_000)
                #expect(events.compactMap(\.id) == Array(1...(events.last?.id ?? 0)))
                #expect(events.map(\.name) == Array(stored.map(\.tag).prefix(events.count)))
            }
        }
    }

    @Test func `A stream tells the progress of a build, which has no id, and ends with the build's end`() async throws {
        try await withMaster { master in
            let slave = try await PlayedSlave(master)
            try await run(1...1, master, slave)
            let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 2), name: "new"))
            let work = try await slave.join(build: build)
            let received = try await read(master, "/v1/events?build=2") { received in
                received.events.contains { $0.name == "BUILD_PROGRESS" }
            }
            #expect(received.head?.contains("text/event-stream") == true)
            #expect(received.events.first?.name == "BUILD_REQUEST_QUEUED", "no event of another build")
            let progress = try #require(received.events.last { $0.name == "BUILD_PROGRESS" })
            #expect(progress.id == nil)
            let data = try JSONCoding.decodeObject(from: Array(progress.data.utf8))
            #expect(data["build_id"] == 2)
            #expect(data["progress"]?.object?["running"] == 1 && data["progress"]?.object?["atoms"] == 2)
            #expect(data["waiting_for"]?.string?.hasPrefix("2 atoms left: ") == true)
            for grant in work { _ = try await slave.report(grant) }
            let end = try await read(master, "/v1/events?build=2") { received in
                received.events.contains { $0.name == "BUILD_FINISHED" }
            }
            let finish = end.events.first { $0.name == "BUILD_FINISHED" }
            #expect(finish?.data.contains("\"is_success\":true") == true)
        }
    }

    @Test func `A reader gets only the events that it names, and progress`() async throws {
        try await withMaster { master in
            let slave = try await PlayedSlave(master)
            try await run(1...2, master, slave)
            let path = "/v1/events?build=2&tags=ATOM_FINISH,BUILD_FINISHED"
            let received = try await read(master, path) { received in
                received.events.contains { $0.name == "BUILD_FINISHED" }
            }
            let stored = received.events.filter { $0.id != nil }
            #expect(stored.map(\.name) == ["ATOM_FINISH", "ATOM_FINISH", "ATOM_FINISH", "BUILD_FINISHED"])
            #expect(stored.allSatisfy { $0.data.contains("\"build_id\":2,") })
            let unknown = try await master.web.get("/v1/events?tags=ATOM_FINISHED")
            #expect(unknown.status == 400)
            #expect(unknown.error == "\"tags\" names no event: \"ATOM_FINISHED\". Did you mean ATOM_FINISH?")
        }
    }

    @Test(arguments: [
        ("abc", "must be the id of an event, not \"abc\"."), ("-1", "must be the id of an event, not \"-1\"."),
        ("1.5", "must be the id of an event, not \"1.5\"."), ("99", "is 99, but the newest event is 1."),
    ])
    func `A last event that cannot be is refused`(value: String, sentence: String) async throws {
        try await withMaster { master in
            let answer = try await master.web.get("/v1/events", lastEventID: value)
            #expect(answer.status == 400)
            #expect(answer.error == "\"Last-Event-ID\" \(sentence)")
        }
    }

    @Test func `A reader may begin with what comes next`() async throws {
        try await withMaster { master in
            let slave = try await PlayedSlave(master)
            try await run(1...1, master, slave)
            let newest = try await master.store.lastEvent()
            let next = Lock<ReceivedEvents?>(nil)
            try await withThrowingTaskGroup(of: Void.self) { group in
                let connection = try RawConnection(port: master.port)
                connection.get("/v1/events?since_id=newest")
                for await piece in connection.pieces() {
                    var received = next.withLock { $0 }
                    if received == nil {
                        received = ReceivedEvents()
                        group.addTask { try await run(2...2, master, slave) }
                    }
                    received?.add(piece)
                    next.withLock { [received] in $0 = received }
                    if received?.events.contains(where: { $0.id != nil }) == true { break }
                }
                connection.cut()
                try await group.waitForAll()
            }
            #expect(next.withLock { $0?.events.first { $0.id != nil }?.id } == newest + 1)
        }
    }
}
