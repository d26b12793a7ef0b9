import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Server-Sent Events streams, and the pulse that they share.
struct EventStream: Sendable {
    let store: any BuildStore
    let signal: EventSignal
    /// The signals of other streams, which share the pulse.
    let others: [EventSignal]
    let readers: StreamReaders
    let timekeeper: Timekeeper
    private let board = ProgressBoard()

    /// The interval between looks at progress while there are readers.
    static let interval = Duration.seconds(1)

    init(
        store: any BuildStore,
        signal: EventSignal,
        others: [EventSignal] = [],
        readers: StreamReaders,
        timekeeper: Timekeeper
    ) {
        self.store = store
        self.signal = signal
        self.others = others
        self.readers = readers
        self.timekeeper = timekeeper
    }

    /// Makes the frames for a reader that knows events up to an id.
    func frames(after id: Int, build: BuildID?, tags: Set<String>? = nil) -> EventFrames {
        EventFrames(
            after: id,
            build: build,
            tags: tags,
            store: store,
            board: board,
            wakeups: signal.listen(),
            timekeeper: timekeeper
        )
    }

    /// Makes the answer to a reader that knows events up to an id.
    func response(after id: Int, build: BuildID?, tags: Set<String>? = nil, _ request: RouteRequest) -> Response {
        .serverSentEvents(to: request, readers, timekeeper) {
            frames(after: id, build: build, tags: tags)
        } next: { frames in
            try await frames.next()
        }
    }
}

// MARK: The pulse

extension EventStream {
    /// Runs ``pulse(_:)`` once a second while there are readers, until the surrounding task is canceled.
    func run(_ builds: () async -> [LiveBuild]) async {
        for await _ in readers.arrivals {
            while !readers.isEmpty {
                await pulse(builds)
                guard (try? await timekeeper.sleep(for: Self.interval)) != nil else { return }
            }
        }
    }

    /// Looks at the unfinished builds, wakes all readers and drops stalled ones.
    func pulse(_ builds: () async -> [LiveBuild]) async {
        readers.dropStalled(at: timekeeper.now.uptime)
        for build in board.update(await durable(await builds())) {
            // A build that the store cannot read now is told with the next pulse.
            guard let records = try? await [store.build(build)] else { continue }
            if records.first??.state.isFinal != false { board.end(build, records.first ?? nil) }
        }
        for signal in [signal] + others { signal.send() }
    }

    /// Replaces decisions that the store could not write with the stored records.
    private func durable(_ builds: [LiveBuild]) async -> [LiveBuild] {
        guard let obstacle = store.obstacle else { return builds }
        var stored: [LiveBuild] = []
        for var build in builds {
            guard let record = try? await store.build(build.record.id) else { continue }
            build.record = record
            build.waitingFor = "the master's database: \(obstacle.message)"
            stored.append(build)
        }
        return stored
    }
}

extension Response {
    /// Makes a stream of Server-Sent Events; the reader is dropped when it takes nothing for too long.
    ///
    /// `make` makes the frames when the reader begins to read; `next` returns the next piece, nil at the end.
    static func serverSentEvents<Frames>(
        to request: RouteRequest,
        _ readers: StreamReaders,
        _ timekeeper: Timekeeper,
        make: @escaping @Sendable () async throws -> Frames,
        next: @escaping @Sendable (inout Frames) async throws -> [UInt8]?
    ) -> Response {
        let body = ResponseBody { writer in
            let number = readers.open { request.connection.close() }
            defer { readers.close(number) }
            // The head goes out at once, so that the reader knows that it is connected.
            try await writer.write(ByteBuffer(string: ":\n\n"))
            var frames = try await make()
            while let piece = try await next(&frames) {
                readers.writes(to: number, since: timekeeper.now.uptime)
                try await writer.write(ByteBuffer(bytes: piece))
                readers.writes(to: number, since: nil)
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: body
        )
    }
}
