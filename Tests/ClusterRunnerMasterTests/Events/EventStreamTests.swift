import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerStore
import ClusterRunnerTesting
import ClusterRunnerWire
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct EventStreamTests {
    private let store: SQLiteBuildStore
    private let signal = EventSignal()
    private let clock = StepClock()
    private let readers = StreamReaders()
    private let stream: EventStream

    init() throws {
        store = try SQLiteBuildStore.inMemory()
        let timekeeper = Timekeeper(clock: clock) { 1 }
        stream = EventStream(store: store, signal: signal, readers: readers, timekeeper: timekeeper)
    }

    private func add(_ builds: BuildID...) async throws {
        let changes = builds.map {
            StoreChange.event(EventRecord(tag: "T", timestamp: 1, data: ["build_id": .integer($0)]))
        }
        try await store.enqueue(changes).durable()
        signal.send()
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private func frame(_ id: Int, build: BuildID) -> String {
        "id: \(id)\nevent: T\ndata: {\"__id__\":\(id),\"__tag__\":\"T\",\"__timestamp__\":1,\"build_id\":\(build)}\n\n"
    }

    private func progress(_ build: BuildID, _ done: Int, _ waitingFor: String?, isFinal: Bool = false) -> String {
        let left = isFinal ? "0" : "null"
        return "event: BUILD_PROGRESS\ndata: {\"build_id\":\(build),\"progress\":{\"atoms\":9,"
            + "\"done\":\(done),\"expected_seconds_left\":\(left),\"failed\":0,\"flaky\":0,\"never_ran\":0,"
            + "\"running\":\(isFinal ? "0" : "2")},\"waiting_for\":\(waitingFor.map { "\"\($0)\"" } ?? "null")}\n\n"
    }

    private func live(_ id: BuildID, _ done: Int, _ waitingFor: String? = nil) -> LiveBuild {
        var record = BuildRecord(id: id, projectType: "t", parameters: ProjectParameters([:]), state: .building)
        record.progress = BuildProgress(atoms: 9, completedAtoms: done)
        let outlook = BuildOutlook(running: 2, secondsLeft: nil)
        return LiveBuild(record: record, waitingFor: waitingFor, outlook: outlook)
    }

    @Test func `A stream begins after the last event that was seen and goes on as events come`() async throws {
        try await add(1, 2, 3)
        var frames = stream.frames(after: 1, build: nil)
        #expect(try await frames.next().map(text) == frame(2, build: 2) + frame(3, build: 3))
        async let more: Void = add(4)
        #expect(try await frames.next().map(text) == frame(4, build: 4))
        try await more
        signal.finish()
        #expect(try await frames.next() == nil)
    }

    @Test func `A stream of one build leaves out the others`() async throws {
        try await add(1, 2, 1, 2)
        var frames = stream.frames(after: 0, build: 1)
        #expect(try await frames.next().map(text) == frame(1, build: 1) + frame(3, build: 1))
        async let more: Void = add(2, 1)
        #expect(try await frames.next().map(text) == frame(6, build: 1))
        try await more
    }

    @Test func `While nothing happens a comment is sent every fifteen seconds`() async throws {
        let number = readers.open {}
        let (pieces, continuation) = AsyncStream<[UInt8]?>.makeStream()
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [stream] in await stream.run { [] } }
            group.addTask { [stream] in
                var frames = stream.frames(after: 0, build: nil)
                for _ in 1...2 { continuation.yield(try await frames.next()) }
            }
            var sent = pieces.makeAsyncIterator()
            for round in 1...2 {
                for _ in 1...15 { await clock.step() }
                #expect(await sent.next() == Array(": keep-alive\n\n".utf8))
                #expect(stream.timekeeper.now.uptime == .seconds(15 * round))
            }
            readers.close(number)
            group.cancelAll()
        }
    }
}

// MARK: Progress

