import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire

/// The frames sent to one reader of events: stored events, progress, and comments as keep-alive.
struct EventFrames {
    private let store: any BuildStore
    private let board: ProgressBoard
    private let timekeeper: Timekeeper
    private let build: BuildID?
    private let tags: Set<String>?
    private let wakeups: AsyncStream<Void>
    private var last: Int
    private var revision = 0
    private var lastSent: Duration

    private static let pageSize = 500
    /// The silence after which a comment is sent, so that proxies and readers keep the connection.
    static let keepAlive = Duration.seconds(15)

    /// Begins after an event; `build` selects the events of one build, `tags` the kinds of stored events.
    ///
    /// `wakeups` yields when there may be news, from before the first read.
    init(
        after id: Int,
        build: BuildID?,
        tags: Set<String>? = nil,
        store: any BuildStore,
        board: ProgressBoard,
        wakeups: AsyncStream<Void>,
        timekeeper: Timekeeper
    ) {
        self.store = store
        self.board = board
        self.timekeeper = timekeeper
        self.build = build
        self.tags = tags
        self.wakeups = wakeups
        last = id
        lastSent = timekeeper.now.uptime
    }

    /// Returns the next piece, never empty, as soon as there is one; nil when the service ends.
    mutating func next() async throws -> [UInt8]? {
        while true {
            if let piece = try await ready() {
                lastSent = timekeeper.now.uptime
                return piece
            }
            var iterator = wakeups.makeAsyncIterator()
            guard await iterator.next() != nil else { return nil }
        }
    }

    private mutating func ready() async throws -> [UInt8]? {
        while true {
            let page = try await store.events(after: last, since: nil, limit: Self.pageSize)
            guard let newest = page.last else { break }
            last = newest.id
            let concerned = page.filter(isWanted)
            if !concerned.isEmpty { return try concerned.flatMap(Self.frame(stored:)) }
        }
        let (news, newest) = try board.frames(after: revision, build: build)
        revision = newest
        if !news.isEmpty { return news }
        return timekeeper.now.uptime - lastSent >= Self.keepAlive ? Array(": keep-alive\n\n".utf8) : nil
    }

    /// Checks tags first: they are known without reading the event's subject.
    private func isWanted(_ event: StoredEvent) -> Bool {
        guard tags?.contains(event.tag) != false else { return false }
        return build == nil || event.data["build_id"] == build.map { .integer($0) }
    }

    /// An event that is not stored, as text; `id` is what its reader says when it comes back.
    static func frame<Event: StreamEvent>(_ event: Event, id: Int? = nil) throws -> [UInt8] {
        let head = id.map { "id: \($0)\n" } ?? ""
        return try Array("\(head)event: \(Event.name)\ndata: ".utf8) + JSONCoding.encode(answer: event)
            + Array("\n\n".utf8)
    }

    private static func frame(stored event: StoredEvent) throws -> [UInt8] {
        var frame = Array("id: \(event.id)\nevent: \(event.tag)\ndata: ".utf8)
        try EventRepresentation.append(event, to: &frame)
        return frame + Array("\n\n".utf8)
    }
}
