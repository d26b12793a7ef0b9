import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire

/// What one reader of events is sent, piece by piece: stored events, progress, and a comment when there is neither.
struct EventFrames {
    private let store: any BuildStore
    private let board: ProgressBoard
    private let timekeeper: Timekeeper
    private let build: Int?
    private let tags: Set<String>?
    private let wakeups: AsyncStream<Void>
    private var last: Int
    private var revision = 0
    private var lastSent: Duration

    private static let pageSize = 500
    /// After so long without anything else, a comment is sent, so that nobody takes the line for dead.
    static let keepAlive = Duration.seconds(15)

    /// Begins after an event; `build` leaves out what does not concern that build, `tags` all stored events with others.
    ///
    /// `wakeups` yields when there may be something new, from before the first look.
    init(
        after id: Int,
        build: Int?,
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

    /// The next piece, never empty, as soon as there is one; nil when the service ends.
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

    /// Tags first: they are known without reading what the event happened to.
    private func isWanted(_ event: StoredEvent) -> Bool {
        guard tags?.contains(event.tag) != false else { return false }
        return build == nil || event.data["build_id"] == build.map(JSONValue.integer)
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