extension EventStreamTests {
    @Test func `Progress is told when it has changed, once a second, and when the build has ended`() async throws {
        let builds = Lock([live(1, 0, "a slave"), live(2, 5)])
        func look() async { await stream.pulse { builds.withLock { $0 } } }
        var frames = stream.frames(after: 0, build: nil)
        var ofOne = stream.frames(after: 0, build: 1)
        await look()
        #expect(try await frames.next().map(text) == progress(1, 0, "a slave") + progress(2, 5, nil))
        #expect(try await ofOne.next().map(text) == progress(1, 0, "a slave"))
        await look()
        builds.withLock { $0[1] = live(2, 6) }
        await look()
        #expect(try await frames.next().map(text) == progress(2, 6, nil), "what has not changed is not told")
        var record = live(1, 9).record
        record.state = .finished
        try await store.enqueue([.build(record)]).durable()
        builds.withLock { _ = $0.removeFirst() }
        await look()
        #expect(try await frames.next().map(text) == progress(1, 9, nil, isFinal: true))
        #expect(try await ofOne.next().map(text) == progress(1, 9, nil, isFinal: true))
        // A late reader gets the progress of all builds.
        var late = stream.frames(after: 0, build: 2)
        #expect(try await late.next().map(text) == progress(2, 6, nil))
    }

    @Test func `A build that left the coordinator is shown as it was until its end is stored`() async throws {
        let builds = Lock([live(1, 8)])
        func look() async { await stream.pulse { builds.withLock { $0 } } }
        var frames = stream.frames(after: 0, build: nil)
        await look()
        #expect(try await frames.next().map(text) == progress(1, 8, nil))
        try await store.enqueue([.build(live(1, 8).record)]).durable()
        builds.withLock { $0 = [] }
        await look()
        var record = live(1, 9).record
        record.state = .finished
        try await store.enqueue([.build(record)]).durable()
        await look()
        #expect(try await frames.next().map(text) == progress(1, 9, nil, isFinal: true))
    }
}

// MARK: Sockets

extension EventStreamTests {
    /// Serves a stream of events on a port while `body` runs.
    private func serve(
        _ readers: StreamReaders,
        _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let stream = EventStream(
            store: store,
            signal: signal,
            readers: readers,
            timekeeper: Timekeeper(clock: clock) { 1 }
        )
        let authentication = RequestAuthentication(
            authenticator: try MessageAuthenticator(key: [1]),
            authenticateReads: false,
            requireSignature: false
        )
        let route = Route.get("events") { stream.response(after: 0, build: nil, $0) }
        let service = HTTPService(
            endpoint: .init(host: "127.0.0.1", port: 0),
            responder: ServiceResponder(routes: [route], authentication: authentication, sessionID: "s"),
            logger: .silent
        ) { continuation.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await stream.run { [] } }
            try await withService(service) { [signal] in
                let port = try #require(await ports.first { _ in true })
                try await body(port)
                signal.finish()
            }
            group.cancelAll()
        }
    }

    @Test func `A reader that reads nothing is dropped, and keeps nobody else from reading`() async throws {
        let (drops, continuation) = AsyncStream<Void>.makeStream()
        let readers = StreamReaders { continuation.yield() }
        // More than the system buffers for a socket.
        let text = JSONValue.string(String(repeating: "x", count: 16 << 10))
        let event = StoreChange.event(EventRecord(tag: "T", timestamp: 1, data: ["text": text]))
        try await store.enqueue(Array(repeating: event, count: 350)).durable()
        try await serve(readers) { [clock] port in
            let (slow, quick) = (try RawConnection(port: port), try RawConnection(port: port))
            slow.get("/v1/events")
            quick.get("/v1/events")
            try await withThrowingTaskGroup(of: Void.self) { group in
                let read = OneShotSignal()
                group.addTask {
                    var count = 0
                    for await piece in quick.pieces() {
                        count += piece.count
                        if count >= 350 * 16 << 10 { read.fire() }
                    }
                }
                await read.wait()
                quick.cut()
                let isOver = Lock(false)
                let hasStopped = OneShotSignal()
                group.addTask {
                    while !isOver.withLock({ $0 }) { await clock.step() }
                    hasStopped.fire()
                }
                #expect(await drops.first { _ in true } != nil)
                isOver.withLock { $0 = true }
                // The last step may wait for a sleeper.
                let sleeper = CancellationSwitch()
                group.addTask {
                    try? await sleeper.run { try await clock.sleep(for: .seconds(1)) }
                }
                await hasStopped.wait()
                sleeper.cancel()
                try await group.waitForAll()
            }
        }
    }
}
